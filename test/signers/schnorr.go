package signers

import (
	"crypto/rand"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
)

// Schnorr is the t+1 signers of Schnorr signatures, in Parity's form.
type Schnorr struct {
	*key
	quorum *threshold.Quorum
}

// NewSchnorr deals a key of threshold t to t+1 nodes.
func NewSchnorr(t int) (*Schnorr, error) {
	k, err := newKey(t, t+1)
	if err != nil {
		return nil, err
	}
	q, err := threshold.NewQuorum(k.set, k.commitments)
	return &Schnorr{k, q}, err
}

// schnorrRun is one signature.
type schnorrRun struct {
	*Schnorr
	hash    [32]byte
	nonces  []*threshold.Nonce
	listed  [][threshold.NonceCommitmentSize]byte
	shares  []*secp256k1.Scalar
	signing *threshold.SchnorrSigning // the coordinator's
}

// Sign implements Signers.
func (s *Schnorr) Sign(hash [32]byte) []Step { return s.run(hash).steps() }

func (s *Schnorr) run(hash [32]byte) *schnorrRun {
	n := s.set.Len()
	return &schnorrRun{Schnorr: s, hash: hash, nonces: make([]*threshold.Nonce, n),
		listed: make([][threshold.NonceCommitmentSize]byte, n), shares: make([]*secp256k1.Scalar, n)}
}

func (r *schnorrRun) steps() []Step {
	n := r.set.Len()
	return []Step{
		{Name: "nonce", Ahead: true, Nodes: n, Do: r.commit, Multiplications: 2},
		{Name: "share", Nodes: n, Do: r.share, Multiplications: n},
		{Name: "combine and verify", Coordinator: true, Nodes: 1, Do: r.combine, Multiplications: n + 1},
		{Name: "find who was wrong", Coordinator: true, Exception: true, Nodes: 1, Do: r.blame, Multiplications: n},
	}
}

func (r *schnorrRun) commit(i int) (err error) {
	if r.nonces[i], err = threshold.NewNonce(rand.Reader, r.key.shares[i]); err != nil {
		return err
	}
	r.listed[i] = r.nonces[i].Commitment().Bytes()
	return nil
}

// open is what each node makes of the list of nonce commitments.
func (r *schnorrRun) open() (*threshold.SchnorrSigning, error) {
	var list []*threshold.NonceCommitment
	for _, b := range r.listed {
		c, err := threshold.ParseNonceCommitment(b[:])
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return threshold.NewSchnorrSigning(r.quorum, r.public, threshold.ParitySchnorr, r.hash[:], list)
}

func (r *schnorrRun) share(i int) error {
	signing, err := r.open()
	if err != nil {
		return err
	}
	r.shares[i], err = signing.Share(r.members[i], r.key.shares[i], r.nonces[i])
	return err
}

func (r *schnorrRun) combine(int) (err error) {
	if r.signing, err = r.open(); err != nil {
		return err
	}
	_, err = r.signing.Combine(r.shares)
	return err
}

func (r *schnorrRun) blame(int) error {
	for j, z := range r.shares {
		if err := r.signing.VerifyShare(r.members[j], z); err != nil {
			return err
		}
	}
	return nil
}
