package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

// results are the reports of all parts that were run; nil for one that was not.
type results struct {
	records    map[string]record
	simulation *simulationReport
	points     *pointsReport
	kills      *killsReport
	mutants    *mutantsReport
	storage    *storageReport
}

// simulationReport is what worker/simulation tells of its worlds.
type simulationReport struct {
	Seeds       int            `json:"seeds"`
	Days        int            `json:"simulated_days"`
	Requests    int            `json:"requests"`
	Writes      int            `json:"writes"`
	Faults      map[string]int `json:"faults"`
	FaultsTotal int            `json:"faults_total"`
	Crashes     int            `json:"crashes"`
	Restarts    int            `json:"restarts"`
	Lost        int            `json:"lost_results"`
	OldLedgers  int            `json:"ledgers_restored"`
	LostLedgers int            `json:"ledgers_lost"`
	DiskFaults  int            `json:"disk_faults"`
	ClockJumps  int            `json:"clock_jumps"`
	Orders      int            `json:"orders"`
	Eligible    int            `json:"eligible"`
	Invoices    int            `json:"invoices"`
	Held        int            `json:"held"`
	Strays      int            `json:"strays_removed"`
	Reissued    int            `json:"invoices_issued_again"`
	Revived     int            `json:"orders_created_anew"`
	ByInvoice   int            `json:"sales_of_invoices"`
	Unknown     int            `json:"unknown_outcomes"`
	Duplicates  int            `json:"duplicates"`
	Missing     int            `json:"missing"`
	Differences int            `json:"differences"`
	Breaches    int            `json:"limit_breaches"`
	Deliveries  int            `json:"webhook_deliveries"`
	Unreceived  int            `json:"webhooks_acknowledged_and_lost"`
	Mishaps     map[string]int `json:"webhook_mishaps"`
}

// pointsReport is what the crash points of the simulation tell.
type pointsReport struct {
	Points   int            `json:"points"`
	Hits     int            `json:"hits"`
	Crashes  int            `json:"crashes"`
	Failures int            `json:"failures"`
	ByPoint  map[string]int `json:"by_point"`
}

// killsReport is what the kills of a real daemon tell.
type killsReport struct {
	Kills        int            `json:"kills"`
	ByPoint      map[string]int `json:"by_point"`
	RandomTime   int            `json:"random_time"`
	Sigterm      int            `json:"sigterm"`
	TemporalLost int            `json:"temporal_lost"`
	Orders       int            `json:"orders"`
	Invoices     int            `json:"invoices"`
	Duplicates   int            `json:"duplicates"`
	Missing      int            `json:"missing"`
	Differences  int            `json:"differences"`
}

// mutantsReport is what worker/mutants tells.
type mutantsReport struct {
	Mutants []mutantRow `json:"mutants"`
	Killed  int         `json:"killed"`
	Total   int         `json:"total"`
}

type mutantRow struct {
	Name     string            `json:"name"`
	Guard    string            `json:"guard"`
	KilledBy string            `json:"killed_by"`
	Suites   map[string]string `json:"suites"`
	Missed   []string          `json:"missed"`
}

// load reads what the directory holds. All of it must come of one commit.
func load(dir string) (*results, error) {
	r := &results{records: map[string]record{}}
	first := ""
	for _, name := range partNames() {
		var of record
		err := readJSON(recordPath(dir, name), &of)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if first == "" {
			first = of.Commit
		}
		if of.Commit != first {
			return nil, fmt.Errorf("the report of %s is of commit %s, others are of %s", name, of.Commit, first)
		}
		if err := r.take(dir, name); err != nil {
			return nil, err
		}
		r.records[name] = of
	}
	return r, nil
}

// take reads the report of one part and refuses one that does not show what is to be proved.
func (r *results) take(dir, name string) error {
	var err error
	path := reportPath(dir, name)
	switch name {
	case "simulation":
		r.simulation = &simulationReport{}
		err = errors.Join(readJSON(path, r.simulation), r.simulation.check())
	case "points":
		r.points = &pointsReport{}
		err = errors.Join(readJSON(path, r.points), r.points.check())
	case "kills":
		r.kills = &killsReport{}
		err = errors.Join(readJSON(path, r.kills), r.kills.check())
	case "mutants":
		r.mutants = &mutantsReport{}
		err = errors.Join(readJSON(path, r.mutants), r.mutants.check())
	case "storage":
		if r.storage, err = readStorage(path); err == nil {
			err = r.storage.check()
		}
	}
	if err != nil {
		return fmt.Errorf("report of %s: %w", name, err)
	}
	return nil
}

// reach checks that as much was run as was asked for, since that is what the page will say.
func (r *results) reach(o options) error {
	if r.simulation != nil && r.simulation.Seeds < o.seeds {
		return fmt.Errorf("%s instead of %s", plural(r.simulation.Seeds, "seed"), number(o.seeds))
	}
	if r.kills != nil && r.kills.Kills < o.kills {
		return fmt.Errorf("%s instead of %s", plural(r.kills.Kills, "kill"), number(o.kills))
	}
	return nil
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path) //nolint:gosec // in the directory of the reports
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// figure is a number of a report that must be zero, or, where it counts what was tried, must not.
type figure struct {
	name string
	n    int
}

func zero(figures ...figure) error {
	var wrong []string
	for _, f := range figures {
		if f.n != 0 {
			wrong = append(wrong, number(f.n)+" "+f.name)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return errors.New(strings.Join(wrong, ", "))
}

func some(figures ...figure) error {
	for _, f := range figures {
		if f.n <= 0 {
			return fmt.Errorf("no %s: nothing was proved", f.name)
		}
	}
	return nil
}

func (s *simulationReport) check() error {
	return errors.Join(
		some(figure{"seeds", s.Seeds}, figure{"requests", s.Requests}, figure{"faults", s.FaultsTotal}, figure{"invoices", s.Invoices}),
		zero(figure{"duplicates", s.Duplicates}, figure{"missing", s.Missing}, figure{"differences", s.Differences}, figure{"breaches", s.Breaches}))
}

func (p *pointsReport) check() error {
	return errors.Join(some(figure{"points", p.Points}, figure{"crashes", p.Crashes}), zero(figure{"failures", p.Failures}))
}

func (k *killsReport) check() error {
	return errors.Join(some(figure{"kills", k.Kills}, figure{"invoices", k.Invoices}),
		zero(figure{"duplicates", k.Duplicates}, figure{"missing", k.Missing}, figure{"differences", k.Differences}))
}

func (m *mutantsReport) check() error {
	wrong := zero(figure{"mutants that survive", m.Total - m.Killed})
	for _, row := range m.Mutants {
		if row.KilledBy == "" || len(row.Missed) > 0 {
			wrong = errors.Join(wrong, fmt.Errorf("%s is not killed: %s", row.Name, strings.Join(row.Missed, "; ")))
		}
	}
	return errors.Join(some(figure{"mutants", m.Total}), wrong)
}
