package command

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"spacebridge/connectors/sandbox"
	"spacebridge/mapping/money"
)

// report writes the table that a demo ends with.
func (w *demoWorld) report(show *stage) error {
	audit := w.audit
	show.say("")
	table := newTable("", "count", "").alignRight(1)
	table.add("orders in the shop", strconv.Itoa(audit.Orders), "")
	table.add("that ought to be invoiced", strconv.Itoa(audit.Eligible), "")
	table.add("invoices in the books", strconv.Itoa(audit.Invoices), "")
	byCode := map[string]int{}
	for _, held := range audit.Held {
		byCode[held.Got+" ("+held.Why+")"]++
	}
	table.add("held, each in sight with its reason", strconv.Itoa(len(audit.Held)), "")
	for _, code := range slices.Sorted(maps.Keys(byCode)) {
		table.add("  "+code, strconv.Itoa(byCode[code]), "")
	}
	table.add("missing", strconv.Itoa(len(audit.Missing)), first(audit.Missing))
	table.add("duplicates", strconv.Itoa(len(audit.Duplicates)), first(audit.Duplicates))
	table.add("difference", twoDigits(audit.DifferenceSum), first(audit.Differences))
	for name, findings := range map[string][]sandbox.Finding{
		"invoices that should not be": audit.Unexpected, "held without reason": audit.UnexpectedHeld, "not held": audit.NotHeld,
	} {
		if len(findings) > 0 {
			table.add(name, strconv.Itoa(len(findings)), first(findings))
		}
	}
	return table.write(show.out)
}

// first shows one of several findings, and how many more there are.
func first(findings []sandbox.Finding) string {
	if len(findings) == 0 {
		return ""
	}
	f := findings[0]
	text := fmt.Sprintf("order %d: %s", f.Number, f.Why)
	if f.Want != "" || f.Got != "" {
		text += fmt.Sprintf(" (want %q, got %q)", f.Want, f.Got)
	}
	if len(findings) > 1 {
		text += fmt.Sprintf(", and %d more", len(findings)-1)
	}
	return text
}

// twoDigits writes a sum of differences as an amount.
func twoDigits(sum string) string {
	d, err := money.ParseDecimal(sum)
	if err != nil {
		return sum
	}
	return d.Pad(2).String()
}
