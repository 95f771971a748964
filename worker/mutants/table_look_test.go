package mutants

// lookMutants take out guards of the look-up of an outcome that is not known.
var lookMutants = []mutant{
	{
		name:  "no_lookup",
		guard: "3: an outcome that is not known is looked up before the step is repeated",
		edits: []edit{
			{
				"activities/resolve.go",
				"\torder, verdict, err := a.lookAt(ctx, c, effect)\n",
				"\tif effect.ID != 0 {\n\t\treturn &sqlite.Outcome{State: sqlite.EffectPlanned}, true, nil\n\t}\n\torder, verdict, err := a.lookAt(ctx, c, effect)\n",
			},
			{"connectors/sqlite/finish.go", "o.State != EffectPlanned || r.Lookups > 0 ||", "o.State != EffectPlanned || r.Lookups >= 0 ||"},
		},
		unit: []killer{
			in("activities", "TestIssueThatWasLostWaitsForTheSettleWindow"), in("activities", "TestUnansweredLookIsNoLook"),
			in("connectors/sqlite", "TestNothingIsRepeatedBeforeItWasLookedUp"),
		},
		simulation: worlds(24),
	},
	{
		name:       "no_settle_window",
		guard:      "3: an issue without an outcome is looked up for the whole settle window before it is sent again",
		edits:      []edit{{"activities/resolve.go", "spec.irreversible && waited < c.SettleWindow", "spec.irreversible && waited < 0"}},
		unit:       []killer{in("activities", "TestIssueThatWasLostWaitsForTheSettleWindow")},
		simulation: worlds(24),
	},
	{
		name:  "silence_is_a_look",
		guard: "3: a look that nobody answered is no look",
		edits: []edit{{"activities/resolve.go", "\tif err != nil {\n\t\treturn nil, false, ctx.Err()\n", "\tif err != nil {\n\t\treturn nil, true, ctx.Err()\n"}},
		unit:  []killer{in("activities", "TestUnansweredLookIsNoLook")},
	},
	{
		name:  "settle_by_wall_clock",
		guard: "3: the settle window is lived through, and not ended by a clock that is set ahead",
		edits: []edit{{"activities/resolve.go", "\twaited := a.patience.waited(effectKey(effect))\n", "\twaited := a.now().Sub(effect.UnknownSince)\n"}},
		unit:  []killer{in("activities", "TestSettleWindowIsLivedThrough"), in("activities", "TestSettleWindowBeginsAnewWithTheProcess")},
	},
	{
		name:  "window_of_another_attempt",
		guard: "3: every attempt at an invoice has a settle window of its own",
		edits: []edit{{
			"activities/patience.go",
			"strconv.FormatInt(e.ID, 10) + \"/\" + strconv.Itoa(e.Attempts)",
			"strconv.FormatInt(e.ID, 10) + \"/\" + strconv.Itoa(min(e.Attempts, 1))",
		}},
		unit: []killer{in("activities", "TestSettleWindowIsThatOfTheAttempt")},
	},
	{
		name:  "refusal_believed",
		guard: "3: a refusal is looked at before it is believed: an earlier attempt may have done the step",
		edits: []edit{{
			"activities/step.go",
			"\tcase verdict == nil && steps[mapping.Action(effect.Step)].took(effect, order):\n",
			"\tcase verdict == nil && order.ID == \"\" && steps[mapping.Action(effect.Step)].took(effect, order):\n",
		}},
		unit: []killer{in("activities", "TestRefusedIssueThatHappenedIsAdopted"), in("activities", "TestCreateRefusedBecauseTheFirstLandedIsAdopted")},
	},
	{
		name:  "refusal_unexplained",
		guard: "3: while nobody tells what lies behind a refusal, it is no outcome",
		edits: []edit{{"activities/step.go", "\t\trefusal.State = sqlite.EffectUnknown\n", "\t\trefusal.State = sqlite.EffectRejected\n"}},
		unit:  []killer{in("activities", "TestRefusalNobodyExplainsIsUnknown")},
	},
	{
		name:  "issue_404_is_no",
		guard: "3: that the order is gone does not say that no invoice was made of it",
		edits: []edit{{"activities/resolve.go", "\t\tout.State = sqlite.EffectHeld // there", "\t\tout.State = sqlite.EffectRejected // there"}},
		unit:  []killer{in("activities", "TestIssueOfAVanishedOrderHolds"), in("activities", "TestRetryLooksForTheInvoiceFirst")},
	},
}
