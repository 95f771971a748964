package mutants

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// mutant is the code without one guard.
type mutant struct {
	name       string
	guard      string // what is taken out, with the number of the invariant it upholds
	edits      []edit
	unit       []killer // tests near the guard, each of which must fail
	simulation []killer // worlds, which must fail too; empty where they are not known to show it
}

// edit replaces one text, which stands in its file exactly once.
type edit struct {
	file string // from the top of the repository
	old  string
	new  string
}

// killer is a test command that must fail.
type killer struct {
	folder string // of the package, from the top of the repository
	run    string // names of tests, with | between them
	args   []string
}

// top is the repository, seen from this package, where tests run.
const top = "../.."

// apply gives the changed files by their names, from the top of the repository.
func (m mutant) apply() (map[string]string, error) {
	changed := map[string]string{}
	for _, e := range m.edits {
		text, ok := changed[e.file]
		if !ok {
			raw, err := os.ReadFile(filepath.Join(top, filepath.FromSlash(e.file)))
			if err != nil {
				return nil, err
			}
			text = string(raw)
		}
		if n := strings.Count(text, e.old); n != 1 {
			return nil, fmt.Errorf("%s holds %d times, not once:\n%s", e.file, n, e.old)
		}
		if e.old == e.new {
			return nil, fmt.Errorf("%s: nothing is replaced:\n%s", e.file, e.old)
		}
		changed[e.file] = strings.Replace(text, e.old, e.new, 1)
	}
	return changed, nil
}

// check says what is wrong with a mutant before anything is built.
func (m mutant) check() error {
	if m.name == "" || m.guard == "" || len(m.edits) == 0 || len(m.unit) == 0 {
		return errors.New("a mutant needs a name, a guard, an edit and a killer")
	}
	changed, err := m.apply()
	if err != nil {
		return err
	}
	for name, text := range changed {
		if filepath.Ext(name) != ".go" {
			continue
		}
		if _, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution); err != nil {
			return err
		}
	}
	for _, k := range append(m.unit, m.simulation...) {
		if err := k.check(); err != nil {
			return err
		}
	}
	return nil
}

// check says which test of a killer is not there: it would kill nothing and say nothing.
func (k killer) check() error {
	files, err := filepath.Glob(filepath.Join(top, filepath.FromSlash(k.folder), "*_test.go"))
	if err != nil {
		return err
	}
	var all strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		all.Write(text)
	}
	for name := range strings.SplitSeq(k.run, "|") {
		if !strings.Contains(all.String(), "\nfunc "+name+"(") {
			return fmt.Errorf("%s has no %s", k.folder, name)
		}
	}
	return nil
}
