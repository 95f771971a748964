package worker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"spacebridge/config"
	"spacebridge/mapping"
	"spacebridge/mapping/money"
	"spacebridge/mapping/trade"
)

// TestPolicyOf carries every key of the policy into mapping's terms.
func TestPolicyOf(t *testing.T) {
	settings := config.DefaultConnection()
	settings.Since = config.Date{Year: 2026, Month: time.July, Day: 1}
	settings.Policy = config.Policy{
		IssueFrom: config.FromInvoice, IssueOn: "paid", OnEdit: "reissue", Preorder: "split", StrictTaxes: true,
		Currencies: []string{"JPY", "KWD"}, TimeZone: "Europe/London",
		Taxes: []config.Tax{{Orderspace: config.TaxMatch{Percent: "20.0"}, Rate: "22.0"}, {Orderspace: config.TaxMatch{ID: "tr_1"}, Rate: "0"}},
	}
	got, err := PolicyOf(settings)
	require.NoError(t, err)
	require.Equal(t, mapping.Policy{
		IssueFrom: trade.KindInvoice, IssueOn: mapping.OnPaid, OnEdit: mapping.EditReissue, Preorder: mapping.PreorderSplit, StrictTaxes: true,
		Since: time.Date(2026, time.June, 30, 23, 0, 0, 0, time.UTC), Zone: settings.Policy.Location(), Currencies: []string{"JPY", "KWD"},
		Taxes: []mapping.TaxRule{
			{Percent: money.Some(money.MustParse("20.0")), Rate: money.MustParse("22.0")}, {ID: "tr_1", Rate: money.MustParse("0")},
		},
	}, got)
	require.Equal(t, "Europe/London", got.Zone.String())

	got, err = PolicyOf(config.DefaultConnection())
	require.NoError(t, err)
	require.Equal(t, trade.KindOrder, got.IssueFrom)
	require.Equal(t, mapping.OnInvoiced, got.IssueOn)
	require.Equal(t, mapping.EditHold, got.OnEdit)
	require.Equal(t, mapping.PreorderHold, got.Preorder)
	require.Empty(t, got.Currencies)
}

// TestTriggersAgree: the configuration, which knows none of our packages, takes what mapping understands, and no more.
func TestTriggersAgree(t *testing.T) {
	for _, from := range []string{config.FromOrder, config.FromInvoice} {
		want := mapping.Triggers(trade.Kind(from))
		var got []mapping.Trigger
		for _, name := range config.Triggers(from) {
			got = append(got, mapping.Trigger(name))
		}
		require.ElementsMatch(t, want, got, from)
		require.Equal(t, string(want[0]), config.DefaultTrigger(from))
	}
}

// TestCurrenciesAgree goes through all codes of three letters: both know the same currencies, with the same decimals.
func TestCurrenciesAgree(t *testing.T) {
	odd := 0
	for i := range 26 * 26 * 26 {
		code := string([]byte{byte('A' + i/676), byte('A' + i/26%26), byte('A' + i%26)})
		settings := config.DefaultConnection()
		settings.Policy.Currencies = []string{code}
		faults := (&config.Config{Connections: []config.Connection{settings}}).Validate().Error()
		decimals, isOdd := config.OddCurrency(code)
		currency, err := money.ParseCurrency(code)
		switch {
		case err != nil:
			require.Contains(t, faults, "is not a currency of ISO 4217", code)
		case currency.Digits == 2:
			require.Contains(t, faults, "has two decimals", code)
		default:
			odd++
			require.NotContains(t, faults, "currencies", code)
			require.Equal(t, currency.Digits, decimals, code)
		}
		require.Equal(t, err == nil && currency.Digits != 2, isOdd, code)
	}
	require.Positive(t, odd)
}
