package threshold

import (
	"errors"
	"fmt"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

var (
	// ErrZeroCoordinate means x = 0: the place of the joint secret itself, never of a share.
	ErrZeroCoordinate = errors.New("threshold: coordinate is zero")
	// ErrNotMember means that a coordinate is not in the set that was asked.
	ErrNotMember = errors.New("threshold: node is not a member of the set")
)

// Coordinate is where a node's share lies on the polynomial: a public, non-zero x. Two kinds exist. Index is ours: the
// small numbers make work with commitments ten times cheaper. AtScalar is for keys imported from elsewhere.
type Coordinate interface {
	// X is the coordinate as a scalar; callers must not change it.
	X() *secp256k1.Scalar
	String() string
}

// Index is a node's number in the ordered list of a key's holders, 1 to n.
type Index uint32

// X returns the index as a scalar.
func (i Index) X() *secp256k1.Scalar { return secp256k1.NewScalar(uint32(i)) }

// String is "node 3".
func (i Index) String() string { return fmt.Sprintf("node %d", uint32(i)) }

// Indices returns 1 to n.
func Indices(n int) []Index {
	all := make([]Index, n)
	for i := range all {
		all[i] = Index(i + 1)
	}
	return all
}

type scalarCoordinate struct{ x *secp256k1.Scalar }

func (c scalarCoordinate) X() *secp256k1.Scalar { return c.x }

func (c scalarCoordinate) String() string {
	b := c.x.Bytes() // public, unlike most scalars
	return fmt.Sprintf("node at %x", b[:4])
}

// AtScalar returns an arbitrary coordinate, as Parity's random id numbers are.
func AtScalar(x *secp256k1.Scalar) (Coordinate, error) {
	if x.IsZero() {
		return nil, ErrZeroCoordinate
	}
	return scalarCoordinate{x.Copy()}, nil
}
