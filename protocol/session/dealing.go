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

// deal makes a member's contribution to a key: a random polynomial, committed to, and
// its values sealed to the members. The secrets are gone when it returns; the own share
// is in the dealing like everybody's.
func deal(rand io.Reader, setup *wire.Setup, session wire.SessionID, keys []*secp256k1.Point, self uint32) (*wire.Dealing, error) {
	f, err := threshold.NewPolynomial(rand, int(setup.Threshold))
	if err != nil {
		return nil, err
	}
	defer f.Erase()
	ephemeral, err := threshold.NewEphemeral(rand, session, threshold.Index(self))
	if err != nil {
		return nil, err
	}
	defer ephemeral.Erase()

	d := &wire.Dealing{Ephemeral: ephemeral.Public().Bytes()}
	commitments := f.Commit()
	for _, c := range commitments {
		d.Commitments = append(d.Commitments, c.Bytes())
	}
	secret := f.Secret()
	defer secret.Erase()
	proof, err := threshold.ProveKnowledge(rand, secret, commitments.Constant(), constantContext(session, self, d.Commitments))
	if err != nil {
		return nil, err
	}
	d.Proof = proof
	for j, key := range keys {
		sealed, err := sealShare(f, ephemeral, threshold.Index(j+1), key)
		if err != nil {
			return nil, err
		}
		d.Shares = append(d.Shares, sealed)
	}
	return d, nil
}

func sealShare(f *threshold.Polynomial, ephemeral *threshold.EphemeralKey, to threshold.Index, key *secp256k1.Point) (threshold.SealedShare, error) {
	share, err := f.Eval(to)
	if err != nil {
		return threshold.SealedShare{}, err
	}
	defer share.Erase()
	return ephemeral.Seal(to, key, share)
}

// constantContext binds the proof that a dealer knows its constant term to dealer,
// session and the whole polynomial: nobody can deal a copy, or one chosen to cancel
// another's.
func constantContext(session wire.SessionID, dealer uint32, commitments []wire.Point) threshold.Context {
	x := threshold.Index(dealer).X().Bytes()
	parts := [][]byte{session[:], x[:]}
	for i := range commitments {
		parts = append(parts, commitments[i][:])
	}
	return threshold.NewContext("geth-ss/generation/constant/v1", parts...)
}

// dealt is a dealing that anybody would accept: right lengths, points on the curve,
// both proofs valid. Whether the shares in it are right only their owners can tell.
type dealt struct {
	hash        common.Hash
	commitments threshold.Commitments
	channel     *threshold.Channel
	sealed      []threshold.SealedShare
}

// open checks all of a dealing that can be checked in public. It computes no shared
// point with the ephemeral key before the dealer's knowledge of its secret is proven:
// otherwise a complaint could be made to open somebody else's old message.
func open(setup *wire.Terms, session wire.SessionID, dealer uint32, d *wire.Dealing) (*dealt, error) {
	if len(d.Commitments) != int(setup.Threshold)+1 {
		return nil, fmt.Errorf("dealt a polynomial of degree %d instead of %d", len(d.Commitments)-1, setup.Threshold)
	}
	if len(d.Shares) != len(setup.Members) {
		return nil, fmt.Errorf("dealt %d shares to %d members", len(d.Shares), len(setup.Members))
	}
	commitments, err := parseCommitments(d.Commitments)
	if err != nil {
		return nil, err
	}
	err = threshold.VerifyKnowledge(commitments.Constant(), d.Proof, constantContext(session, dealer, d.Commitments))
	if err != nil {
		return nil, errors.New("did not prove that it knows its constant term")
	}
	ephemeral, err := threshold.ParseEphemeral(d.Ephemeral[:])
	if err != nil {
		return nil, err
	}
	channel, err := ephemeral.Verify(session, threshold.Index(dealer))
	if err != nil {
		return nil, errors.New("did not prove that it knows its ephemeral key")
	}
	out := &dealt{hash: d.Hash(session, dealer), commitments: commitments, channel: channel}
	for i := range d.Shares {
		sealed, err := threshold.ParseSealedShare(d.Shares[i][:])
		if err != nil {
			return nil, err
		}
		out.sealed = append(out.sealed, sealed)
	}
	return out, nil
}

// parseCommitments reads the commitments to a polynomial. None is the identity.
func parseCommitments(points []wire.Point) (threshold.Commitments, error) {
	enc := make([]byte, 0, len(points)*len(wire.Point{}))
	for i := range points {
		enc = append(enc, points[i][:]...)
	}
	return threshold.ParseCommitments(enc, len(points)-1)
}

// encodeCommitments is the reverse.
func encodeCommitments(c threshold.Commitments) (points []wire.Point) {
	for _, p := range c {
		points = append(points, p.Bytes())
	}
	return points
}

// combine opens the own shares of all dealings and adds them up. The culprit is the
// first dealer, by position, whose share is wrong; -1 if there is none.
func combine(secret *secp256k1.Scalar, self uint32, all []*dealt) (share *secp256k1.Scalar, joint threshold.Commitments, culprit int, err error) {
	at := threshold.Index(self)
	shares := make([]*secp256k1.Scalar, len(all))
	commitments := make([]threshold.Commitments, len(all))
	for i, d := range all {
		if shares[i], err = d.channel.Open(at, secret, d.sealed[self-1]); err != nil {
			return nil, nil, i, err
		}
		defer shares[i].Erase()
		commitments[i] = d.commitments
	}
	if joint, err = threshold.SumCommitments(commitments); err != nil {
		return nil, nil, -1, err
	}
	bad, err := threshold.VerifyShares(shares, at, commitments, joint)
	if len(bad) > 0 {
		return nil, nil, bad[0], err
	}
	if err != nil {
		return nil, nil, -1, err
	}
	for _, c := range joint {
		if c.IsIdentity() {
			return nil, nil, -1, threshold.ErrIdentityKey
		}
	}
	return threshold.SumShares(shares), joint, -1, nil
}
