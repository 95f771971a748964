// Package mutants proves that the tests would notice if a guard of the safety net were missing.
//
// A mutant is the real code with one guard taken out: the window in which an invoice without an outcome is looked up, the
// commit before a request leaves, the gate after a 429. It is made when it is tested, by the overlay of the Go toolchain, and
// exists nowhere else: a guard that a build flag could take out of the product would be a danger in itself. For each mutant
// the table names the tests that must fail, by an assertion and not by a crash, and without the mutant they must pass.
//
//	go test ./worker/mutants                          every mutant still fits the code
//	go test ./worker/mutants -v -mutants              every mutant is killed by the tests of its own package
//	go test ./worker/mutants -v -mutants -mutants.suite=simulation   by the simulation
//	go test ./worker/mutants -v -mutants -mutants.only=no_lease,no_lookup -mutants.report=mutants.json
//
// The text that a mutant replaces must stand in the code exactly once. Whoever changes a guard changes its mutant too, so
// none goes stale unseen.
package mutants
