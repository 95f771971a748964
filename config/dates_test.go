package config

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSinceBeginsWhereTheSiteIs holds the first moment of days on which clocks do something, and of places far from UTC.
func TestSinceBeginsWhereTheSiteIs(t *testing.T) {
	cases := []struct{ name, zone, day, local, utc string }{
		{"plain winter", "Europe/London", "2026-01-01", "00:00", "2026-01-01T00:00:00Z"},
		{"plain summer", "Europe/London", "2026-07-01", "00:00", "2026-06-30T23:00:00Z"},
		{"the day clocks go forward, at 01:00", "Europe/London", "2026-03-29", "00:00", "2026-03-29T00:00:00Z"},
		{"the day after clocks went forward", "Europe/London", "2026-03-30", "00:00", "2026-03-29T23:00:00Z"},
		{"the day clocks go back, at 02:00", "Europe/London", "2026-10-25", "00:00", "2026-10-24T23:00:00Z"},
		{"the day after clocks went back", "Europe/London", "2026-10-26", "00:00", "2026-10-26T00:00:00Z"},
		{"a day that begins at 01:00, in the south", "America/Santiago", "2026-09-06", "01:00", "2026-09-06T04:00:00Z"},
		{"the day before it", "America/Santiago", "2026-09-05", "00:00", "2026-09-05T04:00:00Z"},
		{"the day after it", "America/Santiago", "2026-09-07", "00:00", "2026-09-07T03:00:00Z"},
		{"23:00 comes twice the evening before", "America/Santiago", "2026-04-05", "00:00", "2026-04-05T04:00:00Z"},
		{"a day that begins at 01:00, east of UTC", "Africa/Cairo", "2026-04-24", "01:00", "2026-04-23T22:00:00Z"},
		{"23:00 comes twice, east of UTC", "Africa/Cairo", "2026-10-30", "00:00", "2026-10-29T22:00:00Z"},
		{"a day with two midnights", "America/Havana", "2026-11-01", "00:00", "2026-11-01T04:00:00Z"},
		{"a day that begins at 01:00 where London has a midnight", "Asia/Beirut", "2026-03-29", "01:00", "2026-03-28T22:00:00Z"},
		{"thirteen hours ahead all year", "Pacific/Tongatapu", "2026-01-01", "00:00", "2025-12-31T11:00:00Z"},
		{"thirteen hours ahead in summer", "Pacific/Auckland", "2026-01-01", "00:00", "2025-12-31T11:00:00Z"},
		{"twelve hours ahead in winter", "Pacific/Auckland", "2026-07-01", "00:00", "2026-06-30T12:00:00Z"},
		{"fourteen hours ahead", "Pacific/Kiritimati", "2026-01-01", "00:00", "2025-12-31T10:00:00Z"},
		{"twelve hours behind", "Etc/GMT+12", "2026-01-01", "00:00", "2026-01-01T12:00:00Z"},
		{"no clock ever changes", "UTC", "2026-03-29", "00:00", "2026-03-29T00:00:00Z"},
		{"a quarter of an hour", "Asia/Kathmandu", "2026-01-01", "00:00", "2025-12-31T18:15:00Z"},
		{"a day that begins, ends a minute later, and begins again", "America/St_Johns", "2006-10-29", "00:00", "2006-10-29T02:30:00Z"},
		{"a day that was left out", "Pacific/Apia", "2011-12-30", "00:00", "2011-12-30T10:00:00Z"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			settings, err := load(t, minimal[:len(minimal)-1]+"\n    policy: {time_zone: "+c.zone+"}\n")
			require.NoError(t, err)
			connection := settings.Connections[0]
			connection.Since, err = ParseDate(c.day)
			require.NoError(t, err)
			starts := connection.StartsAt()
			require.Equal(t, c.utc, starts.UTC().Format(time.RFC3339))
			require.Equal(t, c.local, starts.In(connection.Policy.Location()).Format("15:04"))
		})
	}
}

// TestEveryDayBeginsOnce goes through ten years of places with every habit: each day begins within it and not before, and
// where the day before ends.
func TestEveryDayBeginsOnce(t *testing.T) {
	for _, zone := range []string{
		"UTC", "Europe/London", "America/Santiago", "Africa/Cairo", "America/Havana", "Asia/Beirut", "America/Asuncion", "Asia/Gaza",
		"Africa/Casablanca", "Pacific/Auckland", "Australia/Lord_Howe", "Pacific/Tongatapu", "Pacific/Chatham", "America/St_Johns", "America/Nuuk",
	} {
		place, err := time.LoadLocation(zone)
		require.NoError(t, err)
		for at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2030; at = at.AddDate(0, 0, 1) {
			d := dateOf(at)
			starts := d.In(place)
			require.Equal(t, d, dateOf(starts), "%s %s", zone, d)
			require.Equal(t, dateOf(at.AddDate(0, 0, -1)), dateOf(starts.Add(-time.Nanosecond)), "%s %s", zone, d)
			require.Equal(t, d.String(), starts.Format(time.DateOnly))
		}
	}
}
