package receiver

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sqlite"
)

var (
	rate    = flag.Int("receiver.rate", 0, "deliveries a second of 50 events each for TestRate; 0 skips it")
	rateFor = flag.Duration("receiver.for", 20*time.Second, "how long TestRate sends")
)

// eventsEach is how many events each delivery of TestRate holds.
const eventsEach = 50

// payloads makes deliveries about 500 orders, of which no two are the same, without rendering each anew.
type payloads struct {
	order string // an order of 1.5 KB, to which id and number are missing
}

func newPayloads() *payloads {
	line := `{"id":"ol_z1ow2pdm","sku":"ZAG-D-16","name":"Angelica Dress","options":"Size: 16","shipping":false,"quantity":3,"unit_price":22.25,` +
		`"sub_total":66.75,"tax_rate_id":"tr_qk85g0k7","tax_name":"Standard","tax_rate":20.0,"tax_amount":13.35,"preorder_window_id":null,` +
		`"on_hold":false,"invoiced":0,"paid":0,"dispatched":0},`
	return &payloads{order: `"created":"2026-11-01T10:00:00Z","status":"released","customer_id":"cu_1","company_name":"Sample","phone":"",` +
		`"shipping_address":{"company_name":"Sample","line1":"1 Road","city":"Town","postal_code":"AB1 2CD","country":"GB"},"order_lines":[` +
		strings.TrimSuffix(strings.Repeat(line, 4), ",") + `],"currency":"GBP","net_total":267.0,"gross_total":320.4}}}`}
}

func (p *payloads) write(to *bytes.Buffer, n int) []byte {
	to.Reset()
	for i := range eventsEach {
		comma := ","
		if i == 0 {
			comma = "["
		}
		fmt.Fprintf(to, `%s{"event":"order.updated","data":{"order":{"id":"or_%d","number":%d,`, comma, (n*eventsEach+i)%500, n)
		to.WriteString(p.order)
	}
	to.WriteByte(']')
	return to.Bytes()
}

// TestRate sends at a steady rate over sockets, whether the receiver keeps up or not, and prints how long acknowledgements
// took, from the moment at which each was due to be sent. Run it with -receiver.rate=500 -v.
func TestRate(t *testing.T) {
	if *rate == 0 {
		t.Skip("no -receiver.rate")
	}
	l := open(t, nil)
	counted := &counting{Ledger: l}
	r := start(t, counted, func(o *Options) { o.Metrics = NewMetrics(prometheus.NewRegistry()) })
	address := listen(t, r)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256, MaxConnsPerHost: 200}, Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()

	total := int(rateFor.Seconds()) * *rate
	took := make([]time.Duration, total)
	codes := make([]int, total)
	jobs := make(chan int, total)
	data := newPayloads()
	began := time.Now()
	due := func(n int) time.Time { return began.Add(time.Duration(n) * time.Second / time.Duration(*rate)) }
	var size, peak int64
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			var buffer bytes.Buffer
			for n := range jobs {
				body := data.write(&buffer, n)
				mac := hmac.New(sha256.New, []byte(key))
				mac.Write(body)
				req, _ := http.NewRequest(http.MethodPost, "http://"+address+path, bytes.NewReader(body))
				req.Header.Set("X-Orderspace-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
				if reply, err := client.Do(req); err == nil {
					_, _ = io.Copy(io.Discard, reply.Body)
					_ = reply.Body.Close()
					codes[n] = reply.StatusCode
				}
				took[n] = time.Since(due(n))
			}
		})
	}
	cpu := cpuTime()
	for n := range total {
		time.Sleep(time.Until(due(n)))
		jobs <- n
		peak = max(peak, r.room.taken.Load())
	}
	close(jobs)
	wg.Wait()
	seconds := time.Since(began).Seconds()

	acknowledged := 0
	for _, code := range codes {
		if code == 200 {
			acknowledged++
		}
	}
	tallies, err := l.Tallies(t.Context(), acme, began.Add(-time.Hour))
	require.NoError(t, err)
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	var first bytes.Buffer
	size = int64(len(data.write(&first, 0)))
	slices.Sort(took)
	at := func(share float64) time.Duration {
		return took[int(share*float64(total-1))].Round(10 * time.Microsecond)
	}
	fmt.Fprintf(os.Stderr, "%d deliveries of %d events, %d KB each, in %.1f s: %d acknowledged; p50 %s, p90 %s, p99 %s, max %s; %d commits; "+
		"bodies at most %d KB at once, process at most %d MB; %.2f cores, the sender's share included\n",
		total, eventsEach, size>>10, seconds, acknowledged, at(0.5), at(0.9), at(0.99), at(1), counted.calls,
		peak>>10, memory.Sys>>20, (cpuTime()-cpu).Seconds()/seconds)
	require.Equal(t, acknowledged, tallies["deliveries/accepted"])
	require.Equal(t, acknowledged*eventsEach, tallies["events/received"])
	require.Equal(t, total, acknowledged)
	require.Len(t, waiting(t, l), 500)
}

// counting counts commits.
type counting struct {
	*sqlite.Ledger
	calls int
}

func (c *counting) Receive(ctx context.Context, batch []sqlite.Delivery) ([]bool, error) {
	c.calls++
	return c.Ledger.Receive(ctx, batch)
}

// cpuTime is what the process has used so far.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
