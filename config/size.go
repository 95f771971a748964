package config

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// Size is a number of bytes, written with a binary unit: 200MiB.
type Size uint64

// units of a size, the largest first.
var units = []struct {
	name  string
	bytes Size
}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

var sizeForm = regexp.MustCompile(`^(\d{1,15})(B|KiB|MiB|GiB|TiB)$`)

// ParseSize reads a whole number with its unit: B, KiB, MiB, GiB or TiB. A bare number is refused, since nobody can tell
// what it counts.
func ParseSize(text string) (Size, error) {
	parts := sizeForm.FindStringSubmatch(text)
	if parts == nil {
		return 0, fmt.Errorf("%q is not a size such as 200MiB", text)
	}
	number, err := strconv.ParseUint(parts[1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a size such as 200MiB", text)
	}
	unit := uint64(1)
	for _, u := range units {
		if u.name == parts[2] {
			unit = uint64(u.bytes)
		}
	}
	if number > math.MaxUint64/unit {
		return 0, fmt.Errorf("%q is too large", text)
	}
	return Size(number * unit), nil
}

// Bytes is the size as a number.
func (s Size) Bytes() uint64 { return uint64(s) }

// String writes the size with the largest unit that leaves a whole number.
func (s Size) String() string {
	for _, u := range units {
		if s >= u.bytes && s%u.bytes == 0 {
			return strconv.FormatUint(uint64(s/u.bytes), 10) + u.name
		}
	}
	return strconv.FormatUint(uint64(s), 10) + "B"
}
