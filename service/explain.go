package service

import (
	"context"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/asking"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// AccessExplanation is the answer of secretstore_explainAccess.
type AccessExplanation struct {
	Requester common.Address    `json:"requester"`
	Key       wire.KeyID        `json:"key"`
	Block     *BlockName        `json:"block"`   // where this node decided; null: it has no final block to decide at
	Verdict   string            `json:"verdict"` // what a read would come to now: "granted", "denied" or "unavailable"
	Needed    int               `json:"needed"`  // holders that must say yes, threshold+1
	Granted   int               `json:"granted"` // holders that say yes
	Document  bool              `json:"documentStored"`
	Nodes     []NodeExplanation `json:"nodes"` // every key server of the set
}

// NodeExplanation is one key server's verdict, or why there is none.
type NodeExplanation struct {
	Node    wire.NodeID    `json:"node"`
	Address common.Address `json:"address"`
	State   string         `json:"state"`            // "answered", or why not: asking.NodeState
	Holder  bool           `json:"holder"`           // has a share of the key, by its own word if it answered, else by the certificate
	Answer  string         `json:"answer,omitempty"` // "granted", "denied", "newer head" or "unavailable"
	Block   *BlockName     `json:"block,omitempty"`  // where it decided
	Head    *BlockName     `json:"head,omitempty"`   // its own final head
	Reason  string         `json:"reason,omitempty"` // for people
	Elapsed float64        `json:"elapsedMs"`        // until it answered, 0 if it did not
}

// BlockName names a block of the chain.
type BlockName struct {
	Number uint64      `json:"number"`
	Hash   common.Hash `json:"hash"`
}

func blockName(ref wire.BlockRef) *BlockName {
	if ref == (wire.BlockRef{}) {
		return nil
	}
	return &BlockName{ref.Number, ref.Hash}
}

// ExplainAccess asks every key server whether its own chain lets this address read a
// document key now, and tells all their verdicts. The address has proven nothing and gets
// nothing: it is told what the contract, which is public, says. Errors: BadRequester,
// KeyNotFound, Unavailable, Limit.
func (o *operator) ExplainAccess(ctx context.Context, requester common.Address, id wire.KeyID) (any, error) {
	release, err := o.questions.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	state, err := o.known(ctx, id, false)
	if err != nil {
		return nil, err
	}
	m, err := asking.NewExplaining(o.env(), state, requester)
	if err != nil {
		return nil, err
	}
	timed := o.newTimed(m)
	if err := o.run(ctx, wire.KindExplain, id, timed); err != nil {
		return nil, err
	}
	answer, granted := m.Outcome()
	access := &AccessExplanation{
		Requester: requester, Key: id, Verdict: answer.String(), Needed: m.Needed(), Granted: granted, Document: state.Document != nil,
	}
	for _, row := range m.Rows() {
		access.Nodes = append(access.Nodes, o.nodeExplanation(row, timed.took[row.Node]))
		if row.Node == o.self.ID() {
			access.Block = blockName(row.Block)
		}
	}
	return access, nil
}

// ExplainOwnAccess is ExplainAccess to a requester who has shown that it is one, within its limits. Errors: those of
// ExplainAccess, and Policy where such signatures are refused.
func (o *operator) ExplainOwnAccess(ctx context.Context, requester *wire.Requester, id wire.KeyID) (any, error) {
	if o.cfg.RefuseLegacy {
		return nil, wire.Errorf(wire.Policy, "signatures over the bare key id are refused")
	}
	release, err := o.limits.enter(ctx, requester.Address)
	if err != nil {
		return nil, err
	}
	defer release()
	return o.ExplainAccess(ctx, requester.Address, id)
}

func (o *operator) nodeExplanation(row asking.NodeVerdict, took time.Duration) NodeExplanation {
	n := NodeExplanation{
		Node: row.Node, Address: row.Node.Address(), State: row.State.String(), Holder: row.Holder,
		Reason: row.Reason, Elapsed: milliseconds(took),
	}
	switch row.State {
	case asking.Answered:
		n.Holder = row.Holder && row.Holds
		n.Answer, n.Block, n.Head = row.Answer.String(), blockName(row.Block), blockName(row.Head)
	case asking.NotConnected:
		n.Reason = o.whyNotConnected(row.Node)
	}
	return n
}

// whyNotConnected is what the network knows of a node that could not be asked.
func (o *operator) whyNotConnected(node wire.NodeID) string {
	for _, p := range o.network.Peers() {
		if p.ID != node {
			continue
		}
		why := string(p.State)
		for _, more := range []string{p.Reason, p.LastError} {
			if more != "" {
				return why + ": " + more
			}
		}
		return why
	}
	return ""
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// timed is a machine with a clock beside it: how long each node took to answer, this one
// included. Only its runner steps it, and took is read when the run is over.
type timed struct {
	session.Machine
	self  wire.NodeID
	asked map[wire.NodeID]time.Time
	took  map[wire.NodeID]time.Duration
}

func (o *operator) newTimed(m session.Machine) *timed {
	return &timed{Machine: m, self: o.self.ID(), asked: make(map[wire.NodeID]time.Time), took: make(map[wire.NodeID]time.Duration)}
}

// Step takes one input.
func (t *timed) Step(in session.Input) session.Effects {
	switch in := in.(type) {
	case session.Received:
		t.answered(in.From)
	case session.Verdict:
		t.answered(t.self)
	}
	eff := t.Machine.Step(in)
	for _, env := range eff.Send {
		t.asked[env.To] = time.Now()
	}
	if eff.Ask != nil {
		t.asked[t.self] = time.Now()
	}
	return eff
}

func (t *timed) answered(node wire.NodeID) {
	if asked, ok := t.asked[node]; ok {
		delete(t.asked, node)
		t.took[node] = time.Since(asked)
	}
}
