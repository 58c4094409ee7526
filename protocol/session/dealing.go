package session

import (
	"errors"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// dealingTerms is who deals what to whom in a session: a key in a generation, or items
// for signatures. Every member deals by the same plan to all, itself included.
// Dealers and receivers are told apart by their position among the members, from 0 on;
// in messages, and in what is hashed of them, by one more.
type dealingTerms struct {
	session wire.SessionID
	members []wire.NodeID
	at      []threshold.Index  // where each member's shares lie
	to      []*secp256k1.Point // what is sealed to the members, of whom one knows: see learn; not needed to open and combine
	plan    threshold.Plan
	proven  bool // of a key: dealers commit first, and prove that they know the constant term of their polynomial
}

// generationTerms are those of a key.
func generationTerms(s *wire.Terms) *dealingTerms {
	return &dealingTerms{session: s.Session(), members: s.Members, at: threshold.Indices(len(s.Members)),
		to: make([]*secp256k1.Point, len(s.Members)), plan: threshold.Plan{{Degree: int(s.Threshold)}}, proven: true}
}

// checkKeys wants the members' static keys to be points: what one is not could be dealt nothing.
func (t *dealingTerms) checkKeys() error {
	for _, m := range t.members {
		if _, err := secp256k1.ParsePoint(m[:]); err != nil {
			return fmt.Errorf("key of server %s: %w", m.Short(), err)
		}
	}
	return nil
}

// learn takes the one-time key that a member, by position, has signed. An error says what it did wrong, a clause whose
// subject is the member: no honest one signs such a key.
func (t *dealingTerms) learn(member int, m *wire.Commit) (err error) {
	t.to[member], err = t.receiver(member, m)
	return err
}

// receiver is what is sealed to a member: its static key plus the one-time key that it has signed.
func (t *dealingTerms) receiver(member int, m *wire.Commit) (*secp256k1.Point, error) {
	if !t.proven && m.Hash != (common.Hash{}) {
		return nil, errors.New("committed to a dealing where nobody does")
	}
	once, err := threshold.ParseOneTime(m.Key[:])
	if err != nil {
		return nil, fmt.Errorf("signed a one-time key that is none: %w", err)
	}
	static, err := secp256k1.ParsePoint(t.members[member][:])
	if err != nil {
		return nil, fmt.Errorf("has a key that is none: %w", err) // checkKeys has seen to it, and who has signed has one
	}
	to, err := once.Receiver(t.session, t.at[member], static)
	if err != nil {
		return nil, fmt.Errorf("signed a one-time key that it may not: %w", err)
	}
	return to, nil
}

// hand is what a member is about to deal, and the key that is dealt to it under.
type hand struct {
	polynomials []*threshold.Sharing
	ephemeral   *threshold.EphemeralKey
	dealt       wire.Dealt
}

// draw makes a member's contribution: random polynomials, committed to. It is kept until what the others have drawn to be
// dealt to is known.
func (t *dealingTerms) draw(rand io.Reader, self int) (*hand, error) {
	h := new(hand)
	err := h.draw(rand, t, self)
	if err != nil {
		h.erase()
		return nil, err
	}
	return h, nil
}

func (h *hand) draw(rand io.Reader, t *dealingTerms, self int) (err error) {
	if h.polynomials, err = t.plan.Draw(rand); err != nil {
		return err
	}
	if h.ephemeral, err = threshold.NewEphemeral(rand, t.session, t.at[self]); err != nil {
		return err
	}
	h.dealt.Ephemeral = h.ephemeral.Public().Bytes()
	commitments := make([]threshold.Commitments, len(h.polynomials))
	for i, f := range h.polynomials {
		commitments[i] = f.Commit()
	}
	h.dealt.Commitments = t.encode(commitments)
	if t.proven {
		secret := h.polynomials[0].Secret()
		defer secret.Erase()
		h.dealt.Proof, err = threshold.ProveKnowledge(rand, secret, commitments[0].Constant(), t.constantContext(self, h.dealt.Commitments))
	}
	return err
}

// erase overwrites the secrets. Nothing is dealt from it any more.
func (h *hand) erase() {
	threshold.ErasePolynomials(h.polynomials)
	h.polynomials = nil
	if h.ephemeral != nil {
		h.ephemeral.Erase()
	}
}

// deal seals the values of a hand to the members, whose keys are known. It is done once: the secrets are gone when it
// returns; the own share is in the dealing like everybody's.
func (t *dealingTerms) deal(h *hand) (*wire.Dealing, error) {
	defer h.erase()
	d := &wire.Dealing{Dealt: h.dealt}
	for j := range t.members {
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
func (t *dealingTerms) seal(h *hand, to int) ([]threshold.SealedShare, error) {
	if t.to[to] == nil {
		return nil, errors.New("nobody to deal to") // and nothing to deal, once it is dealt: an erased key seals nothing
	}
	var column []*secp256k1.Scalar
	defer func() { threshold.EraseScalars(column) }()
	for _, f := range h.polynomials {
		values, err := f.Eval(t.at[to])
		if err != nil {
			return nil, err
		}
		column = append(column, values...)
	}
	return h.ephemeral.Seal(t.at[to], t.to[to], column)
}

// constantContext binds the proof that a dealer knows its constant term to dealer,
// session and the whole polynomial: nobody can deal a copy, or one chosen to cancel
// another's.
func (t *dealingTerms) constantContext(dealer int, commitments []wire.Point) threshold.Context {
	x := t.at[dealer].X().Bytes()
	parts := [][]byte{t.session[:], x[:]}
	for i := range commitments {
		parts = append(parts, commitments[i][:])
	}
	return threshold.NewContext("geth-ss/generation/constant/v1", parts...)
}

// dealt is a dealing that anybody would accept: right lengths, points on the curve, all
// proofs valid. Whether the shares in it are right only their owners can tell.
type dealt struct {
	hash        common.Hash
	commitments []threshold.Commitments // by polynomial of the plan
	channel     *threshold.Channel
	sealed      [][]threshold.SealedShare // by receiver, its column
}

// open checks all of a dealing that can be checked in public. It computes no shared
// point with the ephemeral key before the dealer's knowledge of its secret is proven:
// otherwise a complaint could be made to open somebody else's old message.
func (t *dealingTerms) open(dealer int, d *wire.Dealing) (*dealt, error) {
	out, ephemeral, err := t.openDealt(dealer, &d.Dealt)
	if err != nil {
		return nil, err
	}
	out.hash = d.Hash(t.session, uint32(dealer+1))
	if err := t.openShares(out, dealer, d.Shares, ephemeral.Verify); err != nil {
		return nil, err
	}
	return out, nil
}

// openDealt checks the part of a dealing that its dealer has committed to, but for the proof that it knows its ephemeral
// key.
func (t *dealingTerms) openDealt(dealer int, d *wire.Dealt) (*dealt, *threshold.Ephemeral, error) {
	if err := t.checkLength(d); err != nil {
		return nil, nil, err
	}
	out := new(dealt)
	var err error
	if out.commitments, err = t.plan.Parse(joinPoints(d.Commitments)); err != nil {
		return nil, nil, err
	}
	if err := t.checkProof(dealer, d, out.commitments); err != nil {
		return nil, nil, err
	}
	ephemeral, err := threshold.ParseEphemeral(d.Ephemeral[:])
	return out, ephemeral, err
}

// openShares checks the rest; verify is a method of the ephemeral key.
func (t *dealingTerms) openShares(out *dealt, dealer int, shares [][32]byte,
	verify func([32]byte, threshold.Coordinate) (*threshold.Channel, error)) (err error) {
	if n := len(t.members) * t.plan.Scalars(); len(shares) != n {
		return fmt.Errorf("dealt %d shares to %d members instead of %d", len(shares), len(t.members), n)
	}
	if out.channel, err = verify(t.session, t.at[dealer]); err != nil {
		return errors.New("did not prove that it knows its ephemeral key")
	}
	sealed, err := threshold.ParseSealedShares(shares)
	if err != nil {
		return err
	}
	for n := t.plan.Scalars(); len(sealed) > 0; sealed = sealed[n:] {
		out.sealed = append(out.sealed, sealed[:n])
	}
	return nil
}

// checkLength says what is wrong with the list of commitments.
func (t *dealingTerms) checkLength(d *wire.Dealt) error {
	switch points := t.plan.Points(); {
	case len(d.Commitments) != points && len(t.plan) == 1:
		return fmt.Errorf("dealt a polynomial of degree %d instead of %d", len(d.Commitments)-1, t.plan[0].Degree)
	case len(d.Commitments) != points:
		return fmt.Errorf("dealt polynomials with %d coefficients instead of %d", len(d.Commitments), points)
	}
	return nil
}

// checkProof checks the proof that the dealer knows its constant term, and that there is
// none where none is asked for.
func (t *dealingTerms) checkProof(dealer int, d *wire.Dealt, commitments []threshold.Commitments) error {
	if !t.proven {
		if d.Proof != [64]byte{} {
			return errors.New("gave a proof where there is none")
		}
		return nil
	}
	if threshold.VerifyKnowledge(commitments[0].Constant(), d.Proof, t.constantContext(dealer, d.Commitments)) != nil {
		return errors.New("did not prove that it knows its constant term")
	}
	return nil
}

// encode lists the commitments of all polynomials as a dealing has them.
func (t *dealingTerms) encode(all []threshold.Commitments) (points []wire.Point) {
	for i, shape := range t.plan {
		points = append(points, encodeCommitments(all[i][len(all[i])-shape.Points():])...)
	}
	return points
}

func joinPoints(points []wire.Point) []byte {
	enc := make([]byte, 0, len(points)*len(wire.Point{}))
	for i := range points {
		enc = append(enc, points[i][:]...)
	}
	return enc
}

// parseCommitments reads the commitments to a polynomial. None is the identity.
func parseCommitments(points []wire.Point) (threshold.Commitments, error) {
	return threshold.ParseCommitments(joinPoints(points), len(points)-1)
}

// encodeCommitments is the reverse.
func encodeCommitments(c threshold.Commitments) (points []wire.Point) {
	for _, p := range c {
		points = append(points, p.Bytes())
	}
	return points
}

// combine opens the own column of all dealings, sealed to the secret, and adds them up, and so their
// commitments: values and joint are by scalar and by polynomial of the plan. The culprit is
// the first dealer, by position, of whose shares one is wrong; -1 if there is none.
func (t *dealingTerms) combine(rand io.Reader, secret *secp256k1.Scalar, self int, all []*dealt) (values []*secp256k1.Scalar, joint []threshold.Commitments, culprit int, err error) {
	columns, dealings := make([][]*secp256k1.Scalar, len(all)), make([][]threshold.Commitments, len(all))
	public := secp256k1.BaseMul(secret)
	for i, d := range all {
		if columns[i], err = d.channel.Open(t.at[self], secret, public, d.sealed[self]); err != nil {
			return nil, nil, i, err
		}
		defer threshold.EraseScalars(columns[i])
		dealings[i] = d.commitments
	}
	values, joint, bad, err := t.plan.Combine(rand, columns, t.at[self], dealings)
	if len(bad) > 0 {
		return nil, nil, bad[0], err
	}
	if err != nil {
		return nil, nil, -1, err
	}
	for _, p := range t.encode(joint) {
		if p == (wire.Point{}) {
			threshold.EraseScalars(values)
			return nil, nil, -1, threshold.ErrIdentityKey
		}
	}
	return values, joint, -1, nil
}

// sum is the commitments alone, for a node that gets no shares.
func (t *dealingTerms) sum(all []*dealt) ([]threshold.Commitments, error) {
	dealings := make([][]threshold.Commitments, len(all))
	for i, d := range all {
		dealings[i] = d.commitments
	}
	return t.plan.Sum(dealings)
}

// complain opens the own column of a dealing to all, for the caller to sign; secret is the sum that it was sealed to.
func (t *dealingTerms) complain(rand io.Reader, secret *secp256k1.Scalar, self int, accused *wire.Reveal, d *dealt) (*wire.Complaint, error) {
	c, err := d.channel.Complain(rand, t.at[self], secret, d.sealed[self], t.plan, d.commitments)
	if err != nil {
		return nil, err
	}
	return &wire.Complaint{Index: uint32(self + 1), Accused: *accused, Opening: c.Bytes()}, nil
}

// judge decides what a member, by position, has opened of a dealing; key is what the dealer has sealed to.
func (t *dealingTerms) judge(accuser int, opening *[128]byte, d *dealt, key *secp256k1.Point) threshold.Verdict {
	c, err := threshold.ParseComplaint(opening[:])
	if err != nil {
		return threshold.AccuserGuilty
	}
	return d.channel.Judge(t.at[accuser], key, d.sealed[accuser], t.plan, d.commitments, c)
}
