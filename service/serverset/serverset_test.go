package serverset

import (
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/p2p/enode"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// node makes the n-th test node.
func node(t testing.TB, n uint32) *enode.Node {
	t.Helper()
	key, err := crypto.ToECDSA(common.LeftPadBytes(binary.BigEndian.AppendUint32(nil, n), 32))
	if err != nil {
		t.Fatal(err)
	}
	return enode.NewV4(&key.PublicKey, net.IPv4(127, 0, 0, 1), 30000+int(n), 0)
}

func url(n *enode.Node) string {
	return fmt.Sprintf("enode://%v@127.0.0.1:%d", idOf(n), n.TCP())
}

func TestStatic(t *testing.T) {
	var list []string
	for n := uint32(1); n <= 4; n++ {
		list = append(list, url(node(t, n)))
	}
	self := node(t, 9)
	for name, entries := range map[string][]string{
		"own entry missing": list,
		"own entry given":   append(list[:4:4], strings.Replace(url(self), "127.0.0.1", "10.9.9.9", 1)),
	} {
		set, err := NewStatic(entries, self)
		if err != nil {
			t.Fatal(err)
		}
		if len(set.Members()) != 5 || !slices.IsSortedFunc(set.Members(), wire.NodeID.Compare) {
			t.Errorf("%s: %v", name, set.Members())
		}
		for i, n := range set.Nodes() {
			if idOf(n) != set.Members()[i] {
				t.Errorf("%s: node %d is not member %d", name, i, i)
			}
			if idOf(n) == idOf(self) && n != self {
				t.Errorf("%s: the own entry of the list is used", name)
			}
		}
		if !set.Contains(idOf(self)) || !set.Contains(idOf(node(t, 3))) || set.Contains(idOf(node(t, 5))) || set.Contains(wire.NodeID{}) {
			t.Errorf("%s: wrong members", name)
		}
		if set.Changed() != nil {
			t.Errorf("%s: a static set that changes", name)
		}
	}
	alone, err := NewStatic(nil, self)
	if err != nil || len(alone.Members()) != 1 {
		t.Errorf("a single key server: %v", err)
	}
}

func TestParseNode(t *testing.T) {
	n := node(t, 1)
	public := idOf(n).String()
	for text, address := range map[string]string{
		"enode://" + public + "@127.0.0.1:30303":            "127.0.0.1:30303",
		"enode://" + public + "@127.0.0.1:30303?discport=0": "127.0.0.1:30303",
		" " + public + "@10.0.0.1:8083 ":                    "10.0.0.1:8083",
		"0x" + public + "@10.0.0.1:8083":                    "10.0.0.1:8083",
		"enode://" + strings.ToUpper(public) + "@[::1]:1":   "[::1]:1",
		"enode://" + public + "@validator-1.example:30303":  "validator-1.example:30303",
		public + "@validator-1:30303":                       "validator-1:30303",
	} {
		got, err := ParseNode(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		host := got.Hostname()
		if host == "" {
			host = got.IPAddr().String()
		}
		if idOf(got) != idOf(n) || net.JoinHostPort(strings.Trim(host, "[]"), fmt.Sprint(got.TCP())) != address {
			t.Errorf("%s: read as %v", text, got)
		}
	}
	for text, reason := range map[string]string{
		"":                                       "neither enode://",
		"enode://" + public:                      "no @HOST:PORT",
		public:                                   "neither enode://",
		"enode://" + public[2:] + "@127.0.0.1:1": "128 hex digits",
		"enode://" + public + "00@127.0.0.1:1":   "128 hex digits",
		"enode://x" + public[1:] + "@127.0.0.1:1":              "128 hex digits",
		"enode://" + strings.Repeat("11", 64) + "@127.0.0.1:1": "not a point of the curve",
		strings.Repeat("00", 64) + "@127.0.0.1:1":              "not a point of the curve",
		"enode://" + public + "@127.0.0.1":                     "invalid port",
		"enode://" + public + "@127.0.0.1:0":                   "address that can be dialled",
		"enode://" + public + "@0.0.0.0:30303":                 "address that can be dialled",
		"enode://" + public + "@:30303":                        "address that can be dialled",
		"enode://" + public + "@127.0.0.1:99999":               "invalid port",
		"enr:-abc":                                             "neither enode://",
	} {
		if _, err := ParseNode(text); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v, want %q", text, err, reason)
		}
	}
}

func TestStaticRefusals(t *testing.T) {
	self := node(t, 1)
	twice := []string{url(node(t, 2)), strings.Replace(url(node(t, 2)), ":30002", ":1", 1)}
	if _, err := NewStatic(twice, self); err == nil || !strings.Contains(err.Error(), "key server 2 of the list") || !strings.Contains(err.Error(), "listed twice") {
		t.Error(err)
	}
	if _, err := NewStatic([]string{url(node(t, 2)), "nonsense"}, self); err == nil || !strings.Contains(err.Error(), `key server 2 of the list, "nonsense"`) {
		t.Error(err)
	}
	var many []string
	for n := uint32(2); len(many) < wire.MaxMembers; n++ {
		many = append(many, url(node(t, n)))
	}
	if _, err := NewStatic(many, self); err == nil || !strings.Contains(err.Error(), "257") {
		t.Error(err)
	}
	if set, err := NewStatic(many[1:], self); err != nil || len(set.Members()) != wire.MaxMembers {
		t.Error(err)
	}
}
