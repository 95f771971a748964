package mapping

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// What the books have no field for goes with the order as metadata: at most 50 keys, each with a text of at most 250 characters
// (guides, metadata). Of many payments or dispatches the first are listed and the rest counted.
const mostListed = 12

// metadata carries what the books have no field for. Keys without a value are left out.
func (d *draft) metadata() map[string]string {
	data := map[string]string{
		"customer_po_number": d.doc.CustomerPONumber,
		"reference":          d.doc.Reference,
		"customer_id":        d.doc.CustomerID,
		"delivery_date":      d.doc.DeliveryDate,
		"standing_order_id":  d.doc.StandingOrderID,
	}
	if emails := d.emails(); len(emails) > 1 {
		data["customer_emails"] = joinTo(limitMetadata, emails)
	}
	if d.kind() == trade.KindInvoice {
		d.invoiceMetadata(data)
	} else {
		d.orderMetadata(data)
	}
	enumerate(data, "payment", d.paymentTexts())
	enumerate(data, "dispatch", d.dispatchTexts())
	for key, value := range data {
		if data[key] = shorten(clean(value), limitMetadata); data[key] == "" {
			delete(data, key)
		}
	}
	return data
}

func (d *draft) orderMetadata(data map[string]string) {
	var invoiceIDs, invoiceNumbers []string
	for _, invoice := range d.realInvoices() {
		invoiceIDs = append(invoiceIDs, invoice.ID)
		invoiceNumbers = append(invoiceNumbers, invoice.Number)
	}
	data["orderspace_order_id"] = d.SaleID
	data["order_number"] = d.doc.Number
	data["order_date"] = d.day(d.doc.Created)
	data["orderspace_invoice_id"] = joinTo(limitMetadata, invoiceIDs)
	data["orderspace_invoice_number"] = joinTo(limitMetadata, invoiceNumbers)
}

func (d *draft) invoiceMetadata(data map[string]string) {
	var orderIDs, orderNumbers []string
	for _, order := range d.Orders {
		orderIDs = append(orderIDs, order.ID)
		if order.Order != nil {
			orderNumbers = append(orderNumbers, order.Order.Number)
		}
	}
	data["orderspace_invoice_id"] = d.SaleID
	data["orderspace_invoice_number"] = d.doc.Number
	data["orderspace_order_id"] = joinTo(limitMetadata, orderIDs)
	data["order_number"] = joinTo(limitMetadata, orderNumbers)
	data["invoice_date"] = d.Invoice.InvoiceDate
	data["due_date"] = d.Invoice.DueDate
	data["payment_terms"] = d.Invoice.Terms
	data["invoice_comments"] = d.Invoice.Comments
}

// enumerate writes texts under name_1, name_2 and so on, and how many more there are under names_more.
func enumerate(data map[string]string, name string, texts []string) {
	for i, one := range texts {
		if i == mostListed {
			data[name+"s_more"] = strconv.Itoa(len(texts) - mostListed)
			return
		}
		data[name+"_"+strconv.Itoa(i+1)] = one
	}
}

// paymentTexts lists every payment of the sale's invoices in an order of its own: payments have no id, and two that say the same
// are two.
func (r *review) paymentTexts() (texts []string) {
	for _, invoice := range r.paidInvoices() {
		for _, payment := range invoice.Payments {
			parts := []string{payment.Date, amountText(payment.Amount, invoice.Currency), payment.Source, payment.Reference}
			if r.kind() == trade.KindOrder {
				parts = append(parts, invoice.ID)
			}
			texts = append(texts, strings.Join(slices.DeleteFunc(parts, func(s string) bool { return strings.TrimSpace(s) == "" }), ", "))
		}
	}
	slices.Sort(texts)
	return texts
}

func amountText(amount money.NullDecimal, currency string) string {
	if !amount.Valid {
		return ""
	}
	number := amount.Decimal
	if known, err := money.ParseCurrency(currency); err == nil {
		number = number.Trim(known.Digits).Pad(known.Digits)
	}
	return strings.TrimSpace(number.String() + " " + currency)
}

// dispatchTexts lists every dispatch of the sale's orders, the first first, with its comment: courier and tracking number have
// no other place in Orderspace.
func (r *review) dispatchTexts() (texts []string) {
	dispatches := slices.Clone(r.Dispatches)
	slices.SortStableFunc(dispatches, func(a, b trade.Dispatch) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	for _, one := range dispatches {
		parts := []string{r.day(one.Created), one.ID, one.Comments}
		texts = append(texts, strings.Join(slices.DeleteFunc(parts, func(s string) bool { return strings.TrimSpace(s) == "" }), ", "))
	}
	return texts
}

// joinTo lists whole values, as many as fit: half an address is worse than none.
func joinTo(limit int, values []string) string {
	list := ""
	for _, value := range values {
		next := clean(value)
		if list != "" && next != "" {
			next = list + ", " + next
		}
		if length(next) <= limit && next != "" {
			list = next
		}
	}
	return list
}
