package workflows

import (
	"errors"
	"fmt"

	"spacebridge/activities"
)

const (
	hopelessAfter = 5  // single reads that fail one after the other: it is not the records that are at fault
	tellEvery     = 25 // single reads from one word about progress to the next
	shownFailures = 5  // failures named in an error
)

// failures collects what went wrong with single reads, without growing beyond all bounds.
type failures struct {
	first []error
	n     int
	inRow int
}

func (f *failures) add(err error) {
	f.n++
	f.inRow++
	if len(f.first) < shownFailures {
		f.first = append(f.first, err)
	}
}

// hopeless reports whether it is time to stop: nothing can be read at all.
func (f *failures) hopeless() bool { return f.inRow >= hopelessAfter }

// err sums up, nil when nothing went wrong.
func (f *failures) err() error {
	if f.n > len(f.first) {
		return errors.Join(append(f.first, fmt.Errorf("and %d records more that could not be read", f.n-len(f.first)))...)
	}
	return errors.Join(f.first...)
}

// singles reads the records of a plan one by one. One that cannot be read keeps no other from its turn; only when nothing can
// be read any more, the rest is left for another time.
func (r *ReadsResult) singles(e Engine, connection string, plan activities.ReadPlan, why string) *failures {
	failed := &failures{}
	for i, ref := range plan.Single {
		if i%tellEvery == 0 {
			e.Tell(fmt.Sprintf("Reading records one by one: %d of %d done.", i, len(plan.Single)))
		}
		read := activities.ReadRecordInput{Connection: connection, Kind: ref.Kind, ID: ref.ID, For: plan.For}
		if err := e.Call(CallOne, string(ref.Kind)+" "+ref.ID+": "+why, act.ReadRecord, read, nil); err != nil {
			failed.add(fmt.Errorf("%s %s: %w", ref.Kind, ref.ID, err))
			if failed.hopeless() || e.Ended() != nil {
				return failed
			}
			continue
		}
		failed.inRow = 0
		r.answered++
		r.Read++
	}
	return failed
}
