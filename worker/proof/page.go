package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The results stand between these two lines of the page.
const (
	resultsBegin = "<!-- results: written by make proof -->"
	resultsEnd   = "<!-- end of results -->"
)

// splice puts text between the markers.
func splice(whole, text string) (string, error) {
	for _, marker := range []string{resultsBegin, resultsEnd} {
		if n := strings.Count(whole, marker); n != 1 {
			return "", fmt.Errorf("the line %q stands there %d times, not once", marker, n)
		}
	}
	head, rest, _ := strings.Cut(whole, resultsBegin)
	_, tail, found := strings.Cut(rest, resultsEnd)
	if !found {
		return "", fmt.Errorf("%q comes before %q", resultsEnd, resultsBegin)
	}
	return head + resultsBegin + "\n\n" + strings.TrimSpace(text) + "\n\n" + resultsEnd + tail, nil
}

// between is what stands between the markers.
func between(whole string) string {
	_, rest, _ := strings.Cut(whole, resultsBegin)
	text, _, _ := strings.Cut(rest, resultsEnd)
	return text
}

// writePage replaces the results of a page in one step, so that a fault leaves the page as it was.
func writePage(path, text string) error {
	whole, err := os.ReadFile(path) //nolint:gosec // the page
	if err != nil {
		return err
	}
	changed, err := splice(string(whole), text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	next, err := os.CreateTemp(filepath.Dir(path), ".page")
	if err != nil {
		return err
	}
	defer os.Remove(next.Name())
	if _, err := next.WriteString(changed); err != nil {
		_ = next.Close()
		return err
	}
	if err := next.Chmod(0o644); err != nil {
		_ = next.Close()
		return err
	}
	if err := next.Close(); err != nil {
		return err
	}
	return os.Rename(next.Name(), path)
}
