package sessiontest

import (
	"crypto/ecdsa"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// photocopy is a whole world that shares nothing with the original but what never changes: so a world is made once, and
// each input of a fuzzer gets it as it was made. It reaches into what other packages keep to themselves, a vault above
// all, which has no copy of its own for good reasons. Functions are shared: a world that holds some must not be copied
// unless they know nothing of it.
func photocopy(w *world) *world {
	c := copier{met: make(map[met]reflect.Value)}
	out := reflect.New(reflect.TypeOf(w)).Elem()
	c.copy(out, addressable(reflect.ValueOf(w)))
	return out.Interface().(*world)
}

// TestPhotocopy: in a copy happens what would have in the original, to the byte, whatever has happened in other copies.
func TestPhotocopy(t *testing.T) {
	prepare := []func(*world){signers, stocked}
	original := fuzzed(t, prepare...)
	for seed := range uint64(4) {
		want := transcript(t, fuzzed(t, prepare...), randomOrders(seed))
		if len(want) < 20 {
			t.Errorf("seed %d: nothing happens: %q", seed, want)
		}
		for range 2 {
			if got := transcript(t, photocopy(original), randomOrders(seed)); !slices.Equal(got, want) {
				t.Errorf("seed %d: in a copy happens\n%s\nand not\n%s", seed, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
}

// transcript is all that is said and saved in a world that is ordered about.
func transcript(t *testing.T, w *world, orders []byte) (lines []string) {
	w.t = t
	w.Log = func(line string) { lines = append(lines, line) }
	w.Trace = w.Log
	obey(w, orders, signECDSA)
	for _, n := range w.Nodes {
		lines = append(lines, fmt.Sprintf("%s holds %d records", n.Name, len(n.records)))
	}
	return lines
}

// shared are pointers to what is the same in each copy.
var shared = []reflect.Type{
	reflect.TypeFor[*testing.T](), reflect.TypeFor[*testing.F](), reflect.TypeFor[*ecdsa.PrivateKey](), reflect.TypeFor[*session.NodeKey](),
	reflect.TypeFor[*wire.KeyRecord](),
}

// met is a pointer that was copied: it is the same in the copy, from wherever it is pointed to. A struct and its first
// field have one address, and two types.
type met struct {
	at  unsafe.Pointer
	typ reflect.Type
}

type copier struct{ met map[met]reflect.Value }

// copy makes dst, which can be set, the like of src, which has an address.
func (c *copier) copy(dst, src reflect.Value) {
	if flat(src.Type()) {
		dst.Set(src)
		return
	}
	switch src.Kind() {
	case reflect.Pointer:
		dst.Set(c.pointer(src))
	case reflect.Interface:
		if !src.IsNil() {
			inner := reflect.New(src.Elem().Type()).Elem()
			c.copy(inner, addressable(src.Elem()))
			dst.Set(inner)
		}
	case reflect.Slice:
		if !src.IsNil() {
			dst.Set(reflect.MakeSlice(src.Type(), src.Len(), src.Len()))
			c.each(dst, src)
		}
	case reflect.Array:
		c.each(dst, src)
	case reflect.Struct:
		for i := range src.NumField() {
			c.copy(open(dst.Field(i)), open(src.Field(i)))
		}
	case reflect.Map:
		if !src.IsNil() {
			dst.Set(c.mapped(src))
		}
	default:
		panic(fmt.Sprintf("sessiontest: no copy of a %v", src.Type()))
	}
}

func (c *copier) pointer(src reflect.Value) reflect.Value {
	if src.IsNil() || slices.Contains(shared, src.Type()) {
		return src
	}
	key := met{src.UnsafePointer(), src.Type()}
	if again, ok := c.met[key]; ok {
		return again
	}
	out := reflect.New(src.Type().Elem())
	c.met[key] = out // before what it points to, which may point back
	c.copy(out.Elem(), src.Elem())
	return out
}

func (c *copier) each(dst, src reflect.Value) {
	if flat(src.Type().Elem()) {
		reflect.Copy(dst, src)
		return
	}
	for i := range src.Len() {
		c.copy(dst.Index(i), src.Index(i))
	}
}

func (c *copier) mapped(src reflect.Value) reflect.Value {
	out := reflect.MakeMapWithSize(src.Type(), src.Len())
	for it := src.MapRange(); it.Next(); {
		key, value := reflect.New(src.Type().Key()).Elem(), reflect.New(src.Type().Elem()).Elem()
		c.copy(key, addressable(it.Key()))
		c.copy(value, addressable(it.Value()))
		out.SetMapIndex(key, value)
	}
	return out
}

// addressable is v in a place of its own.
func addressable(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	return out
}

// open is a field that may be read and set, also one that is not exported.
func open(field reflect.Value) reflect.Value {
	return reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem()
}

var flats = make(map[reflect.Type]bool)

// flat tells of types that an assignment copies.
func flat(t reflect.Type) bool {
	is, known := flats[t]
	if !known {
		is = isFlat(t)
		flats[t] = is
	}
	return is
}

func isFlat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map, reflect.Chan, reflect.UnsafePointer:
		return false
	case reflect.Array:
		return flat(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if !flat(t.Field(i).Type) {
				return false
			}
		}
	}
	return true
}
