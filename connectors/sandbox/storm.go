package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Storm sends signed webhook deliveries at a steady rate, to try a receiver. No two bodies are equal, and no two events are.
// The orders in them are made up; nothing in them is anybody's. Aim it at a receiver of your own only.
type Storm struct {
	URL         string        // of the receiver
	Key         string        // the signing key
	Rate        int           // deliveries a second
	Events      int           // in each delivery; 0: 50, as many as Orderspace sends
	Orders      int           // that the events are about, one after the other; 0: 500
	IDs         []string      // of those orders, instead of Orders made-up ones
	For         time.Duration // how long
	Concurrency int           // deliveries under way at once at most; 0: 64
	Timeout     time.Duration // of one delivery; 0: 10 s

	// Transport carries the deliveries. Nil means connections of its own that are kept alive.
	Transport http.RoundTripper
}

// The storm's defaults.
const (
	stormEvents      = 50
	stormOrders      = 500
	stormConcurrency = 64
	stormTimeout     = 10 * time.Second
)

func (s Storm) withDefaults() Storm {
	defaults := func(n *int, value int) {
		if *n == 0 {
			*n = value
		}
	}
	defaults(&s.Events, stormEvents)
	defaults(&s.Orders, stormOrders)
	defaults(&s.Concurrency, stormConcurrency)
	if s.Timeout == 0 {
		s.Timeout = stormTimeout
	}
	if len(s.IDs) == 0 {
		for n := range s.Orders {
			s.IDs = append(s.IDs, fmt.Sprintf("or_storm%05d", n))
		}
	}
	s.Orders = len(s.IDs)
	return s
}

// Check tells what a storm lacks or has too much of.
func (s Storm) Check() error {
	u, err := url.Parse(s.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%q is not the address of a receiver, such as http://127.0.0.1:8080/webhooks/orderspace/acme", s.URL)
	case s.Key == "":
		return errors.New("a signing key is needed")
	case s.Rate < 1 || s.For <= 0:
		return errors.New("the rate and the duration must be positive")
	case s.Events < 0 || s.Events > stormEvents:
		return fmt.Errorf("a delivery has 1 to %d events", stormEvents)
	case s.Orders < 0 || s.Concurrency < 0 || s.Timeout < 0:
		return errors.New("a storm takes no negative numbers")
	}
	return nil
}

// About lists the ids of the orders that the n-th delivery, counted from 0, is about.
func (s Storm) About(n int) []string {
	s = s.withDefaults()
	var out []string
	for i := range min(s.Events, s.Orders) {
		out = append(out, s.IDs[(n*s.Events+i)%s.Orders])
	}
	return out
}

// Run sends until the time is over or the context ends, waits for what is under way, and reports. A delivery that fails is
// counted and not sent again. The error is that of Check.
func (s Storm) Run(ctx context.Context) (*StormReport, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	s = s.withDefaults()
	clouds := newClouds(s)
	client := &http.Client{Transport: s.Transport, Timeout: s.Timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if s.Transport == nil {
		own := &http.Transport{MaxIdleConnsPerHost: s.Concurrency, MaxConnsPerHost: s.Concurrency, DisableCompression: true}
		defer own.CloseIdleConnections()
		client.Transport = own
	}
	report := &StormReport{Statuses: map[int]int{}, Failures: map[string]int{}}
	due := make(chan int)
	var workers sync.WaitGroup
	for range s.Concurrency {
		workers.Go(func() {
			for n := range due {
				report.note(s.send(ctx, client, n, clouds.write(n)))
			}
		})
	}
	start := time.Now()
	report.Behind = s.pace(ctx, start, due)
	close(due)
	workers.Wait()
	report.finish(time.Since(start))
	return report, nil
}

// pace hands out deliveries when they are due, and tells by how much it fell behind at most because all workers were busy.
func (s Storm) pace(ctx context.Context, start time.Time, due chan<- int) (behind time.Duration) {
	total := int(int64(s.For) * int64(s.Rate) / int64(time.Second))
	timer := time.NewTimer(0)
	defer timer.Stop()
	for n := range total {
		at := start.Add(time.Duration(int64(n) * int64(time.Second) / int64(s.Rate)))
		timer.Reset(time.Until(at))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return behind
		}
		select {
		case due <- n:
		case <-ctx.Done():
			return behind
		}
		behind = max(behind, time.Since(at))
	}
	return behind
}
