package activities

import (
	"context"
	"fmt"
	"strings"

	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// stepRemoveStray deletes a pending order that stands beside the one the ledger holds. It is a step like every other, but
// no decision of mapping asks for it.
const stepRemoveStray mapping.Action = "remove_stray"

// sight is what a look at the books showed before a step.
type sight struct {
	order   *trade.BooksOrder // the step has happened already; adopt this
	refusal string            // the step must not be sent, with the code for the operator
	again   bool              // a stray was in the way; plan again
	wait    string            // the books are not ready for the step yet, with the code for the operator
}

// lookBefore reads the books before the two steps that could make a second document: create, after the ledger was lost,
// and issue, after somebody else touched the order; and before those that would contradict an invoice which is there already.
func (a *Activities) lookBefore(ctx context.Context, c *Connection, r reading, d mapping.Decision) (sight, error) {
	if d.Action == mapping.ActCreate || steps[d.Action].irreversible {
		if refusal, err := a.counterpartInBooks(ctx, c, r); err != nil || refusal != "" {
			return sight{refusal: refusal}, err
		}
	}
	switch d.Action {
	case mapping.ActCreate:
		found, err := c.Books.Find(ctx, r.facts.SaleID)
		if err != nil {
			return sight{}, err
		}
		choice := choose("", found)
		if kept := choice.keep; kept != nil && kept.DocumentID != "" {
			return sight{order: kept, refusal: totalDiffers(*kept, d)}, nil
		}
		return sight{order: choice.keep, refusal: choice.refusal}, nil
	case mapping.ActIssue:
		return a.lookBeforeIssue(ctx, c, r, d)
	case mapping.ActReissue:
		return a.lookBeforeReissue(ctx, c, r, d)
	case mapping.ActAnnotate:
		return a.lookBeforeAnnotate(ctx, c, r, d)
	case mapping.ActUpdate, mapping.ActCancel:
		return a.lookBeforeChange(ctx, c, r)
	default:
		return sight{}, nil
	}
}

// lookBeforeChange sees whether the order still stands as the ledger thinks. An older ledger may think it pending while it has
// its invoice, and sending it other items would leave the books with an order that contradicts its own invoice.
func (a *Activities) lookBeforeChange(ctx context.Context, c *Connection, r reading) (sight, error) {
	order, err := c.Books.Get(ctx, r.facts.Books.OrderID)
	switch {
	case rest.ClassOf(err) == rest.NotFound:
		return sight{refusal: "order_missing_in_books: order " + r.facts.Books.OrderID + " is not in the books any more"}, nil
	case err != nil:
		return sight{}, err
	case order.Deleted:
		return sight{refusal: "order_missing_in_books: order " + order.ID + " is in the trash"}, nil
	case order.Status != r.facts.Books.Status || order.DocumentID != r.facts.Books.DocumentID:
		return sight{order: &order}, nil
	}
	return sight{}, nil
}

// lookBeforeAnnotate compares an invoice of which it is not known what was written: it was found in the books, by a survey or
// after the ledger was lost.
//
// Invariant 7: an invoice with another total than the sale's is shown, whoever made it.
func (a *Activities) lookBeforeAnnotate(ctx context.Context, c *Connection, r reading, d mapping.Decision) (sight, error) {
	if r.facts.Books.Issued.Money != "" {
		return sight{}, nil
	}
	order, err := c.Books.Get(ctx, r.facts.Books.OrderID)
	if rest.ClassOf(err) == rest.NotFound {
		return sight{refusal: "order_missing_in_books: order " + r.facts.Books.OrderID + " is not in the books any more"}, nil
	}
	if err != nil {
		return sight{}, err
	}
	return sight{refusal: totalDiffers(order, d)}, nil
}

// lookBeforeIssue upholds invariant 1: only the order that the ledger holds is issued, only out of pending, and only when
// nothing else in the books stands for the same sale.
func (a *Activities) lookBeforeIssue(ctx context.Context, c *Connection, r reading, d mapping.Decision) (sight, error) {
	order, seen, err := a.lookAlone(ctx, c, r)
	if order == nil {
		return seen, err
	}
	switch {
	case order.DocumentID != "" && order.Status == trade.BooksInvoiced:
		return sight{order: order, refusal: totalDiffers(*order, d)}, nil
	case order.Status != trade.BooksPending || order.DocumentID != "" || order.EstimateID != "":
		return sight{refusal: "order_not_pending: order " + order.ID + " has status " + string(order.Status)}, nil
	}
	return sight{refusal: totalDiffers(*order, d)}, nil
}

// lookAlone finds the order that the ledger holds for a sale, with nothing else in the books that stands for it. No order means
// that the step ends with what was seen.
func (a *Activities) lookAlone(ctx context.Context, c *Connection, r reading) (*trade.BooksOrder, sight, error) {
	id := r.facts.Books.OrderID
	found, err := c.Books.Find(ctx, r.facts.SaleID)
	if err != nil {
		return nil, sight{}, err
	}
	choice := choose(id, found)
	if choice.refusal != "" {
		return nil, sight{refusal: choice.refusal}, nil
	}
	if len(choice.strays) > 0 {
		seen, err := a.removeStray(ctx, c, r, choice.strays[0])
		return nil, seen, err
	}
	order, err := c.Books.Get(ctx, id)
	switch {
	case rest.ClassOf(err) == rest.NotFound:
		return nil, sight{refusal: "order_missing_in_books: order " + id + " is not in the books any more"}, nil
	case err != nil:
		return nil, sight{}, err
	case order.Deleted:
		return nil, sight{refusal: "order_missing_in_books: order " + id + " is in the trash"}, nil
	}
	return &order, sight{}, nil
}

// totalDiffers says so when the books hold another total, or the same in another currency, than the sale's, which somebody
// must have put there by hand.
//
// Invariant 7: what is issued is what was locked.
func totalDiffers(order trade.BooksOrder, d mapping.Decision) string {
	if order.ItemsChanged {
		return "books_items_changed: the items of order " + order.ID + " were changed after its invoice"
	}
	return sumDiffers(order, d)
}

// sumDiffers compares the total and the currency alone.
func sumDiffers(order trade.BooksOrder, d mapping.Decision) string {
	want := d.Sale.Currency.Decimal(d.Sale.Gross)
	if order.Currency != "" && !strings.EqualFold(order.Currency, d.Sale.Currency.Code) {
		return fmt.Sprintf("books_currency_differs: order %s is in %s, expected %s", order.ID, order.Currency, d.Sale.Currency.Code)
	}
	if order.Gross.Valid && order.Gross.Decimal.Cmp(want) == 0 {
		return ""
	}
	return fmt.Sprintf("books_total_differs: order %s holds %v, expected %s", order.ID, order.Gross, want)
}

// removeStray deletes one stray under an effect of its own, and says how to go on.
func (a *Activities) removeStray(ctx context.Context, c *Connection, r reading, stray trade.BooksOrder) (sight, error) {
	effect, err := a.ledger.ClaimEffect(ctx, sqlite.Claim{
		Connection: c.Name, SaleID: r.facts.SaleID, Step: string(stepRemoveStray), BodyHash: stray.ID,
		Owner: a.attemptOwner(), Lease: a.timing.Lease, Scope: c.BooksScope, BooksOrderID: stray.ID, DirtySeq: r.sale.DirtySeq,
	})
	if err != nil {
		return sight{again: true}, nil //nolint:nilerr // busy, changed or unresolved: the next plan sees which
	}
	err = c.Books.Delete(ctx, effect.RequestID, stray.ID)
	class := rest.ClassOf(err)
	out := sqlite.Outcome{State: stateAfter(class, statusOf(err)), Detail: string(class), Status: statusOf(err)}
	if class == "" || class == rest.NotFound { // gone, by this request or an earlier one
		out.State = sqlite.EffectDone
		a.log.WarnContext(ctx, "stray pending order removed from the books", "connection", c.Name, "sale", r.facts.SaleID, "books_order", stray.ID)
	}
	if out.State == sqlite.EffectRejected {
		out.Detail = "stray_not_removed: order " + stray.ID + " stands for the same sale and cannot be deleted"
		out = a.lookAfter(ctx, c, effect, out)
	}
	if _, finishErr := a.finish(ctx, c, effect, out); finishErr != nil {
		return sight{}, finishErr
	}
	if out.State == sqlite.EffectPlanned {
		return sight{}, err // not sent: wait as for every other step
	}
	return sight{again: true}, nil // a refusal holds the sale by the next plan, see decide
}

// choice is what to do with all that the books hold for one sale.
type choice struct {
	keep    *trade.BooksOrder
	strays  []trade.BooksOrder
	refusal string // why a person must decide
}

// choose keeps the order that the ledger claims; without a claim, the one with a document, else the oldest. The others are
// strays if they are pending and carry no document; otherwise a person must decide.
func choose(claimed string, found []trade.BooksOrder) choice {
	var result choice
	for i, order := range found {
		switch {
		case ended(order) && order.ID != claimed:
			continue
		case result.keep == nil, order.ID == claimed, claimed == "" && result.keep.DocumentID == "" && order.DocumentID != "":
			result.keep = &found[i]
		}
	}
	if result.keep == nil {
		return result
	}
	if claimed != "" && result.keep.ID != claimed {
		return choice{refusal: "two_orders_in_books: order " + result.keep.ID + " stands beside " + claimed}
	}
	for _, order := range found {
		if order.ID == result.keep.ID || ended(order) {
			continue
		}
		if order.Status != trade.BooksPending || order.DocumentID != "" || order.EstimateID != "" {
			return choice{refusal: "two_orders_in_books: orders " + result.keep.ID + " and " + order.ID + " stand for the same sale"}
		}
		result.strays = append(result.strays, order)
	}
	return result
}

// ended reports whether an order of the books is over and left nothing behind.
func ended(order trade.BooksOrder) bool {
	return order.Status == trade.BooksCancelled && order.DocumentID == "" && order.EstimateID == ""
}
