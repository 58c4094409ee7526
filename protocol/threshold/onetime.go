package threshold

import (
	"errors"
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// What is sealed to a static key is open to whoever steals that key, however much later. So a receiver draws a key r_j for
// each session, shows R_j = r_jG under its signature, and is dealt to under Q_j = P_j + R_j: who deals pays one
// multiplication as before, and to open one needs p_j and r_j together. r_j is in memory alone, until what is dealt has
// been opened.
//
// The proof that it knows r_j keeps a receiver from choosing R_j by what it does not know: -P_j of somebody, or a key of
// another session.

// OneTimeSize is the length of an encoded one-time key in bytes.
const OneTimeSize = secp256k1.PointSize + ProofSize

// OneTime is a receiver's public one-time key R with the proof of knowledge of r, bound to session and receiver. Encoded
// it is R‖proof, 128 bytes.
type OneTime struct {
	Point *secp256k1.Point
	Proof KnowledgeProof
}

// OneTimeKey is the receiver's secret side.
type OneTimeKey struct {
	r      *secp256k1.Scalar
	public *OneTime
}

// NewOneTimeKey draws a receiver's key for one session.
func NewOneTimeKey(rand io.Reader, session [32]byte, receiver Coordinate) (*OneTimeKey, error) {
	r, err := secp256k1.RandomScalar(rand)
	if err != nil {
		return nil, fmt.Errorf("threshold: drawing a one-time key: %w", err)
	}
	point := secp256k1.BaseMul(r)
	proof, err := ProveKnowledge(rand, r, point, oneTimeContext(session, receiver))
	if err != nil {
		r.Erase()
		return nil, err
	}
	return &OneTimeKey{r: r, public: &OneTime{Point: point, Proof: proof}}, nil
}

func oneTimeContext(session [32]byte, receiver Coordinate) Context {
	x := receiver.X().Bytes()
	return NewContext("geth-ss/dealing/onetime/v1", session[:], x[:])
}

// Public returns what the receiver shows.
func (k *OneTimeKey) Public() *OneTime { return k.public }

// ErrOneTimeErased means that nothing can be opened with a one-time key any more.
var ErrOneTimeErased = errors.New("threshold: one-time key is erased")

// With returns p + r, the secret of what is dealt to under the static key pG. The caller erases it.
func (k *OneTimeKey) With(static *secp256k1.Scalar) (*secp256k1.Scalar, error) {
	if k.r == nil {
		return nil, ErrOneTimeErased
	}
	return static.Plus(k.r), nil
}

// Erase overwrites the secret. Nothing that was sealed is opened afterwards.
func (k *OneTimeKey) Erase() {
	if k.r != nil {
		k.r.Erase()
		k.r = nil
	}
}

// Format never tells the secret.
func (k *OneTimeKey) Format(f fmt.State, _ rune) { io.WriteString(f, "one-time key(redacted)") }

// ParseOneTime decodes R‖proof. It does not check the proof; Receiver does.
func ParseOneTime(b []byte) (*OneTime, error) {
	point, proof, err := parseProven(b, "one-time key")
	if err != nil {
		return nil, err
	}
	return &OneTime{Point: point, Proof: proof}, nil
}

// parseProven decodes a point and the proof that somebody knows its logarithm.
func parseProven(b []byte, what string) (*secp256k1.Point, KnowledgeProof, error) {
	if len(b) != secp256k1.PointSize+ProofSize {
		return nil, KnowledgeProof{}, fmt.Errorf("threshold: %s is %d bytes, not %d", what, len(b), secp256k1.PointSize+ProofSize)
	}
	point, err := secp256k1.ParsePoint(b[:secp256k1.PointSize])
	if err != nil {
		return nil, KnowledgeProof{}, fmt.Errorf("threshold: %s: %w", what, err)
	}
	proof, err := ParseKnowledgeProof(b[secp256k1.PointSize:])
	return point, proof, err
}

// Bytes returns R‖proof.
func (o *OneTime) Bytes() (b [OneTimeSize]byte) {
	p := o.Point.Bytes()
	copy(b[:], p[:])
	copy(b[secp256k1.PointSize:], o.Proof[:])
	return b
}

// Receiver checks the proof in the name of this receiver in this session, and returns the key to seal to: P + R, which must
// not be the identity.
func (o *OneTime) Receiver(session [32]byte, receiver Coordinate, static *secp256k1.Point) (*secp256k1.Point, error) {
	if err := VerifyKnowledge(o.Point, o.Proof, oneTimeContext(session, receiver)); err != nil {
		return nil, fmt.Errorf("threshold: one-time key of %v: %w", receiver, err)
	}
	sum := static.Plus(o.Point)
	if sum.IsIdentity() {
		return nil, fmt.Errorf("threshold: one-time key of %v and its static key cancel out: %w", receiver, secp256k1.ErrIdentity)
	}
	return sum, nil
}
