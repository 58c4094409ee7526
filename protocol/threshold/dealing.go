package threshold

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// A dealer sends f(j) to node j over a public channel: it shows an ephemeral point E = eG, and adds to the share a pad
// hashed from e·Q_j = q_j·E, where Q_j is node j's static key plus its one-time key of the session (OneTime). A column, the
// shares of several polynomials, is sealed over the same shared point, each scalar with a pad of its own. When a share is
// bad, node j publishes K = q_j·E with a proof, and anybody can open what that one dealer sealed to j, and judge.
//
// Publishing K is safe only because the dealer proved that it knows e. Without that a dealer could show somebody else's
// ephemeral as its own, deal garbage, and have the victim's complaint open an old message to the victim. So nothing
// here computes e·Q_j on a receiver's side except through a Channel, and a Channel comes only from a checked proof.

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
	if k.e != nil {
		k.e.Erase()
		k.e = nil
	}
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

// ParseSealedShares decodes a column.
func ParseSealedShares(column [][SealedShareSize]byte) (all []SealedShare, err error) {
	for i := range column {
		sealed, err := ParseSealedShare(column[i][:])
		if err != nil {
			return nil, err
		}
		all = append(all, sealed)
	}
	return all, nil
}

// Seal encrypts a column to the receiver with this key, OneTime.Receiver's. It is one multiplication, however long the column.
func (k *EphemeralKey) Seal(receiver Coordinate, receiverKey *secp256k1.Point, column []*secp256k1.Scalar) ([]SealedShare, error) {
	if k.e == nil {
		return nil, errors.New("threshold: ephemeral key is erased")
	}
	if receiverKey.IsIdentity() {
		return nil, fmt.Errorf("threshold: key of %v: %w", receiver, secp256k1.ErrIdentity)
	}
	pads := newDealingPads(sealing, k.session, k.dealer, receiver, k.public.Point, receiverKey, receiverKey.Times(k.e))
	defer pads.erase()
	sealed := make([]SealedShare, len(column))
	for slot, share := range column {
		pad := pads.at(slot)
		sealed[slot] = share.Plus(pad).Bytes()
		pad.Erase()
	}
	return sealed, nil
}

// purposes are what pads and complaints are hashed with.
type purposes struct{ pad, slot, complaint string }

var (
	sealing = purposes{"geth-ss/dealing/pad/v2", "geth-ss/dealing/slot/v2", "geth-ss/dealing/complaint/v2"}
	// former are those of ss/1, which sealed to static keys alone. Evidence of it is judged for ever.
	former = purposes{"geth-ss/dealing/pad/v1", "geth-ss/dealing/slot/v1", "geth-ss/dealing/complaint/v1"}
)

// dealingPads hash the shared point, with everything it is for, to scalars, one for each slot of a column. The static
// keys also serve devp2p's handshake and signatures; the tag keeps the uses apart.
type dealingPads struct {
	purposes
	session, dealer, receiver, ephemeral, key, shared []byte
}

func newDealingPads(to purposes, session [32]byte, dealer, receiver Coordinate, e, receiverKey, shared *secp256k1.Point) *dealingPads {
	d, r := dealer.X().Bytes(), receiver.X().Bytes()
	eb, pb, kb := e.Bytes(), receiverKey.Bytes(), shared.Bytes()
	return &dealingPads{to, session[:], d[:], r[:], eb[:], pb[:], kb[:]}
}

// at is the pad of a slot. The first is hashed as it was when there was no other: evidence is kept for years.
func (p *dealingPads) at(slot int) *secp256k1.Scalar {
	if slot == 0 {
		return secp256k1.HashToScalar(p.pad, p.session, p.dealer, p.receiver, p.ephemeral, p.key, p.shared)
	}
	n := binary.BigEndian.AppendUint32(nil, uint32(slot))
	return secp256k1.HashToScalar(p.purposes.slot, p.session, p.dealer, p.receiver, p.ephemeral, p.key, p.shared, n)
}

func (p *dealingPads) erase() { clear(p.shared) }

// ParseEphemeral decodes E‖proof. It does not check the proof; Verify does.
func ParseEphemeral(b []byte) (*Ephemeral, error) {
	point, proof, err := parseProven(b, "ephemeral")
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
	return e.verify(session, dealer, sealing)
}

// VerifyFormer is Verify for a dealing of ss/1, whose receivers' keys are the static ones. Nothing is dealt so any more,
// only judged.
func (e *Ephemeral) VerifyFormer(session [32]byte, dealer Coordinate) (*Channel, error) {
	return e.verify(session, dealer, former)
}

func (e *Ephemeral) verify(session [32]byte, dealer Coordinate, to purposes) (*Channel, error) {
	if err := VerifyKnowledge(e.Point, e.Proof, ephemeralContext(session, dealer)); err != nil {
		return nil, fmt.Errorf("threshold: ephemeral of %v: %w", dealer, err)
	}
	return &Channel{purposes: to, session: session, dealer: dealer, e: e.Point}, nil
}

// Channel is the way from one dealer to all receivers in one session; its existence says that the dealer knows the
// logarithm of its ephemeral point. It does not change.
type Channel struct {
	purposes
	session [32]byte
	dealer  Coordinate
	e       *secp256k1.Point
}

// Open decrypts the column sealed to the receiver with this secret and public key, the sums of its static and one-time ones. It returns some scalars
// for any sealed ones below the order; whether they are right the commitments tell.
func (c *Channel) Open(receiver Coordinate, secret *secp256k1.Scalar, public *secp256k1.Point, sealed []SealedShare) ([]*secp256k1.Scalar, error) {
	return c.open(receiver, public, c.e.Times(secret), sealed)
}

func (c *Channel) open(receiver Coordinate, receiverKey, shared *secp256k1.Point, sealed []SealedShare) ([]*secp256k1.Scalar, error) {
	pads := newDealingPads(c.purposes, c.session, c.dealer, receiver, c.e, receiverKey, shared)
	defer pads.erase()
	column := make([]*secp256k1.Scalar, len(sealed))
	for slot := range sealed {
		s, err := secp256k1.ParseScalar(sealed[slot][:])
		if err != nil {
			return nil, fmt.Errorf("threshold: sealed share of %v: %w", c.dealer, err)
		}
		pad := pads.at(slot)
		column[slot] = s.Minus(pad)
		pad.Erase()
	}
	return column, nil
}

// ComplaintSize is the length of an encoded complaint in bytes.
const ComplaintSize = secp256k1.PointSize + ProofSize

// Complaint opens one sealed column to everybody: K = q_j·E and the proof that log_G Q_j = log_E K. Encoded it is
// K‖proof, 128 bytes.
type Complaint struct {
	Shared *secp256k1.Point
	Proof  DLEQProof
}

// Complain makes the receiver's complaint about a sealed column. Make one only about a column that fails against the
// commitments: it gives all of it away, and nothing that another dealer has sealed: neither secret can be told from it.
func (c *Channel) Complain(rand io.Reader, receiver Coordinate, secret *secp256k1.Scalar, sealed []SealedShare, plan Plan, dealt []Commitments) (*Complaint, error) {
	shared, public := c.e.Times(secret), secp256k1.BaseMul(secret)
	proof, err := ProveDLEQ(rand, secret, public, c.e, shared, c.complaintContext(receiver, sealed, plan, dealt))
	if err != nil {
		return nil, fmt.Errorf("threshold: complaining about %v: %w", c.dealer, err)
	}
	return &Complaint{Shared: shared, Proof: proof}, nil
}

func (c *Channel) complaintContext(receiver Coordinate, sealed []SealedShare, plan Plan, dealt []Commitments) Context {
	d, r := c.dealer.X().Bytes(), receiver.X().Bytes()
	column := make([]byte, 0, len(sealed)*SealedShareSize)
	for slot := range sealed {
		column = append(column, sealed[slot][:]...)
	}
	return NewContext(c.complaint, c.session[:], d[:], r[:], column, plan.Encode(dealt))
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
	// AccuserGuilty: the complaint's proof does not hold, or every share it opens is right.
	AccuserGuilty Verdict = iota + 1
	// DealerGuilty: a share was bad.
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

// Judge decides a complaint of the receiver with this key, OneTime.Receiver's, about the column sealed to it under the dealt
// commitments. Everybody who judges the same signed messages comes to the same verdict. The sealed column and the
// commitments are taken from the dealer's signed message, the complaint from the accuser's.
func (c *Channel) Judge(receiver Coordinate, receiverKey *secp256k1.Point, sealed []SealedShare, plan Plan, dealt []Commitments, complaint *Complaint) Verdict {
	ctx := c.complaintContext(receiver, sealed, plan, dealt)
	if VerifyDLEQ(receiverKey, c.e, complaint.Shared, complaint.Proof, ctx) != nil {
		return AccuserGuilty
	}
	column, err := c.open(receiver, receiverKey, complaint.Shared, sealed)
	if err != nil || plan.Verify(column, receiver, dealt) != nil {
		return DealerGuilty
	}
	return AccuserGuilty
}
