package activities

import (
	"context"
	"slices"
	"strconv"

	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// Codes of waiting for the books.
const (
	waitItems = "items_not_seen_as_changed" // after the invoice of their order
	waitOlder = "older_invoice_shown"       // one that the sale's invoice took the place of
)

// lookBeforeReissue upholds invariant 1 for an invoice that takes another's place: only the order that the ledger holds is issued
// again, only while its live invoice is the one that the ledger knows, and only when the books see its items as changed, since
// a reissue of unchanged items is not offered.
//
// Invariant 7: what is issued again is what was locked.
func (a *Activities) lookBeforeReissue(ctx context.Context, c *Connection, r reading, d mapping.Decision) (sight, error) {
	order, seen, err := a.lookAlone(ctx, c, r)
	if order == nil {
		return seen, err
	}
	known := r.facts.Books.DocumentID
	older, err := a.isOlder(ctx, c, r.facts.SaleID, order.DocumentID, known)
	if err != nil {
		return sight{}, err
	}
	differs := "document_differs: order " + order.ID + " has document " + order.DocumentID + ", expected " + known
	switch {
	case order.Status != trade.BooksInvoiced || order.DocumentID == "":
		return sight{refusal: "order_not_invoiced: order " + order.ID + " has status " + string(order.Status)}, nil
	case older: // an answer from before, which passes
		return a.waitFor(c, r, waitOlder, differs), nil
	case order.DocumentID != known && order.ItemsChanged:
		return sight{refusal: differs}, nil
	case order.DocumentID != known: // an earlier attempt landed late, or somebody did it by hand
		return sight{order: order, refusal: sumDiffers(*order, d)}, nil
	case sumDiffers(*order, d) != "":
		return sight{refusal: sumDiffers(*order, d)}, nil
	case !order.ItemsChanged:
		refusal := "items_not_changed: the books do not see the items of order " + order.ID + " as changed, and offer no other invoice"
		return a.waitFor(c, r, waitItems, refusal), nil
	}
	return sight{}, nil
}

// waitFor waits for the books for the settle window, and is refused then. Each change of the sale has a window of its own.
func (a *Activities) waitFor(c *Connection, r reading, code, refusal string) sight {
	key := code + "/" + c.Name + "/" + r.facts.SaleID + "/" + strconv.FormatInt(r.sale.DirtySeq, 10)
	if a.patience.waited(key) < c.SettleWindow {
		return sight{wait: code}
	}
	a.patience.over(key)
	return sight{refusal: refusal}
}

// isOlder reports whether a document is one that the sale had before its live one.
func (a *Activities) isOlder(ctx context.Context, c *Connection, saleID, document, live string) (bool, error) {
	if document == live {
		return false, nil
	}
	documents, err := a.ledger.Documents(ctx, c.Name, saleID)
	return slices.ContainsFunc(documents, func(d sqlite.Document) bool { return d.ID == document }), err
}
