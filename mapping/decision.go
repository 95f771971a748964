// Package mapping gives meaning to records: from what Orderspace holds, what the books hold and what the merchant decided,
// it says what the one next step is for a sale, and why.
//
// It is pure: no clock, no context, no I/O. The same facts always give the same decision, so a decision can be explained,
// replayed and tested from a file. The rules stand in decision.go, in the order in which they are asked; testdata holds a
// worked example of each.
package mapping

import (
	"spacebridge/mapping/trade"
)

// Action is the one next step for a sale.
type Action string

// The actions.
const (
	ActNone       Action = "none"        // nothing to do until something changes
	ActRead       Action = "read"        // read the records of Decision.Read from the API, then decide again
	ActCreate     Action = "create"      // create the order in the books
	ActUpdate     Action = "update"      // bring the order in the books up to date, all of it
	ActAnnotate   Action = "annotate"    // after issue: update what moves neither money nor identity
	ActSetPayment Action = "set_payment" // update the payment status only
	ActIssue      Action = "issue"       // issue the invoice: a step that cannot be undone
	ActReissue    Action = "reissue"     // credit the invoice and issue another of the order's items: as final as an issue
	ActCancel     Action = "cancel"      // cancel the pending order in the books
)

// writes reports whether the action changes the books.
func (a Action) writes() bool {
	switch a {
	case ActCreate, ActUpdate, ActAnnotate, ActSetPayment, ActIssue, ActReissue, ActCancel:
		return true
	default:
		return false
	}
}

// Decision is what to do next with a sale, where the sale stands until that is done, and why.
type Decision struct {
	Action Action
	State  trade.State
	Rule   string // the rule that decided, one of Rules
	Reason string // in plain words with numbers; never personal data
	Hold   *trade.Hold
	Read   []trade.Ref // what to read, with ActRead
	// Sale is what shall stand in the books. It is nil where the decision was taken before or without reading it, and
	// where the order cannot be read as a sale.
	Sale *trade.Sale
	// Prints are what the books' copy says once Action is done: only the parts that the action writes. An action that
	// writes nothing carries all parts of Sale.
	Prints trade.Prints
}

// step is one place in the pipeline. It decides, or returns nil and leaves the sale to the steps after it.
type step struct {
	name string
	take func(*review) *Decision
}

// review is one run through the pipeline: the facts, and what the steps so far have made of them.
type review struct {
	Policy
	Facts
	// doc is the sale's own record in the terms of an order: the order itself, or an invoice whose lines have been joined to
	// those of its orders.
	doc       *trade.Order
	sale      *trade.Sale
	prints    trade.Prints
	uncovered faults // taxes that a new invoice would be held for, and one that exists is not
}

// pipeline is the whole of the rules, in order. What stops a sale stands before what moves it, and what moves it back
// stands before what moves it on.
var pipeline = []step{
	// Is it a sale at all, and is it known well enough to say?
	{"an operator skipped it", skipped},
	{"what the books did is not clear", unclear},
	{"sales are made of other records", otherSource},
	{"an operator asked for a fresh look", askedAgain},
	{"its record cannot be read", unreadable},
	{"its record was never read", neverRead},
	{"the books hold it in a way nobody knows", booksUnclear},
	{"its record is gone", gone},
	{"a template is never a sale", template},
	{"a proforma is not a sale yet", proforma},
	{"it is older than the connection", beforeSince},
	{"the orders of its invoice were never read", ordersUnread},
	{"an order of its invoice cannot be read", ordersUnreadable},
	{"the order is cancelled", cancelled},
	{"the books' copy was cancelled", cancelledInBooks},

	// What does it say?
	{"the buyer is not known", buyer},
	{"it cannot be read as a sale", faulty},

	// What stands in the books is made to say the same.
	{"it is not in the books", create},
	{"it is issued", afterIssue},
	{"the books' copy is out of date", update},

	// Shall it be issued?
	{"an invoice of it cannot be read", invoiceUnreadable},
	{"goods are on hold", onHold},
	{"the order's status is not known", statusUnknown},
	{"the order is older than its relatives", olderThanRelatives},
	{"its invoices are not one to one", split}, // before the trigger: a part invoice would else wait unseen
	{"more was dispatched than was ordered", overDispatched},
	{"the trigger has not come", waiting},
	{"what issuing rests on is too old", stale},
	{"issue, or issue again", issue},
}

// Decide says what to do next with a sale. It never fails: what it cannot judge, it holds.
func Decide(p Policy, f Facts) Decision {
	r := &review{Policy: p, Facts: f}
	for _, s := range pipeline {
		if d := s.take(r); d != nil {
			return r.unlessRejected(*d)
		}
	}
	// The last step decides always; a pipeline edited badly still must not move anything.
	return *r.hold(RuleBooksUnclear, HoldBooksUnknown, "no rule decided")
}
