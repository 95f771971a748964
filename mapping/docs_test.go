package mapping

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

// TestRulesAreDocumented keeps docs/rules.md equal to the table in the code; -update writes it.
func TestRulesAreDocumented(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Rules\n\nWritten by `go test ./mapping -run RulesAreDocumented -update` from the table in `mapping/rules.go`.\n" +
		"Each rule has a worked example in [mapping/testdata](../mapping/testdata), in a file that is named after it. Why a sale waits for a\n" +
		"person, and what that person does, is in [holds.md](holds.md).\n\n" +
		"In the order in which they are asked. Every decision in the journal, in `explain` and in the metrics carries one.\n\n" +
		"| rule | meaning | example |\n|---|---|---|\n")
	cases := caseNames(t)
	for _, rule := range Rules() {
		name := ""
		for _, one := range cases {
			if shown, _, _ := strings.Cut(one, "-"); shown == rule.Name {
				name = one
				break
			}
		}
		b.WriteString("| `" + rule.Name + "` | " + rule.Doc + " | " + caseLink(name) + " |\n")
	}
	requireDocument(t, "../docs/rules.md", b.String())
}

// TestHoldsAreDocumented keeps docs/holds.md equal to the table in the code and to the worked examples; -update writes it.
func TestHoldsAreDocumented(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Holds\n\nWritten by `go test ./mapping -run HoldsAreDocumented -update` from the table in `mapping/holdtable.go` and the cases in\n" +
		"[mapping/testdata](../mapping/testdata). `spacebridge sales --state held` lists the sales that wait for a person, and `spacebridge explain`\n" +
		"shows one of them with its numbers.\n\n" +
		"A hold goes by itself when its cause goes: every change of a record, and every restart with another policy, asks all the rules again.\n" +
		"`spacebridge retry` reads the records at once. `spacebridge skip` leaves the sale out, with a reason, until `spacebridge issue` takes that\n" +
		"back. A code never changes its meaning.\n\n" +
		"Who can take the cause away: the **merchant** in Orderspace, the **bookkeeper** in Space Invoices, the **operator** with the commands of\n" +
		"Spacebridge, the **engineer** in the configuration.\n\n" +
		"| code | meaning | what to do | goes by itself | who | example |\n|---|---|---|---|---|---|\n")
	examples := holdExamples(t)
	for _, hold := range Holds() {
		example := examples[hold.Code]
		require.NotEmpty(t, example.name, "no case shows hold %s", hold.Code)
		row := []string{"`" + hold.Code + "`", hold.Meaning, hold.Advice, hold.Clears, hold.Who, caseLink(example.name) + ": " + example.reason}
		for i := range row {
			row[i] = strings.ReplaceAll(row[i], "|", `\|`)
		}
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
	}
	requireDocument(t, "../docs/holds.md", b.String())
}

// TestNoHoldIsMissing compares the table of holds with the code: every constant of a hold has one row, which says all that people
// are told. That no other code is ever given is asked of every decision of the property tests and of every case here.
func TestNoHoldIsMissing(t *testing.T) {
	var declared, listed []string
	file, err := parser.ParseFile(token.NewFileSet(), "holds.go", nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(node ast.Node) bool {
		if spec, ok := node.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Hold") {
			declared = append(declared, strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`))
		}
		return true
	})
	for _, hold := range Holds() {
		listed = append(listed, hold.Code)
		require.Regexp(t, `^[A-Z].*\.$`, hold.Meaning, hold.Code)
		require.Regexp(t, `^.*\.$`, hold.Advice, hold.Code)
		require.Regexp(t, `^(when|never: ).*[^.]$`, hold.Clears, hold.Code)
		require.Contains(t, []string{byMerchant, byBookkeeper, byOperator, byEngineer}, hold.Who, hold.Code)
	}
	require.ElementsMatch(t, declared, listed)
	require.Subset(t, listed, slices.Collect(maps.Keys(holdExamples(t))))
}

// TestDocumentsAgreeWithCases reads the pages that people look numbers up in: in a row or a paragraph that links cases, everything in
// backquotes stands in one of them.
func TestDocumentsAgreeWithCases(t *testing.T) {
	link := regexp.MustCompile(`\]\(\.\./mapping/testdata/([^)]+)\.txtar\)`)
	quote := regexp.MustCompile("`([^`]+)`")
	for _, page := range []string{"taxes", "dates", "money", "lifecycles"} {
		text, err := os.ReadFile("../docs/" + page + ".md")
		require.NoError(t, err)
		before, generated, _ := strings.Cut(string(text), "<!-- lifecycles -->")
		_, after, _ := strings.Cut(generated, "<!-- /lifecycles -->")
		checked := 0
		for _, passage := range passages(before + after) {
			links := link.FindAllStringSubmatch(passage, -1)
			if links == nil {
				continue
			}
			var said []string
			for _, one := range links {
				data, err := os.ReadFile("testdata/" + one[1] + ".txtar")
				require.NoError(t, err, "%s.md", page)
				said = append(said, plainly(string(data)))
			}
			for _, one := range quote.FindAllStringSubmatch(passage, -1) {
				require.Contains(t, strings.Join(said, "\n"), plainly(one[1]), "%s.md: %s", page, passage)
				checked++
			}
		}
		require.GreaterOrEqual(t, checked, 8, "%s.md states numbers of cases", page)
	}
}

// passages parts a page into its rows and paragraphs.
func passages(text string) (all []string) {
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if strings.HasPrefix(paragraph, "|") {
			all = append(all, strings.Split(paragraph, "\n")...)
		} else {
			all = append(all, paragraph)
		}
	}
	return all
}

// plainly writes text without the blanks and bars that only set columns.
func plainly(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "|", " ")), " ")
}

// requireDocument compares a page with what it must say, or writes it.
func requireDocument(t *testing.T, path, text string) {
	t.Helper()
	if *rewrite {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, text, string(written), "%s is out of date: run with -update", path)
}

// example is a hold as a case shows it.
type example struct{ name, reason string }

// holdExamples finds the first case of each hold; a plain one comes before its variants.
func holdExamples(t *testing.T) map[string]example {
	t.Helper()
	found := map[string]example{}
	for _, name := range caseNames(t) {
		archive, err := txtar.ParseFile("testdata/" + name + ".txtar")
		require.NoError(t, err)
		if hold := Decide(readCase(t, archive)).Hold; hold != nil && found[hold.Code].name == "" {
			found[hold.Code] = example{name, hold.Reason}
		}
	}
	return found
}

func caseNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	for i := range files {
		files[i] = strings.TrimSuffix(filepath.Base(files[i]), ".txtar")
	}
	slices.Sort(files)
	return files
}

func caseLink(name string) string { return "[" + name + "](../mapping/testdata/" + name + ".txtar)" }
