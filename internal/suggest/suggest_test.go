package suggest

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	known := []string{"genesis", "validators", "ACL", "MaxAge", "MinThreshold", "MinWalletThreshold", "secretstore.http.port"}
	for _, test := range []struct{ name, want string }{
		{"validtors", "validators"},
		{"validatosr", "validators"},
		{"Validators", "validators"},
		{"Acl", "ACL"},
		{"maxage", "MaxAge"},
		{"Max-Age", "MaxAge"},
		{"MinTreshold", "MinThreshold"},
		{"secretstore.htpp.prot", "secretstore.http.port"},
		{"gensis", "genesis"},
		{"bootnodes", ""},
		{"x", ""},
		{"", ""},
		{strings.Repeat("validators", 1000), ""},
	} {
		if got, ok := Nearest(test.name, known); got != test.want || ok != (test.want != "") {
			t.Errorf("%.20q: %q, %v, want %q", test.name, got, ok, test.want)
		}
	}
	if got := DidYouMean("validtors", known); got != `; did you mean "validators"?` {
		t.Error(got)
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "abd", 1}, {"abc", "ab", 1}, {"ab", "abc", 1},
		{"abc", "acb", 1}, {"abc", "bca", 2}, {"kitten", "sitting", 3},
	} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("%q to %q: %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
