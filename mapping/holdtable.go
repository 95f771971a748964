package mapping

// mend is how a hold ends that something in Orderspace causes, and seen is when.
const (
	mend = "The sale goes on by itself when the change is seen; `retry` looks at once."
	seen = "when the corrected record is seen"
)

// holds is in the order in which the rules ask.
var holds = []HoldKind{
	{
		Code: HoldUnreadable, Who: byMerchant, Clears: seen,
		Meaning: "A record of Orderspace cannot be understood.",
		Advice:  "Correct the named field in Orderspace. " + mend,
	},
	{
		Code: HoldBooksUnknown, Who: byBookkeeper, Clears: "never: a look at the books is needed",
		Meaning: "The books hold the order in a way that the reference does not know.",
		Advice:  "Look at the order in Space Invoices. When it is as it should be, `retry`; when the invoice was dealt with by hand, `skip` with a reason.",
	},
	{
		Code: HoldOtherSource, Who: byEngineer, Clears: "when issue_from is what it was",
		Meaning: "The sale is in the books, and the connection now makes its sales of the other kind of record.",
		Advice:  "Set policy.issue_from back, or, when the invoice was dealt with by hand, `skip` with a reason.",
	},
	{
		Code: HoldCancelledAfterIssue, Who: byBookkeeper, Clears: "when the record lives again",
		Meaning: "The order, an order of the invoice, or the invoice itself was cancelled or deleted in Orderspace after the invoice in the books had been issued.",
		Advice:  "If the sale is void, issue a credit note for the invoice in Space Invoices; then `skip` with a reason. If it is not, restore it in Orderspace.",
	},
	{
		Code: HoldSentAndCancelled, Who: byMerchant, Clears: "when the cancellation is taken back",
		Meaning: "The order was cancelled after goods of it had left.",
		Advice:  "If the goods came back or are given away, `skip` with a reason. If they are owed for, take the cancellation back in Orderspace, or enter them as a new order and `skip` this one.",
	},
	{
		Code: HoldTemplateInBooks, Who: byBookkeeper, Clears: "when the order is an order again",
		Meaning: "An order in the books became a standing order.",
		Advice:  "Cancel the pending order in Space Invoices, then `skip` with a reason.",
	},
	{
		Code: HoldProformaInBooks, Who: byMerchant, Clears: "when the proforma is made an invoice",
		Meaning: "An invoice in the books became a proforma.",
		Advice:  "Make it an invoice again in Orderspace. If it shall be none, cancel the pending order in Space Invoices, or credit its invoice, then `skip` with a reason.",
	},
	{
		Code: HoldOrderEnded, Who: byMerchant, Clears: "when the invoice is deleted or its order lives again",
		Meaning: "An order of the invoice was cancelled or deleted, and the invoice stands.",
		Advice:  "If the invoice is void, delete it in Orderspace and the sale ends. If it is owed, take the cancellation back. If it was made by hand in Space Invoices, `skip` with a reason.",
	},
	{
		Code: HoldCancelledInBooks, Who: byBookkeeper, Clears: "when the sale ends in Orderspace too",
		Meaning: "Someone cancelled the copy in the books while the sale lives on.",
		Advice:  "A cancelled copy cannot be issued. If no invoice is due, `skip` with a reason; if one is due, enter the order again in Orderspace and skip this one.",
	},
	{
		Code: HoldCustomerMissing, Who: byMerchant, Clears: "when the customer is there",
		Meaning: "The buyer's record, which holds the tax number, does not exist.",
		Advice:  "Restore the customer in Orderspace, or give the order or invoice a customer that exists. If the invoice is made by hand, `skip` with a reason.",
	},
	{
		Code: HoldBuyerUnnamed, Who: byMerchant, Clears: seen,
		Meaning: "Neither the billing address nor the order or invoice nor the customer names the buyer.",
		Advice:  "Enter the company name in Orderspace. " + mend,
	},
	{
		Code: HoldNoLines, Who: byMerchant, Clears: seen,
		Meaning: "There are no lines to invoice.",
		Advice:  "Add the lines in Orderspace, or cancel the order, or delete the invoice. " + mend,
	},
	{
		Code: HoldUnknownCurrency, Who: byMerchant, Clears: seen,
		Meaning: "The currency is not in ISO 4217.",
		Advice:  "Correct the currency of the order's price list in Orderspace. " + mend,
	},
	{
		Code: HoldCurrencyNotAllowed, Who: byEngineer, Clears: "when policy.currencies names it",
		Meaning: "The currency has not two digits after the point, and the policy does not name it.",
		Advice:  "Space Invoices rounds amounts to 2 digits. If invoices in this currency are right there, name it under policy.currencies and restart: the sale goes on by itself. Otherwise make the invoice by hand and `skip` with a reason.",
	},
	{
		Code: HoldCurrencyDecimals, Who: byMerchant, Clears: seen,
		Meaning: "Amounts have more digits after the point than the currency or Space Invoices can hold.",
		Advice:  "Space Invoices rounds amounts to 2 digits, so it cannot hold these exactly. Correct the prices in Orderspace, or make the invoice by hand and `skip` with a reason.",
	},
	{
		Code: HoldAmountTooLarge, Who: byMerchant, Clears: seen,
		Meaning: "An amount is larger than the books can hold.",
		Advice:  "Check the quantities and prices in Orderspace. " + mend,
	},
	{
		Code: HoldMissingTotal, Who: byMerchant, Clears: seen,
		Meaning: "There is no net or no gross total.",
		Advice:  "Save the order or invoice again in Orderspace so that it is totalled. " + mend,
	},
	{
		Code: HoldNegativeTotal, Who: byBookkeeper, Clears: seen,
		Meaning: "The total is negative.",
		Advice:  "An invoice cannot be negative: issue a credit note in Space Invoices by hand, then `skip` with a reason.",
	},
	{
		Code: HoldMissingQuantity, Who: byMerchant, Clears: seen,
		Meaning: "A line has no quantity.",
		Advice:  "Correct the line in Orderspace. " + mend,
	},
	{
		Code: HoldNegativeQuantity, Who: byMerchant, Clears: seen,
		Meaning: "A line has a negative quantity.",
		Advice:  "Returns belong on a credit note. Correct the line in Orderspace, or `skip` with a reason.",
	},
	{
		Code: HoldZeroQuantity, Who: byMerchant, Clears: seen,
		Meaning: "A line of quantity zero carries money.",
		Advice:  "Correct the line in Orderspace. " + mend,
	},
	{
		Code: HoldMissingPrice, Who: byMerchant, Clears: seen,
		Meaning: "A line has no price or no sub-total.",
		Advice:  "Correct the line in Orderspace. " + mend,
	},
	{
		Code: HoldMissingTax, Who: byMerchant, Clears: seen,
		Meaning: "A line has a tax rate and no tax amount.",
		Advice:  "Correct the line in Orderspace. " + mend,
	},
	{
		Code: HoldTotals, Who: byMerchant, Clears: seen,
		Meaning: "The lines do not add up to the totals.",
		Advice:  "Save the order or invoice again in Orderspace so that it is totalled, or correct it. " + mend,
	},
	{
		Code: HoldLine, Who: byMerchant, Clears: seen,
		Meaning: "A line's own numbers contradict each other.",
		Advice:  "Correct the line's quantity, price or tax in Orderspace. " + mend,
	},
	{
		Code: HoldTaxWithoutRate, Who: byMerchant, Clears: "when the line has a rate, or the table covers its tax",
		Meaning: "A line is taxed at a rate that is not given.",
		Advice:  "Give the line a tax rate in Orderspace, or map its tax under policy.taxes. " + mend,
	},
	{
		Code: HoldTaxRate, Who: byMerchant, Clears: "when the rate is corrected",
		Meaning: "A tax rate is outside 0 to 100 percent.",
		Advice:  "Correct the rate in Orderspace; the sale goes on by itself when the change is seen. If it is a rate under policy.taxes, correct it there and restart.",
	},
	{
		Code: HoldTaxNotMapped, Who: byEngineer, Clears: "when the table covers the tax",
		Meaning: "Strict taxes are on, and the table does not cover a tax.",
		Advice:  "Add the tax under policy.taxes and restart: the sale goes on by itself. `check` lists what every tax becomes.",
	},
	{
		Code: HoldTaxConflict, Who: byEngineer, Clears: "when the table says one thing of the tax",
		Meaning: "Two rows of the tax table say different things of one tax.",
		Advice:  "Take one of the two rows out of policy.taxes, or give both the same rate, and restart: the sale goes on by itself. `check` lists what every tax becomes.",
	},
	{
		Code: HoldTaxAmbiguous, Who: byEngineer, Clears: "when the table has a row for the percent, or the line names its tax",
		Meaning: "A line does not name its tax, and the table tells taxes apart by id or name.",
		Advice:  "If all taxes of that percent become the same, add a row for the percent to policy.taxes and restart: the sale goes on by itself. Otherwise bill the goods from their order in Orderspace, so that the line names its tax.",
	},
	{
		Code: HoldPennyLock, Who: byMerchant, Clears: "when both agree",
		Meaning: "Space Invoices would compute other numbers than Orderspace.",
		Advice:  "Compare the named lines. Change price, quantity or tax in Orderspace, or the rate under policy.taxes, so that both agree. There is no way past this lock: a sale that cannot be made to agree is invoiced by hand and skipped with a reason.",
	},
	{
		Code: HoldZeroTotal, Who: byBookkeeper, Clears: "when it comes to something",
		Meaning: "The sale comes to nothing.",
		Advice:  "If an invoice over nothing is due, `issue` it; if not, as for most free samples, `skip` it with a reason.",
	},
	{
		Code: HoldRejected, Who: byOperator, Clears: "when the sale changes, so that another step is due",
		Meaning: "Space Invoices refused the step.",
		Advice:  "`explain` shows the step and its answer. 401 or 403: check the key and its rights. 402 or a plan limit: check the subscription. 409: look for a second order with the same source id. Otherwise correct what was refused. Then `retry`.",
	},
	{
		Code: HoldOutcomeUnclear, Who: byBookkeeper, Clears: "never: a look at the books is needed",
		Meaning: "Looking at the books does not tell what became of a step, or shows something beside the sale's own order.",
		Advice:  "Look for the number in Space Invoices, among the invoices too. When all is as it should be, `retry`: the books are looked at again before anything is sent. When the sale was dealt with by hand, `skip` with a reason.",
	},
	{
		Code: HoldChangedAfterIssue, Who: byBookkeeper, Clears: "when the change is undone",
		Meaning: "Something that is on the invoice changed after it had been issued.",
		Advice:  "Undo the change in Orderspace, or correct the invoice in Space Invoices (a credit note and a new invoice), then `skip` with a reason. With policy.on_edit: reissue, an invoice whose lines changed is credited and issued again without you, unless the sale now comes to nothing or its numbers do not agree.",
	},
	{
		Code: HoldOrderStatusUnknown, Who: byMerchant, Clears: "when the status is a known one",
		Meaning: "The order has a status that the reference does not know.",
		Advice:  "Check what the status means, and give the order another one or `skip` it with a reason.",
	},
	{
		Code: HoldSplitInvoice, Who: byMerchant, Clears: "when they match one to one",
		Meaning: "The order and its Orderspace invoices do not match one to one.",
		Advice:  "Make the invoices in Orderspace match the order one to one; the sale goes on by itself. Otherwise invoice it by hand in Space Invoices and `skip` it with a reason. A site that bills in parts or together wants policy.issue_from: invoice.",
	},
	{
		Code: HoldOverDispatched, Who: byMerchant, Clears: "when no more was sent than ordered",
		Meaning: "More was dispatched than was ordered.",
		Advice:  "Raise the quantity of the order in Orderspace to what was sent, or, if the customer keeps it for nothing, `skip` and invoice by hand. The sale goes on by itself when the numbers agree.",
	},
}
