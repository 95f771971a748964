package command

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/config"
)

// lockedBuffer is read while a command still writes.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// TestSandboxWritesAWorkingConfiguration starts the sandbox and checks it with what it wrote.
func TestSandboxWritesAWorkingConfiguration(t *testing.T) {
	b := newBench(t)
	b.app.now = time.Now
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var out, stderr lockedBuffer
	ended := make(chan int, 1)
	go func() {
		ended <- Execute(ctx, b.app.root(), []string{
			"sandbox", "--fast", "--orders", "8", "--live", "10ms", "--shop-listen", "127.0.0.1:0", "--books-listen", "127.0.0.1:0",
			"--write-config", b.path("spacebridge.yaml"),
		}, strings.NewReader(""), &out, &stderr)
	}()
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "  order 1") }, 30*time.Second, 20*time.Millisecond, stderr.String())
	c, err := config.Load(b.path("spacebridge.yaml"), config.Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"sandbox"}, c.Names())
	require.Equal(t, 2*time.Second, c.Connections[0].Orderspace.PollInterval)
	found := b.app.checkConnection(t.Context(), c, c.Connections[0])
	require.Equal(t, ExitOK, found.exitCode(), found)
	stop()
	require.Equal(t, ExitOK, <-ended, stderr.String())

	r := b.run(t, "sandbox", "--write-config", b.path("spacebridge.yaml"))
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, "exists already")
	r = b.run(t, "sandbox", "--fast", "--requests-per-minute", "3")
	require.Equal(t, ExitUsage, r.code)
}

// TestWorkerNeedsATemporal runs the program that links no server where none is configured.
func TestWorkerNeedsATemporal(t *testing.T) {
	t.Parallel() // it waits for vendors that do not answer
	b := newBench(t, "acme")
	b.app.build = Build{Name: "spacebridge-worker", Version: "1.2.3"}
	r := b.run(t, "run")
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, "set temporal.address")
	require.NoDirExists(t, b.path("data"))
	r = b.run(t, "check")
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stdout, "FAIL  temporal: spacebridge-worker has no Temporal server of its own")
	require.Contains(t, r.stdout, "-> set temporal.address")
	require.NotContains(t, r.stdout, "addresses are free")
}
