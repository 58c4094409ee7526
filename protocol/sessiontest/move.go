package sessiontest

import (
	"fmt"

	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Establish makes these nodes the key servers of the next epoch, as all nodes know at once. The first set is of epoch 0;
// without one, all nodes are it. Floor is the lowest threshold in it.
func (c *Cluster) Establish(floor int, nodes ...*Node) *wire.ServerSet {
	set := &wire.ServerSet{Cluster: c.ID, Floor: uint32(floor), Authority: c.Authority, Refresh: c.Refresh}
	for _, n := range nodes {
		set.Members = append(set.Members, n.ID())
	}
	wire.SortNodeIDs(set.Members)
	if len(c.sets) > 0 {
		before := c.sets[len(c.sets)-1]
		set.Epoch, set.Parent, set.Keys = before.Epoch+1, before.Hash(), make([]wire.Point, len(nodes))
	}
	c.sets = append(c.sets, set)
	c.Sets = session.NewSets(c.sets...)
	return set
}

// Move deals a key anew to the newest set, through a node.
func (c *Cluster) Move(n *Node, key wire.KeyID, round uint64) *Outcome {
	return c.MoveFor(n, key, round, nil)
}

// MoveFor is Move in a round that has a cause.
func (c *Cluster) MoveFor(n *Node, key wire.KeyID, round uint64, cause *wire.RoundCause) *Outcome {
	o := new(Outcome)
	g, err := generation.NewRound(n.Env(), n.State(key), key, round, cause)
	if err != nil {
		o.fail(err)
		return o
	}
	o.Run = c.Begin(n, wire.KindMove, key, g, func(r *Run) { o.Done, o.Err, o.Record = true, r.Err, g.Record() })
	return o
}

// Joined is the secret key that the shares of these nodes give, whatever versions they are of: for tests, which may.
func Joined(key wire.KeyID, nodes ...*Node) (*secp256k1.Scalar, error) {
	var indices []threshold.Index
	var values []*secp256k1.Scalar
	for _, n := range nodes {
		share := n.State(key).Share
		if share == nil {
			return nil, fmt.Errorf("%s holds no share", n.Name)
		}
		indices, values = append(indices, threshold.Index(share.Index)), append(values, share.Value)
	}
	set, err := threshold.NewSet(indices...)
	if err != nil {
		return nil, err
	}
	return set.CombineScalars(values)
}

// publicOf is the public key of a secret one.
func publicOf(secret *secp256k1.Scalar) wire.Point { return secp256k1.BaseMul(secret).Bytes() }

// holdsCertificate tells whether a node has the certificate of this version on disk, confirmed or not.
func (n *Node) holdsCertificate(key wire.KeyID, version wire.SessionID) bool {
	for k := range n.records {
		if k.key != key || k.kind != wire.RecordKey && k.kind != wire.RecordNext {
			continue
		}
		var record wire.KeyRecord
		if n.Decode(k.kind, key, k.session, &record) && record.Version() == version {
			return true
		}
	}
	return false
}
