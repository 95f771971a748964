package mutants

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
)

// row is a mutant in the report.
type row struct {
	Name     string            `json:"name"`
	Guard    string            `json:"guard"`
	KilledBy string            `json:"killed_by"` // "" if it survived
	Reason   string            `json:"reason"`
	Suites   map[string]string `json:"suites"` // by which test of each suite
	Missed   []string          `json:"missed"` // what should have killed it and did not
	Seconds  int               `json:"seconds"`
}

// missed notes what did not kill; one is enough for the mutant not to count.
func (r *row) missed(t *testing.T, why string) {
	t.Helper()
	t.Error(why)
	r.Missed = append(r.Missed, shorten(why, 500))
}

// killed notes the first killer of all and of each suite.
func (r *row) killed(suite, by, reason string) {
	r.Suites[suite] = cmp.Or(r.Suites[suite], by)
	if r.KilledBy == "" {
		r.KilledBy, r.Reason = by, reason
	}
}

// table is the result for people.
func table(rows []row) string {
	var text strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&text, "%-30s %3d s  %s\n", r.Name, r.Seconds, r.Guard)
		if r.KilledBy != "" {
			fmt.Fprintf(&text, "%38s%s: %s\n", "", r.KilledBy, shorten(r.Reason, 140))
		}
		for _, why := range r.Missed {
			fmt.Fprintf(&text, "%38sNOT KILLED: %s\n", "", shorten(why, 140))
		}
	}
	return text.String()
}

func shorten(text string, limit int) string {
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}
