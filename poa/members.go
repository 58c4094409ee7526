package poa

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/params"

	"github.com/geth-ss/geth-ss/internal/suggest"
)

// The names of members in a network's file. Those of the file itself and of its validators must all be known. geth reads
// what it knows of its own part and passes over the rest, so that a fork whose name is misspelt never comes: such names
// are told, and not refused, since files with them are in use.

// meantMember is the known name that an unknown member of a network's file is like.
func meantMember(err error) string {
	_, name, found := strings.Cut(err.Error(), "json: unknown field ")
	if !found {
		return ""
	}
	known := append(membersOf(reflect.TypeFor[NetworkGenesis]()), membersOf(reflect.TypeFor[Validator]())...)
	return suggest.DidYouMean(strings.Trim(name, `"`), known)
}

// PassedOver are the members of a network's file that nobody reads, each as a sentence.
func PassedOver(raw []byte) (said []string) {
	var file struct {
		Genesis map[string]json.RawMessage
	}
	if json.Unmarshal(raw, &file) != nil {
		return nil
	}
	said = unknownMembers("genesis", file.Genesis, reflect.TypeFor[core.Genesis]())
	var config map[string]json.RawMessage
	if json.Unmarshal(file.Genesis["config"], &config) == nil {
		said = append(said, unknownMembers("genesis.config", config, reflect.TypeFor[params.ChainConfig]())...)
	}
	return said
}

// maxPassedOver bounds what is said of one object.
const maxPassedOver = 16

func unknownMembers(where string, object map[string]json.RawMessage, as reflect.Type) (said []string) {
	known := membersOf(as)
	for name := range object {
		// JSON's names are compared without case.
		if !slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, name) }) {
			said = append(said, fmt.Sprintf("%s has the unknown field %.100q%s", where, name, suggest.DidYouMean(name, known)))
		}
	}
	slices.Sort(said)
	return said[:min(len(said), maxPassedOver)]
}

// membersOf are the names that a struct's fields have in JSON.
func membersOf(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}
