package mutants

// ledgerMutants take out guards of the ledger.
var ledgerMutants = []mutant{
	{
		name:  "no_lease",
		guard: "3: a step that is on its way belongs to its attempt until the lease is over",
		edits: []edit{{
			"connectors/sqlite/lease.go",
			"return r.State == string(EffectSending) && l.now().Before(l.leaseUntil(r))",
			"return r.State == string(EffectSending) && l.now().Before(instant(r.SentAt))",
		}},
		unit:       []killer{in("connectors/sqlite", "TestAStepIsClaimedSentAndDone|TestOneOfTwentyClaimsWins|TestALapsedLeaseBecomesUnknown")},
		simulation: worlds(24),
	},
	{
		name:  "no_uniqueness",
		guard: "1: a sale has at most one step whose outcome is open, by the claim and by the index under it",
		edits: []edit{
			{"connectors/sqlite/migrations/0001_ledger.sql", "CREATE UNIQUE INDEX effects_open ON effects", "CREATE INDEX effects_open ON effects"},
			{"connectors/sqlite/refusals.go", "\tif found {\n\t\treturn l.refuseOpen(", "\tif found && open.ID < 0 {\n\t\treturn l.refuseOpen("},
		},
		unit:       []killer{in("connectors/sqlite", "TestOneOfTwentyClaimsWins"), in("connectors/sqlite", "TestTheDatabaseItselfRefusesASecondOpenStep")},
		simulation: worlds(24),
	},
	{
		name:  "no_uniqueness_in_the_database",
		guard: "1: the database refuses a second open step of a sale, whatever the code above it does",
		edits: []edit{{"connectors/sqlite/migrations/0001_ledger.sql", "CREATE UNIQUE INDEX effects_open ON effects", "CREATE INDEX effects_open ON effects"}},
		unit:  []killer{in("connectors/sqlite", "TestTheDatabaseItselfRefusesASecondOpenStep")},
	},
	{
		name:  "two_sales_one_order",
		guard: "1: an order and a document of the books belong to one sale",
		edits: []edit{
			{"connectors/sqlite/migrations/0001_ledger.sql", "CREATE UNIQUE INDEX sales_books_order ON sales", "CREATE INDEX sales_books_order ON sales"},
			{"connectors/sqlite/migrations/0001_ledger.sql", "CREATE UNIQUE INDEX sales_books_document ON sales", "CREATE INDEX sales_books_document ON sales"},
		},
		unit: []killer{in("connectors/sqlite", "TestBooksIdentityIsUniqueBothWays")},
	},
	{
		name:  "issued_again",
		guard: "1: a sale that has its document is not issued again",
		edits: []edit{{
			"connectors/sqlite/refusals.go",
			"if sale.BooksDocumentID.Valid || sale.BooksStatus == string(trade.BooksInvoiced) {",
			"if sale.BooksDocumentID.Valid && sale.BooksStatus == string(trade.BooksCancelled) {",
		}},
		unit: []killer{in("connectors/sqlite", "TestAnIssuedSaleIsNotIssuedAgain")},
	},
	{
		name:  "stale_decision",
		guard: "4: what was decided on is what is sent, or nothing is",
		edits: []edit{{"connectors/sqlite/refusals.go", "if c.DirtySeq != 0 && sale.DirtySeq != c.DirtySeq {", "if c.DirtySeq < 0 && sale.DirtySeq != c.DirtySeq {"}},
		unit: []killer{
			in("connectors/sqlite", "TestAClaimOnAnOldDecisionIsRefused"),
			in("activities", "TestChangeWhileLookingIsNotIssued"),
		},
	},
	{
		name:  "request_id_kept_after_error",
		guard: "3: after an answer that was an error, the next request has an id of its own",
		edits: []edit{{"connectors/sqlite/claim.go", "r.Status < http.StatusBadRequest", "r.Status < 10*http.StatusBadRequest"}},
		unit:  []killer{in("connectors/sqlite", "TestRequestIDsAreKeptAndRotated")},
	},
	{
		name:  "recover_forgets",
		guard: "3: what a dead process was sending has no known outcome",
		edits: []edit{{
			"connectors/sqlite/transitions.go",
			"if err := l.giveUpWaiting(ctx, tx, &rows[i], \"found at start\"); err != nil {",
			"if err := l.transition(ctx, tx, &rows[i], EffectPlanned, logged{}, func(*effectRow) {}); err != nil {",
		}},
		unit:       []killer{in("connectors/sqlite", "TestRecoverIgnoresLeases|TestWhatAKilledProcessWasSendingIsUnknown")},
		simulation: worlds(24),
	},
	{
		name:  "void_without_a_look",
		guard: "3: the ledger lets nobody but the sender declare an unknown outcome void before a look was noted",
		edits: []edit{{
			"connectors/sqlite/finish.go",
			"o.State != EffectPlanned || r.Lookups > 0 ||",
			"o.State != EffectPlanned || r.Lookups >= 0 ||",
		}},
		unit: []killer{in("connectors/sqlite", "TestNothingIsRepeatedBeforeItWasLookedUp")},
	},
	{
		name:  "look_at_an_older_attempt",
		guard: "3: what was seen of one attempt does not close the next",
		edits: []edit{{"connectors/sqlite/finish.go", "\tif attempts == r.Attempts {\n", "\tif attempts <= r.Attempts {\n"}},
		unit:  []killer{in("connectors/sqlite", "TestALookupDoesNotCloseANewerAttempt")},
	},
}
