package rpcapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
	"github.com/geth-ss/geth-ss/test/npm"
)

// TestLibraries: what ethers 6 and 5, viem, MetaMask's library and web3 make of the served typed data, with numbers in the forms
// that they write, is one and the same request, at the HTTP door and the JSON-RPC door.
func TestLibraries(t *testing.T) {
	npm.Require(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	d := newDoor(t, vectors{}, Options{})
	h := testHandler(d.keys, limits.Config{})
	var about json.RawMessage = overHTTP(h, "GET", "/v1/cluster", "").Body.Bytes()
	account, delegate := testWallet(), keyOf(8)
	calls, wrong, err := npm.Libraries(ctx, map[string]any{
		"about": about, "account": hexutil.Bytes(crypto.FromECDSA(account)), "delegate": hexutil.Bytes(crypto.FromECDSA(delegate)), "threshold": 12,
		"message": map[string]any{"cluster": testCluster, "operation": wire.OpGenerate, "keys": []wire.KeyID{keyID(1)}, "arguments": wire.GenerateArguments(12),
			"replyKey": "0x", "expiry": 1_700_000_600, "nonce": common.Hash{31: 9}},
		"permit": map[string]any{"cluster": testCluster, "operations": []wire.Operation{wire.OpGenerate}, "keys": []wire.KeyID{keyID(1)}, "author": common.Address{},
			"start": 1_700_000_000, "expiry": 1_700_000_900, "nonce": common.Hash{31: 8}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("generate server key %v %v 12", crypto.PubkeyToAddress(account.PublicKey), keyID(1))
	for name, call := range calls {
		if w := overHTTP(h, "POST", "/v1/generateServerKey", call); w.Code != 200 || d.keys.called() != want {
			t.Errorf("%s: %d %s\n%s", name, w.Code, w.Body, call)
		}
		if got := d.postRaw(t, "secretstore_generateServerKey", "["+call+"]"); d.keys.called() != want {
			t.Errorf("%s, by JSON-RPC: %s", name, got)
		}
	}
	if len(calls) < 15 {
		t.Errorf("only %d requests", len(calls))
	}
	if w := overHTTP(h, "POST", "/v1/generateServerKey", wrong); w.Code != 400 || !strings.Contains(w.Body.String(), "message.account is 0x") {
		t.Errorf("a wrong checksum: %d %s", w.Code, w.Body)
	}
}

// TestDocumentedRequest: the example of docs/requests.md runs as it stands there, with the ethers that npm has.
func TestDocumentedRequest(t *testing.T) {
	npm.Require(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	keys := new(fakeKeys)
	server := httptest.NewServer(testHandler(keys, limits.Config{}))
	defer server.Close()
	out, err := npm.Documented(ctx, "requests.md", server.URL)
	if called := keys.called(); err != nil || !strings.HasPrefix(called, "generate server key 0x") || !strings.HasSuffix(called, " 1") || !strings.Contains(out, "certificate") {
		t.Errorf("%v: it became %q, and printed %s", err, called, out)
	}
}
