package mapping

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// clean makes text fit for a field of one line: valid, without control characters, blanks collapsed.
func clean(text string) string {
	text = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case unicode.IsControl(c):
			return -1
		default:
			return c
		}
	}, strings.ToValidUTF8(text, ""))
	return strings.Join(strings.Fields(text), " ")
}

// shorten cuts text to at most limit characters and marks the cut. It never splits a character. A character beyond the
// basic plane counts as two, as it does where strings are UTF-16: so the limit holds however the reader counts.
func shorten(text string, limit int) string {
	if length(text) <= limit {
		return text
	}
	var b strings.Builder
	for _, c := range text {
		size := width(c)
		if limit-size < 1 { // one place is the mark's
			break
		}
		limit -= size
		b.WriteRune(c)
	}
	return strings.TrimRight(b.String(), " ") + "…"
}

func length(text string) (n int) {
	for _, c := range text {
		n += width(c)
	}
	return n
}

func width(c rune) int {
	if c > 0xFFFF {
		return 2
	}
	return 1
}

// quoted shows a value that came from outside in a reason, short and in quotes.
func quoted(text string, limit int) string { return strconv.Quote(shorten(clean(text), limit)) }

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// listed joins the parts of a reason, and keeps that of a very long order readable.
func listed(parts []string) string {
	const most = 20
	if len(parts) > most {
		return strings.Join(parts[:most], "; ") + fmt.Sprintf("; and %d more", len(parts)-most)
	}
	return strings.Join(parts, "; ")
}
