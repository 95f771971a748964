package activities

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"

	"spacebridge/connectors/rest"
)

// How a failed read goes on, by the class of its failure. This is the only place that decides it.
//
// Writes never get here: a step ends in an outcome, not in an error (see step.go).
var readRetries = map[rest.Class]struct {
	retry bool
	delay time.Duration // 0: the activity's own backoff
}{
	rest.NotSent:      {retry: true},
	rest.Unknown:      {retry: true},
	rest.RateLimited:  {retry: true, delay: time.Minute},
	rest.Unauthorized: {retry: false}, // the next scheduled run tries again, at its own pace
	rest.NotFound:     {retry: false},
	rest.Rejected:     {retry: false},
}

// readError makes a connector's error fit for a Temporal history: class, route and status, never what the vendor wrote,
// which may quote personal data (invariant 10).
func readError(err error) error {
	failure, ok := errors.AsType[*rest.Error](err)
	if !ok {
		return err
	}
	rule := readRetries[failure.Class]
	delay := rule.delay
	if failure.RetryAfter > 0 {
		delay = failure.RetryAfter
	}
	return temporal.NewApplicationErrorWithOptions(summary(failure), string(failure.Class), temporal.ApplicationErrorOptions{
		NonRetryable:   !rule.retry,
		NextRetryDelay: delay,
	})
}

// summary describes a failure without the vendor's words.
func summary(e *rest.Error) string {
	text := e.Vendor + " " + e.Method + " " + e.Route + ": " + string(e.Class)
	if e.Code != "" {
		text += " " + e.Code
	}
	return text
}

// permanent marks an error that trying again cannot mend.
func permanent(err error, kind string) error {
	return temporal.NewNonRetryableApplicationError(err.Error(), kind, nil)
}
