package rpcapi

import (
	"strings"
	"testing"
)

// TestCORS is the table of spec http-api.md 4.
func TestCORS(t *testing.T) {
	none, list, all := []string{"none"}, []string{"http://a.example, http://*.b.example:80??", "null"}, []string{"all"}
	for _, c := range []struct {
		list         []string
		origin, host string
		allow        string
		handled      bool
	}{
		{none, "", "h:1", "", true},
		{list, "", "h:1", "", true},
		{all, "", "h:1", "", true},
		{none, "http://h:1", "h:1", "", true},
		{list, "http://h:1", "h:1", "", true},
		{all, "https://h:1", "h:1", "", true},
		{none, "http://h:2", "h:1", "", false},
		{none, "http://evilh:1", "h:1", "", false},
		{none, "http://h", "h:1", "", false},
		{nil, "http://a.example", "h:1", "", false},
		{none, "http://a.example", "h:1", "", false},
		{list, "http://a.example", "h:1", "http://a.example", true},
		{list, "HTTP://A.Example/path", "h:1", "http://a.example", true},
		{list, "https://a.example", "h:1", "", false},
		{list, "http://a.example:80", "h:1", "", false},
		{list, "http://x.b.example:8001", "h:1", "http://x.b.example:8001", true},
		{list, "http://x.b.example:08001", "h:1", "http://x.b.example:8001", true},
		{list, "http://x.b.example:800", "h:1", "", false},
		{list, "http://b.example:8001", "h:1", "", false},
		{all, "http://a.example:80", "h:1", "http://a.example:80", true},
		{[]string{"*"}, "moz-extension://0af", "h:1", "moz-extension://0af", true},
		{[]string{"any"}, "http://[::1]:80", "h:1", "http://[::1]:80", true},
		{none, "null", "h:1", "", false},
		{list, "null", "h:1", "", true},
		{all, "null", "h:1", "", true},
		{[]string{"http://a.example"}, "null", "h:1", "", false},
	} {
		allow, handled := newCors(c.list).decide(c.origin, c.host)
		if allow != c.allow || handled != c.handled {
			t.Errorf("list %q, origin %q: %q %v, want %q %v", c.list, c.origin, allow, handled, c.allow, c.handled)
		}
	}
}

// TestCORSAnswers: what the decision does to an answer, preflights included.
func TestCORSAnswers(t *testing.T) {
	keys := new(fakeKeys)
	s := startHTTP(t, keys, "http://a.example")
	target := "/" + testID + "/" + testSig
	good, bad := "Origin: http://a.example", "Origin: http://b.example"

	status, header, _ := ask(t, s, "GET", target, "", good)
	if status != "HTTP/1.1 200 OK" || header["access-control-allow-origin"] != "http://a.example" || header["vary"] != "" {
		t.Error(status, header)
	}
	status, header, _ = ask(t, s, "POST", "/shadow"+target+"/"+pointA+"/"+pointB, "", good)
	if status != "HTTP/1.1 200 OK" || header["access-control-allow-origin"] != "http://a.example" || header["content-type"] != "" {
		t.Error(status, header)
	}
	keys.called()
	for _, method := range []string{"GET", "OPTIONS"} {
		status, header, body := ask(t, s, method, target, "", bad, "Access-Control-Request-Method: GET")
		if status != "HTTP/1.1 404 Not Found" || body != "" || header["content-type"] != "" || keys.called() != "" {
			t.Error(method, status, header, body)
		}
	}
	status, header, _ = ask(t, s, "GET", "/a/b", "", good)
	if status != "HTTP/1.1 400 Bad Request" || len(header) != 1 {
		t.Error(status, header)
	}
	status, header, body := ask(t, s, "OPTIONS", target, "", good, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type")
	if status != "HTTP/1.1 204 No Content" || body != "" || header["access-control-allow-origin"] != "http://a.example" ||
		!strings.Contains(header["access-control-allow-methods"], "POST") || header["access-control-allow-headers"] != "content-type" ||
		header["access-control-max-age"] == "" {
		t.Error(status, header, body)
	}
	status, header, body = ask(t, s, "OPTIONS", target, "", good)
	if status != "HTTP/1.1 400 Bad Request" || body != "" || len(header) != 1 {
		t.Error(status, header, body)
	}
}
