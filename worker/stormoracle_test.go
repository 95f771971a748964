package worker_test

import (
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox"
)

// kept judges the file of the ledger: it has every delivery that was acknowledged, and each record that such a delivery named,
// as heard of no earlier than then. Marks that were lost with a delivery's transaction would show as older.
func (s *storming) kept(when string, acknowledged map[int]string) {
	s.t.Helper()
	require.NotEmpty(s.t, acknowledged, when)
	deliveries, records := map[string]int64{}, map[string]int64{}
	read := func(into map[string]int64) func(*sql.Rows) error {
		return func(rows *sql.Rows) error {
			var key string
			var at int64
			err := rows.Scan(&key, &at)
			into[key] = at
			return err
		}
	}
	s.query(`SELECT hash, last_at FROM deliveries`, read(deliveries))
	s.query(`SELECT record_id, last_at FROM inbox WHERE kind = 'order'`, read(records))
	lost, unmarked := 0, 0
	for n, hash := range acknowledged {
		at, ok := deliveries[hash]
		if !ok {
			lost++
		}
		for _, id := range s.storm.About(n) {
			if heard, ok := records[id]; !ok || heard < at {
				unmarked++
			}
		}
	}
	require.Zero(s.t, lost, "%s: deliveries that were answered 200 and are not in the ledger, of %d", when, len(acknowledged))
	require.Zero(s.t, unmarked, "%s: records of such deliveries that were not marked", when)
	s.figures.Deliveries, s.figures.Records = len(deliveries), len(records)
}

// judge compares the storm's own report with the ledger.
func (s *storming) judge(report *sandbox.StormReport) {
	s.t.Helper()
	taken := s.good.all()
	require.GreaterOrEqual(s.t, len(report.Accepted), s.wanted)
	for _, delivery := range report.Accepted {
		require.Equal(s.t, hex.EncodeToString(delivery.Body[:]), taken[delivery.Number])
	}
	require.Len(s.t, s.storm.IDs, s.figures.Records, "every order that the storm was about, and no other")
	require.LessOrEqual(s.t, s.figures.Deliveries, report.Sent, "some were committed whose answer nobody saw")
	require.Empty(s.t, s.forged.all(), "forged deliveries that were taken")
	require.NotEmpty(s.t, s.forged.others)
	s.query(`SELECT hash FROM deliveries`, func(rows *sql.Rows) error {
		var hash string
		err := rows.Scan(&hash)
		require.NotContains(s.t, s.forged.others, hash, "a delivery that was refused")
		return err
	})
	s.query(`SELECT 1 FROM inbox WHERE record_id LIKE 'or_forged%'`, func(*sql.Rows) error {
		s.t.Fatal("a forged delivery has marked a record")
		return nil
	})
	require.Equal(s.t, s.figures.Deliveries, s.tallies()["deliveries/accepted"])
	require.Equal(s.t, s.figures.Deliveries**stormEvents, s.tallies()["events/received"])
	for _, mib := range s.figures.MemoryMiB {
		require.Less(s.t, mib, mostMemory, "resident memory of a daemon, in MiB")
	}
	s.figures.Refused = len(s.forged.others)
}

// stormFigures are what TestStormSurvivesAKill reports, beside the storm's own report.
type stormFigures struct {
	Rate       int    `json:"rate"`
	Events     int    `json:"events"`
	Orders     int    `json:"orders"`
	Sent       int    `json:"sent"`
	Accepted   int    `json:"accepted"`
	BeforeKill int    `json:"accepted_before_kill"`
	Failed     int    `json:"failed"`  // nobody answered, most of them while there was no daemon
	Refused    int    `json:"refused"` // forged ones
	Deliveries int    `json:"deliveries_kept"`
	Records    int    `json:"records_kept"`
	AwayMS     int64  `json:"away_ms"` // from the kill to the first 200 after it
	DrainMS    int64  `json:"drain_ms"`
	Requests   int    `json:"requests"` // that the second daemon spent on what the storm told of
	ElapsedMS  int64  `json:"elapsed_ms"`
	BehindMS   int64  `json:"behind_ms"`
	P50Micros  int64  `json:"p50_us"`
	P99Micros  int64  `json:"p99_us"`
	MaxMicros  int64  `json:"max_us"`
	MemoryMiB  []int  `json:"memory_mib"` // the most that each daemon had resident
	LoadBefore string `json:"load_before"`
	LoadAfter  string `json:"load_after"`
}

// note takes down the most memory that a process had resident so far; nothing where the system does not tell.
func (f *stormFigures) note(t *testing.T, d *daemon) {
	t.Helper()
	text, err := os.ReadFile("/proc/" + strconv.Itoa(d.Process.Pid) + "/status")
	if os.IsNotExist(err) {
		return
	}
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(line, ":"); name == "VmHWM" {
			kib, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
			require.NoError(t, err)
			f.MemoryMiB = append(f.MemoryMiB, kib>>10)
		}
	}
}

// load is how busy the machine is, as its own averages of 1, 5 and 15 minutes say; "" where it does not tell.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// table is the figures for people.
func (f *stormFigures) table(report *sandbox.StormReport) string {
	return fmt.Sprintf("%s%d acknowledged before the kill; the next 200 came %s after it; %d forged refused\n"+
		"%d deliveries and %d records are in the ledger; nothing waited %s after the storm, for %d requests\n"+
		"resident memory, in MiB: %v; load before %s, after %s\n", report, f.BeforeKill, time.Duration(f.AwayMS)*time.Millisecond, f.Refused,
		f.Deliveries, f.Records, time.Duration(f.DrainMS)*time.Millisecond, f.Requests, f.MemoryMiB, f.LoadBefore, f.LoadAfter)
}

func (f *stormFigures) write(t *testing.T, report *sandbox.StormReport) {
	t.Helper()
	if *stormReport == "" {
		return
	}
	f.Sent, f.Accepted = report.Sent, len(report.Accepted)
	for _, n := range report.Failures {
		f.Failed += n
	}
	f.ElapsedMS, f.BehindMS = report.Elapsed.Milliseconds(), report.Behind.Milliseconds()
	f.P50Micros, f.P99Micros, f.MaxMicros = report.P50.Microseconds(), report.P99.Microseconds(), report.Max.Microseconds()
	text, err := json.MarshalIndent(f, "", "  ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(*stormReport, append(text, '\n'), 0o600))
}
