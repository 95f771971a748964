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
		return r.holdFaults(RuleChanged, HoldChangedAfterIssue, faults, "the %s changed after invoice %s had been issued: %s", r.noun(), r.Books.DocumentID, faults)
	default:
		return r.holdFaults(faults.rule(), faults[0].code, faults, "%s", faults)
	}
	if sale.Gross == 0 && !r.Books.issued() && r.IssueOn != OnManual && !r.Command.Issue {
		return r.hold(RuleZeroTotal, HoldZeroTotal, "the %s comes to %s %s", r.noun(), sale.Currency.Format(0), sale.Currency.Code)
	}
	return nil
}

// create: a pending order can be deleted again, so it needs no trigger and no fresh read. It waits there in sight.
func create(r *review) *Decision {
	again := r.Books.Status == trade.BooksCancelled && r.Books.WeEnded
	if r.Books.present() && !again {
		return nil
	}
	if again {
		return r.act(ActCreate, RuleCreateAgain, "the %s lives again after order %s of it had been cancelled in the books: %s %s net, %s gross",
			r.noun(), r.Books.OrderID, r.sale.Currency.Code, r.format(r.sale.Net), r.format(r.sale.Gross))
	}
	return r.act(ActCreate, RuleCreate, "the %s is not in the books: %s %s net, %s gross",
		r.noun(), r.sale.Currency.Code, r.format(r.sale.Net), r.format(r.sale.Gross))
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

// afterIssue: an invoice is never changed. What does not touch it is written beside it; what does needs a person, or, where
// the merchant said so, the invoice is credited and another takes its place. An invoice of which it is not known what it was
// made of (it was found in the books) is compared before anything is written beside it.
func afterIssue(r *review) *Decision {
	if !r.Books.issued() {
		return nil
	}
	was, copied, is := r.Books.Issued, r.Books.Written, r.prints
	moved := was.Money != "" && was.Money != is.Money
	renamed := was.Identity != "" && was.Identity != is.Identity && r.buyerKnown()
	switch {
	case moved && r.OnEdit == EditReissue && r.buyerKnown() && r.sale.Gross > 0:
		return r.beforeReissue()
	case !moved && was.Money != "" && copied.Money != "" && copied.Money != is.Money && r.buyerKnown():
		// An edit that had been carried over was undone before there was another invoice.
		return r.act(ActUpdate, RuleRestore, "the order in the books says again what invoice %s was made of: the change after it was undone", r.Books.DocumentID)
	case moved || renamed:
		return r.changedAfterIssue(moved, renamed)
	case (copied.Quiet == "" || was.Money == "") && r.buyerKnown():
		d := r.act(ActAnnotate, RuleAnnotate, "it is not known what was written for invoice %s: it is compared with the sale, and its notes, contacts and references are written again", r.Books.DocumentID)
		if was.Money == "" {
			d.Prints = r.prints // from then on a change of the sale is a change after issue
		}
		return d
	case copied.Quiet != is.Quiet && r.buyerKnown():
		return r.act(ActAnnotate, RuleAnnotate, "notes, contacts, delivery or references changed after issue; the invoice %s is not touched", r.Books.DocumentID)
	case copied.Payment != is.Payment:
		return r.act(ActSetPayment, RulePayment, "the payment status is now %s", r.sale.PaymentStatus)
	default:
		return r.rest(trade.StateIssued, RuleDone, "invoice %s is issued, and nothing has changed since", r.Books.DocumentID)
	}
}

// beforeReissue brings the books' order up to date, which the reissue is made of. Then the sale goes the way of one that is
// to be issued.
func (r *review) beforeReissue() *Decision {
	if changed := differing(r.Books.Written, r.prints); len(changed) > 0 {
		return r.act(ActUpdate, RuleReissueUpdate, "after invoice %s had been issued, the %s changed, and on_edit is reissue: the order in the books is out of date in: %s",
			r.Books.DocumentID, r.noun(), strings.Join(changed, ", "))
	}
	return nil
}

func (r *review) changedAfterIssue(moved, renamed bool) *Decision {
	var changed []string
	if moved {
		changed = append(changed, "lines, rates or totals")
	}
	if renamed {
		changed = append(changed, "the buyer's name or billing address")
	}
	why := ""
	switch {
	case r.OnEdit == EditReissue && !moved:
		why = "; Space Invoices issues again only for changed lines"
	case r.OnEdit == EditReissue && r.sale.Gross <= 0:
		why = "; an invoice over nothing is not issued in its place"
	}
	return r.hold(RuleChanged, HoldChangedAfterIssue, "after invoice %s had been issued, these changed: %s; the %s now comes to %s %s net, %s gross%s",
		r.Books.DocumentID, strings.Join(changed, "; "), r.noun(), r.sale.Currency.Code, r.format(r.sale.Net), r.format(r.sale.Gross), why)
}

func (r *review) format(a money.Amount) string { return r.sale.Currency.Format(a) }
