package sessiontest

import (
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// shown is what a holder has been shown in its sessions: a cheat signs its lies with it.
type shown struct {
	bad      *Node
	index    uint32
	nonces   map[wire.SessionID][]wire.NonceBytes
	openings map[wire.SessionID][]wire.Opened
	reveals  map[wire.SessionID][]wire.Reveal
}

// shows follows what a node is told.
func (w *world) shows(bad *Node) *shown {
	s := &shown{bad: bad, index: w.record.Setup.Index(bad.ID()), nonces: make(map[wire.SessionID][]wire.NonceBytes),
		openings: make(map[wire.SessionID][]wire.Opened), reveals: make(map[wire.SessionID][]wire.Reveal)}
	also := w.Spy
	w.Spy = func(from *Node, env wire.Envelope) {
		if also != nil {
			also(from, env)
		}
		if env.To != bad.ID() {
			return
		}
		switch m := env.Msg.(type) {
		case *wire.Sign:
			s.nonces[env.Session] = m.Nonces
		case *wire.Commitments:
			s.nonces[env.Session] = m.Nonces
		case *wire.Openings:
			s.openings[env.Session] = m.Openings
		case *wire.Evidence:
			s.reveals[env.Session] = append(s.reveals[env.Session], m.Reveals...)
		}
	}
	return s
}

// signing lets a node bend what it says in signatures. What is bent it signs like an honest
// one: with all that it was shown.
func signing[M wire.Message](bend func(m M)) func(*world, *Node) {
	return func(w *world, bad *Node) {
		s := w.shows(bad)
		bad.Mutate = func(env wire.Envelope) []wire.Envelope {
			if m, ok := copyOf(env.Msg).(M); ok {
				bend(m)
				s.sign(env.Session, m)
				env.Msg = m
			}
			return []wire.Envelope{env}
		}
	}
}

// sign puts the cheat's good signature on a message.
func (s *shown) sign(id wire.SessionID, m wire.Message) {
	sign := s.bad.NodeKey().Sign
	switch m := m.(type) {
	case *wire.SchnorrShare:
		m.Signature = sign(m.Digest(id, s.index, s.nonces[id]))
	case *wire.Opened:
		m.Signature = sign(m.Digest(id, s.index))
	case *wire.ECDSAShare:
		m.Signature = sign(m.Digest(id, s.index, s.openings[id]))
	case *wire.Commit:
		m.Signature = sign(m.Digest(id))
	case *wire.Reveal:
		m.Signature = sign(m.Digest(id))
	case *wire.Certify:
		m.Signature = sign(m.Digest(id))
	}
}

// unsigned is signing, but leaves the signatures as they were.
func unsigned[M wire.Message](bend func(m M)) func(*world, *Node) {
	return func(_ *world, bad *Node) {
		bad.Mutate = func(env wire.Envelope) []wire.Envelope {
			if m, ok := copyOf(env.Msg).(M); ok {
				bend(m)
				env.Msg = m
			}
			return []wire.Envelope{env}
		}
	}
}

// telling says something else than messages of a type; nil is silence.
func telling[M wire.Message](instead wire.Message) func(*world, *Node) {
	return func(_ *world, bad *Node) {
		bad.Mutate = func(env wire.Envelope) []wire.Envelope {
			if _, ok := env.Msg.(M); ok && instead == nil {
				return nil
			}
			return Answering[M](instead)(env)
		}
	}
}

// twice says everything of a kind twice.
func twice[M wire.Message](_ *world, bad *Node) {
	bad.Mutate = func(env wire.Envelope) []wire.Envelope {
		if _, ok := env.Msg.(M); ok {
			return []wire.Envelope{env, env}
		}
		return []wire.Envelope{env}
	}
}

// repeating gives what it gave the first time, signed anew.
func repeating[M wire.Message](take func(into, from M)) func(*world, *Node) {
	return func(w *world, bad *Node) {
		var first M
		seen := false
		signing(func(m M) {
			if !seen {
				first, seen = copyOf(m).(M), true
			} else {
				take(m, first)
			}
		})(w, bad)
		w.sign(w.Nodes[0], w.scheme, someHash(77)) // the first time
	}
}

var refusesToSign = &wire.Refuse{Reason: wire.Internal}

// What n2 can do wrong as a signer of a Schnorr signature through n1.
var schnorrCases = []holderCase{
	{name: "wrong share", cheat: signing(func(m *wire.SchnorrShare) { m.Share[31] ^= 1 }), proof: wire.ConvictSchnorrShare},
	{name: "share is zero", cheat: signing(func(m *wire.SchnorrShare) { m.Share = [32]byte{} }), proof: wire.ConvictSchnorrShare},
	{name: "share above the order", cheat: signing(func(m *wire.SchnorrShare) { copy(m.Share[:], bytes255(32)) }), proof: wire.ConvictSchnorrShare},
	{name: "an old share, signed anew", cheat: repeating(func(m, old *wire.SchnorrShare) { m.Share = old.Share }), proof: wire.ConvictSchnorrShare},
	{name: "false signature", cheat: unsigned(func(m *wire.SchnorrShare) { m.Signature[9] ^= 1 })},
	{name: "wrong share with the signature of the right one", cheat: unsigned(func(m *wire.SchnorrShare) { m.Share[31] ^= 1 })},
	{name: "garbage for the next time", cheat: unsigned(func(m *wire.SchnorrShare) { m.Next[0][63] ^= 1 })},
	{name: "identity for the next time", cheat: unsigned(func(m *wire.SchnorrShare) { clear(m.Next[0][64:]) })},
	{name: "one nonce for the next two times", cheat: unsigned(func(m *wire.SchnorrShare) { m.Next = append(m.Next, m.Next...) }), unnamed: true},
	{name: "answers with an opening", cheat: telling[*wire.SchnorrShare](&wire.Opened{})},
	{name: "answers with a part", cheat: telling[*wire.SchnorrShare](&wire.Partial{Sealed: []byte{}})},
	{name: "withholds its share", cheat: telling[*wire.SchnorrShare](nil), unnamed: true},
	{name: "refuses its share", cheat: telling[*wire.SchnorrShare](refusesToSign), unnamed: true},
	{name: "knows no nonce, ever", cheat: telling[*wire.SchnorrShare](&wire.Refuse{Reason: wire.NoSession}), unnamed: true},
	{name: "tells of an older block as newer", cheat: telling[*wire.SchnorrShare](&wire.NewerHead{Head: Block(1)})},
	{name: "silent", cheat: func(_ *world, bad *Node) { bad.Mutate = Silent }, unnamed: true},
	{name: "says no", cheat: func(_ *world, bad *Node) { bad.Oracle = Says(session.Refused) }, unnamed: true},
}

// What it can do wrong beside that when it is asked for a nonce first.
var committingCases = []holderCase{
	{name: "commits to no point", cheat: unsigned(func(m *wire.Committed) { m.Nonce[63] ^= 1 })},
	{name: "commits to the identity", cheat: unsigned(func(m *wire.Committed) { clear(m.Nonce[:64]) })},
	{name: "commits to another nonce than its own", cheat: unsigned(func(m *wire.Committed) { copy(m.Nonce[:64], someP()) }), unnamed: true},
	{name: "commits not", cheat: telling[*wire.Committed](nil), unnamed: true},
	{name: "refuses to commit", cheat: telling[*wire.Committed](refusesToSign), unnamed: true},
	{name: "is willing", cheat: telling[*wire.Committed](&wire.Willing{})},
	{name: "gives a share before it can", cheat: telling[*wire.Committed](&wire.SchnorrShare{Next: []wire.NonceBytes{}})},
}

// A bad signer is done without, and named where it can be, in one round and in two, in every
// scheme. The signatures hold: that is the cluster's to see.
func TestSchnorrAdversary(t *testing.T) {
	for i, c := range append(schnorrCases, committingCases...) {
		for _, ahead := range []bool{false, true} {
			if ahead && i >= len(schnorrCases) {
				continue
			}
			name := "two rounds, "
			if ahead {
				name = "one round, "
			}
			t.Run(name+c.name, func(t *testing.T) {
				w := newWorld(t, 4, 2).readable()
				w.scheme = schnorrs[i%len(schnorrs)]
				if ahead { // all have sent nonces to n1
					w.sign(w.Nodes[0], w.scheme, someHash(0))
					w.sign(w.Nodes[0], w.scheme, someHash(0))
				}
				c.cheat(w, w.Nodes[1])
				for n := range 3 {
					w.sign(w.Nodes[0], w.scheme, someHash(byte(n+1)))
				}
				w.wantNamed(c)
			})
		}
	}
}

// What n2 can do wrong as a signer of an ECDSA signature through n1, with an item.
var ecdsaCases = []holderCase{
	{name: "nonce point off the curve", cheat: signing(func(m *wire.Opened) { m.Opening[63] ^= 1 }), proof: wire.ConvictOpening},
	{name: "another nonce point", cheat: signing(func(m *wire.Opened) { copy(m.Opening[:64], someP()) }), proof: wire.ConvictOpening},
	{name: "nonce point is the identity", cheat: signing(func(m *wire.Opened) { clear(m.Opening[:64]) }), proof: wire.ConvictOpening},
	{name: "wrong w", cheat: signing(func(m *wire.Opened) { m.Opening[95] ^= 1 }), proof: wire.ConvictOpening},
	{name: "w above the order", cheat: signing(func(m *wire.Opened) { copy(m.Opening[64:96], bytes255(32)) }), proof: wire.ConvictOpening},
	{name: "wrong proof", cheat: signing(func(m *wire.Opened) { m.Opening[223] ^= 1 }), proof: wire.ConvictOpening},
	{name: "an old opening, signed anew", cheat: repeating(func(m, old *wire.Opened) { m.Opening = old.Opening }), proof: wire.ConvictOpening},
	{name: "opening with a false signature", cheat: unsigned(func(m *wire.Opened) { m.Signature[9] ^= 1 })},
	{name: "opens nothing", cheat: telling[*wire.Opened](nil), unnamed: true},
	{name: "opens twice", cheat: twice[*wire.Opened], unnamed: true},
	{name: "opens again, and shares nothing", cheat: func(_ *world, bad *Node) {
		var opened wire.Message
		bad.Mutate = func(env wire.Envelope) []wire.Envelope {
			switch env.Msg.Code() {
			case wire.CodeOpened:
				opened = env.Msg
			case wire.CodeECDSAShare:
				env.Msg = opened
			}
			return []wire.Envelope{env}
		}
	}},
	{name: "refuses to open", cheat: telling[*wire.Opened](refusesToSign), unnamed: true},
	{name: "knows no item, ever", cheat: telling[*wire.Opened](&wire.Refuse{Reason: wire.NoSession}), unnamed: true},
	{name: "is willing, and no more", cheat: telling[*wire.Opened](&wire.Willing{})},
	{name: "gives a share before it can", cheat: telling[*wire.Opened](&wire.ECDSAShare{})},
	{name: "wrong share", cheat: signing(func(m *wire.ECDSAShare) { m.Share[31] ^= 1 }), proof: wire.ConvictECDSAShare},
	{name: "share is zero", cheat: signing(func(m *wire.ECDSAShare) { clear(m.Share[:]) }), proof: wire.ConvictECDSAShare},
	{name: "share above the order", cheat: signing(func(m *wire.ECDSAShare) { copy(m.Share[:], bytes255(32)) }), proof: wire.ConvictECDSAShare},
	{name: "an old share, signed anew", cheat: repeating(func(m, old *wire.ECDSAShare) { m.Share = old.Share }), proof: wire.ConvictECDSAShare},
	{name: "right share, wrong proof", cheat: signing(func(m *wire.ECDSAShare) { m.Share[159] ^= 1 }), unnamed: true}, // it signs
	{name: "share with a false signature", cheat: unsigned(func(m *wire.ECDSAShare) { m.Signature[9] ^= 1 })},
	{name: "withholds its share", cheat: telling[*wire.ECDSAShare](nil), unnamed: true},
	{name: "refuses its share", cheat: telling[*wire.ECDSAShare](refusesToSign), unnamed: true},
	{name: "silent", cheat: func(_ *world, bad *Node) { bad.Mutate = Silent }, unnamed: true},
	{name: "says no", cheat: func(_ *world, bad *Node) { bad.Oracle = Says(session.Refused) }, unnamed: true},
}

// sealed changes the shares of items that n2 deals, of which each is for one receiver, by
// position, and in one slot.
func sealed(change func(receiver, slot int, share *secp256k1.Scalar)) func(*world, *Node) {
	return signing(func(m *wire.Reveal) {
		for i := range m.Dealing.Shares {
			v, err := secp256k1.ParseScalar(m.Dealing.Shares[i][:])
			check(err)
			change(i/10, i%10, v)
			m.Dealing.Shares[i] = v.Bytes()
		}
	})
}

func plusOne(v *secp256k1.Scalar) { v.Add(v, secp256k1.NewScalar(1)) }

// complainingOfItems complains instead of certifying.
func complainingOfItems(change func(*wire.Complaint)) func(*world, *Node) {
	return func(w *world, bad *Node) {
		s := w.shows(bad)
		bad.Mutate = func(env wire.Envelope) []wire.Envelope {
			m, ok := env.Msg.(*wire.Certify)
			if !ok {
				return []wire.Envelope{env}
			}
			about := s.reveals[env.Session][0]
			c := &wire.Complaint{Index: m.Index, Accused: *copyOf(&about).(*wire.Reveal)}
			change(c)
			c.Signature = bad.NodeKey().Sign(c.Digest(env.Session))
			env.Msg = c
			return []wire.Envelope{env}
		}
	}
}

// What n2 can do wrong when it deals items for ECDSA: one for each receiver n1, n2, n3, of
// ten scalars: k, a, b, d, e, each followed by its blinding.
var itemCases = []holderCase{
	{name: "degree too low", cheat: signing(func(m *wire.Reveal) { m.Dealing.Commitments = m.Dealing.Commitments[1:] }), proof: wire.ConvictBadItems},
	{name: "degree too high", cheat: signing(func(m *wire.Reveal) { m.Dealing.Commitments = append(m.Dealing.Commitments, m.Dealing.Commitments[0]) }), proof: wire.ConvictBadItems},
	{name: "commitment off the curve", cheat: signing(func(m *wire.Reveal) { m.Dealing.Commitments[3][63] ^= 1 }), proof: wire.ConvictBadItems},
	{name: "commitment is the identity", cheat: signing(func(m *wire.Reveal) { m.Dealing.Commitments[3] = wire.Point{} }), proof: wire.ConvictBadItems},
	{name: "a share above the order", cheat: signing(func(m *wire.Reveal) { copy(m.Dealing.Shares[4][:], bytes255(32)) }), proof: wire.ConvictBadItems},
	{name: "a share too few", cheat: signing(func(m *wire.Reveal) { m.Dealing.Shares = m.Dealing.Shares[1:] }), proof: wire.ConvictBadItems},
	{name: "nothing", cheat: signing(func(m *wire.Reveal) {
		m.Dealing = wire.Dealing{Dealt: wire.Dealt{Commitments: m.Dealing.Commitments[:1]}, Shares: m.Dealing.Shares[:1]}
	}), proof: wire.ConvictBadItems},
	{name: "a proof where there is none", cheat: signing(func(m *wire.Reveal) { m.Dealing.Proof[0] = 1 }), proof: wire.ConvictBadItems},
	{name: "shifted ephemeral", cheat: signing(func(m *wire.Reveal) { copy(m.Dealing.Ephemeral[:64], someP()) }), proof: wire.ConvictBadItems},
	{name: "ephemeral of another session", cheat: repeating(func(m, old *wire.Reveal) { m.Dealing.Ephemeral = old.Dealing.Ephemeral }), proof: wire.ConvictBadItems},
	{name: "dealing of another session, signed anew", cheat: repeating(func(m, old *wire.Reveal) { m.Dealing = old.Dealing }), proof: wire.ConvictBadItems},
	{name: "another coefficient", cheat: signing(func(m *wire.Reveal) { copy(m.Dealing.Commitments[3][:], someP()) }), proof: wire.ConvictItemComplaint},
	{name: "bad share to the coordinator", cheat: sealed(func(to, slot int, v *secp256k1.Scalar) {
		if to == 0 && slot == 2 {
			plusOne(v)
		}
	}), proof: wire.ConvictItemComplaint},
	{name: "bad share to another", cheat: sealed(func(to, slot int, v *secp256k1.Scalar) {
		if to == 2 && slot == 9 {
			plusOne(v)
		}
	}), proof: wire.ConvictItemComplaint},
	{name: "b not through zero", cheat: constant(4), proof: wire.ConvictItemComplaint},
	{name: "d not through zero", cheat: constant(6), proof: wire.ConvictItemComplaint},
	{name: "e not through zero", cheat: constant(8), proof: wire.ConvictItemComplaint},
	{name: "false complaint", cheat: complainingOfItems(func(*wire.Complaint) {}), proof: wire.ConvictItemComplaint},
	{name: "complaint about nobody", cheat: complainingOfItems(func(c *wire.Complaint) { c.Accused.Index = 9 })},
	{name: "complaint about another dealing", cheat: complainingOfItems(func(c *wire.Complaint) { c.Accused.View[0] ^= 1 }), proof: wire.ConvictItemComplaint},
	{name: "key off the curve", cheat: signing(func(m *wire.Commit) { m.Key[63] ^= 1 }), proof: wire.ConvictBadItemKey},
	{name: "key without its proof", cheat: signing(func(m *wire.Commit) { m.Key[127] ^= 1 }), proof: wire.ConvictBadItemKey},
	{name: "key of another session", cheat: repeating(func(m, old *wire.Commit) { m.Key = old.Key }), proof: wire.ConvictBadItemKey},
	{name: "commits to its dealing", cheat: signing(func(m *wire.Commit) { m.Hash[0] = 1 }), proof: wire.ConvictBadItemKey},
	{name: "key in another's name", cheat: signing(func(m *wire.Commit) { m.Index = 3 })},
	{name: "key with a false signature", cheat: unsigned(func(m *wire.Commit) { m.Signature[9] ^= 1 })},
	{name: "shows no key", cheat: telling[*wire.Commit](nil), unnamed: true},
	{name: "deals before it can", cheat: telling[*wire.Commit](&wire.Reveal{Index: 2, Dealing: wire.Dealing{Dealt: wire.Dealt{Commitments: make([]wire.Point, 1)}, Shares: make([][32]byte, 1)}}), unnamed: true},
	{name: "dealing in another's name", cheat: signing(func(m *wire.Reveal) { m.Index = 3 })},
	{name: "dealing to other keys", cheat: signing(func(m *wire.Reveal) { m.View[0] ^= 1 })},
	{name: "dealing with a false signature", cheat: unsigned(func(m *wire.Reveal) { m.Signature[9] ^= 1 })},
	{name: "lies about the transcript", cheat: signing(func(m *wire.Certify) { m.Transcript[0] ^= 1 })},
	{name: "transcript in another's name", cheat: signing(func(m *wire.Certify) { m.Index = 3 })},
	{name: "transcript with a false signature", cheat: unsigned(func(m *wire.Certify) { m.Signature[9] ^= 1 })},
	{name: "answers a dealing with an opening", cheat: telling[*wire.Reveal](&wire.Opened{})},
	{name: "two dealings", cheat: func(w *world, bad *Node) {
		s := w.shows(bad)
		bad.Mutate = func(env wire.Envelope) []wire.Envelope {
			m, ok := copyOf(env.Msg).(*wire.Reveal)
			if !ok {
				return []wire.Envelope{env}
			}
			m.Dealing.Shares[0][31] ^= 1
			s.sign(env.Session, m)
			return []wire.Envelope{env, {To: env.To, Session: env.Session, Msg: m}} // one is heard, and shown to all
		}
	}, unnamed: true},
	{name: "certifies before it can", cheat: telling[*wire.Reveal](&wire.Certify{Index: 2}), unnamed: true},
	{name: "complains before it can", cheat: telling[*wire.Reveal](&wire.Complaint{Index: 2, Accused: wire.Reveal{Dealing: wire.Dealing{Dealt: wire.Dealt{Commitments: make([]wire.Point, 1)}, Shares: make([][32]byte, 1)}}}), unnamed: true},
	{name: "certifies twice", cheat: twice[*wire.Certify], unnamed: true},
	{name: "deals not", cheat: telling[*wire.Reveal](nil), unnamed: true},
	{name: "refuses to deal", cheat: telling[*wire.Reveal](refusesToSign), unnamed: true},
	{name: "certifies not", cheat: telling[*wire.Certify](nil), unnamed: true},
	{name: "refuses to certify", cheat: telling[*wire.Certify](refusesToSign), unnamed: true},
}

// constant deals a polynomial that has to be zero at zero and is one.
func constant(slot int) func(*world, *Node) {
	return sealed(func(_, at int, v *secp256k1.Scalar) {
		if at == slot {
			plusOne(v)
		}
	})
}

// A bad signer is done without, and named where it can be, with a stock of items and when
// they are dealt for the signature.
func TestECDSAAdversary(t *testing.T) {
	for i, c := range slices.Concat(ecdsaCases, itemCases) {
		for _, stocked := range []bool{true, false} {
			if stocked && i >= len(ecdsaCases) {
				continue
			}
			name := "dealt for it, "
			if stocked {
				name = "from the stock, "
			}
			t.Run(name+c.name, func(t *testing.T) {
				w := newWorld(t, 4, 1).readable()
				w.scheme = wire.ECDSA
				if stocked {
					w.stock(w.Nodes[0], 4, 1, 2, 3)
				}
				c.cheat(w, w.Nodes[1])
				for n := range 2 {
					w.sign(w.Nodes[0], wire.ECDSA, someHash(byte(n+1)))
				}
				w.wantNamed(c)
			})
		}
	}
}
