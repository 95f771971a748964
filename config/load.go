package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Paths are the files that are tried, in this order, when none is named.
var Paths = []string{"spacebridge.yaml", "/etc/spacebridge/spacebridge.yaml"}

// ErrNoFile says that no configuration file was named and none stands in the usual places.
var ErrNoFile = errors.New("no configuration file: neither ./spacebridge.yaml nor /etc/spacebridge/spacebridge.yaml exists; " +
	"name one with -c, or write one with `spacebridge init`")

// Options say how a file is loaded. The zero value is right for the daemon.
type Options struct {
	// WithoutCredentials accepts a file whose credentials are not at hand: the commands that only read the ledger need
	// none, and an operator's shell rarely has the daemon's environment.
	WithoutCredentials bool
	// Lookup replaces the environment (os.LookupEnv).
	Lookup func(string) (string, bool)
}

// Find gives the file to load: the one named, else the first of Paths that exists, else ErrNoFile.
func Find(path string) (string, error) {
	if path != "" {
		return path, nil
	}
	for _, candidate := range Paths {
		_, err := os.Stat(candidate)
		if err == nil {
			return candidate, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("find configuration: %w", err)
		}
	}
	return "", ErrNoFile
}

// Load reads, completes and validates a file. An empty path means the usual places. What is wrong with the content comes
// back as Faults, all of them.
func Load(path string, options Options) (*Config, error) {
	path, err := Find(path)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return parse(text, path, options)
}

// Parse is Load for text that is at hand. Relative paths in it start at dir.
func Parse(text []byte, dir string, options Options) (*Config, error) {
	return parse(text, filepath.Join(dir, "spacebridge.yaml"), options)
}

func parse(text []byte, path string, options Options) (*Config, error) {
	lookup := options.Lookup
	if lookup == nil {
		lookup = os.LookupEnv
	}
	root, err := document(text)
	if err != nil {
		return nil, Faults{{File: path, Problem: err.Error(), Remedy: "mend the YAML; indentation is by spaces"}}
	}
	c := Default()
	d := &decoder{lookup: lookup, credentials: !options.WithoutCredentials, lines: map[string]int{}}
	if root != nil {
		d.value(root, reflect.ValueOf(c).Elem(), "", false)
	}
	d.followIssueFrom(c)
	dir := filepath.Dir(path)
	c.DataDir = resolve(dir, c.DataDir)
	v := &validator{credentials: d.credentials, known: d.faults}
	for i := range c.Connections {
		v.readFiles(dir, fmt.Sprintf("connections[%d]", i), &c.Connections[i])
	}
	v.config(c)
	faults := slices.Concat(d.faults, v.faults)
	for i := range faults {
		faults[i].File = path
		if faults[i].Line == 0 {
			faults[i].Line = lineOf(d.lines, faults[i].Path)
		}
	}
	slices.SortStableFunc(faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	return c, faults.err()
}

// document reads the one document of the file, nil when the file is empty.
func document(text []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	err := decoder.Decode(&first)
	if errors.Is(err, io.EOF) {
		return nil, nil // an empty file is a configuration of defaults
	}
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if !errors.Is(decoder.Decode(&second), io.EOF) {
		return nil, fmt.Errorf("line %d: a second YAML document begins; only one is read", second.Line)
	}
	return first.Content[0], nil
}

// resolve makes a path start at the folder of the configuration file.
func resolve(dir, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// lineOf is the line of a path, or of the nearest section around it.
func lineOf(lines map[string]int, path string) int {
	for path != "" {
		if line, ok := lines[path]; ok {
			return line
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return 0
}
