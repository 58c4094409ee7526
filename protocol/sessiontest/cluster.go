package sessiontest

import (
	"crypto/ecdsa"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Cluster is a key server set in one process.
type Cluster struct {
	ID    wire.ClusterID
	Nodes []*Node // ascending by node id; Nodes[i] is called n<i+1>
	Chain Chain
	// Policy is every node's, unless the node has its own.
	Policy session.Policy

	// Quorums is every node's Env.Quorums.
	Quorums func(*wire.KeyRecord, []uint32, uint32) (*threshold.Quorum, error)

	// First is set 0, where server sets are to change: nodes then know sets by their records, and all are linked, members or
	// not. Nil: the nodes are the set.
	First *wire.ServerSet
	// Time is that of the final block, in Unix seconds.
	Time uint64
	// Sets are every node's Env.Sets: see Establish.
	Sets *session.Sets
	// Authority and Refresh are those of the sets that Establish makes.
	Authority wire.Authority
	Refresh   uint64
	// Rounds has nodes look at their own chains before they deal a key anew within a set. Block n is of time n.
	Rounds bool
	sets   []*wire.ServerSet

	// DealAtOnce is every node's Env.DealAtOnce.
	DealAtOnce int

	// Chaos makes the schedule random. Nil: messages arrive in the order they were sent,
	// and time passes only when nothing else happens.
	Chaos *Chaos

	// Spy sees every message that is sent.
	Spy func(from *Node, env wire.Envelope)

	// Saved sees every batch of records that a node has saved.
	Saved func(*Node, []wire.Record)

	// Ended sees every machine that has ended.
	Ended func(*Run)

	// Log takes a line per event that people care about; nil drops them.
	Log func(line string)
	// Trace takes a line for each message that arrives, besides.
	Trace func(line string)

	seed   uint64
	rng    *rand.Rand
	queue  []event
	cut    map[link]bool
	ticks  int
	saves  int
	crash  crashPoint
	broken []string // violated invariants
	watch  watch
}

// Chaos is how unkind the network is. Probabilities are in percent.
type Chaos struct {
	Drop, Duplicate int // of a message
	Tick            int // that time passes although something else could happen
	Crash           int // of a node, at each of the crash points of a batch that it saves, in tenths of a percent
	MaxCrashes      int

	// Links makes them like TCP's: each keeps the order of its messages. Also, nodes ask
	// each other in random order.
	Links bool
	Break int // of a link, at a message that it carries, in tenths of a percent
}

// New makes a cluster of n nodes; everything random in it comes from the seed.
func New(n int, seed uint64) *Cluster {
	c := &Cluster{
		ID:    wire.MakeClusterID(common.Hash{1}, "test"),
		seed:  seed,
		rng:   rand.New(rand.NewPCG(seed, 0)),
		cut:   make(map[link]bool),
		watch: newWatch(),
	}
	for i := range n {
		c.Nodes = append(c.Nodes, newNode(c, privateKey(seed, uint64(i))))
	}
	slices.SortFunc(c.Nodes, func(a, b *Node) int { return a.ID().Compare(b.ID()) })
	for i, node := range c.Nodes {
		node.Name = fmt.Sprintf("n%d", i+1)
	}
	c.Chain.blocks = 1
	return c
}

// privateKey is a key that a seed and a number give.
func privateKey(seed, number uint64) *ecdsa.PrivateKey {
	var in [16]byte
	binary.BigEndian.PutUint64(in[:8], seed)
	binary.BigEndian.PutUint64(in[8:], number)
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte("sessiontest"), in[:]))
	if err != nil {
		panic("sessiontest: " + err.Error()) // one in 2^128
	}
	return key
}

// reader is a stream of random bytes that seed and number give.
func reader(seed, number uint64) io.Reader {
	var in [32]byte
	binary.BigEndian.PutUint64(in[:8], seed)
	binary.BigEndian.PutUint64(in[8:], number)
	return rand.NewChaCha8(in)
}

// Members are all node ids, ascending.
func (c *Cluster) Members() (ids []wire.NodeID) {
	for _, n := range c.Nodes {
		ids = append(ids, n.ID())
	}
	return ids
}

// Node finds a node by its id; nil if it is none of the cluster.
func (c *Cluster) Node(id wire.NodeID) *Node {
	for _, n := range c.Nodes {
		if n.ID() == id {
			return n
		}
	}
	return nil
}

// Name is a node's name, for people.
func (c *Cluster) Name(id wire.NodeID) string {
	if n := c.Node(id); n != nil {
		return n.Name
	}
	return id.Short()
}

func (c *Cluster) logf(format string, args ...any) {
	if c.Log != nil {
		c.Log(fmt.Sprintf(format, args...))
	}
}

func (c *Cluster) tracef(format string, args ...any) {
	if c.Trace != nil {
		c.Trace(fmt.Sprintf(format, args...))
	}
}

// violated notes that something happened that never must.
func (c *Cluster) violated(format string, args ...any) {
	c.broken = append(c.broken, fmt.Sprintf(format, args...))
}

// Client is who asks: an author or a reader.
type Client struct {
	Name   string
	Key    *ecdsa.PrivateKey
	Wallet bool // it sends wallet requests instead of Parity's signatures

	Delegate *Client // signs its requests, by a permit; nil: itself
	Contract bool    // its account is a contract, which takes a signature that no key makes: see Chain.Contracts
}

// NewClient makes the client of this name; the same name gives the same client.
func (c *Cluster) NewClient(name string) *Client {
	var number uint64
	for _, b := range []byte(name) {
		number = number*257 + uint64(b)
	}
	return &Client{Name: name, Key: privateKey(c.seed, number+1<<32)}
}

// Address is the client's account.
func (cl *Client) Address() common.Address { return crypto.PubkeyToAddress(cl.Key.PublicKey) }

// Proof is Parity's: a signature over the bare id.
func (cl *Client) Proof(id wire.KeyID) wire.Proof {
	sig, err := crypto.Sign(id[:], cl.Key)
	if err != nil {
		panic("sessiontest: " + err.Error())
	}
	return wire.Proof{Kind: wire.LegacyProof, Data: sig}
}

// KeyID is a key id from a small number.
func KeyID(n int) (id wire.KeyID) {
	binary.BigEndian.PutUint32(id[28:], uint32(n))
	return id
}
