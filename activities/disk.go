package activities

import (
	"context"
	"fmt"
	"sync"
	"time"

	"spacebridge/connectors/sqlite"
)

// diskEvery is how often the disk is asked how much room it has.
const diskEvery = 5 * time.Second

// disk decides whether there is room enough to write to the books.
//
// Invariant 2: every change to the books needs a place in the ledger, for its effect before and for its outcome after. An
// outcome that cannot be written is one more unknown, so writing to the books stops before the disk is full; reading goes
// on. It begins again by itself once there is a quarter more than the reserve, so that it does not flutter at the edge.
type disk struct {
	free    func() (uint64, error) // nil: not asked
	reserve uint64
	full    func() bool // the ledger has just met a full disk; nil: it never does

	mu      sync.Mutex // guards what follows, also while the disk is asked and the ledger told
	low     bool
	checked time.Time
}

// due reports whether to look afresh: at once when the ledger has met a full disk, and now and then anyway.
func (d *disk) due(now time.Time) bool {
	age := now.Sub(d.checked)
	return d.checked.IsZero() || age < 0 || age >= diskEvery || !d.low && d.isFull()
}

func (d *disk) isFull() bool { return d.full != nil && d.full() }

// tooLow is what a look says, and in words for the operator.
func (d *disk) tooLow() (low bool, message string) {
	free, known := uint64(0), false
	if d.free != nil {
		var err error
		free, err = d.free()
		known = err == nil
	}
	need := d.reserve
	if d.low {
		need += d.reserve / 4
	}
	switch {
	case known && free < need:
		return true, fmt.Sprintf("%d MiB are free where the ledger is, and %d MiB are kept in reserve", free>>20, d.reserve>>20)
	case !d.low && d.isFull():
		return true, "the disk that holds the ledger is full"
	default:
		// There is room, or nobody knows. Whether the ledger can be written to, it will tell when the problem is cleared.
		return false, ""
	}
}

// diskLow reports whether nothing may be written to the books for want of room for the ledger. A change is filed with
// every connection, since they share the disk.
func (a *Activities) diskLow(ctx context.Context) bool {
	d := &a.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	now := a.now()
	if !d.due(now) {
		return d.low
	}
	low, message := d.tooLow()
	if !low {
		low = a.clearDisk(ctx) != nil && d.isFull()
	} else {
		a.reportDisk(ctx, message)
	}
	if d.low && !low {
		for name := range a.connections {
			a.relayed.forget(name) // the sales that were turned away must not wait for their own timers
		}
	}
	d.low, d.checked = low, now
	return low
}

// reportDisk files the problem with the connections that do not have it yet. A disk without any room cannot take that
// either: then the log says it, and it is tried again at the next look.
func (a *Activities) reportDisk(ctx context.Context, message string) {
	for name := range a.connections {
		if a.standing(name, ProblemDiskLow) {
			continue
		}
		err := a.report(ctx, sqlite.Problem{
			Connection: name, Code: ProblemDiskLow, Message: message,
			Advice: "make room on the disk of data_dir, or lower disk_reserve; nothing is written to the books until then",
		})
		if err != nil {
			a.log.ErrorContext(ctx, "the ledger cannot note that its disk is low", "connection", name, "error", err)
		}
	}
}

// clearDisk removes the problem. Its error says that the ledger could not be written to.
func (a *Activities) clearDisk(ctx context.Context) error {
	for name := range a.connections {
		if err := a.clear(ctx, name, ProblemDiskLow); err != nil {
			return err
		}
	}
	return nil
}
