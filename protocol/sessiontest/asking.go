package sessiontest

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/asking"
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
