package worker_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/activities"
	"spacebridge/config"
)

func TestAutomaticIntegrationIsNeverWrittenTo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 21)
	h.plantOne()
	h.setAutomatic(true)
	h.start()
	h.eventually("the problem shows", func() bool { return h.problem() == activities.ProblemIntegrationAutomatic })
	h.eventually("orders are read all the same", func() bool { return h.sales() > 0 })
	require.Contains(t, h.get("/metrics"), `spacebridge_problem{code="integration_automatic",connection="acme"} 1`)
	require.Empty(t, h.sandbox.Books.Orders())
	h.halt()

	h.setAutomatic(false)
	h.start()
	h.exact()
	require.Empty(t, h.problem())
	require.NotEmpty(t, h.sandbox.Books.Orders())
	h.halt()
}

func TestUnknownEntityIsNeverWrittenTo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 22)
	h.plantOne()
	h.connection().SpaceInvoices.EntityID = "ent_000000000000000000000000"
	h.start()
	h.eventually("the problem shows", func() bool { return h.problem() != "" })
	h.eventually("orders are read all the same", func() bool { return h.sales() > 0 })
	require.Empty(t, h.sandbox.Books.Orders())
	h.halt()
}

func TestWrongSecretStopsNothingButItsConnection(t *testing.T) {
	t.Parallel()
	h := newHouse(t, 23)
	h.plantOne()
	right := h.connection().Orderspace.ClientSecret
	h.connection().Orderspace.ClientSecret = config.NewSecret("wrong")
	h.start()
	h.eventually("the problem shows", func() bool { return h.problem() == activities.ProblemOrderspaceCredentials })
	require.Contains(t, h.get("/metrics"), `spacebridge_connection_healthy{connection="acme"} 0`)
	require.Equal(t, "ok\n", h.get("/readyz"), "the daemon itself is well")
	require.Empty(t, h.sandbox.Books.Orders())
	h.halt()

	h.connection().Orderspace.ClientSecret = right
	h.start()
	h.exact()
	h.eventually("the problem is gone", func() bool { return h.problem() == "" })
	h.halt()
}

// plantOne makes a small business with orders in every stage.
func (h *house) plantOne() {
	h.t.Helper()
	now := time.Now().UTC()
	require.NoError(h.t, h.merchant.History(now.AddDate(0, 0, -10), now, 12))
}

// problem is the code of the connection's problem, "" without one.
func (h *house) problem() string {
	h.t.Helper()
	ledger := h.ledger()
	defer ledger.Close()
	problems, err := ledger.Problems(h.t.Context(), "acme")
	require.NoError(h.t, err)
	if len(problems) == 0 {
		return ""
	}
	return problems[0].Code
}

func (h *house) sales() int {
	h.t.Helper()
	ledger := h.ledger()
	defer ledger.Close()
	all, err := ledger.Sales(h.t.Context(), h.filter(""))
	require.NoError(h.t, err)
	return len(all)
}

// setAutomatic switches auto_process as a person in the vendor's UI would.
func (h *house) setAutomatic(on bool) {
	h.t.Helper()
	body, err := json.Marshal(map[string]any{"auto_process": on})
	require.NoError(h.t, err)
	url := h.sandbox.SpaceInvoicesURL + "/order-integrations/" + h.connection().SpaceInvoices.OrderIntegrationID
	request, err := http.NewRequestWithContext(h.t.Context(), http.MethodPatch, url, bytes.NewReader(body))
	require.NoError(h.t, err)
	request.Header.Set("Authorization", "Bearer "+h.sandbox.APIKey)
	request.Header.Set("x-entity-id", h.sandbox.EntityID)
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	require.NoError(h.t, err)
	defer response.Body.Close()
	require.Equal(h.t, http.StatusOK, response.StatusCode)
}
