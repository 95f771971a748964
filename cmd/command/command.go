// Package command holds the command line of Spacebridge: one file per command.
//
// Results go to standard output and everything else to standard error, so that every command can stand in a pipe. The
// exit codes are part of the public contract; see exit.go.
package command

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"spacebridge/config"
	"spacebridge/worker"
)

// Build is what a program puts into its command line.
type Build struct {
	// Name of the program, as its users type it.
	Name string
	// Version of the program.
	Version string
	// Embedded starts a Temporal server in this process. Nil in a program that links none.
	Embedded worker.EmbeddedStarter
}

// app is what the commands share.
type app struct {
	build      Build
	configPath string
	nudge      nudger
	// interactive says that a person answers questions, even if standard input is no terminal.
	interactive bool
	now         func() time.Time
}

// New makes the command line of a program.
func New(build Build) *cobra.Command {
	a := &app{build: build, nudge: temporalNudger{}, now: time.Now}
	return a.root()
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   a.build.Name,
		Short: "Turns Orderspace orders into Space Invoices invoices, each exactly once",
		Long: `Spacebridge reads the orders of an Orderspace site and issues their invoices in Space Invoices.
Every eligible sale gets its invoice, no sale gets two, each is right to the penny, and
whatever is uncertain stops and shows itself.

Exit codes: 0 ok, 1 failed, 2 usage or configuration, 3 a needed service is unreachable,
4 differences or holds found.`,
		Example:       a.examples("init", "check", "run", "status", "explain 1042"),
		Version:       a.versionText(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.PersistentFlags().StringVarP(&a.configPath, "config", "c", "",
		"configuration file (default ./spacebridge.yaml, then /etc/spacebridge/spacebridge.yaml)")
	root.AddGroup(
		&cobra.Group{ID: groupDaemon, Title: "Set up and run:"},
		&cobra.Group{ID: groupRead, Title: "See what happened:"},
		&cobra.Group{ID: groupOperate, Title: "Decide about a sale:"},
	)
	root.AddCommand(
		a.demo(), a.initCommand(), a.check(), a.run(), a.sandbox(),
		a.status(), a.sales(), a.explain(),
		a.issue(), a.retry(), a.skip(),
		a.version(),
	)
	root.CompletionOptions.HiddenDefaultCmd = true
	return root
}

// Groups of commands in the help.
const (
	groupDaemon  = "daemon"
	groupRead    = "read"
	groupOperate = "operate"
)

// Execute runs a command line and gives its exit code. Errors are written to stderr.
func Execute(ctx context.Context, root *cobra.Command, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	mark(root)
	return report(stderr, root.Name(), root.ExecuteContext(ctx))
}

// examples writes each line as a command of this program.
func (a *app) examples(lines ...string) string {
	start := "  " + a.build.Name + " "
	return start + strings.Join(lines, "\n"+start)
}

// load reads the configuration with its credentials.
func (a *app) load() (*config.Config, error) { return a.loadWith(config.Options{}) }

// loadForReading reads the configuration for commands that only look at the ledger and so need no credentials.
func (a *app) loadForReading() (*config.Config, error) {
	return a.loadWith(config.Options{WithoutCredentials: true})
}

func (a *app) loadWith(options config.Options) (*config.Config, error) {
	c, err := config.Load(a.configPath, options)
	if err != nil {
		return nil, usage(err)
	}
	return c, nil
}
