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
	keys    []*secp256k1.Point // of the members; not needed to open, combine and judge
	plan    threshold.Plan
	proven  bool // dealers prove that they know the constant term of their first polynomial
}

// generationTerms are those of a key.
func generationTerms(s *wire.Terms) *dealingTerms {
	return &dealingTerms{session: s.Session(), members: s.Members, at: threshold.Indices(len(s.Members)),
		plan: threshold.Plan{{Degree: int(s.Threshold)}}, proven: true}
}

// parseKeys reads the members' keys, to which shares are sealed.
func (t *dealingTerms) parseKeys() error {
	for _, m := range t.members {
		key, err := secp256k1.ParsePoint(m[:])
		if err != nil {
			return fmt.Errorf("key of server %s: %w", m.Short(), err)
		}
		t.keys = append(t.keys, key)
	}
	return nil
}

// deal makes a member's contribution: random polynomials, committed to, and their values
// sealed to the members. The secrets are gone when it returns; the own share is in the
// dealing like everybody's.
func (t *dealingTerms) deal(rand io.Reader, self int) (*wire.Dealing, error) {
	polynomials, err := t.plan.Draw(rand)
	if err != nil {
		return nil, err
	}
	defer threshold.ErasePolynomials(polynomials)
	ephemeral, err := threshold.NewEphemeral(rand, t.session, t.at[self])
	if err != nil {
		return nil, err
	}
	defer ephemeral.Erase()

	d := &wire.Dealing{Ephemeral: ephemeral.Public().Bytes()}
	commitments := make([]threshold.Commitments, len(polynomials))
	for i, f := range polynomials {
		commitments[i] = f.Commit()
	}
	d.Commitments = t.encode(commitments)
	if t.proven {
		secret := polynomials[0].Secret()
		defer secret.Erase()
		if d.Proof, err = threshold.ProveKnowledge(rand, secret, commitments[0].Constant(), t.constantContext(self, d.Commitments)); err != nil {
			return nil, err
		}
	}
	for j := range t.members {
		sealed, err := t.seal(polynomials, ephemeral, j)
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
func (t *dealingTerms) seal(polynomials []*threshold.Sharing, ephemeral *threshold.EphemeralKey, to int) ([]threshold.SealedShare, error) {
	var column []*secp256k1.Scalar
	defer func() { threshold.EraseScalars(column) }()
	for _, f := range polynomials {
		values, err := f.Eval(t.at[to])
		if err != nil {
			return nil, err
		}
		column = append(column, values...)
	}
	return ephemeral.Seal(t.at[to], t.keys[to], column)
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
	if err := t.checkLengths(d); err != nil {
		return nil, err
	}
	out := &dealt{hash: d.Hash(t.session, uint32(dealer+1))}
	var err error
	if out.commitments, err = t.plan.Parse(joinPoints(d.Commitments)); err != nil {
		return nil, err
	}
	if err := t.checkProof(dealer, d, out.commitments); err != nil {
		return nil, err
	}
	ephemeral, err := threshold.ParseEphemeral(d.Ephemeral[:])
	if err != nil {
		return nil, err
	}
	if out.channel, err = ephemeral.Verify(t.session, t.at[dealer]); err != nil {
		return nil, errors.New("did not prove that it knows its ephemeral key")
	}
	sealed, err := threshold.ParseSealedShares(d.Shares)
	if err != nil {
		return nil, err
	}
	for n := t.plan.Scalars(); len(sealed) > 0; sealed = sealed[n:] {
		out.sealed = append(out.sealed, sealed[:n])
	}
	return out, nil
}

// checkLengths says what is wrong with a dealing's lists.
func (t *dealingTerms) checkLengths(d *wire.Dealing) error {
	switch points, shares := t.plan.Points(), len(t.members)*t.plan.Scalars(); {
	case len(d.Commitments) != points && len(t.plan) == 1:
		return fmt.Errorf("dealt a polynomial of degree %d instead of %d", len(d.Commitments)-1, t.plan[0].Degree)
	case len(d.Commitments) != points:
		return fmt.Errorf("dealt polynomials with %d coefficients instead of %d", len(d.Commitments), points)
	case len(d.Shares) != shares:
		return fmt.Errorf("dealt %d shares to %d members instead of %d", len(d.Shares), len(t.members), shares)
	}
	return nil
}

// checkProof checks the proof that the dealer knows its constant term, and that there is
// none where none is asked for.
func (t *dealingTerms) checkProof(dealer int, d *wire.Dealing, commitments []threshold.Commitments) error {
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

// combine opens the own column of all dealings and adds them up, and so their
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

// complain opens the own column of a dealing to all, for the caller to sign.
func (t *dealingTerms) complain(rand io.Reader, secret *secp256k1.Scalar, self, dealer int, d *dealt) (*wire.Complaint, error) {
	c, err := d.channel.Complain(rand, t.at[self], secret, d.sealed[self], t.plan, d.commitments)
	if err != nil {
		return nil, err
	}
	return &wire.Complaint{Index: uint32(self + 1), Dealer: uint32(dealer + 1), Dealing: d.hash, Opening: c.Bytes()}, nil
}

// judge decides a member's complaint about a dealing; key is the accuser's.
func (t *dealingTerms) judge(m *wire.Complaint, d *dealt, key *secp256k1.Point) threshold.Verdict {
	c, err := threshold.ParseComplaint(m.Opening[:])
	if err != nil {
		return threshold.AccuserGuilty
	}
	accuser := m.Index - 1
	return d.channel.Judge(t.at[accuser], key, d.sealed[accuser], t.plan, d.commitments, c)
}
