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
)

// HoldKind explains a hold to people.
type HoldKind struct {
	Code    string
	Meaning string // one sentence
	Advice  string // what to do
}

// mend is how a hold ends that something in Orderspace causes.
const mend = "The sale goes on by itself when the change is seen; `retry` looks at once."

var holds = []HoldKind{
	{HoldUnreadable, "A record of Orderspace cannot be understood.", "Correct the named field in Orderspace. " + mend},
	{HoldBooksUnknown, "The books hold the order in a way that the reference does not know.", "Look at the order in Space Invoices. When it is as it should be, `retry`; when the invoice was dealt with by hand, `skip` with a reason."},
	{HoldCancelledAfterIssue, "The order ended after its invoice had been issued.", "If the sale is void, issue a credit note for the invoice in Space Invoices; then `skip` with a reason."},
	{HoldTemplateInBooks, "An order in the books became a standing order.", "Cancel the pending order in Space Invoices, then `skip` with a reason."},
	{HoldCancelledInBooks, "Someone cancelled the copy in the books while the order lives on.", "A cancelled copy cannot be issued. If no invoice is due, `skip` with a reason; if one is due, enter the order again in Orderspace and skip this one."},
	{HoldCustomerMissing, "The buyer's record, which holds the tax number, does not exist.", "Restore the customer in Orderspace or give the order a customer that exists. If the invoice is made by hand, `skip` with a reason."},
	{HoldBuyerUnnamed, "Neither the billing address nor the order nor the customer names the buyer.", "Enter the company name in Orderspace. " + mend},
	{HoldNoLines, "The order has no lines to invoice.", "Add the lines in Orderspace, or cancel the order. " + mend},
	{HoldUnknownCurrency, "The currency is not in ISO 4217.", "Correct the currency of the order's price list in Orderspace. " + mend},
	{HoldCurrencyDecimals, "Amounts have more digits after the point than the currency or Space Invoices can hold.", "Space Invoices rounds amounts to 2 digits, so it cannot hold these exactly. Correct the prices in Orderspace, or make the invoice by hand and `skip` with a reason."},
	{HoldAmountTooLarge, "An amount is larger than the books can hold.", "Check the quantities and prices in Orderspace. " + mend},
	{HoldMissingTotal, "The order has no net or no gross total.", "Save the order again in Orderspace so that it is totalled. " + mend},
	{HoldNegativeTotal, "The order's total is negative.", "An invoice cannot be negative: issue a credit note in Space Invoices by hand, then `skip` with a reason."},
	{HoldMissingQuantity, "A line has no quantity.", "Correct the line in Orderspace. " + mend},
	{HoldNegativeQuantity, "A line has a negative quantity.", "Returns belong on a credit note. Correct the line in Orderspace, or `skip` with a reason."},
	{HoldZeroQuantity, "A line of quantity zero carries money.", "Correct the line in Orderspace. " + mend},
	{HoldMissingPrice, "A line has no price or no sub-total.", "Correct the line in Orderspace. " + mend},
	{HoldMissingTax, "A line has a tax rate and no tax amount.", "Correct the line in Orderspace. " + mend},
	{HoldTotals, "The order's lines do not add up to its totals.", "Save the order again in Orderspace so that it is totalled, or correct it. " + mend},
	{HoldLine, "A line's own numbers contradict each other.", "Correct the line's quantity, price or tax in Orderspace. " + mend},
	{HoldTaxWithoutRate, "A line is taxed at a rate that is not given.", "Give the line a tax rate in Orderspace, or map its tax under policy.taxes. " + mend},
	{HoldTaxRate, "A tax rate is outside 0 to 100 percent.", "Correct the rate in Orderspace or under policy.taxes, then `retry`."},
	{HoldTaxNotMapped, "Strict taxes are on, and the table does not cover a tax.", "Add the tax under policy.taxes, restart, and `retry`."},
	{HoldPennyLock, "Space Invoices would compute other numbers than Orderspace.", "Compare the named lines. Change price, quantity or tax in Orderspace, or the rate under policy.taxes, so that both agree. There is no way past this lock: a sale that cannot be made to agree is invoiced by hand and skipped with a reason."},
	{HoldZeroTotal, "The order comes to nothing.", "If an invoice over nothing is due, `issue` it; if not, as for most free samples, `skip` it with a reason."},
	{HoldRejected, "Space Invoices refused the step.", "`explain` shows the step and its answer. 401 or 403: check the key and its rights. 402 or a plan limit: check the subscription. 409: look for a second order with the same source id. Otherwise correct what was refused. Then `retry`."},
	{HoldOutcomeUnclear, "Looking at the books does not tell what became of a step, or shows something beside the sale's own order.", "Look for the order's number in Space Invoices, among the invoices too. When all is as it should be, `retry`: the books are looked at again before anything is sent. When the sale was dealt with by hand, `skip` with a reason."},
	{HoldChangedAfterIssue, "Something that is on the invoice changed after it had been issued.", "Undo the change in Orderspace, or correct the invoice in Space Invoices (a credit note and a new invoice), then `skip` with a reason."},
	{HoldOrderStatusUnknown, "The order has a status that the reference does not know.", "Check what the status means, and give the order another one or `skip` it with a reason."},
	{HoldSplitInvoice, "The order and its Orderspace invoices do not match one to one.", "Make the invoices in Orderspace match the order one to one; the sale goes on by itself. Otherwise invoice it by hand in Space Invoices and `skip` it with a reason. (One sale per Orderspace invoice, issue_from: invoice, is not available in this version.)"},
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
