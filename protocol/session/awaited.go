package session

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Awaited are the nodes that owe an answer to a question which was put to all of them at once. Zero: nobody.
type Awaited struct {
	session wire.SessionID
	nodes   []wire.NodeID // as they were asked
}

// Ask puts a question to nodes, under a session id of its own. Who owes an answer to an earlier one does not any more.
func (a *Awaited) Ask(nodes []wire.NodeID, id wire.SessionID, question wire.Message) []wire.Envelope {
	a.session, a.nodes = id, slices.Clone(nodes)
	return ToAll(nodes, id, question)
}

// Answers tells whether a message is from a node that owes an answer, in the question's session. From then on it owes none.
func (a *Awaited) Answers(in Received) bool { return in.Session == a.session && a.Drop(in.From) }

// Drop waits for a node no more. It tells whether that owed an answer.
func (a *Awaited) Drop(node wire.NodeID) bool {
	i := slices.Index(a.nodes, node)
	if i >= 0 {
		a.nodes = slices.Delete(a.nodes, i, i+1)
	}
	return i >= 0
}

// DropAll waits for nobody any more, and gives those that owed an answer.
func (a *Awaited) DropAll() []wire.NodeID {
	silent := a.nodes
	a.nodes = nil
	return silent
}

// Count is how many owe an answer.
func (a *Awaited) Count() int { return len(a.nodes) }

// ToAll addresses a message to each of some nodes.
func ToAll(nodes []wire.NodeID, id wire.SessionID, m wire.Message) []wire.Envelope {
	var all []wire.Envelope
	for _, node := range nodes {
		all = append(all, wire.Envelope{To: node, Session: id, Msg: m})
	}
	return all
}
