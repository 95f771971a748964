// Package shop is a simulator of Orderspace: the REST API with its token endpoint, limits, error bodies and webhooks,
// and the merchant's side of it as Go methods that place, invoice, pay, dispatch and cancel orders.
//
// It is written from Orderspace's reference documents and from recorded replies, and shares no code with the client
// that talks to it, so that a misreading on one side shows on the other. Everything is in memory and, given the same
// Options.Seed and clock, the same calls give the same ids, numbers and bodies.
package shop

import (
	"net/http"
	"sync"
	"time"

	"spacebridge/mapping/money"
)

// Shop is one simulated Orderspace site. All methods may be called from many goroutines.
type Shop struct {
	opts  Options
	limit *limiter

	mu       sync.Mutex // guards everything below
	mint     mint
	currency money.Currency
	tokens   map[string]time.Time // access token -> end of its life

	orders     *table[Order]
	dispatches *table[Dispatch]
	invoices   *table[Invoice]
	customers  *table[Customer]
	products   *table[Product]
	webhooks   *table[hook]
	stock      *stock

	categories     []*Category // in the site's sort order
	customerGroups []*CustomerGroup
	priceLists     []*PriceList
	paymentTerms   []*PaymentTerms
	taxRates       []*TaxRate
	preorders      []*PreorderWindow

	nextOrder      int64
	nextInvoice    int64
	numbers        map[int64]bool                      // order numbers ever used
	skus           map[string]string                   // SKU -> product id
	invoiceNumbers map[string]bool                     // invoice numbers ever used
	alterations    map[string]func(raw map[string]any) // record id -> what Corrupt asked for
	muted          bool
	told           map[string]telling // what OnChange was told last, by record; nil without OnChange

	courier *courier
}

// New makes an empty site. Call Close when done: it owns a goroutine that delivers webhooks, unless ManualWebhooks is
// set. An unknown Options.Currency is replaced by GBP.
func New(opts Options) *Shop {
	opts = opts.withDefaults()
	currency, err := money.ParseCurrency(opts.Currency)
	if err != nil {
		currency = money.Currency{Code: "GBP", Digits: 2}
	}
	s := &Shop{
		opts:           opts,
		limit:          newLimiter(opts.RequestsPerMinute, opts.Penalty, opts.Now),
		mint:           newMint(opts.Seed),
		currency:       currency,
		tokens:         map[string]time.Time{},
		orders:         newTable[Order]().behind(opts.ListLag, opts.Now, (*Order).clone),
		dispatches:     newTable[Dispatch]().behind(opts.ListLag, opts.Now, (*Dispatch).clone),
		invoices:       newTable[Invoice]().behind(opts.ListLag, opts.Now, (*Invoice).clone),
		customers:      newTable[Customer]().behind(opts.ListLag, opts.Now, (*Customer).clone),
		products:       newTable[Product](),
		webhooks:       newTable[hook](),
		stock:          newStock(),
		nextOrder:      firstNumber,
		nextInvoice:    firstNumber,
		numbers:        map[int64]bool{},
		skus:           map[string]string{},
		invoiceNumbers: map[string]bool{},
		alterations:    map[string]func(map[string]any){},
	}
	if s.opts.ClientID == "" {
		s.opts.ClientID = s.mint.secret("client_id", 43)
	}
	if s.opts.ClientSecret == "" {
		s.opts.ClientSecret = s.mint.secret("client_secret", 43)
	}
	if s.opts.OnChange != nil {
		s.told = map[string]telling{}
	}
	s.courier = newCourier(s)
	return s
}

// firstNumber is the number of the first order and the first invoice.
const firstNumber = 1001

// Close stops the delivery of webhooks and waits until nothing is under way. What was not delivered is dropped; call
// Flush before to have it sent. Close may be called more than once. The handlers go on answering.
func (s *Shop) Close() { s.courier.close() }

// Credentials returns the client id and secret that the token endpoint accepts.
func (s *Shop) Credentials() (clientID, clientSecret string) {
	return s.opts.ClientID, s.opts.ClientSecret
}

// APIHandler serves the REST API under /v1/.
func (s *Shop) APIHandler() http.Handler { return s.front(s.apiRoutes()) }

// IdentityHandler serves the token endpoint, POST /oauth/token.
func (s *Shop) IdentityHandler() http.Handler { return s.front(s.identityRoutes()) }

// now is the site's clock.
func (s *Shop) now() time.Time { return s.opts.Now().UTC() }

// at is the given time, or now for the zero one.
func (s *Shop) at(given time.Time) time.Time {
	if given.IsZero() {
		return s.now()
	}
	return given.UTC()
}

// day writes the plain date that t has in the account's time zone.
func (s *Shop) day(t time.Time) string { return t.In(s.opts.Location).Format(time.DateOnly) }
