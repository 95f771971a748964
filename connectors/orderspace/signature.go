package orderspace

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// SignatureHeader carries the signature of a webhook request.
const SignatureHeader = "X-Orderspace-Signature"

// VerifySignature reports whether header signs body with one of the keys: base64 of HMAC-SHA256 over the raw body. Every
// key is tried, in constant time, whichever matches. An empty key signs nothing. The signature has no time in it, so that
// it does not tell a repetition from the original.
func VerifySignature(body []byte, header string, keys ...string) bool {
	given, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(header))
	if err != nil || len(given) != sha256.Size {
		return false
	}
	valid := false
	for _, key := range keys {
		if key == "" {
			continue
		}
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write(body)
		if hmac.Equal(given, mac.Sum(nil)) {
			valid = true
		}
	}
	return valid
}
