package threshold

import (
	"errors"
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// Mode is how a document key leaves the cluster.
type Mode uint8

const (
	// Plain: the combining node learns the document key.
	Plain Mode = iota
	// Shadow: every node blinds its part by r_i and seals r_i to the requester, who alone can take it off.
	Shadow
)

// String is "plain" or "shadow".
func (m Mode) String() string {
	switch m {
	case Plain:
		return "plain"
	case Shadow:
		return "shadow"
	}
	return fmt.Sprintf("mode(%d)", uint8(m))
}

// Quorum is the t+1 nodes that decrypt or sign together under one key: their Set, and for each the public share Y_i,
// weighted to λ_i·Y_i, that its part is checked against. Make it once per set and key version. It does not change: use it
// from any goroutine.
type Quorum struct {
	set      *Set
	publics  []*secp256k1.Point
	weighted []*secp256k1.Point // nil where no weight was asked for
}

// NewQuorum returns the quorum of set under the key with the given commitments; the set must be of t+1 nodes.
func NewQuorum(set *Set, key Commitments) (*Quorum, error) {
	q, err := newQuorum(set, key)
	if err != nil {
		return nil, err
	}
	return q.weigh(0, len(q.publics)), nil
}

// NewQuorumFor is NewQuorum for a node of the set that makes its own part and checks none: it has a third of the
// arithmetic for t = 2. Checking works all the same.
func NewQuorumFor(set *Set, key Commitments, at Coordinate) (*Quorum, error) {
	q, err := newQuorum(set, key)
	if err != nil {
		return nil, err
	}
	i, err := set.Position(at)
	if err != nil {
		return nil, err
	}
	return q.weigh(i, i+1), nil
}

func newQuorum(set *Set, key Commitments) (*Quorum, error) {
	if err := key.Check(key.Threshold()); err != nil {
		return nil, err
	}
	if set.Len() != len(key) {
		return nil, fmt.Errorf("%w: %d nodes where threshold %d asks for %d", ErrSetSize, set.Len(), key.Threshold(), len(key))
	}
	publics := make([]*secp256k1.Point, set.Len())
	for i, m := range set.members {
		publics[i] = key.Eval(m)
	}
	return &Quorum{set: set, publics: publics, weighted: make([]*secp256k1.Point, len(publics))}, nil
}

// NewQuorumOf is NewQuorum for a caller that keeps the public shares Y_i, given in the order of the set. The caller
// sees to it that the set is of t+1 nodes.
func NewQuorumOf(set *Set, publics []*secp256k1.Point) (*Quorum, error) {
	if len(publics) != set.Len() {
		return nil, ErrSetSize
	}
	for i, y := range publics {
		if y == nil {
			return nil, fmt.Errorf("threshold: no public share of %v", set.members[i])
		}
	}
	q := &Quorum{set: set, publics: publics, weighted: make([]*secp256k1.Point, len(publics))}
	return q.weigh(0, len(publics)), nil
}

// weigh keeps the weights of some positions.
func (q *Quorum) weigh(from, to int) *Quorum {
	for i := from; i < to; i++ {
		q.weighted[i] = q.weight(i)
	}
	return q
}

// weight is λ_i·Y_i of the node at this position.
func (q *Quorum) weight(i int) *secp256k1.Point {
	if w := q.weighted[i]; w != nil {
		return w
	}
	return q.publics[i].Times(q.set.lambdas[i])
}

// Set returns the quorum's set.
func (q *Quorum) Set() *Set { return q.set }

// Threshold returns t, one less than the number of nodes.
func (q *Quorum) Threshold() int { return q.set.Len() - 1 }

// ErrMaskSpent means that a mask was to be used a second time. Two parts under one mask differ by what the mask hid.
var ErrMaskSpent = errors.New("threshold: mask is spent")

// Mask is one node's blinding r_i for one shadow partial. It is used once. Its owner is one goroutine.
type Mask struct {
	r     *secp256k1.Scalar
	point *secp256k1.Point
	t     int
}

// NewMask draws the blinding for one partial of this quorum.
func (q *Quorum) NewMask(rand io.Reader) (*Mask, error) {
	r, err := secp256k1.RandomScalar(rand)
	if err != nil {
		return nil, fmt.Errorf("threshold: drawing a mask: %w", err)
	}
	return &Mask{r: r, point: secp256k1.BaseMul(r), t: q.Threshold()}, nil
}

// Point returns R_i = r_i·G, which travels with the partial.
func (m *Mask) Point() *secp256k1.Point { return m.point }

// Coefficient returns (-1)^t·r_i, which is to be sealed to the requester: its 32-byte encoding is the plaintext of
// Parity's decrypt_shadows. Seal it before the partial is made, so that the context can bind the sealed bytes.
func (m *Mask) Coefficient() (*secp256k1.Scalar, error) {
	if m.r == nil {
		return nil, ErrMaskSpent
	}
	return signed(m.t, m.r.Copy()), nil
}

// Erase forgets the blinding.
func (m *Mask) Erase() {
	m.r.Erase()
	m.r = nil
}

// spend takes the blinding out of the mask; no mask, in plain mode, blinds by nothing.
func (m *Mask) spend() (*secp256k1.Scalar, *secp256k1.Point, error) {
	if m == nil {
		return new(secp256k1.Scalar), new(secp256k1.Point), nil
	}
	if m.r == nil {
		return nil, nil, ErrMaskSpent
	}
	r := m.r
	m.r = nil
	return r, m.point, nil
}

// Format never tells the blinding.
func (m *Mask) Format(f fmt.State, _ rune) { io.WriteString(f, "mask(redacted)") }

// PartialSize is the length of an encoded partial in bytes.
const PartialSize = 2*secp256k1.PointSize + ProofSize

// Partial is one node's part of a decryption: P_i = (λ_i·x_i + r_i)·C, R_i, and the proof that
// log_G(λ_i·Y_i + R_i) = log_C P_i. Encoded it is P‖R‖proof, 192 bytes; in plain mode R is the identity.
type Partial struct {
	Point *secp256k1.Point
	Mask  *secp256k1.Point
	Proof DLEQProof
}

// ParsePartial decodes a partial. The mask may be the identity; Verify says whether it has to be.
func ParsePartial(b []byte) (*Partial, error) {
	if len(b) != PartialSize {
		return nil, fmt.Errorf("threshold: partial is %d bytes, not %d", len(b), PartialSize)
	}
	p, err := secp256k1.ParsePoint(b[:64])
	if err != nil {
		return nil, fmt.Errorf("threshold: point of partial: %w", err)
	}
	r, err := secp256k1.ParsePointOrIdentity(b[64:128])
	if err != nil {
		return nil, fmt.Errorf("threshold: mask of partial: %w", err)
	}
	proof, err := ParseDLEQProof(b[128:])
	if err != nil {
		return nil, err
	}
	return &Partial{Point: p, Mask: r, Proof: proof}, nil
}

// Bytes returns the encoding.
func (p *Partial) Bytes() (b [PartialSize]byte) {
	point, mask := p.Point.Bytes(), p.Mask.Bytes()
	copy(b[:64], point[:])
	copy(b[64:128], mask[:])
	copy(b[128:], p.Proof[:])
	return b
}

// Partial computes this node's part for the common point C: share is its x_i, mask its fresh blinding for a shadow
// request or nil for a plain one. The mask is spent whatever the outcome. The caller's context must bind the session,
// the key and version, C and E, the requester and, in shadow mode, the sealed coefficient; the set, the node, C and R_i
// are bound here.
func (q *Quorum) Partial(rand io.Reader, at Coordinate, share *secp256k1.Scalar, common *secp256k1.Point, mask *Mask, ctx Context) (*Partial, error) {
	blinding, r, err := mask.spend()
	if err != nil {
		return nil, err
	}
	defer blinding.Erase()
	i, err := q.set.Position(at)
	if err != nil {
		return nil, err
	}
	if common.IsIdentity() {
		return nil, fmt.Errorf("threshold: common point: %w", secp256k1.ErrIdentity)
	}
	z := share.Times(q.set.lambdas[i])
	defer z.Erase()
	z.Add(z, blinding)
	p := &Partial{Point: common.Times(z), Mask: r}
	p.Proof, err = ProveDLEQ(rand, z, q.weight(i).Plus(r), common, p.Point, q.context(i, common, r, ctx))
	if err != nil {
		return nil, fmt.Errorf("threshold: proving a partial: %w", err)
	}
	return p, nil
}

// Verify checks the part of the node at the given coordinate. In plain mode the mask must be the identity, in shadow
// mode it must not: a node that does not blind would show its part to the combining node.
func (q *Quorum) Verify(at Coordinate, common *secp256k1.Point, p *Partial, mode Mode, ctx Context) error {
	i, err := q.set.Position(at)
	if err != nil {
		return err
	}
	if p.Mask.IsIdentity() != (mode == Plain) {
		return fmt.Errorf("threshold: partial of %v: not a %v partial", at, mode)
	}
	a := q.weight(i).Plus(p.Mask)
	if err := VerifyDLEQ(a, common, p.Point, p.Proof, q.context(i, common, p.Mask, ctx)); err != nil {
		return fmt.Errorf("threshold: partial of %v: %w", at, err)
	}
	return nil
}

func (q *Quorum) context(i int, common, mask *secp256k1.Point, ctx Context) Context {
	c, r := common.Bytes(), mask.Bytes()
	return NewContext("geth-ss/partial/v1", ctx[:], q.set.hash[:], q.set.xs[i][:], c[:], r[:])
}

// Combine returns E - Σ P_i: in plain mode the document key, in shadow mode Parity's decrypted_secret. The partials are
// in the order of the set, one for every node, and each has passed Verify.
func (q *Quorum) Combine(encrypted *secp256k1.Point, partials []*Partial) (*secp256k1.Point, error) {
	if len(partials) != q.set.Len() {
		return nil, ErrSetSize
	}
	terms := []*secp256k1.Point{encrypted}
	for i, p := range partials {
		if p == nil {
			return nil, fmt.Errorf("threshold: no partial of %v", q.set.members[i])
		}
		terms = append(terms, p.Point.Negated())
	}
	return secp256k1.Sum(terms...), nil
}

// CommonPoint returns (-1)^t·C, which goes to the client of a shadow request with Combine's result.
func (q *Quorum) CommonPoint(common *secp256k1.Point) *secp256k1.Point {
	return signedPoint(q.Threshold(), common)
}

// OpenShadow is the client's side, Parity's formula: decrypted_secret + (Σ coefficients)·common_point is the document
// key.
func OpenShadow(decryptedSecret, commonPoint *secp256k1.Point, coefficients []*secp256k1.Scalar) *secp256k1.Point {
	sum := SumShares(coefficients)
	defer sum.Erase()
	return decryptedSecret.Plus(commonPoint.Times(sum))
}

// VerifyCoefficient lets a client that was given a partial check its unsealed coefficient against the mask point, under
// threshold t: coefficient·G = (-1)^t·R_i. A node can pass Verify and still seal garbage; this names it.
func VerifyCoefficient(t int, coefficient *secp256k1.Scalar, mask *secp256k1.Point) error {
	if !secp256k1.BaseMul(coefficient).Equal(signedPoint(t, mask)) {
		return errors.New("threshold: sealed coefficient does not match the mask")
	}
	return nil
}
