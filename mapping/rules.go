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
)

// Rule explains a rule to people.
type Rule struct {
	Name string
	Doc  string // one sentence
}

// rules is in the order of the pipeline.
var rules = []Rule{
	{RuleSkipped, "An operator said, with a reason, that this is not a sale; an invoice that exists already goes on being counted."},
	{RuleAskedAgain, "An operator said retry, so the order is read again before anything is said about it."},
	{RuleUnreadable, "The order's record cannot be understood, or it is not known when it was created."},
	{RuleNeverRead, "The order was never read itself, only named by an invoice or a dispatch, so it is read from the API first."},
	{RuleBooksUnclear, "What the books hold has a status, or a mix of status and invoice, that the reference does not know."},
	{RuleEnded, "The order was deleted or cancelled before there was an invoice, so there will be none."},
	{RuleEndedPending, "The order was deleted or cancelled, so its pending copy in the books is cancelled."},
	{RuleEndedIssued, "The order was deleted or cancelled after its invoice had been issued."},
	{RuleTemplate, "A standing order is a template and never a sale."},
	{RuleTemplateInBooks, "An order that is in the books has become a standing order."},
	{RuleBeforeSince, "The order is older than the connection's since and is not in the books."},
	{RuleCancelledInBooks, "The copy in the books was cancelled while the order lives on."},
	{RuleBuyerUnread, "The customer has not been read yet."},
	{RuleBuyerMissing, "The customer's record, which alone holds the tax number, does not exist."},
	{RuleBuyerUnreadable, "The customer's record cannot be understood."},
	{RuleFaulty, "The order lacks something that an invoice needs, or its numbers contradict each other."},
	{RuleTaxNotMapped, "Strict taxes are on, and the tax table does not cover a line."},
	{RulePennyLock, "What Space Invoices would compute differs from Orderspace's own numbers."},
	{RuleZeroTotal, "The order comes to nothing, and whether that needs an invoice is a person's decision."},
	{RuleCreate, "The order is not in the books yet, so it is created there as pending."},
	{RuleChanged, "After issue something changed that is on the invoice."},
	{RuleAnnotate, "After issue something changed that is not on the invoice, so only the order's notes are updated."},
	{RulePayment, "Only the payment status changed, so only that is written."},
	{RuleDone, "The invoice exists, and nothing has changed since."},
	{RuleUpdate, "The pending copy in the books differs from the order, so it is updated."},
	{RuleInvoiceUnreadable, "An invoice of the order cannot be understood, so it is not known whether it matches."},
	{RuleOnHold, "Goods of the order are on hold for a preorder window."},
	{RuleStatusUnknown, "The order has a status that the reference does not know, so it is not issued."},
	{RuleRelatedNewer, "Invoices or dispatches tell of more than the order does, so the order is read again."},
	{RuleSplit, "The order and its Orderspace invoices do not match one to one."},
	{RuleWaitReleased, "issue_on is released, and the order is not."},
	{RuleWaitDispatched, "issue_on is dispatched, and not all goods have left."},
	{RuleWaitInvoiced, "issue_on is invoiced, and not all lines are invoiced."},
	{RuleWaitInvoiceNotSeen, "issue_on is invoiced or paid, and no real invoice of the order is known yet."},
	{RuleWaitPaid, "issue_on is paid, and the order is not paid in full."},
	{RuleWaitManual, "issue_on is manual, and no operator has asked for the invoice."},
	{RuleOrderStale, "Issuing cannot rest on what is known of the order, since it was read too long ago."},
	{RuleCustomerStale, "Issuing cannot rest on what is known of the customer, since it was read too long ago."},
	{RuleInvoicesStale, "Issuing cannot rest on what is known of the order's invoices, since they were read too long ago."},
	{RuleIssue, "The trigger has come and nothing speaks against it, so the invoice is issued."},
	{RuleUnclear, "Looking at the books did not tell what became of a step, or showed an order beside the sale's own that cannot be removed."},
	{RuleRejected, "Space Invoices refused this very step with this very content."},
}

// Rules lists every rule in the order in which they are asked, for docs.
func Rules() []Rule { return slices.Clone(rules) }
