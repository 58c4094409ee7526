package signers

import (
	"crypto/rand"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
)

// ECDSA is the 2t+1 signers of ECDSA signatures.
type ECDSA struct {
	*key
	plan threshold.Plan
}

// NewECDSA deals a key of threshold t to 2t+1 nodes.
func NewECDSA(t int) (*ECDSA, error) {
	k, err := newKey(t, 2*t+1)
	return &ECDSA{k, threshold.ECDSAPlan(t, 1)}, err
}

// ecdsaRun is one signature. What is of one node stands at its position, what is of a dealer to a receiver at both.
type ecdsaRun struct {
	*ECDSA
	hash     [32]byte
	context  threshold.Context
	dealt    [][]byte
	columns  [][][]*secp256k1.Scalar
	items    []*threshold.ECDSAItem
	secrets  []*threshold.ECDSASecret
	openings [][threshold.ECDSAOpeningSize]byte
	shares   [][threshold.ECDSAShareSize]byte
	signing  *threshold.ECDSASigning // the coordinator's
}

// Sign implements Signers.
func (s *ECDSA) Sign(hash [32]byte) []Step { return s.run(hash).steps() }

func (s *ECDSA) run(hash [32]byte) *ecdsaRun {
	n := s.set.Len()
	return &ecdsaRun{ECDSA: s, hash: hash, context: threshold.NewContext("signers", hash[:]),
		dealt: make([][]byte, n), columns: make([][][]*secp256k1.Scalar, n),
		items: make([]*threshold.ECDSAItem, n), secrets: make([]*threshold.ECDSASecret, n),
		openings: make([][threshold.ECDSAOpeningSize]byte, n), shares: make([][threshold.ECDSAShareSize]byte, n)}
}

func (r *ecdsaRun) steps() []Step {
	n := r.set.Len()
	t := (n - 1) / 2
	return []Step{
		// Two for each commitment: t+1 to each of k and a, 2t to each of b, d and e.
		{Name: "deal", Ahead: true, Nodes: n, Do: r.deal, Multiplications: 2 * (2*(t+1) + 3*2*t)},
		// One to weigh each polynomial but the first, and two for what it all adds up to.
		{Name: "take up what was dealt", Ahead: true, Nodes: n, Do: r.takeUp, Multiplications: 4 + 2},
		{Name: "open", Nodes: n, Do: r.open, Multiplications: 5},
		// Six to verify an opening, five for the share and its proof. To add the openings up to R takes none: the Lagrange
		// coefficients of 1 to n are small.
		{Name: "verify openings, share", Nodes: n, Do: r.share, Multiplications: 6*(n-1) + 5},
		{Name: "combine and verify", Coordinator: true, Nodes: 1, Do: r.combine, Multiplications: 1},
		{Name: "find who was wrong", Coordinator: true, Exception: true, Nodes: 1, Do: r.blame, Multiplications: 6 * n},
	}
}

func (r *ecdsaRun) deal(i int) error {
	sharings, err := r.plan.Draw(rand.Reader)
	if err != nil {
		return err
	}
	defer threshold.ErasePolynomials(sharings)
	var commitments []threshold.Commitments
	for _, s := range sharings {
		commitments = append(commitments, s.Commit())
	}
	r.dealt[i] = r.plan.Encode(commitments)
	r.columns[i] = make([][]*secp256k1.Scalar, len(r.members))
	for j, m := range r.members {
		for _, s := range sharings {
			scalars, err := s.Eval(m)
			if err != nil {
				return err
			}
			r.columns[i][j] = append(r.columns[i][j], scalars...)
		}
	}
	return nil
}

func (r *ecdsaRun) takeUp(i int) error {
	var dealings [][]threshold.Commitments
	var columns [][]*secp256k1.Scalar
	for dealer := range r.members {
		d, err := r.plan.Parse(r.dealt[dealer])
		if err != nil {
			return err
		}
		dealings, columns = append(dealings, d), append(columns, r.columns[dealer][i])
	}
	column, joint, _, err := r.plan.Combine(rand.Reader, columns, r.members[i], dealings)
	if err != nil {
		return err
	}
	if r.items[i], err = threshold.NewECDSAItem(r.set, joint); err != nil {
		return err
	}
	r.secrets[i], err = threshold.NewECDSASecret(r.members[i], column)
	return err
}

func (r *ecdsaRun) open(i int) error {
	o, err := r.items[i].Open(rand.Reader, r.secrets[i], r.context)
	if err == nil {
		r.openings[i] = o.Bytes()
	}
	return err
}

// parse reads the openings of all, and verifies those of the others.
func (r *ecdsaRun) parse(own int) (all []*threshold.ECDSAOpening, err error) {
	for j, b := range r.openings {
		o, err := threshold.ParseECDSAOpening(b[:])
		if err == nil && j != own {
			err = r.items[own].VerifyOpening(r.members[j], o, r.context)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

func (r *ecdsaRun) share(i int) error {
	openings, err := r.parse(i)
	if err != nil {
		return err
	}
	signing, err := r.items[i].NewSigning(openings, r.hash)
	if err != nil {
		return err
	}
	share, err := signing.Share(rand.Reader, r.secrets[i], r.key.shares[i], r.publics[i], r.context)
	if err == nil {
		r.shares[i] = share.Bytes()
	}
	return err
}

// combine is what a coordinator does who has heard from all and signs nothing itself.
func (r *ecdsaRun) combine(int) error {
	var openings []*threshold.ECDSAOpening
	for _, b := range r.openings {
		o, err := threshold.ParseECDSAOpening(b[:])
		if err != nil {
			return err
		}
		openings = append(openings, o)
	}
	var err error
	if r.signing, err = r.items[0].NewSigning(openings, r.hash); err != nil {
		return err
	}
	shares, err := r.parseShares()
	if err != nil {
		return err
	}
	_, err = r.signing.Combine(r.public, shares)
	return err
}

func (r *ecdsaRun) parseShares() (all []*threshold.ECDSAShare, err error) {
	for _, b := range r.shares {
		s, err := threshold.ParseECDSAShare(b[:])
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func (r *ecdsaRun) blame(int) error {
	shares, err := r.parseShares()
	if err != nil {
		return err
	}
	for j, s := range shares {
		if err := r.signing.VerifyShare(r.members[j], s, r.publics[j], r.context); err != nil {
			return err
		}
	}
	return nil
}
