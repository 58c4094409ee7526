package client

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"errors"
	"io"
	"math/big"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/client/document"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestCertificateOfAnother: a whole certificate, signed by all, is no good for another key id or cluster.
func TestCertificateOfAnother(t *testing.T) {
	d := newDesk(t, 4)
	c := d.client("author")
	made := d.serverKey(c, 1)
	if err := c.checkServerKey(made, made.Key, d.ID, nil, false); err != nil {
		t.Fatal(err)
	}
	if err := c.checkServerKey(made, made.Key, wire.ClusterID{1}, nil, false); err == nil {
		t.Error("a key of another cluster is taken")
	}
	other := *made
	other.Key[0]++
	if err := c.checkServerKey(&other, other.Key, d.ID, nil, false); err == nil {
		t.Error("another key's certificate is taken")
	}
}

// TestSignedAsAsked: a signature that holds is no answer to another question: of another hash, nor in another scheme.
func TestSignedAsAsked(t *testing.T) {
	d := newDesk(t, 1)
	c := d.client("author")
	made := d.serverKey(c, 0)
	secret := d.Nodes[0].State(made.Key).Share.Value // of the whole key, as the threshold is 0
	reply, err := secp256k1.RandomScalar(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	told := func(key wire.KeyID, scheme wire.Scheme, hash common.Hash) *wire.Signed {
		t.Helper()
		signature, err := signAlone(scheme, secret, hash)
		if err != nil {
			t.Fatal(err)
		}
		s := &wire.Signed{Key: key, Scheme: scheme, Hash: hash, Version: made.Version, Public: made.Public, Certificate: made.Certificate}
		if s.Sealed, err = gathering.Seal(rand.Reader, secp256k1.BaseMul(reply).Bytes(), signature); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for scheme := range schnorrs {
		want := &wire.Signed{Key: made.Key, Scheme: scheme, Hash: someHash}
		if err := c.checkSigned(told(made.Key, scheme, someHash), want, d.ID, reply); err != nil {
			t.Errorf("%v: %v", scheme, err)
		}
		if err := c.checkSigned(told(made.Key, scheme, common.Hash{1}), want, d.ID, reply); err == nil {
			t.Errorf("%v: a signature of another hash is taken", scheme)
		}
		for other := range schnorrs {
			if err := c.checkSigned(told(made.Key, other, someHash), want, d.ID, reply); (err == nil) != (other == scheme) {
				t.Errorf("%v for %v: %v", other, scheme, err)
			}
		}
	}
	if err := c.checkSigned(told(wire.KeyID{9}, wire.BIP340, someHash), &wire.Signed{Key: made.Key, Scheme: wire.BIP340, Hash: someHash}, d.ID, reply); err == nil {
		t.Error("a signature under another key id is taken")
	}
}

// TestVerifySignatureOfAnything: neither what is no key nor what has a strange v holds, or ends the program.
func TestVerifySignatureOfAnything(t *testing.T) {
	key := mustKey(t)
	sig, err := crypto.Sign(someHash[:], key)
	if err != nil {
		t.Fatal(err)
	}
	public := wire.Point(wire.NodeIDOf(&key.PublicKey))
	if err := VerifySignature(public, wire.ECDSA, someHash, sig); err != nil {
		t.Fatal(err)
	}
	for _, v := range []byte{sig[64] ^ 1, sig[64] + 2, sig[64] + 27, 4, 255} {
		bent := bytes.Clone(sig)
		bent[64] = v
		if err := VerifySignature(public, wire.ECDSA, someHash, bent); err == nil {
			t.Errorf("v = %d holds", v)
		}
	}
	for _, scheme := range []wire.Scheme{wire.ECDSA, wire.Schnorr, wire.RFC9591, wire.BIP340} {
		for _, point := range []wire.Point{{}, {1}} {
			if err := VerifySignature(point, scheme, someHash, make([]byte, scheme.Size())); err == nil {
				t.Errorf("%v under a key that is no point", scheme)
			}
		}
	}
	secret := secp256k1.NewScalar(5)
	for scheme := range schnorrs { // one that can be read to its end
		signature, err := signAlone(scheme, secret, someHash)
		if err != nil {
			t.Fatal(err)
		}
		if err := VerifySignature(wire.Point{}, scheme, someHash, signature); err == nil {
			t.Errorf("%v: a signature under no key", scheme)
		}
	}
	var asked atomic.Int32
	c := newDesk(t, 1).client("author", func(cfg *Config) { cfg.Signer = counting(cfg.Signer, &asked) })
	if _, err := c.Sign(t.Context(), wire.KeyID{1}, wire.Scheme(99), someHash, SignOptions{}); err == nil || asked.Load() > 0 {
		t.Errorf("signing in no scheme: %v; the wallet was asked %d times", err, asked.Load())
	}
}

func mustKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestCheckInfo: a client stays with the cluster and chain that it is for, or has begun with, and asks nobody who decides
// nothing.
func TestCheckInfo(t *testing.T) {
	good := wire.ClusterInfo{Cluster: wire.ClusterID{1}, Chain: 7, Block: new(wire.BlockInfo)}
	other, fork, nowhere, nobody, young := good, good, good, good, good
	other.Cluster, fork.Chain, nowhere.Chain, nobody.Cluster, young.Block = wire.ClusterID{2}, 8, 0, wire.ClusterID{}, nil
	for _, c := range []struct {
		name  string
		pin   wire.ClusterID
		known *wire.ClusterInfo
		told  wire.ClusterInfo
		want  bool
	}{
		{"the first", wire.ClusterID{}, nil, good, true},
		{"the same", wire.ClusterID{}, &good, good, true},
		{"the one it is for", wire.ClusterID{1}, nil, good, true},
		{"another than it is for", wire.ClusterID{1}, nil, other, false},
		{"another than before", wire.ClusterID{}, &good, other, false},
		{"on another chain than before", wire.ClusterID{}, &good, fork, false},
		{"on no chain", wire.ClusterID{}, nil, nowhere, false},
		{"none", wire.ClusterID{}, nil, nobody, false},
		{"without a block", wire.ClusterID{}, nil, young, false},
	} {
		client := &Client{want: Facts{Cluster: c.pin}}
		if c.known != nil {
			client.told, client.toldBy = factsOf(c.known), []string{"http://first"}
		}
		if err := client.checkInfo(&c.told); (err == nil) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestErrorsByKind: what callers branch on is told from everything else.
func TestErrorsByKind(t *testing.T) {
	no, receipt := &Error{Status: 403, Reason: reasonDenied}, &Error{Status: 403, Reason: reasonDenied, Receipt: new(Receipt)}
	for _, c := range []struct {
		err                          error
		denied, withReceipt, another bool // another node may do better
	}{
		{nil, false, false, false},
		{io.EOF, false, false, false},
		{no, true, false, false},
		{receipt, true, true, false},
		{&Error{Status: 503, Reason: "busy"}, false, false, true},
		{&Error{Status: 500, Reason: "keyExists"}, false, false, false},
		{&Error{Status: 502}, false, false, true},
		{&Error{Status: 404}, false, false, false},
		{&unreachable{io.EOF}, false, false, true},
		{&badAnswer{io.EOF}, false, false, true},
	} {
		_, with := RefusalOf(c.err)
		if IsDenied(c.err) != c.denied || with != c.withReceipt || retryable(c.err) != c.another || hasReason(c.err, reasonDenied) != c.denied {
			t.Errorf("%v: denied %v, with a receipt %v, another node %v", c.err, IsDenied(c.err), with, retryable(c.err))
		}
	}
}

// TestReceiptOfTwins: one server, listed twice in a set-up, or with a signature's second form, is not two.
func TestReceiptOfTwins(t *testing.T) {
	f, _ := fetched(t, 4)
	good := f.Receipt()
	if err := VerifyRefusal(good, Witnesses{}); err == nil {
		t.Error("a grant passes as a refusal")
	}
	high := *good
	high.Signatures = append([]ReceiptSignature{}, good.Signatures...)
	s := new(big.Int).SetBytes(high.Signatures[0].Signature[32:64])
	s.Sub(crypto.S256().Params().N, s).FillBytes(high.Signatures[0].Signature[32:64])
	high.Signatures[0].Signature[64] ^= 1
	if err := VerifyReceipt(&high, Witnesses{}); err == nil {
		t.Error("a signature with the high s is taken")
	}
	key := mustKey(t)
	id := wire.NodeIDOf(&key.PublicKey)
	twins := *good
	twins.Setup.Members, twins.Setup.Initiator = []wire.NodeID{id, id}, id
	twins.Receipt.Version = twins.Setup.Session()
	sig, err := crypto.Sign(digestOf(&twins), key)
	if err != nil {
		t.Fatal(err)
	}
	twins.Signatures = []ReceiptSignature{{1, wire.Signature(sig)}, {2, wire.Signature(sig)}}
	if err := VerifyReceipt(&twins, Witnesses{}); err == nil {
		t.Error("one server's word counts twice")
	}
}

func digestOf(r *Receipt) []byte {
	digest := r.Receipt.Digest()
	return digest[:]
}

var errSigner = errors.New("the user says no")

// TestSignerRefuses: what a wallet does not sign is not asked of anybody.
func TestSignerRefuses(t *testing.T) {
	d := newDesk(t, 1)
	author := d.client("author")
	made := d.serverKey(author, 0)
	before := d.nodes[0].asked["cluster"]
	for name, sign := range map[string]func(context.Context, common.Hash, []byte) ([]byte, error){
		"refuses":            func(context.Context, common.Hash, []byte) ([]byte, error) { return nil, errSigner },
		"signs, and refuses": func(context.Context, common.Hash, []byte) ([]byte, error) { return make([]byte, 65), errSigner },
	} {
		c := d.client("author", func(cfg *Config) { cfg.Signer = &SignerFunc{Account: author.Account(), Sign: sign} })
		for what, do := range map[string]func() error{
			"generate": func() error { _, err := c.GenerateKey(t.Context(), wire.KeyID{7}, 0); return err },
			"read":     func() error { _, err := c.ServerKey(t.Context(), made.Key); return err },
			"store":    func() error { return c.StoreKey(t.Context(), made.Key, made.Public, made.Public) },
			"fetch":    func() error { _, err := c.Fetch(t.Context(), made.Key); return err },
			"sign": func() error {
				_, err := c.Sign(t.Context(), made.Key, wire.BIP340, someHash, SignOptions{})
				return err
			},
		} {
			if err := do(); !errors.Is(err, errSigner) {
				t.Errorf("the wallet %s, %s: %v", name, what, err)
			}
		}
		if _, err := c.Permit(t.Context(), Scope{Operations: []wire.Operation{wire.OpRetrieve}, Keys: []wire.KeyID{{1}}, For: time.Minute}); !errors.Is(err, errSigner) {
			t.Errorf("the wallet %s, permit: %v", name, err)
		}
	}
	for path, n := range d.nodes[0].asked {
		if path != "cluster" && path != string(wire.OpGenerate) || path == string(wire.OpGenerate) && n != 1 {
			t.Errorf("the node was asked to %s, %d times", path, n)
		}
	}
	if d.nodes[0].asked["cluster"] == before {
		t.Error("nothing was tried")
	}
}

// TestSignerRefusesLater: a key that may have been made is asked for with a second approval, and not without.
func TestSignerRefusesLater(t *testing.T) {
	d := newDesk(t, 4)
	d.nodes[0].cut = func(path string) bool { return path == string(wire.OpGenerate) } // after the work is done
	var asked atomic.Int32
	c := d.client("author", func(cfg *Config) {
		signer := cfg.Signer
		cfg.Signer = &SignerFunc{Account: signer.Address(), Sign: func(ctx context.Context, digest common.Hash, typed []byte) ([]byte, error) {
			if asked.Add(1) > 1 {
				return nil, errSigner
			}
			return signer.SignTyped(ctx, digest, typed)
		}}
	})
	if _, err := c.GenerateKey(t.Context(), wire.KeyID{7}, 1); !errors.Is(err, errSigner) || asked.Load() != 2 {
		t.Errorf("%v, asked %d times", err, asked.Load())
	}
}

// TestScopeOfAPermit: a wallet is not asked to approve what says nothing, or more than a permit holds.
func TestScopeOfAPermit(t *testing.T) {
	c := newDesk(t, 1).client("author")
	ops := []wire.Operation{wire.OpRetrieve}
	for name, scope := range map[string]Scope{
		"of no operation": {Keys: []wire.KeyID{{1}}, For: time.Minute},
		"for nothing":     {Operations: ops, For: time.Minute},
		"for too many":    {Operations: ops, Keys: make([]wire.KeyID, wire.MaxRequestKeys+1), For: time.Minute},
		"too short":       {Operations: ops, Keys: []wire.KeyID{{1}}, For: time.Second - 1},
		"too long":        {Operations: ops, Keys: []wire.KeyID{{1}}, For: 24 * time.Hour},
	} {
		if _, err := c.Permit(t.Context(), scope); err == nil {
			t.Errorf("a permit %s", name)
		}
	}
	for name, scope := range map[string]Scope{
		"for keys":             {Operations: ops, Keys: make([]wire.KeyID, wire.MaxRequestKeys), For: time.Minute},
		"for an author's keys": {Operations: ops, Author: common.Address{1}, For: time.Second},
	} {
		if p, err := c.Permit(t.Context(), scope); err != nil {
			t.Errorf("a permit %s: %v", name, err)
		} else {
			p.Close()
		}
	}
}

// TestMoreConfig: beside those of TestConfig, an address with a fragment and a validity that is none.
func TestMoreConfig(t *testing.T) {
	for name, cfg := range map[string]Config{
		"fragment":       {Endpoints: []string{"http://h/#a"}},
		"no validity":    {Endpoints: []string{"http://h"}, Validity: time.Second - 1},
		"below validity": {Endpoints: []string{"http://h"}, Validity: -time.Minute},
	} {
		cfg.Signer = new(SignerFunc)
		if _, err := New(cfg); err == nil {
			t.Error(name)
		}
	}
	var bad *url.Error
	if _, err := DialClef(t.Context(), "nowhere://", common.Address{}); err == nil || errors.As(err, &bad) {
		t.Errorf("connected to no clef: %v", err)
	}
}

// TestNoCluster: a cluster that nobody describes is none to publish in, to read from, or to have keys of.
func TestNoCluster(t *testing.T) {
	d := newDesk(t, 1)
	d.nodes[0].fail = passingError
	c := d.client("author")
	for what, do := range map[string]func() error{
		"publish":  func() error { _, err := c.PublishKey(t.Context(), PublishOptions{Unclaimed: true}); return err },
		"generate": func() error { _, err := c.GenerateKey(t.Context(), wire.KeyID{1}, 0); return err },
		"servers":  func() error { _, err := c.Servers(t.Context()); return err },
		"fetch":    func() error { _, err := c.FetchFor(t.Context(), new(document.Header)); return err },
		"permit": func() error {
			_, err := c.Permit(t.Context(), Scope{Operations: []wire.Operation{wire.OpRetrieve}, Keys: []wire.KeyID{{1}}, For: time.Minute})
			return err
		},
	} {
		if err := do(); !hasReason(err, "unavailable") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestDocumentsThatAreNone: a document that names no server key is none, for with any key it would open; one that was bent
// does not open; and what could not be written is not published.
func TestDocumentsThatAreNone(t *testing.T) {
	d := newDesk(t, 1)
	c := d.client("author")
	encrypted, p := d.publish(c, secret)
	d.grant(c.Account(), p.Key)
	h, err := document.ReadHeader(bytes.NewReader(encrypted))
	if err != nil {
		t.Fatal(err)
	}
	nameless := *h
	nameless.ServerKey = wire.Point{}
	if _, err := c.FetchFor(t.Context(), &nameless); err == nil {
		t.Error("fetched under any server key")
	}
	bent := bytes.Clone(encrypted)
	bent[document.HeaderSize-1] ^= 1 // of its authentication, so the header alone is read
	if text, _, err := c.Open(t.Context(), bytes.NewReader(bent)); !errors.Is(err, document.ErrWrongKey) || text != nil {
		t.Errorf("opened: %v", err)
	}
	if text, _, err := c.OpenLegacy(t.Context(), p.Key, []byte("short")); err == nil {
		t.Errorf("opened %q", text)
	}
	if text, _, err := c.OpenLegacy(t.Context(), wire.KeyID{9}, encrypted); err == nil {
		t.Errorf("opened %q without a key", text)
	}
	if p, err := c.Publish(t.Context(), fullDisk{}, strings.NewReader(secret), PublishOptions{Unclaimed: true}); !errors.Is(err, errFull) || p != nil {
		t.Errorf("published: %v", err)
	}
}

var errFull = errors.New("no space left on device")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }
