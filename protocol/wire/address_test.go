package wire

import (
	"slices"
	"testing"
)

func sampleAddresses() []MemberAddress {
	return []MemberAddress{{Node: NodeID{1}, Number: 2, Address: "n1.example:30303", Signature: Signature{3}},
		{Node: NodeID{2}, Number: 1 << 40, Address: "[2001:db8::1]:1", Signature: Signature{4}}}
}

// A list of addresses is short and in order, and each is a host and a port: what a peer says is dialled.
func TestAddressesAreChecked(t *testing.T) {
	if err := (&Follow{Addresses: sampleAddresses()}).Bound(); err != nil {
		t.Fatal(err)
	}
	for name, bend := range map[string]func(a []MemberAddress) []MemberAddress{
		"too many":         func([]MemberAddress) []MemberAddress { return make([]MemberAddress, MaxAddresses+1) },
		"out of order":     func(a []MemberAddress) []MemberAddress { slices.Reverse(a); return a },
		"one twice":        func(a []MemberAddress) []MemberAddress { a[1] = a[0]; return a },
		"no number":        func(a []MemberAddress) []MemberAddress { a[0].Number = 0; return a },
		"a number too far": func(a []MemberAddress) []MemberAddress { a[0].Number = 1<<40 + 1; return a },
		"no port":          func(a []MemberAddress) []MemberAddress { a[0].Address = "host"; return a },
		"port 0":           func(a []MemberAddress) []MemberAddress { a[0].Address = "host:0"; return a },
		"another host":     func(a []MemberAddress) []MemberAddress { a[0].Address = "a@b:1"; return a },
		"no brackets":      func(a []MemberAddress) []MemberAddress { a[0].Address = "2001:db8::1:1"; return a },
		"half brackets":    func(a []MemberAddress) []MemberAddress { a[0].Address = "[2001:db8::1:1"; return a },
		"a name inside":    func(a []MemberAddress) []MemberAddress { a[0].Address = "[host]:1"; return a },
		"too long":         func(a []MemberAddress) []MemberAddress { a[0].Address = string(make([]byte, 260)) + ":1"; return a },
	} {
		if (&Follow{Addresses: bend(sampleAddresses())}).Bound() == nil || (&SetLinks{Addresses: bend(sampleAddresses())}).Bound() == nil {
			t.Errorf("%s passes", name)
		}
	}
	a := sampleAddresses()[0]
	digest := a.Digest(ClusterID{1})
	for name, bend := range map[string]func(*MemberAddress){
		"node": func(a *MemberAddress) { a.Node[0]++ }, "number": func(a *MemberAddress) { a.Number++ }, "address": func(a *MemberAddress) { a.Address += "0" },
	} {
		b := a
		if bend(&b); b.Digest(ClusterID{1}) == digest || a.Digest(ClusterID{2}) == digest {
			t.Errorf("the digest does not cover the %s, or the cluster", name)
		}
	}
}

func sampleGivenUp() *SetLink {
	l := sampleLink()
	l.Attempt.Order.GiveUp = true
	return l
}
