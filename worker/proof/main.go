// Proof runs everything that shows the promise of exactly once to hold, and writes the results into docs/exactly-once.md.
//
//	go run ./worker/proof -write                               all parts at full size, which takes hours
//	go run ./worker/proof -write -seeds 200 -kills 10          all parts, smaller
//	go run ./worker/proof -parts simulation,points -seeds 50   some parts; the results are printed and not written
//	go run ./worker/proof -parts none -reports DIR -write      write the page from reports of earlier runs
//
// Each part is a test command that leaves a report. When one fails, or its report shows a single duplicate, loss, difference
// or breach, the program fails too and the page stays as it was.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

// page is where the results are written.
const page = "docs/exactly-once.md"

// options are what a run is asked for.
type options struct {
	seeds, kills, points int
	suites               string
	parts                []string // in the order of parts
	reports              string   // directory; "" for one that is removed afterwards
	write                bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o, err := parse(os.Args[1:], os.Stderr)
	if err == nil {
		err = run(ctx, o, os.Stdout, os.Stderr)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "proof:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to be stopped
	}
}

// parse reads the command line.
func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	var names string
	flags := flag.NewFlagSet("proof", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.seeds, "seeds", 20_000, "how many simulated worlds")
	flags.IntVar(&o.kills, "kills", 500, "how often a real daemon is killed")
	flags.IntVar(&o.points, "points", 0, "how many crashes at named points; 0 for every hit of every point")
	flags.StringVar(&o.suites, "suites", "unit,simulation", "which tests must kill the mutants")
	flags.StringVar(&names, "parts", "all", "which parts to run, with commas between them: "+strings.Join(partNames(), ", ")+", all or none")
	flags.StringVar(&o.reports, "reports", "", "directory that the reports are kept in, and taken from for parts that are not run")
	flags.BoolVar(&o.write, "write", false, "write the results into "+page)
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.seeds < 1 || o.kills < 1 || o.points < 0 {
		return options{}, errors.New("seeds and kills must be at least 1, points at least 0")
	}
	var err error
	o.parts, err = chosen(names)
	return o, err
}

// chosen are the parts that were asked for.
func chosen(names string) ([]string, error) {
	switch names {
	case "all":
		return partNames(), nil
	case "none":
		return nil, nil
	}
	asked := strings.Split(names, ",")
	for _, name := range asked {
		if !slices.Contains(partNames(), name) {
			return nil, fmt.Errorf("no part %q; there are %s", name, strings.Join(partNames(), ", "))
		}
	}
	return slices.DeleteFunc(partNames(), func(name string) bool { return !slices.Contains(asked, name) }), nil
}

// run does what was asked for. Reports that nobody asked to keep are kept only when something went wrong.
func run(ctx context.Context, o options, stdout, stderr io.Writer) error {
	if _, err := os.Stat(page); err != nil {
		return fmt.Errorf("run this at the top of the repository: %w", err)
	}
	if o.reports != "" {
		return prove(ctx, o, o.reports, stdout, stderr)
	}
	dir, err := os.MkdirTemp("", "proof")
	if err != nil {
		return err
	}
	if err := prove(ctx, o, dir, stdout, stderr); err != nil {
		return fmt.Errorf("%w\nthe reports of this run are in %s", err, dir)
	}
	return os.RemoveAll(dir)
}

// fit refuses to begin a run whose results could not stand beside those that are there already.
func fit(dir string, asked []string, s scene) error {
	for _, name := range partNames() {
		var of record
		err := readJSON(recordPath(dir, name), &of)
		if len(asked) > 0 && err == nil && !slices.Contains(asked, name) && of.Commit != s.Commit {
			return fmt.Errorf("the report of %s in %s is of commit %s, and this is %s", name, dir, of.Commit, s.Commit)
		}
	}
	return nil
}

// prove runs the parts with their reports in dir, and prints or writes what they say.
func prove(ctx context.Context, o options, dir string, stdout, stderr io.Writer) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	scene := look(ctx)
	if err := fit(dir, o.parts, scene); err != nil {
		return err
	}
	for _, p := range parts {
		if !slices.Contains(o.parts, p.name) {
			continue
		}
		fmt.Fprintf(stderr, "== %s: %s\n", p.name, p.size(o))
		took, err := p.run(ctx, o, dir, scene, stderr)
		if err != nil {
			return fmt.Errorf("%s, after %s: %w", p.name, took.Round(time.Second), err)
		}
	}
	results, err := load(dir)
	if err != nil {
		return err
	}
	guards, err := readGuards(".")
	if err != nil {
		return err
	}
	text := section(results, kinds(), guards, o.write)
	if !o.write {
		_, err = io.WriteString(stdout, text)
		return err
	}
	return writePage(page, text)
}
