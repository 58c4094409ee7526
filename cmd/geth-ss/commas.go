package main

import (
	"context"
	"encoding"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
)

// commas is a log handler that writes lists with commas: Go's own form, [a b c], doesn't tell where a member ends.
type commas struct{ slog.Handler }

// Handle implements slog.Handler.
func (h commas) Handle(ctx context.Context, r slog.Record) error {
	lists := false
	r.Attrs(func(a slog.Attr) bool {
		lists = isList(a.Value)
		return !lists
	})
	if !lists {
		return h.Handler.Handle(ctx, r)
	}
	written := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		written.AddAttrs(withCommas(a))
		return true
	})
	return h.Handler.Handle(ctx, written)
}

// WithAttrs implements slog.Handler.
func (h commas) WithAttrs(attrs []slog.Attr) slog.Handler {
	written := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		written[i] = withCommas(a)
	}
	return commas{h.Handler.WithAttrs(written)}
}

// WithGroup implements slog.Handler.
func (h commas) WithGroup(name string) slog.Handler { return commas{h.Handler.WithGroup(name)} }

func withCommas(a slog.Attr) slog.Attr {
	if !isList(a.Value) {
		return a
	}
	return slog.String(a.Key, commaList(a.Value.Any()))
}

// isList tells lists from what knows its own text, as hashes and addresses do, and from bytes.
func isList(v slog.Value) bool {
	if v.Kind() != slog.KindAny || v.Any() == nil {
		return false
	}
	switch v.Any().(type) {
	case error, fmt.Stringer, encoding.TextMarshaler, fmt.Formatter:
		return false
	}
	t := reflect.TypeOf(v.Any())
	return (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) && t.Elem().Kind() != reflect.Uint8
}

// commaList is the members of a slice or array with commas between them.
func commaList(list any) string {
	v := reflect.ValueOf(list)
	members := make([]string, v.Len())
	for i := range members {
		members[i] = fmt.Sprint(v.Index(i).Interface())
	}
	return strings.Join(members, ", ")
}
