package rpcapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/crypto/ecies"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// openSealed opens what is sealed to the test's wallet, as a client of go-ethereum does.
func openSealed(blob []byte) ([]byte, error) {
	return ecies.ImportECDSA(testWallet()).Decrypt(blob, nil, []byte{0, 0})
}

// legacyPath is Parity's path for a signature on a hash, asked for by the test's wallet.
func legacyPath(t *testing.T, family, hash string) string {
	t.Helper()
	signature, err := crypto.Sign(common.FromHex(testID), testWallet())
	if err != nil {
		t.Fatal(err)
	}
	return "/" + family + "/" + testID + "/" + hexOf(signature) + "/" + hash
}

// TestSignRoutes: Parity's two routes, byte for byte, and what is sealed in their answers.
func TestSignRoutes(t *testing.T) {
	keys := new(fakeKeys)
	s := startHTTP(t, keys)
	who := crypto.PubkeyToAddress(testWallet().PublicKey)
	for _, c := range []struct {
		family string
		scheme wire.Scheme
		size   int
	}{{"schnorr", wire.Schnorr, 177}, {"ecdsa", wire.ECDSA, 178}} {
		for _, hash := range []string{testHash.Hex()[2:], strings.ToUpper(testHash.Hex()[2:])} {
			status, header, body := ask(t, s, "GET", legacyPath(t, c.family, hash), "")
			if call, want := keys.called(), fmt.Sprintf("sign %v 0x%s %v %v", who, testID, c.scheme, testHash); call != want {
				t.Errorf("%s: called %q, want %q", c.family, call, want)
			}
			want := map[string]string{"content-type": jsonType, "content-length": fmt.Sprint(4 + 2*c.size)}
			if status != "HTTP/1.1 200 OK" || fmt.Sprint(header) != fmt.Sprint(want) || body != strings.ToLower(body) {
				t.Errorf("%s: %s %v %s", c.family, status, header, body)
			}
			blob, err := hexutil.Decode(strings.Trim(body, `"`))
			if err != nil || len(blob) != c.size || body != fmt.Sprintf(`"0x%x"`, blob) {
				t.Fatalf("%s: %v in %s", c.family, err, body)
			}
			got, err := openSealed(blob)
			if err != nil || !bytes.Equal(got, bytes.Repeat([]byte{byte(c.scheme)}, c.scheme.Size())) {
				t.Errorf("%s: %x is sealed in it, %v", c.family, got, err)
			}
		}
	}
}

// TestSignRouteErrors is the column of E7 and E8 in Parity's table of errors, and what is no request for a signature.
func TestSignRouteErrors(t *testing.T) {
	hash := testHash.Hex()[2:]
	for _, family := range []string{"schnorr", "ecdsa"} {
		good := legacyPath(t, family, hash)
		unrecoverable := "/" + family + "/" + testID + "/" + strings.Repeat("00", 65) + "/" + hash
		for _, c := range []struct {
			name, method, target string
			err                  error
			status               int
			text                 string // none: an empty body
		}{
			{"unrecoverable signature", "GET", unrecoverable, nil, 400, "Insufficient requester data: bad signature: "},
			{"id unknown everywhere", "GET", good, wire.Errorf(wire.KeyNotFound, "x"), 404, "Server key with this ID is not found"},
			{"the contract refuses", "GET", good, wire.Errorf(wire.Denied, "x"), 403, "Access denied"},
			{"the contract can't be read", "GET", good, wire.Errorf(wire.Internal, "x"), 500, "Internal error: x"},
			{"too few holders connected", "GET", good, wire.Errorf(wire.Unavailable, "x"), 403, "Consensus temporary unreachable"},
			{"too few members", "GET", good, wire.Errorf(wire.TooFew, "ecdsa takes 5 of 4"), 403, "Consensus unreachable"},
			{"no member of the set", "GET", good, wire.Errorf(wire.NotMember, "x"), 500, "node required for this operation is currently disconnected"},
			{"legacy signatures are not taken", "GET", good, wire.Errorf(wire.Policy, "x"), 403, "Access denied: forbidden by the settings of the key server: x"},
			{"a signer cheats", "GET", good, wire.Errorf(wire.Cheated, "x"), 500, "invalid message is received"},
			{"no hash", "GET", strings.TrimSuffix(good, "/"+hash), nil, 400, ""},
			{"a hash with 0x", "GET", legacyPath(t, family, "0x"+hash), nil, 400, ""},
			{"a short hash", "GET", legacyPath(t, family, hash[2:]), nil, 400, ""},
			{"a long hash", "GET", legacyPath(t, family, hash+"00"), nil, 400, ""},
			{"something more", "GET", good + "/1", nil, 400, ""},
			{"POST", "POST", good, nil, 400, ""},
		} {
			keys := &fakeKeys{err: c.err}
			w := overHTTP(testHandler(keys, limits.Config{}), c.method, c.target, "")
			want := ""
			if c.text != "" {
				want = `"\"` + c.text + `\""`
			}
			got := w.Body.String()
			if c.err == nil && c.text != "" { // the library's own words follow
				got, want = strings.TrimSuffix(got, `\""`), strings.TrimSuffix(want, `\""`)
				got = got[:min(len(got), len(want))]
			}
			if w.Code != c.status || got != want {
				t.Errorf("%s, %s: %d %s, want %d %s", family, c.name, w.Code, w.Body, c.status, want)
			}
			if called := keys.called(); called != "" && c.err == nil {
				t.Errorf("%s, %s: it became %q", family, c.name, called)
			}
		}
	}
}

// TestWalletSealedSignature: with a reply key a wallet's request is answered sealed to it, by both doors, and in the open
// without.
func TestWalletSealedSignature(t *testing.T) {
	d := newDoor(t, vectors{}, Options{})
	h := testHandler(d.keys, limits.Config{})
	for name, scheme := range map[string]wire.Scheme{"signEcdsa": wire.ECDSA, "signSchnorr": wire.Schnorr} {
		r := testRequest(wire.OpSign, wire.SignArguments(scheme, testHash), keyID(1))
		r.Request.ReplyKey = wire.Point(wire.NodeIDOf(&testWallet().PublicKey))
		call := callOf(signed(r), hashMember)
		var over struct{ Result json.RawMessage }
		if err := json.Unmarshal([]byte(d.postRaw(t, "secretstore_"+name, "["+call+"]")), &over); err != nil {
			t.Fatal(err)
		}
		for door, text := range map[string][]byte{"HTTP": overHTTP(h, "POST", "/v1/"+name, call).Body.Bytes(), "JSON-RPC": over.Result} {
			var s wire.Signed
			if err := json.Unmarshal(text, &s); err != nil {
				t.Fatalf("%s by %s: %v in %s", name, door, err, text)
			}
			got, err := openSealed(s.Sealed)
			if err != nil || len(got) != scheme.Size() || len(s.Sealed) != scheme.Size()+113 || s.Signature != nil || s.Scheme != scheme || s.Hash != testHash {
				t.Errorf("%s by %s: %v %s", name, door, err, text)
			}
		}
	}
}

// TestSignLimits: a request for a signature counts as one of its address, by each door.
func TestSignLimits(t *testing.T) {
	good := goodCalls()
	for _, c := range []struct{ method, target, body string }{
		{"GET", legacyPath(t, "ecdsa", testHash.Hex()[2:]), ""},
		{"GET", legacyPath(t, "schnorr", testHash.Hex()[2:]), ""},
		{"POST", "/v1/sign", good["sign"]}, {"POST", "/v1/signEcdsa", good["signEcdsa"]}, {"POST", "/v1/signSchnorr", good["signSchnorr"]},
	} {
		keys := new(fakeKeys)
		h := testHandler(keys, limits.Config{AddressRequests: 2, AddressGenerations: 1})
		for i, want := range []int{200, 200, 429} {
			w := overHTTP(h, c.method, c.target, c.body)
			if over := i == 2; w.Code != want || over != (keys.called() == "") {
				t.Errorf("%.20s, request %d: %d %s", c.target, i, w.Code, w.Body)
			}
		}
	}
}
