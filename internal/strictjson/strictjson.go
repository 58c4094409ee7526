// Package strictjson reads JSON of which each member is meant: what a wallet has signed. encoding/json takes a member whose name
// differs by its case, the last one of two that have the same name, and an address with a typing error; here each of them is
// refused, by its path in the sender's terms, as message.expiry. What is lenient is what libraries differ in: a number may be
// JSON's own or a string, decimal or hexadecimal.
//
// It is for types of our own: structs, slices, strings, unsigned integers and truth values, and what reads itself from text. It is not for
// answers of servers, to which members may be added.
package strictjson

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/ethereum/go-ethereum/common"
)

// Decode reads text, one JSON object, into a pointer to a struct. A member that is null is as good as left out. Methods of
// json.Unmarshaler are not called. The tag `strict:"empty"` beside a field's name lets 0x stand for its zero value.
func Decode(text []byte, into any) error {
	if !utf8.Valid(text) {
		return errors.New("it is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	var value json.RawMessage
	if err := dec.Decode(&value); err != nil {
		return fmt.Errorf("it is not valid JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more than one JSON object")
	}
	return decode("", value, reflect.ValueOf(into).Elem())
}

// decode reads a value that is known to be JSON. path is what it is called; empty for the whole.
func decode(path string, value json.RawMessage, into reflect.Value) error {
	if isNull(value) {
		return nil
	}
	switch target := into.Addr().Interface().(type) {
	case *common.Address:
		return decodeAddress(path, value, target)
	case encoding.TextUnmarshaler:
		return decodeText(path, value, target)
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		return decode(path, value, into.Elem())
	case reflect.Struct:
		return decodeObject(path, value, into)
	case reflect.Slice:
		return decodeList(path, value, into)
	case reflect.String:
		text, err := stringOf(path, value)
		into.SetString(text)
		return err
	case reflect.Bool:
		switch text := string(value); text {
		case "true", "false":
			into.SetBool(text == "true")
			return nil
		}
		return wrongKind(path, value, "true or false")
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := decodeNumber(path, value, into.Type().Bits())
		into.SetUint(n)
		return err
	}
	panic("strictjson: internal error: can't read into " + into.Type().String())
}

// decodeObject reads each member into the field of its very name, once.
func decodeObject(path string, value json.RawMessage, into reflect.Value) error {
	if value[0] != '{' {
		return wrongKind(path, value, "an object")
	}
	fields := fieldsOf(into)
	seen := make(map[string]bool)
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.Token() // the brace
	for dec.More() {
		token, err := dec.Token()
		name, ok := token.(string)
		var member json.RawMessage
		if err = errors.Join(err, dec.Decode(&member)); err != nil || !ok {
			return fmt.Errorf("%s: internal error: %v", nameOf(path), err)
		}
		f, known := fields[name]
		switch {
		case !known:
			return unknown(path, name, fields)
		case seen[name]:
			return fmt.Errorf("%s is there twice", join(path, name))
		}
		seen[name] = true
		if f.empty && string(member) == `"0x"` {
			continue
		}
		if err := decode(join(path, name), member, f.value); err != nil {
			return err
		}
	}
	return nil
}

// field is where a member goes.
type field struct {
	value reflect.Value
	empty bool // 0x is its zero value
}

// fieldsOf are the members of a struct, those of embedded structs among them, as encoding/json has them.
func fieldsOf(v reflect.Value) map[string]field {
	fields := make(map[string]field)
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			for name, f := range fieldsOf(v.Field(i)) {
				fields[name] = f
			}
		case f.IsExported() && name != "" && name != "-":
			fields[name] = field{v.Field(i), f.Tag.Get("strict") == "empty"}
		}
	}
	return fields
}

func unknown(path, name string, fields map[string]field) error {
	for known := range fields {
		if strings.EqualFold(known, name) {
			return fmt.Errorf("unknown field %+.60q: it is written %s", join(path, name), known)
		}
	}
	return fmt.Errorf("unknown field %+.60q", join(path, name))
}

func decodeList(path string, value json.RawMessage, into reflect.Value) error {
	var items []json.RawMessage
	if json.Unmarshal(value, &items) != nil {
		return wrongKind(path, value, "a list")
	}
	list := reflect.MakeSlice(into.Type(), len(items), len(items))
	for i, item := range items {
		path := fmt.Sprintf("%s[%d]", path, i)
		if isNull(item) {
			return wrongKind(path, item, "a value")
		}
		if err := decode(path, item, list.Index(i)); err != nil {
			return err
		}
	}
	into.Set(list)
	return nil
}

func decodeText(path string, value json.RawMessage, into encoding.TextUnmarshaler) error {
	text, err := stringOf(path, value)
	if err != nil {
		return err
	}
	if err := into.UnmarshalText([]byte(text)); err != nil {
		reason, _, _ := strings.Cut(err.Error(), " for common.")
		return fmt.Errorf("%s: %.200s", path, reason)
	}
	return nil
}

// decodeAddress looks at the checksum of EIP-55 where there is one: in digits of one case there is none.
func decodeAddress(path string, value json.RawMessage, into *common.Address) error {
	if err := decodeText(path, value, into); err != nil {
		return err
	}
	text, _ := stringOf(path, value)
	digits := text[2:] // there is a 0x, else it had not been read
	if digits != strings.ToLower(digits) && digits != strings.ToUpper(digits) && digits != into.Hex()[2:] {
		return fmt.Errorf("%s is %s, whose checksum is wrong: check it digit by digit; the address with these digits is written %s", path, text, into.Hex())
	}
	return nil
}

func stringOf(path string, value json.RawMessage) (text string, err error) {
	if value[0] != '"' || json.Unmarshal(value, &text) != nil {
		return "", wrongKind(path, value, "a string")
	}
	return text, nil
}

// wrongKind says what a value is that can't be there.
func wrongKind(path string, value json.RawMessage, want string) error {
	kind := "a number"
	switch value[0] {
	case '{':
		kind = "an object"
	case '[':
		kind = "a list"
	case '"':
		kind = "a string"
	case 't', 'f':
		kind = "a boolean"
	case 'n':
		kind = "null"
	}
	return fmt.Errorf("%s can't be %s: write %s", nameOf(path), kind, want)
}

func isNull(value json.RawMessage) bool { return value[0] == 'n' }

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func nameOf(path string) string {
	if path == "" {
		return "it"
	}
	return path
}
