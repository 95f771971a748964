package mutants

// stepMutants take out guards of the steps and of what decides on them.
var stepMutants = []mutant{
	{
		name:  "no_intent",
		guard: "2: no request that changes anything leaves before its effect is committed",
		edits: []edit{
			{
				"activities/step.go",
				"\tspec := steps[d.Action]\n\t// Invariant 2:",
				"\tspec := steps[d.Action]\n\tvar early trade.BooksOrder\n\tvar earlyErr error\n\tif seen.refusal == \"\" && seen.order == nil {\n" +
					"\t\tunclaimed := sqlite.Effect{RequestID: \"sb_\" + bodyHash(d)[:16], BooksOrderID: r.facts.Books.OrderID}\n" +
					"\t\tearly, earlyErr = spec.send(ctx, c.Books, unclaimed, sale)\n\t}\n\t// Invariant 2:",
			},
			{
				"activities/step.go",
				"order, err := spec.send(ctx, c.Books, effect, sale)",
				"order, err := early, earlyErr",
			},
		},
		unit:       []killer{in("activities", "TestChangeWhileLookingIsNotIssued")},
		simulation: worlds(1),
	},
	{
		name:  "no_status_guard",
		guard: "1: the books are read before an invoice is issued: the one order of the sale, pending, without a document",
		edits: []edit{{"activities/look.go", "return a.lookBeforeIssue(ctx, c, r, d)", "return sight{}, nil"}},
		unit: []killer{
			in("activities", "TestOrderProcessedOtherwiseIsNotIssued|TestInvoiceMadeByHandWithAnotherTotalHolds"),
			in("activities", "TestStrayIsRemovedBeforeIssue"), in("activities", "TestOrderInTheTrashIsNotIssued"),
		},
	},
	{
		name:  "strays_left",
		guard: "1: a second order of the same sale is removed before the first is issued",
		edits: []edit{{
			"activities/look.go",
			"\tif len(choice.strays) > 0 {\n\t\tseen, err := a.removeStray(",
			"\tif len(choice.strays) > 99 {\n\t\tseen, err := a.removeStray(",
		}},
		unit: []killer{
			in("activities", "TestStrayIsRemovedBeforeIssue"), in("activities", "TestStrayThatCannotBeDeletedHolds"), in("activities", "TestStrayBesideAReissue"),
		},
	},
	{
		name:  "no_penny_lock",
		guard: "7: what Space Invoices will compute equals what Orderspace says, or the sale is held",
		edits: []edit{{"mapping/sale.go", "\t\td.pennyLock() // Invariant 7\n", ""}},
		unit:  []killer{in("mapping", "TestGolden"), in("mapping", "TestIssueImpliesTheLock")},
	},
	{
		name:  "adopt_without_total_check",
		guard: "7: an order of the books is adopted or issued only with the total that was locked",
		edits: []edit{{
			"activities/look.go",
			"\twant := d.Sale.Currency.Decimal(d.Sale.Gross)\n",
			"\tif order.ID != \"\" {\n\t\treturn \"\"\n\t}\n\twant := d.Sale.Currency.Decimal(d.Sale.Gross)\n",
		}},
		unit: []killer{
			in("activities", "TestInvoiceFoundWithAnotherTotalIsNotAdopted"), in("activities", "TestTotalEditedInTheBooksHolds"),
			in("activities", "TestInvoiceMadeByHandWithAnotherTotalHolds"),
		},
	},
	{
		name:  "old_read_is_enough",
		guard: "4: nothing irreversible rests on a read older than max_snapshot_age",
		edits: []edit{{"activities/facts.go", "FreshSince: now.Add(-c.MaxSnapshotAge)", "FreshSince: now.Add(-1000 * c.MaxSnapshotAge)"}},
		unit: []killer{
			in("activities", "TestOldReadIsRefreshedBeforeIssue"), in("activities", "TestOldInvoiceIsReadAgainBeforeIssue"),
			in("activities", "TestOldReadIsRefreshedBeforeAReissue"),
		},
	},
	{
		name:  "automatic_books",
		guard: "1: nothing is written to books that issue invoices by themselves",
		edits: []edit{{"activities/gate.go", "\tif integration.AutoProcess {\n", "\tif integration.AutoProcess && !integration.Active {\n"}},
		unit:  []killer{in("activities", "TestAutomaticIntegrationStopsWrites")},
	},
	{
		name:  "step_repeated_by_temporal",
		guard: "3: an interrupted step is never run again before it was looked up",
		edits: []edit{{"workflows/temporal.go", "temporal.RetryPolicy{MaximumAttempts: 1}", "temporal.RetryPolicy{MaximumAttempts: 3}"}},
		unit:  []killer{in("workflows", "TestInterruptedStepIsNotRepeatedByTemporal")},
	},
	{
		name:  "cursor_before_commit",
		guard: "6: a watermark moves only after every page of its list is committed",
		edits: []edit{{
			"workflows/reads.go",
			"\t\t\tfailed = append(failed, err)\n\t\t\tcontinue\n\t\t}\n\t\tif walk.Cursor",
			"\t\t\tfailed = append(failed, err)\n\t\t}\n\t\tif walk.Cursor",
		}},
		unit: []killer{in("workflows", "TestCursorStaysWhenAPageFails")},
	},
}
