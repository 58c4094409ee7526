package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/client/document"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const secret = "Meet me where the ways cross, at noon."

func open(t *testing.T, c *Client, encrypted []byte) (string, *Fetched, error) {
	t.Helper()
	text, f, err := c.Open(context.Background(), bytes.NewReader(encrypted))
	if err != nil {
		return "", nil, err
	}
	b, err := io.ReadAll(text)
	return string(b), f, err
}

// TestPublishAndOpen is a document's whole life: published, refused to a stranger with the reason, granted, read.
func TestPublishAndOpen(t *testing.T) {
	for _, n := range []int{1, 4} {
		d := newDesk(t, n)
		author, alice, bob := d.client("author"), d.client("alice"), d.client("bob")
		encrypted, p := d.publish(author, secret)
		if p.Threshold != uint32((n-1)/3) || bytes.Contains(encrypted, []byte(secret[:10])) {
			t.Fatalf("published %+v", p)
		}
		d.grant(alice.Account(), p.Key)
		if got, f, err := open(t, alice, encrypted); err != nil || got != secret || f.ServerKey != p.ServerKey {
			t.Fatalf("alice reads %q: %v", got, err)
		}
		_, _, err := open(t, bob, encrypted)
		if !IsDenied(err) || retryable(err) {
			t.Errorf("bob: %v", err)
		}
		no, ok := RefusalOf(err)
		if !ok || VerifyRefusal(no, Witnesses{}) != nil || VerifyReceipt(no, Witnesses{}) == nil || no.Receipt.Requester != bob.Account() {
			t.Fatalf("n=%d: the refusal's receipt is %+v", n, no)
		}
		for name, bend := range map[string]func(*Receipt){
			"a grant":           func(r *Receipt) { r.Receipt.Granted = true },
			"another account's": func(r *Receipt) { r.Receipt.Requester[0]++ },
			"another block's":   func(r *Receipt) { r.Receipt.Block.Number++ },
			"of too few":        func(r *Receipt) { r.Signatures = r.Signatures[:p.Threshold] },
		} {
			bent := *no
			if bend(&bent); VerifyRefusal(&bent, Witnesses{}) == nil || VerifyReceipt(&bent, Witnesses{}) == nil {
				t.Errorf("%s passes as a receipt", name)
			}
		}
		for i, w := range d.nodes { // a denial is asked for once
			if w.asked["retrieveDocumentKeys"] > 2 {
				t.Errorf("node %d was asked %d times", i, w.asked["retrieveDocumentKeys"])
			}
		}
		if got, err := author.ServerKey(context.Background(), p.Key); err != nil || got.Public != p.ServerKey {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := alice.ServerKey(context.Background(), p.Key); !hasReason(err, "notAuthor") {
			t.Errorf("alice reads the server key: %v", err)
		}
		if _, err := author.PublishKey(context.Background(), PublishOptions{Key: p.Key, Unclaimed: true}); !hasReason(err, reasonKeyExists) {
			t.Errorf("an id twice: %v", err)
		}
		if err := author.StoreKey(context.Background(), p.Key, p.ServerKey, p.ServerKey); !hasReason(err, reasonDocumentExists) {
			t.Errorf("a document key twice: %v", err)
		}
	}
}

func passingError(string) *Error {
	return &Error{Status: 503, Code: 14, Reason: "unavailable", Message: "temporarily unavailable"}
}

// TestAnotherNode: what one node can't do now is asked of another; what one may have done is not done twice.
func TestAnotherNode(t *testing.T) {
	for name, trouble := range map[string]func(*door){
		"unavailable": func(w *door) { w.fail = passingError },
		"newer than the key": func(w *door) {
			w.fail = func(string) *Error { return &Error{Status: 503, Code: 22, Reason: "notMember"} }
		},
		"a proxy's 502": func(w *door) { w.fail = func(string) *Error { return &Error{Status: 502} } },
		"no JSON":       func(w *door) { w.raw = func(string) []byte { return []byte("<html>") } },
		"another's key": func(w *door) {
			w.public = func(k *wire.ServerKey) { k.Key[0]++ }
			w.bend = func(a []answer) { a[0].Key[0]++ }
		},
		"no point":           func(w *door) { w.public = func(k *wire.ServerKey) { k.Public[0]++ } },
		"cut after the work": func(w *door) { w.cut = func(path string) bool { return path != "cluster" } },
		"no outcome":         func(w *door) { w.bend = func(a []answer) { a[0] = answer{Key: a[0].Key} } },
		"a half-made answer": func(w *door) {
			w.raw = func(path string) []byte { return map[string][]byte{"retrieveDocumentKeys": []byte("[]")}[path] }
		},
		"null instead of an answer": func(w *door) { w.raw = func(path string) []byte { return []byte("null") } },
		"another cluster":           func(w *door) { w.info = func(i *wire.ClusterInfo) { i.Cluster = wire.ClusterID{} } },
		"no block":                  func(w *door) { w.info = func(i *wire.ClusterInfo) { i.Block = nil } },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, 4)
			trouble(d.nodes[0])
			warned := 0
			author := d.client("author", func(c *Config) { c.Warn = func(error) { warned++ } })
			encrypted, p := d.publish(author, secret)
			d.grant(author.Account(), p.Key)
			author.ring.Answered(0)
			if got, _, err := open(t, author, encrypted); err != nil || got != secret {
				t.Fatalf("%q %v", got, err)
			}
			if warned == 0 {
				t.Error("not a word about the first node")
			}
			if d.nodes[0].info == nil && name != "no point" && author.ring.First() != 1 {
				t.Error("the next request begins with the node that failed")
			}
		})
	}
}

// TestAllNodesFail: all errors are told, and retrying ends.
func TestAllNodesFail(t *testing.T) {
	d := newDesk(t, 2)
	for _, w := range d.nodes {
		w.fail = passingError
	}
	c := d.client("author")
	_, err := c.Cluster(context.Background())
	if err == nil || !strings.Contains(err.Error(), d.nodes[0].url) || !strings.Contains(err.Error(), d.nodes[1].url) || d.nodes[0].asked["cluster"] != 1+rounds { // all of them at first, and then by turns
		t.Errorf("%v after %d", err, d.nodes[0].asked["cluster"])
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Cluster(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	// A node that answers too late is left.
	d.nodes[0].fail, d.nodes[1].fail = nil, nil
	c = d.client("author", func(c *Config) {
		var before atomic.Bool
		c.HTTP = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if !before.Swap(true) {
				return nil, context.DeadlineExceeded // as http.Client's at its end
			}
			return http.DefaultTransport.RoundTrip(r)
		})}
	})
	if _, err := c.Cluster(context.Background()); err != nil {
		t.Errorf("a node that is stuck: %v", err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestLyingNode: whatever the asked node makes of the answer, the client takes no key from it, and asks another.
func TestLyingNode(t *testing.T) {
	other := wire.Release{}
	for name, bend := range map[string]func(*wire.Release){
		"part":            func(r *wire.Release) { r.Parts[0].Part[3]++ },
		"sealed":          func(r *wire.Release) { r.Parts[0].Sealed[80]++ },
		"fewer parts":     func(r *wire.Release) { r.Parts = r.Parts[:1] },
		"certificate":     func(r *wire.Release) { r.Signatures[1][5]++ },
		"receipt":         func(r *wire.Release) { r.Receipt.Request[0]++ },
		"requester":       func(r *wire.Release) { r.Receipt.Requester[0]++ },
		"key":             func(r *wire.Release) { r.Setup.Key[0]++ },
		"cluster":         func(r *wire.Release) { r.Setup.Cluster[0]++ },
		"encrypted point": func(r *wire.Release) { r.Request.Encrypted = r.Request.Common },
		"an older answer": func(r *wire.Release) { *r = other },
	} {
		d := newDesk(t, 4)
		author := d.client("author")
		encrypted, p := d.publish(author, secret)
		d.grant(author.Account(), p.Key)
		_, f, err := open(t, author, encrypted)
		if err != nil {
			t.Fatal(err)
		}
		other = *f.Release
		d.nodes[0].bend = func(a []answer) { bend(a[0].Release) }
		var warned error
		author = d.client("author", func(c *Config) { c.Warn = func(err error) { warned = err } })
		if got, _, err := open(t, author, encrypted); err != nil || got != secret || warned == nil {
			t.Errorf("%s: %q %v, warned of %v", name, got, err, warned)
		}
		for _, w := range d.nodes {
			w.bend = d.nodes[0].bend
		}
		if _, _, err := open(t, author, encrypted); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestReleaseForAnother: the releases of a batch can't be exchanged, and what members sign for another request or requester
// is no answer to ours.
func TestReleaseForAnother(t *testing.T) {
	d := newDesk(t, 4)
	author := d.client("author")
	_, one := d.publish(author, "one")
	_, two := d.publish(author, "two")
	d.grant(author.Account(), one.Key, two.Key)
	for name, bend := range map[string]func(a []answer){
		"exchanged":       func(a []answer) { a[0].Release, a[1].Release = a[1].Release, a[0].Release },
		"another request": func(a []answer) { d.resign(a, func(r *wire.Receipt) { r.Request[0]++ }) },
		"another reader":  func(a []answer) { d.resign(a, func(r *wire.Receipt) { r.Requester[0]++ }) },
	} {
		for _, w := range d.nodes {
			w.bend = bend
		}
		all, err := author.FetchMany(context.Background(), []wire.KeyID{one.Key, two.Key})
		if err != nil || all[0].Err == nil || all[1].Err == nil {
			t.Errorf("%s: %v %+v", name, err, all)
		}
	}
}

// resign has the members sign bent receipts.
func (d *desk) resign(answers []answer, bend func(*wire.Receipt)) {
	for _, a := range answers {
		r := a.Release
		bend(&r.Receipt)
		for i, index := range r.Request.Set {
			member, part := d.Node(r.Setup.Members[index-1]).NodeKey(), &r.Parts[i]
			part.Receipt = member.Sign(r.Receipt.Digest())
			part.Signature = member.Sign(part.Digest(r.Attempt(), index))
		}
	}
}

// TestStoredUnheard: a store that was done without the node's saying so is not done twice, and is no error.
func TestStoredUnheard(t *testing.T) {
	d := newDesk(t, 4)
	author := d.client("author")
	for _, w := range d.nodes[:3] {
		w.cut = func(path string) bool { return path == "storeDocumentKey" }
	}
	encrypted, p := d.publish(author, secret)
	d.grant(author.Account(), p.Key)
	if got, _, err := open(t, author, encrypted); err != nil || got != secret || d.nodes[3].asked["storeDocumentKey"] == 0 {
		t.Errorf("%q %v", got, err)
	}
}

// TestLiarIsNamed: a member that seals something else than its part is named to the client.
func TestLiarIsNamed(t *testing.T) {
	d := newDesk(t, 4)
	author := d.client("author")
	encrypted, p := d.publish(author, secret)
	d.grant(author.Account(), p.Key)
	liar := d.Nodes[2]
	for _, w := range d.nodes {
		w.bend = func(a []answer) {
			r := a[0].Release
			for i, index := range r.Request.Set {
				if r.Setup.Members[index-1] != liar.ID() && i == 0 {
					liar = d.Node(r.Setup.Members[index-1])
				}
			}
			part := &r.Parts[0]
			part.Part[70]++ // its proof
			part.Signature = liar.NodeKey().Sign(part.Digest(r.Attempt(), r.Request.Set[0]))
		}
	}
	_, _, err := open(t, author, encrypted)
	var named *verify.Liar
	if !errors.As(err, &named) || named.Node != liar.ID() || !strings.Contains(err.Error(), liar.ID().Short()) {
		t.Errorf("%v", err)
	}
}

// TestInventedKey: a key that others hold than those trusted, or that the document does not name, is refused however
// well it is certified.
func TestInventedKey(t *testing.T) {
	d, evil := newDesk(t, 4), newDeskOf(t, 1, 2)
	encrypted, p := d.publish(d.client("author"), secret)
	_, bad := evil.publish(evil.client("mallory"), "another text")
	evil.grant(evil.client("author").Account(), bad.Key)
	f, err := evil.client("author").Fetch(context.Background(), bad.Key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := evil.client("author", func(c *Config) { c.Servers = d.Members() }).Fetch(context.Background(), bad.Key); err == nil || !strings.Contains(err.Error(), "not among those trusted") {
		t.Errorf("a key of untrusted servers: %v", err)
	}
	if _, err := evil.client("author", func(c *Config) { c.Servers = evil.Members() }).Fetch(context.Background(), bad.Key); err != nil {
		t.Errorf("a key of trusted servers: %v", err)
	}
	// The document is of the same id, in a cluster of the same name.
	h, err := document.ReadHeader(bytes.NewReader(encrypted))
	if err != nil {
		t.Fatal(err)
	}
	h.Key = bad.Key
	if _, err := evil.client("author").FetchFor(context.Background(), h); err == nil || !strings.Contains(err.Error(), "another server key") {
		t.Errorf("a key that the document does not name: %v", err)
	}
	h.Cluster[0]++
	if _, err := evil.client("author").FetchFor(context.Background(), h); err == nil || !strings.Contains(err.Error(), "belongs to cluster") {
		t.Errorf("another cluster: %v", err)
	}
	if f.ServerKey == p.ServerKey {
		t.Fatal("the two are one key")
	}
	if _, err := d.client("author", func(c *Config) { c.Cluster = wire.ClusterID{9} }).Fetch(context.Background(), p.Key); err == nil {
		t.Error("another cluster than configured")
	}
}

// TestServerKeyForged: before a document key is encrypted to it, a new server key must be the word of all its members, for
// this very request.
func TestServerKeyForged(t *testing.T) {
	evil := newDeskOf(t, 4, 2)
	var theirs *wire.ServerKey
	evil.nodes[0].public = func(k *wire.ServerKey) { theirs = k }
	evil.publish(evil.client("mallory"), secret)
	for name, bend := range map[string]func(*wire.ServerKey){
		"another key":        func(k *wire.ServerKey) { k.Key[0]++ },
		"another point":      func(k *wire.ServerKey) { k.Public = theirs.Public },
		"both points":        func(k *wire.ServerKey) { k.Public, k.Certificate.Commitments[0] = theirs.Public, theirs.Public },
		"version":            func(k *wire.ServerKey) { k.Version[0]++ },
		"no certificate":     func(k *wire.ServerKey) { k.Certificate = nil },
		"another's":          func(k *wire.ServerKey) { *k = *theirs },
		"another's, renamed": func(k *wire.ServerKey) { id := k.Key; *k = *theirs; k.Key = id },
		"members":            func(k *wire.ServerKey) { k.Certificate.Setup.Members = theirs.Certificate.Setup.Members },
		"no members":         func(k *wire.ServerKey) { k.Certificate.Setup.Members = nil },
		"fewer signatures":   func(k *wire.ServerKey) { k.Certificate.Signatures = k.Certificate.Signatures[1:] },
		"fewer commitments":  func(k *wire.ServerKey) { k.Certificate.Commitments = k.Certificate.Commitments[:1] },
		"threshold": func(k *wire.ServerKey) {
			k.Certificate.Setup.Threshold = 0
			k.Certificate.Commitments = k.Certificate.Commitments[:1]
		},
		"no signature": func(k *wire.ServerKey) { k.Certificate.Signatures[2] = wire.Signature{} },
		"proof":        func(k *wire.ServerKey) { k.Certificate.Setup.Proof[0]++ },
	} {
		d := newDesk(t, 4)
		for _, w := range d.nodes {
			w.public = func(k *wire.ServerKey) {
				text, err := json.Marshal(k) // a copy, whose bending hurts nobody else
				if err != nil {
					t.Fatal(err)
				}
				*k = wire.ServerKey{}
				if err := json.Unmarshal(text, k); err != nil {
					t.Fatal(err)
				}
				bend(k)
			}
		}
		author := d.client("author")
		if _, err := author.PublishKey(context.Background(), PublishOptions{Unclaimed: true}); err == nil {
			t.Errorf("%s: a document key was encrypted to it", name)
		}
		for _, w := range d.nodes {
			if w.asked["storeDocumentKey"] > 0 {
				t.Errorf("%s: a document key was sent", name)
			}
		}
	}
	// A key that was made for another request of ours, or by others than those trusted.
	d := newDesk(t, 4)
	var earlier *wire.ServerKey
	d.nodes[0].public = func(k *wire.ServerKey) { earlier = k }
	author := d.client("author", func(c *Config) { c.Endpoints = c.Endpoints[:1] })
	if _, err := author.GenerateKey(context.Background(), wire.KeyID{5}, 1); err != nil {
		t.Fatal(err)
	}
	d.nodes[0].public = nil
	if _, err := d.client("other", func(c *Config) { c.Servers = evil.Members() }).GenerateKey(context.Background(), wire.KeyID{6}, 1); err == nil {
		t.Error("a key of servers that are not trusted")
	}
	c := author.checkServerKey(earlier, wire.KeyID{5}, d.ID, &origin{earlier.Certificate.Setup.Proof, 1}, false)
	if c != nil || author.checkServerKey(earlier, wire.KeyID{5}, d.ID, &origin{wire.NoArguments, 1}, false) == nil || author.checkServerKey(earlier, wire.KeyID{5}, d.ID, &origin{earlier.Certificate.Setup.Proof, 2}, false) == nil {
		t.Errorf("for our request: %v; for others it is taken", c)
	}
}

// TestFetchMany: each key of a batch has its own outcome, with one signature for all, and only what failed in passing is
// asked again.
func TestFetchMany(t *testing.T) {
	d := newDesk(t, 4)
	var signed atomic.Int32
	author := d.client("author")
	var keys []wire.KeyID
	want := make(map[wire.KeyID]string)
	for i := range 5 {
		_, p := d.publish(author, fmt.Sprint("text ", i))
		keys = append(keys, p.Key)
		want[p.Key] = fmt.Sprintf("%x", p.ServerKey)
	}
	alice := d.client("alice", func(c *Config) { c.Signer = counting(c.Signer, &signed) })
	d.grant(alice.Account(), keys[0], keys[2], keys[4])
	keys = append(keys, wire.KeyID{77})
	d.nodes[0].bend = func(a []answer) { a[2].Release, a[2].Error = nil, passingError("") }
	all, err := alice.FetchMany(context.Background(), keys)
	if err != nil || len(all) != 6 || signed.Load() != 1 {
		t.Fatal(len(all), err, signed.Load())
	}
	for i, o := range all {
		good := i == 0 || i == 2 || i == 4
		switch {
		case o.Key != keys[i]:
			t.Errorf("outcome %d is of key %v", i, o.Key)
		case good && (o.Err != nil || fmt.Sprintf("%x", o.Fetched.ServerKey) != want[o.Key]):
			t.Errorf("key %d: %v", i, o.Err)
		case i == 5 && !hasReason(o.Err, "keyNotFound"), !good && i < 5 && !IsDenied(o.Err):
			t.Errorf("key %d: %v", i, o.Err)
		}
	}
	if d.nodes[1].asked["retrieveDocumentKeys"] != 1 || d.nodes[2].asked["retrieveDocumentKeys"] != 0 {
		t.Error("asked again for nothing, or not at all")
	}
	// Denials do not hide a key that nobody can give now.
	for _, w := range d.nodes {
		w.bend = d.nodes[0].bend
	}
	all, err = alice.FetchMany(context.Background(), keys)
	if err != nil || all[2].Err == nil || !strings.Contains(all[2].Err.Error(), "unavailable") || all[0].Err != nil {
		t.Errorf("%v %+v", err, all)
	}
}

func counting(s Signer, n *atomic.Int32) Signer {
	return &SignerFunc{s.Address(), func(ctx context.Context, digest common.Hash, data []byte) ([]byte, error) {
		n.Add(1)
		return s.SignTyped(ctx, digest, data)
	}}
}

// TestPermit: one approval signs a temporary key, which then asks alone, in its bounds.
func TestPermit(t *testing.T) {
	d := newDesk(t, 4)
	var signed atomic.Int32
	author := d.client("author", func(c *Config) { c.Signer = counting(c.Signer, &signed) })
	key, other := wire.KeyID{1, 2, 3}, wire.KeyID{4}
	ctx := context.Background()
	s, err := author.Permit(ctx, Scope{Operations: []wire.Operation{wire.OpGenerate, wire.OpStore, wire.OpRetrieve}, Keys: []wire.KeyID{key}, For: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := s.Publish(ctx, &out, strings.NewReader(secret), PublishOptions{Key: key, Unclaimed: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Fetch(ctx, key); !IsDenied(err) {
		t.Errorf("without a grant: %v", err)
	}
	d.grant(author.Account(), key)
	for range 3 {
		if got, f, err := open(t, s, out.Bytes()); err != nil || got != secret || f.Release.Receipt.Requester != author.Account() {
			t.Fatal(got, err)
		}
	}
	if signed.Load() != 1 {
		t.Errorf("the wallet was asked %d times", signed.Load())
	}
	if _, err := s.Fetch(ctx, other); !hasReason(err, "keyNotFound") && !hasReason(err, "badRequester") {
		t.Errorf("another key: %v", err)
	}
	if _, err := s.ServerKey(ctx, key); !hasReason(err, "badRequester") {
		t.Errorf("another operation: %v", err)
	}
	if _, err := s.Permit(ctx, Scope{Operations: wire.Operations, Keys: []wire.KeyID{key}, For: time.Hour}); err == nil {
		t.Error("a permit from a permit")
	}
	s.Close()
	if _, err := s.Fetch(ctx, key); err == nil {
		t.Error("a closed client still signs")
	}
	for _, scope := range []Scope{{}, {Operations: wire.Operations, Keys: []wire.KeyID{key}}, {Operations: wire.Operations, For: time.Hour},
		{Operations: wire.Operations, Keys: []wire.KeyID{key}, For: 24 * time.Hour}, {Keys: []wire.KeyID{key}, For: time.Hour}} {
		if _, err := author.Permit(ctx, scope); err == nil {
			t.Errorf("%+v", scope)
		}
	}
}

// TestExpiry: requests are bound in time by the chain's clock, whatever ours says.
func TestExpiry(t *testing.T) {
	c := &Client{cfg: Config{Validity: 5 * time.Minute}}
	defer func(clock func() time.Time) { now = clock }(now)
	ours := time.Now()
	now = func() time.Time { return ours }
	seconds := uint64(ours.Unix())
	for name, chain := range map[string]uint64{"on time": seconds, "resting for an hour": seconds - 3600, "our clock an hour behind": seconds + 3600} {
		if got, want := c.expiry(chain), max(chain, seconds)+300; got < want || got > want+60 {
			t.Errorf("%s: %d seconds off", name, got-want)
		}
	}
	if got := c.expiry(seconds - 100*24*3600); got != seconds-100*24*3600+wire.MaxValidity-60 {
		t.Errorf("our clock months ahead: %d", got)
	}
	now = func() time.Time { return time.Unix(1, 0) }
	d := newDesk(t, 1)
	signer := &SignerFunc{d.NewClient("a").Address(), func(context.Context, common.Hash, []byte) ([]byte, error) { return nil, errors.New("the user said no") }}
	author := d.client("a", func(c *Config) { c.Signer = signer })
	if _, err := author.Fetch(context.Background(), sessiontest.KeyID(1)); err == nil || !strings.Contains(err.Error(), "the user said no") {
		t.Error(err)
	}
}

func TestConfig(t *testing.T) {
	signer := &SignerFunc{}
	for name, cfg := range map[string]Config{
		"no endpoint":   {Signer: signer},
		"no signer":     {Endpoints: []string{"http://127.0.0.1:8082"}},
		"no scheme":     {Endpoints: []string{"127.0.0.1:8082"}, Signer: signer},
		"web socket":    {Endpoints: []string{"ws://127.0.0.1:8082"}, Signer: signer},
		"no host":       {Endpoints: []string{"http:///x"}, Signer: signer},
		"query":         {Endpoints: []string{"http://h/?a=b"}, Signer: signer},
		"long validity": {Endpoints: []string{"http://h"}, Signer: signer, Validity: 25 * time.Hour},
	} {
		if _, err := New(cfg); err == nil {
			t.Error(name)
		}
	}
	if _, err := New(Config{Endpoints: []string{"https://h:1/"}, Signer: signer}); err != nil {
		t.Error(err)
	}
}

// TestRefusal: what no key server has written is told by its status, and no text steers a terminal.
func TestRefusal(t *testing.T) {
	for body, want := range map[string]string{
		`{"code":13,"reason":"denied","message":"permission denied: no","hint":"ask"}`: "permission denied: no (ask)",
		`{"reason":"x","message":"a\u001b[2Jb"}`:                                       "a·[2Jb",
		`<html>`:                                                                       "HTTP status 403 Forbidden",
		`{}`:                                                                           "HTTP status 403 Forbidden",
		``:                                                                             "HTTP status 403 Forbidden",
	} {
		if got := refusal(403, []byte(body)).Error(); got != want {
			t.Errorf("%s: %q", body, got)
		}
	}
}
