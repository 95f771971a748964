// Package simulation proves that no fault makes a second invoice or loses one.
//
// One seed decides a world: merchants with a business, the ways in which the two vendors may differ, and what goes wrong with
// them, with the network, with the process, with its disk, its clock and with Temporal. The daemon in it is the real one:
// the clients of both vendors, the ledger on a file, the activities, the decisions and the loops of the workflows. Only three
// things are made up: the network, which is in memory; the time, which testing/synctest lets pass as fast as the
// work is done; and Temporal, of which the loops see an Engine. After some simulated weeks everything is healed, and then
// the books must be exact.
//
// A run is repeatable as far as Go allows: all chances are drawn from the seed, for each request from its own words and not from the
// order of events. The order in which goroutines run is the scheduler's, so the trace of a failing seed is printed with it.
package simulation
