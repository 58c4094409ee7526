package rpcapi

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/geth-ss/geth-ss/service/limits"
)

// FuzzHandler gives whole requests to the HTTP API: whatever they are, the answer has a
// status of the table and a body of Parity's form, and only what parses reaches the key
// server.
func FuzzHandler(f *testing.F) {
	read := "/" + testID + "/" + testSig
	f.Add("GET", read, "", "")
	f.Add("GET", "/shadow"+read, "", "http://other.example")
	f.Add("POST", "/shadow"+read+"/1", "", "null")
	f.Add("POST", "/shadow"+read+"/"+pointA+"/"+pointB, "x", "")
	f.Add("POST", read+"/99999999999", "", "*")
	f.Add("POST", "/admin/servers_set_change/"+testSig+"/"+testSig, `["0x`+pointA+`"]`, "")
	f.Add("GET", "/schnorr"+read+"/"+testID, "", "")
	f.Add("GET", "/ecdsa"+read+"/"+testID, "", "")
	f.Add("OPTIONS", "//%2f%zz/", "", "http://a")
	for name, call := range goodCalls() {
		f.Add("POST", "/v1/"+name, call, "")
		f.Add("POST", "/v1/"+name, strings.Replace(call, `"signature":`, `"permit":{"message":{"keys":[]},"signature":"0x"},"signature":`, 1), "null")
	}
	f.Add("GET", "/v1/cluster", "", "")
	f.Add("GET", "/v1/openapi.json?x", "", "http://other.example")
	f.Add("GET", "/v1/servers", "", "")
	f.Add("GET", "/v1/serverSets?after=3", "", "")
	f.Add("POST", "/v1/makeOrder", `{"add":["enode://aa"],"remove":null,"needed":"0x2","force":true}`, "")
	for name, c := range testOrders(f) {
		f.Add("POST", "/v1/"+name, asJSON(f, map[string]any{"order": c.order, "signatures": []hexutil.Bytes{adminSign(f, 1, c.order.Digest())}}), "")
	}
	f.Fuzz(func(t *testing.T, method, target, body, origin string) {
		keys := new(fakeKeys)
		h := &handler{keys: keys, cors: newCors([]string{"http://other.example", "null"}), limits: newAddressLimits(limits.Config{})}
		r := &http.Request{
			Method: method, RequestURI: target, URL: new(url.URL), Header: http.Header{"Origin": {origin}},
			Host: "localhost", RemoteAddr: "127.0.0.1:1", Body: io.NopCloser(strings.NewReader(body)),
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		answer := w.Body.String()
		switch w.Code {
		case 200, 400, 403, 404, 500, 405, 413: // 403: a change of the server set, which is switched off
			if answer != "" && !json.Valid([]byte(answer)) {
				t.Errorf("%d with %q, which is no JSON", w.Code, answer)
			}
		case 204:
			if method != http.MethodOptions {
				t.Errorf("204 to %s", method)
			}
		default:
			t.Errorf("status %d", w.Code)
		}
		if _, ok := walletPath(target); ok {
			checkWalletAnswer(t, w, keys)
			return
		}
		_, err := parseParityCall(method, target, []byte(body))
		if called := keys.called(); called != "" && (err != nil || w.Code != 200) {
			t.Errorf("%d, and yet it was done: %s (%v)", w.Code, called, err)
		}
	})
}

// checkWalletAnswer: under /v1/ only what was done is answered as done, and a failure says why.
func checkWalletAnswer(t *testing.T, w *httptest.ResponseRecorder, keys *fakeKeys) {
	if called := keys.called(); called != "" {
		if w.Code != 200 {
			t.Errorf("%d, and yet it was done: %s", w.Code, called)
		}
		return
	}
	var e walletError
	if w.Code >= 400 && w.Body.Len() > 0 && (json.Unmarshal(w.Body.Bytes(), &e) != nil || e.Reason == "" || e.Hint == "" || w.Body.Len() > 4096) {
		t.Errorf("%d with %q", w.Code, w.Body)
	}
}

// FuzzCalls gives the JSON-RPC server any text: the answer is JSON, or none for
// notifications, and no call fails as a defect does.
func FuzzCalls(f *testing.F) {
	manager := accounts.NewManager(nil)
	server := rpc.NewServer()
	for _, api := range APIs(manager, new(fakeKeys), Options{PasswordRPC: true}) {
		if err := server.RegisterName(api.Namespace, api.Service); err != nil {
			f.Fatal(err)
		}
	}
	f.Cleanup(func() { server.Stop(); manager.Close() })
	for _, params := range []string{`"signRawHash","params":["0x00a329c0648769a73afac7f9381e08fb43dbea72","",null]`,
		`"encrypt","params":["0x00a329c0648769a73afac7f9381e08fb43dbea72","p","0x","0x00"]`, `"serversSetHash","params":[["0x` + pointA + `"]]`,
		`"shadowDecrypt","params":[{},[],"",0,[null],"0x"]`, `"status"`, `"peers","params":{}`} {
		f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"secretstore_` + params[1:] + `}`))
		f.Add([]byte(`[{"jsonrpc":"2.0","id":1,"method":"secretstore_` + params[1:] + `},{}]`))
	}
	for name, call := range goodCalls() {
		f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"secretstore_` + name + `","params":[` + call + `]}`))
	}
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"secretstore_cluster"}`))
	f.Add([]byte(`[{"jsonrpc":"2.0","id":1,"method":"rpc_discover","params":[]},{"jsonrpc":"2.0","id":2,"method":"secretstore_serverKey","params":[null]}]`))
	f.Fuzz(func(t *testing.T, call []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(call)))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		answer := w.Body.String()
		if w.Code == 200 && answer != "" && !json.Valid([]byte(answer)) || strings.Contains(answer, "method handler crashed") {
			t.Errorf("%s: %d %s", call, w.Code, answer)
		}
	})
}
