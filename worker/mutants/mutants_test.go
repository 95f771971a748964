package mutants

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	runFlag    = flag.Bool("mutants", false, "build and test every mutant, which takes minutes")
	onlyFlag   = flag.String("mutants.only", "", "names of mutants, with commas between them; empty for all")
	suiteFlag  = flag.String("mutants.suite", "unit", "which tests must kill: unit, simulation, or both with a comma between them")
	reportFlag = flag.String("mutants.report", "", "file for the result, as JSON")
)

// Every mutant still fits the code: its text is found once, the result parses, and its killers exist.
func TestMutantsFit(t *testing.T) {
	names := map[string]bool{}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			require.NoError(t, m.check())
			require.False(t, names[m.name], "two mutants of one name")
			names[m.name] = true
		})
	}
}

// Every mutant is killed, by every killer that it names, and without it they all pass.
func TestMutants(t *testing.T) {
	if !*runFlag {
		t.Skip("takes minutes; run it with -mutants")
	}
	var rows []row
	killed, asked := 0, selected(t)
	shop := &workshop{dir: t.TempDir()}
	broken := map[string]string{}
	t.Run("without a mutant", func(t *testing.T) { broken = baseline(t, shop, asked) })
	for _, m := range asked {
		t.Run(m.name, func(t *testing.T) {
			start, one := time.Now(), row{Name: m.name, Guard: m.guard, Suites: map[string]string{}, Missed: []string{}}
			defer func() {
				one.Seconds = int(time.Since(start).Round(time.Second).Seconds())
				rows = append(rows, one)
				t.Log("\n" + table(rows[len(rows)-1:]))
			}()
			if kill(t, shop, m, broken, &one); !t.Failed() {
				killed++
			}
		})
		report(t, rows, killed) // after each, so that a run that is stopped has not run for nothing
	}
	t.Log("\n" + table(rows))
}

// report writes the result to the file that was asked for.
func report(t *testing.T, rows []row, killed int) {
	t.Helper()
	if *reportFlag == "" {
		return
	}
	text, err := json.MarshalIndent(map[string]any{"mutants": rows, "killed": killed, "total": len(rows)}, "", "  ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(*reportFlag, append(text, '\n'), 0o600))
}

// selected are the mutants that were asked for and have a killer in the suites that were asked for.
func selected(t *testing.T) []mutant {
	t.Helper()
	var asked []mutant
	for name := range strings.SplitSeq(*onlyFlag, ",") {
		require.True(t, name == "" || slices.ContainsFunc(mutants, func(m mutant) bool { return m.name == name }), "no mutant %q", name)
	}
	for _, m := range mutants {
		wanted := *onlyFlag == "" || slices.Contains(strings.Split(*onlyFlag, ","), m.name)
		if wanted && len(m.killers(t)) > 0 {
			asked = append(asked, m)
		}
	}
	require.NotEmpty(t, asked)
	return asked
}

// suited is a killer with the name of its suite.
type suited struct {
	suite string
	killer
}

// killers are those of the suites that were asked for.
func (m mutant) killers(t *testing.T) (all []suited) {
	t.Helper()
	for suite := range strings.SplitSeq(*suiteFlag, ",") {
		of := map[string][]killer{"unit": m.unit, "simulation": m.simulation}
		list, known := of[suite]
		require.True(t, known, "no suite %q", suite)
		for _, k := range list {
			all = append(all, suited{suite, k})
		}
	}
	return all
}

// key tells killers apart.
func (k killer) key() string { return fmt.Sprint(k.folder, k.run, k.args) }

// baseline runs every killer on the real code, and gives those that fail there: from them nothing can be concluded.
func baseline(t *testing.T, shop *workshop, asked []mutant) map[string]string {
	t.Helper()
	binaries, broken := map[string]string{}, map[string]string{}
	defer removeAll(binaries)
	done := map[string]bool{}
	for _, m := range asked {
		for _, k := range m.killers(t) {
			if done[k.key()] {
				continue
			}
			done[k.key()] = true
			got, err := shop.test(t.Context(), binaries, k.killer, "")
			if err != nil {
				got.test, got.reason = k.run, err.Error()
			}
			if err != nil || got.failed {
				t.Errorf("%s of %s fails without a mutant: %s", got.test, k.folder, got.reason)
				broken[k.key()] = got.test
			}
		}
	}
	return broken
}

// kill builds a mutant once for each package that has a killer, and runs them.
func kill(t *testing.T, shop *workshop, m mutant, broken map[string]string, one *row) {
	t.Helper()
	changed, err := m.apply()
	require.NoError(t, err)
	overlay, err := shop.overlay(changed)
	require.NoError(t, err)
	binaries := map[string]string{}
	defer removeAll(binaries)
	for _, k := range m.killers(t) {
		if test := broken[k.key()]; test != "" {
			one.missed(t, "nothing can be concluded: "+test+" fails without the mutant too")
			continue
		}
		got, err := shop.test(t.Context(), binaries, k.killer, overlay)
		switch {
		case err != nil:
			one.missed(t, k.run+" of "+k.folder+": "+err.Error())
		case !got.failed:
			one.missed(t, "survives "+k.run+" of "+k.folder)
		default:
			one.killed(k.suite, k.folder+" "+got.test, got.reason)
		}
	}
}

func removeAll(binaries map[string]string) {
	for _, binary := range binaries {
		_ = os.Remove(binary)
	}
}
