package e2e

import (
	"context"
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/crypto/ecies"
)

// requestTimeout is longer than any session takes: what reaches it hangs.
const requestTimeout = time.Minute

// account is who asks key servers and sends transactions.
type account struct {
	key      *ecdsa.PrivateKey
	address  common.Address
	password string
}

func newAccount(t *testing.T) account {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return account{key: key, address: crypto.PubkeyToAddress(key.PublicKey), password: "a new password"}
}

// randomID is a new server key id. The last byte is zero, since npm clients use the ids that follow too.
func randomID() (id common.Hash) {
	for i := range id[:31] {
		id[i] = byte(rand.Uint32())
	}
	return id
}

// sign signs a key id as Parity's clients do: the bare id, v 0 or 1. It is in hex.
func (a account) sign(id common.Hash) string {
	sig, err := crypto.Sign(id[:], a.key)
	if err != nil {
		panic(err)
	}
	return hex.EncodeToString(sig)
}

// open decrypts what a key server sealed to the account.
func (a account) open(blob []byte) ([]byte, error) {
	return ecies.ImportECDSA(a.key).Decrypt(blob, nil, []byte{0, 0})
}

// keyServer is the HTTP API of a node.
type keyServer struct{ url string }

// answer is an answer of the HTTP API, whatever it says.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a *answer) String() string { return fmt.Sprintf("%d %q", a.status, a.body) }

// denied tells whether the answer is the one for whom the contract does not admit.
func (a *answer) denied() bool { return a.status == 403 && a.body == `"\"Access denied\""` }

var httpClient = &http.Client{
	Timeout:   requestTimeout,
	Transport: &http.Transport{MaxIdleConnsPerHost: 16},
}

// request sends a request as it is written. An error means that no answer came.
func (s keyServer) request(method, path string, more ...func(*http.Request)) (*answer, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, s.url+path, nil)
	if err != nil {
		return nil, err
	}
	for _, change := range more {
		change(req)
	}
	return answerTo(httpClient, req)
}

func answerTo(c *http.Client, req *http.Request) (*answer, error) {
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return &answer{resp.StatusCode, resp.Header, string(body)}, err
}

// must is request where an answer has to come.
func (s keyServer) must(t *testing.T, method, path string, more ...func(*http.Request)) *answer {
	t.Helper()
	a, err := s.request(method, path, more...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// value decodes a successful answer, in Parity's form to the byte, into v.
func (a *answer) value(v any) error {
	const contentType = "application/json; charset=utf-8"
	switch got := a.header.Get("Content-Type"); {
	case a.status != 200:
		return fmt.Errorf("%v, want 200", a)
	case got != contentType:
		return fmt.Errorf("content type %q, want %q", got, contentType)
	case strings.TrimSpace(a.body) != a.body || strings.Contains(a.body, `": `):
		return fmt.Errorf("%q is not compact JSON", a.body)
	case a.body != strings.ToLower(a.body):
		return fmt.Errorf("%q is not in lower case", a.body)
	}
	return json.Unmarshal([]byte(a.body), v)
}

// fixed is bytes of a known length in an answer.
func (a *answer) fixed(size int) ([]byte, error) {
	var text string
	if err := a.value(&text); err != nil {
		return nil, err
	}
	return unhex(text, size)
}

func unhex(text string, size int) ([]byte, error) {
	digits, prefixed := strings.CutPrefix(text, "0x")
	b, err := hex.DecodeString(digits)
	if err == nil && (!prefixed || len(b) != size) {
		err = fmt.Errorf("%q is not 0x and %d bytes", text, size)
	}
	return b, err
}

// generate makes a server key (E1) and returns its public point.
func (s keyServer) generate(by account, id common.Hash, threshold int) ([]byte, error) {
	a, err := s.request("POST", fmt.Sprintf("/shadow/%x/%s/%d", id, by.sign(id), threshold))
	if err != nil {
		return nil, err
	}
	return a.fixed(64)
}

// store stores a document key (E2).
func (s keyServer) store(by account, id common.Hash, k *documentKey) error {
	a, err := s.request("POST", fmt.Sprintf("/shadow/%x/%s/%x/%x", id, by.sign(id), raw(k.common), raw(k.encrypted)))
	switch {
	case err != nil:
		return err
	case a.status != 200 || a.body != "":
		return fmt.Errorf("%v, want an empty 200", a)
	case a.header.Get("Content-Type") != "":
		return fmt.Errorf("content type %q on an empty body, want none", a.header.Get("Content-Type"))
	}
	return nil
}

// generateBoth makes both keys (E3) and returns the document key.
func (s keyServer) generateBoth(by account, id common.Hash, threshold int) ([]byte, error) {
	return s.sealed("POST", by, fmt.Sprintf("/%x/%s/%d", id, by.sign(id), threshold))
}

// plain reads the document key by plain retrieval (E5).
func (s keyServer) plain(by account, id common.Hash) ([]byte, error) {
	return s.sealed("GET", by, fmt.Sprintf("/%x/%s", id, by.sign(id)))
}

func (s keyServer) sealed(method string, by account, path string) ([]byte, error) {
	a, err := s.request(method, path)
	if err != nil {
		return nil, err
	}
	blob, err := a.fixed(177)
	if err != nil {
		return nil, err
	}
	key, err := by.open(blob)
	if err == nil && len(key) != 64 {
		err = fmt.Errorf("a document key of %d bytes", len(key))
	}
	return key, err
}

// serverKey reads the server key (E4).
func (s keyServer) serverKey(by account, id common.Hash) ([]byte, error) {
	a, err := s.request("GET", fmt.Sprintf("/server/%x/%s", id, by.sign(id)))
	if err != nil {
		return nil, err
	}
	return a.fixed(64)
}

// askShadow sends a shadow retrieval (E6) and returns the answer as it is.
func (s keyServer) askShadow(by account, id common.Hash) (*answer, error) {
	return s.request("GET", fmt.Sprintf("/shadow/%x/%s", id, by.sign(id)))
}

// shadow reads the document key by shadow retrieval (E6) and puts it together.
func (s keyServer) shadow(by account, id common.Hash) ([]byte, error) {
	a, err := s.askShadow(by, id)
	if err != nil {
		return nil, err
	}
	parts, err := a.shadow()
	if err != nil {
		return nil, err
	}
	return parts.open(by)
}

// shadow is E6's object.
type shadow struct {
	DecryptedSecret string   `json:"decrypted_secret"`
	CommonPoint     string   `json:"common_point"`
	DecryptShadows  []string `json:"decrypt_shadows"`
}

func (a *answer) shadow() (*shadow, error) {
	s := new(shadow)
	if err := a.value(s); err != nil {
		return nil, err
	}
	if again, _ := json.Marshal(s); string(again) != a.body {
		return nil, fmt.Errorf("%s has not exactly the members of a shadow in their order", a.body)
	}
	return s, nil
}

// open is M = decrypted_secret + (sum of coefficients) * common_point.
func (s *shadow) open(by account) ([]byte, error) {
	secret, err := point(s.DecryptedSecret)
	if err != nil {
		return nil, err
	}
	common, err := point(s.CommonPoint)
	if err != nil {
		return nil, err
	}
	var sum secp256k1.ModNScalar
	for _, text := range s.DecryptShadows {
		blob, err := unhex(text, 145)
		if err != nil {
			return nil, err
		}
		plain, err := by.open(blob)
		if err != nil {
			return nil, fmt.Errorf("opening a shadow: %w", err)
		}
		var coefficient secp256k1.ModNScalar
		if len(plain) != 32 || coefficient.SetByteSlice(plain) || coefficient.IsZero() {
			return nil, fmt.Errorf("a shadow of %d bytes that is no scalar", len(plain))
		}
		sum.Add(&coefficient)
	}
	return raw(add(secret, multiply(&sum, common))), nil
}

// documentKey is a new document key M, encrypted for a server key Y: common = k*G, encrypted = M + k*Y.
type documentKey struct {
	plain             []byte
	common, encrypted *secp256k1.PublicKey
}

func newDocumentKey(t *testing.T, serverKey []byte) *documentKey {
	t.Helper()
	y, err := parsePoint(serverKey)
	if err != nil {
		t.Fatalf("the server key: %v", err)
	}
	m, k := newSecret(t), newSecret(t)
	return &documentKey{
		plain:     raw(m.PubKey()),
		common:    k.PubKey(),
		encrypted: add(m.PubKey(), multiply(&k.Key, y)),
	}
}

func newSecret(t *testing.T) *secp256k1.PrivateKey {
	t.Helper()
	k, err := secp256k1.GeneratePrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func point(text string) (*secp256k1.PublicKey, error) {
	b, err := unhex(text, 64)
	if err != nil {
		return nil, err
	}
	return parsePoint(b)
}

func parsePoint(b []byte) (*secp256k1.PublicKey, error) {
	return secp256k1.ParsePubKey(append([]byte{4}, b...))
}

// raw is a point in Parity's 64 bytes.
func raw(p *secp256k1.PublicKey) []byte { return p.SerializeUncompressed()[1:] }

func add(a, b *secp256k1.PublicKey) *secp256k1.PublicKey {
	var x, y, sum secp256k1.JacobianPoint
	a.AsJacobian(&x)
	b.AsJacobian(&y)
	secp256k1.AddNonConst(&x, &y, &sum)
	return fromJacobian(&sum)
}

func multiply(k *secp256k1.ModNScalar, p *secp256k1.PublicKey) *secp256k1.PublicKey {
	var x, product secp256k1.JacobianPoint
	p.AsJacobian(&x)
	secp256k1.ScalarMultNonConst(k, &x, &product)
	return fromJacobian(&product)
}

func fromJacobian(p *secp256k1.JacobianPoint) *secp256k1.PublicKey {
	p.ToAffine()
	return secp256k1.NewPublicKey(&p.X, &p.Y)
}

// negated is the point with its Y turned round.
func negated(p []byte) []byte {
	field, _ := new(big.Int).SetString("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f", 16)
	y := new(big.Int).Sub(field, new(big.Int).SetBytes(p[32:]))
	return append(append([]byte{}, p[:32]...), common.LeftPadBytes(y.Bytes(), 32)...)
}

// publish makes a server key and a document key through a node.
func publish(t *testing.T, through *node, by account, id common.Hash, threshold int) *documentKey {
	t.Helper()
	serverKey, err := through.generate(by, id, threshold)
	if err != nil {
		t.Fatalf("generating a server key of threshold %d through %s: %v", threshold, through.name, err)
	}
	key := newDocumentKey(t, serverKey)
	if err := through.store(by, id, key); err != nil {
		t.Fatalf("storing a document key through %s: %v", through.name, err)
	}
	return key
}
