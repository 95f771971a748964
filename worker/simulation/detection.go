package simulation

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"spacebridge/connectors/sandbox/shop"
)

// detections measures how long changes take from the shop into the ledger, from the time it is switched on.
type detections struct {
	mu      sync.Mutex
	on      bool
	waiting map[string][]shop.Change // by kind and id: changes that the ledger does not know yet
	took    map[string][]time.Duration
}

func newDetections() *detections {
	return &detections{waiting: map[string][]shop.Change{}, took: map[string][]time.Duration{}}
}

// happened is told every change of a record as it happens.
func (d *detections) happened(c shop.Change) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.on {
		return
	}
	key := string(c.Kind) + "/" + c.ID
	d.waiting[key] = append(d.waiting[key], c)
}

// begin switches the measurement on.
func (d *detections) begin() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.on = true
}

// look asks the ledger which of the changes that happened it knows by now: those before the latest read of their record, and
// a deletion once it is known as gone.
func (d *detections) look(ledger *sql.DB, connection string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	for key, changes := range d.waiting {
		kind, id, _ := strings.Cut(key, "/")
		var readAt sql.NullInt64
		var gone bool
		err := ledger.QueryRow(`SELECT read_at, gone FROM records WHERE connection = ? AND kind = ? AND record_id = ?`, connection, kind, id).Scan(&readAt, &gone) //nolint:noctx // a file in memory
		if errors.Is(err, sql.ErrNoRows) {
			if changes[len(changes)-1].Body == nil {
				delete(d.waiting, key) // it came and went between two reads: there is nothing left to find
			}
			continue
		}
		if err != nil {
			return err
		}
		read := time.UnixMilli(readAt.Int64)
		left := changes[:0]
		for _, c := range changes {
			if !readAt.Valid || read.Before(c.At.Truncate(time.Millisecond)) || c.Body == nil && !gone {
				left = append(left, c)
				continue
			}
			label := string(c.Kind) + " " + string(c.What)
			d.took[label] = append(d.took[label], now.Sub(c.At))
		}
		if d.waiting[key] = left; len(left) == 0 {
			delete(d.waiting, key)
		}
	}
	return nil
}

// overdue names changes that have been waiting for longer than a time.
func (d *detections) overdue(after time.Duration) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var late []string
	for key, changes := range d.waiting {
		for _, c := range changes {
			if waits := time.Since(c.At); waits > after {
				late = append(late, fmt.Sprintf("%s %s for %s", key, c.What, waits.Round(time.Second)))
			}
		}
	}
	slices.Sort(late)
	return late
}

// Detection is how long one kind of change took to be found.
type Detection struct {
	Change string        `json:"change"`
	Count  int           `json:"count"`
	Median time.Duration `json:"median_ns"`
	P95    time.Duration `json:"p95_ns"`
	Most   time.Duration `json:"most_ns"`
}

// result gives the distributions by kind of change.
func (d *detections) result() []Detection {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []Detection
	for _, change := range slices.Sorted(maps.Keys(d.took)) {
		took := slices.Sorted(slices.Values(d.took[change]))
		all = append(all, Detection{Change: change, Count: len(took), Median: took[len(took)/2], P95: took[len(took)*95/100], Most: took[len(took)-1]})
	}
	return all
}

// detectionTable is a distribution for people.
func detectionTable(rows []Detection) string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(table, "change\tcount\tmedian\t95 %\tlongest\t")
	for _, row := range rows {
		_, _ = fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t\n", row.Change, row.Count, row.Median.Round(time.Second), row.P95.Round(time.Second), row.Most.Round(time.Second))
	}
	_ = table.Flush() // into memory
	return b.String()
}

// budgetTable tells people which work used how much of what Orderspace allows.
func budgetTable(used map[string]int, of time.Duration) string {
	var b strings.Builder
	all := 60 * int(of/time.Minute)
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintf(table, "work\trequests\tof %d\t\n", all)
	for _, work := range slices.Sorted(maps.Keys(used)) {
		_, _ = fmt.Fprintf(table, "%s\t%d\t%d.%d %%\t\n", work, used[work], used[work]*100/all, used[work]*1000/all%10)
	}
	_ = table.Flush() // into memory
	return b.String()
}
