package serverset

import (
	"testing"
)

// FuzzParseNode reads what an operator, or a contract, may write for a key server: what
// is taken has a key and an address, and is read the same from its own URL.
func FuzzParseNode(f *testing.F) {
	public := "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
	for _, text := range []string{
		"enode://" + public + "@127.0.0.1:30303", "enode://" + public + "@[::1]:30303?discport=0", "0x" + public + "@10.0.0.1:1",
		public + "@host.example:30303", "enode://" + public + "@0.0.0.0:0", "@", "enr:-", public,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		node, err := ParseNode(text)
		if err != nil {
			return
		}
		if node.Pubkey() == nil || node.TCP() == 0 {
			t.Fatalf("%q is taken as %v", text, node)
		}
		again, err := ParseNode(node.URLv4())
		if err != nil || idOf(again) != idOf(node) || again.TCP() != node.TCP() || again.Hostname() != node.Hostname() {
			t.Errorf("%q is read as %v, and that as %v (%v)", text, node, again, err)
		}
	})
}
