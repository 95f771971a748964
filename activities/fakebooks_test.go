package activities_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"spacebridge/connectors/rest"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// fakeBooks is the books as one slice of orders, with a switch for each way a write can end.
type fakeBooks struct {
	orders       []trade.BooksOrder
	integration  trade.BooksIntegration
	integErr     error
	requests     []string // "step request-id"
	fail         func(step string) (commit bool, err error)
	readErr      error
	onFind       func()                      // called before a list is made
	blindToItems bool                        // the items of an issued order never count as changed
	blankIssue   bool                        // answer an issue without naming the invoice
	perPage      int                         // of List; 0: all on one
	kept         map[string]trade.BooksOrder // by step: answered with this, as to a request id that came before
	tried        func(step string)           // told of each write when it arrives
	says         map[string]trade.Sale       // what each order was last sent
	made         map[string]trade.Sale       // what each document was made of
	chain        []string                    // every document, in the order in which they were made
	late         func(step string, land func()) bool
	answered     func(step string) // told of each write that was carried out, before its answer
}

func (b *fakeBooks) write(step, requestID string, apply func() trade.BooksOrder) (trade.BooksOrder, error) {
	b.requests = append(b.requests, step+" "+requestID)
	if b.tried != nil {
		b.tried(step)
	}
	commit, err := true, error(nil)
	if b.fail != nil {
		commit, err = b.fail(step)
	}
	var order trade.BooksOrder
	switch {
	case commit && b.late != nil && b.late(step, func() { apply() }):
		return trade.BooksOrder{}, errReplyLost
	case commit:
		order = apply()
	}
	if commit && b.answered != nil {
		b.answered(step)
	}
	if err != nil {
		return trade.BooksOrder{}, err
	}
	if reply, ok := b.kept[step]; ok {
		return reply, nil
	}
	return order, nil
}

// steps are the writes that arrived, without their request ids.
func (b *fakeBooks) steps() []string {
	var steps []string
	for _, request := range b.requests {
		step, _, _ := strings.Cut(request, " ")
		steps = append(steps, step)
	}
	return steps
}

// sent notes what an order was sent.
func (b *fakeBooks) sent(id string, sale trade.Sale) {
	if b.says == nil {
		b.says, b.made = map[string]trade.Sale{}, map[string]trade.Sale{}
	}
	b.says[id] = sale
}

// document makes one of what an order says.
func (b *fakeBooks) document(order *trade.BooksOrder, id string) {
	order.Status, order.DocumentID = trade.BooksInvoiced, id
	b.chain = append(b.chain, id)
	b.sent(order.ID, b.says[order.ID])
	b.made[id] = b.says[order.ID]
}

func (b *fakeBooks) at(id string) *trade.BooksOrder {
	for i := range b.orders {
		if b.orders[i].ID == id {
			return &b.orders[i]
		}
	}
	return nil
}

func (b *fakeBooks) Integration(context.Context) (trade.BooksIntegration, error) {
	return b.integration, b.integErr
}

func (b *fakeBooks) List(_ context.Context, cursor string) ([]trade.BooksOrder, string, error) {
	from, _ := strconv.Atoi(cursor)
	if b.perPage == 0 || from+b.perPage >= len(b.orders) {
		return slices.Clone(b.orders[from:]), "", b.readErr
	}
	return slices.Clone(b.orders[from : from+b.perPage]), strconv.Itoa(from + b.perPage), b.readErr
}

func (b *fakeBooks) Find(_ context.Context, sourceID string) ([]trade.BooksOrder, error) {
	if b.onFind != nil {
		b.onFind()
	}
	var found []trade.BooksOrder
	for _, order := range b.orders {
		if order.SourceID == sourceID {
			found = append(found, order)
		}
	}
	return found, b.readErr
}

func (b *fakeBooks) Get(_ context.Context, id string) (trade.BooksOrder, error) {
	if b.readErr != nil {
		return trade.BooksOrder{}, b.readErr
	}
	if order := b.at(id); order != nil {
		return *order, nil
	}
	return trade.BooksOrder{}, &rest.Error{Class: rest.NotFound, Status: 404}
}

func (b *fakeBooks) Create(_ context.Context, requestID string, sale trade.Sale) (trade.BooksOrder, error) {
	return b.write("create", requestID, func() trade.BooksOrder {
		order := trade.BooksOrder{
			ID: fmt.Sprintf("ord_%d", len(b.orders)+1), SourceID: sale.SourceID, Status: trade.BooksPending,
			Gross: money.Some(sale.Currency.Decimal(sale.Gross)),
		}
		b.orders = append(b.orders, order)
		b.sent(order.ID, sale)
		return order
	})
}

func (b *fakeBooks) Update(_ context.Context, requestID, id string, sale trade.Sale) (trade.BooksOrder, error) {
	return b.write("update", requestID, func() trade.BooksOrder {
		order := b.at(id)
		order.ItemsChanged = order.ItemsChanged || order.DocumentID != "" && !b.blindToItems
		order.Gross = money.Some(sale.Currency.Decimal(sale.Gross))
		b.sent(id, sale)
		return *order
	})
}

func (b *fakeBooks) Annotate(_ context.Context, requestID, id string, sale trade.Sale) (trade.BooksOrder, error) {
	return b.write("annotate", requestID, func() trade.BooksOrder {
		said := b.says[id]
		said.Metadata, said.PaymentMethod, said.PaymentStatus = sale.Metadata, sale.PaymentMethod, sale.PaymentStatus
		b.sent(id, said)
		return *b.at(id)
	})
}

func (b *fakeBooks) SetPayment(_ context.Context, requestID, id string, status trade.PaymentStatus) (trade.BooksOrder, error) {
	return b.write("set_payment", requestID, func() trade.BooksOrder {
		b.at(id).PaymentStatus = string(status)
		return *b.at(id)
	})
}

func (b *fakeBooks) Issue(_ context.Context, requestID, id string) (trade.BooksOrder, error) {
	return b.write("issue", requestID, func() trade.BooksOrder {
		order := b.at(id)
		b.document(order, "inv_of_"+id)
		if b.blankIssue {
			return trade.BooksOrder{ID: id, Status: trade.BooksPending}
		}
		return *order
	})
}

func (b *fakeBooks) Reissue(_ context.Context, requestID, id, _ string) (trade.BooksOrder, error) {
	return b.write("reissue", requestID, func() trade.BooksOrder {
		order := b.at(id)
		b.document(order, order.DocumentID+"_again")
		order.ItemsChanged = false
		return *order
	})
}

func (b *fakeBooks) Cancel(_ context.Context, requestID, id string) (trade.BooksOrder, error) {
	return b.write("cancel", requestID, func() trade.BooksOrder {
		b.at(id).Status = trade.BooksCancelled
		return *b.at(id)
	})
}

func (b *fakeBooks) Delete(_ context.Context, requestID, id string) error {
	_, err := b.write("delete", requestID, func() trade.BooksOrder {
		for i := range b.orders {
			if b.orders[i].ID == id {
				b.orders = append(b.orders[:i], b.orders[i+1:]...)
				break
			}
		}
		return trade.BooksOrder{}
	})
	return err
}
