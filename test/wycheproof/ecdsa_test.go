// Package wycheproof_test shows what in geth-ss verifies signatures, recovers their keys and multiplies foreign points the
// vectors of project Wycheproof: those of ECDSA and of Diffie and Hellman's exchange on secp256k1. It is a module of its
// own, so that 100 MB of vectors are no dependency of the program:
//
//	cd test/wycheproof && go test .
package wycheproof_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/c2sp/wycheproof"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

type hexBytes []byte

func (h *hexBytes) UnmarshalText(b []byte) (err error) {
	*h, err = hex.DecodeString(string(b))
	return err
}

// read decodes one of the project's files.
func read(t *testing.T, name string, v any) {
	t.Helper()
	b, err := fs.ReadFile(wycheproof.TestVectors, name)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// ecdsaFile is a file of signatures. Result is valid or invalid.
type ecdsaFile struct {
	NumberOfTests int
	TestGroups    []struct {
		PublicKey struct{ Uncompressed hexBytes }
		Tests     []struct {
			TcID     int
			Comment  string
			Msg, Sig hexBytes
			Result   string
		}
	}
}

var (
	order = crypto.S256().Params().N
	half  = new(big.Int).Rsh(order, 1)
)

// fromDER gives r‖s of a signature in strict DER whose numbers have 256 bits at most: what can be shown to verifiers that
// take 64 bytes.
func fromDER(der []byte) ([]byte, bool) {
	in, seq := cryptobyte.String(der), cryptobyte.String(nil)
	var r, s big.Int
	if !in.ReadASN1(&seq, asn1.SEQUENCE) || !in.Empty() || !seq.ReadASN1Integer(&r) || !seq.ReadASN1Integer(&s) || !seq.Empty() {
		return nil, false
	}
	if r.Sign() < 0 || s.Sign() < 0 || r.BitLen() > 256 || s.BitLen() > 256 {
		return nil, false
	}
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...), true
}

func asIs(sig []byte) ([]byte, bool) { return sig, true }

// Every verifier takes what is valid and nothing else. Those that guard against a second form of a signature take only
// the one with the low s.
func TestECDSA(t *testing.T) {
	for _, file := range []struct {
		name         string
		decode       func([]byte) ([]byte, bool)
		shown, valid int
	}{
		{"ecdsa_secp256k1_sha256_p1363_test.json", asIs, 252, 167},
		{"ecdsa_secp256k1_sha256_test.json", fromDER, 242, 168},
		{"ecdsa_secp256k1_sha256_bitcoin_test.json", fromDER, 231, 164},
	} {
		t.Run(file.name, func(t *testing.T) {
			var f ecdsaFile
			read(t, file.name, &f)
			all, shown, valid := 0, 0, 0
			for _, group := range f.TestGroups {
				for _, v := range group.Tests {
					all++
					// Both forms of a signature are right by the equation; Bitcoin's file calls those with a high s invalid.
					right := v.Result == "valid" || strings.Contains(strings.ToLower(v.Comment), "signature malleability")
					rs, ok := file.decode(v.Sig)
					if !ok {
						if right {
							t.Errorf("%d (%s): valid, and cannot be shown", v.TcID, v.Comment)
						}
						continue
					}
					shown++
					if right {
						valid++
					}
					hash := sha256.Sum256(v.Msg)
					for verifier, said := range verdicts(group.PublicKey.Uncompressed, hash, rs, right) {
						if said != "" {
							t.Errorf("%d (%s), %s: %s", v.TcID, v.Comment, verifier, said)
						}
					}
				}
			}
			if all != f.NumberOfTests || shown != file.shown || valid != file.valid {
				t.Errorf("%d tests of %d, %d shown, %d of these valid; want %d and %d", all, f.NumberOfTests, shown, valid, file.shown, file.valid)
			}
		})
	}
}

// verdicts are what each verifier does wrong with one signature.
func verdicts(public []byte, hash [32]byte, rs []byte, right bool) map[string]string {
	low := len(rs) == 64 && new(big.Int).SetBytes(rs[32:]).Cmp(half) <= 0
	judge := func(accepts, should bool) string {
		switch {
		case accepts && !should:
			return "accepted"
		case !accepts && should:
			return "refused"
		}
		return ""
	}
	return map[string]string{
		"crypto.VerifySignature": judge(crypto.VerifySignature(public, hash[:], rs), right && low),
		"crypto.Ecrecover":       judge(recovers(public, hash, rs), right),
		"client.VerifySignature": judge(clientAccepts(public, hash, rs), right && low),
		"secp256k1.MulAddPublic": judge(equationHolds(public, hash, rs), right),
	}
}

// recovers reports whether the key is what one of the four values of v recovers; never two.
func recovers(public []byte, hash [32]byte, rs []byte) bool {
	found := 0
	for v := range byte(4) {
		if got, err := crypto.Ecrecover(hash[:], append(slices.Clone(rs), v)); err == nil && bytes.Equal(got, public) {
			found++
		}
	}
	return found == 1
}

// clientAccepts is recovers for the client's check of a signature that key servers made.
func clientAccepts(public []byte, hash [32]byte, rs []byte) bool {
	found := 0
	for v := range byte(4) {
		if client.VerifySignature(wire.Point(public[1:]), wire.ECDSA, common.Hash(hash), append(slices.Clone(rs), v)) == nil {
			found++
		}
	}
	return found == 1
}

// equationHolds verifies with our own curve: x of (h/s)G + (r/s)Y is r modulo q. It is how the combining node checks.
func equationHolds(public []byte, hash [32]byte, rs []byte) bool {
	if len(rs) != 64 {
		return false
	}
	y, err := secp256k1.ParsePoint(public[1:])
	if err != nil {
		return false
	}
	r, err := secp256k1.ParseNonZeroScalar(rs[:32])
	if err != nil {
		return false
	}
	s, err := secp256k1.ParseNonZeroScalar(rs[32:])
	if err != nil {
		return false
	}
	var h, x secp256k1.Scalar
	h.SetBytes(hash[:])
	inverse := s.InversePublic()
	nonce := secp256k1.MulAddPublic(h.Times(inverse), r.Times(inverse), y)
	b := nonce.XBytes()
	x.SetBytes(b[:])
	return !nonce.IsIdentity() && x.Equal(r)
}
