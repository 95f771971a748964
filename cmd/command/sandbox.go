package command

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"spacebridge/config"
	"spacebridge/connectors/sandbox"
	"spacebridge/connectors/sandbox/books"
	"spacebridge/connectors/sandbox/faults"
	"spacebridge/connectors/sandbox/shop"
)

// playground is what the sandbox command was asked for.
type playground struct {
	app               *app
	options           sandbox.Options
	orders, days      int
	live              time.Duration
	fast, force       bool
	requestsPerMinute int
	writeConfig       string
	webhookURL        string
	issueFrom, onEdit string
	trouble           trouble
}

func (a *app) sandbox() *cobra.Command {
	p := &playground{app: a}
	c := &cobra.Command{
		Use:     "sandbox",
		GroupID: groupDaemon,
		Short:   "Run both vendors on this machine, with a merchant at work",
		Long: `Runs an Orderspace site and a Space Invoices account as local servers, with their limits and
habits, and a month of believable orders, some of them broken on purpose. Prints a configuration for
it, or writes it with --write-config. Everything is in memory and gone at the end.

With --live the merchant goes on: orders are placed, edited, released, dispatched, invoiced, paid.
The same --seed gives the same shop.

With --faults the way to the vendors is unreliable: so many of a thousand requests meet each kind of
fault, chosen by --faults-seed, the request and how often it has come. --faults list shows the kinds;
all=<per mille> stands for every kind that is not named. What happened is told every minute.

With --webhook-faults the way of the shop's webhooks to the daemon is unreliable in the same manner:
lost, doubled, late, replayed, reordered and more (--webhook-faults list). The configuration then asks
for webhooks, at --webhook-url. With --control-listen the merchant's side of the shop listens there, for
curl: GET / lists what can be done, and POST /webhooks/lose, /find and /heal lose all webhooks, find
them again, and end what goes wrong with them.`,
		Example: a.examples("sandbox --write-config sandbox.yaml", "sandbox --fast --live 2s --write-config sandbox.yaml", "run -c sandbox.yaml",
			"sandbox --faults list", "sandbox --live 5s --faults lost_reply=50,502_after=50 --faults-vendor books", "sandbox --live 5s --faults all=10 --faults-seed 7",
			"sandbox --live 2s --webhook-faults lost=100,doubled=50,late=100 --control-listen 127.0.0.1:8103 --write-config sandbox.yaml"),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.run(c) },
	}
	f := c.Flags()
	f.Uint64Var(&p.options.Seed, "seed", 1, "the same seed gives the same shop")
	f.StringVar(&p.options.ShopListen, "shop-listen", "127.0.0.1:8101", "address of the Orderspace API (port 0: a free one)")
	f.StringVar(&p.options.IdentityListen, "identity-listen", "", "address of the token endpoint (default: that of the Orderspace API)")
	f.StringVar(&p.options.BooksListen, "books-listen", "127.0.0.1:8102", "address of the Space Invoices API (port 0: a free one)")
	f.IntVar(&p.orders, "orders", 60, "orders of the past")
	f.IntVar(&p.days, "days", 30, "days of the past")
	f.DurationVar(&p.live, "live", 0, "do one more thing in the shop this often, such as 5s (0: never)")
	f.BoolVar(&p.fast, "fast", false, "no limits, and a configuration that reads every few seconds")
	f.IntVar(&p.requestsPerMinute, "requests-per-minute", 0, "Orderspace's limit (default: the real one, 60)")
	f.StringVar(&p.writeConfig, "write-config", "", "write the configuration into this file instead of printing it")
	f.BoolVar(&p.force, "force", false, "overwrite that file")
	f.StringVar(&p.issueFrom, "issue-from", config.FromOrder, "what the configuration makes sales of: order or invoice")
	f.StringVar(&p.onEdit, "on-edit", "hold", "what the configuration does with changes after the invoice: hold or reissue")
	f.StringVar(&p.webhookURL, "webhook-url", "", "have the configuration ask for webhooks at this URL (with --webhook-faults: "+sandboxWebhookURL+")")
	f.StringVar(&p.options.ControlListen, "control-listen", "", "address of the merchant's side of the shop, without authentication: loopback only (default: none)")
	p.trouble.flags(f)
	c.AddCommand(a.storm())
	return c
}

func (p *playground) run(c *cobra.Command) error {
	switch {
	case p.trouble.rates == listFaults:
		return faults.WriteTable(c.OutOrStdout())
	case p.trouble.webhooks == listFaults:
		return faults.WriteMishaps(c.OutOrStdout())
	}
	if err := p.ready(); err != nil {
		return err
	}
	s, err := sandbox.Start(c.Context(), p.options)
	if err != nil {
		return err
	}
	err = p.play(c, s)
	return errors.Join(err, s.Close())
}

// ready checks the flags and sets the vendors' limits.
func (p *playground) ready() error {
	p.issueFrom, p.onEdit = or(p.issueFrom, config.FromOrder), or(p.onEdit, "hold")
	switch {
	case p.orders < 0 || p.days < 1 || p.live < 0 || p.requestsPerMinute < 0:
		return usage(errors.New("--orders, --days, --live and --requests-per-minute take no negative numbers, and --days at least 1"))
	case p.issueFrom != config.FromOrder && p.issueFrom != config.FromInvoice:
		return usage(fmt.Errorf("--issue-from %q is not known; use order or invoice", p.issueFrom))
	case p.onEdit != "hold" && p.onEdit != "reissue":
		return usage(fmt.Errorf("--on-edit %q is not known; use hold or reissue", p.onEdit))
	case p.fast && p.requestsPerMinute > 0:
		return usage(errors.New("--fast has no limits: leave --requests-per-minute out"))
	}
	if p.options.IdentityListen == "" {
		p.options.IdentityListen = p.options.ShopListen
	}
	p.options.Shop = shop.Options{RequestsPerMinute: p.requestsPerMinute, AllowHTTPWebhooks: true}
	if p.fast {
		p.options.Shop.RequestsPerMinute = -1
		p.options.Books = books.Options{RequestsPerMinute: -1}
	}
	if err := p.trouble.ready(&p.options); err != nil {
		return err
	}
	if p.webhookURL == "" && p.options.WebhookFaults != nil {
		p.webhookURL = sandboxWebhookURL
	}
	if p.writeConfig == "" {
		return nil
	}
	return mayWrite(p.writeConfig, p.force)
}

// play fills the shop, says where everything is, and lets the merchant work until the command is stopped.
func (p *playground) play(c *cobra.Command, s *sandbox.Sandbox) error {
	merchant := sandbox.NewMerchant(s.Shop, p.options.Seed)
	now := p.app.now().UTC()
	from := now.AddDate(0, 0, -p.days)
	if err := merchant.History(from, now, p.orders); err != nil {
		return fmt.Errorf("fill the shop: %w", err)
	}
	settings, err := p.settings(c, s, from)
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	fmt.Fprintf(out, "Orderspace      %s  (token: %s)\n", s.OrderspaceURL, s.TokenURL)
	fmt.Fprintf(out, "  client id     %s\n  client secret %s\n", s.ClientID, s.ClientSecret)
	fmt.Fprintf(out, "Space Invoices  %s\n  API key       %s\n  entity        %s\n", s.SpaceInvoicesURL, s.APIKey, s.EntityID)
	if s.ControlURL != "" {
		fmt.Fprintf(out, "The merchant    %s\n", s.ControlURL)
	}
	fmt.Fprintf(out, "The shop has %s, %d of them broken on purpose.\n\n", plural(p.orders, "order"), len(merchant.Planted()))
	if p.writeConfig != "" {
		if err := writeConfig(p.writeConfig, settings); err != nil {
			return err
		}
		fmt.Fprintf(out, "Wrote %s. In another shell: %s run -c %s\n", p.writeConfig, p.app.build.Name, p.writeConfig)
	} else if err := settings.Render(out); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nStop with Ctrl-C.")
	ended := p.trouble.begin(c.Context(), c.ErrOrStderr(), func() {
		_, _ = merchant.Step(p.app.now().UTC()) // a merchant who cannot do it does not, as on any other day
	})
	defer ended()
	return p.goOn(c, merchant, out)
}

// goOn lets the merchant do one thing after another until the command is stopped.
func (p *playground) goOn(c *cobra.Command, merchant *sandbox.Merchant, out io.Writer) error {
	ctx := c.Context()
	if p.live == 0 {
		<-ctx.Done()
		return nil
	}
	ticker := time.NewTicker(p.live)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			event, err := merchant.Step(p.app.now().UTC())
			if err != nil {
				return fmt.Errorf("live shop: %w", err)
			}
			fmt.Fprintf(out, "%s  %s\n", event.At.Format(time.TimeOnly), event.Text)
		}
	}
}
