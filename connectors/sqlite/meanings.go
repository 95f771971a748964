package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

	"spacebridge/mapping/trade"
)

// MeaningError says why what the sales of a connection are made of cannot change now; errors.Is knows it as ErrMeaning.
type MeaningError struct {
	Connection string
	From, To   trade.Kind
	InBooks    int      // sales with an order or a document in the books; one cancelled without a document does not count
	Open       int      // sales with a step under way, or with strays to be looked for
	Examples   []string // numbers of such sales, or their ids where no number is known; at most 3
}

// Error implements error.
func (e *MeaningError) Error() string {
	return fmt.Sprintf("%s: from %s to %s: %d sales are in the books, %d have a step under way, such as %s: %v",
		e.Connection, e.From, e.To, e.InBooks, e.Open, strings.Join(e.Examples, ", "), ErrMeaning)
}

// Is makes a MeaningError an ErrMeaning.
func (e *MeaningError) Is(target error) bool { return target == ErrMeaning }

// IssueFrom gives what the sales of a connection are made of, and false when nobody has said and there are no sales. Where
// nobody has said, as after the loss of the ledger, it is what the sales that are known are made of, those in the books first.
func (l *Ledger) IssueFrom(ctx context.Context, connection string) (trade.Kind, bool, error) {
	return issueFrom(ctx, l.reader, connection)
}

// inBooks holds for sales that another meaning would invoice a second time.
const inBooks = `(s.books_document_id IS NOT NULL OR s.books_status = 'invoiced'
  OR s.books_order_id IS NOT NULL AND s.books_status <> 'cancelled')`

// underWay holds for sales of which the books may come to hold more than the ledger knows.
const underWay = `(s.strays_due IS NOT NULL OR EXISTS (SELECT 1 FROM effects e
  WHERE e.connection = s.connection AND e.sale_id = s.id AND e.state IN ('sending', 'unknown', 'held')))`

func issueFrom(ctx context.Context, q sqlx.QueryerContext, connection string) (trade.Kind, bool, error) {
	kind, err := said(ctx, q, connection)
	if err == nil && kind == "" {
		kind, err = meaningOf(ctx, q,
			`SELECT s.kind FROM sales s WHERE s.connection = ? ORDER BY `+inBooks+` DESC, s.kind DESC LIMIT 1`, connection)
	}
	return kind, kind != "", err
}

// said is what somebody said that the sales of a connection are made of, "" when nobody has.
func said(ctx context.Context, q sqlx.QueryerContext, connection string) (trade.Kind, error) {
	return meaningOf(ctx, q, `SELECT issue_from FROM meanings WHERE connection = ?`, connection)
}

func meaningOf(ctx context.Context, q sqlx.QueryerContext, query, connection string) (trade.Kind, error) {
	var kind string
	err := sqlx.GetContext(ctx, q, &kind, query, connection)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read what sales of %s are made of: %w", connection, err)
	}
	return trade.Kind(kind), nil
}

// MeaningChange tells whether the sales of a connection may come to be made of another kind of record: nil when they may, or
// are already. SetIssueFrom makes the change.
func (l *Ledger) MeaningChange(ctx context.Context, connection string, to trade.Kind) (*MeaningError, error) {
	from, known, err := issueFrom(ctx, l.reader, connection)
	if err != nil || !known || from == to {
		return nil, err
	}
	return meaningFixed(ctx, l.reader, connection, from, to)
}

// meaningFixed says what stands against a change, nil when nothing does.
func meaningFixed(ctx context.Context, q sqlx.QueryerContext, connection string, from, to trade.Kind) (*MeaningError, error) {
	fixed := &MeaningError{Connection: connection, From: from, To: to}
	var row struct {
		InBooks int `db:"in_books"`
		Open    int `db:"open"`
	}
	err := sqlx.GetContext(ctx, q, &row,
		`SELECT coalesce(sum(`+inBooks+`), 0) AS in_books, coalesce(sum(`+underWay+`), 0) AS open FROM sales s WHERE s.connection = ?`,
		connection)
	if err != nil {
		return nil, fmt.Errorf("count sales of %s in the books: %w", connection, err)
	}
	if row.InBooks == 0 && row.Open == 0 {
		return nil, nil
	}
	err = sqlx.SelectContext(ctx, q, &fixed.Examples,
		`SELECT CASE WHEN s.number <> '' THEN s.number ELSE s.id END FROM sales s
		 WHERE s.connection = ? AND (`+inBooks+` OR `+underWay+`)
		 ORDER BY `+inBooks+` DESC, s.created_at DESC, s.id LIMIT 3`, connection)
	if err != nil {
		return nil, fmt.Errorf("list sales of %s in the books: %w", connection, err)
	}
	fixed.InBooks, fixed.Open = row.InBooks, row.Open
	return fixed, nil
}

// SetIssueFrom says what the sales of a connection are made of, in one transaction. Saying the same again changes nothing. A
// change is refused with a *MeaningError while any sale of the connection is in the books or has a step under way. Otherwise
// every record of the new kind that is known and not gone gets its sale, and all sales are marked dirty, those of the old
// kind so that they end.
//
// Invariant 1: an order and its invoices are about the same goods. A connection whose orders are in the books and whose
// invoices become sales as well would invoice those goods a second time, under ids between which the books see no relation.
func (l *Ledger) SetIssueFrom(ctx context.Context, connection string, kind trade.Kind) error {
	err := errNoMeaning
	if kind == trade.KindOrder || kind == trade.KindInvoice {
		err = l.write(ctx, "set_issue_from", func(tx *sqlx.Tx) error {
			from, known, err := issueFrom(ctx, tx, connection)
			if err != nil {
				return err
			}
			if known && from != kind {
				return l.changeMeaning(ctx, tx, connection, from, kind)
			}
			_, err = tx.ExecContext(ctx,
				`INSERT INTO meanings (connection, issue_from, updated_at) VALUES (?, ?, ?) ON CONFLICT (connection) DO NOTHING`,
				connection, string(kind), l.now().UnixMilli())
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("make sales of %s of %ss: %w", connection, kind, err)
	}
	return nil
}

// errNoMeaning refuses what no sale can be made of.
var errNoMeaning = errors.New("sales are made of orders or of invoices")

func (l *Ledger) changeMeaning(ctx context.Context, tx *sqlx.Tx, connection string, from, to trade.Kind) error {
	fixed, err := meaningFixed(ctx, tx, connection, from, to)
	if err != nil {
		return err
	}
	if fixed != nil {
		return fixed
	}
	now := l.now().UnixMilli()
	for _, statement := range []string{
		`INSERT INTO meanings (connection, issue_from, updated_at) VALUES (?1, ?2, ?3)
		 ON CONFLICT (connection) DO UPDATE SET issue_from = excluded.issue_from, updated_at = excluded.updated_at`,
		`INSERT INTO sales (connection, id, kind, number, created_at, updated_at)
		 SELECT connection, record_id, kind, number, CASE kind WHEN 'invoice' THEN appeared_at ELSE created_at END, ?3
		 FROM records WHERE connection = ?1 AND kind = ?2 AND gone = 0 ON CONFLICT (connection, id) DO NOTHING`,
		`UPDATE sales SET dirty_seq = dirty_seq + 1, dirty_since = min(coalesce(dirty_since, ?3), ?3), updated_at = ?3
		 WHERE connection = ?1 AND ?2 <> ''`,
	} {
		if _, err := tx.ExecContext(ctx, statement, connection, string(to), now); err != nil {
			return err
		}
	}
	return nil
}

// kindOf tells what a sale is made of. The vendor's ids begin with the kind of their record, which outlives the ledger; an id
// that tells nothing is of the kind that the connection's sales are made of; an order's as long as nobody has said.
func kindOf(saleID string, meaning trade.Kind) trade.Kind {
	switch {
	case strings.HasPrefix(saleID, "iv_"):
		return trade.KindInvoice
	case strings.HasPrefix(saleID, "or_"), meaning == "":
		return trade.KindOrder
	}
	return meaning
}
