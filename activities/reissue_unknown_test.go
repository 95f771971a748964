package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/connectors/rest"
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// A reissue is as final as an issue: what became of one is looked up, for the whole settle window, before it is sent again.

func TestReplyLostAfterReissueIsAdopted(t *testing.T) {
	b := edited(t)
	b.books.fail = failOnce("reissue", true, errReplyLost)
	_, result := b.step()
	require.Equal(t, activities.StepUnknown, result.Outcome)
	plan, _ := b.step()
	require.True(t, plan.Resolve, "nothing else happens before the look-up")
	require.Zero(t, b.resolve(), "it is there at the first look")
	sale := b.settle()
	require.Equal(t, trade.StateIssued, sale.State)
	require.Equal(t, sale.Written.Money, sale.Issued.Money)
	require.Equal(t, []string{"update", "reissue"}, b.books.steps())
	b.requireChain(firstInvoice, secondInvoice)
}

func TestReissueThatWasLostWaitsForTheSettleWindow(t *testing.T) {
	b := edited(t)
	b.books.fail = failOnce("reissue", false, errReplyLost)
	b.step()
	took := b.resolve()
	require.GreaterOrEqual(t, took, 15*time.Minute)
	require.Equal(t, []string{"update", "reissue"}, b.books.steps())
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, []string{"update", "reissue", "reissue"}, b.books.steps())
	require.Equal(t, b.books.requests[1], b.books.requests[2], "a blind repeat keeps its request id")
	b.requireChain(firstInvoice, secondInvoice)
}

// It may land at any time within the window, and be found then.
func TestReissueThatLandsLateIsAdopted(t *testing.T) {
	for _, after := range []time.Duration{time.Second, time.Minute, 14 * time.Minute} {
		t.Run(after.String(), func(t *testing.T) {
			b := edited(t)
			var land func()
			b.books.late = func(step string, l func()) bool { land = l; return step == "reissue" }
			b.step()
			start := b.clock
			for landed := false; ; {
				if !landed && b.clock.Sub(start) >= after {
					land()
					landed = true
				}
				result, err := b.ResolveEffect(t.Context(), b.in())
				require.NoError(t, err)
				if result.Outcome == activities.ResolveSettled {
					break
				}
				b.clock = b.clock.Add(result.Wait)
			}
			b.books.late = nil
			require.Equal(t, trade.StateIssued, b.settle().State)
			require.Equal(t, []string{"update", "reissue"}, b.books.steps())
			b.requireChain(firstInvoice, secondInvoice)
		})
	}
}

// It landed after the last look and before it would be sent again: the look before every reissue finds it.
func TestReissueThatLandsBeforeTheNextIsAdopted(t *testing.T) {
	b := edited(t)
	var land func()
	b.books.late = func(step string, l func()) bool { land = l; return step == "reissue" }
	b.step()
	b.books.late = nil
	b.resolve()
	land()
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, []string{"update", "reissue"}, b.books.steps())
	b.requireChain(firstInvoice, secondInvoice)
}

func TestReissueOfADeadProcessIsLookedUp(t *testing.T) {
	for name, happened := range map[string]bool{"it had happened": true, "it had not": false} {
		t.Run(name, func(t *testing.T) {
			b := edited(t)
			effect, err := b.ledger.ClaimEffect(t.Context(), sqlite.Claim{
				Connection: "acme", SaleID: "or_1", Step: "reissue", BodyHash: "x", Owner: "the dead", Lease: 40 * time.Second, Scope: "ent_1",
				BooksOrderID: "ord_1", BooksDocumentID: firstInvoice, Prints: b.sale().Written,
			})
			require.NoError(t, err)
			if happened {
				_, err = b.books.Reissue(t.Context(), effect.RequestID, "ord_1", firstInvoice)
				require.NoError(t, err)
			}
			b.restart(mapping.OnCreated)
			plan, _ := b.step()
			require.True(t, plan.Resolve)
			took := b.resolve()
			require.Equal(t, !happened, took >= 15*time.Minute)
			require.Equal(t, trade.StateIssued, b.settle().State)
			require.Equal(t, []string{"update", "reissue"}, b.books.steps())
			b.requireChain(firstInvoice, secondInvoice)
		})
	}
}

// An answer that names the old invoice, or none, does not tell that there is a new one.
func TestReplyToReissueWithoutAnotherInvoiceIsUnknown(t *testing.T) {
	for name, document := range map[string]string{"the old": firstInvoice, "none": ""} {
		t.Run(name, func(t *testing.T) {
			b := edited(t)
			b.books.kept = map[string]trade.BooksOrder{"reissue": inBooks("ord_1", trade.BooksInvoiced, document)}
			_, result := b.step()
			require.Equal(t, activities.StepUnknown, result.Outcome)
			b.resolve()
			b.books.kept = nil
			require.Equal(t, trade.StateIssued, b.settle().State)
			require.Equal(t, []string{"update", "reissue"}, b.books.steps())
			b.requireChain(firstInvoice, secondInvoice)
		})
	}
}

func TestRefusedReissueHoldsUntilRetry(t *testing.T) {
	b := edited(t)
	b.books.fail = failOnce("reissue", false, errRefused)
	sale := b.held(mapping.HoldRejected)
	require.Contains(t, sale.Hold.Reason, "credit the invoice and issue another")
	require.NotContains(t, sale.Hold.Reason, "Blue Sky", "the vendor's words may be personal")
	require.Equal(t, []string{"update", "reissue"}, b.books.steps())
	b.clock = b.clock.Add(time.Minute)
	b.say("retry", "")
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.NotEqual(t, b.books.requests[1], b.books.requests[2], "the vendor replays cached errors")
	b.requireChain(firstInvoice, secondInvoice)
}

// Another edit is another matter than the one that was refused.
func TestEditAfterARefusedReissueGoesAhead(t *testing.T) {
	b := edited(t)
	b.books.fail = failOnce("reissue", false, errRefused)
	b.settle()
	b.edit(pieces(4))
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, []string{"update", "reissue", "update", "reissue"}, b.books.steps())
	b.requireChain(firstInvoice, secondInvoice)
}

func TestRefusedReissueThatHappenedIsAdopted(t *testing.T) {
	b := edited(t)
	b.books.fail = failOnce("reissue", true, errConflict)
	require.Equal(t, trade.StateIssued, b.settle().State)
	require.Equal(t, []string{"update", "reissue"}, b.books.steps())
	b.requireChain(firstInvoice, secondInvoice)
}

func TestRefusedReissueNobodyExplainsIsUnknown(t *testing.T) {
	b := edited(t)
	b.books.tried = func(string) { b.books.tried, b.books.readErr = nil, errNotSent }
	b.books.fail = failOnce("reissue", true, errConflict)
	_, result := b.step()
	require.Equal(t, activities.StepUnknown, result.Outcome)
	b.books.readErr = nil
	b.resolve()
	require.Equal(t, trade.StateIssued, b.settle().State)
	b.requireChain(firstInvoice, secondInvoice)
}

// That the order is gone does not say that no other invoice was made of it.
func TestReissueOfAVanishedOrderHolds(t *testing.T) {
	b := edited(t)
	b.books.fail = failOnce("reissue", true, errReplyLost)
	b.step()
	b.books.orders = nil
	b.resolve()
	sale := b.held(mapping.HoldOutcomeUnclear)
	require.Contains(t, sale.Hold.Reason, "order_missing_in_books")
	require.Equal(t, []string{"update", "reissue"}, b.books.steps())
}

func TestReissueThatWasNotSentIsSentAgain(t *testing.T) {
	for class, err := range map[rest.Class]error{
		rest.NotSent: errNotSent, rest.RateLimited: &rest.Error{Class: rest.RateLimited, Status: 429, RetryAfter: time.Minute},
	} {
		t.Run(string(class), func(t *testing.T) {
			b := edited(t)
			b.books.fail = failOnce("reissue", false, err)
			_, result := b.step()
			require.Equal(t, activities.StepNotSent, result.Outcome)
			require.Equal(t, trade.StateIssued, b.settle().State)
			b.requireChain(firstInvoice, secondInvoice)
		})
	}
}

// An update of what is to be issued again may be lost too. It is repeated, and nothing is issued before it is known to be there.
func TestUpdateLostBeforeAReissue(t *testing.T) {
	for name, happened := range map[string]bool{"it had happened": true, "it had not": false} {
		t.Run(name, func(t *testing.T) {
			b := issuedOnce(t)
			b.edit(pieces(3))
			b.books.fail = failOnce("update", happened, errReplyLost)
			b.step()
			b.resolve()
			require.Equal(t, trade.StateIssued, b.settle().State)
			require.Equal(t, []string{"update", "update", "reissue"}, b.books.steps())
			b.requireChain(firstInvoice, secondInvoice)
			require.Equal(t, b.sale().Gross, b.live().Gross)
		})
	}
}

// The settle window of a reissue is lived through, and begins anew with the process.
func TestReissueIsNotRepeatedByAClockThatJumps(t *testing.T) {
	b := edited(t)
	b.books.fail = failOnce("reissue", false, errReplyLost)
	b.step()
	b.jump(24 * time.Hour)
	require.GreaterOrEqual(t, b.resolve(), 15*time.Minute)
	require.Equal(t, []string{"update", "reissue"}, b.books.steps())
}

// An update whose reply was lost may have happened all the same. When the edit is undone, what the ledger remembers to have
// written last is not what the books say, and it is written again.
func TestEditUndoneAfterItsUpdateWasLost(t *testing.T) {
	for name, happened := range map[string]bool{"it had happened": true, "it had not": false} {
		t.Run(name+", issued", func(t *testing.T) {
			b := issuedOnce(t)
			b.edit(pieces(3))
			b.books.fail = failOnce("update", happened, errReplyLost)
			b.step()
			b.edit(nil)
			b.resolve()
			require.Equal(t, trade.StateIssued, b.settle().State)
			require.Equal(t, []string{"update", "update"}, b.books.steps())
			require.Equal(t, money.Amount(1200), b.books.says["ord_1"].Gross)
			b.requireChain(firstInvoice)
			b.edit(nil)
			b.settle()
			require.Len(t, b.books.requests, 2, "once is enough")
		})
		t.Run(name+", pending", func(t *testing.T) {
			b := newBench(t, mapping.OnManual)
			b.readAll()
			b.settle()
			b.edit(pieces(3))
			b.books.fail = failOnce("update", happened, errReplyLost)
			b.step()
			b.edit(nil)
			b.resolve()
			b.say("issue", "")
			require.Equal(t, trade.StateIssued, b.settle().State)
			require.Equal(t, []string{"create", "update", "update", "issue"}, b.books.steps())
			require.Equal(t, money.Amount(1200), b.live().Gross)
		})
	}
	t.Run("of what moves no money", func(t *testing.T) {
		b := issuedOnce(t)
		b.edit(func(o map[string]any) { o["reference"] = "R-1" })
		b.books.fail = failOnce("annotate", true, errReplyLost)
		b.step()
		b.edit(nil)
		b.resolve()
		require.Equal(t, trade.StateIssued, b.settle().State)
		require.Equal(t, []string{"annotate", "annotate"}, b.books.steps())
		require.NotContains(t, b.books.says["ord_1"].Metadata, "reference")
	})
}

// An answer, or a page, that shows an invoice which was replaced already is from before: nothing is taken from it.
func TestAnswerWithAReplacedInvoiceIsNoOutcome(t *testing.T) {
	again := func(t *testing.T) *bench {
		t.Helper()
		b := edited(t)
		b.settle()
		b.edit(pieces(4))
		plan, _ := b.step()
		require.Equal(t, mapping.ActUpdate, plan.Action)
		return b
	}
	t.Run("to the reissue", func(t *testing.T) {
		b := again(t)
		old := inBooks("ord_1", trade.BooksInvoiced, firstInvoice)
		b.books.kept = map[string]trade.BooksOrder{"reissue": old}
		_, result := b.step()
		require.Equal(t, activities.StepUnknown, result.Outcome)
		b.resolve()
		require.Equal(t, trade.StateIssued, b.settle().State)
		b.requireChain(firstInvoice, secondInvoice, thirdInvoice)
	})
	t.Run("to the look", func(t *testing.T) {
		b := again(t)
		order := b.books.at("ord_1")
		order.DocumentID, order.ItemsChanged = firstInvoice, false
		plan, result := b.step()
		require.Equal(t, mapping.ActReissue, plan.Action)
		require.Equal(t, activities.StepNotSent, result.Outcome)
		order.DocumentID, order.ItemsChanged = secondInvoice, true
		require.Equal(t, trade.StateIssued, b.settle().State)
		b.requireChain(firstInvoice, secondInvoice, thirdInvoice)
	})
	t.Run("to the look-up", func(t *testing.T) {
		b := again(t)
		b.books.fail = failOnce("reissue", false, errReplyLost)
		b.step()
		order := b.books.at("ord_1")
		order.DocumentID = firstInvoice
		result, err := b.ResolveEffect(t.Context(), b.in())
		require.NoError(t, err)
		require.Equal(t, activities.ResolveWait, result.Outcome)
		order.DocumentID = secondInvoice
		require.GreaterOrEqual(t, b.resolve(), 14*time.Minute)
		require.Equal(t, trade.StateIssued, b.settle().State)
		b.requireChain(firstInvoice, secondInvoice, thirdInvoice)
	})
}
