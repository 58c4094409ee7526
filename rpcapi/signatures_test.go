package rpcapi

import (
	"crypto/ecdsa"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

func keyOf(n int64) *ecdsa.PrivateKey {
	key, err := crypto.ToECDSA(common.BigToHash(big.NewInt(n)).Bytes())
	if err != nil {
		panic(err)
	}
	return key
}

func sign(key *ecdsa.PrivateKey, digest common.Hash) []byte {
	sig, err := crypto.Sign(digest[:], key)
	if err != nil {
		panic(err)
	}
	sig[64] += 27
	return sig
}

// packed is a signature as EIP-2098 writes it.
func packed(sig []byte) []byte {
	out := slices.Clone(sig[:64])
	if sig[64] == 28 {
		out[32] |= 0x80
	}
	return out
}

// undeployed is a signature in ERC-6492's wrapping.
func undeployed(sig []byte) []byte {
	return append(slices.Clone(sig), common.FromHex("6492649264926492649264926492649264926492649264926492649264926492")...)
}

// TestSignatureForms: a packed signature of a key becomes one of 65 bytes before it is hashed, for whoever signs: account,
// delegate, and account of a permit. One that the account's key has not made, or any of an account that has code, stays to the byte.
func TestSignatureForms(t *testing.T) {
	account, delegate := testWallet(), keyOf(8)
	address := crypto.PubkeyToAddress(account.PublicKey)
	request := func(nonce byte) wire.Request {
		r := testRequest(wire.OpPublic, wire.NoArguments, keyID(1)).Request
		r.Nonce[0] = nonce // both values of v come up
		return r
	}
	permit := func(nonce byte) wire.Permit {
		return wire.Permit{Chain: testChain, Cluster: testCluster, Account: address, Delegate: crypto.PubkeyToAddress(delegate.PublicKey),
			Operations: wire.Operations, Keys: []wire.KeyID{keyID(1)}, Start: 1_700_000_000, Expiry: 1_700_000_900, Nonce: common.Hash{nonce}}
	}
	vs := make(map[byte]int)
	for nonce := range byte(16) {
		r, p := request(nonce), permit(nonce)
		own, under, permitted := sign(account, r.Digest()), sign(delegate, r.Digest()), sign(account, p.Digest())
		vs[own[64]]++
		vs[permitted[64]]++
		signed := func(sig, permitSig []byte) *wire.SignedRequest {
			s := &wire.SignedRequest{Request: r, Signature: sig}
			if permitSig != nil {
				s.Permit = &wire.SignedPermit{Permit: p, Signature: permitSig}
			}
			return s
		}
		for _, test := range []struct {
			name       string
			sent, want *wire.SignedRequest
			code       bool
		}{
			{"65 bytes", signed(own, nil), signed(own, nil), false},
			{"packed", signed(packed(own), nil), signed(own, nil), false},
			{"packed, of an account with code", signed(packed(own), nil), signed(packed(own), nil), true},
			{"65 bytes, of an account with code", signed(own, nil), signed(own, nil), true},
			{"packed, of another key", signed(packed(under), nil), signed(packed(under), nil), false},
			{"64 bytes of nobody", signed(make([]byte, 64), nil), signed(make([]byte, 64), nil), false},
			{"63 bytes", signed(packed(own)[:63], nil), signed(packed(own)[:63], nil), false},
			{"a permit", signed(under, permitted), signed(under, permitted), false},
			{"packed under a permit", signed(packed(under), permitted), signed(under, permitted), false},
			{"packed under a permit, of an account with code", signed(packed(under), permitted), signed(under, permitted), true},
			{"a packed permit", signed(under, packed(permitted)), signed(under, permitted), false},
			{"a packed permit of an account with code", signed(under, packed(permitted)), signed(under, packed(permitted)), true},
			{"all packed", signed(packed(under), packed(permitted)), signed(under, permitted), false},
			{"packed under a permit, by the account", signed(packed(own), permitted), signed(packed(own), permitted), false},
		} {
			d := &desk{keys: &fakeKeys{code: map[common.Address]bool{address: test.code}}}
			got, err := d.proof(t.Context(), test.sent)
			want, _ := test.want.Proof()
			if err != nil || got.Hash() != want.Hash() {
				t.Errorf("%s: %v, %x instead of %x", test.name, err, got.Data, want.Data)
			}
		}
	}
	if len(vs) != 2 || vs[27] == 0 || vs[28] == 0 {
		t.Errorf("the values of v were %v", vs)
	}
}

// TestPackedAtEveryDoor: every operation takes a packed signature, as HTTP and as JSON-RPC, and the key server sees what it sees of one
// of 65 bytes. Whether the account has code must be known: else the node is at fault, not the client.
func TestPackedAtEveryDoor(t *testing.T) {
	d := newDoor(t, vectors{}, Options{})
	h := testHandler(d.keys, limits.Config{})
	for operation, call := range strictCalls(t) {
		whole := hexutil.MustDecode(call["signature"].(string)) // v is 0 or 1
		body := func(sig []byte) string {
			return write("", "signature", call, func(name, _ string) string { return `"` + name + `":"` + hexutil.Encode(sig) + `"` })
		}
		whole[64] += 27
		overHTTP(h, "POST", "/v1/"+operation, body(whole))
		want := d.keys.called()
		if want == "" {
			t.Fatalf("%s did not reach the key server", operation)
		}
		if w := overHTTP(h, "POST", "/v1/"+operation, body(packed(whole))); w.Code != 200 || d.keys.called() != want {
			t.Errorf("%s, packed: %d %s", operation, w.Code, w.Body)
		}
		if got := d.postRaw(t, "secretstore_"+operation, "["+body(packed(whole))+"]"); d.keys.called() != want {
			t.Errorf("%s, packed, by JSON-RPC: %s", operation, got)
		}
		d.keys.codeErr = wire.Errorf(wire.Unavailable, "no state")
		var e walletError
		if w := overHTTP(h, "POST", "/v1/"+operation, body(packed(whole))); json.Unmarshal(w.Body.Bytes(), &e) != nil || w.Code != 503 || e.Reason != "unavailable" || d.keys.called() != "" {
			t.Errorf("%s, packed, without state: %d %s", operation, w.Code, w.Body)
		}
		d.keys.codeErr = nil
	}
}

// TestUndeployed: ERC-6492 is refused by name wherever a signature is, whatever it wraps and whether the account has code.
func TestUndeployed(t *testing.T) {
	d := newDoor(t, vectors{}, Options{})
	h := testHandler(d.keys, limits.Config{})
	for operation, call := range strictCalls(t) {
		for path, call := range map[string]map[string]any{"signature": call, "permit.signature": withPermit(t, call)} {
			for _, inner := range [][]byte{nil, make([]byte, 65), make([]byte, 300)} {
				body := write("", path, call, func(name, _ string) string { return `"` + name + `":"` + hexutil.Encode(undeployed(inner)) + `"` })
				var e walletError
				w := overHTTP(h, "POST", "/v1/"+operation, body)
				if json.Unmarshal(w.Body.Bytes(), &e) != nil || w.Code != 400 || e.Reason != "badRequester" || !strings.Contains(e.Message, path+" is a signature of ERC-6492") {
					t.Errorf("%s, %s: %d %s", operation, path, w.Code, w.Body)
				}
				if got := d.postRaw(t, "secretstore_"+operation, "["+body+"]"); !strings.Contains(got, path+" is a signature of ERC-6492") || d.keys.called() != "" {
					t.Errorf("%s, %s, by JSON-RPC: %s", operation, path, got)
				}
			}
		}
	}
	if err := (&desk{keys: new(fakeKeys)}).readSignatures(t.Context(), &wire.SignedRequest{Signature: undeployed(nil)[1:]}); err != nil {
		t.Errorf("31 bytes of the mark: %v", err)
	}
}
