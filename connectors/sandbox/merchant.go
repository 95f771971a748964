package sandbox

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
)

// Merchant is a wholesale business that goes on in a shop. The same seed on the same shop with the same calls gives the
// same business. Its methods are safe for concurrent use.
type Merchant struct {
	shop   *shop.Shop
	honest bool
	ways   []life // of invoicing, beyond one invoice for one order (WithInvoices)

	mu       sync.Mutex
	rng      *rand.Rand
	goods    *catalogue
	standing []string // templates
	journeys []*journey
	planted  map[string]string
	sown     int // deliberately broken orders so far
	placed   int
	steps    int
	room     int            // unfinished orders from which on the merchant rather finishes than takes more
	second   *afterthoughts // nil: what is done is done
}

// MerchantOption changes a Merchant.
type MerchantOption func(*Merchant)

// WithoutBroken leaves the deliberately broken orders out: everything the merchant does can be invoiced.
func WithoutBroken() MerchantOption { return func(m *Merchant) { m.honest = true } }

// NewMerchant opens a business in an empty shop. Customers and products come with the first order.
func NewMerchant(s *shop.Shop, seed uint64, options ...MerchantOption) *Merchant {
	m := &Merchant{shop: s, rng: rand.New(rand.NewPCG(seed, 0x5bace)), planted: map[string]string{}} //nolint:gosec // repeatable on purpose
	for _, option := range options {
		option(m)
	}
	if m.second != nil {
		m.second.rng = rand.New(rand.NewPCG(seed, 0xaf7e2)) //nolint:gosec // repeatable on purpose
	}
	return m
}

// Event is one thing that happened in the shop.
type Event struct {
	At      time.Time
	Kind    string // placed, edited, released, hold_released, dispatched, proforma, invoiced, credited, part_paid, paid, cancelled, deleted, or an Afterthought
	OrderID string // "" where an afterthought is about no order
	Number  int64
	Text    string // in words, without personal data
}

// Planted tells the orders that were broken on purpose, by id, and the hold each deserves: no_lines, unknown_currency,
// currency_decimals, negative_total, totals_do_not_add_up, penny_lock or split_invoice.
func (m *Merchant) Planted() map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.planted)
}

// History plants a past: so many orders between two times, in every stage of life, with what has happened to them since.
// No webhook is sent for it.
func (m *Merchant) History(from, to time.Time, orders int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shop.MuteWebhooks(true)
	defer m.shop.MuteWebhooks(false)
	m.furnish(from)
	if err := m.openStanding(from); err != nil {
		return err
	}
	plan := m.planHistory(orders)
	step := to.Sub(from) / time.Duration(max(orders, 1))
	pace := min(to.Sub(from)/12, 60*time.Hour)
	var past []deed
	for n := range orders {
		at := from.Add(time.Duration(n)*step + m.within(step))
		j, err := m.begin(at, plan[n])
		if err != nil {
			return fmt.Errorf("plant order %d of %d: %w", n+1, orders, err)
		}
		past = append(past, m.agenda(j, at, to, pace, plan[n].stop)...)
	}
	slices.SortStableFunc(past, func(a, b deed) int { return a.at.Compare(b.at) })
	for _, d := range past {
		if _, err := m.advance(d.journey, d.at); err != nil {
			return fmt.Errorf("plant the past of order %d: %w", d.journey.number, err)
		}
	}
	m.room = len(m.open()) + busy/2 // whatever the past has left open, the day begins with new orders
	return nil
}

// deed is the next action of a journey, at its time.
type deed struct {
	at      time.Time
	journey *journey
}

// agenda times the actions of an order that lie in the past: as many as are due by then or, with stop, exactly so many.
func (m *Merchant) agenda(j *journey, created, to time.Time, pace time.Duration, stop int) []deed {
	var out []deed
	at := created
	for n := range len(j.todo) {
		if stop >= 0 {
			if n >= stop {
				break
			}
			at = created.Add(to.Sub(created) / time.Duration(stop+2) * time.Duration(n+1))
		} else {
			at = at.Add(pace/8 + m.within(pace))
			if at.After(to) {
				break
			}
		}
		out = append(out, deed{at: at, journey: j})
	}
	return out
}

const (
	// busy is how many unfinished orders a merchant without a past gladly has.
	busy = 40
	// changeOfMind is how many steps lie between two cancellations that do not wait for their turn.
	changeOfMind = 15
)

// Step does one live thing: a new order, or the next thing in the life of one that is under way.
func (m *Merchant) Step(now time.Time) (Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.furnish(now)
	m.steps++
	if event, ok, err := m.rethink(now); ok || err != nil {
		return event, err
	}
	for {
		open := m.open()
		j := m.regretted(open)
		if j == nil && (len(open) == 0 || (len(open) < max(busy, m.room) && m.chance(35))) {
			j, err := m.begin(now, m.nextPlan())
			if err != nil {
				return Event{}, fmt.Errorf("place order: %w", err)
			}
			return j.event(now, "placed", j.about), nil
		}
		if j == nil {
			// The smaller of two draws: older orders come to their end sooner.
			j = open[min(m.rng.IntN(len(open)), m.rng.IntN(len(open)))]
		}
		event, err := m.advance(j, now)
		if err == nil {
			return event, nil
		}
		if refused(err) {
			// Somebody else changed the order; the merchant lets go of it.
			j.todo = nil
			continue
		}
		return Event{}, err
	}
}

// regretted is, now and then, a young order of which nothing has come yet and whose buyer does not want it any more. A long
// past would otherwise hide the few that are cancelled. Nil for none.
func (m *Merchant) regretted(open []*journey) *journey {
	if m.steps%changeOfMind != 0 {
		return nil
	}
	for _, j := range slices.Backward(open) {
		if !j.begun && !j.broken && j.todo[0] != doDelete {
			j.todo = []action{doCancel}
			return j
		}
	}
	return nil
}

// refused tells an action that the shop does not allow from one that went wrong.
func refused(err error) bool {
	var invalid *shop.InvalidError
	var missing *shop.NotFoundError
	return errors.As(err, &invalid) || errors.As(err, &missing)
}

// open lists the journeys that go on, oldest first, and forgets the others.
func (m *Merchant) open() []*journey {
	m.journeys = slices.DeleteFunc(m.journeys, func(j *journey) bool { return len(j.todo) == 0 })
	return m.journeys
}

func (m *Merchant) furnish(at time.Time) {
	if m.goods == nil {
		goods := furnish(m.shop, at)
		m.goods = &goods
	}
}

// chance is true so many times in a hundred.
func (m *Merchant) chance(percent int) bool { return m.rng.IntN(100) < percent }

// within is a random part of a duration.
func (m *Merchant) within(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return time.Duration(m.rng.Int64N(int64(d))).Truncate(time.Second)
}

// times multiplies prices and quantities, which are far below what a Decimal holds.
func times(a, b money.Decimal) money.Decimal {
	out, err := a.Mul(b)
	if err != nil {
		return money.Zero
	}
	return out
}
