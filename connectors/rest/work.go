package rest

import "context"

// Work is on whose behalf a request is sent. It decides who goes first where requests wait for their turn, and the budget is
// accounted by it.
type Work string

// The kinds of work, in three ranks. Live work is what somebody or something waits for: it always finds half of the budget.
// Re-reading yields to it, and backfill to both. See Pace for what each may count on.
const (
	WorkSale   Work = "sale"   // a sale's own reads and writes; what is not marked otherwise
	WorkPoll   Work = "poll"   // what was created since the watermarks
	WorkInbox  Work = "inbox"  // what webhooks told of
	WorkUpkeep Work = "upkeep" // subscriptions and settings

	WorkSweep   Work = "sweep"   // everything that may have changed
	WorkNightly Work = "nightly" // everything of the last months
	WorkSurvey  Work = "survey"  // the books as a whole

	WorkBackfill Work = "backfill" // history, on an operator's word
)

// rank is who goes first where several requests wait: the lower number.
type rank int

const (
	rankLive rank = iota
	rankReread
	rankBackfill
	ranks // how many there are
)

// rank gives the rank of a kind of work. What is not known is live: nobody has said that it can wait.
func (w Work) rank() rank {
	switch w {
	case WorkSweep, WorkNightly, WorkSurvey:
		return rankReread
	case WorkBackfill:
		return rankBackfill
	default:
		return rankLive
	}
}

type workKey struct{}

// As marks the requests of ctx as sent on behalf of w.
func As(ctx context.Context, w Work) context.Context { return context.WithValue(ctx, workKey{}, w) }

// WorkOf tells on whose behalf the requests of ctx are sent; WorkSale where nobody said.
func WorkOf(ctx context.Context) Work {
	if w, ok := ctx.Value(workKey{}).(Work); ok && w != "" {
		return w
	}
	return WorkSale
}
