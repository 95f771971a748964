package activities_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/mapping"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// The model of this file edits one order at random, loses replies and ends processes in the middle of their steps. In the end
// the books hold one live invoice, of what the order says then, and a document for no more than each change that was seen.

// crash is how a process ends in the middle of a request.
type crash struct{ step string }

// chained is one random life of a sale.
type chained struct {
	*bench

	rand  *rand.Rand
	n     int    // pieces that the order has in the shop
	alive bool   // and whether it lives there
	seen  int    // pieces when it was last read
	moves int    // times that a read brought another number of pieces
	mood  string // of the next write
	late  []func()
	due   time.Time // when the last of them lands
	log   []string
}

func (c *chained) note(format string, args ...any) {
	c.log = append(c.log, fmt.Sprintf(format, args...))
}

// newChained makes a life whose writes end as its mood says.
func newChained(t *testing.T, seed uint64) *chained {
	t.Helper()
	c := &chained{bench: newBench(t, mapping.OnCreated), rand: rand.New(rand.NewPCG(seed, 5)), n: 2, alive: true, seen: 2}
	c.govern(func(k *activities.Connection) {
		issuesAgain(k)
		if seed%2 == 1 {
			k.Policy.IssueOn = mapping.OnManual // so that it may end before it is issued
		}
	})
	c.shop.now = func() time.Time { return c.clock }
	c.books.tried = func(step string) {
		c.note("  %s (%s)", step, c.mood)
		if c.mood == "crash before" {
			c.mood = ""
			panic(crash{step})
		}
	}
	c.books.answered = func(step string) {
		if c.mood == "crash after" {
			c.mood = ""
			panic(crash{step})
		}
	}
	c.books.late = func(step string, land func()) bool {
		final := step == "issue" || step == "reissue"
		if c.mood != "late" || !final {
			return false
		}
		c.mood = ""
		c.late, c.due = append(c.late, land), c.clock.Add(time.Duration(c.rand.IntN(14))*time.Minute)
		return true
	}
	c.books.fail = func(step string) (bool, error) {
		mood := c.mood
		switch mood {
		case "lost before", "lost after":
			c.mood = ""
			return mood == "lost after", errReplyLost
		case "not sent":
			c.mood = ""
			return false, errNotSent
		case "conflict after": // of what can be seen; a refused update is believed
			if mapping.Action(step) == mapping.ActUpdate {
				return true, nil
			}
			c.mood = ""
			return true, errConflict
		default:
			return true, nil
		}
	}
	return c
}

// body puts the order into the shop as it is now.
func (c *chained) body() {
	c.shop.records[theOrder] = orderBody(func(o map[string]any) {
		pieces(c.n)(o)
		if !c.alive {
			cancelled(o)
		}
	})
}

// look reads the shop.
func (c *chained) look() {
	c.readAll()
	c.noteSeen()
}

// noteSeen counts a change when the ledger has come to know of it.
func (c *chained) noteSeen() {
	if c.n != c.seen {
		c.seen = c.n
		c.moves++
	}
}

// once does the one thing that the plan asks for. The process may end by it.
func (c *chained) once() (settled bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, ours := r.(crash); !ours {
				panic(r)
			}
			c.note("  restart")
			c.restart(mapping.OnCreated)
			settled = false
		}
	}()
	if len(c.late) > 0 && !c.clock.Before(c.due) {
		c.note("  lands")
		land := c.late[0]
		c.late = c.late[1:]
		land()
	}
	plan, result := c.step()
	c.note("  %s %s %s", plan.Action, plan.Rule, result.Outcome)
	switch {
	case plan.Resolve:
		result, err := c.ResolveEffect(c.t.Context(), c.in())
		require.NoError(c.t, err)
		c.clock = c.clock.Add(min(result.Wait, time.Minute))
	case plan.Action == mapping.ActRead:
		c.noteSeen()
	}
	c.clock = c.clock.Add(time.Second)
	return plan.Settled
}

// act is one thing that the world does.
func (c *chained) act() {
	switch c.rand.IntN(10) {
	case 0, 1, 2:
		c.n = 1 + c.rand.IntN(4)
		c.note("edit to %d", c.n)
		c.body()
	case 3:
		c.alive = !c.alive
		c.note("alive: %v", c.alive)
		c.body()
	case 4, 5:
		c.note("look")
		c.look()
	case 6:
		c.clock = c.clock.Add(time.Duration(c.rand.IntN(20)) * time.Minute)
	case 7, 8:
		moods := []string{"lost before", "lost after", "crash before", "crash after", "not sent", "conflict after", "late"}
		c.mood = moods[c.rand.IntN(len(moods))]
	default:
		c.say([]string{"retry", "issue"}[c.rand.IntN(2)], "")
	}
	for range c.rand.IntN(5) {
		c.clock = c.clock.Add(time.Second)
		c.once()
	}
}

// end lets everything come to rest, with the order alive.
func (c *chained) end() {
	c.mood, c.alive = "", true
	c.body()
	c.clock = c.clock.Add(time.Minute)
	c.look()
	c.say("issue", "")
	for range 400 {
		if c.once() && len(c.late) == 0 && c.clock.After(c.due) {
			if c.sale().Hold == nil {
				return
			}
			c.note("retry")
			c.say("retry", "")
		}
	}
	c.t.Fatalf("the sale does not come to rest:\n%s", c.log)
}

// check compares the books and the ledger with the order.
func (c *chained) check() {
	require.Equal(c.t, trade.StateIssued, c.sale().State)
	var live []trade.BooksOrder
	for _, order := range c.books.orders {
		if order.Status != trade.BooksCancelled {
			live = append(live, order)
		}
	}
	require.Len(c.t, live, 1, "orders that stand")
	require.Equal(c.t, live[0].ID, c.sale().BooksOrderID)
	require.Equal(c.t, money.Amount(600*c.n), c.books.made[live[0].DocumentID].Gross, "the live invoice")
	require.Equal(c.t, money.Amount(600*c.n), c.books.says[live[0].ID].Gross, "the order behind it")
	c.requireChain(c.books.chain...)
	require.LessOrEqual(c.t, len(c.books.chain)-1, c.moves, "reissues, of changes that were seen")
}

var lives = flag.Uint64("lives", 20, "random lives of a sale")

func TestAnyLifeEndsInOneInvoiceOfTheTruth(t *testing.T) {
	reissued, anew := 0, 0
	for seed := range *lives {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			c := newChained(t, seed)
			defer func() {
				if t.Failed() {
					for _, line := range c.log {
						t.Log(line)
					}
				}
			}()
			c.look()
			for range 25 {
				c.act()
			}
			c.end()
			c.check()
			reissued += len(c.books.chain) - 1
			if len(c.books.orders) > 1 {
				anew++
			}
		})
	}
	if *lives >= 20 {
		require.Greater(t, reissued, 10, "the model gets as far as this")
		require.Positive(t, anew)
	}
}
