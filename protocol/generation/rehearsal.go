package generation

import (
	"encoding/binary"
	"errors"

	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A rehearsal plays a redistribution up to the signatures that would certify it, by the arithmetic and the messages of a real
// one. It must not be one: whoever gets shares in it may never become a key server, and no administrator has signed. So
// holders deal no shares. They look whether they have theirs, and deal a number in its place that everybody can work out of
// the opening (rehearsedShare). What is dealt is worth nothing, whoever keeps it. Signatures are over a session whose id is a
// hash under a tag of its own, so that none is one in a redistribution; and nothing is written.
//
// All goes through the node that asks, since joining nodes need not be connected with others yet.

// rehearsedShare is what a holder deals in a rehearsal in the place of its share. It is no secret.
func rehearsedShare(m *wire.Rehearse, index uint32) *secp256k1.Scalar {
	return secp256k1.HashToScalar("geth-ss/rehearsal/share/v1", m.Key[:], m.Parent[:], m.Nonce[:], binary.BigEndian.AppendUint32(nil, index))
}

// rehearsedShares sets the dealers' made-up shares, and the key that these give.
func rehearsedShares(m *wire.Rehearse) error {
	indices, points := make([]threshold.Index, len(m.Dealers)), make([]*secp256k1.Point, len(m.Dealers))
	for i := range m.Dealers {
		d := &m.Dealers[i]
		indices[i], points[i] = threshold.Index(d.Index), secp256k1.BaseMul(rehearsedShare(m, d.Index))
		d.Share = points[i].Bytes()
	}
	set, err := threshold.NewSet(indices...)
	if err != nil {
		return err
	}
	public, err := set.CombinePoints(points)
	if err != nil {
		return err
	}
	m.Public = public.Bytes()
	return nil
}

// rehearsedTerms are who deals what to whom, under the rehearsal's own session.
func rehearsedTerms(m *wire.Rehearse, cluster wire.ClusterID, asking wire.NodeID) (*dealing.Terms, error) {
	for i := range m.Dealers {
		d := &m.Dealers[i]
		if secp256k1.BaseMul(rehearsedShare(m, d.Index)).Bytes() != d.Share {
			return nil, errors.New("rehearsal with shares that are not the made-up ones")
		}
	}
	terms := m.Terms(cluster, asking)
	deals := dealing.OfKey(&terms)
	deals.Session = m.Session(cluster, asking)
	return deals, deals.CheckKeys()
}

// hasShare tells whether this node could deal: it has its share of the sharing that would be dealt anew, and that is right.
func hasShare(state *session.State, parent wire.SessionID, index uint32) bool {
	if state.Record == nil || !state.Record.Confirmed() || state.Record.Version() != parent || state.Share == nil || state.Share.Index != index {
		return false
	}
	public, err := verify.PublicShare(state.Record, index)
	return err == nil && secp256k1.BaseMul(state.Share.Value).Equal(public)
}
