package config

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestIssueOnFollowsIssueFrom: what the file does not say is right for the kind of sale; what it says stands.
func TestIssueOnFollowsIssueFrom(t *testing.T) {
	for _, c := range []struct{ policy, from, on string }{
		{"{}", "order", "invoiced"},
		{"{issue_from: order}", "order", "invoiced"},
		{"{issue_from: invoice}", "invoice", "created"},
		{"{issue_from: invoice, issue_on: paid}", "invoice", "paid"},
		{"{issue_on: created, issue_from: order}", "order", "created"},
	} {
		t.Run(c.policy, func(t *testing.T) {
			settings, err := load(t, minimal+"    policy: "+c.policy+"\n")
			require.NoError(t, err)
			require.Equal(t, c.from, settings.Connections[0].Policy.IssueFrom)
			require.Equal(t, c.on, settings.Connections[0].Policy.IssueOn)
		})
	}
}

// TestIssueOnOfEachConnection: two connections of one file have each their own.
func TestIssueOnOfEachConnection(t *testing.T) {
	settings, err := load(t, `
connections:
  - {name: a, since: 2026-01-01, orderspace: {client_id: a, client_secret: x}, space_invoices: {api_key: k, entity_id: ent_1, order_integration_id: oint_1}, policy: &p {issue_from: invoice}}
  - {name: b, since: 2026-01-01, orderspace: {client_id: b, client_secret: x}, space_invoices: {api_key: k, entity_id: ent_1, order_integration_id: oint_2}}
  - {name: c, since: 2026-01-01, orderspace: {client_id: c, client_secret: x}, space_invoices: {api_key: k, entity_id: ent_1, order_integration_id: oint_3}, policy: *p}
`)
	require.NoError(t, err)
	for i, want := range []string{"created", "invoiced", "created"} {
		require.Equal(t, want, settings.Connections[i].Policy.IssueOn)
	}
}

// TestNewPolicies loads every value that the keys of a policy take.
func TestNewPolicies(t *testing.T) {
	settings, err := load(t, minimal+"    policy: {issue_from: invoice, on_edit: reissue, preorder: split, currencies: [JPY, KWD]}\n")
	require.NoError(t, err)
	policy := settings.Connections[0].Policy
	require.Equal(t, "reissue", policy.OnEdit)
	require.Equal(t, "split", policy.Preorder)
	require.Equal(t, []string{"JPY", "KWD"}, policy.Currencies)
	plain, err := load(t, minimal)
	require.NoError(t, err)
	policy = plain.Connections[0].Policy
	require.Equal(t, []string{"order", "invoiced", "hold", "hold"}, []string{policy.IssueFrom, policy.IssueOn, policy.OnEdit, policy.Preorder})
	require.Empty(t, policy.Currencies)
}

func TestTriggers(t *testing.T) {
	for _, from := range []string{FromOrder, FromInvoice} {
		require.True(t, slices.Contains(Triggers(from), DefaultTrigger(from)), from)
	}
}
