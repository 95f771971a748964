package config

import (
	"fmt"
	"time"
)

// Date is a plain calendar day, such as 2026-01-01. The zero value is no day.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads a day written as 2006-01-02.
func ParseDate(text string) (Date, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a day such as 2026-01-01", text)
	}
	return dateOf(day), nil
}

// dateOf is the day that a moment belongs to where its clock is.
func dateOf(moment time.Time) Date {
	year, month, day := moment.Date()
	return Date{Year: year, Month: month, Day: day}
}

// IsZero reports whether no day is given.
func (d Date) IsZero() bool { return d == Date{} }

// midnight is the day's first moment where clocks never change.
func (d Date) midnight() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// In is the first moment of the day at a place, whatever the clocks there do: a day may begin at 01:00, since the hour before
// is left out for summer time, and may have two midnights, the first of which counts. time.Date promises neither. A day that a
// place has left out altogether begins where the next one does.
func (d Date) In(place *time.Location) time.Time {
	midnight := d.midnight()
	var moments []time.Time // where the day may begin; of a day that begins twice, the first is met first
	for _, near := range []time.Time{midnight.Add(-2 * day), midnight, midnight.Add(2 * day)} {
		at := near.In(place)
		_, offset := at.Zone()
		moments = append(moments, midnight.Add(-time.Duration(offset)*time.Second).In(place))
		from, to := at.ZoneBounds()
		moments = append(moments, from, to)
	}
	for _, moment := range moments {
		if !moment.IsZero() && !d.after(dateOf(moment)) && d.after(dateOf(moment.Add(-time.Nanosecond))) {
			return moment
		}
	}
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, place)
}

// day is as long as most of them.
const day = 24 * time.Hour

// after reports whether d is a later day than other.
func (d Date) after(other Date) bool { return d.midnight().After(other.midnight()) }

// String writes the day as 2006-01-02, or nothing.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.midnight().Format(time.DateOnly)
}
