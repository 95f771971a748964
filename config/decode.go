package config

import (
	"fmt"
	"reflect"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// decoder walks a YAML document and a struct side by side. Unlike the library's own decoder it goes on after a fault, so
// that the reader is told everything at once, and it knows where each value stands.
type decoder struct {
	lookup      func(string) (string, bool)
	credentials bool // false: credentials that cannot be resolved are left empty
	faults      Faults
	lines       map[string]int
}

func (d *decoder) fault(n *yaml.Node, path, value, problem, remedy string) {
	d.faults = append(d.faults, Fault{Line: n.Line, Path: path, Value: value, Problem: problem, Remedy: remedy})
}

// value fills v from n. A credential's value is never shown, and may stay empty when none are needed.
func (d *decoder) value(n *yaml.Node, v reflect.Value, path string, credential bool) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	d.lines[path] = n.Line
	scalar := isScalar(v)
	switch {
	case scalar && n.Kind == yaml.ScalarNode:
		d.scalar(n, v, path, credential)
	case scalar:
		d.fault(n, path, "", "is "+kindName(n)+", not a single value", "write one value after the colon")
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null":
		// An empty section keeps its defaults.
	case v.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		d.mapping(n, v, path)
	case v.Kind() == reflect.Struct:
		d.fault(n, path, "", "is "+kindName(n)+", not a section", "write its keys below it, indented")
	case v.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		d.list(n, v, path)
	default:
		d.fault(n, path, "", "is "+kindName(n)+", not a list", `start each item with "- "`)
	}
}

// mapping fills the fields of a struct by their yaml tags.
func (d *decoder) mapping(n *yaml.Node, v reflect.Value, path string) {
	fields := fieldsOf(v.Type())
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := join(path, key.Value)
		index, known := fields[key.Value]
		switch {
		case !known:
			d.fault(key, at, "", "is not a known key", unknownKey(key.Value, fields))
		case seen[key.Value]:
			d.fault(key, at, "", "is given twice", "keep one of them")
		default:
			seen[key.Value] = true
			field := v.Type().Field(index)
			d.value(value, v.Field(index), at, field.Tag.Get("load") == "credential")
			d.lines[at] = key.Line
		}
	}
}

// list fills a slice; connections begin with their defaults.
func (d *decoder) list(n *yaml.Node, v reflect.Value, path string) {
	for i, item := range n.Content {
		element := reflect.New(v.Type().Elem()).Elem()
		if connection, ok := reflect.TypeAssert[*Connection](element.Addr()); ok {
			*connection = DefaultConnection()
		}
		d.value(item, element, fmt.Sprintf("%s[%d]", path, i), false)
		v.Set(reflect.Append(v, element))
	}
}

// scalar expands ${NAME} and reads the text as the field's type.
func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string, credential bool) {
	text := n.Value
	if n.ShortTag() == "!!null" {
		text = ""
	}
	text, problem := expand(text, d.lookup)
	if problem != nil {
		if !credential || d.credentials {
			d.fault(n, path, "", problem.text, problem.remedy(path, credential))
		}
		return
	}
	shown := text
	if credential {
		shown = ""
	}
	number := n.ShortTag() == "!!int" || n.ShortTag() == "!!float"
	if problem, remedy := assign(v, text, number); problem != "" {
		d.fault(n, path, shown, problem, remedy)
	}
}

// assign reads text as the type of v; it says what is wrong and what to write instead.
func assign(v reflect.Value, text string, number bool) (problem, remedy string) {
	var err error
	switch target := v.Addr().Interface().(type) {
	case *Secret:
		*target = NewSecret(text)
	case *string:
		*target = text
	case *time.Duration:
		if *target, err = time.ParseDuration(text); err != nil {
			return "is not a duration", "write a number and a unit, such as 90s, 15m or 1h"
		}
	case *Size:
		if *target, err = ParseSize(text); err != nil {
			return "is not a size", "write a number and a unit, such as 200MiB or 1GiB"
		}
	case *Date:
		if *target, err = ParseDate(text); err != nil {
			return "is not a day", "write it as 2026-01-01"
		}
	case *Percent:
		if *target, err = ParsePercent(text); err != nil {
			return "is not a percentage", "write a number from 0 to 100, such as 22.0"
		}
	case *TaxMatch:
		if *target, err = parseTaxMatch(text, number); err != nil {
			return "names no tax rate", `write an id (tr_…), a name ("Standard") or a percentage (20.0)`
		}
	case *int:
		if *target, err = strconv.Atoi(text); err != nil {
			return "is not a whole number", "write digits only"
		}
	case *bool:
		if text != "true" && text != "false" {
			return "is neither true nor false", "write true or false"
		}
		*target = text == "true"
	}
	return "", ""
}

func isScalar(v reflect.Value) bool {
	switch v.Addr().Interface().(type) {
	case *Secret, *Date, *TaxMatch:
		return true
	default:
		return v.Kind() != reflect.Struct && v.Kind() != reflect.Slice
	}
}

// fieldsOf maps yaml keys to field indexes.
func fieldsOf(t reflect.Type) map[string]int {
	fields := make(map[string]int, t.NumField())
	for i := range t.NumField() {
		fields[t.Field(i).Tag.Get("yaml")] = i
	}
	return fields
}

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a section"
	case yaml.SequenceNode:
		return "a list"
	default:
		return "a single value"
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
