package dapp

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestOpenSignature opens signatures that were made by Parity's equations, and refuses them for another hash, under another key and
// changed: figures that are measured of wrong signatures would be worth nothing.
func TestOpenSignature(t *testing.T) {
	raw, err := os.ReadFile("../../protocol/threshold/testdata/protocol-math.json")
	if err != nil {
		t.Fatal(err)
	}
	type signed struct {
		Hash   common.Hash   `json:"message_hash"`
		Sealed hexutil.Bytes `json:"result_ecies"`
	}
	var vectors struct {
		Scenarios []struct {
			Name     string
			Document struct {
				Secret hexutil.Bytes `json:"requester_secret"`
			}
			Generation struct {
				Public hexutil.Bytes `json:"joint_public"`
			} `json:"key_generation"`
			Schnorr, ECDSA *signed
		}
	}
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	opened := 0
	for _, v := range vectors.Scenarios {
		by, err := crypto.ToECDSA(v.Document.Secret)
		if err != nil {
			t.Fatal(err)
		}
		public, err := secp256k1.ParsePoint(v.Generation.Public)
		if err != nil {
			t.Fatal(err)
		}
		for scheme, s := range map[string]*signed{Schnorr: v.Schnorr, ECDSA: v.ECDSA} {
			if s == nil {
				continue // too few nodes
			}
			opened++
			signature, err := OpenSignature(scheme, by, public, s.Hash, s.Sealed)
			if err != nil {
				t.Errorf("%s, %s: %v", v.Name, scheme, err)
				continue
			}
			if _, err := OpenSignature(scheme, by, public, common.Hash{1}, s.Sealed); err == nil {
				t.Errorf("%s, %s: taken for another hash", v.Name, scheme)
			}
			if _, err := OpenSignature(scheme, by, secp256k1.Generator(), s.Hash, s.Sealed); err == nil {
				t.Errorf("%s, %s: taken under another key", v.Name, scheme)
			}
			check := map[string]func(*secp256k1.Point, common.Hash, []byte) error{Schnorr: checkSchnorr, ECDSA: checkECDSA}[scheme]
			for _, bad := range [][]byte{nil, signature[:40], append(signature[:len(signature):len(signature)], 0), flipped(signature)} {
				if check(public, s.Hash, bad) == nil {
					t.Errorf("%s, %s: taken as %x", v.Name, scheme, bad)
				}
			}
		}
	}
	if opened < 5 {
		t.Errorf("%d signatures in the vectors", opened)
	}
}

// TestUpperHalf takes no ECDSA signature whose s is not the smaller of the two.
func TestUpperHalf(t *testing.T) {
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	hash := common.Hash{1}
	signature, err := crypto.Sign(hash[:], key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := secp256k1.FromPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkECDSA(public, hash, signature); err != nil {
		t.Fatal(err)
	}
	s, err := secp256k1.ParseScalar(signature[32:64])
	if err != nil {
		t.Fatal(err)
	}
	upper := s.Negated().Bytes()
	copy(signature[32:], upper[:])
	signature[64] ^= 1
	if checkECDSA(public, hash, signature) == nil {
		t.Error("taken")
	}
}

func flipped(b []byte) []byte {
	f := append([]byte(nil), b...)
	f[40] ^= 1
	return f
}

// TestNonceX: two signatures by one nonce are found out, in whatever schemes and on whatever hashes they are.
func TestNonceX(t *testing.T) {
	secret, nonce := new(secp256k1.Scalar), new(secp256k1.Scalar)
	secret.SetBytes([]byte{7})
	nonce.SetBytes([]byte{9})
	public, r := secp256k1.BaseMul(secret), secp256k1.BaseMul(nonce)
	want := r.XBytes()
	schnorr := func(hash byte) []byte { // c‖k-cx
		x := r.XBytes()
		c := new(secp256k1.Scalar)
		c.SetBytes(crypto.Keccak256(common.Hash{hash}.Bytes(), x[:]))
		cb, z := c.Bytes(), new(secp256k1.Scalar).Sub(nonce, new(secp256k1.Scalar).Mul(c, secret)).(*secp256k1.Scalar).Bytes()
		if err := checkSchnorr(public, common.Hash{hash}, append(cb[:], z[:]...)); err != nil {
			t.Fatal(err)
		}
		return append(cb[:], z[:]...)
	}
	compressed := r.Compressed()
	for name, s := range map[string]struct {
		scheme    wire.Scheme
		signature []byte
	}{
		"schnorr":      {wire.Schnorr, schnorr(1)},
		"schnorr of 2": {wire.Schnorr, schnorr(2)},
		"rfc9591":      {wire.RFC9591, append(compressed[:], make([]byte, 32)...)},
		"bip340":       {wire.BIP340, append(want[:], make([]byte, 32)...)},
		"ecdsa":        {wire.ECDSA, append(want[:], make([]byte, 33)...)},
	} {
		if x, err := NonceX(s.scheme, public, s.signature); err != nil || x != want {
			t.Errorf("%s: %x, %v, want %x", name, x, err, want)
		}
		if _, err := NonceX(s.scheme, public, s.signature[1:]); err == nil {
			t.Errorf("%s: a byte too few is none", name)
		}
	}
}
