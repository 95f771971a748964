package command

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"spacebridge/config"
	"spacebridge/connectors/sqlite"
	"spacebridge/worker"
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

// daemonError gives the daemon's errors their exit codes. An address that cannot be listened on is a setting to change, as
// check says it too, and so is an issue_from that the ledger does not allow.
func daemonError(err error) error {
	socket, onSocket := errors.AsType[*net.OpError](err)
	fixed, meaning := errors.AsType[*sqlite.MeaningError](err)
	switch {
	case meaning:
		message, remedy := meaningFault(fixed)
		return usage(&meaningError{text: fmt.Sprintf("connection %s: %s; %s", fixed.Connection, message, remedy), cause: err})
	case onSocket && socket.Op == "listen", errors.Is(err, worker.ErrNoServer), errors.Is(err, sqlite.ErrMeaning):
		return usage(err)
	case errors.Is(err, worker.ErrUnreachable):
		return unreachable(err)
	}
	return err
}

// meaningError says in the words of the configuration why the daemon does not start with another issue_from.
type meaningError struct {
	text  string
	cause error
}

func (e *meaningError) Error() string { return e.text }
func (e *meaningError) Unwrap() error { return e.cause }

// meaningFault says what stands against a change of issue_from, with the numbers, and what to do.
func meaningFault(e *sqlite.MeaningError) (message, remedy string) {
	var stands []string
	if e.InBooks > 0 {
		stands = append(stands, plural(e.InBooks, "sale")+" already in the books")
	}
	if e.Open > 0 {
		stands = append(stands, plural(e.Open, "sale")+" with a step under way")
	}
	message = fmt.Sprintf("issue_from is %s, but sales are made of %ss here, with %s, such as %s: the same goods would be invoiced a second time",
		e.To, e.From, strings.Join(stands, " and "), strings.Join(e.Examples, ", "))
	return message, fmt.Sprintf("set issue_from back to %s, or use a new connection name with its own order integration and a later since", e.From)
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
