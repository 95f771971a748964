package command

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"spacebridge/config"
)

// Exit codes, part of the public contract.
const (
	ExitOK          = 0
	ExitFailed      = 1
	ExitUsage       = 2 // usage or configuration
	ExitUnreachable = 3 // a needed service is unreachable
	ExitFindings    = 4 // differences or holds found
)

// Error is an error that knows its exit code. Without a message it ends the program silently: everything has been said.
type Error struct {
	Code int
	Err  error
}

// Error is the message, "" when everything has been said.
func (e *Error) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

func usage(err error) error       { return &Error{Code: ExitUsage, Err: err} }
func unreachable(err error) error { return &Error{Code: ExitUnreachable, Err: err} }

// said ends a command with a code when its output has told the rest.
func said(code int) error {
	if code == ExitOK {
		return nil
	}
	return &Error{Code: code}
}

// mark makes every error that a command itself returns carry a code. What is then left without one comes from cobra's
// own reading of the command line, which is usage.
func mark(c *cobra.Command) {
	if run := c.RunE; run != nil {
		c.RunE = func(c *cobra.Command, args []string) error {
			err := run(c, args)
			if _, coded := errors.AsType[*Error](err); err == nil || coded {
				return err
			}
			return &Error{Code: ExitFailed, Err: err}
		}
	}
	for _, child := range c.Commands() {
		mark(child)
	}
}

// report writes an error for its reader and gives the exit code.
func report(stderr io.Writer, program string, err error) int {
	if err == nil {
		return ExitOK
	}
	coded, ok := errors.AsType[*Error](err)
	if !ok {
		fmt.Fprintf(stderr, "%s: %s\nSee %s --help.\n", program, strings.TrimSpace(err.Error()), program)
		return ExitUsage
	}
	faults, faulty := errors.AsType[config.Faults](err)
	switch {
	case coded.Err == nil:
	case faulty:
		fmt.Fprintf(stderr, "%s\n%s: %s in the configuration\n", faults, program, plural(len(faults), "fault"))
	default:
		fmt.Fprintf(stderr, "%s: %s\n", program, err)
	}
	return coded.Code
}
