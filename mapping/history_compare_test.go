package mapping_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"spacebridge/mapping/trade"
)

// compare holds the books to what the last truth demands.
func (h *history) compare() error {
	d := h.daemon
	final := newWorld()
	final.bills, final.parcels = d.truth.bills, d.truth.parcels
	for id, o := range d.truth.orders {
		final.orders[id] = d.truth.counted(o)
		if d.kind() == trade.KindOrder && !o.gone && d.sales[id] == nil {
			return fmt.Errorf("order %s was never taken up", id)
		}
	}
	for id, v := range d.truth.bills {
		if d.kind() == trade.KindInvoice && !v.gone && d.sales[id] == nil {
			return fmt.Errorf("invoice %s was never taken up", id)
		}
	}
	gone := func(ref trade.Ref) bool {
		return ref.Kind == trade.KindOrder && d.truth.orders[ref.ID].gone || ref.Kind == trade.KindInvoice && d.truth.bills[ref.ID].gone
	}
	for id, row := range d.sales {
		want := demandOf(d.policy, final, gone, id, row.issue, row.documents())
		if err := row.meets(want, d.truth.taxNumber); err != nil {
			return fmt.Errorf("%s: %w\ndemanded: %+v\ndecided: %s %s: %s", id, err, want, row.last.Action, row.last.State, row.last.Reason)
		}
		h.count(row, want)
	}
	return nil
}

func (h *history) count(row *saleRow, want demand) {
	end := string(h.daemon.kind()) + ": " + string(want.state)
	if want.hold != "" {
		end += " " + want.hold
	}
	h.daemon.done[end]++
	h.daemon.done["documents "+strconv.Itoa(min(len(row.documents()), 3))]++
	if want.payment != "" {
		h.daemon.done["payment "+string(want.payment)]++
	}
}

// meets compares one sale with what is demanded of it.
func (s *saleRow) meets(want demand, taxNumber string) error {
	code := ""
	if s.last.Hold != nil {
		code = s.last.Hold.Code
	}
	if s.last.State != want.state || code != want.hold {
		return fmt.Errorf("it is %s %s", s.last.State, code)
	}
	for i, o := range s.orders {
		if i < len(s.orders)-1 && (o.status != trade.BooksCancelled || len(o.documents) > 0) {
			return errors.New("an order that was replaced is not cancelled")
		}
	}
	documents := s.documents()
	if !slices.Equal(documents, s.seen) {
		return fmt.Errorf("its documents say %q, and should say %q", documents, s.seen)
	}
	status := trade.BooksStatus("")
	var last *booksOrder
	if len(s.orders) > 0 {
		last = s.orders[len(s.orders)-1]
		status = last.status
	}
	allowed := map[string][]trade.BooksStatus{
		"none": {""}, "pending": {trade.BooksPending}, "live": {trade.BooksInvoiced}, "ended": {"", trade.BooksCancelled},
		"unissued": {"", trade.BooksPending, trade.BooksCancelled},
	}[want.books]
	if !slices.Contains(allowed, status) {
		return fmt.Errorf("its order in the books is %q", status)
	}
	if want.content == "" {
		return nil
	}
	if last.items != want.content {
		return fmt.Errorf("the books' order says %s", last.items)
	}
	if want.books == "live" && !want.stale && documents[len(documents)-1] != want.content {
		return fmt.Errorf("the live document says %s", documents[len(documents)-1])
	}
	listed := 0
	for key := range last.sale.Metadata {
		if strings.HasPrefix(key, "payment_") {
			listed++
		}
	}
	sale := last.sale
	if sale.PaymentStatus != want.payment || sale.Party.Notes != want.note || sale.Party.TaxNumber != taxNumber || listed != want.paid {
		return fmt.Errorf("the books say %s, %d payments, note %q, tax number %s", sale.PaymentStatus, listed, sale.Party.Notes, sale.Party.TaxNumber)
	}
	return nil
}
