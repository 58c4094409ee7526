package client

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// pair is a document key encrypted to a server key; number tells several apart.
func (d *desk) pair(made *wire.ServerKey, number int) *sessiontest.Document {
	return d.Encrypt(&wire.KeyRecord{Commitments: made.Certificate.Commitments}, number)
}

// store stores for the key that was made.
func store(c *Client, made *wire.ServerKey, p *sessiontest.Document) error {
	return c.StoreKeyFor(context.Background(), made, p.Common, p.Encrypted)
}

// holds tells whether a node has this pair, certified.
func (d *desk) holds(made *wire.ServerKey, p *sessiontest.Document) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.ContainsFunc(d.Nodes, func(n *sessiontest.Node) bool {
		s := n.State(made.Key)
		return s.Document != nil && s.Document.Common == p.Common && s.Document.Encrypted == p.Encrypted
	})
}

// all changes every node, and has the client ask the first one first.
func (d *desk) all(c *Client, change func(*door)) {
	for _, w := range d.nodes {
		w.change(change)
	}
	c.ring.Answered(0)
}

// onStore answers storeDocumentKey alone.
func onStore(body string) func(path string) []byte {
	return func(path string) []byte {
		if path != "storeDocumentKey" {
			return nil
		}
		return []byte(body)
	}
}

func wantOther(t *testing.T, what string, err error, made *wire.ServerKey) {
	t.Helper()
	var other *OtherPair
	if !errors.As(err, &other) || other.Key != made.Key || other.Stored == nil || retryable(err) || errors.Is(err, ErrUnproven) {
		t.Errorf("%s: %v, want that another pair is stored", what, err)
	}
}

func wantUnproven(t *testing.T, what string, err error, words ...string) {
	t.Helper()
	if !errors.Is(err, ErrUnproven) || errors.As(err, new(*OtherPair)) {
		t.Errorf("%s: %v, want that nothing is proven", what, err)
		return
	}
	for _, text := range append(words, "is not known") {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%s is told as %v, without %q", what, err, text)
		}
	}
}

// TestStoreOtherPair: who stores a second pair is told that another one is stored, so that nothing encrypted with the
// second can be read, whatever became of the request at the first node.
func TestStoreOtherPair(t *testing.T) {
	for name, trouble := range map[string]func(*door){
		"undisturbed":           func(*door) {},
		"unavailable":           func(w *door) { w.fail = passingError },
		"a proxy's 502":         func(w *door) { w.fail = func(string) *Error { return &Error{Status: 502} } },
		"cut after the work":    func(w *door) { w.cut = func(path string) bool { return path == "storeDocumentKey" } },
		"an older node":         func(w *door) { w.old = true },
		"nothing but its word":  func(w *door) { w.idle = onStore("true") },
		"false":                 func(w *door) { w.idle = onStore("false") },
		"null":                  func(w *door) { w.idle = onStore("null") },
		"a proof of no form":    func(w *door) { w.idle = onStore(`{"document":{"key":"0x"}}`) },
		"a proof of nothing":    func(w *door) { w.idle = onStore(`{}`) },
		"a false proof":         func(w *door) { w.show = func(s *wire.Stored) { s.Document.Signatures[0].Signature[5]++ } },
		"a refusal of no proof": func(w *door) { w.fail = func(string) *Error { return &Error{Status: 409, Reason: "documentExists"} } },
		"a refusal of no form": func(w *door) {
			w.fail = func(string) *Error {
				return &Error{Status: 409, Reason: "documentExists", Stored: []byte(`{"document":7}`)}
			}
		},
	} {
		d := newDesk(t, 4)
		author := d.client("author")
		made := d.serverKey(author, 1)
		a, b := d.pair(made, 1), d.pair(made, 2)
		if err := store(author, made, a); err != nil || !d.holds(made, a) {
			t.Fatal(err)
		}
		d.nodes[0].change(trouble)
		err := store(author, made, b)
		wantOther(t, name, err, made)
		if !hasReason(err, reasonDocumentExists) {
			t.Errorf("%s: the node's reason is lost: %v", name, err)
		}
		author.ring.Answered(0)
		if err := store(author, made, a); err != nil {
			t.Errorf("%s: the pair that is stored: %v", name, err)
		}
	}
}

// TestStoreAgain: the same pair again is no error, whatever the client knows of the key. A pair that differs in one point
// is another one.
func TestStoreAgain(t *testing.T) {
	ctx := context.Background()
	for _, n := range []int{1, 4, 7} {
		d := newDesk(t, n)
		author := d.client("author")
		made := d.serverKey(author, uint32(n-1)/3)
		a, b := d.pair(made, 1), d.pair(made, 2)
		for range 2 {
			if err := store(author, made, a); err != nil {
				t.Fatal(err)
			}
			if err := author.StoreKey(ctx, made.Key, a.Common, a.Encrypted); err != nil {
				t.Fatal(err)
			}
		}
		wantOther(t, "both points", store(author, made, b), made)
		wantOther(t, "exchanged points", author.StoreKeyFor(ctx, made, a.Encrypted, a.Common), made)
		wantOther(t, "the encrypted point", author.StoreKeyFor(ctx, made, a.Common, b.Encrypted), made)
		wantOther(t, "the common point", author.StoreKeyFor(ctx, made, b.Common, a.Encrypted), made)
		wantOther(t, "without the version", author.StoreKey(ctx, made.Key, b.Common, b.Encrypted), made)
	}
}

// TestStoreUnproven: a node's word alone, that the pair is stored or that there is one, is an error that says what is not
// known.
func TestStoreUnproven(t *testing.T) {
	d := newDesk(t, 4)
	author := d.client("author")
	made := d.serverKey(author, 1)
	a, b := d.pair(made, 1), d.pair(made, 2)
	d.all(author, func(w *door) { w.idle = onStore("true") })
	wantUnproven(t, "a lie of all", store(author, made, a), "says that the document key is stored")
	if d.holds(made, a) {
		t.Fatal("they have stored it")
	}
	d.all(author, func(w *door) { w.idle, w.old = nil, true })
	wantUnproven(t, "older nodes", store(author, made, a), "says that the document key is stored", "update the key server", "document key exists")
	if !d.holds(made, a) {
		t.Error("older nodes have stored nothing")
	}
	wantUnproven(t, "the same again", store(author, made, a), "document key exists")
	wantUnproven(t, "another pair", store(author, made, b), "document key exists")
	d.all(author, func(w *door) { w.old = w != d.nodes[3] }) // one that shows it is enough
	if err := store(author, made, a); err != nil {
		t.Errorf("with one newer node: %v", err)
	}
	author.ring.Answered(0)
	wantOther(t, "another pair, with one newer node", store(author, made, b), made)
}

// TestStoreLazyNode: a node that has stored nothing and says that it has does not get in the way.
func TestStoreLazyNode(t *testing.T) {
	d := newDesk(t, 4)
	author := d.client("author")
	var warned error
	author.cfg.Warn = func(err error) { warned = err }
	d.nodes[0].idle = onStore("true")
	encrypted, p := d.publish(author, secret)
	if warned == nil || !strings.Contains(warned.Error(), d.nodes[0].url) || author.ring.First() != 1 {
		t.Errorf("warned of %v", warned)
	}
	d.grant(author.Account(), p.Key)
	if got, _, err := open(t, author, encrypted); err != nil || got != secret {
		t.Errorf("%q %v", got, err)
	}
	author.ring.Answered(0)
	d.all(author, func(w *door) { w.idle = onStore("true") })
	if _, err := author.PublishKey(context.Background(), PublishOptions{Unclaimed: true}); !errors.Is(err, ErrUnproven) {
		t.Errorf("a document key that nobody has stored: %v", err)
	}
}

// TestStorePromised: of a pair that is only promised nobody can show anything. It is completed by storing it again.
func TestStorePromised(t *testing.T) {
	d := newDesk(t, 4)
	author := d.client("author")
	made := d.serverKey(author, 1)
	a, b := d.pair(made, 1), d.pair(made, 2)
	silence := func(how func(wire.Envelope) []wire.Envelope) {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, n := range d.Nodes[2:] {
			n.Mutate = how
		}
	}
	silence(sessiontest.Silent)
	if err := store(author, made, a); err == nil || errors.Is(err, ErrUnproven) || d.holds(made, a) {
		t.Errorf("with too few holders: %v", err)
	}
	silence(nil)
	err := store(author, made, b)
	if wantUnproven(t, "another pair", err, "is promised"); !hasReason(err, reasonDocumentExists) || d.holds(made, b) {
		t.Errorf("another pair: %v", err)
	}
	if err := store(author, made, a); err != nil || !d.holds(made, a) {
		t.Errorf("the promised pair: %v", err)
	}
}

// sign has nodes sign the pair of a proof, with whatever is in it.
func sign(c *sessiontest.Cluster, s *wire.Stored) {
	digest := wire.StoreDigest(s.Certificate.Setup.Cluster, &s.Document)
	s.Document.Signatures = nil
	for i, m := range s.Certificate.Setup.Members {
		s.Document.Signatures = append(s.Document.Signatures, wire.IndexedSign{Index: uint32(i + 1), Signature: c.Node(m).NodeKey().Sign(digest)})
	}
}

// storeLies are proofs that show nothing of a pair at a key of desks of four, each by one thing that is wrong with it.
func storeLies(t testing.TB, key wire.KeyID) map[string]func(*wire.Stored) {
	stranger, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	same, foreign, others := sessiontest.New(4, 1), sessiontest.New(4, 1), sessiontest.New(4, 2)
	foreign.ID = wire.ClusterID{9}
	genuine := func(c *sessiontest.Cluster, r *wire.KeyRecord) func(*wire.Stored) {
		return func(s *wire.Stored) {
			p := &sessiontest.Document{Common: s.Document.Common, Encrypted: s.Document.Encrypted}
			*s = wire.Stored{Certificate: r.Certificate(), Document: *c.Certify(r, p)}
		}
	}
	deal := func(c *sessiontest.Cluster, key wire.KeyID) *wire.KeyRecord {
		return c.Deal(key, 1, c.NewClient("author"), c.Nodes)
	}
	return map[string]func(*wire.Stored){
		"no certificate":          func(s *wire.Stored) { s.Certificate = nil },
		"certificate's bodies":    func(s *wire.Stored) { s.Certificate.Bodies[0]++ },
		"certificate unsigned":    func(s *wire.Stored) { s.Certificate.Signatures[3] = s.Certificate.Signatures[2] },
		"certificate's threshold": func(s *wire.Stored) { s.Certificate.Setup.Threshold = 0 },
		"certificate's members":   func(s *wire.Stored) { s.Certificate.Setup.Members = others.Members() },
		"no signatures":           func(s *wire.Stored) { s.Document.Signatures = nil },
		"too few signatures":      func(s *wire.Stored) { s.Document.Signatures = s.Document.Signatures[:2] },
		"a holder twice":          func(s *wire.Stored) { l := s.Document.Signatures; s.Document.Signatures = append(l[:2:2], l[1]) },
		"a holder as another":     func(s *wire.Stored) { l := s.Document.Signatures; l[2].Signature = l[1].Signature },
		"out of order":            func(s *wire.Stored) { l := s.Document.Signatures; l[0], l[1] = l[1], l[0] },
		"index zero":              func(s *wire.Stored) { s.Document.Signatures[0].Index = 0 },
		"an index of nobody":      func(s *wire.Stored) { s.Document.Signatures[2].Index = 5 },
		"an index beyond":         func(s *wire.Stored) { s.Document.Signatures[2].Index = 1<<32 - 1 },
		"more than members":       func(s *wire.Stored) { s.Document.Signatures = make([]wire.IndexedSign, wire.MaxMembers+1) },
		"a bent signature":        func(s *wire.Stored) { s.Document.Signatures[1].Signature[40]++ },
		"points not signed":       func(s *wire.Stored) { s.Document.Common = s.Document.Encrypted },
		"the document's key":      func(s *wire.Stored) { s.Document.Key[0]++; sign(same, s) },
		"the document's version":  func(s *wire.Stored) { s.Document.Version[0]++; sign(same, s) },
		"a point off the curve":   func(s *wire.Stored) { s.Document.Encrypted[3]++; sign(same, s) },
		"strangers' signatures": func(s *wire.Stored) {
			digest := wire.StoreDigest(s.Certificate.Setup.Cluster, &s.Document)
			for i := range s.Document.Signatures {
				sig, err := crypto.Sign(digest[:], stranger)
				if err != nil {
					t.Error(err)
				}
				s.Document.Signatures[i].Signature = wire.Signature(sig)
			}
		},
		// What follows is genuine, of the same pair, and about something else.
		"another key":     genuine(same, deal(same, wire.KeyID{7})),
		"another version": genuine(same, deal(same, key)),
		"another cluster": genuine(foreign, deal(foreign, key)),
		"other servers":   genuine(others, deal(others, key)),
	}
}

// TestStoreLies: no false proof is believed, of success or of what is stored already. Another node's is.
func TestStoreLies(t *testing.T) {
	for name, lie := range storeLies(t, wire.KeyID{0x51, 1}) {
		d := newDesk(t, 4)
		author := d.client("author")
		made := d.serverKey(author, 1)
		p := d.pair(made, 1)
		d.nodes[0].show = lie
		alone := d.client("author", func(c *Config) { c.Endpoints = c.Endpoints[:1] })
		for _, road := range []string{"success", "of what exists", "to who does not know the version"} {
			err := store(alone, made, p)
			if road == "to who does not know the version" {
				if name == "another version" || name == "other servers" {
					continue // nothing is wrong with these but that
				}
				err = alone.StoreKey(context.Background(), made.Key, p.Common, p.Encrypted)
			}
			if !errors.As(err, new(*badAnswer)) || errors.As(err, new(*OtherPair)) || errors.Is(err, ErrUnproven) || !d.holds(made, p) {
				t.Errorf("%s, %s: %v", name, road, err)
			}
		}
		var warned error
		author.cfg.Warn = func(err error) { warned = err }
		author.ring.Answered(0)
		if err := store(author, made, p); err != nil || warned == nil || !strings.Contains(warned.Error(), d.nodes[0].url) {
			t.Errorf("%s, by one node: %v, warned of %v", name, err, warned)
		}
	}
}

// TestLargestProof: the proof by the largest cluster is not cut.
func TestLargestProof(t *testing.T) {
	s := &wire.Stored{Certificate: &wire.Certificate{Setup: wire.Terms{Members: make([]wire.NodeID, wire.MaxMembers)},
		Commitments: make([]wire.Point, wire.MaxMembers), Signatures: make([]wire.Signature, wire.MaxMembers)}}
	for i := range wire.MaxMembers {
		s.Document.Signatures = append(s.Document.Signatures, wire.IndexedSign{Index: uint32(i + 1)})
	}
	text := encoded(told(&wire.Exists{Err: wire.Errorf(wire.DocumentExists, "for a key"), Stored: s}))
	if len(text) > maxError*3/4 {
		t.Errorf("it has %d bytes", len(text))
	}
}

// TestStoreOtherServers: who does not know the version of the key, and does know the servers, believes no others.
func TestStoreOtherServers(t *testing.T) {
	d, others := newDesk(t, 4), sessiontest.New(4, 2)
	author := d.client("author", func(c *Config) { c.Servers = d.Members() })
	made := d.serverKey(author, 1)
	p := d.pair(made, 1)
	lie := storeLies(t, made.Key)["other servers"]
	d.all(author, func(w *door) { w.show = lie })
	if err := author.StoreKey(context.Background(), made.Key, p.Common, p.Encrypted); err == nil || !strings.Contains(err.Error(), "not among those trusted") {
		t.Errorf("signed by others than the trusted servers: %v", err)
	}
	author = d.client("author", func(c *Config) { c.Servers = others.Members() })
	if err := author.StoreKey(context.Background(), made.Key, p.Common, p.Encrypted); err != nil {
		t.Errorf("signed by the trusted servers: %v", err)
	}
}
