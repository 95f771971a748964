package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/config"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
	"spacebridge/worker"
)

// noon is when the commands of the tests run; the ledger was filled the hour before.
var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// result is what a command did.
type result struct {
	code   int
	stdout string
	stderr string
}

// bench runs commands on a configuration in a folder of its own.
type bench struct {
	dir   string
	app   *app
	stdin string
}

func newBench(t *testing.T, names ...string) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir()}
	b.app = &app{build: Build{Name: "spacebridge", Version: "1.2.3", Embedded: noServer}, nudge: deaf{}, now: func() time.Time { return noon }}
	if len(names) > 0 {
		c := config.Default()
		c.DataDir = "./data"
		for _, name := range names {
			connection := config.DefaultConnection()
			connection.Name = name
			connection.Since = config.Date{Year: 2026, Month: time.January, Day: 1}
			connection.Orderspace.ClientID = name + "-id"
			connection.Orderspace.ClientSecret = config.NewSecret("shop-secret")
			connection.SpaceInvoices.APIKey = config.NewSecret("books-secret")
			connection.SpaceInvoices.EntityID = "ent_1"
			connection.SpaceInvoices.OrderIntegrationID = "oint_" + name
			c.Connections = append(c.Connections, connection)
		}
		require.NoError(t, writeConfig(b.path("spacebridge.yaml"), c))
	}
	return b
}

// noServer stands for the server that the program links; no test of this package runs it.
func noServer(context.Context, worker.EmbeddedOptions) (worker.EmbeddedServer, error) {
	return nil, errors.New("no server in tests")
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// run runs a command line as the program does.
func (b *bench) run(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args = append([]string{"-c", b.path("spacebridge.yaml")}, args...)
	code := Execute(t.Context(), b.app.root(), args, strings.NewReader(b.stdin), &stdout, &stderr)
	return result{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

// deaf is a daemon that is not there.
type deaf struct{}

func (deaf) Nudge(context.Context, *config.Config, sqlite.Sale) error { return os.ErrDeadlineExceeded }

// ears is a daemon that is there.
type ears struct{ heard []string }

func (e *ears) Nudge(_ context.Context, _ *config.Config, sale sqlite.Sale) error {
	e.heard = append(e.heard, sale.Connection+"/"+sale.ID)
	return nil
}

// clerk fills a ledger through its own methods, at times of the tests' choice.
type clerk struct {
	t      *testing.T
	ledger *sqlite.Ledger
	at     time.Time
}

func (b *bench) clerk(t *testing.T) *clerk {
	t.Helper()
	k := &clerk{t: t, at: noon.Add(-time.Hour)}
	ledger, err := sqlite.Open(t.Context(), sqlite.Options{Path: b.path("data/ledger.db"), Now: func() time.Time { return k.at }})
	require.NoError(t, err)
	t.Cleanup(func() { _ = ledger.Close() })
	k.ledger = ledger
	return k
}

// order files an order, which makes its sale.
func (k *clerk) order(connection, id, number string) {
	k.t.Helper()
	record := trade.Record{
		Kind: trade.KindOrder, ID: id, Number: number, Status: trade.StatusNew, Created: k.at.Add(-24 * time.Hour),
		Body: json.RawMessage(`{"id":"` + id + `"}`),
	}
	_, err := k.ledger.SaveRecords(k.t.Context(), connection, sqlite.Reading{Source: trade.SourceList, At: k.at}, []sqlite.Saved{{Record: record, Sales: []string{id}}})
	require.NoError(k.t, err)
}

// decide takes a decision a second later.
func (k *clerk) decide(d sqlite.Decided) {
	k.t.Helper()
	k.at = k.at.Add(time.Second)
	sale, found, err := k.ledger.Sale(k.t.Context(), d.Connection, d.SaleID)
	require.NoError(k.t, err)
	require.True(k.t, found)
	d.DirtySeq = sale.DirtySeq
	require.NoError(k.t, k.ledger.RecordDecision(k.t.Context(), d))
}

// step carries out a step of a sale, with whatever outcome.
func (k *clerk) step(connection, sale, step string, outcome sqlite.Outcome) {
	k.t.Helper()
	k.at = k.at.Add(time.Second)
	effect, err := k.ledger.ClaimEffect(k.t.Context(), sqlite.Claim{
		Connection: connection, SaleID: sale, Step: step, BodyHash: "body", Owner: "test", Lease: time.Minute, Scope: "ent_1",
	})
	require.NoError(k.t, err)
	k.at = k.at.Add(time.Second)
	require.NoError(k.t, k.ledger.FinishEffect(k.t.Context(), effect.ID, "test", outcome))
}

// month fills a ledger with a sale in every state.
func (k *clerk) month(connection string) {
	k.t.Helper()
	gross := func(id string, minor money.Amount) sqlite.Decided {
		return sqlite.Decided{
			Connection: connection, SaleID: id, Settled: true, Currency: "GBP", Digits: 2, Gross: minor, HasGross: true,
			SnapshotHash: strings.Repeat("a", 64),
		}
	}
	k.order(connection, "or_issued", "1001")
	d := gross("or_issued", 36610)
	d.State, d.Rule, d.Reason, d.Settled = trade.StateWaiting, "books.create", "the order is not in the books yet", false
	k.decide(d)
	k.step(connection, "or_issued", "create", sqlite.Outcome{State: sqlite.EffectDone, Status: 201, BooksOrderID: "ord_1", BooksStatus: trade.BooksPending})
	d.State, d.Rule, d.Reason = trade.StatePending, "issue.ready", "all lines are invoiced in Orderspace"
	k.decide(d)
	k.step(connection, "or_issued", sqlite.StepIssue, sqlite.Outcome{
		State: sqlite.EffectDone, Status: 200, Detail: "found by looking", BooksOrderID: "ord_1", BooksDocumentID: "inv_1", BooksStatus: trade.BooksInvoiced,
	})
	d.State, d.Rule, d.Reason, d.Settled = trade.StateIssued, "done", "nothing is left to do", true
	k.decide(d)

	k.order(connection, "or_held", "1002")
	d = gross("or_held", 12000)
	d.State, d.Rule, d.Reason = trade.StateHeld, "penny_lock", "the totals differ"
	d.Hold = &trade.Hold{
		Code:   "penny_lock",
		Reason: "Orderspace says 120.00 GBP and Space Invoices would compute 120.01 GBP: line 2 has 20.01 of tax instead of 20.00",
		Advice: "Correct the line in Orderspace, or skip the sale and invoice it by hand",
	}
	k.decide(d)

	k.order(connection, "or_pending", "1003")
	d = gross("or_pending", 5)
	d.State, d.Rule, d.Reason = trade.StatePending, "trigger", "waits until all lines are invoiced"
	k.decide(d)

	k.order(connection, "or_skipped", "1004")
	d = gross("or_skipped", 900)
	d.State, d.Rule, d.Reason = trade.StateIgnored, "skipped", "skipped by an operator"
	k.decide(d)

	k.order(connection, "or_new", "1005")
	require.NoError(k.t, k.ledger.AdvanceCursor(k.t.Context(), connection, "orders_created", "2026-03-02T11:00:00Z"))
}

// golden compares text with a file of testdata; UPDATE_GOLDEN=1 writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.MkdirAll("testdata", 0o750))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
