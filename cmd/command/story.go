package command

import (
	"fmt"
	"strings"
	"time"

	"spacebridge/connectors/sqlite"
	"spacebridge/mapping/trade"
)

// story is the sale for people, with times as they are at the site.
func (d dossier) story(place *time.Location, now time.Time) string {
	var text strings.Builder
	s := d.sale
	for _, p := range d.problems {
		fmt.Fprintf(&text, "%s: %s (for %s)\n", stoppage(p), p.Message, ago(now.Sub(p.Since)))
		fmt.Fprintf(&text, "  what now  %s\n\n", wrap(p.Advice, 84, 12))
	}
	fmt.Fprintf(&text, "%s of %s is %s%s.\n", title(s), s.Connection, s.State, meaning(s))
	if s.Hold != nil {
		fmt.Fprintf(&text, "\n  held for %s: %s\n", ago(now.Sub(s.HeldSince)), s.Hold.Code)
		fmt.Fprintf(&text, "  why       %s\n", wrap(s.Hold.Reason, 84, 12))
		writeDetail(&text, s.Hold.Detail)
		fmt.Fprintf(&text, "  what now  %s\n", wrap(s.Hold.Advice, 84, 12))
	}
	text.WriteString("\n")
	fmt.Fprintf(&text, "  total     %s\n", total(s))
	if s.Kind == trade.KindInvoice {
		fmt.Fprintf(&text, "  seen      %s\n", clock(s.Created, place)) // an invoice does not tell its creation
	} else {
		fmt.Fprintf(&text, "  ordered   %s\n", clock(s.Created, place))
	}
	fmt.Fprintf(&text, "  books     %s\n", booksLine(s))
	d.writeDocuments(&text, place)
	if s.Rule != "" {
		fmt.Fprintf(&text, "  rule      %s\n", wrap(strings.TrimSuffix(s.Rule+": "+s.Reason, ": "), 84, 12))
	}
	if ordered := standing(s.Command); ordered != "" {
		fmt.Fprintf(&text, "  operator  %s\n", wrap(ordered, 84, 12))
	}
	if !s.DirtySince.IsZero() {
		fmt.Fprintf(&text, "  open      a change waits for the daemon for %s\n", ago(now.Sub(s.DirtySince)))
	}
	text.WriteString("\nSteps in the books\n")
	d.writeSteps(&text, place, now)
	text.WriteString("\nDecisions\n")
	d.writeDecisions(&text, place)
	return text.String()
}

// stoppage is what a problem of the connection keeps from happening.
func stoppage(p sqlite.Problem) string {
	if strings.HasPrefix(p.Code, "orderspace_") {
		return "reading is stopped"
	}
	return "writing is stopped"
}

// standing is what an operator ordered and nobody has taken back, in words; "" for nothing.
func standing(c sqlite.Command) string {
	switch {
	case c.SkipReason != "":
		return "said to leave it out: " + c.SkipReason
	case c.Issue:
		return "said to issue it, whatever the trigger"
	}
	return ""
}

func (d dossier) writeSteps(text *strings.Builder, place *time.Location, now time.Time) {
	if len(d.effects) == 0 {
		text.WriteString("  none: nothing has been sent to Space Invoices\n")
		return
	}
	t := &table{}
	for _, e := range d.effects {
		when := e.SentAt
		if when.IsZero() {
			when = e.CreatedAt
		}
		t.add("", clock(when, place), stepName(e), outcome(e, now), or(or(e.BooksDocumentID, e.BooksOrderID), "-"), e.Detail)
	}
	_ = t.write(text) // a strings.Builder takes everything
}

func (d dossier) writeDecisions(text *strings.Builder, place *time.Location) {
	if len(d.journal) == 0 {
		text.WriteString("  none yet\n")
		return
	}
	for _, e := range d.journal {
		fmt.Fprintf(text, "  %s  %-9s  %s\n", clock(e.At, place), e.State, wrap(decision(e), 70, 38))
	}
}

// decision is an entry of the journal in words: a rule with its reason, or a command with who gave it.
func decision(e sqlite.Entry) string {
	if kind, commanded := strings.CutPrefix(e.Rule, "command."); commanded {
		by, reason, _ := strings.Cut(e.Detail, ":")
		return strings.TrimSuffix(by+" said "+kind+": "+strings.TrimSpace(reason), ": ")
	}
	return strings.TrimSuffix(e.Rule+": "+e.Detail, ": ")
}

// total is the sale's gross with its currency, in words while it is not known.
func total(s sqlite.Sale) string {
	if !s.HasGross {
		return "not known"
	}
	return grossText(s) + " " + s.Currency
}

// stepName numbers a step that was taken more than once.
func stepName(e sqlite.Effect) string {
	if e.Generation > 1 {
		return fmt.Sprintf("%s (%d)", e.Step, e.Generation)
	}
	return e.Step
}

// outcome says how a step ended, or how it stands, and what it took.
func outcome(e sqlite.Effect, now time.Time) string {
	words := map[sqlite.EffectState]string{
		sqlite.EffectPlanned:  "not sent yet",
		sqlite.EffectSending:  "being sent",
		sqlite.EffectUnknown:  "outcome unknown, being looked up",
		sqlite.EffectDone:     "done",
		sqlite.EffectRejected: "refused",
		sqlite.EffectHeld:     "outcome unclear, waits for a person",
	}
	text := or(words[e.State], string(e.State))
	switch {
	case e.State == sqlite.EffectPlanned && e.Attempts > 0:
		text = "sent without effect, to be sent again"
	case e.State == sqlite.EffectSending && !now.Before(e.LeaseUntil):
		text = "interrupted while it was sent, to be looked up"
	}
	var took []string
	if e.Attempts > 1 || (e.Attempts == 1 && e.State == sqlite.EffectPlanned) {
		took = append(took, plural(e.Attempts, "attempt"))
	}
	if e.Lookups > 0 {
		took = append(took, plural(e.Lookups, "look-up"))
	}
	if len(took) > 0 {
		text += " (" + strings.Join(took, ", ") + ")"
	}
	return text
}

// meaning says what a state is about.
func meaning(s sqlite.Sale) string {
	switch {
	case s.Kind == trade.KindInvoice && s.State == trade.StatePending: // which of the two invoices is meant must be plain
		return ": its order is in the books, its invoice there is not issued yet"
	case s.Kind == trade.KindInvoice && s.State == trade.StateIssued:
		return ": its invoice in the books is " + or(s.BooksDocumentID, "there")
	}
	switch s.State {
	case trade.StateWaiting:
		return ": it is not in the books yet"
	case trade.StatePending:
		return ": its order is in the books, its invoice is not issued yet"
	case trade.StateIssued:
		return ": its invoice is " + or(s.BooksDocumentID, "in the books")
	case trade.StateCancelled:
		return ": there is no invoice and there will be none"
	case trade.StateIgnored:
		return ": it is no sale for the books"
	case trade.StateHeld:
		return ": it waits for a person"
	default:
		return ""
	}
}

func booksLine(s sqlite.Sale) string {
	if s.BooksOrderID == "" {
		return "no order in Space Invoices"
	}
	line := "order " + s.BooksOrderID
	if s.BooksStatus != "" {
		line += " (" + string(s.BooksStatus) + ")"
	}
	if s.BooksDocumentID != "" {
		line += ", invoice " + s.BooksDocumentID
	}
	return line
}
