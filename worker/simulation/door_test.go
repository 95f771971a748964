package simulation

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/faults"
)

// TestRequestThatIsStoppedNeverArrives: package rest stops a request that has lost its turn by closing its line, or by letting
// its time run out while it has the line. The simulated network then neither carries it nor says that it was written, which is
// what the judge goes by.
func TestRequestThatIsStoppedNeverArrives(t *testing.T) {
	for name, stop := range map[string]func(httptrace.GotConnInfo){
		"line closed":   func(info httptrace.GotConnInfo) { _ = info.Conn.Close() },
		"time ran out":  func(info httptrace.GotConnInfo) { time.Sleep(time.Minute); _ = info.Conn.Close() },
		"let to depart": func(httptrace.GotConnInfo) {},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				arrived, left := false, false
				network := faults.NewNetwork(map[string]faults.Host{"books.test": {Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived = true })}})
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: stop, WroteRequest: func(httptrace.WroteRequestInfo) { left = true }})
				r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://books.test/orders/ord_1/cancel", nil)
				require.NoError(t, err)
				res, err := network.Transport().RoundTrip(r)
				if res != nil {
					_ = res.Body.Close()
				}
				network.Wait()
				departs := name == "let to depart"
				require.Equal(t, departs, err == nil, "%v", err)
				require.Equal(t, departs, left)
				require.Equal(t, departs, arrived)
			})
		})
	}
}
