package worker_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	temporal "go.temporal.io/sdk/client"

	"spacebridge/activities"
	"spacebridge/connectors/sandbox/books"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
	"spacebridge/worker"
	"spacebridge/workflows"
)

// triggerNow starts a schedule's workflow at once, as the schedule itself would.
var triggerNow = temporal.ScheduleTriggerOptions{}

// TestWebhooksOverRealSockets: while no list is due, an order's whole life reaches the ledger and the books by webhooks. The
// site tells no more than it must: an invoice, a payment and a dispatch change the order without an order.updated.
func TestWebhooksOverRealSockets(t *testing.T) {
	t.Parallel()
	h := newHooked(t, 81, func(o *shop.Options) { o.OrderEvents = shop.OrderEventsEdits })
	h.plantOne()
	h.quietStart()
	h.exact()
	hook := h.hook("")
	require.Equal(t, h.connection().Orderspace.WebhookURL, hook.Endpoint)
	require.True(t, strings.HasPrefix(hook.Endpoint, h.info.WebhookURL+"/"))
	require.ElementsMatch(t, activities.SubscribedEvents(), hook.Events)
	listed, began := h.byLists(), time.Now()

	order := h.orderAgain()
	h.eventually("the order is in the books", func() bool { return h.pending(order.ID).TotalWithTax.Equal(order.GrossTotal) })
	edited, err := h.sandbox.Shop.Edit(order.ID, func(o *shop.Order) { o.Lines[0].Quantity++ })
	require.NoError(t, err)
	require.False(t, edited.GrossTotal.Equal(order.GrossTotal))
	h.eventually("its edit is in the books", func() bool { return h.pending(order.ID).TotalWithTax.Equal(edited.GrossTotal) })
	invoice, err := h.sandbox.Shop.Invoice(order.ID, shop.InvoiceSpec{})
	require.NoError(t, err)
	h.eventually("its invoice is issued", func() bool { return h.sale(order.ID).State == trade.StateIssued })
	_, err = h.sandbox.Shop.Pay(invoice.ID, shop.PaymentSpec{})
	require.NoError(t, err)
	dispatch, err := h.sandbox.Shop.Dispatch(order.ID, shop.DispatchSpec{})
	require.NoError(t, err)
	h.eventually("its payment and its dispatch are in the ledger", func() bool {
		return h.latest(trade.KindInvoice, invoice.ID).Status == "paid" && h.latest(trade.KindDispatch, dispatch.ID).ID != "" &&
			h.latest(trade.KindOrder, order.ID).Status == string(shop.StatusFulfilled)
	})
	require.Less(t, time.Since(began), 2*time.Minute, "four times a minute have passed: nobody was woken when something came")
	h.strangersAreRefused(order.ID, hook.SigningKey)
	h.eventually("nothing waits", func() bool { return h.inbox().Waiting == 0 })
	h.exact()
	require.Equal(t, listed, h.byLists(), "lists that are due by the clock have found nothing and were not asked")
	h.halt()

	sum, all := h.inbox(), h.tallies()
	require.Zero(t, sum.Lost)
	require.Equal(t, 3, sum.Heard, "an order, an invoice and a dispatch were made")
	delivered := h.sandbox.Shop.Webhooks()[0].Delivered
	require.Equal(t, delivered+2, all["deliveries/accepted"], "the site counts its 200s")
	require.Equal(t, 1, all["deliveries/repeated"])
	require.Zero(t, all["events/unreadable"]+all["events/dropped"])
	require.GreaterOrEqual(t, all["events/received"], all["deliveries/accepted"])
	for _, kind := range []string{"order", "invoice", "dispatch"} {
		require.Positive(t, all["found/"+kind+"/inbox"], "%v", all)
	}
	h.sound()
}

// strangersAreRefused sends what no subscription's key has signed, and then something real twice.
func (h *hooked) strangersAreRefused(id, key string) {
	h.t.Helper()
	before := h.tallies()["deliveries/accepted"]
	forged := `[{"event":"order.updated","data":{"order":{"id":"or_forged"}}}]`
	for _, wrong := range []string{"", "wrong", key[1:]} {
		require.Equal(h.t, http.StatusUnauthorized, h.post(forged, wrong))
	}
	require.Equal(h.t, before, h.tallies()["deliveries/accepted"])
	require.Contains(h.t, h.get("/metrics"), `spacebridge_webhook_deliveries_total{connection="acme",result="unsigned"} 3`)
	genuine := `[{"event":"order.updated","data":{"order":{"id":"` + id + `"}}}]`
	require.Equal(h.t, http.StatusOK, h.post(genuine, key))
	require.Equal(h.t, http.StatusOK, h.post(genuine, key), "Orderspace repeats itself")
	require.Zero(h.t, h.latest(trade.KindOrder, "or_forged"))
	require.NotContains(h.t, h.log.String(), "or_forged")
}

// byLists tells what the reads that are due by the clock have asked Orderspace for, and found.
func (h *house) byLists() []string {
	h.t.Helper()
	var all []string
	for line := range strings.Lines(h.get("/metrics")) {
		for _, work := range []string{"poll", "sweep", "nightly"} {
			if strings.HasPrefix(line, "spacebridge_vendor_turns_total") && strings.Contains(line, `work="`+work+`"`) {
				all = append(all, strings.TrimSpace(line))
			}
		}
	}
	require.NotEmpty(h.t, all)
	for name, n := range h.tallies() {
		for _, work := range []string{"/poll", "/sweep", "/nightly"} {
			if strings.HasPrefix(name, "found/") && strings.HasSuffix(name, work) {
				all = append(all, fmt.Sprintf("%s %d", name, n))
			}
		}
	}
	slices.Sort(all)
	return all
}

// orderAgain places an order now, for what was ordered before.
func (h *house) orderAgain() shop.Order {
	h.t.Helper()
	model := h.invoicedOrder()
	spec := shop.OrderSpec{CustomerID: model.CustomerID, Currency: model.Currency}
	for _, line := range model.Lines {
		if line.SKU != "" {
			spec.Lines = append(spec.Lines, shop.LineSpec{SKU: line.SKU, Quantity: line.Quantity, UnitPrice: money.Some(line.UnitPrice), TaxRateID: line.TaxRateID})
		}
	}
	order, err := h.sandbox.Shop.Place(spec)
	require.NoError(h.t, err)
	return order
}

// pending is the order of a sale that waits in the books; the zero value when none does.
func (h *house) pending(id string) books.Order {
	for _, order := range h.sandbox.Books.Orders() {
		if order.SourceID == id && order.InvoiceID == "" && !over(order) {
			return order
		}
	}
	return books.Order{}
}

// latest is the current version of a record, zero for none.
func (h *house) latest(kind trade.Kind, id string) sqlite.Snapshot {
	h.t.Helper()
	ledger := h.ledger()
	defer ledger.Close()
	snapshot, _, err := ledger.Latest(context.WithoutCancel(h.t.Context()), "acme", kind, id)
	require.NoError(h.t, err)
	return snapshot
}

// TestSubscriptionComesBackByItself: Orderspace disables a webhook that fails, and tells nobody. One that is then missing from
// the list is made anew by the next look; one that is still listed, once reading has found what it kept quiet about.
func TestSubscriptionComesBackByItself(t *testing.T) {
	t.Parallel()
	for name, hidden := range map[string]bool{"no longer listed": true, "listed as if nothing were wrong": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHooked(t, 82, func(o *shop.Options) { o.HideDisabledWebhooks, o.WebhookRetries = hidden, []time.Duration{} })
			h.plantOne()
			h.quietStart()
			first := h.hook("")
			h.move(20 * time.Minute) // what is created now, a webhook ought to tell of
			lost := h.goDeaf(first.ID)
			require.Zero(t, h.inbox().Waiting)
			if !hidden {
				h.halt()
				h.quietStart() // the first poll finds what was lost
				require.Equal(t, len(lost), h.silence())
				h.trigger(workflows.SubscriptionID("acme"))
				require.Equal(t, first.ID, h.sandbox.Shop.Webhooks()[0].ID, "webhooks may be late")
				h.move(time.Hour)
			}
			h.trigger(workflows.SubscriptionID("acme"))
			second := h.hook(first.ID)
			require.NotEqual(t, first.SigningKey, second.SigningKey)
			require.Len(t, h.sandbox.Shop.Webhooks(), map[bool]int{true: 2, false: 1}[hidden], "what is listed and dead was removed")
			metrics := h.get("/metrics")
			require.Contains(t, metrics, `spacebridge_webhook_subscription_changes_total{change="recreated",connection="acme"} 1`)
			require.Contains(t, metrics, `spacebridge_webhook_subscribed{connection="acme"} 1`)

			listed := h.byLists()
			order := h.orderAgain()
			h.eventually("webhooks come again", func() bool { return h.latest(trade.KindOrder, order.ID).ID != "" })
			late := `[{"event":"order.created","data":{"order":{"id":"` + lost[0] + `"}}}]`
			require.Equal(t, http.StatusOK, h.post(late, first.SigningKey), "the old key is good for what is on its way")
			h.eventually("what was lost is heard of", func() bool { return h.latest(trade.KindOrder, lost[0]).ID != "" && h.inbox().Waiting == 0 })
			require.Equal(t, listed, h.byLists())
			h.trigger(workflows.PollID("acme"))
			for _, id := range lost {
				require.NotZero(t, h.latest(trade.KindOrder, id), "the next poll finds all that was lost")
			}
			h.exact()
			h.halt()
			h.sound()
		})
	}
}

// goDeaf has so many orders placed while webhooks do not get through that the site disables the webhook, and gives their ids.
func (h *hooked) goDeaf(hook string) (lost []string) {
	h.t.Helper()
	h.cut.Store(true)
	lost = append(lost, h.orderAgain().ID)
	h.eventually("the webhook is disabled", func() bool {
		for _, other := range h.sandbox.Shop.Webhooks() {
			if other.ID == hook {
				return other.Disabled
			}
		}
		return false
	})
	h.cut.Store(false)
	return append(lost, h.orderAgain().ID, h.orderAgain().ID)
}

// silence is how many records reading has found that webhooks kept quiet about.
func (h *house) silence() int {
	h.t.Helper()
	ledger := h.ledger()
	defer ledger.Close()
	n, _, err := ledger.Silence(h.t.Context(), "acme", time.Now().AddDate(1, 0, 0))
	require.NoError(h.t, err)
	return n
}

// TestListenerOfWebhooks: there is one only for whom it is of use, and one that cannot be is an error at the start that names
// the setting, after which nothing is left running.
func TestListenerOfWebhooks(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 83)
	h.wantWebhooks()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", h.config.HTTP.WebhookListen)
	require.NoError(t, err)
	err = worker.Run(t.Context(), worker.Options{Config: h.config, Version: "test", Embedded: startEmbedded})
	require.ErrorContains(t, err, "http.webhook_listen: listen tcp "+h.config.HTTP.WebhookListen)
	socket, ok := errors.AsType[*net.OpError](err)
	require.True(t, ok)
	require.Equal(t, "listen", socket.Op, "by this the command knows a setting to change")

	h.connection().Orderspace.WebhookURL = ""
	h.start() // on the same data, and with the port still taken
	require.Empty(t, h.info.WebhookURL)
	require.NoError(t, taken.Close())
	_, err = (&net.Dialer{}).DialContext(t.Context(), "tcp", h.config.HTTP.WebhookListen)
	require.Error(t, err, "nobody listens")
	h.halt()
	require.Empty(t, h.sandbox.Shop.Webhooks())
}
