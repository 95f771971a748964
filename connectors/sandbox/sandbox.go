// Package sandbox runs both vendors on this machine: Orderspace (package shop) and Space Invoices (package books) as HTTP
// servers on loopback, a merchant whose business goes on in the shop, and an auditor who knows what ought to have come of it.
//
// Nothing here knows the daemon: it talks to the sandbox as it talks to the vendors, and the auditor compares the two sides
// with its own arithmetic.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"spacebridge/connectors/sandbox/books"
	"spacebridge/connectors/sandbox/faults"
	"spacebridge/connectors/sandbox/shop"
)

// Options says where the servers listen and how they behave. Empty addresses mean a free port on loopback.
type Options struct {
	Seed           uint64 // for both vendors, unless their own options have one
	ShopListen     string
	IdentityListen string // the same as ShopListen (and not a free port): both on one listener
	BooksListen    string
	Shop           shop.Options
	Books          books.Options
	Logger         *slog.Logger

	// WrapShop and WrapBooks put something between the network and a vendor's API, such as a fault: a lost reply, a delay,
	// a 502. Nil means nothing.
	WrapShop  func(http.Handler) http.Handler
	WrapBooks func(http.Handler) http.Handler

	// ShopFaults and BooksFaults make the way to a vendor unreliable; that to the shop's token endpoint belongs to the shop.
	// Start has the plan's Refuse shut the listener and, where there is none, its Revoke the tokens. Nil: a good network.
	ShopFaults, BooksFaults *faults.Plan
	// WebhookFaults makes the way of the shop's webhooks to their receiver unreliable. Nil: a good network.
	WebhookFaults *faults.Deliveries
	// ControlListen is where the merchant's side of the shop listens, for a person with curl: GET / lists what there is. It
	// knows no authentication: keep it on loopback. Empty means nowhere.
	ControlListen string
}

// Sandbox is both vendors, running.
type Sandbox struct {
	Shop  *shop.Shop
	Books *books.Books

	OrderspaceURL    string // http://127.0.0.1:port/v1
	TokenURL         string // http://127.0.0.1:port/oauth/token
	SpaceInvoicesURL string // http://127.0.0.1:port
	ControlURL       string // http://127.0.0.1:port, "" without Options.ControlListen
	ClientID         string
	ClientSecret     string
	APIKey           string
	EntityID         string

	servers []*http.Server
	plans   []*faults.Plan
	mail    *faults.Deliveries // nil: a good network
	serving sync.WaitGroup
	log     *slog.Logger
	closing sync.Once
	closed  error
}

// anywhere is a free port on loopback.
const anywhere = "127.0.0.1:0"

// shutdownGrace bounds how long Close waits for requests under way.
const shutdownGrace = 5 * time.Second

// Start opens the listeners and serves both vendors until Close. The context bounds only the start. A listener that cannot
// be opened is an error that names its address, and nothing is left running.
func Start(ctx context.Context, o Options) (*Sandbox, error) {
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if o.Shop.Seed == 0 {
		o.Shop.Seed = o.Seed
	}
	if o.Books.Seed == 0 {
		o.Books.Seed = o.Seed
	}
	if o.Shop.Logger == nil {
		o.Shop.Logger = log
	}
	if o.Books.Logger == nil {
		o.Books.Logger = log
	}
	if o.Shop.Unmetered == nil {
		o.Shop.Unmetered = faults.IsLate // it has counted when it came
	}
	if o.Books.Unmetered == nil {
		o.Books.Unmetered = faults.IsLate
	}
	carryWebhooks(&o)
	s := &Sandbox{Shop: shop.New(o.Shop), Books: books.New(o.Books), mail: o.WebhookFaults, log: log}
	s.ClientID, s.ClientSecret = s.Shop.Credentials()
	s.APIKey, s.EntityID = s.Books.APIKey(), s.Books.EntityID()
	if err := s.listen(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// listen opens one listener per server and starts serving.
func (s *Sandbox) listen(ctx context.Context, o Options) error {
	api, identity := wrap(s.Shop.APIHandler(), o.WrapShop), s.Shop.IdentityHandler()
	if o.ShopFaults != nil && o.ShopFaults.Revoke == nil {
		o.ShopFaults.Revoke = s.Shop.RevokeTokens
	}
	if o.IdentityListen != "" && o.IdentityListen == o.ShopListen && !freePort(o.ShopListen) {
		both := http.NewServeMux()
		both.Handle("/oauth/", identity)
		both.Handle("/", api)
		base, err := s.serve(ctx, o.ShopListen, both, o.ShopFaults)
		if err != nil {
			return err
		}
		s.OrderspaceURL, s.TokenURL = base+"/v1", base+"/oauth/token"
	} else {
		base, err := s.serve(ctx, o.ShopListen, api, o.ShopFaults)
		if err != nil {
			return err
		}
		s.OrderspaceURL = base + "/v1"
		if base, err = s.serve(ctx, o.IdentityListen, identity, o.ShopFaults); err != nil {
			return err
		}
		s.TokenURL = base + "/oauth/token"
	}
	base, err := s.serve(ctx, o.BooksListen, wrap(s.Books.Handler(), o.WrapBooks), o.BooksFaults)
	if err != nil {
		return err
	}
	s.SpaceInvoicesURL = base
	if o.ControlListen != "" {
		s.ControlURL, err = s.serve(ctx, o.ControlListen, s.controls(), nil)
	}
	return err
}

// serve listens on an address and serves a handler there, behind its faults; it returns the base URL.
func (s *Sandbox) serve(ctx context.Context, address string, h http.Handler, plan *faults.Plan) (string, error) {
	if address == "" {
		address = anywhere
	}
	listener, err := openDoor(ctx, address, s.log)
	if err != nil {
		return "", fmt.Errorf("listen on %s: %w", address, err)
	}
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       90 * time.Second,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.trouble(server, listener, plan)
	s.servers = append(s.servers, server)
	s.serving.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.ErrorContext(ctx, "sandbox server ended", slog.Any("error", err))
		}
	})
	return "http://" + listener.Addr().String(), nil
}

// Close stops both vendors and waits until no request and no webhook delivery is under way; requests that do not end
// within seconds are cut off. It may be called more than once.
func (s *Sandbox) Close() error {
	s.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
		defer cancel()
		for _, plan := range s.plans {
			plan.Close() // silent requests would keep the servers waiting, and late ones the vendors
		}
		for _, server := range s.servers {
			if err := server.Shutdown(ctx); err != nil {
				s.closed = errors.Join(s.closed, fmt.Errorf("stop sandbox server: %w", err), server.Close())
			}
		}
		s.serving.Wait()
		s.Shop.Close()
		if s.mail != nil {
			s.mail.Close()
		}
	})
	return s.closed
}
