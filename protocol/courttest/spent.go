package courttest

import (
	"crypto/rand"
	"errors"
	"io"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
)

// Spent tells whether an item can no longer be opened with its secret.
func Spent(rand io.Reader, public *threshold.ECDSAItem, secret *threshold.ECDSASecret) bool {
	_, err := public.Open(rand, secret, threshold.NewContext("test"))
	return errors.Is(err, threshold.ErrItemSpent)
}

// Erased tells whether an item's secret is gone, opened or not. Afterwards it is.
func Erased(secret *threshold.ECDSASecret) (gone bool) {
	defer func() { recover() }() // one that is there is looked for in the item of this signing, which has none
	_, err := new(threshold.ECDSASigning).Share(rand.Reader, secret, nil, nil, threshold.Context{})
	return errors.Is(err, threshold.ErrItemSpent)
}

// NonceSpent tells whether nothing can be signed with a nonce any more. Afterwards nothing can.
func NonceSpent(n *threshold.Nonce) bool {
	f, err := threshold.NewPolynomial(rand.Reader, 0)
	NoError(err)
	set, err := threshold.NewSet(1)
	NoError(err)
	q, err := threshold.NewQuorum(set, f.Commit())
	NoError(err)
	s, err := threshold.NewSchnorrSigning(q, f.Commit().Constant(), threshold.ParitySchnorr, []byte("m"), []*threshold.NonceCommitment{n.Commitment()})
	NoError(err)
	_, err = s.Share(threshold.Index(1), f.Secret(), n)
	if !errors.Is(err, threshold.ErrNonceSpent) {
		NoError(err)
	}
	return err != nil
}

// Gone tells whether nothing can be opened with a one-time key any more.
func Gone(k *threshold.OneTimeKey) bool {
	_, err := k.With(secp256k1.NewScalar(1))
	return errors.Is(err, threshold.ErrOneTimeErased)
}
