package service

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/p2p"

	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// judgeFloods has the figures of floods judged, too. They are of this machine and this moment: with anything beside it,
// as in CI, an honest node is slow for other reasons.
var judgeFloods = flag.Bool("floods.judge", false, "fail if a flood slows others down beyond bounds, on a machine with nothing else to do")

const (
	// floodWindow is how many openings of a member wait for their answers at once: as many sessions as it may have.
	floodWindow = 512
	// floodAnswer is for how long one is waited for.
	floodAnswer = time.Second
	// floodFor is how long a flood goes on while others are measured.
	floodFor = 1500 * time.Millisecond
	// floodSlack is what the 99th percentile may grow to, whatever it is without a flood, for the flooders share the processors.
	floodSlack = 500 * time.Millisecond
)

// flooder is a key server's key in the hands of a program that sends nothing but openings of one kind. It answers nothing
// but what makes a dealing go on, and checks nothing: all that it costs is others'.
type flooder struct {
	c       *cluster
	self    *session.NodeKey
	victim  wire.NodeID
	network *protocol.Network
	server  *p2p.Server
	sent    atomic.Int64

	mu   sync.Mutex
	free chan struct{}                  // places in the window
	open map[wire.SessionID]*time.Timer // sent, and not answered
}

// takeOver puts a flooder in a key server's place.
func (c *cluster) takeOver(s *testServer, victim *testServer) *flooder {
	c.t.Helper()
	s.stop(c.t)
	f := &flooder{c: c, self: s.node.NodeKey(), victim: victim.self.ID(), free: make(chan struct{}, floodWindow), open: make(map[wire.SessionID]*time.Timer)}
	for range floodWindow {
		f.free <- struct{}{}
	}
	f.network = protocol.New(s.node.PrivateKey(), f)
	f.server = &p2p.Server{Config: p2p.Config{PrivateKey: s.node.PrivateKey(), MaxPeers: 20, ListenAddr: s.server.ListenAddr, NoDiscovery: true,
		Protocols: f.network.Protocols()}}
	if err := f.server.Start(); err != nil {
		c.t.Fatal(err)
	}
	if err := f.network.Start(f.server, victim.servers.Dialled()); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		f.network.Stop()
		f.server.Stop()
	})
	c.until("the flooder is connected", func() bool { return slices.Contains(f.network.Connected(), f.victim) })
	return f
}

func (f *flooder) Cluster() wire.ClusterID                  { return f.c.ID }
func (f *flooder) Genesis() (none common.Hash)              { return none }
func (f *flooder) Member(wire.NodeID) bool                  { return true }
func (f *flooder) PeerUp(wire.NodeID)                       {}
func (f *flooder) PeerDown(node wire.NodeID, reason string) {}

// Handle answers what an honest coordinator of a dealing to one node alone would.
func (f *flooder) Handle(from wire.NodeID, id wire.SessionID, msg wire.Message) {
	switch m := msg.(type) {
	case *wire.Commit:
		if m.Hash == (common.Hash{}) { // of items, not of a key
			f.network.Send(from, id, &wire.Evidence{Commits: []wire.Commit{*m}})
			return
		}
	case *wire.Refuse:
		f.over(id)
		return
	case *wire.Reveal:
		f.network.Send(from, id, &wire.Evidence{Reveals: []wire.Reveal{*m}})
		return
	}
	f.answered(id)
}

// answered makes room for the next, and ends the session if it has not ended.
func (f *flooder) answered(id wire.SessionID) {
	f.network.Send(f.victim, id, &wire.Refuse{Reason: wire.Cancelled})
	f.over(id)
}

func (f *flooder) over(id wire.SessionID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if timer := f.open[id]; timer != nil {
		timer.Stop()
		delete(f.open, id)
		f.free <- struct{}{}
	}
}

// flood sends openings until it is told to stop.
func (f *flooder) flood(stop <-chan struct{}, next func(f *flooder) (wire.SessionID, wire.Message)) {
	for {
		select {
		case <-f.free:
		case <-stop:
			return
		}
		id, msg := next(f)
		f.mu.Lock()
		f.open[id] = time.AfterFunc(floodAnswer, func() { f.answered(id) })
		f.mu.Unlock()
		for errors.Is(f.network.Send(f.victim, id, msg), protocol.ErrQueueFull) {
			time.Sleep(time.Millisecond)
		}
		f.sent.Add(1)
	}
}

// everyOpening are an empty message of each kind that opens a session, by name: the fuzzers' corpus has an example of each
// message of the protocol's table.
func everyOpening(t *testing.T) map[string]wire.Opening {
	t.Helper()
	dir := filepath.Join("..", "protocol", "wire", "testdata", "fuzz", "FuzzDecode")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]wire.Opening)
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		if len(lines) < 3 || strings.Contains(file.Name(), "-") {
			continue
		}
		code, _, _, err := strconv.UnquoteChar(strings.TrimSuffix(strings.TrimPrefix(lines[1], "byte('"), "')"), '\'')
		payload, err2 := strconv.Unquote(strings.TrimSuffix(strings.TrimPrefix(lines[2], "[]byte("), ")"))
		if err != nil || err2 != nil {
			continue // of an older form
		}
		_, msg, err := wire.Decode(wire.Code(code), []byte(payload))
		if opening, opens := msg.(wire.Opening); err == nil && opens {
			all[file.Name()] = opening
		}
	}
	return all
}

// flooding is what floods are made of.
type flooding struct {
	c        *cluster
	record   *wire.KeyRecord
	document *wire.DocumentRecord
	author   *sessiontest.Client
	number   atomic.Uint64
}

func (x *flooding) nonce() (n [32]byte) {
	binary.BigEndian.PutUint64(n[24:], x.number.Add(1))
	return n
}

// kinds are the floods, each of what costs most of its kind: a new session each time, valid as far as one member can make it
// without the others.
func (x *flooding) kinds() map[string]func(f *flooder) (wire.SessionID, wire.Message) {
	key, version := x.record.Setup.Key, x.record.Version()
	legacy := x.c.alice.Proof(key)
	wallet := x.c.Sign(x.c.alice, x.c.Request(x.c.alice, wire.OpSign, wire.SignArguments(wire.ECDSA, common.Hash{1}), key))
	many := x.c.Wallet(x.c.alice, wire.OpRetrieve, wire.NoArguments, key)
	author := x.author.Proof(key)
	holdings := make([]wire.KeyVersion, wire.MaxHoldings)
	for i := range holdings {
		holdings[i] = wire.KeyVersion{Key: key, Version: version}
	}
	set := []uint32{1, 2, 3}
	victim := x.c.nodes[0]
	first := victim.servers.Sets().Newest()
	next := wire.SetOrder{Chain: victim.chainID, Parent: first.Hash(), Nonce: x.nonce()}
	for i, node := range first.Members {
		next.Members = append(next.Members, wire.OrderMember{Node: node, Address: "127.0.0.1:" + strconv.Itoa(30300+i)})
	}
	setup := func(f *flooder) wire.Setup {
		id := wire.KeyID(x.nonce())
		id[0] = 0xf1
		s := wire.Setup{Cluster: x.c.ID, Key: id, Threshold: 2, SetSize: uint32(len(x.c.nodes)), Initiator: f.self.ID(), Proof: x.author.Proof(id)}
		s.Members = wire.SortNodeIDs(x.c.Members())
		return s
	}
	return map[string]func(f *flooder) (wire.SessionID, wire.Message){
		"deal": func(f *flooder) (wire.SessionID, wire.Message) {
			m := &wire.Deal{Setup: wire.DealSetup{Cluster: x.c.ID, Coordinator: f.self.ID(), Items: wire.MaxItems, Set: []uint32{1},
				Members: []wire.NodeID{f.victim}, Nonce: x.nonce()}}
			return m.Setup.Session(), m
		},
		"init": func(f *flooder) (wire.SessionID, wire.Message) {
			m := &wire.Init{Setup: setup(f)}
			return m.Setup.Session(), m
		},
		"poll": func(f *flooder) (wire.SessionID, wire.Message) {
			m := &wire.Poll{Setup: setup(f), Nonce: x.nonce(), Ask: new(wire.Motion)}
			return m.Session(x.c.ID, f.self.ID()), m
		},
		"lookup": func(f *flooder) (wire.SessionID, wire.Message) {
			m := &wire.LookUp{Key: key, Nonce: x.nonce()}
			return m.Session(x.c.ID, f.self.ID()), m
		},
		"store": func(f *flooder) (wire.SessionID, wire.Message) {
			m := &wire.Store{Key: key, Version: version, Common: x.document.Common, Encrypted: x.document.Encrypted, Proof: author, Nonce: x.nonce()}
			return m.Session(x.c.ID, f.self.ID()), m
		},
		"storecertificate": func(f *flooder) (wire.SessionID, wire.Message) {
			return wire.SessionID(x.nonce()), &wire.StoreCertificate{Document: *x.document}
		},
		"retrieve": func(f *flooder) (wire.SessionID, wire.Message) {
			m := &wire.Retrieve{Key: key, Version: version, Common: x.document.Common, Encrypted: x.document.Encrypted, Proof: legacy, Shadow: true,
				Block: theBlock.BlockRef, Set: set, Nonce: x.nonce()}
			return m.Session(x.c.ID, f.self.ID()), m
		},
		"retrievemany": func(f *flooder) (wire.SessionID, wire.Message) {
			m := &wire.RetrieveMany{Keys: []wire.BatchKey{{Key: key, Version: version, Common: x.document.Common, Encrypted: x.document.Encrypted}},
				Proof: many, Block: theBlock.BlockRef, Set: set, Nonce: x.nonce()}
			return m.Session(x.c.ID, f.self.ID()), m
		},
		"sign": func(f *flooder) (wire.SessionID, wire.Message) {
			m := &wire.Sign{Key: key, Version: version, Scheme: wire.ECDSA, Hash: common.Hash{1}, Proof: wallet, Block: theBlock.BlockRef,
				Set: []uint32{1, 2, 3, 4, 5}, Nonce: x.nonce()}
			return m.Session(x.c.ID, f.self.ID()), m
		},
		"explain": func(f *flooder) (wire.SessionID, wire.Message) {
			m := &wire.Explain{Requester: x.c.alice.Address(), Key: key, Block: theBlock.BlockRef, Nonce: x.nonce()}
			return m.Session(x.c.ID, f.self.ID()), m
		},
		"holdings": func(f *flooder) (wire.SessionID, wire.Message) {
			m := &wire.Holdings{Keys: holdings, Nonce: x.nonce()}
			return m.Session(x.c.ID, f.self.ID()), m
		},
		"askholds": func(f *flooder) (wire.SessionID, wire.Message) {
			m := &wire.AskHolds{Keys: holdings, Nonce: x.nonce()}
			return m.Session(x.c.ID, f.self.ID()), m
		},
		"rehearse": func(f *flooder) (wire.SessionID, wire.Message) {
			m := &wire.Rehearse{Key: key, Parent: version, Threshold: 1, Members: x.record.Setup.Members, Dealers: []wire.Dealer{{Node: f.self.ID(), Index: 1}}, Nonce: x.nonce()}
			return m.Session(x.c.ID, f.self.ID()), m
		},
		"listshares": func(f *flooder) (wire.SessionID, wire.Message) {
			m := &wire.ListShares{Nonce: x.nonce()}
			return m.Session(x.c.ID, f.self.ID()), m
		},
		"askerased": func(f *flooder) (wire.SessionID, wire.Message) {
			m := &wire.AskErased{Keys: holdings, Nonce: x.nonce()}
			return m.Session(x.c.ID, f.self.ID()), m
		},
		"follow": func(f *flooder) (wire.SessionID, wire.Message) {
			m := &wire.Follow{First: true, Nonce: x.nonce()}
			return m.Session(x.c.ID, f.self.ID()), m
		},
		"setpoll": func(f *flooder) (wire.SessionID, wire.Message) { // about no attempt: of those, administrators sign the orders
			m := &wire.SetPoll{Epoch: 1, Nonce: x.nonce()}
			return m.Session(x.c.ID, f.self.ID()), m
		},
		// The others of handing over are refused while no set has followed the first: no member can make that happen.
		"propose": func(f *flooder) (wire.SessionID, wire.Message) {
			m := &wire.Propose{Attempt: wire.SetAttempt{Coordinator: f.self.ID(), Nonce: x.nonce(), Orders: make([]wire.AdminSignature, wire.MaxAdministrators),
				Order: wire.SetOrder{Chain: next.Chain, Cluster: x.c.ID, Epoch: 1, Parent: next.Parent, Members: next.Members, Nonce: next.Nonce}}}
			return m.Attempt.Proposal(), m
		},
		"listkeys": func(f *flooder) (wire.SessionID, wire.Message) {
			m := &wire.ListKeys{Set: wire.SetRef{Epoch: 1}, Nonce: x.nonce()}
			return m.Session(x.c.ID, f.self.ID()), m
		},
		"redistribute": func(f *flooder) (wire.SessionID, wire.Message) {
			m := &wire.Redistribute{Setup: x.record.Setup, Parent: *x.record}
			m.Setup.Initiator, m.Setup.Nonce, m.Setup.Set = f.self.ID(), x.nonce(), &wire.SetRef{Epoch: 1}
			m.Setup.Move = &wire.Move{Origin: version, Parent: version, Made: m.Setup.Threshold, Public: x.record.Public()}
			for i := range m.Setup.Threshold + 1 {
				m.Setup.Move.Dealers = append(m.Setup.Move.Dealers, wire.Dealer{Node: m.Setup.Members[i], Index: i + 1})
			}
			return m.Setup.Session(), m
		},
	}
}

// measured are how long Schnorr signatures through a node have taken.
type measured []time.Duration

func (m measured) at(percent int) time.Duration {
	slices.Sort(m)
	return m[min(len(m)-1, len(m)*percent/100)].Round(10 * time.Microsecond)
}

// measure signs through a node, one after another, for a while.
func (c *cluster) measure(s *testServer, r *wire.KeyRecord, during time.Duration) (took measured) {
	c.t.Helper()
	for end := time.Now().Add(during); time.Now().Before(end); {
		var hash common.Hash
		rand.Read(hash[:])
		begun := time.Now()
		c.sign(s, r, wire.Schnorr, hash)
		took = append(took, time.Since(begun))
	}
	return took
}

// No opening message keeps others from being served, however many of them one member sends, or t members do: no signature
// that an honest node coordinates beside it fails, and their 99th percentile is measured and, with -floods.judge, bounded.
// There is a flood for each kind of opening that the protocol has.
func TestFloodsOfOpenings(t *testing.T) {
	if testing.Short() {
		t.Skip("floods go on for a minute")
	}
	const threshold = 2
	c := newCluster(t, 5, 0)
	victim := c.nodes[0]
	x := &flooding{c: c, record: c.deal(1, threshold), author: c.NewClient("author")}
	document := c.Encrypt(x.record, 1)
	x.document = c.Certify(x.record, document)
	for _, s := range c.nodes {
		if err := s.save(x.document.Key, []wire.Record{wire.NewRecord(wire.Put, wire.RecordDocument, x.document.Key, wire.SessionID{}, x.document)}); err != nil {
			t.Fatal(err)
		}
	}
	r := c.deal(2, threshold)
	flooders := []*flooder{c.takeOver(c.nodes[3], victim), c.takeOver(c.nodes[4], victim)}
	c.until("the victim sees all", func() bool { return len(victim.network.Connected()) == 4 })

	const during = floodFor
	c.measure(victim, r, during) // the first are slower: it finds out who does not answer
	quiet := c.measure(victim, r, during)
	t.Logf("%-30s p50 %8v  p99 %8v of %d", "without a flood", quiet.at(50), quiet.at(99), len(quiet))
	kinds := x.kinds()
	names := everyOpening(t)
	if len(names) < len(openings) {
		t.Fatalf("%d openings found", len(names))
	}
	for name, opening := range names {
		next := kinds[name]
		if next == nil {
			t.Errorf("there is no flood of %T", opening)
			continue
		}
		for _, by := range [][]*flooder{flooders[:1], flooders} {
			stop := make(chan struct{})
			var wg sync.WaitGroup
			before := int64(0)
			for _, f := range by {
				before += f.sent.Load()
				wg.Go(func() { f.flood(stop, next) })
			}
			took := c.measure(victim, r, during)
			close(stop)
			wg.Wait()
			sent := -before
			for _, f := range by {
				sent += f.sent.Load()
			}
			t.Logf("%-18s by %d: %6d  p50 %8v  p99 %8v of %d", name, len(by), sent, took.at(50), took.at(99), len(took))
			if sent < 10 {
				t.Errorf("only %d were sent: that is no flood", sent)
			}
			if *judgeFloods && took.at(99) > max(20*quiet.at(99), floodSlack) {
				t.Errorf("a flood of %T by %d members: p99 of others %v, without it %v", opening, len(by), took.at(99), quiet.at(99))
			}
			c.until("the flood is worked off", func() bool { return victim.sessions.count() == 0 })
		}
	}
}
