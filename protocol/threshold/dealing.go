package threshold

import (
	"errors"
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// A dealer sends f(j) to node j over a public channel: it shows an ephemeral point E = eG, and adds to the share a pad
// hashed from e·P_j = p_j·E, where P_j is node j's static key. When a share is bad, node j publishes K = p_j·E with a
// proof, and anybody can open that one share and judge.
//
// Publishing K is safe only because the dealer proved that it knows e. Without that a dealer could show somebody else's
// ephemeral as its own, deal garbage, and have the victim's complaint open an old message to the victim. So nothing
// here computes e·P_j on a receiver's side except through a Channel, and a Channel comes only from a checked proof.

// EphemeralSize is the length of an encoded ephemeral in bytes.
const EphemeralSize = secp256k1.PointSize + ProofSize

// Ephemeral is the dealer's public ephemeral key E with the proof of knowledge of e, bound to session and dealer.
// Encoded it is E‖proof, 128 bytes.
type Ephemeral struct {
	Point *secp256k1.Point
	Proof KnowledgeProof
}

// EphemeralKey is the dealer's secret side.
type EphemeralKey struct {
	e       *secp256k1.Scalar
	public  *Ephemeral
	session [32]byte
	dealer  Coordinate
}

// NewEphemeral draws a dealer's ephemeral key for one session.
func NewEphemeral(rand io.Reader, session [32]byte, dealer Coordinate) (*EphemeralKey, error) {
	e, err := secp256k1.RandomScalar(rand)
	if err != nil {
		return nil, fmt.Errorf("threshold: drawing an ephemeral key: %w", err)
	}
	point := secp256k1.BaseMul(e)
	proof, err := ProveKnowledge(rand, e, point, ephemeralContext(session, dealer))
	if err != nil {
		return nil, err
	}
	return &EphemeralKey{e: e, public: &Ephemeral{Point: point, Proof: proof}, session: session, dealer: dealer}, nil
}

func ephemeralContext(session [32]byte, dealer Coordinate) Context {
	x := dealer.X().Bytes()
	return NewContext("geth-ss/dealing/ephemeral/v1", session[:], x[:])
}

// Public returns what the dealer shows.
func (k *EphemeralKey) Public() *Ephemeral { return k.public }

// Erase forgets the secret. The key seals nothing afterwards.
func (k *EphemeralKey) Erase() {
	k.e.Erase()
	k.e = nil
}

// Format never tells the secret.
func (k *EphemeralKey) Format(f fmt.State, _ rune) { io.WriteString(f, "ephemeral(redacted)") }

// SealedShareSize is the length of a sealed share in bytes.
const SealedShareSize = secp256k1.ScalarSize

// SealedShare is a share f(j) plus its pad, modulo q, 32 bytes. It carries no authentication of its own: it is part of
// the dealer's signed message, and the commitments tell whether what it opens to is right.
type SealedShare [SealedShareSize]byte

// ParseSealedShare decodes a sealed share, which must be below the group order. One that is not proves its dealer's
// guilt by itself.
func ParseSealedShare(b []byte) (SealedShare, error) {
	s, err := secp256k1.ParseScalar(b)
	if err != nil {
		return SealedShare{}, fmt.Errorf("threshold: sealed share: %w", err)
	}
	return s.Bytes(), nil
}

// Seal encrypts a share to the receiver with the given static key.
func (k *EphemeralKey) Seal(receiver Coordinate, receiverKey *secp256k1.Point, share *secp256k1.Scalar) (SealedShare, error) {
	if k.e == nil {
		return SealedShare{}, errors.New("threshold: ephemeral key is erased")
	}
	if receiverKey.IsIdentity() {
		return SealedShare{}, fmt.Errorf("threshold: static key of %v: %w", receiver, secp256k1.ErrIdentity)
	}
	pad := dealingPad(k.session, k.dealer, receiver, k.public.Point, receiverKey, receiverKey.Times(k.e))
	defer pad.Erase()
	return share.Plus(pad).Bytes(), nil
}

// dealingPad hashes the shared point, with everything it is for, to a scalar. The static keys also serve devp2p's
// handshake and signatures; the tag keeps the uses apart.
func dealingPad(session [32]byte, dealer, receiver Coordinate, e, receiverKey, shared *secp256k1.Point) *secp256k1.Scalar {
	d, r := dealer.X().Bytes(), receiver.X().Bytes()
	eb, pb, kb := e.Bytes(), receiverKey.Bytes(), shared.Bytes()
	defer clear(kb[:])
	return secp256k1.HashToScalar("geth-ss/dealing/pad/v1", session[:], d[:], r[:], eb[:], pb[:], kb[:])
}

// ParseEphemeral decodes E‖proof. It does not check the proof; Verify does.
func ParseEphemeral(b []byte) (*Ephemeral, error) {
	if len(b) != EphemeralSize {
		return nil, fmt.Errorf("threshold: ephemeral is %d bytes, not %d", len(b), EphemeralSize)
	}
	point, err := secp256k1.ParsePoint(b[:secp256k1.PointSize])
	if err != nil {
		return nil, fmt.Errorf("threshold: ephemeral: %w", err)
	}
	proof, err := ParseKnowledgeProof(b[secp256k1.PointSize:])
	if err != nil {
		return nil, err
	}
	return &Ephemeral{Point: point, Proof: proof}, nil
}

// Bytes returns E‖proof.
func (e *Ephemeral) Bytes() (b [EphemeralSize]byte) {
	p := e.Point.Bytes()
	copy(b[:], p[:])
	copy(b[secp256k1.PointSize:], e.Proof[:])
	return b
}

// Verify checks the proof of knowledge in the name of this dealer in this session, and returns the channel over which
// its shares may be opened.
func (e *Ephemeral) Verify(session [32]byte, dealer Coordinate) (*Channel, error) {
	if err := VerifyKnowledge(e.Point, e.Proof, ephemeralContext(session, dealer)); err != nil {
		return nil, fmt.Errorf("threshold: ephemeral of %v: %w", dealer, err)
	}
	return &Channel{session: session, dealer: dealer, e: e.Point}, nil
}

// Channel is the way from one dealer to all receivers in one session; its existence says that the dealer knows the
// logarithm of its ephemeral point. It does not change.
type Channel struct {
	session [32]byte
	dealer  Coordinate
	e       *secp256k1.Point
}

// Open decrypts the share sealed to the receiver whose static secret is given. It returns some scalar for any sealed
// share below the order; whether it is right the commitments tell.
func (c *Channel) Open(receiver Coordinate, secret *secp256k1.Scalar, sealed SealedShare) (*secp256k1.Scalar, error) {
	return c.open(receiver, secp256k1.BaseMul(secret), c.e.Times(secret), sealed)
}

func (c *Channel) open(receiver Coordinate, receiverKey, shared *secp256k1.Point, sealed SealedShare) (*secp256k1.Scalar, error) {
	s, err := secp256k1.ParseScalar(sealed[:])
	if err != nil {
		return nil, fmt.Errorf("threshold: sealed share of %v: %w", c.dealer, err)
	}
	pad := dealingPad(c.session, c.dealer, receiver, c.e, receiverKey, shared)
	defer pad.Erase()
	return s.Minus(pad), nil
}

// ComplaintSize is the length of an encoded complaint in bytes.
const ComplaintSize = secp256k1.PointSize + ProofSize

// Complaint opens one sealed share to everybody: K = p_j·E and the proof that log_G P_j = log_E K. Encoded it is
// K‖proof, 128 bytes.
type Complaint struct {
	Shared *secp256k1.Point
	Proof  DLEQProof
}

// Complain makes the receiver's complaint about a sealed share. Make one only about a share that fails against the
// commitments: it gives the share away.
func (c *Channel) Complain(rand io.Reader, receiver Coordinate, secret *secp256k1.Scalar, sealed SealedShare, dealt Commitments) (*Complaint, error) {
	shared, public := c.e.Times(secret), secp256k1.BaseMul(secret)
	proof, err := ProveDLEQ(rand, secret, public, c.e, shared, c.complaintContext(receiver, sealed, dealt))
	if err != nil {
		return nil, fmt.Errorf("threshold: complaining about %v: %w", c.dealer, err)
	}
	return &Complaint{Shared: shared, Proof: proof}, nil
}

func (c *Channel) complaintContext(receiver Coordinate, sealed SealedShare, dealt Commitments) Context {
	d, r := c.dealer.X().Bytes(), receiver.X().Bytes()
	return NewContext("geth-ss/dealing/complaint/v1", c.session[:], d[:], r[:], sealed[:], dealt.Bytes())
}

// ParseComplaint decodes K‖proof.
func ParseComplaint(b []byte) (*Complaint, error) {
	if len(b) != ComplaintSize {
		return nil, fmt.Errorf("threshold: complaint is %d bytes, not %d", len(b), ComplaintSize)
	}
	shared, err := secp256k1.ParsePoint(b[:secp256k1.PointSize])
	if err != nil {
		return nil, fmt.Errorf("threshold: complaint: %w", err)
	}
	proof, err := ParseDLEQProof(b[secp256k1.PointSize:])
	if err != nil {
		return nil, err
	}
	return &Complaint{Shared: shared, Proof: proof}, nil
}

// Bytes returns K‖proof.
func (c *Complaint) Bytes() (b [ComplaintSize]byte) {
	k := c.Shared.Bytes()
	copy(b[:], k[:])
	copy(b[secp256k1.PointSize:], c.Proof[:])
	return b
}

// Verdict says who is guilty after a complaint: always one of the two.
type Verdict uint8

const (
	// AccuserGuilty: the complaint's proof does not hold, or the share it opens is right.
	AccuserGuilty Verdict = iota + 1
	// DealerGuilty: the share was bad.
	DealerGuilty
)

// String is "accuser guilty" or "dealer guilty".
func (v Verdict) String() string {
	switch v {
	case AccuserGuilty:
		return "accuser guilty"
	case DealerGuilty:
		return "dealer guilty"
	}
	return fmt.Sprintf("verdict(%d)", uint8(v))
}

// Judge decides a complaint of the receiver with the given static key about the share sealed to it under the dealt
// commitments. Everybody who judges the same signed messages comes to the same verdict. The sealed share and the
// commitments are taken from the dealer's signed message, the complaint from the accuser's.
func (c *Channel) Judge(receiver Coordinate, receiverKey *secp256k1.Point, sealed SealedShare, dealt Commitments, complaint *Complaint) Verdict {
	ctx := c.complaintContext(receiver, sealed, dealt)
	if VerifyDLEQ(receiverKey, c.e, complaint.Shared, complaint.Proof, ctx) != nil {
		return AccuserGuilty
	}
	share, err := c.open(receiver, receiverKey, complaint.Shared, sealed)
	if err != nil || VerifyShare(share, receiver, dealt) != nil {
		return DealerGuilty
	}
	return AccuserGuilty
}
