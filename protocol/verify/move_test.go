package verify_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What waivers of five holders with threshold 1 say, of whom four certify a pair.
func TestPairState(t *testing.T) {
	var attempt wire.SessionID
	attempt[0] = 1
	parent := &wire.KeyRecord{Setup: wire.Setup{Threshold: 1}}
	var keys []*session.NodeKey
	for range 5 {
		key, err := crypto.GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, session.NewNodeKey(key))
		parent.Setup.Members = append(parent.Setup.Members, keys[len(keys)-1].ID())
	}
	a, b, none := common.Hash{1}, common.Hash{2}, common.Hash{}
	waive := func(pairs ...*common.Hash) (all []wire.Waiver) {
		for i, pair := range pairs {
			if pair != nil {
				all = append(all, wire.Waiver{Index: uint32(i + 1), Pair: *pair, Signature: keys[i].Sign(wire.WaiverDigest(attempt, *pair))})
			}
		}
		return all
	}
	state := func(kind wire.PairKind, pair common.Hash, waivers []wire.Waiver) *wire.PairState {
		return &wire.PairState{Kind: kind, Pair: pair, Waivers: waivers}
	}
	for name, c := range map[string]struct {
		waivers []wire.Waiver
		kind    wire.PairKind
		pair    common.Hash
	}{
		"none of five":                                        {waive(&none, &none, &none, &none, &none), wire.PairNone, none},
		"none of four: one lies, one is unheard":              {waive(&none, &none, &none, &none), wire.PairNone, none},
		"three are too few":                                   {waive(&none, &none, &none), wire.PairClosed, none},
		"one names a pair: nobody can have certified it":      {waive(&a, &none, &none, &none, &none), wire.PairNone, none},
		"two of four name it, it may be certified":            {waive(&a, &a, &none, &none), wire.PairKept, a},
		"one of four names it, and could with two others not": {waive(&a, &none, &none, &none), wire.PairNone, none},
		"all name it":                                         {waive(&a, &a, &a, &a, &a), wire.PairKept, a},
		"two and two, one unheard":                            {waive(&a, &a, &b, &b), wire.PairClosed, none},
		"three and two":                                       {waive(&a, &a, &a, &b, &b), wire.PairKept, a},
	} {
		got := verify.Pair(parent, c.waivers)
		if got.Kind != c.kind || got.Pair != c.pair {
			t.Errorf("%s: %v %v", name, got.Kind, got.Pair)
		}
		if err := verify.PairState(parent, attempt, state(c.kind, c.pair, c.waivers), none); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := verify.PairState(parent, attempt, state(wire.PairClosed, none, c.waivers), none); err != nil {
			t.Errorf("%s: it can always be said that too little is known: %v", name, err)
		}
		for _, other := range []*wire.PairState{state(wire.PairNone, none, c.waivers), state(wire.PairKept, a, c.waivers), state(wire.PairKept, b, c.waivers)} {
			if other.Kind == c.kind && other.Pair == c.pair {
				continue
			}
			if verify.PairState(parent, attempt, other, none) == nil {
				t.Errorf("%s: %v of %v is taken", name, other.Kind, other.Pair)
			}
		}
	}
	all := waive(&none, &none, &none, &none)
	all[2].Signature[5] ^= 1
	if verify.PairState(parent, attempt, state(wire.PairNone, none, all), none) == nil {
		t.Error("a false waiver is taken")
	}
	all = waive(&none, &none, &none, &none)
	attempt[0]++
	if verify.PairState(parent, attempt, state(wire.PairNone, none, all), none) == nil {
		t.Error("waivers for another attempt are taken")
	}
	if err := verify.PairState(parent, attempt, state(wire.PairKept, a, nil), a); err != nil {
		t.Errorf("a pair that was seen certified: %v", err)
	}
	if verify.PairState(parent, attempt, state(wire.PairKept, b, nil), a) == nil {
		t.Error("another than was seen certified is taken")
	}

	// What the parent's certificate vouches for is handed on.
	parent.Moved = &wire.Moved{Pair: wire.PairState{Kind: wire.PairKept, Pair: a}}
	five := waive(&b, &b, &b, &b, &b)
	for _, p := range []*wire.PairState{state(wire.PairKept, b, five), state(wire.PairKept, b, nil), state(wire.PairNone, none, five), state(wire.PairClosed, none, nil)} {
		if verify.PairState(parent, attempt, p, b) == nil {
			t.Errorf("the parent keeps a pair, and %v of %v is taken", p.Kind, p.Pair)
		}
	}
	if err := verify.PairState(parent, attempt, state(wire.PairKept, a, nil), none); err != nil {
		t.Error(err)
	}
	parent.Moved.Pair = wire.PairState{Kind: wire.PairClosed}
	if verify.PairState(parent, attempt, state(wire.PairNone, none, five), none) == nil {
		t.Error("a closed version has a child that is open")
	}
	if err := verify.PairState(parent, attempt, state(wire.PairKept, a, nil), a); err != nil {
		t.Errorf("a pair that was certified before a version was closed: %v", err)
	}
}
