package mapping

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

var rewrite = flag.Bool("update", false, "write what Decide says into the want sections of testdata")

// TestGolden decides the cases of testdata. Each file tells one case in words and figures; its last section is what must
// come out. `go test ./mapping -run Golden -update` writes that section anew: read the difference before you keep it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 260)
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			require.NoError(t, err)
			policy, facts := readCase(t, archive)
			decision := Decide(policy, facts)
			got := render(decision)
			if *rewrite {
				setSection(archive, "want", got)
				require.NoError(t, os.WriteFile(path, txtar.Format(archive), 0o644))
				return
			}
			require.Equal(t, section(archive, "want"), got)
			rule, _, _ := strings.Cut(t.Name()[len("TestGolden/"):], "-")
			require.Equal(t, decision.Rule, rule, "a case is named by the rule that it shows")
		})
	}
}

// TestGoldenShowsEveryRuleAndHold keeps the collection whole: an accountant finds a case for each.
func TestGoldenShowsEveryRuleAndHold(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	shownRules, shownHolds := map[string]bool{}, map[string]bool{}
	for _, path := range files {
		archive, err := txtar.ParseFile(path)
		require.NoError(t, err)
		require.NotEmpty(t, strings.TrimSpace(string(archive.Comment)), "%s says what it shows", path)
		d := Decide(readCase(t, archive))
		shownRules[d.Rule] = true
		if d.Hold != nil {
			shownHolds[d.Hold.Code] = true
		}
	}
	for _, rule := range Rules() {
		require.True(t, shownRules[rule.Name], "no case shows rule %s", rule.Name)
	}
	for _, hold := range Holds() {
		require.True(t, shownHolds[hold.Code], "no case shows hold %s", hold.Code)
	}
}

func section(archive *txtar.Archive, name string) string {
	for _, file := range archive.Files {
		if file.Name == name {
			return string(file.Data)
		}
	}
	return ""
}

func setSection(archive *txtar.Archive, name, data string) {
	for i, file := range archive.Files {
		if file.Name == name {
			archive.Files[i].Data = []byte(data)
			return
		}
	}
	archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(data)})
}
