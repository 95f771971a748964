package faults

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// ParseRates reads rates as people write them: "lost_reply=20,502_after=5", each per mille. "all" stands for every kind
// that is not named. Errors name what cannot be read.
func ParseRates(text string) (map[Kind]int, error) {
	rates, err := parseShares(text, Kinds())
	if err != nil {
		return nil, err
	}
	return rates, (&Plan{PerMille: rates}).Check()
}

// parseShares reads "name=per mille,...". "all" stands for every name of all that is not there.
func parseShares[K ~string](text string, all []K) (map[K]int, error) {
	shares, every := map[K]int{}, 0
	for part := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		n, err := strconv.Atoi(value)
		if !ok || err != nil {
			return nil, fmt.Errorf("%q is not of the form kind=per mille", part)
		}
		switch _, twice := shares[K(name)]; {
		case name == "all":
			every = n
		case twice:
			return nil, fmt.Errorf("fault %s is named twice", name)
		default:
			shares[K(name)] = n
		}
	}
	for _, name := range all {
		if _, named := shares[name]; !named && every != 0 {
			shares[name] = every
		}
	}
	return shares, nil
}

// checkShares tells what is wrong with shares: a name that does not exist, one that is negative, more than 1000 together.
func checkShares[K ~string](shares map[K]int, all []K) error {
	sum := 0
	for _, name := range slices.Sorted(maps.Keys(shares)) {
		if !slices.Contains(all, name) {
			return fmt.Errorf("no fault is called %q", string(name))
		}
		if shares[name] < 0 || shares[name] > 1000 {
			return fmt.Errorf("fault %s: %d per mille is not between 0 and 1000", name, shares[name])
		}
		sum += shares[name]
	}
	if sum > 1000 {
		return fmt.Errorf("the faults add up to %d per mille, which is more than there can be", sum)
	}
	return nil
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
func Summary(counts map[Kind]int) string { return summary(counts, Kinds()) }

func summary[K ~string](counts map[K]int, all []K) string {
	var parts []string
	for _, name := range all {
		if n := counts[name]; n > 0 {
			parts = append(parts, string(name)+"="+strconv.Itoa(n))
		}
	}
	return strings.Join(parts, " ")
}
