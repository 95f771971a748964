package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"

	"spacebridge/connectors/sandbox/faults"
)

// kind is a kind of fault as the page names it.
type kind struct {
	name, text, acts string
}

// kinds are all that the sandbox can make, in its order.
func kinds() []kind {
	var out []kind
	for _, k := range faults.Kinds() {
		out = append(out, kind{string(k), k.Text(), k.Acts()})
	}
	return out
}

// guard is a guard of the safety net that a mutant takes out.
type guard struct {
	mutant, text string
}

// readGuards reads the names of all mutants from their tables. Those are tests, so that nothing of them is ever built into a
// program; here only their words are needed.
func readGuards(top string) ([]guard, error) {
	files, err := filepath.Glob(filepath.Join(top, "worker", "mutants", "table*_test.go"))
	if err != nil {
		return nil, err
	}
	var out []guard
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			literal, ok := node.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if g := guardOf(literal); g.mutant != "" && g.text != "" {
				out = append(out, g)
			}
			return true
		})
	}
	if len(out) == 0 {
		return nil, errors.New("no mutant found in worker/mutants")
	}
	return out, nil
}

// guardOf reads the two fields of a literal that has them.
func guardOf(literal *ast.CompositeLit) (g guard) {
	for _, element := range literal.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		value, ok := pair.Value.(*ast.BasicLit)
		if !ok || value.Kind != token.STRING {
			continue
		}
		text, err := strconv.Unquote(value.Value)
		if err != nil {
			continue
		}
		switch fmt.Sprint(pair.Key) {
		case "name":
			g.mutant = text
		case "guard":
			g.text = text
		}
	}
	return g
}
