package gathering

import (
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/courttest"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// cosigners are holders of a court's key whose own chains have said yes to a signature. Node 2 has asked them, and had
// items dealt to 1, 3 and 4.
type cosigners struct {
	*courttest.Court
	ask   *wire.Sign
	id    wire.SessionID
	deal  *courttest.ItemDealing
	items [][]*items.Item // of the members of the dealing
	p     map[uint32]*signingDuty
	said  []wire.Message // at first, in the order of the set
}

func newCosigners(scheme wire.Scheme) *cosigners {
	c := courttest.NewParty(1, 1)
	c.Generate()
	s := &cosigners{Court: c, p: make(map[uint32]*signingDuty)}
	s.ask = &wire.Sign{Key: c.Terms.Key, Version: c.Record().Version(), Scheme: scheme, Hash: common.Hash{3}, Set: []uint32{1, 3}}
	if scheme == wire.ECDSA {
		s.deal = c.DealItems(7)
		s.ask.Set, s.ask.Item = s.deal.Setup.Set, wire.Item{Transcript: s.deal.Transcript, Number: 1}
	}
	s.id = s.ask.Session(c.Terms.Cluster, c.Nodes[1].ID())
	for at, i := range s.ask.Set {
		if s.deal != nil {
			s.items = append(s.items, itemsOf(s.deal, at))
		}
		s.p[i] = s.join(at, i)
	}
	return s
}

// itemsOf are what a member has of a dealing.
func itemsOf(d *courttest.ItemDealing, at int) (all []*items.Item) {
	deal := &items.Dealt{Setup: &d.Setup, Bodies: d.Bodies, Joint: d.Joint, Certifies: d.Certifies, Transcript: d.Transcript}
	for n := range d.Public {
		all = append(all, &items.Item{ID: wire.Item{Transcript: d.Transcript, Number: uint32(n)}, Dealt: deal, Public: d.Public[n], Secret: d.Secrets[at][n]})
	}
	return all
}

func (s *cosigners) join(at int, i uint32) *signingDuty {
	v := items.NewVault()
	if s.deal != nil {
		v.Keep(s.Nodes[1].ID(), s.items[at])
	}
	env := session.Env{Self: s.Nodes[i-1], Cluster: s.Terms.Cluster, Set: s.Terms.Members, Rand: s.Rand}
	p := JoinSigning(env, func(use func(*items.Vault)) { use(v) }, &session.State{Record: s.Record(), Share: s.Shares[i-1]}, s.Nodes[1].ID(), s.id)
	ask := *s.ask
	p.ask = &ask
	return (*signingDuty)(p)
}

// first has all commit to nonces, or open the item.
func (s *cosigners) first() *cosigners {
	for _, i := range s.ask.Set {
		s.said = append(s.said, s.p[i].grant().Send[0].Msg)
	}
	return s
}

// all is what they are told of each other.
func (s *cosigners) all() wire.Message {
	if s.deal == nil {
		m := new(wire.Commitments)
		for _, said := range s.said {
			m.Nonces = append(m.Nonces, said.(*wire.Committed).Nonce)
		}
		return m
	}
	m := new(wire.Openings)
	for _, said := range s.said {
		m.Openings = append(m.Openings, *said.(*wire.Opened))
	}
	return m
}

// asking puts a message to node 3, after it was changed.
func asking[M wire.Message](change func(s *cosigners, p *signingDuty, m M)) func(s *cosigners) session.Effects {
	return func(s *cosigners) session.Effects {
		s.first()
		m := s.all().(M)
		change(s, s.p[3], m)
		return s.p[3].further(m)
	}
}

// granting has node 3 act, after something was changed.
func granting(change func(s *cosigners, p *signingDuty)) func(s *cosigners) session.Effects {
	return func(s *cosigners) session.Effects {
		change(s, s.p[3])
		return s.p[3].grant()
	}
}

// breaking is asking with a source of randomness that fails in one read.
func breaking(at int) func(s *cosigners) session.Effects {
	return func(s *cosigners) session.Effects {
		p := s.p[3]
		p.env.Rand = &courttest.BrokenRand{Reader: s.Rand, At: at}
		for _, i := range s.ask.Set {
			eff := s.p[i].grant()
			if eff.Done {
				return eff
			}
			s.said = append(s.said, eff.Send[0].Msg)
		}
		return p.further(s.all())
	}
}

// A signer that is asked for anything else than was agreed on gives no share, keeps nothing to give one with, and blames
// its coordinator for what no honest one asks.
func TestSignersThatAreAskedForMore(t *testing.T) {
	type commitments = *wire.Commitments
	type openings = *wire.Openings
	for name, c := range map[string]struct {
		scheme wire.Scheme
		step   func(s *cosigners) session.Effects
		blamed bool
	}{
		"a nonce less":          {wire.Schnorr, asking(func(_ *cosigners, _ *signingDuty, m commitments) { m.Nonces = m.Nonces[1:] }), true},
		"a nonce more":          {wire.Schnorr, asking(func(_ *cosigners, _ *signingDuty, m commitments) { m.Nonces = append(m.Nonces, m.Nonces[0]) }), true},
		"another nonce":         {wire.Schnorr, asking(func(_ *cosigners, _ *signingDuty, m commitments) { m.Nonces[1] = m.Nonces[0] }), true},
		"no nonce of another's": {wire.Schnorr, asking(func(_ *cosigners, _ *signingDuty, m commitments) { m.Nonces[0] = wire.NonceBytes{1} }), true},
		"a larger set": {wire.Schnorr, asking(func(_ *cosigners, p *signingDuty, m commitments) {
			p.ask.Set, m.Nonces = []uint32{1, 3, 4}, append(m.Nonces, m.Nonces[0])
		}), false},
		"a key that is none":    {wire.Schnorr, asking(func(_ *cosigners, p *signingDuty, _ commitments) { p.state.Record.Commitments[0] = wire.Point{} }), false},
		"a nonce that is spent": {wire.Schnorr, asking(func(_ *cosigners, p *signingDuty, _ commitments) { p.nonce.Erase() }), false},
		"openings, of a nonce": {wire.Schnorr, func(s *cosigners) session.Effects {
			m := &wire.Openings{Openings: make([]wire.Opened, 2)}
			m.Openings[0].Signature = s.Nodes[0].Sign(m.Openings[0].Digest(s.id, 1))
			return s.first().p[3].further(m)
		}, true},
		"a nonce of no vault": {wire.Schnorr, granting(func(_ *cosigners, p *signingDuty) { p.ask.Nonces = make([]wire.NonceBytes, 2) }), false},
		"a nonce that was redeemed": {wire.Schnorr, granting(func(s *cosigners, p *signingDuty) {
			nonce, err := threshold.NewNonce(s.Rand, nil)
			courttest.NoError(err)
			p.lend(func(v *items.Vault) {
				name := v.SendAhead(p.Coordinator(), wire.Slot{}, nonce)
				v.Redeem(p.Coordinator(), wire.Slot{}, name)
				p.ask.Nonces = []wire.NonceBytes{name, name}
			})
		}), true},
		"the source fails, first":  {wire.Schnorr, breaking(0), false},
		"the source fails, second": {wire.Schnorr, breaking(1), false},
		"the source fails, third":  {wire.Schnorr, breaking(2), false},
		"the source fails, fourth": {wire.Schnorr, breaking(3), false},

		"an opening less":      {wire.ECDSA, asking(func(_ *cosigners, _ *signingDuty, m openings) { m.Openings = m.Openings[:2] }), true},
		"an opening more":      {wire.ECDSA, asking(func(_ *cosigners, _ *signingDuty, m openings) { m.Openings = append(m.Openings, m.Openings[0]) }), true},
		"another as its own":   {wire.ECDSA, asking(func(_ *cosigners, _ *signingDuty, m openings) { m.Openings[1] = m.Openings[0] }), true},
		"one that is unsigned": {wire.ECDSA, asking(func(_ *cosigners, _ *signingDuty, m openings) { m.Openings[0].Signature[9] ^= 1 }), true},
		"one that is wrong": {wire.ECDSA, asking(func(s *cosigners, _ *signingDuty, m openings) {
			m.Openings[0].Opening[95] ^= 1
			m.Openings[0].Signature = s.Nodes[0].Sign(m.Openings[0].Digest(s.id, 1))
		}), true},
		"one that is none": {wire.ECDSA, asking(func(s *cosigners, _ *signingDuty, m openings) {
			m.Openings[0].Opening[0] ^= 1
			m.Openings[0].Signature = s.Nodes[0].Sign(m.Openings[0].Digest(s.id, 1))
		}), true},
		"a hash of zero":         {wire.ECDSA, asking(func(_ *cosigners, p *signingDuty, _ openings) { p.ask.Hash = common.Hash{} }), false},
		"a key that is no point": {wire.ECDSA, asking(func(_ *cosigners, p *signingDuty, _ openings) { p.state.Record.Commitments[0] = wire.Point{1} }), false},
		"nonces, of an item": {wire.ECDSA, func(s *cosigners) session.Effects {
			return s.first().p[3].further(&wire.Commitments{Nonces: make([]wire.NonceBytes, 3)})
		}, true},
		"an item of other signers": {wire.ECDSA, granting(func(_ *cosigners, p *signingDuty) { p.ask.Set = []uint32{1, 2, 3} }), true},
		"an item of another group": {wire.ECDSA, granting(func(s *cosigners, p *signingDuty) {
			p.state.Record.Setup.Members = slices.Repeat([]wire.NodeID{s.Nodes[2].ID()}, 4)
		}), true},
		"an item of no vault":   {wire.ECDSA, granting(func(_ *cosigners, p *signingDuty) { p.ask.Item.Number = 9 }), false},
		"an item that is spent": {wire.ECDSA, granting(func(s *cosigners, p *signingDuty) { s.items[1][1].Erase() }), false},
		"a second time": {wire.ECDSA, granting(func(_ *cosigners, p *signingDuty) {
			p.lend(func(v *items.Vault) { v.Use(p.Coordinator(), p.ask.Item) })
		}), true},
		"the source fails, opening": {wire.ECDSA, breaking(0), false},
		"the source fails, signing": {wire.ECDSA, breaking(1), false},
	} {
		s := newCosigners(c.scheme)
		eff := c.step(s)
		p := s.p[3]
		if len(eff.Send) != 1 || !eff.Done {
			t.Errorf("%s: sends %d messages: %v", name, len(eff.Send), eff.Err)
			continue
		}
		if _, ok := eff.Send[0].Msg.(*wire.Refuse); !ok || eff.Err == nil {
			t.Errorf("%s: answers with %T: %v", name, eff.Send[0].Msg, eff.Err)
		}
		if blamed := len(eff.Faults) == 1 && eff.Faults[0].Node == s.Nodes[1].ID(); blamed != c.blamed || len(eff.Faults) > 1 {
			t.Errorf("%s: blames %v", name, eff.Faults)
		}
		if p.nonce != nil && !courttest.NonceSpent(p.nonce) || p.item != nil && !courttest.Erased(p.item.Secret) {
			t.Errorf("%s: can still sign", name)
		}
	}
}

// What is no question about a signature opens none.
func TestSignersThatAreAskedSomethingElse(t *testing.T) {
	s := newCosigners(wire.Schnorr)
	for _, m := range []wire.Message{new(wire.Willing), new(wire.Retrieve), new(wire.Commitments)} {
		if _, _, _, _, ok := s.p[3].open(m); ok {
			t.Errorf("%T opens a signature", m)
		}
	}
	for _, scheme := range []wire.Scheme{wire.Schnorr, wire.ECDSA} { // as agreed on
		s := newCosigners(scheme).first()
		eff := s.p[3].further(s.all())
		if !eff.Done || eff.Err != nil || len(eff.Faults) > 0 || eff.Send[0].Msg.Code() == wire.CodeRefuse {
			t.Errorf("%v: answers with %T: %v", scheme, eff.Send[0].Msg, eff.Err)
		}
	}
}

// coordinator is node 1's side of a signature by the same signers.
func (s *cosigners) coordinator() *Signing {
	g := &Signing{scheme: s.ask.Scheme, hash: s.ask.Hash}
	g.env, g.record, g.requester = s.p[1].env, s.Record(), new(wire.Requester)
	v := items.NewVault()
	g.lend = func(use func(*items.Vault)) { use(v) }
	g.share, g.self, g.rank = s.Shares[0], 1, []uint32{1, 3, 4}
	g.round = newRound(&g.gathering, s.ask.Block, true, "")
	var err error
	g.public, err = verify.JointKey(g.record)
	courttest.NoError(err)
	return g
}

func (g *Signing) hasStock(stock ...*items.Item) {
	g.lend(func(v *items.Vault) { v.Stock(stock) })
}

// A coordinator that can't begin asks nobody.
func TestSignaturesThatDoNotBegin(t *testing.T) {
	broken := func(at int) func(*cosigners, *Signing, *attempt) {
		return func(s *cosigners, g *Signing, _ *attempt) { g.env.Rand = &courttest.BrokenRand{Reader: s.Rand, At: at} }
	}
	for name, c := range map[string]struct {
		scheme wire.Scheme
		change func(*cosigners, *Signing, *attempt)
	}{
		"Schnorr, without a name":  {wire.Schnorr, broken(0)},
		"Schnorr, without half":    {wire.Schnorr, broken(1)},
		"Schnorr, without a nonce": {wire.Schnorr, broken(2)},
		"Schnorr, by too many":     {wire.Schnorr, func(_ *cosigners, _ *Signing, a *attempt) { a.set = []uint32{1, 3, 4} }},
		"Schnorr, with no nonce of 3": {wire.Schnorr, func(s *cosigners, g *Signing, _ *attempt) {
			g.lend(func(v *items.Vault) { v.Offer(s.Nodes[2].ID(), wire.Slot{}, make([]wire.NonceBytes, 1)) })
		}},
		"ECDSA, without a name":        {wire.ECDSA, broken(0)},
		"ECDSA, without a dealing":     {wire.ECDSA, broken(1)},
		"ECDSA, by who can't be dealt": {wire.ECDSA, func(_ *cosigners, _ *Signing, a *attempt) { a.set = []uint32{1, 3} }},
	} {
		s := newCosigners(c.scheme)
		g := s.coordinator()
		var todo task = &schnorrTask{g}
		if c.scheme == wire.ECDSA {
			todo = &ecdsaTask{g}
		}
		a := &attempt{set: s.ask.Set}
		c.change(s, g, a)
		if err := todo.open(a); err == nil || a.opening != nil || a.before != nil {
			t.Errorf("%s: begins: %v", name, err)
		}
	}
}

// A coordinator chooses a set that it has an item for, which serves this key, and whose members can all be asked.
func TestSetsOfItems(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*wire.DealSetup, *Signing)
		chosen bool // as the first set
		serves bool // for an attempt by this set
	}{
		"fit":               {func(*wire.DealSetup, *Signing) {}, true, true},
		"another threshold": {func(d *wire.DealSetup, _ *Signing) { d.Threshold = 0 }, false, false},
		"other members":     {func(d *wire.DealSetup, g *Signing) { d.Members = g.record.Setup.Members[:3] }, false, false},
		"another set": {func(d *wire.DealSetup, g *Signing) {
			d.Set, d.Members = []uint32{2, 3, 4}, g.record.Setup.Members[1:]
			g.rank = []uint32{2, 3, 4}
			g.round = newRound(&g.gathering, wire.BlockRef{}, true, "")
		}, true, false},
		"one can't be asked": {func(_ *wire.DealSetup, g *Signing) {
			g.rank = []uint32{1, 2, 3}
			g.round = newRound(&g.gathering, wire.BlockRef{}, true, "")
		}, false, true},
	} {
		s := newCosigners(wire.ECDSA)
		g := s.coordinator()
		g.hasStock(s.items[0]...)
		setup := s.deal.Setup
		s.items[0][0].Dealt.Setup = &setup
		c.change(&setup, g)
		if set := (&ecdsaTask{g}).choose(g.round); (set != nil) != c.chosen {
			t.Errorf("%s: chooses %v", name, set)
		}
		a := &attempt{set: s.ask.Set}
		courttest.NoError((&ecdsaTask{g}).open(a))
		if (a.before == nil) != c.serves {
			t.Errorf("%s: has an item dealt: %t", name, a.before != nil)
		}
	}
}

// What a signer may answer, and when.
func TestAnswersOfSigners(t *testing.T) {
	for name, c := range map[string]struct {
		scheme    wire.Scheme
		last      bool
		item      bool
		msg       func(s *cosigners, id wire.SessionID) wire.Message
		taken, ok bool
	}{
		"a nonce":                 {wire.Schnorr, false, false, func(s *cosigners, _ wire.SessionID) wire.Message { return s.said[1] }, true, true},
		"a nonce, too late":       {wire.Schnorr, true, false, func(s *cosigners, _ wire.SessionID) wire.Message { return s.said[1] }, false, false},
		"no nonce":                {wire.Schnorr, false, false, func(*cosigners, wire.SessionID) wire.Message { return new(wire.Committed) }, false, true},
		"a share, too early":      {wire.Schnorr, false, false, func(*cosigners, wire.SessionID) wire.Message { return new(wire.SchnorrShare) }, false, false},
		"a share, unsigned":       {wire.Schnorr, true, false, func(*cosigners, wire.SessionID) wire.Message { return new(wire.SchnorrShare) }, false, true},
		"a share, signed":         {wire.Schnorr, true, false, func(s *cosigners, id wire.SessionID) wire.Message { return s.schnorr(id, 1) }, true, true},
		"a share beyond all":      {wire.Schnorr, true, false, func(s *cosigners, id wire.SessionID) wire.Message { return s.schnorr(id, 255) }, false, true},
		"with no nonce for later": {wire.Schnorr, true, false, func(s *cosigners, id wire.SessionID) wire.Message { return s.schnorr(id, 1, wire.NonceBytes{1}) }, false, true},
		"an item's, of a nonce":   {wire.Schnorr, true, false, func(*cosigners, wire.SessionID) wire.Message { return new(wire.ECDSAShare) }, false, false},

		"willing":                   {wire.ECDSA, true, false, func(*cosigners, wire.SessionID) wire.Message { return new(wire.Willing) }, true, true},
		"willing, with an item":     {wire.ECDSA, false, true, func(*cosigners, wire.SessionID) wire.Message { return new(wire.Willing) }, false, false},
		"an opening, too late":      {wire.ECDSA, true, true, func(s *cosigners, _ wire.SessionID) wire.Message { return s.said[1] }, false, false},
		"an opening of no item":     {wire.ECDSA, true, false, func(s *cosigners, _ wire.SessionID) wire.Message { return s.said[1] }, false, false},
		"an opening":                {wire.ECDSA, false, true, func(s *cosigners, _ wire.SessionID) wire.Message { return s.said[1] }, true, true},
		"a share of an item, early": {wire.ECDSA, false, true, func(*cosigners, wire.SessionID) wire.Message { return new(wire.ECDSAShare) }, false, false},
		"an opening, unsigned": {wire.ECDSA, false, true, func(s *cosigners, _ wire.SessionID) wire.Message {
			m := *s.said[1].(*wire.Opened)
			m.Signature[9] ^= 1
			return &m
		}, false, true},
		"an opening that is wrong": {wire.ECDSA, false, true, func(s *cosigners, id wire.SessionID) wire.Message {
			m := *s.said[1].(*wire.Opened)
			m.Opening[95] ^= 1
			m.Signature = s.Nodes[2].Sign(m.Digest(id, 3))
			return &m
		}, false, true},
		"one beyond all": {wire.ECDSA, true, true, func(s *cosigners, id wire.SessionID) wire.Message {
			m := new(wire.ECDSAShare)
			for i := range m.Share {
				m.Share[i] = 255
			}
			m.Signature = s.Nodes[2].Sign(m.Digest(id, 3, nil))
			return m
		}, false, true},
		"a share of no item":   {wire.ECDSA, true, false, func(*cosigners, wire.SessionID) wire.Message { return new(wire.ECDSAShare) }, false, false},
		"one that is unsigned": {wire.ECDSA, true, true, func(*cosigners, wire.SessionID) wire.Message { return new(wire.ECDSAShare) }, false, true},
	} {
		s := newCosigners(c.scheme).first()
		g := s.coordinator()
		a := &attempt{id: s.id, set: s.ask.Set, last: c.last, work: &schnorrAttempt{ask: s.ask}}
		var todo task = &schnorrTask{g}
		if c.scheme == wire.ECDSA {
			w := &ecdsaAttempt{ask: s.ask, ctx: verify.ECDSAContext(s.id)}
			if c.item {
				w.item = s.p[1].item
			}
			todo, a.work = &ecdsaTask{g}, w
		}
		part, f, ok := todo.take(a, 3, c.msg(s, s.id))
		if ok != c.ok || (ok && part != nil) != c.taken || (f != nil) != (c.ok && !c.taken) || f != nil && f.Node != s.Nodes[2].ID() {
			t.Errorf("%s: takes %T, blames %v, %t", name, part, f, ok)
		}
		g.lend(func(v *items.Vault) {
			if n := v.Sizes().Nonces; n > 0 {
				t.Errorf("%s: counts on %d nonces", name, n)
			}
		})
	}
}

// schnorr is a share of node 3 that begins with a byte, and what it sends ahead.
func (s *cosigners) schnorr(id wire.SessionID, first byte, next ...wire.NonceBytes) *wire.SchnorrShare {
	m := &wire.SchnorrShare{Share: [32]byte(slices.Repeat([]byte{first}, 32)), Next: next}
	m.Signature = s.Nodes[2].Sign(m.Digest(id, 3, nil))
	return m
}

// ecdsaWork is an attempt of node 1's in which all openings are there, but for its own part.
func (s *cosigners) ecdsaWork(g *Signing) (*ecdsaTask, *attempt) {
	w := &ecdsaAttempt{ask: s.ask, item: s.items[0][1], ctx: verify.ECDSAContext(s.id)}
	return &ecdsaTask{g}, &attempt{id: s.id, set: s.ask.Set, parts: make([]any, len(s.ask.Set)), work: w}
}

// opened fills the parts of a first stage.
func (s *cosigners) opened(todo *ecdsaTask, a *attempt) {
	for at, i := range s.ask.Set {
		m := s.said[at].(*wire.Opened)
		o, err := verify.Opening(s.items[0][1].Public, i, m, verify.ECDSAContext(s.id))
		courttest.NoError(err)
		a.parts[at] = &ecdsaOpened{o, *m}
	}
}

// A coordinator that fails by itself blames nobody for it, and gives no part of its own.
func TestCoordinatorsOwnFailures(t *testing.T) {
	s := newCosigners(wire.ECDSA)
	g := s.coordinator()
	todo, a := s.ecdsaWork(g)
	g.env.Rand = &courttest.BrokenRand{Reader: s.Rand}
	if part, err := todo.own(a); err == nil || part != nil || !courttest.Erased(s.items[0][1].Secret) {
		t.Errorf("opens an item without randomness: %v", err)
	}

	s = newCosigners(wire.ECDSA).first()
	g = s.coordinator()
	todo, a = s.ecdsaWork(g)
	s.opened(todo, a)
	g.hash = common.Hash{}
	if m, faults, err := todo.next(a); err == nil || m != nil || faults != nil {
		t.Errorf("signs a hash of zero, or blames %v: %v", faults, err)
	}
	g.hash = s.ask.Hash
	a.work.(*ecdsaAttempt).opened = nil
	if _, faults, err := todo.next(a); err != nil || faults != nil || !a.last {
		t.Fatal(faults, err)
	}
	g.env.Rand = &courttest.BrokenRand{Reader: s.Rand}
	if part, err := todo.own(a); err == nil || part != nil || !courttest.Erased(s.items[0][1].Secret) {
		t.Errorf("signs without randomness: %v", err)
	}

	// The others' shares are right, and the own is not.
	for at, i := range s.ask.Set {
		a.parts[at] = &ecdsaPart{share: &threshold.ECDSAShare{Y: secp256k1.NewScalar(1)}}
		if i == g.self {
			continue
		}
		m := s.p[i].further(s.all()).Send[0].Msg.(*wire.ECDSAShare)
		share, err := threshold.ParseECDSAShare(m.Share[:])
		courttest.NoError(err)
		a.parts[at] = &ecdsaPart{share, m}
	}
	if m, faults, err := todo.next(a); !courttest.Internal(err) || m != nil || faults != nil || g.signature != nil {
		t.Errorf("blames %v for the own share: %v", faults, err)
	}
	a.parts[1].(*ecdsaPart).share.Y = secp256k1.NewScalar(1)
	if _, faults, err := todo.next(a); err != nil || len(faults) != 1 || faults[0].Node != s.Nodes[2].ID() {
		t.Errorf("blames %v for the share of 3: %v", faults, err)
	}
	g.record.Commitments[1] = wire.Point{1}
	if m, faults, err := todo.next(a); err == nil || m != nil || faults != nil {
		t.Errorf("blames %v under a key that is none: %v", faults, err)
	}
}

// The same of a Schnorr signature.
func TestCoordinatorsOwnSchnorrFailures(t *testing.T) {
	s := newCosigners(wire.Schnorr)
	g := s.coordinator()
	todo, a := &schnorrTask{g}, &attempt{set: s.ask.Set, parts: make([]any, 2)}
	courttest.NoError(todo.open(a))
	own, err := todo.own(a)
	courttest.NoError(err)
	a.parts[0], a.parts[1] = own, wire.NonceBytes{1}
	w := a.work.(*schnorrAttempt)
	if m, faults, err := todo.next(a); err == nil || m != nil || faults != nil {
		t.Errorf("goes on with no nonce, or blames %v: %v", faults, err)
	}
	w.list = nil
	nonce, err := threshold.NewNonce(s.Rand, nil)
	courttest.NoError(err)
	a.parts[1] = wire.NonceBytes(nonce.Commitment().Bytes())
	_, _, err = todo.next(a)
	courttest.NoError(err)
	theirs, err := w.signing.Share(threshold.Index(3), s.Shares[2].Value, nonce)
	courttest.NoError(err)
	a.parts[0], a.parts[1] = &schnorrPart{share: secp256k1.NewScalar(1)}, &schnorrPart{share: theirs}
	if m, faults, err := todo.next(a); !courttest.Internal(err) || m != nil || faults != nil || g.signature != nil {
		t.Errorf("blames %v for the own share: %v", faults, err)
	}
	a.parts[1] = &schnorrPart{share: secp256k1.NewScalar(1), msg: new(wire.SchnorrShare)}
	if _, faults, err := todo.next(a); err != nil || len(faults) != 1 || faults[0].Node != s.Nodes[2].ID() {
		t.Errorf("blames %v for the share of 3: %v", faults, err)
	}
	w.nonce.Erase()
	if part, err := todo.own(a); err == nil || part != nil {
		t.Errorf("signs with a nonce that is spent: %v", err)
	}
}
