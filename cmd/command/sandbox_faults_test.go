package command

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/faults"
)

func TestSandboxListsFaults(t *testing.T) {
	t.Parallel()
	r := newBench(t).run(t, "sandbox", "--faults", "list")
	require.Equal(t, ExitOK, r.code)
	for _, kind := range faults.Kinds() {
		require.Contains(t, r.stdout, string(kind)+" ")
	}
}

func TestSandboxRefusesFaultsItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for complaint, args := range map[string][]string{
		`no fault is called "hiccup"`:               {"--faults", "hiccup=3"},
		"add up to 1001 per mille":                  {"--faults", "slow=1000,html=1"},
		"shop, books or both":                       {"--faults", "slow=1", "--faults-vendor", "bank"},
		"--faults-seed needs --faults or --webhook": {"--faults-seed", "3"},
		"--faults-vendor needs --faults":            {"--faults-vendor", "shop"},
		`no fault is called "eaten"`:                {"--webhook-faults", "eaten=3"},
	} {
		r := newBench(t).run(t, append([]string{"sandbox"}, args...)...)
		require.Equal(t, ExitUsage, r.code, r.stderr)
		require.Contains(t, r.stderr, complaint)
	}
}

// TestSandboxHasWebhooksWithFaults looks at what the flags make of the sandbox and its configuration.
func TestSandboxHasWebhooksWithFaults(t *testing.T) {
	t.Parallel()
	r := newBench(t).run(t, "sandbox", "--webhook-faults", "list")
	require.Equal(t, ExitOK, r.code)
	for _, mishap := range faults.Mishaps() {
		require.Contains(t, r.stdout, string(mishap)+" ")
	}
	p := &playground{days: 1, trouble: trouble{webhooks: "lost=100,doubled=50", seed: 3, vendor: "both"}}
	require.NoError(t, p.ready())
	require.Equal(t, map[faults.Mishap]int{faults.Lost: 100, faults.Doubled: 50}, p.options.WebhookFaults.PerMille)
	require.EqualValues(t, 3, p.options.WebhookFaults.Seed)
	require.Equal(t, sandboxWebhookURL, p.webhookURL)
	require.True(t, p.options.Shop.AllowHTTPWebhooks)
	require.Len(t, p.trouble.ways, 1)
	require.Empty(t, p.trouble.ways[0].fresh())
	p = &playground{days: 1, trouble: trouble{seed: 1, vendor: "both"}}
	require.NoError(t, p.ready())
	require.Empty(t, p.webhookURL)
}

// TestTrouble lets every write to the books go wrong, and no request to the shop.
func TestTrouble(t *testing.T) {
	t.Parallel()
	ill := &trouble{rates: "500_after=1000", seed: 3, vendor: "books", every: 10 * time.Millisecond}
	var options sandbox.Options
	require.NoError(t, ill.ready(&options))
	require.Nil(t, options.ShopFaults)
	s, err := sandbox.Start(t.Context(), options)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	status := func() int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.SpaceInvoicesURL+"/orders", strings.NewReader("{}"))
		require.NoError(t, err)
		r.Close = true
		r.Header.Set("Authorization", "Bearer "+s.APIKey)
		r.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultTransport.RoundTrip(r)
		require.NoError(t, err)
		defer res.Body.Close()
		return res.StatusCode
	}
	require.Equal(t, 422, status(), "nothing goes wrong while the sandbox is furnished")
	var lines lockedBuffer
	end := ill.begin(t.Context(), &lines, func() {})
	defer end()
	require.Equal(t, 500, status())
	require.Equal(t, 2, s.Books.Stats().Writes, "it is done all the same")
	require.Eventually(t, func() bool {
		return lines.String() == "faults on the way to Space Invoices in the last minute: 500_after=1\n"
	}, 10*time.Second, 10*time.Millisecond, lines.String())
	require.Equal(t, 500, status())
	require.Equal(t, 500, status())
	end()
	total := 0
	for line := range strings.Lines(lines.String()) {
		_, n, _ := strings.Cut(strings.TrimSpace(line), "500_after=")
		count, err := strconv.Atoi(n)
		require.NoError(t, err, line)
		total += count
	}
	require.Equal(t, 3, total, "none is told twice, and what is left at the end is told too")
}
