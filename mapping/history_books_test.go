package mapping_test

import (
	"errors"
	"fmt"

	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// saleRow is the ledger's row of a sale.
type saleRow struct {
	books mapping.Books
	last  mapping.Decision
	issue bool // an operator said so

	orders []*booksOrder // in the books, oldest first
	seen   []string      // what the documents should have said by what was known, oldest first
}

// booksOrder is an order in the books with the documents made of it.
type booksOrder struct {
	status    trade.BooksStatus
	items     string // what would be on an invoice
	sale      trade.Sale
	documents []string // what was; the last is live, the others are credited
}

// documents are all documents ever made for a sale, the live one last.
func (s *saleRow) documents() (all []string) {
	for _, o := range s.orders {
		all = append(all, o.documents...)
	}
	return all
}

// apply does to the books what a step says, under the guards that the vendor documents.
func (s *saleRow) apply(d mapping.Decision) error {
	if d.Action == mapping.ActCreate {
		if n := len(s.orders); n > 0 && s.orders[n-1].status != trade.BooksCancelled {
			return errors.New("a second order is created while one lives")
		}
		s.orders = append(s.orders, &booksOrder{status: trade.BooksPending, items: itemsOf(d.Sale), sale: *d.Sale})
		s.books = mapping.Books{OrderID: fmt.Sprintf("ord_%d", len(s.orders)), Status: trade.BooksPending, Written: d.Prints}
		return nil
	}
	if len(s.orders) == 0 {
		return fmt.Errorf("%s without an order", d.Action)
	}
	o := s.orders[len(s.orders)-1]
	live := o.status == trade.BooksInvoiced
	if d.Action != mapping.ActCancel && d.Sale == nil || o.status == trade.BooksCancelled {
		return fmt.Errorf("%s of an order with status %s", d.Action, o.status)
	}
	switch d.Action {
	case mapping.ActUpdate:
		o.items, o.sale = itemsOf(d.Sale), *d.Sale
	case mapping.ActAnnotate:
		o.sale = *d.Sale
	case mapping.ActSetPayment:
		o.sale.PaymentStatus = d.Sale.PaymentStatus
	case mapping.ActIssue, mapping.ActReissue:
		if live != (d.Action == mapping.ActReissue) || live && itemsWithout(o.items) == itemsWithout(o.documents[len(o.documents)-1]) {
			return fmt.Errorf("%s is refused: %s of %s", d.Action, o.status, o.items)
		}
		o.status, o.documents = trade.BooksInvoiced, append(o.documents, o.items)
		s.books.DocumentID, s.books.Issued = fmt.Sprintf("inv_%d", len(o.documents)), d.Prints
	case mapping.ActCancel:
		if live {
			return errors.New("an issued order is cancelled")
		}
		o.status, s.books.WeEnded = trade.BooksCancelled, true
	default:
		return fmt.Errorf("unknown action %s", d.Action)
	}
	s.books.Status = o.status
	for _, part := range []struct{ to, from *string }{
		{&s.books.Written.Money, &d.Prints.Money},
		{&s.books.Written.Identity, &d.Prints.Identity},
		{&s.books.Written.Quiet, &d.Prints.Quiet},
		{&s.books.Written.Payment, &d.Prints.Payment},
	} {
		if *part.from != "" {
			*part.to = *part.from
		}
	}
	return nil
}
