package command

import (
	"fmt"
	"strings"

	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

// title names a sale by what it is made of: "Order 1042 (or_…)" or "Invoice 1748 (iv_…)".
func title(s sqlite.Sale) string {
	noun := "Order"
	if s.Kind == trade.KindInvoice {
		noun = "Invoice"
	}
	return fmt.Sprintf("%s %s (%s)", noun, or(s.Number, "without a number"), s.ID)
}

// lower is a title, or another text in plain letters, within a sentence.
func lower(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToLower(text[:1]) + text[1:]
}
