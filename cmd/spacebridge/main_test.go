package main

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"spacebridge/cmd/command"
)

// interrupter collects output and presses Ctrl-C when it has seen a word.
type interrupter struct {
	mu   sync.Mutex
	text bytes.Buffer
	word string
	stop context.CancelFunc
}

func (i *interrupter) Write(p []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	n, err := i.text.Write(p)
	if strings.Contains(i.text.String(), i.word) {
		i.stop()
	}
	return n, err
}

// TestDemoStops presses Ctrl-C while the real daemon reads.
func TestDemoStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out := &interrupter{word: "Reading the month", stop: stop}
	var stderr bytes.Buffer
	root := command.New(command.Build{Name: "spacebridge", Version: "test", Embedded: startEmbedded})
	code := command.Execute(ctx, root, []string{"demo", "--orders", "20"}, strings.NewReader(""), out, &stderr)
	require.Equal(t, command.ExitFailed, code)
	require.Equal(t, "spacebridge: stopped\n", stderr.String())
	require.NotContains(t, out.text.String(), "context canceled")
}
