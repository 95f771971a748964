package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"spacebridge/config"
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
	force       bool
	fromFile    map[string]string // credential -> its file
	notes       []string          // what is left to do
}

func (a *app) initCommand() *cobra.Command {
	s := &setup{app: a, connection: config.DefaultConnection(), fromFile: map[string]string{}}
	c := &cobra.Command{
		Use:     "init",
		GroupID: groupDaemon,
		Short:   "Write a configuration: ask, try both APIs, set up the order integration",
		Long: `Asks for what it was not told, tries the credentials on both APIs, finds or creates the order
integration in Space Invoices, and writes a commented configuration file.

Credentials are taken from ORDERSPACE_CLIENT_ID, ORDERSPACE_CLIENT_SECRET and SPACE_INVOICES_API_KEY,
from files, or asked for. They are never written into the configuration: it refers to the environment,
or to files when --secrets-dir or a --…-file flag is given.

The only thing changed in Space Invoices is the order integration with exactly the given name.`,
		Example: a.examples("init", "init -c /etc/spacebridge/spacebridge.yaml --secrets-dir /etc/spacebridge/secrets",
			"init --name acme --since 2026-01-01 --entity ent_1a2b3c --issue-on paid"),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s.ask = newPrompter(c.InOrStdin(), c.ErrOrStderr())
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
	f.StringVar(&p.IssueOn, "issue-on", p.IssueOn, "when to issue: created, released, dispatched, invoiced, paid, manual")
	f.StringVar(&p.TimeZone, "time-zone", p.TimeZone, "time zone of the Orderspace site")
	f.StringVar(&s.dataDir, "data-dir", config.Default().DataDir, "folder of the ledger")
	f.StringVar(&s.secretsDir, "secrets-dir", "", "write credentials into files in this folder, and refer to those")
	f.StringVar(&o.APIURL, "orderspace-url", o.APIURL, "Orderspace API")
	f.StringVar(&o.TokenURL, "orderspace-token-url", o.TokenURL, "Orderspace token endpoint")
	f.StringVar(&i.APIURL, "space-invoices-url", i.APIURL, "Space Invoices API")
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
	if err := s.valid(); err != nil {
		return usage(err)
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

// questions fills in what neither flags nor the environment told.
func (s *setup) questions() error {
	o, i := &s.connection.Orderspace, &s.connection.SpaceInvoices
	if err := s.question(&s.connection.Name, "Name of the connection (a-z, 0-9, -)", "acme"); err != nil {
		return err
	}
	if err := s.question(&s.since, "First day whose orders shall be invoiced", s.app.now().Format(time.DateOnly)); err != nil {
		return err
	}
	id, err := s.credential("client_id", o.ClientID, o.ClientIDFile, envClientID, func() (string, error) { return s.ask.ask("Orderspace client id", "") })
	if err != nil {
		return err
	}
	secret, err := s.credential("client_secret", "", o.ClientSecretFile, envClientSecret, func() (string, error) { return s.ask.askSecret("Orderspace client secret") })
	if err != nil {
		return err
	}
	key, err := s.credential("api_key", "", i.APIKeyFile, envAPIKey, func() (string, error) { return s.ask.askSecret("Space Invoices API key") })
	if err != nil {
		return err
	}
	o.ClientID, o.ClientSecret, i.APIKey = id, config.NewSecret(secret), config.NewSecret(key)
	if strings.Contains(key, "_sandbox_") {
		i.RequestsPerMinute = config.SpaceInvoicesSandboxLimit
	}
	if err := s.question(&i.EntityID, "Space Invoices entity (ent_…)", ""); err != nil {
		return err
	}
	return s.question(&s.integration, "Name of the order integration in Space Invoices", "Spacebridge "+s.connection.Name)
}

func (s *setup) question(value *string, text, fallback string) (err error) {
	if *value == "" {
		*value, err = s.ask.ask(text, fallback)
	}
	return err
}

// valid checks the answers before anything is sent. The integration is not known yet.
func (s *setup) valid() error {
	since, err := config.ParseDate(s.since)
	if err != nil {
		return fmt.Errorf("--since: %w", err)
	}
	s.connection.Since = since
	c := config.Default()
	c.DataDir = s.dataDir
	c.Connections = []config.Connection{s.connection}
	c.Connections[0].SpaceInvoices.OrderIntegrationID = "not_known_yet"
	return c.Validate()
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
		return vendorError("Orderspace", err, "the client id and secret")
	}
	fmt.Fprintf(log, "Orderspace answers; the site has %s.\n", plural(len(rates), "tax rate"))
	books, err := s.app.booksClient(s.connection)
	if err != nil {
		return usage(err)
	}
	integration, done, err := ensureIntegration(ctx, books, s.integration)
	if err != nil {
		return vendorError("Space Invoices", err, "the API key and the entity")
	}
	fmt.Fprintf(log, "Space Invoices answers; order integration %q %s: %s.\n", s.integration, done, integration.ID)
	s.connection.SpaceInvoices.OrderIntegrationID = integration.ID
	return nil
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
