package mapping

import (
	"strings"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// The steps that make the books' copy say what the order says.

// faulty: the order becomes a sale, or is held with everything that keeps it from being one.
//
// Invariant 7: this is where the penny lock is asked. No later step creates, updates or issues what has not passed it.
func faulty(r *review) *Decision {
	sale, faults := newSale(r)
	if sale != nil {
		r.sale, r.prints = sale, printsOf(sale)
	}
	switch {
	case len(faults) == 0:
	case r.Books.issued():
		return r.hold(RuleChanged, HoldChangedAfterIssue, "the order changed after invoice %s had been issued: %s", r.Books.DocumentID, faults)
	default:
		return r.hold(faults.rule(), faults[0].code, "%s", faults)
	}
	if sale.Gross == 0 && !r.Books.issued() && r.IssueOn != OnManual && !r.Command.Issue {
		return r.hold(RuleZeroTotal, HoldZeroTotal, "the order comes to %s %s", sale.Currency.Format(0), sale.Currency.Code)
	}
	return nil
}

// create: a pending order can be deleted again, so it needs no trigger and no fresh read. It waits there in sight.
func create(r *review) *Decision {
	if r.Books.present() {
		return nil
	}
	return r.act(ActCreate, RuleCreate, "the order is not in the books: %s %s net, %s gross",
		r.sale.Currency.Code, r.format(r.sale.Net), r.format(r.sale.Gross))
}

// update: while nothing is issued, the copy follows the order.
func update(r *review) *Decision {
	changed := differing(r.Books.Written, r.prints)
	switch {
	case len(changed) == 0:
		return nil
	case len(changed) == 1 && changed[0] == partPayment:
		return r.act(ActSetPayment, RulePayment, "the payment status is now %s", r.sale.PaymentStatus)
	default:
		return r.act(ActUpdate, RuleUpdate, "the pending copy in the books is out of date in: %s", strings.Join(changed, ", "))
	}
}

// afterIssue: an invoice is never changed. What does not touch it is written beside it; what does needs a person. An invoice
// of which it is not known what was written (it was found in the books) is compared before anything is written beside it.
func afterIssue(r *review) *Decision {
	if !r.Books.issued() {
		return nil
	}
	was, is := r.Books.Written, r.prints
	var changed []string
	if was.Money != "" && was.Money != is.Money {
		changed = append(changed, "lines, rates or totals")
	}
	if was.Identity != "" && was.Identity != is.Identity && r.buyerKnown() {
		changed = append(changed, "the buyer's name or billing address")
	}
	switch {
	case len(changed) > 0:
		return r.hold(RuleChanged, HoldChangedAfterIssue, "after invoice %s had been issued, these changed: %s; the order now comes to %s %s net, %s gross",
			r.Books.DocumentID, strings.Join(changed, "; "), r.sale.Currency.Code, r.format(r.sale.Net), r.format(r.sale.Gross))
	case (was.Quiet == "" || was.Money == "") && r.buyerKnown():
		d := r.act(ActAnnotate, RuleAnnotate, "it is not known what was written for invoice %s: it is compared with the sale, and its notes, contacts and references are written again", r.Books.DocumentID)
		if was.Money == "" {
			d.Prints = r.prints // from then on a change of the order is a change after issue
		}
		return d
	case was.Quiet != is.Quiet && r.buyerKnown():
		return r.act(ActAnnotate, RuleAnnotate, "notes, contacts, delivery or references changed after issue; the invoice %s is not touched", r.Books.DocumentID)
	case was.Payment != is.Payment:
		return r.act(ActSetPayment, RulePayment, "the payment status is now %s", r.sale.PaymentStatus)
	default:
		return r.rest(trade.StateIssued, RuleDone, "invoice %s is issued, and the order has not changed since", r.Books.DocumentID)
	}
}

func (r *review) format(a money.Amount) string { return r.sale.Currency.Format(a) }
