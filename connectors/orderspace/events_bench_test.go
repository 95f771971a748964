package orderspace

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// busyBody is what a busy shop sends: 50 events of about 1.5 KB, as compact as they come over the wire.
func busyBody(tb testing.TB) []byte {
	tb.Helper()
	var wire []struct {
		Event string          `json:"event"`
		Data  json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(fixture(tb, "events.json"), &wire); err != nil {
		tb.Fatal(err)
	}
	var order bytes.Buffer
	for _, e := range wire {
		if e.Event == "order.created" {
			_ = json.Compact(&order, e.Data)
		}
	}
	one := `{"event":"order.updated","data":` + order.String() + `}`
	return []byte("[" + strings.Repeat(one+",", 49) + one + "]")
}

// BenchmarkParseEvents reads 50 events in each round.
func BenchmarkParseEvents(b *testing.B) {
	body := busyBody(b)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseEvents(body); err != nil {
			b.Fatal(err)
		}
	}
}
