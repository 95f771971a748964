package mapping

import "slices"

// The codes of holds. A code never changes its meaning.
const (
	HoldUnreadable          = "unreadable_record"
	HoldBooksUnknown        = "books_status_unknown"
	HoldCancelledAfterIssue = "cancelled_after_issue"
	HoldTemplateInBooks     = "template_in_books"
	HoldCancelledInBooks    = "cancelled_in_books"
	HoldCustomerMissing     = "customer_missing"
	HoldBuyerUnnamed        = "buyer_unnamed"
	HoldNoLines             = "no_lines"
	HoldUnknownCurrency     = "unknown_currency"
	HoldCurrencyDecimals    = "currency_decimals"
	HoldAmountTooLarge      = "amount_too_large"
	HoldMissingTotal        = "missing_total"
	HoldNegativeTotal       = "negative_total"
	HoldMissingQuantity     = "missing_quantity"
	HoldNegativeQuantity    = "negative_quantity"
	HoldZeroQuantity        = "zero_quantity"
	HoldMissingPrice        = "missing_price"
	HoldMissingTax          = "missing_tax"
	HoldTotals              = "totals_do_not_add_up"
	HoldLine                = "line_does_not_add_up"
	HoldTaxWithoutRate      = "tax_without_rate"
	HoldTaxRate             = "tax_rate_out_of_range"
	HoldTaxNotMapped        = "tax_not_mapped"
	HoldPennyLock           = "penny_lock"
	HoldZeroTotal           = "zero_total"
	HoldRejected            = "rejected_by_books"
	HoldOutcomeUnclear      = "outcome_unclear"
	HoldChangedAfterIssue   = "changed_after_issue"
	HoldOrderStatusUnknown  = "order_status_unknown"
	HoldSplitInvoice        = "split_invoice"
	HoldOtherSource         = "other_source"
	HoldProformaInBooks     = "proforma_in_books"
	HoldOrderEnded          = "order_of_invoice_ended"
	HoldSentAndCancelled    = "cancelled_after_dispatch"
	HoldOverDispatched      = "over_dispatched"
	HoldTaxConflict         = "tax_conflict"
	HoldTaxAmbiguous        = "tax_ambiguous"
	HoldCurrencyNotAllowed  = "currency_not_allowed"
)

// Whoever can take the cause of a hold away.
const (
	byMerchant   = "merchant"   // in Orderspace
	byBookkeeper = "bookkeeper" // in Space Invoices
	byOperator   = "operator"   // with the commands of Spacebridge
	byEngineer   = "engineer"   // in the configuration
)

// HoldKind explains a hold to people.
type HoldKind struct {
	Code    string
	Meaning string // one sentence
	Advice  string // what to do
	Clears  string // when it goes by itself
	Who     string // merchant, bookkeeper, operator or engineer
}

// Holds lists every hold, for docs.
func Holds() []HoldKind { return slices.Clone(holds) }

// advice says what to do about a hold.
func advice(code string) string {
	for _, kind := range holds {
		if kind.Code == code {
			return kind.Advice
		}
	}
	return "Look at the sale with `explain`."
}
