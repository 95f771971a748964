package spacebridge_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLayoutFindsForbiddenImports shows that each line of the import rule can fail.
func TestLayoutFindsForbiddenImports(t *testing.T) {
	cases := []struct {
		file, imports string
		allowed       bool
	}{
		{"mapping/money/a.go", "strconv", true},
		{"mapping/money/a.go", "spacebridge/mapping/trade", false},
		{"mapping/trade/a.go", "spacebridge/mapping/money", true},
		{"mapping/trade/a.go", "spacebridge/mapping", false},
		{"mapping/a.go", "spacebridge/mapping/trade", true},
		{"mapping/a.go", "time", true},
		{"mapping/a.go", "context", false},
		{"mapping/a.go", "os", false},
		{"mapping/a.go", "github.com/spf13/cobra", false},
		{"mapping/a.go", "spacebridge/connectors/rest", false},

		{"connectors/rest/a.go", "net/http", true},
		{"connectors/rest/a.go", "spacebridge/mapping/trade", false},
		{"connectors/orderspace/a.go", "spacebridge/mapping/trade", true},
		{"connectors/orderspace/a.go", "spacebridge/mapping", false},
		{"connectors/orderspace/a.go", "spacebridge/connectors/spaceinvoices/eu", false},
		{"connectors/orderspace/a.go", "go.temporal.io/sdk/temporal", false},
		{"connectors/spaceinvoices/eu/a.go", "spacebridge/connectors/rest", true},
		{"connectors/spaceinvoices/eu/a.go", "spacebridge/connectors/spaceinvoices/v1", false},
		{"connectors/spaceinvoices/v1/a.go", "spacebridge/connectors/sqlite", false},
		{"connectors/sqlite/a.go", "spacebridge/mapping/money", true},
		{"connectors/sqlite/a.go", "spacebridge/mapping", false},
		{"connectors/sqlite/a.go", "go.temporal.io/sdk/activity", false},
		{"connectors/sandbox/a.go", "spacebridge/connectors/sandbox/shop", true},
		{"connectors/sandbox/shop/a.go", "spacebridge/connectors/sandbox/books", false},
		{"connectors/sandbox/shop/a.go", "spacebridge/connectors/orderspace", false},
		{"connectors/sandbox/books/a.go", "spacebridge/connectors/rest", false},
		{"connectors/sandbox/books/a.go", "github.com/spf13/cobra", false},
		{"connectors/sandbox/books/a.go", "net/http", true},

		{"activities/a.go", "spacebridge/connectors/sqlite", true},
		{"activities/a.go", "spacebridge/mapping/trade", true},
		{"activities/a.go", "spacebridge/connectors/orderspace", false},
		{"activities/a.go", "spacebridge/connectors/spaceinvoices/eu", false},
		{"activities/a.go", "spacebridge/connectors/sandbox", false},
		{"activities/a.go", "spacebridge/config", false},
		{"workflows/a.go", "spacebridge/activities", true},
		{"workflows/a.go", "spacebridge/connectors/sqlite", false},
		{"workflows/a.go", "spacebridge/config", false},
		{"workflows/a.go", "log/slog", true},
		{"workflows/a.go", "net/http", false},
		{"workflows/a.go", "database/sql", false},
		{"config/a.go", "spacebridge/mapping", false},
		{"config/a.go", "go.yaml.in/yaml/v3", true},

		{"worker/a.go", "spacebridge/connectors/orderspace", true},
		{"worker/a.go", "spacebridge/worker/embedded", false},
		{"worker/a.go", "spacebridge/connectors/sandbox", false},
		{"worker/a.go", "spacebridge/cmd/command", false},
		{"worker/a.go", "go.temporal.io/server/temporal", false},
		{"worker/a.go", "go.temporal.io/sdk/worker", true},
		{"worker/a_test.go", "spacebridge/connectors/sandbox", true},
		{"worker/a_test.go", "spacebridge/worker/embedded", true},
		{"worker/a_test.go", "go.temporal.io/server/temporal", false},
		{"worker/embedded/a.go", "go.temporal.io/server/temporal", true},
		{"worker/embedded/a.go", "github.com/temporalio/ui-server/v2/server", true},
		{"worker/embedded/a.go", "spacebridge/worker", false},
		{"cmd/command/a.go", "spacebridge/connectors/sandbox", true},
		{"cmd/command/a.go", "spacebridge/worker/embedded", false},
		{"cmd/spacebridge/a.go", "spacebridge/worker/embedded", true},
		{"cmd/spacebridge-worker/a.go", "spacebridge/worker/embedded", false},
		{"cmd/spacebridge-worker/a.go", "go.temporal.io/server/temporal", false},

		{"config/a.go", "github.com/pkg/errors", false},
		{"config/a_test.go", "github.com/stretchr/testify/assert", false},
		{"config/a.go", "log", false},
		{"mapping/tax/a.go", "fmt", false}, // a new folder needs a row
	}
	for _, c := range cases {
		t.Run(c.file+" "+c.imports, func(t *testing.T) {
			faults := checkImports(parse(t, c.file, fmt.Sprintf("package x\nimport _ %q\n", c.imports)))
			require.Equal(t, c.allowed, len(faults) == 0, faults)
		})
	}
}

func TestLayoutFindsForbiddenCode(t *testing.T) {
	cases := []struct {
		file, code string
		want       string // "" for no fault
	}{
		{"mapping/a.go", "var a float64", "mapping/a.go:3: float64"},
		{"mapping/a_test.go", "var a = float32(1)", "float32"},
		{"mapping/money/a.go", "var a = d.Float64", "Float64"},
		{"mapping/a.go", "const a = 0.5", "0.5"},
		{"connectors/spaceinvoices/eu/a.go", "type a []float64", "float64"},
		{"connectors/orderspace/a.go", "var a = strconv.ParseFloat", "ParseFloat"},
		{"connectors/rest/a.go", "var a float64", ""},
		{"mapping/a.go", "// a float64 in a comment\nvar a = \"float64\"", ""},
		{"mapping/a.go", "var a = time.Now()", "time.Now"},
		{"mapping/trade/a.go", "var a = time.Since", "time.Since"},
		{"mapping/a_test.go", "var a = time.Now()", ""},
		{"mapping/a.go", "var a = time.UTC", ""},
		{"activities/a.go", "var a = time.Now()", ""},
	}
	for _, c := range cases {
		t.Run(c.file+" "+c.code, func(t *testing.T) {
			faults := strings.Join(checkBody(parse(t, c.file, "package x\n\n"+c.code+"\n")), "\n")
			if c.want == "" {
				require.Empty(t, faults)
				return
			}
			require.Contains(t, faults, c.want)
		})
	}
}

func TestLayoutFindsWhatIsMissingOrMisplaced(t *testing.T) {
	introduced := parse(t, "a/a.go", "// Package a is good.\npackage a\n")
	second := parse(t, "a/b.go", "package a\n")
	bare := parse(t, "b/b.go", "package b\n")
	wrong := parse(t, "c/c.go", "// This is c.\npackage c\n")
	main := parse(t, "d/d.go", "// Spacebridge starts here.\npackage main\n")
	require.Empty(t, checkComments([]source{introduced, second, main}))
	require.Len(t, checkComments([]source{introduced, second, bare, wrong, main}), 2)

	require.Empty(t, checkFolder("layout_test.go"))
	require.Empty(t, checkFolder("mapping/money/decimal.go"))
	require.NotEmpty(t, checkFolder("utils/a.go"))
	require.NotEmpty(t, checkFolder("docs/a.go"))

	require.Empty(t, checkRegistries("a", "https://example.com"))
	for _, host := range registries {
		require.Len(t, checkRegistries("a", "see https://"+host+"/x"), 1)
	}
}
