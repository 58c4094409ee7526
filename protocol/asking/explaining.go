package asking

import (
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Explaining asks every key server what its own chain says to a requester and a key, as
// in a retrieval: at the block that the own oracle decided at, and once more at a newer
// one if some node has seen it. It tells; it moves nothing: no share and no partial is
// asked for, and the requester has proven nothing.
type Explaining struct {
	env       session.Env
	record    *wire.KeyRecord
	requester common.Address
	holds     bool // this node has its share
	id        wire.SessionID

	rounds  int
	asking  bool // the own oracle owes a verdict
	ask     *wire.Explain
	awaited session.Awaited // in this round
	rows    []NodeVerdict   // of the whole set, in its order
	ticks   int
	ended   bool
}

// NodeVerdict is what is known of one key server at the end.
type NodeVerdict struct {
	Node   wire.NodeID
	State  NodeState
	Holder bool // it is to have a share of the key, by the key's certificate
	Holds  bool // it has one, by its own word; only when Answered
	// Answer and what belongs to it are there only when Answered.
	Answer session.Answer
	Block  wire.BlockRef // where it was decided
	Head   wire.BlockRef // the node's own final head
	Reason string        // why not, or why there is no answer; for people
}

// NodeState is what became of a question to one node.
type NodeState uint8

const (
	NotConnected NodeState = iota // it could not be asked
	NotAsked                      // this node had no block to ask about
	Asked                         // it has not answered in time
	Answered
	Declined // it answered that it does not tell
	Lost     // it disconnected meanwhile
	Invalid  // it answered what no honest node does
)

func (s NodeState) String() string {
	return [...]string{"not connected", "not asked", "no answer", "answered", "refused", "connection lost", "invalid answer"}[s]
}

// NewExplaining begins to ask about a requester, whose address is not zero, and a
// confirmed key. state is what this node knows of the key.
func NewExplaining(env session.Env, state *session.State, requester common.Address) (*Explaining, error) {
	if requester == (common.Address{}) {
		return nil, wire.Errorf(wire.BadRequester, "the zero address belongs to nobody")
	}
	e := &Explaining{env: env, record: state.Record, requester: requester, holds: state.Usable(state.Record.Version()) && state.Share != nil}
	for _, node := range env.Set {
		row := NodeVerdict{Node: node, Holder: state.Record.Setup.Index(node) != 0}
		if node == env.Self.ID() || slices.Contains(env.Connected, node) {
			row.State = NotAsked
		}
		e.rows = append(e.rows, row)
	}
	var nonce [32]byte
	if err := env.ReadRandom(nonce[:]); err != nil {
		return nil, err
	}
	e.id = wire.SessionID(wire.Digest("explain-session/1", nonce[:]))
	return e, nil
}

// ID names the session. Its rounds have ids of their own.
func (e *Explaining) ID() wire.SessionID { return e.id }

// String tells how far it is.
func (e *Explaining) String() string {
	switch {
	case e.ended:
		return "explaining: ended"
	case e.asking:
		return "explaining: asking the own chain"
	case e.rounds == 0:
		return "explaining: idle"
	}
	return fmt.Sprintf("explaining: round %d", e.rounds)
}

// Rows has one entry for each key server of the set, in its order. Not to be changed.
func (e *Explaining) Rows() []NodeVerdict { return e.rows }

// Outcome says what a retrieval would come to now, if those that did not answer still
// don't: Granted, Refused or Unreadable. granted is how many holders say yes.
func (e *Explaining) Outcome() (answer session.Answer, granted int) {
	able, denied := 0, 0
	for _, row := range e.rows {
		told := row.State == Answered
		if !row.Holder || told && !row.Holds {
			continue
		}
		able++
		switch {
		case told && row.Answer == session.Granted:
			granted++
		case told && row.Answer == session.Refused:
			denied++
		}
	}
	switch need := e.Needed(); {
	case granted >= need:
		return session.Granted, granted
	case able >= need && able-denied < need:
		return session.Refused, granted
	}
	return session.Unreadable, granted
}

// Needed is how many holders must say yes.
func (e *Explaining) Needed() int { return int(e.record.Setup.Threshold) + 1 }

// Step takes one input.
func (e *Explaining) Step(in session.Input) session.Effects {
	if e.ended {
		return session.Effects{}
	}
	switch in := in.(type) {
	case session.Cancel:
		return e.end(in.Err)
	case session.Start:
		return e.consult(0)
	case session.Verdict:
		return e.verdict(in)
	case session.Received:
		return e.received(in)
	case session.PeerLost:
		if e.awaited.Drop(in.Node) {
			e.settle(in.Node, Lost, "")
		}
		return e.advance(session.Effects{})
	case session.Tick:
		if e.ticks++; e.ticks >= explainDeadline && !e.asking {
			e.awaited.DropAll()
			return e.advance(session.Effects{})
		}
	}
	return session.Effects{}
}

func (e *Explaining) end(err error) session.Effects {
	e.ended = true
	return session.Effects{Done: true, Err: err}
}

// consult asks the own oracle, which also names the block.
func (e *Explaining) consult(notBefore uint64) session.Effects {
	if e.asking {
		return session.Effects{}
	}
	e.asking = true
	return session.Effects{Ask: &session.Question{Requester: e.requester, Key: e.record.Setup.Key, NotBefore: notBefore}}
}

// verdict begins a round at the block that the own oracle decided at.
func (e *Explaining) verdict(v session.Verdict) session.Effects {
	if !e.asking {
		return session.Effects{}
	}
	e.asking = false
	if e.rounds > 0 && v.Answer == session.Unreadable {
		return e.end(nil) // the newer block did not come here; what was said before stands
	}
	own := e.row(e.env.Self.ID())
	if own != nil {
		own.State, own.Holds = Answered, e.holds
		own.Answer, own.Block, own.Head, own.Reason = v.Answer, v.Block, v.Head, v.Reason
	}
	if v.Answer != session.Granted && v.Answer != session.Refused {
		return e.end(nil) // no block to ask about
	}
	return e.begin(v.Block)
}

// begin asks all that are connected; in the second round all that answered.
func (e *Explaining) begin(block wire.BlockRef) session.Effects {
	e.rounds++
	e.ticks = 0
	e.ask = &wire.Explain{Requester: e.requester, Key: e.record.Setup.Key, Block: block}
	if err := e.env.ReadRandom(e.ask.Nonce[:]); err != nil {
		return e.end(err)
	}
	var nodes []wire.NodeID
	for i := range e.rows {
		row := &e.rows[i]
		if row.Node == e.env.Self.ID() || row.State != NotAsked && row.State != Answered {
			continue
		}
		*row = NodeVerdict{Node: row.Node, State: Asked, Holder: row.Holder}
		nodes = append(nodes, row.Node)
	}
	return e.advance(session.Effects{Send: e.awaited.Ask(nodes, e.ask.Session(e.env.Cluster, e.env.Self.ID()), e.ask)})
}

// row is a node's; nil for one that is not in the set.
func (e *Explaining) row(node wire.NodeID) *NodeVerdict {
	for i := range e.rows {
		if e.rows[i].Node == node {
			return &e.rows[i]
		}
	}
	return nil
}

// settle notes of a node that it gives no verdict.
func (e *Explaining) settle(node wire.NodeID, state NodeState, why string) {
	if row := e.row(node); row != nil {
		*row = NodeVerdict{Node: node, State: state, Holder: row.Holder, Reason: why}
	}
}

func (e *Explaining) received(in session.Received) session.Effects {
	if !e.awaited.Answers(in) {
		return session.Effects{}
	}
	var eff session.Effects
	switch m := in.Msg.(type) {
	case *wire.Explained:
		if why := e.objection(m); why != "" {
			e.settle(in.From, Invalid, why)
			eff.Faults = session.Blame(in.From, why)
			break
		}
		row := e.row(in.From)
		row.State, row.Holds, row.Answer = Answered, m.Holds, session.Answer(m.Answer)
		row.Block, row.Head, row.Reason = m.Block, m.Head, m.Text()
	case *wire.Refuse:
		e.settle(in.From, Declined, m.Err().Error())
	default:
		why := fmt.Sprintf("answered a question of permission with message %#x", in.Msg.Code())
		e.settle(in.From, Invalid, why)
		eff.Faults = session.Blame(in.From, why)
	}
	return e.advance(eff)
}

// objection says why no honest node gives this answer. A node that could not decide, or
// has no contract, says so at its own head.
func (e *Explaining) objection(m *wire.Explained) string {
	decided := session.Answer(m.Answer) == session.Granted || session.Answer(m.Answer) == session.Newer
	if decided && m.Block != e.ask.Block {
		return fmt.Sprintf("told a verdict at block %d when asked about %d", m.Block.Number, e.ask.Block.Number)
	}
	return ""
}

// advance goes on when all have answered: to the end, or to the newest block that the
// most modest of those with a newer head has seen. A retrieval does the same, once.
func (e *Explaining) advance(eff session.Effects) session.Effects {
	if e.rounds == 0 || e.awaited.Count() > 0 || e.asking || e.ended {
		return eff
	}
	if e.rounds == 1 {
		if number := e.newer(); number != 0 {
			eff.Add(e.consult(number))
			return eff
		}
	}
	eff.Add(e.end(nil))
	return eff
}

// newer is the lowest head above the round's block that a node refers to; 0 for none.
func (e *Explaining) newer() (number uint64) {
	for _, row := range e.rows {
		if row.State == Answered && row.Answer == session.Newer && row.Head.Number > e.ask.Block.Number && (number == 0 || row.Head.Number < number) {
			number = row.Head.Number
		}
	}
	return number
}
