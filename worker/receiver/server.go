package receiver

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// The longest that anything may take.
const (
	headerTime = 5 * time.Second
	readTime   = 15 * time.Second // of the whole request
	writeTime  = 20 * time.Second // from the end of the header to the end of the answer; longer than roomTime and commitTime
	idleTime   = 30 * time.Second // between two requests on one connection
	roomTime   = 5 * time.Second  // waiting for room for a body
	commitTime = 10 * time.Second // waiting for a commit
)

// What one connection may have before it is closed in an orderly way, so that nobody keeps a place for ever.
const (
	maxRequests = 10_000
	maxAge      = 10 * time.Minute
)

func (r *Receiver) newServer() *http.Server {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler: r, Protocols: protocols, DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(r.log.Handler(), slog.LevelWarn), // of panics; what strangers send is not told
		ConnState: func(c net.Conn, state http.ConnState) {
			if known, ok := c.(*conn); ok && state == http.StateIdle { // the answer is on its way
				known.answered()
			}
		},
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
	}
}

// Serve takes connections from a listener until Close. Errors: those of the listener; nil after Close.
func (r *Receiver) Serve(l net.Listener) error {
	if err := r.server.Serve(r.door.guard(l)); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

type connKey struct{}

// connOf gives the connection that a request came on; nil when somebody else serves the handler.
func connOf(ctx context.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}
