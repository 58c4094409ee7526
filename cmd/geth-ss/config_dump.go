package main

import (
	"encoding"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/p2p/nat"
	"github.com/naoina/toml"
	"github.com/urfave/cli/v2"
)

var dumpConfigCommand = &cli.Command{
	Action:    dumpConfig,
	Name:      "dumpconfig",
	Usage:     "Export configuration values in a TOML format",
	ArgsUsage: "<dumpfile (optional)>",
	Flags:     slices.Concat(nodeFlags, rpcFlags, ownFlags()),
	Description: `Prints the configuration that the given options and --config make, in the form --config reads.
It goes to standard output, or to the file named.`,
}

func dumpConfig(ctx *cli.Context) error {
	quietLogging(ctx)
	stack, cfg, err := makeConfigNode(ctx, keyUnused)
	if err != nil {
		return err
	}
	defer stack.Close()

	out := io.Writer(os.Stdout)
	if path := ctx.Args().First(); path != "" {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
		if err != nil {
			return err
		}
		defer file.Close()
		out = file
	}
	return writeConfig(out, cfg)
}

// writeConfig writes what readConfig reads as the same configuration.
func writeConfig(out io.Writer, cfg config) error {
	if cfg.Eth.Genesis != nil {
		cfg.Eth.Genesis = nil
		fmt.Fprint(out, "# The genesis block is not part of a configuration.\n\n")
	}
	full, err := explicit(reflect.ValueOf(cfg), reflect.ValueOf(defaultConfig()))
	if err != nil {
		return fmt.Errorf("writing the configuration: %w", err)
	}
	text, err := tomlSettings.Marshal(full.Interface())
	if err != nil {
		return fmt.Errorf("writing the configuration: %w", err)
	}
	_, err = out.Write(goEscapes.ReplaceAllFunc(text, tomlEscape))
	return err
}

// explicit is the struct v with the empty fields too that geth leaves out of its file (omitempty), where the
// default, def, is not empty: left out, they would be read as the default again. TransactionHistory = 0, for one,
// keeps all of it, and an empty NAT is none, where the defaults are a year and any.
func explicit(v, def reflect.Value) (reflect.Value, error) {
	if m, ok := v.Interface().(toml.MarshalerRec); ok {
		whole, err := m.MarshalTOML()
		if err != nil {
			return v, err
		}
		wholeDefault, err := def.Interface().(toml.MarshalerRec).MarshalTOML()
		if err != nil {
			return v, err
		}
		v, def = reflect.Indirect(reflect.ValueOf(whole)), reflect.Indirect(reflect.ValueOf(wholeDefault))
	}
	if _, isText := v.Interface().(encoding.TextMarshaler); isText || v.Kind() != reflect.Struct {
		return v, nil
	}
	var fields []reflect.StructField
	var values []reflect.Value
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, option, _ := strings.Cut(field.Tag.Get("toml"), ",")
		if !field.IsExported() || name == "-" {
			continue
		}
		value := v.Field(i)
		if option == "omitempty" && isEmpty(value) && !isEmpty(def.Field(i)) {
			field.Tag = ""
			if field.Type == reflect.TypeFor[nat.Interface]() {
				value = reflect.ValueOf("none")
			}
		}
		value, err := explicit(value, def.Field(i))
		if err != nil {
			return v, err
		}
		field.Type = value.Type()
		fields, values = append(fields, field), append(values, value)
	}
	full := reflect.New(reflect.StructOf(fields)).Elem()
	for i, value := range values {
		full.Field(i).Set(value)
	}
	return full, nil
}

func isEmpty(v reflect.Value) bool {
	return v.Kind() == reflect.Slice && v.Len() == 0 || v.IsZero()
}

// goEscapes finds the escape sequences of strings. The library writes Go's, of which TOML lacks some.
var goEscapes = regexp.MustCompile(`\\(x..|.)`)

func tomlEscape(sequence []byte) []byte {
	switch sequence[1] {
	case 'a':
		return []byte(`\u0007`)
	case 'v':
		return []byte(`\u000b`)
	case 'x':
		return append([]byte(`\u00`), sequence[2:]...)
	}
	return sequence
}
