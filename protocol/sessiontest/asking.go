package sessiontest

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/asking"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Explain asks through a node what all nodes' chains say to somebody who has proven
// nothing.
func (c *Cluster) Explain(n *Node, who common.Address, key wire.KeyID) (*asking.Explaining, *Run, error) {
	m, err := asking.NewExplaining(n.Env(), n.State(key), who)
	if err != nil {
		return nil, nil, err
	}
	return m, c.Begin(n, wire.KindExplain, key, m, nil), nil
}

// Holdings asks through a node who has shares of some keys.
func (c *Cluster) Holdings(n *Node, keys ...wire.KeyVersion) (*asking.Holdings, *Run, error) {
	m, err := asking.NewHoldings(n.Env(), keys)
	if err != nil {
		return nil, nil, err
	}
	return m, c.Begin(n, wire.KindHoldings, keys[0].Key, m, nil), nil
}

// Gather has a node ask the members of the set before for their listings.
func (c *Cluster) Gather(n *Node) (*handover.Gathering, *Run, error) {
	m, err := handover.NewGathering(n.Env())
	if err != nil {
		return nil, nil, err
	}
	return m, c.Begin(n, wire.KindList, wire.KeyID{}, m, nil), nil
}

// GatherFew is Gather where the listings that can be had have to be enough, since the set before was given up.
func (c *Cluster) GatherFew(n *Node) (*handover.Gathering, *Run, error) {
	m, err := handover.NewGathering(n.Env())
	if err != nil {
		return nil, nil, err
	}
	return m, c.Begin(n, wire.KindList, wire.KeyID{}, m.OfFew(), nil), nil
}

// Hold asks through a node who holds some sharings now.
func (c *Cluster) Hold(n *Node, keys ...*wire.KeyRecord) (*handover.Holding, *Run, error) {
	env := n.Env()
	m, err := handover.NewHolding(env, env.Load, keys)
	if err != nil {
		return nil, nil, err
	}
	return m, c.Begin(n, wire.KindHold, keys[0].Setup.Key, m, nil), nil
}

// Plan asks through a node what nodes hold, after a key.
func (c *Cluster) Plan(n *Node, after wire.KeyID, nodes ...*Node) (*handover.Planning, *Run, error) {
	env := n.Env()
	var ids []wire.NodeID
	for _, other := range nodes {
		ids = append(ids, other.ID())
	}
	m, err := handover.NewPlanning(env, env.Load, ids, after)
	if err != nil {
		return nil, nil, err
	}
	return m, c.Begin(n, wire.KindPlan, wire.KeyID{}, m, nil), nil
}

// Rehearse has a node rehearse that the current sharing of a key, as it knows it, is dealt anew to these nodes.
func (c *Cluster) Rehearse(n *Node, key wire.KeyID, threshold int, nodes ...*Node) (*generation.Rehearsing, *Run, error) {
	env := n.Env()
	var ids []wire.NodeID
	for _, other := range nodes {
		ids = append(ids, other.ID())
	}
	m, err := generation.NewRehearsing(env, env.Load, n.State(key).Record, uint32(threshold), ids, nil)
	if err != nil {
		return nil, nil, err
	}
	return m, c.Begin(n, wire.KindRehearse, key, m, nil), nil
}

// Receipts asks through a node for receipts of erasure.
func (c *Cluster) Receipts(n *Node, keys ...wire.KeyVersion) (*handover.Receipts, *Run, error) {
	m, err := handover.NewReceipts(n.Env(), keys)
	if err != nil {
		return nil, nil, err
	}
	return m, c.Begin(n, wire.KindReceipts, keys[0].Key, m, nil), nil
}
