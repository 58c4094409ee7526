package rpcapi

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// TestStoreProof: who asks for it is shown that the document key is stored, or which one is. Whoever does not ask, as
// clients of before there was a proof, gets the bare true and the bare error, at Parity's door to the byte.
func TestStoreProof(t *testing.T) {
	d := newDoor(t, vectors{}, Options{})
	h := testHandler(d.keys, limits.Config{})
	call, parity := goodCalls()["storeDocumentKey"], "/shadow/"+testID+"/"+testSig+"/"+pointA+"/"+pointB
	overRPC := func(more string) string { return d.postRaw(t, "secretstore_storeDocumentKey", "["+call+more+"]") }
	bare := []string{"", "?", "?proof", "?proof=false", "?proof=1", "?Proof=true", "?x=true", "?proof=false&proof=true"}

	shown, err := json.Marshal(testStored(keyID(1)))
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"?proof=true", "?x=1&proof=true"} {
		if w := overHTTP(h, "POST", "/v1/storeDocumentKey"+query, call); w.Code != 200 || w.Body.String() != string(shown) || d.keys.called() == "" {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
	}
	golden(t, "storeDocumentKey-proof", string(shown))
	if got := overRPC(",true"); got != `{"jsonrpc":"2.0","id":1,"result":`+string(shown)+`}` {
		t.Errorf("by JSON-RPC: %s", got)
	}
	for _, query := range bare {
		if w := overHTTP(h, "POST", "/v1/storeDocumentKey"+query, call); w.Code != 200 || w.Body.String() != "true" {
			t.Errorf("%q: %d %s", query, w.Code, w.Body)
		}
	}
	for _, more := range []string{"", ",false", ",null"} {
		if got := overRPC(more); got != `{"jsonrpc":"2.0","id":1,"result":true}` {
			t.Errorf("[request%s]: %s", more, got)
		}
	}
	if w := overHTTP(h, "POST", parity, ""); w.Code != 200 || w.Body.Len() > 0 {
		t.Errorf("Parity's: %d %s", w.Code, w.Body)
	}

	plain := wire.Errorf(wire.DocumentExists, "for key %v", keyID(1))
	d.keys.err = plain
	asBefore := overHTTP(h, "POST", "/v1/storeDocumentKey", call).Body.String()
	rpcBefore, parityBefore := overRPC(""), overHTTP(h, "POST", parity, "").Body.String()
	if strings.Contains(asBefore, "stored\"") || overHTTP(h, "POST", "/v1/storeDocumentKey?proof=true", call).Body.String() != asBefore || overRPC(",true") != rpcBefore {
		t.Errorf("nothing is there to be shown: %s", asBefore) // as of a pair that is only promised
	}
	d.keys.err = &wire.Exists{Err: plain, Stored: testStored(keyID(1))}
	for _, query := range bare {
		if w := overHTTP(h, "POST", "/v1/storeDocumentKey"+query, call); w.Code != 409 || w.Body.String() != asBefore {
			t.Errorf("%q: %d %s", query, w.Code, w.Body)
		}
	}
	if got := overRPC(""); got != rpcBefore {
		t.Errorf("by JSON-RPC, unasked: %s", got)
	}
	if w := overHTTP(h, "POST", parity, ""); w.Code != 400 || w.Body.String() != parityBefore {
		t.Errorf("Parity's: %d %s", w.Code, w.Body)
	}
	w := overHTTP(h, "POST", "/v1/storeDocumentKey?proof=true", call)
	var e walletError
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || w.Code != 409 || e.Reason != "documentExists" || !reflect.DeepEqual(e.Stored, testStored(keyID(1))) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if got := overRPC(",true"); !strings.Contains(got, `"data":`+w.Body.String()) {
		t.Errorf("by JSON-RPC: %s", got)
	}
	follows(t, parsed[apiDocument](t, openAPI()).Components.Schemas, "the error", schema{"$ref": "#/components/schemas/Error"}, w.Body.Bytes())
}

// TestStoreProofFromPages: a page of an allowed origin asks for the proof with the request that it may send anyway: no
// other header, no other method. It can read the proof, and the error that brings it.
func TestStoreProofFromPages(t *testing.T) {
	keys, target := new(fakeKeys), "/v1/storeDocumentKey?proof=true"
	h, page := testHandler(keys, limits.Config{}), []string{"Origin", "http://dapp.example"}
	w := overHTTP(h, "OPTIONS", target, "", append(page, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")...)
	if w.Code != 204 || w.Header().Get("Access-Control-Allow-Headers") != "content-type" || !strings.Contains(w.Header().Get("Access-Control-Allow-Methods"), "POST") {
		t.Errorf("preflight: %d %v", w.Code, w.Header())
	}
	for _, err := range []error{nil, &wire.Exists{Err: wire.Errorf(wire.DocumentExists, "x"), Stored: testStored(keyID(1))}} {
		keys.err = err
		w := overHTTP(h, "POST", target, goodCalls()["storeDocumentKey"], page...)
		if w.Header().Get("Access-Control-Allow-Origin") != "http://dapp.example" || !strings.Contains(w.Body.String(), `"certificate"`) {
			t.Errorf("%v: %d %v %s", err, w.Code, w.Header(), w.Body)
		}
	}
	if w := overHTTP(h, "POST", target, goodCalls()["storeDocumentKey"], "Origin", "http://other.example"); w.Code != 404 || w.Body.Len() > 0 {
		t.Errorf("a foreign page: %d %s", w.Code, w.Body)
	}
}
