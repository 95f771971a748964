package faults

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// asked is one request that a plan is asked about.
type asked struct{ method, path, body string }

// draws asks a plan about requests, each as often as it is listed, and tells what was decided for the nth of each.
func draws(p *Plan, requests []asked) map[asked][]Kind {
	out := map[asked][]Kind{}
	for _, r := range requests {
		d := p.decide(httptest.NewRequest(r.method, r.path, nil), []byte(r.body), true)
		p.note(d)
		out[r] = append(out[r], d.kind)
	}
	return out
}

func crowd() []asked {
	var out []asked
	for i := range 400 {
		n := strconv.Itoa(i % 50)
		out = append(out, asked{"GET", "/orders?starting_after=or_" + n, ""}, asked{"POST", "/orders", n}, asked{"POST", "/orders/" + n + "/process", ""})
	}
	return out
}

func mixed(seed uint64) *Plan {
	return &Plan{Seed: seed, PerMille: map[Kind]int{Refused: 50, LostReply: 100, TooMany: 50, Slow: 50, CursorGone: 100}}
}

// TestOrderOfRequestsPlaysNoPart shuffles the same requests: each must meet the same faults at the same nth time.
func TestOrderOfRequestsPlaysNoPart(t *testing.T) {
	t.Parallel()
	requests := crowd()
	first := draws(mixed(7), requests)
	require.NotEqual(t, first, draws(mixed(8), requests), "another seed")
	varied := 0
	for _, kinds := range first {
		if len(slices.Compact(slices.Clone(kinds))) > 1 {
			varied++
		}
	}
	require.Greater(t, varied, 100, "the same request does not always meet the same")
	for range 5 {
		rand.Shuffle(len(requests), func(i, j int) { requests[i], requests[j] = requests[j], requests[i] })
		require.Equal(t, first, draws(mixed(7), requests))
	}
}

// TestOnlyChangesNothingElse restricts a plan to one kind: it strikes where it struck among the others.
func TestOnlyChangesNothingElse(t *testing.T) {
	t.Parallel()
	requests := crowd()
	whole, one := mixed(7), mixed(7)
	one.Only(LostReply)
	all := draws(whole, requests)
	struck := 0
	for request, kinds := range draws(one, requests) {
		for i, kind := range kinds {
			require.Equal(t, all[request][i] == LostReply, kind == LostReply)
			require.Contains(t, []Kind{"", LostReply}, kind)
			if kind != "" {
				struck++
			}
		}
	}
	require.Equal(t, map[Kind]int{LostReply: struck}, one.Counts())
	require.Equal(t, whole.Counts()[LostReply], struck)
	one.Only()
	draws(one, requests)
	require.Greater(t, len(one.Counts()), 3, "all again")
}

func TestRatesAreKept(t *testing.T) {
	t.Parallel()
	p := mixed(3)
	for i := range 20000 {
		p.note(p.decide(httptest.NewRequest(http.MethodGet, "/orders?starting_after=or_"+strconv.Itoa(i), nil), nil, true))
	}
	for kind, rate := range p.PerMille {
		require.InDelta(t, rate*20, p.Counts()[kind], 200, kind)
	}
}

func TestWhatAPlanLetsPass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		get := asked{"GET", "/orders", ""}
		page := asked{"GET", "/orders?starting_after=or_1", ""}
		post := asked{"POST", "/orders", "{}"}
		full := map[Kind]int{ErrorAfter: 1000}
		tests := map[string]struct {
			plan *Plan
			pass []asked
			meet []asked
		}{
			"nothing planned":         {&Plan{}, []asked{get, post}, nil},
			"all":                     {&Plan{PerMille: full}, nil, []asked{get, post}},
			"writes only":             {&Plan{Writes: full}, []asked{get}, []asked{post}},
			"reads otherwise":         {&Plan{PerMille: full, Reads: map[Kind]int{}}, []asked{get, page}, []asked{post}},
			"a route":                 {&Plan{PerMille: full, Match: func(r *http.Request) bool { return r.URL.RawQuery == "" }}, []asked{page}, []asked{get, post}},
			"not yet":                 {&Plan{PerMille: full, From: now.Add(time.Second)}, []asked{get}, nil},
			"over":                    {&Plan{PerMille: full, Until: now}, []asked{get}, nil},
			"within":                  {&Plan{PerMille: full, From: now, Until: now.Add(1)}, nil, []asked{get}},
			"no cursor":               {always(CursorGone, 1), []asked{get, post}, []asked{page}},
			"no hook to move":         {always(Moving, 1), []asked{page}, nil},
			"moves between two pages": {hooked(always(Moving, 1)), []asked{get, post}, []asked{page}},
			"no token, no expiry":     {hooked(always(ExpiredToken, 1)), []asked{get, post}, nil},
		}
		for name, tc := range tests {
			for request, kinds := range draws(tc.plan, append(tc.pass, tc.meet...)) {
				require.Equal(t, slices.Contains(tc.pass, request), kinds[0] == "", "%s: %v", name, request)
			}
			tc.plan.Heal()
			for _, kinds := range draws(tc.plan, append(tc.pass, tc.meet...)) {
				require.Empty(t, kinds[0], "%s: healed", name)
			}
		}
	})
}

func TestParseRates(t *testing.T) {
	t.Parallel()
	rates, err := ParseRates("lost_reply=20, 502_after=5")
	require.NoError(t, err)
	require.Equal(t, map[Kind]int{LostReply: 20, BadGatewayAfter: 5}, rates)
	rates, err = ParseRates("all=3,slow=0")
	require.NoError(t, err)
	require.Len(t, rates, len(Kinds()))
	require.Equal(t, 3, rates[Late])
	require.Equal(t, 0, rates[Slow])
	for text, complaint := range map[string]string{
		"":                    "not of the form",
		"lost_reply":          "not of the form",
		"lost_reply=x":        "not of the form",
		"hiccup=1":            `no fault is called "hiccup"`,
		"slow=-1":             "between 0 and 1000",
		"slow=600,html=401":   "add up to 1001",
		"slow=1,html=2,slow=": "not of the form",
		"slow=1,slow=2":       "named twice",
	} {
		_, err := ParseRates(text)
		require.ErrorContains(t, err, complaint, text)
	}
	var table bytes.Buffer
	require.NoError(t, WriteTable(&table))
	for _, kind := range Kinds() {
		require.Contains(t, table.String(), string(kind)+" ")
	}
	require.Equal(t, "lost_reply=2 429=1", Summary(map[Kind]int{TooMany: 1, LostReply: 2, Slow: 0}))
}
