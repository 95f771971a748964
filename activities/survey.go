package activities

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

// A survey walks through all that the books hold of a connection and brings the ledger up to it. A ledger that is new, or was
// restored from an older copy, knows nothing of orders that earlier ones made, and nothing would ever ask for those whose
// sale has ended since.

// surveys remembers when each connection was surveyed last. It is lost with the process on purpose: the file that the next
// process opens may be another one.
type surveys struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// surveyEvery is how often the books are surveyed while the process runs.
const surveyEvery = 24 * time.Hour

func (s *surveys) due(connection string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, ok := s.last[connection]
	age := now.Sub(last)
	return !ok || age < 0 || age >= surveyEvery
}

// ever reports whether this process has surveyed the books of a connection.
func (s *surveys) ever(connection string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.last[connection]
	return ok
}

func (s *surveys) done(connection string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.last = map[string]time.Time{}
	}
	s.last[connection] = now
}

// SurveyBooksInput asks for one page of a survey.
type SurveyBooksInput struct {
	Connection string
	After      string // cursor from the page before; "" for the first
}

// SurveyBooksResult says what a page brought.
type SurveyBooksResult struct {
	Next    string // "" at the end
	Read    int
	Adopted int // orders and documents that the ledger did not know
}

// SurveyBooks reads one page of the orders in the books and adopts what the ledger does not know.
//
// Idempotency: a read of the books; what is known already changes nothing.
// Errors: by the table in errors.go; ledger errors are retried.
func (a *Activities) SurveyBooks(ctx context.Context, in SurveyBooksInput) (SurveyBooksResult, error) {
	c, err := a.connection(in.Connection)
	if err != nil {
		return SurveyBooksResult{}, err
	}
	orders, next, err := c.Books.List(rest.As(ctx, rest.WorkSurvey), in.After)
	if err != nil {
		return SurveyBooksResult{}, readError(err)
	}
	result := SurveyBooksResult{Next: next, Read: len(orders)}
	for _, order := range orders {
		adopted, err := a.adopt(ctx, c, order)
		if err != nil {
			return result, err
		}
		if adopted {
			result.Adopted++
		}
	}
	if next == "" {
		a.surveys.done(in.Connection, a.now())
	}
	return result, nil
}

// adopt brings the ledger up to one order of the books, and reports whether there was something to do.
func (a *Activities) adopt(ctx context.Context, c *Connection, order trade.BooksOrder) (bool, error) {
	if order.SourceID == "" {
		return false, nil // made by hand, for no sale of ours
	}
	sale, known, err := a.ledger.Sale(ctx, c.Name, order.SourceID)
	if err != nil {
		return false, err
	}
	if _, open, err := a.ledger.OpenEffect(ctx, c.Name, order.SourceID); err != nil || open {
		return false, err // a step is under way; its own outcome says what became of it
	}
	adoption := sqlite.Adoption{
		Connection: c.Name, SaleID: order.SourceID, BooksOrderID: order.ID, BooksDocumentID: order.DocumentID, BooksStatus: order.Status,
		Why: "found by a survey of the books",
	}
	switch {
	case sale.BooksOrderID == "":
		if ended(order) {
			return false, nil // nothing is left of it
		}
	case sale.BooksOrderID != order.ID:
		if ended(order) || !sale.StraysDue.IsZero() {
			return false, nil
		}
		// By now: what is seen has landed, and looking again finds it.
		return true, a.ledger.NoteStrays(ctx, c.Name, order.SourceID, a.now())
	default:
		told, err := a.news(ctx, sale, order)
		if err != nil || !told {
			return false, err
		}
	}
	err = a.ledger.AdoptBooks(ctx, adoption)
	if errors.Is(err, sqlite.ErrTaken) || errors.Is(err, sqlite.ErrReplaced) {
		return false, nil // it has been taken meanwhile
	}
	if err == nil {
		a.log.WarnContext(ctx, "the books hold what the ledger did not know", "connection", c.Name, "sale", order.SourceID,
			"books_order", order.ID, "status", order.Status, "sale_known", known)
	}
	return err == nil, err
}

// news reports whether the sale's own order has gone further in the books than the ledger knows. The page may be older than
// the ledger, so nothing is ever taken back, and a document that the sale had before is none.
func (a *Activities) news(ctx context.Context, sale sqlite.Sale, order trade.BooksOrder) (bool, error) {
	if order.DocumentID == "" || order.DocumentID == sale.BooksDocumentID {
		return order.Status == trade.BooksCancelled && sale.BooksStatus == trade.BooksPending, nil
	}
	documents, err := a.ledger.Documents(ctx, sale.Connection, sale.ID)
	if err != nil {
		return false, err
	}
	return !slices.ContainsFunc(documents, func(d sqlite.Document) bool { return d.ID == order.DocumentID }), nil
}
