package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// part is one test command of the proof. Its report is made by the test itself or, where it makes none, by the events that
// go test prints.
type part struct {
	name   string
	title  string
	size   func(options) string
	args   func(o options, report string) []string // of go test
	events bool
}

// parts are all there are, the quick ones first, so that what fails fails early.
var parts = []part{
	{
		name: "storage", title: "storage faults", events: true,
		size: func(options) string { return plural(len(storageFaults), "fault") },
		args: func(options, string) []string { return storageArgs() },
	},
	{
		name: "points", title: "crash points",
		size: func(o options) string {
			if o.points > 0 {
				return "every point at least once"
			}
			return "every hit of every point"
		},
		args: func(o options, report string) []string {
			return []string{"-run", "^TestCrashPoints$", "./worker/simulation", "-simulation.points", strconv.Itoa(o.points), "-simulation.points.report", report}
		},
	},
	{
		name: "mutants", title: "mutants",
		size: func(o options) string { return "all, by " + strings.ReplaceAll(o.suites, ",", " and ") },
		args: func(o options, report string) []string {
			return []string{"-run", "^TestMutants$", "./worker/mutants", "-mutants", "-mutants.suite", o.suites, "-mutants.report", report}
		},
	},
	{
		name: "kills", title: "real kills",
		size: func(o options) string { return plural(o.kills, "kill") },
		args: func(o options, report string) []string {
			return []string{"-run", "^TestKills$", "./worker", "-kills", strconv.Itoa(o.kills), "-kills.report", report}
		},
	},
	{
		name: "simulation", title: "simulation",
		size: func(o options) string { return plural(o.seeds, "seed") },
		args: func(o options, report string) []string {
			return []string{"-run", "^TestSeeds$", "./worker/simulation", "-simulation.seeds", strconv.Itoa(o.seeds), "-simulation.report", report}
		},
	},
}

func partNames() []string {
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.name
	}
	return names
}

// scene is where and on what a run takes place.
type scene struct {
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	Machine string `json:"machine"`
}

// look finds out about the machine and the commit. Without git the commit is unknown, which is no fault.
func look(ctx context.Context) scene {
	s := scene{Commit: "unknown", Go: runtime.Version(), Machine: plural(runtime.NumCPU(), "core") + ", " + runtime.GOOS + "/" + runtime.GOARCH}
	commit, err := exec.CommandContext(ctx, "git", "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		return s
	}
	s.Commit = strings.TrimSpace(string(commit))
	changed, err := exec.CommandContext(ctx, "git", "status", "--porcelain", "--", ".", ":!"+page).Output()
	if err != nil || len(strings.TrimSpace(string(changed))) > 0 {
		s.Commit += " with changes that are not committed"
	}
	return s
}

// record says how a part was run. It lies beside its report and is written only when all went well.
type record struct {
	scene

	Size    string    `json:"size"`
	Command string    `json:"command"`
	Ended   time.Time `json:"ended"`
	Seconds int       `json:"seconds"`
}

// run runs one part and keeps its report and its record.
func (p part) run(ctx context.Context, o options, dir string, s scene, stderr io.Writer) (time.Duration, error) {
	report, err := filepath.Abs(reportPath(dir, p.name))
	if err != nil {
		return 0, err
	}
	for _, old := range []string{report, recordPath(dir, p.name)} { // of an earlier run
		if err := os.Remove(old); err != nil && !errors.Is(err, os.ErrNotExist) {
			return 0, err
		}
	}
	shown := "go test " + strings.Join(p.args(o, p.name+".json"), " ")
	if p.events { // its arguments are a long list of tests
		shown = "go run ./worker/proof -parts " + p.name
	}
	args := []string{"test", "-count=1", "-timeout=24h"}
	if p.events {
		args = append(args, "-json")
	}
	args = append(args, p.args(o, report)...)
	began := time.Now()
	err = p.command(ctx, args, report, stderr)
	took := time.Since(began)
	if err != nil {
		return took, err
	}
	var r results
	if err := r.take(dir, p.name); err != nil {
		return took, err
	}
	if err := r.reach(o); err != nil {
		return took, err
	}
	text, err := json.MarshalIndent(record{scene: s, Size: p.size(o), Command: shown, Ended: time.Now().UTC(), Seconds: int(took.Seconds())}, "", "  ")
	if err != nil {
		return took, err
	}
	return took, os.WriteFile(recordPath(dir, p.name), text, 0o600)
}

// command runs go test; the events of a part that has no report of its own become its report.
func (p part) command(ctx context.Context, args []string, report string, stderr io.Writer) error {
	command := exec.CommandContext(ctx, "go", args...) //nolint:gosec // the arguments are those of the table above
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = time.Minute
	command.Stdout, command.Stderr = stderr, stderr
	if !p.events {
		return command.Run()
	}
	file, err := os.Create(report) //nolint:gosec // in the directory of the reports
	if err != nil {
		return err
	}
	command.Stdout = file
	err = command.Run()
	if err == nil {
		return file.Close()
	}
	_ = file.Close()
	return fmt.Errorf("%w: %s", err, failedEvents(report))
}

func reportPath(dir, name string) string { return filepath.Join(dir, name+".json") }
func recordPath(dir, name string) string { return filepath.Join(dir, name+".run.json") }
