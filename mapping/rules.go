package mapping

import "slices"

// The rules, by the names under which the journal, the metrics and `spacebridge explain` know them. A name never changes
// its meaning.
const (
	RuleSkipped            = "sale.skipped"
	RuleUnreadable         = "order.unreadable"
	RuleNeverRead          = "order.never_read"
	RuleAskedAgain         = "order.asked_again"
	RuleBooksUnclear       = "books.unclear"
	RuleEnded              = "order.ended"
	RuleEndedPending       = "order.ended_while_pending"
	RuleEndedIssued        = "order.ended_after_issue"
	RuleTemplate           = "order.template"
	RuleTemplateInBooks    = "order.template_in_books"
	RuleBeforeSince        = "order.before_since"
	RuleCancelledInBooks   = "books.cancelled"
	RuleBuyerUnread        = "buyer.never_read"
	RuleBuyerMissing       = "buyer.missing"
	RuleBuyerUnreadable    = "buyer.unreadable"
	RuleFaulty             = "sale.faulty"
	RuleTaxNotMapped       = "sale.tax_not_mapped"
	RulePennyLock          = "sale.penny_lock"
	RuleZeroTotal          = "sale.zero_total"
	RuleCreate             = "books.create"
	RuleUpdate             = "books.update"
	RulePayment            = "books.payment"
	RuleAnnotate           = "books.annotate"
	RuleRejected           = "books.rejected"
	RuleUnclear            = "books.outcome_unclear"
	RuleChanged            = "issued.changed"
	RuleDone               = "issued.done"
	RuleInvoiceUnreadable  = "invoice.unreadable"
	RuleOnHold             = "wait.on_hold"
	RuleStatusUnknown      = "order.status_unknown"
	RuleRelatedNewer       = "order.older_than_relatives"
	RuleWaitReleased       = "wait.released"
	RuleWaitDispatched     = "wait.dispatched"
	RuleWaitInvoiced       = "wait.invoiced"
	RuleWaitInvoiceNotSeen = "wait.invoice_not_seen"
	RuleWaitPaid           = "wait.paid"
	RuleWaitManual         = "wait.manual"
	RuleSplit              = "invoice.split"
	RuleOrderStale         = "issue.order_too_old"
	RuleCustomerStale      = "issue.customer_too_old"
	RuleInvoicesStale      = "issue.invoices_too_old"
	RuleIssue              = "issue.now"
	RuleOtherSource        = "sale.other_source"
	RuleProforma           = "invoice.proforma"
	RuleProformaInBooks    = "invoice.proforma_in_books"
	RuleOrdersUnread       = "invoice.orders_never_read"
	RuleOrderEnded         = "invoice.order_ended"
	RuleSentAndCancelled   = "order.cancelled_after_dispatch"
	RuleCreateAgain        = "books.create_again"
	RuleReissueUpdate      = "issued.update"
	RuleRestore            = "issued.restore"
	RuleReissue            = "issue.again"
	RuleOverDispatched     = "dispatch.too_much"
	RuleNotUpdated         = "issued.not_updated"
)

// Rule explains a rule to people.
type Rule struct {
	Name string
	Doc  string // one sentence
}

// rules is in the order of the pipeline.
var rules = []Rule{
	{RuleSkipped, "An operator said, with a reason, that this is not a sale; an invoice that exists already goes on being counted."},
	{RuleOtherSource, "The connection makes its sales of the other kind of record: of invoices, and this is an order, or of orders, and this is an invoice."},
	{RuleAskedAgain, "An operator said retry, so the record is read again before anything is said about it."},
	{RuleUnreadable, "The sale's record, or an order that its invoice names, cannot be understood, or it is not known of which day it is."},
	{RuleNeverRead, "The sale's record was never read itself, only named by others, so it is read from the API first."},
	{RuleBooksUnclear, "What the books hold has a status, or a mix of status and invoice, that the reference does not know."},
	{RuleEnded, "The order was deleted or cancelled, or the invoice deleted, before there was an invoice in the books, so there will be none."},
	{RuleEndedPending, "The order was deleted or cancelled, or the invoice deleted, so its pending copy in the books is cancelled."},
	{RuleEndedIssued, "The order was deleted or cancelled, or the invoice or an order of it, after the invoice in the books had been issued."},
	{RuleSentAndCancelled, "The order was cancelled although goods of it have left, so that something may be owed for."},
	{RuleTemplate, "A standing order is a template and never a sale."},
	{RuleTemplateInBooks, "An order that is in the books has become a standing order."},
	{RuleProforma, "A proforma is not posted until it is made an invoice."},
	{RuleProformaInBooks, "An invoice that is in the books has become a proforma."},
	{RuleBeforeSince, "The order or invoice is older than the connection's since and is not in the books."},
	{RuleOrdersUnread, "An order that the invoice names was never read, so it is read from the API first: what a line is stands there."},
	{RuleOrderEnded, "An order of the invoice was cancelled or deleted, and the invoice stands."},
	{RuleCancelledInBooks, "The copy in the books was cancelled by somebody else while the sale lives on."},
	{RuleBuyerUnread, "The customer has not been read yet."},
	{RuleBuyerMissing, "The customer's record, which alone holds the tax number, does not exist."},
	{RuleBuyerUnreadable, "The customer's record cannot be understood."},
	{RuleFaulty, "The order or invoice lacks something that an invoice in the books needs, or its numbers contradict each other."},
	{RuleTaxNotMapped, "The tax table does not say, or says two things, what a line's tax becomes."},
	{RulePennyLock, "What Space Invoices would compute differs from Orderspace's own numbers."},
	{RuleZeroTotal, "The sale comes to nothing, and whether that needs an invoice is a person's decision."},
	{RuleCreate, "The sale is not in the books yet, so its order is created there as pending."},
	{RuleCreateAgain, "The sale had ended, its order in the books was cancelled for that, and now it lives again, so it is created anew."},
	{RuleChanged, "After issue something changed that is on the invoice."},
	{RuleReissueUpdate, "After issue lines or totals changed and on_edit is reissue, so the order in the books is updated first."},
	{RuleRestore, "A change after issue was undone before there was another invoice, so the order in the books says again what the invoice says."},
	{RuleAnnotate, "After issue something changed that is not on the invoice, so only the order's notes are updated."},
	{RulePayment, "Only the payment status changed, so only that is written."},
	{RuleDone, "The invoice exists, and nothing has changed since."},
	{RuleUpdate, "The pending copy in the books differs from the order or invoice, so it is updated."},
	{RuleInvoiceUnreadable, "An invoice of the order cannot be understood, so it is not known whether it matches."},
	{RuleOnHold, "Goods of the order, or of the orders of the invoice, are on hold for a preorder window."},
	{RuleStatusUnknown, "The order has a status that the reference does not know, so it is not issued."},
	{RuleRelatedNewer, "Invoices or dispatches tell of more than the order does, so the order is read again."},
	{RuleSplit, "The order and its Orderspace invoices do not match one to one."},
	{RuleOverDispatched, "More was dispatched than was ordered, and dispatching is what the invoice waits for."},
	{RuleWaitReleased, "issue_on is released, and the order is not."},
	{RuleWaitDispatched, "issue_on is dispatched, and not all goods have left."},
	{RuleWaitInvoiced, "issue_on is invoiced, and not all lines are invoiced."},
	{RuleWaitInvoiceNotSeen, "issue_on is invoiced or paid, and no real invoice of the order is known yet."},
	{RuleWaitPaid, "issue_on is paid, and the order or invoice is not paid in full."},
	{RuleWaitManual, "issue_on is manual, and no operator has asked for the invoice."},
	{RuleOrderStale, "Issuing cannot rest on what is known of the order, since it was read too long ago."},
	{RuleCustomerStale, "Issuing cannot rest on what is known of the customer, since it was read too long ago."},
	{RuleInvoicesStale, "Issuing cannot rest on what is known of the order's invoices, since they were read too long ago."},
	{RuleIssue, "The trigger has come and nothing speaks against it, so the invoice is issued."},
	{RuleReissue, "The order in the books says what changed, and nothing speaks against it, so the invoice is credited and another issued."},
	{RuleUnclear, "Looking at the books did not tell what became of a step, or showed an order beside the sale's own that cannot be removed."},
	{RuleNotUpdated, "The invoice exists and is right; Space Invoices refused only what was to be noted beside it, until that changes again."},
	{RuleRejected, "Space Invoices refused this very step with this very content."},
}

// Rules lists every rule in the order in which they are asked, for docs.
func Rules() []Rule { return slices.Clone(rules) }
