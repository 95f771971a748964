package main

import (
	"fmt"
	"strings"
	"time"
)

// notRun stands where a part has no figures.
const notRun = "not run"

// section writes the results. With whole, what was not run is said to be so and every kind of fault and every mutant is
// named; otherwise only what was run is told. The same results always give the same text.
func section(r *results, kinds []kind, guards []guard, whole bool) string {
	var out strings.Builder
	r.heading(&out)
	r.overview(&out, whole)
	if whole || r.simulation != nil || r.kills != nil {
		r.verdict(&out)
	}
	for _, chapter := range []struct {
		part  string
		write func(*strings.Builder)
	}{
		{"simulation", func(out *strings.Builder) { r.worlds(out); r.faults(out, kinds) }},
		{"points", r.crashPoints},
		{"kills", r.realKills},
		{"storage", r.storageFaults},
		{"mutants", func(out *strings.Builder) { r.guards(out, guards) }},
	} {
		if _, ran := r.records[chapter.part]; ran || whole {
			chapter.write(&out)
		}
	}
	return out.String()
}

// table writes rows under a heading line; a cell never breaks its table.
func table(out *strings.Builder, head []string, rows [][]string) {
	line := func(cells []string) {
		for _, cell := range cells {
			cell = strings.ReplaceAll(strings.Join(strings.Fields(cell), " "), "|", `\|`)
			fmt.Fprintf(out, "| %s ", cell)
		}
		out.WriteString("|\n")
	}
	line(head)
	out.WriteString(strings.Repeat("|---", len(head)) + "|\n")
	for _, row := range rows {
		line(row)
	}
	out.WriteString("\n")
}

// heading says when, where and of what the results are.
func (r *results) heading(out *strings.Builder) {
	var last record
	for _, name := range partNames() {
		if of, ran := r.records[name]; ran && !of.Ended.Before(last.Ended) {
			last = of
		}
	}
	if last.Ended.IsZero() {
		out.WriteString("No part has been run yet.\n\n")
		return
	}
	fmt.Fprintf(out, "%s, commit %s, %s, %s.\n\n", last.Ended.Format(time.DateOnly), last.Commit, last.Machine, last.Go)
}

// overview says which parts were run at which size, how long they took, and how to run them again.
func (r *results) overview(out *strings.Builder, whole bool) {
	var rows [][]string
	for _, p := range parts {
		of, ran := r.records[p.name]
		switch {
		case ran:
			rows = append(rows, []string{p.title, of.Size, lasted(of.Seconds), "`" + of.Command + "`"})
		case whole:
			rows = append(rows, []string{p.title, notRun, "", ""})
		}
	}
	table(out, []string{"part", "size", "took", "command"}, rows)
}

// verdict adds up what must be nothing.
func (r *results) verdict(out *strings.Builder) {
	rows := [][]string{
		{"sales with two invoices", notRun, notRun},
		{"sales without their invoice", notRun, notRun},
		{"invoices that differ from the order", notRun, notRun},
		{"requests beyond a limit or in a penalty", notRun, "not measured"},
	}
	if s := r.simulation; s != nil {
		for i, n := range []int{s.Duplicates, s.Missing, s.Differences, s.Breaches} {
			rows[i][1] = number(n)
		}
	}
	if k := r.kills; k != nil {
		for i, n := range []int{k.Duplicates, k.Missing, k.Differences} {
			rows[i][2] = number(n)
		}
	}
	table(out, []string{"at the end there were", "in the simulation", "after real kills"}, rows)
}
