package simulation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"spacebridge/config"
	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/books"
	"spacebridge/connectors/sandbox/faults"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/connectors/sqlite"
)

// World is everything that a seed decides, alive.
type World struct {
	Seed    uint64
	profile profile
	dir     string
	since   time.Time
	ctx     context.Context
	cancel  context.CancelFunc

	sites    []*site
	network  *faults.Network
	config   *config.Config
	plans    []*faults.Plan
	couriers []*faults.Deliveries // of the sites, in their order; none without webhooks
	acked    acked
	temporal *temporalServer
	trace    *trace
	counts   *Counts
	limits   *limits
	writes   writes
	healed   atomic.Bool
	skew     atomic.Int64 // nanoseconds that the daemon's clock is off
	disk     atomic.Int64
	living   sync.WaitGroup // merchants, operators, accidents

	mu         sync.Mutex
	process    *process
	processes  int
	failures   []string
	points     map[string]int
	doom       func(*process)                 // chooses where a process will die
	committed  func(p *process, point string) // is told of every point that a write to the ledger passes; nil for nobody
	afterwards func()                         // what happens between the last business and the healing; nil for nothing
	successor  bool                           // whoever dies has a successor at once
	copied     string                         // path of the last copy of the ledger
	accident   chan struct{}                  // one at a time
}

// site is one merchant: a shop, books, and the business.
type site struct {
	name        string
	letter      string
	shop        *shop.Shop
	books       *books.Books
	merchant    *sandbox.Merchant
	integration string
}

func (s *site) shopHost() string     { return "shop-" + s.letter + ".test" }
func (s *site) identityHost() string { return "identity-" + s.letter + ".test" }
func (s *site) booksHost() string    { return "books-" + s.letter + ".test" }

// newWorld makes the world of a seed in a directory; nothing happens in it yet. It must be called within a synctest bubble.
func newWorld(seed uint64, p profile, dir string) *World {
	w := &World{
		Seed: seed, profile: p, dir: dir, temporal: newTemporalServer(), trace: newTrace(), counts: &Counts{Seeds: 1, Days: p.Days},
		points: map[string]int{}, accident: make(chan struct{}, 1), since: time.Now().Truncate(24 * time.Hour),
	}
	w.writes.reset()
	w.ctx, w.cancel = context.WithCancel(context.Background())
	w.limits = &limits{allowed: map[string]int{}, account: map[string]string{}, times: map[string][]time.Time{}, closed: map[string]closed{}, died: map[int]time.Time{}, forgetful: p.BadDisk > 0}
	hosts := map[string]faults.Host{}
	for n := range p.Sites {
		s := &site{name: "site" + string(rune('a'+n)), letter: string(rune('a' + n))}
		options := p.Shop
		if p.Receiver {
			options.WebhookTransport = w.courier(s)
		}
		s.shop, s.books = shop.New(options), books.New(p.Books)
		if p.Receiver {
			if _, err := s.shop.Subscribe("https://someone-else.test/hook", shop.EventTypes()...); err != nil {
				panic(err) // a mistake of ours
			}
		}
		s.merchant = sandbox.NewMerchant(s.shop, seed+uint64(n)*7919, p.merchant()...)
		s.integration = s.books.AddIntegration("Orderspace").ID
		w.sites = append(w.sites, s)
		toShop, toBooks := w.plan(s, "shop"), w.plan(s, "books")
		hosts[s.shopHost()] = faults.Host{Handler: s.shop.APIHandler(), Plan: toShop, Latency: 40 * time.Millisecond}
		hosts[s.identityHost()] = faults.Host{Handler: s.shop.IdentityHandler(), Latency: 40 * time.Millisecond}
		hosts[s.booksHost()] = faults.Host{Handler: s.books.Handler(), Plan: toBooks, Latency: 30 * time.Millisecond}
		w.limits.allowed[s.shopHost()], w.limits.allowed[s.booksHost()] = 60, p.Books.RequestsPerMinute
		w.limits.account[s.identityHost()] = s.shopHost()
	}
	w.network = faults.NewNetwork(hosts)
	w.config = w.configure()
	return w
}

// plan makes the faults on the way to one vendor.
func (w *World) plan(s *site, vendor string) *faults.Plan {
	p := &faults.Plan{Seed: w.number("plan", s.name, vendor), PerMille: map[faults.Kind]int{}}
	kinds := faults.Kinds()
	if len(w.profile.FaultKinds) > 0 {
		kinds = nil
		for _, kind := range w.profile.FaultKinds {
			kinds = append(kinds, faults.Kind(kind))
		}
	}
	spread := func(perMille int) map[faults.Kind]int {
		rates := map[faults.Kind]int{}
		for _, kind := range kinds {
			rates[kind] = perMille / len(kinds)
		}
		for extra := perMille % len(kinds); extra > 0; extra-- {
			rates[kinds[int(w.number("extra", vendor, extra)%uint64(len(kinds)))]]++ //nolint:gosec // an index
		}
		return rates
	}
	p.PerMille = spread(w.profile.FaultPerMille)
	p.Writes = spread(max(w.profile.FaultPerMille, w.profile.WriteFaults))
	p.OnFault = func(e faults.Event) { w.trace.notef("fault", "%s: %s %s %s", vendor, e.Kind, e.Method, e.Path) }
	if vendor == "shop" {
		p.Revoke = s.shop.RevokeTokens
		p.Move = func() { w.business(s) }
	}
	w.plans = append(w.plans, p)
	return p
}

// now is the daemon's clock, which may be wrong.
func (w *World) now() time.Time { return time.Now().Add(time.Duration(w.skew.Load())) }

// fail notes that something must not have happened.
func (w *World) fail(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.trace.note("WRONG", text)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failures = append(w.failures, text)
}

// hit counts a named point.
func (w *World) hit(point string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.points[point]++
}

// current is the process that lives, nil between two.
func (w *World) current() *process {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.process
}

// business does one thing in a shop.
func (w *World) business(s *site) {
	if w.healed.Load() {
		return
	}
	e, err := s.merchant.Step(time.Now())
	if err != nil {
		w.fail("the merchant of %s cannot go on: %v", s.name, err)
		return
	}
	w.trace.notef("merchant", "%s %s %s %s", s.name, e.OrderID, e.Kind, e.Text)
}

// badDisk fails a commit now and then, as a full disk or a locked file does.
func (w *World) badDisk(point string) error {
	if w.profile.BadDisk == 0 || w.healed.Load() || !strings.HasPrefix(point, "before ") {
		return nil
	}
	n := w.disk.Add(1)
	if !w.draw(w.profile.BadDisk, "disk", point, n) {
		return nil
	}
	w.counts.count(&w.counts.DiskFaults)
	if n%2 == 0 {
		w.trace.notef("world", "disk full %s", point)
		return errors.New("database or disk is full (simulated)")
	}
	w.trace.notef("world", "file locked %s", point)
	return errors.New("database is locked (simulated)")
}

// regularly does something at random times with a mean distance, until the world is healed. 0: never.
func (w *World) regularly(mean time.Duration, what string, do func(rng *rand.Rand)) {
	if mean == 0 {
		return
	}
	rng := rand.New(rand.NewPCG(w.number("regularly", what), 1)) //nolint:gosec // repeatable on purpose
	w.living.Go(func() {
		for {
			timer := time.NewTimer(mean/10 + time.Duration(rng.Int64N(int64(2*mean))))
			select {
			case <-timer.C:
			case <-w.ctx.Done():
				timer.Stop()
			}
			if w.healed.Load() || w.ctx.Err() != nil {
				return
			}
			do(rng)
		}
	})
}

// configure writes the configuration that an operator would.
func (w *World) configure() *config.Config {
	c := config.Default()
	c.DataDir = w.dir
	for _, site := range w.sites {
		one := config.DefaultConnection()
		one.Name = site.name
		one.Since = config.Date{Year: w.since.Year(), Month: w.since.Month(), Day: w.since.Day()}
		id, secret := site.shop.Credentials()
		one.Orderspace.APIURL, one.Orderspace.TokenURL = "http://"+site.shopHost()+"/v1", "http://"+site.identityHost()+"/oauth/token"
		one.Orderspace.ClientID, one.Orderspace.ClientSecret = id, config.NewSecret(secret)
		books := &one.SpaceInvoices
		books.APIURL, books.APIKey, books.EntityID = "http://"+site.booksHost(), config.NewSecret(site.books.APIKey()), site.books.EntityID()
		books.OrderIntegrationID, books.RequestsPerMinute, books.SettleWindow = site.integration, w.profile.Books.RequestsPerMinute, w.profile.SettleWindow
		if w.profile.Receiver {
			one.Orderspace.WebhookURL = site.endpoint()
		}
		one.Orderspace.PollInterval, one.Orderspace.SweepInterval = w.profile.Poll, w.profile.Sweep
		one.Policy.IssueOn, one.Policy.TimeZone, one.Policy.Currencies = string(w.profile.Trigger), "UTC", []string{"JPY"}
		for _, set := range []struct {
			to   *string
			what string
		}{{&one.Policy.IssueFrom, w.profile.From}, {&one.Policy.OnEdit, w.profile.OnEdit}, {&one.Policy.Preorder, w.profile.Preorder}} {
			if set.what != "" {
				*set.to = set.what
			}
		}
		if w.profile.Policy != nil {
			w.profile.Policy(&one.Policy)
		}
		c.Connections = append(c.Connections, one)
	}
	return c
}

// look opens the ledger as a command beside the daemon does.
func (w *World) look() (*sqlite.Ledger, error) {
	return sqlite.OpenReadOnly(context.Background(), w.config.LedgerPath())
}
