package main

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/naoina/toml"
	"github.com/naoina/toml/ast"

	"github.com/geth-ss/geth-ss/internal/suggest"
)

// secondsAsNumbers turns the times of our own settings, which a file may write as the command line does ("5s", "1m"),
// into the numbers of seconds that they are kept as.
func secondsAsNumbers(file *ast.Table) error {
	for _, s := range settings {
		entry := entryAt(file, strings.Split(s.key, "."))
		if !s.seconds || entry == nil {
			continue
		}
		text, ok := entry.Value.(*ast.String)
		if !ok {
			continue
		}
		n, err := parseSeconds(text.Value)
		if err != nil {
			return &toml.LineError{Line: entry.Line, StructField: s.key, Err: err}
		}
		entry.Value = &ast.Integer{Position: text.Position, Value: strconv.FormatUint(n, 10), Data: text.Data}
	}
	return nil
}

// entryAt is the line of a key, nil if the file has none.
func entryAt(table *ast.Table, path []string) *ast.KeyValue {
	switch at := table.Fields[path[0]].(type) {
	case *ast.KeyValue:
		if len(path) == 1 {
			return at
		}
	case *ast.Table:
		if len(path) > 1 {
			return entryAt(at, path[1:])
		}
	}
	return nil
}

// unknownField is the error of a key that no field has, with the one that may be meant.
func unknownField(section reflect.Type, field string) error {
	var known []string
	for i := range section.NumField() {
		if f := section.Field(i); f.IsExported() && f.Tag.Get("toml") != "-" {
			known = append(known, f.Name)
		}
	}
	return fmt.Errorf("field '%s' is not defined in %s%s", field, sectionName(section), suggest.DidYouMean(field, known))
}

// sectionName is what a section is called in the file: [SecretStore.HTTP]. geth reads its sections into types of its own.
func sectionName(section reflect.Type) string {
	if section == reflect.TypeFor[config]() {
		return "the file, outside of its sections"
	}
	if name := sectionIn(reflect.TypeFor[config](), section.String()); name != "" {
		return "[" + name + "]"
	}
	return section.String()
}

func sectionIn(outer reflect.Type, name string) string {
	for i := range outer.NumField() {
		f := outer.Field(i)
		if f.Type.Kind() != reflect.Struct || !f.IsExported() {
			continue
		}
		if f.Type.String() == name {
			return f.Name
		}
		if rest := sectionIn(f.Type, name); rest != "" {
			return f.Name + "." + rest
		}
	}
	return ""
}
