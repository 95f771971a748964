package mapping

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/money"
)

// block is "key: value" lines and at most one table.
type block struct {
	t     *testing.T
	pairs [][2]string
	rows  []map[string]string
}

// readBlocks reads the blocks of a section, which blank lines part. The first row of a table names its columns.
func readBlocks(t *testing.T, text string) []block {
	t.Helper()
	blocks := []block{{t: t}}
	var header []string
	for line := range strings.SplitSeq(text, "\n") {
		b := &blocks[len(blocks)-1]
		switch trimmed := strings.TrimSpace(line); {
		case trimmed == "":
			if len(b.pairs)+len(b.rows) > 0 {
				blocks, header = append(blocks, block{t: t}), nil
			}
		case strings.HasPrefix(trimmed, "|"):
			cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(trimmed, "|"), "|"), "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			if header == nil {
				header = cells
				continue
			}
			require.Len(t, cells, len(header), "row %s", line)
			row := map[string]string{}
			for i, cell := range cells {
				row[header[i]] = cell
			}
			b.rows = append(b.rows, row)
		default:
			key, value, found := strings.Cut(trimmed, ":")
			require.True(t, found, "line %q", line)
			b.pairs = append(b.pairs, [2]string{key, strings.TrimSpace(value)})
		}
	}
	if last := blocks[len(blocks)-1]; len(blocks) > 1 && len(last.pairs)+len(last.rows) == 0 {
		blocks = blocks[:len(blocks)-1]
	}
	return blocks
}

func number(text string) money.NullDecimal {
	if text == "" {
		return money.NullDecimal{}
	}
	return money.Some(money.MustParse(text))
}

func list(text string) []string {
	parts := strings.Split(text, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

func when(t *testing.T, text string) time.Time {
	t.Helper()
	if text == "" || text == "never" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	t.Fatalf("time %q", text)
	return time.Time{}
}
