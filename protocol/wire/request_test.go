package wire

import (
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

func testAccount(n int64) *ecdsa.PrivateKey {
	key, err := crypto.ToECDSA(common.BigToHash(big.NewInt(n)).Bytes())
	if err != nil {
		panic(err)
	}
	return key
}

func replyKey(key *ecdsa.PrivateKey) Point { return Point(NodeIDOf(&key.PublicKey)) }

func signTyped(t *testing.T, key *ecdsa.PrivateKey, digest common.Hash) []byte {
	t.Helper()
	sig, err := crypto.Sign(digest[:], key)
	if err != nil {
		t.Fatal(err)
	}
	sig[64] += 27 // as wallets do
	return sig
}

func testRequest() *Request {
	return &Request{
		Chain: 1337, Cluster: ClusterID{1, 2}, Account: crypto.PubkeyToAddress(testAccount(1).PublicKey), Operation: OpRetrieve,
		Keys: []KeyID{{1}, {2}, {31: 3}}, Arguments: NoArguments, ReplyKey: replyKey(testAccount(2)), Expiry: 1_800_000_000, Nonce: [32]byte{9},
	}
}

func testPermit() *Permit {
	return &Permit{
		Chain: 1337, Cluster: ClusterID{1, 2}, Account: crypto.PubkeyToAddress(testAccount(1).PublicKey),
		Delegate: crypto.PubkeyToAddress(testAccount(3).PublicKey), Operations: []Operation{OpRetrieve, OpPublic}, Keys: []KeyID{{1}, {2}},
		Start: 1_799_990_000, Expiry: 1_800_000_100, Nonce: [32]byte{7},
	}
}

func testAct() Act {
	return Act{Chain: 1337, Cluster: ClusterID{1, 2}, Operation: OpRetrieve, Key: KeyID{2}, Arguments: NoArguments}
}

// The types as wallets are given them, apart from the code's own strings.
var typedTypes = apitypes.Types{
	"EIP712Domain": {{Name: "name", Type: "string"}, {Name: "version", Type: "string"}, {Name: "chainId", Type: "uint256"}},
	"Request": {
		{Name: "cluster", Type: "bytes32"}, {Name: "account", Type: "address"}, {Name: "operation", Type: "string"}, {Name: "keys", Type: "bytes32[]"},
		{Name: "arguments", Type: "bytes32"}, {Name: "replyKey", Type: "bytes"}, {Name: "expiry", Type: "uint256"}, {Name: "nonce", Type: "bytes32"},
	},
	"Permit": {
		{Name: "cluster", Type: "bytes32"}, {Name: "account", Type: "address"}, {Name: "delegate", Type: "address"}, {Name: "operations", Type: "string[]"},
		{Name: "keys", Type: "bytes32[]"}, {Name: "author", Type: "address"}, {Name: "start", Type: "uint256"}, {Name: "expiry", Type: "uint256"},
		{Name: "nonce", Type: "bytes32"},
	},
}

func typedHash(t *testing.T, primary string, chain uint64, message apitypes.TypedDataMessage) common.Hash {
	t.Helper()
	hash, _, err := apitypes.TypedDataAndHash(apitypes.TypedData{
		Types: typedTypes, PrimaryType: primary,
		Domain:  apitypes.TypedDataDomain{Name: "Secret Store", Version: "1", ChainId: (*math.HexOrDecimal256)(new(big.Int).SetUint64(chain))},
		Message: message,
	})
	if err != nil {
		t.Fatal(err)
	}
	return common.BytesToHash(hash)
}

func hexList(keys []KeyID) (list []any) {
	for _, k := range keys {
		list = append(list, k.String())
	}
	if list == nil {
		list = []any{}
	}
	return list
}

// What the node hashes is what a wallet hashes: go-ethereum's signer is the second opinion.
func TestTypedDigests(t *testing.T) {
	dec := func(n uint64) string { return new(big.Int).SetUint64(n).String() }
	request := func(r *Request) common.Hash {
		reply := "0x"
		if r.ReplyKey != (Point{}) {
			reply = "0x" + hex.EncodeToString(r.ReplyKey[:])
		}
		return typedHash(t, "Request", r.Chain, apitypes.TypedDataMessage{
			"cluster": r.Cluster.String(), "account": r.Account.Hex(), "operation": string(r.Operation), "keys": hexList(r.Keys),
			"arguments": r.Arguments.Hex(), "replyKey": reply, "expiry": dec(r.Expiry), "nonce": hexutil.Encode(r.Nonce[:]),
		})
	}
	r := testRequest()
	for range 3 {
		if have, want := r.Digest(), request(r); have != want {
			t.Errorf("request: %v instead of %v", have, want)
		}
		r.ReplyKey, r.Keys, r.Operation, r.Chain = Point{}, r.Keys[:1], OpGenerate, 1<<63
	}
	p := testPermit()
	for range 2 {
		operations := []any{}
		for _, o := range p.Operations {
			operations = append(operations, string(o))
		}
		want := typedHash(t, "Permit", p.Chain, apitypes.TypedDataMessage{
			"cluster": p.Cluster.String(), "account": p.Account.Hex(), "delegate": p.Delegate.Hex(), "operations": operations,
			"keys": hexList(p.Keys), "author": p.Author.Hex(), "start": dec(p.Start), "expiry": dec(p.Expiry), "nonce": hexutil.Encode(p.Nonce[:]),
		})
		if have := p.Digest(); have != want {
			t.Errorf("permit: %v instead of %v", have, want)
		}
		p.Keys, p.Operations, p.Author = nil, nil, common.Address{5}
	}
}

// TestWalletRequest bends a request, and what it is shown for, in every way.
func TestWalletRequest(t *testing.T) {
	account := testAccount(1)
	recover := func(r *Request, key *ecdsa.PrivateKey, act Act) (*Requester, error) {
		proof, err := (&SignedRequest{Request: *r, Signature: signTyped(t, key, r.Digest())}).Proof()
		if err != nil {
			t.Fatal(err)
		}
		return proof.Recover(act)
	}
	good, err := recover(testRequest(), account, testAct())
	if err != nil {
		t.Fatal(err)
	}
	if want := crypto.PubkeyToAddress(account.PublicKey); good.Address != want || good.Public != testRequest().ReplyKey ||
		good.Check.Contract != nil || good.Check.Expiry != 1_800_000_000 || good.Check.Start != 1_800_000_000-86400 {
		t.Fatalf("recovered %+v, check %+v", good, good.Check)
	}
	for _, test := range []struct {
		name string
		bend func(*Request, *Act)
		want string
	}{
		{"other chain", func(_ *Request, a *Act) { a.Chain = 1 }, "another chain"},
		{"other cluster", func(_ *Request, a *Act) { a.Cluster = ClusterID{} }, "another cluster"},
		{"other operation", func(_ *Request, a *Act) { a.Operation = OpPublic }, "another operation"},
		{"other key", func(_ *Request, a *Act) { a.Key = KeyID{9} }, "does not name this key"},
		{"other arguments", func(_ *Request, a *Act) { a.Arguments = GenerateArguments(1) }, "other arguments"},
		{"no keys", func(r *Request, _ *Act) { r.Keys = nil }, "no keys"},
		{"too many keys", func(r *Request, _ *Act) { r.Keys = slices.Repeat(r.Keys, 100) }, "too many"},
		{"zero account", func(r *Request, _ *Act) { r.Account = common.Address{} }, "zero address"},
		{"reply key off the curve", func(r *Request, _ *Act) { r.ReplyKey[3]++ }, "reply key"},
		{"no reply key", func(r *Request, _ *Act) { r.ReplyKey = Point{} }, "reply key"},
	} {
		r, act := testRequest(), testAct()
		test.bend(r, &act)
		if _, err := recover(r, account, act); ReasonOf(err) != BadRequester || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	// A signature that is not the account's is a contract's to judge, never good by itself.
	for name, bend := range map[string]func(*SignedRequest){
		"reply key replaced": func(s *SignedRequest) { s.Request.ReplyKey = replyKey(testAccount(4)) },
		"account replaced":   func(s *SignedRequest) { s.Request.Account = common.Address{1} },
		"expiry prolonged":   func(s *SignedRequest) { s.Request.Expiry++ },
		"nonce replaced":     func(s *SignedRequest) { s.Request.Nonce[0]++ },
		"no signature":       func(s *SignedRequest) { s.Signature = nil },
		"zero signature":     func(s *SignedRequest) { s.Signature = make([]byte, 65) },
	} {
		r := testRequest()
		s := &SignedRequest{Request: *r, Signature: signTyped(t, account, r.Digest())}
		bend(s)
		proof, _ := s.Proof()
		if who, err := proof.Recover(testAct()); err != nil || who.Check.Contract == nil || who.Check.Contract.Account != s.Request.Account ||
			who.Check.Contract.Digest != s.Request.Digest() {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
	s := &SignedRequest{Request: *testRequest(), Signature: make([]byte, maxWalletSignature+1)}
	if proof, _ := s.Proof(); ReasonOf(second(proof.Recover(testAct()))) != BadRequester {
		t.Error("a signature beyond the bound is taken")
	}
	if err := second(Proof{Kind: WalletProof, Data: make([]byte, maxProof+1)}.Recover(testAct())); ReasonOf(err) != BadRequester {
		t.Error(err)
	}
}

func second[T any](_ T, err error) error { return err }

// TestSessionPermit bends a permit, and uses it beyond its scope.
func TestSessionPermit(t *testing.T) {
	account, delegate := testAccount(1), testAccount(3)
	recover := func(p *Permit, r *Request, byPermit, byRequest *ecdsa.PrivateKey, act Act) (*Requester, error) {
		proof, err := (&SignedRequest{Request: *r, Signature: signTyped(t, byRequest, r.Digest()),
			Permit: &SignedPermit{Permit: *p, Signature: signTyped(t, byPermit, p.Digest())}}).Proof()
		if err != nil {
			t.Fatal(err)
		}
		return proof.Recover(act)
	}
	good, err := recover(testPermit(), testRequest(), account, delegate, testAct())
	if err != nil {
		t.Fatal(err)
	}
	if good.Address != testRequest().Account || good.Author != (common.Address{}) || good.Check.Contract != nil ||
		good.Check.Start != 1_799_990_000 || good.Check.Expiry != 1_800_000_000 {
		t.Fatalf("recovered %+v, check %+v", good, good.Check)
	}
	for _, test := range []struct {
		name string
		bend func(*Permit, *Request, *Act)
		want string
	}{
		{"other chain", func(p *Permit, _ *Request, _ *Act) { p.Chain = 1 }, "another chain"},
		{"other cluster", func(p *Permit, _ *Request, _ *Act) { p.Cluster[0]++ }, "another chain or cluster"},
		{"other account", func(p *Permit, _ *Request, _ *Act) { p.Account[0]++ }, "another account"},
		{"other delegate", func(p *Permit, _ *Request, _ *Act) { p.Delegate[0]++ }, "the key it is for, but by 0x"},
		{"beyond its operations", func(p *Permit, _ *Request, _ *Act) { p.Operations = []Operation{OpPublic} }, "not for this operation"},
		{"beyond its keys", func(_ *Permit, _ *Request, a *Act) { a.Key = KeyID{31: 3} }, "not for this key"},
		{"longer than a day", func(p *Permit, _ *Request, _ *Act) { p.Start = p.Expiry - 86401 }, "longer than a day"},
		{"ends before it begins", func(p *Permit, _ *Request, _ *Act) { p.Start = p.Expiry + 1 }, "longer than a day"},
	} {
		p, r, act := testPermit(), testRequest(), testAct()
		test.bend(p, r, &act)
		if _, err := recover(p, r, account, delegate, act); ReasonOf(err) != BadRequester || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	// The account itself does not sign with a permit, nor can a delegate permit itself.
	if _, err := recover(testPermit(), testRequest(), account, account, testAct()); err == nil {
		t.Error("a request under a permit is taken from the account's own key")
	}
	if who, err := recover(testPermit(), testRequest(), delegate, delegate, testAct()); err != nil || who.Check.Contract == nil {
		t.Errorf("a permit signed by the delegate: %+v, %v", who, err)
	}
	author := testPermit()
	author.Author = common.Address{5}
	act := testAct()
	act.Key = KeyID{31: 3} // not listed
	if who, err := recover(author, testRequest(), account, delegate, act); err != nil || who.Author != author.Author {
		t.Errorf("a permit for an author's keys: %+v, %v", who, err)
	}
	if who, err := recover(author, testRequest(), account, delegate, testAct()); err != nil || who.Author != (common.Address{}) {
		t.Errorf("a listed key of a permit for an author's keys: %+v, %v", who, err)
	}
}

func TestRequestJSON(t *testing.T) {
	signed := &SignedRequest{Request: *testRequest(), Signature: []byte{1, 2}, Permit: &SignedPermit{Permit: *testPermit(), Signature: []byte{3}}}
	for range 2 {
		text, err := json.Marshal(signed)
		if err != nil {
			t.Fatal(err)
		}
		read := new(SignedRequest)
		if err := json.Unmarshal(text, read); err != nil || !reflect.DeepEqual(read, signed) {
			t.Errorf("%s\nis read as %+v, %v", text, read, err)
		}
		signed.Request.ReplyKey, signed.Permit = Point{}, nil
	}
	for _, bad := range []string{`{"replyKey":"0x00"}`, `{"keys":["0x01"]}`, `{"expiry":-1}`, `{"account":"0x"}`, `[]`} {
		if json.Unmarshal([]byte(bad), new(Request)) == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}
