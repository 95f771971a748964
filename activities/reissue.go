package activities

import (
	"context"

	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// waitItems is the code of waiting for the books to see that an order's items were changed after its invoice.
const waitItems = "items_not_seen_as_changed"

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
	key := "items/" + c.Name + "/" + r.facts.SaleID
	known := r.facts.Books.DocumentID
	switch {
	case order.Status != trade.BooksInvoiced || order.DocumentID == "":
		return sight{refusal: "order_not_invoiced: order " + order.ID + " has status " + string(order.Status)}, nil
	case order.DocumentID != known && order.ItemsChanged:
		return sight{refusal: "document_differs: order " + order.ID + " has document " + order.DocumentID + ", expected " + known}, nil
	case order.DocumentID != known: // an earlier attempt landed late, or somebody did it by hand
		return sight{order: order, refusal: sumDiffers(*order, d)}, nil
	case sumDiffers(*order, d) != "":
		return sight{refusal: sumDiffers(*order, d)}, nil
	case order.ItemsChanged:
		a.patience.over(key)
		return sight{}, nil
	case a.patience.waited(key) < c.SettleWindow:
		return sight{wait: waitItems}, nil
	default:
		a.patience.over(key)
		return sight{refusal: "items_not_changed: the books do not see the items of order " + order.ID + " as changed, and offer no other invoice"}, nil
	}
}
