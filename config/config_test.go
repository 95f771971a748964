package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// environment is what tests look variables up in.
func environment(name string) (string, bool) {
	value, ok := map[string]string{
		"ORDERSPACE_CLIENT_ID":     "shop-id",
		"ORDERSPACE_CLIENT_SECRET": "shop-secret",
		"SPACE_INVOICES_API_KEY":   "sk_live_key",
		"RATE":                     "30",
		"EMPTY":                    "",
		"DOLLAR":                   "a${RATE}",
	}[name]
	return value, ok
}

const minimal = `
connections:
  - name: acme
    since: 2026-01-01
    orderspace: {client_id: "${ORDERSPACE_CLIENT_ID}", client_secret: "${ORDERSPACE_CLIENT_SECRET}"}
    space_invoices: {api_key: "${SPACE_INVOICES_API_KEY}", entity_id: ent_1, order_integration_id: oint_1}
`

func load(t *testing.T, text string) (*Config, error) {
	t.Helper()
	return Parse([]byte(text), "/etc/bridge", Options{Lookup: environment})
}

func TestMinimalFileTakesDefaults(t *testing.T) {
	c, err := load(t, minimal)
	require.NoError(t, err)
	require.Equal(t, "/etc/bridge/data/ledger.db", c.LedgerPath())
	require.Equal(t, "/etc/bridge/data/temporal.db", c.TemporalPath())
	require.Equal(t, "/etc/bridge/data/backups", c.BackupDir())
	require.True(t, c.Embedded())
	require.Equal(t, "127.0.0.1:7233", c.TemporalAddress())
	require.Equal(t, []string{"acme"}, c.Names())
	acme, ok := c.Connection("acme")
	require.True(t, ok)
	require.Equal(t, "shop-id", acme.Orderspace.ClientID)
	require.Equal(t, "shop-secret", acme.Orderspace.ClientSecret.Reveal())
	require.Equal(t, "sk_live_key", acme.SpaceInvoices.APIKey.Reveal())
	require.Equal(t, time.Minute, acme.Orderspace.PollInterval)
	require.Equal(t, "2026-01-01T00:00:00Z", acme.StartsAt().UTC().Format(time.RFC3339))
	_, ok = c.Connection("other")
	require.False(t, ok)
}

// TestPublicContract loads the file of the public contract as it is documented.
func TestPublicContract(t *testing.T) {
	text, err := os.ReadFile("testdata/contract.yaml")
	require.NoError(t, err)
	c, err := load(t, string(text))
	require.NoError(t, err)
	acme := c.Connections[0]
	defaults := DefaultConnection()
	require.Equal(t, defaults.Policy.IssueOn, acme.Policy.IssueOn)
	require.Equal(t, defaults.Orderspace.SweepInterval, acme.Orderspace.SweepInterval)
	require.Equal(t, []Tax{
		{Orderspace: TaxMatch{ID: "tr_qk85g0k7"}, Rate: "22.0"},
		{Orderspace: TaxMatch{Name: "Standard"}, Rate: "9.5"},
		{Orderspace: TaxMatch{Percent: "20.0"}, Rate: "22"},
	}, acme.Policy.Taxes)
}

func TestExpansion(t *testing.T) {
	cases := []struct{ name, text, want, problem string }{
		{"none", "plain $ text", "plain $ text", ""},
		{"one", "${RATE}", "30", ""},
		{"within", "a${RATE}b${RATE}", "a30b30", ""},
		{"escaped", "$${RATE}", "${RATE}", ""},
		{"not again", "${DOLLAR}", "a${RATE}", ""},
		{"unset", "${NO_SUCH}", "", "needs the environment variable NO_SUCH, which is not set"},
		{"empty", "${EMPTY}", "", "needs the environment variable EMPTY, which is empty"},
		{"malformed", "${NO SUCH}", "", "has a reference that names no environment variable"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, problem := expand(c.text, environment)
			require.Equal(t, c.want, got)
			if c.problem != "" {
				require.NotNil(t, problem)
				require.Equal(t, c.problem, problem.text)
			}
		})
	}
}

func TestEnvironmentFillsEveryType(t *testing.T) {
	text := strings.Replace(minimal, "client_secret:", `requests_per_minute: "${RATE}", poll_interval: "${RATE}s", client_secret:`, 1)
	c, err := load(t, text)
	require.NoError(t, err)
	require.Equal(t, 30, c.Connections[0].Orderspace.RequestsPerMinute)
	require.Equal(t, 30*time.Second, c.Connections[0].Orderspace.PollInterval)
}

func TestCredentialFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"id": "file-id\n", "secret": "file-secret\n", "key": "file-key", "empty": "\n", "two": "a\nb\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write := func(id, secret, key string) string {
		return fmt.Sprintf("connections: [{name: a, since: 2026-01-01, orderspace: {%s, %s}, space_invoices: {%s, entity_id: ent_1, order_integration_id: oint_1}}]", id, secret, key)
	}
	c, err := Parse([]byte(write("client_id_file: id", "client_secret_file: ./secret", "api_key_file: "+filepath.Join(dir, "key"))), dir, Options{Lookup: environment})
	require.NoError(t, err)
	require.Equal(t, "file-id", c.Connections[0].Orderspace.ClientID)
	require.Equal(t, "file-secret", c.Connections[0].Orderspace.ClientSecret.Reveal())
	require.Equal(t, "file-key", c.Connections[0].SpaceInvoices.APIKey.Reveal())

	_, err = Parse([]byte(write("client_id_file: missing", "client_secret: hunter2, client_secret_file: secret", "api_key_file: two")), dir, Options{Lookup: environment})
	var faults Faults
	require.ErrorAs(t, err, &faults)
	text := faults.Error()
	require.Contains(t, text, `orderspace.client_id_file: "missing" cannot be read`)
	require.Contains(t, text, "client_secret: is given twice, as client_secret and as client_secret_file")
	require.Contains(t, text, `api_key_file: "two" does not hold one line`)
	require.NotContains(t, text, "hunter2")
}

// TestWithoutCredentials loads the file of a shell that does not have the daemon's environment.
func TestWithoutCredentials(t *testing.T) {
	none := func(string) (string, bool) { return "", false }
	c, err := Parse([]byte(minimal), ".", Options{Lookup: none, WithoutCredentials: true})
	require.NoError(t, err)
	require.True(t, c.Connections[0].SpaceInvoices.APIKey.IsZero())
	_, err = Parse([]byte(minimal), ".", Options{Lookup: none})
	var faults Faults
	require.ErrorAs(t, err, &faults)
	require.Len(t, faults, 3)
	require.Contains(t, faults.Error(), "export SPACE_INVOICES_API_KEY for this process, or use api_key_file")
	// Other references are still followed.
	_, err = Parse([]byte("data_dir: ${NO_SUCH}\n"+minimal), ".", Options{Lookup: none, WithoutCredentials: true})
	require.ErrorContains(t, err, "NO_SUCH")
}

func TestFind(t *testing.T) {
	t.Chdir(t.TempDir())
	saved := Paths
	t.Cleanup(func() { Paths = saved })
	Paths = []string{"spacebridge.yaml", "etc.yaml"}
	_, err := Find("")
	require.ErrorIs(t, err, ErrNoFile)
	require.NoError(t, os.WriteFile("etc.yaml", nil, 0o600))
	path, err := Find("")
	require.NoError(t, err)
	require.Equal(t, "etc.yaml", path)
	require.NoError(t, os.WriteFile("spacebridge.yaml", nil, 0o600))
	path, err = Find("")
	require.NoError(t, err)
	require.Equal(t, "spacebridge.yaml", path)
	path, err = Find("named.yaml")
	require.NoError(t, err)
	require.Equal(t, "named.yaml", path)
	_, err = Load("named.yaml", Options{})
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	c, err := load(t, minimal)
	require.NoError(t, err)
	type unexported struct{ inner Connection }
	var logged bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&logged, nil))
	logger.Info("config", "config", c, "secret", c.Connections[0].SpaceInvoices.APIKey)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("config", "config", *c, "secret", c.Connections[0].SpaceInvoices.APIKey)
	asJSON, err := json.Marshal(c)
	require.NoError(t, err)
	asYAML, err := yaml.Marshal(c)
	require.NoError(t, err)
	printed := []string{logged.String(), string(asJSON), string(asYAML)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		printed = append(printed, fmt.Sprintf(verb, c), fmt.Sprintf(verb, *c), fmt.Sprintf(verb, c.Connections),
			fmt.Sprintf(verb, unexported{c.Connections[0]}), fmt.Sprintf(verb, c.Connections[0].SpaceInvoices.APIKey))
	}
	for _, text := range printed {
		for _, secret := range []string{"shop-secret", "sk_live_key", fmt.Sprintf("%x", "shop-secret")} {
			require.NotContains(t, text, secret)
		}
	}
	require.Contains(t, fmt.Sprintf("%+v", c), hidden)
	require.Empty(t, Secret{}.String())
}

func TestRenderedConfigurationLoadsBack(t *testing.T) {
	want := Example()
	want.Connections[0].SpaceInvoices.EntityID = "ent_1"
	want.Connections[0].SpaceInvoices.OrderIntegrationID = "oint_1"
	want.Connections[0].Policy.IssueFrom, want.Connections[0].Policy.IssueOn = FromInvoice, "dispatched"
	want.Connections[0].Policy.OnEdit, want.Connections[0].Policy.Preorder = "reissue", "split"
	want.Connections[0].Policy.Currencies = []string{"JPY", "KWD"}
	want.Connections[0].Policy.StrictTaxes = true
	want.Connections[0].Policy.Taxes = []Tax{
		{Orderspace: TaxMatch{Name: `Half "rate": 10%`}, Rate: "9.5"},
		{Orderspace: TaxMatch{Percent: "20.0"}, Rate: "22.0"},
		{Orderspace: TaxMatch{ID: "tr_1"}, Rate: "22.0"},
	}
	want.Connections[0].Orderspace.PollInterval = 90 * time.Second
	want.DataDir = "/var/lib/space bridge: data"
	var text bytes.Buffer
	require.NoError(t, want.Render(&text))
	got, err := load(t, text.String())
	require.NoError(t, err, text.String())
	want.Connections[0].Orderspace.ClientID = "shop-id"
	want.Connections[0].Orderspace.ClientSecret = NewSecret("shop-secret")
	want.Connections[0].SpaceInvoices.APIKey = NewSecret("sk_live_key")
	require.Equal(t, want, got)
}

// TestExampleIsGolden keeps the example readable, and TestExampleNamesEveryKey complete.
func TestExampleIsGolden(t *testing.T) {
	var text bytes.Buffer
	require.NoError(t, Example().Render(&text))
	want, err := os.ReadFile("testdata/example.yaml")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile("testdata/example.yaml", text.Bytes(), 0o600))
		return
	}
	require.NoError(t, err)
	require.Equal(t, string(want), text.String())
	// As it stands it is refused for its placeholders only.
	_, err = load(t, text.String())
	var faults Faults
	require.ErrorAs(t, err, &faults)
	require.Len(t, faults, 2)
}

func TestExampleNamesEveryKey(t *testing.T) {
	var text bytes.Buffer
	require.NoError(t, Example().Render(&text))
	reserved := map[string]bool{"organization_id": true, "woocommerce_id": true}
	for _, path := range paths(reflect.TypeFor[Config](), "") {
		key := path[strings.LastIndex(path, ".")+1:]
		if !reserved[key] {
			require.Contains(t, text.String(), key, path)
		}
	}
}
