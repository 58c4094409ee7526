package rpcapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// strictCalls are one for each operation, as JSON with a permit where there may be one: that is everywhere.
func strictCalls(t *testing.T) map[string]map[string]any {
	t.Helper()
	calls := make(map[string]map[string]any)
	for name, text := range goodCalls() {
		var call map[string]any
		dec := json.NewDecoder(strings.NewReader(text))
		dec.UseNumber()
		if err := dec.Decode(&call); err != nil {
			t.Fatal(err)
		}
		calls[name] = call
	}
	return calls
}

// withPermit is a call as a temporary key makes it: what came before signs in its own name.
func withPermit(t *testing.T, call map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(wire.SignedPermit{Permit: wire.Permit{Chain: testChain, Cluster: testCluster, Operations: wire.Operations, Author: common.Address{5},
		Start: 1, Expiry: 2}, Signature: make([]byte, 65)})
	if err != nil {
		t.Fatal(err)
	}
	var permit map[string]any
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.UseNumber()
	if err := dec.Decode(&permit); err != nil {
		t.Fatal(err)
	}
	call = maps.Clone(call)
	call["permit"] = permit
	return call
}

// member is one of a call, by its path.
type member struct {
	path  string
	value any
}

// membersOf lists all members of all objects of a call.
func membersOf(path string, object map[string]any) (list []member) {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		m := member{strings.TrimPrefix(path+"."+name, "."), object[name]}
		list = append(list, m)
		if inner, ok := object[name].(map[string]any); ok {
			list = append(list, membersOf(m.path, inner)...)
		}
	}
	return list
}

// write is a call as text, in which the member of that path is written by hand, with its name.
func write(path, at string, object map[string]any, by func(name, value string) string) string {
	var members []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		own, text := strings.TrimPrefix(path+"."+name, "."), ""
		if inner, ok := object[name].(map[string]any); ok {
			text = write(own, at, inner, by)
		} else {
			value, _ := json.Marshal(object[name])
			text = string(value)
		}
		if own == at {
			members = append(members, by(name, text))
		} else {
			members = append(members, fmt.Sprintf("%q:%s", name, text))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// TestStrictMembers bends every member of every request that wallets make, those of permits included, in each way that
// encoding/json does not mind, and in its kind. Nothing of it reaches the key server, by HTTP or JSON-RPC, and what is wrong is
// told by its path.
func TestStrictMembers(t *testing.T) {
	d := newDoor(t, vectors{}, Options{})
	h := testHandler(d.keys, limits.Config{})
	count := 0
	for operation, call := range strictCalls(t) {
		call = withPermit(t, call)
		for _, m := range membersOf("", call) {
			for _, bend := range []struct {
				what, told string
				by         func(name, value string) string
			}{
				{"beside an unknown one", fmt.Sprintf("unknown field %q", strings.TrimSuffix(m.path, lastOf(m.path))+"spender"),
					func(name, value string) string { return fmt.Sprintf(`%q:%s,"spender":"0x"`, name, value) }},
				{"twice", m.path + " is there twice", func(name, value string) string { return fmt.Sprintf(`%q:%s,%q:%s`, name, value, name, value) }},
				{"twice, first wrong", "", func(name, value string) string { return fmt.Sprintf(`%q:[true],%q:%s`, name, name, value) }},
				{"in capitals", "it is written " + lastOf(m.path), func(name, value string) string { return fmt.Sprintf(`%q:%s`, strings.ToUpper(name), value) }},
				{"again in capitals", "it is written " + lastOf(m.path), func(name, value string) string {
					return fmt.Sprintf(`%q:%s,%q:%s`, name, value, strings.ToUpper(name), value)
				}},
				{"of true", m.path + " can't be a boolean", func(name, _ string) string { return fmt.Sprintf(`%q:true`, name) }},
				{"of 1.5", m.path, func(name, _ string) string { return fmt.Sprintf(`%q:1.5`, name) }},
				{"of a list of lists", m.path, func(name, _ string) string { return fmt.Sprintf(`%q:[[]]`, name) }},
				{"of an object", m.path, func(name, _ string) string { return fmt.Sprintf(`%q:{"x":1}`, name) }},
			} {
				count++
				body := write("", m.path, call, bend.by)
				w := overHTTP(h, "POST", "/v1/"+operation, body)
				var e walletError
				if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || w.Code != 400 || e.Reason != "malformedRequest" || !strings.Contains(e.Message, bend.told) ||
					strings.Contains(e.Message, "plainRequest") || strings.Contains(e.Message, "SignedRequest") {
					t.Errorf("%s with %s %s, over HTTP: %d %s, want %q", operation, m.path, bend.what, w.Code, w.Body, bend.told)
				}
				got := d.postRaw(t, "secretstore_"+operation, "["+body+"]")
				if !strings.Contains(got, `"code":-32602`) || !strings.Contains(got, `"malformedRequest"`) {
					t.Errorf("%s with %s %s, by JSON-RPC: %s", operation, m.path, bend.what, got)
				}
				if called := d.keys.called(); called != "" {
					t.Errorf("%s with %s %s became %q", operation, m.path, bend.what, called)
				}
			}
		}
	}
	if count < 1000 {
		t.Errorf("only %d were tried", count)
	}
}

func lastOf(path string) string { return path[strings.LastIndex(path, ".")+1:] }

// TestStrictNumbers: every number of every request is the same in all forms of libraries, so that the signature holds and the
// key server is asked the same.
func TestStrictNumbers(t *testing.T) {
	d := newDoor(t, vectors{}, Options{})
	h := testHandler(d.keys, limits.Config{})
	count := 0
	for operation, call := range strictCalls(t) {
		overHTTP(h, "POST", "/v1/"+operation, write("", "", call, nil))
		want := d.keys.called()
		for _, m := range membersOf("", call) {
			n, ok := m.value.(json.Number)
			if !ok {
				continue
			}
			number, err := n.Int64()
			if err != nil {
				t.Fatal(err)
			}
			for _, form := range []string{"%d", `"%d"`, `"0x%x"`, `"0x%X"`, `"0x0%x"`, `"0x%064x"`, `{"type":"BigNumber","hex":"0x%x"}`} {
				count++
				body := write("", m.path, call, func(name, _ string) string { return fmt.Sprintf(`%q:`+form, name, number) })
				if w := overHTTP(h, "POST", "/v1/"+operation, body); w.Code != 200 || d.keys.called() != want {
					t.Errorf("%s with %s in the form %s: %d %s", operation, m.path, form, w.Code, w.Body)
				}
				if got := d.postRaw(t, "secretstore_"+operation, "["+body+"]"); d.keys.called() != want {
					t.Errorf("%s with %s in the form %s, by JSON-RPC: %s", operation, m.path, form, got)
				}
			}
		}
	}
	if count < 100 {
		t.Errorf("only %d were tried", count)
	}
}

// TestStrictAddresses: in each place of an address, digits of one case are read and a wrong checksum is not.
func TestStrictAddresses(t *testing.T) {
	h := testHandler(new(fakeKeys), limits.Config{})
	places := make(map[string]bool)
	for operation, call := range strictCalls(t) {
		call = withPermit(t, call)
		for _, m := range membersOf("", call) {
			text, ok := m.value.(string)
			if !ok || len(text) != 42 {
				continue
			}
			places[m.path] = true
			tell := func(address string) string {
				w := overHTTP(h, "POST", "/v1/"+operation, write("", m.path, call, func(name, _ string) string { return fmt.Sprintf("%q:%q", name, address) }))
				return w.Body.String()
			}
			right := common.HexToAddress("0xd8da6bf26964af9d7eed9e03e53415d37aa96045").Hex()
			for _, address := range []string{right, strings.ToLower(right), "0x" + strings.ToUpper(right[2:])} {
				if told := tell(address); strings.Contains(told, "malformedRequest") {
					t.Errorf("%s with %s %s: %s", operation, m.path, address, told)
				}
			}
			wrong := strings.Replace(right, "d", "D", 1)
			if told := tell(wrong); !strings.Contains(told, m.path+" is "+wrong+", whose checksum is wrong") {
				t.Errorf("%s with %s %s: %s", operation, m.path, wrong, told)
			}
		}
	}
	if want := []string{"message.account", "permit.message.account", "permit.message.author", "permit.message.delegate"}; !slices.Equal(slices.Sorted(maps.Keys(places)), want) {
		t.Errorf("addresses are at %v", places)
	}
}
