// Package dealing is how members share random values out among themselves, verifiably: a key, or items for ECDSA. Each
// draws polynomials and commits to them, seals every member's values to that member's one-time key, opens what was sealed
// to it, and adds up. What others can check of a dealing, anybody can who knows the terms; what only its receiver can see
// is shown by a complaint, which whoever has the dealing judges.
//
// It is arithmetic over what messages say. Rounds, silence and blame are of the packages generation and items, and who is
// convicted by what a member has signed is of protocol/evidence.
//
// Two honest members that have the same dealings open, combine and hash them to the same result. A share is sealed to the
// receiver's node key and its one-time key together, and what a hand has drawn is overwritten when it has dealt.
package dealing

import (
	"errors"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Terms is who deals what to whom in a session: a key in a generation, its shares in a redistribution, or items
// for signatures. Every dealer deals by the same plan to all members, itself included if it is one. But for
// redistributions the members are the dealers.
// Dealers are told apart by their position among the dealers, receivers by theirs among the members, from 0 on;
// in messages, and in what is hashed of them, by one more.
type Terms struct {
	Session wire.SessionID
	Members []wire.NodeID
	At      []threshold.Index  // where each member's shares lie
	To      []*secp256k1.Point // what is sealed to the members, of whom one knows: see Learn; not needed to open and combine
	plan    threshold.Plan
	proven  bool       // of a new key: dealers commit first, and prove that they know the constant term of their polynomial
	move    *wire.Move // of a redistribution
}

// OfKey are the terms of dealing a key: one polynomial of degree t, by and to all members. In a redistribution it is by
// the holders of the parent sharing that the set-up names. These prove no knowledge: the constant term has to be their
// share of the parent, as everybody can see.
func OfKey(s *wire.Terms) *Terms {
	return &Terms{Session: s.Session(), Members: s.Members, At: threshold.Indices(len(s.Members)),
		To: make([]*secp256k1.Point, len(s.Members)), plan: threshold.Plan{{Degree: int(s.Threshold)}}, proven: s.Move == nil, move: s.Move}
}

// Dealers are the nodes that deal, by their positions.
func (t *Terms) Dealers() []wire.NodeID {
	if t.move == nil {
		return t.Members
	}
	return t.move.Nodes()
}

// from is where a dealer's own shares lie, those of the parent in a redistribution. It names the dealer in what it deals.
func (t *Terms) from(dealer int) threshold.Index {
	if t.move == nil {
		return t.At[dealer]
	}
	return threshold.Index(t.move.Dealers[dealer].Index)
}

// OfItems are the terms of dealing items for ECDSA signatures.
func OfItems(s *wire.DealSetup) *Terms {
	t := &Terms{Session: s.Session(), Members: s.Members, To: make([]*secp256k1.Point, len(s.Members)), plan: threshold.ECDSAPlan(int(s.Threshold), int(s.Items))}
	for _, index := range s.Set {
		t.At = append(t.At, threshold.Index(index))
	}
	return t
}

// CheckKeys wants the members' static keys to be points: what one is not could be dealt nothing. Of a redistribution it
// wants the dealers' shares to give the key.
func (t *Terms) CheckKeys() error {
	if t.move != nil {
		if err := t.checkShares(); err != nil {
			return err
		}
	}
	for _, m := range t.Members {
		if _, err := secp256k1.ParsePoint(m[:]); err != nil {
			return fmt.Errorf("key of server %s: %w", m.Short(), err)
		}
	}
	return nil
}

// checkShares wants the shares that are dealt anew to be those of the key.
func (t *Terms) checkShares() error {
	set, err := t.weights()
	if err != nil {
		return err
	}
	shares := make([]*secp256k1.Point, len(t.move.Dealers))
	for i := range shares {
		if shares[i], err = secp256k1.ParsePoint(t.move.Dealers[i].Share[:]); err != nil {
			return fmt.Errorf("public share %d: %w", t.move.Dealers[i].Index, err)
		}
	}
	key, err := set.CombinePoints(shares)
	if err != nil {
		return err
	}
	if key.Bytes() != t.move.Public {
		return errors.New("the dealers' shares do not give the key")
	}
	return nil
}

// weights are how what the dealers deal is added up: nil where all weigh alike.
func (t *Terms) weights() (*threshold.Set, error) {
	if t.move == nil {
		return nil, nil
	}
	indices := make([]threshold.Index, len(t.move.Dealers))
	for i := range indices {
		indices[i] = t.from(i)
	}
	return threshold.NewSet(indices...)
}

// Learn takes the one-time key that a member, by position, has signed. An error says what it did wrong, a clause whose
// subject is the member: no honest one signs such a key.
func (t *Terms) Learn(member int, m *wire.Commit) (err error) {
	t.To[member], err = t.Receiver(member, m)
	return err
}

// Receiver is what is sealed to a member: its static key plus the one-time key that it has signed.
func (t *Terms) Receiver(member int, m *wire.Commit) (*secp256k1.Point, error) {
	if !t.proven && m.Hash != (common.Hash{}) {
		return nil, errors.New("committed to a dealing where nobody does")
	}
	once, err := threshold.ParseOneTime(m.Key[:])
	if err != nil {
		return nil, fmt.Errorf("signed a one-time key that is not valid: %w", err)
	}
	static, err := secp256k1.ParsePoint(t.Members[member][:])
	if err != nil {
		return nil, fmt.Errorf("has a key that is not valid: %w", err) // checkKeys has seen to it, and who has signed has one
	}
	to, err := once.Receiver(t.Session, t.At[member], static)
	if err != nil {
		return nil, fmt.Errorf("signed a one-time key that it may not: %w", err)
	}
	return to, nil
}

// Hand is what a member is about to deal, and the key that is dealt to it under.
type Hand struct {
	polynomials []*threshold.Sharing
	ephemeral   *threshold.EphemeralKey
	Dealt       wire.Dealt
}

// String hides what is drawn.
func (h *Hand) String() string { return "what a member is about to deal" }

// Format hides what is drawn from every verb.
func (h *Hand) Format(f fmt.State, _ rune) { io.WriteString(f, h.String()) }

// Draw makes a dealer's contribution: random polynomials, committed to. It is kept until what the others have drawn to be
// dealt to is known.
func (t *Terms) Draw(rand io.Reader, self int) (*Hand, error) {
	polynomials, err := t.plan.Draw(rand)
	if err != nil {
		return nil, err
	}
	return t.hand(rand, self, polynomials)
}

// DrawShare is Draw in a redistribution: the dealer's share of the parent is the constant term. It fails if that is not
// the share that the set-up says.
func (t *Terms) DrawShare(rand io.Reader, self int, share *secp256k1.Scalar) (*Hand, error) {
	if t.move == nil || secp256k1.BaseMul(share).Bytes() != t.move.Dealers[self].Share {
		return nil, errors.New("another share is to be dealt than this node holds")
	}
	polynomial, err := t.plan[0].DrawFor(rand, share)
	if err != nil {
		return nil, err
	}
	return t.hand(rand, self, []*threshold.Sharing{polynomial})
}

func (t *Terms) hand(rand io.Reader, self int, polynomials []*threshold.Sharing) (*Hand, error) {
	h := &Hand{polynomials: polynomials}
	err := h.commit(rand, t, self)
	if err != nil {
		h.Erase()
		return nil, err
	}
	return h, nil
}

func (h *Hand) commit(rand io.Reader, t *Terms, self int) (err error) {
	if h.ephemeral, err = threshold.NewEphemeral(rand, t.Session, t.from(self)); err != nil {
		return err
	}
	h.Dealt.Ephemeral = h.ephemeral.Public().Bytes()
	commitments := make([]threshold.Commitments, len(h.polynomials))
	for i, f := range h.polynomials {
		commitments[i] = f.Commit()
	}
	h.Dealt.Commitments = t.Encode(commitments)
	if t.proven {
		secret := h.polynomials[0].Secret()
		defer secret.Erase()
		h.Dealt.Proof, err = threshold.ProveKnowledge(rand, secret, commitments[0].Constant(), t.constantContext(self, h.Dealt.Commitments))
	}
	return err
}

// Deal seals the values of a hand to the members, whose keys are known. It is done once: the secrets are gone when it
// returns; the own share is in the dealing like everybody's.
func (t *Terms) Deal(h *Hand) (*wire.Dealing, error) {
	defer h.Erase()
	d := &wire.Dealing{Dealt: h.Dealt}
	for j := range t.Members {
		sealed, err := t.seal(h, j)
		if err != nil {
			return nil, err
		}
		for _, s := range sealed {
			d.Shares = append(d.Shares, s)
		}
	}
	return d, nil
}

// seal encrypts one receiver's column.
func (t *Terms) seal(h *Hand, to int) ([]threshold.SealedShare, error) {
	if t.To[to] == nil {
		return nil, errors.New("nobody to deal to") // and nothing to deal, once it is dealt: an erased key seals nothing
	}
	var column []*secp256k1.Scalar
	defer func() { threshold.EraseScalars(column) }()
	for _, f := range h.polynomials {
		values, err := f.Eval(t.At[to])
		if err != nil {
			return nil, err
		}
		column = append(column, values...)
	}
	return h.ephemeral.Seal(t.At[to], t.To[to], column)
}

// Erase overwrites the secrets. Nothing is dealt from it any more.
func (h *Hand) Erase() {
	threshold.ErasePolynomials(h.polynomials)
	h.polynomials = nil
	if h.ephemeral != nil {
		h.ephemeral.Erase()
	}
}

// Erased tells whether there is nothing to deal from.
func (h *Hand) Erased() bool { return len(h.polynomials) == 0 }

// Checked is a dealing that anybody would accept: right lengths, points on the curve, all
// proofs valid. Whether the shares in it are right only their owners can tell.
type Checked struct {
	Hash        common.Hash
	Commitments []threshold.Commitments // by polynomial of the plan
	channel     *threshold.Channel
	Sealed      [][]threshold.SealedShare // by receiver, its column
}

// constantContext binds the proof that a dealer knows its constant term to dealer,
// session and the whole polynomial: nobody can deal a copy, or one chosen to cancel
// another's.
func (t *Terms) constantContext(dealer int, commitments []wire.Point) threshold.Context {
	x := t.from(dealer).X().Bytes()
	parts := [][]byte{t.Session[:], x[:]}
	for i := range commitments {
		parts = append(parts, commitments[i][:])
	}
	return threshold.NewContext("geth-ss/generation/constant/v1", parts...)
}

// Open checks all of a dealing that can be checked in public. It computes no shared
// point with the ephemeral key before the dealer's knowledge of its secret is proven:
// otherwise a complaint could be made to open somebody else's old message.
func (t *Terms) Open(dealer int, d *wire.Dealing) (*Checked, error) {
	out, ephemeral, err := t.OpenDealt(dealer, &d.Dealt)
	if err != nil {
		return nil, err
	}
	out.Hash = d.Hash(t.Session, uint32(dealer+1))
	if err := t.openShares(out, dealer, d.Shares, ephemeral.Verify); err != nil {
		return nil, err
	}
	return out, nil
}

// OpenDealt checks the part of a dealing that its dealer has committed to, but for the proof that it knows its ephemeral
// key.
func (t *Terms) OpenDealt(dealer int, d *wire.Dealt) (*Checked, *threshold.Ephemeral, error) {
	if err := t.checkLength(d); err != nil {
		return nil, nil, err
	}
	out := new(Checked)
	var err error
	if out.Commitments, err = t.plan.Parse(JoinPoints(d.Commitments)); err != nil {
		return nil, nil, err
	}
	if err := t.checkProof(dealer, d, out.Commitments); err != nil {
		return nil, nil, err
	}
	ephemeral, err := threshold.ParseEphemeral(d.Ephemeral[:])
	return out, ephemeral, err
}

// openShares checks the rest; verify is a method of the ephemeral key.
func (t *Terms) openShares(out *Checked, dealer int, shares [][32]byte,
	verify func([32]byte, threshold.Coordinate) (*threshold.Channel, error)) (err error) {
	if n := len(t.Members) * t.plan.Scalars(); len(shares) != n {
		return fmt.Errorf("dealt %d shares to %d members instead of %d", len(shares), len(t.Members), n)
	}
	if out.channel, err = verify(t.Session, t.from(dealer)); err != nil {
		return errors.New("did not prove that it knows its ephemeral key")
	}
	sealed, err := threshold.ParseSealedShares(shares)
	if err != nil {
		return err
	}
	for n := t.plan.Scalars(); len(sealed) > 0; sealed = sealed[n:] {
		out.Sealed = append(out.Sealed, sealed[:n])
	}
	return nil
}

// checkLength says what is wrong with the list of commitments.
func (t *Terms) checkLength(d *wire.Dealt) error {
	switch points := t.plan.Points(); {
	case len(d.Commitments) != points && len(t.plan) == 1:
		return fmt.Errorf("dealt a polynomial of degree %d instead of %d", len(d.Commitments)-1, t.plan[0].Degree)
	case len(d.Commitments) != points:
		return fmt.Errorf("dealt polynomials with %d coefficients instead of %d", len(d.Commitments), points)
	}
	return nil
}

// checkProof checks the proof that the dealer knows its constant term, and that there is
// none where none is asked for. In a redistribution the constant term has to be the dealer's share of the parent.
func (t *Terms) checkProof(dealer int, d *wire.Dealt, commitments []threshold.Commitments) error {
	switch {
	case !t.proven && d.Proof != [64]byte{}:
		return errors.New("gave a proof where there must be none")
	case t.move != nil && d.Commitments[0] != t.move.Dealers[dealer].Share:
		return errors.New("dealt another secret than its share")
	case !t.proven:
		return nil
	}
	if threshold.VerifyKnowledge(commitments[0].Constant(), d.Proof, t.constantContext(dealer, d.Commitments)) != nil {
		return errors.New("did not prove that it knows its constant term")
	}
	return nil
}

// Encode lists the commitments of all polynomials as a dealing has them.
func (t *Terms) Encode(all []threshold.Commitments) (points []wire.Point) {
	for i, shape := range t.plan {
		points = append(points, EncodeCommitments(all[i][len(all[i])-shape.Points():])...)
	}
	return points
}

// Combine opens the own column of all dealings, sealed to the secret, and adds them up, and so their
// commitments: values and joint are by scalar and by polynomial of the plan. The culprit is
// the first dealer, by position, of whose shares one is wrong; -1 if there is none.
func (t *Terms) Combine(rand io.Reader, secret *secp256k1.Scalar, self int, all []*Checked) (values []*secp256k1.Scalar, joint []threshold.Commitments, culprit int, err error) {
	columns, dealings := make([][]*secp256k1.Scalar, len(all)), make([][]threshold.Commitments, len(all))
	public := secp256k1.BaseMul(secret)
	for i, d := range all {
		if columns[i], err = d.channel.Open(t.At[self], secret, public, d.Sealed[self]); err != nil {
			return nil, nil, i, err
		}
		defer threshold.EraseScalars(columns[i])
		dealings[i] = d.Commitments
	}
	set, err := t.weights()
	if err != nil {
		return nil, nil, -1, err
	}
	values, joint, bad, err := t.plan.CombineOf(set, rand, columns, t.At[self], dealings)
	if len(bad) > 0 {
		return nil, nil, bad[0], err
	}
	if err != nil {
		return nil, nil, -1, err
	}
	for _, p := range t.Encode(joint) {
		if p == (wire.Point{}) {
			threshold.EraseScalars(values)
			return nil, nil, -1, threshold.ErrIdentityKey
		}
	}
	return values, joint, -1, nil
}

// Sum is the commitments alone, for a node that gets no shares.
func (t *Terms) Sum(all []*Checked) ([]threshold.Commitments, error) {
	dealings := make([][]threshold.Commitments, len(all))
	for i, d := range all {
		dealings[i] = d.Commitments
	}
	set, err := t.weights()
	if err != nil {
		return nil, err
	}
	return t.plan.SumOf(set, dealings)
}

// Complain opens the own column of a dealing to all, for the caller to sign; secret is the sum that it was sealed to.
func (t *Terms) Complain(rand io.Reader, secret *secp256k1.Scalar, self int, accused *wire.Reveal, d *Checked) (*wire.Complaint, error) {
	c, err := d.channel.Complain(rand, t.At[self], secret, d.Sealed[self], t.plan, d.Commitments)
	if err != nil {
		return nil, err
	}
	return &wire.Complaint{Index: uint32(self + 1), Accused: *accused, Opening: c.Bytes()}, nil
}

// Judge decides what a member, by position, has opened of a dealing; key is what the dealer has sealed to.
func (t *Terms) Judge(accuser int, opening *[128]byte, d *Checked, key *secp256k1.Point) threshold.Verdict {
	c, err := threshold.ParseComplaint(opening[:])
	if err != nil {
		return threshold.AccuserGuilty
	}
	return d.channel.Judge(t.At[accuser], key, d.Sealed[accuser], t.plan, d.Commitments, c)
}

// OpenFormer is Open of a dealing of ss/1.
func (t *Terms) OpenFormer(dealer int, d *wire.FormerDealing) (*Checked, error) {
	now := d.Dealt()
	out, ephemeral, err := t.OpenDealt(dealer, &now)
	if err != nil {
		return nil, err
	}
	out.Hash = d.Hash(t.Session, uint32(dealer+1))
	if err := t.openShares(out, dealer, d.Shares, ephemeral.VerifyFormer); err != nil {
		return nil, err
	}
	return out, nil
}

// Accused tells whether what a complaint is about was said by the dealer that it says has said it.
func Accused(dealers []wire.NodeID, session wire.SessionID, m *wire.Complaint) bool {
	r := &m.Accused
	return r.Index > 0 && int64(r.Index) <= int64(len(dealers)) && dealers[r.Index-1].Signed(r.Digest(session), &r.Signature)
}

// Digests are those of commits, none of them nil, in their order: what a view of round 1 is made of.
func Digests(session wire.SessionID, commits []*wire.Commit) []common.Hash {
	all := make([]common.Hash, len(commits))
	for i, m := range commits {
		all[i] = m.Digest(session)
	}
	return all
}

// Present are the values of a list that are there, in their order.
func Present[T any](all []*T) (some []T) {
	for _, m := range all {
		if m != nil {
			some = append(some, *m)
		}
	}
	return some
}
