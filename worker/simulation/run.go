package simulation

import (
	"fmt"
	"strings"
	"time"

	"spacebridge/connectors/sandbox"
)

// Result is what came of one world.
type Result struct {
	Seed     uint64
	Counts   *Counts
	Failures []string
	Points   map[string]int // named points and how often they were reached
	Trace    string         // of what concerns the failures
}

// patience is how long a healed world may take until the books are exact: what is looked up for the whole settle window,
// and several polls and sweeps, some of which have been given up for a day.
const patience = 10 * 24 * time.Hour

// run lets a world live for its days, heals it, waits until it is exact, and judges it.
func (w *World) run() Result {
	defer w.cancel()
	w.startPatiently()
	w.life()
	w.sleep(time.Duration(w.profile.Days) * 24 * time.Hour)
	if w.afterwards != nil {
		w.healed.Store(true) // business has ended
		w.sleep(12 * time.Hour)
		w.afterwards()
	}
	w.heal()
	w.converge()
	w.end()
	if most := mostRequests * w.profile.Sites; w.counts.Requests > most {
		w.fail("%d requests, more than %d: something goes in circles", w.counts.Requests, most)
	}
	return w.result()
}

// mostRequests is more than any month of a small merchant needs, with every list read in small pages and every fault retried.
const mostRequests = 6_000

// heal ends all faults and all business; what was sent before may still arrive.
func (w *World) heal() {
	w.trace.note("world", "everything is healed")
	w.healed.Store(true)
	w.skew.Store(0)
	for _, plan := range w.plans {
		plan.Heal()
	}
	for _, courier := range w.couriers {
		courier.Heal()
	}
	w.accident <- struct{}{} // an accident under way ends first
	defer func() { <-w.accident }()
	p := w.current()
	p.doom("", 0)
}

// converge waits until the books are exact, looking now and then.
func (w *World) converge() {
	until := time.Now().Add(patience)
	for {
		w.sleep(6 * time.Hour)
		wrong := w.judge()
		if len(wrong) == 0 {
			return
		}
		if time.Now().After(until) {
			for _, text := range wrong {
				w.fail("%s", text)
			}
			return
		}
	}
}

// end stops everything and counts what there was.
func (w *World) end() {
	for _, s := range w.sites {
		s.shop.Close() // first: what it still sends must find somebody
	}
	for _, courier := range w.couriers {
		for mishap, n := range courier.Counts() {
			w.counts.mishap(string(mishap), n)
		}
		courier.Close()
	}
	w.cancel()
	w.living.Wait()
	if p := w.current(); p != nil {
		p.stop()
	}
	w.network.Wait()
	for _, plan := range w.plans {
		for kind, n := range plan.Counts() {
			w.counts.fault(string(kind), n)
		}
		plan.Close()
	}
}

// audit compares shop and books of a site by the sandbox's own arithmetic.
func (w *World) audit(s *site, holds map[string]string) sandbox.Report {
	return sandbox.Audit(s.shop, s.books, sandbox.AuditOptions{
		Since: w.since, Trigger: string(w.profile.Trigger), Held: holds, Planted: s.merchant.Planted(),
		From: w.profile.From, OnEdit: w.profile.OnEdit, Preorder: w.profile.Preorder,
	})
}

func (w *World) result() Result {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := Result{Seed: w.Seed, Counts: w.counts, Failures: w.failures, Points: w.points}
	if len(r.Failures) == 0 {
		return r
	}
	r.Trace = w.trace.about(idsIn(strings.Join(r.Failures, " "))...)
	return r
}

// idsIn picks the record ids out of a text.
func idsIn(text string) []string {
	var ids []string
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,:;()\"'/", r) }) {
		if len(word) > 6 && strings.Contains(word[:5], "_") {
			ids = append(ids, word)
		}
	}
	return ids
}

// String tells what failed, and how to see it again.
func (r Result) String() string {
	return fmt.Sprintf("seed %d:\n  %s\n\ntrace of what concerns it:\n%s\nrun it again: go test ./worker/simulation -run TestSeeds -simulation.first %d -simulation.seeds 1",
		r.Seed, strings.Join(r.Failures, "\n  "), r.Trace, r.Seed)
}
