package proxies

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// TestClient: whatever a client writes into the headers, only what a trusted proxy has added counts.
func TestClient(t *testing.T) {
	list, err := Parse([]string{"10.0.0.1", "10.0.1.0/24", "2001:db8:1::/64", "::1"})
	if err != nil {
		t.Fatal(err)
	}
	const proxy = "10.0.0.1:5000"
	for _, c := range []struct {
		name, remote string
		xff, fwd     []string // header lines
		want         string   // without a port
	}{
		{"no header", proxy, nil, nil, "10.0.0.1"},
		{"of nobody who is trusted", "192.0.2.1:5000", []string{"198.51.100.7"}, []string{"for=198.51.100.7"}, "192.0.2.1"},
		{"one hop", proxy, []string{"198.51.100.7"}, nil, "198.51.100.7"},
		{"a port", proxy, []string{"198.51.100.7:4711"}, nil, "198.51.100.7"},
		{"IPv6", proxy, []string{"2001:db8:2::7"}, nil, "2001:db8:2::7"},
		{"IPv6 in brackets", proxy, []string{"[2001:db8:2::7]:4711"}, nil, "2001:db8:2::7"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:5000", []string{"::ffff:198.51.100.7"}, nil, "198.51.100.7"},
		{"a proxy of IPv6", "[2001:db8:1::9]:5000", []string{"198.51.100.7"}, nil, "198.51.100.7"},
		{"spoofed on the left", proxy, []string{"6.6.6.6, 198.51.100.7"}, nil, "198.51.100.7"},
		{"spoofed as a trusted one", proxy, []string{"10.0.1.5, 198.51.100.7"}, nil, "198.51.100.7"},
		{"spoofed in a line of its own", proxy, []string{"6.6.6.6", "198.51.100.7"}, nil, "198.51.100.7"},
		{"rubbish on the left", proxy, []string{"<script>, ,,198.51.100.7"}, nil, "198.51.100.7"},
		{"two proxies", proxy, []string{"6.6.6.6, 198.51.100.7, 10.0.1.5"}, nil, "198.51.100.7"},
		{"from a proxy itself", proxy, []string{"10.0.1.5"}, nil, "10.0.1.5"},
		{"an entry that is none", proxy, []string{"6.6.6.6, example.com"}, nil, "10.0.0.1"},
		{"an empty entry", proxy, []string{"6.6.6.6, "}, nil, "10.0.0.1"},
		{"behind another proxy, none", proxy, []string{"example.com, 10.0.1.5"}, nil, "10.0.0.1"},
		{"a zone", proxy, []string{"fe80::1%eth0"}, nil, "10.0.0.1"},
		{"unknown", proxy, []string{"6.6.6.6, unknown"}, nil, "10.0.0.1"},
		{"a port that swallows", proxy, []string{"6.6.6.6:1:2"}, nil, "10.0.0.1"},
		{"too long", proxy, []string{strings.Repeat("6.6.6.6,", 600) + "198.51.100.7"}, nil, "10.0.0.1"},
		{"endless trusted hops", proxy, []string{"6.6.6.6," + strings.Repeat("10.0.1.5,", 100) + "10.0.1.6"}, nil, "10.0.1.5"},

		{"Forwarded", proxy, nil, []string{"for=198.51.100.7"}, "198.51.100.7"},
		{"Forwarded in full", proxy, nil, []string{`by=10.0.0.1; FOR="198.51.100.7:4711" ;host=a.example;proto=https`}, "198.51.100.7"},
		{"Forwarded of IPv6", proxy, nil, []string{`For="[2001:db8:2::7]:4711"`}, "2001:db8:2::7"},
		{"Forwarded, escaped", proxy, nil, []string{`for="198.51.100\.7"`}, "198.51.100.7"},
		{"Forwarded, spoofed on the left", proxy, nil, []string{"for=6.6.6.6, for=198.51.100.7"}, "198.51.100.7"},
		{"Forwarded, spoofed in a line of its own", proxy, nil, []string{"for=6.6.6.6", "for=198.51.100.7, for=10.0.1.5"}, "198.51.100.7"},
		{"Forwarded, hidden", proxy, nil, []string{"for=6.6.6.6, for=_hidden"}, "10.0.0.1"},
		{"Forwarded, hidden behind another", proxy, nil, []string{`for=6.6.6.6, for="_hidden:_port", for=10.0.1.5`}, "10.0.1.5"},
		{"Forwarded, unknown", proxy, nil, []string{"for=6.6.6.6, for=unknown"}, "10.0.0.1"},
		{"Forwarded, nobody named", proxy, nil, []string{"for=6.6.6.6, by=10.0.0.1"}, "10.0.0.1"},
		{"Forwarded, an open quote", proxy, nil, []string{`for=6.6.6.6;x=", for=198.51.100.7`}, "10.0.0.1"},
		{"Forwarded, an open quote that the proxy's closes", proxy, nil, []string{`for=6.6.6.6;x=", for="[2001:db8:2::7]"`}, "10.0.0.1"},
		{"Forwarded, two of one hop", proxy, nil, []string{"for=6.6.6.6;for=198.51.100.7"}, "10.0.0.1"},
		{"Forwarded, rubbish", proxy, nil, []string{"6.6.6.6"}, "10.0.0.1"},
		{"Forwarded, no quotes", proxy, nil, []string{"for=6.6.6.6:80"}, "10.0.0.1"},
		{"Forwarded, an empty element", proxy, nil, []string{"for=6.6.6.6,,"}, "10.0.0.1"},

		{"both, alike", proxy, []string{"198.51.100.7"}, []string{"for=198.51.100.7"}, "198.51.100.7"},
		{"both, one of them the client's", proxy, []string{"198.51.100.7"}, []string{"for=6.6.6.6"}, "10.0.0.1"},
		{"both, one of them rubbish", proxy, []string{"198.51.100.7"}, []string{"x"}, "10.0.0.1"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": c.xff, "Forwarded": c.fwd}}
		got, err := netip.ParseAddrPort(list.Client(r))
		if err != nil || got.Addr().Unmap().String() != c.want {
			t.Errorf("%s: %v, want %s (%v)", c.name, got, c.want, err)
		}
		if none := List(nil).Client(r); none != c.remote {
			t.Errorf("%s: without trusted proxies it is %s", c.name, none)
		}
	}
}

// TestParse: what is no address or network, or all of them, is refused by name.
func TestParse(t *testing.T) {
	for _, bad := range []string{"", "proxy.example", "10.0.0.0/33", "10.0.0.1:80", "0.0.0.0/0", "::/0", "fe80::1%eth0", "::ffff:10.0.0.0/104", " 10.0.0.1"} {
		if list, err := Parse([]string{"10.0.0.1", bad}); err == nil || list != nil || !strings.Contains(err.Error(), `"`+bad+`"`) {
			t.Errorf("%q: %v, %v", bad, list, err)
		}
	}
}

// FuzzClient: no header makes the client one of the trusted proxies' addresses that has not asked, or panics; and what an
// untrusted hop has written before the proxy's entry changes nothing.
func FuzzClient(f *testing.F) {
	f.Add("6.6.6.6", "for=6.6.6.6")
	f.Add(`"`, `for="`)
	f.Add("10.0.0.1", `for="[::1]:1";by=_x`)
	list, err := Parse([]string{"10.0.0.1"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, xff, fwd string) {
		for _, header := range []http.Header{
			{"X-Forwarded-For": {xff + ", 198.51.100.7"}},
			{"Forwarded": {fwd + ", for=198.51.100.7"}},
			{"X-Forwarded-For": {xff, "198.51.100.7"}, "Forwarded": {fwd}},
		} {
			got, err := netip.ParseAddrPort(list.Client(&http.Request{RemoteAddr: "10.0.0.1:1", Header: header}))
			if err != nil || got.Addr().String() != "198.51.100.7" && got.Addr().String() != "10.0.0.1" {
				t.Errorf("%q counts for %v (%v)", header, got, err)
			}
		}
	})
}
