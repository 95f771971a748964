package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// full are results in which every part was run.
func full() *results {
	s := scene{Commit: "abc123", Go: "go1.26", Machine: "2 cores, linux/amd64"}
	day := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	r := &results{records: map[string]record{}}
	for i, p := range parts {
		r.records[p.name] = record{scene: s, Size: "size of " + p.name, Command: "go test " + p.name, Ended: day.AddDate(0, 0, i), Seconds: 90 * (i + 1)}
	}
	r.simulation = &simulationReport{
		Seeds: 20_000, Days: 600_000, Requests: 12_345_678, Writes: 1_234, FaultsTotal: 1_000_000, Invoices: 99, Unknown: 77_000,
		Faults: map[string]int{"late": 1_500, "zebra": 2, "ape": 1},
	}
	r.points = &pointsReport{Points: 30, Hits: 1_200, Crashes: 1_200, ByPoint: map[string]int{"before b": 2, "after a": 1_000}}
	r.kills = &killsReport{Kills: 500, RandomTime: 100, ByPoint: map[string]int{"before claim_effect": 390, "after claim_effect": 10}, Invoices: 5_000}
	r.mutants = &mutantsReport{Killed: 1, Total: 1, Mutants: []mutantRow{{
		Name: "no_lease", Guard: "old words", KilledBy: "folder TestA", Suites: map[string]string{"unit": "folder TestA", "simulation": "worlds TestSeeds"},
	}}}
	r.storage = &storageReport{ended: map[string]string{}, cases: map[string]int{storageFaults[0].test: 12}}
	for _, f := range storageFaults {
		r.storage.ended[f.test] = "pass"
	}
	r.storage.ended[storageFaults[1].test] = "skip"
	return r
}

var (
	someKinds  = []kind{{"late", "no answer | later", "later"}, {"slow", "dribbled", "reply"}}
	someGuards = []guard{{"no_lease", "3: a lease"}, {"new_one", "1: not run yet"}}
)

func TestSectionTellsEverything(t *testing.T) {
	text := section(full(), someKinds, someGuards, true)
	for _, want := range []string{
		"2026-02-04, commit abc123, 2 cores, linux/amd64, go1.26.\n",
		"| simulation | size of simulation | 7 min | `go test simulation` |",
		"| sales with two invoices | 0 | 0 |",
		"| requests | 12,345,678 |",
		"| outcomes that were unknown and were brought to light | 77,000 |",
		"| `late` | no answer \\| later | later | 1,500 |\n| `slow` | dribbled | reply | 0 |\n| ape |  |  | 1 |\n| zebra |  |  | 2 |\n",
		"Never met in these worlds, and so shown by tests of their own alone: `slow`.\n",
		"30 points, which a calm life comes to 1,200 times; that life ended early and was taken up again 1,200 times, and the books were wrong 0 times.",
		"| `after a` | 1,000 |\n| `before b` | 2 |",
		"| SIGKILL at a crash point | 400 |\n| SIGKILL at a random time | 100 |",
		"| holds in 12 cases |", "| cannot be run on this machine |", "| holds |",
		"1 of 1 mutant killed.",
		"| `no_lease` | 3: a lease | `TestSeeds`, worlds; `TestA`, folder |\n| `new_one` | 1: not run yet | not run |",
	} {
		require.Contains(t, text, want)
	}
	require.Equal(t, text, section(full(), someKinds, someGuards, true))
}

func TestSectionSaysWhatWasNotRun(t *testing.T) {
	r := full()
	r.kills = nil
	delete(r.records, "kills")
	text := section(r, someKinds, someGuards, true)
	require.Contains(t, text, "| real kills | not run |")
	require.Contains(t, text, "| sales with two invoices | 0 | not run |")
	text = section(r, someKinds, someGuards, false)
	require.NotContains(t, text, "### Real daemons killed")
	require.Contains(t, text, "### Crash points")

	text = section(&results{}, someKinds, someGuards, true)
	require.Contains(t, text, "No part has been run yet.")
	require.Contains(t, text, "| `slow` | dribbled | reply | not run |")
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 20000: "20,000", 123456: "123,456", 1234567: "1,234,567", -1000: "-1,000"} {
		require.Equal(t, want, number(n))
	}
	for seconds, want := range map[int]string{0: "0 s", 119: "119 s", 120: "2 min", 7199: "119 min", 7200: "2 h 0 min", 12_345: "3 h 25 min"} {
		require.Equal(t, want, lasted(seconds))
	}
	require.Equal(t, "1 seed", plural(1, "seed"))
	require.Equal(t, "2,000 seeds", plural(2000, "seed"))
}
