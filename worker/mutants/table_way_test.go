package mutants

// wayMutants take out guards of the way to the vendors: one attempt for a write, honest classes, limits and gates.
var wayMutants = []mutant{
	{
		name:  "write_retries",
		guard: "3: a write leaves once, whatever comes back",
		edits: []edit{{
			"connectors/rest/write.go",
			"\tcontent, failure := once.run(ctx, queue)\n",
			"\tcontent, failure := once.run(ctx, queue)\n\tfor n := 0; n < 2 && failure != nil && failure.Class == Unknown; n++ {\n\t\tcontent, failure = once.run(ctx, queue)\n\t}\n",
		}},
		unit:       []killer{in("connectors/rest", "TestVendorSeesAWriteExactlyOnce"), in("connectors/rest", "TestClassOfReplies")},
		simulation: worlds(24),
	},
	{
		name:  "write_can_be_rewound",
		guard: "3: nothing tells net/http that it may send a write again",
		edits: []edit{
			{"connectors/rest/request.go", "\tr.GetBody = nil\n", ""},
			{"connectors/rest/request.go", "\tr.Header.Del(\"Idempotency-Key\")\n\tr.Header.Del(\"X-Idempotency-Key\")\n", ""},
		},
		unit: []killer{in("connectors/rest", "TestWriteCannotBeRewound"), in("connectors/rest", "TestWriteLeavesAtMostOnce")},
	},
	{
		name:  "writes_share_connections",
		guard: "3: a write has a connection of its own, which no server is closing at that moment",
		edits: []edit{{"connectors/rest/transport.go", "\tt.DisableKeepAlives = true\n", ""}},
		unit:  []killer{in("connectors/rest", "TestWritesShareNoConnection")},
	},
	{
		name:  "write_outlives_its_lease",
		guard: "3: a write has its outcome before its lease ends, and the activity ends after all of it",
		edits: []edit{{"connectors/rest/client.go", "\tDefaultWriteTimeout = 20 * time.Second\n", "\tDefaultWriteTimeout = 60 * time.Second\n"}},
		unit:  []killer{in("worker", "TestDeadlinesAreNested")},
	},
	{
		name:  "unknown_is_rejected",
		guard: "3: a 5xx or a 408 is no refusal",
		edits: []edit{{
			"connectors/rest/reply.go",
			"\tcase status == http.StatusRequestTimeout, status >= 500:\n\t\te.Class = Unknown\n",
			"\tcase status == http.StatusRequestTimeout, status >= 500:\n\t\te.Class = Rejected\n",
		}},
		unit:       []killer{in("connectors/rest", "TestClassOfReplies"), in("connectors/rest", "TestVendorSeesAWriteExactlyOnce")},
		simulation: worlds(24),
	},
	{
		name:  "unknown_is_not_sent",
		guard: "3: a request that may have left is not called unsent",
		edits: []edit{{
			"connectors/rest/attempt.go",
			"\treturn &Error{Class: Unknown, Err: explain(err)}\n",
			"\treturn &Error{Class: NotSent, Err: explain(err)}\n",
		}},
		unit:       []killer{in("connectors/rest", "TestVendorSeesAWriteExactlyOnce"), in("connectors/rest", "TestNotSentNeedsProof")},
		simulation: worlds(24),
	},
	{
		name:       "no_429_gate",
		guard:      "8: after a 429 nothing is sent for the time asked",
		edits:      []edit{{"connectors/rest/reply.go", "\t\tc.opts.Pace.CloseGate(e.RetryAfter)\n", ""}},
		unit:       []killer{in("connectors/rest", "TestReadWaitsForTheGateAfter429"), in("connectors/rest", "TestClientInABubble")},
		simulation: worlds(24),
	},
	{
		name:  "gate_forgotten_by_a_restart",
		guard: "8: the silence that a vendor asked for is kept by the next process",
		edits: []edit{{"worker/gates.go", "\t\t\tpace.CloseGate(left)\n", ""}},
		unit:  []killer{in("worker", "TestClosedGateOutlivesTheProcess")},
	},
	{
		name:       "restart_full_bucket",
		guard:      "8: a process starts without a burst, which would come on top of what the one before it sent",
		edits:      []edit{{"connectors/rest/pace.go", "\t\tp.all.AllowN(time.Now(), p.all.Burst()) // Invariant 8: no burst at the start\n", ""}},
		unit:       []killer{in("connectors/rest", "TestRestartsNeverExceedTheLimit")},
		simulation: worlds(24),
	},
	{
		name:  "turn_outlives_the_dial",
		guard: "8: what waited for its connection does not leave long after its turn, nor through a gate that has closed",
		edits: []edit{{"connectors/rest/turn.go", "\t\t\tif t.stale() {\n", "\t\t\tif t.stale() && t.failed() {\n"}},
		unit:  []killer{in("connectors/rest", "TestOutageDoesNotBunchRequests"), in("connectors/rest", "TestGateThatClosesDuringTheDialHolds")},
	},
	{
		name:  "two_connections_two_paces",
		guard: "8: all connections to a host that counts by address share one limit",
		edits: []edit{{"worker/wire.go", "shopPace, paces[settings.SpaceInvoices.APIURL])", "shopPace, rest.NewPace(settings.SpaceInvoices.RequestsPerMinute))"}},
		unit:  []killer{in("worker", "TestConnectionsToOneHostShareItsLimit")},
	},
}
