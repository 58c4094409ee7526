package threshold

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	ethcrypto "github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

var schnorrSchemes = []SchnorrScheme{ParitySchnorr, RFC9591, BIP340}

// signers is a quorum about to sign, each member with its share and its nonce, in the order of the set.
type signers struct {
	k           *testKey
	q           *Quorum
	nonces      []*Nonce
	commitments []*NonceCommitment
}

func (k *testKey) signers(t testing.TB, rand io.Reader, members ...Index) *signers {
	t.Helper()
	s := &signers{k: k, q: k.quorum(t, members...)}
	for _, at := range members {
		n := must[*Nonce](t)(NewNonce(rand, k.shares[at]))
		s.nonces, s.commitments = append(s.nonces, n), append(s.commitments, n.Commitment())
	}
	return s
}

// signing is the signature that all of them were asked for.
func (s *signers) signing(t testing.TB, scheme SchnorrScheme, message []byte) *SchnorrSigning {
	t.Helper()
	return must[*SchnorrSigning](t)(NewSchnorrSigning(s.q, s.k.joint.Constant(), scheme, message, s.commitments))
}

// share is the share of the member at a position for what it was shown.
func (s *signers) share(t testing.TB, i int, shown *SchnorrSigning) *secp256k1.Scalar {
	t.Helper()
	at := s.q.Set().Members()[i]
	return must[*secp256k1.Scalar](t)(shown.Share(at, s.k.shares[at.(Index)], s.nonces[i]))
}

func (s *signers) shares(t testing.TB, shown *SchnorrSigning) (all []*secp256k1.Scalar) {
	t.Helper()
	for i := range s.nonces {
		all = append(all, s.share(t, i, shown))
	}
	return all
}

// blamed are the members whose shares do not hold.
func (s *signers) blamed(signing *SchnorrSigning, shares []*secp256k1.Scalar) (bad []Coordinate) {
	for i, at := range s.q.Set().Members() {
		if errors.Is(signing.VerifyShare(at, shares[i]), ErrBadShare) {
			bad = append(bad, at)
		}
	}
	return bad
}

var testHash = slices.Repeat([]byte{7}, 32)

// Every t+1 of n make a signature that verifies, for all t and n up to (3, 7) and all schemes, one node of one included,
// and every share holds alone.
func TestSchnorrEverySubset(t *testing.T) {
	rand, second, signatures := seeded(20), reference{ethcrypto.S256()}, 0
	for n := 1; n <= 7; n++ {
		for threshold := 0; threshold < min(n, 4); threshold++ {
			k := newTestKey(t, rand, threshold, n)
			for _, which := range subsets(n, threshold+1) {
				for _, scheme := range schnorrSchemes {
					s := k.signers(t, rand, pick(Indices(n), which)...)
					signing := s.signing(t, scheme, testHash)
					shares := s.shares(t, signing)
					signature, err := signing.Combine(shares)
					if err != nil {
						t.Fatalf("%v by %v of %d: %v", scheme, which, n, err)
					}
					if err := VerifySchnorr(scheme, k.joint.Constant(), testHash, signature); err != nil {
						t.Errorf("%v by %v of %d: %v", scheme, which, n, err)
					}
					if !second.schnorr(t, scheme, k.joint.Constant(), testHash, signature) {
						t.Errorf("%v by %v of %d: a second implementation refuses it", scheme, which, n)
					}
					if bad := s.blamed(signing, shares); bad != nil {
						t.Errorf("%v by %v of %d: %v are blamed", scheme, which, n, bad)
					}
					signatures++
				}
			}
		}
	}
	if signatures != 3*210 {
		t.Errorf("%d signatures", signatures)
	}
}

// A second share under one nonce is refused, whatever became of the first.
func TestNonceServesOnce(t *testing.T) {
	rand := seeded(21)
	k := newTestKey(t, rand, 1, 3)
	s := k.signers(t, rand, 1, 3)
	one, two := s.signing(t, ParitySchnorr, testHash), s.signing(t, ParitySchnorr, bytes.Repeat([]byte{8}, 32))
	s.share(t, 0, one)
	for _, signing := range []*SchnorrSigning{one, two} {
		if _, err := signing.Share(Index(1), k.shares[1], s.nonces[0]); !errors.Is(err, ErrNonceSpent) {
			t.Errorf("second use: %v", err)
		}
	}
	if _, err := one.Share(Index(1), k.shares[1], s.nonces[1]); !errors.Is(err, ErrNotListed) {
		t.Errorf("another node's nonce: %v", err)
	}
	if _, err := one.Share(Index(3), k.shares[3], s.nonces[1]); !errors.Is(err, ErrNonceSpent) {
		t.Errorf("use after a refusal: %v", err)
	}
	erased := must[*Nonce](t)(NewNonce(rand, nil))
	erased.Erase()
	erased.Erase()
	for _, n := range []*Nonce{erased, nil} {
		if _, err := one.Share(Index(1), k.shares[1], n); !errors.Is(err, ErrNonceSpent) {
			t.Errorf("no nonce: %v", err)
		}
	}
}

// A forged share is named, and only that one.
func TestForgedShareIsNamed(t *testing.T) {
	rand := seeded(22)
	k := newTestKey(t, rand, 2, 5)
	for _, scheme := range schnorrSchemes {
		for bad := range 3 {
			s := k.signers(t, rand, 1, 4, 5)
			signing := s.signing(t, scheme, testHash)
			shares := s.shares(t, signing)
			shares[bad] = shares[bad].Plus(secp256k1.NewScalar(1))
			if _, err := signing.Combine(shares); !errors.Is(err, ErrBadSignature) {
				t.Errorf("%v: %v", scheme, err)
			}
			if got, want := s.blamed(signing, shares), s.q.Set().Members()[bad]; len(got) != 1 || got[0] != want {
				t.Errorf("%v: %v are blamed, %v cheated", scheme, got, want)
			}
		}
	}
}

// Nothing prints a nonce.
func TestNonceNeverPrints(t *testing.T) {
	n := must[*Nonce](t)(NewNonce(seeded(23), nil))
	out := fmt.Sprintf("%v %+v %#v %x %s", n, n, n, n, struct{ N *Nonce }{n})
	if strings.Count(out, "redacted") != 5 {
		t.Errorf("nonce prints %s", out)
	}
	for _, half := range []*secp256k1.Scalar{n.hiding, n.binding} {
		if b := half.Bytes(); strings.Contains(out, fmt.Sprintf("%x", b)) {
			t.Errorf("nonce prints %s", out)
		}
	}
}
