// Package embedded runs a Temporal server and its Web UI inside the daemon, for
// installations without a cluster of their own.
//
// The server keeps everything in one SQLite file, listens on loopback only and makes
// no connection to the outside. The file is a convenience, not a record: the ledger
// alone can re-drive every sale (invariant 9), so a file which cannot be used is moved
// aside and the server starts empty.
//
// It is the only package of the project which imports go.temporal.io/server.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
)

// Bounds of a start and of a stop. Both take a second or two on a healthy machine;
// the server's own limits run to minutes.
const (
	startLimit = 2 * time.Minute
	stopLimit  = 15 * time.Second
)

// DefaultRetention is how long closed workflows stay visible in the UI.
const DefaultRetention = 7 * 24 * time.Hour

// Options say where the server keeps its state and where it listens.
type Options struct {
	// DBPath is the SQLite file; it and its folder are created when absent.
	DBPath string
	// Listen is the frontend's loopback host:port; port 0 takes a free one.
	Listen string
	// UIListen is the Web UI's loopback host:port; port 0 takes a free one, "" means no UI.
	UIListen string
	// Namespace is created when absent. Empty means "default".
	Namespace string
	// Retention of closed workflows in the namespace, at least an hour. Zero means DefaultRetention.
	Retention time.Duration
	// SearchAttributes are the custom search attributes of the namespace, by name. SQLite
	// holds at most 10 keywords and 3 of each other type; names once given stay.
	SearchAttributes map[string]enumspb.IndexedValueType
	// Logger receives the server's log lines. Nil means slog.Default().
	Logger *slog.Logger
	// LogLevel is the least level of the server's own lines. Nil means warnings and worse.
	LogLevel slog.Leveler
}

// withDefaults fills in what may be left out and refuses what cannot work.
func (o Options) withDefaults() (Options, error) {
	if o.DBPath == "" {
		return o, errors.New("embedded Temporal: no database file given")
	}
	if o.Namespace == "" {
		o.Namespace = "default"
	}
	if o.Retention == 0 {
		o.Retention = DefaultRetention
	}
	if o.Retention < time.Hour {
		return o, fmt.Errorf("embedded Temporal: retention %s is shorter than an hour", o.Retention)
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.LogLevel == nil {
		o.LogLevel = slog.LevelWarn
	}
	return o, nil
}

// Server is a running Temporal server. Start makes one; Stop ends it for good.
type Server struct {
	logger     *slog.Logger
	process    *process
	ui         *ui
	movedAside string
	stop       sync.Once
}

// Start brings the server up. It returns when the frontend is healthy, the namespace
// accepts calls and its search attributes can be queried; ctx bounds the start only.
//
// An existing file which this version of the server cannot use (another version's,
// damaged, or one the server does not start with) is moved aside and an empty one takes
// its place: see MovedAside. A fault of the surroundings (port taken, disk full, no
// permission, file in use) is an error and leaves the file where it is.
func Start(ctx context.Context, o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	frontend, err := loopback("listen", o.Listen)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()

	// The UI's port is taken first and kept: finding it taken after a server start
	// would cost a stop.
	uiListener, err := listenUI(ctx, o.UIListen)
	if err != nil {
		return nil, err
	}
	s := &Server{logger: o.Logger}
	if s.process, s.movedAside, err = startOnFile(ctx, o, frontend); err != nil {
		if uiListener != nil {
			_ = uiListener.Close()
		}
		return nil, err
	}
	if uiListener != nil {
		if s.ui, err = serveUI(uiListener, s.process.address, o); err != nil {
			_ = uiListener.Close()
			s.Stop()
			return nil, err
		}
	}
	return s, nil
}

// Address is the frontend's host:port, for the SDK client.
func (s *Server) Address() string { return s.process.address }

// UIURL is the Web UI's address, without a slash at the end; empty when there is no UI.
func (s *Server) UIURL() string {
	if s.ui == nil {
		return ""
	}
	return s.ui.url
}

// MovedAside is the new path of a file that could not be used; empty when the server
// opened the file it found, or found none.
func (s *Server) MovedAside() string { return s.movedAside }

// Failed delivers one error if the running server breaks down beyond repair. The process
// should then stop and be started again by its supervisor. It is never closed.
func (s *Server) Failed() <-chan error { return s.process.failed }

// Stop ends the UI and the server and closes the file, in 15 seconds at the most.
// Workers and clients of this server should be stopped before. Calling it again does nothing.
func (s *Server) Stop() {
	s.stop.Do(func() {
		if s.ui != nil {
			s.ui.close()
		}
		if !s.process.close(stopLimit) {
			s.logger.Warn("temporal server did not stop in time", "limit", stopLimit)
		}
	})
}
