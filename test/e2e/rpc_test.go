package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
)

// testRPC calls the six account methods and the two about the node, over all transports of every node.
func testRPC(t *testing.T, net *network) {
	for i, n := range net.nodes {
		ws, err := rpc.Dial(n.ws)
		if err != nil {
			t.Fatal(err)
		}
		defer ws.Close()
		ipc, err := rpc.Dial(filepath.Join(n.datadir, "geth-ss.ipc"))
		if err != nil {
			t.Fatal(err)
		}
		defer ipc.Close()
		for transport, client := range map[string]*rpc.Client{"http": n.rpc, "ws": ws, "ipc": ipc} {
			t.Run(n.name+" "+transport, func(t *testing.T) { testAccountMethods(t, net, client, net.accounts[i], n) })
		}
		testStatus(t, net, n)
		testPeers(t, net, n)
	}
}

// testAccountMethods is a document's way through Parity's methods, checked with a client's own arithmetic.
func testAccountMethods(t *testing.T, net *network, client *rpc.Client, who account, server *node) {
	id := randomID()
	call := func(result any, method string, args ...any) {
		t.Helper()
		if err := client.Call(result, "secretstore_"+method, args...); err != nil {
			t.Fatalf("%s: %v", method, err)
		}
	}

	var sig hexutil.Bytes
	call(&sig, "signRawHash", who.address, who.password, id)
	if got := fmt.Sprintf("%x", []byte(sig)); got != who.sign(id) {
		t.Errorf("signRawHash gave %s, want %s", got, who.sign(id))
	}
	serverKey, err := server.generate(who, id, 1)
	if err != nil {
		t.Fatal(err)
	}
	var generated json.RawMessage
	call(&generated, "generateDocumentKey", who.address, who.password, hexutil.Bytes(serverKey))
	var key struct {
		CommonPoint    hexutil.Bytes `json:"common_point"`
		EncryptedPoint hexutil.Bytes `json:"encrypted_point"`
		EncryptedKey   hexutil.Bytes `json:"encrypted_key"`
	}
	if err := json.Unmarshal(generated, &key); err != nil {
		t.Fatal(err)
	}
	if again, _ := json.Marshal(key); string(again) != string(generated) {
		t.Errorf("generateDocumentKey gave %s, want %s", generated, again)
	}
	plain, err := who.open(key.EncryptedKey)
	if err != nil || len(key.EncryptedKey) != 177 {
		t.Fatalf("encrypted_key of %d bytes: %v", len(key.EncryptedKey), err)
	}
	common, _ := parsePoint(key.CommonPoint)
	encrypted, _ := parsePoint(key.EncryptedPoint)
	if common == nil || encrypted == nil {
		t.Fatalf("no points: %s", generated)
	}
	if err := server.store(who, id, &documentKey{plain, common, encrypted}); err != nil {
		t.Fatal(err)
	}

	document := []byte("Where the ways cross")
	var sealed, opened hexutil.Bytes
	call(&sealed, "encrypt", who.address, who.password, key.EncryptedKey, hexutil.Bytes(document))
	if len(sealed) != len(document)+16 {
		t.Errorf("encrypt gave %d bytes, want %d", len(sealed), len(document)+16)
	}
	call(&opened, "decrypt", who.address, who.password, key.EncryptedKey, sealed)
	if !bytes.Equal(opened, document) {
		t.Errorf("decrypt gave %q", []byte(opened))
	}
	a, err := server.askShadow(who, id)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := a.shadow()
	if err != nil {
		t.Fatal(err)
	}
	call(&opened, "shadowDecrypt", who.address, who.password, parts.DecryptedSecret, parts.CommonPoint, parts.DecryptShadows, sealed)
	if !bytes.Equal(opened, document) {
		t.Errorf("shadowDecrypt gave %q", []byte(opened))
	}

	var hash hexutil.Bytes
	call(&hash, "serversSetHash", []string{net.nodes[1].public, net.nodes[0].public, net.nodes[1].public})
	ids := [][]byte{hexutil.MustDecode(net.nodes[0].public), hexutil.MustDecode(net.nodes[1].public)}
	slices.SortFunc(ids, bytes.Compare)
	if want := crypto.Keccak256(ids...); !bytes.Equal(hash, want) {
		t.Errorf("serversSetHash gave %s, want %x", hash, want)
	}

	wantCode(t, client, -32023, "signRawHash", who.address, "not the password", id)
	wantCode(t, client, -32023, "signRawHash", newAccount(t).address, who.password, id)
	wantCode(t, client, -32023, "decrypt", who.address, who.password, sealed, sealed)
	wantCode(t, client, -32602, "signRawHash", who.address, who.password, "0x01")
	wantCode(t, client, -32055, "generateDocumentKey", who.address, who.password, hexutil.Bytes(bytes.Repeat([]byte{1}, 64)))
}

// wantCode calls a method that must be refused with a code.
func wantCode(t *testing.T, client *rpc.Client, code int, method string, args ...any) {
	t.Helper()
	err := client.Call(nil, "secretstore_"+method, args...)
	var refused rpc.Error
	if !errors.As(err, &refused) || refused.ErrorCode() != code {
		t.Errorf("%s: %v, want code %d", method, err, code)
	}
}

func testStatus(t *testing.T, net *network, n *node) {
	s, err := n.status()
	if err != nil {
		t.Fatal(err)
	}
	var servers []string
	for _, other := range net.nodes {
		servers = append(servers, other.public)
	}
	slices.Sort(servers)
	slices.Sort(s.Servers)
	switch {
	case s.ID != n.public, s.Address != n.address, !s.Running, s.Connected != len(net.nodes), !slices.Equal(s.Servers, servers):
		t.Errorf("%s says of itself %+v", n.name, s)
	case s.Cluster == "" || s.ClusterID == "" || s.Protocol != "ss/2" || s.ACL == "":
		t.Errorf("%s says of its cluster %+v", n.name, s)
	case s.Keys == 0 || s.Shares == 0:
		t.Errorf("%s has keys and made some: %+v", n.name, s)
	case s.Final == nil || s.Final.Number == 0 || s.Final.Hash == (common.Hash{}) || s.Final.Age > patience.Seconds():
		t.Errorf("%s says of its final block %+v", n.name, s.Final)
	}
}

func testPeers(t *testing.T, net *network, n *node) {
	var rows []map[string]any
	if err := n.rpc.Call(&rows, "secretstore_peers"); err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, row := range rows {
		id, _ := row["id"].(string)
		seen = append(seen, id)
		if row["faults"] != 0.0 || row["lastFault"] != nil {
			t.Errorf("%s blames %s: %v", n.name, id, row)
		}
	}
	var others []string
	for _, other := range net.nodes {
		if other != n {
			others = append(others, other.public)
		}
	}
	slices.Sort(seen)
	slices.Sort(others)
	if !slices.Equal(seen, others) {
		t.Errorf("%s knows the peers %v, want %v", n.name, rows, others)
	}
}
