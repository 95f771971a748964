package faults

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

// maxBody is more than any request to a vendor has.
const maxBody = 16 << 20

// patience bounds how long an answer that never comes keeps a request, should the client never hang up.
const patience = 30 * time.Minute

// Handler puts the plan between the network and a vendor's handler. What the vendor does is done whether or not the client
// is still there, as a server does that does not watch its connections.
func (p *Plan) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			return // the client broke off: the vendor has not understood anything
		}
		p.strike(p.decide(r, body, false), w, r, body, next)
	})
}

// strike lets a fault happen to a request, or passes it on.
func (p *Plan) strike(d decision, w http.ResponseWriter, r *http.Request, body []byte, next http.Handler) {
	p.note(d)
	r.Body = io.NopCloser(bytes.NewReader(body))
	s := &stroke{plan: p, rng: d.rng, w: w, r: r, body: body, next: next}
	if d.kind != "" {
		// A server's deadline would end a reply that is to take long; where there is none, there is nothing to lift.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	}
	switch t := d.kind.trait(); d.kind {
	case "":
		next.ServeHTTP(w, r)
	case Refused:
		p.Refuse(p.Outage.draw(d.rng, DefaultOutage))
		s.reset()
	case LostRequest:
		s.silence()
	case ResetBefore:
		s.reset()
	case ResetAfter:
		s.act()
		s.reset()
	case LostReply:
		s.act()
		s.silence()
	case Late:
		p.defers(p.Late.draw(d.rng, DefaultLate), s.arriveLate)
		s.silence()
	case HTML:
		s.act()
		s.write(t.status, "text/html; charset=utf-8", page(t.status))
	case Truncated:
		s.truncate(s.act())
	case Endless:
		s.goOn(s.act())
	case Slow:
		s.dribble(s.act(), p.Slow.draw(d.rng, DefaultSlow))
	case ExpiredToken:
		p.Revoke()
		s.unauthorized()
	case Moving:
		p.Move()
		next.ServeHTTP(w, r)
	case CursorGone:
		s.loseCursor()
	default:
		if t.acts == done {
			s.act()
		}
		s.fail(t.status)
	}
}

// stroke is one request that a fault strikes.
type stroke struct {
	plan *Plan
	rng  *rand.Rand
	w    http.ResponseWriter
	r    *http.Request
	body []byte
	next http.Handler
}

// act has the vendor carry the request out and keeps its reply. It does not matter whether the client is still there.
func (s *stroke) act() *record {
	return s.carryOut(s.copyOf(context.WithoutCancel(s.r.Context())))
}

func (s *stroke) carryOut(r *http.Request) (kept *record) {
	kept = &record{header: http.Header{}}
	defer func() {
		if fault := recover(); fault != nil && fault != http.ErrAbortHandler { //nolint:errorlint // compared as net/http does
			panic(fault)
		}
	}()
	s.next.ServeHTTP(kept, r)
	return kept
}

// copyOf is the request once more, with its whole body.
func (s *stroke) copyOf(ctx context.Context) *http.Request {
	r := s.r.Clone(ctx)
	r.Body = io.NopCloser(bytes.NewReader(s.body))
	return r
}

// lateKey marks the context of a request that the vendor acts on late.
type lateKey struct{}

// IsLate reports whether a handler sees a request that came some time ago: Late. A vendor counts it against its limit when
// it comes and not when it is carried out.
func IsLate(r *http.Request) bool { return r.Context().Value(lateKey{}) != nil }

func (s *stroke) arriveLate() {
	s.carryOut(s.copyOf(context.WithValue(context.WithoutCancel(s.r.Context()), lateKey{}, true)))
}

// silence says nothing until the client hangs up.
func (s *stroke) silence() {
	s.pause(patience)
	panic(http.ErrAbortHandler)
}

// pause waits, and reports false if the client has hung up or the plan was closed meanwhile.
func (s *stroke) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.r.Context().Done():
	case <-s.plan.end():
	}
	return false
}

// reset breaks the connection: half of the time with a reset, where there is a real one, and else by closing it.
func (s *stroke) reset() {
	if s.rng.IntN(2) == 0 {
		panic(http.ErrAbortHandler)
	}
	conn, _, err := http.NewResponseController(s.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		err = tcp.SetLinger(0) // the kernel then sends RST instead of FIN
	}
	_ = errors.Join(err, conn.Close()) // it is to be broken, one way or the other
}
