package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"unicode"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/client/document"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What a hostile node can answer, through the client's transport. Nothing that is not genuine is taken, and nothing panics.
// Everything is made from seeds: fuzzing goes on in several processes, and what one has made has to hold in the others.

// hostile is a node that answers what a fuzzer likes, and the cluster of which its genuine answers are.
type hostile struct {
	*sessiontest.Cluster
	author, reader *sessiontest.Client
	c              *Client
	status         int
	body           []byte
}

func newHostile(t testing.TB) *hostile {
	h := &hostile{Cluster: sessiontest.New(4, 1)}
	h.author, h.reader = h.NewClient("author"), h.NewClient("alice")
	h.author.Wallet, h.reader.Wallet = true, true
	c, err := New(Config{Endpoints: []string{"http://node.example"}, Signer: NewKeySigner(h.reader.Key), Cluster: h.ID, Servers: h.Members(),
		HTTP: &http.Client{Transport: roundTrip(h.answer)}})
	if err != nil {
		t.Fatal(err)
	}
	h.c = c
	return h
}

func (h *hostile) answer(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: h.status, Body: io.NopCloser(bytes.NewReader(h.body)), Header: make(http.Header)}, nil
}

// tell has the node answer so, and the client read it.
func (h *hostile) tell(status int, body []byte, into any) error {
	h.status, h.body = status, body
	return h.c.post(context.Background(), "http://node.example", "/v1/x", nil, into)
}

// deal makes a server key of threshold 1, with a document key.
func (h *hostile) deal(key wire.KeyID) (*wire.KeyRecord, *sessiontest.Document) {
	r := h.Deal(key, 1, h.author, h.Nodes)
	d := h.Encrypt(r, int(key[31]))
	h.DealDocument(r, d)
	return r, d
}

// grant lets the reader use keys.
func (h *hostile) grant(keys ...wire.KeyID) {
	for _, key := range keys {
		block := h.Chain.Set(h.reader.Address(), key, true)
		for _, n := range h.Nodes {
			h.Follow(n, block)
		}
	}
}

// checkTold looks at an error as people and programs do.
func checkTold(t *testing.T, err error) {
	if err == nil {
		return
	}
	retryable(err)
	if IsDenied(err) {
		if r, ok := RefusalOf(err); ok && VerifyRefusal(r, Witnesses{}) != nil {
			t.Errorf("a receipt of a refusal that nobody has signed: %+v", r)
		}
	}
	var refused *Error
	if !errors.As(err, &refused) {
		return
	}
	for _, c := range refused.Error() {
		if !unicode.IsPrint(c) {
			t.Errorf("an error with the character %q", c)
		}
	}
}

// FuzzErrors: an error of a node, whatever it is, is told in printable words, has no receipt that was not checked, and is
// no proof of anything.
func FuzzErrors(f *testing.F) {
	h := newHostile(f)
	r, d := h.deal(sessiontest.KeyID(1))
	exists := &wire.Exists{Err: wire.Errorf(wire.DocumentExists, "x"), Stored: &wire.Stored{Certificate: r.Certificate(), Document: *h.Certify(r, d)}}
	for _, err := range []error{wire.Errorf(wire.Denied, "at block 7"), wire.Errorf(wire.KeyExists, "x"), exists, &wire.Refusal{Err: wire.Errorf(wire.Denied, "x"), Setup: r.Setup.Terms()}} {
		f.Add(uint16(told(err).Status), encoded(told(err)))
	}
	f.Add(uint16(502), []byte("<html>Bad Gateway"))
	f.Add(uint16(404), []byte(`""`))
	f.Add(uint16(200), []byte("true"))
	f.Fuzz(func(t *testing.T, status uint16, body []byte) {
		if status == http.StatusOK {
			return
		}
		err := h.tell(int(status), body, new(json.RawMessage))
		if err == nil {
			t.Fatal("an error is taken for an answer")
		}
		if _, ok := RefusalOf(err); ok {
			t.Error("a receipt that nobody has checked")
		}
		checkTold(t, err)
	})
}

// FuzzCluster: what a node says of the cluster makes requests for no other cluster, of a form that wallets can read.
func FuzzCluster(f *testing.F) {
	h := newHostile(f)
	info := wire.NewClusterInfo(sessiontest.ChainID, h.ID, "test", h.Members(), 1)
	info.Block = &wire.BlockInfo{Number: 7, Timestamp: 1_700_000_000}
	f.Add(encoded(info))
	none, late := *info, *info
	none.Block, late.Block = nil, &wire.BlockInfo{Timestamp: 1<<64 - 1}
	f.Add(encoded(&none))
	f.Add(encoded(&late))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, body []byte) {
		into := new(wire.ClusterInfo)
		if h.tell(http.StatusOK, body, into) != nil || h.c.checkInfo(into) != nil {
			return
		}
		if into.Cluster != h.ID || into.Block == nil || into.Chain == 0 {
			t.Fatalf("taken: %+v", into)
		}
		if servers, err := h.c.keyServers(into); err == nil && !slices.Equal(servers, h.c.facts().Servers) {
			t.Errorf("thresholds by %d servers", len(servers))
		}
		r := wire.Request{Chain: into.Chain, Cluster: into.Cluster, Keys: []wire.KeyID{{1}}, Expiry: h.c.expiry(into.Block.Timestamp)}
		if !json.Valid(typedRequest(&r)) {
			t.Errorf("a wallet is shown %s", typedRequest(&r))
		}
	})
}

// FuzzServerKey: a server key that is taken is the one that its members have made.
func FuzzServerKey(f *testing.F) {
	h := newHostile(f)
	r, _ := h.deal(sessiontest.KeyID(1))
	other, _ := h.deal(sessiontest.KeyID(2))
	genuine := keyOf(r)
	renamed := keyOf(other)
	renamed.Key = genuine.Key
	bare := *genuine
	bare.Certificate = nil
	for _, k := range []*wire.ServerKey{genuine, keyOf(other), renamed, &bare, {}} {
		f.Add(encoded(k))
	}
	for _, made := range []*origin{nil, {r.Setup.Proof.Hash(), 1}} {
		if err := h.c.checkServerKey(genuine, genuine.Key, h.ID, made, false); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		into := new(wire.ServerKey)
		if err := h.tell(http.StatusOK, body, into); err != nil {
			return
		}
		for _, made := range []*origin{nil, {r.Setup.Proof.Hash(), 1}} {
			if h.c.checkServerKey(into, genuine.Key, h.ID, made, false) == nil && (into.Key != genuine.Key || into.Version != genuine.Version || into.Public != genuine.Public) {
				t.Errorf("a key that nobody has made: %s", body)
			}
		}
	})
}

func keyOf(r *wire.KeyRecord) *wire.ServerKey {
	return &wire.ServerKey{Key: r.Setup.Key, Version: r.Version(), Public: r.Public(), Certificate: r.Certificate()}
}

// FuzzStored: a node that says that a pair is stored, or that another one is, shows it.
func FuzzStored(f *testing.F) {
	h := newHostile(f)
	r, mine := h.deal(sessiontest.KeyID(1))
	theirs := h.Encrypt(r, 77)
	want := &wire.DocumentRecord{Key: r.Setup.Key, Version: r.Version(), Common: mine.Common, Encrypted: mine.Encrypted}
	for _, d := range []*sessiontest.Document{mine, theirs} {
		s := &wire.Stored{Certificate: r.Certificate(), Document: *h.Certify(r, d)}
		f.Add(uint16(200), encoded(s))
		e := told(&wire.Exists{Err: wire.Errorf(wire.DocumentExists, "x"), Stored: s})
		f.Add(uint16(e.Status), encoded(e))
	}
	for _, lie := range storeLies(f, r.Setup.Key) {
		s := &wire.Stored{Certificate: r.Certificate(), Document: *h.Certify(r, mine)}
		if err := json.Unmarshal(encoded(s), s); err != nil { // a copy
			f.Fatal(err)
		}
		lie(s)
		f.Add(uint16(200), encoded(s))
	}
	f.Add(uint16(200), []byte("true"))
	f.Add(uint16(409), encoded(told(wire.Errorf(wire.DocumentExists, "another document key is promised"))))
	f.Fuzz(func(t *testing.T, status uint16, body []byte) {
		into := new(storeAnswer)
		err := into.heard(h.tell(int(status), body, into))
		if err == nil {
			err = h.c.checkStored(into, want, h.ID)
		}
		checkTold(t, err)
		var other *OtherPair
		switch {
		case err == nil && !into.stored.Document.SamePair(want):
			t.Errorf("a pair that nobody has stored: %s", body)
		case errors.As(err, &other) && (other.Stored.Document.Common != theirs.Common || other.Stored.Document.Encrypted != theirs.Encrypted):
			t.Errorf("another pair that nobody has stored: %s", body)
		}
	})
}

// FuzzSigned: a signature that is taken is one of this key, on this hash, in this scheme.
func FuzzSigned(f *testing.F) {
	h := newHostile(f)
	r, _ := h.deal(sessiontest.KeyID(1))
	key := r.Setup.Key
	h.grant(key)
	reply := secp256k1.NewScalar(4711)
	sealed := func(scheme wire.Scheme, hash common.Hash) *wire.Signed {
		o := h.Signature(h.Nodes[0], h.reader, key, scheme, hash)
		if err := h.Settle(); err != nil || o.Err != nil {
			f.Fatal(err, o.Err)
		}
		s := &wire.Signed{Key: key, Version: r.Version(), Scheme: scheme, Hash: hash, Public: r.Public(), Certificate: r.Certificate()}
		var err error
		if s.Sealed, err = gathering.Seal(rand.Reader, secp256k1.BaseMul(reply).Bytes(), o.Signature); err != nil {
			f.Fatal(err)
		}
		return s
	}
	for i, scheme := range wire.Schemes {
		f.Add(uint8(i), encoded(sealed(scheme, someHash)))
		f.Add(uint8(i), encoded(sealed(scheme, common.Hash{7})))
		f.Add(uint8(i+1), encoded(sealed(scheme, someHash)))
	}
	f.Add(uint8(1), []byte("null"))
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		scheme := wire.Schemes[int(which)%len(wire.Schemes)]
		into := new(wire.Signed)
		if h.tell(http.StatusOK, body, into) != nil || h.c.checkSigned(into, &wire.Signed{Key: key, Scheme: scheme, Hash: someHash}, h.ID, reply) != nil {
			return
		}
		if into.Key != key || into.Scheme != scheme || into.Hash != someHash || into.Public != r.Public() || VerifySignature(r.Public(), scheme, someHash, into.Signature) != nil {
			t.Errorf("a signature that nobody has made: %s", body)
		}
	})
}

// FuzzFetch: a document key that is taken is the one that was stored, with a receipt that holds; and a receipt of a refusal
// is one that was signed for this request.
func FuzzFetch(f *testing.F) {
	h := newHostile(f)
	one, two := sessiontest.KeyID(1), sessiontest.KeyID(2)
	_, first := h.deal(one)
	_, second := h.deal(two)
	open, released, refused := h.fetching(f, one, two)
	want := []*document.Key{keyOfDocument(f, first), keyOfDocument(f, second)}
	a, b := released[0], released[1]
	fewer, unsigned := *refused, *refused.Refusal // one has signed it, where two should have
	unsigned.Signatures = unsigned.Signatures[:1]
	fewer.Refusal = &unsigned
	for _, list := range [][]answer{
		{a, b}, {b, a}, {a, {Key: two, Error: refused}}, {{Key: one, Error: refused}, b}, {{Key: one, Release: b.Release}, b}, {a}, {}, {{}, {}},
		{a, {Key: two, Error: passingError("")}}, {a, {Key: two, Error: &fewer}},
	} {
		f.Add(encoded(list))
	}
	if all := open.merge(f.Context(), nil, []answer{a, {Key: two, Error: refused}}); all[0].Err != nil || !reflect.DeepEqual(all[0].Fetched.DocumentKey, want[0]) || all[1].Err.(*Error).Receipt == nil {
		f.Fatalf("%+v", all)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var answers []answer
		if h.tell(http.StatusOK, body, &answers) != nil || len(answers) != 2 {
			return
		}
		all := open.merge(t.Context(), nil, answers)
		if len(all) != 2 || len(open.merge(t.Context(), all, slices.Clone(answers))) != 2 {
			t.Fatalf("%d outcomes", len(all))
		}
		checkTold(t, worthRetry(all))
		for i, o := range all {
			checkTold(t, o.Err)
			switch {
			case (o.Fetched == nil) != (o.Err != nil):
				t.Errorf("outcome %d: %+v, %v", i, o.Fetched, o.Err)
			case o.Fetched != nil && (!reflect.DeepEqual(o.Fetched.DocumentKey, want[i]) || VerifyReceipt(o.Fetched.Receipt(), Witnesses{}) != nil):
				t.Errorf("outcome %d: another document key, or one without its receipt: %s", i, body)
			}
		}
	})
}

func keyOfDocument(t testing.TB, d *sessiontest.Document) *document.Key {
	b := d.Key.Bytes()
	key, err := document.NewKey(b[:])
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// fetching is a request for keys, with what comes of it before and after a grant.
func (h *hostile) fetching(t testing.TB, keys ...wire.KeyID) (open *opener, released []answer, refused *Error) {
	request := h.Request(h.reader, wire.OpRetrieve, wire.NoArguments, keys...)
	proof := h.Sign(h.reader, request)
	retrieve := func(key wire.KeyID) (*wire.Release, error) {
		n := h.Nodes[0]
		state := n.State(key)
		m, err := gathering.NewRetrieval(n.Env(), state, state.Record, state.Document, proof, true)
		if err != nil {
			t.Fatal(err)
		}
		run := h.Begin(n, wire.KindRetrieve, key, m, nil)
		if err := h.Settle(); err != nil {
			t.Fatal(err)
		}
		if run.Err != nil {
			return nil, run.Err
		}
		return m.Result().Release, nil
	}
	_, err := retrieve(keys[1])
	refused = told(err)
	h.grant(keys...)
	for _, key := range keys {
		rel, err := retrieve(key)
		if err != nil {
			t.Fatal(err)
		}
		released = append(released, answer{Key: key, Release: rel})
	}
	secret, err := secp256k1.FromPrivateKey(h.reader.Key)
	if err != nil {
		t.Fatal(err)
	}
	open = &opener{h.c, []wanted{{key: keys[0]}, {key: keys[1]}}, request, proof, secret}
	return open, released, refused
}
