package mapping

import (
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// TestDecideOnAnyFacts asks of every decision, whatever the facts, what must hold of all of them.
func TestDecideOnAnyFacts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := drawPolicy(t)
		facts := drawFacts(t, policy)
		before := fmt.Sprintf("%+v %+v", facts, facts.Order)
		d := Decide(policy, facts)
		require.Equal(t, before, fmt.Sprintf("%+v %+v", facts, facts.Order), "the facts are not touched")
		require.Equal(t, d, Decide(policy, facts), "the same facts, the same decision")
		requireWellFormed(t, d)
		requireNothingPersonal(t, d)
		requireSound(t, policy, facts, d)
		if d.Action == ActIssue {
			requireMayIssue(t, facts, d)
		}
	})
}

// TestIssueImpliesTheLock draws sales on which nothing but the numbers can be wrong, and moves a penny in some of them.
func TestIssueImpliesTheLock(t *testing.T) {
	outcomes := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		order, customer := drawSale(t)
		for i := range order.Lines {
			order.Lines[i].OnHold = false
		}
		if rapid.Bool().Draw(t, "move a penny") {
			movePenny(t, &order)
		}
		facts := Facts{SaleID: order.ID, Order: &order, Customer: &customer, Record: Known{ReadAt: clock}, CustomerReadAt: clock, InvoicesReadAt: clock, Command: Command{Issue: true}}
		policy := Policy{IssueOn: OnManual, Currencies: []string{"JPY"}}
		facts.Books = Books{OrderID: "ord_1", Status: trade.BooksPending, Written: printsNow(policy, facts)}
		d := Decide(policy, facts)
		if d.Action != ActIssue {
			require.Equal(t, trade.StateHeld, d.State)
			outcomes[d.Hold.Code]++
			return
		}
		outcomes["issued"]++
		requireSale(t, d.Sale)
		requireLock(t, d.Sale)
		requireMayIssue(t, facts, d)
	})
	require.Positive(t, outcomes["issued"], outcomes)
	require.Positive(t, outcomes[HoldPennyLock], outcomes)
}

// movePenny moves one minor unit into a line, and in half of the cases into the totals as well, as another way of rounding
// would.
func movePenny(t *rapid.T, o *trade.Order) {
	currency, err := money.ParseCurrency(o.Currency)
	require.NoError(t, err)
	move := func(n *money.NullDecimal) {
		moved, err := n.Decimal.Add(currency.Decimal(1))
		require.NoError(t, err)
		n.Decimal = moved
	}
	line := &o.Lines[rapid.IntRange(0, len(o.Lines)-1).Draw(t, "where")]
	move(&line.TaxAmount)
	if rapid.Bool().Draw(t, "totals too") {
		move(&o.Gross)
	}
}

func requireWellFormed(t *rapid.T, d Decision) {
	require.True(t, slices.ContainsFunc(rules, func(r Rule) bool { return r.Name == d.Rule }), "rule %s", d.Rule)
	require.NotEmpty(t, d.Reason)
	require.NotContains(t, d.Reason, "%!")
	require.Equal(t, d.State == trade.StateHeld, d.Hold != nil)
	if d.Hold != nil {
		require.Equal(t, ActNone, d.Action)
		require.True(t, slices.ContainsFunc(holds, func(h HoldKind) bool { return h.Code == d.Hold.Code }), "hold %s", d.Hold.Code)
		require.NotEmpty(t, d.Hold.Reason)
		require.NotEmpty(t, d.Hold.Advice)
	}
	require.Contains(t, []trade.State{
		trade.StateWaiting, trade.StatePending, trade.StateIssued, trade.StateCancelled, trade.StateIgnored, trade.StateHeld,
	}, d.State)
}

// requireNothingPersonal upholds invariant 10: what is logged and shown names nobody.
func requireNothingPersonal(t *rapid.T, d Decision) {
	require.NotContains(t, d.Reason, secret)
	if d.Hold != nil {
		require.NotContains(t, d.Hold.Reason+d.Hold.Advice, secret)
	}
}

// requireSound asks what an action needs.
func requireSound(t *rapid.T, p Policy, f Facts, d Decision) {
	switch d.Action {
	case ActCreate:
		require.Equal(t, Books{}, f.Books, "nothing is created twice")
	case ActUpdate:
		if f.Books.Status != trade.BooksPending {
			require.Equal(t, trade.BooksInvoiced, f.Books.Status)
			require.Equal(t, EditReissue, p.OnEdit)
		}
	case ActCancel, ActIssue:
		require.Equal(t, trade.BooksPending, f.Books.Status)
	case ActReissue:
		require.Equal(t, trade.BooksInvoiced, f.Books.Status)
		require.Equal(t, EditReissue, p.OnEdit)
		require.NotEqual(t, f.Books.Issued.Money, d.Prints.Money, "only changed lines are issued again")
		require.Empty(t, differing(f.Books.Written, d.Prints), "what is issued again is what was written")
	case ActAnnotate:
		require.Equal(t, trade.BooksInvoiced, f.Books.Status)
		want := trade.Prints{Quiet: d.Prints.Quiet, Payment: d.Prints.Payment}
		if f.Books.Issued.Money == "" { // found in the books: the step compares the whole before it writes
			want = printsOf(d.Sale)
		}
		require.Equal(t, want, d.Prints)
	case ActSetPayment:
		require.Equal(t, trade.Prints{Payment: d.Prints.Payment}, d.Prints)
	}
	if d.Action.writes() && d.Action != ActCancel {
		require.NotNil(t, d.Sale)
		require.False(t, f.Record.ReadAt.IsZero(), "nothing is written on a webhook's word alone")
		requireSale(t, d.Sale)
		requireLock(t, d.Sale)
		require.Empty(t, f.Command.SkipReason)
		if f.Rejected != nil {
			require.NotEqual(t, string(d.Action), f.Rejected.Step)
		}
	}
}

// requireSale asks what Space Invoices takes, and that the parts make up the whole.
func requireSale(t *rapid.T, s *trade.Sale) {
	require.NotEmpty(t, s.Lines)
	require.LessOrEqual(t, len(s.Metadata), 50)
	for key, value := range s.Metadata {
		require.NotEmpty(t, value, key)
		require.LessOrEqual(t, length(value), limitMetadata, key)
		require.True(t, utf8.ValidString(value), key)
	}
	require.True(t, utf8.ValidString(s.Party.Name+s.Party.Notes))
	require.LessOrEqual(t, length(s.Party.Name), limitText)
	var net, tax, gross, shipping money.Amount
	for _, line := range s.Lines {
		require.NotEmpty(t, line.Name)
		require.True(t, line.Quantity.IsPos())
		require.Equal(t, line.Net+line.Tax, line.Gross)
		net, tax, gross = net+line.Net, tax+line.Tax, gross+line.Gross
		if line.Shipping {
			shipping += line.Net
		}
	}
	require.Equal(t, []money.Amount{s.Net, s.Tax, s.Gross, s.Shipping}, []money.Amount{net, tax, gross, shipping})
	require.GreaterOrEqual(t, s.Net, money.Amount(0))
	require.GreaterOrEqual(t, s.Gross, money.Amount(0))
}

// requireLock computes with fractions, apart from the code under test, what Space Invoices will put on the invoice.
// Invariant 7.
func requireLock(t *rapid.T, s *trade.Sale) {
	for _, away := range []bool{true, false} {
		net, gross := new(big.Int), new(big.Int)
		for _, line := range s.Lines {
			its := nearest(new(big.Rat).Mul(fraction(line.Quantity), fraction(line.UnitPrice)), away)
			tax := new(big.Int)
			if line.Taxed {
				tax = nearest(new(big.Rat).Mul(new(big.Rat).SetFrac(its, big.NewInt(100)), new(big.Rat).Quo(fraction(line.TaxRate), big.NewRat(100, 1))), away)
			}
			net.Add(net, its)
			gross.Add(gross, its).Add(gross, tax)
		}
		require.Equal(t, inHundredths(s, s.Net), net.Int64())
		require.Equal(t, inHundredths(s, s.Gross), gross.Int64())
	}
}

func nearest(exact *big.Rat, away bool) *big.Int {
	units := new(big.Rat).Mul(exact, big.NewRat(100, 1))
	half := big.NewRat(1, 2)
	if away && units.Sign() < 0 {
		units.Neg(units).Add(units, half)
		return new(big.Int).Neg(new(big.Int).Div(units.Num(), units.Denom()))
	}
	units.Add(units, half)
	return new(big.Int).Div(units.Num(), units.Denom())
}

func fraction(d money.Decimal) *big.Rat {
	r, _ := new(big.Rat).SetString(d.String())
	return r
}

func inHundredths(s *trade.Sale, a money.Amount) int64 {
	return nearest(fraction(s.Currency.Decimal(a)), true).Int64()
}

// requireMayIssue asks again, in other words, whether the step that cannot be undone was allowed.
func requireMayIssue(t *rapid.T, f Facts, d Decision) {
	require.NotEmpty(t, f.Books.OrderID)
	require.Empty(t, f.Books.DocumentID)
	require.Empty(t, differing(f.Books.Written, printsOf(d.Sale)), "what is issued is what was written")
	for _, read := range readsOf(f) {
		require.False(t, read.IsZero() || read.Before(f.FreshSince), "invariant 4")
	}
	require.False(t, f.Record.Gone || f.CustomerGone || f.Record.Fault != nil || f.CustomerFault != nil || len(f.InvoiceFaults) > 0)
	for _, line := range f.Order.Lines {
		require.False(t, line.OnHold && !line.Quantity.Decimal.IsZero())
	}
	invoices := slices.DeleteFunc(slices.Clone(f.Invoices), func(v trade.Invoice) bool { return v.Proforma })
	require.LessOrEqual(t, len(invoices), 1)
	for _, v := range invoices {
		require.Len(t, v.Orders, 1)
		require.True(t, v.Gross.Decimal.Equal(f.Order.Gross.Decimal))
	}
}

// readsOf are the reads that issuing rests on.
func readsOf(f Facts) []time.Time {
	reads := []time.Time{f.Record.ReadAt, f.CustomerReadAt}
	if len(f.Invoices) > 0 {
		reads = append(reads, f.InvoicesReadAt)
	}
	return reads
}

// TestSaleComesToRest obeys decisions as the worker does, against books that do as they are told: it must end, with at
// most one order created and at most one invoice issued, whatever the facts.
func TestSaleComesToRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := drawPolicy(t)
		facts := drawFacts(t, policy)
		facts.Rejected = nil
		done, read := map[Action]int{}, map[trade.Kind]int{}
		now := clock.Add(2 * time.Hour)
		order, customer := facts.Order, facts.Customer
		if order == nil {
			drawn, buyer := drawSale(t)
			order, customer = &drawn, &buyer
		}
		for range 12 {
			d := Decide(policy, facts)
			if d.Action == ActNone {
				require.LessOrEqual(t, done[ActCreate], 1)
				require.LessOrEqual(t, done[ActIssue], 1)
				require.LessOrEqual(t, done[ActReissue], 1)
				for kind, times := range read {
					require.LessOrEqual(t, times, 1, kind)
				}
				return
			}
			done[d.Action]++
			switch d.Action {
			case ActRead:
				read[d.Read[0].Kind]++
				switch d.Read[0].Kind {
				case trade.KindOrder:
					facts.Order, facts.Record.ReadAt = order, now
				case trade.KindInvoice:
					facts.InvoicesReadAt = now
				case trade.KindCustomer:
					facts.Customer, facts.CustomerReadAt = customer, now
					facts.CustomerGone = customer == nil
				}
			case ActCreate:
				facts.Books = Books{OrderID: "ord_new", Status: trade.BooksPending}
			case ActIssue, ActReissue:
				facts.Books.Status, facts.Books.DocumentID = trade.BooksInvoiced, "inv_new"
				facts.Books.Issued = d.Prints
			case ActCancel:
				facts.Books.Status = trade.BooksCancelled
			}
			merge(&facts.Books.Written, d.Prints)
			if d.Action == ActAnnotate && d.Prints.Money != "" {
				facts.Books.Issued = d.Prints // compared
			}
		}
		t.Fatalf("no rest: %v", done)
	})
}

// merge does as the ledger: empty parts keep the old.
func merge(written *trade.Prints, p trade.Prints) {
	for _, part := range []struct{ to, from *string }{
		{&written.Money, &p.Money}, {&written.Identity, &p.Identity}, {&written.Quiet, &p.Quiet}, {&written.Payment, &p.Payment},
	} {
		if *part.from != "" {
			*part.to = *part.from
		}
	}
}
