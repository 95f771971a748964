package faults

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"spacebridge/connectors/rest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// vendor is the server that faults happen to. It counts what it acts on.
type vendor struct {
	mu    sync.Mutex
	acted []string // method, path with query and body
	times []time.Time
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	v.mu.Lock()
	v.acted = append(v.acted, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+string(body)))
	v.times = append(v.times, time.Now())
	v.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if after := r.URL.Query().Get("starting_after"); strings.HasSuffix(after, "gone") {
		w.WriteHeader(http.StatusNotFound)
		_, _ = fmt.Fprintf(w, `{"message":"Couldn't find order with id %s"}`, after)
		return
	}
	_, _ = io.WriteString(w, `{"id":"ord_1","status":"pending","items":[1,2,3]}`)
}

func (v *vendor) log() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]string{}, v.acted...)
}

// always makes a plan that strikes every request with one kind.
func always(kind Kind, seed uint64) *Plan {
	return &Plan{Seed: seed, PerMille: map[Kind]int{kind: 1000}}
}

// wired is a client on the way to a vendor.
type wired struct {
	vendor *vendor
	plan   *Plan
	client *rest.Client
}

// overMemory joins a client to a vendor by a Network.
func overMemory(t *testing.T, plan *Plan, change func(*rest.Options)) *wired {
	t.Helper()
	w := &wired{vendor: &vendor{}, plan: plan}
	network := NewNetwork(map[string]Host{"vendor.test": {Handler: w.vendor, Plan: plan}})
	w.client = newClient(t, "http://vendor.test", func(o *rest.Options) {
		o.Transport = network.Transport()
		if change != nil {
			change(o)
		}
	})
	return w
}

// overSockets joins them by TCP. With Refused in the plan the listener is closed from the start.
func overSockets(t *testing.T, plan *Plan, change func(*rest.Options)) *wired {
	t.Helper()
	w := &wired{vendor: &vendor{}, plan: plan}
	server := httptest.NewServer(plan.Handler(w.vendor))
	t.Cleanup(func() { plan.Close(); server.Close() })
	if plan.PerMille[Refused] > 0 {
		server.Close()
	}
	w.client = newClient(t, server.URL, change)
	return w
}

func newClient(t *testing.T, base string, change func(*rest.Options)) *rest.Client {
	t.Helper()
	opts := rest.Options{
		Vendor: "vendor", BaseURL: base, Pace: rest.NewPace(0), ReadRetries: -1, MaxBody: 1 << 20,
		Header: http.Header{"Authorization": {"Bearer t"}},
	}
	if change != nil {
		change(&opts)
	}
	client, err := rest.New(opts)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}
