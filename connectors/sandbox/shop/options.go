package shop

import (
	"log/slog"
	"net/http"
	"time"
)

// Options set up a simulated Orderspace site. The zero value is a usable site with the documented limits. Where the
// reference documents leave a question open, an option chooses one of the answers; the zero value is the harsher one
// or, where neither is harsher, the one that the documents' examples show.
type Options struct {
	// Seed makes ids, tokens and keys: the same seed and the same calls give the same site.
	Seed uint64
	// RequestsPerMinute is the limit for everything, token requests included. 0 means the documented 60, below 0 none.
	RequestsPerMinute int
	// Penalty is how long every request is answered 429 after the limit was broken. 0 means the documented 60 s.
	Penalty time.Duration
	// TokenTTL is the life of an access token. 0 means the documented 30 minutes.
	TokenTTL time.Duration
	// Now is the site's clock. Nil means time.Now.
	Now func() time.Time
	// Logger receives one debug line per request and per webhook delivery, without personal data. Nil means silence.
	Logger *slog.Logger
	// ClientID and ClientSecret are the integration's credentials. Empty ones are made from the seed.
	ClientID, ClientSecret string
	// Currency is the account's currency, used for customers without a price list. Empty means GBP.
	Currency string
	// Location is the account's time zone, which the plain dates of invoices are in. Nil means UTC.
	Location *time.Location

	// HasMore says which lists carry has_more.
	HasMore HasMorePolicy
	// ListLag makes the lists of orders, invoices, dispatches and customers, and not the reads of one record, show the state
	// of so long ago: new records are missing, changed ones are old, deleted ones are still there.
	ListLag time.Duration
	// Unmetered says which requests do not count against the limit: those that counted when they came, and are carried out
	// now. Nil means none.
	Unmetered func(r *http.Request) bool
	// ExclusiveSince leaves out records created exactly at created_since. The documents do not say.
	ExclusiveSince bool
	// ContinueAfterDeleted lets starting_after name a deleted record. Otherwise the answer is 404.
	ContinueAfterDeleted bool
	// CustomerCreated names the customer's creation time on the wire.
	CustomerCreated CustomerCreatedField
	// OrderEvents says what fires order.updated.
	OrderEvents OrderEventPolicy
	// Deposits says what an invoice without a deposit carries.
	Deposits DepositPolicy
	// NoOrderLineIDs leaves order_line_id out of invoice lines, as sites did before November 2024.
	NoOrderLineIDs bool
	// NoStandingOrders switches the standing order feature off: orders then have no standing_order_id key at all.
	NoStandingOrders bool
	// DispatchShipping counts shipping lines as dispatched when the last item of an order leaves. The documents do not
	// say; otherwise the dispatched quantity of a shipping line stays 0.
	DispatchShipping bool
	// RefundsKeepPaid leaves an invoice paid from which money is given back (a negative payment). Otherwise it is no longer paid
	// in full, and neither are the lines of its orders.
	RefundsKeepPaid bool
	// ProformaReplaced makes Finalise delete the proforma and create a new invoice, instead of turning it over.
	ProformaReplaced bool

	// AllowHTTPWebhooks accepts webhook endpoints that are not https, for a receiver on loopback.
	AllowHTTPWebhooks bool
	// HideDisabledWebhooks removes a disabled webhook from the API. Otherwise it stays listed, looking like any other.
	HideDisabledWebhooks bool
	// WebhookTransport carries deliveries. Nil means an own transport.
	WebhookTransport http.RoundTripper
	// WebhookTimeout bounds one delivery. 0 means 10 s.
	WebhookTimeout time.Duration
	// WebhookRetries are the waits before the second, third, ... attempt of a delivery; after the last one fails the
	// webhook is disabled. Nil means 5 s, 15 s, 1 min, 5 min, 15 min, 1 h. Empty, not nil, means no second attempt.
	WebhookRetries []time.Duration
	// WebhookOrder says what becomes of later deliveries while one waits for its next attempt.
	WebhookOrder WebhookOrderPolicy
	// WebhookPayload says which state of a record an event carries.
	WebhookPayload WebhookPayloadPolicy
	// ManualWebhooks starts no background delivery: events wait for Flush.
	ManualWebhooks bool

	// OnChange is told every change of an order, invoice, dispatch or customer as it happens, in order, whether or not an
	// event tells of it. The site is locked meanwhile: it must not call the Shop, and should be quick. Nil costs nothing.
	OnChange func(Change)
}

// HasMorePolicy says which lists carry the has_more member.
type HasMorePolicy string

// The policies for has_more. Documented is the zero value: present where the documents show it, which leaves out
// invoices and dispatches.
const (
	HasMoreDocumented HasMorePolicy = ""
	HasMoreAlways     HasMorePolicy = "always"
	HasMoreNever      HasMorePolicy = "never"
)

// CustomerCreatedField names the customer's creation time on the wire: the documents and the recordings differ.
type CustomerCreatedField string

// The names of the customer's creation time.
const (
	CustomerCreatedAt CustomerCreatedField = ""        // created_at, as documented
	CustomerCreated   CustomerCreatedField = "created" // created, as recorded in 2022 and 2025
)

// OrderEventPolicy says what fires order.updated, which the documents leave open.
type OrderEventPolicy string

// The policies for order.updated.
const (
	OrderEventsAll   OrderEventPolicy = ""      // every change: edits, status, counts
	OrderEventsEdits OrderEventPolicy = "edits" // edits, releases and cancellations; not invoices, payments, dispatches
)

// WebhookOrderPolicy says what becomes of later deliveries of a webhook while one waits for its next attempt.
type WebhookOrderPolicy string

// The policies for the order of deliveries, of which the documents promise none. Overtaking is the zero value.
const (
	WebhooksOvertake WebhookOrderPolicy = ""         // later ones go out meanwhile
	WebhooksInOrder  WebhookOrderPolicy = "in_order" // later ones wait until it was taken
)

// WebhookPayloadPolicy says which state of a record an event carries.
type WebhookPayloadPolicy string

// The policies for payloads. AtEvent is the zero value: a reader who believes the payload is then wrong for longer.
const (
	PayloadAtEvent  WebhookPayloadPolicy = ""          // as the record was when the event happened
	PayloadWhenSent WebhookPayloadPolicy = "when_sent" // as it is when the delivery is first sent; retries bring the same body
)

// DepositPolicy says what the deposit member of an invoice without a deposit looks like.
type DepositPolicy string

// The shapes of no deposit. Mixed is the zero value: each invoice has one of the three, always the same one.
const (
	DepositMixed  DepositPolicy = ""
	DepositNull   DepositPolicy = "null"
	DepositAbsent DepositPolicy = "absent"
	DepositZero   DepositPolicy = "zero"
)

// The documented limits.
const (
	documentedPerMinute = 60
	documentedPenalty   = time.Minute
	documentedTTL       = 30 * time.Minute
)

// withDefaults fills what was left out, except the credentials, which come from the seed.
func (o Options) withDefaults() Options {
	if o.RequestsPerMinute == 0 {
		o.RequestsPerMinute = documentedPerMinute
	}
	if o.Penalty == 0 {
		o.Penalty = documentedPenalty
	}
	if o.TokenTTL == 0 {
		o.TokenTTL = documentedTTL
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Currency == "" {
		o.Currency = "GBP"
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.WebhookTimeout == 0 {
		o.WebhookTimeout = 10 * time.Second
	}
	if o.WebhookRetries == nil {
		o.WebhookRetries = []time.Duration{
			5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour,
		}
	}
	return o
}
