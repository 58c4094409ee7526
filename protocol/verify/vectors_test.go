package verify_test

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

var updateVectors = flag.Bool("update-vectors", false, "write the vectors for other implementations anew; review them as a diff")

// setVectors is the file that nodes, clients and contracts are tested with.
type setVectors struct {
	Chain   uint64         `json:"chainId"`
	Cluster wire.ClusterID `json:"cluster"`
	Drain   uint64         `json:"drainBlocks"` // wire.DrainBlocks
	// Secrets are the private keys, by their names, so that others can sign further things.
	Secrets map[string]common.Hash `json:"secrets"`
	Sets    []setVector            `json:"sets"`  // by epoch
	Links   []linkVector           `json:"links"` // Links[i] leads from Sets[i] to Sets[i+1]
	False   []falseVector          `json:"false"` // links that do not hold
	// Two are links that both hold, and lead from one set to two.
	Two twoVector `json:"two"`
	// GivenUp is a link by which a set is given up: all of its administrators have signed, and the members of the new set have
	// decided. It holds, and beside the link of the same parent it is one of two.
	GivenUp  givenUpVector   `json:"givenUp"`
	Versions []versionVector `json:"versions"` // of one key, by epoch
	Receipts []receiptVector `json:"receipts"`
}

type setVector struct {
	Set    *wire.ServerSet `json:"set"`
	Hash   common.Hash     `json:"hash"`
	Faults int             `json:"faults"`
	Quorum int             `json:"quorum"`
}

type linkVector struct {
	Link        *wire.SetLink   `json:"link"`
	Order       common.Hash     `json:"orderDigest"` // what administrators sign
	TypedData   json.RawMessage `json:"typedData"`   // the order for a wallet
	Proposal    wire.SessionID  `json:"proposal"`
	Body        common.Hash     `json:"body"`
	Attempt     wire.SessionID  `json:"attempt"`
	Ready       common.Hash     `json:"readyDigest"` // of the first that is ready
	Coordinated common.Hash     `json:"coordinatedDigest"`
	Bound       common.Hash     `json:"boundDigest"`
	Vote        common.Hash     `json:"voteDigest"`
}

type falseVector struct {
	Name string        `json:"name"`
	From uint64        `json:"from"` // epoch of the set from which it leads nowhere
	Link *wire.SetLink `json:"link"`
	Says string        `json:"says"` // of the error, in Go
}

type twoVector struct {
	From uint64        `json:"from"`
	A    *wire.SetLink `json:"a"`
	B    *wire.SetLink `json:"b"`
}

type givenUpVector struct {
	From uint64 `json:"from"`
	linkVector
	Set setVector `json:"set"` // to which it leads
}

type versionVector struct {
	Version wire.SessionID    `json:"version"`
	Origin  wire.SessionID    `json:"origin"`
	Record  *wire.Certificate `json:"record"`
}

// receiptVector has a receipt in the form of its file, of client.Receipt.
type receiptVector struct {
	Name string `json:"name"`
	// Says is why it is not believed by who trusts the sets up to the last one; empty: it is.
	Says string `json:"says"`
	File struct {
		Receipt    wire.Receipt       `json:"receipt"`
		Message    wire.Request       `json:"message"`
		Setup      wire.Terms         `json:"setup"`
		Signatures []wire.IndexedSign `json:"signatures"`
	} `json:"receipt"`
	Digest common.Hash `json:"digest"`
}

const vectorChain = 1337

// vectorMaker makes the vectors, of fixed keys.
type vectorMaker struct {
	v       *setVectors
	cluster wire.ClusterID
	nodes   []*ecdsa.PrivateKey // in the order of their ids
	admins  []*ecdsa.PrivateKey // in the order of their addresses
	sets    []*wire.ServerSet
	links   []*wire.SetLink
	records []*wire.KeyRecord
}

func (m *vectorMaker) key(name string) *ecdsa.PrivateKey {
	secret := crypto.Keccak256Hash([]byte("geth-ss vector: " + name))
	key, err := crypto.ToECDSA(secret[:])
	if err != nil {
		panic(err)
	}
	m.v.Secrets[name] = secret
	return key
}

// find is the private key of a node id.
func (m *vectorMaker) find(id wire.NodeID) *ecdsa.PrivateKey {
	for _, key := range m.nodes {
		if wire.NodeIDOf(&key.PublicKey) == id {
			return key
		}
	}
	panic("no such node")
}

// name of a node: its place in the order of all ids.
func (m *vectorMaker) name(id wire.NodeID) string {
	return fmt.Sprint("node ", slices.IndexFunc(m.nodes, func(key *ecdsa.PrivateKey) bool { return wire.NodeIDOf(&key.PublicKey) == id }))
}

func (m *vectorMaker) epochKey(id wire.NodeID, epoch uint64) *ecdsa.PrivateKey {
	return m.key(fmt.Sprintf("epoch key %d of %s", epoch, m.name(id)))
}

func newVectorMaker() *vectorMaker {
	m := &vectorMaker{v: &setVectors{Chain: vectorChain, Drain: wire.DrainBlocks, Secrets: make(map[string]common.Hash)}}
	m.cluster = wire.MakeClusterID(common.HexToHash("0x01"), "vectors")
	m.v.Cluster = m.cluster
	for i := range 8 {
		m.nodes = append(m.nodes, m.key(fmt.Sprint("drawn node ", i)))
	}
	for i := range 4 {
		m.admins = append(m.admins, m.key(fmt.Sprint("drawn administrator ", i)))
	}
	m.v.Secrets = make(map[string]common.Hash)
	slices.SortFunc(m.nodes, func(a, b *ecdsa.PrivateKey) int {
		return wire.NodeIDOf(&a.PublicKey).Compare(wire.NodeIDOf(&b.PublicKey))
	})
	slices.SortFunc(m.admins, func(a, b *ecdsa.PrivateKey) int {
		return crypto.PubkeyToAddress(a.PublicKey).Cmp(crypto.PubkeyToAddress(b.PublicKey))
	})
	for i, key := range m.nodes {
		m.v.Secrets[fmt.Sprint("node ", i)] = common.Hash(crypto.FromECDSA(key))
	}
	for i, key := range m.admins {
		m.v.Secrets[fmt.Sprint("administrator ", i)] = common.Hash(crypto.FromECDSA(key))
	}
	return m
}

func (m *vectorMaker) addresses(admins ...int) (all []common.Address) {
	for _, i := range admins {
		all = append(all, crypto.PubkeyToAddress(m.admins[i].PublicKey))
	}
	return all
}

// first is set 0: the first four nodes, and three administrators, two of whom have to sign.
func (m *vectorMaker) first() *wire.ServerSet {
	return &wire.ServerSet{Cluster: m.cluster, Members: m.ids(0, 1, 2, 3), Keys: []wire.Point{}, Floor: 1, Refresh: 2592000,
		Authority: wire.Authority{Administrators: m.addresses(0, 1, 2), Needed: 2}}
}

func (m *vectorMaker) ids(nodes ...int) (all []wire.NodeID) {
	for _, i := range nodes {
		all = append(all, wire.NodeIDOf(&m.nodes[i].PublicKey))
	}
	return all
}

// step is what one change says.
type step struct {
	members []int
	floor   uint32
	admins  []int
	needed  uint32
	asleep  int // who is not ready, a place in members; 0: nobody
	signers []int
	block   uint64
	ballot  uint32
}

var steps = []step{
	{[]int{0, 1, 2, 3, 4}, 1, []int{0, 1, 2}, 2, 0, []int{0, 1}, 1000, 0},          // one joins
	{[]int{1, 2, 3, 4}, 1, []int{0, 1, 2}, 2, 3, []int{1, 2}, 20_000, 0},           // one leaves, and one sleeps
	{[]int{1, 2, 3, 5}, 1, []int{0, 3}, 2, 0, []int{0, 2}, 40_000, 2},              // one is replaced, and so are administrators
	{[]int{1, 2, 3, 5}, 1, []int{3}, 1, 0, []int{0, 3}, 60_000, 0},                 // only the administrators change
	{[]int{0, 4, 6, 7}, 1, []int{3}, 1, 0, []int{3}, 80_000, 0},                    // nobody stays
	{[]int{0, 2, 4, 5, 6, 7}, 2, []int{1, 2, 3}, 2, 0, []int{3}, 100_000, 0},       // two join, and the floor rises
	{[]int{0, 1, 2, 3, 6, 7}, 2, []int{1, 2, 3}, 2, 2, []int{1, 2, 3}, 120_000, 4}, // two are replaced
}

// order says what a step says.
func (m *vectorMaker) order(parent *wire.ServerSet, s *step) *wire.SetOrder {
	o := &wire.SetOrder{Chain: vectorChain, Cluster: m.cluster, Epoch: parent.Epoch + 1, Parent: parent.Hash(), Floor: s.floor, Refresh: parent.Refresh,
		Administrators: m.addresses(s.admins...), Needed: s.needed, Expires: 1_900_000_000, Nonce: crypto.Keccak256Hash([]byte(fmt.Sprint("nonce ", parent.Epoch+1)))}
	for _, i := range s.members {
		o.Members = append(o.Members, wire.OrderMember{Node: m.ids(i)[0], Address: fmt.Sprintf("node%d.example:30303", i)})
	}
	return o
}

// link has everybody sign who has to, and nobody else.
func (m *vectorMaker) link(parent *wire.ServerSet, s *step, order *wire.SetOrder) *wire.SetLink {
	l := &wire.SetLink{Attempt: wire.SetAttempt{Order: *order, Coordinator: parent.Members[0], Nonce: crypto.Keccak256Hash([]byte("attempt")),
		Block: wire.BlockRef{Number: s.block, Hash: crypto.Keccak256Hash([]byte(fmt.Sprint("block ", s.block)))}}}
	for _, i := range s.signers {
		sig := signWith(m.admins[i], order.Digest())
		sig[64] += 27
		l.Attempt.Orders = append(l.Attempt.Orders, wire.AdminSignature(sig))
	}
	for i, member := range order.Members {
		if s.asleep == 0 || i != s.asleep {
			l.Attempt.Ready = append(l.Attempt.Ready, m.ready(&l.Attempt, member.Node))
		}
	}
	m.decide(parent, l, s.ballot)
	return l
}

func (m *vectorMaker) ready(a *wire.SetAttempt, node wire.NodeID) wire.Readiness {
	epoch := m.epochKey(node, a.Order.Epoch)
	r := wire.Readiness{Node: node, Key: pointOf(epoch)}
	digest := wire.ReadyDigest(a.Order.Parent, a.Order.Digest(), a.Proposal(), r.Node, r.Key)
	r.Proof, r.Signature = signWith(epoch, digest), signWith(m.find(node), digest)
	return r
}

// decide has a set quorum of those who decide sign what the attempt is now.
func (m *vectorMaker) decide(parent *wire.ServerSet, l *wire.SetLink, ballot uint32) {
	m.decideBy(l.Attempt.Voters(parent), l, ballot)
}

func (m *vectorMaker) decideBy(parent *wire.ServerSet, l *wire.SetLink, ballot uint32) {
	id := l.Attempt.ID()
	l.Attempt.Signature = signWith(m.find(l.Attempt.Coordinator), wire.CoordinatedDigest(id))
	l.Signed, l.Decided = nil, wire.Decision{Ballot: ballot}
	for i := range parent.Quorum() {
		node := parent.Members[len(parent.Members)-parent.Quorum()+i]
		l.Signed = append(l.Signed, m.bound(parent, id, node))
		l.Decided.Votes = append(l.Decided.Votes, wire.NodeSign{Node: node, Signature: signWith(m.find(node), wire.VoteDigest(id, ballot, true))})
	}
}

func (m *vectorMaker) bound(parent *wire.ServerSet, id wire.SessionID, node wire.NodeID) wire.SetSign {
	digest := wire.AttemptDigest(id)
	s := wire.SetSign{Node: node, Signature: signWith(m.find(node), digest)}
	if at := slices.Index(parent.Members, node); len(parent.Keys) > 0 && parent.Keys[at] != (wire.Point{}) {
		s.Epoch = signWith(m.epochKey(node, parent.Epoch), digest)
	}
	return s
}

// chain makes all sets.
func (m *vectorMaker) chain() {
	m.sets = []*wire.ServerSet{m.first()}
	for i := range steps {
		parent := m.sets[i]
		l := m.link(parent, &steps[i], m.order(parent, &steps[i]))
		m.links, m.sets = append(m.links, l), append(m.sets, l.Set())
		m.v.Links = append(m.v.Links, m.told(l))
	}
	for _, set := range m.sets {
		m.v.Sets = append(m.v.Sets, setVector{set, set.Hash(), set.Faults(), set.Quorum()})
	}
}

// told is a link with what its parts are signed on.
func (m *vectorMaker) told(l *wire.SetLink) linkVector {
	a, id := &l.Attempt, l.Attempt.ID()
	typed, err := a.Order.TypedData()
	if err != nil {
		panic(err)
	}
	return linkVector{Link: l, Order: a.Order.Digest(), TypedData: typed, Proposal: a.Proposal(), Body: a.Body(),
		Attempt: id, Ready: wire.ReadyDigest(a.Order.Parent, a.Order.Digest(), a.Proposal(), a.Ready[0].Node, a.Ready[0].Key),
		Coordinated: wire.CoordinatedDigest(id), Bound: wire.AttemptDigest(id), Vote: wire.VoteDigest(id, l.Decided.Ballot, true)}
}

// again is a link from the set of an epoch as it should be, for a change.
func (m *vectorMaker) again(from uint64, change func(*step, *wire.SetOrder)) *wire.SetLink {
	s := steps[from]
	order := m.order(m.sets[from], &s)
	if change != nil {
		change(&s, order)
	}
	return m.link(m.sets[from], &s, order)
}

// lies are links in which one thing is wrong, and all else is signed by who has to.
func (m *vectorMaker) lies() {
	lie := func(name string, from uint64, says string, change func(*step, *wire.SetOrder), bend func(*wire.SetLink)) {
		l := m.again(from, change)
		if bend != nil {
			bend(l)
		}
		m.v.False = append(m.v.False, falseVector{name, from, l, says})
	}
	lie("an administrator's wrong signature", 0, "no administrator's", nil, func(l *wire.SetLink) {
		l.Attempt.Orders[0][40] ^= 1
		m.decide(m.sets[0], l, 0)
	})
	lie("too few administrators", 0, "of 2 who have to", func(s *step, _ *wire.SetOrder) { s.signers = []int{1} }, nil)
	lie("one administrator twice", 0, "of 2 who have to", func(s *step, _ *wire.SetOrder) { s.signers = []int{1, 1} }, nil)
	lie("somebody else's order", 0, "no administrator's", func(s *step, _ *wire.SetOrder) { s.signers = []int{0, 3} }, nil)
	lie("an order of former administrators", 3, "no administrator's", func(s *step, _ *wire.SetOrder) { s.signers = []int{0, 1} }, nil)
	lie("an order of those who are to be administrators", 2, "no administrator's", func(s *step, _ *wire.SetOrder) { s.signers = []int{0, 3} }, nil)
	lie("nobody's order", 1, "0 administrators", func(s *step, _ *wire.SetOrder) { s.signers = nil }, nil)
	lie("a link of another cluster", 0, "another cluster", func(_ *step, o *wire.SetOrder) { o.Cluster[0] ^= 1 }, nil)
	lie("a link from another set", 1, "not after set 1", func(_ *step, o *wire.SetOrder) { o.Parent = m.sets[0].Hash() }, nil)
	lie("a link that skips an epoch", 1, "not after set 1", func(_ *step, o *wire.SetOrder) { o.Epoch = 3 }, nil)
	lie("a lower floor", 6, "lowers the lowest threshold", func(_ *step, o *wire.SetOrder) { o.Floor = 1 }, nil)
	lie("a member's wrong signature", 1, "has not signed that it is bound", nil, func(l *wire.SetLink) { l.Signed[1].Signature[40] ^= 1 })
	lie("too few members are bound", 1, "bound to the attempt, of", nil, func(l *wire.SetLink) { l.Signed = l.Signed[1:] })
	lie("a stranger is bound", 1, "is no member of server set 1", nil, func(l *wire.SetLink) {
		l.Signed[3] = wire.SetSign{Node: m.ids(7)[0], Signature: signWith(m.nodes[7], wire.AttemptDigest(l.Attempt.ID()))}
	})
	lie("the epoch key is missing", 1, "with its key of epoch 1", nil, func(l *wire.SetLink) { l.Signed[0].Epoch = wire.Signature{} })
	lie("the node key in place of the epoch key", 1, "with its key of epoch 1", nil, func(l *wire.SetLink) { l.Signed[0].Epoch = l.Signed[0].Signature })
	lie("the epoch key of another epoch", 5, "with its key of epoch 5", nil, func(l *wire.SetLink) {
		s := &l.Signed[0]
		s.Epoch = signWith(m.epochKey(s.Node, 4), wire.AttemptDigest(l.Attempt.ID()))
	})
	lie("too few votes", 2, "decided by 2 members", nil, func(l *wire.SetLink) { l.Decided.Votes = l.Decided.Votes[1:] })
	lie("a vote of another ballot", 2, "false vote", nil, func(l *wire.SetLink) { l.Decided.Ballot = 0 })
	lie("a stranger's vote", 2, "is no member of server set 2", nil, func(l *wire.SetLink) {
		l.Decided.Votes[2] = wire.NodeSign{Node: m.ids(7)[0], Signature: signWith(m.nodes[7], wire.VoteDigest(l.Attempt.ID(), 2, true))}
	})
	lie("too few are ready", 0, "members of the new server set are ready", nil, func(l *wire.SetLink) {
		l.Attempt.Ready = l.Attempt.Ready[:3]
		m.decide(m.sets[0], l, 0)
	})
	lie("a member that does not keep its epoch key", 0, "false readiness", nil, func(l *wire.SetLink) {
		l.Attempt.Ready[0].Proof = l.Attempt.Ready[1].Proof
		m.decide(m.sets[0], l, 0)
	})
	lie("a stranger coordinates", 0, "no member of server set 0 coordinates", nil, func(l *wire.SetLink) {
		l.Attempt.Coordinator = m.ids(7)[0]
		l.Attempt.Ready = nil
		for _, member := range l.Attempt.Order.Members {
			l.Attempt.Ready = append(l.Attempt.Ready, m.ready(&l.Attempt, member.Node))
		}
		m.decide(m.sets[0], l, 0)
	})
	lie("the block is another", 0, "no member of server set 0 coordinates", nil, func(l *wire.SetLink) { l.Attempt.Block.Number++ })
	m.givenUp(lie)
	m.v.Two = twoVector{4, m.links[4], m.again(4, func(_ *step, o *wire.SetOrder) { o.Nonce[0] ^= 1; o.Refresh = 60 })}
}

// givenUp is a link by which set 0 is given up, and what is wrong with others.
func (m *vectorMaker) givenUp(lie func(name string, from uint64, says string, change func(*step, *wire.SetOrder), bend func(*wire.SetLink))) {
	to := func(giveUp bool, signers ...int) func(*step, *wire.SetOrder) {
		return func(s *step, o *wire.SetOrder) {
			s.signers, s.asleep = signers, 1
			o.GiveUp, o.Members = giveUp, nil
			for _, i := range []int{0, 4, 5, 6} {
				o.Members = append(o.Members, wire.OrderMember{Node: m.ids(i)[0], Address: fmt.Sprintf("node%d.example:30303", i)})
			}
		}
	}
	l := m.again(0, to(true, 0, 1, 2))
	m.v.GivenUp = givenUpVector{0, m.told(l), setVector{l.Set(), l.Set().Hash(), l.Set().Faults(), l.Set().Quorum()}}
	// swap has the administrators sign the other kind of order.
	swap := func(l *wire.SetLink) {
		other := l.Attempt.Order
		other.GiveUp = !other.GiveUp
		for i := range l.Attempt.Orders {
			l.Attempt.Orders[i] = wire.AdminSignature(signWith(m.admins[i], other.Digest()))
		}
		m.decide(m.sets[0], l, 0)
	}
	lie("one administrator has not signed that the set is given up", 0, "2 administrators have signed, of 3", to(true, 0, 1), nil)
	lie("one signs twice that the set is given up", 0, "2 administrators have signed, of 3", to(true, 0, 1, 1), nil)
	lie("given up by what was signed for an ordinary order", 0, "no administrator's", to(true, 0, 1, 2), swap)
	lie("an ordinary order by what was signed to give up", 0, "no administrator's", to(false, 0, 1, 2), swap)
	lie("given up, and decided by too few of the new set", 0, "2 members of server set 1 are bound", to(true, 0, 1, 2), func(l *wire.SetLink) { l.Signed = l.Signed[1:] })
	lie("given up, and too few votes of the new set", 0, "decided by 2 members of server set 1", to(true, 0, 1, 2), func(l *wire.SetLink) { l.Decided.Votes = l.Decided.Votes[1:] })
	lie("given up, and decided by the set that was given up", 0, "is no member of server set 1", to(true, 0, 1, 2), func(l *wire.SetLink) { m.decideBy(m.sets[0], l, 0) })
	lie("an ordinary order, decided by the new set", 0, "is no member of server set 0", to(false, 0, 1, 2), func(l *wire.SetLink) { m.decideBy(l.Set(), l, 0) })
	lie("given up without an epoch key of the new set", 0, "with its key of epoch 1", to(true, 0, 1, 2), func(l *wire.SetLink) { l.Signed[1].Epoch = l.Signed[1].Signature })
}

// coefficient i of the polynomial of an epoch; the constant term is the key's, whatever the epoch.
func coefficient(epoch, i int) *secp256k1.Scalar {
	if i == 0 {
		epoch = 0
	}
	hash := crypto.Keccak256Hash([]byte(fmt.Sprintf("geth-ss vector: coefficient %d of version %d", i, epoch)))
	s, err := secp256k1.ParseNonZeroScalar(hash[:])
	if err != nil {
		panic(err)
	}
	return s
}

// records are versions of one key, one for each set.
func (m *vectorMaker) versions() {
	var key wire.KeyID
	copy(key[:], crypto.Keccak256([]byte("a key")))
	for e, set := range m.sets {
		members := set.Members
		if e == 6 || e == 7 { // one was away
			members = members[1:]
		}
		t := int(max(1, set.Floor))
		s := wire.Setup{Cluster: m.cluster, Key: key, Threshold: uint32(t), SetSize: uint32(len(set.Members)), Members: members, Initiator: members[0],
			Nonce: [32]byte(crypto.Keccak256Hash([]byte(fmt.Sprint("version ", e)))), Proof: wire.Proof{Kind: wire.LegacyProof, Data: make([]byte, 65)}}
		r := &wire.KeyRecord{Bodies: crypto.Keccak256Hash([]byte("bodies"))}
		for i := range t + 1 {
			r.Commitments = append(r.Commitments, wire.Point(secp256k1.BaseMul(coefficient(e, i)).Bytes()))
		}
		if e > 0 {
			parent := m.records[e-1]
			s.Set = &wire.SetRef{Epoch: uint64(e), Hash: set.Hash()}
			s.Move = &wire.Move{Origin: m.records[0].Version(), Parent: parent.Version(), Made: 1, Public: parent.Public()}
			for i := range int(parent.Setup.Threshold) + 1 {
				share, err := verify.PublicShare(parent, uint32(i+1))
				if err != nil {
					panic(err)
				}
				s.Move.Dealers = append(s.Move.Dealers, wire.Dealer{Node: parent.Setup.Members[i], Index: uint32(i + 1), Share: share.Bytes()})
			}
			r.Moved = &wire.Moved{Dealings: crypto.Keccak256Hash([]byte("dealings")), Pair: wire.PairState{Kind: wire.PairKept, Pair: crypto.Keccak256Hash([]byte("pair"))}}
			r.Bodies = r.Moved.Hash(s.Session())
		}
		r.Setup = s
		m.sign(r)
		m.records = append(m.records, r)
		m.v.Versions = append(m.v.Versions, versionVector{r.Version(), r.Setup.Origin(), r.Certificate()})
	}
}

// sign has all members certify, and a majority acknowledge. Of epoch 2 the attempt was cut off, and decided later.
func (m *vectorMaker) sign(r *wire.KeyRecord) {
	version, digest := r.Version(), wire.CertifyDigest(r.Version(), r.Transcript())
	for i, member := range r.Setup.Members {
		r.Signatures = append(r.Signatures, signWith(m.find(member), digest))
		if i < r.Setup.Majority() && (r.Setup.Set == nil || r.Setup.Set.Epoch != 2) {
			r.Acks = append(r.Acks, wire.IndexedSign{Index: uint32(i + 1), Signature: signWith(m.find(member), wire.VoteDigest(version, 0, true))})
		}
	}
	if r.Setup.Set != nil && r.Setup.Set.Epoch == 2 {
		r.Decided = &wire.Decision{Ballot: 2}
		for _, member := range r.Setup.Members[:r.Setup.Majority()] {
			r.Decided.Votes = append(r.Decided.Votes, wire.NodeSign{Node: member, Signature: signWith(m.find(member), wire.VoteDigest(version, 2, true))})
		}
	}
}

// receipts are of the first, the second and the last version.
func (m *vectorMaker) receipts() {
	add := func(name, says string, epoch int, block uint64, granted bool) {
		r := m.records[epoch]
		v := receiptVector{Name: name, Says: says}
		f := &v.File
		f.Message = wire.Request{Chain: vectorChain, Cluster: m.cluster, Account: crypto.PubkeyToAddress(m.key("reader").PublicKey), Operation: wire.OpRetrieve,
			Keys: []wire.KeyID{r.Setup.Key}, Arguments: wire.NoArguments, ReplyKey: pointOf(m.key("reply key")), Expiry: 1_800_000_000}
		f.Receipt = wire.Receipt{Cluster: m.cluster, Request: f.Message.Digest(), Requester: f.Message.Account, Key: r.Setup.Key, Version: r.Version(),
			Block: wire.BlockRef{Number: block, Hash: crypto.Keccak256Hash([]byte(fmt.Sprint("block ", block)))}, Granted: granted}
		f.Setup = r.Setup.Terms()
		v.Digest = f.Receipt.Digest()
		for i := range int(r.Setup.Threshold) + 1 {
			f.Signatures = append(f.Signatures, wire.IndexedSign{Index: uint32(i + 1), Signature: signWith(m.find(r.Setup.Members[i]), v.Digest)})
		}
		m.v.Receipts = append(m.v.Receipts, v)
	}
	end := func(epoch int) uint64 { return m.links[epoch].Attempt.Block.Number + wire.DrainBlocks }
	add("of set 0", "", 0, 900, true)
	add("of set 0, in its last block", "", 0, end(0), true)
	add("of set 0, after its end", "ended", 0, end(0)+1, true)
	add("of set 1", "", 1, 1100, true)
	add("of set 1, a refusal", "", 1, 1100, false)
	add("of set 1, after its end", "ended", 1, end(1)+1, true)
	add("of set 2, which was decided in a later ballot", "", 2, 20_100, true)
	add("of set 7", "", 7, 130_000, true)
	add("of set 7, whose end nobody knows", "", 7, 1<<40, true)
}

func madeSetVectors() *vectorMaker {
	m := newVectorMaker()
	m.chain()
	m.lies()
	m.versions()
	m.receipts()
	return m
}

// TestVectorsOfServerSets: the sets, links and records that nodes, clients and contracts are tested with, made anew of their keys, are the
// same to the byte.
func TestVectorsOfServerSets(t *testing.T) {
	const path = "testdata/serversets.json"
	enc, err := json.MarshalIndent(madeSetVectors().v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	enc = append(enc, '\n')
	if *updateVectors {
		if err := os.WriteFile(path, enc, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile(path); err != nil || !bytes.Equal(kept, enc) {
		t.Errorf("%s is not what this program computes (%v): what is signed stays to the byte", path, err)
	}
}

// readSetVectors reads the file as others do.
func readSetVectors(t *testing.T) *setVectors {
	t.Helper()
	text, err := os.ReadFile("testdata/serversets.json")
	if err != nil {
		t.Fatal(err)
	}
	v, dec := new(setVectors), json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestVectorsHold: what the file says of itself is true: links hold one after the other, and false ones do not, for the reason
// given.
func TestVectorsHold(t *testing.T) {
	v := readSetVectors(t)
	set := v.Sets[0].Set
	for i := range v.Links {
		l := &v.Links[i]
		next, err := verify.Chain(set, l.Link)
		if err != nil {
			t.Fatalf("link %d: %v", i+1, err)
		}
		if next.Hash() != v.Sets[i+1].Hash || next.Hash() != v.Sets[i+1].Set.Hash() || l.Link.Attempt.Order.Digest() != l.Order || l.Link.Attempt.ID() != l.Attempt {
			t.Errorf("link %d leads to %v", i+1, next.Hash())
		}
		set = next
	}
	for _, f := range v.False {
		if err := verify.Link(v.Sets[f.From].Set, f.Link); err == nil || !strings.Contains(err.Error(), f.Says) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	for _, l := range []*wire.SetLink{v.Two.A, v.Two.B} {
		if err := verify.Link(v.Sets[v.Two.From].Set, l); err != nil {
			t.Errorf("one of two links: %v", err)
		}
	}
	var two *verify.ErrTwoLinks
	if err := verify.OneLink(v.Two.A, v.Two.B); !errors.As(err, &two) {
		t.Errorf("two links: %v", err)
	}
	given := v.GivenUp.Link
	if next, err := verify.Chain(v.Sets[v.GivenUp.From].Set, given); err != nil || next.Hash() != v.GivenUp.Set.Hash || given.Attempt.Order.Digest() != v.GivenUp.Order {
		t.Errorf("a set that is given up: %v", err)
	}
	if err := verify.OneLink(v.Links[v.GivenUp.From].Link, given); !errors.As(err, &two) {
		t.Errorf("an ordinary link, and one that gives up: %v", err)
	}
	for i := range v.Versions {
		if err := verify.Confirmed(v.Sets[i].Set, v.Versions[i].Record); err != nil {
			t.Errorf("version %d: %v", i, err)
		}
	}
	if len(hexutil.Encode(v.Versions[7].Version[:])) != 66 || v.Versions[7].Origin != v.Versions[0].Version {
		t.Errorf("the last version's origin is %v", v.Versions[7].Origin)
	}
}
