package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/cmd/command"
)

// TestTakenWebhookPort runs the real daemon where somebody else has the port for webhooks: it ends by itself, with the exit code
// of a setting to change and the name of that setting.
func TestTakenWebhookPort(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	address := taken.Addr().String()
	const nobody = "http://127.0.0.1:1" // nothing there has to answer for this
	text := "data_dir: ./data\n" +
		"http: {admin_listen: '127.0.0.1:0', webhook_listen: '" + address + "'}\n" +
		"temporal: {listen: '127.0.0.1:0', ui_listen: ''}\n" +
		"connections:\n  - name: acme\n    since: 2026-01-01\n" +
		"    orderspace: {api_url: '" + nobody + "/v1', token_url: '" + nobody + "/oauth/token', client_id: id, client_secret: secret, webhook_url: 'https://example.com/webhooks/orderspace/acme'}\n" +
		"    space_invoices: {api_url: '" + nobody + "', api_key: key, entity_id: ent_1, order_integration_id: oint_1}\n" +
		"    policy: {time_zone: UTC}\n"
	path := filepath.Join(t.TempDir(), "spacebridge.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	var stdout, stderr bytes.Buffer
	root := command.New(command.Build{Name: "spacebridge", Version: "test", Embedded: startEmbedded})
	code := command.Execute(t.Context(), root, []string{"run", "-c", path}, strings.NewReader(""), &stdout, &stderr)
	require.Equal(t, command.ExitUsage, code, stderr.String())
	require.Contains(t, stderr.String(), "spacebridge: http.webhook_listen: listen tcp "+address+": bind: address already in use")
	require.Empty(t, stdout.String(), "it never ran")
}
