package worker_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/config"
	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/books"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
	"spacebridge/worker"
	"spacebridge/worker/embedded"
)

// fast is a limit that no test reaches; how limits are kept is tested where they are kept.
const fast = 60_000

// patience bounds every wait for the whole process; it is long because race-enabled machines are slow.
const patience = 3 * time.Minute

// client is a person's browser or script.
var client = &http.Client{Timeout: patience}

// house is both vendors, a configuration, and a daemon that can be started and stopped on the same data.
type house struct {
	t        *testing.T
	sandbox  *sandbox.Sandbox
	merchant *sandbox.Merchant
	config   *config.Config
	since    time.Time
	log      *safeBuffer
	now      func() time.Time // the daemon's clock; nil: the real one
	info     worker.Info
	broken   string        // an order that was spoilt on purpose by the test
	swallow  atomic.Bool   // the next request to issue an invoice is to get lost on its way
	lost     chan struct{} // it did
	lossy    lossyWay
	earlier  map[string]int // sale to how often ledgers that were lost since may have sent the create of its order
	strays   int            // pending orders that were left to a later look when the world was at rest
	stop     context.CancelFunc
	stopped  chan error
}

// safeBuffer collects the log of a running daemon.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func newHouse(t *testing.T, seed uint64, changes ...func(*house, *sandbox.Options)) *house {
	t.Helper()
	now := time.Now().UTC()
	h := &house{t: t, log: &safeBuffer{}, lost: make(chan struct{}, 1), since: now.AddDate(0, 0, -31).Truncate(24 * time.Hour)}
	options := sandbox.Options{
		Seed: seed, Shop: shop.Options{RequestsPerMinute: fast}, Books: books.Options{RequestsPerMinute: fast}, WrapBooks: h.wayToBooks,
	}
	for _, change := range changes {
		change(h, &options)
	}
	var err error
	h.sandbox, err = sandbox.Start(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.sandbox.Close()) })
	h.merchant = sandbox.NewMerchant(h.sandbox.Shop, seed)
	h.config = h.configure(t.TempDir())
	return h
}

// wayToBooks is where requests to the books can get lost: they leave, do not arrive, and no answer comes.
func (h *house) wayToBooks(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/process") || !h.swallow.CompareAndSwap(true, false) {
			h.lossy.serve(w, r, next)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice that the client is gone
		h.lost <- struct{}{}
		<-r.Context().Done()
	})
}

// configure makes the daemon's configuration for this sandbox.
func (h *house) configure(dir string) *config.Config {
	c := config.Default()
	c.DataDir = filepath.Join(dir, "data")
	c.HTTP.AdminListen, c.Temporal.Listen, c.Temporal.UIListen = "127.0.0.1:0", "127.0.0.1:0", ""
	connection := config.DefaultConnection()
	connection.Name = "acme"
	connection.Since = config.Date{Year: h.since.Year(), Month: h.since.Month(), Day: h.since.Day()}
	o, b := &connection.Orderspace, &connection.SpaceInvoices
	o.APIURL, o.TokenURL = h.sandbox.OrderspaceURL, h.sandbox.TokenURL
	o.ClientID, o.ClientSecret = h.sandbox.ClientID, config.NewSecret(h.sandbox.ClientSecret)
	o.RequestsPerMinute, o.PollInterval, o.SweepInterval = fast, time.Second, 2*time.Second
	if racing {
		o.PollInterval, o.SweepInterval = 5*time.Second, 10*time.Second
	}
	b.APIURL, b.APIKey, b.EntityID = h.sandbox.SpaceInvoicesURL, config.NewSecret(h.sandbox.APIKey), h.sandbox.EntityID
	b.RequestsPerMinute, b.SettleWindow = fast, 2*time.Second
	b.OrderIntegrationID = h.sandbox.Books.AddIntegration("Orderspace").ID
	connection.Policy.TimeZone = "UTC"
	connection.Policy.Currencies = []string{"JPY"}
	c.Connections = []config.Connection{connection}
	return c
}

func (h *house) connection() *config.Connection { return &h.config.Connections[0] }

// start runs the daemon in this process until halt.
func (h *house) start() {
	h.t.Helper()
	ctx, cancel := context.WithCancel(h.t.Context())
	ready := make(chan worker.Info, 1)
	h.stop, h.stopped = cancel, make(chan error, 1)
	go func() {
		h.stopped <- worker.Run(ctx, worker.Options{
			Config: h.config, Version: "test", Embedded: startEmbedded, Now: h.now,
			Logger: slog.New(slog.NewJSONHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			Ready:  func(info worker.Info) { ready <- info },
		})
	}()
	select {
	case h.info = <-ready:
	case err := <-h.stopped:
		h.t.Fatalf("the daemon did not start: %v", err)
	case <-time.After(patience):
		h.t.Fatal("the daemon does not get ready")
	}
}

// halt stops the daemon as SIGTERM does, and waits for it.
func (h *house) halt() {
	h.t.Helper()
	h.stop()
	require.NoError(h.t, <-h.stopped)
}

func startEmbedded(ctx context.Context, o worker.EmbeddedOptions) (worker.EmbeddedServer, error) {
	server, err := embedded.Start(ctx, embedded.Options{
		DBPath: o.DBPath, Listen: o.Listen, UIListen: o.UIListen, Namespace: o.Namespace, SearchAttributes: o.SearchAttributes, Logger: o.Logger,
	})
	if err != nil {
		return nil, err
	}
	return server, nil
}

// ledger opens the ledger for looking.
func (h *house) ledger() *sqlite.Ledger {
	h.t.Helper()
	ledger, err := sqlite.OpenReadOnly(h.t.Context(), h.config.LedgerPath())
	require.NoError(h.t, err)
	return ledger
}

// sale reads one sale of the ledger.
func (h *house) sale(id string) sqlite.Sale {
	h.t.Helper()
	ledger := h.ledger()
	defer ledger.Close()
	sale, _, err := ledger.Sale(h.t.Context(), "acme", id)
	require.NoError(h.t, err)
	return sale
}

// audit compares the shop with the books.
func (h *house) audit() sandbox.Report {
	h.t.Helper()
	ledger := h.ledger()
	defer ledger.Close()
	held, err := ledger.Sales(h.t.Context(), sqlite.SaleFilter{Connection: "acme", State: trade.StateHeld})
	require.NoError(h.t, err)
	holds := map[string]string{}
	for _, sale := range held {
		holds[sale.ID] = sale.Hold.Code
	}
	return sandbox.Audit(h.sandbox.Shop, h.sandbox.Books, sandbox.AuditOptions{
		Since: h.since, Trigger: h.connection().Policy.IssueOn, Held: holds, Planted: h.merchant.Planted(),
	})
}

// eventually waits for a condition of the whole process.
func (h *house) eventually(what string, condition func() bool) {
	h.t.Helper()
	deadline := time.Now().Add(patience)
	for !condition() {
		if time.Now().After(deadline) {
			h.t.Fatalf("%s: not within %s\n%s\nlog:\n%s", what, patience, h.audit(), tail(h.log.String(), 2500))
		}
		time.Sleep(betweenLooks) // between two looks at the condition
	}
}

// exact waits until the books are exact.
func (h *house) exact() {
	h.t.Helper()
	h.eventually("the books are exact", func() bool { return h.audit().OK() })
}

func tail(text string, n int) string {
	if len(text) > n {
		return text[len(text)-n:]
	}
	return text
}

// get reads one page of the admin listener.
func (h *house) get(path string) string {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.info.AdminURL+path, nil)
	require.NoError(h.t, err)
	response, err := client.Do(request)
	require.NoError(h.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(h.t, err)
	require.Equal(h.t, http.StatusOK, response.StatusCode, string(body))
	return string(body)
}

// sideBySide lets more tests run at once than there are processors, for they wait more than they compute; the race detector
// turns that round. What the command line says counts more.
func sideBySide() error {
	const name, few = "test.parallel", 4
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	if given || racing || runtime.GOMAXPROCS(0) >= few {
		return nil
	}
	return flag.Set(name, strconv.Itoa(few))
}

func TestMain(m *testing.M) {
	if len(os.Args) >= 3 {
		switch os.Args[1] {
		case daemonWord:
			os.Exit(daemonMain(os.Args[2], os.Args[3:]))
		case lockerWord:
			os.Exit(lockerMain(os.Args[2]))
		}
	}
	flag.Parse()
	if err := sideBySide(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
