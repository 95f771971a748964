package receiver

import (
	"crypto/sha256"
	"encoding/hex"

	"spacebridge/connectors/orderspace"
	"spacebridge/connectors/sqlite"
)

// pending is a delivery that waits to be committed.
type pending struct {
	delivery  sqlite.Delivery
	events    []orderspace.Event
	body      []byte
	piece     *piece // that body lies in; given back when the outcome is known
	committed func()
	done      chan outcome // takes one without a reader
}

// outcome is what became of a delivery.
type outcome struct {
	known bool // the same body was received before
	err   error
}

// newPending reads which records a signed body names. Whatever is in it, it can be committed: what nobody can make sense
// of is kept as it came.
func newPending(connection string, body []byte, held *piece) *pending {
	hash := sha256.Sum256(body)
	p := &pending{body: body, piece: held, done: make(chan outcome, 1)}
	p.delivery = sqlite.Delivery{Connection: connection, Hash: hex.EncodeToString(hash[:])}
	events, err := orderspace.ParseEvents(body)
	if err != nil {
		events = []orderspace.Event{{Use: orderspace.UseUnreadable}}
	}
	p.events = events
	p.delivery.Events = len(events)
	for _, event := range events {
		switch event.Use {
		case orderspace.UseNone:
			p.delivery.Dropped++
		case orderspace.UseRead:
			for _, hint := range event.Hints {
				p.delivery.Told = append(p.delivery.Told, sqlite.Told(hint))
			}
		default:
			p.delivery.Unreadable++
		}
	}
	if p.delivery.Unreadable > 0 {
		p.delivery.Body = body
	}
	return p
}

// keepOnly makes the delivery one that marks nothing and is kept for a person to look at.
func (p *pending) keepOnly() {
	p.delivery.Told, p.delivery.Body, p.delivery.Unreadable = nil, p.body, max(1, p.delivery.Events-p.delivery.Dropped)
	p.delivery.Events = p.delivery.Unreadable + p.delivery.Dropped
	for i := range p.events {
		if p.events[i].Use == orderspace.UseRead {
			p.events[i] = orderspace.Event{Name: p.events[i].Name, Use: orderspace.UseUnreadable}
		}
	}
}
