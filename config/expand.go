package config

import (
	"regexp"
	"strings"
)

var reference = regexp.MustCompile(`\$?\$\{[^}]*\}`)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expansion says why a reference to the environment could not be followed.
type expansion struct {
	text string
	name string // "" when the reference itself is malformed
}

// remedy says how to mend it. A credential has a second way: its _file twin.
func (e *expansion) remedy(path string, credential bool) string {
	if e.name == "" {
		return "write ${NAME} with letters, digits and underscores, or $${ for a literal ${"
	}
	remedy := "export " + e.name + " for this process"
	if credential {
		remedy += ", or use " + path[strings.LastIndex(path, ".")+1:] + "_file"
	}
	return remedy
}

// expand replaces ${NAME} by the environment's value and $${ by a literal ${. The value is taken as it is: it is not
// expanded again and cannot change the structure of the file.
func expand(text string, lookup func(string) (string, bool)) (string, *expansion) {
	var problem *expansion
	expanded := reference.ReplaceAllStringFunc(text, func(found string) string {
		if strings.HasPrefix(found, "$$") {
			return found[1:]
		}
		name := found[2 : len(found)-1]
		if !variableName.MatchString(name) {
			problem = &expansion{text: "has a reference that names no environment variable"}
			return ""
		}
		value, set := lookup(name)
		switch {
		case !set:
			problem = &expansion{name: name, text: "needs the environment variable " + name + ", which is not set"}
		case value == "":
			problem = &expansion{name: name, text: "needs the environment variable " + name + ", which is empty"}
		}
		return value
	})
	if problem != nil {
		return "", problem
	}
	return expanded, nil
}
