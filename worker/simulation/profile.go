package simulation

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"spacebridge/config"
	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/books"
	"spacebridge/connectors/sandbox/faults"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping"
)

// profile is what a seed decides about its world before anything happens.
type profile struct {
	Sites        int           // merchants, each with a site and books of its own
	Days         int           // simulated days until everything is healed
	Pace         time.Duration // mean time between two things that a merchant does
	Trigger      mapping.Trigger
	From         string               // what sales are made of: order (also "") or invoice
	OnEdit       string               // hold (also "") or reissue
	Preorder     string               // hold (also "") or split
	Afterthought int                  // share of a merchant's steps, in a hundred, that change what was done before; 0: none
	Policy       func(*config.Policy) // what else the merchant decided; nil: the defaults
	SettleWindow time.Duration
	Poll, Sweep  time.Duration
	PageSize     int // records of one list request; 0: all that fit
	Shop         shop.Options
	Books        books.Options

	FaultPerMille int           // share of requests that meet a fault
	WriteFaults   int           // the same for writes, where it is more
	FaultKinds    []string      // which; empty: all of them
	Crashes       time.Duration // mean time between two deaths of the process at a point of its own; 0: none
	Stops         time.Duration // mean time between two orderly restarts; 0: none
	Flapping      time.Duration // mean time between two series of kills within a minute or two; 0: none
	Twins         bool          // Temporal now and then runs the workflow of a sale twice at the same time
	LostResults   bool          // Temporal now and then does not hear how an activity ended
	TemporalLoss  time.Duration // mean time between two losses of Temporal's state; 0: none
	OldLedger     time.Duration // mean time between two restores of an older copy of the ledger; 0: none
	LostLedger    bool          // the ledger is lost once
	BadDisk       int           // share of commits, per mille, that fail because the disk is full or the file is locked
	ClockJumps    time.Duration // mean time between two jumps of the clock; 0: none
	Rash          time.Duration // mean time between two edits and cancellations out of turn; 0: none
	Operator      time.Duration // mean time between two words of an operator; 0: none

	Receiver bool                  // webhooks are wanted
	Mishaps  map[faults.Mishap]int // what befalls them on their way, per mille
	Care     time.Duration         // how often the subscription, and what waits in the inbox, is looked after
	Nightly  time.Duration         // how often everything recent is read; 0: never
}

// newProfile draws the profile of a seed.
func newProfile(seed uint64, days int) profile {
	rng := rand.New(rand.NewPCG(seed, 0x9d0f11e)) //nolint:gosec // repeatable on purpose
	often := func(percent int, mean time.Duration) time.Duration {
		if rng.IntN(100) >= percent {
			return 0
		}
		return mean/2 + time.Duration(rng.Int64N(int64(mean)))
	}
	const day = 24 * time.Hour
	p := profile{
		Sites: 1 + rng.IntN(12)/11, Days: days, Pace: 18*time.Hour + time.Duration(rng.Int64N(int64(18*time.Hour))),
		Trigger:      pick(rng, mapping.OnInvoiced, mapping.OnInvoiced, mapping.OnCreated, mapping.OnReleased, mapping.OnDispatched, mapping.OnPaid, mapping.OnManual),
		SettleWindow: 15 * time.Minute, PageSize: pick(rng, 0, 0, 0, 0, 0, 0, 4),
		Poll: pick(rng, day, 36*time.Hour, 2*day), Sweep: pick(rng, 2*day, 3*day),
		FaultPerMille: pick(rng, 50, 100, 100, 150, 200, 300), WriteFaults: pick(rng, 0, 200, 300, 500),
		Crashes: often(60, 4*day), Stops: often(30, 6*day), LostResults: rng.IntN(4) == 0,
		TemporalLoss: often(15, 10*day), OldLedger: often(15, 12*day), LostLedger: rng.IntN(12) == 0,
		Flapping: often(15, 8*day), Twins: rng.IntN(4) == 0,
		BadDisk: pick(rng, 0, 0, 0, 2, 10), ClockJumps: often(20, 5*day), Rash: often(40, 3*day), Operator: often(40, 3*day),
	}
	p.Shop = shop.Options{
		Seed: seed, HasMore: pick(rng, shop.HasMoreDocumented, shop.HasMoreAlways, shop.HasMoreNever),
		ExclusiveSince: rng.IntN(2) == 0, ContinueAfterDeleted: rng.IntN(2) == 0,
		CustomerCreated: pick(rng, shop.CustomerCreatedAt, shop.CustomerCreated), Deposits: pick(rng, shop.DepositMixed, shop.DepositNull, shop.DepositAbsent, shop.DepositZero),
		NoOrderLineIDs: rng.IntN(8) == 0, NoStandingOrders: rng.IntN(4) == 0, DispatchShipping: rng.IntN(2) == 0, ProformaReplaced: rng.IntN(2) == 0,
		ListLag: pick(rng, 0, 0, time.Minute), ManualWebhooks: true, Unmetered: faults.IsLate,
	}
	p.Books = books.Options{
		Seed: seed, RequestsPerMinute: pick(rng, 60, 600), DuplicateSourceID: pick(rng, books.Accept, books.Accept, books.Refuse),
		RequestIDs: pick(rng, books.Honour, books.HonourSuccess, books.Ignore), InFlight: pick(rng, books.Conflict, books.CarryOut),
		ListLag: pick(rng, 0, 0, 3*time.Second, time.Minute), RaceProcess: pick(rng, 0, 0, 2*time.Second, 30*time.Second), SteadyIDs: true, Unmetered: faults.IsLate,
		WrongState: pick(rng, 409, 422), IgnoreQuery: rng.IntN(10) == 0,
	}
	p.drawWebhooks(rng)
	return p
}

// merchant is what kind of a merchant lives in the world.
func (p profile) merchant() (options []sandbox.MerchantOption) {
	if p.From == "invoice" {
		options = append(options, sandbox.WithInvoices())
	}
	if p.Afterthought > 0 {
		kinds := append(sandbox.Afterthoughts(), sandbox.FurtherAfterthoughts()...)
		if p.OnEdit == "reissue" { // mostly what leads to another invoice
			kinds = append(kinds, sandbox.EditInvoiced, sandbox.EditFulfilled, sandbox.EditBilled, sandbox.EditInvoiced, sandbox.EditFulfilled, sandbox.EditBilled, sandbox.Uncancel)
		}
		options = append(options, sandbox.WithAfterthoughts(p.Afterthought, kinds...))
	}
	return options
}

// withLifecycles draws a merchant who invoices in parts and together, changes its mind after the invoice, takes money and gives
// it back, and has sales made of orders or of invoices; and books that treat changed orders in all ways that the reference
// leaves open. It has draws of its own, so that the world is the same besides.
func (p profile) withLifecycles(seed uint64) profile {
	rng := rand.New(rand.NewPCG(seed, 0x11fec7c1e)) //nolint:gosec // repeatable on purpose
	p.From = pick(rng, "order", "invoice", "invoice")
	p.OnEdit = pick(rng, "hold", "reissue", "reissue")
	p.Afterthought = pick(rng, 0, 15, 30, 60)
	p.Pace = p.Pace * 2 / 3
	if p.From == "invoice" {
		p.Preorder = pick(rng, "hold", "split")
		p.Trigger = pick(rng, mapping.OnCreated, mapping.OnCreated, mapping.OnPaid, mapping.OnDispatched, mapping.OnManual)
	}
	p.Shop.RefundsKeepPaid = rng.IntN(2) == 0
	p.Books.ItemsChangedLag = pick(rng, 0, 0, 20*time.Second, 5*time.Minute)
	p.Books.ItemsChangedForgets, p.Books.MergePatch = rng.IntN(2) == 0, rng.IntN(3) == 0
	p.Books.CancelledFreesSourceID = rng.IntN(2) == 0
	if rng.IntN(8) == 0 {
		p.Books.PatchOnInvoiced = books.PatchRefused
	}
	return p
}

// drawWebhooks draws whether there are webhooks and how they fare.
func (p *profile) drawWebhooks(rng *rand.Rand) {
	p.Nightly = pick(rng, 0, 0, 10*24*time.Hour)
	if p.Receiver = rng.IntN(3) == 0; !p.Receiver {
		return
	}
	p.Care = pick(rng, 12*time.Hour, 36*time.Hour)
	share := pick(rng, 0, 30, 100)
	p.Mishaps = map[faults.Mishap]int{}
	for _, m := range faults.Mishaps() {
		p.Mishaps[m] = share
	}
	if rng.IntN(4) == 0 {
		p.Mishaps = map[faults.Mishap]int{faults.Lost: 500, faults.ProxyDown: 400}
	}
	p.Shop.ManualWebhooks, p.Shop.AllowHTTPWebhooks = false, true
	p.Shop.HideDisabledWebhooks = rng.IntN(2) == 0
	p.Shop.WebhookOrder = pick(rng, shop.WebhooksOvertake, shop.WebhooksInOrder)
	p.Shop.WebhookPayload = pick(rng, shop.PayloadAtEvent, shop.PayloadWhenSent)
	p.Shop.OrderEvents = pick(rng, shop.OrderEventsAll, shop.OrderEventsEdits)
}

func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }

// draw decides something with a chance in a thousand, by the seed and what it is about. It does not depend on what else happened.
func (w *World) draw(perMille int, about ...any) bool { return int(w.number(about...)%1000) < perMille }

// number is a repeatable random number about something.
func (w *World) number(about ...any) uint64 {
	h := fnv.New64a()
	var seed [8]byte
	binary.LittleEndian.PutUint64(seed[:], w.Seed)
	_, _ = h.Write(seed[:])
	_, _ = fmt.Fprintln(h, about...)
	x := h.Sum64()
	// FNV's low bits are weak for short texts: mix them (the finaliser of MurmurHash3).
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return x
}
