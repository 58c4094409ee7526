package threshold

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// The polynomials of an item, in the order of its plan. k is the nonce, a its mask: w = ak is public, so a/w is 1/k
// without anybody's inverting k. b hides the product of two shares, d and e what a share of s would tell, d also
// against being asked about two hashes: whoever gives different hashes to different signers gets noise.
const (
	polyK = iota
	polyA
	polyB
	polyD
	polyE
	itemPolynomials
)

// itemScalars are what a member holds of an item: the five values, each followed by its blinding.
const itemScalars = 2 * itemPolynomials

// ECDSAPlan is the dealing of items for ECDSA under threshold t: for each item five polynomials, all hidden. k and a
// are of degree t; b, d and e of degree 2t with constant term zero. It is dealt by and to a set of exactly 2t+1.
func ECDSAPlan(t, items int) Plan {
	one := Plan{
		polyK: {Degree: t, Hidden: true},
		polyA: {Degree: t, Hidden: true},
		polyB: {Degree: 2 * t, Hidden: true, Zero: true},
		polyD: {Degree: 2 * t, Hidden: true, Zero: true},
		polyE: {Degree: 2 * t, Hidden: true, Zero: true},
	}
	plan := make(Plan, 0, items*len(one))
	for range items {
		plan = append(plan, one...)
	}
	return plan
}

var (
	// ErrItemSpent means that an item was to be used again. One item answers once: two answers tell the key share.
	ErrItemSpent = errors.New("threshold: item is spent")
	// ErrItemClosed means that a signature share was asked of an item that was not opened.
	ErrItemClosed = errors.New("threshold: item has not been opened")
	// ErrOtherItem means that openings, secret and item do not belong together, or not to one signing.
	ErrOtherItem = errors.New("threshold: item was opened for something else")
	// ErrUnsignable means a hash, a nonce or a mask that is zero modulo q. Of honest signers only the hash can be.
	ErrUnsignable = errors.New("threshold: hash, nonce or mask is zero")
)

// ECDSAItem is the public side of one stocked dealing, enough for one signature: what the secrets of each member of the
// set are checked against. It knows no key. It does not change: use it from any goroutine.
type ECDSAItem struct {
	set    *Set
	t      int
	points [][]*secp256k1.Point // K_i, A_i and B_i of each member, by position in the set
	joint  []Commitments        // D_i and E_i are counted when somebody is wrong
	hash   [32]byte
}

// NewECDSAItem makes an item for a set of exactly 2t+1 from the joint commitments to its five polynomials.
func NewECDSAItem(set *Set, joint []Commitments) (*ECDSAItem, error) {
	t := (set.Len() - 1) / 2
	plan := ECDSAPlan(t, 1)
	if set.Len() != 2*t+1 {
		return nil, fmt.Errorf("%w: ECDSA takes 2t+1 signers, not %d", ErrSetSize, set.Len())
	}
	if len(joint) != len(plan) {
		return nil, ErrCommitmentsLength
	}
	for p, shape := range plan {
		if err := shape.Check(joint[p]); err != nil {
			return nil, fmt.Errorf("threshold: polynomial %d of item: %w", p, err)
		}
	}
	i := &ECDSAItem{set: set, t: t, joint: joint}
	for _, m := range set.members {
		i.points = append(i.points, evalEach(joint[:polyD], m))
	}
	h := sha256.New()
	h.Write(set.hash[:])
	h.Write(plan.Encode(joint))
	h.Sum(i.hash[:0])
	return i, nil
}

// Set returns the item's set.
func (i *ECDSAItem) Set() *Set { return i.set }

// Threshold returns t; the set is of 2t+1.
func (i *ECDSAItem) Threshold() int { return i.t }

// Hash names the item: SHA-256 over the set and the commitments, which all of its proofs are bound to.
func (i *ECDSAItem) Hash() [32]byte { return i.hash }

// phase is how far an item's secret is used up.
type phase uint8

const (
	unopened phase = iota
	opened
	spent
)

// ECDSASecret is what one member holds of an item. It is kept in memory only, belongs to one goroutine, and serves
// once: one opening, one share of a signature, for one Context.
type ECDSASecret struct {
	at      Coordinate
	scalars [itemScalars]*secp256k1.Scalar // as in the plan: k, its blinding, a, its blinding, ...
	phase   phase
	item    [32]byte // since Open, as what follows
	ctx     Context
	nonce   *secp256k1.Point // R_i
	product *secp256k1.Scalar
}

// NewECDSASecret makes the secret of the member at a coordinate from its ten scalars of one item, in the plan's order.
// They have passed Plan.Verify, and are the secret's from now on.
func NewECDSASecret(at Coordinate, values []*secp256k1.Scalar) (*ECDSASecret, error) {
	if len(values) != itemScalars {
		return nil, fmt.Errorf("threshold: an item has %d scalars, not %d", itemScalars, len(values))
	}
	return &ECDSASecret{at: at, scalars: [itemScalars]*secp256k1.Scalar(values)}, nil
}

func (s *ECDSASecret) value(poly int) *secp256k1.Scalar    { return s.scalars[2*poly] }
func (s *ECDSASecret) blinding(poly int) *secp256k1.Scalar { return s.scalars[2*poly+1] }

// Erase forgets the secret, which is spent then.
func (s *ECDSASecret) Erase() {
	if s != nil {
		EraseScalars(s.scalars[:])
		s.phase = spent
	}
}

// Format never tells the secret.
func (s *ECDSASecret) Format(f fmt.State, _ rune) { io.WriteString(f, "item secret(redacted)") }

// position is where the owner of a secret stands in the set.
func (i *ECDSAItem) position(s *ECDSASecret) (int, error) { return i.set.Position(s.at) }

// bind hashes what both proofs of a signing are bound to: the caller's context, the item, with it the set, and who
// proves.
func (i *ECDSAItem) bind(position int, ctx Context) []byte {
	x := i.set.xs[position]
	b := NewContext("geth-ss/ecdsa/v1", ctx[:], i.hash[:], x[:])
	return b[:]
}

// nonces draws the randomness of a proof: each is a hash of all witnesses and the context with 32 fresh bytes, so a
// source that repeats itself does not give two proofs one nonce, and one that is predictable does not give it away.
func nonces(rand io.Reader, purpose string, count int, bound []byte, witnesses ...*secp256k1.Scalar) ([]*secp256k1.Scalar, error) {
	fresh, err := freshBytes(rand)
	if err != nil {
		return nil, err
	}
	secret := make([]byte, 0, len(witnesses)*secp256k1.ScalarSize)
	defer func() { clear(secret[:cap(secret)]) }()
	for _, w := range witnesses {
		b := w.Bytes()
		secret = append(secret, b[:]...)
		clear(b[:])
	}
	out := make([]*secp256k1.Scalar, count)
	for n := range out {
		out[n] = secp256k1.HashToScalar(purpose, secret, bound, fresh[:], binary.BigEndian.AppendUint32(nil, uint32(n)))
	}
	return out, nil
}

// challenge hashes bases, statement and first messages of a proof.
func challenge(purpose string, bound []byte, scalars []*secp256k1.Scalar, points ...*secp256k1.Point) *secp256k1.Scalar {
	parts := make([][]byte, 0, 3+len(scalars)+len(points))
	parts = append(parts, bound)
	for _, s := range scalars {
		b := s.Bytes()
		parts = append(parts, b[:])
	}
	for _, p := range append([]*secp256k1.Point{generator, second}, points...) {
		b := p.Bytes()
		parts = append(parts, b[:])
	}
	return secp256k1.HashToScalar(purpose, parts...)
}

// respond turns the nonces of a proof into its responses, and packs these after the challenge.
func respond(e *secp256k1.Scalar, nonces []*secp256k1.Scalar, witnesses ...*secp256k1.Scalar) []byte {
	proof := make([]byte, (1+len(nonces))*secp256k1.ScalarSize)
	for m, witness := range witnesses {
		nonces[m].Add(nonces[m], e.Times(witness))
	}
	packScalars(proof, append([]*secp256k1.Scalar{e}, nonces...)...)
	return proof
}

// parseScalars reads n scalars, each of which must be below the group order.
func parseScalars(b []byte) (all []*secp256k1.Scalar, err error) {
	for n := 0; n < len(b); n += secp256k1.ScalarSize {
		s, err := secp256k1.ParseScalar(b[n : n+secp256k1.ScalarSize])
		if err != nil {
			return nil, fmt.Errorf("threshold: scalar %d of proof: %w", n/secp256k1.ScalarSize, err)
		}
		all = append(all, s)
	}
	return all, nil
}

func packScalars(out []byte, all ...*secp256k1.Scalar) {
	for n, s := range all {
		b := s.Bytes()
		copy(out[n*secp256k1.ScalarSize:], b[:])
	}
}
