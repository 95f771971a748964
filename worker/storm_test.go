package worker_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"io"
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/shop"
)

var (
	stormRate   = flag.Int("storm.rate", 20, "deliveries a second that TestStormSurvivesAKill sends")
	stormFor    = flag.Duration("storm.for", 3*time.Second, "how long the daemon is there to take them; while it is away they are sent as well, and fail")
	stormEvents = flag.Int("storm.events", 50, "events in each delivery")
	stormOrders = flag.Int("storm.orders", 0, "orders in the shop that they are about; 0 stands for 15, and for 500 in a storm of more than 1,000 deliveries")
	stormReport = flag.String("storm.report", "", "file that TestStormSurvivesAKill writes its figures to, as JSON")
)

const (
	// mostMemory bounds the resident memory of a daemon in a storm, with Temporal's server in it.
	mostMemory = 400 // MiB
	// strangeOrders are what a storm's events name that the shop does not have, one in so many.
	strangeOrders = 10
	// forgedRate is how many deliveries a second come beside the others that nobody's key has signed.
	forgedRate = 5
	// drainPatience bounds the wait for what a storm has told of. Many orders that lists show as they were known are looked
	// at again minutes later, when no list can be late any more; 20 are read one by one at once.
	drainPatience = 10 * time.Minute
)

// ordersOfStorm is how many orders of the shop a storm is about.
func ordersOfStorm(deliveries int) int {
	switch {
	case *stormOrders > 0:
		return *stormOrders
	case deliveries > 1000:
		return 500
	default:
		return 15
	}
}

// TestStormSurvivesAKill: a daemon is killed in the middle of a storm of webhooks and started again. What it answered 200,
// before and after, is in its ledger, and every record that it named is to be looked at or was; what it refused is not.
func TestStormSurvivesAKill(t *testing.T) {
	notRacing(t)
	t.Parallel()
	s := newStorming(t)
	s.figures.LoadBefore = load()
	going := s.begin()
	process := s.daemon(func() bool { return s.good.count() >= s.wanted/2 })
	s.figures.note(t, process)
	process.kill(t)
	killed := time.Now()
	acknowledged := s.good.all()
	s.kept("after the kill", acknowledged)
	s.figures.BeforeKill = len(acknowledged)

	process = s.daemon(func() bool {
		if s.figures.AwayMS == 0 && s.good.count() > len(acknowledged) {
			s.figures.AwayMS = time.Since(killed).Milliseconds()
		}
		return s.good.count() >= s.wanted
	})
	report := going()
	s.figures.LoadAfter = load()
	s.drained()
	s.exact()
	s.figures.note(t, process)
	process.stop(t)
	s.kept("at the end", s.good.all())
	s.judge(report)
	s.sound()
	t.Log(s.figures.table(report))
	s.figures.write(t, report)
}

// storming is a house, a storm, and what came of it.
type storming struct {
	*house
	good, forged *tap
	storm        sandbox.Storm
	ids          []string // of the orders that it is about
	wanted       int      // acknowledgements
	figures      stormFigures
}

// newStorming has a daemon bring a past into the books, and subscribe.
func newStorming(t *testing.T) *storming {
	t.Helper()
	s := &storming{good: newTap(), forged: newTap(), wanted: int(int64(*stormRate) * int64(*stormFor) / int64(time.Second))}
	s.house = newHouse(t, 84, func(_ *house, o *sandbox.Options) { o.Shop.AllowHTTPWebhooks = true })
	s.wantWebhooks()
	s.connection().Orderspace.PollInterval, s.connection().Orderspace.SweepInterval = time.Hour, 24*time.Hour
	s.plantOne()
	for range ordersOfStorm(s.wanted) { // a storm's events call every order new; where that is wrong it takes longer to find one
		if s.ids = append(s.ids, s.orderAgain().ID); len(s.ids)%strangeOrders == 0 {
			s.ids = append(s.ids, "or_strange"+strconv.Itoa(len(s.ids)))
		}
	}
	var hook shop.Webhook
	process := s.daemon(func() bool { hook = s.hook(""); return s.hasLedger() && s.audit().OK() })
	process.stop(t)
	s.storm = sandbox.Storm{
		URL: hook.Endpoint, Key: hook.SigningKey, Rate: *stormRate, Events: *stormEvents, For: patience, IDs: s.ids, Transport: s.good,
	}
	s.figures.Rate, s.figures.Events, s.figures.Orders = *stormRate, *stormEvents, len(s.storm.IDs)
	return s
}

// daemon starts a daemon as a process of its own, and waits for something that must come while it runs.
func (s *storming) daemon(until func() bool) *daemon {
	s.t.Helper()
	s.log = &safeBuffer{}
	d := &daemon{ended: make(chan error, 1), log: s.log}
	d.Cmd = s.spawn()
	go func() { d.ended <- d.Wait() }()
	s.eventually("what this daemon is for", until)
	return d
}

// drained waits until everything that the storm has told of was looked at.
func (s *storming) drained() {
	s.t.Helper()
	over := time.Now()
	for s.inbox().Waiting > 0 {
		if time.Since(over) > drainPatience {
			s.t.Fatalf("%d records wait %s after the storm\n%s", s.inbox().Waiting, drainPatience, tail(s.log.String(), 2500))
		}
		time.Sleep(betweenLooks) // between two looks
	}
	s.figures.DrainMS = time.Since(over).Milliseconds()
	admin := regexp.MustCompile(` admin=(\S+)`).FindStringSubmatch(s.log.String())
	require.Len(s.t, admin, 2)
	s.info.AdminURL = admin[1]
	turns := regexp.MustCompile(`(?m)^spacebridge_vendor_turns_total\{vendor="orderspace",work="inbox"\} (\d+)$`).FindStringSubmatch(s.get("/metrics"))
	require.Len(s.t, turns, 2)
	s.figures.Requests, _ = strconv.Atoi(turns[1])
}

// begin lets the storm loose, with forged deliveries beside it. It goes on whatever becomes of the daemon, until end is called.
func (s *storming) begin() (end func() *sandbox.StormReport) {
	s.t.Helper()
	forged := s.storm
	forged.Key, forged.Rate, forged.IDs, forged.Transport = "wrong", forgedRate, []string{"or_forged1", "or_forged2"}, s.forged
	ctx, cancel := context.WithCancel(s.t.Context())
	var report *sandbox.StormReport
	var failed, alsoFailed error
	var both sync.WaitGroup
	both.Go(func() { report, failed = s.storm.Run(ctx) })
	both.Go(func() { _, alsoFailed = forged.Run(ctx) })
	end = func() *sandbox.StormReport {
		cancel()
		both.Wait()
		require.NoError(s.t, failed)
		require.NoError(s.t, alsoFailed)
		return report
	}
	s.t.Cleanup(func() { cancel(); both.Wait() })
	return end
}

// tap is the way of deliveries, which notes how each is answered.
type tap struct {
	next     *http.Transport
	accepted atomic.Int64

	mu     sync.Mutex
	taken  map[int]string      // answered 200: number of the delivery to the hash of its body
	others map[string]struct{} // answered otherwise: hashes
}

func newTap() *tap {
	return &tap{next: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}, taken: map[int]string{}, others: map[string]struct{}{}}
}

// RoundTrip sends one delivery.
func (p *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	sending := r.Clone(r.Context())
	sending.Body = io.NopCloser(bytes.NewReader(body))
	reply, err := p.next.RoundTrip(sending)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	p.mu.Lock()
	defer p.mu.Unlock()
	if reply.StatusCode != http.StatusOK {
		p.others[hash] = struct{}{}
		return reply, nil
	}
	p.taken[numberOf(body)] = hash
	p.accepted.Add(1)
	return reply, nil
}

// numberOf reads which delivery of a storm a body is of the stamp in its first event.
func numberOf(body []byte) int {
	const before, digits = `"reference":"`, 12
	at := bytes.Index(body, []byte(before)) + len(before)
	event, err := strconv.Atoi(string(body[at : at+digits]))
	if err != nil {
		return -1
	}
	return event / *stormEvents
}

func (p *tap) count() int { return int(p.accepted.Load()) }

// all gives what was answered 200 by now.
func (p *tap) all() map[int]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.taken)
}
