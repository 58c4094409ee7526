package sessiontest

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// corrupt makes up to t nodes Byzantine for the whole of the trouble. All operators
// demand that threshold at least, as they would: with more Byzantine nodes than a key's
// threshold nothing is promised.
func (s *simulation) corrupt() {
	count := min(1+s.rng.IntN(2), s.threshold)
	s.corruptSome(count)
}

func (s *simulation) corruptSome(count int) {
	s.Policy.MinThreshold = uint32(count)
	for _, i := range s.rng.Perm(len(s.Nodes))[:count] {
		l := &liar{s: s, node: s.Nodes[i], rate: []int{5, 30, 100}[s.rng.IntN(3)]}
		s.evil = append(s.evil, l.node)
		l.node.Mutate = l.mutate
		if s.rng.IntN(2) == 0 {
			l.node.Oracle = l.decide
		}
	}
	s.Spy = func(_ *Node, env wire.Envelope) {
		if n := s.Node(env.To); n != nil && !n.honest() && len(s.overheard) < 512 {
			s.overheard = append(s.overheard, env)
		}
	}
}

// liar is a Byzantine node: the machines of an honest one, whose every message may be
// left out, repeated, replaced by one of another session, bent, or bent and signed anew.
type liar struct {
	s    *simulation
	node *Node
	rate int // of lies, in percent
}

func (l *liar) mutate(env wire.Envelope) []wire.Envelope {
	l.s.overheard = append(l.s.overheard, env)
	if l.s.rng.IntN(100) >= l.rate {
		return []wire.Envelope{env}
	}
	lie, kind := env, l.s.rng.IntN(6)
	if serving(env.Msg.Code()) && l.s.rng.IntN(2) == 0 { // what signing has to withstand
		kind = []int{1, 5}[l.s.rng.IntN(2)]
	}
	switch kind {
	case 0:
		return nil
	case 1:
		return []wire.Envelope{env, env}
	case 2:
		return []wire.Envelope{env, l.replay(env)}
	case 3:
		lie.Session, lie.Msg = l.replay(env).Session, env.Msg
	case 4:
		lie.Msg = l.bend(env)
	case 5:
		lie.Msg = l.forge(env)
	}
	if lie.Msg == nil {
		return nil
	}
	return []wire.Envelope{lie}
}

// replay is something that any Byzantine node has sent or received, to the same node, in
// its own session or in this one. Never an invitation to a generation: a member that has
// crashed since would deal anew in the same session, and be convicted of it.
func (l *liar) replay(env wire.Envelope) wire.Envelope {
	old := l.s.overheard[l.s.rng.IntN(len(l.s.overheard))]
	if old.Msg.Code() == wire.CodeInit {
		return env
	}
	if old.To = env.To; l.s.rng.IntN(2) == 0 {
		old.Session = env.Session
	}
	return old
}

// bend turns a few bits of a message, in a way that still decodes; nil if there is none.
func (l *liar) bend(env wire.Envelope) wire.Message {
	payload, err := wire.Encode(env.Session, env.Msg)
	check(err)
	for range 8 {
		bent := slices.Clone(payload)
		for range 1 + l.s.rng.IntN(3) {
			bent[l.s.rng.IntN(len(bent))] ^= 1 << l.s.rng.IntN(8)
		}
		if _, m, err := wire.Decode(env.Msg.Code(), bent); err == nil {
			return m
		}
	}
	return nil
}

// forge says something else under the liar's own good signature.
func (l *liar) forge(env wire.Envelope) wire.Message {
	at, sign := l.s.rng.IntN(32), l.node.nodeKey.Sign
	switch m := env.Msg.(type) {
	case *wire.Commit:
		other := *m
		if at%2 == 0 {
			other.Hash[at] ^= 1
		} else {
			other.Key[4*at] ^= 1
		}
		other.Signature = sign(other.Digest(env.Session))
		return &other
	case *wire.Reveal:
		other := *m
		if other.Dealing.Shares = slices.Clone(m.Dealing.Shares); at%2 == 0 {
			other.View[at] ^= 1
		} else {
			other.Dealing.Shares[at%len(m.Dealing.Shares)][at] ^= 1
		}
		other.Signature = sign(other.Digest(env.Session))
		return &other
	case *wire.Certify:
		other := *m
		other.Transcript[at] ^= 1
		other.Signature = sign(other.Digest(env.Session))
		return &other
	case *wire.Opened, *wire.SchnorrShare, *wire.ECDSAShare:
		return l.cosign(env)
	case *wire.Sign:
		l.askAgain(env, m)
		return m
	case *wire.Complaint:
		other := *m
		if at%2 == 0 {
			other.Opening[at] ^= 1
		} else {
			other.Accused.View[at] ^= 1
		}
		other.Signature = sign(other.Digest(env.Session))
		return &other
	case *wire.Known:
		return &wire.Known{}
	case *wire.NewerHead:
		return &wire.NewerHead{Head: Block(m.Head.Number + uint64(at))}
	case *wire.Partial, *wire.StorePromise:
		return &wire.Refuse{Reason: wire.Reason(1 + at%23)}
	}
	return l.bend(env)
}

// askAgain asks a holder for the same again in another attempt: nonces, item and all. The
// two come in the order that the network likes.
func (l *liar) askAgain(env wire.Envelope, m *wire.Sign) {
	other := *m
	other.Nonce[0] ^= 1
	env.Session, env.Msg = other.Session(l.s.ID, l.node.ID()), &other
	l.s.Inject(l.node, env)
}

// cosign signs with something else than its own, with all that it was shown.
func (l *liar) cosign(env wire.Envelope) wire.Message {
	if l.node.signs(env.Session) == nil {
		return nil
	}
	return l.node.miscosign(env, l.s.rng.IntN(32))
}

// decide answers at random.
func (l *liar) decide(q session.Question) session.Verdict {
	return Says(session.Answer(1 + l.s.rng.IntN(4)))(q)
}
