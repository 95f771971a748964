package activities

import "time"

// How far back a sweep reads everything, whatever its status.
const (
	sweepFarthest = 90 * 24 * time.Hour
	sweepNearest  = 24 * time.Hour
	sweepPart     = 4 // one in so many of the interval's requests are for it
)

// reach gives the time since when a sweep reads all that was created: as early as the budget allows, which is how many
// pages the lists may take together, but never before earliest, and otherwise not after latest. Lists never
// grow by beginning later, so the search halves the span, to the hour.
func reach(earliest, latest time.Time, budget, perPage int, lists ...shown) time.Time {
	fits := func(t time.Time) bool {
		sum := 0
		for _, l := range lists {
			sum += min(l.pages(perPage, t, time.Time{}), budget+1)
		}
		return sum <= budget
	}
	if !earliest.Before(latest) || fits(earliest) {
		return earliest
	}
	too, ok := 0, int(latest.Sub(earliest)/time.Hour)+1 // hours after earliest: too much, and as late as it gets
	for ok-too > 1 {
		if middle := (too + ok) / 2; fits(earliest.Add(time.Duration(middle) * time.Hour)) {
			ok = middle
		} else {
			too = middle
		}
	}
	if t := earliest.Add(time.Duration(ok) * time.Hour); t.Before(latest) {
		return t
	}
	return latest
}

// sweepBudget is how many requests of an interval a sweep may take for what is recent; 0 requests a minute is no limit.
func sweepBudget(perMinute int, interval time.Duration) int {
	if perMinute <= 0 || interval <= 0 {
		return never
	}
	return max(1, int(int64(perMinute)*int64(interval/time.Second)/60/sweepPart))
}
