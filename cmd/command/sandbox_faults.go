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

// listFaults is the value of --faults that asks for the table of kinds.
const listFaults = "list"

// trouble is what the sandbox command was asked to let go wrong.
type trouble struct {
	rates  string
	seed   uint64
	vendor string
	every  time.Duration // between two lines about it

	ways    []way
	started atomic.Pointer[func()] // lets something happen in the shop; nil until the sandbox is furnished
}

// way is the way to one vendor.
type way struct {
	vendor string
	plan   *faults.Plan
	told   map[faults.Kind]int
}

func (t *trouble) flags(f *pflag.FlagSet) {
	f.StringVar(&t.rates, "faults", "", "what goes wrong, as <kind>=<per mille>[,...]; list shows the kinds")
	f.Uint64Var(&t.seed, "faults-seed", 1, "the same seed lets the same requests fail")
	f.StringVar(&t.vendor, "faults-vendor", "both", "on the way to which vendor: shop, books or both")
	t.every = time.Minute
}

// ready reads the flags and gives the sandbox its plans.
func (t *trouble) ready(o *sandbox.Options) error {
	if t.vendor != "shop" && t.vendor != "books" && t.vendor != "both" {
		return usage(fmt.Errorf("--faults-vendor takes shop, books or both, and not %q", t.vendor))
	}
	if t.rates == "" {
		if t.seed != 1 || t.vendor != "both" {
			return usage(errors.New("--faults-seed and --faults-vendor need --faults"))
		}
		return nil
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

// plan makes the faults on the way to one vendor. They begin when the sandbox is furnished.
func (t *trouble) plan(vendor string, seed uint64, rates map[faults.Kind]int) *faults.Plan {
	p := &faults.Plan{Seed: seed, PerMille: rates, Match: func(*http.Request) bool { return t.started.Load() != nil }}
	t.ways = append(t.ways, way{vendor: vendor, plan: p, told: map[faults.Kind]int{}})
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

// tell writes a line for every vendor to which something went wrong since the last.
func (t *trouble) tell(w io.Writer) {
	for i := range t.ways {
		way := &t.ways[i]
		counts := way.plan.Counts()
		fresh := map[faults.Kind]int{}
		for kind, n := range counts {
			fresh[kind] = n - way.told[kind]
		}
		way.told = maps.Clone(counts)
		if text := faults.Summary(fresh); text != "" {
			fmt.Fprintf(w, "faults on the way to %s in the last minute: %s\n", way.vendor, text)
		}
	}
}
