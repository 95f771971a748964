package mapping_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"spacebridge/connectors/rest"
	"spacebridge/connectors/sandbox/books"
	"spacebridge/connectors/spaceinvoices/eu"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// inMemory are books that a client reaches without a network: the sandbox's, whose arithmetic was written from the vendor's
// reference and shares nothing with mapping.
type inMemory struct {
	server *books.Books
	client *eu.Books
	orders int
}

func newBooks() (*inMemory, error) {
	server := books.New(books.Options{RequestsPerMinute: -1})
	integration := server.AddIntegration("million")
	client, err := eu.New(eu.Options{
		APIURL: "http://books.invalid", APIKey: server.APIKey(), EntityID: server.EntityID(), IntegrationID: integration.ID,
		Pace: rest.NewPace(0), Transport: handled{server.Handler()},
	})
	if err != nil {
		return nil, err
	}
	ours, err := eu.NewBooks(client)
	return &inMemory{server: server, client: ours}, err
}

// handled answers requests by a handler, in place.
type handled struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (h handled) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody // a server always has one
	}
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

// invoice sends a sale to the books as the daemon does and has its invoice issued. It fails unless the document that stands
// there has the numbers of Orderspace's own, to the last digit.
func (m *inMemory) invoice(sale *trade.Sale, o trade.Order) error {
	ctx := context.Background()
	m.orders++
	made, err := m.client.Create(ctx, fmt.Sprintf("create-%d", m.orders), *sale)
	if err != nil {
		return fmt.Errorf("create %s: %w", o.ID, err)
	}
	if _, err := m.client.Issue(ctx, fmt.Sprintf("issue-%d", m.orders), made.ID); err != nil {
		return fmt.Errorf("issue %s: %w", o.ID, err)
	}
	_, documents := m.server.ForSource(o.ID)
	if len(documents) != 1 {
		return fmt.Errorf("%s has %d documents", o.ID, len(documents))
	}
	document := documents[0]
	same := func(what string, got, want money.Decimal) error {
		if !got.Equal(want) {
			return fmt.Errorf("%s: the document has %s %s, and Orderspace %s", o.ID, what, got, want)
		}
		return nil
	}
	faults := []error{same("net", document.Total, o.Net.Decimal), same("gross", document.TotalWithTax, o.Gross.Decimal)}
	for i, line := range document.Lines {
		tax, err := line.TotalWithTax.Sub(line.Total)
		faults = append(faults, err, same("line net", line.Total, o.Lines[i].SubTotal.Decimal), same("line tax", tax, o.Lines[i].TaxAmount.Decimal))
	}
	return errors.Join(faults...)
}
