// Command spacebridge turns Orderspace orders into Space Invoices invoices, with everything in one process: when no
// Temporal address is configured it runs a Temporal server of its own.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"spacebridge/cmd/command"
	"spacebridge/worker"
	"spacebridge/worker/embedded"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	root := command.New(command.Build{Name: "spacebridge", Version: version, Embedded: startEmbedded})
	code := command.Execute(ctx, root, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// startEmbedded starts the server that this program links.
func startEmbedded(ctx context.Context, o worker.EmbeddedOptions) (worker.EmbeddedServer, error) {
	server, err := embedded.Start(ctx, embedded.Options{
		DBPath:           o.DBPath,
		Listen:           o.Listen,
		UIListen:         o.UIListen,
		Namespace:        o.Namespace,
		SearchAttributes: o.SearchAttributes,
		Logger:           o.Logger,
	})
	if err != nil {
		return nil, err // not server, which would make an interface that is not nil
	}
	return server, nil
}
