package command

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/connectors/sqlite"
)

// opaque are values that only the ledger understands.
var opaque = regexp.MustCompile(`"(hash|request_id)": "[0-9a-z_]+"`)

// TestReadingCommands keeps what users and scripts read word for word.
func TestReadingCommands(t *testing.T) {
	b := newBench(t, "acme")
	k := b.clerk(t)
	k.month("acme")
	require.NoError(t, k.ledger.SetProblem(t.Context(), sqlite.Problem{
		Connection: "acme", Code: "integration_automatic", Message: "the order integration issues by itself", Advice: "switch auto_process off", Since: k.at,
	}))
	for _, c := range []struct {
		file string
		args []string
	}{
		{"status.txt", []string{"status"}},
		{"status.json", []string{"status", "--json"}},
		{"sales.txt", []string{"sales"}},
		{"sales.json", []string{"sales", "--json"}},
		{"sales_held.json", []string{"sales", "--json", "--state", "held", "--connection", "acme"}},
		{"explain_issued.txt", []string{"explain", "1001"}},
		{"explain_issued.json", []string{"explain", "or_issued", "--json"}},
		{"explain_held.txt", []string{"explain", "1002"}},
		{"explain_new.txt", []string{"explain", "1005"}},
	} {
		t.Run(c.file, func(t *testing.T) {
			r := b.run(t, c.args...)
			require.Equal(t, ExitOK, r.code, r.stderr)
			require.Empty(t, r.stderr)
			golden(t, c.file, opaque.ReplaceAllString(r.stdout, `"$1": "…"`))
		})
	}
}

// TestKeysOfTheContract holds the keys of the public contract; a key may be added, none may go.
func TestKeysOfTheContract(t *testing.T) {
	b := newBench(t, "acme")
	b.clerk(t).month("acme")
	var status struct{ Connections []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(b.run(t, "status", "--json").stdout), &status))
	for _, key := range []string{"name", "sales", "unknown_effects", "oldest_dirty_seconds", "cursors", "problems", "webhooks", "reading"} {
		require.Contains(t, status.Connections[0], key)
	}
	for _, state := range []string{"waiting", "pending", "issued", "cancelled", "ignored", "held"} {
		require.Contains(t, status.Connections[0]["sales"], state)
	}
	var sales []map[string]any
	require.NoError(t, json.Unmarshal([]byte(b.run(t, "sales", "--json").stdout), &sales))
	require.Len(t, sales, 5)
	for _, sale := range sales {
		require.Len(t, sale, 11)
		for _, key := range []string{"connection", "sale", "kind", "number", "state", "currency", "gross", "books_order_id", "books_document_id", "hold", "updated_at"} {
			require.Contains(t, sale, key)
		}
	}
}

// TestNothingHappenedYet reads where the daemon has never run: that is an answer, not a failure.
func TestNothingHappenedYet(t *testing.T) {
	b := newBench(t, "acme", "beta")
	r := b.run(t, "status", "--json")
	require.Equal(t, ExitOK, r.code)
	require.Contains(t, r.stderr, "There is no ledger yet at ")
	golden(t, "status_empty.json", r.stdout)
	r = b.run(t, "sales", "--json")
	require.Equal(t, "[]\n", r.stdout)
	r = b.run(t, "sales")
	require.Contains(t, r.stdout, "No sales yet")
	r = b.run(t, "explain", "1001")
	require.Equal(t, ExitFailed, r.code)
	require.Contains(t, r.stderr, "start it with `spacebridge run`")
	require.NoFileExists(t, b.path("data/ledger.db"))
}

func TestEmptyLedger(t *testing.T) {
	b := newBench(t, "acme")
	b.clerk(t)
	require.Contains(t, b.run(t, "status").stdout, "none yet")
	require.Contains(t, b.run(t, "sales").stdout, "No sales yet")
	require.Contains(t, b.run(t, "sales", "--state", "held").stdout, "No sale is held")
	require.Contains(t, b.run(t, "sales", "--state", "issued").stdout, "No sale is issued")
}

func TestFindingASale(t *testing.T) {
	b := newBench(t, "acme", "beta")
	k := b.clerk(t)
	k.order("acme", "or_a", "7")
	k.order("beta", "or_b", "7")
	k.order("beta", "or_c", "8")
	k.order("beta", "or_d", "8")
	r := b.run(t, "explain", "7")
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, `"7" is a sale of acme and of beta: choose one with --connection`)
	require.Equal(t, ExitOK, b.run(t, "explain", "7", "--connection", "beta").code)
	r = b.run(t, "explain", "8")
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, "give the id instead, one of or_c, or_d")
	r = b.run(t, "explain", "9")
	require.Equal(t, ExitFailed, r.code)
	require.Contains(t, r.stderr, `no sale has the number or id "9"`)
	r = b.run(t, "explain", "7", "--connection", "gamma")
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, `no connection is called "gamma"; the configuration has acme, beta`)
	require.Contains(t, b.run(t, "sales").stdout, "CONNECTION")
}

// TestUsage checks the exit code of every way to call it wrong.
func TestUsage(t *testing.T) {
	b := newBench(t, "acme")
	for _, args := range [][]string{
		{"nonsense"},
		{"status", "extra"},
		{"status", "--nonsense"},
		{"explain"},
		{"explain", "1", "2"},
		{"sales", "--state", "done"},
		{"sales", "--limit", "-1"},
		{"sales", "--limit", "x"},
		{"skip", "1"},
		{"skip", "1", "--reason", " "},
	} {
		r := b.run(t, args...)
		require.Equal(t, ExitUsage, r.code, "%v: %s", args, r.stderr)
		require.NotEmpty(t, r.stderr)
		require.Empty(t, r.stdout)
	}
	none := newBench(t)
	r := none.run(t, "status")
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, "read configuration")
}

// TestConfigurationFaultsAreAllTold checks the exit code and that nothing else is done.
func TestConfigurationFaultsAreAllTold(t *testing.T) {
	b := newBench(t)
	require.NoError(t, writePrivate(b.path("spacebridge.yaml"), []byte("connections: [{name: A, since: soon}]\n")))
	r := b.run(t, "status")
	require.Equal(t, ExitUsage, r.code)
	require.Contains(t, r.stderr, `connections[0].name: "A" cannot be part of keys`)
	require.Contains(t, r.stderr, `connections[0].since: "soon" is not a day`)
	require.Contains(t, r.stderr, "faults in the configuration")
}

func TestHelpHasExamples(t *testing.T) {
	b := newBench(t)
	root := b.app.root()
	require.NotEmpty(t, root.Example)
	for _, c := range root.Commands() {
		require.NotEmpty(t, c.Example, c.Name())
		require.NotEmpty(t, c.Short, c.Name())
	}
	r := b.run(t, "--help")
	require.Equal(t, ExitOK, r.code)
	require.Contains(t, r.stdout, "See what happened:")
}

func TestVersion(t *testing.T) {
	b := newBench(t)
	require.Contains(t, b.run(t, "version").stdout, "spacebridge 1.2.3 (go")
	var out map[string]string
	require.NoError(t, json.Unmarshal([]byte(b.run(t, "version", "--json").stdout), &out))
	require.Equal(t, "1.2.3", out["version"])
}

// TestVersionFlag prints the same as the command, and the program's own name.
func TestVersionFlag(t *testing.T) {
	b := newBench(t)
	b.app.build.Name = "spacebridge-worker"
	r := b.run(t, "--version")
	require.Equal(t, ExitOK, r.code, r.stderr)
	require.Contains(t, r.stdout, "spacebridge-worker 1.2.3 (go")
	require.Equal(t, b.run(t, "version").stdout, r.stdout)
}

// TestProgramsOwnName asks the worker for what to type next.
func TestProgramsOwnName(t *testing.T) {
	t.Parallel() // it waits for vendors that do not answer
	b := newBench(t, "acme")
	b.app.build.Name = "spacebridge-worker"
	require.Contains(t, b.run(t, "status").stderr, "start it with `spacebridge-worker run`")
	b.clerk(t).month("acme")
	require.Contains(t, b.run(t, "status").stdout, "see them with: spacebridge-worker sales --state held")
	require.Contains(t, b.run(t, "explain", "9").stderr, "`spacebridge-worker sales` lists what is known")
	require.Contains(t, b.run(t, "check").stdout, "`spacebridge-worker explain`")
}

// TestStatusKeepsTheDaemonsNotes to itself: only cursors that are times say how far a list was read.
func TestStatusKeepsTheDaemonsNotes(t *testing.T) {
	b := newBench(t, "acme")
	k := b.clerk(t)
	k.month("acme")
	require.NoError(t, k.ledger.AdvanceCursor(t.Context(), "acme", "policy", "8c1f00aa"))
	require.NotContains(t, b.run(t, "status", "--json").stdout, "policy")
	require.NotContains(t, b.run(t, "status").stdout, "policy")
	require.Contains(t, b.run(t, "status", "--json").stdout, "orders_created")
}

// TestExplainStopped begins with what stops the connection.
func TestExplainStopped(t *testing.T) {
	b := newBench(t, "acme")
	k := b.clerk(t)
	k.month("acme")
	for code, message := range map[string]string{"integration_automatic": "it issues by itself", "orderspace_credentials": "the secret is refused"} {
		require.NoError(t, k.ledger.SetProblem(t.Context(), sqlite.Problem{Connection: "acme", Code: code, Message: message, Advice: "mend it", Since: k.at}))
	}
	r := b.run(t, "explain", "1003")
	require.True(t, strings.HasPrefix(r.stdout, "writing is stopped: it issues by itself (for 59 minutes)\n  what now  mend it\n\n"+
		"reading is stopped: the secret is refused (for 59 minutes)\n"), r.stdout)
	require.Contains(t, b.run(t, "explain", "1003", "--json").stdout, `"code": "integration_automatic"`)
}

// TestOutcome says in words how a step stands and what it took.
func TestOutcome(t *testing.T) {
	later := noon.Add(time.Minute)
	for want, e := range map[string]sqlite.Effect{
		"not sent yet": {State: sqlite.EffectPlanned},
		"sent without effect, to be sent again (1 attempt, 2 look-ups)": {State: sqlite.EffectPlanned, Attempts: 1, Lookups: 2},
		"being sent": {State: sqlite.EffectSending, Attempts: 1, LeaseUntil: later},
		"interrupted while it was sent, to be looked up (2 attempts)": {State: sqlite.EffectSending, Attempts: 2, LeaseUntil: noon},
		"outcome unknown, being looked up (3 look-ups)":               {State: sqlite.EffectUnknown, Attempts: 1, Lookups: 3},
		"done":                         {State: sqlite.EffectDone, Attempts: 1},
		"done (2 attempts, 1 look-up)": {State: sqlite.EffectDone, Attempts: 2, Lookups: 1},
		"refused":                      {State: sqlite.EffectRejected, Attempts: 1},
		"outcome unclear, waits for a person (1 look-up)": {State: sqlite.EffectHeld, Attempts: 1, Lookups: 1},
	} {
		require.Equal(t, want, outcome(e, noon))
	}
}
