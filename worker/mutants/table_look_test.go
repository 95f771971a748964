package mutants

// lookMutants take out guards of the look-up of an outcome that is not known.
var lookMutants = []mutant{
	{
		name:  "no_lookup",
		guard: "3: an outcome that is not known is looked up before the step is repeated",
		edits: []edit{
			{
				"activities/look.go",
				"\torder, verdict, err := a.lookAt(ctx, c, effect)\n",
				"\tif effect.ID != 0 {\n\t\treturn &sqlite.Outcome{State: sqlite.EffectPlanned}, true, nil\n\t}\n\torder, verdict, err := a.lookAt(ctx, c, effect)\n",
			},
			{"connectors/sqlite/finish.go", "o.State != EffectPlanned || r.Lookups > 0 ||", "o.State != EffectPlanned || r.Lookups >= 0 ||"},
		},
		unit: []killer{
			in("activities", "TestIssueThatWasLostWaitsForTheSettleWindow"), in("activities", "TestUnansweredLookIsNoLook"),
			in("connectors/sqlite", "TestNothingIsRepeatedBeforeItWasLookedUp"),
		},
	},
	{
		name:  "no_settle_window",
		guard: "3: an issue without an outcome is looked up for the whole settle window before it is sent again",
		edits: []edit{{"activities/look.go", "spec.irreversible && waited < c.SettleWindow", "spec.irreversible && waited < 0"}},
		unit:  []killer{in("activities", "TestIssueThatWasLostWaitsForTheSettleWindow")},
	},
	{
		name:  "silence_is_a_look",
		guard: "3: a look that nobody answered is no look",
		edits: []edit{{"activities/look.go", "\tif err != nil {\n\t\treturn nil, false, ctx.Err()\n", "\tif err != nil {\n\t\treturn nil, true, ctx.Err()\n"}},
		unit:  []killer{in("activities", "TestUnansweredLookIsNoLook")},
	},
	{
		name:  "refusal_is_believed",
		guard: "3: a refused issue is looked at before it is believed: an earlier attempt may have done it",
		edits: []edit{{
			"activities/step.go",
			"\tif class != rest.Rejected || effect.BooksOrderID == \"\" {",
			"\tif class == rest.Rejected || effect.BooksOrderID == \"\" {",
		}},
		unit: []killer{in("activities", "TestRefusedIssueThatHappenedIsAdopted")},
	},
}
