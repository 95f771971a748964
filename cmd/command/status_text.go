package command

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"spacebridge/config"
)

// writeStatus writes the state of connections for people.
func (a *app) writeStatus(w io.Writer, result statusJSON, connections []config.Connection, now time.Time) error {
	for i, one := range result.Connections {
		var text strings.Builder
		if i > 0 {
			text.WriteString("\n")
		}
		connection := connections[i]
		fmt.Fprintf(&text, "%s: %ss since %s, invoices issued %s\n", one.Name, connection.Policy.IssueFrom, connection.Since, trigger(connection.Policy.IssueOn))
		fmt.Fprintf(&text, "  sales     %s\n", salesLine(one))
		if len(one.holds) > 0 {
			fmt.Fprintf(&text, "  held      %s; see them with: %s sales --state held\n", holdsLine(one.holds), a.build.Name)
		}
		if one.UnknownEffects > 0 {
			fmt.Fprintf(&text, "  unclear   %s without a known outcome; the daemon is looking them up\n", plural(one.UnknownEffects, "step"))
		}
		if one.OldestDirtySeconds > 0 {
			fmt.Fprintf(&text, "  work      the oldest open change waits for %s\n", ago(time.Duration(one.OldestDirtySeconds)*time.Second))
		}
		writeCursors(&text, one.Cursors, connection.Policy.Location(), now)
		writeReading(&text, one, connection.Orderspace.RequestsPerMinute, connection.Policy.Location(), now)
		for _, p := range one.Problems {
			fmt.Fprintf(&text, "  PROBLEM   %s (for %s)\n            %s\n", p.Message, ago(now.Sub(p.since)), p.Advice)
		}
		if _, err := io.WriteString(w, text.String()); err != nil {
			return err
		}
	}
	return nil
}

func salesLine(one connectionJSON) string {
	var parts []string
	for _, state := range states {
		if n := one.Sales[state]; n > 0 {
			parts = append(parts, strconv.Itoa(n)+" "+string(state))
		}
	}
	return or(strings.Join(parts, ", "), "none yet")
}

func holdsLine(holds map[string]int) string {
	var parts []string
	for _, code := range slices.Sorted(maps.Keys(holds)) {
		parts = append(parts, strconv.Itoa(holds[code])+" "+code)
	}
	return strings.Join(parts, ", ")
}

// trigger says when invoices are issued.
func trigger(issueOn string) string {
	if issueOn == "manual" {
		return "on command"
	}
	return "when " + issueOn
}
