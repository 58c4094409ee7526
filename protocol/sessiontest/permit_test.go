package sessiontest

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// permitted is a request of an account, signed by a temporary key that it permits to use the
// keys of an author.
func (c *Cluster) permitted(account *Client, author common.Address, op wire.Operation, arguments common.Hash, keys ...wire.KeyID) wire.Proof {
	temporary := c.NewClient("temporary")
	p := wire.Permit{Chain: ChainID, Cluster: c.ID, Account: account.Address(), Delegate: temporary.Address(),
		Operations: []wire.Operation{op}, Author: author, Expiry: RequestExpiry}
	s := &wire.SignedRequest{Request: *c.Request(account, op, arguments, keys...), Permit: &wire.SignedPermit{Permit: p}}
	s.Signature = signedWith(temporary, s.Request.Digest())
	s.Permit.Signature = signedWith(account, p.Digest())
	proof, err := s.Proof()
	check(err)
	return proof
}

// permitCase is an operation that a permit for one author's keys is used for.
type permitCase struct {
	op        wire.Operation
	account   func(w *world) *Client
	arguments func(w *world) common.Hash
	key       wire.KeyID
	open      func(w *world, proof wire.Proof) (wire.Opening, wire.SessionID) // as n1 asks others
	begin     func(w *world, proof wire.Proof) error                          // at n1
	done      wire.Code                                                       // what a member says that takes part
}

func theReader(w *world) *Client { return w.alice }
func theAuthor(w *world) *Client { return w.author }

func noArguments(*world) common.Hash { return wire.NoArguments }

var permitCases = map[string]permitCase{
	"retrieving": {
		op: wire.OpRetrieve, account: theReader, arguments: noArguments, key: KeyID(1), done: wire.CodePartial,
		open: func(w *world, proof wire.Proof) (wire.Opening, wire.SessionID) {
			m := &wire.Retrieve{Key: w.key, Version: w.record.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted,
				Proof: proof, Shadow: true, Block: Block(w.Nodes[0].Head), Set: []uint32{1, 2, 3}}
			return m, m.Session(w.ID, w.Nodes[0].ID())
		},
		begin: func(w *world, proof wire.Proof) error {
			n := w.Nodes[0]
			_, err := gathering.NewRetrieval(n.Env(), n.State(w.key), w.record, n.State(w.key).Document, proof, true)
			return err
		},
	},
	"signing": {
		op: wire.OpSign, account: theReader, key: KeyID(1), done: wire.CodeCommitted,
		arguments: func(*world) common.Hash { return wire.SignArguments(wire.Schnorr, someHash(1)) },
		open: func(w *world, proof wire.Proof) (wire.Opening, wire.SessionID) {
			m := &wire.Sign{Key: w.key, Version: w.record.Version(), Scheme: wire.Schnorr, Hash: someHash(1),
				Proof: proof, Block: Block(w.Nodes[0].Head), Set: []uint32{1, 2, 3}}
			return m, m.Session(w.ID, w.Nodes[0].ID())
		},
		begin: func(w *world, proof wire.Proof) error {
			n := w.Nodes[0]
			_, err := gathering.NewSigning(n.Env(), n.Lend, n.State(w.key), w.record, proof, wire.Schnorr, someHash(1))
			return err
		},
	},
	"storing": {
		op: wire.OpStore, account: theAuthor, key: KeyID(2), done: wire.CodeStorePromise,
		arguments: func(w *world) common.Hash { return wire.StoreArguments(w.doc.Common, w.doc.Encrypted) },
		open: func(w *world, proof wire.Proof) (wire.Opening, wire.SessionID) {
			r := w.Nodes[0].State(KeyID(2)).Record
			m := &wire.Store{Key: r.Setup.Key, Version: r.Version(), Common: w.doc.Common, Encrypted: w.doc.Encrypted, Proof: proof}
			return m, m.Session(w.ID, w.Nodes[0].ID())
		},
		begin: func(w *world, proof wire.Proof) error {
			state := w.Nodes[0].State(KeyID(2))
			_, err := documents.NewStoring(w.Nodes[0].Env(), state, state.Record, proof, w.doc.Common, w.doc.Encrypted)
			return err
		},
	},
	"generating": {
		op: wire.OpGenerate, account: theAuthor, key: KeyID(9), done: wire.CodeCommit,
		arguments: func(*world) common.Hash { return wire.GenerateArguments(2) },
		open: func(w *world, proof wire.Proof) (wire.Opening, wire.SessionID) {
			m := &wire.Init{Setup: wire.Setup{Cluster: w.ID, Key: KeyID(9), Threshold: 2, SetSize: 4, Members: w.Members(),
				Initiator: w.Nodes[0].ID(), Proof: proof}}
			return m, m.Setup.Session()
		},
		begin: func(w *world, proof wire.Proof) error {
			n := w.Nodes[0]
			_, err := generation.New(n.Env(), n.State(KeyID(9)), KeyID(9), 2, proof)
			return err
		},
	},
}

// A permit for one author's keys serves for no other's, in any operation: neither at the node
// that is asked, nor, if that is a liar, at those that it asks.
func TestPermitOfOneAuthor(t *testing.T) {
	for name, c := range permitCases {
		for _, right := range []bool{true, false} {
			w := newWorld(t, 4, 2).withDocument()
			w.Deal(KeyID(2), 2, w.author, w.Nodes)
			author := w.author.Address()
			if !right {
				author = w.NewClient("another author").Address()
			}
			proof := w.permitted(c.account(w), author, c.op, c.arguments(w), c.key)
			if err := c.begin(w, proof); (err == nil) != right {
				t.Errorf("%s, the permit is for this author's keys: %t; at the door: %v", name, right, err)
			}
			m, id := c.open(w, proof)
			got := w.ask(w.Nodes[0], w.Nodes[1], m, id)
			if got == nil || (got.Code() == c.done) != right {
				t.Errorf("%s, the permit is for this author's keys: %t; answered with %T %v", name, right, got, got)
			}
			s := w.Nodes[1].State(c.key)
			if !right && (s.Promise != nil || len(s.Dealt) > 0) {
				t.Errorf("%s: it has promised something", name)
			}
		}
	}
}

// A batch through a node that has all shares itself: nobody else would notice.
func TestPermitOfOneAuthorInABatch(t *testing.T) {
	w := newWorld(t, 1, 0)
	n, other := w.Nodes[0], w.NewClient("another author")
	var states []*session.State
	var keys []wire.KeyID
	for i, author := range []*Client{w.author, other, w.author} {
		r := w.Deal(KeyID(100+i), 0, author, w.Nodes)
		w.DealDocument(r, w.Encrypt(r, 100+i))
		w.Follow(n, w.Chain.Set(w.alice.Address(), r.Setup.Key, true))
		states, keys = append(states, n.State(r.Setup.Key)), append(keys, r.Setup.Key)
	}
	proof := w.permitted(w.alice, w.author.Address(), wire.OpRetrieve, wire.NoArguments, keys...)
	m, err := gathering.NewBatch(n.Env(), states, proof)
	check(err)
	w.Begin(n, wire.KindRetrieve, keys[0], m, nil)
	w.settle()
	for i, rel := range m.Releases() {
		if (rel != nil) != (i != 1) {
			t.Errorf("key %d is released: %t", i, rel != nil)
		}
	}
}
