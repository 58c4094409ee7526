package sessiontest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"

	"github.com/ethereum/go-ethereum/rlp"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Node is a key server: what is durable, and what a crash takes away.
type Node struct {
	Name string
	Head uint64 // how far it has got on the chain
	Up   bool
	// Blind makes its chain unreadable.
	Blind bool
	// Frozen stops it, as SIGSTOP does: nothing happens there, and no time passes.
	Frozen bool
	// Policy overrides the cluster's; nil: the same.
	Policy *session.Policy

	// List is its own list of key servers, ascending, itself included; nil: all of the cluster.
	// Two nodes talk if each lists the other.
	List []wire.NodeID

	// First is set 0 as the node is configured; nil: the cluster's.
	First *wire.ServerSet
	// OnChain is its Env.OnChain.
	OnChain func(wire.BlockRef) error
	// TakesAddress is its Env.TakesAddress.
	TakesAddress func(wire.NodeID) bool

	// Deaf makes it a program from before batches, operators' questions and signing: it refuses
	// what it does not know.
	Deaf bool

	// Former makes it a program that speaks ss/1: it and the others deal nothing with each other.
	Former bool

	// Kept makes it a program that is told what a Deal's coordinator keeps.
	Kept bool

	// Given are the server sets that it knows, where a test does not have them decided; nil: Cluster.First, or List.
	Given *session.Sets

	// Gap says that it may have forgotten promises; GapBlock is its Env.GapBlock.
	Gap      bool
	GapBlock uint64
	// Repairs is what it has granted of repairs, where Cluster.Rounds is set.
	Repairs handover.Repairs

	// Mutate makes the node Byzantine: what it would have sent goes through it.
	Mutate func(wire.Envelope) []wire.Envelope
	// Oracle makes it lie, or be odd; nil: the chain's.
	Oracle func(session.Question) session.Verdict

	known *session.Sets // from what was read
	read  string

	turned  bool // it was Byzantine once
	cluster *Cluster
	nodeKey *session.NodeKey
	key     *ecdsa.PrivateKey
	rand    io.Reader
	records map[recordKey][]byte // durable
	vault   *items.Vault         // lost by a crash, as all below
	runs    []*Run
	early   []session.Received
}

type recordKey struct {
	kind    wire.RecordKind
	key     wire.KeyID
	session wire.SessionID
}

func newNode(c *Cluster, key *ecdsa.PrivateKey) *Node {
	id := session.NewNodeKey(key)
	number := uint64(0)
	for _, b := range id.ID() {
		number = number*31 + uint64(b)
	}
	return &Node{cluster: c, nodeKey: id, key: key, Up: true, Head: 1, Kept: true, rand: reader(c.seed, number), records: make(map[recordKey][]byte), vault: items.NewVault(),
		Repairs: handover.Repairs{Charge: func(wire.NodeID) uint64 { return 0 }}}
}

// ID is the node's id.
func (n *Node) ID() wire.NodeID { return n.nodeKey.ID() }

// NodeKey is the node's key.
func (n *Node) NodeKey() *session.NodeKey { return n.nodeKey }

// PrivateKey is the same, for adversaries that sign what a NodeKey would not.
func (n *Node) PrivateKey() *ecdsa.PrivateKey { return n.key }

// Env is what a machine on this node knows of it now.
func (n *Node) Env() session.Env {
	env := session.Env{
		Self: n.nodeKey, Cluster: n.cluster.ID, Chain: ChainID, Set: n.servers(), Sets: n.cluster.Sets,
		Policy: n.cluster.Policy, Gap: n.Gap, GapBlock: n.GapBlock, Rand: n.rand, Quorums: n.cluster.Quorums, DealAtOnce: n.cluster.DealAtOnce,
		Load: func(key wire.KeyID) (*session.State, error) { return n.State(key), nil },
		Get:  n.get, List: n.list, Keys: n.keys,
		Turn: func() uint64 { return uint64(n.cluster.ticks) / (session.TurnSeconds * session.TicksPerSecond) },
	}
	env.LoadOnce = env.Load
	if n.Given != nil {
		env.Sets, env.Set = n.Given, n.Given.Newest().Members
		env.MayMake = func(s *wire.Setup) *wire.Error { return handover.MayMake(&env, s) }
	}
	if n.cluster.First != nil {
		n.setsOf(&env)
	}
	if n.cluster.Rounds {
		n.roundsOf(&env)
	}
	if n.Policy != nil {
		env.Policy = *n.Policy
	}
	for _, other := range n.cluster.Nodes {
		if n.cluster.linked(n.ID(), other.ID()) && other != n {
			env.Connected = append(env.Connected, other.ID())
			if n.Former != other.Former {
				env.Older = append(env.Older, other.ID())
			}
		}
	}
	if ch := n.cluster.Chaos; ch != nil && ch.Links {
		n.cluster.rng.Shuffle(len(env.Connected), reflect.Swapper(env.Connected))
	}
	return env
}

// setsOf fills in what the node knows of server sets.
func (n *Node) setsOf(env *session.Env) {
	first := n.cluster.First
	if n.First != nil {
		first = n.First
	}
	sets := n.loadSets(first)
	env.Sets, env.Set = sets, sets.Newest().Members
	env.MayMake = func(s *wire.Setup) *wire.Error { return handover.MayMake(env, s) }
	env.FinalTime = func() (uint64, error) { return n.cluster.Time, nil }
	env.OnChain, env.TakesAddress = n.OnChain, n.TakesAddress
}

// roundsOf has the node look at its own chain.
func (n *Node) roundsOf(env *session.Env) {
	env.FinalTime = func() (uint64, error) { return n.Head, nil }
	env.BlockTime = func(number uint64) (uint64, error) {
		if number > n.Head {
			return 0, wire.Errorf(wire.Busy, "block %d is not final here yet, this node's chain ends at block %d; retry", number, n.Head)
		}
		return number, nil
	}
	judge := *env
	env.Due = func(m *wire.Redistribute) error { return handover.CheckRound(&judge, m, &n.Repairs) }
}

// loadSets reads them, and puts the fences that go with them, as service does before a machine knows of a set.
func (n *Node) loadSets(first *wire.ServerSet) *session.Sets {
	h := sha256.New()
	names, _ := n.list(wire.RecordSet, wire.KeyID{})
	for _, name := range names {
		h.Write(n.records[recordKey{wire.RecordSet, wire.KeyID{}, name}])
	}
	read := string(first.Hash().Bytes()) + string(h.Sum(nil))
	if n.known == nil || n.read != read { // links have many signatures
		sets, _, err := handover.LoadSets(first, n.get, n.list)
		if err != nil {
			panic(fmt.Sprintf("sessiontest: %s: %v", n.Name, err))
		}
		n.known, n.read = sets, read
	}
	n.Put(handover.Fence(n.known)...)
	return n.known
}

// Sets are the server sets that the node knows.
func (n *Node) Sets() *session.Sets { return n.Env().Sets }

// servers is its list of key servers.
func (n *Node) servers() []wire.NodeID {
	switch {
	case n.List != nil:
		return n.List
	case n.cluster.Sets != nil:
		return n.cluster.Sets.Newest().Members
	}
	return n.cluster.Members()
}

func (n *Node) lists(other wire.NodeID) bool { return n.List == nil || slices.Contains(n.List, other) }

// Lend lends what it keeps in memory alone.
func (n *Node) Lend(use func(*items.Vault)) { use(n.vault) }

// Vault is what it keeps in memory alone.
func (n *Node) Vault() *items.Vault { return n.vault }

// State is what the node durably knows of a key.
func (n *Node) State(key wire.KeyID) *session.State {
	state, err := session.LoadState(key, n.get, n.list)
	if err != nil {
		panic(fmt.Sprintf("sessiontest: %s holds a damaged record: %v", n.Name, err))
	}
	return state
}

func (n *Node) get(kind wire.RecordKind, key wire.KeyID, id wire.SessionID) ([]byte, error) {
	if value, ok := n.records[recordKey{kind, key, id}]; ok {
		return slices.Clone(value), nil
	}
	return nil, session.ErrNoRecord
}

func (n *Node) list(kind wire.RecordKind, key wire.KeyID) (ids []wire.SessionID, err error) {
	for k := range n.records {
		if k.kind == kind && k.key == key {
			ids = append(ids, k.session)
		}
	}
	slices.SortFunc(ids, func(a, b wire.SessionID) int { return bytes.Compare(a[:], b[:]) })
	return ids, nil
}

func (n *Node) keys(kind wire.RecordKind, after wire.KeyID, limit int) (ids []wire.KeyID, err error) {
	for k := range n.records {
		if k.kind == kind && (after == wire.KeyID{} || bytes.Compare(k.key[:], after[:]) > 0) {
			ids = append(ids, k.key)
		}
	}
	slices.SortFunc(ids, func(a, b wire.KeyID) int { return bytes.Compare(a[:], b[:]) })
	ids = slices.Compact(ids)
	return ids[:min(limit, len(ids))], nil
}

// Put writes records past all machines, as a test's beginning.
func (n *Node) Put(batch ...wire.Record) {
	if err := n.save(batch); err != nil {
		panic("sessiontest: " + err.Error())
	}
}

// Backup is all that is durable now.
func (n *Node) Backup() Backup { return maps.Clone(n.records) }

// Backup is what a node held at some moment.
type Backup map[recordKey][]byte

// Restore puts a backup in the place of what the node holds, as secretstore restore does:
// each version with a share is marked, and the node knows that it may have forgotten.
func (n *Node) Restore(b Backup) {
	n.records, n.Gap = maps.Clone(b), true
	maps.DeleteFunc(n.cluster.watch.promised, func(k promiseKey, _ wire.DocumentRecord) bool { return k.node == n })
	for k := range b {
		if k.kind.Secret() {
			n.records[recordKey{wire.RecordRestored, k.key, k.session}] = []byte{}
		}
	}
}

// Forget erases everything the node holds of a kind and key.
func (n *Node) Forget(kind wire.RecordKind, key wire.KeyID) {
	for k := range n.records {
		if k.kind == kind && k.key == key {
			delete(n.records, k)
		}
	}
}

// Miss takes the node back to where it had signed the transcript of a key and not heard of
// the certificate, as when it was down at the end of the generation.
func (n *Node) Miss(r *wire.KeyRecord) {
	key, version, share := r.Setup.Key, r.Version(), n.State(r.Setup.Key).Share
	n.Forget(wire.RecordKey, key)
	n.Forget(wire.RecordShare, key)
	n.Put(
		wire.Record{Op: wire.Create, Kind: wire.RecordOutcome, Key: key, Value: version[:]},
		wire.Record{Op: wire.Put, Kind: wire.RecordPending, Key: key, Session: version, Value: share.Encode()},
		wire.NewRecord(wire.Create, wire.RecordAttempt, key, wire.SessionID{}, &session.Attempt{Setup: r.Setup, Bodies: r.Bodies, Commitments: r.Commitments}))
}

// save is one atomic batch, with the meaning of wire.RecordOp.
func (n *Node) save(batch []wire.Record) error {
	next := make(map[recordKey][]byte, len(batch))
	gone := make(map[recordKey]bool)
	for _, r := range batch {
		k := recordKey{r.Kind, r.Key, r.Session}
		if r.Op == wire.Erase {
			delete(next, k)
			gone[k] = true
			continue
		}
		old, held := n.records[k]
		if written, ok := next[k]; ok {
			old, held = written, true
		}
		held = held && !gone[k]
		same := held && bytes.Equal(old, r.Value)
		if r.Op == wire.Create && held && !same || r.Op == wire.Expect && !same || r.Op == wire.Absent && held {
			return wire.Errorf(wire.Busy, "another session has promised something else for this key id")
		}
		if r.Op == wire.Expect || r.Op == wire.Absent {
			continue
		}
		next[k] = slices.Clone(r.Value)
		delete(gone, k)
	}
	for k := range gone {
		delete(n.records, k)
	}
	for k, value := range next {
		n.records[k] = value
	}
	return nil
}

// Decode reads a record into a value; false if there is none.
func (n *Node) Decode(kind wire.RecordKind, key wire.KeyID, id wire.SessionID, into any) bool {
	value, ok := n.records[recordKey{kind, key, id}]
	if !ok {
		return false
	}
	if err := rlp.DecodeBytes(value, into); err != nil {
		panic(fmt.Sprintf("sessiontest: %s holds a damaged record: %v", n.Name, err))
	}
	return true
}
