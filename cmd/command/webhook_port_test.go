package command

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/config"
)

// TestTakenWebhookPort: a port that somebody else has is told of beforehand, where webhooks are wanted at all.
func TestTakenWebhookPort(t *testing.T) {
	t.Parallel()
	s := vendors(t)
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for url, code := range map[string]int{"": ExitOK, "http://127.0.0.1:1/webhooks/orderspace/acme": ExitUsage} {
		b := newBench(t)
		b.connect(t, s, func(c *config.Config) {
			c.HTTP.WebhookListen, c.Connections[0].Orderspace.WebhookURL = taken.Addr().String(), url
		})
		r := b.run(t, "check")
		require.Equal(t, code, r.code, r.stdout)
		if code == ExitUsage {
			require.Contains(t, r.stdout, "-> stop what listens there, or change http.webhook_listen")
		}
	}
}
