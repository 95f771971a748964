package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// storageFault is a fault of a disk, a file or a clock, and the test that lets it happen.
type storageFault struct {
	fault  string
	folder string
	test   string
}

// storageFaults are all that are shown one by one; the simulation mixes some of them with everything else.
var storageFaults = []storageFault{
	{"the disk is full at each page of every write of the ledger", "connectors/sqlite", "TestEveryWriteMeetsAFullDisk"},
	{"the file cannot grow, at every write", "connectors/sqlite", "TestEveryWriteMeetsAFileThatCannotGrow"},
	{"the disk is full when the ledger is opened", "connectors/sqlite", "TestOpeningMeetsAFullDisk"},
	{"the disk is full during a backup", "connectors/sqlite", "TestABackupMeetsAFullDisk"},
	{"the disk is read-only", "connectors/sqlite", "TestAReadOnlyDiskIsRefused"},
	{"little room is left: writing to the books stops before the disk is full", "activities", "TestWritingStopsBeforeTheDiskIsFull"},
	{"the ledger has met a full disk: writing to the books stops at once", "activities", "TestAFullDiskClosesTheGateAtOnce"},
	{"another process locks the ledger, at every write", "connectors/sqlite", "TestEveryWriteMeetsALockedLedger"},
	{"a write fails before its commit, or dies right after it, at every write", "connectors/sqlite", "TestEveryWriteCanDieAtItsProbes"},
	{"a process is killed while it commits without pause", "connectors/sqlite", "TestAcknowledgedWritesSurviveAKill"},
	{"the ledger is damaged", "connectors/sqlite", "TestADamagedLedgerIsRefused"},
	{"the ledger's write-ahead log is gone", "connectors/sqlite", "TestALedgerWithoutItsLogIsOlderAndWhole"},
	{"the ledger is restored from an older copy while the books went on", "worker", "TestOlderLedgerCatchesUp"},
	{"the ledger is lost", "worker", "TestLostLedgerIsRebuiltFromTheBooks"},
	{"Temporal's state is lost", "worker", "TestLostTemporalStateCostsTimeOnly"},
	{"Temporal's file is of another version, or no database", "worker", "TestTemporalFileOfNoUseIsMovedAside"},
	{"two daemons on one data directory, and a stranger's lock on the ledger", "worker", "TestNeighboursOnTheSameData"},
	{"the clock jumps while a request is on its way", "connectors/sqlite", "TestALeaseOutlastsAJumpOfTheClock"},
	{"the clock jumps again and again during a step", "connectors/sqlite", "TestAClockThatJumpsAllTheTime"},
	{"the clock is set back", "activities", "TestClockSetBackHidesNoChange"},
}

// storageArgs are the arguments of go test that run them all.
func storageArgs() []string {
	var names, folders []string
	for _, f := range storageFaults {
		names = append(names, f.test)
		if folder := "./" + f.folder; !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	return append([]string{"-run", "^(" + strings.Join(names, "|") + ")$"}, folders...)
}

// storageReport is how each test ended: "pass", "fail" or "skip", and in how many cases.
type storageReport struct {
	ended map[string]string
	cases map[string]int
}

// event is what go test -json prints.
type event struct {
	Action string `json:"Action"`
	Test   string `json:"Test"`
	Output string `json:"Output"`
}

// readEvents calls each for every event of a file.
func readEvents(path string, each func(event)) error {
	file, err := os.Open(path) //nolint:gosec // in the directory of the reports
	if err != nil {
		return err
	}
	defer file.Close()
	lines := json.NewDecoder(bufio.NewReader(file))
	for {
		var e event
		if err := lines.Decode(&e); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		each(e)
	}
}

func readStorage(path string) (*storageReport, error) {
	r := &storageReport{ended: map[string]string{}, cases: map[string]int{}}
	err := readEvents(path, func(e event) {
		if e.Test == "" || !slices.Contains([]string{"pass", "fail", "skip"}, e.Action) {
			return
		}
		if name, _, sub := strings.Cut(e.Test, "/"); sub {
			if e.Action == "pass" {
				r.cases[name]++
			}
			return
		}
		r.ended[e.Test] = e.Action
	})
	return r, err
}

// check refuses a report in which a test failed or is missing. One that this machine cannot run is said so on the page.
func (r *storageReport) check() error {
	var wrong []error
	for _, f := range storageFaults {
		switch r.ended[f.test] {
		case "pass", "skip":
		case "":
			wrong = append(wrong, fmt.Errorf("%s of %s was not run", f.test, f.folder))
		default:
			wrong = append(wrong, fmt.Errorf("%s of %s fails", f.test, f.folder))
		}
	}
	return errors.Join(wrong...)
}

// failedEvents is what the tests that failed had to say.
func failedEvents(path string) string {
	said := map[string]string{}
	var failed []string
	err := readEvents(path, func(e event) {
		switch e.Action {
		case "output":
			said[e.Test] += e.Output
		case "fail":
			failed = append(failed, said[e.Test])
		}
	})
	if err != nil {
		return err.Error()
	}
	return strings.Join(failed, "")
}
