package faults

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// identify names a request. The body belongs to it, since every create has the same path.
func identify(r *http.Request, body []byte) identity {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%s\n%s\n", r.Method, r.URL.RequestURI())
	_, _ = h.Write(body)
	return identity(h.Sum(nil)[:16])
}

// source makes the numbers for one coming of a request.
func source(seed uint64, id identity, nth uint64) *rand.Rand {
	text := binary.BigEndian.AppendUint64(id[:], seed)
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(text, nth))
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16]))) //nolint:gosec // repeatable on purpose
}

func (p *Plan) rates(r *http.Request) map[Kind]int {
	switch read := r.Method == http.MethodGet; {
	case read && p.Reads != nil:
		return p.Reads
	case !read && p.Writes != nil:
		return p.Writes
	}
	return p.PerMille
}

// pick finds the kind whose share of a thousand the number falls into. The shares lie side by side in the order of Kinds.
func pick(rates map[Kind]int, number int) Kind {
	for _, t := range traits {
		if number < rates[t.kind] {
			return t.kind
		}
		number -= rates[t.kind]
	}
	return ""
}

// fits reports whether a kind can happen to a request.
func (p *Plan) fits(kind Kind, r *http.Request, refusable bool) bool {
	switch kind {
	case Refused:
		return refusable || p.Refuse != nil
	case ExpiredToken:
		return p.Revoke != nil && r.Header.Get("Authorization") != ""
	case Moving:
		return p.Move != nil && cursorOf(r) != ""
	case CursorGone:
		return cursorOf(r) != ""
	default:
		return true
	}
}

// cursors are the parameters by which the vendors' lists go on.
var cursors = []string{"starting_after", "next_cursor"}

// cursorOf gives the name of the parameter by which a request asks for a further page; "" if it does not.
func cursorOf(r *http.Request) string {
	if r.Method != http.MethodGet {
		return ""
	}
	query := r.URL.Query()
	at := slices.IndexFunc(cursors, query.Has)
	if at < 0 {
		return ""
	}
	return cursors[at]
}

// draw gives a duration in the range, or in the default.
func (d Range) draw(rng *rand.Rand, standard Range) time.Duration {
	if d == (Range{}) {
		d = standard
	}
	return d.Min + time.Duration(rng.Int64N(int64(max(d.Max-d.Min, 0))+1))
}
