package service

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/p2p/enode"
	"github.com/geth-ss/geth-ss/internal/logtest"
	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/serverset"
)

// newMember is a node of a cluster with an empty store. The others exist in their keys
// alone, and so does what they remember.
func newMember(t *testing.T, c *sessiontest.Cluster, n *sessiontest.Node) *Service {
	t.Helper()
	s := newSoloService(t)
	var list []string
	for _, other := range c.Nodes {
		list = append(list, enode.NewV4(&other.PrivateKey().PublicKey, []byte{127, 0, 0, 1}, 1, 1).URLv4())
	}
	set, err := serverset.NewStatic(list, enode.NewV4(&n.PrivateKey().PublicKey, nil, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	s.self, s.cluster = n.NodeKey(), c.ID
	s.servers = newServers(n.ID(), c.ID, set, wire.Authority{})
	s.network = protocol.New(n.PrivateKey(), s.backend)
	return s
}

// answers is what this node says in a session that a peer opens with the first of some
// messages. What it makes durable it does.
func (s *Service) answers(t *testing.T, from *sessiontest.Node, id wire.SessionID, msgs ...wire.Message) (said []wire.Message) {
	t.Helper()
	opening := msgs[0].(wire.Opening)
	r := s.newRunner(wire.KindOf(opening), opening.Subject(), from.ID())
	m, err := s.backend.joinMachine(r, session.Received{From: from.ID(), Session: id, Msg: opening}, opening)
	if err != nil {
		return []wire.Message{wire.RefuseWith(err)}
	}
	for _, msg := range msgs {
		eff := m.Step(session.Received{From: from.ID(), Session: id, Msg: msg})
		if err := s.save(opening.Subject(), eff.Save); err != nil {
			t.Fatal(err)
		}
		for _, env := range eff.Send {
			said = append(said, env.Msg)
		}
	}
	return said
}

// pair is what a client that stores a document key sends, and its session.
func pair(c *sessiontest.Cluster, from *sessiontest.Node, author *sessiontest.Client, record *wire.KeyRecord, number int) (*wire.Store, wire.SessionID) {
	d := c.Encrypt(record, number)
	m := &wire.Store{Key: record.Setup.Key, Version: record.Version(), Common: d.Common, Encrypted: d.Encrypted, Proof: author.Proof(record.Setup.Key)}
	return m, m.Session(c.ID, from.ID())
}

// last is nil if nothing was said.
func last(said []wire.Message) wire.Message {
	if len(said) == 0 {
		return nil
	}
	return said[len(said)-1]
}

func unavailable(said []wire.Message) bool {
	m, ok := last(said).(*wire.Refuse)
	return ok && m.Reason == wire.Unavailable
}

// A node whose store was lost, and that was not told so, signs no pair for a key that the
// others say it has helped to make, however it hears of it: it may have signed another. From
// then on it gives its word nowhere that it could have given it before, a restart included.
func TestLostStoreGivesNoWord(t *testing.T) {
	for _, how := range []string{"learnt before", "supplied in the session"} {
		t.Run(how, func(t *testing.T) {
			c := sessiontest.New(4, 1)
			self, peer, author := c.Nodes[2], c.Nodes[0], c.NewClient("author")
			record := c.Deal(sessiontest.KeyID(9), 1, author, c.Nodes)
			s := newMember(t, c, self)
			ask, id := pair(c, peer, author, record, 2)
			msgs := []wire.Message{ask}
			if how == "learnt before" {
				known := wire.NewRecord(wire.Create, wire.RecordKey, ask.Key, wire.SessionID{}, record)
				if err := s.save(ask.Key, []wire.Record{known}); err != nil {
					t.Fatal(err)
				}
			} else {
				msgs = append(msgs, &wire.Supply{Record: record})
			}
			if said := s.answers(t, peer, id, msgs...); !unavailable(said) {
				t.Errorf("asked to sign a pair it says %T", last(said))
			}
			if state, err := s.recall(ask.Key); err != nil || state.Promise != nil || state.Record == nil {
				t.Errorf("promised a pair: %t, knows the key: %t, %v", state.Promise != nil, state.Record != nil, err)
			}
			wantSilence(t, c, s, self, peer, author)

			again := newMember(t, c, self)
			if again.states = newStates(s.states.db, 4); again.env().Gap {
				t.Fatal("a new process knows before it has looked")
			}
			if err := again.ownStore(); err != nil {
				t.Fatal(err)
			}
			wantSilence(t, c, again, self, peer, author)
		})
	}
}

// A new store is warned of where the chain is not new: this node may have held shares. The chain of a new network has
// made some blocks when the key server starts, and none when the process did.
func TestNewStoreIsWarnedOf(t *testing.T) {
	for _, test := range []struct {
		name      string
		found     uint64
		again     bool
		temporary string
		warned    bool
	}{
		{"a new network", 0, false, "", false},
		{"a store that was wiped", 1, false, "", true},
		{"the next start", 1, true, "", false},
		{"an ephemeral node", 1, false, "somewhere", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := sessiontest.New(4, 1)
			s := newMember(t, c, c.Nodes[2])
			s.startBlock, s.temporary = test.found, test.temporary
			if test.again {
				if err := s.ownStore(); err != nil {
					t.Fatal(err)
				}
			}
			out := logtest.Capture(t, slog.LevelInfo)
			if err := s.ownStore(); err != nil {
				t.Fatal(err)
			}
			if warned := strings.Contains(out.String(), "The share store is new"); warned != test.warned {
				t.Errorf("warned: %v\n%s", warned, out)
			}
		})
	}
}

// wantSilence: about ids that it does not know it neither votes, nor helps to make a key
// without all others, nor says that there is none.
func wantSilence(t *testing.T, c *sessiontest.Cluster, s *Service, self, peer *sessiontest.Node, author *sessiontest.Client) {
	t.Helper()
	if !s.env().Gap {
		t.Error("it does not know that it forgets")
	}
	key := sessiontest.KeyID(10)
	setup := wire.Setup{Cluster: c.ID, Key: key, Threshold: 1, SetSize: 4, Members: c.Members(), Initiator: peer.ID(), Proof: author.Proof(key)}
	poll := &wire.Poll{Setup: setup, Ask: new(wire.Motion)}
	if said := s.answers(t, peer, poll.Session(c.ID, peer.ID()), poll); !unavailable(said) {
		t.Errorf("asked for its vote it says %T", last(said))
	}
	setup.Members = slices.DeleteFunc(slices.Clone(setup.Members), func(id wire.NodeID) bool { return id == c.Nodes[3].ID() })
	if said := s.answers(t, peer, setup.Session(), &wire.Init{Setup: setup}); !unavailable(said) {
		t.Errorf("asked to help making a key without all others it says %T", last(said))
	}
	look := &wire.LookUp{Key: key}
	if said := s.answers(t, peer, look.Session(c.ID, peer.ID()), look); !unavailable(said) {
		t.Errorf("asked for a key that it does not know it says %T", last(said))
	}
}

// A node that has all its shares, or was no member of the key, remembers, and gives its word.
func TestWholeStoreGivesItsWord(t *testing.T) {
	c := sessiontest.New(4, 1)
	self, peer, author := c.Nodes[2], c.Nodes[0], c.NewClient("author")
	s := newMember(t, c, self)
	without := slices.DeleteFunc(slices.Clone(c.Nodes), func(n *sessiontest.Node) bool { return n == self })
	foreign := c.Deal(sessiontest.KeyID(8), 1, author, without)
	own := c.Deal(sessiontest.KeyID(9), 1, author, c.Nodes)
	held := self.State(own.Setup.Key).Share
	recs := map[*wire.KeyRecord][]wire.Record{
		foreign: {wire.NewRecord(wire.Create, wire.RecordKey, foreign.Setup.Key, wire.SessionID{}, foreign)},
		own: {wire.NewRecord(wire.Create, wire.RecordKey, own.Setup.Key, wire.SessionID{}, own),
			{Op: wire.Put, Kind: wire.RecordShare, Key: own.Setup.Key, Session: own.Version(), Value: held.Encode()}},
	}
	for record, batch := range recs {
		if err := s.save(record.Setup.Key, batch); err != nil {
			t.Fatal(err)
		}
		if _, err := s.recall(record.Setup.Key); err != nil || s.env().Gap {
			t.Fatalf("it thinks that it forgets: %t, %v", s.env().Gap, err)
		}
	}
	ask, id := pair(c, peer, author, own, 2)
	said := s.answers(t, peer, id, ask)
	if _, ok := last(said).(*wire.StorePromise); !ok {
		t.Errorf("asked to sign a pair it says %T", last(said))
	}
	key := sessiontest.KeyID(10)
	setup := wire.Setup{Cluster: c.ID, Key: key, Threshold: 1, SetSize: 4, Members: c.Members(), Initiator: peer.ID(), Proof: author.Proof(key)}
	poll := &wire.Poll{Setup: setup, Ask: new(wire.Motion)}
	said = s.answers(t, peer, poll.Session(c.ID, peer.ID()), poll)
	if v, ok := last(said).(*wire.Vote); !ok || v.Cast == nil {
		t.Errorf("asked for its vote it says %T", last(said))
	}
}
