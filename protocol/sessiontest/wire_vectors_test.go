package sessiontest

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// wireVector is all that crosses between the nodes of a cluster in some sessions, as bytes, with the nodes' secrets: what another
// implementation can open, check and answer. See docs/protocol.md.
type wireVector struct {
	About    string         `json:"about"`
	Genesis  common.Hash    `json:"genesis"`
	Name     string         `json:"name"`
	Cluster  wire.ClusterID `json:"cluster"`
	Chain    uint64         `json:"chainId"`
	Nodes    []vectorNode   `json:"nodes"`
	Clients  []vectorClient `json:"clients"`
	Messages []vectorSent   `json:"messages"`
	Shares   []vectorShare  `json:"shares"` // what the nodes hold in the end
	Results  []vectorResult `json:"results"`
}

type vectorNode struct {
	Name   string        `json:"name"`
	ID     wire.NodeID   `json:"id"`
	Secret hexutil.Bytes `json:"secret"`
}

type vectorClient struct {
	Name    string         `json:"name"`
	Address common.Address `json:"address"`
	Secret  hexutil.Bytes  `json:"secret"`
}

// vectorSent is a message, and to whom it was sent one after the other.
type vectorSent struct {
	From    string         `json:"from"`
	To      []string       `json:"to"`
	Code    hexutil.Uint   `json:"code"`
	Name    string         `json:"name"`
	Session wire.SessionID `json:"session"`
	Payload hexutil.Bytes  `json:"payload"`
}

type vectorShare struct {
	Node    string         `json:"node"`
	Key     wire.KeyID     `json:"key"`
	Version wire.SessionID `json:"version"`
	Public  wire.Point     `json:"serverKey"`
	Index   uint32         `json:"index"`
	Value   hexutil.Bytes  `json:"value"`
}

type vectorResult struct {
	What  string        `json:"what"`
	Value hexutil.Bytes `json:"value,omitempty"`
	Error string        `json:"error,omitempty"` // the reason's name
}

// taping is a world whose messages are written down.
type taping struct {
	*world
	v wireVector
}

func newTaping(t *testing.T, about string, n, threshold int) *taping {
	p := &taping{world: newWorld(t, n, threshold)}
	p.v = wireVector{About: about, Genesis: common.Hash{1}, Name: "test", Cluster: p.ID, Chain: ChainID,
		Shares: []vectorShare{}, Results: []vectorResult{}}
	for _, n := range p.Nodes {
		p.v.Nodes = append(p.v.Nodes, vectorNode{n.Name, n.ID(), crypto.FromECDSA(n.PrivateKey())})
	}
	for _, cl := range []*Client{p.author, p.alice} {
		p.v.Clients = append(p.v.Clients, vectorClient{cl.Name, cl.Address(), crypto.FromECDSA(cl.Key)})
	}
	p.Spy = func(from *Node, env wire.Envelope) {
		payload, err := wire.Encode(env.Session, env.Msg)
		check(err)
		sent := vectorSent{From: from.Name, Code: hexutil.Uint(env.Msg.Code()), Name: reflect.TypeOf(env.Msg).Elem().Name(), Session: env.Session, Payload: payload}
		if last := len(p.v.Messages) - 1; last >= 0 && p.v.Messages[last].From == sent.From && bytes.Equal(p.v.Messages[last].Payload, payload) {
			p.v.Messages[last].To = append(p.v.Messages[last].To, p.Name(env.To))
			return
		}
		sent.To = []string{p.Name(env.To)}
		p.v.Messages = append(p.v.Messages, sent)
	}
	return p
}

// ends lets everything happen and writes down what came out.
func (p *taping) ends(what string, o *Outcome, value []byte) {
	p.t.Helper()
	p.settle()
	if !o.Done {
		p.t.Fatalf("%s: does not end", what)
	}
	r := vectorResult{What: what, Value: value}
	if o.Err != nil {
		r.Error = o.Reason().String()
	} else if o.Key != nil {
		b := o.Key.Bytes()
		r.Value = b[:]
	} else if o.Signature != nil {
		r.Value = o.Signature
	}
	p.v.Results = append(p.v.Results, r)
}

// holds writes down who has which share of a key.
func (p *taping) holds(key wire.KeyID) {
	for _, n := range p.Nodes {
		if s := n.State(key); s.Record != nil && s.Share != nil {
			value := s.Share.Value.Bytes()
			p.v.Shares = append(p.v.Shares, vectorShare{n.Name, key, s.Record.Version(), s.Record.Public(), s.Share.Index, value[:]})
		}
	}
}

// decides has a node decide that these nodes are the next server set.
func (p *taping) decides(at *Node, nonce byte, members ...*Node) *Outcome {
	p.t.Helper()
	admin := privateKey(1, 1<<40)
	order := &wire.SetOrder{Chain: ChainID, Cluster: p.ID, Epoch: 1, Parent: p.First.Hash(), Floor: 1, Administrators: p.First.Authority.Administrators, Needed: 1,
		Expires: 2000, Nonce: common.Hash{nonce}}
	for _, n := range members {
		order.Members = append(order.Members, wire.OrderMember{Node: n.ID(), Address: n.Name + ".example:30303"})
	}
	digest := order.Digest()
	sig, err := crypto.Sign(digest[:], admin)
	check(err)
	m, err := handover.NewDeciding(at.Env(), order, []wire.AdminSignature{wire.AdminSignature(sig)}, wire.BlockRef{Number: 1, Hash: common.Hash{1}})
	check(err)
	o := new(Outcome)
	o.Run = p.Begin(at, wire.KindDecide, wire.KeyID{}, m, func(r *Run) { o.Done, o.Err = true, r.Err })
	return o
}

// tapes are the vectors by their files' names.
var tapes = map[string]func(t *testing.T) *taping{
	"sets": func(t *testing.T) *taping {
		p := newTaping(t, "the fifth of five nodes joins the server set of four: the first coordinator goes down, the second one settles its attempt and decides; "+
			"then the first asks what has become of it", 5, 1)
		p.First, p.Time = &wire.ServerSet{Cluster: p.ID, Members: p.Members()[:4], Floor: 1,
			Authority: wire.Authority{Administrators: []common.Address{crypto.PubkeyToAddress(privateKey(1, 1<<40).PublicKey)}, Needed: 1}}, 1000
		p.decides(p.Nodes[0], 1, p.Nodes...)
		for bound := false; !bound; p.Steps(1) {
			env := p.Nodes[3].Env()
			held, err := handover.Held(&env)
			check(err)
			bound = held != nil
		}
		p.Down(p.Nodes[0])
		p.ends("decision", p.decides(p.Nodes[1], 2, p.Nodes[1:]...), nil)
		p.Restart(p.Nodes[0])
		m, err := handover.NewFollowing(p.Nodes[0].Env())
		check(err)
		o := new(Outcome)
		p.Begin(p.Nodes[0], wire.KindFollow, wire.KeyID{}, m, func(r *Run) { o.Done, o.Err = true, r.Err })
		p.settle()
		name := p.Nodes[0].Sets().Newest().Hash()
		p.ends("name of the set that the first follows", o, name[:])
		return p
	},
	"generation": func(t *testing.T) *taping {
		p := newTaping(t, "a key of threshold 1 is made by three nodes, through the first, for a wallet's request", 3, 1)
		p.author.Wallet = true
		p.ends("generation", p.Generate(p.Nodes[0], p.author, KeyID(7), 1), nil)
		p.holds(KeyID(7))
		return p
	},
	"move": func(t *testing.T) *taping {
		p := newTaping(t, "n4 leaves a set of four: two deal the key anew to the three that stay, and all four say that there is no document key", 4, 1)
		p.Establish(0, p.Nodes...)
		p.Establish(0, p.Nodes[:3]...)
		p.ends("redistribution", p.Move(p.Nodes[0], p.key, 0), nil)
		p.holds(p.key)
		return p
	},
	"complaint": func(t *testing.T) *taping {
		p := newTaping(t, "n4 deals n1 a bad share; n1 complains; n3 had signed by then, so ballots abandon the attempt, and the key is made without n4", 4, 1)
		p.Nodes[3].Mutate = Misdealing(p.Nodes[3])
		p.ends("generation", p.Generate(p.Nodes[0], p.author, KeyID(7), 1), nil)
		p.holds(KeyID(7))
		return p
	},
	"ballots": func(t *testing.T) *taping {
		p := newTaping(t, "n3 keeps its last signature to itself; ballots abandon the attempt, and the key is made in the next one, without n3", 4, 1)
		p.Nodes[2].Mutate = func(env wire.Envelope) []wire.Envelope {
			if code := env.Msg.Code(); code == wire.CodeCommit || code == wire.CodeReveal {
				return []wire.Envelope{env}
			}
			return nil
		}
		p.ends("generation", p.Generate(p.Nodes[0], p.author, KeyID(7), 1), nil)
		p.holds(KeyID(7))
		return p
	},
	"storing": func(t *testing.T) *taping {
		p := newTaping(t, "a document key is stored, by a wallet's request; n3 missed the end of the key's generation; n4 is down, and when it is back another pair is refused through it", 4, 1)
		p.author.Wallet = true
		record := p.Deal(KeyID(7), 1, p.author, p.Nodes)
		p.Nodes[2].Miss(record)
		p.Down(p.Nodes[3])
		p.ends("storing", p.Store(p.Nodes[0], p.author, KeyID(7), p.Encrypt(record, 1)), nil)
		p.Restart(p.Nodes[3])
		p.ends("storing another pair", p.Store(p.Nodes[3], p.author, KeyID(7), p.Encrypt(record, 2)), nil)
		return p
	},
	"lookup": func(t *testing.T) *taping {
		p := newTaping(t, "through a node that missed a key the same id is to be made again, and the key is read, plain, with legacy signatures", 3, 1)
		record := p.Deal(KeyID(7), 1, p.author, p.Nodes, p.Nodes[2])
		p.DealDocument(record, p.Encrypt(record, 1), p.Nodes[2])
		p.Chain.Set(p.alice.Address(), KeyID(7), true)
		p.catchUp()
		p.ends("generation", p.Generate(p.Nodes[2], p.author, KeyID(7), 1), nil)
		p.ends("plain retrieval", p.Retrieve(p.Nodes[2], p.alice, KeyID(7), false), nil)
		return p
	},
	"retrieval": func(t *testing.T) *taping {
		p := newTaping(t, "a wallet reads, with receipts; is denied, with receipts; and reads where one node has seen a newer block", 3, 1)
		p.alice.Wallet = true
		p.withDocument()
		p.v.Messages = nil
		p.ends("retrieval", p.Retrieve(p.Nodes[0], p.alice, p.key, true), nil)
		p.holds(p.key)
		denied := p.Chain.Set(p.alice.Address(), p.key, false)
		for _, n := range p.Nodes {
			p.Follow(n, denied)
		}
		p.ends("retrieval after the revocation", p.Retrieve(p.Nodes[0], p.alice, p.key, true), nil)
		granted := p.Chain.Set(p.alice.Address(), p.key, true)
		p.Follow(p.Nodes[1], granted)
		o := p.Retrieve(p.Nodes[0], p.alice, p.key, true)
		p.Steps(10)
		p.catchUp()
		p.ends("retrieval at a newer block", o, nil)
		return p
	},
	"superseded": func(t *testing.T) *taping {
		p := newTaping(t, "a key was dealt anew, which n1 has not heard of: it reads, and signs, under the version that n2 shows", 3, 1)
		p.readable().withDocument()
		p.v.Messages = nil
		set := p.Know(p.Nodes)[0]
		p.Redeal(p.record, Redistribution{Set: set, Round: 7, Threshold: 1, Members: p.Nodes, Pair: p.kept(), Absent: p.Nodes[:1]})
		p.ends("retrieval", p.Retrieve(p.Nodes[0], p.alice, p.key, true), nil)
		p.ends("schnorr", p.Signature(p.Nodes[0], p.alice, p.key, wire.Schnorr, someHash(1)), nil)
		p.holds(p.key)
		return p
	},
	"batch": func(t *testing.T) *taping {
		p := newTaping(t, "a wallet reads two keys at once", 3, 1)
		p.alice.Wallet = true
		p.withDocument()
		second := p.Deal(KeyID(2), 1, p.author, p.Nodes)
		p.DealDocument(second, p.Encrypt(second, 2))
		p.Chain.Set(p.alice.Address(), KeyID(2), true)
		p.catchUp()
		n := p.Nodes[0]
		m, err := gathering.NewBatch(n.Env(), []*session.State{n.State(p.key), n.State(KeyID(2))}, p.Wallet(p.alice, wire.OpRetrieve, wire.NoArguments, p.key, KeyID(2)))
		check(err)
		p.Begin(n, wire.KindRetrieve, p.key, m, nil)
		p.settle()
		for i, rel := range m.Releases() {
			key, err := verify.OpenRelease(rel, p.Wallet(p.alice, wire.OpRetrieve, wire.NoArguments, p.key, KeyID(2)).Hash(), secretOf(p.alice))
			if err != nil {
				t.Fatalf("key %d: %v", i, err)
			}
			b := key.Bytes()
			p.v.Results = append(p.v.Results, vectorResult{What: "document key " + string(rune('1'+i)), Value: b[:]})
		}
		return p
	},
	"schnorr": func(t *testing.T) *taping {
		p := newTaping(t, "a Schnorr signature in two rounds, then one in each scheme with nonces sent ahead", 3, 1)
		p.readable()
		p.holds(p.key)
		for i, scheme := range []wire.Scheme{wire.Schnorr, wire.Schnorr, wire.RFC9591, wire.BIP340} {
			p.ends(scheme.String(), p.Signature(p.Nodes[0], p.alice, p.key, scheme, someHash(byte(i))), nil)
		}
		return p
	},
	"ecdsa": func(t *testing.T) *taping {
		p := newTaping(t, "an item is dealt and an ECDSA signature made; then n1's chain says no, and of the others one says yes", 3, 1)
		p.readable()
		p.holds(p.key)
		p.ends("ecdsa", p.Signature(p.Nodes[0], p.alice, p.key, wire.ECDSA, someHash(1)), nil)
		denied := p.Chain.Set(p.alice.Address(), p.key, false)
		for _, n := range p.Nodes {
			p.Follow(n, denied)
		}
		p.Nodes[1].Oracle = Says(session.Granted)
		p.ends("ecdsa after the revocation", p.Signature(p.Nodes[0], p.alice, p.key, wire.ECDSA, someHash(2)), nil)
		return p
	},
	"handover": tapedHandover,
	"questions": func(t *testing.T) *taping {
		p := newTaping(t, "what operators ask: what all chains say to an account, and who holds shares", 3, 1)
		p.withDocument()
		p.v.Messages = nil
		_, _, err := p.Explain(p.Nodes[0], p.alice.Address(), p.key)
		check(err)
		p.settle()
		_, _, err = p.Holdings(p.Nodes[0], wire.KeyVersion{Key: p.key, Version: p.record.Version()}, wire.KeyVersion{Key: KeyID(99)})
		check(err)
		p.settle()
		return p
	},
}

// tapedHandover is what nodes say when one server set has followed another.
func tapedHandover(t *testing.T) *taping {
	p := newTaping(t, "n1 gathers listings, after one set has followed another of the same nodes, asks who holds a key, for receipts of erasure, of which n2 has one, and for lists of shares, and rehearses that the key is dealt anew", 3, 1)
	p.followed()
	p.holds(p.key)
	bind(p.made(KeyID(2)), p.Nodes[1])
	_, _, err := p.Gather(p.Nodes[0])
	check(err)
	p.settle()
	_, _, err = p.Hold(p.Nodes[0], p.record)
	check(err)
	p.settle()
	e := &wire.Erased{Key: p.key, Version: wire.SessionID{7}, Successor: p.record.Version(), Node: p.Nodes[1].ID()}
	e.Signature = p.Nodes[1].nodeKey.Sign(wire.ErasedDigest(p.ID, e))
	p.Nodes[1].Put(wire.NewRecord(wire.Put, wire.RecordErased, e.Key, wire.ErasedName(e.Version, e.Node), e))
	_, _, err = p.Receipts(p.Nodes[0], wire.KeyVersion{Key: p.key, Version: e.Version})
	check(err)
	p.settle()
	_, _, err = p.Plan(p.Nodes[0], wire.KeyID{}, p.Nodes...)
	check(err)
	p.settle()
	_, _, err = p.Rehearse(p.Nodes[0], p.key, 1, p.Nodes...)
	check(err)
	p.settle()
	return p
}

// catchUp has all nodes see the newest block.
func (p *taping) catchUp() {
	for _, n := range p.Nodes {
		p.Follow(n, p.Chain.blocks)
	}
}

// TestWireVectors: the same seeds give the same bytes as the files have, and all messages there are occur in them.
func TestWireVectors(t *testing.T) {
	seen := make(map[wire.Code]bool)
	for name, play := range tapes {
		t.Run(name, func(t *testing.T) {
			p := play(t)
			for _, m := range p.v.Messages {
				seen[wire.Code(m.Code)] = true
			}
			enc, err := json.MarshalIndent(&p.v, "", " ")
			check(err)
			enc = append(enc, '\n')
			path := filepath.Join("testdata", "wire", name+".json")
			if *update {
				check(os.WriteFile(path, enc, 0o644))
			}
			kept, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(kept, enc) {
				t.Errorf("%s is not what crosses between the nodes (%v): look at the difference, then run with -update", path, err)
			}
		})
	}
	files, err := filepath.Glob("testdata/wire/*.json")
	check(err)
	for _, path := range files {
		if tapes[strings.TrimSuffix(filepath.Base(path), ".json")] == nil {
			t.Errorf("%s is of no session that this test plays", path)
		}
	}
	for code := range wire.Code(wire.ProtocolLength) {
		if wire.IsKnown(code) && !seen[code] {
			t.Errorf("message %#x is in no vector", code)
		}
	}
}
