package sessiontest

import (
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
