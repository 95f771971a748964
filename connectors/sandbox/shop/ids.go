package shop

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// mint makes everything that Orderspace makes at random: ids, tokens, keys. It counts per kind, so that the ids of one
// kind do not depend on how many of another were made.
type mint struct {
	seed  uint64
	count map[string]uint64
}

func newMint(seed uint64) mint { return mint{seed: seed, count: map[string]uint64{}} }

// next gives 32 bytes that depend on the seed, the kind and how many of the kind were made.
func (m *mint) next(kind string) [sha256.Size]byte {
	m.count[kind]++
	text := binary.BigEndian.AppendUint64(nil, m.seed)
	text = append(text, kind...)
	text = binary.BigEndian.AppendUint64(text, m.count[kind])
	return sha256.Sum256(text)
}

const idAlphabet = "0123456789abcdefghijklmnopqrstuvwxyz"

// id makes a record id: a two-letter prefix and eight lower-case letters or digits.
func (m *mint) id(prefix string) string {
	sum := m.next(prefix)
	id := make([]byte, 0, 11)
	id = append(append(id, prefix...), '_')
	for _, b := range sum[:8] {
		id = append(id, idAlphabet[int(b)%len(idAlphabet)])
	}
	return string(id)
}

const keyAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// secret makes a token or key of n letters and digits.
func (m *mint) secret(kind string, n int) string {
	text := make([]byte, 0, n)
	for len(text) < n {
		sum := m.next(kind)
		for _, b := range sum[:min(len(sum), n-len(text))] {
			text = append(text, keyAlphabet[int(b)%len(keyAlphabet)])
		}
	}
	return string(text)
}

// requestID makes a value for X-Request-Id.
func (m *mint) requestID() string {
	sum := m.next("request")
	text := hex.EncodeToString(sum[:16])
	return fmt.Sprintf("%s-%s-%s-%s-%s", text[:8], text[8:12], text[12:16], text[16:20], text[20:])
}

// choice picks one of n for a record and a field, always the same one: bodies must not change between two reads.
func choice(id, field string, n int) int {
	sum := sha256.Sum256([]byte(id + "\x00" + field))
	return int(sum[0]) % n
}
