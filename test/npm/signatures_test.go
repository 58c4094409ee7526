package npm

import (
	"context"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestSignatures: what key servers sign together, in each scheme, verifies by noble; and nothing else does.
func TestSignatures(t *testing.T) {
	Require(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, key, hash := sessiontest.New(4, 7), wire.KeyID{1}, crypto.Keccak256Hash([]byte("signed"))
	author := c.NewClient("author")
	author.Wallet = true
	record := c.Deal(key, 1, author, c.Nodes)
	block := c.Chain.Set(author.Address(), key, true)
	for _, n := range c.Nodes {
		c.Follow(n, block)
	}
	public := record.Public()
	var claims []Claim
	for _, scheme := range wire.Schemes {
		signed := c.Signature(c.Nodes[0], author, key, scheme, hash)
		if err := c.Settle(); err != nil || signed.Err != nil {
			t.Fatalf("%v: %v %v", scheme, err, signed.Err)
		}
		claims = append(claims, Claim{scheme.String(), hash, signed.Signature, public[:]})
	}
	valid := len(claims)
	for _, good := range claims[:valid] {
		for i := range good.Signature {
			bad := good
			bad.Signature = append([]byte(nil), good.Signature...)
			bad.Signature[i] ^= 1
			claims = append(claims, bad)
		}
		bad := good
		bad.Hash[31] ^= 1
		claims = append(claims, bad)
		for _, other := range wire.Schemes {
			if bad = good; other.String() != good.Scheme {
				bad.Scheme = other.String()
				claims = append(claims, bad)
			}
		}
	}
	verdicts, err := Verify(ctx, claims)
	if err != nil {
		t.Fatal(err)
	}
	for i, verdict := range verdicts {
		if verdict != (i < valid) {
			t.Errorf("claim %d of %d, %s %v: %t", i, len(claims), claims[i].Scheme, claims[i].Signature, verdict)
		}
	}
}
