package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	for line, c := range map[string]struct {
		parts []string
		text  string
	}{
		"":                              {parts: partNames()},
		"-parts none -write":            {},
		"-parts simulation,points":      {parts: []string{"points", "simulation"}},
		"-seeds 200 -kills 10":          {parts: partNames()},
		"-parts simulations":            {text: `no part "simulations"`},
		"-seeds 0":                      {text: "at least 1"},
		"-kills -1":                     {text: "at least 1"},
		"simulation":                    {text: "unexpected argument"},
		"-parts points -points 3 -nope": {text: "not defined"},
	} {
		t.Run(line, func(t *testing.T) {
			o, err := parse(strings.Fields(line), io.Discard)
			if c.text != "" {
				require.ErrorContains(t, err, c.text)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.parts, o.parts)
		})
	}
}

// sketch is a page with what stands around the results.
const sketch = "# Page\n\nabove\n\n" + resultsBegin + "\n\nold\n\n" + resultsEnd + "\n\nbelow\n"

// inRepository changes to a folder that looks like the repository.
func inRepository(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	require.NoError(t, os.MkdirAll("docs", 0o750))
	require.NoError(t, os.MkdirAll(filepath.Join("worker", "mutants"), 0o750))
	require.NoError(t, os.WriteFile(page, []byte(sketch), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join("worker", "mutants", "table_test.go"),
		[]byte("package mutants\n\nvar all = []mutant{{name: \"no_lease\", guard: \"3: a lease\"}, {name: \"no_gate\", guard: \"8: a gate\"}}\n"), 0o600))
}

func TestPageIsWrittenFromReports(t *testing.T) {
	inRepository(t)
	of := full()
	require.NoError(t, os.Mkdir("reports", 0o750))
	keep(t, "reports", "simulation", of.simulation, of.records["simulation"])
	require.NoError(t, run(t.Context(), options{reports: "reports", write: true}, io.Discard, io.Discard))
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), "# Page\n\nabove\n\n"+resultsBegin+"\n\n2026-02-04, commit abc123"), string(text))
	require.True(t, strings.HasSuffix(string(text), "\n\n"+resultsEnd+"\n\nbelow\n"), string(text))
	require.NotContains(t, string(text), "old\n")
	require.Contains(t, string(text), "| requests | 12,345,678 |")

	var out bytes.Buffer
	require.NoError(t, run(t.Context(), options{reports: "reports"}, &out, io.Discard))
	require.Contains(t, out.String(), "| requests | 12,345,678 |")
	require.NotContains(t, out.String(), "| real kills |") // only what was run is printed
	require.NotContains(t, out.String(), "### Guards taken out")
	err = run(t.Context(), options{reports: "reports", parts: []string{"kills"}}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "of commit abc123, and this is unknown") // before anything is run
	same, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Equal(t, string(text), string(same))
}

// A part that fails leaves the page as it was: here every part fails, since there is no module to be tested.
func TestPageStaysWhenAPartFails(t *testing.T) {
	inRepository(t)
	o, err := parse([]string{"-write", "-reports", "reports"}, io.Discard)
	require.NoError(t, err)
	for _, p := range parts {
		o.parts = []string{p.name}
		require.ErrorContains(t, run(t.Context(), o, io.Discard, io.Discard), p.name)
		require.NoFileExists(t, recordPath("reports", p.name))
	}
	of := full()
	of.simulation.Duplicates = 1
	keep(t, "reports", "simulation", of.simulation, of.records["simulation"])
	o.parts = nil
	require.ErrorContains(t, run(t.Context(), o, io.Discard, io.Discard), "1 duplicates")
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Equal(t, sketch, string(text))
}

func TestSpliceNeedsItsMarkers(t *testing.T) {
	for _, whole := range []string{
		"", resultsBegin, resultsEnd, resultsEnd + "\n" + resultsBegin, sketch + resultsBegin, sketch + resultsEnd,
	} {
		_, err := splice(whole, "text")
		require.Error(t, err, whole)
	}
}

// A part counts only when its command succeeds, its report shows what is to be proved, and as much was run as was asked for.
func TestPartsAreJudged(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the command that stands in for go is a script")
	}
	good := `{"seeds":10,"requests":9,"faults_total":8,"invoices":7}`
	for name, c := range map[string]struct {
		report, exit, text string
	}{
		"good":               {good, "0", ""},
		"the command fails":  {good, "1", "exit status 1"},
		"the report is bad":  {strings.Replace(good, "{", `{"duplicates":1,`, 1), "0", "1 duplicates"},
		"the report is none": {"", "0", "report of simulation"},
		"too few seeds":      {strings.Replace(good, "10", "9", 1), "0", "9 seeds instead of 10"},
	} {
		t.Run(name, func(t *testing.T) {
			inRepository(t)
			folder, err := filepath.Abs("bin")
			require.NoError(t, err)
			require.NoError(t, os.Mkdir(folder, 0o750))
			script := "#!/bin/sh\nfor last; do :; done\nprintf '%s' '" + c.report + "' > \"$last\"\nexit " + c.exit + "\n"
			require.NoError(t, os.WriteFile(filepath.Join(folder, "go"), []byte(script), 0o700))
			t.Setenv("PATH", folder)
			o := options{parts: []string{"simulation"}, seeds: 10, reports: "reports", write: true}
			err = run(t.Context(), o, io.Discard, io.Discard)
			text, readErr := os.ReadFile(page)
			require.NoError(t, readErr)
			if c.text != "" {
				require.ErrorContains(t, err, c.text)
				require.NoFileExists(t, recordPath("reports", "simulation"))
				require.Equal(t, sketch, string(text))
				return
			}
			require.NoError(t, err)
			require.Contains(t, string(text), "| simulation | 10 seeds |")
		})
	}
}
