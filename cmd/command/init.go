package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"spacebridge/config"
	"spacebridge/connectors/spaceinvoices/eu"
)

// setup is what init knows: from flags, from the environment, from answers.
type setup struct {
	app         *app
	ask         *prompter
	connection  config.Connection // with real credentials, to probe with
	since       string
	integration string
	dataDir     string
	secretsDir  string
	zoneGiven   bool
	another     bool // the entity may have other integrations
	force       bool
	fromFile    map[string]string // credential -> its file
	asked       bool              // a question was asked: somebody is there to talk to
	notes       []string          // what is left to do
}

func (a *app) initCommand() *cobra.Command {
	s := &setup{app: a, connection: config.DefaultConnection(), fromFile: map[string]string{}}
	c := &cobra.Command{
		Use:     "init",
		GroupID: groupDaemon,
		Short:   "Write a configuration: ask, try both APIs, set up the order integration",
		Long: `Asks for what it was not told, tries the credentials on both APIs, finds or creates the order
integration in Space Invoices, and writes a commented configuration file. Answers may be piped in,
one a line; what has a default that fits most is asked for on a terminal only.

Credentials are taken from ORDERSPACE_CLIENT_ID, ORDERSPACE_CLIENT_SECRET and SPACE_INVOICES_API_KEY,
from files, or asked for. They are never written into the configuration: it refers to the environment,
or to files when --secrets-dir or a --…-file flag is given.

The only thing changed in Space Invoices is the order integration with exactly the given name. When
the entity has another one in use, init stops, because two connections to one shop would invoice
each sale twice; --another-integration says that the other serves another shop.`,
		Example: a.examples("init", "init -c /etc/spacebridge/spacebridge.yaml --secrets-dir /etc/spacebridge/secrets",
			"init --name acme --since 2026-01-01 --entity ent_1a2b3c --issue-on paid"),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s.ask = newPrompter(c.InOrStdin(), c.ErrOrStderr())
			s.ask.interactive = s.ask.interactive || a.interactive
			s.zoneGiven = c.Flags().Changed("time-zone")
			if policy := &s.connection.Policy; !c.Flags().Changed("issue-on") {
				policy.IssueOn = config.DefaultTrigger(policy.IssueFrom)
			}
			return s.run(c)
		},
	}
	f := c.Flags()
	o, i, p := &s.connection.Orderspace, &s.connection.SpaceInvoices, &s.connection.Policy
	f.StringVar(&s.connection.Name, "name", "", "short name of the connection; part of every key")
	f.StringVar(&s.since, "since", "", "first day whose orders shall be invoiced, such as 2026-01-01")
	f.StringVar(&o.ClientID, "client-id", "", "Orderspace client id")
	f.StringVar(&o.ClientIDFile, "client-id-file", "", "file that holds the Orderspace client id")
	f.StringVar(&o.ClientSecretFile, "client-secret-file", "", "file that holds the Orderspace client secret")
	f.StringVar(&i.APIKeyFile, "api-key-file", "", "file that holds the Space Invoices API key")
	f.StringVar(&i.EntityID, "entity", "", "Space Invoices entity (ent_…)")
	f.StringVar(&s.integration, "integration-name", "", `name of the order integration (default "Spacebridge <name>")`)
	f.StringVar(&p.IssueFrom, "issue-from", p.IssueFrom, "what a sale is made of: order, or invoice where orders are invoiced in parts or together")
	f.StringVar(&p.IssueOn, "issue-on", p.IssueOn, "when to issue: created, released, dispatched, invoiced, paid, manual; with --issue-from invoice created (default), dispatched, paid, manual")
	f.StringVar(&p.TimeZone, "time-zone", p.TimeZone, "time zone of the Orderspace site")
	f.StringVar(&s.dataDir, "data-dir", config.Default().DataDir, "folder of the ledger")
	f.StringVar(&s.secretsDir, "secrets-dir", "", "write credentials into files in this folder, and refer to those")
	f.StringVar(&o.APIURL, "orderspace-url", o.APIURL, "Orderspace API")
	f.StringVar(&o.TokenURL, "orderspace-token-url", o.TokenURL, "Orderspace token endpoint")
	f.StringVar(&i.APIURL, "space-invoices-url", i.APIURL, "Space Invoices API")
	f.BoolVar(&s.another, "another-integration", false, "the entity's other order integrations serve other shops")
	f.BoolVar(&s.force, "force", false, "overwrite an existing configuration")
	return c
}

func (s *setup) run(c *cobra.Command) error {
	path := or(s.app.configPath, config.Paths[0])
	if err := mayWrite(path, s.force); err != nil {
		return err
	}
	if err := s.questions(); err != nil {
		if errors.Is(err, errNoAnswer) {
			return usage(fmt.Errorf("%w; give it as a flag (see --help) or in the environment", err))
		}
		return err
	}
	if faults := s.faults(); len(faults) > 0 {
		return usage(faults)
	}
	if err := s.probe(c.Context(), c); err != nil {
		return err
	}
	if err := s.write(path); err != nil {
		return err
	}
	out := c.OutOrStdout()
	fmt.Fprintf(out, "Wrote %s.\n", path)
	for _, note := range s.notes {
		fmt.Fprintln(out, note)
	}
	_, err := fmt.Fprintf(out, "Next: %s check -c %s, then %s run -c %s\n", s.app.build.Name, path, s.app.build.Name, path)
	return err
}

// mayWrite refuses to overwrite a file that nobody said to overwrite.
func mayWrite(path string, force bool) error {
	_, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look for %s: %w", path, err)
	case !force:
		return usage(fmt.Errorf("%s exists already: choose another file, or overwrite it with --force", path))
	}
	return nil
}

// probe tries both APIs and sets the order integration up.
func (s *setup) probe(ctx context.Context, c *cobra.Command) error {
	log := c.ErrOrStderr()
	shop, err := s.app.shopClient(s.connection)
	if err != nil {
		return usage(err)
	}
	rates, err := shop.TaxRates(ctx)
	if err != nil {
		return vendorError("Orderspace", err, asked{settings: "the client id and secret"})
	}
	fmt.Fprintf(log, "Orderspace answers; the site has %s.\n", plural(len(rates), "tax rate"))
	books, err := s.app.booksClient(s.connection)
	if err != nil {
		return usage(err)
	}
	integration, done, err := ensureIntegration(ctx, books, s.integration, s.consent)
	if err != nil {
		return vendorError("Space Invoices", err, asked{settings: "the API key and the entity", subject: "entity " + s.connection.SpaceInvoices.EntityID})
	}
	fmt.Fprintf(log, "Space Invoices answers; order integration %q %s: %s.\n", s.integration, done, integration.ID)
	s.connection.SpaceInvoices.OrderIntegrationID = integration.ID
	return nil
}

// consent decides whether the entity may have other connections beside this one.
func (s *setup) consent(others []eu.Integration) error {
	if s.another {
		return nil
	}
	found := fmt.Sprintf("the entity has another order integration in use: %s; two connections to one shop would invoice each sale twice", naming(others))
	if s.ask.interactive {
		fmt.Fprintln(s.ask.out, sentence(errors.New(found)))
		answer, err := s.ask.ask("Does it serve another shop? (yes or no)", "no")
		if err == nil && strings.EqualFold(answer, "yes") {
			return nil
		}
	}
	return usage(fmt.Errorf("%s: name it with --integration-name if it is the one, or give --another-integration if it serves another shop; "+
		"nothing was changed", found))
}

// write puts the file in place in one step, readable by its owner only.
func (s *setup) write(path string) error {
	c := config.Default()
	c.DataDir = s.dataDir
	c.Connections = []config.Connection{s.connection}
	if err := s.references(&c.Connections[0], filepath.Dir(path)); err != nil {
		return err
	}
	return writeConfig(path, c)
}
