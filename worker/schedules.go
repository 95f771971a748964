package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"spacebridge/activities"
	"spacebridge/config"
	"spacebridge/workflows"
)

// schedulePrefix marks the schedules that are ours; no other is ever touched.
const schedulePrefix = "spacebridge/"

// When what nobody configures is done.
const (
	subscriptionInterval = time.Hour
	nightHour            = 2
	nightMinute          = 30
)

// verifyInterval is how often the integration's flags are read (design: at start and hourly).
const verifyInterval = time.Hour

// catchUp is how late a scheduled read may still start; an older one is worth nothing, the next reads the same.
const catchUp = 2 * time.Minute

// ErrOtherDaemon means that another daemon's schedules stand under the names of ours.
var ErrOtherDaemon = errors.New("another daemon has this schedule")

// wanted is one schedule as the configuration asks for it.
type wanted struct {
	workflow string // id of the workflow it starts; the schedule's own has a prefix
	run      any
	input    any
	spec     client.ScheduleSpec
	catchUp  time.Duration // how late a run that was missed is still made up for
	atStart  bool          // it also runs at every start of the daemon
}

func (w wanted) id() string { return schedulePrefix + w.workflow }

// every is a schedule by an interval, which also runs at the start.
func every(interval time.Duration, workflow string, run, input any) wanted {
	spec := client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: interval}}}
	return wanted{workflow: workflow, run: run, input: input, spec: spec, catchUp: catchUp, atStart: true}
}

// nightly is a schedule for the small hours at the site's place. A night that was missed is made up for during the day.
func nightly(zone, workflow string, run, input any) wanted {
	spec := client.ScheduleSpec{
		Calendars:    []client.ScheduleCalendarSpec{{Hour: []client.ScheduleRange{{Start: nightHour}}, Minute: []client.ScheduleRange{{Start: nightMinute}}}},
		TimeZoneName: zone,
	}
	return wanted{workflow: workflow, run: run, input: input, spec: spec, catchUp: 23 * time.Hour}
}

func wantedSchedules(c *config.Config) []wanted {
	var all []wanted
	for _, connection := range c.Connections {
		name, shop := connection.Name, connection.Orderspace
		reads := activities.PlanReadsInput{Connection: name}
		all = append(all,
			every(verifyInterval, workflows.VerifyID(name), workflows.Verify, activities.VerifyIntegrationInput{Connection: name}),
			every(shop.PollInterval, workflows.PollID(name), workflows.Poll, reads),
			every(shop.SweepInterval, workflows.SweepID(name), workflows.Sweep, reads),
			nightly(connection.Policy.TimeZone, workflows.RereadID(name), workflows.Reread, reads),
			every(subscriptionInterval, workflows.SubscriptionID(name), workflows.KeepSubscription, activities.KeepSubscriptionInput{Connection: name}),
		)
	}
	return all
}

// equalSchedules makes Temporal's schedules equal to the configuration and starts each once, now.
// A schedule that an operator paused stays paused.
func equalSchedules(ctx context.Context, c client.Client, cfg *config.Config) error {
	keep := map[string]bool{}
	for _, schedule := range wantedSchedules(cfg) {
		keep[schedule.id()] = true
		if err := setSchedule(ctx, c, cfg, schedule); err != nil {
			return fmt.Errorf("%s: %w", schedule.id(), err)
		}
	}
	return removeSchedules(ctx, c, cfg.Temporal.TaskQueue, keep)
}

// schedulePatience is how long a start keeps trying to set its schedules: just after a kill, Temporal may be busy with what
// was left behind.
const schedulePatience = 2 * time.Minute

// schedule sets the schedules, and tries again while Temporal does not answer.
func (o Options) schedule(ctx context.Context, c client.Client) error {
	ctx, cancel := context.WithTimeout(ctx, schedulePatience)
	defer cancel()
	for {
		err := equalSchedules(ctx, c, o.Config)
		if err == nil || errors.Is(err, ErrOtherDaemon) {
			return err
		}
		o.Logger.WarnContext(ctx, "schedules are not set yet", "error", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(2 * time.Second):
		}
	}
}

// setSchedule creates a schedule or makes the existing one equal, and triggers it.
func setSchedule(ctx context.Context, c client.Client, cfg *config.Config, want wanted) error {
	queue := cfg.Temporal.TaskQueue
	action := &client.ScheduleWorkflowAction{ID: want.workflow, Workflow: want.run, Args: []any{want.input}, TaskQueue: queue}
	_, err := c.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID: want.id(), Spec: want.spec, Action: action,
		Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: want.catchUp, TriggerImmediately: want.atStart,
	})
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return err
	}
	handle := c.ScheduleClient().GetHandle(ctx, want.id())
	before, err := handle.Describe(ctx)
	if err != nil {
		return err
	}
	was, ok := before.Schedule.Action.(*client.ScheduleWorkflowAction)
	if ok && was.TaskQueue != queue && !cfg.Embedded() { // the server in this process is ours alone
		return fmt.Errorf("%w: its task queue is %q and ours is %q. Two daemons must not share a connection's name in one namespace: "+
			"rename the connection, or stop the other daemon and delete the schedule", ErrOtherDaemon, was.TaskQueue, queue)
	}
	err = handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		schedule := in.Description.Schedule
		schedule.Spec = &want.spec
		schedule.Action = action
		schedule.Policy = &client.SchedulePolicies{Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: want.catchUp}
		return &client.ScheduleUpdate{Schedule: &schedule}, nil
	}})
	if err != nil || before.Schedule.State.Paused || !want.atStart {
		return err
	}
	return handle.Trigger(ctx, client.ScheduleTriggerOptions{Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP})
}

// removeSchedules deletes schedules of connections that are no longer configured.
func removeSchedules(ctx context.Context, c client.Client, queue string, keep map[string]bool) error {
	list, err := c.ScheduleClient().List(ctx, client.ScheduleListOptions{})
	if err != nil {
		return err
	}
	for list.HasNext() {
		entry, err := list.Next()
		if err != nil {
			return err
		}
		if !strings.HasPrefix(entry.ID, schedulePrefix) || keep[entry.ID] {
			continue
		}
		handle := c.ScheduleClient().GetHandle(ctx, entry.ID)
		description, err := handle.Describe(ctx)
		if err != nil {
			return fmt.Errorf("describe %s: %w", entry.ID, err)
		}
		action, ok := description.Schedule.Action.(*client.ScheduleWorkflowAction)
		if !ok || action.TaskQueue != queue {
			continue // another daemon's, in the same namespace
		}
		if err := handle.Delete(ctx); err != nil {
			return fmt.Errorf("delete %s: %w", entry.ID, err)
		}
	}
	return nil
}
