package mutants

// foundMutants take out guards of what is found in the books: by a survey, beside a sale's own order, or as an answer that
// the vendor kept.
var foundMutants = []mutant{
	{
		name:       "no_survey",
		guard:      "9: what an earlier ledger left in the books is found by the next",
		edits:      []edit{{"activities/survey.go", "return !ok || age < 0 || age >= surveyEvery", "return ok && age >= 1000*surveyEvery"}},
		unit:       []killer{in("activities", "TestSurveyIsDueAtStartAndDaily")},
		simulation: worlds(24),
	},
	{
		name:  "survey_loses_the_sweep",
		guard: "6: a survey that fails keeps nothing that was read before from being worked on",
		edits: []edit{{
			"workflows/reads.go",
			"\t\tfailed = errors.Join(failed, survey(e, in.Connection))\n",
			"\t\tif err := survey(e, in.Connection); err != nil {\n\t\t\treturn result, err\n\t\t}\n",
		}},
		unit: []killer{in("workflows", "TestFailingSurveyLosesNothingOfTheSweep")},
	},
	{
		name:  "survey_takes_back",
		guard: "9: a page that is older than the ledger says nothing new",
		edits: []edit{{"activities/survey.go", "\t\tif err != nil || !told {\n", "\t\tif err != nil || !told && !known {\n"}},
		unit:  []killer{in("activities", "TestSurveyTakesNothingBack")},
	},
	{
		name:  "survey_meddles",
		guard: "3: a survey says nothing of a sale whose last step has no outcome",
		edits: []edit{{"activities/survey.go", "order.SourceID); err != nil || open {", "order.SourceID); err != nil && open {"}},
		unit:  []killer{in("activities", "TestSurveyLeavesAnOpenEffectAlone")},
	},
	{
		name:  "survey_overlooks_strays",
		guard: "1: a second order that a survey finds beside a sale's own is removed",
		edits: []edit{{"activities/survey.go", "\t\tif ended(order) || !sale.StraysDue.IsZero() {\n", "\t\tif order.ID != \"\" {\n"}},
		unit:  []killer{in("activities", "TestSurveyHasASecondOrderRemoved")},
	},
	{
		name:  "taken_back",
		guard: "1: an order that was seen invoiced or cancelled is not pending, whatever answer the vendor kept",
		edits: []edit{{
			"connectors/sqlite/books.go",
			"row.BooksOrderID.String == p.orderID) && row.BooksStatus != \"\" {",
			"row.BooksOrderID.String == p.orderID) && row.BooksStatus == \"?\" {",
		}},
		unit: []killer{in("connectors/sqlite", "TestAKeptAnswerTakesNothingBack"), in("activities", "TestKeptAnswerTakesNothingBack")},
	},
	{
		name:  "request_ids_repeat",
		guard: "3: a ledger restored from an older copy is not told answers to what it has forgotten",
		edits: []edit{{"connectors/sqlite/claim.go", "writeFields(sum, life, c.Scope,", "writeFields(sum, c.Scope,"}},
		unit:  []killer{in("connectors/sqlite", "TestRequestIDsDoNotComeAgainInAnotherLife"), in("connectors/sqlite", "TestARestoredBackupIsTheLedgerAsItWas")},
	},
	{
		name:  "strays_forgotten",
		guard: "1: a create that was given up is looked for once more when it must have landed",
		edits: []edit{{"activities/resolve.go", "\t\tout.StraysDue = a.now().Add(c.SettleWindow) // it may still land\n", "\t\tout.StraysDue = time.Time{}\n"}},
		unit:  []killer{in("activities", "TestCreateThatLandsLateIsRemoved")},
	},
	{
		name:  "strays_by_wall_clock",
		guard: "1: a clock that is set ahead does not end the wait for a create that may still land",
		edits: []edit{{"activities/strays.go", "&& waited >= c.SettleWindow", "&& waited >= 0"}},
		unit:  []killer{in("activities", "TestCreateThatLandsLateIsRemoved")},
	},
	{
		name:  "late_create_left_to_itself",
		guard: "1: a create that lands for a sale which wants no order any more is taken over and ended",
		edits: []edit{{"activities/strays.go", "\t\t_, err := a.adopt(ctx, c, *choice.keep)\n\t\treturn StepResult{Outcome: StepReplan}, err\n", "\t\treturn StepResult{Outcome: StepReplan}, nil\n"}},
		unit:  []killer{in("activities", "TestCreateThatLandsForACancelledSaleIsEnded")},
	},
	{
		name:  "changed_unread",
		guard: "1: an order is read before it is changed, since it may have its invoice by now",
		edits: []edit{{"activities/look.go", "order.Status != r.facts.Books.Status || order.DocumentID != r.facts.Books.DocumentID:\n\t\treturn sight{order: &order}, nil\n", "order.Status == \"?\":\n\t\treturn sight{order: &order}, nil\n"}},
		unit:  []killer{in("activities", "TestOrderThatHasItsInvoiceIsNotUpdated")},
	},
	{
		name:  "watermark_by_our_clock",
		guard: "6: a watermark is dated by Orderspace's clock, since ours may be ahead of what is created there",
		edits: []edit{{"workflows/reads.go", "\t\tif !asOf.IsZero() {\n", "\t\tif asOf.IsZero() {\n"}},
		unit:  []killer{in("workflows", "TestPollMovesEachCursorAfterItsLastPage")},
	},
	{
		name:  "stray_look_skipped",
		guard: "3: a stray whose deletion is refused may be gone already",
		edits: []edit{{"activities/look.go", "\t\tout = a.lookAfter(ctx, c, effect, out)\n", ""}},
		unit:  []killer{in("activities", "TestStrayThatIsGoneAlreadyIsDone")},
	},
	{
		name:  "stray_tried_for_ever",
		guard: "3: a stray that may not be removed waits for a person, and is not tried again and again",
		edits: []edit{{"activities/strays.go", "if r.sale.StraysDue.IsZero() || refused {", "if r.sale.StraysDue.IsZero() || refused && c == nil {"}},
		unit:  []killer{in("activities", "TestStrayThatMayNotBeRemovedHolds")},
	},
	{
		name:  "found_invoice_not_compared",
		guard: "7: an invoice of which it is not known what was written is compared before anything is written beside it",
		edits: []edit{{"activities/look.go", "\tif r.facts.Books.Issued.Money != \"\" {\n", "\tif r.facts.Books.DocumentID != \"\" {\n"}},
		unit:  []killer{in("activities", "TestInvoiceFoundIsCompared")},
	},
	{
		name:  "found_invoice_not_remembered",
		guard: "7: from the comparison on, a change of the order is a change after its invoice",
		edits: []edit{{"mapping/inbooks.go", "\t\t\td.Prints = r.prints // from", "\t\t\t_ = d // from"}},
		unit:  []killer{in("activities", "TestEditAfterAnInvoiceFoundHolds"), in("mapping", "TestGolden")},
	},
	{
		name:  "relay_waits_for_yesterday",
		guard: "9: a clock that was set back keeps no sale from being told again",
		edits: []edit{{"activities/relay.go", "age < 0 || age >= relayAgain", "age >= relayAgain"}},
		unit:  []killer{in("activities", "TestRelayTellsAgainWhenTheClockWasSetBack")},
	},
}
