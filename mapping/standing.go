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
	var old []trade.Ref
	if r.Record.ReadAt.Before(r.AskedAgain) {
		old = append(old, r.own())
	}
	for _, order := range r.Orders {
		if order.ReadAt.Before(r.AskedAgain) && !order.Gone {
			old = append(old, trade.Ref{Kind: trade.KindOrder, ID: order.ID})
		}
	}
	if len(old) == 0 {
		return nil
	}
	return r.read(RuleAskedAgain, old, "an operator said retry after the %s was last read", r.noun())
}

// own names the sale's own record.
func (r *review) own() trade.Ref { return trade.Ref{Kind: r.kind(), ID: r.SaleID} }

// unreadable: a version of the record that nobody understands is shown, not skipped over. A deleted one needs no reading.
func unreadable(r *review) *Decision {
	if r.Record.Gone {
		return nil
	}
	if fault := r.Record.Fault; fault != nil {
		return r.hold(RuleUnreadable, HoldUnreadable, "the %s cannot be read: %s is %s: %s", r.noun(), fault.Field, fault.Value, fault.Remedy)
	}
	if doc := r.document(); doc != nil && doc.ID != r.SaleID {
		return r.hold(RuleUnreadable, HoldUnreadable, "the %s cannot be read: id is %s where %s was expected", r.noun(), quoted(doc.ID, 40), r.SaleID)
	}
	return nil
}

// neverRead: what only a webhook said is a hint to go and read.
//
// Invariant 4: nothing irreversible rests on a webhook's payload. That the record is gone is the API's own answer.
func neverRead(r *review) *Decision {
	r.doc = r.document()
	if r.Record.Gone || (r.doc != nil && !r.Record.ReadAt.IsZero()) {
		return nil
	}
	return r.read(RuleNeverRead, []trade.Ref{r.own()}, "the %s has not been read from the API in this version", r.noun())
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
	if !r.Record.Gone {
		return nil
	}
	return ended(r, "deleted")
}

// cancelled: only orders are cancelled; what that means for an invoice of one is another question.
func cancelled(r *review) *Decision {
	switch {
	case r.kind() == trade.KindInvoice:
		return orderEnded(r)
	case r.doc.Status != trade.StatusCancelled:
		return nil
	case !r.Books.issued():
		if d := sentAndCancelled(r); d != nil {
			return d
		}
	}
	return ended(r, "cancelled")
}

// ended: a sale that ended before it was issued ends in the books as well; after that only a person can undo.
func ended(r *review, how string) *Decision {
	switch {
	case r.Books.issued():
		return r.hold(RuleEndedIssued, HoldCancelledAfterIssue, "the %s was %s in Orderspace after invoice %s had been issued", r.noun(), how, r.Books.DocumentID)
	case r.Books.pending():
		return r.act(ActCancel, RuleEndedPending, "the %s was %s in Orderspace; order %s in the books is still pending", r.noun(), how, r.Books.OrderID)
	default:
		return r.rest(trade.StateCancelled, RuleEnded, "the %s was %s in Orderspace, and there is no invoice in the books", r.noun(), how)
	}
}

// template: a standing order only describes the orders that will be made from it.
func template(r *review) *Decision {
	switch {
	case r.doc.Status != trade.StatusStandingOrder || r.Books.issued():
		return nil
	case r.Books.present():
		return r.hold(RuleTemplateInBooks, HoldTemplateInBooks, "the order has become a standing order, and order %s of it is in the books", r.Books.OrderID)
	default:
		return r.rest(trade.StateIgnored, RuleTemplate, "a standing order is a template, never a sale")
	}
}

// beforeSince: nothing older than the connection is begun; what is in the books already is looked after to its end. An order
// belongs to the day at the site on which it was created, an invoice to the day that it bears.
func beforeSince(r *review) *Decision {
	if r.Since.IsZero() || r.Books.present() {
		return nil
	}
	since, field, before := r.day(r.Since), "created", false
	day := ""
	if r.kind() == trade.KindInvoice {
		field = "invoice_date"
		if at, ok := invoiceDay(*r.Invoice); ok {
			day = at.Format(time.DateOnly)
			before = day < since
		}
	} else {
		day, before = r.day(r.doc.Created), r.doc.Created.Before(r.Since)
	}
	switch {
	case day == "":
		return r.hold(RuleUnreadable, HoldUnreadable, "the %s cannot be read: %s is missing, so it is not known whether it belongs to this connection (since %s)", r.noun(), field, since)
	case before:
		return r.rest(trade.StateIgnored, RuleBeforeSince, "the %s is of %s, before this connection's since, %s", r.noun(), day, since)
	default:
		return nil
	}
}

// cancelledInBooks: somebody cancelled the copy by hand while the sale lives. A cancelled copy cannot be issued, and a second
// copy is what the promise forbids. Where the cancelling was ours, because the sale had ended, there is nothing to wonder
// about: the sale has come back, and its order is made anew.
func cancelledInBooks(r *review) *Decision {
	if r.Books.Status != trade.BooksCancelled || r.Books.WeEnded {
		return nil
	}
	return r.hold(RuleCancelledInBooks, HoldCancelledInBooks, "order %s was cancelled in the books, and the %s lives on in Orderspace%s",
		r.Books.OrderID, r.noun(), withStatus(r.doc.Status))
}

func withStatus(status string) string {
	if status == "" {
		return ""
	}
	return " with status " + quoted(status, 30)
}
