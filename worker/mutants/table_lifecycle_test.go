package mutants

// lifecycleMutants take out guards of what becomes of a sale after its first invoice, after its end, and when it is made of
// an invoice.
var lifecycleMutants = []mutant{
	{
		name:  "reissue_unseen",
		guard: "1: the books are read before an invoice is credited and another issued",
		edits: []edit{{"activities/look.go", "return a.lookBeforeReissue(ctx, c, r, d)", "return sight{}, nil"}},
		unit: []killer{
			in("activities", "TestReissueThatLandsBeforeTheNextIsAdopted"), in("activities", "TestReissueByHand"),
			in("activities", "TestStrayBesideAReissue"), in("activities", "TestOrderThatIsNotInvoicedIsNotIssuedAgain"),
		},
	},
	{
		name:  "reissue_reversible",
		guard: "3: a reissue without an outcome is looked up for the whole settle window before it is sent again",
		edits: []edit{{"activities/step.go", "\tmapping.ActReissue: {\n\t\tirreversible: true,\n", "\tmapping.ActReissue: {\n"}},
		unit: []killer{
			in("activities", "TestReissueThatWasLostWaitsForTheSettleWindow"), in("activities", "TestReissueOfAVanishedOrderHolds"),
			in("activities", "TestReissueIsNotRepeatedByAClockThatJumps"), in("activities", "TestReplyToReissueWithoutAnotherInvoiceIsUnknown"),
		},
	},
	{
		name:  "old_invoice_taken_for_new",
		guard: "3: a reissue has happened when the books show another invoice than the one it replaces",
		edits: []edit{{
			"activities/step.go",
			"o.DocumentID != \"\" && o.DocumentID != e.Replaces",
			"o.DocumentID != \"\" && e.Replaces != \"?\"",
		}},
		unit: []killer{in("activities", "TestReissueThatWasLostWaitsForTheSettleWindow"), in("activities", "TestReissueOfADeadProcessIsLookedUp")},
	},
	{
		name:  "reissue_of_unchanged_items",
		guard: "1: an invoice is issued again only when the books see its items as changed",
		edits: []edit{{
			"activities/reissue.go",
			"\tcase !order.ItemsChanged:\n",
			"\tcase !order.ItemsChanged && order.ID == \"\":\n",
		}},
		unit: []killer{in("activities", "TestReissueWaitsForTheBooksToSeeTheChange")},
	},
	{
		name:  "older_invoice_believed",
		guard: "3: an answer that shows an invoice which was replaced already is from before, and no outcome",
		edits: []edit{{"activities/reissue.go", "d.ID == document }), err", "d.ID == document && live == \"\" }), err"}},
		unit:  []killer{in("activities", "TestAnswerWithAReplacedInvoiceIsNoOutcome")},
	},
	{
		name:  "reissue_of_another_sum",
		guard: "7: what is issued again is what was locked",
		edits: []edit{{"activities/reissue.go", "\tcase sumDiffers(*order, d) != \"\":\n", "\tcase order.ID == \"\":\n"}},
		unit:  []killer{in("activities", "TestOrderThatIsNotInvoicedIsNotIssuedAgain")},
	},
	{
		name:  "reissue_of_any_document",
		guard: "1: a reissue is claimed only in the place of the sale's document",
		edits: []edit{{
			"connectors/sqlite/refusals.go",
			"if c.BooksDocumentID == \"\" || c.BooksDocumentID != sale.BooksDocumentID.String {",
			"if c.BooksDocumentID == \"\" {",
		}},
		unit: []killer{in("connectors/sqlite", "TestAReissueReplacesTheLiveDocument")},
	},
	{
		name:  "reissue_unasked",
		guard: "1: an invoice is credited only where on_edit says so",
		edits: []edit{{"mapping/inbooks.go", "case moved && r.OnEdit == EditReissue && r.buyerKnown()", "case moved && r.buyerKnown()"}},
		unit:  []killer{in("activities", "TestEditedInvoiceIsHeldByDefault")},
	},
	{
		name:  "issued_at_update",
		guard: "1: what an invoice was made of changes by another invoice, and not by an update of its order",
		edits: []edit{{
			"activities/step.go",
			"\t\tout.SetIssued = spec.irreversible || effect.Step",
			"\t\tout.SetIssued = spec.irreversible || effect.Step == string(mapping.ActUpdate) || effect.Step",
		}},
		unit: []killer{in("activities", "TestEditedInvoiceIsIssuedAgain"), in("activities", "TestEditThatIsUndone")},
	},
	{
		name:  "lost_update_believed",
		guard: "7: a change whose reply was lost leaves in doubt what the books say, though it counts as not done",
		edits: []edit{{
			"activities/facts.go",
			"\tr.facts.Books.Written = written(r.sale.Written, effects)\n",
			"\t_ = written(r.sale.Written, effects)\n",
		}},
		unit: []killer{in("activities", "TestEditUndoneAfterItsUpdateWasLost"), in("activities", "TestPaymentTakenBackAfterItsStatusWasLost")},
	},
	{
		name:  "chain_not_written",
		guard: "9: every document that a sale ever had is kept",
		edits: []edit{{
			"connectors/sqlite/books.go",
			"if err := p.chain(ctx, tx, row, now); err != nil {",
			"if err := error(nil); err != nil {",
		}},
		unit: []killer{in("activities", "TestEditedInvoiceIsIssuedAgain"), in("connectors/sqlite", "TestAReissueReplacesTheLiveDocument")},
	},
	{
		name:  "any_cancel_is_ours",
		guard: "1: a sale is created anew only where we cancelled its order, since only a person knows why another did",
		edits: []edit{{"activities/facts.go", "WeEnded: sale.WeEnded,", "WeEnded: sale.BooksStatus == trade.BooksCancelled,"}},
		unit:  []killer{in("activities", "TestSaleCancelledByAnotherInTheBooksIsHeld")},
	},
	{
		name:  "created_beside_the_first",
		guard: "1: the ledger lets no second order be created beside one that we did not cancel",
		edits: []edit{{
			"connectors/sqlite/refusals.go",
			"if sale.BooksOrderID.Valid && !sale.WeEnded {",
			"if sale.BooksOrderID.Valid && sale.BooksStatus != string(trade.BooksCancelled) {",
		}},
		unit: []killer{in("connectors/sqlite", "TestNothingIsCreatedAnewAfterAnotherEnd")},
	},
	{
		name:  "any_kind_claimed",
		guard: "1: goods are invoiced by their order or by their invoice, and never by both",
		edits: []edit{{
			"connectors/sqlite/refusals.go",
			"if meaning != \"\" && string(meaning) != sale.Kind {",
			"if meaning == \"?\" && string(meaning) != sale.Kind {",
		}},
		unit: []killer{in("connectors/sqlite", "TestAChangeOfMeaningFilesTheOtherRecords"), in("activities", "TestStepOfTheOtherKindIsNotClaimed")},
	},
	{
		name:  "meaning_changed_with_sales",
		guard: "1: what sales are made of does not change while one of them is in the books",
		edits: []edit{{"connectors/sqlite/meanings.go", "if row.InBooks == 0 && row.Open == 0 {", "if row.InBooks >= 0 && row.Open >= 0 {"}},
		unit:  []killer{in("connectors/sqlite", "TestTheMeaningIsFixedByTheBooks"), in("activities", "TestMeaningIsNotChangedWithSalesInTheBooks")},
	},
	{
		name:  "other_kind_in_the_books",
		guard: "1: a sale of the other kind that stands in the books is shown",
		edits: []edit{{
			"mapping/invoice.go",
			"\tcase r.Books.present() && r.Books.Status != trade.BooksCancelled:\n\t\treturn r.hold(RuleOtherSource",
			"\tcase r.Books.present() && r.Books.Status == \"?\":\n\t\treturn r.hold(RuleOtherSource",
		}},
		unit: []killer{in("activities", "TestSaleOfTheOtherKindInTheBooksIsHeld")},
	},
	{
		name:  "sibling_not_woken",
		guard: "9: when an invoice is deleted, the others of its orders are judged again",
		edits: []edit{
			{"connectors/sqlite/gone.go", "\tfor _, ref := range named {\n", "\tfor _, ref := range named[:0] {\n"},
			{
				"connectors/sqlite/gone.go",
				"if err := f.wakeInvoices(ctx, ordersOf(kind, id, named), since); err != nil {",
				"if err := error(nil); err != nil {",
			},
		},
		unit: []killer{in("activities", "TestDeletedInvoiceWakesTheOthersOfItsOrder"), in("connectors/sqlite", "TestSalesOfInvoicesWakeWithWhatTheyAreJudgedBy")},
	},
	{
		name:  "new_sibling_not_woken",
		guard: "9: when a record of an order comes, the invoices of that order are judged again",
		edits: []edit{{
			"connectors/sqlite/versions.go",
			"if err := f.wakeInvoices(ctx, ordersOf(record.Kind, record.ID, record.Refs), since); err != nil {",
			"if err := error(nil); err != nil {",
		}},
		unit: []killer{in("connectors/sqlite", "TestSalesOfInvoicesWakeWithWhatTheyAreJudgedBy")},
	},
	{
		name:  "orders_not_read",
		guard: "4: nothing is made of an invoice before its orders were read, where shipping, taxes and holds stand",
		edits: []edit{{
			"mapping/invoice.go",
			"\tif r.kind() != trade.KindInvoice {\n\t\treturn nil\n\t}\n\tvar unread",
			"\tif r.kind() != \"?\" {\n\t\treturn nil\n\t}\n\tvar unread",
		}},
		unit: []killer{in("activities", "TestNothingIsMadeOfAnInvoiceBeforeItsOrders"), in("activities", "TestInvoiceIsASale")},
	},
	{
		name:  "proforma_posted",
		guard: "1: a proforma is no sale until it is made an invoice",
		edits: []edit{{"mapping/invoice.go", "case r.Invoice == nil || !r.Invoice.Proforma:", "case r.Invoice == nil || r.Invoice.ID != \"\":"}},
		unit:  []killer{in("activities", "TestProformaBecomesAnInvoice")},
	},
	{
		name:  "tax_conflict_ignored",
		guard: "7: rows of the table of taxes that contradict each other are shown, and none of them is chosen",
		edits: []edit{{"mapping/taxes.go", "\tcase row.Conflict != nil:\n", "\tcase row.Conflict != nil && row.By == \"\":\n"}},
		unit:  []killer{in("activities", "TestHeldBeforeTheBooksHearOfIt")},
	},
	{
		name:  "currency_not_asked",
		guard: "7: a currency that the books would round is not sold in until the policy names it",
		edits: []edit{{"mapping/sale.go", "if currency.Digits != booksDigits && ", "if currency.Digits > 9 && "}},
		unit:  []killer{in("activities", "TestHeldBeforeTheBooksHearOfIt")},
	},
	{
		name:  "counterpart_unasked",
		guard: "1: goods whose order is in the books are not invoiced by their invoice as well, even when the ledger was lost",
		edits: []edit{{"activities/look.go", "err != nil || refusal != \"\" {\n\t\t\treturn sight{refusal: refusal}, err", "err != nil {\n\t\t\treturn sight{refusal: refusal}, err"}},
		unit:  []killer{in("activities", "TestSameGoodsAreNotInvoicedUnderAnotherMeaning")},
	},
}
