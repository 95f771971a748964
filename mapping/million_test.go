package mapping_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

var orders = flag.Int("mapping.orders", 20_000, "how many orders TestMillionOrders sends through both arithmetics")

var at = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// Amounts are carried up to so many minor units, and below so many major ones: beyond, a JSON number as most programs read it does
// not tell hundredths apart.
const (
	bound      = int64(1) << 53
	majorBound = int64(1) << 46
)

// sample is of how many orders that are issued one goes through the client to the sandbox's books as well.
const sample = 40

// TestMillionOrders sends believable orders through Decide, each with the numbers of one way in which Orderspace may round. What
// Decide would issue must be to the penny what Space Invoices makes of it by an arithmetic of its own, by either reading of "half
// up"; and what it holds must differ, or be what Space Invoices cannot hold: the lock is neither too loose nor too tight.
//
// Invariant 7.
func TestMillionOrders(t *testing.T) {
	const workers = 2
	all, failures := make([]tally, workers), make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			all[w] = newTally()
			var books *inMemory
			for i := w; i < *orders && failures[w] == nil; i += workers {
				if books == nil || books.orders == 200 { // small ones stay fast
					books, failures[w] = newBooks()
				}
				if failures[w] == nil {
					failures[w] = all[w].judge(i, books)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range failures {
		require.NoError(t, err)
	}
	sum := newTally()
	for _, one := range all {
		sum.merge(one)
	}
	t.Log("\n" + sum.table())
	require.Zero(t, sum.difference, "minor units")
	require.Equal(t, *orders, sum.all())
	require.Positive(t, sum.sampled)
	for _, house := range houses {
		require.Positive(t, sum.by[house.name]["issued"], house.name)
		require.Positive(t, sum.by[house.name][mapping.HoldPennyLock], house.name)
	}
}

// judge draws one order and holds Decide to what the independent arithmetic says of it.
func (y *tally) judge(i int, books *inMemory) error {
	r := rand.New(rand.NewPCG(7, uint64(i)))
	b, from := drawBasket(r), houses[i/2%len(houses)]
	said := from.reckon(b)
	order := b.order(fmt.Sprintf("or_%d", i), said)
	d := decide(order)
	want := expected(b, said)
	got := "issued"
	if d.Hold != nil {
		got = d.Hold.Code
	}
	if got != want || d.Hold == nil && d.Action != mapping.ActIssue {
		return fmt.Errorf("order %d (%s, %s): %s %s, expected %s: %s\n%+v\n%+v", i, from.name, b.currency, d.Action, got, want, d.Reason, b.lines, said)
	}
	y.count(from.name, got)
	y.count("in "+b.currency, got)
	if got != "issued" {
		return nil
	}
	if i/12%sample == 0 {
		y.sampled++
		if err := books.invoice(d.Sale, order); err != nil {
			return fmt.Errorf("order %d (%s): %w", i, from.name, err)
		}
	}
	mine, _ := said.inHundredths(b.digits)
	theirs := issued(b, away)
	y.difference += int64(magnitude(mine.net-theirs.net)) + int64(magnitude(mine.gross-theirs.gross)) + int64(magnitude((mine.gross-mine.net)-(theirs.gross-theirs.net)))
	y.worth[b.currency] += mine.gross / 100
	return nil
}

// decide takes an order through the books: what is created is what is asked to be issued.
func decide(o trade.Order) mapping.Decision {
	policy := mapping.Policy{IssueOn: mapping.OnManual, Currencies: []string{"JPY", "KWD"}}
	facts := mapping.Facts{
		SaleID: o.ID, Order: &o, Customer: &trade.Customer{ID: "cu_1"}, Record: mapping.Known{ReadAt: at}, CustomerReadAt: at,
		FreshSince: at.Add(-time.Minute), Now: at, Command: mapping.Command{Issue: true},
	}
	d := mapping.Decide(policy, facts)
	if d.Action != mapping.ActCreate {
		return d
	}
	facts.Books = mapping.Books{OrderID: "ord_1", Status: trade.BooksPending, Written: d.Prints}
	return mapping.Decide(policy, facts)
}

// expected says what must become of an order. Of several faults the first names the hold: totals before lines.
func expected(b basket, said sums) string {
	mine, _ := said.inHundredths(b.digits)
	totals := []int64{said.net, said.gross}
	for _, line := range said.lines {
		totals = append(totals, line.net, line.tax)
	}
	for _, amount := range totals {
		switch {
		case amount > bound || amount/[]int64{1, 10, 100, 1000}[b.digits] >= majorBound:
			return mapping.HoldAmountTooLarge
		case b.digits == 3 && amount%10 != 0:
			return mapping.HoldCurrencyDecimals
		}
	}
	switch {
	case !said.addsUp():
		return mapping.HoldTotals
	case !mine.same(issued(b, away)) || !mine.same(issued(b, plus)):
		return mapping.HoldPennyLock
	default:
		return "issued"
	}
}

// tally counts what became of the orders.
type tally struct {
	by         map[string]map[string]int // way of rounding or currency -> issued or a hold's code
	worth      map[string]int64          // issued, in major units
	sampled    int                       // issued in the sandbox's books too
	difference int64                     // hundredths between what was issued and Orderspace's own numbers
}

func newTally() tally {
	return tally{by: map[string]map[string]int{}, worth: map[string]int64{}}
}

func (y *tally) count(row, what string) {
	if y.by[row] == nil {
		y.by[row] = map[string]int{}
	}
	y.by[row][what]++
}

func (y *tally) merge(o tally) {
	y.difference += o.difference
	y.sampled += o.sampled
	for row, counts := range o.by {
		for what, n := range counts {
			y.count(row, what)
			y.by[row][what] += n - 1
		}
	}
	for currency, worth := range o.worth {
		y.worth[currency] += worth
	}
}

// total counts the orders that ended in a way, or all of them for "".
func (y *tally) total(what string) (n int) {
	for _, house := range houses {
		for code, counted := range y.by[house.name] {
			if what == "" || what == code {
				n += counted
			}
		}
	}
	return n
}

func (y *tally) all() int { return y.total("") }

// table writes what became of the orders, by the way of rounding and by currency.
func (y *tally) table() string {
	codes := map[string]bool{}
	for _, counts := range y.by {
		for code := range counts {
			codes[code] = true
		}
	}
	delete(codes, "issued")
	columns := append([]string{"issued"}, slices.Sorted(maps.Keys(codes))...)
	var out strings.Builder
	line := func(name string, cell func(string) string) {
		fmt.Fprintf(&out, "%-34s", name)
		for _, column := range columns {
			fmt.Fprintf(&out, " %22s", cell(column))
		}
		out.WriteString("\n")
	}
	share := func(n, of int) string {
		hundredths := n * 10_000 / max(of, 1)
		return fmt.Sprintf("%d (%2d.%02d%%)", n, hundredths/100, hundredths%100)
	}
	line(fmt.Sprintf("%d orders", y.all()), func(column string) string { return column })
	for _, row := range slices.Sorted(maps.Keys(y.by)) {
		of := 0
		for _, n := range y.by[row] {
			of += n
		}
		line(row, func(column string) string { return share(y.by[row][column], of) })
	}
	line("all", func(column string) string { return share(y.total(column), y.all()) })
	for _, currency := range slices.Sorted(maps.Keys(y.worth)) {
		fmt.Fprintf(&out, "issued in %s: %d\n", currency, y.worth[currency])
	}
	fmt.Fprintf(&out, "issued in the sandbox's books too, and compared line by line: %d\n", y.sampled)
	fmt.Fprintf(&out, "unexplained difference among those issued: %d minor units\n", y.difference)
	return out.String()
}
