package threshold

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// hexScalar and hexPoint read the vectors' 0x strings through our own decoders.
type hexScalar struct{ *secp256k1.Scalar }

func (h *hexScalar) UnmarshalText(b []byte) (err error) {
	raw, err := hex.DecodeString(strings.TrimPrefix(string(b), "0x"))
	if err == nil {
		h.Scalar, err = secp256k1.ParseScalar(raw)
	}
	return err
}

type hexPoint struct{ *secp256k1.Point }

func (h *hexPoint) UnmarshalText(b []byte) (err error) {
	raw, err := hex.DecodeString(strings.TrimPrefix(string(b), "0x"))
	if err == nil {
		h.Point, err = secp256k1.ParsePoint(raw)
	}
	return err
}

// scenario is what of protocol-math.json concerns shares and decryption.
type scenario struct {
	Name       string `json:"name"`
	Threshold  int    `json:"threshold"`
	NodesCount int    `json:"nodes_count"`
	Nodes      []struct {
		IDNumber hexScalar `json:"id_number"`
	} `json:"nodes"`
	Derived       hexPoint `json:"derived_point"`
	KeyGeneration struct {
		Contributions []struct {
			Polynom1    []hexScalar `json:"polynom1"`
			Polynom2    []hexScalar `json:"polynom2"`
			PublicShare hexPoint    `json:"public_share"`
			Publics     []hexPoint  `json:"publics"`
			Secret1     []hexScalar `json:"secret1_for_each_node"`
			Secret2     []hexScalar `json:"secret2_for_each_node"`
		} `json:"contributions"`
		JointPublic hexPoint    `json:"joint_public"`
		JointSecret hexScalar   `json:"joint_secret_for_checking_only"`
		Shares      []hexScalar `json:"secret_shares"`
	} `json:"key_generation"`
	Document struct {
		Blinding  hexScalar `json:"blinding_scalar"`
		Common    hexPoint  `json:"common_point"`
		Encrypted hexPoint  `json:"encrypted_point"`
		Point     hexPoint  `json:"document_point"`
	} `json:"document"`
	Decryption struct {
		AccessKey hexScalar `json:"access_key"`
		Group     []struct {
			Node        int       `json:"node_index"`
			NodeShadow  hexScalar `json:"node_shadow"`
			PlainPoint  hexPoint  `json:"plain_shadow_point"`
			MaskedPoint hexPoint  `json:"masked_shadow_point"`
			D           hexScalar `json:"random_decrypt_shadow"`
			Coefficient hexScalar `json:"shadow_coefficient"`
		} `json:"group"`
		JointPlain   hexPoint `json:"joint_shadow_point_plain"`
		JointMasked  hexPoint `json:"joint_shadow_point_masked"`
		Decrypted    hexPoint `json:"decrypted_point"`
		ShadowResult struct {
			Common    hexPoint `json:"common_point"`
			Decrypted hexPoint `json:"decrypted_secret"`
		} `json:"shadow_result"`
	} `json:"decryption"`
}

func loadJSON(t *testing.T, name string, v any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func forEachScenario(t *testing.T, test func(t *testing.T, s *scenario, at []Coordinate)) {
	var file struct{ Scenarios []*scenario }
	loadJSON(t, "protocol-math.json", &file)
	if len(file.Scenarios) != 3 {
		t.Fatalf("%d scenarios, want 3", len(file.Scenarios))
	}
	for _, s := range file.Scenarios {
		t.Run(s.Name, func(t *testing.T) {
			var at []Coordinate
			for _, n := range s.Nodes {
				at = append(at, must[Coordinate](t)(AtScalar(n.IDNumber.Scalar)))
			}
			test(t, s, at)
		})
	}
}

func (s *scenario) polynomial(i int) *Polynomial {
	p := new(Polynomial)
	for _, a := range s.KeyGeneration.Contributions[i].Polynom1 {
		p.coefficients = append(p.coefficients, a.Scalar)
	}
	return p
}

func (s *scenario) joint(t *testing.T) Commitments {
	var dealt []Commitments
	for i := range s.KeyGeneration.Contributions {
		dealt = append(dealt, s.polynomial(i).Commit())
	}
	return must[Commitments](t)(SumCommitments(dealt))
}

// subsets returns all k-element subsets of 0..n-1.
func subsets(n, k int) [][]int {
	if k == 0 {
		return [][]int{nil}
	}
	var all [][]int
	for last := k - 1; last < n; last++ {
		for _, head := range subsets(last, k-1) {
			all = append(all, append(append([]int(nil), head...), last))
		}
	}
	return all
}

func pick[T any](list []T, which []int) []T {
	out := make([]T, len(which))
	for i, w := range which {
		out[i] = list[w]
	}
	return out
}

func equal(t *testing.T, what string, got, want *secp256k1.Point) {
	t.Helper()
	if !got.Equal(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// Shares, their sums and their public parts, as in Parity's key generation.
func TestVectorsKeyGeneration(t *testing.T) {
	forEachScenario(t, func(t *testing.T, s *scenario, at []Coordinate) {
		dealt := make([]Commitments, s.NodesCount)
		for i, c := range s.KeyGeneration.Contributions {
			f := s.polynomial(i)
			dealt[i] = f.Commit()
			if f.Threshold() != s.Threshold {
				t.Fatalf("degree %d, want %d", f.Threshold(), s.Threshold)
			}
			equal(t, "public share", dealt[i].Constant(), c.PublicShare.Point)
			for k := range c.Publics { // Parity's publics are a_k·G + b_k·D
				equal(t, "public coefficient", dealt[i][k].Plus(s.Derived.Times(c.Polynom2[k].Scalar)), c.Publics[k].Point)
			}
			for j := range at {
				if v := must[*secp256k1.Scalar](t)(f.Eval(at[j])); !v.Equal(c.Secret1[j].Scalar) {
					t.Errorf("share %d of dealer %d differs", j, i)
				}
			}
		}
		joint := s.joint(t)
		equal(t, "joint public", must[*secp256k1.Point](t)(joint.JointPublic()), s.KeyGeneration.JointPublic.Point)
		var dealings [][]Commitments
		for _, c := range dealt {
			dealings = append(dealings, []Commitments{c})
		}
		for j := range at {
			var got [][]*secp256k1.Scalar
			for _, c := range s.KeyGeneration.Contributions {
				got = append(got, []*secp256k1.Scalar{c.Secret1[j].Scalar})
			}
			sum, added, bad, err := Plan{{Degree: s.Threshold}}.Combine(nil, got, at[j], dealings)
			if err != nil {
				t.Fatalf("shares of node %d: %v %v", j, bad, err)
			}
			if !sum[0].Equal(s.KeyGeneration.Shares[j].Scalar) || !added[0].Equal(joint) {
				t.Errorf("share %d differs", j)
			}
		}
	})
}

// Any t+1 shares interpolate to the joint secret and their public parts to the joint public key.
func TestVectorsInterpolation(t *testing.T) {
	forEachScenario(t, func(t *testing.T, s *scenario, at []Coordinate) {
		var shares []*secp256k1.Scalar
		var publics []*secp256k1.Point
		for j, v := range s.KeyGeneration.Shares {
			shares = append(shares, v.Scalar)
			publics = append(publics, s.joint(t).Eval(at[j]))
			equal(t, "public share", publics[j], secp256k1.BaseMul(v.Scalar))
		}
		for _, which := range subsets(s.NodesCount, s.Threshold+1) {
			set := must[*Set](t)(NewSetAt(pick(at, which)...))
			if x := must[*secp256k1.Scalar](t)(set.CombineScalars(pick(shares, which))); !x.Equal(s.KeyGeneration.JointSecret.Scalar) {
				t.Errorf("shares %v give another secret", which)
			}
			y := must[*secp256k1.Point](t)(set.CombinePoints(pick(publics, which)))
			equal(t, fmt.Sprint("public shares ", which), y, s.KeyGeneration.JointPublic.Point)
		}
	})
}

// Parity's own formulas, with its access key, its shadow product and its sign.
func TestVectorsParityDecryption(t *testing.T) {
	forEachScenario(t, func(t *testing.T, s *scenario, at []Coordinate) {
		d := s.Decryption
		var which []int
		for _, g := range d.Group {
			which = append(which, g.Node)
		}
		set := must[*Set](t)(NewSetAt(pick(at, which)...))
		plain, masked := new(secp256k1.Point), new(secp256k1.Point)
		var coefficients []*secp256k1.Scalar
		for _, g := range d.Group {
			sigma := must[*secp256k1.Scalar](t)(set.ShadowProduct(at[g.Node], s.KeyGeneration.Shares[g.Node].Scalar))
			if !sigma.Equal(g.NodeShadow.Scalar) {
				t.Errorf("node shadow of %d differs", g.Node)
			}
			p := s.Document.Common.Times(sigma.Times(d.AccessKey.Scalar))
			equal(t, "plain point", p, g.PlainPoint.Point)
			m := s.Document.Common.Times(sigma.Times(g.D.Scalar).Times(d.AccessKey.Scalar))
			equal(t, "masked point", m, g.MaskedPoint.Point)
			co := g.D.Minus(secp256k1.NewScalar(1)).Times(sigma)
			if !co.Equal(g.Coefficient.Scalar) {
				t.Errorf("coefficient of %d differs", g.Node)
			}
			plain, masked, coefficients = plain.Plus(p), masked.Plus(m), append(coefficients, co)
		}
		equal(t, "joint plain", plain, d.JointPlain.Point)
		equal(t, "joint masked", masked, d.JointMasked.Point)
		inverse := d.AccessKey.InversePublic()
		result := func(joint *secp256k1.Point) *secp256k1.Point {
			return s.Document.Encrypted.Minus(signedPoint(s.Threshold, joint.Times(inverse)))
		}
		equal(t, "decrypted point", result(plain), d.Decrypted.Point)
		equal(t, "document", d.Decrypted.Point, s.Document.Point.Point)
		equal(t, "decrypted secret", result(masked), d.ShadowResult.Decrypted.Point)
		common := signedPoint(s.Threshold, s.Document.Common.Point)
		equal(t, "common point", common, d.ShadowResult.Common.Point)
		equal(t, "opened", OpenShadow(result(masked), common, coefficients), s.Document.Point.Point)
	})
}

// Ours, on the same keys: every quorum, plain and shadow, opens to the document point.
func TestVectorsOurDecryption(t *testing.T) {
	rand := seeded(1)
	forEachScenario(t, func(t *testing.T, s *scenario, at []Coordinate) {
		ct := encryptWith(s.Document.Blinding.Scalar, s.Document.Point.Point, s.KeyGeneration.JointPublic.Point)
		equal(t, "C", ct.Common, s.Document.Common.Point)
		equal(t, "E", ct.Encrypted, s.Document.Encrypted.Point)
		var shares []*secp256k1.Scalar
		for _, v := range s.KeyGeneration.Shares {
			shares = append(shares, v.Scalar)
		}
		for _, which := range subsets(s.NodesCount, s.Threshold+1) {
			set := must[*Set](t)(NewSetAt(pick(at, which)...))
			q := must[*Quorum](t)(NewQuorum(set, s.joint(t)))
			for _, mode := range []Mode{Plain, Shadow} {
				got := openWith(t, rand, q, mode, ct, pick(shares, which))
				equal(t, fmt.Sprint(mode, which), got, s.Document.Point.Point)
			}
		}
	})
}

// openWith runs a whole decryption by the members of q with the given shares.
func openWith(t *testing.T, rand interface{ Read([]byte) (int, error) }, q *Quorum, mode Mode, ct *Ciphertext, shares []*secp256k1.Scalar) *secp256k1.Point {
	t.Helper()
	k := &testKey{t: q.Threshold(), ct: ct}
	return k.decryptShares(t, rand, q, mode, NewContext("vectors"), func(at Coordinate) *secp256k1.Scalar {
		i, _ := q.Set().Position(at)
		return shares[i]
	})
}

// Parity's unit test of its decryption session: t = 3, five shares, all four-node quorums.
func TestVectorsParityUnitTest(t *testing.T) {
	var file struct {
		V struct {
			Threshold int
			Nodes     []struct {
				ID    hexScalar `json:"id_number"`
				Share hexScalar `json:"secret_share"`
			}
			Common    hexPoint  `json:"common_point"`
			Encrypted hexPoint  `json:"encrypted_point"`
			Document  hexPoint  `json:"expected_document_point"`
			Secret    hexScalar `json:"joint_secret_for_checking_only"`
		} `json:"decryption_4_of_5"`
	}
	loadJSON(t, "parity-decryption.json", &file)
	v, rand := file.V, seeded(2)
	ct := &Ciphertext{Common: v.Common.Point, Encrypted: v.Encrypted.Point}
	var at []Coordinate
	var shares []*secp256k1.Scalar
	var publics []*secp256k1.Point
	for _, n := range v.Nodes {
		at = append(at, must[Coordinate](t)(AtScalar(n.ID.Scalar)))
		shares = append(shares, n.Share.Scalar)
		publics = append(publics, secp256k1.BaseMul(n.Share.Scalar))
	}
	quorums := subsets(len(at), v.Threshold+1)
	if len(quorums) != 5 {
		t.Fatalf("%d quorums, want 5", len(quorums))
	}
	for _, which := range quorums {
		set := must[*Set](t)(NewSetAt(pick(at, which)...))
		if x := must[*secp256k1.Scalar](t)(set.CombineScalars(pick(shares, which))); !x.Equal(v.Secret.Scalar) {
			t.Errorf("shares %v give another secret", which)
		}
		q := must[*Quorum](t)(NewQuorumOf(set, pick(publics, which)))
		for _, mode := range []Mode{Plain, Shadow} {
			equal(t, fmt.Sprint(mode, which), openWith(t, rand, q, mode, ct, pick(shares, which)), v.Document.Point)
		}
	}
}
