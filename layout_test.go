// Package spacebridge_test holds the layout of the repository: which folder may import which, and what must never be in some
// of them. It reads the sources with go/parser, so a broken rule is reported even where the code does not compile.
package spacebridge_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// module is the path that our own imports begin with.
const module = "spacebridge"

// row says what the packages of one folder may import; a name ending in /... means what is below it too. Every package needs
// exactly one row. Test files are free, but for the Temporal server and what is retired.
type row struct {
	folder string
	ours   []string // our packages it may import
	only   []string // if not nil, all that it may import besides; "std" is the whole standard library
	never  []string // what it may not import
	why    string
}

// Short names for the table.
const (
	temporal = "go.temporal.io/..."
	server   = "go.temporal.io/server/..."
	ui       = "github.com/temporalio/ui-server/..."
)

// pure is what may be used where there is no clock, no context and no I/O.
var pure = []string{
	"bytes", "cmp", "crypto/sha256", "encoding/binary", "encoding/hex", "encoding/json", "errors", "fmt", "hash", "iter", "maps",
	"math/big", "slices", "strconv", "strings", "time", "unicode", "unicode/utf8", "github.com/govalues/decimal",
}

// table is the import rule of the project: the straight line from the vendors' records to the books, one row per folder.
var table = []row{
	{folder: "mapping/money", ours: nil, only: pure, why: "amounts are the bottom of everything"},
	{folder: "mapping/trade", ours: []string{"mapping/money"}, only: pure, why: "the canonical records are made of amounts"},
	{folder: "mapping", ours: []string{"mapping/money", "mapping/trade"}, only: pure, why: "meaning is pure: no clock, no context, no I/O"},

	{folder: "connectors/rest", ours: nil, never: []string{temporal}, why: "the transport serves every vendor and knows none"},
	{
		folder: "connectors/orderspace", ours: []string{"connectors/rest", "mapping/money", "mapping/trade"}, never: []string{temporal},
		why: "a vendor's client knows documents, not rules, and no other vendor",
	},
	{
		folder: "connectors/spaceinvoices/...", ours: []string{"connectors/rest", "mapping/money", "mapping/trade"}, never: []string{temporal},
		why: "a vendor's client knows documents, not rules, and no other vendor",
	},
	{
		folder: "connectors/sqlite/...", ours: []string{"mapping/money", "mapping/trade"}, never: []string{temporal},
		why: "the ledger keeps records and knows no rules and no vendor",
	},
	{
		folder: "connectors/sandbox", only: []string{"std"},
		ours: []string{"connectors/sandbox/shop", "connectors/sandbox/books", "connectors/sandbox/faults", "mapping/money"},
		why:  "the sandbox shares no code with the clients, so that a misreading in one is caught by the other",
	},
	{folder: "connectors/sandbox/shop", ours: []string{"mapping/money"}, only: []string{"std"}, why: "a vendor is simulated from its reference alone"},
	{folder: "connectors/sandbox/books", ours: []string{"mapping/money"}, only: []string{"std"}, why: "a vendor is simulated from its reference alone"},
	{folder: "connectors/sandbox/faults", ours: nil, only: []string{"std"}, why: "what goes wrong on the way to a vendor knows neither the vendor nor the client"},

	{
		folder: "activities/...", ours: []string{"activities/...", "mapping/...", "connectors/sqlite", "connectors/rest"}, never: []string{server},
		why: "activities declare the small interfaces they need; they know the ledger and the classes of failure, and no vendor",
	},
	{
		folder: "workflows/...", ours: []string{"workflows/...", "activities", "mapping", "mapping/trade"},
		never: []string{server, "database/sql", "net/...", "os/...", "io", "math/rand/...", "sync/..."},
		why:   "workflows know the inputs and results of activities, and the words those are written in; they do no I/O and stay deterministic",
	},
	{folder: "config", ours: nil, never: []string{temporal, "net/http", "database/sql"}, why: "settings mean the same without the rest of us"},
	{
		folder: "worker/embedded", ours: []string{"config"}, never: nil,
		why: "the only importer of the Temporal server; it knows its settings and nothing else of ours",
	},
	{
		folder: "worker", never: []string{server, ui},
		ours: []string{
			"activities", "config", "connectors/orderspace", "connectors/rest", "connectors/spaceinvoices/...", "connectors/sqlite", "mapping/...",
			"worker/receiver", "workflows",
		},
		why: "the worker wires; the embedded server is handed to it, so that it also runs without",
	},
	{
		folder: "worker/receiver", never: []string{temporal, server, ui},
		ours: []string{"connectors/orderspace", "connectors/sqlite", "mapping/trade"},
		why:  "the receiver stands where the world can reach it: it knows the vendor's events and the ledger's inbox, and nothing that acts on them",
	},
	{folder: "worker/mutants", only: []string{"std"}, why: "mutants change the sources and use none of them"},
	{
		folder: "worker/proof", only: []string{"std"}, ours: []string{"connectors/sandbox/faults"},
		why: "the proof runs tests and reads their reports; of the project it knows the names of the faults",
	},
	{
		folder: "worker/simulation", never: []string{server, ui},
		ours: []string{"activities", "config", "connectors/sandbox/...", "connectors/sandbox", "connectors/sqlite", "mapping", "mapping/trade", "worker", "worker/receiver", "workflows"},
		why:  "the simulation runs the daemon's own wiring and loops against the simulated vendors; nothing imports it",
	},
	{
		folder: "cmd/command", never: []string{server, ui},
		ours: []string{"activities", "config", "connectors/...", "mapping/...", "worker", "workflows"},
		why:  "both mains share the commands, and one of them must not link the Temporal server",
	},
	{folder: "cmd/spacebridge", ours: []string{"cmd/command", "worker", "worker/embedded", "config"}, never: []string{server, ui}, why: "cmd starts"},
	{folder: "cmd/spacebridge-worker", ours: []string{"cmd/command", "worker", "config"}, never: []string{server, ui}, why: "cmd starts, without a server of its own"},
}

// retired are packages that nobody imports, test or not, because the project has another for the job.
var retired = map[string]string{
	"github.com/pkg/errors":              "use errors and fmt",
	"github.com/stretchr/testify/assert": "use require",
	"gopkg.in/yaml.v3":                   "use go.yaml.in/yaml/v3",
	"log":                                "use log/slog",
}

// exact are the folders where no binary floating point is allowed, since money passes through them.
var exact = []string{"mapping/...", "connectors/orderspace/...", "connectors/spaceinvoices/..."}

// source is one parsed Go file.
type source struct {
	path string // from the top of the repository, with slashes
	file *ast.File
	fset *token.FileSet
}

func (s source) folder() string { return path.Dir(s.path) }
func (s source) isTest() bool   { return strings.HasSuffix(s.path, "_test.go") }

// imports gives the import paths of the file.
func (s source) imports() []string {
	out := make([]string, len(s.file.Imports))
	for i, spec := range s.file.Imports {
		out[i], _ = strconv.Unquote(spec.Path.Value)
	}
	return out
}

// fits reports whether a folder or import path is meant by a pattern of the table.
func fits(pattern, name string) bool {
	base, below := strings.CutSuffix(pattern, "/...")
	return name == base || below && strings.HasPrefix(name, base+"/")
}

func fitsAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return fits(pattern, name) })
}

// checkImports holds one file to the table and tells every import that breaks it.
func checkImports(s source) (faults []string) {
	at := slices.IndexFunc(table, func(r row) bool { return fits(r.folder, s.folder()) })
	if at < 0 {
		return []string{s.path + ": its folder has no row in the table of layout_test.go: say what it may import, and why"}
	}
	for _, imported := range s.imports() {
		if fault := checkImport(table[at], s, imported); fault != "" {
			faults = append(faults, fmt.Sprintf("%s imports %s: %s", s.path, imported, fault))
		}
	}
	return faults
}

func checkImport(r row, s source, imported string) string {
	if instead, ok := retired[imported]; ok {
		return instead
	}
	if s.isTest() {
		if s.folder() != "worker/embedded" && fitsAny([]string{server, ui}, imported) {
			return "only worker/embedded links the Temporal server, also in tests"
		}
		return ""
	}
	if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
		if fitsAny(r.ours, ours) {
			return ""
		}
		return r.why
	}
	if fitsAny(r.never, imported) {
		return r.why
	}
	domain, _, _ := strings.Cut(imported, "/")
	std := !strings.Contains(domain, ".")
	if r.only != nil && !slices.Contains(r.only, imported) && (!std || !slices.Contains(r.only, "std")) {
		return r.why
	}
	return ""
}

// clock are the functions of package time that look at the machine.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "LoadLocation"}

// checkBody looks for what may stand in no file of some folders: floating point near money, and a clock in mapping.
func checkBody(s source) (faults []string) {
	fault := func(node ast.Node, text string) {
		faults = append(faults, fmt.Sprintf("%s:%d: %s", s.path, s.fset.Position(node.Pos()).Line, text))
	}
	noFloats, noClock := fitsAny(exact, s.folder()), fits("mapping/...", s.folder()) && !s.isTest()
	ast.Inspect(s.file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.Ident:
			if noFloats && slices.Contains([]string{"float32", "float64", "Float64", "ParseFloat", "NewFromFloat64"}, n.Name) {
				fault(n, n.Name+": amounts are exact; use money.Amount or money.Decimal")
			}
		case *ast.BasicLit:
			if noFloats && n.Kind == token.FLOAT && !s.isTest() {
				fault(n, n.Value+" is binary floating point; use money.MustParse")
			}
		case *ast.SelectorExpr:
			from, ok := n.X.(*ast.Ident)
			if noClock && ok && from.Name == "time" && slices.Contains(clock, n.Sel.Name) {
				fault(n, "time."+n.Sel.Name+": mapping has no clock; take the time as a fact")
			}
		}
		return true
	})
	return faults
}

// checkComments tells the packages that no file introduces.
func checkComments(sources []source) (faults []string) {
	introduced, names := map[string]bool{}, map[string]string{}
	for _, s := range sources {
		if s.isTest() {
			continue
		}
		names[s.folder()] = s.file.Name.Name
		text := s.file.Doc.Text()
		if strings.HasPrefix(text, "Package "+s.file.Name.Name+" ") || s.file.Name.Name == "main" && text != "" {
			introduced[s.folder()] = true
		}
	}
	for folder, name := range names {
		if !introduced[folder] {
			faults = append(faults, fmt.Sprintf("%s: no file begins with a comment \"Package %s ...\"", folder, name))
		}
	}
	slices.Sort(faults)
	return faults
}

// homes are the only folders at the top that hold Go code.
var homes = []string{"activities", "cmd", "config", "connectors", "mapping", "worker", "workflows"}

// checkFolder tells a file that lies outside the folders for Go code.
func checkFolder(file string) string {
	home, _, deep := strings.Cut(file, "/")
	if !deep || slices.Contains(homes, home) {
		return ""
	}
	return fmt.Sprintf("%s: Go code lives in %s only", file, strings.Join(homes, ", "))
}

// registries are hosts that packages come from. Where they come from is for the machine to know, never for the project.
var registries = []string{
	"proxy." + "golang.org", "sum." + "golang.org", "goproxy." + "io", "goproxy." + "cn", "registry." + "npmjs.org", "registry." + "yarnpkg.com",
	"pypi." + "org", "files." + "pythonhosted.org", "static." + "crates.io", "ruby" + "gems.org", "registry-1." + "docker.io", "repo." + "maven.apache.org",
}

func checkRegistries(name, text string) (faults []string) {
	for _, host := range registries {
		if strings.Contains(text, host) {
			faults = append(faults, name+" names the package registry "+host)
		}
	}
	return faults
}

// parse reads one file; src is nil to read it from disk.
func parse(t *testing.T, name string, src any) source {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	require.NoError(t, err)
	return source{path: filepath.ToSlash(name), file: file, fset: fset}
}

// walk visits every file of the repository, but nothing that was built, installed or written by a run.
func walk(t *testing.T, visit func(name string)) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", ".tools", "bin", "data"}, name):
			return filepath.SkipDir
		case entry.Type().IsRegular():
			visit(name)
		}
		return nil
	}))
}

func TestLayout(t *testing.T) {
	var sources []source
	var faults []string
	walk(t, func(name string) {
		if filepath.Ext(name) != ".go" || strings.Contains(filepath.ToSlash(name), "/testdata/") {
			return
		}
		if fault := checkFolder(filepath.ToSlash(name)); fault != "" {
			faults = append(faults, fault)
			return
		}
		if s := parse(t, name, nil); s.folder() != "." { // the top holds tests of the whole and no code
			sources = append(sources, s)
		}
	})
	require.NotEmpty(t, sources)
	for _, s := range sources {
		faults = append(append(faults, checkImports(s)...), checkBody(s)...)
	}
	faults = append(faults, checkComments(sources)...)
	require.Empty(t, faults, strings.Join(faults, "\n"))
}

func TestNoPackageRegistryIsNamed(t *testing.T) {
	var faults []string
	walk(t, func(name string) {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		faults = append(faults, checkRegistries(name, string(text))...)
	})
	require.Empty(t, faults, strings.Join(faults, "\n"))
}

// TestWorkerLinksNoServer asks the toolchain, since the server could also come in through somebody else's package.
func TestWorkerLinksNoServer(t *testing.T) {
	if _, err := os.Stat("cmd/spacebridge-worker"); os.IsNotExist(err) {
		t.Skip("cmd/spacebridge-worker is not there yet")
	}
	var problems strings.Builder
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "./cmd/spacebridge-worker")
	list.Stderr = &problems
	out, err := list.Output()
	require.NoError(t, err, problems.String())
	deps := strings.Fields(string(out))
	require.Contains(t, deps, module+"/cmd/spacebridge-worker")
	for _, dep := range deps {
		require.False(t, fitsAny([]string{server, ui}, dep), "cmd/spacebridge-worker links %s", dep)
	}
}
