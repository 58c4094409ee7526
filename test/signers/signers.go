// Package signers is all signers of a key in one process, without network, permissions and records: the arithmetic of a
// signature, step by step, for programs that measure it. What passes between signers passes through its encoding. What
// messages cost beside that, their signatures and the encryption of dealt shares, is not in it.
package signers

import (
	"crypto/rand"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
)

// Step is one step of a signature: something that each of some nodes does when all have done the step before.
type Step struct {
	Name        string
	Ahead       bool              // can be done before it is known what is signed
	Coordinator bool              // done by the node that was asked for the signature; else by all signers
	Exception   bool              // done only where the signature turned out wrong
	Nodes       int               // how many do it
	Do          func(i int) error // what the node at position i does; nodes may do it at the same time
	// Multiplications are those of points by full scalars that one node does; a sum of two products that libsecp256k1 computes
	// at once is one. They were counted in the code, and by a coverage profile of secp256k1: a profile with -covermode=count
	// says how often mulSecret and mulAddFast were run.
	Multiplications int
}

// Signers are all signers of a key.
type Signers interface {
	// Sign is the steps of one signature, to be done once and in their order. One of them verifies the signature.
	Sign(hash [32]byte) []Step
}

// key is a key shared among nodes 1 to n, all of which sign.
type key struct {
	members     []threshold.Index
	set         *threshold.Set
	public      *secp256k1.Point
	shares      []*secp256k1.Scalar
	publics     []*secp256k1.Point // of each member
	commitments threshold.Commitments
}

// newKey deals a key of that degree.
func newKey(t, n int) (*key, error) {
	f, err := threshold.NewPolynomial(rand.Reader, t)
	if err != nil {
		return nil, err
	}
	k := &key{members: threshold.Indices(n), commitments: f.Commit()}
	k.public = k.commitments.Constant()
	for _, m := range k.members {
		share, err := f.Eval(m)
		if err != nil {
			return nil, err
		}
		k.shares, k.publics = append(k.shares, share), append(k.publics, secp256k1.BaseMul(share))
	}
	k.set, err = threshold.NewSet(k.members...)
	return k, err
}
