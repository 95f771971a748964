package activities_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"

	"spacebridge/activities"
	"spacebridge/mapping"
	"spacebridge/workflows"
)

// direct is an Engine that calls the activities of a bench at once: what the loops of the workflows do to a real ledger and a
// shop, without Temporal between them. A failed call is tried again as its kind says, in no time.
type direct struct {
	*bench

	signals int
	told    []string
	pauses  int
}

var _ workflows.Engine = (*direct)(nil)

func (d *direct) Call(kind workflows.Call, _ string, activity, in, out any) error {
	full := runtime.FuncForPC(reflect.ValueOf(activity).Pointer()).Name()
	method := reflect.ValueOf(d.Activities).MethodByName(strings.TrimSuffix(full[strings.LastIndex(full, ".")+1:], "-fm"))
	most := kind.Limits().Retry.MaximumAttempts
	if most == 0 {
		most = 5 // what tries for minutes gives up in the end
	}
	for attempt := int32(1); ; attempt++ {
		input := reflect.New(method.Type().In(1))
		through(in, input.Interface())
		results := method.Call([]reflect.Value{reflect.ValueOf(context.Background()), input.Elem()})
		err, _ := reflect.TypeAssert[error](results[len(results)-1])
		if err == nil {
			if out != nil && len(results) > 1 {
				through(results[0].Interface(), out)
			}
			return nil
		}
		final, ok := errors.AsType[*temporal.ApplicationError](err)
		if attempt == most || ok && final.NonRetryable() {
			return err
		}
	}
}

// through passes a value on as Temporal does.
func through(from, to any) {
	text, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		panic(err)
	}
}

func (d *direct) Sleep(wait time.Duration, _ string) error {
	d.clock = d.clock.Add(wait)
	d.pauses++
	return nil
}

func (d *direct) Listen(time.Duration, string)       {}
func (d *direct) Heard() bool                        { return d.signals > 0 }
func (d *direct) News()                              { d.signals = 0 }
func (d *direct) Word(string) (workflows.Word, bool) { return workflows.Word{}, false }
func (d *direct) Ended() error                       { return nil }
func (d *direct) LongHistory() bool                  { return false }
func (d *direct) Tell(details string)                { d.told = append(d.told, details) }
func (d *direct) File(_, _, _ string)                {}
func (d *direct) Log() log.Logger                    { return nil }
func (b *bench) direct() *direct                     { return &direct{bench: b} }
func (b *bench) reads() activities.PlanReadsInput {
	return activities.PlanReadsInput{Connection: "acme"}
}

func (b *bench) drain() (workflows.ReadsResult, error) {
	return workflows.DrainInboxOn(b.direct(), b.reads())
}

func (b *bench) sweep() (workflows.ReadsResult, error) {
	return workflows.SweepOn(b.direct(), b.reads())
}

func (b *bench) poll() (workflows.ReadsResult, error) { return workflows.PollOn(b.direct(), b.reads()) }

func (b *bench) reread() (workflows.ReadsResult, error) {
	return workflows.RereadOn(b.direct(), b.reads())
}

func drainOn(d *direct) (workflows.ReadsResult, error) { return workflows.DrainInboxOn(d, d.reads()) }

// setUpPages opens the ledger again with activities that know of smaller pages.
func (b *bench) setUpPages(perPage int) {
	b.t.Helper()
	b.setUp = func(o *activities.Options) { o.Connections[0].PageSize = perPage }
	b.restart(mapping.OnManual)
}
