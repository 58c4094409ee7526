package rpcapi

import (
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// testWallet signs the requests of these tests: always the same, so that answers repeat.
func testWallet() *ecdsa.PrivateKey {
	key, err := crypto.ToECDSA(common.LeftPadBytes([]byte{7}, 32))
	if err != nil {
		panic(err)
	}
	return key
}

func keyID(n int) wire.KeyID { return wire.KeyID{0: 0x11, 1: byte(n >> 8), 2: byte(n)} }

// testRequest is a request of the test's wallet for keys.
func testRequest(op wire.Operation, arguments common.Hash, keys ...wire.KeyID) *wire.SignedRequest {
	wallet := testWallet()
	r := &wire.SignedRequest{Request: wire.Request{
		Chain: testChain, Cluster: testCluster, Account: crypto.PubkeyToAddress(wallet.PublicKey), Operation: op, Keys: keys,
		Arguments: arguments, Expiry: 1_700_000_600, Nonce: common.Hash{31: 9},
	}}
	if op == wire.OpRetrieve {
		r.Request.ReplyKey = wire.Point(wire.NodeIDOf(&wallet.PublicKey))
	}
	return signed(r)
}

func signed(r *wire.SignedRequest) *wire.SignedRequest {
	digest := r.Request.Digest()
	r.Signature, _ = crypto.Sign(digest[:], testWallet())
	return r
}

// callOf is a request with its arguments, as a client sends it.
func callOf(r *wire.SignedRequest, arguments string) string {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	if arguments == "" {
		return string(text)
	}
	return strings.TrimSuffix(string(text), "}") + "," + arguments + "}"
}

var (
	pointG = wire.Point(common.FromHex("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"))
	// testHash is what is to be signed.
	testHash   = common.Hash{0: 0x5a, 31: 0xa5}
	hashMember = fmt.Sprintf(`"hash":"%v"`, testHash)
	pairG      = fmt.Sprintf(`"commonPoint":"0x%x","encryptedPoint":"0x%x"`, pointG, pointG)
)

// goodCalls are one for each operation.
func goodCalls() map[string]string {
	return map[string]string{
		"generateServerKey":    callOf(testRequest(wire.OpGenerate, wire.GenerateArguments(2), keyID(1)), `"threshold":2`),
		"storeDocumentKey":     callOf(testRequest(wire.OpStore, wire.StoreArguments(pointG, pointG), keyID(1)), pairG),
		"serverKey":            callOf(testRequest(wire.OpPublic, wire.NoArguments, keyID(1)), ""),
		"retrieveDocumentKeys": callOf(testRequest(wire.OpRetrieve, wire.NoArguments, keyID(1), wire.KeyID{31: 1}), ""),
		"sign":                 callOf(testRequest(wire.OpSign, wire.SignArguments(wire.BIP340, testHash), keyID(1)), `"scheme":"bip340",`+hashMember),
		"signSchnorr":          callOf(testRequest(wire.OpSign, wire.SignArguments(wire.Schnorr, testHash), keyID(1)), hashMember),
		"signEcdsa":            callOf(testRequest(wire.OpSign, wire.SignArguments(wire.ECDSA, testHash), keyID(1)), hashMember),
	}
}

// overHTTP gives one request to the HTTP handler.
func overHTTP(h http.Handler, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost"+target, strings.NewReader(body))
	r.RequestURI, r.RemoteAddr = target, "192.0.2.1:99"
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func testHandler(keys KeyServer, cfg limits.Config) *handler {
	return &handler{keys: keys, cors: newCors([]string{"http://dapp.example"}), limits: newAddressLimits(cfg)}
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "wallets", name+".json")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || strings.TrimSpace(string(want)) != got {
		t.Errorf("%s answers %s\nwant %s (%v)", name, got, want, err)
	}
}

// TestWalletMethods: each request reaches the key server as it was meant, by JSON-RPC and by
// HTTP, and both answer the same.
func TestWalletMethods(t *testing.T) {
	d := newDoor(t, vectors{}, Options{})
	h := testHandler(d.keys, limits.Config{})
	wallet := crypto.PubkeyToAddress(testWallet().PublicKey)
	retrieve := testRequest(wire.OpRetrieve, wire.NoArguments, keyID(1), wire.KeyID{31: 1})
	proof, err := retrieve.Proof()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"generateServerKey":    fmt.Sprintf("generate server key %v %v 2", wallet, keyID(1)),
		"storeDocumentKey":     fmt.Sprintf("store %v %v 79be 79be", wallet, keyID(1)),
		"serverKey":            fmt.Sprintf("server key %v %v", wallet, keyID(1)),
		"retrieveDocumentKeys": fmt.Sprintf("retrieve %x 2", proof.Hash()),
		"sign":                 fmt.Sprintf("sign %v %v bip340 %v", wallet, keyID(1), testHash),
		"signSchnorr":          fmt.Sprintf("sign %v %v schnorr %v", wallet, keyID(1), testHash),
		"signEcdsa":            fmt.Sprintf("sign %v %v ecdsa %v", wallet, keyID(1), testHash),
	}
	for name, call := range goodCalls() {
		w := overHTTP(h, "POST", "/v1/"+name, call)
		if called := d.keys.called(); called != want[name] || w.Code != 200 || w.Header().Get("Content-Type") != jsonType {
			t.Errorf("%s by HTTP became %q, want %q: %d %s", name, called, want[name], w.Code, w.Body)
		}
		got := d.postRaw(t, "secretstore_"+name, "["+call+"]")
		if called := d.keys.called(); called != want[name] {
			t.Errorf("%s by JSON-RPC became %q, want %q: %s", name, called, want[name], got)
		}
		if both := `{"jsonrpc":"2.0","id":1,"result":` + w.Body.String() + `}`; got != both {
			t.Errorf("%s by JSON-RPC: %s\nby HTTP: %s", name, got, both)
		}
		golden(t, name, w.Body.String())
	}
	w := overHTTP(h, "GET", "/v1/cluster", "")
	if got := d.postRaw(t, "secretstore_cluster", "[]"); got != `{"jsonrpc":"2.0","id":1,"result":`+w.Body.String()+`}` {
		t.Errorf("cluster: %s\n%s", got, w.Body)
	}
	golden(t, "cluster", w.Body.String())
}

// TestWalletChainID: a wallet knows the chain id from the domain, so the message may lack it.
func TestWalletChainID(t *testing.T) {
	keys := new(fakeKeys)
	call := strings.Replace(goodCalls()["serverKey"], `"chainId":1337,`, "", 1)
	if w := overHTTP(testHandler(keys, limits.Config{}), "POST", "/v1/serverKey", call); w.Code != 200 || !strings.Contains(keys.called(), "server key") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestWalletRefused: what a request is not signed for, and what is no request, reaches nobody.
func TestWalletRefused(t *testing.T) {
	good := goodCalls()
	bend := func(name, old, by string) string {
		if !strings.Contains(good[name], old) {
			t.Fatalf("%s has no %s", good[name], old)
		}
		return strings.Replace(good[name], old, by, 1)
	}
	id := keyID(1).String()
	many := make([]wire.KeyID, wire.MaxRequestKeys+1)
	for i := range many {
		many[i] = keyID(i)
	}
	legacy, err := crypto.Sign(common.FromHex(id), testWallet())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, operation, body, reason, text string }{
		{"nothing", "serverKey", ``, "malformedRequest", ""},
		{"null", "serverKey", `null`, "malformedRequest", "0 key ids"},
		{"a list", "retrieveDocumentKeys", `[` + good["serverKey"] + `]`, "malformedRequest", ""},
		{"a string", "serverKey", `"x"`, "malformedRequest", ""},
		{"empty", "retrieveDocumentKeys", `{}`, "malformedRequest", "0 key ids"},
		{"two objects", "serverKey", good["serverKey"] + good["serverKey"], "malformedRequest", "more than one"},
		{"too long", "serverKey", strings.Repeat(" ", maxCall) + good["serverKey"], "malformedRequest", ""},
		{"unknown member", "serverKey", callOf(testRequest(wire.OpPublic, wire.NoArguments, keyID(1)), `"password":"x"`), "malformedRequest", "password"},
		{"unknown member with a long name", "serverKey", `{"` + strings.Repeat("x", 5000) + `":1}`, "malformedRequest", "xxx"},
		{"unknown member of the message", "serverKey", bend("serverKey", `"message":{`, `"message":{"spender":"0x",`), "malformedRequest", "spender"},
		{"unknown member of the permit", "serverKey", callOf(testRequest(wire.OpPublic, wire.NoArguments, keyID(1)), `"permit":{"message":{"all":true}}`), "malformedRequest", "all"},
		{"arguments of another method", "serverKey", callOf(testRequest(wire.OpPublic, wire.NoArguments, keyID(1)), `"threshold":1`), "malformedRequest", "threshold"},
		{"without threshold", "generateServerKey", bend("generateServerKey", `,"threshold":2`, ``), "malformedRequest", "threshold is missing"},
		{"negative threshold", "generateServerKey", bend("generateServerKey", `"threshold":2`, `"threshold":-1`), "malformedRequest", "threshold"},
		{"huge threshold", "generateServerKey", bend("generateServerKey", `"threshold":2`, `"threshold":4294967296`), "malformedRequest", "threshold"},
		{"other threshold", "generateServerKey", bend("generateServerKey", `"threshold":2`, `"threshold":1`), "badRequester", "other arguments"},
		{"without points", "storeDocumentKey", bend("storeDocumentKey", pairG, `"commonPoint":null`), "malformedRequest", "missing"},
		{"short point", "storeDocumentKey", bend("storeDocumentKey", `"commonPoint":"0x79`, `"commonPoint":"0x`), "malformedRequest", ""},
		{"other point", "storeDocumentKey", bend("storeDocumentKey", `"commonPoint":"0x79`, `"commonPoint":"0x7a`), "badRequester", "other arguments"},
		{"two keys", "serverKey", callOf(testRequest(wire.OpPublic, wire.NoArguments, keyID(1), keyID(2)), ""), "malformedRequest", "instead of one"},
		{"a key twice", "retrieveDocumentKeys", callOf(testRequest(wire.OpRetrieve, wire.NoArguments, keyID(1), keyID(1)), ""), "malformedRequest", "twice"},
		{"too many keys", "retrieveDocumentKeys", callOf(testRequest(wire.OpRetrieve, wire.NoArguments, many...), ""), "malformedRequest", "1 to 256"},
		{"short id", "serverKey", bend("serverKey", id, "0x11"), "malformedRequest", ""},
		{"negative expiry", "serverKey", bend("serverKey", `"expiry":1700000600`, `"expiry":-1`), "malformedRequest", "expiry"},
		{"without scheme", "sign", bend("sign", `"scheme":"bip340",`, ``), "malformedRequest", "scheme is missing"},
		{"scheme of null", "sign", bend("sign", `"bip340"`, `null`), "malformedRequest", "scheme is missing"},
		{"unknown scheme", "sign", bend("sign", `"bip340"`, `"ed25519"`), "malformedRequest", "there are ecdsa, schnorr, rfc9591 and bip340"},
		{"scheme by number", "sign", bend("sign", `"bip340"`, `4`), "malformedRequest", "scheme"},
		{"scheme of a long name", "sign", bend("sign", `"bip340"`, `"`+strings.Repeat("x", 5000)+`"`), "malformedRequest", "scheme"},
		{"other scheme", "sign", bend("sign", `"bip340"`, `"ecdsa"`), "badRequester", "other arguments"},
		{"scheme where the method has one", "signEcdsa", bend("signEcdsa", hashMember, `"scheme":"ecdsa",`+hashMember), "malformedRequest", "scheme"},
		{"another method's scheme", "signEcdsa", good["signSchnorr"], "badRequester", "other arguments"},
		{"without hash", "signSchnorr", bend("signSchnorr", ","+hashMember, ``), "malformedRequest", "hash is missing"},
		{"short hash", "signSchnorr", bend("signSchnorr", `"hash":"0x5a`, `"hash":"0x`), "malformedRequest", "length 62, want 64"},
		{"other hash", "signSchnorr", bend("signSchnorr", `"hash":"0x5a`, `"hash":"0x5b`), "badRequester", "other arguments"},
		{"two keys to sign with", "sign", callOf(testRequest(wire.OpSign, wire.SignArguments(wire.BIP340, testHash), keyID(1), keyID(2)), `"scheme":"bip340",`+hashMember), "malformedRequest", "instead of one"},
		{"a reply key off the curve", "signEcdsa", callOf(signed(&wire.SignedRequest{Request: offCurve()}), hashMember), "badRequester", "not a point"},
		{"the method's name for the operation", "signEcdsa", callOf(testRequest("signEcdsa", wire.SignArguments(wire.ECDSA, testHash), keyID(1)), hashMember), "badRequester", "another operation"},
		{"other operation", "serverKey", callOf(testRequest(wire.OpWatch, wire.NoArguments, keyID(1)), ""), "badRequester", "another operation"},
		{"other cluster", "serverKey", callOf(signed(bent(func(r *wire.Request) { r.Cluster[0]++ })), ""), "badRequester", "another cluster"},
		{"other chain", "serverKey", callOf(signed(bent(func(r *wire.Request) { r.Chain++ })), ""), "badRequester", "another chain"},
		{"nobody", "serverKey", callOf(signed(bent(func(r *wire.Request) { r.Account = common.Address{} })), ""), "badRequester", "zero address"},
		{"long signature", "serverKey", callOf(&wire.SignedRequest{Request: bent(func(*wire.Request) {}).Request, Signature: make([]byte, 5000)}, ""), "badRequester", "too long"},
		{"longest signatures", "serverKey", callOf(&wire.SignedRequest{Request: bent(func(*wire.Request) {}).Request, Signature: make([]byte, 40000)}, ""), "malformedRequest", "too long"},
		{"a legacy proof", "serverKey", `{"id":"` + id + `","signature":"` + hexutil.Encode(legacy) + `"}`, "malformedRequest", "id"},
	} {
		keys := new(fakeKeys)
		w := overHTTP(testHandler(keys, limits.Config{}), "POST", "/v1/"+c.operation, c.body)
		var e walletError
		err := json.Unmarshal(w.Body.Bytes(), &e)
		if err != nil || e.Reason != c.reason || !strings.Contains(e.Message, c.text) || e.Hint == "" || w.Code/100 != 4 {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
		if strings.Contains(e.Message, "rpcapi.") || strings.Contains(e.Message, "Go ") || strings.Contains(e.Message, "common.") || len(w.Body.String()) > 1000 {
			t.Errorf("%s: it is told %s", c.name, e.Message)
		}
		if called := keys.called(); called != "" {
			t.Errorf("%s became %q", c.name, called)
		}
	}
}

func bent(bend func(*wire.Request)) *wire.SignedRequest {
	r := testRequest(wire.OpPublic, wire.NoArguments, keyID(1))
	bend(&r.Request)
	return r
}

// offCurve is a request for a signature that nobody can open.
func offCurve() wire.Request {
	r := testRequest(wire.OpSign, wire.SignArguments(wire.ECDSA, testHash), keyID(1)).Request
	r.ReplyKey = wire.Point{1}
	return r
}

// TestWalletBatchFits: the longest honest request is taken: as many keys as there may be, and
// a permit that names each of them.
func TestWalletBatchFits(t *testing.T) {
	keys := make([]wire.KeyID, wire.MaxRequestKeys)
	for i := range keys {
		keys[i] = keyID(i)
	}
	r := testRequest(wire.OpRetrieve, wire.NoArguments, keys...)
	r.Signature = make([]byte, 65)
	r.Permit = &wire.SignedPermit{Permit: wire.Permit{Keys: keys, Operations: wire.Operations}, Signature: make([]byte, 2048)}
	text, err := json.MarshalIndent(r, "", "    ")
	if err != nil {
		t.Fatal(err)
	}
	fake := new(fakeKeys)
	w := overHTTP(testHandler(fake, limits.Config{}), "POST", "/v1/retrieveDocumentKeys", string(text))
	if called := fake.called(); w.Code != 200 || !strings.HasSuffix(called, " 256") {
		t.Errorf("%d bytes: %d %q %.300s", len(text), w.Code, called, w.Body)
	}
	if len(text) > maxCall*3/4 {
		t.Errorf("it has %d bytes", len(text))
	}
}

// TestWalletErrors: every reason has a word of its own, a status and a hint, and what is within
// this node is told to nobody.
func TestWalletErrors(t *testing.T) {
	words := map[string]bool{malformedRow.word: true}
	for reason := range rows {
		r, ok := reasonRows[reason]
		if !ok || words[r.word] || r.hint == "" || r.status < 400 {
			t.Errorf("%v: %+v", reason, r)
		}
		words[r.word] = true
	}
	d := newDoor(t, vectors{}, Options{})
	h := testHandler(d.keys, limits.Config{})
	for _, c := range []struct {
		err        error
		status     int
		retry      string
		rpcCode    int
		code       uint8
		word, text string
	}{
		{wire.Errorf(wire.NotAuthor, "only the author"), 403, "", -32000, 12, "notAuthor", "not the author: only the author"},
		{wire.Errorf(wire.TooFew, "ecdsa takes 5 = 2t+1 of them, the key has 4"), 403, "", -32000, 24, "tooFewServers", "too few key servers: ecdsa takes 5 = 2t+1 of them, the key has 4"},
		{wire.Errorf(wire.KeyExists, ""), 409, "", -32000, 8, "keyExists", "server key exists"},
		{fmt.Errorf("x: %w", wire.Errorf(wire.Unavailable, "behind")), 503, "", -32000, 14, "unavailable", "temporarily unavailable: behind"},
		{wire.Errorf(wire.Database, "/secret/path"), 500, "", -32000, 17, "database", "database error: see the log of the key server"},
		{errors.New("/secret/path is on fire"), 500, "", -32000, 1, "internal", "internal error: see the log of the key server"},
		{&limits.Exceeded{Detail: "x", RetryAfter: 1500 * time.Millisecond}, 429, "2", -32005, 20, "limit", "limit exceeded: x"},
		{&limits.Exceeded{Detail: "full"}, 429, "", -32005, 20, "limit", "limit exceeded: full"},
		{wire.Errorf(wire.Limit, "x"), 429, "1", -32005, 20, "limit", "limit exceeded: x"},
		{&wire.Error{Reason: 99}, 500, "", -32000, 1, "internal", "internal error: see the log of the key server"},
	} {
		d.keys.err = c.err
		for name, call := range goodCalls() {
			w := overHTTP(h, "POST", "/v1/"+name, call)
			var e walletError
			if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || w.Code != c.status || w.Header().Get("Retry-After") != c.retry ||
				e.Code != c.code || e.Reason != c.word || e.Message != c.text || e.Hint == "" {
				t.Errorf("%v, %s: %d %v %s", c.err, name, w.Code, w.Header(), w.Body)
			}
			text, _ := json.Marshal(c.text)
			want := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"error":{"code":%d,"message":%s,"data":%s}}`, c.rpcCode, text, w.Body)
			if got := d.postRaw(t, "secretstore_"+name, "["+call+"]"); got != want {
				t.Errorf("%s\nwant %s", got, want)
			}
		}
	}
}

// TestWalletLimits: a batch counts as so many requests of its address; generations have an
// allowance of their own; over IPC there is none.
func TestWalletLimits(t *testing.T) {
	keys, good := new(fakeKeys), goodCalls()
	h := testHandler(keys, limits.Config{AddressRequests: 5, AddressGenerations: 1})
	batch := callOf(testRequest(wire.OpRetrieve, wire.NoArguments, keyID(1), keyID(2), keyID(3)), "")
	for i, want := range []int{200, 200, 429} { // 3 and 3 of 5: what is begun is answered
		w := overHTTP(h, "POST", "/v1/retrieveDocumentKeys", batch)
		if over := w.Code == 429; w.Code != want || over != (w.Header().Get("Retry-After") != "") || over != (keys.called() == "") {
			t.Errorf("batch %d: %d %v %s", i, w.Code, w.Header(), w.Body)
		}
	}
	h = testHandler(keys, limits.Config{AddressGenerations: 1})
	for i, want := range []int{200, 429} {
		if w := overHTTP(h, "POST", "/v1/generateServerKey", good["generateServerKey"]); w.Code != want {
			t.Errorf("generation %d: %d %s", i, w.Code, w.Body)
		}
	}
	d := newDoor(t, vectors{}, Options{Limits: limits.Config{AddressRequests: 1, AddressGenerations: 1}})
	for i := range 3 {
		got := d.postRaw(t, "secretstore_generateServerKey", "["+good["generateServerKey"]+"]")
		if over := strings.Contains(got, "-32005") && strings.Contains(got, `"reason":"limit"`); over != (i > 0) {
			t.Errorf("call %d: %s", i, got)
		}
		var key wire.ServerKey
		if err := d.inproc.Call(&key, "secretstore_generateServerKey", json.RawMessage(good["generateServerKey"])); err != nil || key.Public != testPoint {
			t.Errorf("in process: %v %v", key, err)
		}
	}
}

// TestWalletRoutes: other paths and methods under /v1/ are told so, and pages of allowed origins
// may read every answer.
func TestWalletRoutes(t *testing.T) {
	h := testHandler(new(fakeKeys), limits.Config{})
	for _, c := range []struct {
		method, target string
		status         int
		allow          string
	}{
		{"GET", "/v1/", 404, ""}, {"GET", "/v1/nothing", 404, ""}, {"POST", "/v1/watchAccess", 404, ""}, {"GET", "/v1/cluster/", 404, ""},
		{"GET", "/v1/serverKey", 405, "POST"}, {"POST", "/v1/cluster", 405, "GET"}, {"DELETE", "/v1/openapi.json", 405, "GET"},
		{"GET", "/v1/cluster?x=1", 200, ""}, {"GET", "/v1/%63luster", 200, ""}, {"GET", "/v1/" + strings.Repeat("<script>", 1000), 404, ""},
		{"GET", "/v2/cluster", 400, ""}, {"GET", "/v1", 400, ""},
	} {
		w := overHTTP(h, c.method, c.target, "", "Origin", "http://dapp.example")
		if w.Code != c.status || w.Header().Get("Allow") != c.allow || c.status != 400 && w.Header().Get("Access-Control-Allow-Origin") != "http://dapp.example" || w.Body.Len() > 2000 && c.status != 200 {
			t.Errorf("%s %.40s: %d %v %.300s", c.method, c.target, w.Code, w.Header(), w.Body)
		}
	}
	w := overHTTP(h, "OPTIONS", "/v1/serverKey", "", "Origin", "http://dapp.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
	if w.Code != 204 || w.Header().Get("Access-Control-Allow-Headers") != "content-type" {
		t.Errorf("preflight: %d %v", w.Code, w.Header())
	}
	if w := overHTTP(h, "GET", "/v1/cluster", "", "Origin", "http://other.example"); w.Code != 404 || w.Body.Len() > 0 || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a foreign page: %d %v", w.Code, w.Header())
	}
	w = overHTTP(h, "POST", "/v1/serverKey", strings.Repeat(" ", maxCall+1))
	if w.Code != 413 || !strings.Contains(w.Body.String(), "malformedRequest") {
		t.Errorf("a long body: %d %s", w.Code, w.Body)
	}
}

// TestWalletsWithoutKeyServer: a node that runs no key server takes no wallet's requests.
func TestWalletsWithoutKeyServer(t *testing.T) {
	manager := accounts.NewManager(nil)
	defer manager.Close()
	for _, api := range APIs(manager, nil, Options{}) {
		if _, ok := api.Service.(*accountAPI); !ok || api.Namespace == rpc.MetadataApi {
			t.Errorf("%s: %T", api.Namespace, api.Service)
		}
	}
}
