package faults

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// post is a receiver and the way to it.
type post struct {
	t      *testing.T
	plan   *Deliveries
	client *http.Client
	url    string

	mu      sync.Mutex
	status  int // what the receiver answers; 0: 200
	arrived []string
	times   []time.Duration // since the beginning
	start   time.Time
}

func (p *post) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.arrived, p.times = append(p.arrived, string(body)), append(p.times, time.Since(p.start))
	if p.status != 0 {
		w.WriteHeader(p.status)
	}
	if r.Header.Get("X-Orderspace-Signature") != "s" || r.ContentLength != int64(len(body)) {
		w.WriteHeader(http.StatusTeapot)
	}
}

func (p *post) log() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.arrived...)
}

// send delivers a body as the shop does and gives what the sender sees: a status or an error.
func (p *post) send(body string) (int, error) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, p.url, strings.NewReader(body))
	require.NoError(p.t, err)
	r.Header.Set("X-Orderspace-Signature", "s")
	reply, err := p.client.Do(r)
	if err != nil {
		return 0, err
	}
	_, err = io.ReadAll(reply.Body)
	require.NoError(p.t, err)
	return reply.StatusCode, reply.Body.Close()
}

func newPost(t *testing.T, plan *Deliveries, timeout time.Duration) *post {
	t.Helper()
	lastResponse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &post{t: t, plan: plan, start: time.Now(), client: &http.Client{Timeout: timeout, CheckRedirect: lastResponse}}
}

// postOverMemory joins a sender to a receiver by a Network; call it in a bubble.
func postOverMemory(t *testing.T, plan *Deliveries) *post {
	t.Helper()
	p := newPost(t, plan, 10*time.Second)
	p.url = "http://receiver.test/hook"
	p.client.Transport = plan.Transport(NewNetwork(map[string]Host{"receiver.test": {Handler: p}}).Transport())
	return p
}

// postOverSockets joins them by TCP.
func postOverSockets(t *testing.T, plan *Deliveries) *post {
	t.Helper()
	p := newPost(t, plan, 300*time.Millisecond)
	server := httptest.NewServer(p)
	t.Cleanup(func() { plan.Close(); server.Close() })
	p.url = server.URL + "/hook"
	p.client.Transport = plan.Transport(&http.Transport{DisableKeepAlives: true})
	return p
}

// everyDelivery makes a plan in which one mishap befalls every delivery.
func everyDelivery(m Mishap, seed uint64) *Deliveries {
	return &Deliveries{Seed: seed, PerMille: map[Mishap]int{m: 1000}}
}

// mishapCases say what the sender sees of one delivery, how often it has arrived by then and how often in the end.
var mishapCases = map[Mishap]struct {
	status     int // 0: an error
	now, later int
}{
	Lost:       {200, 0, 0},
	Doubled:    {200, 1, 2},
	Belated:    {200, 0, 1},
	Replayed:   {200, 1, 2},
	Reordered:  {200, 0, 1},
	ReplyLost:  {0, 1, 1},
	ProxyDown:  {503, 0, 0},
	Redirected: {302, 0, 0},
}

// TestEachMishapInMemory lets every mishap befall a delivery alone, in simulated time, and looks when it arrives.
func TestEachMishapInMemory(t *testing.T) {
	t.Parallel()
	window := map[Mishap]Range{Doubled: {Max: time.Hour}, Belated: DefaultDeliveryLate, Replayed: DefaultDeliveryReplay, Reordered: {Min: time.Hour, Max: time.Hour}}
	for m, want := range mishapCases {
		atOnce, resets := 0, 0
		for seed := range uint64(12) {
			synctest.Test(t, func(t *testing.T) {
				plan := everyDelivery(m, seed)
				var told []Delivery
				plan.OnMishap = func(d Delivery) { told = append(told, d) }
				p := postOverMemory(t, plan)
				status, err := p.send("[1]")
				require.Equal(t, want.status, status, m)
				require.Equal(t, want.status == 0, err != nil, m)
				if errors.Is(err, syscall.ECONNRESET) {
					resets++
				} else if err != nil {
					require.ErrorContains(t, err, "deadline exceeded")
					require.Equal(t, 10*time.Second, time.Since(p.start))
				}
				if m != Doubled { // whose second may be there already
					require.Len(t, p.log(), want.now, m)
					require.Equal(t, want.later-want.now, plan.Pending(), m)
				}
				plan.Wait()
				require.Equal(t, slices.Repeat([]string{"[1]"}, want.later), p.log(), m)
				if last := len(p.times) - 1; want.later > want.now {
					require.GreaterOrEqual(t, p.times[last], window[m].Min, m)
					require.LessOrEqual(t, p.times[last], window[m].Max, m)
					require.Equal(t, map[int]int{200: want.later - want.now}, plan.Unseen(), m)
					if p.times[last] == 0 {
						atOnce++
					}
				}
				require.Equal(t, map[Mishap]int{m: 1}, plan.Counts())
				require.Equal(t, []Delivery{{At: told[0].At, Mishap: m, Body: sha256.Sum256([]byte("[1]")), Nth: 1}}, told)
			})
		}
		require.Equal(t, m == Doubled, atOnce > 0 && atOnce < 12, "%s: at once %d times", m, atOnce)
		require.Equal(t, m == ReplyLost, resets > 0 && resets < 12, "%s: reset %d times", m, resets)
	}
}

// TestEachMishapOverSockets does the same over TCP, with short waits.
func TestEachMishapOverSockets(t *testing.T) {
	t.Parallel()
	moments := Range{Min: time.Millisecond, Max: 20 * time.Millisecond}
	for m, want := range mishapCases {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			plan := everyDelivery(m, 3)
			plan.Late, plan.Again, plan.Replay, plan.Held = moments, moments, moments, time.Millisecond
			p := postOverSockets(t, plan)
			status, err := p.send("[1]")
			require.Equal(t, want.status, status)
			require.Equal(t, want.status == 0, err != nil)
			plan.Wait()
			require.Equal(t, slices.Repeat([]string{"[1]"}, want.later), p.log())
		})
	}
}

// TestBadBodiesDiffer spoils bodies in each way; the receiver's own answer reaches the sender.
func TestBadBodiesDiffer(t *testing.T) {
	t.Parallel()
	spoiled := map[string]bool{}
	for seed := range uint64(12) {
		synctest.Test(t, func(t *testing.T) {
			p := postOverMemory(t, everyDelivery(BadBody, seed))
			p.status = http.StatusUnauthorized
			status, err := p.send(`[{"event":"x"}]`)
			require.NoError(t, err)
			require.Equal(t, http.StatusUnauthorized, status)
			require.Len(t, p.log(), 1)
			require.NotEqual(t, `[{"event":"x"}]`, p.log()[0])
			spoiled[p.log()[0]] = true
		})
	}
	require.Greater(t, len(spoiled), 5)
	p := postOverSockets(t, everyDelivery(BadBody, 1))
	_, err := p.send("[1]")
	require.NoError(t, err)
	require.NotContains(t, p.log(), "[1]")
	for range 100 {
		require.NotEmpty(t, spoil(nil, rand.New(rand.NewPCG(1, 2))), "there is always a difference")
	}
}

// TestReorderedGoesAfterTwoOthers sends four: the first is held back.
func TestReorderedGoesAfterTwoOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		plan := everyDelivery(Reordered, 1)
		p := postOverMemory(t, plan)
		for n, body := range []string{"a", "b", "c", "d"} {
			status, err := p.send(body)
			require.NoError(t, err)
			require.Equal(t, 200, status)
			synctest.Wait()
			plan.Only(Lost) // of which there are none
			require.Equal(t, []string{"", "b", "bca", "bcad"}[n], strings.Join(p.log(), ""))
		}
		require.Equal(t, map[Mishap]int{Reordered: 1}, plan.Counts())
		require.Zero(t, time.Since(p.start))
	})
}

// TestLoseAll is the webhook that falls silent: the sender believes that everything arrives.
func TestLoseAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		plan := &Deliveries{}
		p := postOverMemory(t, plan)
		for n, on := range []bool{false, true, true, false} {
			plan.LoseAll(on)
			status, err := p.send(strconv.Itoa(n))
			require.NoError(t, err)
			require.Equal(t, 200, status)
		}
		require.Equal(t, []string{"0", "3"}, p.log())
		require.Equal(t, map[Mishap]int{Lost: 2}, plan.Counts())
		plan.LoseAll(true)
		plan.Heal()
		_, err := p.send("4")
		require.NoError(t, err)
		require.Len(t, p.log(), 3)
	})
}

// TestHealBringsAndCloseDropsWhatIsUnderWay ends a plan both ways.
func TestHealBringsAndCloseDropsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	for _, m := range []Mishap{Belated, Replayed, Reordered} {
		for _, end := range []string{"heal", "close"} {
			synctest.Test(t, func(t *testing.T) {
				plan := everyDelivery(m, 1)
				p := postOverMemory(t, plan)
				p.status = http.StatusServiceUnavailable
				_, err := p.send("a")
				require.NoError(t, err)
				before := len(p.log())
				require.Equal(t, 1, plan.Pending())
				if end == "heal" {
					plan.Heal()
					plan.Heal()
					plan.Wait()
					require.Len(t, p.log(), before+1)
					require.Equal(t, map[int]int{503: 1}, plan.Unseen(), "nobody tries it again")
				} else {
					plan.Close()
					plan.Close()
					require.Len(t, p.log(), before)
				}
				require.Zero(t, time.Since(p.start))
				_, err = p.send("b")
				require.NoError(t, err)
				require.Equal(t, "b", p.log()[len(p.log())-1], "no further mishap")
				require.Zero(t, plan.Pending())
			})
		}
	}
}

// TestCloseEndsALostReply has a sender without a deadline.
func TestCloseEndsALostReply(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		synctest.Test(t, func(t *testing.T) {
			plan := everyDelivery(ReplyLost, seed)
			p := postOverMemory(t, plan)
			p.client.Timeout = 0
			time.AfterFunc(time.Second, plan.Close)
			_, err := p.send("a")
			require.ErrorIs(t, err, syscall.ECONNRESET)
			require.LessOrEqual(t, time.Since(p.start), time.Second)
			time.Sleep(time.Second)
		})
	}
}

// TestDeadReceiversAreTold has nobody listen: what the sender sees is the dial, what it does not see is counted.
func TestDeadReceiversAreTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := postOverMemory(t, everyDelivery(Doubled, 1))
		p.url = "http://nobody.test/"
		_, err := p.send("a")
		var dial *net.DNSError
		require.ErrorAs(t, err, &dial)
		p.plan.Wait()
		require.Equal(t, map[int]int{0: 1}, p.plan.Unseen())
	})
}
