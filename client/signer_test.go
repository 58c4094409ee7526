package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

func hashTyped(t *testing.T, data []byte) common.Hash {
	t.Helper()
	var typed apitypes.TypedData
	if err := json.Unmarshal(data, &typed); err != nil {
		t.Fatal(err)
	}
	hash, _, err := apitypes.TypedDataAndHash(typed)
	if err != nil {
		t.Fatal(err)
	}
	return common.BytesToHash(hash)
}

// TestTypedData: what a wallet is shown has the hash that is signed, by go-ethereum's signer.
func TestTypedData(t *testing.T) {
	r := &wire.Request{Chain: 1 << 60, Cluster: wire.ClusterID{1}, Account: common.Address{2}, Operation: wire.OpRetrieve, Keys: []wire.KeyID{{3}, {4}},
		Arguments: wire.NoArguments, ReplyKey: wire.Point{5}, Expiry: 1<<63 + 1, Nonce: common.Hash{6}}
	if hashTyped(t, typedRequest(r)) != r.Digest() {
		t.Error("a request is shown as something else")
	}
	r.ReplyKey, r.Operation = wire.Point{}, wire.OpGenerate
	if hashTyped(t, typedRequest(r)) != r.Digest() {
		t.Error("a request without reply key is shown as something else")
	}
	p := &wire.Permit{Chain: 1337, Cluster: wire.ClusterID{1}, Account: common.Address{2}, Delegate: common.Address{3}, Operations: wire.Operations,
		Keys: []wire.KeyID{}, Author: common.Address{4}, Start: 5, Expiry: 6, Nonce: common.Hash{7}}
	if hashTyped(t, typedPermit(p)) != p.Digest() {
		t.Error("a permit is shown as something else")
	}
}

// clef answers as clef does: it hashes the data that it is given.
type clef struct{ key *KeySigner }

func (c *clef) SignTypedData(ctx context.Context, account common.MixedcaseAddress, data apitypes.TypedData) (hexutil.Bytes, error) {
	if account.Address() == (common.Address{1}) {
		return nil, errors.New("request denied")
	}
	hash, _, err := apitypes.TypedDataAndHash(data)
	if err != nil {
		return nil, err
	}
	return c.key.SignTyped(ctx, common.BytesToHash(hash), nil)
}

// TestClef: requests signed by an external signer over HTTP are taken.
func TestClef(t *testing.T) {
	d := newDesk(t, 1)
	server := rpc.NewServer()
	key := NewKeySigner(d.NewClient("author").Key)
	if err := server.RegisterName("account", &clef{key}); err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(server)
	defer front.Close()
	ctx := context.Background()
	dial := func(account common.Address) Signer {
		s, err := DialClef(ctx, front.URL, account)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		return s
	}
	author := d.client("author", func(c *Config) { c.Signer = dial(key.Address()) })
	encrypted, p := d.publish(author, secret)
	d.grant(author.Account(), p.Key)
	if got, _, err := open(t, author, encrypted); err != nil || got != secret {
		t.Fatal(got, err)
	}
	stranger := d.client("author", func(c *Config) { c.Signer = dial(common.Address{9}) })
	if _, err := stranger.Fetch(ctx, p.Key); err == nil || !strings.Contains(err.Error(), "as another account") {
		t.Errorf("clef signs as another: %v", err)
	}
	refused := d.client("author", func(c *Config) { c.Signer = dial(common.Address{1}) })
	if _, err := refused.Fetch(ctx, p.Key); err == nil || !strings.Contains(err.Error(), "request denied") {
		t.Errorf("clef refuses: %v", err)
	}
}

func TestLoadKey(t *testing.T) {
	dir := t.TempDir()
	key, err := crypto.HexToECDSA(fmt.Sprintf("%064x", 77))
	if err != nil {
		t.Fatal(err)
	}
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	stored, err := keystore.EncryptKey(&keystore.Key{Address: crypto.PubkeyToAddress(key.PublicKey), PrivateKey: key}, "open", keystore.LightScryptN, keystore.LightScryptP)
	if err != nil {
		t.Fatal(err)
	}
	sealed := put("sealed", string(stored))
	for _, path := range []string{put("hex", fmt.Sprintf("%064x", 77)), put("0x", fmt.Sprintf(" 0x%064x\n", 77)), sealed} {
		if got, err := LoadKey(path, "open"); err != nil || !got.Equal(key) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := LoadKey(sealed, "shut"); !errors.Is(err, ErrPassword) {
		t.Error(err)
	}
	secretText := strings.Repeat("ab", 31)
	for _, path := range []string{put("short", secretText), put("zero", strings.Repeat("0", 64)), put("empty", ""), put("json", "{}"), put("long", strings.Repeat("a", maxKeyFile+1)), dir + "/none"} {
		if _, err := LoadKey(path, ""); err == nil || strings.Contains(err.Error(), secretText) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v %s", NewKeySigner(key), NewKeySigner(key), NewKeySigner(key), NewKeySigner(key)); strings.Contains(text, "77") || strings.Contains(text, "4d") {
		t.Errorf("a signer prints %s", text)
	}
}

// packedSigner signs as EIP-2098 packs it, as some wallets do.
type packedSigner struct{ *KeySigner }

func (s packedSigner) SignTyped(ctx context.Context, digest common.Hash, typed []byte) ([]byte, error) {
	sig, err := s.KeySigner.SignTyped(ctx, digest, typed)
	if err == nil {
		sig[32] |= (sig[64] - 27) << 7
		sig = sig[:64]
	}
	return sig, err
}

// TestPackedSigner: answers are bound to a hash over the signature, so the client has to have it in the form in which key servers do.
func TestPackedSigner(t *testing.T) {
	d := newDesk(t, 3)
	pack := func(cfg *Config) { cfg.Signer = packedSigner{cfg.Signer.(*KeySigner)} }
	author := d.client("author", pack)
	for range 4 { // both values of v come up
		_, p := d.publish(author, "text")
		reader := d.client("reader", pack)
		d.grant(reader.Account(), p.Key)
		if _, err := reader.Fetch(t.Context(), p.Key); err != nil {
			t.Error(err)
		}
	}
}
