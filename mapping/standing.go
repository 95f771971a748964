package mapping

import (
	"time"

	"spacebridge/mapping/trade"
)

// The steps that ask whether there is a sale at all. They need no customer and no arithmetic.

// skipped: an operator's word ends the matter, except that an invoice which exists goes on being counted. The operator's
// own words stay in the journal, since they may name people.
func skipped(r *review) *Decision {
	switch {
	case r.Command.SkipReason == "":
		return nil
	case r.Books.issued():
		return r.rest(trade.StateIssued, RuleSkipped, "an operator skipped this sale; its invoice %s exists and is left alone", r.Books.DocumentID)
	case r.Books.pending():
		return r.rest(trade.StateIgnored, RuleSkipped, "an operator skipped this sale; order %s stays pending in the books and will not be issued from here", r.Books.OrderID)
	default:
		return r.rest(trade.StateIgnored, RuleSkipped, "an operator skipped this sale")
	}
}

// unclear: nothing is done while it is not known what was done.
//
// Invariant 3: an outcome that looking does not bring to light is never guessed.
func unclear(r *review) *Decision {
	if r.Unclear == nil {
		return nil
	}
	return r.hold(RuleUnclear, HoldOutcomeUnclear, "after the step %s the books show what cannot be judged from here: %s", quoted(r.Unclear.Step, 40), quoted(r.Unclear.Code, 200))
}

// askedAgain: retry means look again. What was mended in Orderspace may stand in no list that a poll or a sweep reads.
func askedAgain(r *review) *Decision {
	if !r.OrderReadAt.Before(r.AskedAgain) {
		return nil
	}
	return r.act(ActReadOrder, RuleAskedAgain, "an operator said retry after the order was last read")
}

// unreadable: a version of the order that nobody understands is shown, not skipped over. A deleted order needs no reading.
func unreadable(r *review) *Decision {
	if r.OrderGone {
		return nil
	}
	if fault := r.OrderFault; fault != nil {
		return r.hold(RuleUnreadable, HoldUnreadable, "the order cannot be read: %s is %s: %s", fault.Field, fault.Value, fault.Remedy)
	}
	if r.Order != nil && r.Order.ID != r.SaleID {
		return r.hold(RuleUnreadable, HoldUnreadable, "the order cannot be read: id is %s where %s was expected", quoted(r.Order.ID, 40), r.SaleID)
	}
	return nil
}

// neverRead: what only a webhook said is a hint to go and read.
//
// Invariant 4: nothing irreversible rests on a webhook's payload. That the order is gone is the API's own answer.
func neverRead(r *review) *Decision {
	if r.OrderGone || (r.Order != nil && !r.OrderReadAt.IsZero()) {
		return nil
	}
	return r.act(ActReadOrder, RuleNeverRead, "the order has not been read from the API in this version")
}

// booksUnclear: the reference evidences three statuses. Anything else, and any mix that the reference excludes, is not
// interpreted, since the guess might issue or cancel.
func booksUnclear(r *review) *Decision {
	b := r.Books
	var reason string
	switch {
	case !b.present():
		return nil
	case b.OrderID == "":
		reason = "it names no order"
	case b.Status != trade.BooksPending && b.Status != trade.BooksInvoiced && b.Status != trade.BooksCancelled:
		reason = "its status is not one we know"
	case b.Status == trade.BooksInvoiced && b.DocumentID == "":
		reason = "it is invoiced and names no invoice"
	case b.Status != trade.BooksInvoiced && b.DocumentID != "":
		reason = "it names an invoice and is not invoiced"
	default:
		return nil
	}
	return r.hold(RuleBooksUnclear, HoldBooksUnknown, "the books' copy cannot be judged: %s (order %q, status %s, invoice %q)",
		reason, b.OrderID, quoted(string(b.Status), 40), b.DocumentID)
}

func gone(r *review) *Decision {
	if !r.OrderGone {
		return nil
	}
	return ended(r, "deleted")
}

func cancelled(r *review) *Decision {
	if r.Order.Status != trade.StatusCancelled {
		return nil
	}
	return ended(r, "cancelled")
}

// ended: an order that ended before it was issued ends in the books as well; after that only a person can undo.
func ended(r *review, how string) *Decision {
	switch {
	case r.Books.issued():
		return r.hold(RuleEndedIssued, HoldCancelledAfterIssue, "the order was %s in Orderspace after invoice %s had been issued", how, r.Books.DocumentID)
	case r.Books.pending():
		return r.act(ActCancel, RuleEndedPending, "the order was %s in Orderspace; order %s in the books is still pending", how, r.Books.OrderID)
	default:
		return r.rest(trade.StateCancelled, RuleEnded, "the order was %s in Orderspace, and there is no invoice", how)
	}
}

// template: a standing order only describes the orders that will be made from it.
func template(r *review) *Decision {
	switch {
	case r.Order.Status != trade.StatusStandingOrder || r.Books.issued():
		return nil
	case r.Books.present():
		return r.hold(RuleTemplateInBooks, HoldTemplateInBooks, "the order has become a standing order, and order %s of it is in the books", r.Books.OrderID)
	default:
		return r.rest(trade.StateIgnored, RuleTemplate, "a standing order is a template, never a sale")
	}
}

// beforeSince: nothing older than the connection is begun; what is in the books already is looked after to its end.
func beforeSince(r *review) *Decision {
	switch {
	case r.Since.IsZero() || r.Books.present():
		return nil
	case r.Order.Created.IsZero():
		return r.hold(RuleUnreadable, HoldUnreadable, "the order cannot be read: created is missing, so it is not known whether it belongs to this connection (since %s)", r.Since.Format(time.DateOnly))
	case r.Order.Created.Before(r.Since):
		return r.rest(trade.StateIgnored, RuleBeforeSince, "the order was created on %s, before this connection's since, %s",
			r.Order.Created.UTC().Format(time.DateOnly), r.Since.Format(time.DateOnly))
	default:
		return nil
	}
}

// cancelledInBooks: somebody cancelled the copy by hand while the order lives. A cancelled copy cannot be issued, and a
// second copy is what the promise forbids.
func cancelledInBooks(r *review) *Decision {
	if r.Books.Status != trade.BooksCancelled {
		return nil
	}
	return r.hold(RuleCancelledInBooks, HoldCancelledInBooks, "order %s was cancelled in the books, and the order lives on in Orderspace with status %s",
		r.Books.OrderID, quoted(r.Order.Status, 30))
}
