package threshold

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

func TestDecryptionOpens(t *testing.T) {
	for seed := range uint64(25) {
		rand := seeded(seed)
		threshold, n, members := randomCase(seed)
		k := newTestKey(t, rand, threshold, n)
		q := k.quorum(t, members...)
		for _, mode := range []Mode{Plain, Shadow} {
			if !k.decrypt(t, rand, q, mode, NewContext("test")).Equal(k.m) {
				t.Errorf("seed %d: %v decryption by %v does not open", seed, mode, members)
			}
		}
	}
}

// The combining node of a shadow request does not see the document key, whatever sign it tries.
func TestShadowHidesTheKey(t *testing.T) {
	rand := seeded(1)
	for threshold := range 3 {
		k := newTestKey(t, rand, threshold, 3)
		q := k.quorum(t, Indices(threshold+1)...)
		var parts []*Partial
		for _, at := range q.Set().Members() {
			mask := must[*Mask](t)(q.NewMask(rand))
			parts = append(parts, must[*Partial](t)(q.Partial(rand, at, k.shares[at.(Index)], k.ct.Common, mask, Context{})))
		}
		d := must[*secp256k1.Point](t)(q.Combine(k.ct.Encrypted, parts))
		if d.Equal(k.m) || d.Negated().Equal(k.m) {
			t.Errorf("t = %d: decrypted_secret is the document key", threshold)
		}
	}
}

func TestQuorumSize(t *testing.T) {
	k := newTestKey(t, seeded(2), 2, 4)
	for _, members := range [][]Index{{1, 2}, {1, 2, 3, 4}} {
		set := must[*Set](t)(NewSet(members...))
		if _, err := NewQuorum(set, k.joint); !errors.Is(err, ErrSetSize) {
			t.Errorf("%d nodes for threshold 2: %v", len(members), err)
		}
	}
	set := must[*Set](t)(NewSet(1, 2, 3))
	if _, err := NewQuorum(set, Commitments{k.joint[0], nil, k.joint[2]}); err == nil {
		t.Error("a missing commitment")
	}
	if _, err := NewQuorumOf(set, make([]*secp256k1.Point, 3)); err == nil {
		t.Error("missing public shares")
	}
	q := k.quorum(t, 1, 2, 3)
	if _, err := q.Combine(k.ct.Encrypted, make([]*Partial, 2)); !errors.Is(err, ErrSetSize) {
		t.Errorf("two partials of three: %v", err)
	}
	if _, err := q.Combine(k.ct.Encrypted, make([]*Partial, 3)); err == nil {
		t.Error("three missing partials")
	}
}

// Every way to bend a partial is refused, in the sender's name.
func TestBadPartialsRefused(t *testing.T) {
	rand := seeded(3)
	k := newTestKey(t, rand, 2, 5)
	other := newTestKey(t, rand, 2, 5)
	q := k.quorum(t, 1, 2, 3)
	at, ctx := Index(2), NewContext("test", []byte("one"))
	g := secp256k1.Generator()
	make1 := func(q *Quorum, share *secp256k1.Scalar, common *secp256k1.Point, mode Mode, ctx Context) *Partial {
		var mask *Mask
		if mode == Shadow {
			mask = must[*Mask](t)(q.NewMask(rand))
		}
		return must[*Partial](t)(q.Partial(rand, at, share, common, mask, ctx))
	}
	good := make1(q, k.shares[at], k.ct.Common, Shadow, ctx)
	bend := func(change func(p *Partial)) *Partial {
		p := *good
		change(&p)
		return &p
	}
	if err := q.Verify(at, k.ct.Common, good, Shadow, ctx); err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]*Partial{
		"point shifted":           bend(func(p *Partial) { p.Point = p.Point.Plus(g) }),
		"point negated":           bend(func(p *Partial) { p.Point = p.Point.Negated() }),
		"point the identity":      bend(func(p *Partial) { p.Point = new(secp256k1.Point) }),
		"mask shifted":            bend(func(p *Partial) { p.Mask = p.Mask.Plus(g) }),
		"mask dropped":            bend(func(p *Partial) { p.Mask = new(secp256k1.Point) }),
		"challenge flipped":       bend(func(p *Partial) { p.Proof[0] ^= 1 }),
		"response flipped":        bend(func(p *Partial) { p.Proof[63] ^= 1 }),
		"response not below q":    bend(func(p *Partial) { copy(p.Proof[32:], slices.Repeat([]byte{255}, 32)) }),
		"proof of zeros":          bend(func(p *Partial) { p.Proof = DLEQProof{} }),
		"another share":           make1(q, k.shares[3], k.ct.Common, Shadow, ctx),
		"another key's share":     make1(q, other.shares[at], k.ct.Common, Shadow, ctx),
		"another key":             make1(other.quorum(t, 1, 2, 3), other.shares[at], k.ct.Common, Shadow, ctx),
		"another ciphertext":      make1(q, k.shares[at], other.ct.Common, Shadow, ctx),
		"another quorum":          make1(k.quorum(t, 1, 2, 4), k.shares[at], k.ct.Common, Shadow, ctx),
		"another order of quorum": make1(k.quorum(t, 3, 2, 1), k.shares[at], k.ct.Common, Shadow, ctx),
		"another context":         make1(q, k.shares[at], k.ct.Common, Shadow, NewContext("test", []byte("two"))),
		"plain for shadow":        make1(q, k.shares[at], k.ct.Common, Plain, ctx),
	} {
		err := q.Verify(at, k.ct.Common, p, Shadow, ctx)
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if !strings.Contains(err.Error(), "node 2") {
			t.Errorf("%s: sender not named: %v", name, err)
		}
	}
	if q.Verify(at, k.ct.Common, good, Plain, ctx) == nil {
		t.Error("shadow for plain: accepted")
	}
	if q.Verify(Index(1), k.ct.Common, good, Shadow, ctx) == nil {
		t.Error("another node's partial: accepted")
	}
	if err := q.Verify(Index(5), k.ct.Common, good, Shadow, ctx); !errors.Is(err, ErrNotMember) {
		t.Errorf("partial from outside the quorum: %v", err)
	}
	if _, err := q.Partial(rand, Index(5), k.shares[5], k.ct.Common, nil, ctx); !errors.Is(err, ErrNotMember) {
		t.Errorf("partial of a stranger: %v", err)
	}
	if _, err := q.Partial(rand, at, k.shares[at], new(secp256k1.Point), nil, ctx); !errors.Is(err, secp256k1.ErrIdentity) {
		t.Errorf("identity as common point: %v", err)
	}
	if _, err := q.Partial(rand, at, new(secp256k1.Scalar), k.ct.Common, nil, ctx); err == nil {
		t.Error("share 0: answered")
	}
}

// A mask is for one partial: two under one mask would differ by what it hides.
func TestMaskSpentOnce(t *testing.T) {
	rand := seeded(4)
	k := newTestKey(t, rand, 1, 2)
	q := k.quorum(t, 1, 2)
	use := func(m *Mask, at Index, common *secp256k1.Point) error {
		_, err := q.Partial(rand, at, k.shares[1], common, m, Context{})
		return err
	}
	m := must[*Mask](t)(q.NewMask(rand))
	if err := use(m, 1, k.ct.Common); err != nil {
		t.Fatal(err)
	}
	if err := use(m, 1, k.ct.Common); !errors.Is(err, ErrMaskSpent) {
		t.Errorf("second use: %v", err)
	}
	if _, err := m.Coefficient(); !errors.Is(err, ErrMaskSpent) {
		t.Errorf("coefficient of a spent mask: %v", err)
	}
	failed := must[*Mask](t)(q.NewMask(rand))
	if use(failed, 1, new(secp256k1.Point)) == nil {
		t.Fatal("the identity was answered")
	}
	if err := use(failed, 1, k.ct.Common); !errors.Is(err, ErrMaskSpent) {
		t.Errorf("use after a failure: %v", err)
	}
	erased := must[*Mask](t)(q.NewMask(rand))
	erased.Erase()
	erased.Erase()
	if err := use(erased, 1, k.ct.Common); !errors.Is(err, ErrMaskSpent) {
		t.Errorf("use of an erased mask: %v", err)
	}
	if out := fmt.Sprintf("%v %+v %d", erased, erased, erased); strings.Count(out, "redacted") != 3 {
		t.Errorf("mask prints %s", out)
	}
}

// A node that seals garbage passes the combining node and is named by the requester.
func TestRequesterNamesAWrongCoefficient(t *testing.T) {
	rand := seeded(5)
	for threshold := range 2 {
		k := newTestKey(t, rand, threshold, 2)
		m := must[*Mask](t)(k.quorum(t, Indices(threshold+1)...).NewMask(rand))
		co := must[*secp256k1.Scalar](t)(m.Coefficient())
		if err := VerifyCoefficient(threshold, co, m.Point()); err != nil {
			t.Error(err)
		}
		if VerifyCoefficient(threshold, co.Negated(), m.Point()) == nil {
			t.Error("wrong sign accepted")
		}
		if VerifyCoefficient(threshold, randomScalar(t, rand), m.Point()) == nil {
			t.Error("garbage accepted")
		}
	}
}

func TestCiphertext(t *testing.T) {
	rand := seeded(6)
	k := newTestKey(t, rand, 0, 1)
	b := k.ct.Bytes()
	if got := must[*Ciphertext](t)(ParseCiphertext(b[:])); !got.Equal(k.ct) {
		t.Error("round trip")
	}
	if _, err := ParseCiphertext(b[:127]); err == nil {
		t.Error("truncated")
	}
	if _, err := ParseCiphertext(append(b[:], 0)); err == nil {
		t.Error("extended")
	}
	for _, i := range []int{0, 64} {
		bad := b
		clear(bad[i : i+64])
		if _, err := ParseCiphertext(bad[:]); !errors.Is(err, secp256k1.ErrIdentity) {
			t.Errorf("identity at %d: %v", i, err)
		}
	}
	if _, err := Encrypt(rand, k.m, new(secp256k1.Point)); !errors.Is(err, ErrIdentityKey) {
		t.Errorf("encrypting to the identity: %v", err)
	}
	if k.decrypt(t, rand, k.quorum(t, 1), Plain, Context{}).Equal(must[*secp256k1.Point](t)(NewDocumentKey(rand))) {
		t.Error("any key equals the document key")
	}
}

// A quorum for one node's own part makes the same part as one for all, and checks others' too.
func TestQuorumForOne(t *testing.T) {
	rand := seeded(5)
	k := newTestKey(t, rand, 2, 4)
	set := must[*Set](t)(NewSet(1, 2, 4))
	all := must[*Quorum](t)(NewQuorum(set, k.joint))
	own := must[*Quorum](t)(NewQuorumFor(set, k.joint, Index(2)))
	ctx := Context{3}
	p, err := own.Partial(rand, Index(2), k.shares[Index(2)], k.ct.Common, nil, ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []*Quorum{all, own} {
		if err := q.Verify(Index(2), k.ct.Common, p, Plain, ctx); err != nil {
			t.Error(err)
		}
		if q.Verify(Index(4), k.ct.Common, p, Plain, ctx) == nil {
			t.Error("a part passes as another node's")
		}
	}
	if _, err := NewQuorumFor(set, k.joint, Index(3)); err == nil {
		t.Error("a quorum for a node outside its set")
	}
}
