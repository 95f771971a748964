package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"spacebridge/config"
)

// verdict is how one check ended.
type verdict string

const (
	good verdict = "ok"
	warn verdict = "warn"
	bad  verdict = "fail"
)

// finding is one line of check.
type finding struct {
	Check      string  `json:"check"`
	Connection string  `json:"connection"` // "" when it is about all of them
	Status     verdict `json:"status"`
	Message    string  `json:"message"`
	Remedy     string  `json:"remedy"`
	// Taxes is what becomes of each tax rate, with the first finding about taxes of each connection.
	Taxes []taxJSON `json:"taxes,omitempty"`
	code  int
}

// findings are the lines of one part of check.
type findings []finding

func (f *findings) ok(check, message string, args ...any) {
	*f = append(*f, finding{Check: check, Status: good, Message: fmt.Sprintf(message, args...)})
}

func (f *findings) warn(check, remedy, message string, args ...any) {
	*f = append(*f, finding{Check: check, Status: warn, Message: fmt.Sprintf(message, args...), Remedy: remedy})
}

func (f *findings) fail(code int, check, remedy, message string, args ...any) {
	*f = append(*f, finding{Check: check, Status: bad, Message: fmt.Sprintf(message, args...), Remedy: remedy, code: code})
}

// exitCode is the gravest of all: configuration before unreachable before findings.
func (f findings) exitCode() int {
	code := ExitOK
	for _, one := range f {
		if one.code != ExitOK && (code == ExitOK || one.code < code) {
			code = one.code
		}
	}
	return code
}

func (a *app) check() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "check",
		GroupID: groupDaemon,
		Short:   "Try everything the daemon needs, and say what to mend",
		Long: `Tries the configuration, the credentials, both APIs, the settings of the order integration, the tax
rates, the currencies, the clock, Temporal, the disk and the ledger. It changes nothing, and sends a
handful of requests to each vendor, so it may be run beside the daemon. It lists every tax rate of
the site with what it becomes in the books, and how many sales of the last 90 days used it. To each webhook_url it sends one request
without a signature, which the daemon refuses and notes in its log.

Exit codes: 0 all is well, 2 configuration or credentials, 3 a service is unreachable,
4 something is not as it must be, or sales are held.`,
		Example: a.examples("check", "check --json | jq '.checks[] | select(.status != \"ok\")'"),
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			found, err := a.examine(c.Context())
			if err != nil {
				return err
			}
			if err := writeFindings(c.OutOrStdout(), found, asJSON); err != nil {
				return err
			}
			return said(found.exitCode())
		},
	}
	jsonFlag(c, &asJSON)
	return c
}

// examine runs all checks. Connections are tried at the same time, and told in the order of the file.
func (a *app) examine(ctx context.Context) (findings, error) {
	settings, err := a.load()
	faults, faulty := errors.AsType[config.Faults](err)
	var found findings
	switch {
	case faulty:
		for _, fault := range faults {
			found.fail(ExitUsage, "configuration", fault.Remedy, "%s", faultText(fault))
		}
		return found, nil
	case err != nil:
		return nil, err
	}
	found.ok("configuration", "%s, %s", plural(len(settings.Connections), "connection"), strings.Join(settings.Names(), ", "))
	checkDisk(&found, settings)
	parts := make([]findings, len(settings.Connections))
	var group sync.WaitGroup
	for i, connection := range settings.Connections {
		group.Go(func() {
			parts[i] = append(a.checkConnection(ctx, settings, connection), a.checkWebhooks(ctx, settings, connection)...)
		})
	}
	running := a.checkTemporal(ctx, &found, settings)
	a.checkLedger(ctx, &found, settings, running)
	group.Wait()
	for _, part := range parts {
		found = append(found, part...)
	}
	return found, nil
}

// faultText is a fault without its remedy, which check prints apart.
func faultText(f config.Fault) string {
	f.Remedy = ""
	return f.String()
}

// writeFindings prints one line for each check, and one below it for what to do.
func writeFindings(w io.Writer, found findings, asJSON bool) error {
	if asJSON {
		return writeJSON(w, map[string]any{"ok": found.exitCode() == ExitOK, "checks": found})
	}
	marks := map[verdict]string{good: "ok", warn: "warn", bad: "FAIL"}
	var text strings.Builder
	for _, one := range found {
		what := one.Check
		if one.Connection != "" {
			what = one.Connection + " " + what
		}
		fmt.Fprintf(&text, "%-4s  %s: %s\n", marks[one.Status], what, one.Message)
		if one.Remedy != "" {
			fmt.Fprintf(&text, "      -> %s\n", one.Remedy)
		}
		writeTaxes(&text, one.Taxes)
	}
	_, err := io.WriteString(w, text.String())
	return err
}
