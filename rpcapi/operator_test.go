package rpcapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestOperatorMethods: what an operator asks reaches the key server as it was meant, over
// every transport that the status is answered on, and what is malformed does not.
func TestOperatorMethods(t *testing.T) {
	d := newDoor(t, loadVectors(t), Options{})
	id := `"0x` + strings.Repeat("00", 30) + `abcd"`
	who := `"0x00000000000000000000000000000000000012aB"`
	for _, c := range []struct{ method, params, want, answer string }{
		{"keyStatus", `[` + id + `]`, "key status abcd", "status"},
		{"keys", `[]`, "keys 0000 100", "page"},
		{"keys", `[null,null]`, "keys 0000 100", "page"},
		{"keys", `[` + id + `]`, "keys abcd 100", "page"},
		{"keys", `[` + id + `,7]`, "keys abcd 7", "page"},
		{"keys", `[null,4294967295]`, "keys 0000 2147483647", "page"},
		{"explainAccess", `[` + who + `,` + id + `]`, "explain 12ab abcd", "access"},
	} {
		got := d.postRaw(t, "secretstore_"+c.method, c.params)
		if want := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"result":%q}`, c.answer); got != want {
			t.Errorf("%s%s: %s", c.method, c.params, got)
		}
		if called := d.keys.called(); called != c.want {
			t.Errorf("%s%s became %q, want %q", c.method, c.params, called, c.want)
		}
	}
	for method, bad := range map[string][]string{
		"keyStatus": {`[]`, `[null]`, `["0x"]`, `["abcd"]`, `[7]`, `[{}]`, `[` + id + `,1]`},
		"keys":      {`["0x1"]`, `[null,-1]`, `[null,1.5]`, `[null,"0x1"]`, `[null,4294967296]`, `[null,1,1]`, `[[]]`},
		"explainAccess": {`[]`, `[` + who + `]`, `[null,` + id + `]`, `["0x12",` + id + `]`, `[` + who + `,null]`, `[` + id + `,` + who + `]`,
			`["0x0000000000000000000000000000000000000000",` + id + `]`},
	} {
		for _, params := range bad {
			invalidParams(t, d, "secretstore_"+method, params)
			if called := d.keys.called(); called != "" {
				t.Errorf("%s%s became %q", method, params, called)
			}
		}
	}
}

// TestOperatorErrors: a failure is told in our own words, an unexpected one without them.
func TestOperatorErrors(t *testing.T) {
	d := newDoor(t, loadVectors(t), Options{})
	id := `["0x` + strings.Repeat("00", 32) + `"]`
	for err, want := range map[error]string{
		wire.Errorf(wire.KeyNotFound, "nobody has it"):                   "server key not found: nobody has it",
		fmt.Errorf("asking: %w", wire.Errorf(wire.Limit, "not so fast")): "limit exceeded: not so fast",
		errors.New("/secret/path is on fire"):                            "internal error: see the log of the key server",
	} {
		d.keys.err = err
		if got := d.postRaw(t, "secretstore_keyStatus", id); got != `{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"`+want+`"}}` {
			t.Error(got)
		}
	}
}

// FuzzOperatorArguments: whatever a client sends as arguments, the key server sees exact
// ids and a bounded count, or nothing.
func FuzzOperatorArguments(f *testing.F) {
	d := newDoor(f, vectors{}, Options{})
	id := `"0x` + strings.Repeat("0a", 32) + `"`
	f.Add(uint8(0), `[`+id+`]`)
	f.Add(uint8(1), `[`+id+`,100]`)
	f.Add(uint8(1), `[null,-1]`)
	f.Add(uint8(2), `["0x`+strings.Repeat("0b", 20)+`",`+id+`]`)
	f.Add(uint8(2), `[{"a":[]},null]`)
	f.Fuzz(func(t *testing.T, which uint8, params string) {
		if !json.Valid([]byte(params)) {
			return // would be another call, or none
		}
		method := []string{"keyStatus", "keys", "explainAccess"}[which%3]
		got := d.postRaw(t, "secretstore_"+method, params)
		called := d.keys.called()
		if answered := strings.Contains(got, `"result":`); answered != (called != "") || strings.Contains(called, "zero address") {
			t.Errorf("%s%s became %q and was answered %s", method, params, called, got)
		}
	})
}
