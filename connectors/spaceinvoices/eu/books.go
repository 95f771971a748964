package eu

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"spacebridge/connectors/rest"
	"spacebridge/mapping/trade"
)

// maxPages bounds how many pages a look-up walks: 5000 orders. An honest filter needs one.
const maxPages = 50

// Books takes the steps of the daemon: it looks up, creates, changes and issues the orders of one order integration.
// Each method that changes something sends its request id as X-Request-Id and is never repeated here.
type Books struct {
	client        *Client
	integrationID string
}

// NewBooks makes the books of the client's order integration.
func NewBooks(c *Client) (*Books, error) {
	if c.integrationID == "" {
		return nil, errors.New("space invoices: order_integration_id is empty")
	}
	return &Books{client: c, integrationID: c.integrationID}, nil
}

// Integration reads the settings that could make the books act on their own: GET /order-integrations/{id}.
//
// Errors: *rest.Error; Unknown also if the reply does not say whether it processes orders by itself.
func (b *Books) Integration(ctx context.Context) (trade.BooksIntegration, error) {
	got, err := b.client.GetIntegration(ctx, b.integrationID)
	if err != nil {
		return trade.BooksIntegration{}, err
	}
	if got.AutoProcess == nil {
		request := rest.Request{Method: http.MethodGet, Route: integrationRoute}
		return trade.BooksIntegration{}, unclear(request, errors.New("the reply does not say auto_process"))
	}
	return trade.BooksIntegration{
		ID:          got.ID,
		Name:        got.Name,
		Source:      got.Source,
		Active:      got.IsActive && got.DeletedAt == "",
		AutoProcess: *got.AutoProcess,
		// The reference's own sample lacks this one; a server that does not know it cannot reissue on its own.
		AutoReissueOnUpdate: got.AutoReissueOnUpdate != nil && *got.AutoReissueOnUpdate,
	}, nil
}

// Find gives every order of the integration that has the source id and is not in the trash: GET /orders with a query. An
// empty result means that there is none, for certain: every row is checked, and a server that ignores the filter has its
// whole list walked.
//
// Errors: *rest.Error; Unknown also if the list does not end within 5000 orders, or is not complete.
func (b *Books) Find(ctx context.Context, sourceID string) ([]trade.BooksOrder, error) {
	query := NewOrderQuery().Equals("source_id", sourceID).Equals("order_integration_id", b.integrationID)
	seen := map[string]bool{}
	var found []trade.BooksOrder
	strangers := false
	for cursor, page := "", 1; ; page++ {
		rows, err := b.client.ListOrders(ctx, ListOptions{Limit: maxLimit, NextCursor: cursor, IncludeTotal: true, Query: query})
		if err != nil {
			return nil, err
		}
		for _, row := range rows.Items {
			switch {
			case seen[row.ID]:
			case row.SourceID != sourceID || row.OrderIntegrationID != b.integrationID:
				strangers = true
			case row.DeletedAt == "":
				found = append(found, booksOrder(row))
			}
			seen[row.ID] = true
		}
		done, err := lastPage(rows, cursor, page, len(seen))
		if err != nil {
			return nil, unclear(rest.Request{Method: http.MethodGet, Route: orders.path}, err)
		}
		if done {
			break
		}
		cursor = rows.NextCursor
	}
	if strangers {
		b.client.logger.WarnContext(ctx, "order filter not honoured, whole list walked", slog.Int("orders", len(seen)))
	}
	return found, nil
}

// lastPage says whether a page ends its list. It refuses what would make a part of the list look like all of it.
func lastPage(rows Page[Order], cursor string, page, seen int) (bool, error) {
	if !rows.HasMore {
		if rows.Total > int64(seen) {
			return false, fmt.Errorf("the list ended after %d of %d orders", seen, rows.Total)
		}
		return true, nil
	}
	switch {
	case rows.NextCursor == "" || rows.NextCursor == cursor:
		return false, errors.New("the list goes on but its cursor does not")
	case page >= maxPages:
		return false, fmt.Errorf("the list does not end within %d pages", maxPages)
	}
	return false, nil
}

// List reads one page of the integration's orders that are not in the trash, oldest id first, and the cursor of the next
// page, "" at the end: GET /orders. It is how the ledger is compared with the books, or restored from them.
func (b *Books) List(ctx context.Context, cursor string) (found []trade.BooksOrder, next string, err error) {
	query := NewOrderQuery().Equals("order_integration_id", b.integrationID)
	rows, err := b.client.ListOrders(ctx, ListOptions{Limit: maxLimit, NextCursor: cursor, Query: query})
	if err != nil {
		return nil, "", err
	}
	for _, row := range rows.Items {
		if row.OrderIntegrationID == b.integrationID && row.DeletedAt == "" {
			found = append(found, booksOrder(row))
		}
	}
	if !rows.HasMore {
		return found, "", nil
	}
	if rows.NextCursor == "" || rows.NextCursor == cursor {
		request := rest.Request{Method: http.MethodGet, Route: orders.path}
		return nil, "", unclear(request, errors.New("the list goes on but its cursor does not"))
	}
	return found, rows.NextCursor, nil
}

// Get reads one order: GET /orders/{id}. rest.NotFound when there is none.
func (b *Books) Get(ctx context.Context, id string) (trade.BooksOrder, error) {
	return result(b.client.GetOrder(ctx, id))
}

// ServerClock gives how far our clock is ahead of the server's.
func (b *Books) ServerClock() (skew time.Duration, ok bool) { return b.client.ServerClock() }

// result translates the reply of a call.
func result(o Order, err error) (trade.BooksOrder, error) {
	if err != nil {
		return trade.BooksOrder{}, err
	}
	return booksOrder(o), nil
}

func booksOrder(o Order) trade.BooksOrder {
	return trade.BooksOrder{
		ID:            o.ID,
		SourceID:      o.SourceID,
		IntegrationID: o.OrderIntegrationID,
		Status:        trade.BooksStatus(o.Status),
		DocumentID:    o.InvoiceID,
		EstimateID:    o.EstimateID,
		Currency:      o.CurrencyCode,
		Net:           o.Total.Decimal(),
		Gross:         o.TotalWithTax.Decimal(),
		PaymentStatus: o.PaymentStatus,
		ItemsChanged:  o.ItemsChangedAfterProcessing,
		Error:         errorText(o.Error),
		Deleted:       o.DeletedAt != "",
	}
}

// errorText gives what an order says of its own failure: a text, or an object with code and message.
func errorText(raw json.RawMessage) string {
	code, message, _ := parseError(0, nil, raw)
	switch {
	case message != "" && code != "":
		return code + ": " + message
	case message != "" || code != "":
		return message + code
	}
	return shorten(rawText(raw))
}
