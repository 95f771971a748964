package command

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// paragraph writes lines under one word, which stands before the first of them.
func paragraph(text *strings.Builder, word string, lines []string) {
	for _, line := range lines {
		fmt.Fprintf(text, "  %-9s %s\n", word, line)
		word = ""
	}
}

// writeReading tells people of the webhooks, of what found the changes, and of who used the budget.
func writeReading(text *strings.Builder, one connectionJSON, perMinute int, place *time.Location, now time.Time) {
	if one.Webhooks != nil {
		paragraph(text, "webhooks", webhookLines(one.Webhooks, place, now))
	}
	paragraph(text, "found", foundLines(one.Reading.Found))
	paragraph(text, "budget", budgetLines(one.Reading.Requests, perMinute))
}

func webhookLines(hooks *webhooksJSON, place *time.Location, now time.Time) []string {
	line := "not subscribed yet; the daemon sees to it at its start and hourly"
	if hooks.Subscribed {
		line = "subscribed since " + clock(hooks.since, place)
	}
	switch {
	case !hooks.last.IsZero():
		line += "; last request " + ago(now.Sub(hooks.last)) + " ago"
	case hooks.Subscribed:
		line += "; nothing received yet"
	}
	lines := []string{line}
	if hooks.Deliveries > 0 {
		line = fmt.Sprintf("%s in %s in 24 h", plural(hooks.Events, "event"), plural(hooks.Deliveries, "request"))
		var apart []string
		for _, part := range []struct {
			n    int
			noun string
			what string
		}{{hooks.Repeated, "request", "repeated"}, {hooks.Dropped, "event", "dropped"}, {hooks.Unreadable, "event", "not understood"}} {
			if part.n > 0 {
				apart = append(apart, plural(part.n, part.noun)+" "+part.what)
			}
		}
		if len(apart) > 0 {
			line += "; of these " + strings.Join(apart, ", ")
		}
		lines = append(lines, line)
	}
	if hooks.Waiting > 0 {
		waited := ago(time.Duration(hooks.OldestWaitingSeconds) * time.Second)
		lines = append(lines, fmt.Sprintf("%s to be read, the oldest for %s", plural(hooks.Waiting, "record"), waited))
	}
	if all := hooks.Told + hooks.Lost; all > 0 {
		lines = append(lines, fmt.Sprintf("of %s in 24 h that a webhook should tell of, %d (%s) came without", plural(all, "new record"), hooks.Lost, percent(hooks.Lost, all)))
	}
	if hooks.KeptBodies > 0 {
		lines = append(lines, plural(hooks.KeptBodies, "request")+" kept whole in the ledger, since not all of it was understood")
	}
	return lines
}

// kindNames are the kinds of records for people, in the order they are told.
var kindNames = []struct{ kind, plural string }{
	{"order", "orders"}, {"dispatch", "dispatches"}, {"invoice", "invoices"}, {"customer", "customers"},
}

// foundLines says for each kind of record who found what was new or had changed.
func foundLines(found map[string]map[string]int) []string {
	var lines []string
	for _, name := range kindNames {
		all := 0
		var by []string
		for _, work := range byCount(found[name.kind]) {
			all += found[name.kind][work]
			by = append(by, fmt.Sprintf("%d by %s", found[name.kind][work], work))
		}
		if all > 0 {
			lines = append(lines, fmt.Sprintf("%s new or changed in 24 h: %s", name.plural, strings.Join(by, ", ")))
		}
	}
	return lines
}

// budgetLines says how much of what may be sent to Orderspace in a day was sent, and for what; perMinute 0 is no limit.
func budgetLines(requests map[string]int, perMinute int) []string {
	used := 0
	var parts []string
	for _, work := range byCount(requests) {
		used += requests[work]
		parts = append(parts, fmt.Sprintf("%s %d", work, requests[work]))
	}
	if used == 0 {
		return nil
	}
	line := plural(used, "request") + " to Orderspace in 24 h"
	if all := perMinute * int(recent/time.Minute); all > 0 {
		line = fmt.Sprintf("%d of %d requests to Orderspace in 24 h (%s)", used, all, percent(used, all))
	}
	return []string{line, strings.Join(parts, ", ")}
}

// percent writes a share with one decimal; all must not be 0.
func percent(n, all int) string {
	tenths := (n*1000 + all/2) / all
	return fmt.Sprintf("%d.%d %%", tenths/10, tenths%10)
}

// rereads are the cursors of reads that go through everything again, with what they read.
var rereads = []struct{ cursor, what, since string }{
	{"sweep_started", "everything recent or open", "sweep_since"}, {"nightly_started", "everything of the last 90 days", ""},
}

// writeCursors tells how far lists have been read, and when everything was read again.
func writeCursors(text *strings.Builder, cursors map[string]cursorJSON, place *time.Location, now time.Time) {
	var lines []string
	tell := func(what, cursor string) {
		if at, err := time.Parse(time.RFC3339, cursors[cursor].Value); err == nil {
			lines = append(lines, fmt.Sprintf("%s %s, %s ago", what, clock(at, place), ago(now.Sub(at))))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(cursors)) {
		if list, ok := strings.CutSuffix(name, "_created"); ok {
			tell(list+" up to", name)
		}
	}
	for _, again := range rereads {
		what := again.what
		if since, err := time.Parse(time.RFC3339, cursors[again.since].Value); err == nil {
			what = "everything since " + since.In(place).Format(time.DateOnly) + " and what is open before"
		}
		tell(what+" as of", again.cursor)
	}
	if len(lines) == 0 {
		lines = []string{"nothing yet"}
	}
	paragraph(text, "read", lines)
}
