package simulation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"

	"spacebridge/activities"
	"spacebridge/workflows"
)

// engine is one execution of a loop in a process; it is the loop's workflows.Engine.
type engine struct {
	process *process
	server  *temporalServer
	run     *run // nil for what cannot be signalled
	name    string
	draws   int
	until   time.Time // when a twin is ended; zero: never
}

var _ workflows.Engine = (*engine)(nil)

// errTimeout is what a workflow sees of an activity whose time was over.
var errTimeout = errors.New("activity timed out")

// Call implements workflows.Engine: attempts with their own time limit, and the kind's retries between them. What a timed out
// attempt still does goes on beside the next one, as it does in reality.
func (e *engine) Call(kind workflows.Call, _ string, activity, in, out any) error {
	limit := kind.Limits()
	method := methodOf(activity)
	began := time.Now()
	for attempt := int32(1); ; attempt++ {
		result, err := e.attempt(kind, limit.StartToClose, method, in)
		if e.process.isDead() {
			return errDead
		}
		if err == nil {
			if method == "RecordCommand" {
				e.server.said(e.run)
			}
			return decodeInto(result, out)
		}
		e.process.world.trace.notef("temporal", "%s: %s failed: %v", e.name, method, err)
		delay, again := e.again(limit, attempt, began, err)
		if !again {
			return err
		}
		if err := e.Sleep(delay, ""); err != nil {
			return err
		}
	}
}

// again says whether and when an activity is tried again.
func (e *engine) again(limit workflows.Limits, attempt int32, began time.Time, err error) (time.Duration, bool) {
	if limit.Retry.MaximumAttempts > 0 && attempt >= limit.Retry.MaximumAttempts {
		return 0, false
	}
	delay := limit.Retry.InitialInterval
	for range min(attempt-1, 20) {
		delay = min(2*delay, limit.Retry.MaximumInterval)
	}
	if failure, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		if failure.NonRetryable() {
			return 0, false
		}
		delay = max(delay, failure.NextRetryDelay())
	}
	if limit.ScheduleToClose > 0 && time.Since(began)+delay > limit.ScheduleToClose {
		return 0, false
	}
	return delay, true
}

// attempt runs an activity once. Now and then its result is lost on the way to Temporal, and only the time limit ends it.
func (e *engine) attempt(kind workflows.Call, limit time.Duration, method string, in any) (any, error) {
	p := e.process
	if kind != workflows.CallLedger {
		select {
		case p.slots <- struct{}{}:
		case <-p.dead:
			return nil, errDead
		}
	}
	type reply struct {
		value any
		err   error
	}
	ctx, cancel := context.WithTimeout(p.ctx, limit)
	done := make(chan reply, 1)
	p.wait.Go(func() {
		defer cancel()
		value, err := call(ctx, p.acts, method, in)
		if kind != workflows.CallLedger {
			<-p.slots
		}
		done <- reply{value, err}
	})
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case r := <-done:
		if kind != workflows.CallLedger && e.lost(method) {
			select {
			case <-timer.C:
			case <-p.dead:
			}
			return nil, errTimeout
		}
		return r.value, r.err
	case <-timer.C:
		return nil, errTimeout
	case <-p.dead:
		return nil, errDead
	}
}

// lost decides whether the result of an activity gets lost.
func (e *engine) lost(method string) bool {
	e.draws++
	w := e.process.world
	if !w.profile.LostResults || w.healed.Load() || !w.draw(40, "lost", e.name, method, e.process.number, e.draws) {
		return false
	}
	w.counts.count(&w.counts.Temporal)
	w.trace.notef("world", "%s: the result of %s is lost", e.name, method)
	return true
}

// methodOf names the activity that a method value stands for.
func methodOf(activity any) string {
	full := runtime.FuncForPC(reflect.ValueOf(activity).Pointer()).Name()
	return strings.TrimSuffix(full[strings.LastIndex(full, ".")+1:], "-fm")
}

// call runs an activity by name. Input and result cross as JSON, as they do through Temporal.
func call(ctx context.Context, acts *activities.Activities, name string, in any) (any, error) {
	method := reflect.ValueOf(acts).MethodByName(name)
	if !method.IsValid() {
		return nil, fmt.Errorf("no activity %s", name)
	}
	input := reflect.New(method.Type().In(1))
	if err := through(in, input.Interface()); err != nil {
		return nil, err
	}
	results := method.Call([]reflect.Value{reflect.ValueOf(ctx), input.Elem()})
	err, _ := reflect.TypeAssert[error](results[len(results)-1])
	if len(results) == 1 {
		return nil, err
	}
	return results[0].Interface(), err
}

func decodeInto(result, out any) error {
	if out == nil || result == nil {
		return nil
	}
	return through(result, out)
}

func through(from, to any) error {
	text, err := json.Marshal(from)
	if err != nil {
		return fmt.Errorf("encode for temporal: %w", err)
	}
	if err := json.Unmarshal(text, to); err != nil {
		return fmt.Errorf("decode from temporal: %w", err)
	}
	return nil
}

// Sleep implements workflows.Engine.
func (e *engine) Sleep(wait time.Duration, _ string) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-e.process.dead:
		return errDead
	}
}

// Listen implements workflows.Engine.
func (e *engine) Listen(wait time.Duration, _ string) {
	var over <-chan time.Time
	if wait == 0 && !e.until.IsZero() {
		wait = max(time.Until(e.until), 0) + time.Second
	}
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		over = timer.C
	}
	for !e.Heard() {
		select {
		case <-e.run.wake:
		case <-over:
			return
		case <-e.process.dead:
			return
		}
	}
}

// Heard implements workflows.Engine.
func (e *engine) Heard() bool {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	waiting := e.run.changed > 0
	for _, words := range e.run.words {
		waiting = waiting || len(words) > 0
	}
	return waiting
}

// News implements workflows.Engine.
func (e *engine) News() {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	e.run.changed = 0
}

// Word implements workflows.Engine.
func (e *engine) Word(kind string) (workflows.Word, bool) {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	words := e.run.words[kind]
	if len(words) == 0 {
		return workflows.Word{}, false
	}
	e.run.words[kind] = words[1:]
	e.run.unsaid = func() { e.run.words[kind] = append([]workflows.Word{words[0]}, e.run.words[kind]...) }
	return words[0], true
}

// Ended implements workflows.Engine.
func (e *engine) Ended() error {
	if e.process.isDead() || !e.until.IsZero() && time.Now().After(e.until) {
		return errDead
	}
	return nil
}

// LongHistory implements workflows.Engine.
func (e *engine) LongHistory() bool { return false }

// Tell implements workflows.Engine.
func (e *engine) Tell(string) {}

// File implements workflows.Engine.
func (e *engine) File(number, state, hold string) {
	e.process.world.trace.notef("sale", "%s: order %s is %s, hold %s", e.name, number, state, hold)
}

// Log implements workflows.Engine.
func (e *engine) Log() log.Logger { return silent{} }

// silent is a log that nobody reads.
type silent struct{}

// Debug implements log.Logger.
func (silent) Debug(string, ...any) {}

// Info implements log.Logger.
func (silent) Info(string, ...any) {}

// Warn implements log.Logger.
func (silent) Warn(string, ...any) {}

// Error implements log.Logger.
func (silent) Error(string, ...any) {}
