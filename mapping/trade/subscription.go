package trade

import "time"

// Subscription is a webhook at Orderspace: which events it sends where, and the key that it signs with.
type Subscription struct {
	ID         string
	Endpoint   string // https
	Events     []string
	SigningKey string // secret: never logged, printed or passed through Temporal
	Created    time.Time
}

// String leaves the signing key out of text.
func (s Subscription) String() string { return "webhook " + s.ID }

// GoString leaves the signing key out of %#v.
func (s Subscription) GoString() string { return s.String() }
