package books

import (
	"crypto/sha256"
	"fmt"
	"strconv"
)

// newID makes an id like the vendor's: prefix and 24 hexadecimal digits that sort by time of creation. about says what it
// is for, for SteadyIDs.
func (b *Books) newID(prefix, about string) string {
	seconds := uint32(b.now().Unix()) //nolint:gosec // cut to the digits of an id on purpose
	if b.opts.SteadyIDs {
		key := prefix + "/" + about
		b.made[key]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%d/%s/%d", b.opts.Seed, key, b.made[key]))
		return fmt.Sprintf("%s_%08x%x", prefix, seconds, sum[:8])
	}
	b.serial++
	return fmt.Sprintf("%s_%08x%010x%06x", prefix, seconds, b.opts.Seed&0xffffffffff, b.serial&0xffffff)
}

// newRequestID makes the X-Request-Id of a request that brought none.
func (b *Books) newRequestID() string {
	b.asked++
	return fmt.Sprintf("req_%024x", b.asked)
}

// nextNumber gives the next document number of an entity: INV-2026-0001. Numbers have no gaps.
func (b *Books) nextNumber(entity, prefix string) string {
	year := strconv.Itoa(b.now().Year())
	key := entity + "/" + prefix + "/" + year
	b.numbers[key]++
	return fmt.Sprintf("%s-%s-%04d", prefix, year, b.numbers[key])
}
