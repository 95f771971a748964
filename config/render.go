package config

import (
	_ "embed"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"time"
)

//go:embed example.yaml.tmpl
var exampleText string

var example = template.Must(template.New("spacebridge.yaml").Funcs(template.FuncMap{
	"q": scalarText,
	"d": short,
	"list": func(words []string) string {
		quoted := make([]string, 0, len(words))
		for _, word := range words {
			quoted = append(quoted, scalarText(word))
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	},
	"triggers": func(from string) string { return strings.Join(Triggers(from), ", ") },
	"reveal":   func(s Secret) string { return scalarText(s.Reveal()) },
	"match": func(m TaxMatch) string {
		if m.Percent != "" {
			return string(m.Percent)
		}
		return strconv.Quote(m.String())
	},
}).Parse(exampleText))

// Render writes c as a commented configuration file that Load reads back. Credentials are written as they stand in c:
// give references such as NewSecret("${NAME}"), or name _file twins, unless they are those of a sandbox.
func (c *Config) Render(w io.Writer) error {
	if err := example.Execute(w, c); err != nil {
		return fmt.Errorf("render configuration: %w", err)
	}
	return nil
}

// Example is a configuration to begin with: one connection, credentials as references to the environment, and
// placeholders for what only its user knows.
func Example() *Config {
	c := Default()
	connection := DefaultConnection()
	connection.Name = "acme"
	connection.Since = Date{Year: 2026, Month: time.January, Day: 1}
	connection.Orderspace.ClientID = "${ORDERSPACE_CLIENT_ID}"
	connection.Orderspace.ClientSecret = NewSecret("${ORDERSPACE_CLIENT_SECRET}")
	connection.SpaceInvoices.APIKey = NewSecret("${SPACE_INVOICES_API_KEY}")
	connection.SpaceInvoices.EntityID = "ent_..."
	connection.SpaceInvoices.OrderIntegrationID = "oint_..."
	c.Connections = []Connection{connection}
	return c
}

// plain is text that YAML reads as the same text without quotes.
var plain = regexp.MustCompile(`^(\$\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Za-z./][A-Za-z0-9_./:+-]*|\d+\.\d+\.\d+\.\d+:\d+)$`)

// words that YAML would read as something else than text.
var words = map[string]bool{"true": true, "false": true, "null": true, "yes": true, "no": true, "on": true, "off": true, "y": true, "n": true}

func scalarText(text string) string {
	if plain.MatchString(text) && !words[text] && text[len(text)-1] != ':' {
		return text
	}
	return strconv.Quote(text)
}
