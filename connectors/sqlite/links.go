package sqlite

import (
	"context"
	"fmt"
	"slices"

	"spacebridge/mapping/trade"
)

// relink makes the links of a record those of its current version. A sale that the record no longer names, such as an
// order taken off an invoice, changes by that as much as one that it names now.
func (f *filing) relink(ctx context.Context, record trade.Record, since int64) error {
	before, err := f.links(ctx, record)
	if err != nil {
		return err
	}
	for _, ref := range before {
		if slices.Contains(record.Refs, ref) {
			continue
		}
		if err := f.unlink(ctx, record, ref, since); err != nil {
			return err
		}
	}
	for _, ref := range record.Refs {
		if ref.ID == "" || slices.Contains(before, ref) {
			continue
		}
		_, err := f.tx.ExecContext(ctx,
			`INSERT INTO links (connection, from_kind, from_id, to_kind, to_id) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			f.connection, string(record.Kind), record.ID, string(ref.Kind), ref.ID)
		if err != nil {
			return fmt.Errorf("link %s %s: %w", record.Kind, record.ID, err)
		}
	}
	return nil
}

func (f *filing) links(ctx context.Context, record trade.Record) ([]trade.Ref, error) {
	var rows []struct {
		Kind string `db:"to_kind"`
		ID   string `db:"to_id"`
	}
	err := f.tx.SelectContext(ctx, &rows,
		`SELECT to_kind, to_id FROM links WHERE connection = ? AND from_kind = ? AND from_id = ?`,
		f.connection, string(record.Kind), record.ID)
	if err != nil {
		return nil, fmt.Errorf("read links of %s %s: %w", record.Kind, record.ID, err)
	}
	refs := make([]trade.Ref, 0, len(rows))
	for _, row := range rows {
		refs = append(refs, trade.Ref{Kind: trade.Kind(row.Kind), ID: row.ID})
	}
	return refs, nil
}

func (f *filing) unlink(ctx context.Context, record trade.Record, ref trade.Ref, since int64) error {
	_, err := f.tx.ExecContext(ctx,
		`DELETE FROM links WHERE connection = ? AND from_kind = ? AND from_id = ? AND to_kind = ? AND to_id = ?`,
		f.connection, string(record.Kind), record.ID, string(ref.Kind), ref.ID)
	if err != nil {
		return fmt.Errorf("unlink %s %s: %w", record.Kind, record.ID, err)
	}
	if err := f.outdate(ctx, record.Kind, ref); err != nil {
		return err
	}
	return f.wake(ctx, ref, since)
}

// wake marks the sale of what a record named, if there is one, and those made of an invoice that names the same order.
func (f *filing) wake(ctx context.Context, ref trade.Ref, since int64) error {
	if ref.Kind == trade.KindCustomer {
		return nil
	}
	var sale bool
	err := f.tx.GetContext(ctx, &sale, `SELECT EXISTS (SELECT 1 FROM sales WHERE connection = ? AND id = ?)`,
		f.connection, ref.ID)
	if err != nil {
		return fmt.Errorf("find sale %s: %w", ref.ID, err)
	}
	if sale {
		f.touch(ref.ID, since)
	}
	return f.wakeInvoices(ctx, ordersOf(ref.Kind, ref.ID, nil), since)
}

// ordersOf gives the orders that a record is about: an order is about itself.
func ordersOf(kind trade.Kind, id string, refs []trade.Ref) []string {
	if kind == trade.KindOrder {
		return []string{id}
	}
	var orders []string
	for _, ref := range refs {
		if ref.Kind == trade.KindOrder && ref.ID != "" {
			orders = append(orders, ref.ID)
		}
	}
	return orders
}

const salesOfInvoices = `
SELECT s.id FROM links k JOIN sales s ON s.connection = k.connection AND s.id = k.from_id AND s.kind = 'invoice'
WHERE k.connection = ? AND k.to_kind = 'order' AND k.to_id = ? AND k.from_kind = 'invoice'`

// wakeInvoices marks the sales made of an invoice that names one of some orders. What such a sale is judged by is on the
// order, on its dispatches and on its other invoices as well, and who reads those cannot know all invoices of the order.
func (f *filing) wakeInvoices(ctx context.Context, orders []string, since int64) error {
	if len(orders) == 0 {
		return nil
	}
	if !f.askedInvoices {
		err := f.tx.GetContext(ctx, &f.anyInvoices,
			`SELECT EXISTS (SELECT 1 FROM sales INDEXED BY sales_of_invoices WHERE connection = ? AND kind = 'invoice')`, f.connection)
		if err != nil {
			return fmt.Errorf("look for sales made of invoices: %w", err)
		}
		f.askedInvoices = true // those made by this transaction are marked anyway
	}
	for _, order := range orders {
		if !f.anyInvoices {
			return nil
		}
		var sales []string
		if err := f.tx.SelectContext(ctx, &sales, salesOfInvoices, f.connection, order); err != nil {
			return fmt.Errorf("find sales of invoices of order %s: %w", order, err)
		}
		for _, sale := range sales {
			f.touch(sale, since)
		}
	}
	return nil
}
