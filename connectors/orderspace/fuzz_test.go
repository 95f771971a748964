package orderspace

import (
	"encoding/json"
	"errors"
	"testing"

	"spacebridge/mapping/trade"
)

// FuzzDecodeOrder: whatever comes, decoding ends in an order or in a fault that names a field, and never in both.
func FuzzDecodeOrder(f *testing.F) {
	for _, name := range []string{"order.json", "order_2025.json", "order_created.json", "invoice.json"} {
		f.Add(fixture(f, name))
	}
	f.Add([]byte(`{"order_lines":[{"unit_price":"1"}]}`))
	f.Add([]byte(`{"order":{"order":{"id":1e9}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		order, err := Decoder{}.Order(body)
		if err == nil {
			return
		}
		fault, ok := errors.AsType[*trade.Fault](err)
		if !ok || fault.Field == "" || fault.Value == "" || fault.Remedy == "" {
			t.Errorf("not a full fault: %v", err)
		}
		if order.ID != "" || order.Lines != nil {
			t.Error("an order beside a fault")
		}
	})
}

// FuzzPeek: peeking never fails, keeps the body, and finds the id of everything that can be decoded.
func FuzzPeek(f *testing.F) {
	for _, name := range []string{"order.json", "invoice.json", "dispatch.json", "customer_2025.json", "events.json"} {
		f.Add(fixture(f, name))
	}
	f.Add([]byte(`{"id":null,"orders":[1,{"id":[]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, kind := range []trade.Kind{trade.KindOrder, trade.KindInvoice, trade.KindDispatch, trade.KindCustomer} {
			record := Peek(kind, json.RawMessage(body))
			if string(record.Body) != string(body) || record.Kind != kind {
				t.Error("body or kind changed")
			}
			for _, ref := range record.Refs {
				if ref.ID == "" {
					t.Error("reference to nothing")
				}
			}
		}
		if order, err := (Decoder{}).Order(body); err == nil {
			if record := Peek(trade.KindOrder, body); record.ID != order.ID || !record.Created.Equal(order.Created) || record.Status != order.Status {
				t.Errorf("peeked %q, decoded %q", record.ID, order.ID)
			}
		}
	})
}
