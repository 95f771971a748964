package mapping

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRulesAreDocumented keeps docs/rules.md equal to the tables in the code; -update writes it.
func TestRulesAreDocumented(t *testing.T) {
	const path = "../docs/rules.md"
	var b strings.Builder
	b.WriteString("# Rules and holds\n\nWritten by `go test ./mapping -run RulesAreDocumented -update` from the tables in `mapping/rules.go` and `mapping/holds.go`.\n" +
		"Each rule has a worked example in [mapping/testdata](../mapping/testdata), in a file that is named after it.\n\n" +
		"## Rules\n\nIn the order in which they are asked. Every decision in the journal, in `explain` and in the metrics carries one.\n\n| rule | meaning |\n|---|---|\n")
	for _, rule := range Rules() {
		b.WriteString("| `" + rule.Name + "` | " + rule.Doc + " |\n")
	}
	b.WriteString("\n## Holds\n\nWhy a sale waits for a person, and what that person does. `spacebridge sales --state held` lists them.\n\n| code | meaning | what to do |\n|---|---|---|\n")
	for _, hold := range Holds() {
		b.WriteString("| `" + hold.Code + "` | " + hold.Meaning + " | " + hold.Advice + " |\n")
	}
	if *rewrite {
		require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o644))
	}
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, b.String(), string(written), "docs/rules.md is out of date: run with -update")
}
