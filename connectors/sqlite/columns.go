package sqlite

import (
	"database/sql"
	"strings"
	"time"
	"unicode/utf8"
)

// maxText bounds what is stored of a text that comes from outside, such as a vendor's message; in bytes.
const maxText = 1000

// millis is a time as the ledger stores it. The zero time is stored as NULL.
func millis(t time.Time) sql.NullInt64 {
	if t.IsZero() {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: true}
}

// instant turns a stored time back; NULL is the zero time.
func instant(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}

// ceilMillis rounds up to whole milliseconds, so that a read which began earlier within the same millisecond never
// compares as later.
func ceilMillis(t time.Time) int64 {
	ms := t.UnixMilli()
	if time.UnixMilli(ms).Before(t) {
		ms++
	}
	return ms
}

// text stores "" as NULL, for columns whose uniqueness counts only where there is a value.
func text(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

// clip shortens a text to maxText bytes without cutting a character.
func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	cut := maxText
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// maxDetail bounds a table for people, in bytes.
const maxDetail = 8000

// clipLines shortens a text of many lines to maxDetail bytes at the end of a line.
func clipLines(s string) string {
	if len(s) <= maxDetail {
		return s
	}
	end := strings.LastIndexByte(s[:maxDetail-len("…")], '\n')
	if end < 0 {
		return clip(s) // not a table
	}
	return s[:end+1] + "…"
}

// bit is a boolean as the ledger stores it.
func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
