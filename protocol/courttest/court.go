package courttest

import (
	"bytes"
	"crypto/ecdsa"
	"io"
	"math/rand/v2"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Court is a generation of four with threshold 1, a retrieval and signatures under its key:
// all that honest members sign, and the means to sign more. The same seeds give the same
// bytes. Member 3 is the liar.
type Court struct {
	Rand      io.Reader
	Keys      []*ecdsa.PrivateKey // of the nodes, by position
	Nodes     []*session.NodeKey
	Terms     wire.Terms
	Session   wire.SessionID
	Deals     *dealing.Terms
	Once      []*threshold.OneTimeKey // of the members, who forget none here
	Dealings  []wire.Dealing
	View      common.Hash
	Commits   []wire.Commit
	Reveals   []wire.Reveal
	Certifies []wire.Certify
	Bodies    common.Hash
	Joint     []wire.Point
	Shares    []*session.Share
	Request   wire.RetrieveTerms // shadow, by members 1 and 3
	Partials  map[uint32]wire.Partial
	Promises  []wire.Promise // of one pair
	Signed    *Signings
}

// Liar is the share index of the member that lies.
const Liar = 3

// NewParty is a court whose members have keys and terms, and have done nothing yet. cluster and number tell courts
// apart.
func NewParty(cluster, number byte) *Court {
	c := &Court{Rand: rand.NewChaCha8([32]byte{cluster, number}), Partials: make(map[uint32]wire.Partial)}
	for i := range 4 {
		key, err := crypto.ToECDSA(crypto.Keccak256([]byte{'c', byte(i)}))
		NoError(err)
		c.Keys = append(c.Keys, key)
	}
	slices.SortFunc(c.Keys, func(a, b *ecdsa.PrivateKey) int {
		return wire.NodeIDOf(&a.PublicKey).Compare(wire.NodeIDOf(&b.PublicKey))
	})
	for _, key := range c.Keys {
		c.Nodes = append(c.Nodes, session.NewNodeKey(key))
	}
	c.Terms = wire.Terms{Cluster: wire.ClusterID{cluster}, Key: wire.KeyID{9}, Threshold: 1, SetSize: 4, Nonce: [32]byte{number}, Proof: common.Hash{7}}
	for _, id := range c.Nodes {
		c.Terms.Members = append(c.Terms.Members, id.ID())
	}
	c.Terms.Initiator = c.Nodes[0].ID()
	c.Session = c.Terms.Session()
	return c
}

// New is a court whose members have generated the key, given parts of a retrieval, promised a pair and signed. cluster
// and number tell courts apart.
func New(cluster, number byte) *Court {
	c := NewParty(cluster, number)
	c.Generate()
	c.retrieve()
	for i := range c.Nodes {
		c.Promises = append(c.Promises, c.Promise(uint32(i+1), 1))
	}
	c.Signed = c.Sign(1)
	return c
}

// NoError panics with an error, which here is one of the test's own.
func NoError(err error) {
	if err != nil {
		panic(err)
	}
}

// Generate has the members of a NewParty make the key: it fills all from Deals to Shares.
func (c *Court) Generate() {
	c.Deals = dealing.OfKey(&c.Terms)
	NoError(c.Deals.CheckKeys())
	var hands []*dealing.Hand
	for i := range c.Nodes {
		once, err := threshold.NewOneTimeKey(c.Rand, c.Session, c.Deals.At[i])
		NoError(err)
		h, err := c.Deals.Draw(c.Rand, i)
		NoError(err)
		c.Once, hands = append(c.Once, once), append(hands, h)
		c.Commits = append(c.Commits, c.Commit(uint32(i+1), h.Dealt.Hash(c.Session, uint32(i+1))))
		NoError(c.Deals.Learn(i, &c.Commits[i]))
	}
	c.View = wire.View(c.Session, c.Seen())
	var dealt []*dealing.Checked
	var hashes []common.Hash
	for i := range c.Nodes {
		d, err := c.Deals.Deal(hands[i])
		NoError(err)
		opened, err := c.Deals.Open(i, d)
		NoError(err)
		c.Dealings, dealt, hashes = append(c.Dealings, *d), append(dealt, opened), append(hashes, opened.Hash)
	}
	c.Bodies = wire.HashList("bodies", c.Session, hashes)
	for i := range c.Nodes {
		values, joint, _, err := c.Deals.Combine(c.Rand, c.Secret(uint32(i+1)), i, dealt)
		NoError(err)
		c.Shares, c.Joint = append(c.Shares, &session.Share{Index: uint32(i + 1), Value: values[0]}), dealing.EncodeCommitments(joint[0])
	}
	for i := range c.Nodes {
		c.Reveals = append(c.Reveals, c.Reveal(uint32(i+1), c.View, c.Dealings[i]))
		c.Certifies = append(c.Certifies, c.Certify(uint32(i+1), wire.Transcript(c.Session, c.Bodies, c.Joint)))
	}
}

// Record is the certificate of the court's key, which nobody has acknowledged.
func (c *Court) Record() *wire.KeyRecord {
	r := &wire.KeyRecord{Bodies: c.Bodies, Commitments: slices.Clone(c.Joint), Setup: wire.Setup{Cluster: c.Terms.Cluster, Key: c.Terms.Key,
		Threshold: 1, SetSize: 4, Members: c.Terms.Members, Initiator: c.Terms.Initiator, Nonce: c.Terms.Nonce}}
	for i := range c.Certifies {
		r.Signatures = append(r.Signatures, c.Certifies[i].Signature)
	}
	return r
}

// Seen are the digests of all commits, by position.
func (c *Court) Seen() (all []common.Hash) {
	for i := range c.Commits {
		all = append(all, c.Commits[i].Digest(c.Session))
	}
	return all
}

// Secret is what member i, by share index, opens what was dealt to it with.
func (c *Court) Secret(i uint32) *secp256k1.Scalar { return c.SealedTo(i, c.Once[i-1]) }

// SealedTo is the secret of what is sealed to member i's static key and this one-time key of it.
func (c *Court) SealedTo(i uint32, once *threshold.OneTimeKey) *secp256k1.Scalar {
	secret, err := once.With(c.Static(i))
	NoError(err)
	return secret
}

// Static is member i's node key, as a scalar.
func (c *Court) Static(i uint32) *secp256k1.Scalar {
	secret, err := secp256k1.FromPrivateKey(c.Keys[i-1])
	NoError(err)
	return secret
}

// Commit is member i's commit to a dealing with this hash, signed, with its one-time key.
func (c *Court) Commit(i uint32, hash common.Hash) wire.Commit {
	return c.SignCommit(wire.Commit{Index: i, Hash: hash, Key: c.Once[i-1].Public().Bytes()})
}

// SignCommit signs a commit for the member that its index names.
func (c *Court) SignCommit(m wire.Commit) wire.Commit {
	m.Signature = c.Nodes[m.Index-1].Sign(m.Digest(c.Session))
	return m
}

// Keyed is member i's commit with another one-time key, signed.
func (c *Court) Keyed(i uint32, key [128]byte) wire.Commit {
	m := c.Commits[i-1]
	m.Key = key
	return c.SignCommit(m)
}

// OneTime is the encoding of a one-time key for index at, whose secret is r, with its proof.
func OneTime(rand io.Reader, session wire.SessionID, at threshold.Index, r *secp256k1.Scalar) (b [128]byte) {
	x, public := at.X().Bytes(), secp256k1.BaseMul(r)
	proof, err := threshold.ProveKnowledge(rand, r, public, threshold.NewContext("geth-ss/dealing/onetime/v1", session[:], x[:]))
	NoError(err)
	return (&threshold.OneTime{Point: public, Proof: proof}).Bytes()
}

// AnotherKey is a second one-time key of member i, which is valid.
func (c *Court) AnotherKey(i uint32) [128]byte {
	return OneTime(rand.NewChaCha8([32]byte{byte(i)}), c.Session, c.Deals.At[i-1], secp256k1.NewScalar(1000+i))
}

// Cancelling is the one-time key of member i that cancels out with its static key: their sum is the identity.
func (c *Court) Cancelling(i uint32) [128]byte {
	return OneTime(rand.NewChaCha8([32]byte{byte(i)}), c.Session, c.Deals.At[i-1], c.Static(i).Negated())
}

// Sealed shows member i's commit among the digests that all have seen.
func (c *Court) Sealed(i uint32) wire.SealedTo {
	return wire.SealedTo{Commit: c.Commits[i-1], Seen: c.Seen()}
}

// Reveal is member i's dealing, shown under its signature by one with this view of round 1.
func (c *Court) Reveal(i uint32, view common.Hash, d wire.Dealing) wire.Reveal {
	m := wire.Reveal{Index: i, View: view, Dealing: d}
	m.Signature = c.Nodes[i-1].Sign(m.Digest(c.Session))
	return m
}

// Certify is member i's signature on a transcript.
func (c *Court) Certify(i uint32, transcript common.Hash) wire.Certify {
	m := wire.Certify{Index: i, Transcript: transcript}
	m.Signature = c.Nodes[i-1].Sign(m.Digest(c.Session))
	return m
}

// Complain is member i's signed complaint about a dealing: it opens the share that is sealed for it.
func (c *Court) Complain(i uint32, about *wire.Reveal) wire.Complaint {
	opened, err := c.Deals.Open(int(about.Index-1), &about.Dealing)
	NoError(err)
	m, err := c.Deals.Complain(c.Rand, c.Secret(i), int(i-1), about, opened)
	NoError(err)
	return c.SignComplaint(*m)
}

// Decided is a complaint with what it takes to judge it.
func (c *Court) Decided(m wire.Complaint) *wire.DecidedComplaint {
	return &wire.DecidedComplaint{Setup: c.Terms, Complaint: m, Sealed: c.Sealed(m.Index)}
}

// SignComplaint signs a complaint for the member that its index names.
func (c *Court) SignComplaint(m wire.Complaint) wire.Complaint {
	m.Signature = c.Nodes[m.Index-1].Sign(m.Digest(c.Session))
	return m
}

// retrieve lets members 1 and 3 give their parts.
func (c *Court) retrieve() {
	k := secp256k1.NewScalar(77)
	c.Request = wire.RetrieveTerms{Coordinator: c.Nodes[1].ID(), Common: secp256k1.BaseMul(k).Bytes(), Encrypted: secp256k1.BaseMul(k).Bytes(),
		Shadow: true, Block: wire.BlockRef{Number: 5}, Set: []uint32{1, 3}, Nonce: [32]byte{4}}
	for _, i := range c.Request.Set {
		c.Partials[i] = c.Part(i, &c.Request)
	}
}

// Attempt is the session id of a retrieval by the court's key.
func (c *Court) Attempt(r *wire.RetrieveTerms) wire.SessionID {
	return r.Session(c.Terms.Cluster, c.Terms.Key, c.Session)
}

// Part is member i's part of a retrieval, as an honest one gives it.
func (c *Court) Part(i uint32, r *wire.RetrieveTerms) wire.Partial {
	quorum, err := verify.Quorum(len(c.Nodes), c.Joint, r.Set, 0)
	NoError(err)
	common, err := secp256k1.ParsePoint(r.Common[:])
	NoError(err)
	mask, err := quorum.NewMask(c.Rand)
	NoError(err)
	sealed := bytes.Repeat([]byte{1}, wire.SealedShadowSize)
	p, err := quorum.Partial(c.Rand, threshold.Index(i), c.Shares[i-1].Value, common, mask, verify.PartContext(c.Attempt(r), sealed))
	NoError(err)
	return c.SignPart(i, r, wire.Partial{Part: p.Bytes(), Sealed: sealed})
}

// SignPart signs a part of a retrieval for member i.
func (c *Court) SignPart(i uint32, r *wire.RetrieveTerms, m wire.Partial) wire.Partial {
	m.Signature = c.Nodes[i-1].Sign(m.Digest(c.Attempt(r), i))
	return m
}

// Promise is member i's signature for a document key, whose points are told apart by pair.
func (c *Court) Promise(i uint32, pair byte) wire.Promise {
	p := wire.Promise{Common: wire.Point{pair}, Encrypted: wire.Point{pair, 1}}
	p.Signature = c.Nodes[i-1].Sign(wire.StoreDigest(c.Terms.Cluster,
		&wire.DocumentRecord{Key: c.Terms.Key, Version: c.Session, Common: p.Common, Encrypted: p.Encrypted}))
	return p
}

// BadShare is the liar's dealing of the key with a wrong share for member 1.
func (c *Court) BadShare() wire.Dealing {
	d := c.Dealings[Liar-1]
	d.Shares = slices.Clone(d.Shares)
	d.Shares[0][31] ^= 1
	return d
}

// Vote is member i's signature for a vote on the court's attempt, for completing it or for abandoning it.
func (c *Court) Vote(i, ballot uint32, complete bool) wire.Signature {
	return c.Nodes[i-1].Sign(wire.VoteDigest(c.Session, ballot, complete))
}
