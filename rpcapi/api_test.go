package rpcapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/geth-ss/geth-ss/protocol/ecies"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// vectors is testdata/parity-rpc.json: results of the original system.
type vectors struct {
	Accounts []struct{ Secret, Public, Address, Password string }
	Vectors  []vector
	Request  []struct {
		Hash      hexutil.Bytes `json:"signed_hash"`
		Signature hexutil.Bytes `json:"signature_rsv"`
		Public    hexutil.Bytes `json:"recovered_public"`
		Address   string        `json:"recovered_address"`
	} `json:"request_signatures"`
}

type vector struct {
	Name              string
	Address           string `json:"account_address"`
	Secret            string `json:"account_secret"`
	EncryptedKey      string `json:"encrypted_key"`
	EncryptedDocument string `json:"encrypted_document"`
	Document          hexutil.Bytes
	DecryptedSecret   string        `json:"decrypted_secret"`
	CommonPoint       string        `json:"common_point"`
	EncryptedPoint    string        `json:"encrypted_point"`
	Shadows           []string      `json:"decrypt_shadows"`
	Nodes             []string      `json:"nodes"`
	RawHash           string        `json:"raw_hash"`
	ServerKey         string        `json:"server_key_public"`
	KeyPoint          hexutil.Bytes `json:"document_key_point"`
	Response          hexutil.Bytes `json:"response"`
	Generated         hexutil.Bytes `json:"generated_document_key_response"`
	Shadow            struct {
		DecryptedSecret h512       `json:"decrypted_secret"`
		CommonPoint     h512       `json:"common_point"`
		Shadows         []rpcBytes `json:"decrypt_shadows"`
	} `json:"shadow_response"`
	NewSet          []h512        `json:"new_set"`
	NewSetSignature hexutil.Bytes `json:"new_set_signature"`
	Expected        struct {
		KeyPoint     hexutil.Bytes   `json:"key_point"`
		AESKey       hexutil.Bytes   `json:"aes128_key"`
		Document     string          `json:"document"`
		Roundtrip    string          `json:"roundtrip"`
		Coefficients []hexutil.Bytes `json:"shadow_coefficients"`
		DocumentKey  hexutil.Bytes   `json:"document_key_point"`
		Hash         string          `json:"hash"`
		Signature    string          `json:"signature_rsv"`
		JSON         string          `json:"json"`
		Length       int             `json:"output_length"`
		NewSetHash   string          `json:"new_set_hash"`
		AdminPublic  hexutil.Bytes   `json:"admin_public"`
		CommonPoint  h512            `json:"common_point"`
		Encrypted    h512            `json:"encrypted_point"`
		EncryptedKey hexutil.Bytes   `json:"encrypted_key"`
		C            hexutil.Bytes   `json:"c"`
		S            hexutil.Bytes   `json:"s"`
	}
}

func loadVectors(t testing.TB) (v vectors) {
	unmarshalFile(t, "testdata/parity-rpc.json", &v)
	return v
}

func (v vectors) named(t testing.TB, name string) vector {
	t.Helper()
	for _, c := range v.Vectors {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no vector %q", name)
	return vector{}
}

// secretOf is the account secret of a vector.
func (v vector) secretOf(t testing.TB) *secp256k1.Scalar {
	t.Helper()
	s, err := secp256k1.ParseNonZeroScalar(hexutil.MustDecode(v.Secret))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// door is a geth RPC server with our methods, over HTTP and in process.
type door struct {
	url    string
	inproc *rpc.Client
	dir    string // of the keystore
	keys   *fakeKeys
}

func newDoor(t testing.TB, v vectors, opts Options) *door {
	t.Helper()
	return newSlowDoor(t, v, opts, 2)
}

// newSlowDoor is newDoor with key files that take scrypt's n to open.
func newSlowDoor(t testing.TB, v vectors, opts Options, n int) *door {
	t.Helper()
	dir := t.TempDir()
	ks := keystore.NewKeyStore(dir, n, 1)
	for _, a := range v.Accounts {
		key, err := crypto.HexToECDSA(a.Secret[2:])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ks.ImportECDSA(key, a.Password); err != nil {
			t.Fatal(err)
		}
	}
	manager := accounts.NewManager(nil, ks)
	server := rpc.NewServer()
	keys := new(fakeKeys)
	for _, api := range APIs(manager, keys, opts) {
		if err := server.RegisterName(api.Namespace, api.Service); err != nil {
			t.Fatal(err)
		}
	}
	web := httptest.NewServer(server)
	d := &door{web.URL, rpc.DialInProc(server), dir, keys}
	t.Cleanup(func() {
		d.inproc.Close()
		web.Close()
		server.Stop()
		manager.Close()
	})
	return d
}

// post sends a JSON-RPC call over HTTP and returns the answer's bytes.
func (d *door) post(t testing.TB, method string, params ...any) string {
	t.Helper()
	list, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	return d.postRaw(t, method, string(list))
}

func (d *door) postRaw(t testing.TB, method, params string) string {
	t.Helper()
	call := `{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":` + params + `}`
	res, err := http.Post(d.url, "application/json", strings.NewReader(call))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(body))
}

func result(value string) string { return `{"jsonrpc":"2.0","id":1,"result":"` + value + `"}` }

// TestVectorsOverRPC puts each vector that a method answers through the whole door.
func TestVectorsOverRPC(t *testing.T) {
	v := loadVectors(t)
	d := newDoor(t, v, Options{PasswordRPC: true})
	pass := map[string]string{}
	for _, a := range v.Accounts {
		pass[a.Address] = a.Password
	}
	for _, name := range []string{"wiki_decrypt_dev_account", "early_wiki_decrypt"} {
		c := v.named(t, name)
		if got := d.post(t, "secretstore_decrypt", c.Address, pass[c.Address], c.EncryptedKey, c.EncryptedDocument); got != result(c.Expected.Document) {
			t.Errorf("%s: %s", name, got)
		}
	}
	for _, name := range []string{"sign_raw_hash_00dfe6", "sign_raw_hash_00a329"} {
		c := v.named(t, name)
		if got := d.post(t, "secretstore_signRawHash", c.Address, pass[c.Address], c.RawHash); got != result(c.Expected.Signature) {
			t.Errorf("%s: %s", name, got)
		}
	}
	c := v.named(t, "shadow_decrypt")
	if got := d.post(t, "secretstore_shadowDecrypt", c.Address, "password", c.DecryptedSecret, c.CommonPoint, c.Shadows, c.EncryptedDocument); got != result(c.Expected.Document) {
		t.Errorf("%s: %s", c.Name, got)
	}
	c = v.named(t, "servers_set_hash_two_nodes")
	for _, list := range [][]string{c.Nodes, {c.Nodes[1], c.Nodes[0], c.Nodes[1]}} {
		if got := d.post(t, "secretstore_serversSetHash", list); got != result(c.Expected.Hash) {
			t.Errorf("%s: %s", c.Name, got)
		}
	}
	if got := d.post(t, "secretstore_serversSetHash", []string{}); got != result("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470") {
		t.Errorf("empty set: %s", got)
	}
	c = v.named(t, "encrypt_then_decrypt_roundtrip")
	var encrypted hexutil.Bytes
	if err := d.inproc.Call(&encrypted, "secretstore_encrypt", c.Address, "password", c.EncryptedKey, c.Document); err != nil || len(encrypted) != len(c.Document)+16 {
		t.Fatalf("%s: %v %v", c.Name, encrypted, err)
	}
	if plain, err := documentKey(append(bytes.Clone(c.Expected.AESKey), make([]byte, 48)...)).decrypt(encrypted); err != nil || !bytes.Equal(plain, c.Document) {
		t.Errorf("%s: the IV is not what ends the blob", c.Name)
	}
	if got := d.post(t, "secretstore_decrypt", c.Address, "password", c.EncryptedKey, encrypted); got != result(c.Expected.Roundtrip) {
		t.Errorf("%s: %s", c.Name, got)
	}
	if got := d.post(t, "secretstore_decrypt", c.Address, "password", c.EncryptedKey, encrypted[len(c.Document):]); got != result("0x") {
		t.Errorf("empty document: %s", got)
	}
}

// TestGenerateDocumentKey opens the result with the account and with the server key.
func TestGenerateDocumentKey(t *testing.T) {
	v := loadVectors(t)
	d := newDoor(t, v, Options{})
	c := v.named(t, "generate_document_key_structure")
	server := secp256k1.NewScalar(7) // the server key's secret
	y := secp256k1.BaseMul(server).Bytes()
	var raw json.RawMessage
	if err := d.inproc.Call(&raw, "secretstore_generateDocumentKey", c.Address, "password", hexutil.Bytes(y[:])); err != nil {
		t.Fatal(err)
	}
	var got struct {
		CommonPoint    hexutil.Bytes `json:"common_point"`
		EncryptedPoint hexutil.Bytes `json:"encrypted_point"`
		EncryptedKey   hexutil.Bytes `json:"encrypted_key"`
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf(`{"common_point":"%v","encrypted_point":"%v","encrypted_key":"%v"}`, got.CommonPoint, got.EncryptedPoint, got.EncryptedKey); string(raw) != want {
		t.Errorf("members or order: %s", raw)
	}
	if len(got.EncryptedKey) != 177 {
		t.Fatalf("encrypted_key of %d bytes", len(got.EncryptedKey))
	}
	plain, err := ecies.Open(c.secretOf(t), got.EncryptedKey)
	if err != nil {
		t.Fatal(err)
	}
	m, err := secp256k1.ParsePoint(plain)
	if err != nil {
		t.Fatal(err)
	}
	common, err := secp256k1.ParsePoint(got.CommonPoint)
	if err != nil {
		t.Fatal(err)
	}
	if e := m.Plus(common.Times(server)).Bytes(); !bytes.Equal(e[:], got.EncryptedPoint) {
		t.Error("encrypted_point is not M + kY")
	}
	// The wiki's own server public, an arbitrary point, works too.
	if err := d.inproc.Call(&raw, "secretstore_generateDocumentKey", c.Address, "password", c.ServerKey); err != nil {
		t.Error(err)
	}
}

// TestVectorMathematics covers the vectors that no method answers by itself.
func TestVectorMathematics(t *testing.T) {
	v := loadVectors(t)
	for _, name := range []string{"encrypt_then_decrypt_roundtrip", "wiki_decrypt_dev_account", "early_wiki_decrypt"} {
		c := v.named(t, name)
		if m, err := ecies.Open(c.secretOf(t), hexutil.MustDecode(c.EncryptedKey)); err != nil || !bytes.Equal(m, c.Expected.KeyPoint) {
			t.Errorf("%s: %x %v", name, m, err)
		}
	}
	c := v.named(t, "shadow_decrypt")
	if s, err := ecies.Open(c.secretOf(t), hexutil.MustDecode(c.Shadows[0])); err != nil || !bytes.Equal(s, c.Expected.Coefficients[0]) {
		t.Errorf("%s: %x %v", c.Name, s, err)
	}
	c = v.named(t, "wiki_live_generation_vs_shadow_t1")
	joined, err := joinShadows(c.secretOf(t), c.Shadow.DecryptedSecret, c.Shadow.CommonPoint, c.Shadow.Shadows)
	if err != nil || !bytes.Equal(joined, c.Expected.DocumentKey) {
		t.Errorf("%s: shadow: %x %v", c.Name, []byte(joined), err)
	}
	if m, err := ecies.Open(c.secretOf(t), c.Generated); err != nil || !bytes.Equal(m, c.Expected.DocumentKey) {
		t.Errorf("%s: generated: %x %v", c.Name, m, err)
	}
	c = v.named(t, "wiki_live_document_key_response")
	if m, err := ecies.Open(c.secretOf(t), c.Response); err != nil || !bytes.Equal(m, c.Expected.DocumentKey) {
		t.Errorf("%s: %x %v", c.Name, m, err)
	}
	c = v.named(t, "wiki_live_schnorr_response")
	if m, err := ecies.Open(c.secretOf(t), c.Response); err != nil || !bytes.Equal(m, append(c.Expected.C, c.Expected.S...)) {
		t.Errorf("%s: %x %v", c.Name, m, err)
	}
	c = v.named(t, "wiki_generate_document_key_example")
	if m, err := ecies.Open(c.secretOf(t), c.Expected.EncryptedKey); err != nil || !bytes.Equal(m, c.Expected.DocumentKey) {
		t.Errorf("%s: %x %v", c.Name, m, err)
	}
	c = v.named(t, "encrypted_document_key_json")
	enc, err := json.Marshal(encryptedDocumentKey{h512(hexutil.MustDecode(c.CommonPoint)), h512(hexutil.MustDecode(c.EncryptedPoint)), hexutil.MustDecode(c.EncryptedKey)})
	if err != nil || string(enc) != c.Expected.JSON {
		t.Errorf("%s: %s %v", c.Name, enc, err)
	}
	c = v.named(t, "helper_document_roundtrip")
	out, err := documentKey(c.KeyPoint).encrypt(secureRandom, c.Document)
	if err != nil || len(out) != c.Expected.Length {
		t.Fatalf("%s: %x %v", c.Name, out, err)
	}
	if back, err := documentKey(c.KeyPoint).decrypt(out); err != nil || !bytes.Equal(back, c.Document) {
		t.Errorf("%s: %x %v", c.Name, back, err)
	}
	c = v.named(t, "wiki_admin_servers_set_change")
	hash := serversSetHash(c.NewSet)
	if hash.Hex() != c.Expected.NewSetHash {
		t.Errorf("%s: %v", c.Name, hash)
	}
	if pub, err := crypto.Ecrecover(hash[:], c.NewSetSignature); err != nil || !bytes.Equal(pub[1:], c.Expected.AdminPublic) {
		t.Errorf("%s: %x %v", c.Name, pub, err)
	}
	c = v.named(t, "tutorial_generate_document_key_alice")
	for _, p := range []h512{c.Expected.CommonPoint, c.Expected.Encrypted} {
		if _, err := secp256k1.ParsePoint(p[:]); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
	if len(c.Expected.EncryptedKey) != 64+ecies.Overhead {
		t.Errorf("%s: sealed key of %d bytes", c.Name, len(c.Expected.EncryptedKey))
	}
	c = v.named(t, "tutorial_shadow_decrypt_bob")
	for _, s := range c.Shadows {
		if len(hexutil.MustDecode(s)) != 32+ecies.Overhead {
			t.Errorf("%s: shadow of %d digits", c.Name, len(s))
		}
	}
	if len(v.Request) != 6 {
		t.Errorf("%d request signatures, want 6", len(v.Request))
	}
	for _, c := range v.Request {
		r := &parityCall{id: [32]byte(c.Hash), signature: [65]byte(c.Signature)}
		who, err := r.requester()
		if err != nil || !bytes.Equal(who.Public[:], c.Public) || !strings.EqualFold(who.Address.Hex(), c.Address) {
			t.Errorf("request signature of %v: %v", c.Address, err)
		}
	}
}

// TestRPCErrors is spec rpc-api.md 4: codes, messages and data.
func TestRPCErrors(t *testing.T) {
	v := loadVectors(t)
	d := newDoor(t, v, Options{PasswordRPC: true})
	c := v.named(t, "shadow_decrypt")
	who, key := c.Address, c.secretOf(t)
	author := secp256k1.BaseMul(key)
	sealed := func(plain []byte) string {
		blob, err := ecies.Seal(secureRandom, author, plain)
		if err != nil {
			t.Fatal(err)
		}
		return hexutil.Encode(blob)
	}
	scalar := func(s *secp256k1.Scalar) string { b := s.Bytes(); return sealed(b[:]) }
	one := secp256k1.NewScalar(1)
	goodKey := sealed(bytes.Repeat([]byte{1}, 64))
	flipped := goodKey[:len(goodKey)-1] + map[bool]string{true: "1", false: "0"}[strings.HasSuffix(goodKey, "0")]
	stranger := "0x" + strings.Repeat("11", 20)
	off := "0x" + strings.Repeat("11", 64) // on no curve
	doc := "0x" + strings.Repeat("00", 20)
	shadow := func(shadows ...string) []any {
		return []any{who, "password", c.DecryptedSecret, c.CommonPoint, append([]string{}, shadows...), doc}
	}
	const noKey, noPublic, noSign = "Could not decrypt key.", "Could not read account public.", "Could not sign raw hash."
	for _, c := range []struct {
		name, method string
		params       []any
		code         int
		message      string
		data         string // "": any
	}{
		{"unknown account", "encrypt", []any{stranger, "password", goodKey, "0x"}, -32023, noKey, "SStore(InvalidAccount)"},
		{"wrong password", "decrypt", []any{who, "wrong", goodKey, doc}, -32023, noKey, "SStore(InvalidPassword)"},
		{"wrong password", "shadowDecrypt", []any{who, "wrong", c.DecryptedSecret, c.CommonPoint, c.Shadows, doc}, -32023, noKey, "SStore(InvalidPassword)"},
		{"wrong password", "generateDocumentKey", []any{who, "wrong", c.CommonPoint}, -32023, noPublic, "SStore(InvalidPassword)"},
		{"wrong password beats a bad point", "generateDocumentKey", []any{who, "wrong", off}, -32023, noPublic, "SStore(InvalidPassword)"},
		{"unknown account", "signRawHash", []any{stranger, "password", "0x" + testID}, -32023, noSign, "SStore(InvalidAccount)"},
		{"zero address", "signRawHash", []any{"0x" + strings.Repeat("00", 20), "password", "0x" + testID}, -32023, noSign, "SStore(InvalidAccount)"},
		{"wrong password", "signRawHash", []any{who, "wrong", "0x" + testID}, -32023, noSign, "SStore(InvalidPassword)"},
		{"flipped bit", "decrypt", []any{who, "password", flipped, doc}, -32023, noKey, ""},
		{"empty blob", "encrypt", []any{who, "password", "0x", "0x"}, -32023, noKey, ""},
		{"short blob", "encrypt", []any{who, "password", goodKey[:2+2*112], "0x"}, -32023, noKey, ""},
		{"empty shadow blob", "shadowDecrypt", shadow("0x"), -32023, noKey, ""},
		{"shadow of zero", "shadowDecrypt", shadow(sealed(make([]byte, 32))), -32023, "invalid secret", ""},
		{"shadow over the order", "shadowDecrypt", shadow(sealed(bytes.Repeat([]byte{0xff}, 32))), -32023, "invalid secret", ""},
		{"shadow of 31 bytes", "shadowDecrypt", shadow(sealed(make([]byte, 31))), -32023, "invalid secret", ""},
		{"shadows cancel", "shadowDecrypt", shadow(scalar(one), scalar(one.Negated())), -32055, "Encryption error.", ""},
		{"no shadows", "shadowDecrypt", shadow(), -32602, "Couldn't parse parameters: decrypt_shadows", ""},
		{"result at infinity", "shadowDecrypt", []any{who, "password", negated(t, c.CommonPoint), c.CommonPoint, []string{scalar(one)}, doc}, -32055, "Encryption error.", ""},
		{"masked point off the curve", "shadowDecrypt", []any{who, "password", off, c.CommonPoint, c.Shadows, doc}, -32055, "Encryption error.", ""},
		{"common point off the curve", "shadowDecrypt", []any{who, "password", c.DecryptedSecret, off, c.Shadows, doc}, -32055, "Encryption error.", ""},
		{"server key off the curve", "generateDocumentKey", []any{who, "password", off}, -32055, "Encryption error.", ""},
		{"key of 63 bytes", "encrypt", []any{who, "password", sealed(make([]byte, 63)), "0x"}, -32602, "Couldn't parse parameters: key", `"invalid public key length"`},
		{"empty key", "decrypt", []any{who, "password", sealed(nil), doc}, -32602, "Couldn't parse parameters: key", `"invalid public key length"`},
		{"short document", "decrypt", []any{who, "password", goodKey, doc[:2+2*15]}, -32602, "Couldn't parse parameters: encrypted_document", `"invalid encrypted data"`},
		{"short document beats a bad key", "decrypt", []any{who, "password", sealed(nil), "0x"}, -32602, "Couldn't parse parameters: encrypted_document", `"invalid encrypted data"`},
		{"a bad blob beats a short document", "decrypt", []any{who, "password", "0x", "0x"}, -32023, noKey, ""},
		{"short document", "shadowDecrypt", []any{who, "password", c.DecryptedSecret, c.CommonPoint, c.Shadows, "0x"}, -32602, "Couldn't parse parameters: encrypted_document", `"invalid encrypted data"`},
		{"unknown method", "nothing", []any{}, -32601, "the method secretstore_nothing does not exist/is not available", ""},
	} {
		var answer struct {
			Error struct {
				Code    int
				Message string
				Data    any
			}
		}
		raw := d.post(t, "secretstore_"+c.method, c.params...)
		if err := json.Unmarshal([]byte(raw), &answer); err != nil {
			t.Fatal(err)
		}
		if answer.Error.Code != c.code || answer.Error.Message != c.message || c.data != "" && answer.Error.Data != c.data {
			t.Errorf("%s: %s: %s", c.method, c.name, raw)
		}
	}
}

// negated is the point with the other Y.
func negated(t *testing.T, point string) string {
	p, err := secp256k1.ParsePoint(hexutil.MustDecode(point))
	if err != nil {
		t.Fatal(err)
	}
	b := p.Negated().Bytes()
	return hexutil.Encode(b[:])
}

// TestRPCArguments: what is no argument of its type is -32602, before any password work.
func TestRPCArguments(t *testing.T) {
	v := loadVectors(t)
	d := newDoor(t, v, Options{PasswordRPC: true})
	c := v.named(t, "sign_raw_hash_00a329")
	good := []string{quote(c.Address), `""`, quote(c.RawHash)}
	upper := []string{quote("0x" + strings.ToUpper(c.Address[2:])), `""`, quote(c.RawHash)}
	for _, params := range [][]string{good, upper} {
		if got := d.postRaw(t, "secretstore_signRawHash", "["+strings.Join(params, ",")+"]"); got != result(c.Expected.Signature) {
			t.Error(got)
		}
	}
	bad := map[int][]string{
		0: {`null`, `1`, `{}`, `""`, `"0x"`, quote(c.Address[2:]), quote("0X" + c.Address[2:]), quote(c.Address[:41]), quote(c.Address + "00"), quote(c.Address[:41] + "g"), quote(" " + c.Address)},
		1: {`null`, `1`, `[]`},
		2: {`null`, `true`, `"0x"`, quote(c.RawHash[2:]), quote(c.RawHash + "0"), quote(c.RawHash + "00")},
	}
	for i, texts := range bad {
		for _, text := range texts {
			params := append([]string{}, good...)
			params[i] = text
			invalidParams(t, d, "secretstore_signRawHash", "["+strings.Join(params, ",")+"]")
		}
	}
	for _, params := range []string{`[]`, `[` + good[0] + `]`, `[` + strings.Join(good, ",") + `,1]`, `{"a":1}`} {
		invalidParams(t, d, "secretstore_signRawHash", params)
	}
	for _, nodes := range []string{`[["0x00"]]`, `[[null]]`, `["0x"]`, `[{}]`, `[]`, `[null]`} {
		invalidParams(t, d, "secretstore_serversSetHash", nodes)
	}
	for _, blob := range []string{`"0x0"`, `"00"`, `""`, `null`, `[]`, `"0xzz"`} {
		invalidParams(t, d, "secretstore_encrypt", `[`+good[0]+`,"",`+blob+`,"0x"]`)
		invalidParams(t, d, "secretstore_shadowDecrypt", `[`+good[0]+`,"","0x`+pointA+`","0x`+pointA+`",[`+blob+`],"0x"]`)
	}
}

func quote(s string) string { return `"` + s + `"` }

func invalidParams(t *testing.T, d *door, method, params string) {
	t.Helper()
	if got := d.postRaw(t, method, params); !strings.Contains(got, `"code":-32602`) {
		t.Errorf("%s%s: %s", method, params, got)
	}
}

// TestPasswordTransport: over HTTP, password methods exist only if the operator says so.
func TestPasswordTransport(t *testing.T) {
	v := loadVectors(t)
	d := newDoor(t, v, Options{})
	c := v.named(t, "sign_raw_hash_00a329")
	for method, params := range map[string][]any{
		"signRawHash":         {c.Address, "", c.RawHash},
		"generateDocumentKey": {c.Address, "", "0x" + pointA},
		"encrypt":             {c.Address, "", "0x", "0x"},
		"decrypt":             {c.Address, "", "0x", "0x"},
		"shadowDecrypt":       {c.Address, "", "0x" + pointA, "0x" + pointA, []string{}, "0x"},
	} {
		want := `{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"the method secretstore_` + method + ` does not exist/is not available"}}`
		if got := d.post(t, "secretstore_"+method, params...); got != want {
			t.Errorf("%s: %s", method, got)
		}
	}
	var signature hexutil.Bytes
	if err := d.inproc.Call(&signature, "secretstore_signRawHash", c.Address, "", c.RawHash); err != nil || signature.String() != c.Expected.Signature {
		t.Errorf("in process: %v %v", signature, err)
	}
	if got := d.post(t, "secretstore_serversSetHash", []string{}); !strings.Contains(got, "0xc5d2") {
		t.Error(got)
	}
	if got := d.post(t, "secretstore_status"); got != `{"jsonrpc":"2.0","id":1,"result":{"role":"fake"}}` {
		t.Error(got)
	}
	if got := d.post(t, "secretstore_peers"); got != `{"jsonrpc":"2.0","id":1,"result":["peer"]}` {
		t.Error(got)
	}
}

// TestWithoutKeyServer: the account methods are there on a node that runs none.
func TestWithoutKeyServer(t *testing.T) {
	server := rpc.NewServer()
	defer server.Stop()
	manager := accounts.NewManager(nil)
	defer manager.Close()
	for _, api := range APIs(manager, nil, Options{}) {
		server.RegisterName(api.Namespace, api.Service)
	}
	client := rpc.DialInProc(server)
	defer client.Close()
	var hash string
	if err := client.Call(&hash, "secretstore_serversSetHash", []string{}); err != nil {
		t.Error(err)
	}
	if err := client.Call(&hash, "secretstore_status"); err == nil {
		t.Error("a status without a key server")
	}
}

// TestDroppedKeyFile: a key file put into the directory is usable soon, and a second
// file of the same account does no harm.
func TestDroppedKeyFile(t *testing.T) {
	v := loadVectors(t)
	d := newDoor(t, v, Options{})
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	account, err := keystore.NewKeyStore(other, 2, 1).ImportECDSA(key, "pw")
	if err != nil {
		t.Fatal(err)
	}
	sign := func() error {
		var signature hexutil.Bytes
		return d.inproc.Call(&signature, "secretstore_signRawHash", account.Address, "pw", "0x"+testID)
	}
	if err := sign(); err == nil {
		t.Fatal("signed with an account that is not there")
	}
	file, err := os.ReadFile(account.URL.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"first", "second"} {
		if err := os.WriteFile(filepath.Join(d.dir, name), file, 0o600); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for err = sign(); err != nil && time.Since(start) < time.Minute; err = sign() {
			time.Sleep(20 * time.Millisecond)
		}
		if err != nil {
			t.Fatalf("%s file: %v", name, err)
		}
		t.Logf("%s file usable after %v", name, time.Since(start).Round(time.Millisecond))
		time.Sleep(time.Second) // let the keystore see the second file too
	}
	if err := sign(); err != nil {
		t.Errorf("with two files of one account: %v", err)
	}
}

// FuzzArguments: no JSON text panics an argument, and what is read, writes back.
func FuzzArguments(f *testing.F) {
	f.Add([]byte(`"0x00"`))
	f.Add([]byte(`null`))
	f.Add([]byte(`"0x` + pointA + `"`))
	f.Fuzz(func(t *testing.T, in []byte) {
		var (
			b rpcBytes
			h h512
			a rpcAddress
		)
		if b.UnmarshalJSON(in) == nil {
			out, _ := b.MarshalText()
			var text string
			if json.Unmarshal(in, &text) != nil || !strings.EqualFold(text, string(out)) {
				t.Fatalf("%s read as %s", in, out)
			}
		}
		if h.UnmarshalJSON(in) == nil && len(in) < 2+2+128 || a.UnmarshalJSON(in) == nil && len(in) < 2+2+40 {
			t.Fatalf("%s is too short", in)
		}
	})
}
