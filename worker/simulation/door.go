package simulation

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// door is the way of one process to the outside. Every request passes it, and with it the oracles that look at each one.
type door struct {
	process *process
	next    http.RoundTripper
}

// errDead is what a process that is dead gets from everything.
var errDead = errors.New("the process is dead")

// RoundTrip lets a request out, unless the process is dead by then or dies of it.
func (d *door) RoundTrip(r *http.Request) (*http.Response, error) {
	p := d.process
	point := "request " + r.Method + " " + route(r)
	if err := p.reach("before " + point); err != nil {
		return nil, err
	}
	write := p.world.watch(p, r)
	var left atomic.Bool
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { left.Store(true) },
	}))
	res, err := d.next.RoundTrip(r)
	if res != nil && res.StatusCode == http.StatusTooManyRequests {
		p.world.limits.penalty(r.URL.Host, res.Header, p.number)
	}
	if write != nil && (!left.Load() || refused(res)) {
		p.world.writes.forget(*write)
	}
	if err := p.reach("after " + point); err != nil {
		if res != nil {
			_ = res.Body.Close()
		}
		return nil, err
	}
	return res, err
}

// refused reports whether an answer proves that nothing was done. A good answer is no matter here: it may be cut off.
//
// A request that never left the machine was not done either, whatever the error says: nobody was there to dial, or we stopped
// it ourselves, because a gate had closed since it was given its turn.
func refused(res *http.Response) bool {
	return res != nil && (res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusUnauthorized)
}

// route is the path of a request with ids replaced, so that there is one name per endpoint.
func route(r *http.Request) string {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	for i, part := range parts {
		if strings.Contains(part, "_") {
			parts[i] = "{id}"
		}
	}
	return "/" + strings.Join(parts, "/")
}

// watch looks at a request that is about to leave. It gives the write, if it is one.
func (w *World) watch(p *process, r *http.Request) *write {
	w.counts.count(&w.counts.Requests)
	if problem := w.limits.sent(r.URL.Host, p.number); problem != "" {
		w.counts.count(&w.counts.Breaches)
		w.fail("%s", problem)
	}
	if r.Method == http.MethodGet || !strings.HasPrefix(r.URL.Host, "books") {
		return nil
	}
	w.counts.count(&w.counts.Writes)
	id := r.Header.Get("X-Request-Id")
	w.trace.notef("write", "%s %s %s", r.Method, r.URL.Path, id)
	// Invariant 2: what is on the disk, read by another connection than the process's own, stands for this very request.
	var row struct {
		id, attempts, last           int
		state, step, sale, connector string
	}
	err := p.file.QueryRowContext(w.ctx, `SELECT e.id, e.attempts, e.state, e.step, e.sale_id, e.connection, (SELECT max(seq) FROM effect_log)
		FROM effects e WHERE e.request_id = ?`, id).Scan(&row.id, &row.attempts, &row.state, &row.step, &row.sale, &row.connector, &row.last)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		w.fail("%s %s left without an effect in the ledger", r.Method, r.URL.Path)
		return nil
	case err != nil:
		if !p.isDead() {
			w.fail("read the effect of a request: %v", err)
		}
		return nil
	case row.state != "sending":
		w.fail("%s %s left while its effect of sale %s is %s", r.Method, r.URL.Path, row.sale, row.state)
	}
	sent := &write{sale: row.connector + "/" + row.sale, effect: row.id, attempt: row.attempts, step: row.step, seq: row.last, at: time.Now()}
	if problem := w.writes.leave(w.ctx, p.file, *sent, w.profile.SettleWindow); problem != "" {
		w.fail("%s %s of sale %s: %s", r.Method, r.URL.Path, row.sale, problem)
	}
	return sent
}

// limits counts what is sent to each vendor, by all processes together.
type limits struct {
	mu      sync.Mutex
	allowed map[string]int         // by host: requests in any 60 seconds
	account map[string]string      // hosts that are counted as another
	times   map[string][]time.Time // departures
	closed  map[string]closed
	died    map[int]time.Time // when each process did

	forgetful bool // commits may fail in this world
}

// death notes that a process is no more.
func (l *limits) death(process int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.died[process] = time.Now()
}

// closed is a penalty after a 429.
type closed struct {
	from, until time.Time
	process     int
}

func (l *limits) of(host string) string {
	if other, ok := l.account[host]; ok {
		return other
	}
	return host
}

// sent counts a request and says what is wrong with it, "" for nothing.
func (l *limits) sent(host string, process int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	host = l.of(host)
	now := time.Now()
	l.times[host] = append(l.times[host], now)
	times := l.times[host]
	for now.Sub(times[0]) >= time.Minute {
		times = times[1:]
	}
	l.times[host] = times
	if len(times) > l.allowed[host] {
		return fmt.Sprintf("%d requests to %s in 60 seconds, %d are allowed", len(times), host, l.allowed[host])
	}
	c := l.closed[host]
	// A process that died within seconds of the 429, or whose disk was full, may not have committed that the gate is closed.
	death, dead := l.died[c.process]
	known := c.process == process || dead && death.Sub(c.from) > 3*time.Second && !l.forgetful
	if now.Before(c.until) && now.After(c.from) && known {
		return fmt.Sprintf("a request to %s %s before the end of the time asked by a 429", host, c.until.Sub(now))
	}
	return ""
}

// penalty notes a 429: nothing may be sent for the time asked, or for 60 seconds.
func (l *limits) penalty(host string, header http.Header, process int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := time.Minute
	if text := header.Get("Retry-After"); text != "" {
		if at, err := http.ParseTime(text); err == nil {
			wait = time.Until(at)
		} else if seconds, err := time.ParseDuration(text + "s"); err == nil {
			wait = seconds
		}
	}
	host = l.of(host)
	if until := time.Now().Add(wait); until.After(l.closed[host].until) {
		l.closed[host] = closed{from: time.Now(), until: until, process: process}
	}
}
