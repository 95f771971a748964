package command

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/config"
)

// TestSandboxConfiguration looks at the file that each set of flags writes.
func TestSandboxConfiguration(t *testing.T) {
	t.Parallel()
	listen := config.Default().HTTP.WebhookListen
	for _, c := range []struct {
		name             string
		args             []string
		from, on, edit   string
		webhookURL, here string
	}{
		{"plain", nil, "order", "invoiced", "hold", "", listen},
		{"of invoices, reissued", []string{"--issue-from", "invoice", "--on-edit", "reissue"}, "invoice", "created", "reissue", "", listen},
		{"this machine", []string{"--webhook-url", "http://127.0.0.1:8099/webhooks/orderspace/sandbox"}, "order", "invoiced", "hold", "http://127.0.0.1:8099/webhooks/orderspace/sandbox", "127.0.0.1:8099"},
		{"this machine by name", []string{"--webhook-url", "http://localhost:8099/x"}, "order", "invoiced", "hold", "http://localhost:8099/x", "localhost:8099"},
		{"this machine, IPv6", []string{"--webhook-url", "http://[::1]:8099/x"}, "order", "invoiced", "hold", "http://[::1]:8099/x", "[::1]:8099"},
		{"behind a proxy", []string{"--webhook-url", "https://example.com:8443/x"}, "order", "invoiced", "hold", "https://example.com:8443/x", listen},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.app.now = time.Now
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var out, stderr lockedBuffer
			ended := make(chan int, 1)
			go func() {
				ended <- Execute(ctx, b.app.root(), append([]string{
					"sandbox", "--fast", "--orders", "1", "--shop-listen", "127.0.0.1:0", "--books-listen", "127.0.0.1:0", "--write-config", b.path("spacebridge.yaml"),
				}, c.args...), strings.NewReader(""), &out, &stderr)
			}()
			require.Eventually(t, func() bool { return strings.Contains(out.String(), "Stop with Ctrl-C") }, 30*time.Second, 10*time.Millisecond, stderr.String())
			settings, err := config.Load(b.path("spacebridge.yaml"), config.Options{})
			require.NoError(t, err)
			policy := settings.Connections[0].Policy
			require.Equal(t, []string{c.from, c.on, c.edit}, []string{policy.IssueFrom, policy.IssueOn, policy.OnEdit})
			require.Equal(t, c.webhookURL, settings.Connections[0].Orderspace.WebhookURL)
			require.Equal(t, c.here, settings.HTTP.WebhookListen)
			stop()
			require.Equal(t, ExitOK, <-ended, stderr.String())
		})
	}
	for _, args := range [][]string{{"--issue-from", "dispatch"}, {"--on-edit", "credit"}} {
		r := newBench(t).run(t, append([]string{"sandbox"}, args...)...)
		require.Equal(t, ExitUsage, r.code)
		require.Contains(t, r.stderr, args[0]+` "`+args[1]+`" is not known; use `)
	}
}

// TestDirectly: only where nothing can stand between the shop and the daemon does the one's address tell the other's.
func TestDirectly(t *testing.T) {
	for address, want := range map[string]string{
		"http://127.0.0.1:8080/x": "127.0.0.1:8080", "http://127.9.9.9:1/x": "127.9.9.9:1", "http://localhost:1/x": "localhost:1",
		"http://localhost/x": "", "https://127.0.0.1:8080/x": "", "http://10.0.0.1:8080/x": "", "http://example.com:8080/x": "", "": "", "http://%": "",
	} {
		host, direct := directly(address)
		require.Equal(t, want != "", direct, address)
		if direct {
			require.Equal(t, want, host, address)
		}
	}
}
