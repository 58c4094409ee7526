package sessiontest

import (
	"errors"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// puppets is a malicious coordinator, n1, led by the test message by message: what honest
// holders tell it, it keeps. That no holder ever answers twice with one nonce or item, and
// never without a yes of its own chain to a request for this very hash, the watch sees
// (watch.uses, watch.cosigns): two answers of the first kind are the two equations from which
// Parity's shares followed (W7), one of the second is W6.
type puppets struct {
	*world
	evil *Node
	told map[wire.SessionID]map[*Node][]wire.Message
}

// pull makes n1 a malicious coordinator.
func (w *world) pull() *puppets {
	s := &puppets{world: w, evil: w.Nodes[0], told: make(map[wire.SessionID]map[*Node][]wire.Message)}
	s.evil.Mutate = func(env wire.Envelope) []wire.Envelope { return []wire.Envelope{env} }
	also := w.Spy
	w.Spy = func(from *Node, env wire.Envelope) {
		if also != nil {
			also(from, env)
		}
		if env.To == s.evil.ID() {
			if s.told[env.Session] == nil {
				s.told[env.Session] = make(map[*Node][]wire.Message)
			}
			s.told[env.Session][from] = append(s.told[env.Session][from], env.Msg)
		}
	}
	return s
}

// now lets all happen that takes no time.
func (s *puppets) now() {
	s.t.Helper()
	for len(s.queue) > 0 {
		e, _ := s.next()
		s.happen(e)
	}
	if err := s.verdict(); err != nil {
		s.t.Fatal(err)
	}
}

// ask is a right opening for a hash, with a request of alice's that names it.
func (s *puppets) ask(scheme wire.Scheme, hash common.Hash, set ...uint32) *wire.Sign {
	m := &wire.Sign{Key: s.key, Version: s.record.Version(), Scheme: scheme, Hash: hash, Block: Block(s.evil.Head), Set: set,
		Proof: s.proof(s.alice, wire.OpSign, wire.SignArguments(scheme, hash), s.key)}
	_, err := s.evil.rand.Read(m.Nonce[:])
	check(err)
	return m
}

// open opens sessions with holders and gives their id.
func (s *puppets) open(m *wire.Sign, to ...*Node) wire.SessionID {
	s.t.Helper()
	id := m.Session(s.ID, s.evil.ID())
	s.say(id, m, to...)
	return id
}

func (s *puppets) say(id wire.SessionID, m wire.Message, to ...*Node) {
	s.t.Helper()
	for _, n := range to {
		s.Inject(s.evil, wire.Envelope{To: n.ID(), Session: id, Msg: m})
	}
	s.now()
}

// last is what a holder has said last in a session.
func (s *puppets) last(id wire.SessionID, by *Node) wire.Message {
	all := s.told[id][by]
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// refused wants a holder to have refused last, for this reason, and whether it names n1.
func (s *puppets) refused(id wire.SessionID, by *Node, why wire.Reason, blamed bool) {
	s.t.Helper()
	if m, ok := s.last(id, by).(*wire.Refuse); !ok || m.Reason != why {
		s.t.Errorf("%s answers with %T %v, want a refusal: %v", by.Name, s.last(id, by), s.last(id, by), why)
	}
	if got := slices.Contains(s.Blamed(), s.evil.Name); got != blamed {
		s.t.Errorf("the coordinator is blamed: %t, want %t", got, blamed)
	}
}

// share wants a holder to have given its share in a session.
func (s *puppets) share(id wire.SessionID, by *Node) *wire.SchnorrShare {
	s.t.Helper()
	m, ok := s.last(id, by).(*wire.SchnorrShare)
	if !ok {
		s.t.Fatalf("%s answers with %T %v, want its share", by.Name, s.last(id, by), s.last(id, by))
	}
	return m
}

// onlyOnce wants a holder to have given its share the first time, and to have refused since.
func (s *puppets) onlyOnce(time int, id wire.SessionID, by *Node) {
	s.t.Helper()
	if time == 0 {
		s.share(id, by)
	} else {
		s.refused(id, by, wire.InvalidMessage, true)
	}
}

// silent wants a holder to have said nothing more than so many things in a session.
func (s *puppets) silent(id wire.SessionID, by *Node, after int) {
	s.t.Helper()
	if got := len(s.told[id][by]); got != after {
		s.t.Errorf("%s has said %d things, want %d; the last is %T", by.Name, got, after, s.last(id, by))
	}
}

// someNonce is one of the coordinator's own.
func someNonce(number uint64) (*threshold.Nonce, wire.NonceBytes) {
	n, err := threshold.NewNonce(reader(number, 1<<20), nil)
	check(err)
	return n, n.Commitment().Bytes()
}

// ahead has a holder send a nonce ahead: it comes with a share in two rounds.
func (s *puppets) ahead(by *Node, index uint32) wire.NonceBytes {
	s.t.Helper()
	set := []uint32{1, index}
	id := s.open(s.ask(wire.Schnorr, someHash(200), set...), by)
	_, own := someNonce(1)
	committed := s.last(id, by).(*wire.Committed)
	s.say(id, &wire.Commitments{Nonces: []wire.NonceBytes{own, committed.Nonce}}, by)
	return s.share(id, by).Next[0]
}

// newPuppets is a cluster of 4, t = 1, whose key alice may use.
func newPuppets(t *testing.T) *puppets { return newWorld(t, 4, 1).readable().pull() }

// W7. One nonce answers once, whatever becomes of the session, and who asks again is named.
func TestOneNonceOneAnswer(t *testing.T) {
	_, mine := someNonce(1)
	_, other := someNonce(2)
	for name, again := range map[string]func(s *puppets, victim *Node){
		"two messages in a session": func(s *puppets, victim *Node) {
			id := s.open(s.ask(wire.Schnorr, someHash(1), 1, 2), victim)
			theirs := s.last(id, victim).(*wire.Committed).Nonce
			s.say(id, &wire.Commitments{Nonces: []wire.NonceBytes{mine, theirs}}, victim)
			s.share(id, victim)
			s.say(id, &wire.Commitments{Nonces: []wire.NonceBytes{other, theirs}}, victim)
			s.silent(id, victim, 2)
		},
		"another session": func(s *puppets, victim *Node) {
			theirs := s.ahead(victim, 2)
			for i, list := range [][]wire.NonceBytes{{mine, theirs}, {mine, theirs}, {other, theirs}} {
				m := s.ask(wire.Schnorr, someHash(byte(i)), 1, 2)
				m.Nonces = list
				s.onlyOnce(i, s.open(m, victim), victim)
			}
		},
		"the same hash, set and nonces": func(s *puppets, victim *Node) {
			theirs := s.ahead(victim, 2)
			m := s.ask(wire.Schnorr, someHash(1), 1, 2)
			m.Nonces = []wire.NonceBytes{mine, theirs}
			s.share(s.open(m, victim), victim)
			again := *m
			again.Nonce[0] ^= 1
			s.refused(s.open(&again, victim), victim, wire.InvalidMessage, true)
		},
		"another set": func(s *puppets, victim *Node) {
			theirs := s.ahead(victim, 2)
			for i, set := range [][]uint32{{1, 2}, {2, 3}} {
				m := s.ask(wire.Schnorr, someHash(1), set...)
				m.Nonces = []wire.NonceBytes{mine, mine}
				m.Nonces[slices.Index(set, 2)] = theirs
				s.onlyOnce(i, s.open(m, victim), victim)
			}
		},
		"another scheme": func(s *puppets, victim *Node) {
			theirs := s.ahead(victim, 2)
			for i, scheme := range schnorrs {
				m := s.ask(scheme, someHash(1), 1, 2)
				m.Nonces = []wire.NonceBytes{mine, theirs}
				s.onlyOnce(i, s.open(m, victim), victim)
			}
		},
		"after a failure": func(s *puppets, victim *Node) {
			theirs := s.ahead(victim, 2)
			m := s.ask(wire.Schnorr, someHash(1), 1, 2)
			m.Nonces = []wire.NonceBytes{{1}, theirs} // no point: the nonce is burnt, and nothing said
			s.refused(s.open(m, victim), victim, wire.InvalidMessage, true)
			m = s.ask(wire.Schnorr, someHash(1), 1, 2)
			m.Nonces = []wire.NonceBytes{mine, theirs}
			s.refused(s.open(m, victim), victim, wire.InvalidMessage, true)
		},
		"after it was cancelled": func(s *puppets, victim *Node) {
			id := s.open(s.ask(wire.Schnorr, someHash(1), 1, 2), victim)
			theirs := s.last(id, victim).(*wire.Committed).Nonce
			s.say(id, &wire.Refuse{Reason: wire.Cancelled}, victim)
			s.say(id, &wire.Commitments{Nonces: []wire.NonceBytes{mine, theirs}}, victim)
			s.silent(id, victim, 1)
			m := s.ask(wire.Schnorr, someHash(1), 1, 2) // a nonce for that session alone
			m.Nonces = []wire.NonceBytes{mine, theirs}
			s.refused(s.open(m, victim), victim, wire.NoSession, false)
		},
		"after a loss": func(s *puppets, victim *Node) {
			theirs := s.ahead(victim, 2)
			s.Cut(s.evil, victim)
			s.Join(s.evil, victim)
			s.now()
			m := s.ask(wire.Schnorr, someHash(1), 1, 2)
			m.Nonces = []wire.NonceBytes{mine, theirs}
			s.refused(s.open(m, victim), victim, wire.NoSession, false)
		},
		"after an answer and a loss": func(s *puppets, victim *Node) {
			theirs := s.ahead(victim, 2)
			for i := range 2 {
				m := s.ask(wire.Schnorr, someHash(byte(i)), 1, 2)
				m.Nonces = []wire.NonceBytes{mine, theirs}
				id := s.open(m, victim)
				if i == 1 {
					s.refused(id, victim, wire.InvalidMessage, true)
				}
				s.Cut(s.evil, victim)
				s.Join(s.evil, victim)
				s.now()
			}
		},
		"by another coordinator": func(s *puppets, victim *Node) {
			theirs := s.ahead(victim, 2)
			s.evil = s.Nodes[3]
			s.evil.Mutate = s.Nodes[0].Mutate
			m := s.ask(wire.Schnorr, someHash(1), 1, 2)
			m.Nonces = []wire.NonceBytes{mine, theirs}
			s.refused(s.open(m, victim), victim, wire.NoSession, false)
		},
		"its own nonce is another": func(s *puppets, victim *Node) {
			id := s.open(s.ask(wire.Schnorr, someHash(1), 1, 2), victim)
			s.say(id, &wire.Commitments{Nonces: []wire.NonceBytes{mine, other}}, victim)
			s.refused(id, victim, wire.InvalidMessage, true)
		},
		"too few nonces": func(s *puppets, victim *Node) {
			id := s.open(s.ask(wire.Schnorr, someHash(1), 1, 2), victim)
			s.say(id, &wire.Commitments{Nonces: []wire.NonceBytes{mine}}, victim)
			s.refused(id, victim, wire.InvalidMessage, true)
		},
		"openings for a nonce": func(s *puppets, victim *Node) {
			id := s.open(s.ask(wire.Schnorr, someHash(1), 1, 2), victim)
			s.say(id, &wire.Openings{Openings: make([]wire.Opened, 2)}, victim)
			s.refused(id, victim, wire.InvalidMessage, true)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newPuppets(t)
			again(s, s.Nodes[1])
			s.settle()
		})
	}
}

// Signers that are shown different hashes or nonces in one attempt make nothing that holds,
// for any of the hashes, together with the coordinator's own share or without.
func TestDifferentThingsToDifferentSigners(t *testing.T) {
	_, mine := someNonce(1)
	for name, show := range map[string]func(s *puppets, a, b *wire.Sign){
		"two hashes": func(s *puppets, _, b *wire.Sign) {
			b.Hash = someHash(2)
			b.Proof = s.ask(b.Scheme, b.Hash, b.Set...).Proof
		},
		"two lists of nonces": func(_ *puppets, a, _ *wire.Sign) { a.Nonces[1] = mine },
	} {
		t.Run(name, func(t *testing.T) {
			s := newPuppets(t)
			n2, n3 := s.Nodes[1], s.Nodes[2]
			list := []wire.NonceBytes{s.ahead(n2, 2), s.ahead(n3, 3)}
			a, b := s.ask(wire.Schnorr, someHash(1), 2, 3), s.ask(wire.Schnorr, someHash(1), 2, 3)
			a.Nonces, b.Nonces = slices.Clone(list), slices.Clone(list)
			b.Nonce = a.Nonce
			show(s, a, b)
			shares := []*wire.SchnorrShare{s.share(s.open(a, n2), n2), s.share(s.open(b, n3), n3)}
			for _, m := range []*wire.Sign{a, b} {
				if err := s.combine(m, shares); !errors.Is(err, threshold.ErrBadSignature) {
					t.Errorf("the shares make a signature: %v", err)
				}
			}
			again := s.ask(wire.Schnorr, a.Hash, 2, 3) // each now spent
			again.Nonces = list
			s.refused(s.open(again, n2), n2, wire.InvalidMessage, true)
			s.refused(s.open(again, n3), n3, wire.InvalidMessage, true)
			s.settle()
		})
	}
	t.Run("the same to both", func(t *testing.T) {
		s := newPuppets(t)
		n2, n3 := s.Nodes[1], s.Nodes[2]
		m := s.ask(wire.Schnorr, someHash(1), 2, 3)
		m.Nonces = []wire.NonceBytes{s.ahead(n2, 2), s.ahead(n3, 3)}
		id := s.open(m, n2, n3)
		if err := s.combine(m, []*wire.SchnorrShare{s.share(id, n2), s.share(id, n3)}); err != nil {
			t.Error(err)
		}
		s.wantBlamed()
	})
}

// combine puts shares together as an attempt says.
func (s *puppets) combine(m *wire.Sign, shares []*wire.SchnorrShare) error {
	quorum, err := verify.KeyQuorum(s.record, m.Set, 0)
	check(err)
	var commitments []*threshold.NonceCommitment
	for i := range m.Nonces {
		c, err := threshold.ParseNonceCommitment(m.Nonces[i][:])
		check(err)
		commitments = append(commitments, c)
	}
	public := s.record.Public()
	joint, err := secp256k1.ParsePoint(public[:])
	check(err)
	signing, err := threshold.NewSchnorrSigning(quorum, joint, threshold.ParitySchnorr, m.Hash[:], commitments)
	check(err)
	var all []*secp256k1.Scalar
	for _, share := range shares {
		z, err := secp256k1.ParseScalar(share.Share[:])
		check(err)
		all = append(all, z)
	}
	_, err = signing.Combine(all)
	return err
}

// lend has items dealt among a set by the malicious coordinator, honestly.
func (s *puppets) lend(count int, set ...uint32) []wire.Item {
	s.t.Helper()
	transcripts := make(map[wire.Item]bool)
	before := s.Spy
	var all []wire.Item
	s.Spy = func(from *Node, env wire.Envelope) {
		before(from, env)
		if m, ok := env.Msg.(*wire.Certify); ok {
			for n := range count {
				if i := (wire.Item{Transcript: m.Transcript, Number: uint32(n)}); !transcripts[i] {
					transcripts[i] = true
					all = append(all, i)
				}
			}
		}
	}
	s.stock(s.evil, count, set...)
	s.Spy = before
	return all
}

// opened wants a holder to have opened an item in a session.
func (s *puppets) opened(id wire.SessionID, by *Node) wire.Opened {
	s.t.Helper()
	m, ok := s.last(id, by).(*wire.Opened)
	if !ok {
		s.t.Fatalf("%s answers with %T %v, want an opening", by.Name, s.last(id, by), s.last(id, by))
	}
	return *m
}

// askItem is ask, with an item.
func (s *puppets) askItem(hash common.Hash, item wire.Item) *wire.Sign {
	m := s.ask(wire.ECDSA, hash, 1, 2, 3)
	m.Item = item
	return m
}

// W7 (docs/security.md) for ECDSA; docs/protocol.md section 12.3. One item is opened once, for one
// hash, and signed with once; who asks again is named.
func TestOneItemOneAnswer(t *testing.T) {
	for name, again := range map[string]func(s *puppets, item wire.Item, n2, n3 *Node){
		"two hashes, one after the other": func(s *puppets, item wire.Item, n2, _ *Node) {
			s.opened(s.open(s.askItem(someHash(1), item), n2), n2)
			s.refused(s.open(s.askItem(someHash(2), item), n2), n2, wire.InvalidMessage, true)
		},
		"one hash, twice": func(s *puppets, item wire.Item, n2, _ *Node) {
			s.opened(s.open(s.askItem(someHash(1), item), n2), n2)
			s.refused(s.open(s.askItem(someHash(1), item), n2), n2, wire.InvalidMessage, true)
		},
		"two hashes to two signers": func(s *puppets, item wire.Item, n2, n3 *Node) {
			a, b := s.askItem(someHash(1), item), s.askItem(someHash(2), item)
			ida, idb := s.open(a, n2), s.open(b, n3)
			list := []wire.Opened{{}, s.opened(ida, n2), s.opened(idb, n3)}
			s.say(ida, &wire.Openings{Openings: list}, n2) // no mixture: they are bound to their hash
			s.say(idb, &wire.Openings{Openings: list}, n3)
			s.refused(ida, n2, wire.InvalidMessage, true)
			s.refused(idb, n3, wire.InvalidMessage, true)
		},
		"openings of another hash": func(s *puppets, item wire.Item, n2, n3 *Node) {
			a, b := s.askItem(someHash(1), item), s.askItem(someHash(2), item)
			ida, idb := s.open(a, n2), s.open(b, n3)
			s.opened(idb, n3)
			list := []wire.Opened{s.opened(idb, n3), s.opened(ida, n2), s.opened(idb, n3)}
			s.say(ida, &wire.Openings{Openings: list}, n2)
			s.refused(ida, n2, wire.InvalidMessage, true)
		},
		"too few openings": func(s *puppets, item wire.Item, n2, _ *Node) {
			id := s.open(s.askItem(someHash(1), item), n2)
			s.say(id, &wire.Openings{Openings: []wire.Opened{s.opened(id, n2)}}, n2)
			s.refused(id, n2, wire.InvalidMessage, true)
		},
		"openings before its own": func(s *puppets, item wire.Item, n2, _ *Node) {
			id := s.open(s.ask(wire.ECDSA, someHash(1), 1, 2, 3), n2) // the vote alone
			s.say(id, &wire.Openings{Openings: make([]wire.Opened, 3)}, n2)
			s.silent(id, n2, 1)
		},
		"nonces for an item": func(s *puppets, item wire.Item, n2, _ *Node) {
			id := s.open(s.askItem(someHash(1), item), n2)
			s.say(id, &wire.Commitments{Nonces: make([]wire.NonceBytes, 3)}, n2)
			s.refused(id, n2, wire.InvalidMessage, true)
		},
		"after it was cancelled": func(s *puppets, item wire.Item, n2, _ *Node) {
			id := s.open(s.askItem(someHash(1), item), n2)
			s.say(id, &wire.Refuse{Reason: wire.Cancelled}, n2)
			s.refused(s.open(s.askItem(someHash(1), item), n2), n2, wire.InvalidMessage, true)
		},
		"after its time": func(s *puppets, item wire.Item, n2, _ *Node) {
			id := s.open(s.askItem(someHash(1), item), n2)
			s.settle()
			s.refused(id, n2, wire.Timeout, false)
			s.refused(s.open(s.askItem(someHash(1), item), n2), n2, wire.InvalidMessage, true)
		},
		"after a loss": func(s *puppets, item wire.Item, n2, _ *Node) {
			s.Cut(s.evil, n2)
			s.Join(s.evil, n2)
			s.now()
			s.refused(s.open(s.askItem(someHash(1), item), n2), n2, wire.NoSession, false)
		},
		"by another coordinator": func(s *puppets, item wire.Item, n2, _ *Node) {
			s.evil = s.Nodes[3]
			s.evil.Mutate = s.Nodes[0].Mutate
			s.refused(s.open(s.askItem(someHash(1), item), n2), n2, wire.NoSession, false)
		},
		"by another set": func(s *puppets, item wire.Item, n2, _ *Node) {
			m := s.ask(wire.ECDSA, someHash(1), 2, 3, 4)
			m.Item = item
			s.refused(s.open(m, n2), n2, wire.InvalidMessage, true)
		},
		"for a key of others": func(s *puppets, item wire.Item, n2, _ *Node) {
			s.key = KeyID(2)
			s.record = s.Deal(s.key, 1, s.author, s.Nodes[1:])
			s.grant(s.alice)
			s.refused(s.open(s.askItem(someHash(1), item), n2), n2, wire.InvalidMessage, true)
		},
		"for a key of fewer": func(s *puppets, _ wire.Item, n2, _ *Node) {
			item := s.lend(1, 1, 2, 4)[0]
			s.key = KeyID(2)
			s.record = s.Deal(s.key, 1, s.author, s.Nodes[:3])
			s.grant(s.alice)
			s.refused(s.open(s.askItem(someHash(1), item), n2), n2, wire.InvalidMessage, true)
		},
		"for a key of another threshold": func(s *puppets, item wire.Item, n2, _ *Node) {
			s.key = KeyID(2)
			s.record = s.Deal(s.key, 0, s.author, s.Nodes)
			s.grant(s.alice)
			m := s.ask(wire.ECDSA, someHash(1), 2)
			m.Item = item
			s.refused(s.open(m, n2), n2, wire.InvalidMessage, true)
		},
		"an item that is not": func(s *puppets, item wire.Item, n2, _ *Node) {
			item.Number = 7
			s.refused(s.open(s.askItem(someHash(1), item), n2), n2, wire.NoSession, false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newPuppets(t)
			again(s, s.lend(2, 1, 2, 3)[1], s.Nodes[1], s.Nodes[2])
			s.settle()
		})
	}
}

// A holder answers when everybody's opening is there, right, of this attempt and in its place,
// its own included: also where the coordinator and another holder lie together.
func TestHoldersCheckOpenings(t *testing.T) {
	for name, change := range map[string]func(s *puppets, id wire.SessionID, list []wire.Opened){
		"right":                             func(*puppets, wire.SessionID, []wire.Opened) {},
		"another as its own":                func(_ *puppets, _ wire.SessionID, list []wire.Opened) { list[0] = list[1] },
		"its own, bent":                     func(_ *puppets, _ wire.SessionID, list []wire.Opened) { list[0].Opening[95] ^= 1 },
		"another's, bent":                   func(_ *puppets, _ wire.SessionID, list []wire.Opened) { list[1].Opening[95] ^= 1 },
		"another's, with a false signature": func(_ *puppets, _ wire.SessionID, list []wire.Opened) { list[2].Signature[9] ^= 1 },
		"two exchanged":                     func(_ *puppets, _ wire.SessionID, list []wire.Opened) { list[1], list[2] = list[2], list[1] },
		"one twice":                         func(_ *puppets, _ wire.SessionID, list []wire.Opened) { list[2] = list[1] },
		"another's, bent by it and signed anew": func(s *puppets, id wire.SessionID, list []wire.Opened) {
			list[1].Opening[95] ^= 1
			list[1].Signature = s.Nodes[2].NodeKey().Sign(list[1].Digest(id, 3))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newPuppets(t)
			m := s.ask(wire.ECDSA, someHash(1), 2, 3, 4)
			m.Item = s.lend(1, 2, 3, 4)[0]
			id := s.open(m, s.Nodes[1:]...)
			list := []wire.Opened{s.opened(id, s.Nodes[1]), s.opened(id, s.Nodes[2]), s.opened(id, s.Nodes[3])}
			change(s, id, list)
			s.say(id, &wire.Openings{Openings: list}, s.Nodes[1])
			if name != "right" {
				s.refused(id, s.Nodes[1], wire.InvalidMessage, true)
			} else if _, ok := s.last(id, s.Nodes[1]).(*wire.ECDSAShare); !ok {
				t.Errorf("answers with %T", s.last(id, s.Nodes[1]))
			}
			s.settle()
		})
	}
}

// Crypto.md 8.3: who knew a nonce point before the hash is bound could choose the hash by it.
// Nothing that a coordinator is told before, while items are dealt and when it asks for the
// votes, has anything to do with the points that are opened later, and an item that was
// opened for a hash signs no other.
func TestNonceIsOpenedAfterTheHash(t *testing.T) {
	s := newPuppets(t)
	item, n2, n3 := s.lend(1, 1, 2, 3)[0], s.Nodes[1], s.Nodes[2]
	s.open(s.ask(wire.ECDSA, someHash(1), 1, 2, 3), n2, n3) // their votes
	points := make(map[wire.Point]bool)
	for _, sessions := range s.told {
		for _, messages := range sessions {
			for _, m := range messages {
				switch m := m.(type) {
				case *wire.Opened, *wire.ECDSAShare:
					t.Errorf("is told %T before it has named a hash for the item", m)
				case *wire.Reveal:
					for _, p := range m.Dealing.Commitments {
						points[p] = true
					}
				}
			}
		}
	}
	id := s.open(s.askItem(someHash(1), item), n2, n3)
	for _, n := range []*Node{n2, n3} {
		o := s.opened(id, n)
		if points[wire.Point(o.Opening[:64])] {
			t.Errorf("%s: the nonce point was dealt in clear", n.Name)
		}
	}
	// Now the coordinator knows their parts of R. For another hash they are no use.
	other := s.askItem(someHash(2), item)
	again := s.open(other, n2, n3)
	s.refused(again, n2, wire.InvalidMessage, true)
	s.say(again, &wire.Openings{Openings: []wire.Opened{{}, s.opened(id, n2), s.opened(id, n3)}}, n2, n3)
	s.silent(again, n2, 1)
	s.silent(again, n3, 1)
	s.settle()
}

// A coordinator that shows different dealings to different members has each of them hold an
// item of its own, which nobody else knows: they never sign together.
func TestDifferentDealingsToDifferentMembers(t *testing.T) {
	s := newPuppets(t)
	n2, n3 := s.Nodes[1], s.Nodes[2]
	var session1 wire.SessionID
	dealt := make(map[*Node]wire.Item)
	before := s.Spy
	s.Spy = func(from *Node, env wire.Envelope) {
		before(from, env)
		if m, ok := env.Msg.(*wire.Certify); ok {
			dealt[from], session1 = wire.Item{Transcript: m.Transcript}, env.Session
		}
	}
	var setup *wire.DealSetup
	var keys *wire.Evidence
	s.evil.Mutate = func(env wire.Envelope) []wire.Envelope {
		switch m := copyOf(env.Msg).(type) {
		case *wire.Deal:
			setup = &m.Setup
		case *wire.Evidence:
			if len(m.Commits) > 0 {
				keys = m
			} else if env.To == n3.ID() {
				m.Reveals[0] = *anotherDealing(s.evil, setup, keys)
				env.Msg = m
			}
		}
		return []wire.Envelope{env}
	}
	dealing, err := items.NewDealing(s.evil.Env(), s.evil.Lend, items.GroupOf(s.record), []uint32{1, 2, 3}, 1)
	check(err)
	s.Begin(s.evil, wire.KindDeal, wire.KeyID{}, dealing, nil)
	s.settle()
	if dealt[n2] == dealt[n3] || dealt[n2] == (wire.Item{}) || dealt[n3] == (wire.Item{}) {
		t.Fatalf("in %v, items %v", session1, dealt)
	}
	m := s.askItem(someHash(1), dealt[n2])
	id := s.open(m, n2, n3)
	s.refused(id, n3, wire.NoSession, false)
	mine := s.opened(id, n2)
	theirs := s.open(s.askItem(someHash(1), dealt[n3]), n3)
	s.say(id, &wire.Openings{Openings: []wire.Opened{mine, mine, s.opened(theirs, n3)}}, n2)
	s.refused(id, n2, wire.InvalidMessage, true)
	s.settle()
}

// anotherDealing is one more dealing of a node in a session that it coordinates, to the same keys.
func anotherDealing(n *Node, setup *wire.DealSetup, keys *wire.Evidence) *wire.Reveal {
	id := setup.Session()
	m := items.JoinDealing(n.Env(), n.Lend, n.ID(), id)
	hear := func(msg wire.Message) wire.Message {
		return m.Step(session.Received{From: n.ID(), Session: id, Msg: msg}).Send[0].Msg
	}
	var view []common.Hash
	for i := range keys.Commits {
		view = append(view, keys.Commits[i].Digest(id))
	}
	own := hear(&wire.Deal{Setup: *setup}).(*wire.Commit)
	r := hear(&wire.Evidence{Commits: append([]wire.Commit{*own}, keys.Commits[1:]...)}).(*wire.Reveal)
	r.View = wire.View(id, view)
	r.Signature = n.nodeKey.Sign(r.Digest(id))
	return r
}

// W6. Holders sign what the requester's request names and nothing else: each opens the
// request itself. No holder says so much as that it is willing.
func TestSignersOpenTheRequest(t *testing.T) {
	for _, scheme := range wire.Schemes {
		for name, c := range map[string]struct {
			change func(s *puppets, m *wire.Sign)
			why    wire.Reason
			blamed bool
		}{
			"another hash":      {func(_ *puppets, m *wire.Sign) { m.Hash[0] ^= 1 }, wire.BadRequester, false},
			"another scheme":    {func(_ *puppets, m *wire.Sign) { m.Scheme = 1 + (m.Scheme-1+2)%4 }, wire.BadRequester, false},
			"another operation": {func(s *puppets, m *wire.Sign) { m.Proof = s.proof(s.alice, wire.OpRetrieve, wire.NoArguments, s.key) }, wire.BadRequester, false},
			"the arguments of another operation": {func(s *puppets, m *wire.Sign) {
				m.Proof = s.proof(s.alice, wire.OpRetrieve, wire.SignArguments(m.Scheme, m.Hash), s.key)
			}, wire.BadRequester, false},
			"another key": {func(s *puppets, m *wire.Sign) {
				m.Proof = s.proof(s.alice, wire.OpSign, wire.SignArguments(m.Scheme, m.Hash), KeyID(2))
			}, wire.BadRequester, false},
			"another cluster": {func(s *puppets, m *wire.Sign) {
				r := s.Request(s.alice, wire.OpSign, wire.SignArguments(m.Scheme, m.Hash), s.key)
				r.Cluster[0] ^= 1
				m.Proof = s.Sign(s.alice, r)
			}, wire.BadRequester, false},
			"an expired request": {func(s *puppets, m *wire.Sign) {
				r := s.Request(s.alice, wire.OpSign, wire.SignArguments(m.Scheme, m.Hash), s.key)
				r.Expiry = 1
				m.Proof = s.Sign(s.alice, r)
			}, wire.Denied, false},
			"a stranger's request": {func(s *puppets, m *wire.Sign) {
				eve := s.NewClient("eve")
				eve.Wallet = true
				m.Proof = s.proof(eve, wire.OpSign, wire.SignArguments(m.Scheme, m.Hash), s.key)
			}, wire.Denied, false},
			"no request":              {func(_ *puppets, m *wire.Sign) { m.Proof.Data = m.Proof.Data[:10] }, wire.BadRequester, false},
			"a block of nobody":       {func(_ *puppets, m *wire.Sign) { m.Block.Hash = common.Hash{9} }, wire.Unavailable, false},
			"another version":         {func(_ *puppets, m *wire.Sign) { m.Version[0] ^= 1 }, wire.KeyNotFound, false},
			"too small a set":         {func(_ *puppets, m *wire.Sign) { m.Set = m.Set[1:] }, wire.InvalidMessage, true},
			"too large a set":         {func(_ *puppets, m *wire.Sign) { m.Set = []uint32{1, 2, 3, 4} }, wire.InvalidMessage, true},
			"a set without the asked": {func(_ *puppets, m *wire.Sign) { m.Set = []uint32{1, 3, 4}[:len(m.Set)] }, wire.InvalidMessage, true},
			"an index of nobody":      {func(_ *puppets, m *wire.Sign) { m.Set[len(m.Set)-1] = 200 }, wire.InvalidMessage, true},
		} {
			t.Run(scheme.String()+", "+name, func(t *testing.T) {
				s := newPuppets(t)
				set := []uint32{2, 3}
				if scheme == wire.ECDSA {
					set = []uint32{1, 2, 3}
				}
				m := s.ask(scheme, someHash(1), set...)
				c.change(s, m)
				id := s.open(m, s.Nodes[1])
				s.settle()
				s.refused(id, s.Nodes[1], c.why, c.blamed)
				s.silent(id, s.Nodes[1], 1)
			})
		}
		t.Run(scheme.String()+", the session of another", func(t *testing.T) {
			s := newPuppets(t)
			set := []uint32{2, 3}
			if scheme == wire.ECDSA {
				set = []uint32{1, 2, 3}
			}
			m := s.ask(scheme, someHash(1), set...)
			id := m.Session(s.ID, s.Nodes[3].ID())
			s.say(id, m, s.Nodes[1])
			s.refused(id, s.Nodes[1], wire.InvalidMessage, true)
		})
	}
}

// Parity's signature over the bare id names no hash: holders take it, for Parity's two schemes
// and where their settings allow it. What that leaves open docs/security.md tells.
func TestLegacySigning(t *testing.T) {
	for _, scheme := range wire.Schemes {
		for _, allowed := range []bool{true, false} {
			s := newPuppets(t)
			s.alice.Wallet = false
			for _, n := range s.Nodes {
				n.Policy = &session.Policy{RefuseLegacy: !allowed, RefusePlain: true}
			}
			set := []uint32{2, 3}
			if scheme == wire.ECDSA {
				set = []uint32{1, 2, 3}
			}
			id := s.open(s.ask(scheme, someHash(1), set...), s.Nodes[1])
			_, refused := s.last(id, s.Nodes[1]).(*wire.Refuse)
			if want := !allowed || scheme != wire.ECDSA && scheme != wire.Schnorr; refused != want {
				t.Errorf("%v, allowed %t: answers with %T", scheme, allowed, s.last(id, s.Nodes[1]))
			}
			s.settle()
			s.wantBlamed()
		}
	}
}

// A coordinator that drops, repeats or reorders what it says in signing gets signatures at
// best; no honest node is blamed, and nothing is answered for twice.
func TestUnrulyCoordinator(t *testing.T) {
	for name, unruly := range map[string]func(s *puppets) func(wire.Envelope) []wire.Envelope{
		"says everything twice": func(*puppets) func(wire.Envelope) []wire.Envelope {
			return func(env wire.Envelope) []wire.Envelope { return []wire.Envelope{env, env} }
		},
		"repeats what it said before": func(*puppets) func(wire.Envelope) []wire.Envelope {
			var all []wire.Envelope
			return func(env wire.Envelope) []wire.Envelope {
				all = append(all, env)
				return slices.Concat([]wire.Envelope{env}, all[max(0, len(all)-9):len(all)-1])
			}
		},
		"says the second thing first": func(*puppets) func(wire.Envelope) []wire.Envelope {
			held := make(map[wire.SessionID][]wire.Envelope)
			return func(env wire.Envelope) []wire.Envelope {
				if held[env.Session] = append(held[env.Session], env); len(held[env.Session])%2 == 1 {
					return nil
				}
				all := slices.Clone(held[env.Session])
				slices.Reverse(all)
				held[env.Session] = nil
				return all
			}
		},
		"says nothing to n2": func(s *puppets) func(wire.Envelope) []wire.Envelope {
			return func(env wire.Envelope) []wire.Envelope {
				if env.To == s.Nodes[1].ID() {
					return nil
				}
				return []wire.Envelope{env}
			}
		},
		"sends each what it sends another": func(s *puppets) func(wire.Envelope) []wire.Envelope {
			return func(env wire.Envelope) (all []wire.Envelope) {
				for _, n := range s.Nodes[1:] {
					copied := env
					copied.To = n.ID()
					all = append(all, copied)
				}
				return all
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newPuppets(t)
			s.stock(s.evil, 3, 1, 2, 3)
			s.evil.Mutate = unruly(s)
			for i, scheme := range slices.Concat(wire.Schemes, wire.Schemes) {
				s.Signature(s.evil, s.alice, s.key, scheme, someHash(byte(i)))
				s.settle()
			}
			if names := s.Blamed(); len(names) > 1 || len(names) == 1 && names[0] != "n1" {
				t.Errorf("blamed: %v", names)
			}
			s.evil.Mutate = nil
			for i, scheme := range wire.Schemes { // and the others are none the worse for it
				s.sign(s.Nodes[2], scheme, someHash(byte(i)))
			}
		})
	}
}
