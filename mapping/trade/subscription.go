package trade

import (
	"encoding/json"
	"time"
)

// Subscription is a webhook at Orderspace: which events it sends where, and the key that it signs with.
type Subscription struct {
	ID         string
	Endpoint   string // https
	Events     []string
	SigningKey string    // secret: never logged, printed or passed through Temporal
	Created    time.Time // when it was made or first seen, by our clock: Orderspace does not tell; zero as the client reads it
}

// String leaves the signing key out of text.
func (s Subscription) String() string { return "webhook " + s.ID }

// GoString leaves the signing key out of %#v.
func (s Subscription) GoString() string { return s.String() }

// MarshalJSON leaves the signing key out of JSON, and so out of logs and histories. What embeds a Subscription is written as
// the Subscription alone.
func (s Subscription) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"id": s.ID})
}
