package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What a sale is made of (policy key issue_from).
const (
	FromOrder   = "order"   // one sale per Orderspace order
	FromInvoice = "invoice" // one sale per Orderspace invoice
)

// Triggers lists what may stand at issue_on for sales of such a kind, in the order of a sale's life. An issue_from that is not
// known has all of them.
func Triggers(issueFrom string) []string {
	if issueFrom == FromInvoice {
		return []string{"created", "dispatched", "paid", "manual"}
	}
	return []string{"created", "released", "dispatched", "invoiced", "paid", "manual"}
}

// DefaultTrigger is issue_on where the file does not say. Both mean the same moment: Orderspace has invoiced.
func DefaultTrigger(issueFrom string) string {
	if issueFrom == FromInvoice {
		return "created"
	}
	return "invoiced"
}

// followIssueFrom lets issue_on follow issue_from where the file does not give it.
func (d *decoder) followIssueFrom(c *Config) {
	for i := range c.Connections {
		if _, written := d.lines[fmt.Sprintf("connections[%d].policy.issue_on", i)]; !written {
			policy := &c.Connections[i].Policy
			policy.IssueOn = DefaultTrigger(policy.IssueFrom)
		}
	}
}

// trigger says more than that a word is not known where it is a trigger of the other kind of sale.
func (v *validator) trigger(path string, p *Policy) {
	triggers := Triggers(p.IssueFrom)
	if p.IssueFrom == FromInvoice && slices.Contains(Triggers(FromOrder), p.IssueOn) && !slices.Contains(triggers, p.IssueOn) {
		v.add(path, p.IssueOn, "says nothing about an Orderspace invoice, of which sales are made by issue_from: invoice",
			"use one of "+strings.Join(triggers, ", ")+"; "+DefaultTrigger(FromInvoice)+" issues as soon as the Orderspace invoice is there")
		return
	}
	v.oneOf(path, p.IssueOn, triggers...)
}

// preorder refuses to split orders: with one sale per order there is no second invoice for what is released later.
func (v *validator) preorder(path string, p *Policy) {
	if p.Preorder == "split" && p.IssueFrom == FromOrder {
		v.add(path, p.Preorder, "needs issue_from: invoice: with one sale per order, goods that are released later would never be invoiced",
			"set issue_from: invoice, or use hold")
		return
	}
	v.oneOf(path, p.Preorder, "hold", "split")
}

// Location is the site's time zone. It is UTC when the name is not known, which validation refuses.
func (p Policy) Location() *time.Location {
	location, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		return time.UTC
	}
	return location
}

// StartsAt is the moment Since begins in the site's time zone.
func (c Connection) StartsAt() time.Time { return c.Since.In(c.Policy.Location()) }
