package secp256k1

import (
	"bytes"
	"math/big"
	"testing"
)

// FuzzParseScalar: what is taken is below the group order, encodes to itself, and is zero
// only where zero is taken.
func FuzzParseScalar(f *testing.F) {
	one := NewScalar(1).Bytes()
	f.Add(one[:])
	f.Add(make([]byte, ScalarSize))
	f.Add(bytes.Repeat([]byte{0xff}, ScalarSize))
	order, _ := new(big.Int).SetString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16)
	f.Add(order.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseScalar(b)
		value := new(big.Int).SetBytes(b)
		if valid := len(b) == ScalarSize && value.Cmp(order) < 0; valid != (err == nil) {
			t.Fatalf("%x: %v", b, err)
		}
		if err != nil {
			return
		}
		if enc := s.Bytes(); !bytes.Equal(enc[:], b) {
			t.Fatalf("%x encodes as %x", b, enc)
		}
		if _, err := ParseNonZeroScalar(b); (err == nil) != (value.Sign() != 0) {
			t.Fatalf("%x as a scalar that is not zero: %v", b, err)
		}
	})
}
