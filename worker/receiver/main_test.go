package receiver

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"spacebridge/connectors/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	acme = "acme"
	key  = "UNxdW7ugYl8PCKjVGkoXkHARkCoFT3eXpdpDsF1s"
	path = pathPrefix + acme
)

// shelf is a ledger in memory.
type shelf struct {
	mu      sync.Mutex
	kept    []sqlite.Delivery
	batches []int
	known   map[string]bool
	keys    map[string][]string
	keyErr  error
	asked   int       // for keys
	after   time.Time // the latest retiredAfter
	// before runs in front of every commit, after the call has been counted; its error means that nothing was committed.
	before func(ctx context.Context, batch []sqlite.Delivery) error
	// behind runs after the commit; its error is returned all the same.
	behind func(batch []sqlite.Delivery) error
}

func newShelf() *shelf {
	return &shelf{known: map[string]bool{}, keys: map[string][]string{acme: {key}, "second": {"another key"}}}
}

func (s *shelf) Receive(ctx context.Context, batch []sqlite.Delivery) ([]bool, error) {
	s.mu.Lock()
	s.batches = append(s.batches, len(batch))
	before, behind := s.before, s.behind
	s.mu.Unlock()
	if before != nil {
		if err := before(ctx, batch); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	known := make([]bool, 0, len(batch))
	for _, d := range batch {
		known = append(known, s.known[d.Hash])
		s.known[d.Hash] = true
		s.kept = append(s.kept, d)
	}
	s.mu.Unlock()
	if behind != nil {
		if err := behind(batch); err != nil {
			return nil, err
		}
	}
	return known, nil
}

func (s *shelf) SigningKeys(_ context.Context, connection string, after time.Time) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	s.after = after
	return s.keys[connection], s.keyErr
}

func (s *shelf) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *shelf) deliveries() []sqlite.Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]sqlite.Delivery(nil), s.kept...)
}

// start makes a receiver of two connections that is closed at the end of the test.
func start(t *testing.T, ledger Ledger, change func(*Options)) *Receiver {
	t.Helper()
	o := Options{Connections: []string{acme, "second"}, Ledger: ledger}
	if change != nil {
		change(&o)
	}
	r := New(o)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second)
		defer cancel()
		require.NoError(t, r.Close(ctx))
	})
	return r
}

// listen serves a receiver on a socket and gives its address.
func listen(t *testing.T, r *Receiver) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- r.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second)
		defer cancel()
		require.NoError(t, r.Close(ctx))
		require.NoError(t, <-served)
	})
	return l.Addr().String()
}

func sign(body, key string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(body))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// about is a body with one event about an order.
func about(id string) string {
	return `[{"event":"order.updated","data":{"order":{"id":"` + id + `","status":"new"}}}]`
}

// request is a signed request.
func request(body string) *http.Request {
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Orderspace-Signature", sign(body, key))
	return req
}

// ask hands a request to a handler and gives the answer.
func ask(h http.Handler, req *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

// give sends a signed body and gives the status.
func give(h http.Handler, body string) int { return ask(h, request(body)).Code }

// post sends a signed body over a socket and gives the status, 0 when there was no answer.
func post(client *http.Client, address, body string) int {
	req, err := http.NewRequest(http.MethodPost, "http://"+address+path, strings.NewReader(body))
	if err != nil {
		return 0
	}
	req.Header.Set("X-Orderspace-Signature", sign(body, key))
	reply, err := client.Do(req)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, reply.Body)
	_ = reply.Body.Close()
	return reply.StatusCode
}

// newClient is a client whose connections are closed at the end of the test.
func newClient(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}
}

// ids are the records that deliveries name.
func ids(deliveries []sqlite.Delivery) (list []string) {
	for _, d := range deliveries {
		for _, told := range d.Told {
			list = append(list, told.ID)
		}
	}
	return list
}

func id(i int) string { return fmt.Sprintf("or_%d", i) }

var errBroken = errors.New("broken")
