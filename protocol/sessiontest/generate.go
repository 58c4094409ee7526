package sessiontest

import (
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Generate generates a server key through a node.
func (c *Cluster) Generate(n *Node, author *Client, key wire.KeyID, threshold int) *Outcome {
	o := new(Outcome)
	g, err := generation.New(n.Env(), n.State(key), key, uint32(threshold), c.proof(author, wire.OpGenerate, wire.GenerateArguments(uint32(threshold)), key))
	if err != nil {
		o.fail(err)
		return o
	}
	o.Run = c.Begin(n, wire.KindGenerate, key, g, func(r *Run) { o.Done, o.Err, o.Record = true, r.Err, g.Record() })
	return o
}
