package orderspace

import "spacebridge/mapping/trade"

// Decoder turns the bodies of records into ours. It has no state and makes no guesses: a field of the wrong type is a
// *trade.Fault that names it; absent, null and "" give zero values.
type Decoder struct{}

// Order decodes an order. The error is a *trade.Fault.
func (Decoder) Order(body []byte) (trade.Order, error) {
	order, err := orders.decode(body)
	return order.Trade(), err
}

// Invoice decodes an invoice. The error is a *trade.Fault.
func (Decoder) Invoice(body []byte) (trade.Invoice, error) {
	invoice, err := invoices.decode(body)
	return invoice.Trade(), err
}

// Dispatch decodes a dispatch. The error is a *trade.Fault.
func (Decoder) Dispatch(body []byte) (trade.Dispatch, error) {
	dispatch, err := dispatches.decode(body)
	return dispatch.Trade(), err
}

// Customer decodes a customer. The error is a *trade.Fault.
func (Decoder) Customer(body []byte) (trade.Customer, error) {
	customer, err := customers.decode(body)
	return customer.Trade(), err
}
