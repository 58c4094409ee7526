package threshold

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	ethcrypto "github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// The vectors of Parity's signatures, of adding shares to a key, and of its hashes.

type hexBytes []byte

func (h *hexBytes) UnmarshalText(b []byte) (err error) {
	*h, err = hex.DecodeString(strings.TrimPrefix(string(b), "0x"))
	return err
}

// scalar reduces a hash, as Parity does with what it signs.
func (h hexBytes) scalar() *secp256k1.Scalar {
	s := new(secp256k1.Scalar)
	s.SetBytes(h)
	return s
}

type signingScenario struct {
	Name        string
	Threshold   int
	VersionHash hexBytes `json:"version_hash"`
	Nodes       []struct {
		ID       hexBytes  `json:"node_id"`
		IDNumber hexScalar `json:"id_number"`
	}
	KeyGeneration struct {
		Public hexPoint    `json:"joint_public"`
		Secret hexScalar   `json:"joint_secret_for_checking_only"`
		Shares []hexScalar `json:"secret_shares"`
	} `json:"key_generation"`
	Schnorr struct {
		Hash   hexBytes `json:"message_hash"`
		Nonce  hexPoint `json:"nonce_public"`
		C, S   hexScalar
		Result hexBytes `json:"result_plain_c_s"`
		Parts  []struct {
			Node    int       `json:"node_index"`
			Nonce   hexScalar `json:"nonce_coefficient"`
			Partial hexScalar `json:"partial_signature"`
		}
	}
	ECDSA *struct {
		Hash      hexBytes    `json:"message_hash"`
		Group     []int       `json:"group_node_indices"`
		Nonce     hexPoint    `json:"nonce_public"`
		Nonces    []hexScalar `json:"nonce_shares"`
		Inversion []hexScalar `json:"inversion_nonce_shares"`
		Zeros     []hexScalar `json:"zero_shares"`
		U         []hexScalar `json:"u_shares"`
		UInverse  hexScalar   `json:"u_inverse"`
		Inverses  []hexScalar `json:"inverse_nonce_shares"`
		Parts     []hexScalar `json:"s_shares"`
		S         hexScalar   `json:"s_before_low_s"`
		Signature hexBytes    `json:"signature_rsv"`
	}
	ShareAdd struct {
		NewID     hexBytes    `json:"new_node_id"`
		NewNumber hexScalar   `json:"new_node_id_number"`
		NewShares []hexScalar `json:"new_shares_old_nodes_then_new_node"`
		NewHash   hexBytes    `json:"new_version_hash"`
		Deals     []struct {
			Node      int         `json:"node_index"`
			Polynom   []hexScalar `json:"polynom"`
			SubShares []hexScalar `json:"secret_subshare_for_each_node"`
		} `json:"redistribution"`
	} `json:"share_add"`
}

type signingVectors struct {
	Scenarios  []signingScenario
	ServersSet struct {
		Admin     hexPoint `json:"admin_public"`
		Hash      hexBytes
		Nodes     []hexBytes
		Signature hexBytes
	} `json:"servers_set"`
}

func readSigning(t *testing.T) (v signingVectors) {
	t.Helper()
	loadJSON(t, "protocol-math.json", &v)
	if len(v.Scenarios) != 3 {
		t.Fatalf("%d scenarios", len(v.Scenarios))
	}
	return v
}

// set is the Lagrange set of some nodes, by their id numbers.
func (s *signingScenario) set(t *testing.T, nodes []int) (*Set, []Coordinate) {
	t.Helper()
	var at []Coordinate
	for _, i := range nodes {
		c, err := AtScalar(s.Nodes[i].IDNumber.Scalar)
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, c)
	}
	set, err := NewSetAt(at...)
	if err != nil {
		t.Fatal(err)
	}
	return set, at
}

func combineAll(t *testing.T, set *Set, shares []*secp256k1.Scalar) *secp256k1.Scalar {
	t.Helper()
	sum, err := set.CombineScalars(shares)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func scalars(in []hexScalar) (out []*secp256k1.Scalar) {
	for _, s := range in {
		out = append(out, s.Scalar)
	}
	return out
}

// By Parity's own formulas: each partial is k_i − c·λ_i·x_i by the shadow product with its sign, and (c, s)
// verifies by Parity's equation.
func TestVectorsSchnorr(t *testing.T) {
	for _, s := range readSigning(t).Scenarios {
		v := &s.Schnorr
		var nodes []int
		for _, p := range v.Parts {
			nodes = append(nodes, p.Node)
		}
		set, at := s.set(t, nodes)
		nonce, sum := new(secp256k1.Point), new(secp256k1.Scalar)
		for i, p := range v.Parts {
			sigma, err := set.ShadowProduct(at[i], v.C.Scalar)
			if err != nil {
				t.Fatal(err)
			}
			part := sigma.Times(s.KeyGeneration.Shares[p.Node].Scalar)
			if s.Threshold%2 == 0 {
				part = part.Negated()
			}
			if got := p.Nonce.Scalar.Plus(part); !got.Equal(p.Partial.Scalar) {
				t.Errorf("%s: wrong partial of node %d", s.Name, p.Node)
			}
			nonce, sum = nonce.Plus(secp256k1.BaseMul(p.Nonce.Scalar)), sum.Plus(p.Partial.Scalar)
		}
		if !nonce.Equal(v.Nonce.Point) || !sum.Equal(v.S.Scalar) {
			t.Errorf("%s: parts do not add up", s.Name)
		}
		r := secp256k1.MulAddPublic(v.S.Scalar, v.C.Scalar, s.KeyGeneration.Public.Point).XBytes()
		if c := hexBytes(ethcrypto.Keccak256(v.Hash, r[:])).scalar(); !c.Equal(v.C.Scalar) {
			t.Errorf("%s: signature does not verify", s.Name)
		}
		c, sb := v.C.Bytes(), v.S.Bytes()
		if !bytes.Equal(v.Result, append(c[:], sb[:]...)) {
			t.Errorf("%s: wrong encoding", s.Name)
		}
	}
}

// Our signers, given the vectors' nonces, make the vectors' partials and signature, and our verifier takes it. Parity's
// signers have one nonce each; with a binding factor of 0 ours have, too.
func TestVectorsSchnorrByOurSigners(t *testing.T) {
	for _, s := range readSigning(t).Scenarios {
		v := &s.Schnorr
		var nodes []int
		var publics []*secp256k1.Point
		var nonces []*Nonce
		var commitments []*NonceCommitment
		for _, p := range v.Parts {
			nodes = append(nodes, p.Node)
			publics = append(publics, secp256k1.BaseMul(s.KeyGeneration.Shares[p.Node].Scalar))
			nonces = append(nonces, newNonce(p.Nonce.Scalar, secp256k1.NewScalar(1)))
			commitments = append(commitments, nonces[len(nonces)-1].Commitment())
		}
		set, at := s.set(t, nodes)
		q := must[*Quorum](t)(NewQuorumOf(set, publics))
		signing := must[*SchnorrSigning](t)(NewSchnorrSigning(q, s.KeyGeneration.Public.Point, ParitySchnorr, v.Hash, commitments))
		unbound(t, signing)
		equal(t, s.Name+": nonce", signing.nonce, v.Nonce.Point)
		var shares []*secp256k1.Scalar
		for i, p := range v.Parts {
			z := must[*secp256k1.Scalar](t)(signing.Share(at[i], s.KeyGeneration.Shares[p.Node].Scalar, nonces[i]))
			if !z.Equal(p.Partial.Scalar) {
				t.Errorf("%s: wrong partial of node %d", s.Name, p.Node)
			}
			if err := signing.VerifyShare(at[i], p.Partial.Scalar); err != nil {
				t.Errorf("%s: %v", s.Name, err)
			}
			shares = append(shares, z)
		}
		if got := must[[]byte](t)(signing.Combine(shares)); !bytes.Equal(got, v.Result) {
			t.Errorf("%s: signature %x", s.Name, got)
		}
		if err := VerifySchnorr(ParitySchnorr, s.KeyGeneration.Public.Point, v.Hash, v.Result); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
}

// Nonce shares, masked inversion, partials and result of Parity's 2t+1 signers.
func TestVectorsECDSA(t *testing.T) {
	seen := 0
	for _, s := range readSigning(t).Scenarios {
		v := s.ECDSA
		if v == nil {
			continue
		}
		seen++
		set, _ := s.set(t, v.Group)
		if k := combineAll(t, set, scalars(v.Nonces)); !secp256k1.BaseMul(k).Equal(v.Nonce.Point) {
			t.Errorf("%s: nonce shares are not of the nonce", s.Name)
		}
		if !combineAll(t, set, scalars(v.Zeros)).IsZero() {
			t.Errorf("%s: zero shares are not of zero", s.Name)
		}
		rx := v.Nonce.XBytes()
		r, m := hexBytes(rx[:]).scalar(), v.Hash.scalar()
		for i, node := range v.Group {
			u := v.Nonces[i].Times(v.Inversion[i].Scalar).Plus(v.Zeros[i].Scalar)
			w := v.Inversion[i].Times(v.UInverse.Scalar)
			part := w.Times(m.Plus(r.Times(s.KeyGeneration.Shares[node].Scalar)))
			if !u.Equal(v.U[i].Scalar) || !w.Equal(v.Inverses[i].Scalar) || !part.Equal(v.Parts[i].Scalar) {
				t.Errorf("%s: wrong values of node %d", s.Name, node)
			}
		}
		if !combineAll(t, set, scalars(v.U)).InversePublic().Equal(v.UInverse.Scalar) {
			t.Errorf("%s: wrong inverse", s.Name)
		}
		if !combineAll(t, set, scalars(v.Parts)).Equal(v.S.Scalar) {
			t.Errorf("%s: partials do not add up", s.Name)
		}
		public, err := ethcrypto.Ecrecover(v.Hash, v.Signature)
		key := s.KeyGeneration.Public.Bytes()
		if err != nil || !bytes.Equal(public[1:], key[:]) || v.Signature[32] > 0x7f {
			t.Errorf("%s: signature does not recover to the server key: %v", s.Name, err)
		}
	}
	if seen != 2 {
		t.Fatalf("%d ECDSA vectors", seen)
	}
}

// Redistribution: t+1 holders deal their shares anew; the new ones are of the same key.
func TestVectorsShareAdd(t *testing.T) {
	for _, s := range readSigning(t).Scenarios {
		v := &s.ShareAdd
		var dealers []int
		for _, d := range v.Deals {
			dealers = append(dealers, d.Node)
			if !d.Polynom[0].Equal(s.KeyGeneration.Shares[d.Node].Scalar) {
				t.Errorf("%s: node %d deals something else than its share", s.Name, d.Node)
			}
		}
		set, _ := s.set(t, dealers)
		numbers := []*secp256k1.Scalar{}
		for _, n := range s.Nodes {
			numbers = append(numbers, n.IDNumber.Scalar)
		}
		numbers = append(numbers, v.NewNumber.Scalar)
		var receivers []Coordinate
		for j, x := range numbers {
			at, err := AtScalar(x)
			if err != nil {
				t.Fatal(err)
			}
			receivers = append(receivers, at)
			var subs []*secp256k1.Scalar
			for _, d := range v.Deals {
				sub, err := (&Polynomial{coefficients: scalars(d.Polynom)}).Eval(at)
				if err != nil || !sub.Equal(d.SubShares[j].Scalar) {
					t.Fatalf("%s: wrong sub-share of node %d for %d: %v", s.Name, d.Node, j, err)
				}
				subs = append(subs, sub)
			}
			if !combineAll(t, set, subs).Equal(v.NewShares[j].Scalar) {
				t.Errorf("%s: wrong new share %d", s.Name, j)
			}
		}
		last := len(receivers) - s.Threshold - 1
		among, err := NewSetAt(receivers[last:]...) // the new node among them
		if err != nil {
			t.Fatal(err)
		}
		if !combineAll(t, among, scalars(v.NewShares[last:])).Equal(s.KeyGeneration.Secret.Scalar) {
			t.Errorf("%s: the new shares are not of the key", s.Name)
		}
	}
}

// Parity names a version by its holders and their id numbers, and a set by its members.
func TestVectorsHashes(t *testing.T) {
	all := readSigning(t)
	for _, s := range all.Scenarios {
		var rows [][]byte
		row := func(id hexBytes, number *secp256k1.Scalar) []byte {
			n := number.Bytes()
			return append(slices.Clone([]byte(id)), n[:]...)
		}
		for _, n := range s.Nodes {
			rows = append(rows, row(n.ID, n.IDNumber.Scalar))
		}
		sorted := func() []byte {
			slices.SortFunc(rows, bytes.Compare)
			return ethcrypto.Keccak256(rows...)
		}
		if got := sorted(); !bytes.Equal(got, s.VersionHash) {
			t.Errorf("%s: version hash %x", s.Name, got)
		}
		rows = append(rows, row(s.ShareAdd.NewID, s.ShareAdd.NewNumber.Scalar))
		if got := sorted(); !bytes.Equal(got, s.ShareAdd.NewHash) {
			t.Errorf("%s: new version hash %x", s.Name, got)
		}
	}
	v := &all.ServersSet
	var nodes [][]byte
	for _, n := range v.Nodes {
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, bytes.Compare)
	if got := ethcrypto.Keccak256(nodes...); !bytes.Equal(got, v.Hash) {
		t.Errorf("set hash %x", got)
	}
	public, err := ethcrypto.Ecrecover(v.Hash, v.Signature)
	admin := v.Admin.Bytes()
	if err != nil || !bytes.Equal(public[1:], admin[:]) {
		t.Errorf("the set's signature is not the administrator's: %v", err)
	}
}
