package command

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// census says of every order in the shop where it stands, each counted once.
type census struct {
	orders    int
	invoiced  int
	held      int
	holds     map[string]int // by code and cause
	waiting   int            // for the trigger
	missing   int            // the trigger has come, and neither an invoice nor a hold
	cancelled int
	templates int
	other     int // not read yet, or left out
}

// take counts the orders of the shop by what the ledger knows of them.
func take(orders []shop.Order, sales []sqlite.Sale, audit sandbox.Report) census {
	known := map[string]sqlite.Sale{}
	for _, sale := range sales {
		known[sale.ID] = sale
	}
	missing, causes := map[string]bool{}, map[string]string{}
	for _, f := range slices.Concat(audit.Missing, audit.NotHeld) {
		missing[f.OrderID] = true
	}
	for _, f := range slices.Concat(audit.Held, audit.UnexpectedHeld) {
		causes[f.OrderID] = f.Why
	}
	c := census{orders: len(orders), holds: map[string]int{}}
	for _, order := range orders {
		sale := known[order.ID]
		switch {
		case order.Status == shop.StatusStandingOrder:
			c.templates++
		case missing[order.ID]:
			c.missing++
		case sale.Hold != nil:
			c.held++
			c.holds[sale.Hold.Code+" ("+or(causes[order.ID], "held since the last look")+")"]++
		case sale.State == trade.StateIssued:
			c.invoiced++
		case sale.State == trade.StateCancelled || order.Status == shop.StatusCancelled:
			c.cancelled++
		case sale.State == trade.StateWaiting || sale.State == trade.StatePending:
			c.waiting++
		default:
			c.other++
		}
	}
	return c
}

// report writes the table that a demo ends with.
func (w *demoWorld) report(ctx context.Context, show *stage) error {
	sales, err := w.ledger.Sales(ctx, sqlite.SaleFilter{Connection: "demo"})
	if err != nil {
		return err
	}
	show.say("")
	return reportTable(take(w.sandbox.Shop.Orders(), sales, w.audit), w.audit).write(show.out)
}

// reportTable says first where the orders are, which adds up, and then what the auditor found.
func reportTable(c census, audit sandbox.Report) *table {
	t := newTable("", "count", "").alignRight(1)
	count := func(name string, n int, note string) { t.add(name, strconv.Itoa(n), note) }
	found := func(name string, findings []sandbox.Finding) {
		if len(findings) > 0 {
			count(name, len(findings), first(findings))
		}
	}
	count("orders in the shop", c.orders, "")
	count("  invoiced", c.invoiced, "")
	count("  held, each in sight with its reason", c.held, "")
	for _, code := range slices.Sorted(maps.Keys(c.holds)) {
		count("    "+code, c.holds[code], "")
	}
	count("  waiting for the trigger", c.waiting, "the shop has not invoiced them yet")
	count("  cancelled", c.cancelled, "")
	count("  standing orders", c.templates, "templates, never invoiced themselves")
	if c.missing > 0 {
		count("  due, and neither invoiced nor held yet", c.missing, "")
	}
	if c.other > 0 {
		count("  not read yet", c.other, "")
	}
	t.add("")
	count("invoices that ought to be there", audit.Eligible, "by the auditor's own count")
	count("invoices in the books", audit.Invoices, "")
	count("missing", len(audit.Missing), first(audit.Missing))
	count("duplicates", len(audit.Duplicates), first(audit.Duplicates))
	t.add("difference", twoDigits(audit.DifferenceSum), first(audit.Differences))
	found("invoices that should not be", audit.Unexpected)
	found("held without reason", audit.UnexpectedHeld)
	found("not held", audit.NotHeld)
	return t
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
