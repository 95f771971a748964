package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// top is the repository, seen from this package, where tests run.
const top = "../.."

func readPage(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, name))
	require.NoError(t, err)
	return string(text)
}

// firstCells are the words in the first column of the table under a heading.
func firstCells(text, heading string) (cells []string) {
	_, rest, _ := strings.Cut(text, "### "+heading+"\n")
	rest, _, _ = strings.Cut(rest, "\n### ")
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(rest, -1) {
		cells = append(cells, row[1])
	}
	slices.Sort(cells)
	return cells
}

// The results name exactly the faults and the guards that there are. Whoever adds one runs "make proof", or names it as not
// run with "go run ./worker/proof -parts none -write".
func TestPageNamesWhatThereIs(t *testing.T) {
	whole := readPage(t, page)
	same, err := splice(whole, between(whole))
	require.NoError(t, err)
	require.Equal(t, same, whole)

	var want []string
	for _, k := range kinds() {
		want = append(want, k.name)
	}
	slices.Sort(want)
	require.Equal(t, want, firstCells(between(whole), "Faults on the way to the vendors"))

	guards, err := readGuards(top)
	require.NoError(t, err)
	want = nil
	for _, g := range guards {
		want = append(want, g.mutant)
	}
	slices.Sort(want)
	require.Equal(t, want, firstCells(between(whole), "Guards taken out"))
	for _, f := range storageFaults {
		require.Contains(t, between(whole), "| "+f.fault+" | `"+f.test+"`, "+f.folder+" |")
	}
}

// Every mutant of the tables is found by its words, which must be plain texts.
func TestGuardsAreReadFromTheirTables(t *testing.T) {
	guards, err := readGuards(top)
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(top, "worker/mutants/table*_test.go"))
	require.NoError(t, err)
	count := 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		count += len(regexp.MustCompile(`(?m)^\s*name:`).FindAll(text, -1))
	}
	require.Len(t, guards, count)
	_, err = readGuards(t.TempDir())
	require.ErrorContains(t, err, "no mutant found")
}

// testsOf are the names of all tests in the repository, with the folders that they are in.
func testsOf(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, home := range []string{"activities", "cmd", "config", "connectors", "mapping", "worker", "workflows"} {
		require.NoError(t, filepath.WalkDir(filepath.Join(top, home), func(name string, _ os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, "_test.go") {
				return err
			}
			text, err := os.ReadFile(name)
			folder, relErr := filepath.Rel(top, filepath.Dir(name))
			require.NoError(t, relErr)
			for _, found := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(text), -1) {
				all[found[1]] = append(all[found[1]], filepath.ToSlash(folder))
			}
			return err
		}))
	}
	return all
}

func TestStorageFaultsHaveTheirTests(t *testing.T) {
	tests := testsOf(t)
	for _, f := range storageFaults {
		require.Contains(t, tests[f.test], f.folder, f.test)
	}
}

// What the documents name is there: tests and crash points by their names, files by their links.
func TestDocumentsNameWhatThereIs(t *testing.T) {
	tests, points := testsOf(t), readPage(t, "worker/killpoints_test.go")
	for _, name := range []string{page, "docs/architecture.md", "docs/glossary.md"} {
		text := readPage(t, name)
		for _, word := range regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(text, -1) {
			require.Contains(t, tests, word[1], name)
		}
		for _, point := range regexp.MustCompile("`(?:before|after) ([a-z_]+)`").FindAllStringSubmatch(text, -1) {
			require.Contains(t, points, `"`+point[1]+`"`, name)
		}
		for _, link := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(text, -1) {
			require.FileExists(t, filepath.Join(top, filepath.Dir(name), link[1]), name)
		}
	}
}
