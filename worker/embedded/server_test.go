package embedded

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const (
	taskQueue = "test"
	patience  = 30 * time.Second
	pause     = 50 * time.Millisecond
)

var (
	connection = temporal.NewSearchAttributeKeyKeyword("SpacebridgeConnection")
	attributes = map[string]enumspb.IndexedValueType{
		"SpacebridgeConnection": enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		"SpacebridgeState":      enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		"SpacebridgeHeldSince":  enumspb.INDEXED_VALUE_TYPE_DATETIME,
	}
)

func greet(_ workflow.Context, name string) (string, error) { return "hello " + name, nil }

func waitForSignal(ctx workflow.Context) (string, error) {
	var got string
	workflow.GetSignalChannel(ctx, "retry").Receive(ctx, &got)
	return got, nil
}

// logBuffer collects log lines for a test to look at.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func options(t *testing.T) (Options, *logBuffer) {
	t.Helper()
	logs := &logBuffer{}
	return Options{
		DBPath:           filepath.Join(t.TempDir(), "data dir", "temporal.db"),
		Listen:           "127.0.0.1:0",
		UIListen:         "127.0.0.1:0",
		SearchAttributes: attributes,
		Logger:           slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}, logs
}

func start(t *testing.T, o Options) *Server {
	t.Helper()
	began := time.Now()
	s, err := Start(t.Context(), o)
	require.NoError(t, err)
	t.Logf("started in %s", time.Since(began).Round(time.Millisecond))
	t.Cleanup(s.Stop)
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	began := time.Now()
	s.Stop()
	t.Logf("stopped in %s", time.Since(began).Round(time.Millisecond))
}

// dial connects a client and a worker, and returns how to end both.
func dial(t *testing.T, s *Server) (client.Client, func()) {
	t.Helper()
	c, err := client.Dial(client.Options{
		HostPort: s.Address(),
		Logger:   sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	w := worker.New(c, taskQueue, worker.Options{})
	w.RegisterWorkflow(greet)
	w.RegisterWorkflow(waitForSignal)
	require.NoError(t, w.Start())
	end := sync.OnceFunc(func() { w.Stop(); c.Close() })
	t.Cleanup(end)
	return c, end
}

func result(ctx context.Context, t *testing.T, c client.Client, id string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var got string
	require.NoError(t, c.GetWorkflow(ctx, id, "").Get(ctx, &got))
	return got
}

func TestServer(t *testing.T) {
	o, logs := options(t)
	s := start(t, o)
	require.Empty(t, s.MovedAside())
	require.Empty(t, logs.String(), "a start has nothing to warn of")
	info, err := os.Stat(o.DBPath)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	c, end := dial(t, s)
	ctx := t.Context()

	t.Run("a workflow runs to its end", func(t *testing.T) {
		_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
			ID: "sale/acme/or_1", TaskQueue: taskQueue,
			TypedSearchAttributes: temporal.NewSearchAttributes(connection.ValueSet("acme")),
		}, greet, "Ljubljana")
		require.NoError(t, err)
		require.Equal(t, "hello Ljubljana", result(ctx, t, c, "sale/acme/or_1"))
	})

	t.Run("signal with start", func(t *testing.T) {
		_, err := c.SignalWithStartWorkflow(ctx, "sale/acme/or_2", "retry", "now",
			client.StartWorkflowOptions{TaskQueue: taskQueue}, waitForSignal)
		require.NoError(t, err)
		require.Equal(t, "now", result(ctx, t, c, "sale/acme/or_2"))
	})

	t.Run("list by a custom search attribute", func(t *testing.T) {
		require.Eventually(t, func() bool {
			r, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
				Query: `SpacebridgeConnection = "acme" AND ExecutionStatus = "Completed"`,
			})
			return err == nil && len(r.GetExecutions()) == 1 &&
				r.GetExecutions()[0].GetExecution().GetWorkflowId() == "sale/acme/or_1"
		}, patience, pause)
	})

	t.Run("a schedule starts workflows", func(t *testing.T) {
		handle, err := c.ScheduleClient().Create(ctx, client.ScheduleOptions{
			ID:     "poll/acme",
			Spec:   client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: time.Second}}},
			Action: &client.ScheduleWorkflowAction{ID: "poll/acme", Workflow: greet, Args: []any{"poll"}, TaskQueue: taskQueue},
		})
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			d, err := handle.Describe(ctx)
			return err == nil && len(d.Info.RecentActions) > 0
		}, patience, pause)
		require.NoError(t, handle.Delete(ctx))
	})

	t.Run("web UI", func(t *testing.T) { checkUI(t, s) })

	require.NotContains(t, logs.String(), "level=INFO", "the server's chatter is below the threshold")
	reportMemory(t)

	t.Run("history outlives a restart", func(t *testing.T) {
		end()
		stop(t, s)
		require.NoFileExists(t, o.DBPath+"-wal", "the file is closed properly")
		o := o
		o.SearchAttributes = map[string]enumspb.IndexedValueType{
			"SpacebridgeConnection": enumspb.INDEXED_VALUE_TYPE_KEYWORD,
			"AddedLater":            enumspb.INDEXED_VALUE_TYPE_BOOL,
		}
		again := start(t, o)
		require.Empty(t, again.MovedAside())
		c, end := dial(t, again)
		require.Equal(t, "hello Ljubljana", result(ctx, t, c, "sale/acme/or_1"))
		r, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: `SpacebridgeConnection = "acme" AND AddedLater IS NULL`})
		require.NoError(t, err)
		require.Len(t, r.GetExecutions(), 1)
		end()
		stop(t, again)
	})
}

func checkUI(t *testing.T, s *Server) {
	t.Helper()
	page := get(t, s.UIURL()+"/")
	script := regexp.MustCompile(`/_app/immutable/entry/[\w.-]+\.js`).FindString(page)
	require.NotEmpty(t, script, page)
	require.Contains(t, get(t, s.UIURL()+script), "export")
	require.Contains(t, get(t, s.UIURL()+"/api/v1/namespaces"), `"default"`)
	require.Contains(t, get(t, s.UIURL()+"/api/v1/namespaces/default/workflows?query="), "sale/acme/or_1")
	settings := get(t, s.UIURL()+"/api/v1/settings")
	require.Contains(t, settings, `"DisableWriteActions":false`)
	require.Contains(t, settings, `"NotifyOnNewVersion":false`)
}

// browser looks at the UI.
var browser = &http.Client{Timeout: patience, Transport: &http.Transport{}}

func get(t *testing.T, url string) string {
	t.Helper()
	r, err := browser.Get(url)
	require.NoError(t, err)
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, r.StatusCode, "%s: %s", url, body)
	return string(body)
}

// reportMemory logs the footprint; the numbers in the documentation come from here.
func reportMemory(t *testing.T) {
	t.Helper()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("heap in use %d MiB, from the system %d MiB, goroutines %d", m.HeapInuse>>20, m.Sys>>20, runtime.NumGoroutine())
}

// Servers come and go in one process: every test of the daemon starts its own.
func TestStopLeavesLittleBehind(t *testing.T) {
	var counts []int
	var stacks string
	for range 3 {
		o, _ := options(t)
		s := start(t, o)
		_, end := dial(t, s)
		end()
		stop(t, s)
		browser.CloseIdleConnections()
		settle := func() int { runtime.GC(); return runtime.NumGoroutine() }
		last := settle()
		require.Eventually(t, func() bool {
			now := settle()
			done := now == last
			last = now
			return done
		}, patience, time.Second)
		counts = append(counts, last)
		buf := make([]byte, 4<<20)
		stacks = string(buf[:runtime.Stack(buf, true)])
	}
	t.Logf("goroutines after each stop: %v", counts)
	if growth := counts[2] - counts[1]; growth > 40 {
		t.Errorf("%d goroutines left by one server:\n%s", growth, creators(stacks))
	}
	t.Log(creators(stacks))
}

// creators sums up a stack dump by who started the goroutines.
func creators(stacks string) string {
	counts := map[string]int{}
	for line := range strings.SplitSeq(stacks, "\n") {
		if who, ok := strings.CutPrefix(line, "created by "); ok {
			who, _, _ = strings.Cut(who, " in goroutine")
			counts[who]++
		}
	}
	var b strings.Builder
	for who, n := range counts {
		b.WriteString(strings.Repeat("*", min(n, 20)) + " " + who + "\n")
	}
	return b.String()
}
