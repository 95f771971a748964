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

// TestOrderOfDeliveriesPlaysNoPart shuffles the same bodies: each meets the same at the same nth time. Another seed, and
// every coming of a body, is drawn anew.
func TestOrderOfDeliveriesPlaysNoPart(t *testing.T) {
	t.Parallel()
	shares := map[Mishap]int{Lost: 100, Doubled: 50, ReplyLost: 200, BadBody: 100}
	var bodies []string
	for n := range 400 {
		bodies = append(bodies, strconv.Itoa(n%50))
	}
	fates := func(seed uint64, only ...Mishap) (map[string][]Mishap, map[Mishap]int) {
		plan := &Deliveries{Seed: seed, PerMille: shares}
		plan.Only(only...)
		out := map[string][]Mishap{}
		for _, body := range bodies {
			r := httptest.NewRequest(http.MethodPost, "/hook", nil)
			out[body] = append(out[body], plan.decide(r, []byte(body)).mishap)
		}
		return out, plan.Counts()
	}
	first, counts := fates(7)
	for range 5 {
		rand.Shuffle(len(bodies), func(i, j int) { bodies[i], bodies[j] = bodies[j], bodies[i] })
		again, _ := fates(7)
		require.Equal(t, first, again)
	}
	other, _ := fates(8)
	require.NotEqual(t, first, other)
	varied := 0
	for _, each := range first {
		if len(slices.Compact(slices.Clone(each))) > 1 {
			varied++
		}
	}
	require.Greater(t, varied, 30)
	for m, share := range shares {
		require.InDelta(t, share*len(bodies)/1000, counts[m], 25, m)
	}
	one, counted := fates(7, ReplyLost)
	require.Equal(t, map[Mishap]int{ReplyLost: counts[ReplyLost]}, counted)
	for body, each := range one {
		for n := range each {
			require.Equal(t, first[body][n] == ReplyLost, each[n] == ReplyLost)
		}
	}
}

func TestDeliveriesHaveATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		for name, plan := range map[string]*Deliveries{
			"not yet": {From: now.Add(time.Second)}, "over": {Until: now}, "nothing planned": {},
		} {
			if name != "nothing planned" {
				plan.PerMille = map[Mishap]int{Lost: 1000}
			}
			p := postOverMemory(t, plan)
			_, err := p.send("a")
			require.NoError(t, err)
			require.Len(t, p.log(), 1, name)
			require.Empty(t, plan.Counts(), name)
		}
	})
}

func TestParseMishaps(t *testing.T) {
	t.Parallel()
	shares, err := ParseMishaps("lost=100, doubled=50")
	require.NoError(t, err)
	require.Equal(t, map[Mishap]int{Lost: 100, Doubled: 50}, shares)
	shares, err = ParseMishaps("all=20,late=0")
	require.NoError(t, err)
	require.Len(t, shares, len(Mishaps()))
	require.Equal(t, []int{20, 0}, []int{shares[Replayed], shares[Belated]})
	for text, complaint := range map[string]string{
		"lost":                "not of the form",
		"eaten=1":             `no fault is called "eaten"`,
		"lost=-1":             "between 0 and 1000",
		"lost=600,late=401":   "add up to 1001",
		"lost=1,lost=2":       "named twice",
		"lost_reply=1,lost=1": `called "lost_reply"`,
	} {
		_, err := ParseMishaps(text)
		require.ErrorContains(t, err, complaint, text)
	}
	require.ErrorContains(t, (&Deliveries{PerMille: map[Mishap]int{"eaten": 1}}).Check(), "eaten")
	var table bytes.Buffer
	require.NoError(t, WriteMishaps(&table))
	for _, m := range Mishaps() {
		require.Contains(t, table.String(), string(m)+" ")
		_, described := mishapCases[m]
		require.True(t, described || m == BadBody, m)
	}
	require.Equal(t, "lost=2 bad_body=1", SummaryOfMishaps(map[Mishap]int{BadBody: 1, Lost: 2, Doubled: 0}))
}
