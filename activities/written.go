package activities

import (
	"spacebridge/connectors/sqlite"
	"spacebridge/mapping"
	"spacebridge/mapping/trade"
)

// notKnown stands in the place of a print where the books may say what the ledger remembers, or what was sent after it. It
// equals no print, so that the part is written again.
const notKnown = "not known"

// written is what the books' order says for sure. A change that was sent and never answered may have been carried out, though
// it was looked up: nothing shows it. As long as the sale stays as it was sent, it is sent again; when the change is undone,
// what was written before it is no longer what the order is known to say.
//
// Invariant 7: else an order whose items are not those of the sale would be taken for its copy, and issued.
func written(remembered trade.Prints, effects []sqlite.Effect) trade.Prints {
	for _, effect := range effects {
		if !doubtful(effect) {
			continue
		}
		doubt := func(part *string, of func(trade.Prints) string) {
			if *part != "" && of(effect.Prints) != "" && !writtenSince(effects, effect.Seq, of) {
				*part = notKnown
			}
		}
		doubt(&remembered.Money, func(p trade.Prints) string { return p.Money })
		doubt(&remembered.Identity, func(p trade.Prints) string { return p.Identity })
		doubt(&remembered.Quiet, func(p trade.Prints) string { return p.Quiet })
		doubt(&remembered.Payment, func(p trade.Prints) string { return p.Payment })
	}
	return remembered
}

// doubtful reports whether an effect that counts as not done may have been carried out by one of its attempts. Only the last
// attempt's outcome is kept, so that more than one attempt is doubt enough.
func doubtful(effect sqlite.Effect) bool {
	switch mapping.Action(effect.Step) {
	case mapping.ActUpdate, mapping.ActAnnotate, mapping.ActSetPayment:
	default:
		return false
	}
	closed := effect.State == sqlite.EffectPlanned || effect.State == sqlite.EffectRejected
	return closed && (effect.Attempts > 1 || !effect.UnknownSince.IsZero())
}

// writtenSince reports whether a step that ended later is known to have written a part.
func writtenSince(effects []sqlite.Effect, seq int64, part func(trade.Prints) string) bool {
	for _, effect := range effects {
		if effect.State == sqlite.EffectDone && effect.Seq > seq && part(effect.Prints) != "" {
			return true
		}
	}
	return false
}
