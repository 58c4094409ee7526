package threshold

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// NonceCommitmentSize is the length of an encoded nonce commitment in bytes.
const NonceCommitmentSize = 2 * secp256k1.PointSize

var (
	// ErrNonceSpent means that a nonce was to be used a second time. Two shares under one nonce give the key share away.
	ErrNonceSpent = errors.New("threshold: nonce is spent")
	// ErrNotListed means that a signer's nonce is not the one listed for it: somebody would have it sign with a nonce
	// that the others do not count on.
	ErrNotListed = errors.New("threshold: nonce is not the one listed for this node")
	// ErrBadShare means that a signature share is not what its sender committed to.
	ErrBadShare = errors.New("threshold: signature share does not hold")
)

// NonceCommitment is what one signer shows of its nonces d and e before it knows what is signed: D = dG, the hiding one,
// and E = eG, the binding one. Encoded it is D‖E, 128 bytes; neither is the identity.
type NonceCommitment struct {
	Hiding, Binding *secp256k1.Point
}

// ParseNonceCommitment decodes D‖E.
func ParseNonceCommitment(b []byte) (*NonceCommitment, error) {
	if len(b) != NonceCommitmentSize {
		return nil, fmt.Errorf("threshold: nonce commitment is %d bytes, not %d", len(b), NonceCommitmentSize)
	}
	d, err := secp256k1.ParsePoint(b[:secp256k1.PointSize])
	if err != nil {
		return nil, fmt.Errorf("threshold: hiding nonce: %w", err)
	}
	e, err := secp256k1.ParsePoint(b[secp256k1.PointSize:])
	if err != nil {
		return nil, fmt.Errorf("threshold: binding nonce: %w", err)
	}
	return &NonceCommitment{Hiding: d, Binding: e}, nil
}

// Bytes returns D‖E.
func (c *NonceCommitment) Bytes() (b [NonceCommitmentSize]byte) {
	d, e := c.Hiding.Bytes(), c.Binding.Bytes()
	copy(b[:], d[:])
	copy(b[secp256k1.PointSize:], e[:])
	return b
}

// Equal reports whether two commitments are to the same nonces.
func (c *NonceCommitment) Equal(o *NonceCommitment) bool {
	return c.Hiding.Equal(o.Hiding) && c.Binding.Equal(o.Binding)
}

// check is ParseNonceCommitment's for a commitment that was put together by hand.
func (c *NonceCommitment) check() error {
	if c == nil || c.Hiding == nil || c.Binding == nil {
		return errors.New("threshold: no nonce commitment")
	}
	if c.Hiding.IsIdentity() || c.Binding.IsIdentity() {
		return fmt.Errorf("threshold: nonce commitment: %w", secp256k1.ErrIdentity)
	}
	return nil
}

// Nonce is one signer's d and e for one signature share. It is used once, kept in memory only, and never prints. Its
// owner is one goroutine.
type Nonce struct {
	hiding, binding *secp256k1.Scalar // nil once spent
	commitment      *NonceCommitment
}

// NewNonce draws a nonce as RFC 9591 section 4.1 does: each half is the hash of 32 fresh bytes and the share, so
// randomness that somebody can predict does not give the share away. The share is nil for a nonce that is drawn before
// it is known which key it will serve: then it is as good as the randomness.
func NewNonce(rand io.Reader, share *secp256k1.Scalar) (*Nonce, error) {
	d, err := drawNonce(rand, share)
	if err != nil {
		return nil, err
	}
	e, err := drawNonce(rand, share)
	if err != nil {
		d.Erase()
		return nil, err
	}
	if d.Equal(e) {
		return nil, errors.New("threshold: the random source gave the same bytes twice; it is broken")
	}
	return newNonce(d, e), nil
}

func newNonce(d, e *secp256k1.Scalar) *Nonce {
	return &Nonce{hiding: d, binding: e, commitment: &NonceCommitment{secp256k1.BaseMul(d), secp256k1.BaseMul(e)}}
}

// drawNonce is nonce_generate of the RFC, with its H3.
func drawNonce(rand io.Reader, share *secp256k1.Scalar) (*secp256k1.Scalar, error) {
	var in [2 * 32]byte
	defer clear(in[:])
	if _, err := io.ReadFull(rand, in[:32]); err != nil {
		return nil, fmt.Errorf("threshold: drawing a nonce: %w", err)
	}
	hashed := in[:32]
	if share != nil {
		b := share.Bytes()
		copy(in[32:], b[:])
		clear(b[:])
		hashed = in[:]
	}
	k := rfc9591Hash.scalar("nonce", hashed)
	if k.IsZero() {
		return nil, errors.New("threshold: nonce is zero; try again")
	}
	return k, nil
}

// Commitment returns D and E, also of a spent nonce.
func (n *Nonce) Commitment() *NonceCommitment { return n.commitment }

// Erase forgets the nonce: it is spent.
func (n *Nonce) Erase() {
	n.hiding.Erase()
	n.binding.Erase()
	n.hiding, n.binding = nil, nil
}

// spend takes the two halves out of the nonce. The caller erases them.
func (n *Nonce) spend() (d, e *secp256k1.Scalar, err error) {
	if n == nil || n.hiding == nil {
		return nil, nil, ErrNonceSpent
	}
	d, e = n.hiding, n.binding
	n.hiding, n.binding = nil, nil
	return d, e, nil
}

// Format never tells the nonce.
func (n *Nonce) Format(f fmt.State, _ rune) { io.WriteString(f, "nonce(redacted)") }

// SchnorrSigning is the public side of one signature by a quorum: FROST, RFC 9591 section 5, for three forms of a
// signature. What is signed, by whom and with which nonces is all in the binding factors ρ_i, so that a share made for
// one such choice is no share of another. It does not change: use it from any goroutine.
type SchnorrSigning struct {
	quorum      *Quorum
	public      *secp256k1.Point
	scheme      SchnorrScheme
	message     []byte
	commitments []*NonceCommitment
	factors     []*secp256k1.Scalar // ρ_i
	bound       []*secp256k1.Point  // ρ_i·E_i
	nonce       *secp256k1.Point    // R = Σ D_i + ρ_i·E_i
	challenge   *secp256k1.Scalar   // c
}

// NewSchnorrSigning returns the signature of the message under the joint key, made by the quorum with these nonce
// commitments, one for each member in the order of its set. It costs t+1 multiplications. Signers and the combining node
// each make it from what they were sent; where that differed, the shares do not fit together.
func NewSchnorrSigning(q *Quorum, public *secp256k1.Point, scheme SchnorrScheme, message []byte, commitments []*NonceCommitment) (*SchnorrSigning, error) {
	if len(commitments) != q.set.Len() {
		return nil, fmt.Errorf("%w: %d nonce commitments for %d nodes", ErrSetSize, len(commitments), q.set.Len())
	}
	for i, c := range commitments {
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("%w of %v", err, q.set.members[i])
		}
	}
	if public == nil || public.IsIdentity() {
		return nil, ErrIdentityKey
	}
	s := &SchnorrSigning{quorum: q, public: public, scheme: scheme, message: bytes.Clone(message), commitments: slices.Clone(commitments)}
	if err := s.close(s.bindingFactors()); err != nil {
		return nil, err
	}
	return s, nil
}

// bindingFactors are the RFC's compute_binding_factors: ρ_i = H1(Y‖H4(message)‖H5(list)‖x_i). The list has the
// commitments by rising coordinate, so the order of the set makes no difference.
func (s *SchnorrSigning) bindingFactors() []*secp256k1.Scalar {
	set, suite := s.quorum.set, s.scheme.suite()
	rows := make([][]byte, set.Len())
	for i, c := range s.commitments {
		d, e := c.Hiding.Compressed(), c.Binding.Compressed()
		rows[i] = slices.Concat(set.xs[i][:], d[:], e[:])
	}
	slices.SortFunc(rows, bytes.Compare)
	y, m, list := s.public.Compressed(), suite.digest("msg", s.message), suite.digest("com", slices.Concat(rows...))
	factors := make([]*secp256k1.Scalar, set.Len())
	for i := range factors {
		factors[i] = suite.scalar("rho", y[:], m[:], list[:], set.xs[i][:])
	}
	return factors
}

// close computes R and the challenge from the binding factors.
func (s *SchnorrSigning) close(factors []*secp256k1.Scalar) (err error) {
	s.factors = factors
	s.bound = make([]*secp256k1.Point, len(s.commitments))
	terms := make([]*secp256k1.Point, 0, 2*len(s.commitments))
	for i, c := range s.commitments {
		s.bound[i] = c.Binding.Times(factors[i])
		terms = append(terms, c.Hiding, s.bound[i])
	}
	s.nonce = secp256k1.Sum(terms...)
	if s.nonce.IsIdentity() {
		return fmt.Errorf("threshold: nonces of a signature: %w", secp256k1.ErrIdentity)
	}
	s.challenge, err = s.scheme.challenge(s.nonce, s.public, s.message)
	return err
}

// weight is what the share of the member at this position has before it, sign included: ±λ_i·c.
func (s *SchnorrSigning) weight(i int) *secp256k1.Scalar {
	return s.scheme.weight(s.challenge, s.public).Times(s.quorum.set.lambdas[i])
}

// Share computes this node's signature share z_i = ±(d + e·ρ_i) ± λ_i·c·x_i, of which the other nodes' add up to the
// signature. The nonce is spent first, also when Share then fails. Share refuses a nonce that is not the one listed for
// this node.
func (s *SchnorrSigning) Share(at Coordinate, share *secp256k1.Scalar, nonce *Nonce) (*secp256k1.Scalar, error) {
	d, e, err := nonce.spend()
	if err != nil {
		return nil, err
	}
	defer d.Erase()
	defer e.Erase()
	i, err := s.quorum.set.Position(at)
	if err != nil {
		return nil, err
	}
	if !nonce.commitment.Equal(s.commitments[i]) {
		return nil, fmt.Errorf("%w: %v", ErrNotListed, at)
	}
	if share.IsZero() {
		return nil, fmt.Errorf("threshold: share of %v: %w", at, secp256k1.ErrScalarZero)
	}
	key := share.Times(s.weight(i))
	defer key.Erase()
	k := e.Times(s.factors[i])
	defer k.Erase()
	k.Add(k, d)
	if s.scheme.negatesNonce(s.nonce) {
		k.Neg(k)
	}
	return k.Plus(key), nil
}

// VerifyShare checks the signature share of the node at this coordinate against its commitment and its public share:
// z_i·G = ±R_i ± λ_i·c·Y_i. The error is ErrBadShare where it does not hold. Only a signature that does not verify asks
// for it: shares of which one is wrong do not add up.
func (s *SchnorrSigning) VerifyShare(at Coordinate, z *secp256k1.Scalar) error {
	i, err := s.quorum.set.Position(at)
	if err != nil {
		return err
	}
	r := s.commitments[i].Hiding.Plus(s.bound[i])
	if s.scheme.negatesNonce(s.nonce) {
		r = r.Negated()
	}
	minus := s.scheme.weight(s.challenge, s.public).Negated()
	if z == nil || !secp256k1.MulAddPublic(z, minus, s.quorum.weight(i)).Equal(r) {
		return fmt.Errorf("%w: of %v", ErrBadShare, at)
	}
	return nil
}

// Combine adds the shares, one for every node in the order of the set, and returns the signature in the scheme's
// encoding: 64 bytes, for RFC 9591 65. It has passed VerifySchnorr. Where it does not, Combine fails with
// ErrBadSignature, and VerifyShare finds whose share is wrong; if nobody's is, the quorum is not of this public key.
func (s *SchnorrSigning) Combine(shares []*secp256k1.Scalar) ([]byte, error) {
	if len(shares) != s.quorum.set.Len() {
		return nil, fmt.Errorf("%w: %d signature shares for %d nodes", ErrSetSize, len(shares), s.quorum.set.Len())
	}
	for i, z := range shares {
		if z == nil {
			return nil, fmt.Errorf("threshold: no signature share of %v", s.quorum.set.members[i])
		}
	}
	signature := s.scheme.encode(s.nonce, s.challenge, SumShares(shares))
	if err := VerifySchnorr(s.scheme, s.public, s.message, signature); err != nil {
		return nil, err
	}
	return signature, nil
}
