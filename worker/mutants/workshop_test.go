package mutants

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	buildLimit = 5 * time.Minute
	runLimit   = 4 * time.Minute
)

// workshop builds and runs tests on changed code, in a folder of its own.
type workshop struct {
	dir string
	n   int
}

// verdict is how a test command ended.
type verdict struct {
	failed bool
	test   string // the first that failed
	reason string // the first line of it
}

// overlay writes changed files and the list by which the toolchain finds them, "" for none.
func (w *workshop) overlay(changed map[string]string) (string, error) {
	if len(changed) == 0 {
		return "", nil
	}
	w.n++
	replace := map[string]string{}
	for name, text := range changed {
		original, err := filepath.Abs(filepath.Join(top, filepath.FromSlash(name)))
		if err != nil {
			return "", err
		}
		ours := filepath.Join(w.dir, fmt.Sprintf("%d_%s", w.n, filepath.Base(name)))
		if err := os.WriteFile(ours, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[original] = ours
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(w.dir, fmt.Sprintf("%d_overlay.json", w.n))
	return file, os.WriteFile(file, list, 0o600)
}

// build makes the test binary of a folder on changed code. That it compiles is part of the proof: a mutant that does not
// build is killed by the compiler and shows nothing of the tests.
func (w *workshop) build(ctx context.Context, folder, overlay string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, buildLimit)
	defer cancel()
	w.n++
	binary := filepath.Join(w.dir, fmt.Sprintf("%d.test", w.n))
	args := []string{"test", "-c", "-ldflags=-s -w", "-o", binary} // without debug data, which takes longest to link
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	build := exec.CommandContext(ctx, "go", append(args, "./"+folder)...)
	build.Dir = top
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build tests of %s: %w\n%s", folder, err, out)
	}
	return binary, nil
}

// test runs a killer on changed code. A binary that was built for the folder before is used again.
func (w *workshop) test(ctx context.Context, binaries map[string]string, k killer, overlay string) (verdict, error) {
	if binaries[k.folder] == "" {
		binary, err := w.build(ctx, k.folder, overlay)
		if err != nil {
			return verdict{}, err
		}
		binaries[k.folder] = binary
	}
	return w.run(ctx, binaries[k.folder], k)
}

// run runs a killer. An error means that nothing can be concluded: too late, or dead of something else than an assertion.
func (w *workshop) run(ctx context.Context, binary string, k killer) (verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, runLimit+10*time.Second)
	defer cancel()
	args := append([]string{"-test.run", "^(" + k.run + ")$", "-test.timeout", runLimit.String()}, k.args...)
	if usesRapid(k.folder) {
		args = append(args, "-rapid.nofailfile") // it would leave the counterexample in the sources
	}
	test := exec.CommandContext(ctx, binary, args...)
	test.Dir, test.WaitDelay = filepath.Join(top, filepath.FromSlash(k.folder)), 5*time.Second
	var out bytes.Buffer
	test.Stdout, test.Stderr = &out, &out
	err := test.Run()
	return judge(out.String(), err)
}

// usesRapid reports whether the tests of a folder know the flags of the property testing library.
func usesRapid(folder string) bool {
	files, _ := filepath.Glob(filepath.Join(top, filepath.FromSlash(folder), "*_test.go"))
	return slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		return err == nil && bytes.Contains(text, []byte(`"pgregory.net/rapid"`))
	})
}

var (
	failLine   = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)
	anyLine    = regexp.MustCompile(`(?m)^\s*--- [A-Z]+: `)
	firstLine  = regexp.MustCompile(`(?m)^\s+\S+\.go:\d+:[ \t]*(\S.*(?:[^:\n]|:\n.*))$`) // with the next, after a colon
	errorLines = regexp.MustCompile(`(?s)\n\s+Error:\s+(.*?)\n\s+Test:\s`)               // of testify, with what was expected and what came
	textLine   = regexp.MustCompile(`(?m)^\s+Messages:[ \t]*(\S.*)$`)
)

// judge reads what a test binary wrote and how it ended.
func judge(out string, err error) (verdict, error) {
	if err == nil {
		if strings.Contains(out, "no tests to run") {
			return verdict{}, errors.New("there are no tests to run")
		}
		return verdict{}, nil
	}
	failed := failLine.FindStringSubmatchIndex(out)
	if strings.Contains(out, "\npanic: ") || strings.HasPrefix(out, "panic: ") || strings.Contains(out, "fatal error: ") || failed == nil {
		return verdict{}, fmt.Errorf("it ended by something else than an assertion: %w\n%s", err, tail(out, 2000))
	}
	v := verdict{failed: true, test: out[failed[2]:failed[3]]}
	rest := out[failed[1]:]
	for { // down to the subtest that failed first
		next := failLine.FindStringSubmatchIndex(rest)
		if next == nil || !strings.HasPrefix(rest[next[2]:next[3]], v.test+"/") {
			break
		}
		v.test, rest = rest[next[2]:next[3]], rest[next[1]:]
	}
	if end := anyLine.FindStringIndex(rest); end != nil {
		rest = rest[:end[0]]
	}
	v.reason = reasonIn(rest)
	return v, nil
}

// reasonIn says in one line why a test failed.
func reasonIn(log string) string {
	var parts []string
	for _, line := range []*regexp.Regexp{textLine, errorLines} {
		if found := line.FindStringSubmatch(log); found != nil {
			parts = append(parts, strings.Join(strings.Fields(found[1]), " "))
		}
	}
	if found := firstLine.FindStringSubmatch(log); found != nil && len(parts) == 0 {
		parts = append(parts, strings.Join(strings.Fields(found[1]), " "))
	}
	text, _, _ := strings.Cut(strings.Join(parts, ": "), " Diff:")
	return shorten(text, 200)
}

func tail(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return "…" + text[len(text)-limit:]
}
