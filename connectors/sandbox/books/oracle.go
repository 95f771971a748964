package books

import (
	"fmt"
	"maps"
	"slices"
)

// Stats is what the books were asked so far.
type Stats struct {
	Requests    int // all, refused ones included
	RateLimited int // answered 429
	Replayed    int // writes answered with an earlier reply because of their X-Request-Id
	Writes      int // writes carried out or refused by an endpoint
	MostAMinute int // the most requests of one address that ever fell into any 60 seconds
	Routes      map[string]int
}

// Stats counts requests since New.
func (b *Books) Stats() Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.stats
	out.MostAMinute = b.limit.most
	out.Routes = maps.Clone(b.stats.Routes)
	return out
}

// Orders returns a copy of every order ever created, deleted ones included, oldest first.
func (b *Books) Orders() []Order {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	return copies(b.orders, (*Order).clone)
}

// Invoices returns a copy of every invoice ever issued, voided and credited ones included, oldest first.
func (b *Books) Invoices() []Invoice {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	return copies(b.invoices, func(i *Invoice) Invoice { return *i })
}

// CreditNotes returns a copy of every credit note, oldest first.
func (b *Books) CreditNotes() []CreditNote {
	b.mu.Lock()
	defer b.mu.Unlock()
	return copies(b.notes, func(n *CreditNote) CreditNote { return *n })
}

// Integrations returns a copy of every order integration, deleted ones included, oldest first.
func (b *Books) Integrations() []Integration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return copies(b.integrations, func(i *Integration) Integration {
		out := *i
		out.Settings, out.Metadata = maps.Clone(i.Settings), maps.Clone(i.Metadata)
		return out
	})
}

// ForSource returns what the books hold for one source_id: every order, deleted ones included, and every invoice ever
// issued for any of them.
func (b *Books) ForSource(sourceID string) ([]Order, []Invoice) {
	orders := slices.DeleteFunc(b.Orders(), func(o Order) bool { return o.SourceID != sourceID })
	invoices := slices.DeleteFunc(b.Invoices(), func(i Invoice) bool { return i.SourceID != sourceID })
	return orders, invoices
}

// Void voids an invoice, as a person would in the vendor's app.
func (b *Books) Void(invoiceID string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := b.invoice(invoiceID)
	if i == nil || !i.Live() {
		return fmt.Errorf("void invoice %s: no such live invoice", invoiceID)
	}
	i.VoidedAt = b.now()
	return nil
}

// AddIntegration creates an order integration without a request, so that tests and demos can begin with one; the
// automatic settings are off.
func (b *Books) AddIntegration(name string) Integration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	made := newIntegration(b.newID("oint", ""), b.entities[0], now)
	made.Name = name
	b.integrations = append(b.integrations, made)
	return *made
}

func (o *Order) clone() Order {
	out := *o
	out.Items = slices.Clone(o.Items)
	out.Customer, out.BillingAddress = maps.Clone(o.Customer), maps.Clone(o.BillingAddress)
	out.ShippingAddress, out.Metadata = maps.Clone(o.ShippingAddress), maps.Clone(o.Metadata)
	return out
}

func copies[T any](from []*T, copyOf func(*T) T) []T {
	out := make([]T, 0, len(from))
	for _, v := range from {
		out = append(out, copyOf(v))
	}
	return out
}
