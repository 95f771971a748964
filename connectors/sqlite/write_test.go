package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// act is one call of a method that writes. arrange, if there is one, makes what it needs.
type act struct {
	name    string
	arrange func(t *testing.T, l *Ledger)
	do      func(ctx context.Context, l *Ledger) error
}

// acts are all writes of a ledger, each on a sale of its own where it needs one, with texts that fill pages.
func acts() []act {
	wide := strings.Repeat("x", maxText)
	sent := func(t *testing.T, l *Ledger) { t.Helper(); claim(t, l, claimOf("or_1", "create", "a")) }
	unknown := func(t *testing.T, l *Ledger) {
		t.Helper()
		finish(t, l, claim(t, l, claimOf("or_1", "create", "a")), Outcome{State: EffectUnknown})
	}
	strays := func(t *testing.T, l *Ledger) {
		t.Helper()
		finish(t, l, claim(t, l, claimOf("or_1", "create", "a")), Outcome{State: EffectPlanned, StraysDue: strayDate})
	}
	problem := func(t *testing.T, l *Ledger) {
		t.Helper()
		require.NoError(t, l.SetProblem(t.Context(), Problem{Connection: acme, Code: "gone_soon", Message: wide}))
	}
	heard := func(t *testing.T, l *Ledger) {
		t.Helper()
		require.NoError(t, l.Tally(t.Context(), acme, map[string]int{"requests/sweep": 1}))
	}
	subscribed := func(t *testing.T, l *Ledger) {
		t.Helper()
		require.NoError(t, l.KeepSubscription(t.Context(), acme, trade.Subscription{ID: "wh_1", SigningKey: "k"}, l.now()))
	}
	return []act{
		{"claim_effect", nil, func(ctx context.Context, l *Ledger) error {
			_, err := l.ClaimEffect(ctx, claimOf("or_1", "create", "a"))
			return err
		}},
		{"finish_effect", sent, func(ctx context.Context, l *Ledger) error {
			return l.FinishEffect(ctx, 1, "a", Outcome{State: EffectDone, BooksOrderID: "ord_1", Detail: wide})
		}},
		{"note_lookup", unknown, func(ctx context.Context, l *Ledger) error { return l.NoteLookup(ctx, 1, 1, wide) }},
		{"recover", sent, func(ctx context.Context, l *Ledger) error { _, err := l.Recover(ctx); return err }},
		{"command", unknown, func(ctx context.Context, l *Ledger) error {
			return l.Command(ctx, acme, "or_1", CommandRetry, wide, "ann")
		}},
		{"record_decision", nil, func(ctx context.Context, l *Ledger) error {
			return l.RecordDecision(ctx, Decided{
				Connection: acme, SaleID: "or_1", DirtySeq: 1, Settled: true, State: trade.StateHeld, Rule: "r",
				Hold: &trade.Hold{Code: "tax", Reason: wide, Advice: wide, Detail: strings.Repeat(wide+"\n", 9)},
			})
		}},
		{"adopt_books", nil, func(ctx context.Context, l *Ledger) error {
			return l.AdoptBooks(ctx, Adoption{Connection: acme, SaleID: "or_1", BooksOrderID: "ord_1", Why: wide})
		}},
		{"set_issue_from", nil, func(ctx context.Context, l *Ledger) error {
			return l.SetIssueFrom(ctx, acme, trade.KindInvoice)
		}},
		{"mark_dirty", nil, func(ctx context.Context, l *Ledger) error { return l.MarkDirty(ctx, acme, "or_1") }},
		{"clear_strays", strays, func(ctx context.Context, l *Ledger) error {
			return l.ClearStrays(ctx, acme, "or_1", strayDate)
		}},
		{"note_strays", nil, func(ctx context.Context, l *Ledger) error {
			return l.NoteStrays(ctx, acme, "or_1", strayDate)
		}},
		{"save_records", nil, func(ctx context.Context, l *Ledger) error {
			long := order("or_2", "new")
			long.Body = []byte(`{"id":"or_2","note":"` + strings.Repeat("y", 20_000) + `"}`)
			_, err := l.SaveRecords(ctx, acme, Reading{Source: trade.SourceList, At: l.now()}, []Saved{{Record: long, Sales: []string{"or_2"}}})
			return err
		}},
		{"mark_gone", nil, func(ctx context.Context, l *Ledger) error {
			return l.MarkGone(ctx, acme, Reading{Source: trade.SourceGet, At: l.now().Add(time.Second)}, trade.KindOrder, "or_1", []string{"or_1"})
		}},
		{"advance_cursor", nil, func(ctx context.Context, l *Ledger) error {
			return l.AdvanceCursor(ctx, acme, "orders", wide)
		}},
		{"set_problem", nil, func(ctx context.Context, l *Ledger) error {
			return l.SetProblem(ctx, Problem{Connection: acme, Code: "p", Message: wide, Advice: wide})
		}},
		{"clear_problem", problem, func(ctx context.Context, l *Ledger) error {
			return l.ClearProblem(ctx, acme, "gone_soon")
		}},
		{"receive", nil, func(ctx context.Context, l *Ledger) error {
			_, err := l.Receive(ctx, []Delivery{{
				Connection: acme, Hash: wide, Events: 2, Unreadable: 1, Body: []byte(strings.Repeat("z", 20_000)),
				Told: []Told{{Kind: trade.KindOrder, ID: "or_1", Status: wide}},
			}})
			return err
		}},
		{"prune_inbox", heard, func(ctx context.Context, l *Ledger) error {
			_, err := l.PruneInbox(ctx, l.now().Add(time.Hour))
			return err
		}},
		{"tally", nil, func(ctx context.Context, l *Ledger) error {
			return l.Tally(ctx, acme, map[string]int{wide: 1, "requests/sweep": 2})
		}},
		{"keep_subscription", nil, func(ctx context.Context, l *Ledger) error {
			return l.KeepSubscription(ctx, acme, trade.Subscription{ID: "wh_1", SigningKey: "k", Events: []string{wide}}, l.now())
		}},
		{"retire_subscription", subscribed, func(ctx context.Context, l *Ledger) error {
			return l.RetireSubscription(ctx, acme, "wh_1", l.now())
		}},
		{"intend_subscription", nil, func(ctx context.Context, l *Ledger) error {
			return l.IntendSubscription(ctx, acme, wide)
		}},
	}
}

var strayDate = newClock().at.Add(10 * time.Minute)

// ready gives a ledger in which an act can be carried out once.
func (a act) ready(t *testing.T, o Options) *Ledger {
	t.Helper()
	if o.Path == "" {
		o.Path = filepath.Join(t.TempDir(), "ledger.db")
	}
	o.Now = newClock().now
	l, err := Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	plant(t, l, "or_1")
	if a.arrange != nil {
		a.arrange(t, l)
	}
	return l
}

// dump is everything that the ledger holds, for comparing before and after.
func dump(t *testing.T, l *Ledger) map[string][]map[string]any {
	t.Helper()
	var tables []string
	require.NoError(t, l.reader.Select(&tables, `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`))
	all := map[string][]map[string]any{}
	for _, table := range tables {
		rows, err := l.reader.Queryx(`SELECT * FROM ` + table)
		require.NoError(t, err)
		defer func() { require.NoError(t, rows.Close()) }()
		for rows.Next() {
			row := map[string]any{}
			require.NoError(t, rows.MapScan(row))
			all[table] = append(all[table], row)
		}
		require.NoError(t, rows.Err())
	}
	return all
}

// probe fails, in one way or another, at one point.
type probe struct {
	mu    sync.Mutex
	point string
	fail  func() error
	seen  []string
}

func (p *probe) reach(point string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, point)
	if point != p.point {
		return nil
	}
	return p.fail()
}

var errProbe = errors.New("dies here")

// deaths are the ways in which a probe, standing for the process, can end.
var deaths = map[string]func() error{
	"error": func() error { return errProbe },
	"panic": func() error { panic(errProbe) },
	"exit":  func() error { runtime.Goexit(); return nil },
}

// outlive carries something out on a goroutine of its own, however that ends.
func outlive(do func() error) (err error, ended bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = recover() }()
		err = do()
		ended = true
	}()
	<-done
	return err, ended
}

func TestEveryWriteCanDieAtItsProbes(t *testing.T) {
	notRacing(t)
	for _, a := range acts() {
		for how, fail := range deaths {
			t.Run(a.name+"/"+how, func(t *testing.T) {
				before := &probe{point: "before " + a.name, fail: fail}
				l := a.ready(t, Options{})
				l.probe = before.reach
				old := dump(t, l)
				// A transaction that stays open makes the next one wait for ever.
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				err, ended := outlive(func() error { return a.do(ctx, l) })
				require.Equal(t, how == "error", ended)
				if ended {
					require.ErrorIs(t, err, errProbe)
				}
				require.Equal(t, []string{"before " + a.name}, before.seen)
				require.Equal(t, old, dump(t, l), "nothing is written")

				l.probe = (&probe{point: "after " + a.name, fail: fail}).reach
				_, ended = outlive(func() error { return a.do(ctx, l) })
				require.Equal(t, how == "error", ended)
				require.NotEqual(t, old, dump(t, l), "all is written")
				l.probe = nil
				require.NoError(t, l.MarkDirty(ctx, acme, "or_1"), "the only writer is free")
				require.NoError(t, l.VerifyJournal(t.Context()))
			})
		}
	}
}

// The first start can die in its migration, before and after the commit; the next start finds nothing or all of it.
func TestAMigrationCanDieAtItsProbes(t *testing.T) {
	for _, point := range []string{"before migrate", "after migrate"} {
		for how, fail := range deaths {
			t.Run(point+"/"+how, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "ledger.db")
				err, ended := outlive(func() error {
					_, err := Open(t.Context(), Options{Path: path, Probe: (&probe{point: point, fail: fail}).reach})
					return err
				})
				require.Equal(t, how == "error", ended)
				if ended {
					require.ErrorIs(t, err, errProbe)
				}
				version, err := inspect(t.Context(), path)
				require.NoError(t, err)
				require.Equal(t, point == "after migrate", version == latest(embedded))
				l := reopen(t, path, newClock())
				plant(t, l, "or_1")
				intact(t, l)
			})
		}
	}
}

// A new method that writes cannot be forgotten: the names in the code are the names tried.
func TestEveryWriteIsTried(t *testing.T) {
	tried := map[string]bool{"migrate": true} // tried above
	for _, a := range acts() {
		tried[a.name] = true
	}
	require.ElementsMatch(t, writeNames(t), sortedKeys(tried))
}
