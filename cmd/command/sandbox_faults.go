package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/faults"
)

// listFaults is the value of --faults and --webhook-faults that asks for the table of kinds.
const listFaults = "list"

// sandboxWebhookURL is where a daemon with the sandbox's configuration listens for webhooks, unless it is told otherwise.
const sandboxWebhookURL = "http://127.0.0.1:8080/webhooks/orderspace/sandbox"

// trouble is what the sandbox command was asked to let go wrong.
type trouble struct {
	rates    string
	webhooks string
	seed     uint64
	vendor   string
	every    time.Duration // between two lines about it

	ways    []way
	started atomic.Pointer[func()] // lets something happen in the shop; nil until the sandbox is furnished
}

// way is one way on which things go wrong.
type way struct {
	name  string
	fresh func() string // what has happened since it was last asked; "" for nothing
}

// wayOf is a way whose faults are counted by kind.
func wayOf[K comparable](name string, counts func() map[K]int, summary func(map[K]int) string) way {
	told := map[K]int{}
	return way{name: name, fresh: func() string {
		now, fresh := counts(), map[K]int{}
		for kind, n := range now {
			fresh[kind] = n - told[kind]
		}
		told = maps.Clone(now)
		return summary(fresh)
	}}
}

func (t *trouble) flags(f *pflag.FlagSet) {
	f.StringVar(&t.rates, "faults", "", "what goes wrong, as <kind>=<per mille>[,...]; list shows the kinds")
	f.StringVar(&t.webhooks, "webhook-faults", "", "what befalls webhooks, as <kind>=<per mille>[,...]; list shows the kinds")
	f.Uint64Var(&t.seed, "faults-seed", 1, "the same seed lets the same requests fail")
	f.StringVar(&t.vendor, "faults-vendor", "both", "on the way to which vendor: shop, books or both")
	t.every = time.Minute
}

// ready reads the flags and gives the sandbox its plans.
func (t *trouble) ready(o *sandbox.Options) error {
	if t.vendor != "shop" && t.vendor != "books" && t.vendor != "both" {
		return usage(fmt.Errorf("--faults-vendor takes shop, books or both, and not %q", t.vendor))
	}
	switch {
	case t.rates == "" && t.vendor != "both":
		return usage(errors.New("--faults-vendor needs --faults"))
	case t.rates == "" && t.webhooks == "" && t.seed != 1:
		return usage(errors.New("--faults-seed needs --faults or --webhook-faults"))
	}
	if err := t.readyWebhooks(o); err != nil || t.rates == "" {
		return err
	}
	rates, err := faults.ParseRates(t.rates)
	if err != nil {
		return usage(fmt.Errorf("--faults: %w; --faults list shows the kinds", err))
	}
	if t.vendor != "books" {
		o.ShopFaults = t.plan("Orderspace", t.seed, rates)
		o.ShopFaults.Move = func() { (*t.started.Load())() }
	}
	if t.vendor != "shop" {
		o.BooksFaults = t.plan("Space Invoices", ^t.seed, rates) // not the same draws for both
	}
	return nil
}

// readyWebhooks gives the sandbox what befalls its webhooks.
func (t *trouble) readyWebhooks(o *sandbox.Options) error {
	if t.webhooks == "" {
		return nil
	}
	shares, err := faults.ParseMishaps(t.webhooks)
	if err != nil {
		return usage(fmt.Errorf("--webhook-faults: %w; --webhook-faults list shows the kinds", err))
	}
	o.WebhookFaults = &faults.Deliveries{Seed: t.seed, PerMille: shares}
	t.ways = append(t.ways, wayOf("the webhooks' receiver", o.WebhookFaults.Counts, faults.SummaryOfMishaps))
	return nil
}

// plan makes the faults on the way to one vendor. They begin when the sandbox is furnished.
func (t *trouble) plan(vendor string, seed uint64, rates map[faults.Kind]int) *faults.Plan {
	p := &faults.Plan{Seed: seed, PerMille: rates, Match: func(*http.Request) bool { return t.started.Load() != nil }}
	t.ways = append(t.ways, wayOf(vendor, p.Counts, faults.Summary))
	return p
}

// begin lets things go wrong from now on and tells of them until the context ends or the returned function is called,
// which waits for the end. move lets something happen in the shop.
func (t *trouble) begin(ctx context.Context, w io.Writer, move func()) (end func()) {
	if len(t.ways) == 0 {
		return func() {}
	}
	t.started.Store(&move)
	ctx, cancel := context.WithCancel(ctx)
	told := make(chan struct{})
	go func() {
		defer close(told)
		defer t.tell(w)
		ticker := time.NewTicker(t.every)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				t.tell(w)
			}
		}
	}()
	return func() {
		cancel()
		<-told
	}
}

// tell writes a line for every way on which something went wrong since the last.
func (t *trouble) tell(w io.Writer) {
	for _, way := range t.ways {
		if text := way.fresh(); text != "" {
			fmt.Fprintf(w, "faults on the way to %s in the last minute: %s\n", way.name, text)
		}
	}
}
