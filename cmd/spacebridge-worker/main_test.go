package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"
)

// TestLinksNoServer keeps the Temporal server, and with it a hundred megabytes, out of this program.
func TestLinksNoServer(t *testing.T) {
	loaded, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedImports | packages.NeedDeps}, ".")
	require.NoError(t, err)
	seen := 0
	packages.Visit(loaded, func(p *packages.Package) bool {
		seen++
		require.NotContains(t, p.PkgPath, "go.temporal.io/server")
		require.NotContains(t, p.PkgPath, "temporalio/ui-server")
		return true
	}, nil)
	require.Greater(t, seen, 100)
}
