package sandbox_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/shop"
)

// watched is a shop whose changes are listened to, and a merchant whose time goes on with each step.
type watched struct {
	t        *testing.T
	shop     *shop.Shop
	merchant *sandbox.Merchant
	now      time.Time
	log      []shop.Change
	last     map[string]string // bodies as they were told last
}

func watch(t *testing.T, opts shop.Options, options ...sandbox.MerchantOption) *watched {
	t.Helper()
	w := &watched{t: t, now: april, last: map[string]string{}}
	opts.RequestsPerMinute, opts.ManualWebhooks, opts.Now = -1, true, func() time.Time { return w.now }
	opts.OnChange = func(c shop.Change) {
		w.log = append(w.log, c)
		if w.last[c.ID] = string(c.Body); c.Body == nil {
			delete(w.last, c.ID)
		}
	}
	w.shop = shop.New(opts)
	t.Cleanup(w.shop.Close)
	w.merchant = sandbox.NewMerchant(w.shop, opts.Seed, options...)
	return w
}

// goOn does so many steps, of some hours each.
func (w *watched) goOn(steps int, each func()) (kinds map[string]int) {
	w.t.Helper()
	kinds = map[string]int{}
	for range steps {
		w.now = w.now.Add(5 * time.Hour)
		event, err := w.merchant.Step(w.now)
		require.NoError(w.t, err)
		require.NotEmpty(w.t, event.Text)
		kinds[event.Kind]++
		each()
	}
	return kinds
}

// served reads everything that the API shows, by lists.
func (w *watched) served() map[string]string {
	w.t.Helper()
	out, access := map[string]string{}, token(w.t, w.shop)
	for _, plural := range []string{"orders", "invoices", "dispatches", "customers"} {
		for after := ""; ; {
			r := httptest.NewRequest(http.MethodGet, "/v1/"+plural+"?limit=200"+after, nil)
			r.Header.Set("Authorization", "Bearer "+access)
			answer := httptest.NewRecorder()
			w.shop.APIHandler().ServeHTTP(answer, r)
			require.Equal(w.t, http.StatusOK, answer.Code)
			var page map[string]json.RawMessage
			var records []json.RawMessage
			require.NoError(w.t, json.Unmarshal(answer.Body.Bytes(), &page))
			require.NoError(w.t, json.Unmarshal(page[plural], &records))
			for _, body := range records {
				var record struct{ ID string }
				require.NoError(w.t, json.Unmarshal(body, &record))
				out[record.ID], after = string(body), "&starting_after="+record.ID
			}
			if len(records) < 200 {
				break
			}
		}
	}
	return out
}

// TestNoChangeIsUntold lets a merchant work for months and compares, after every few steps, what the API shows with what was
// told: any change that is not told, with an event or without, stays visible as a difference until the record changes again.
func TestNoChangeIsUntold(t *testing.T) {
	t.Parallel()
	w := watch(t, shop.Options{Seed: 5, OrderEvents: shop.OrderEventsEdits, ProformaReplaced: true}, sandbox.WithAfterthoughts(30))
	require.NoError(t, w.merchant.History(march, april, 40))
	n := 0
	w.goOn(360, func() {
		if n++; n%20 == 0 || n < 30 {
			require.True(t, maps.Equal(w.served(), w.last), "after step %d something is shown otherwise than it was told", n)
		}
	})
	whats := map[shop.ChangeType]int{}
	bodies := map[string]string{}
	for _, c := range w.log {
		whats[c.What]++
		require.NotEqual(t, bodies[c.ID], string(c.Body), "%s %s: told although nothing is different", c.Kind, c.What)
		bodies[c.ID] = string(c.Body)
	}
	for _, what := range []shop.ChangeType{
		shop.ChangeCreated, shop.ChangeEdited, shop.ChangeReleased, shop.ChangeHoldReleased, shop.ChangeInvoiced, shop.ChangeUninvoiced,
		shop.ChangePartPaid, shop.ChangePaid, shop.ChangeUnpaid, shop.ChangeDispatched, shop.ChangeCancelled,
		shop.ChangeDeleted, shop.ChangeAltered,
	} {
		require.NotZero(t, whats[what], what)
	}
}

// TestAfterthoughts asks for every kind within some months, for one kind alone, and for repeatability.
func TestAfterthoughts(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		w := watch(t, shop.Options{Seed: seed}, sandbox.WithAfterthoughts(25))
		require.NoError(t, w.merchant.History(march, april, 60))
		kinds := w.goOn(700, func() {})
		for _, kind := range sandbox.Afterthoughts() {
			require.NotZero(t, kinds[string(kind)], "seed %d: %s in %v", seed, kind, kinds)
		}
		for _, kind := range []string{"placed", "edited", "dispatched", "invoiced", "paid", "cancelled"} {
			require.NotZero(t, kinds[kind], "seed %d: business goes on: %s in %v", seed, kind, kinds)
		}
		if seed == 0 {
			again := watch(t, shop.Options{Seed: seed}, sandbox.WithAfterthoughts(25))
			require.NoError(t, again.merchant.History(march, april, 60))
			again.goOn(700, func() {})
			require.Equal(t, dump(t, w.shop), dump(t, again.shop))
			one := watch(t, shop.Options{Seed: seed}, sandbox.WithAfterthoughts(50, sandbox.NoteFulfilled))
			for kind := range one.goOn(200, func() {}) {
				require.NotContains(t, sandbox.Afterthoughts()[:3], sandbox.Afterthought(kind))
			}
		}
	}
}

// TestWithoutAfterthoughtsNothingIsDifferent holds the worlds of seeds: the option, at nothing in a hundred, changes no draw.
func TestWithoutAfterthoughtsNothingIsDifferent(t *testing.T) {
	t.Parallel()
	one, _, events := world(t, 42, 60, 150)
	two, _, again := world(t, 42, 60, 150, sandbox.WithAfterthoughts(0))
	require.Equal(t, events, again)
	require.Equal(t, dump(t, one), dump(t, two))
}
