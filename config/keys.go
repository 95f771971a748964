package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// unknownKey says what was probably meant by a key: a near spelling here, or the section it belongs to.
func unknownKey(key string, here map[string]int) string {
	if key == "<<" {
		return "merge keys are not supported: write the values out"
	}
	known := slices.Collect(maps.Keys(here))
	if near := suggest(key, known); near != "" && editDistance(key, near) <= 2 {
		return `did you mean "` + near + `"?`
	}
	var elsewhere []string
	for _, path := range paths(reflect.TypeFor[Config](), "") {
		if path[strings.LastIndex(path, ".")+1:] == key {
			elsewhere = append(elsewhere, path)
		}
	}
	if len(elsewhere) > 0 {
		return "it belongs at " + strings.Join(elsewhere, " or ")
	}
	return didYouMean(key, known)
}

// paths lists the path of every key a type knows.
func paths(t reflect.Type, prefix string) []string {
	var found []string
	for field := range t.Fields() {
		path := join(prefix, field.Tag.Get("yaml"))
		found = append(found, path)
		inner := field.Type
		if inner.Kind() == reflect.Slice {
			inner, path = inner.Elem(), path+"[]"
		}
		if inner.Kind() == reflect.Struct && !isScalar(reflect.New(inner).Elem()) {
			found = append(found, paths(inner, path)...)
		}
	}
	return found
}
