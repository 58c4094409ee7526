package threshold

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"math/big"
	"testing"

	ethcrypto "github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// hexCompressed reads a compressed point.
type hexCompressed struct{ *secp256k1.Point }

func (h *hexCompressed) UnmarshalText(b []byte) (err error) {
	raw, err := hex.DecodeString(string(b))
	if err == nil {
		h.Point, err = secp256k1.ParseCompressed(raw)
	}
	return err
}

// unbound makes a signing forget its binding factors: they are 0, and R is the sum of the hiding nonces, as where
// signers have one nonce each.
func unbound(t *testing.T, s *SchnorrSigning) {
	t.Helper()
	zeros := make([]*secp256k1.Scalar, len(s.commitments))
	for i := range zeros {
		zeros[i] = new(secp256k1.Scalar)
	}
	if err := s.close(zeros); err != nil {
		t.Fatal(err)
	}
}

// Nonces, commitments, binding factors, shares and signature of the RFC's example, byte for byte.
func TestVectorsRFC9591(t *testing.T) {
	var v struct {
		Secret, Coefficient hexScalar
		Public              hexCompressed
		Message             hexBytes
		Shares              []struct {
			Index Index
			Share hexScalar
		}
		Signers []struct {
			Index                               Index
			HidingRandomness, BindingRandomness hexBytes
			HidingNonce, BindingNonce           hexScalar
			Hiding, Binding                     hexCompressed
			BindingFactor, SignatureShare       hexScalar
		}
		Signature hexBytes
	}
	loadJSON(t, "frost-rfc9591.json", &v)
	f := &Polynomial{coefficients: []*secp256k1.Scalar{v.Secret.Scalar, v.Coefficient.Scalar}}
	equal(t, "public", f.Commit().Constant(), v.Public.Point)
	shares := make(map[Index]*secp256k1.Scalar)
	for _, s := range v.Shares {
		if shares[s.Index] = s.Share.Scalar; !must[*secp256k1.Scalar](t)(f.Eval(s.Index)).Equal(s.Share.Scalar) {
			t.Errorf("share %d differs", s.Index)
		}
	}
	var members []Index
	var nonces []*Nonce
	var commitments []*NonceCommitment
	for _, s := range v.Signers {
		random := bytes.NewReader(append(s.HidingRandomness, s.BindingRandomness...))
		n := must[*Nonce](t)(NewNonce(random, shares[s.Index]))
		if !n.hiding.Equal(s.HidingNonce.Scalar) || !n.binding.Equal(s.BindingNonce.Scalar) {
			t.Errorf("nonces of %d differ", s.Index)
		}
		equal(t, "hiding", n.Commitment().Hiding, s.Hiding.Point)
		equal(t, "binding", n.Commitment().Binding, s.Binding.Point)
		members, nonces, commitments = append(members, s.Index), append(nonces, n), append(commitments, n.Commitment())
	}
	q := must[*Quorum](t)(NewQuorum(must[*Set](t)(NewSet(members...)), f.Commit()))
	signing := must[*SchnorrSigning](t)(NewSchnorrSigning(q, v.Public.Point, RFC9591, v.Message, commitments))
	var parts []*secp256k1.Scalar
	for i, s := range v.Signers {
		if !signing.factors[i].Equal(s.BindingFactor.Scalar) {
			t.Errorf("binding factor of %d differs", s.Index)
		}
		z := must[*secp256k1.Scalar](t)(signing.Share(s.Index, shares[s.Index], nonces[i]))
		if !z.Equal(s.SignatureShare.Scalar) {
			t.Errorf("signature share of %d differs", s.Index)
		}
		if err := signing.VerifyShare(s.Index, z); err != nil {
			t.Error(err)
		}
		parts = append(parts, z)
	}
	if got := must[[]byte](t)(signing.Combine(parts)); !bytes.Equal(got, v.Signature) {
		t.Errorf("signature %x", got)
	}
	if err := VerifySchnorr(RFC9591, v.Public.Point, v.Message, v.Signature); err != nil {
		t.Error(err)
	}
}

type bip340Vector struct {
	Number                          int
	Secret                          *hexScalar
	Aux, Public, Message, Signature hexBytes
	Valid                           bool
	About                           string
}

func bip340Vectors(t *testing.T) []bip340Vector {
	t.Helper()
	var file struct{ Vectors []bip340Vector }
	loadJSON(t, "bip340.json", &file)
	if len(file.Vectors) != 19 {
		t.Fatalf("%d vectors", len(file.Vectors))
	}
	return file.Vectors
}

// All of the standard's vectors, which a second implementation judges, too.
func TestVectorsBIP340Verify(t *testing.T) {
	r, valid := reference{ethcrypto.S256()}, 0
	for _, v := range bip340Vectors(t) {
		public, err := secp256k1.ParseCompressed(append([]byte{2}, v.Public...))
		if err == nil {
			err = VerifySchnorr(BIP340, public, v.Message, v.Signature)
			if got := r.schnorr(t, BIP340, public, v.Message, v.Signature); got != v.Valid {
				t.Errorf("vector %d (%s): the reference says %v", v.Number, v.About, got)
			}
			// The key is its x coordinate.
			if other := VerifySchnorr(BIP340, public.Negated(), v.Message, v.Signature); (other == nil) != (err == nil) {
				t.Errorf("vector %d: %v under the negated key", v.Number, other)
			}
		}
		if (err == nil) != v.Valid {
			t.Errorf("vector %d (%s): %v, want %v", v.Number, v.About, err, v.Valid)
		}
		if v.Valid {
			valid++
		}
	}
	if valid != 9 {
		t.Errorf("%d valid vectors", valid)
	}
}

// The standard's signing vectors come out of a quorum of one that is given the standard's nonce, and whose binding
// factor is 0: signs of nonce and key, challenge and encoding are the standard's.
func TestVectorsBIP340Sign(t *testing.T) {
	signed := 0
	for _, v := range bip340Vectors(t) {
		if v.Secret == nil {
			continue
		}
		signed++
		secret := v.Secret.Scalar
		public := secp256k1.BaseMul(secret)
		q := must[*Quorum](t)(NewQuorum(must[*Set](t)(NewSet(1)), Commitments{public}))
		nonce := newNonce(bip340Nonce(secret, public, v.Aux, v.Message), secp256k1.NewScalar(1))
		signing := must[*SchnorrSigning](t)(NewSchnorrSigning(q, public, BIP340, v.Message, []*NonceCommitment{nonce.Commitment()}))
		unbound(t, signing)
		z := must[*secp256k1.Scalar](t)(signing.Share(Index(1), secret, nonce))
		if got := must[[]byte](t)(signing.Combine([]*secp256k1.Scalar{z})); !bytes.Equal(got, v.Signature) {
			t.Errorf("vector %d: signature %x", v.Number, got)
		}
	}
	if signed != 8 {
		t.Errorf("%d vectors are for signing", signed)
	}
}

// bip340Nonce is the standard's default nonce.
func bip340Nonce(secret *secp256k1.Scalar, public *secp256k1.Point, aux, message []byte) *secp256k1.Scalar {
	if isOdd(public) {
		secret = secret.Negated()
	}
	masked, mask, x := secret.Bytes(), taggedHash("BIP0340/aux", aux), public.XBytes()
	subtle.XORBytes(masked[:], masked[:], mask[:])
	h := taggedHash("BIP0340/nonce", masked[:], x[:], message)
	return hexBytes(h[:]).scalar()
}

// RFC 9380, appendix K.1, with one and with several blocks of output.
func TestVectorsExpandMessage(t *testing.T) {
	domain := "QUUX-V01-CS02-with-expander-SHA256-128"
	for _, v := range []struct {
		message string
		want    string
	}{
		{"", "68a985b87eb6b46952128911f2a4412bbc302a9d759667f87f7a21d803f07235"},
		{"abc", "d8ccab23b5985ccea865c6c97b6e5b8350e794e603b4b97902f53a8a0d605615"},
		{"", "af84c27ccfd45d41914fdff5df25293e221afc53d8ad2ac06d5e3e29485dadbee0d121587713a3e0dd4d5e69e93eb7cd" +
			"4f5df4cd103e188cf60cb02edc3edf18eda8576c412b18ffb658e3dd6ec849469b979d444cf7b26911a08e63cf31f9dc" +
			"c541708d3491184472c2c29bb749d4286b004ceb5ee6b9a7fa5b646c993f0ced"},
	} {
		got := expandMessage([]byte(domain), len(v.want)/2, []byte(v.message[:len(v.message)/2]), []byte(v.message[len(v.message)/2:]))
		if hex.EncodeToString(got) != v.want {
			t.Errorf("%q to %d bytes: %x", v.message, len(v.want)/2, got)
		}
	}
}

// schnorr verifies a signature by the equations of the three schemes, written a second time on go-ethereum's curve and
// math/big.
func (r reference) schnorr(t *testing.T, scheme SchnorrScheme, public *secp256k1.Point, message, signature []byte) bool {
	t.Helper()
	n, b := r.curve.Params().N, public.Bytes()
	base := pair{r.curve.Params().Gx, r.curve.Params().Gy}
	key := pair{new(big.Int).SetBytes(b[:32]), new(big.Int).SetBytes(b[32:])}
	first, s := signature[:len(signature)-32], new(big.Int).SetBytes(signature[len(signature)-32:])
	if s.Cmp(n) >= 0 {
		return false
	}
	// point is sG - cY.
	point := func(c *big.Int) pair { return r.add(r.mul(base, s), r.mul(key, new(big.Int).Sub(n, c))) }
	challenge := func(hash []byte) *big.Int {
		c := new(big.Int).SetBytes(hash)
		return c.Mod(c, n)
	}
	switch scheme {
	case ParitySchnorr:
		c := new(big.Int).SetBytes(first)
		if c.Sign() == 0 || c.Cmp(n) >= 0 {
			return false
		}
		nonce := point(new(big.Int).Sub(n, c))
		return challenge(ethcrypto.Keccak256(message, nonce.x.FillBytes(make([]byte, 32)))).Cmp(c) == 0
	case RFC9591:
		c := challenge(r.expand48("FROST-secp256k1-SHA256-v1chal", first, r.compressed(key), message))
		return bytes.Equal(r.compressed(point(c)), first)
	}
	if key.y.Bit(0) == 1 {
		key.y = new(big.Int).Sub(r.curve.Params().P, key.y)
	}
	nonce := point(challenge(r.hash("BIP0340/challenge", first, key.x.FillBytes(make([]byte, 32)), message)))
	return nonce.y.Sign() != 0 && nonce.y.Bit(0) == 0 && bytes.Equal(nonce.x.FillBytes(make([]byte, 32)), first)
}

// expand48 is expand_message_xmd to 48 bytes, which are two blocks.
func (r reference) expand48(domain string, parts ...[]byte) []byte {
	end := string(append([]byte(domain), byte(len(domain))))
	sum := func(s string) []byte { h := sha256.Sum256([]byte(s)); return h[:] }
	zero := sum(string(make([]byte, 64)) + string(bytes.Join(parts, nil)) + "\x00\x30\x00" + end)
	one := sum(string(zero) + "\x01" + end)
	both := make([]byte, 32)
	for i := range both {
		both[i] = zero[i] ^ one[i]
	}
	return append(one, sum(string(both)+"\x02"+end)...)[:48]
}
