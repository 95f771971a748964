package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A report that shows a single thing gone wrong, or that nothing was tried, proves nothing.
func TestReportsThatProveNothing(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*results)
		text  string
	}{
		"two invoices":          {func(r *results) { r.simulation.Duplicates = 1 }, "1 duplicates"},
		"an invoice missing":    {func(r *results) { r.simulation.Missing = 2 }, "2 missing"},
		"a wrong amount":        {func(r *results) { r.simulation.Differences = 1 }, "1 differences"},
		"beyond a limit":        {func(r *results) { r.simulation.Breaches = 3 }, "3 breaches"},
		"no world":              {func(r *results) { r.simulation.Seeds = 0 }, "no seeds"},
		"no fault":              {func(r *results) { r.simulation.FaultsTotal = 0 }, "no faults"},
		"wrong after a crash":   {func(r *results) { r.points.Failures = 1 }, "1 failures"},
		"no crash":              {func(r *results) { r.points.Crashes = 0 }, "no crashes"},
		"two after a kill":      {func(r *results) { r.kills.Duplicates = 1 }, "1 duplicates"},
		"missing after a kill":  {func(r *results) { r.kills.Missing = 1 }, "1 missing"},
		"differs after a kill":  {func(r *results) { r.kills.Differences = 1 }, "1 differences"},
		"no kill":               {func(r *results) { r.kills.Kills = 0 }, "no kills"},
		"a survivor":            {func(r *results) { r.mutants.Killed = 0 }, "1 mutants that survive"},
		"a survivor of a suite": {func(r *results) { r.mutants.Mutants[0].Missed = []string{"survives TestB"} }, "survives TestB"},
		"no mutant":             {func(r *results) { *r.mutants = mutantsReport{} }, "no mutants"},
		"a storage fault":       {func(r *results) { r.storage.ended[storageFaults[2].test] = "fail" }, "fails"},
		"a fault left out":      {func(r *results) { delete(r.storage.ended, storageFaults[2].test) }, "was not run"},
	} {
		t.Run(name, func(t *testing.T) {
			r := full()
			require.NoError(t, r.check())
			c.spoil(r)
			require.ErrorContains(t, r.check(), c.text)
		})
	}
}

func (r *results) check() error {
	for _, err := range []error{r.simulation.check(), r.points.check(), r.kills.check(), r.mutants.check(), r.storage.check()} {
		if err != nil {
			return err
		}
	}
	return nil
}

// keep writes a report with its record as a run does.
func keep(t *testing.T, dir, name string, report any, of record) {
	t.Helper()
	for path, value := range map[string]any{reportPath(dir, name): report, recordPath(dir, name): of} {
		text, err := json.Marshal(value)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, text, 0o600))
	}
}

func TestReportsOfSeveralRunsMustBeOfOneCommit(t *testing.T) {
	dir, of := t.TempDir(), full()
	keep(t, dir, "kills", of.kills, of.records["kills"])
	keep(t, dir, "points", of.points, of.records["points"])
	require.NoError(t, os.WriteFile(reportPath(dir, "mutants"), []byte("{"), 0o600)) // without a record it is of a run that failed
	got, err := load(dir)
	require.NoError(t, err)
	require.Equal(t, of.kills, got.kills)
	require.Equal(t, of.records["points"], got.records["points"])
	require.Nil(t, got.mutants)

	other := of.records["points"]
	other.Commit = "def456"
	keep(t, dir, "points", of.points, other)
	_, err = load(dir)
	require.ErrorContains(t, err, "of commit")

	of.kills.Missing = 1
	keep(t, dir, "points", of.points, of.records["points"])
	keep(t, dir, "kills", of.kills, of.records["kills"])
	_, err = load(dir)
	require.ErrorContains(t, err, "report of kills: 1 missing")
}

func TestStorageReportIsReadFromEvents(t *testing.T) {
	path := t.TempDir() + "/storage.json"
	require.NoError(t, os.WriteFile(path, []byte(strings.Join([]string{
		`{"Action":"start","Package":"p"}`,
		`{"Action":"pass","Test":"TestA/one"}`, `{"Action":"pass","Test":"TestA/two"}`, `{"Action":"skip","Test":"TestA/three"}`, `{"Action":"pass","Test":"TestA"}`,
		`{"Action":"output","Test":"TestB","Output":"b_test.go:1: wrong\n"}`, `{"Action":"fail","Test":"TestB"}`,
		`{"Action":"pass","Package":"p"}`,
	}, "\n")), 0o600))
	r, err := readStorage(path)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"TestA": "pass", "TestB": "fail"}, r.ended)
	require.Equal(t, map[string]int{"TestA": 2}, r.cases)
	require.Equal(t, "b_test.go:1: wrong\n", failedEvents(path))
}

// The fields that are read here are those that the tests write.
func TestReportsAreReadAsTheyAreWritten(t *testing.T) {
	for file, report := range map[string]any{
		"../simulation/counts.go":      simulationReport{},
		"../simulation/points_test.go": pointsReport{},
		"../kills_test.go":             killsReport{},
		"../mutants/report_test.go":    mutantRow{},
	} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for field := range reflect.TypeOf(report).Fields() {
			require.Contains(t, string(text), `json:"`+field.Tag.Get("json")+`"`, file)
		}
	}
}
