package worker_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"spacebridge/config"
	"spacebridge/connectors/sandbox/shop"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
	"spacebridge/worker"
)

// canaries are personal data and secrets that must not get out of the ledger and the vendors (invariant 10).
var canaries = map[string]string{
	"company": "Zebrafinch Canary Ltd", "contact": "Quillon Featherstone", "e-mail": "canary.bird@example.org", "tax number": "GB777000777",
	"street": "7 Nestbox Lane", "phone": "+44 7700 900777", "note": "leave with neighbour Mrs Featherstone", "secret": "s3cret-canary-secret", "key": "sk_live_canarycanarycanary",
}

func TestNothingPersonalLeavesTheLedger(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 31)
	h.plantCanaries()
	// The secrets are wrong for the vendors, so they also pass through every error on their way.
	good := h.connection().Orderspace.ClientSecret
	h.connection().Orderspace.ClientSecret = config.NewSecret(canaries["secret"])
	h.start()
	h.eventually("the wrong secret shows", func() bool { return h.problem() != "" })
	h.halt()
	h.connection().Orderspace.ClientSecret = good
	goodKey := h.connection().SpaceInvoices.APIKey
	h.connection().SpaceInvoices.APIKey = config.NewSecret(canaries["key"])
	h.start()
	h.eventually("the wrong key shows", func() bool { return h.problem() != "" && h.sales() > 0 })
	h.halt()
	h.connection().SpaceInvoices.APIKey = goodKey
	h.start()
	h.eventually("one order is issued and the broken one is held", func() bool {
		return len(h.sandbox.Books.Invoices()) == 1 && h.sale(h.broken).State == trade.StateHeld
	})

	where := map[string]string{"log": h.log.String(), "metrics": h.get("/metrics"), "temporal": h.histories()}
	h.halt()
	require.Contains(t, h.booksText(), canaries["company"], "the canary sings in the books, where it belongs")
	for place, text := range where {
		require.NotEmpty(t, text)
		leaks := func(word string) bool { return strings.Contains(text, word) } // megabytes, not to be printed on failure
		for kind, canary := range canaries {
			require.False(t, leaks(canary), "%s found in %s", kind, place)
		}
		require.False(t, leaks(h.sandbox.ClientSecret), "client secret found in %s", place)
		require.False(t, leaks(h.sandbox.APIKey), "API key found in %s", place)
	}
}

// plantCanaries places one sound order and one that will be held, both by the canary.
func (h *house) plantCanaries() {
	h.t.Helper()
	address := shop.Address{
		CompanyName: canaries["company"], ContactName: canaries["contact"], Line1: canaries["street"], City: "Bath", PostalCode: "BA1 2FJ", Country: "GB",
	}
	customer := h.sandbox.Shop.AddCustomer(shop.Customer{
		CompanyName: canaries["company"], Phone: canaries["phone"], TaxNumber: canaries["tax number"],
		EmailAddresses: shop.EmailAddresses{Orders: canaries["e-mail"], Invoices: canaries["e-mail"]},
		Buyers:         []shop.Buyer{{Name: canaries["contact"], EmailAddress: canaries["e-mail"]}},
		Addresses:      []shop.Address{address},
	})
	rate := h.sandbox.Shop.AddTaxRate(shop.TaxRate{Name: "Standard", Rate: money.MustParse("20")})
	for range 2 {
		order, err := h.sandbox.Shop.Place(shop.OrderSpec{
			CustomerID: customer.ID, Created: time.Now().UTC().Add(-time.Hour), CustomerNote: canaries["note"],
			BillingAddress: &address, ShippingAddress: &address,
			Lines: []shop.LineSpec{{Name: "Dress for " + canaries["contact"], Quantity: 2, UnitPrice: money.Some(money.MustParse("5.25")), TaxRateID: rate.ID}},
		})
		require.NoError(h.t, err)
		_, err = h.sandbox.Shop.Invoice(order.ID, shop.InvoiceSpec{})
		require.NoError(h.t, err)
	}
	broken := h.sandbox.Shop.Orders()[0]
	h.sandbox.Shop.Corrupt(broken.ID, func(raw map[string]any) { raw["gross_total"] = map[string]any{"name": canaries["contact"]} })
	h.broken = broken.ID
}

// histories is everything that Temporal keeps: all workflows with their histories, as text.
func (h *house) histories() string {
	h.t.Helper()
	c, err := worker.Dial(h.t.Context(), h.info.TemporalAddress, "default", nil, nil)
	require.NoError(h.t, err)
	defer c.Close()
	var text strings.Builder
	var token []byte
	for {
		page, err := c.ListWorkflow(h.t.Context(), &workflowservice.ListWorkflowExecutionsRequest{NextPageToken: token})
		require.NoError(h.t, err)
		for _, execution := range page.GetExecutions() {
			text.WriteString(protojson.Format(execution))
			id := execution.GetExecution()
			events := c.GetWorkflowHistory(h.t.Context(), id.GetWorkflowId(), id.GetRunId(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
			for events.HasNext() {
				event, err := events.Next()
				require.NoError(h.t, err)
				text.WriteString(event.String()) // payloads as text; JSON would hide them in base64
			}
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return text.String()
		}
	}
}

// booksText is what the books hold, as text.
func (h *house) booksText() string {
	var text strings.Builder
	for _, order := range h.sandbox.Books.Orders() {
		text.WriteString(order.CustomerName)
	}
	return text.String()
}
