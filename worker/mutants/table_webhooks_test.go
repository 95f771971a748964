package mutants

// webhookMutants take out guards of what webhooks tell of: from the signature to the mark that a read settles, of the
// subscription, of the sweep that finds what they do not tell of, and of the ranks that share the budget.
var webhookMutants = []mutant{
	{
		name:  "ack_before_commit",
		guard: "5: a delivery is answered 200 only after its commit",
		edits: []edit{{
			"worker/receiver/handler.go",
			"\tconnection := p.delivery.Connection // p is",
			"\tif p != nil {\n\t\treturn accepted\n\t}\n\tconnection := p.delivery.Connection // p is",
		}},
		unit: []killer{in("worker/receiver", "TestWhatTheLedgerDoesToARequest")},
	},
	{
		name:  "ack_of_what_failed",
		guard: "5: a delivery whose commit failed is not acknowledged, so that Orderspace sends it again",
		edits: []edit{{"worker/receiver/handler.go", "\t\tcase outcome.err != nil:\n", "\t\tcase outcome.err != nil && p == nil:\n"}},
		unit:  []killer{in("worker/receiver", "TestWhatTheLedgerDoesToARequest"), in("worker/receiver", "TestManyAtOnceOverSockets")},
	},
	{
		name:  "signature_unchecked",
		guard: "5: only what one of our keys signed is taken",
		edits: []edit{{"connectors/orderspace/signature.go", "\tvalid := false\n", "\tvalid := true\n"}},
		unit:  []killer{in("connectors/orderspace", "TestVerifySignature"), in("worker/receiver", "TestAnswers")},
	},
	{
		name:  "dead_key_accepted",
		guard: "5: a key that was replaced is valid for 48 hours and no longer",
		edits: []edit{{"worker/receiver/keyring.go", "k.now().Add(-keptValid)", "k.now().Add(-1000*keptValid)"}},
		unit:  []killer{in("worker/receiver", "TestOldAndNewKey")},
	},
	{
		name:  "webhook_is_a_record",
		guard: "4: only what a list or a get gave is a record",
		edits: []edit{{
			"connectors/sqlite/records.go",
			"\tcase r.Source != trade.SourceList && r.Source != trade.SourceGet:\n",
			"\tcase r.Source == \"\" && r.By == \"?\":\n",
		}},
		unit: []killer{in("connectors/sqlite", "TestAWebhookIsNoRead")},
	},
	{
		name:  "mark_settled_by_a_lagging_list",
		guard: "4: a list that shows nothing new may be late, and settles no event that is younger than any delay",
		edits: []edit{{"connectors/sqlite/settle.go", "(w.Deleted || !news && f.readAt-w.Last <= ListLag.Milliseconds())", "w.Deleted"}},
		unit:  []killer{in("connectors/sqlite", "TestAReadSettlesWhatItCanTellOf")},
	},
	{
		name:  "mark_settled_by_an_older_read",
		guard: "4: a read that began before an event does not settle it",
		edits: []edit{{"connectors/sqlite/settle.go", "w == nil || w.Seq > f.reading.Heard {", "w == nil {"}},
		unit:  []killer{in("connectors/sqlite", "TestAReadSettlesWhatItCanTellOf"), in("connectors/sqlite", "TestAnEventBetweenRequestAndAnswerWaitsOn")},
	},
	{
		name:  "deletion_denied_by_a_list",
		guard: "4: what an event says of a deletion is settled by a read of the record alone, whose 404 confirms it",
		edits: []edit{{"connectors/sqlite/settle.go", "(w.Deleted || !news &&", "(!news &&"}},
		unit:  []killer{in("connectors/sqlite", "TestAReadSettlesWhatItCanTellOf")},
	},
	{
		name:  "no_inbox_backstop",
		guard: "9: what was received and not read is looked for every minute, whatever became of the nudge",
		edits: []edit{{"worker/wake.go", "\t\t\tif waits {\n", "\t\t\tif waits && ctx.Err() != nil {\n"}},
		unit:  []killer{in("worker", "TestInboxIsLookedAtEveryMinute")},
	},
	{
		name:  "orders_before_relatives",
		guard: "4: an order is read after the invoices and dispatches that name it",
		edits: []edit{{"workflows/inbox.go", "range []bool{false, true} {", "range []bool{true, false} {"}},
		unit:  []killer{in("workflows", "TestInboxReadsRelativesFirstAndEndsWhenNothingWaits"), in("activities", "TestRelativesAreReadBeforeOrders")},
	},
	{
		name:  "foreign_webhook_removed",
		guard: "1: no webhook is touched that is not ours",
		edits: []edit{{"activities/subscription.go", "\t\tif !k.ours(s) {\n", "\t\tif s.ID == \"\" {\n"}},
		unit:  []killer{in("activities", "TestSubscriptionIsMadeOnceAndFoundAgain"), in("activities", "TestNoSubscriptionIsWanted")},
	},
	{
		name:  "subscribed_again_without_a_look",
		guard: "3: after a create without an answer nothing is made until the list must show what came of it",
		edits: []edit{{"activities/subscribe.go", "\t\treturn \"\", afterLook(err)\n", "\t\treturn \"\", err\n"}},
		unit:  []killer{in("activities", "TestCreateWhoseAnswerIsLostIsFound")},
	},
	{
		name:  "subscription_not_intended",
		guard: "2: that an endpoint is ours is committed before the request that subscribes it leaves",
		edits: []edit{{
			"activities/subscribe.go",
			"\tif err := k.ledger.IntendSubscription(ctx, k.c.Name, k.c.WebhookURL); err != nil {\n\t\treturn \"\", err\n\t}\n",
			"",
		}},
		unit: []killer{in("activities", "TestCreateWhoseAnswerIsLostIsRemovedFromAnOldEndpoint")},
	},
	{
		name:  "silence_ignored",
		guard: "9: a subscription that no longer tells of what happens is made again",
		edits: []edit{{"activities/subscribe.go", "\t\tif dead {\n", "\t\tif dead && err != nil {\n"}},
		unit:  []killer{in("activities", "TestSubscriptionThatFellSilent"), in("activities", "TestDisabledSubscriptionComesBack")},
	},
	{
		name:  "announced_ignored",
		guard: "9: what was created before a subscription was made is not held against it",
		edits: []edit{{
			"connectors/sqlite/silence.go",
			" || !record.Created.IsZero() && record.Created.Before(f.reading.Announced) {",
			" {",
		}},
		unit: []killer{in("connectors/sqlite", "TestWhatNoWebhookToldOf")},
	},
	{
		name:  "vanished_ignored",
		guard: "6: what a sweep should have met and did not is looked at before it counts as completed",
		edits: []edit{{"activities/unseen.go", "\t\tgroups = append(groups, vanished)\n", "\t\tgroups = append(groups, vanished[:0])\n"}},
		unit:  []killer{in("activities", "TestWhatVanishedFromTheListsIsLookedAt")},
	},
	{
		name:  "sweep_cursor_before_walks",
		guard: "6: a sweep is completed only after every list was read to its end",
		edits: []edit{{
			"workflows/reads.go",
			"\tfailed := result.walk(e, in.Connection, plan)\n",
			"\tmove := activities.AdvanceCursorInput{Connection: in.Connection, Cursor: plan.Cursor, To: plan.StartedAt}\n" +
				"\tfailed := errors.Join(e.Call(CallLedger, \"\", act.AdvanceCursor, move, nil), result.walk(e, in.Connection, plan))\n",
		}},
		unit: []killer{in("activities", "TestSweepIsCompletedOnlyWhenEveryListWasRead")},
	},
	{
		name:  "sweep_forgets_the_rest",
		guard: "6: a sweep that has more to look at than its limit is not completed, or the next would not look for it",
		edits: []edit{{"workflows/reads.go", "\tif more || failed != nil {\n", "\tif more && limit < 0 || failed != nil {\n"}},
		unit:  []killer{in("workflows", "TestSweepThatHasMoreToLookAtIsNotCompleted"), in("activities", "TestMassDeletionIsWorkedOffSweepBySweep")},
	},
	{
		name:  "rank_ignored",
		guard: "8: live work goes before re-reading and backfill in the one budget",
		edits: []edit{{"connectors/rest/queue.go", "rank: r}", "rank: rankLive}"}},
		unit:  []killer{in("connectors/rest", "TestRareLiveWorkDoesNotQueueBehindTheRest")},
	},
	{
		name:  "floor_removed",
		guard: "8: re-reading keeps a small share of the budget however busy live work is, so that its bound holds",
		edits: []edit{{"connectors/rest/queue.go", "(!live || p.passed >= rereadEvery-1)", "!live"}},
		unit:  []killer{in("connectors/rest", "TestLiveWorkGoesFirstAndRereadingKeepsItsFloor")},
	},
	{
		name:  "half_ignored",
		guard: "8: re-reading and backfill leave half of the budget to live work",
		edits: []edit{{"connectors/rest/queue.go", "\tspare := within(p.spare, now, 1) == 0\n", "\tspare := within(p.spare, now, 0) == 0\n"}},
		unit:  []killer{in("connectors/rest", "TestRareLiveWorkDoesNotQueueBehindTheRest")},
	},
}
