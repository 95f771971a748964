package books

import (
	"bytes"
	"maps"
	"time"
)

// updateOrder serves PATCH /orders/{id}. The integration, source and source_id cannot be changed. A change of the items
// after processing is noted, at once or later, and reissues the invoice by itself when the integration is set so.
func (b *Books) updateOrder(c call) (any, *fault) {
	o, f := b.order(c)
	if f != nil {
		return nil, f
	}
	m, f := decode(c.body)
	if f != nil {
		return nil, f
	}
	if found := orderUpdate.validate(m, nil, true, b.opts.StripUnknown); found != nil {
		return nil, invalid(found...)
	}
	if b.opts.PatchOnInvoiced == PatchRefused && o.Status == StatusInvoiced {
		return nil, b.wrongState("order_not_editable", "Invoiced orders cannot be updated")
	}
	if b.opts.MergePatch {
		merge(m, "metadata", o.Metadata)
		merge(m, "customer", o.Customer)
		if found := orderUpdate.validate(m, nil, true, b.opts.StripUnknown); found != nil {
			return nil, invalid(found...) // together they are too many
		}
	}
	before := o.print()
	o.apply(m)
	o.UpdatedAt = b.now()
	b.notePayment(o)
	if o.Status == StatusInvoiced && !bytes.Equal(before, o.print()) {
		o.changeDue = earlier(o.changeDue, b.now().Add(b.opts.ItemsChangedLag))
		if b.opts.ItemsChangedLag <= 0 {
			b.noteChange(o)
		}
	}
	if integration := b.integration(o.EntityID, o.IntegrationID); integration != nil {
		b.autoProcess(o, integration, false)
	}
	b.autoReissue(o)
	b.remember(o)
	return o.wire(), nil
}

// merge puts the members that an object of a body leaves out back into it. null still empties the whole object.
func merge(m map[string]any, key string, before map[string]any) {
	if given, ok := m[key].(map[string]any); ok {
		merged := maps.Clone(before)
		if merged == nil {
			merged = map[string]any{}
		}
		maps.Copy(merged, given)
		m[key] = merged
	}
}

// noteChange has items_changed_after_processing say what has become of the items.
func (b *Books) noteChange(o *Order) {
	o.changeDue = time.Time{}
	o.ItemsChanged = !b.opts.ItemsChangedForgets || !bytes.Equal(o.processed, o.print())
}

// autoReissue is what makes an integration dangerous once more: it credits and issues what nobody asked for.
func (b *Books) autoReissue(o *Order) {
	integration := b.integration(o.EntityID, o.IntegrationID)
	if o.ItemsChanged && integration != nil && integration.AutoReissueOnUpdate {
		b.reissue(o, o.InvoiceID)
	}
}

// print is what decides whether items changed: their content with numbers in one form.
func (o *Order) print() []byte { return encode(o.content()) }

// content are the items as the API shows them.
func (o *Order) content() []any {
	out := make([]any, 0, len(o.Items))
	for _, it := range o.Items {
		out = append(out, normal(it.raw))
	}
	return out
}

// notePayment keeps paid_at and refunded_at in step with the payment status, back and forth. What was paid in part is not
// paid, and what was refunded had been.
func (b *Books) notePayment(o *Order) {
	switch o.PaymentStatus {
	case "paid":
		if o.PaidAt.IsZero() {
			o.PaidAt = b.now()
		}
		o.RefundedAt = time.Time{}
	case "refunded":
		if o.RefundedAt.IsZero() {
			o.RefundedAt = b.now()
		}
	default:
		o.PaidAt, o.RefundedAt = time.Time{}, time.Time{}
	}
}

// earlier is the first of two times, of which a zero one is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
