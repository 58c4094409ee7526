package verify_test

import (
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestConfirmedIsChecked: a key is the only one of its id if all of its members have signed for it, it is one of this set, and a
// majority has completed it.
func TestConfirmedIsChecked(t *testing.T) {
	for name, c := range map[string]struct {
		version, set int
		bend         func(m *vectorMaker, r *wire.KeyRecord)
		reason       wire.Reason // 0: it is confirmed
	}{
		"of set 0":                    {0, 0, nil, 0},
		"of set 1":                    {1, 1, nil, 0},
		"by a decision":               {2, 2, nil, 0},
		"of set 0, to set 1":          {0, 1, nil, wire.NotMember},
		"of set 1, to set 0":          {1, 0, nil, wire.NotMember},
		"of set 3, to set 4":          {3, 4, nil, wire.NotMember},
		"a signature is missing":      {1, 1, func(_ *vectorMaker, r *wire.KeyRecord) { r.Signatures = r.Signatures[1:] }, wire.InvalidMessage},
		"a signature is another's":    {1, 1, func(_ *vectorMaker, r *wire.KeyRecord) { r.Signatures[0] = r.Signatures[1] }, wire.InvalidMessage},
		"an acknowledgement is false": {1, 1, func(_ *vectorMaker, r *wire.KeyRecord) { r.Acks[0].Signature = r.Acks[1].Signature }, wire.InvalidMessage},
		"too few acknowledgements":    {1, 1, func(_ *vectorMaker, r *wire.KeyRecord) { r.Acks = r.Acks[1:] }, wire.InvalidMessage},
		"too few votes":               {2, 2, func(_ *vectorMaker, r *wire.KeyRecord) { r.Decided.Votes = r.Decided.Votes[1:] }, wire.InvalidMessage},
		"of another cluster": {1, 1, func(m *vectorMaker, r *wire.KeyRecord) {
			r.Setup.Cluster[0]++
			m.signAnew(r)
		}, wire.NotMember},
		"another number of servers": {1, 1, func(m *vectorMaker, r *wire.KeyRecord) {
			r.Setup.SetSize++
			m.signAnew(r)
		}, wire.NotMember},
		"a stranger holds a part": {1, 1, func(m *vectorMaker, r *wire.KeyRecord) {
			r.Setup.Members = slices.Clone(r.Setup.Members)
			r.Setup.Members[4] = m.ids(7)[0]
			wire.SortNodeIDs(r.Setup.Members)
			r.Setup.Initiator = r.Setup.Members[0]
			m.signAnew(r)
		}, wire.NotMember},
		"a set that is named by another hash": {1, 1, func(m *vectorMaker, r *wire.KeyRecord) {
			r.Setup.Set = &wire.SetRef{Epoch: 1, Hash: common.Hash{1}}
			m.signAnew(r)
		}, wire.NotMember},
		"of no set, to set 4": {4, 4, func(m *vectorMaker, r *wire.KeyRecord) {
			r.Setup.Set, r.Setup.Move, r.Moved = nil, nil, nil
			m.signAnew(r)
		}, wire.NotMember},
		"dealt anew below the floor": {7, 7, func(m *vectorMaker, r *wire.KeyRecord) {
			r.Setup.Threshold, r.Commitments = 1, r.Commitments[:2]
			m.signAnew(r)
		}, wire.InvalidMessage},
		"one acknowledges often": {1, 1, func(_ *vectorMaker, r *wire.KeyRecord) { r.Acks = slices.Repeat(r.Acks[:1], len(r.Acks)) }, wire.InvalidMessage},
		"an acknowledgement of nobody": {1, 1, func(_ *vectorMaker, r *wire.KeyRecord) {
			r.Acks[len(r.Acks)-1].Index = uint32(len(r.Setup.Members)) + 1
		}, wire.InvalidMessage},
		"one member holds all parts": {1, 1, func(m *vectorMaker, r *wire.KeyRecord) {
			r.Setup.Members = slices.Repeat(r.Setup.Members[:1], len(r.Setup.Members))
			m.signAnew(r)
		}, wire.InvalidMessage},
		"more holders are needed than it says": {1, 1, func(m *vectorMaker, r *wire.KeyRecord) {
			r.Commitments = append(slices.Clone(r.Commitments), r.Commitments[1])
			m.signAnew(r)
		}, wire.InvalidMessage},
		"a server key that is no point": {0, 0, func(m *vectorMaker, r *wire.KeyRecord) {
			r.Commitments = slices.Clone(r.Commitments)
			r.Commitments[0] = wire.Point{}
			m.signAnew(r)
		}, wire.InvalidMessage},
		"made below the floor": {7, 7, func(m *vectorMaker, r *wire.KeyRecord) { // which is for who makes it
			r.Setup.Threshold, r.Commitments = 1, r.Commitments[:2]
			r.Setup.Move, r.Moved = nil, nil
			m.signAnew(r)
		}, 0},
	} {
		m := madeVersions()
		r := m.records[c.version]
		if c.bend != nil {
			c.bend(m, r)
		}
		err := verify.Confirmed(m.sets[c.set], r.Certificate())
		if (err != nil) != (c.reason != 0) || err != nil && wire.ReasonOf(err) != c.reason {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// signAnew is sign of a record that was changed.
func (m *vectorMaker) signAnew(r *wire.KeyRecord) {
	if r.Moved != nil {
		r.Bodies = r.Moved.Hash(r.Setup.Session())
	}
	r.Signatures, r.Acks, r.Decided = nil, nil, nil
	m.sign(r)
}

// TestMoveIsChecked: a redistribution is of its parent, into a later slot, with the threshold that the slot has, by dealers that are
// the parent's holders with the shares that they have, and leaves the key what it is.
func TestMoveIsChecked(t *testing.T) {
	for name, bend := range map[string]func(m *vectorMaker, s *wire.Setup){
		"":                   func(*vectorMaker, *wire.Setup) {},
		"another parent":     func(_ *vectorMaker, s *wire.Setup) { s.Move.Parent[0]++ },
		"another key":        func(_ *vectorMaker, s *wire.Setup) { s.Key[0]++ },
		"another cluster":    func(_ *vectorMaker, s *wire.Setup) { s.Cluster[0]++ },
		"the parent's slot":  func(m *vectorMaker, s *wire.Setup) { s.Set = m.records[1].Setup.Set },
		"an earlier slot":    func(_ *vectorMaker, s *wire.Setup) { s.Set = &wire.SetRef{} },
		"another origin":     func(_ *vectorMaker, s *wire.Setup) { s.Move.Origin[0]++ },
		"another public key": func(_ *vectorMaker, s *wire.Setup) { s.Move.Public[5]++ },
		"another making":     func(_ *vectorMaker, s *wire.Setup) { s.Move.Made = 0 },
		"another author":     func(_ *vectorMaker, s *wire.Setup) { s.Proof.Data = make([]byte, 64) },
		"a lower threshold":  func(_ *vectorMaker, s *wire.Setup) { s.Threshold-- },
		"a higher threshold": func(_ *vectorMaker, s *wire.Setup) { s.Threshold++ },
		"a dealer less":      func(_ *vectorMaker, s *wire.Setup) { s.Move.Dealers = s.Move.Dealers[1:] },
		"a dealer more": func(m *vectorMaker, s *wire.Setup) {
			s.Move.Dealers = append(s.Move.Dealers, wire.Dealer{Node: m.records[1].Setup.Members[2], Index: 3})
		},
		"a dealer with another's share": func(_ *vectorMaker, s *wire.Setup) { s.Move.Dealers[0].Node = s.Move.Dealers[1].Node },
		"a dealer that holds nothing":   func(m *vectorMaker, s *wire.Setup) { s.Move.Dealers[1] = wire.Dealer{Node: m.ids(7)[0]} },
		"shares that are no holders'": func(_ *vectorMaker, s *wire.Setup) {
			s.Move.Dealers[0].Share = wire.Point(secp256k1.BaseMul(coefficient(5, 1)).Bytes())
		},
		"a stranger is a member": func(m *vectorMaker, s *wire.Setup) {
			s.Members = slices.Clone(s.Members)
			s.Members[0] = m.ids(7)[0]
			wire.SortNodeIDs(s.Members)
			s.Initiator = s.Members[0]
		},
	} {
		m := madeVersions()
		s := m.records[2].Setup
		move := *s.Move
		move.Dealers = slices.Clone(move.Dealers)
		s.Move = &move
		bend(m, &s)
		if err := verify.Move(m.sets[2], m.records[1], &s); (err == nil) != (name == "") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestWaiversOfNoHolder: a waiver is of a holder of the parent.
func TestWaiversOfNoHolder(t *testing.T) {
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	node := session.NewNodeKey(key)
	parent := &wire.KeyRecord{Setup: wire.Setup{Members: []wire.NodeID{node.ID()}}}
	w := wire.Waiver{Index: 2, Signature: node.Sign(wire.WaiverDigest(wire.SessionID{}, common.Hash{}))}
	if err := verify.PairState(parent, wire.SessionID{}, &wire.PairState{Kind: wire.PairClosed, Waivers: []wire.Waiver{w}}, common.Hash{}); wire.ReasonOf(err) != wire.InvalidMessage {
		t.Errorf("index 2 of 1: %v", err)
	}
	// A version that is closed is followed by one that keeps a pair only if that was certified.
	parent.Moved = &wire.Moved{Pair: wire.PairState{Kind: wire.PairClosed}}
	if err := verify.PairState(parent, wire.SessionID{}, &wire.PairState{Kind: wire.PairKept, Pair: common.Hash{2}}, common.Hash{1}); wire.ReasonOf(err) != wire.InvalidMessage {
		t.Errorf("another than the certified pair: %v", err)
	}
}

// TestCertificateOfASetCountsEachOnce: one member's signature, repeated, is no quorum, whoever shows it.
func TestCertificateOfASetCountsEachOnce(t *testing.T) {
	l := newLinked()
	id := l.link.Attempt.ID()
	if err := verify.SetCertificate(l.parent, id, l.link.Signed); err != nil {
		t.Fatal(err)
	}
	if err := verify.SetCertificate(l.parent, id, []wire.SetSign{l.link.Signed[0], l.link.Signed[0], l.link.Signed[0]}); wire.ReasonOf(err) != wire.InvalidMessage {
		t.Errorf("one three times: %v", err)
	}
	if err := verify.SetCertificate(l.parent, id, []wire.SetSign{l.link.Signed[1], l.link.Signed[0], l.link.Signed[2]}); wire.ReasonOf(err) != wire.InvalidMessage {
		t.Errorf("in another order: %v", err)
	}
}

// TestRefreshOrderIsChecked: an order for a round is for this set, names a block, and has the signatures of enough administrators and of
// nobody else, however often they sign.
func TestRefreshOrderIsChecked(t *testing.T) {
	for name, c := range map[string]struct {
		bend   func(l *linked, o *wire.RefreshOrder)
		sign   func(l *linked, digest common.Hash) []wire.AdminSignature
		reason wire.Reason
	}{
		"signed":          {nil, nil, 0},
		"another cluster": {func(_ *linked, o *wire.RefreshOrder) { o.Cluster[0]++ }, nil, wire.NotMember},
		"another chain":   {func(_ *linked, o *wire.RefreshOrder) { o.Chain++ }, nil, wire.NotMember},
		"another epoch":   {func(_ *linked, o *wire.RefreshOrder) { o.Epoch++ }, nil, wire.NotMember},
		"another set":     {func(_ *linked, o *wire.RefreshOrder) { o.Set[0]++ }, nil, wire.NotMember},
		"no round":        {func(_ *linked, o *wire.RefreshOrder) { o.Round = 0 }, nil, wire.InvalidMessage},
		"by one": {nil, func(l *linked, d common.Hash) []wire.AdminSignature {
			return adminSigns(d, l.admins[0])
		}, wire.InvalidMessage},
		"by one, often": {nil, func(l *linked, d common.Hash) []wire.AdminSignature {
			return adminSigns(d, l.admins[0], l.admins[0], l.admins[0])
		}, wire.InvalidMessage},
		"too many signatures": {nil, func(l *linked, d common.Hash) (all []wire.AdminSignature) {
			for range wire.MaxAdministrators {
				all = append(all, adminSigns(d, l.admins[0])...)
			}
			return append(all, adminSigns(d, l.admins[1])...)
		}, wire.InvalidMessage},
	} {
		l := newLinked()
		o := &wire.RefreshOrder{Chain: 9, Cluster: l.parent.Cluster, Epoch: l.parent.Epoch, Set: l.parent.Hash(), Round: 7}
		if c.bend != nil {
			c.bend(l, o)
		}
		if c.sign == nil {
			c.sign = func(l *linked, d common.Hash) []wire.AdminSignature { return adminSigns(d, l.admins[:2]...) }
		}
		err := verify.CheckRefresh(l.parent, 9, o, c.sign(l, o.Digest()))
		if (err != nil) != (c.reason != 0) || err != nil && wire.ReasonOf(err) != c.reason {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNobodySignsForZero: what is no signature has the signer zero, and does not stand for an administrator whose account that is.
func TestNobodySignsForZero(t *testing.T) {
	l := newLinked()
	l.parent.Authority = wire.Authority{Administrators: []common.Address{{}, crypto.PubkeyToAddress(l.admins[0].PublicKey)}, Needed: 2}
	o := &wire.RefreshOrder{Chain: 9, Cluster: l.parent.Cluster, Epoch: l.parent.Epoch, Set: l.parent.Hash(), Round: 7}
	signatures := append(adminSigns(o.Digest(), l.admins[0]), wire.AdminSignature{64: 27})
	if err := verify.CheckRefresh(l.parent, 9, o, signatures); wire.ReasonOf(err) != wire.InvalidMessage {
		t.Errorf("%v", err)
	}
}

// TestOrderByItself: an order that no set can be made of is refused, and so is an attempt for which one member says twice that it is
// ready, to whoever is shown them without the link.
func TestOrderByItself(t *testing.T) {
	l := newLinked()
	o := &l.link.Attempt.Order
	if err := verify.CheckOrder(l.parent, o, l.link.Attempt.Orders); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(){
		"a member twice":                   func() { o.Members[1] = o.Members[0] },
		"out of order":                     func() { slices.Reverse(o.Members) },
		"a floor that none can read under": func() { o.Floor = uint32(len(o.Members)) },
	} {
		l = newLinked()
		o = &l.link.Attempt.Order
		change()
		if err := verify.CheckOrder(l.parent, o, adminSigns(o.Digest(), l.admins...)); wire.ReasonOf(err) != wire.InvalidMessage {
			t.Errorf("%s: %v", name, err)
		}
	}
	l = newLinked()
	a := &l.link.Attempt
	if err := verify.Attempt(l.parent, a); err != nil {
		t.Fatal(err)
	}
	a.Ready = []wire.Readiness{l.ready(l.keys[1], l.next[0]), l.ready(l.keys[1], l.next[1]), l.ready(l.keys[2], l.next[2])}
	l.signAttempt()
	if err := verify.Attempt(l.parent, a); wire.ReasonOf(err) != wire.InvalidMessage {
		t.Errorf("one is ready twice: %v", err)
	}
}
