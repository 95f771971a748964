package command

import (
	"context"
	"strings"
	"time"

	"spacebridge/connectors/orderspace"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// taxUseDays is how far back check counts the sales of a tax rate.
const taxUseDays = 90

// taxUse is how many sales used a tax.
type taxUse struct {
	rate  trade.TaxRate // as the site lists it, or as lines give it; no id and no name where they give a percent alone
	sales int
}

// taxUses counts sales by tax.
type taxUses struct {
	listed []trade.TaxRate
	uses   map[string]*taxUse // by taxKey of the rate
	order  []string           // keys of taxes that the site does not list, as they were met
}

func newTaxUses(listed []trade.TaxRate) *taxUses {
	u := &taxUses{listed: listed, uses: map[string]*taxUse{}}
	for _, rate := range listed {
		u.uses[taxKey(rate)] = &taxUse{rate: rate}
	}
	return u
}

// taxKey tells taxes apart: by id, and without one by name and percent.
func taxKey(rate trade.TaxRate) string {
	if rate.ID != "" {
		return rate.ID
	}
	return " " + strings.ToLower(strings.TrimSpace(rate.Name)) + " " + money.Plain(rate.Rate)
}

// of gives the rate that a line names. A line without a tax has none.
func (u *taxUses) of(line trade.OrderLine) (trade.TaxRate, bool) {
	id, name := strings.TrimSpace(line.TaxRateID), strings.TrimSpace(line.TaxName)
	if id == "" && name == "" && line.TaxRate.Decimal.IsZero() && line.TaxAmount.Decimal.IsZero() {
		return trade.TaxRate{}, false
	}
	for _, rate := range u.listed {
		if id != "" && id == rate.ID {
			return rate, true
		}
		if id == "" && name != "" && strings.EqualFold(name, strings.TrimSpace(rate.Name)) && rate.Rate.Equal(line.TaxRate.Decimal) {
			return rate, true
		}
	}
	return trade.TaxRate{ID: id, Name: name, Rate: line.TaxRate.Decimal}, true
}

// count adds a sale once to each tax of its lines.
func (u *taxUses) count(lines []trade.OrderLine) {
	seen := map[string]bool{}
	for _, line := range lines {
		rate, taxed := u.of(line)
		key := taxKey(rate)
		if !taxed || seen[key] {
			continue
		}
		seen[key] = true
		if u.uses[key] == nil {
			u.uses[key] = &taxUse{rate: rate}
			u.order = append(u.order, key)
		}
		u.uses[key].sales++
	}
}

// read counts the sales of a connection since a time that are neither ignored nor cancelled, by what the ledger last read of
// them. A record that cannot be read is left out: its sale is held and shown as such.
func (u *taxUses) read(ctx context.Context, ledger *sqlite.Ledger, connection string, since time.Time) error {
	sales, err := ledger.Sales(ctx, sqlite.SaleFilter{Connection: connection})
	if err != nil {
		return err
	}
	for _, sale := range sales {
		if sale.Created.Before(since) || sale.State == trade.StateIgnored || sale.State == trade.StateCancelled {
			continue
		}
		lines, err := soldLines(ctx, ledger, sale)
		if err != nil {
			return err
		}
		u.count(lines)
	}
	return nil
}

// soldLines are the lines of a sale, in the terms of an order.
func soldLines(ctx context.Context, ledger *sqlite.Ledger, sale sqlite.Sale) ([]trade.OrderLine, error) {
	snapshot, found, err := ledger.Latest(ctx, sale.Connection, sale.Kind, sale.ID)
	if err != nil || !found || snapshot.Body == nil {
		return nil, err
	}
	if sale.Kind != trade.KindInvoice {
		return orderLines(snapshot.Body), nil
	}
	invoice, err := orderspace.Decoder{}.Invoice(snapshot.Body)
	if err != nil {
		return nil, nil //nolint:nilerr // its sale is held for it
	}
	var ordered []trade.OrderLine
	for _, id := range invoice.Orders {
		order, found, err := ledger.Latest(ctx, sale.Connection, trade.KindOrder, id)
		if err != nil {
			return nil, err
		}
		if found && order.Body != nil {
			ordered = append(ordered, orderLines(order.Body)...)
		}
	}
	lines := make([]trade.OrderLine, 0, len(invoice.Lines))
	for _, line := range invoice.Lines {
		lines = append(lines, billed(line, ordered))
	}
	return lines, nil
}

func orderLines(body []byte) []trade.OrderLine {
	order, err := orderspace.Decoder{}.Order(body)
	if err != nil {
		return nil
	}
	return order.Lines
}

// billed gives a line of an invoice the name of its tax, which stands at the line of the order that it bills only: found by its
// id, or as the only line that says the same at the same price.
func billed(line trade.InvoiceLine, ordered []trade.OrderLine) trade.OrderLine {
	out := trade.OrderLine{TaxRate: line.TaxRate, TaxAmount: line.TaxAmount}
	var found []trade.OrderLine
	for _, one := range ordered {
		same := one.ID == line.OrderLineID
		if line.OrderLineID == "" {
			same = one.SKU == line.SKU && one.Name == line.Name && one.Options == line.Options && one.UnitPrice.Decimal.Equal(line.UnitPrice.Decimal)
		}
		if same && one.TaxRate.Decimal.Equal(line.TaxRate.Decimal) {
			found = append(found, one)
		}
	}
	if len(found) == 1 {
		out.TaxRateID, out.TaxName = found[0].TaxRateID, found[0].TaxName
	}
	return out
}
