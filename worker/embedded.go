package worker

import (
	"context"
	"log/slog"

	enumspb "go.temporal.io/api/enums/v1"
)

// EmbeddedOptions say how to run a Temporal server inside this process.
type EmbeddedOptions struct {
	DBPath           string
	Listen           string // host:port of the frontend
	UIListen         string // host:port of the web UI; "" for none
	Namespace        string
	SearchAttributes map[string]enumspb.IndexedValueType
	Logger           *slog.Logger
}

// EmbeddedServer is a Temporal server in this process.
type EmbeddedServer interface {
	Address() string
	UIURL() string // "" without a UI
	Failed() <-chan error
	Stop()
}

// EmbeddedStarter starts one. It is a parameter so that a binary for existing clusters need not link the server.
type EmbeddedStarter func(ctx context.Context, o EmbeddedOptions) (EmbeddedServer, error)
