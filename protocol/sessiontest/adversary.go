package sessiontest

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/join"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What Byzantine nodes do, as values for Node.Mutate and Node.Oracle.

// Silent sends nothing.
func Silent(wire.Envelope) []wire.Envelope { return nil }

// Changing changes the messages of one type before they leave.
func Changing[M wire.Message](change func(m M)) func(wire.Envelope) []wire.Envelope {
	return func(env wire.Envelope) []wire.Envelope {
		if m, ok := env.Msg.(M); ok {
			change(m)
		}
		return []wire.Envelope{env}
	}
}

// Answering sends something else instead of every message of one type.
func Answering[M wire.Message](instead wire.Message) func(wire.Envelope) []wire.Envelope {
	return func(env wire.Envelope) []wire.Envelope {
		if _, ok := env.Msg.(M); ok {
			env.Msg = instead
		}
		return []wire.Envelope{env}
	}
}

// ChangingPartial changes the parts of a holder of a key that all nodes hold, and signs
// what it sends.
func ChangingPartial(n *Node, change func(*wire.Partial)) func(wire.Envelope) []wire.Envelope {
	return func(env wire.Envelope) []wire.Envelope {
		if m, ok := env.Msg.(*wire.Partial); ok {
			changed := *m
			changed.Sealed = slices.Clone(m.Sealed)
			change(&changed)
			env.Msg = SignPartial(n, env.Session, &changed)
		}
		return []wire.Envelope{env}
	}
}

// SignPartial signs a part for an attempt, as a holder of a key that all nodes hold.
func SignPartial(n *Node, attempt wire.SessionID, m *wire.Partial) *wire.Partial {
	index := slices.Index(n.cluster.Nodes, n) + 1
	m.Signature = n.nodeKey.Sign(m.Digest(attempt, uint32(index)))
	return m
}

// Withholding leaves out the messages of these names.
func Withholding(names ...string) func(wire.Envelope) []wire.Envelope {
	return func(env wire.Envelope) []wire.Envelope {
		if slices.Contains(names, messageName(env.Msg)) {
			return nil
		}
		return []wire.Envelope{env}
	}
}

// Misdealing has a node seal a wrong share to the first member, and sign that.
func Misdealing(n *Node) func(wire.Envelope) []wire.Envelope {
	return func(env wire.Envelope) []wire.Envelope {
		if _, ok := env.Msg.(*wire.Reveal); ok {
			bad := copyOf(env.Msg).(*wire.Reveal)
			bad.Dealing.Shares[0][31] ^= 1
			bad.Signature = n.nodeKey.Sign(bad.Digest(env.Session))
			env.Msg = bad
		}
		return []wire.Envelope{env}
	}
}

// Miscosigning has a node say something wrong in its messages of this name in a signing, and sign that.
func Miscosigning(n *Node, name string) func(wire.Envelope) []wire.Envelope {
	return func(env wire.Envelope) []wire.Envelope {
		if wrong := n.miscosign(env, 0); wrong != nil && messageName(wrong) == name {
			env.Msg = wrong
		}
		return []wire.Envelope{env}
	}
}

// signs is the run of a signing in which a node has its share of the key; nil if there is none.
func (n *Node) signs(id wire.SessionID) *Run {
	if r := n.find(join.Route{Session: id}); r != nil && n.State(r.key).Share != nil {
		return r
	}
	return nil
}

// miscosign is what a node says in a signing with a bit flipped, signed with all that it was shown; nil if it says nothing there.
func (n *Node) miscosign(env wire.Envelope, at int) wire.Message {
	r := n.signs(env.Session)
	if r == nil {
		return nil
	}
	index := n.State(r.key).Share.Index
	switch m := copyOf(env.Msg).(type) {
	case *wire.Opened:
		m.Opening[7*at] ^= 1
		m.Signature = n.nodeKey.Sign(m.Digest(env.Session, index))
		return m
	case *wire.SchnorrShare:
		m.Share[at] ^= 1
		m.Signature = n.nodeKey.Sign(m.Digest(env.Session, index, r.nonces))
		return m
	case *wire.ECDSAShare:
		m.Share[at] ^= 1
		m.Signature = n.nodeKey.Sign(m.Digest(env.Session, index, r.openings))
		return m
	}
	return nil
}

// Says is an oracle that always gives this answer.
func Says(answer session.Answer) func(session.Question) session.Verdict {
	return func(q session.Question) session.Verdict {
		v := session.Verdict{Answer: answer, Block: Block(1), Head: Block(1), Reason: "because"}
		if q.Block != nil {
			v.Block, v.Head = *q.Block, Block(q.Block.Number+1)
		}
		return v
	}
}

// copyOf shares nothing with a message that a cheat may bend.
func copyOf(m wire.Message) wire.Message {
	payload, err := wire.Encode(wire.SessionID{}, m)
	check(err)
	_, m, err = wire.Decode(m.Code(), payload)
	check(err)
	return m
}
