package rpcapi

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	testID  = "0000000000000000000000000000000000000000000000000000000000000001"
	testSig = "a199fb39e11eefb61c78a4074a53c0d4424600a3e74aad4fb9d93a26c30d067e1d4d29936de0c73f19827394a1dd049480a0d581aee7ae7546968da7d3d1c2fd01"
	pointA  = "b486d3840218837b035c66196ecb15e6b067ca20101e11bd5e626288ab6806ecc70b8307012626bd512bad1559112d11d21025cef48cc7a1d2f3976da08f36c8"
	pointB  = "1395568277679f7f583ab7c0992da35f26cde57149ee70e524e49bdae62db3e18eb96122501e7cbb798b784395d7bb5a499edead0706638ad056d886e56cf8fb"
)

// unmarshalFile reads a vector file.
func unmarshalFile(t testing.TB, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

// TestParityParsing runs the table of Parity's own parser tests.
func TestParityParsing(t *testing.T) {
	var file struct {
		Parsing struct {
			Cases []struct{ Method, Path, Body, Expected string }
		} `json:"http_request_parsing"`
	}
	unmarshalFile(t, "testdata/parity-protocol.json", &file)
	expected := map[string]endpoint{
		"generate server key, threshold 2":              generateServerKey,
		"store document key":                            storeDocumentKey,
		"generate server and document key, threshold 2": generateDocumentKey,
		"get server key public":                         getServerKey,
		"get document key":                              getDocumentKey,
		"get document key (percent-encoded digit)":      getDocumentKey,
		"get document key shadow":                       getShadow,
		"Schnorr sign":                                  signSchnorr,
		"ECDSA sign":                                    signECDSA,
		"servers set change":                            changeServers,
		"invalid":                                       0,
	}
	if len(file.Parsing.Cases) != 21 {
		t.Fatalf("%d cases in the vector file, want 21", len(file.Parsing.Cases))
	}
	for _, c := range file.Parsing.Cases {
		want, known := expected[c.Expected]
		if !known {
			t.Fatalf("unknown expectation %q", c.Expected)
		}
		req, err := parseParityCall(c.Method, c.Path, []byte(c.Body))
		switch {
		case want == 0 && err == nil:
			t.Errorf("%s %s: parsed as %v, want invalid", c.Method, c.Path, req.endpoint)
		case want != 0 && (err != nil || req.endpoint != want):
			t.Errorf("%s %s: %v, %v, want %v", c.Method, c.Path, req, err, want)
		case strings.HasSuffix(c.Expected, "threshold 2") && req.threshold != 2:
			t.Errorf("%s %s: threshold %d", c.Method, c.Path, req.threshold)
		}
	}
}

// TestParsingRules has a row for each rule of spec http-api.md 2 that Parity's table
// leaves out.
func TestParsingRules(t *testing.T) {
	for _, c := range []struct {
		rule, method, target string
		want                 endpoint
	}{
		{"query is ignored", "GET", "/" + testID + "/" + testSig + "?a=b/c", getDocumentKey},
		{"fragment is ignored", "GET", "/" + testID + "/" + testSig + "#a/b", getDocumentKey},
		{"absolute form", "GET", "http://host:1/" + testID + "/" + testSig, getDocumentKey},
		{"escaped slash separates", "GET", "/server%2F" + testID + "%2f" + testSig, getServerKey},
		{"escaped letters", "GET", "/%73erver/" + testID + "/" + testSig, getServerKey},
		{"escaped white space in hex", "GET", "/" + testID[:3] + "%20%09%0d%0A" + testID[3:] + "/%20" + testSig, getDocumentKey},
		{"leading slashes", "GET", "////" + testID + "/" + testSig, getDocumentKey},
		{"escaped leading slashes", "GET", "/%2f" + testID + "/" + testSig, getDocumentKey},
		{"upper case hex", "GET", "/" + strings.ToUpper(testID) + "/" + strings.ToUpper(testSig), getDocumentKey},
		{"trailing slash", "GET", "/" + testID + "/" + testSig + "/", 0},
		{"inner empty segment", "GET", "/" + testID + "//" + testSig, 0},
		{"0x", "GET", "/0x" + testID + "/" + testSig, 0},
		{"short id", "GET", "/" + testID[2:] + "/" + testSig, 0},
		{"odd id", "GET", "/" + testID[1:] + "/" + testSig, 0},
		{"long id", "GET", "/" + testID + "00/" + testSig, 0},
		{"other white space", "GET", "/" + testID[:3] + "%0b" + testID[3:] + "/" + testSig, 0},
		{"stray percent sign", "GET", "/%zz" + testID + "/" + testSig, 0},
		{"percent sign at the end", "GET", "/" + testID + "/" + testSig + "%", 0},
		{"invalid UTF-8", "GET", "/" + testID + "/" + testSig + "?", getDocumentKey},
		{"invalid UTF-8", "GET", "/%ff" + testID + "/" + testSig, 0},
		{"family is case-sensitive", "GET", "/Server/" + testID + "/" + testSig, 0},
		{"schnorr without prefix", "GET", "/" + testID + "/" + testSig + "/" + testID, 0},
		{"HEAD", "HEAD", "/" + testID + "/" + testSig, 0},
		{"OPTIONS", "OPTIONS", "/" + testID + "/" + testSig, 0},
		{"PUT", "PUT", "/" + testID + "/" + testSig + "/1", 0},
		{"DELETE", "DELETE", "/" + testID + "/" + testSig, 0},
		{"POST for GET", "POST", "/" + testID + "/" + testSig, 0},
		{"GET for POST", "GET", "/shadow/" + testID + "/" + testSig + "/1", 0},
		{"star", "OPTIONS", "*", 0},
		{"five segments", "POST", "/shadow/" + testID + "/" + testSig + "/" + pointA + "/" + pointB + "/1", 0},
		{"short point", "POST", "/shadow/" + testID + "/" + testSig + "/" + pointA[2:] + "/" + pointB, 0},
		{"short second point", "POST", "/shadow/" + testID + "/" + testSig + "/" + pointA + "/" + pointB[2:], 0},
		{"server with hash", "GET", "/server/" + testID + "/" + testSig + "/" + testID, 0},
	} {
		req, err := parseParityCall(c.method, c.target, nil)
		if (err == nil) != (c.want != 0) || err == nil && req.endpoint != c.want {
			t.Errorf("%s: %v, want %v", c.rule, err, c.want)
		}
	}
}

func TestThresholdGrammar(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1": 1, "+1": 1, "007": 7, "+00": 0, "4294967296": 1 << 32, "18446744073709551615": -1,
	} {
		req, err := parseParityCall("POST", "/shadow/"+testID+"/"+testSig+"/"+text, nil)
		if err != nil || req.threshold != uint64(want) {
			t.Errorf("threshold %q: %v", text, err)
		}
	}
	for _, text := range []string{"", "+", "-1", "-0", "++1", "0x1", "1.0", "1_000", "%201", "1%20", "a", "18446744073709551616"} {
		if _, err := parseParityCall("POST", "/"+testID+"/"+testSig+"/"+text, nil); err == nil {
			t.Errorf("threshold %q parsed", text)
		}
	}
}

// TestAdminBody has a row for each way to write the list of E9.
func TestAdminBody(t *testing.T) {
	target := "/admin/servers_set_change/" + testSig + "/" + testSig
	for body, want := range map[string]int{
		`[]`:                   0,
		`["0x` + pointA + `"]`: 1,
		` [ "0x` + pointA + `" , "0x` + pointA + `" ] `: 2,
		``:                          -1,
		`null`:                      -1,
		`[null]`:                    -1,
		`{}`:                        -1,
		`"0x` + pointA + `"`:        -1,
		`["` + pointA + `"]`:        -1,
		`["0X` + pointA + `"]`:      -1,
		`["0x` + pointA[2:] + `"]`:  -1,
		`["0x ` + pointA[1:] + `"]`: -1,
		`["0x` + pointA + `",]`:     -1,
		`["0x` + pointA + `"] x`:    -1,
		`[1]`:                       -1,
	} {
		req, err := parseParityCall("POST", target, []byte(body))
		switch {
		case want < 0 && err == nil:
			t.Errorf("body %s parsed", body)
		case want >= 0 && (err != nil || len(req.nodes) != want):
			t.Errorf("body %s: %v", body, err)
		}
	}
	if _, err := parseParityCall("GET", target, []byte("[]")); err == nil {
		t.Error("GET parsed")
	}
	if _, err := parseParityCall("POST", target+"/", []byte("[]")); err == nil {
		t.Error("a fifth segment parsed")
	}
}

// FuzzParse checks that parsing never panics, and that what parses, parses again from
// its canonical form.
func FuzzParse(f *testing.F) {
	f.Add("GET", "/"+testID+"/"+testSig, "")
	f.Add("POST", "/shadow/"+testID+"/"+testSig+"/%31", "")
	f.Add("POST", "/shadow/"+testID+"/"+testSig+"/"+pointA+"/"+pointB, "")
	f.Add("POST", "/admin/servers_set_change/"+testSig+"/"+testSig, `["0x`+pointA+`"]`)
	f.Add("OPTIONS", "*", "")
	f.Add("GET", "%", "")
	f.Fuzz(func(t *testing.T, method, target, body string) {
		req, err := parseParityCall(method, target, []byte(body))
		if err != nil {
			if req != nil {
				t.Fatal("an error with half a request")
			}
			return
		}
		again, err := parseParityCall(method, canonical(req), []byte(body))
		if err != nil || again.endpoint != req.endpoint || again.id != req.id || again.signature != req.signature ||
			again.threshold != req.threshold || again.common != req.common || again.encrypted != req.encrypted || again.hash != req.hash {
			t.Fatalf("%q parsed, its canonical form did not: %v", target, err)
		}
	})
}

// canonical writes a request's path plainly.
func canonical(r *parityCall) string {
	id, sig := wire.KeyID(r.id).String()[2:], hexOf(r.signature[:])
	switch r.endpoint {
	case generateServerKey:
		return "/shadow/" + id + "/" + sig + "/" + decimal(r.threshold)
	case storeDocumentKey:
		return "/shadow/" + id + "/" + sig + "/" + hexOf(r.common[:]) + "/" + hexOf(r.encrypted[:])
	case generateDocumentKey:
		return "/" + id + "/" + sig + "/" + decimal(r.threshold)
	case getServerKey:
		return "/server/" + id + "/" + sig
	case getDocumentKey:
		return "/" + id + "/" + sig
	case getShadow:
		return "/shadow/" + id + "/" + sig
	case signSchnorr:
		return "/schnorr/" + id + "/" + sig + "/" + hexOf(r.hash[:])
	case signECDSA:
		return "/ecdsa/" + id + "/" + sig + "/" + hexOf(r.hash[:])
	}
	return "/admin/servers_set_change/" + hexOf(r.oldSet[:]) + "/" + hexOf(r.newSet[:])
}
