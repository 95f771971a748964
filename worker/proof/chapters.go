package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// worlds tells what the simulated worlds went through.
func (r *results) worlds(out *strings.Builder) {
	s := r.simulation
	out.WriteString("### Simulated worlds\n\n")
	if s == nil {
		out.WriteString("Not run.\n\n")
		return
	}
	mishaps := 0
	for _, n := range s.Mishaps {
		mishaps += n
	}
	var rows [][]string
	for _, f := range []figure{
		{"worlds (seeds)", s.Seeds},
		{"simulated days, without the time to come to rest", s.Days},
		{"requests", s.Requests},
		{"of them, writes to the books", s.Writes},
		{"requests that met a fault", s.FaultsTotal},
		{"outcomes that were unknown and were brought to light", s.Unknown},
		{"stray pending orders removed", s.Strays},
		{"sales made of invoices", s.ByInvoice},
		{"invoices credited and issued again after an edit", s.Reissued},
		{"orders created anew after a cancellation was taken back", s.Revived},
		{"processes that died at a point of their own", s.Crashes},
		{"restarts in all", s.Restarts},
		{"activities of which Temporal never heard the end", s.Lost},
		{"ledgers restored from an older copy", s.OldLedgers},
		{"ledgers lost", s.LostLedgers},
		{"commits that met a full or locked disk", s.DiskFaults},
		{"jumps of the clock", s.ClockJumps},
		{"webhooks that reached the receiver", s.Deliveries},
		{"webhooks that were lost, doubled, late, out of order, repeated, refused or changed on their way", mishaps},
		{"webhooks that were acknowledged and are not in the ledger", s.Unreceived},
		{"orders in the shops", s.Orders},
		{"sales that need an invoice", s.Eligible},
		{"invoices in the books", s.Invoices},
		{"sales held at the end, each for a reason that the judge accepts", s.Held},
	} {
		rows = append(rows, []string{f.name, number(f.n)})
	}
	table(out, []string{"", "count"}, rows)
}

// faults lists every kind of fault and how often it struck.
func (r *results) faults(out *strings.Builder, kinds []kind) {
	out.WriteString("### Faults on the way to the vendors\n\n")
	var rows [][]string
	known := map[string]bool{}
	for _, k := range kinds {
		known[k.name] = true
		times := notRun
		if r.simulation != nil {
			times = number(r.simulation.Faults[k.name])
		}
		rows = append(rows, []string{"`" + k.name + "`", k.text, k.acts, times})
	}
	if r.simulation != nil { // a report may tell of kinds that are no more
		for _, name := range slices.Sorted(maps.Keys(r.simulation.Faults)) {
			if !known[name] {
				rows = append(rows, []string{name, "", "", number(r.simulation.Faults[name])})
			}
		}
	}
	table(out, []string{"kind", "what happens", "the vendor acts", "times"}, rows)
	r.neverStruck(out, kinds)
}

// neverStruck owns up to the kinds of which these worlds show nothing.
func (r *results) neverStruck(out *strings.Builder, kinds []kind) {
	var names []string
	for _, k := range kinds {
		if r.simulation != nil && r.simulation.Faults[k.name] == 0 {
			names = append(names, "`"+k.name+"`")
		}
	}
	if len(names) > 0 {
		fmt.Fprintf(out, "Never met in these worlds, and so shown by tests of their own alone: %s.\n\n", strings.Join(names, ", "))
	}
}

// crashPoints tells of the lives that ended at a named point.
func (r *results) crashPoints(out *strings.Builder) {
	out.WriteString("### Crash points\n\n")
	p := r.points
	if p == nil {
		out.WriteString("Not run.\n\n")
		return
	}
	fmt.Fprintf(out, "%s, which a calm life comes to %s; that life ended early and was taken up again %s, and the books were wrong %s.\n\n",
		plural(p.Points, "point"), plural(p.Hits, "time"), plural(p.Crashes, "time"), plural(p.Failures, "time"))
	byPoint(out, "Crashes by point", p.ByPoint)
}

// realKills tells how real daemons were killed.
func (r *results) realKills(out *strings.Builder) {
	out.WriteString("### Real daemons killed\n\n")
	k := r.kills
	if k == nil {
		out.WriteString("Not run.\n\n")
		return
	}
	atPoints := 0
	for _, n := range k.ByPoint {
		atPoints += n
	}
	var rows [][]string
	for _, f := range []figure{
		{"SIGKILL at a crash point", atPoints},
		{"SIGKILL at a random time", k.RandomTime},
		{"SIGTERM", k.Sigterm},
		{"restarts without Temporal's file", k.TemporalLost},
		{"orders in the shop", k.Orders},
		{"invoices in the books", k.Invoices},
	} {
		rows = append(rows, []string{f.name, number(f.n)})
	}
	table(out, []string{"", "count"}, rows)
	byPoint(out, "Kills by point", k.ByPoint)
}

// byPoint folds a long list away.
func byPoint(out *strings.Builder, title string, counts map[string]int) {
	var rows [][]string
	for _, point := range slices.Sorted(maps.Keys(counts)) {
		rows = append(rows, []string{"`" + point + "`", number(counts[point])})
	}
	fmt.Fprintf(out, "<details><summary>%s</summary>\n\n", title)
	table(out, []string{"point", "count"}, rows)
	out.WriteString("</details>\n\n")
}

// storageFaults lists the faults of disks, files and clocks.
func (r *results) storageFaults(out *strings.Builder) {
	out.WriteString("### Storage faults\n\n")
	var rows [][]string
	for _, f := range storageFaults {
		result := notRun
		if r.storage != nil {
			switch cases := r.storage.cases[f.test]; {
			case r.storage.ended[f.test] != "pass":
				result = "cannot be run on this machine"
			case cases > 0:
				result = "holds in " + plural(cases, "case")
			default:
				result = "holds"
			}
		}
		rows = append(rows, []string{f.fault, "`" + f.test + "`, " + f.folder, result})
	}
	table(out, []string{"fault", "test", "result"}, rows)
}

// guards lists every guard that a mutant takes out, and what noticed.
func (r *results) guards(out *strings.Builder, guards []guard) {
	out.WriteString("### Guards taken out\n\n")
	rows := map[string]mutantRow{}
	if r.mutants != nil {
		fmt.Fprintf(out, "%s of %s killed.\n\n", number(r.mutants.Killed), plural(r.mutants.Total, "mutant"))
		for _, row := range r.mutants.Mutants {
			rows[row.Name] = row
		}
	}
	var lines [][]string
	for _, g := range guards {
		by := []string{}
		row := rows[g.mutant]
		for _, suite := range slices.Sorted(maps.Keys(row.Suites)) {
			folder, test, _ := strings.Cut(row.Suites[suite], " ")
			by = append(by, "`"+test+"`, "+folder)
		}
		killed := notRun
		if row.KilledBy != "" {
			killed = cmp.Or(strings.Join(by, "; "), row.KilledBy)
		}
		lines = append(lines, []string{"`" + g.mutant + "`", g.text, killed})
	}
	table(out, []string{"mutant", "guard that it takes out, with its invariant", "killed by"}, lines)
}
