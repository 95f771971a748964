package faults

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Mishap is one thing that befalls a delivery on its way to a receiver. The receiver is ours, and the vendor is the sender.
type Mishap string

// The mishaps. What the sender sees decides whether it tries again.
const (
	// Lost: the sender is answered 200, and nothing arrives.
	Lost Mishap = "lost"
	// Doubled: it arrives twice, half of the time at once and else the second time up to an hour later (Deliveries.Again).
	Doubled Mishap = "doubled"
	// Belated: the sender is answered 200, and it arrives later (Deliveries.Late).
	Belated Mishap = "late"
	// Replayed: it arrives, and days later once more (Deliveries.Replay).
	Replayed Mishap = "replayed"
	// Reordered: the sender is answered 200, and it arrives after two others that came later (at most Deliveries.Held later).
	Reordered Mishap = "reordered"
	// ReplyLost: it arrives, and the sender sees a broken connection or nothing until its deadline.
	ReplyLost Mishap = "reply_lost"
	// ProxyDown: a proxy answers 503, and nothing arrives.
	ProxyDown Mishap = "refused"
	// Redirected: a proxy answers 302, and nothing arrives.
	Redirected Mishap = "redirected"
	// BadBody: a proxy changes bytes of the body, so that its signature cannot fit.
	BadBody Mishap = "bad_body"
)

// mishaps lists them in the order in which they share the draw. New ones go to the end: a place in the order is part of what
// a seed means.
var mishaps = []struct {
	mishap        Mishap
	sender, about string
}{
	{Lost, "200", "it never arrives"},
	{Doubled, "the reply", "it arrives twice, at once or the second time up to an hour later"},
	{Belated, "200", "it arrives seconds to hours later"},
	{Replayed, "the reply", "it arrives, and once more one to eight days later"},
	{Reordered, "200", "it arrives after two others that came later"},
	{ReplyLost, "no reply", "it arrives, and the reply is lost"},
	{ProxyDown, "503", "a proxy refuses it"},
	{Redirected, "302", "a proxy sends it elsewhere"},
	{BadBody, "the reply", "a proxy changes bytes of it: its signature cannot fit"},
}

// Mishaps lists every mishap, in the order in which they share a draw.
func Mishaps() []Mishap {
	out := make([]Mishap, len(mishaps))
	for i, m := range mishaps {
		out[i] = m.mishap
	}
	return out
}

// ParseMishaps reads shares as people write them: "lost=100,doubled=50", each per mille. "all" stands for every mishap that is
// not named. Errors name what cannot be read.
func ParseMishaps(text string) (map[Mishap]int, error) {
	shares, err := parseShares(text, Mishaps())
	if err != nil {
		return nil, err
	}
	return shares, checkShares(shares, Mishaps())
}

// WriteMishaps writes a table of all mishaps for people.
func WriteMishaps(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "KIND\tSENDER SEES\tWHAT HAPPENS TO THE DELIVERY") // Flush tells of a writer that fails
	for _, m := range mishaps {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", m.mishap, m.sender, m.about)
	}
	return table.Flush()
}

// SummaryOfMishaps writes counts in one line, in the order of Mishaps: "lost=3 doubled=1". It is "" for none.
func SummaryOfMishaps(counts map[Mishap]int) string { return summary(counts, Mishaps()) }
