// Command spacebridge-worker is spacebridge for an existing Temporal cluster: the same commands, without a Temporal server
// linked in.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"spacebridge/cmd/command"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	root := command.New(command.Build{Name: "spacebridge-worker", Version: version})
	code := command.Execute(ctx, root, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
