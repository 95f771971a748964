package books

import (
	"encoding/json"
	"net/http"
	"time"
)

// Write is one write that passed the door: carried out, refused by its endpoint, or answered with an earlier reply.
type Write struct {
	At        time.Time
	Route     string // POST /orders/{id}/process
	RequestID string // X-Request-Id as given; "" for none
	OrderID   string // "" if no order is concerned or was made
	SourceID  string // of that order, or what a refused create asked for
	Status    int
	Replayed  bool // nothing was done: the reply is an earlier one, or 409 for a repeat that came too early
}

// once carries a write out, or replays the reply of an earlier one with the same id, as the policies say. b.mu is held
// when it is called and when it returns.
func (b *Books) once(requestID string, carryOut func() reply) (out reply, replayed bool) {
	if requestID == "" || b.opts.RequestIDs == Ignore {
		b.stats.Writes++
		return carryOut(), false
	}
	for {
		if cached, ok := b.replays[requestID]; ok {
			b.stats.Replayed++
			return cached, true
		}
		first, busy := b.underway[requestID]
		if !busy || b.opts.InFlight == CarryOut {
			break
		}
		if b.opts.InFlight == Conflict {
			return refuse(&fault{status: http.StatusConflict, Code: "request_in_progress", Message: "A request with this id is being processed"}), true
		}
		b.mu.Unlock()
		<-first
		b.mu.Lock()
	}
	b.stats.Writes++
	done := make(chan struct{})
	b.underway[requestID] = done
	out = carryOut()
	close(done)
	if b.underway[requestID] == done {
		delete(b.underway, requestID)
	}
	_, had := b.replays[requestID] // of two that were both carried out the first reply counts
	if !had && (b.opts.RequestIDs == Honour || out.status < 300) {
		b.replays[requestID] = out
	}
	return out, false
}

// leaveToOthers lets go of the lock between a check and the change that rests on it, as two servers of one vendor do. What
// was checked may be otherwise afterwards.
func (b *Books) leaveToOthers() {
	if b.opts.RaceProcess <= 0 {
		return
	}
	b.mu.Unlock()
	time.Sleep(b.opts.RaceProcess)
	b.mu.Lock()
}

// written tells what a write was about. b.mu is held.
func (b *Books) written(route, id, requestID string, body []byte, out reply, replayed bool) *Write {
	if b.opts.OnWrite == nil {
		return nil
	}
	w := &Write{At: b.now(), Route: route, RequestID: requestID, OrderID: id, Status: out.status, Replayed: replayed}
	if route == "POST /orders" {
		var asked struct {
			SourceID string `json:"source_id"`
		}
		var made struct {
			ID string `json:"id"`
		}
		// What cannot be read names nothing: a refused body, or the reply of an error.
		_ = json.Unmarshal(body, &asked)
		_ = json.Unmarshal(out.body, &made)
		w.SourceID, w.OrderID = asked.SourceID, made.ID
	}
	if o := b.orderByID[w.OrderID]; o != nil {
		w.SourceID = o.SourceID
	} else {
		w.OrderID = ""
	}
	return w
}
