package sessiontest

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Redistribution is how Move deals a key anew.
type Redistribution struct {
	Set       *wire.ServerSet // that the members are of
	Round     uint64
	Threshold int
	Members   []*Node // ascending
	Pair      wire.PairState
	Absent    []*Node // have not heard of it
}

// Know makes sets of nodes, one after the other from epoch 0 on, and has all nodes of the cluster know them.
func (c *Cluster) Know(members ...[]*Node) (all []*wire.ServerSet) {
	for epoch, nodes := range members {
		set := &wire.ServerSet{Cluster: c.ID, Epoch: uint64(epoch)}
		for _, n := range nodes {
			set.Members = append(set.Members, n.ID())
		}
		if epoch > 0 {
			set.Parent, set.Keys = all[epoch-1].Hash(), make([]wire.Point, len(nodes))
		}
		all = append(all, set)
	}
	for _, n := range c.Nodes {
		n.Given = session.NewSets(all...)
	}
	return all
}

// Redeal deals a key that Deal has made anew, without a protocol. The record is certified and confirmed by all members, and
// stands at all nodes of the cluster but the absent, as after a redistribution.
func (c *Cluster) Redeal(parent *wire.KeyRecord, m Redistribution) *wire.KeyRecord {
	r, polynomial := c.Moved(parent, m)
	key := r.Setup.Key
	for _, n := range c.Nodes {
		if slices.Contains(m.Absent, n) {
			continue
		}
		if i := slices.Index(m.Members, n); i >= 0 {
			value, err := polynomial.Eval(threshold.Index(i + 1))
			check(err)
			view, err := n.State(key).In(r.Setup.Slot())
			check(err)
			share := session.Share{Index: uint32(i + 1), Value: value}
			n.Put(view.KeepAttempt(&session.Attempt{Setup: r.Setup, Bodies: r.Bodies, Commitments: r.Commitments}),
				wire.Record{Op: wire.Put, Kind: wire.RecordPending, Key: key, Session: r.Version(), Value: share.Encode()})
		}
		batch, err := session.Activate(n.State(key), r)
		check(err)
		n.Put(batch...)
	}
	return r
}

// Moved is the record that Move makes, which stands nowhere yet, and the secret behind it.
func (c *Cluster) Moved(parent *wire.KeyRecord, m Redistribution) (*wire.KeyRecord, *threshold.Polynomial) {
	first, err := threshold.NewPolynomial(reader(c.seed, 1<<40+uint64(parent.Setup.Key[31])), int(parent.Setup.Made()))
	check(err)
	slot := wire.Slot{Epoch: m.Set.Epoch, Round: m.Round}
	polynomial, err := threshold.NewPolynomialFor(reader(c.seed, 1<<42+slot.Epoch<<20+slot.Round), m.Threshold, first.Secret())
	check(err)
	ref := m.Set.Ref()
	r := &wire.KeyRecord{Setup: wire.Setup{Cluster: c.ID, Key: parent.Setup.Key, Threshold: uint32(m.Threshold), SetSize: uint32(len(m.Set.Members)),
		Proof: parent.Setup.Proof, Set: &ref, Move: &wire.Move{Round: m.Round, Origin: parent.Setup.Origin(), Parent: parent.Version(),
			Made: parent.Setup.Made(), Public: parent.Public()}}}
	for i := range parent.Setup.Threshold + 1 {
		r.Setup.Move.Dealers = append(r.Setup.Move.Dealers, wire.Dealer{Node: parent.Setup.Members[i], Index: i + 1, Share: publicShare(parent, i+1)})
	}
	for _, n := range m.Members {
		r.Setup.Members = append(r.Setup.Members, n.ID())
	}
	r.Setup.Initiator = r.Setup.Members[0]
	for _, p := range polynomial.Commit() {
		r.Commitments = append(r.Commitments, wire.Point(p.Bytes()))
	}
	r.Moved = &wire.Moved{Dealings: common.Hash{3}, Pair: m.Pair}
	c.Resign(r)
	return r, polynomial
}

// Resign has all members of a redistributed key sign its record, as it is now.
func (c *Cluster) Resign(r *wire.KeyRecord) {
	version := r.Version()
	r.Bodies, r.Signatures, r.Acks = r.Moved.Hash(version), nil, nil
	for i, id := range r.Setup.Members {
		key := c.Node(id).nodeKey
		r.Signatures = append(r.Signatures, key.Sign(wire.CertifyDigest(version, r.Transcript())))
		r.Acks = append(r.Acks, wire.IndexedSign{Index: uint32(i + 1), Signature: key.Sign(wire.VoteDigest(version, 0, true))})
	}
}

func publicShare(r *wire.KeyRecord, index uint32) wire.Point {
	var joint threshold.Commitments
	for i := range r.Commitments {
		p, err := secp256k1.ParsePoint(r.Commitments[i][:])
		check(err)
		joint = append(joint, p)
	}
	return wire.Point(joint.Eval(threshold.Index(index)).Bytes())
}
