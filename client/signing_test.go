package client

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// sign answers as a node does.
func (w *door) sign(key wire.KeyID, proof wire.Proof, scheme wire.Scheme, hash common.Hash) (*wire.Signed, error) {
	who, err := proof.Recover(wire.Act{Chain: sessiontest.ChainID, Cluster: w.ID, Operation: wire.OpSign, Key: key, Arguments: wire.SignArguments(scheme, hash)})
	if err != nil {
		return nil, err
	}
	state, err := w.held(key)
	if err != nil {
		return nil, err
	}
	m, err := gathering.NewSigning(w.node.Env(), w.node.Lend, state, state.Record, proof, scheme, hash)
	if err != nil {
		return nil, err
	}
	if err := w.run(wire.KindSign, key, m); err != nil {
		return nil, err
	}
	s := &wire.Signed{Key: key, Version: state.Record.Version(), Scheme: scheme, Hash: hash, Public: state.Record.Public(),
		Certificate: state.Record.Certificate(), Block: m.Block(), Signature: m.Signature()}
	if w.forge != nil {
		w.forge(s)
	}
	if s.Sealed, err = gathering.Seal(rand.Reader, who.Public, s.Signature); err != nil {
		return nil, err
	}
	if s.Signature = nil; w.signed != nil {
		w.signed(s)
	}
	return s, nil
}

var schnorrs = map[wire.Scheme]threshold.SchnorrScheme{
	wire.Schnorr: threshold.ParitySchnorr, wire.RFC9591: threshold.RFC9591, wire.BIP340: threshold.BIP340,
}

// signAlone signs with a whole secret.
func signAlone(scheme wire.Scheme, secret *secp256k1.Scalar, hash common.Hash) ([]byte, error) {
	if scheme == wire.ECDSA {
		b := secret.Bytes()
		key, err := crypto.ToECDSA(b[:])
		if err != nil {
			return nil, err
		}
		return crypto.Sign(hash[:], key)
	}
	public := secp256k1.BaseMul(secret)
	set, err := threshold.NewSet(1)
	if err != nil {
		return nil, err
	}
	quorum, err := threshold.NewQuorumOf(set, []*secp256k1.Point{public})
	if err != nil {
		return nil, err
	}
	nonce, err := threshold.NewNonce(rand.Reader, secret)
	if err != nil {
		return nil, err
	}
	signing, err := threshold.NewSchnorrSigning(quorum, public, schnorrs[scheme], hash[:], []*threshold.NonceCommitment{nonce.Commitment()})
	if err != nil {
		return nil, err
	}
	share, err := signing.Share(threshold.Index(1), secret, nonce)
	if err != nil {
		return nil, err
	}
	return signing.Combine([]*secp256k1.Scalar{share})
}

var someHash = crypto.Keccak256Hash([]byte("a transaction"))

// serverKey makes a server key that the client may sign with.
func (d *desk) serverKey(c *Client, t uint32) *wire.ServerKey {
	d.t.Helper()
	made, err := c.GenerateKey(context.Background(), wire.KeyID{0x51, byte(t)}, t)
	if err != nil {
		d.t.Fatal(err)
	}
	d.grant(c.Account(), made.Key)
	return made
}

// TestSign: a signature in each scheme, checked and in the open; for whom the contract admits, the author's own account
// not among them by itself; with a permit for it.
func TestSign(t *testing.T) {
	d := newDesk(t, 4)
	author, alice := d.client("author"), d.client("alice")
	made := d.serverKey(author, 1)
	ctx := context.Background()
	if _, err := alice.Sign(ctx, made.Key, wire.ECDSA, someHash, SignOptions{}); !IsDenied(err) {
		t.Errorf("not granted: %v", err)
	}
	d.grant(alice.Account(), made.Key)
	permitted, err := alice.Permit(ctx, Scope{Operations: []wire.Operation{wire.OpSign}, Keys: []wire.KeyID{made.Key}, For: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer permitted.Close()
	for _, scheme := range wire.Schemes {
		for name, c := range map[string]*Client{"author": author, "alice": alice, "alice's temporary key": permitted} {
			s, err := c.Sign(ctx, made.Key, scheme, someHash, SignOptions{ServerKey: made.Public})
			if err != nil {
				t.Errorf("%s, %v: %v", name, scheme, err)
				continue
			}
			if s.Public != made.Public || s.Version != made.Version || len(s.Signature) != scheme.Size() || s.Sealed != nil || s.Block.Number == 0 {
				t.Errorf("%s, %v: %+v", name, scheme, s)
			}
		}
	}
	three := d.serverKey(author, 2)
	if _, err := author.Sign(ctx, three.Key, wire.ECDSA, someHash, SignOptions{}); !hasReason(err, "tooFewServers") || retryable(err) {
		t.Errorf("with too few servers: %v", err)
	}
	if _, err := author.Sign(ctx, three.Key, wire.Schnorr, someHash, SignOptions{}); err != nil {
		t.Error(err)
	}
	if _, err := author.Sign(ctx, wire.KeyID{9}, wire.Schnorr, someHash, SignOptions{}); !hasReason(err, "keyNotFound") {
		t.Errorf("no key: %v", err)
	}
	if _, err := author.Sign(ctx, made.Key, 9, someHash, SignOptions{}); err == nil || retryable(err) {
		t.Errorf("no scheme: %v", err)
	}
}

// TestSignLyingNode: whatever the asked node makes of the answer, the client takes no signature from it, names it, and asks
// another.
func TestSignLyingNode(t *testing.T) {
	d := newDesk(t, 4)
	author := d.client("author")
	made := d.serverKey(author, 1)
	ctx := context.Background()
	own, err := secp256k1.RandomScalar(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, trouble := range map[string]func(*door){
		"another's signature": func(w *door) {
			w.forge = func(s *wire.Signed) { s.Signature, _ = signAlone(s.Scheme, own, s.Hash) }
		},
		"another's signature, and key": func(w *door) {
			w.forge = func(s *wire.Signed) { s.Signature, _ = signAlone(s.Scheme, own, s.Hash) }
			w.signed = func(s *wire.Signed) { s.Public = secp256k1.BaseMul(own).Bytes() }
		},
		"a signature on something else": func(w *door) {
			w.forge = func(s *wire.Signed) { s.Signature[40]++ }
		},
		"cut short":       func(w *door) { w.forge = func(s *wire.Signed) { s.Signature = s.Signature[1:] } },
		"too long":        func(w *door) { w.forge = func(s *wire.Signed) { s.Signature = append(s.Signature, 0) } },
		"nothing":         func(w *door) { w.signed = func(s *wire.Signed) { s.Sealed = nil } },
		"another hash":    func(w *door) { w.signed = func(s *wire.Signed) { s.Hash[0]++ } },
		"another key":     func(w *door) { w.signed = func(s *wire.Signed) { s.Key[0]++ } },
		"another version": func(w *door) { w.signed = func(s *wire.Signed) { s.Version[0]++ } },
		"no certificate":  func(w *door) { w.signed = func(s *wire.Signed) { s.Certificate = nil } },
		"a certificate of others": func(w *door) {
			w.signed = func(s *wire.Signed) {
				s.Certificate = &wire.Certificate{Setup: s.Certificate.Setup, Bodies: s.Certificate.Bodies, Commitments: s.Certificate.Commitments,
					Signatures: slices.Clone(s.Certificate.Signatures)}
				s.Certificate.Signatures[2][9]++
			}
		},
		"not sealed to us": func(w *door) { w.signed = func(s *wire.Signed) { s.Sealed[90]++ } },
		"null": func(w *door) {
			w.raw = func(path string) []byte { return map[string][]byte{"sign": []byte("null")}[path] }
		},
		"another's scheme": func(w *door) {
			w.signed = func(s *wire.Signed) { s.Scheme = s.Scheme%4 + 1 }
		},
	} {
		for _, scheme := range []wire.Scheme{wire.ECDSA, wire.Schnorr} {
			d.nodes[0].change(trouble)
			author.ring.Answered(0)
			var warned error
			author.cfg.Warn = func(err error) { warned = err }
			s, err := author.Sign(ctx, made.Key, scheme, someHash, SignOptions{})
			if err != nil || VerifySignature(made.Public, scheme, someHash, s.Signature) != nil {
				t.Fatalf("%s, %v: %v", name, scheme, err)
			}
			if warned == nil || !strings.Contains(warned.Error(), d.nodes[0].url) || !errors.As(warned, new(*badAnswer)) {
				t.Errorf("%s, %v: warned of %v", name, scheme, warned)
			}
			for _, w := range d.nodes {
				w.change(trouble)
			}
			if _, err := author.Sign(ctx, made.Key, scheme, someHash, SignOptions{}); err == nil {
				t.Errorf("%s, %v: taken", name, scheme)
			}
			for _, w := range d.nodes {
				w.change(func(w *door) { w.forge, w.signed, w.raw = nil, nil, nil })
			}
		}
	}
}

// TestSignKnownKey: who knows the server key, or the servers, takes no signature of others, however well certified.
func TestSignKnownKey(t *testing.T) {
	d, other := newDesk(t, 4), newDeskOf(t, 4, 2)
	author := d.client("author")
	made := d.serverKey(author, 1)
	ctx := context.Background()
	if _, err := author.Sign(ctx, made.Key, wire.Schnorr, someHash, SignOptions{ServerKey: other.serverKey(other.client("author"), 1).Public}); err == nil {
		t.Error("a signature of another key than is known")
	}
	picky := d.client("author", func(c *Config) { c.Servers = other.Members() })
	if _, err := picky.Sign(ctx, made.Key, wire.Schnorr, someHash, SignOptions{}); err == nil || !strings.Contains(err.Error(), "not among those trusted") {
		t.Errorf("others than the trusted servers: %v", err)
	}
}

// TestVerifySignature: each scheme's signature is taken under its key, hash and scheme alone; of the two ECDSA signatures
// for one nonce only that with the low s.
func TestVerifySignature(t *testing.T) {
	secret, err := secp256k1.RandomScalar(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public := wire.Point(secp256k1.BaseMul(secret).Bytes())
	for _, scheme := range wire.Schemes {
		signature, err := signAlone(scheme, secret, someHash)
		if err != nil {
			t.Fatal(err)
		}
		if err := VerifySignature(public, scheme, someHash, signature); err != nil {
			t.Errorf("%v: %v", scheme, err)
		}
		for _, other := range append([]wire.Scheme{0, 5}, wire.Schemes...) {
			if other != scheme && VerifySignature(public, other, someHash, signature) == nil {
				t.Errorf("%v passes as %v", scheme, other)
			}
		}
		if VerifySignature(public, scheme, common.Hash{1}, signature) == nil || VerifySignature(wire.Point{}, scheme, someHash, signature) == nil ||
			VerifySignature(wire.Point(secp256k1.Generator().Bytes()), scheme, someHash, signature) == nil || VerifySignature(public, scheme, someHash, nil) == nil {
			t.Errorf("%v: passes for another hash or key", scheme)
		}
		for i := range signature {
			signature[i] ^= 1
			if VerifySignature(public, scheme, someHash, signature) == nil {
				t.Errorf("%v: passes with byte %d changed", scheme, i)
			}
			signature[i] ^= 1
		}
	}
	signature, err := signAlone(wire.ECDSA, secret, someHash)
	if err != nil {
		t.Fatal(err)
	}
	s, err := secp256k1.ParseNonZeroScalar(signature[32:64])
	if err != nil {
		t.Fatal(err)
	}
	high := new(secp256k1.Scalar)
	high.Neg(s)
	b := high.Bytes()
	copy(signature[32:], b[:])
	signature[64] ^= 1
	if got, err := crypto.Ecrecover(someHash[:], signature); err != nil || wire.Point(got[1:]) != public {
		t.Fatalf("the other form does not recover: %v", err)
	}
	if VerifySignature(public, wire.ECDSA, someHash, signature) == nil {
		t.Error("a high s is taken")
	}
}
