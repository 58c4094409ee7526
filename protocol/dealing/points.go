package dealing

import (
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// JoinPoints puts encoded points one after another, as threshold parses lists of them.
func JoinPoints(points []wire.Point) []byte {
	enc := make([]byte, 0, len(points)*len(wire.Point{}))
	for i := range points {
		enc = append(enc, points[i][:]...)
	}
	return enc
}

// ParseCommitments reads the commitments to a polynomial. None is the identity.
func ParseCommitments(points []wire.Point) (threshold.Commitments, error) {
	return threshold.ParseCommitments(JoinPoints(points), len(points)-1)
}

// EncodeCommitments is the reverse.
func EncodeCommitments(c threshold.Commitments) (points []wire.Point) {
	for _, p := range c {
		points = append(points, p.Bytes())
	}
	return points
}
