package threshold

import (
	"bytes"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// Our signers, given the nonce, mask and zero shares of Parity's and no masks of ours, make Parity's values to the byte:
// the nonce point, each node's u and s share, and the signature.
func TestVectorsECDSAByOurSigners(t *testing.T) {
	seen := 0
	for _, scenario := range readSigning(t).Scenarios {
		v := scenario.ECDSA
		if v == nil {
			continue
		}
		seen++
		set, at := scenario.set(t, v.Group)
		c := &ecdsaCase{TB: t, rand: seeded(51), set: set, joint: scenario.KeyGeneration.Public.Point, ctx: NewContext("parity"),
			item: &ECDSAItem{set: set, t: scenario.Threshold, points: make([][]*secp256k1.Point, set.Len()), joint: make([]Commitments, itemPolynomials)}}
		for j, node := range v.Group {
			x := scenario.KeyGeneration.Shares[node].Scalar
			c.shares, c.publics = append(c.shares, x), append(c.publics, secp256k1.BaseMul(x))
			var column []*secp256k1.Scalar
			for _, value := range []*secp256k1.Scalar{v.Nonces[j].Scalar, v.Inversion[j].Scalar, v.Zeros[j].Scalar} {
				blinding := randomScalar(t, c.rand)
				column = append(column, value.Copy(), blinding)
				c.item.points[j] = append(c.item.points[j], pedersen(value, blinding))
			}
			for len(column) < itemScalars {
				column = append(column, new(secp256k1.Scalar))
			}
			c.secrets = append(c.secrets, must[*ECDSASecret](t)(NewECDSASecret(at[j], column)))
		}
		g := c.signing([32]byte(v.Hash))
		if !g.point.Equal(v.Nonce.Point) || !g.inverse.Equal(v.UInverse.Scalar) {
			t.Errorf("%s: another nonce point or mask", scenario.Name)
		}
		shares := c.all(g)
		for j := range shares {
			if !g.openings[j].W.Equal(v.U[j].Scalar) || !shares[j].Y.Equal(v.Parts[j].Scalar) {
				t.Errorf("%s: wrong values of node %d", scenario.Name, v.Group[j])
			}
		}
		sig := must[[65]byte](t)(g.Combine(c.joint, shares))
		if !bytes.Equal(sig[:], v.Signature) {
			t.Errorf("%s: signature %x, want %x", scenario.Name, sig, v.Signature)
		}
		if bad := c.blamedShares(g, shares); bad != nil {
			t.Errorf("%s: %v are blamed", scenario.Name, bad)
		}
	}
	if seen != 2 {
		t.Fatalf("%d ECDSA vectors", seen)
	}
}

// Keys, node numbers and hashes of Parity's, with items dealt by us: the signatures recover to the server key.
func TestVectorsECDSAOverOurItems(t *testing.T) {
	seen := 0
	for _, scenario := range readSigning(t).Scenarios {
		v := scenario.ECDSA
		if v == nil {
			continue
		}
		for _, nodes := range subsets(len(scenario.Nodes), 2*scenario.Threshold+1) {
			seen++
			set, at := scenario.set(t, nodes)
			c := newECDSACase(t, seeded(uint64(seen)), scenario.Threshold, at...)
			c.set, c.joint = set, scenario.KeyGeneration.Public.Point
			for j, node := range nodes {
				c.shares[j] = scenario.KeyGeneration.Shares[node].Scalar
				c.publics[j] = secp256k1.BaseMul(c.shares[j])
			}
			if err := recovers(c.joint, [32]byte(v.Hash), c.sign([32]byte(v.Hash))); err != nil {
				t.Errorf("%s, nodes %v: %v", scenario.Name, nodes, err)
			}
		}
	}
	if seen < 2 {
		t.Fatalf("%d sets", seen)
	}
}
