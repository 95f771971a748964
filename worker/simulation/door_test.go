package simulation

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox/faults"
)

// TestDoorTellsWhatWasNeverSent: only what surely did not reach a vendor may be sent again without a look.
func TestDoorTellsWhatWasNeverSent(t *testing.T) {
	require.True(t, unsent(nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}))
	require.True(t, unsent(&http.Response{StatusCode: http.StatusTooManyRequests}, nil))
	require.True(t, unsent(&http.Response{StatusCode: http.StatusUnauthorized}, nil))
	require.False(t, unsent(&http.Response{StatusCode: http.StatusOK}, nil))
	require.False(t, unsent(&http.Response{StatusCode: http.StatusInternalServerError}, nil))
	require.False(t, unsent(nil, io.ErrUnexpectedEOF))
	require.False(t, unsent(nil, &net.OpError{Op: "read", Err: syscall.ECONNRESET}))
	require.False(t, unsent(nil, context.DeadlineExceeded))
	require.False(t, unsent(nil, errors.New("connection reset")))
}

// TestRequestWhoseTurnHasLapsedNeverArrives: package rest stops a request by closing its line once it has it, and the
// simulated network keeps to that.
func TestRequestWhoseTurnHasLapsedNeverArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		arrived := false
		network := faults.NewNetwork(map[string]faults.Host{"books.test": {Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived = true })}})
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { _ = info.Conn.Close() }})
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://books.test/orders/ord_1/cancel", nil)
		require.NoError(t, err)
		res, err := network.Transport().RoundTrip(r)
		if res != nil {
			_ = res.Body.Close()
		}
		network.Wait()
		require.True(t, unsent(res, err), "%v", err)
		require.False(t, arrived)
	})
}
