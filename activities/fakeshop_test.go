package activities_test

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"spacebridge/connectors/rest"
	"spacebridge/mapping/trade"
)

// fakeShop serves whatever records it was given, as lists with pages and filters, and one by one.
type fakeShop struct {
	records map[trade.Ref]string // body; "" means gone
	born    map[trade.Ref]time.Time
	lists   map[trade.Ref]string // what lists show instead, since they are late; "" for nothing
	broken  map[string]bool      // ids of records that cannot be read by themselves
	refuse  func(kind trade.Kind, filter trade.ListFilter) error
	perPage int // 0: all on one
	err     error
	now     func() time.Time // the shop's own clock; nil: not known
	asked   []string         // requests: "inbox get order or_1", "sweep list order new"
	onAsk   func(asked string)
}

func (s *fakeShop) ServerNow() (time.Time, bool) {
	if s.now == nil {
		return time.Time{}, false
	}
	return s.now(), true
}

func (s *fakeShop) ask(ctx context.Context, words ...string) {
	asked := strings.TrimSpace(string(rest.WorkOf(ctx)) + " " + strings.Join(words, " "))
	s.asked = append(s.asked, asked)
	if s.onAsk != nil {
		s.onAsk(asked)
	}
}

func (s *fakeShop) ListRecords(ctx context.Context, kind trade.Kind, f trade.ListFilter, cursor string) (trade.Page, error) {
	status := f.Status
	if f.Unpaid {
		status = "unpaid"
	}
	s.ask(ctx, "list", string(kind), status)
	if s.err != nil {
		return trade.Page{}, s.err
	}
	if s.refuse != nil {
		if err := s.refuse(kind, f); err != nil {
			return trade.Page{}, err
		}
	}
	shown := s.shown(kind, f)
	if cursor != "" {
		at := slices.IndexFunc(shown, func(r trade.Record) bool { return r.ID == cursor })
		if at < 0 {
			return trade.Page{}, &rest.Error{Class: rest.NotFound, Status: 404}
		}
		shown = shown[at+1:]
	}
	if s.perPage == 0 || len(shown) <= s.perPage {
		return trade.Page{Records: shown}, nil
	}
	return trade.Page{Records: shown[:s.perPage], Next: shown[s.perPage-1].ID}, nil
}

// shown is a whole list, newest first.
func (s *fakeShop) shown(kind trade.Kind, f trade.ListFilter) []trade.Record {
	var all []trade.Record
	created := map[string]time.Time{}
	for ref, body := range s.records {
		if late, ok := s.lists[ref]; ok {
			body = late
		}
		if ref.Kind != kind || body == "" {
			continue
		}
		record := s.record(ref, body)
		at := record.Created
		if born, ok := s.born[ref]; ok {
			at = born
		}
		if !at.IsZero() && (at.Before(f.CreatedSince) || !f.CreatedBefore.IsZero() && !at.Before(f.CreatedBefore)) {
			continue
		}
		if f.Status != "" && record.Status != f.Status || f.Unpaid && record.Status == "paid" {
			continue
		}
		created[record.ID] = at
		all = append(all, record)
	}
	slices.SortFunc(all, func(x, y trade.Record) int {
		return cmp.Or(created[y.ID].Compare(created[x.ID]), strings.Compare(x.ID, y.ID))
	})
	return all
}

func (s *fakeShop) GetRecord(ctx context.Context, kind trade.Kind, id string) (trade.Record, error) {
	s.ask(ctx, "get", string(kind), id)
	if s.err != nil {
		return trade.Record{}, s.err
	}
	if s.broken[id] {
		return trade.Record{}, &rest.Error{Class: rest.Unknown, Status: 500}
	}
	ref := trade.Ref{Kind: kind, ID: id}
	if s.records[ref] == "" {
		return trade.Record{}, &rest.Error{Class: rest.NotFound, Status: 404}
	}
	return s.record(ref, s.records[ref]), nil
}

func (s *fakeShop) record(ref trade.Ref, body string) trade.Record {
	var peek struct {
		Number     json.RawMessage
		Status     string
		Created    time.Time
		CreatedAt  time.Time `json:"created_at"` // of customers
		CustomerID string    `json:"customer_id"`
		OrderID    string    `json:"order_id"` // of dispatches
		Orders     []struct{ ID string }
	}
	_ = json.Unmarshal([]byte(body), &peek)
	if peek.Created.IsZero() {
		peek.Created = peek.CreatedAt
	}
	record := trade.Record{
		Kind: ref.Kind, ID: ref.ID, Number: strings.Trim(string(peek.Number), `"`), Status: peek.Status, Created: peek.Created,
		Body: json.RawMessage(body),
	}
	if peek.CustomerID != "" {
		record.Refs = append(record.Refs, trade.Ref{Kind: trade.KindCustomer, ID: peek.CustomerID})
	}
	if peek.OrderID != "" {
		record.Refs = append(record.Refs, trade.Ref{Kind: trade.KindOrder, ID: peek.OrderID})
	}
	for _, order := range peek.Orders {
		record.Refs = append(record.Refs, trade.Ref{Kind: trade.KindOrder, ID: order.ID})
	}
	return record
}
