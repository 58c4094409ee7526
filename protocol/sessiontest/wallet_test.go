package sessiontest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

func secretOf(cl *Client) *secp256k1.Scalar {
	secret, err := secp256k1.FromPrivateKey(cl.Key)
	check(err)
	return secret
}

// A key's whole life by wallet requests alone, at nodes that refuse the legacy ones. The
// answer convinces a client that trusts nobody.
func TestWalletLife(t *testing.T) {
	for _, size := range []struct{ n, t int }{{1, 0}, {4, 1}, {4, 2}} {
		w := newWorld(t, size.n, size.t)
		w.Policy = session.Policy{RefuseLegacy: true, RefusePlain: true}
		w.author.Wallet, w.alice.Wallet = true, true
		w.key = KeyID(7)
		made := w.Generate(w.Nodes[0], w.author, w.key, size.t)
		w.settle()
		if made.Err != nil {
			t.Fatal(made.Err)
		}
		w.record = made.Record
		if author, err := made.Record.Setup.Author(); err != nil || author != w.author.Address() {
			t.Fatalf("the author is %v, %v", author, err)
		}
		w.doc = w.Encrypt(made.Record, 2)
		w.store(w.Nodes[size.n-1], w.doc)
		w.grant(w.alice)
		o := w.read(w.Nodes[0], true)
		rel := o.Res.Release
		request := w.Wallet(w.alice, wire.OpRetrieve, wire.NoArguments, w.key).Hash()
		key, err := verify.OpenRelease(rel, request, secretOf(w.alice))
		if err != nil || !key.Equal(w.doc.Key) {
			t.Fatalf("n=%d: the answer opens to %v, %v", size.n, key, err)
		}
		if rel.Receipt.Requester != w.alice.Address() || rel.Receipt.Block != o.Res.Block || len(rel.Parts) != size.t+1 {
			t.Errorf("receipt %+v of %d", rel.Receipt, len(rel.Parts))
		}
	}
}

// TestWalletProofsAtParticipants: whatever the contacted node does with a request, the others do
// only what its wallet has signed.
func TestWalletProofsAtParticipants(t *testing.T) {
	for _, test := range []struct {
		name  string
		proof func(w *world) wire.Proof
		plain bool
		want  wire.Reason
		text  string
	}{
		{name: "another key's", proof: func(w *world) wire.Proof { return w.Wallet(w.alice, wire.OpRetrieve, wire.NoArguments, KeyID(2)) },
			want: wire.BadRequester, text: "does not name this key"},
		{name: "another operation's", proof: func(w *world) wire.Proof { return w.Wallet(w.alice, wire.OpPublic, wire.NoArguments, w.key) },
			want: wire.BadRequester, text: "another operation"},
		{name: "other arguments", proof: func(w *world) wire.Proof {
			return w.Wallet(w.alice, wire.OpRetrieve, wire.GenerateArguments(1), w.key)
		}, want: wire.BadRequester, text: "other arguments"},
		{name: "another chain's", proof: bentRequest(func(r *wire.Request) { r.Chain++ }), want: wire.BadRequester, text: "another chain"},
		{name: "another cluster's", proof: bentRequest(func(r *wire.Request) { r.Cluster[0]++ }), want: wire.BadRequester, text: "another cluster"},
		{name: "expired", proof: bentRequest(func(r *wire.Request) { r.Expiry = 0 }), want: wire.Denied},
		{name: "too far ahead", proof: bentRequest(func(r *wire.Request) { r.Expiry = 1 << 40 }), want: wire.Denied},
		{name: "reply key replaced", proof: tamper(func(s *wire.SignedRequest) { s.Request.ReplyKey = wire.Point(secp256k1.Generator().Bytes()) }), want: wire.Denied},
		{name: "somebody else's name", proof: tamper(func(s *wire.SignedRequest) { s.Request.Account[0]++ }), want: wire.Denied},
		{name: "plain retrieval", proof: bentRequest(func(*wire.Request) {}), plain: true, want: wire.BadRequester, text: "plain retrieval"},
		{name: "no proof", proof: func(*world) wire.Proof { return wire.Proof{Kind: wire.WalletProof, Data: []byte{0xc0}} }, want: wire.BadRequester},
	} {
		w := newWorld(t, 4, 2).withDocument()
		liar, victim := w.Nodes[0], w.Nodes[1]
		m := &wire.Retrieve{Key: w.key, Version: w.record.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted,
			Proof: test.proof(w), Shadow: !test.plain, Block: Block(victim.Head), Set: []uint32{1, 2, 3}}
		got := w.ask(liar, victim, m, m.Session(w.ID, liar.ID()))
		refuse, ok := got.(*wire.Refuse)
		if !ok || refuse.Err().Reason != test.want || !strings.Contains(refuse.Err().Error(), test.text) {
			t.Errorf("%s: answered %T %v", test.name, got, got)
		}
	}
}

func bentRequest(bend func(*wire.Request)) func(*world) wire.Proof {
	return func(w *world) wire.Proof {
		r := w.Request(w.alice, wire.OpRetrieve, wire.NoArguments, w.key)
		bend(r)
		return w.Sign(w.alice, r)
	}
}

// tamper changes what is signed already.
func tamper(bend func(*wire.SignedRequest)) func(*world) wire.Proof {
	return func(w *world) wire.Proof {
		s, err := w.Wallet(w.alice, wire.OpRetrieve, wire.NoArguments, w.key).Wallet()
		check(err)
		bend(s)
		proof, err := s.Proof()
		check(err)
		return proof
	}
}

// A member of a generation or a storing takes part in nothing that the author's wallet
// has not signed, nor before its own chain confirms the wallet.
func TestWalletWritesAtParticipants(t *testing.T) {
	w := newWorld(t, 4, 2)
	liar, victim := w.Nodes[0], w.Nodes[1]
	init := func(threshold uint32, proof wire.Proof) (wire.Opening, wire.SessionID) {
		m := &wire.Init{Setup: wire.Setup{Cluster: w.ID, Key: KeyID(9), Threshold: threshold, SetSize: 4, Members: w.Members(), Initiator: liar.ID(), Proof: proof}}
		return m, m.Setup.Session()
	}
	store := func(doc *Document, proof wire.Proof) (wire.Opening, wire.SessionID) {
		m := &wire.Store{Key: w.key, Version: w.record.Version(), Common: doc.Common, Encrypted: doc.Encrypted, Proof: proof}
		return m, m.Session(w.ID, liar.ID())
	}
	generate := func(t uint32, bend func(*wire.Request)) wire.Proof {
		r := w.Request(w.author, wire.OpGenerate, wire.GenerateArguments(t), KeyID(9))
		bend(r)
		return w.Sign(w.author, r)
	}
	same := func(*wire.Request) {}
	expired := func(r *wire.Request) { r.Expiry = 0 }
	other := w.Encrypt(w.record, 5)
	pair := wire.StoreArguments(w.doc.Common, w.doc.Encrypted)
	for _, test := range []struct {
		name string
		open func() (wire.Opening, wire.SessionID)
		want wire.Reason // 0: it takes part
	}{
		{"generation", func() (wire.Opening, wire.SessionID) { return init(2, generate(2, same)) }, 0},
		{"lower threshold", func() (wire.Opening, wire.SessionID) { return init(1, generate(2, same)) }, wire.BadRequester},
		{"expired generation", func() (wire.Opening, wire.SessionID) { return init(2, generate(2, expired)) }, wire.BadRequester},
		{"storing", func() (wire.Opening, wire.SessionID) {
			return store(w.doc, w.Wallet(w.author, wire.OpStore, pair, w.key))
		}, 0},
		{"another pair", func() (wire.Opening, wire.SessionID) {
			return store(other, w.Wallet(w.author, wire.OpStore, pair, w.key))
		}, wire.BadRequester},
		{"not the author", func() (wire.Opening, wire.SessionID) {
			return store(w.doc, w.Wallet(w.alice, wire.OpStore, pair, w.key))
		}, wire.NotAuthor},
		{"expired storing", func() (wire.Opening, wire.SessionID) {
			r := w.Request(w.author, wire.OpStore, pair, w.key)
			expired(r)
			return store(w.doc, w.Sign(w.author, r))
		}, wire.BadRequester},
	} {
		m, id := test.open()
		got := w.ask(liar, victim, m, id)
		refuse, refused := got.(*wire.Refuse)
		if refused != (test.want != 0) || got == nil || refused && refuse.Err().Reason != test.want {
			t.Errorf("%s: answered %T %v", test.name, got, got)
		}
	}
}

// A contract account asks as others do, and is turned away if its contract does.
func TestContractAccount(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	w.alice.Wallet = true
	safe := common.Address{0x5a}
	w.Chain.Contracts = map[common.Address]bool{safe: true}
	w.Chain.Set(safe, w.key, true)
	for _, n := range w.Nodes {
		n.Head = w.Chain.blocks
	}
	read := func(account common.Address) error {
		r := w.Request(w.alice, wire.OpRetrieve, wire.NoArguments, w.key)
		r.Account = account
		proof, err := (&wire.SignedRequest{Request: *r, Signature: []byte("two of three owners")}).Proof()
		check(err)
		n := w.Nodes[0]
		m, err := gathering.NewRetrieval(n.Env(), n.State(w.key), w.record, n.State(w.key).Document, proof, true)
		check(err)
		var failed error
		w.Begin(n, wire.KindRetrieve, w.key, m, func(r *Run) { failed = r.Err })
		w.settle()
		if failed == nil {
			if _, err := verify.OpenRelease(m.Result().Release, proof.Hash(), secretOf(w.alice)); err != nil {
				t.Error(err)
			}
		}
		return failed
	}
	if err := read(safe); err != nil {
		t.Error(err)
	}
	w.Chain.Set(common.Address{0x5b}, w.key, true)
	if err := read(common.Address{0x5b}); wire.ReasonOf(err) != wire.Denied {
		t.Errorf("an account without a contract: %v", err)
	}
}

// TestReleaseForged bends every part of an answer. What a member has signed names it; the rest
// is the doing of the node in between.
func TestReleaseForged(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	w.alice.Wallet = true
	request := w.Wallet(w.alice, wire.OpRetrieve, wire.NoArguments, w.key).Hash()
	rel := w.read(w.Nodes[0], true).Res.Release
	for name, bend := range map[string]func(*wire.Release){
		"cluster":            func(r *wire.Release) { r.Setup.Cluster[0]++ },
		"key":                func(r *wire.Release) { r.Setup.Key[0]++ },
		"threshold":          func(r *wire.Release) { r.Setup.Threshold-- },
		"members":            func(r *wire.Release) { r.Setup.Members = r.Setup.Members[1:] },
		"member":             func(r *wire.Release) { r.Setup.Members[3][5]++ },
		"bodies":             func(r *wire.Release) { r.Bodies[0]++ },
		"commitment":         func(r *wire.Release) { r.Commitments[1] = r.Commitments[0] },
		"commitments":        func(r *wire.Release) { r.Commitments = r.Commitments[:2] },
		"certificate":        func(r *wire.Release) { r.Signatures[2][8]++ },
		"fewer signatures":   func(r *wire.Release) { r.Signatures = r.Signatures[:3] },
		"coordinator":        func(r *wire.Release) { r.Request.Coordinator[0]++ },
		"common point":       func(r *wire.Release) { r.Request.Common = r.Request.Encrypted },
		"encrypted point":    func(r *wire.Release) { r.Request.Encrypted = r.Request.Common },
		"request":            func(r *wire.Release) { r.Request.Proof[0]++ },
		"plain":              func(r *wire.Release) { r.Request.Shadow = false },
		"block":              func(r *wire.Release) { r.Request.Block.Number++ },
		"block of both":      func(r *wire.Release) { r.Request.Block.Number++; r.Receipt.Block.Number++ },
		"set":                func(r *wire.Release) { r.Request.Set[2]++ },
		"a set beyond all":   func(r *wire.Release) { r.Request.Set[2] = 9 },
		"nonce":              func(r *wire.Release) { r.Request.Nonce[0]++ },
		"fewer parts":        func(r *wire.Release) { r.Parts = r.Parts[:2] },
		"no parts":           func(r *wire.Release) { r.Parts = nil },
		"part":               func(r *wire.Release) { r.Parts[1].Part[3]++ },
		"part twice":         func(r *wire.Release) { r.Parts[1] = r.Parts[0] },
		"sealed":             func(r *wire.Release) { r.Parts[1].Sealed[80]++ },
		"signature":          func(r *wire.Release) { r.Parts[1].Signature[3]++ },
		"receipt's request":  func(r *wire.Release) { r.Receipt.Request[0]++ },
		"receipt's reader":   func(r *wire.Release) { r.Receipt.Requester[0]++ },
		"receipt's verdict":  func(r *wire.Release) { r.Receipt.Granted = false },
		"receipt's block":    func(r *wire.Release) { r.Receipt.Block.Hash[0]++ },
		"receipt's sign":     func(r *wire.Release) { r.Parts[2].Receipt[3]++ },
		"receipt's recovery": func(r *wire.Release) { r.Parts[2].Receipt[64] ^= 1 },
		"receipt of another": func(r *wire.Release) { r.Parts[2].Receipt = r.Parts[1].Receipt },
	} {
		bent := copyRelease(rel)
		bend(bent)
		if _, err := verify.OpenRelease(bent, request, secretOf(w.alice)); err == nil {
			t.Errorf("%s: the bent answer is taken", name)
		}
		if err := verify.Release(bent, request); err == nil {
			t.Errorf("%s: the bent answer passes", name)
		}
	}
	if err := verify.Release(rel, request); err != nil {
		t.Error(err)
	}
	if _, err := verify.OpenRelease(rel, request, secretOf(w.author)); err == nil {
		t.Error("a stranger opens the answer")
	}
}

func copyRelease(r *wire.Release) *wire.Release {
	c := *r
	c.Setup.Members = append([]wire.NodeID(nil), r.Setup.Members...)
	c.Commitments = append([]wire.Point(nil), r.Commitments...)
	c.Signatures = append([]wire.Signature(nil), r.Signatures...)
	c.Request.Set = append([]uint32(nil), r.Request.Set...)
	c.Parts = append([]wire.Partial(nil), r.Parts...)
	for i := range c.Parts {
		c.Parts[i].Sealed = append([]byte(nil), r.Parts[i].Sealed...)
	}
	return &c
}

// What each node that took part tells the author: who asked, and what its chain said.
func TestAccesses(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	w.alice.Wallet = true
	var told []wire.Access
	coordinators := false
	w.Ended = func(r *Run) {
		if d, ok := r.Machine.(session.Decider); ok {
			told = append(told, d.Accesses()...)
			coordinators = coordinators || r.Node == w.Nodes[0] && len(d.Accesses()) == 1
		}
	}
	w.read(w.Nodes[0], true)
	if len(told) != 3 || !coordinators {
		t.Fatalf("%d nodes tell of the read", len(told))
	}
	request := w.Request(w.alice, wire.OpRetrieve, wire.NoArguments, w.key).Digest()
	for _, a := range told {
		if !a.Granted || a.Key != w.key || a.Requester != w.alice.Address() || a.Request != request || a.Block != Block(w.Nodes[0].Head) {
			t.Errorf("told of %+v", a)
		}
	}
	told, coordinators = nil, false
	w.Chain.Set(w.alice.Address(), w.key, false)
	for _, n := range w.Nodes {
		n.Head = w.Chain.blocks
	}
	w.readFails(w.Nodes[0], true, wire.Denied)
	if len(told) == 0 || !coordinators {
		t.Fatalf("nobody tells of the refusal, or not the node that was asked: %+v", told)
	}
	for _, a := range told {
		if a.Granted || a.Reason == "" || a.Requester != w.alice.Address() {
			t.Errorf("told of %+v", a)
		}
	}
}

// A member whose receipt is none, or none for contracts, is replaced and named.
func TestReceiptRefusedByCoordinator(t *testing.T) {
	for name, bend := range map[string]func(*wire.Partial){
		"none":            func(p *wire.Partial) { p.Receipt = wire.Signature{} },
		"bent":            func(p *wire.Partial) { p.Receipt[3]++ },
		"another's v":     func(p *wire.Partial) { p.Receipt[64] ^= 1 },
		"v as in wallets": func(p *wire.Partial) { p.Receipt[64] += 27 },
		"s in the upper half": func(p *wire.Partial) { // as no contract takes it
			s, err := secp256k1.ParseScalar(p.Receipt[32:64])
			check(err)
			high := s.Negated().Bytes()
			copy(p.Receipt[32:], high[:])
			p.Receipt[64] ^= 1
		},
	} {
		w := newWorld(t, 4, 2).withDocument()
		w.alice.Wallet = true
		request := w.Wallet(w.alice, wire.OpRetrieve, wire.NoArguments, w.key).Hash()
		w.Nodes[1].Mutate = Changing(bend)
		o := w.read(w.Nodes[0], true)
		if err := verify.Release(o.Res.Release, request); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		w.wantBlamed(w.Nodes[1].Name)
	}
}

// A refusal brings what each key server has signed of it; t+1 of them are a receipt of it.
func TestRefusalReceipt(t *testing.T) {
	w := newWorld(t, 4, 2).withDocument()
	w.alice.Wallet = true
	w.Chain.Set(w.alice.Address(), w.key, false)
	for _, n := range w.Nodes {
		n.Head = w.Chain.blocks
	}
	o := w.readFails(w.Nodes[0], true, wire.Denied)
	var refusal *wire.Refusal
	if !errors.As(o.Err, &refusal) {
		t.Fatalf("%T without a receipt", o.Err)
	}
	want := wire.Receipt{Cluster: w.ID, Request: w.Request(w.alice, wire.OpRetrieve, wire.NoArguments, w.key).Digest(), Requester: w.alice.Address(),
		Key: w.key, Version: w.record.Version(), Block: Block(w.Nodes[0].Head)}
	if refusal.Receipt != want || refusal.Setup.Session() != w.record.Version() {
		t.Errorf("the refusal is %+v", refusal.Receipt)
	}
	if len(refusal.Signatures) < 3 {
		t.Errorf("%d have signed it", len(refusal.Signatures))
	}
	digest := refusal.Receipt.Digest()
	for _, s := range refusal.Signatures {
		pub, err := crypto.SigToPub(digest[:], s.Signature[:])
		if err != nil || wire.NodeIDOf(pub) != w.record.Setup.Members[s.Index-1] {
			t.Errorf("the signature of %d is not its own: %v", s.Index, err)
		}
	}
	w.alice.Wallet = false
	if errors.As(w.readFails(w.Nodes[0], true, wire.Denied).Err, &refusal) {
		t.Error("a legacy request has a receipt")
	}
}

// A client can't have an honest node send what the others must take for nonsense: what is too
// long for a key's record is refused before anybody hears of it.
func TestOverlongAuthorProof(t *testing.T) {
	w := newWorld(t, 4, 1)
	s, err := w.Wallet(w.author, wire.OpGenerate, wire.GenerateArguments(1), KeyID(9)).Wallet()
	check(err)
	for _, keys := range []int{1, wire.MaxRequestKeys} { // the short one has no signature
		s.Permit = &wire.SignedPermit{Permit: wire.Permit{Keys: make([]wire.KeyID, keys)}}
		proof, err := s.Proof()
		check(err)
		n := w.Nodes[0]
		_, err = generation.New(n.Env(), n.State(KeyID(9)), KeyID(9), 1, proof)
		if long := strings.Contains(fmt.Sprint(err), "name fewer keys"); wire.ReasonOf(err) != wire.BadRequester || long != (keys > 1) {
			t.Errorf("a permit for %d keys: %v", keys, err)
		}
	}
	// Whatever this lets through fits into the message.
	longest := &wire.Init{Setup: wire.Setup{Key: KeyID(9), Threshold: 1, SetSize: 4, Members: w.Members(), Initiator: w.Nodes[0].ID(),
		Proof: wire.Proof{Kind: wire.WalletProof, Data: make([]byte, wire.MaxAuthorProof)}}}
	payload, err := wire.Encode(longest.Setup.Session(), longest)
	check(err)
	if _, _, err := wire.Decode(wire.CodeInit, payload); err != nil {
		t.Error(err)
	}
}
