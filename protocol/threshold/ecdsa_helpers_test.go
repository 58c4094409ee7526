package threshold

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	ethcrypto "github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// ecdsaCase is a key, a set of 2t+1 of its holders and one dealt item of theirs.
type ecdsaCase struct {
	testing.TB
	rand    io.Reader
	set     *Set
	joint   *secp256k1.Point
	shares  []*secp256k1.Scalar // key shares, by position in the set
	publics []*secp256k1.Point
	item    *ECDSAItem
	secrets []*ECDSASecret
	ctx     Context
}

// newECDSACase deals under threshold t to the given coordinates.
func newECDSACase(t testing.TB, rand io.Reader, threshold int, at ...Coordinate) *ecdsaCase {
	t.Helper()
	c := &ecdsaCase{TB: t, rand: rand, set: must[*Set](t)(NewSetAt(at...)), ctx: NewContext("test", []byte("one signing"))}
	f := must[*Polynomial](t)(NewPolynomial(rand, threshold))
	c.joint = f.Commit().Constant()
	for _, m := range at {
		x := must[*secp256k1.Scalar](t)(f.Eval(m))
		c.shares, c.publics = append(c.shares, x), append(c.publics, secp256k1.BaseMul(x))
	}
	c.item, c.secrets = c.deal(ECDSAPlan(threshold, 1), nil)
	return c
}

// indexed is newECDSACase for small indices.
func indexed(t testing.TB, rand io.Reader, threshold int, at ...Index) *ecdsaCase {
	t.Helper()
	var members []Coordinate
	for _, i := range at {
		members = append(members, i)
	}
	return newECDSACase(t, rand, threshold, members...)
}

// deal makes an item of this set, with polynomials changed by whoever wants to.
func (c *ecdsaCase) deal(plan Plan, change func([]*Sharing)) (*ECDSAItem, []*ECDSASecret) {
	c.Helper()
	var dealings [][]Commitments
	columns := make([][][]*secp256k1.Scalar, c.set.Len())
	for range c.set.Len() {
		all := must[[]*Sharing](c)(plan.Draw(c.rand))
		if change != nil {
			change(all)
		}
		var dealing []Commitments
		for _, d := range all {
			dealing = append(dealing, d.Commit())
		}
		dealings = append(dealings, must[[]Commitments](c)(plan.Parse(plan.Encode(dealing))))
		for j, m := range c.set.members {
			var column []*secp256k1.Scalar
			for _, d := range all {
				column = append(column, must[[]*secp256k1.Scalar](c)(d.Eval(m))...)
			}
			columns[j] = append(columns[j], column)
		}
	}
	var joint []Commitments
	var secrets []*ECDSASecret
	for j, m := range c.set.members {
		sum, added, bad, err := plan.Combine(c.rand, columns[j], m, dealings)
		if err != nil {
			c.Fatal(bad, err)
		}
		joint = added
		secrets = append(secrets, must[*ECDSASecret](c)(NewECDSASecret(m, sum)))
	}
	return must[*ECDSAItem](c)(NewECDSAItem(c.set, joint)), secrets
}

// again deals another item of the same set and key.
func (c *ecdsaCase) again() *ecdsaCase {
	other := *c
	other.item, other.secrets = c.deal(ECDSAPlan(c.item.t, 1), nil)
	return &other
}

// open has every member open the item, through the encoding, and everything verified.
func (c *ecdsaCase) open() (all []*ECDSAOpening) {
	c.Helper()
	for j, m := range c.set.members {
		b := must[*ECDSAOpening](c)(c.item.Open(c.rand, c.secrets[j], c.ctx)).Bytes()
		o := must[*ECDSAOpening](c)(ParseECDSAOpening(b[:]))
		if err := c.item.VerifyOpening(m, o, c.ctx); err != nil {
			c.Fatal(err)
		}
		all = append(all, o)
	}
	return all
}

func (c *ecdsaCase) signing(hash [32]byte) *ECDSASigning {
	c.Helper()
	return must[*ECDSASigning](c)(c.item.NewSigning(c.open(), hash))
}

func (c *ecdsaCase) share(g *ECDSASigning, j int) *ECDSAShare {
	c.Helper()
	b := must[*ECDSAShare](c)(g.Share(c.rand, c.secrets[j], c.shares[j], c.publics[j], c.ctx)).Bytes()
	return must[*ECDSAShare](c)(ParseECDSAShare(b[:]))
}

func (c *ecdsaCase) all(g *ECDSASigning) (shares []*ECDSAShare) {
	c.Helper()
	for j := range c.secrets {
		shares = append(shares, c.share(g, j))
	}
	return shares
}

// sign runs a whole signature.
func (c *ecdsaCase) sign(hash [32]byte) [65]byte {
	c.Helper()
	g := c.signing(hash)
	return must[[65]byte](c)(g.Combine(c.joint, c.all(g)))
}

// recovers tells whether go-ethereum recovers the key from a signature, with s in the lower half.
func recovers(key *secp256k1.Point, hash [32]byte, sig [65]byte) error {
	public, err := ethcrypto.Ecrecover(hash[:], sig[:])
	if err != nil {
		return err
	}
	if want := key.Bytes(); !bytes.Equal(public[1:], want[:]) {
		return fmt.Errorf("recovers to another key")
	}
	if s, err := secp256k1.ParseScalar(sig[32:64]); err != nil || s.IsHigh() {
		return fmt.Errorf("s is not in the lower half: %v", err)
	}
	if !ethcrypto.VerifySignature(public, hash[:], sig[:64]) {
		return fmt.Errorf("does not verify")
	}
	return nil
}

func numberedHash(n byte) (h [32]byte) {
	copy(h[:], ethcrypto.Keccak256([]byte{n}))
	return h
}
