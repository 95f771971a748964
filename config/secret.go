package config

import (
	"log/slog"
	"strings"
)

// hidden is what every way of printing a secret shows.
const hidden = "[hidden]"

// Secret is a credential that no log, format verb or encoder can print; only Reveal gives it away (invariant 10).
// The text sits behind a pointer, so that even a printer that cannot call methods shows no more than an address.
type Secret struct{ text *string }

// NewSecret keeps text as a secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	text = strings.Clone(text)
	return Secret{text: &text}
}

// Reveal gives the credential itself, for the client that sends it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no credential.
func (s Secret) IsZero() bool { return s.text == nil }

// String hides the credential.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return hidden
}

// GoString hides the credential from %#v.
func (s Secret) GoString() string { return "config.Secret(" + s.String() + ")" }

// LogValue hides the credential from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the credential from JSON and YAML encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
