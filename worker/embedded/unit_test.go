package embedded

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

func TestLoopback(t *testing.T) {
	for in, want := range map[string]string{
		"127.0.0.1:7233": "127.0.0.1:7233",
		"127.0.0.9:0":    "127.0.0.9:0",
		"localhost:7233": "127.0.0.1:7233",
		"[::1]:7233":     "[::1]:7233",
	} {
		got, err := loopback("listen", in)
		require.NoError(t, err, in)
		require.Equal(t, want, got.String())
	}
	for in, want := range map[string]string{
		"0.0.0.0:7233":      "not a loopback address",
		":7233":             "not a loopback address",
		"[::]:7233":         "not a loopback address",
		"192.168.1.10:7233": "not a loopback address",
		"example.com:7233":  "not a loopback address",
		"127.0.0.1":         "not host:port",
		"127.0.0.1:http":    "port is not a number",
		"127.0.0.1:70000":   "port is not a number",
	} {
		_, err := loopback("listen", in)
		require.ErrorContains(t, err, want, in)
	}
}

func TestStartRefusesSettings(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*Options)
		want  string
	}{
		"frontend open to the network": {func(o *Options) { o.Listen = "0.0.0.0:7233" }, `listen "0.0.0.0:7233" is not a loopback address`},
		"UI open to the network":       {func(o *Options) { o.UIListen = "0.0.0.0:8233" }, `ui_listen "0.0.0.0:8233" is not a loopback address`},
		"no file":                      {func(o *Options) { o.DBPath = "" }, "no database file"},
		"retention":                    {func(o *Options) { o.Retention = 1 }, "shorter than an hour"},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := options(t)
			path := o.DBPath
			c.spoil(&o)
			_, err := Start(t.Context(), o)
			require.ErrorContains(t, err, c.want)
			require.NoFileExists(t, path)
		})
	}
}

func TestAssignKeepsColumns(t *testing.T) {
	first, err := assign(nil, map[string]enumspb.IndexedValueType{
		"Sale": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "State": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "Since": enumspb.INDEXED_VALUE_TYPE_DATETIME,
	})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"Keyword01": "Sale", "Keyword02": "State", "Datetime01": "Since"}, first)

	second, err := assign(first, map[string]enumspb.IndexedValueType{
		"Another": enumspb.INDEXED_VALUE_TYPE_KEYWORD, "State": enumspb.INDEXED_VALUE_TYPE_KEYWORD,
	})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"Keyword01": "Sale", "Keyword02": "State", "Keyword03": "Another", "Datetime01": "Since"}, second)

	_, err = assign(second, map[string]enumspb.IndexedValueType{"Since": enumspb.INDEXED_VALUE_TYPE_INT})
	require.ErrorIs(t, err, errUnusable)
}

func TestLoopbackOnlyHosts(t *testing.T) {
	h := loopbackOnly(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for host, want := range map[string]int{
		"127.0.0.1:8233":    http.StatusNoContent,
		"localhost:8233":    http.StatusNoContent,
		"localhost":         http.StatusNoContent,
		"[::1]:8233":        http.StatusNoContent,
		"evil.example:8233": http.StatusForbidden,
		"192.168.1.2:8233":  http.StatusForbidden,
		"":                  http.StatusForbidden,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, want, w.Code, host)
	}
}

func TestServerLog(t *testing.T) {
	out := &logBuffer{}
	var quiet atomic.Bool
	var cause error
	l := &serverLog{
		out: slog.New(slog.NewTextHandler(out, nil)), level: slog.LevelWarn, quiet: &quiet,
		fatal: func(err error) { cause = err },
	}
	l.Info("chatter")
	require.Empty(t, out.String())

	log.With(l, tag.ShardID(1)).Error("broken", tag.Error(errors.New("disk on fire")))
	require.Contains(t, out.String(), `level=ERROR msg=broken shard_id=1 error="disk on fire"`)

	came := make(chan bool, 1)
	go func() {
		defer close(came)
		l.Fatal("cannot listen", tag.Error(syscall.EADDRINUSE))
		came <- true
	}()
	require.False(t, <-came, "a fatal line ends its goroutine")
	require.ErrorIs(t, cause, syscall.EADDRINUSE)
	require.EqualError(t, cause, "cannot listen: address already in use")

	before := len(out.String())
	l.Error("caller left", tag.Error(context.Canceled))
	quiet.Store(true)
	l.Error("the other half is gone")
	require.Len(t, out.String(), before)
}

func TestGuard(t *testing.T) {
	require.NoError(t, guard(func() error { return nil }))
	require.EqualError(t, guard(func() error { panic("oh") }), "panic: oh")
	l := &serverLog{out: slog.New(slog.DiscardHandler), level: slog.LevelWarn, quiet: new(atomic.Bool), fatal: func(error) {}}
	require.EqualError(t, guard(func() error { l.Fatal("over"); return nil }), "server gave up")
}
