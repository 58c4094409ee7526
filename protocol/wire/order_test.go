package wire

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

// What a wallet makes of the JSON is the digest that nodes check, whatever an order says; and each field is in it.
func TestOrderDigests(t *testing.T) {
	wallet := func(text []byte, err error) common.Hash {
		t.Helper()
		var data apitypes.TypedData
		if err == nil {
			err = json.Unmarshal(text, &data)
		}
		if err != nil {
			t.Fatal(err)
		}
		if domain, ok := data.Types["EIP712Domain"]; !ok || len(domain) != 3 {
			t.Fatalf("domain %+v", domain)
		}
		hash, _, err := apitypes.TypedDataAndHash(data)
		if err != nil {
			t.Fatal(err)
		}
		return common.BytesToHash(hash)
	}
	seen := make(map[common.Hash]string)
	for name, change := range map[string]func(*SetOrder){
		"as it is":         func(*SetOrder) {},
		"chain":            func(o *SetOrder) { o.Chain++ },
		"cluster":          func(o *SetOrder) { o.Cluster[0]++ },
		"epoch":            func(o *SetOrder) { o.Epoch = 1<<64 - 1 },
		"parent":           func(o *SetOrder) { o.Parent[0]++ },
		"a member":         func(o *SetOrder) { o.Members[0].Node[63]++ },
		"an address":       func(o *SetOrder) { o.Members[1].Address = "host.example:30303" },
		"fewer":            func(o *SetOrder) { o.Members = o.Members[:1] },
		"floor":            func(o *SetOrder) { o.Floor = 1<<32 - 1 },
		"refresh":          func(o *SetOrder) { o.Refresh++ },
		"an administrator": func(o *SetOrder) { o.Administrators[0][19]++ },
		"nobody":           func(o *SetOrder) { o.Administrators, o.Needed = nil, 0 },
		"needed":           func(o *SetOrder) { o.Needed-- },
		"force":            func(o *SetOrder) { o.Force = true },
		"expires":          func(o *SetOrder) { o.Expires++ },
		"nonce":            func(o *SetOrder) { o.Nonce[31]++ },
	} {
		o := &sampleAttempt(false).Order
		change(o)
		digest := o.Digest()
		if got := wallet(o.TypedData()); got != digest {
			t.Errorf("%s: a wallet signs %v, nodes check %v", name, got, digest)
		}
		if other, twice := seen[digest]; twice {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[digest] = name
		enc, err := json.Marshal(o)
		again := new(SetOrder)
		if err == nil {
			err = json.Unmarshal(enc, again)
		}
		if err != nil || again.Digest() != digest {
			t.Errorf("%s: is another order after JSON, %v", name, err)
		}
	}
	for name, change := range map[string]func(*CancelOrder){
		"cancelled": func(*CancelOrder) {}, "cancelled, chain": func(c *CancelOrder) { c.Chain++ }, "cancelled, cluster": func(c *CancelOrder) { c.Cluster[0]++ },
		"cancelled, epoch": func(c *CancelOrder) { c.Epoch++ }, "cancelled, parent": func(c *CancelOrder) { c.Parent[0]++ }, "cancelled, nonce": func(c *CancelOrder) { c.Nonce[0]++ },
	} {
		o := &sampleAttempt(false).Order
		c := &CancelOrder{Chain: o.Chain, Cluster: o.Cluster, Epoch: o.Epoch, Parent: o.Parent, Nonce: o.Nonce}
		change(c)
		if got := wallet(c.TypedData()); got != c.Digest() || seen[got] != "" {
			t.Errorf("%s: a wallet signs %v, nodes check %v", name, got, c.Digest())
		}
		if seen[c.Digest()] = name; c.Cancels(o) != (name == "cancelled") {
			t.Errorf("%s: cancels the order: %t", name, c.Cancels(o))
		}
	}
}

// A wallet's signature counts in both forms of its last byte, and what is none is nobody's.
func TestAdminSignatures(t *testing.T) {
	key, err := crypto.ToECDSA(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	digest := common.Hash{1}
	sig, err := crypto.Sign(digest[:], key)
	if err != nil {
		t.Fatal(err)
	}
	for _, add := range []byte{0, 27} {
		s := AdminSignature(sig)
		s[64] += add
		if signer, ok := s.Signer(digest); !ok || signer != crypto.PubkeyToAddress(key.PublicKey) {
			t.Errorf("%d: signed by %v", add, signer)
		}
		enc, err := json.Marshal(s)
		var again AdminSignature
		if err != nil || json.Unmarshal(enc, &again) != nil || again != s {
			t.Errorf("%s: %v", enc, err)
		}
	}
	if _, ok := new(AdminSignature).Signer(digest); ok {
		t.Error("nothing is somebody's")
	}
}

// Messages about server sets, each just beyond one limit.
func TestSetMessagesOutOfBounds(t *testing.T) {
	attempt := func(change func(*SetAttempt)) *SetAttempt { a := sampleAttempt(true); change(a); return a }
	link := func(change func(*SetLink)) SetLink { l := sampleLink(); change(l); return *l }
	proposal := func(change func(*SetAttempt)) Message {
		a := sampleAttempt(false)
		change(a)
		return &Propose{Attempt: *a}
	}
	order := func(change func(*SetOrder)) Message { return proposal(func(a *SetAttempt) { change(&a.Order) }) }
	for name, m := range map[string]Message{
		"somebody is ready":           proposal(func(a *SetAttempt) { a.Ready = sampleAttempt(true).Ready }),
		"it is coordinated":           proposal(func(a *SetAttempt) { a.Signature[0] = 1 }),
		"signatures":                  proposal(func(a *SetAttempt) { a.Orders = make([]AdminSignature, MaxAdministrators+1) }),
		"the first set":               order(func(o *SetOrder) { o.Epoch = 0 }),
		"no members":                  order(func(o *SetOrder) { o.Members = nil }),
		"members out of order":        order(func(o *SetOrder) { o.Members[0], o.Members[1] = o.Members[1], o.Members[0] }),
		"a member twice":              order(func(o *SetOrder) { o.Members[1] = o.Members[0] }),
		"no address":                  order(func(o *SetOrder) { o.Members[0].Address = "" }),
		"a long address":              order(func(o *SetOrder) { o.Members[0].Address = string(make([]byte, MaxOrderAddress+1)) }),
		"a floor too high":            order(func(o *SetOrder) { o.Floor = 2 }),
		"administrators out of order": order(func(o *SetOrder) { o.Administrators[0], o.Administrators[1] = o.Administrators[1], o.Administrators[0] }),
		"too many needed":             order(func(o *SetOrder) { o.Needed = 3 }),
		"none needed":                 order(func(o *SetOrder) { o.Needed = 0 }),
		"ready out of order":          &Attempted{Ready: []Readiness{{Node: NodeID{2}}, {Node: NodeID{1}}}},
		"ready twice":                 &Attempted{Ready: make([]Readiness, 2)},
		"bound out of order":          &Certified{Signed: []SetSign{{Node: NodeID{2}}, {Node: NodeID{1}}}},
		"a conflict out of bounds":    &SetConflict{Attempt: *attempt(func(a *SetAttempt) { a.Order.Epoch = 0 })},
		"established, odd":            &Established{Link: link(func(l *SetLink) { l.Decided.Ballot = 1 })},
		"established, twice bound":    &Established{Link: link(func(l *SetLink) { l.Signed[1] = l.Signed[0] })},
		"polled about set 0":          &SetPoll{},
		"polled about nothing":        &SetPoll{Epoch: 1, Ask: new(Motion)},
		"polled about two epochs":     &SetPoll{Epoch: 2, Attempt: sampleAttempt(true)},
		"cancelled in two epochs":     &SetPoll{Epoch: 2, Cancel: &SignedCancel{Cancel: CancelOrder{Epoch: 1}}},
		"linked in two epochs":        &SetPoll{Epoch: 2, Link: sampleLink()},
		"cancelled by too many":       &SetPoll{Epoch: 1, Cancel: &SignedCancel{CancelOrder{Epoch: 1}, make([]AdminSignature, MaxAdministrators+1)}},
		"voted out of order":          &SetVote{Cast: &Motion{Grounds: make([]NodeSign, 2)}},
		"abandoned, even":             &SetVote{Final: new(Abandonment)},
		"too many links":              &SetLinks{Links: make([]SetLink, MaxLinks+1)},
		"links with a gap":            &SetLinks{Links: []SetLink{*sampleLink(), link(func(l *SetLink) { l.Attempt.Order.Epoch = 3 })}},
		"a first set of epoch 1":      &SetLinks{First: &ServerSet{Epoch: 1, Members: []NodeID{{1}}, Keys: make([]Point, 1)}},
		"a first set of nobody":       &SetLinks{First: new(ServerSet)},
	} {
		payload, err := Encode(SessionID{}, m)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, again, err := Decode(m.Code(), payload); err == nil {
			t.Errorf("%s: accepted: %v", name, reflect.TypeOf(again))
		}
	}
}
