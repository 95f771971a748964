package sqlite

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// writeNames reads from the code under what names the ledger writes.
func writeNames(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			called, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || called.Sel.Name != "write" && called.Sel.Name != "onEffect" || len(call.Args) < 2 {
				return true
			}
			if name, ok := call.Args[1].(*ast.BasicLit); ok {
				text, err := strconv.Unquote(name.Value)
				require.NoError(t, err)
				names = append(names, text)
			}
			return true
		})
	}
	return names
}
