package config

import (
	"fmt"
	"strings"
)

// Fault is one thing that is wrong in the configuration.
type Fault struct {
	File    string // the file as it was named on the command line, "" when there is none
	Line    int    // where in the file, 0 when it is not known
	Path    string // such as connections[0].policy.issue_on
	Value   string // what was found, "" when nothing or a secret was
	Problem string
	Remedy  string
}

// String is the fault on one line.
func (f Fault) String() string {
	var line strings.Builder
	if f.File != "" {
		line.WriteString(f.File)
		if f.Line > 0 {
			fmt.Fprintf(&line, ":%d", f.Line)
		}
		line.WriteString(": ")
	}
	if f.Path != "" {
		line.WriteString(f.Path + ": ")
	}
	if f.Value != "" {
		fmt.Fprintf(&line, "%q ", f.Value)
	}
	line.WriteString(f.Problem)
	if f.Remedy != "" {
		line.WriteString("; " + f.Remedy)
	}
	return strings.ReplaceAll(line.String(), "\n", " ")
}

// Faults is everything that is wrong in a configuration. As an error it prints one line per fault.
type Faults []Fault

// Error lists every fault on a line of its own.
func (f Faults) Error() string {
	lines := make([]string, 0, len(f))
	for _, fault := range f {
		lines = append(lines, fault.String())
	}
	return strings.Join(lines, "\n")
}

// err is f as an error, nil when there is no fault.
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}
