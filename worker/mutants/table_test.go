package mutants

import (
	"slices"
	"strconv"
)

// mutants is every guard that is proved to be needed, from the ledger outward.
var mutants = slices.Concat(ledgerMutants, stepMutants, lookMutants, foundMutants, lifecycleMutants, wayMutants, webhookMutants)

// worlds is the simulation as a killer: so many worlds must show that a guard is missing.
func worlds(seeds int) []killer {
	return []killer{{folder: "worker/simulation", run: "TestSeeds", args: []string{"-simulation.seeds=" + strconv.Itoa(seeds)}}}
}

// in makes a killer of the tests of one folder.
func in(folder, run string) killer { return killer{folder: folder, run: run} }
