package faults

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// ParseRates reads rates as people write them: "lost_reply=20,502_after=5", each per mille. "all" stands for every kind
// that is not named. Errors name what cannot be read.
func ParseRates(text string) (map[Kind]int, error) {
	rates, every, err := parseShares[Kind](text)
	if err != nil {
		return nil, err
	}
	if every != 0 {
		for _, kind := range Kinds() {
			if _, named := rates[kind]; !named {
				rates[kind] = every
			}
		}
	}
	if err := (&Plan{PerMille: rates}).Check(); err != nil {
		return nil, err
	}
	return rates, nil
}

// parseShares reads "name=per mille,..."; every is the share that "all" names.
func parseShares[K ~string](text string) (shares map[K]int, every int, err error) {
	shares = map[K]int{}
	for part := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		n, err := strconv.Atoi(value)
		if !ok || err != nil {
			return nil, 0, fmt.Errorf("%q is not of the form kind=per mille", part)
		}
		switch _, twice := shares[K(name)]; {
		case name == "all":
			every = n
		case twice:
			return nil, 0, fmt.Errorf("fault %s is named twice", name)
		default:
			shares[K(name)] = n
		}
	}
	return shares, every, nil
}

// WriteTable writes a table of all kinds for people.
func WriteTable(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "KIND\tVENDOR ACTS\tWHAT HAPPENS") // Flush tells of a writer that fails
	for _, t := range traits {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", t.kind, t.acts, t.text)
	}
	return table.Flush()
}

// Summary writes counts in one line, in the order of Kinds: "lost_reply=3 502_after=1". It is "" for none.
func Summary(counts map[Kind]int) string {
	var parts []string
	for _, kind := range Kinds() {
		if n := counts[kind]; n > 0 {
			parts = append(parts, string(kind)+"="+strconv.Itoa(n))
		}
	}
	return strings.Join(parts, " ")
}
