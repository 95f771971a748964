package command

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// writeJSON writes a value for scripts: indented, and with texts as they are.
func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// table aligns rows of words for people.
type table struct {
	right map[int]bool // columns of numbers
	rows  [][]string
}

func newTable(header ...string) *table {
	return &table{right: map[int]bool{}, rows: [][]string{header}}
}

func (t *table) alignRight(columns ...int) *table {
	for _, column := range columns {
		t.right[column] = true
	}
	return t
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// write prints the rows; the last column is never padded, so that nothing ends in blanks.
func (t *table) write(w io.Writer) error {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var text strings.Builder
	for _, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			blanks := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if t.right[i] {
				cell = blanks + cell
			} else {
				cell += blanks
			}
			line.WriteString(cell + "  ")
		}
		text.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// plural is "1 sale" or "2 sales".
func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// ago says how long something has lasted, to the precision a person needs.
func ago(d time.Duration) string {
	switch {
	case d < time.Second:
		return "less than a second"
	case d < time.Minute:
		return plural(int(d/time.Second), "second")
	case d < time.Hour:
		return plural(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return plural(int(d/time.Hour), "hour")
	default:
		return plural(int(d/(24*time.Hour)), "day")
	}
}

// clock writes a time for people, at the site; "-" for none.
func clock(t time.Time, place *time.Location) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(place).Format("2006-01-02 15:04:05 MST")
}

// stamp writes a time for scripts; nil for none.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format(time.RFC3339)
	return &text
}

// or gives a word for an empty text.
func or(text, instead string) string {
	if text == "" {
		return instead
	}
	return text
}

// shorten cuts text to at most width letters.
func shorten(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	return strings.TrimRight(string(runes[:width-1]), " ") + "…"
}

// wrap breaks text into lines of at most width, each after the first indented.
func wrap(text string, width, indent int) string {
	var out strings.Builder
	length := 0
	for i, word := range strings.Fields(text) {
		size := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case length+1+size > width:
			out.WriteString("\n" + strings.Repeat(" ", indent))
			length = 0
		default:
			out.WriteString(" ")
			length++
		}
		out.WriteString(word)
		length += size
	}
	return out.String()
}
