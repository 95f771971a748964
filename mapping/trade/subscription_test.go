package trade_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/mapping/trade"
)

// Invariant 10: however a subscription is written down, its key stays out.
func TestSubscriptionNeverShowsItsKey(t *testing.T) {
	one := trade.Subscription{ID: "wh_1", Endpoint: "https://hooks.example.com", SigningKey: "CANARY"}
	holder := struct{ Kept trade.Subscription }{one}
	for _, value := range []any{one, &one, []trade.Subscription{one}, map[string]trade.Subscription{"a": one}, holder, &holder, struct{ trade.Subscription }{one}} {
		var all bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			fmt.Fprintf(&all, verb, value)
		}
		written, err := json.Marshal(value)
		require.NoError(t, err)
		all.Write(written)
		for _, handler := range []slog.Handler{slog.NewJSONHandler(&all, nil), slog.NewTextHandler(&all, nil)} {
			slog.New(handler).Info("kept", "subscription", value)
		}
		require.NotContains(t, all.String(), "CANARY", "%T", value)
		if _, pointer := value.(*struct{ Kept trade.Subscription }); !pointer {
			require.Contains(t, all.String(), "wh_1", "%T", value)
		}
	}
}
