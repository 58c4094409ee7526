package wire

import (
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
)

var updateTyped = flag.Bool("update-typed", false, "write testdata/typed.json anew")

// typedVectors is testdata/typed.json: requests and permits with what a wallet signs of
// them. test/npm holds npm's viem against the same file.
type typedVectors struct {
	Domain  map[string]string `json:"domain"` // without the chain id
	Types   apitypes.Types    `json:"types"`
	Vectors []typedVector     `json:"vectors"`
}

type typedVector struct {
	Name      string          `json:"name"`
	Primary   string          `json:"primaryType"`
	Chain     string          `json:"chainId"` // decimal: no number of JavaScript's
	Message   json.RawMessage `json:"message"`
	Digest    common.Hash     `json:"digest"`
	Key       common.Hash     `json:"privateKey"`
	Account   common.Address  `json:"account"`
	Signature hexutil.Bytes   `json:"signature"` // by RFC 6979, so that every signer makes the same
}

// digest reads the message as a node does.
func (v *typedVector) digest() (common.Hash, error) {
	chain, err := strconv.ParseUint(v.Chain, 10, 64)
	if err != nil {
		return common.Hash{}, err
	}
	if v.Primary == "Permit" {
		var p Permit
		if err := json.Unmarshal(v.Message, &p); err != nil {
			return common.Hash{}, err
		}
		p.Chain = chain
		return p.Digest(), nil
	}
	var r Request
	if err := json.Unmarshal(v.Message, &r); err != nil {
		return common.Hash{}, err
	}
	r.Chain = chain
	return r.Digest(), nil
}

// makeTypedVectors is what the file is made of.
func makeTypedVectors(t *testing.T) typedVectors {
	file := typedVectors{Domain: map[string]string{"name": "Secret Store", "version": "1"}, Types: typedTypes}
	add := func(name, primary string, chain uint64, message any) {
		text, err := json.Marshal(message)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(text, &fields); err != nil {
			t.Fatal(err)
		}
		delete(fields, "chainId") // of the domain alone
		if text, err = json.Marshal(fields); err != nil {
			t.Fatal(err)
		}
		key := testAccount(1)
		v := typedVector{Name: name, Primary: primary, Chain: strconv.FormatUint(chain, 10), Message: text,
			Key: common.BytesToHash(crypto.FromECDSA(key)), Account: crypto.PubkeyToAddress(key.PublicKey)}
		if v.Digest, err = v.digest(); err != nil {
			t.Fatal(err)
		}
		v.Signature = signTyped(t, key, v.Digest)
		file.Vectors = append(file.Vectors, v)
	}
	r := testRequest()
	add("retrieval", "Request", r.Chain, r)
	r.Chain, r.Keys = 1, nil
	for i := range MaxRequestKeys {
		r.Keys = append(r.Keys, KeyID{byte(i), 31: 1})
	}
	add("retrieval of many", "Request", r.Chain, r)
	r.Keys, r.ReplyKey = []KeyID{{1}}, Point{}
	r.Operation, r.Arguments = OpGenerate, GenerateArguments(2)
	add("generation", "Request", r.Chain, r)
	common, encrypted := replyKey(testAccount(3)), replyKey(testAccount(4))
	r.Operation, r.Arguments = OpStore, StoreArguments(common, encrypted)
	add("storing", "Request", r.Chain, r)
	r.Operation, r.Arguments = OpSign, SignArguments(ECDSA, crypto.Keccak256Hash([]byte("a transaction")))
	add("signature in the open", "Request", r.Chain, r)
	r.Arguments, r.ReplyKey = SignArguments(BIP340, crypto.Keccak256Hash([]byte("a transaction"))), replyKey(testAccount(2))
	add("sealed signature", "Request", r.Chain, r)
	r.ReplyKey = Point{}
	r.Operation, r.Arguments, r.Chain, r.Expiry = OpPublic, NoArguments, 1<<64-1, 1<<53-1
	add("the largest numbers", "Request", r.Chain, r)
	r.Operation, r.Expiry, r.Keys = OpWatch, 0, []KeyID{}
	add("empty", "Request", r.Chain, r)

	p := testPermit()
	add("permit", "Permit", p.Chain, p)
	p.Operations, p.Keys, p.Author = Operations, []KeyID{}, p.Account
	add("permit for all of an author's keys", "Permit", p.Chain, p)
	p.Operations = []Operation{}
	add("empty permit", "Permit", p.Chain, p)
	return file
}

// TestTypedVectors: the digests that other languages are held to are the nodes', the message
// is read as it was written, and go-ethereum's signer agrees (TestTypedDigests).
func TestTypedVectors(t *testing.T) {
	const path = "testdata/typed.json"
	want := makeTypedVectors(t)
	if *updateTyped {
		text, err := json.MarshalIndent(want, "", " ")
		if err == nil {
			err = os.WriteFile(path, append(text, '\n'), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var have typedVectors
	if err := json.Unmarshal(text, &have); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(have.Domain, want.Domain) || !reflect.DeepEqual(have.Types, want.Types) || len(have.Vectors) != len(want.Vectors) {
		t.Fatalf("%s is not what is made today: run with -update-typed and look at the difference", path)
	}
	for i, v := range have.Vectors {
		digest, err := v.digest()
		if err != nil || digest != v.Digest || digest != want.Vectors[i].Digest {
			t.Errorf("%s: digest %v, %v; %v is in the file", v.Name, digest, err, v.Digest)
		}
		if contract, err := signedBy(v.Account, digest, v.Signature); err != nil || contract != nil {
			t.Errorf("%s: the signature is not taken: %v", v.Name, err)
		}
		if !slices.Equal(v.Signature, want.Vectors[i].Signature) {
			t.Errorf("%s: another signature than in the file", v.Name)
		}
	}
}
