package books

import (
	"maps"
	"net/http"
	"time"
)

// processOrder serves POST /orders/{id}/process: "Process a pending order: resolve or create customer, generate invoice,
// and optionally record payment".
func (b *Books) processOrder(c call) (any, *fault) {
	o, f := b.order(c)
	if f != nil {
		return nil, f
	}
	if o.Status != StatusPending {
		return nil, b.wrongState("order_not_pending", "Only pending orders can be processed")
	}
	b.leaveToOthers()
	b.process(o)
	return o.wire(), nil
}

// cancelOrder serves POST /orders/{id}/cancel: "Cancel a pending order. Already invoiced orders cannot be cancelled".
func (b *Books) cancelOrder(c call) (any, *fault) {
	o, f := b.order(c)
	if f != nil {
		return nil, f
	}
	if o.Status != StatusPending {
		return nil, b.wrongState("order_not_pending", "Only pending orders can be cancelled")
	}
	o.Status = StatusCancelled
	o.CancelledAt = b.now()
	o.UpdatedAt = o.CancelledAt
	b.remember(o)
	return o.wire(), nil
}

// reissueOrder serves POST /orders/{id}/reissue: "Credit the existing invoice and create a new one with current order
// items. Only available when order items have changed after initial processing".
func (b *Books) reissueOrder(c call) (any, *fault) {
	o, f := b.order(c)
	if f != nil {
		return nil, f
	}
	if o.Status != StatusInvoiced || !o.ItemsChanged {
		return nil, b.wrongState("order_items_unchanged", "Order items have not changed after processing")
	}
	credited := o.InvoiceID
	b.leaveToOthers()
	b.reissue(o, credited)
	return o.wire(), nil
}

func (b *Books) wrongState(code, message string) *fault {
	status := b.opts.WrongState
	if status != http.StatusUnprocessableEntity {
		status = http.StatusConflict
	}
	return &fault{status: status, Code: code, Message: message}
}

// process issues the invoice of a pending order.
func (b *Books) process(o *Order) {
	o.CustomerID = b.customerOf(o)
	o.InvoiceID = b.issue(o).ID
	o.Status = StatusInvoiced
	o.ProcessedAt = b.now()
	o.UpdatedAt = o.ProcessedAt
	o.ItemsChanged, o.changeDue, o.processed = false, time.Time{}, o.print()
	b.remember(o)
}

// issue makes the next invoice of an order from its current items.
func (b *Books) issue(o *Order) *Invoice {
	sums := compute(b.opts.Calculation, o.Items)
	now := b.now()
	made := &Invoice{
		ID: b.newID("inv", o.ID), EntityID: o.EntityID, Number: b.nextNumber(o.EntityID, "INV"), OrderID: o.ID, SourceID: o.SourceID, Date: now,
		CurrencyCode: o.CurrencyCode, CustomerID: o.CustomerID, CustomerName: o.CustomerName, Customer: billed(o),
		Lines: sums.lines, Taxes: sums.taxes, Total: sums.net, TotalWithTax: sums.gross, CreatedAt: now,
	}
	if o.PaymentStatus == "paid" {
		made.Payments = []Payment{{Type: b.paymentType(o), Amount: sums.gross, Date: now}}
		made.TotalPaid = sums.gross
	}
	b.invoices = append(b.invoices, made)
	return made
}

// reissue credits an invoice of an order and issues another.
func (b *Books) reissue(o *Order, credited string) {
	if old := b.invoice(credited); old != nil && old.Live() {
		now := b.now()
		note := &CreditNote{
			ID: b.newID("cre", old.ID), EntityID: o.EntityID, Number: b.nextNumber(o.EntityID, "CN"), InvoiceID: old.ID, CurrencyCode: old.CurrencyCode,
			Total: old.Total, TotalWithTax: old.TotalWithTax, CreatedAt: now,
		}
		old.CreditedAt, old.CreditNoteID = now, note.ID
		b.notes = append(b.notes, note)
	}
	b.process(o)
}

// billed is the customer as the invoice shows it.
func billed(o *Order) map[string]any {
	out := map[string]any{"name": o.CustomerName, "email": orNull(o.CustomerEmail)}
	for _, from := range []map[string]any{o.BillingAddress, o.Customer} {
		maps.Copy(out, from)
	}
	return out
}

func (b *Books) paymentType(o *Order) string {
	if i := b.integration(o.EntityID, o.IntegrationID); i != nil && i.DefaultPaymentType != "" {
		return i.DefaultPaymentType
	}
	return "other"
}

// autoProcess is what makes an integration dangerous: with auto_process it issues invoices that nobody asked for. It acts
// when an order is created or becomes paid, at once or after the integration's delay.
func (b *Books) autoProcess(o *Order, i *Integration, created bool) {
	if !i.AutoProcess || !i.Active || o.Status != StatusPending || !o.ProcessAfter.IsZero() {
		return
	}
	due := i.AutoProcessOn == "created" && created || i.AutoProcessOn == "paid" && o.PaymentStatus == "paid"
	switch {
	case !due:
	case i.AutoProcessDelay > 0:
		o.ProcessAfter = b.now().Add(i.AutoProcessDelay)
	default:
		b.process(o)
	}
}

// tick carries out what has become due: delayed automatic processing, and changes of items that are noticed late.
func (b *Books) tick() {
	for _, o := range b.orders {
		if !o.changeDue.IsZero() && o.DeletedAt.IsZero() && !b.now().Before(o.changeDue) {
			o.UpdatedAt = b.now()
			b.noteChange(o)
			b.autoReissue(o)
			b.remember(o)
		}
		if !o.ProcessAfter.IsZero() && o.Status == StatusPending && o.DeletedAt.IsZero() && !b.now().Before(o.ProcessAfter) {
			b.process(o)
		}
	}
}
