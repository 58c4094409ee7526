package sessiontest

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Explain asks through a node what all nodes' chains say to somebody who has proven
// nothing.
func (c *Cluster) Explain(n *Node, who common.Address, key wire.KeyID) (*session.Explaining, *Run, error) {
	m, err := session.NewExplaining(n.Env(), n.State(key), who)
	if err != nil {
		return nil, nil, err
	}
	return m, c.Begin(n, wire.KindExplain, key, m, nil), nil
}

// Holdings asks through a node who has shares of some keys.
func (c *Cluster) Holdings(n *Node, keys ...wire.KeyVersion) (*session.Holdings, *Run, error) {
	m, err := session.NewHoldings(n.Env(), keys)
	if err != nil {
		return nil, nil, err
	}
	return m, c.Begin(n, wire.KindHoldings, keys[0].Key, m, nil), nil
}
