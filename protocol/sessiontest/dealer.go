package sessiontest

import (
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Deal makes a server key without a protocol: this process knows its secret. The
// record is certified and confirmed by all members, as after a generation. It stands
// at the members that are not in absent, who have never heard of it.
func (c *Cluster) Deal(key wire.KeyID, t int, author *Client, members []*Node, absent ...*Node) *wire.KeyRecord {
	r, polynomial := c.certified(key, t, author, len(c.Nodes), members)
	for i, m := range members {
		if slices.Contains(absent, m) {
			continue
		}
		value, err := polynomial.Eval(threshold.Index(i + 1))
		check(err)
		share := session.Share{Index: uint32(i + 1), Value: value}
		m.Put(
			wire.NewRecord(wire.Create, wire.RecordKey, key, wire.SessionID{}, r),
			wire.Record{Op: wire.Put, Kind: wire.RecordShare, Key: key, Session: r.Version(), Value: share.Encode()})
	}
	return r
}

// Invent is what nodes can certify by themselves: a key of their own, for a server set
// that is said to be as large as they like, with an author's proof that they have seen.
func (c *Cluster) Invent(key wire.KeyID, author *Client, setSize int, members ...*Node) *wire.KeyRecord {
	r, _ := c.certified(key, 0, author, setSize, members)
	return r
}

// certified is a record that all its members have signed, and the secret behind it.
func (c *Cluster) certified(key wire.KeyID, t int, author *Client, setSize int, members []*Node) (*wire.KeyRecord, *threshold.Polynomial) {
	polynomial, err := threshold.NewPolynomial(reader(c.seed, 1<<40+uint64(key[31])), t)
	check(err)
	r := &wire.KeyRecord{
		Setup:  wire.Setup{Cluster: c.ID, Key: key, Threshold: uint32(t), SetSize: uint32(setSize), Proof: author.Proof(key)},
		Bodies: common.Hash{2},
	}
	for _, m := range members {
		r.Setup.Members = append(r.Setup.Members, m.ID())
	}
	r.Setup.Initiator = r.Setup.Members[0]
	for _, p := range polynomial.Commit() {
		r.Commitments = append(r.Commitments, wire.Point(p.Bytes()))
	}
	for i, m := range members {
		r.Signatures = append(r.Signatures, m.nodeKey.Sign(wire.CertifyDigest(r.Version(), r.Transcript())))
		r.Acks = append(r.Acks, wire.IndexedSign{Index: uint32(i + 1), Signature: m.nodeKey.Sign(wire.VoteDigest(r.Version(), 0, true))})
	}
	return r, polynomial
}

// Document is a document key and its pair.
type Document struct {
	Key               *secp256k1.Point
	Common, Encrypted wire.Point
}

// Encrypt makes a document key for a server key, as a client does; number tells
// several apart.
func (c *Cluster) Encrypt(r *wire.KeyRecord, number int) *Document {
	rand := reader(c.seed, 1<<41+uint64(number))
	public, err := secp256k1.ParsePoint(r.Commitments[0][:])
	check(err)
	key, err := threshold.NewDocumentKey(rand)
	check(err)
	pair, err := threshold.Encrypt(rand, key, public)
	check(err)
	return &Document{Key: key, Common: wire.Point(pair.Common.Bytes()), Encrypted: wire.Point(pair.Encrypted.Bytes())}
}

// Certify makes the certified record of a pair without a protocol, signed by all
// members of the key.
func (c *Cluster) Certify(r *wire.KeyRecord, d *Document) *wire.DocumentRecord {
	rec := &wire.DocumentRecord{Key: r.Setup.Key, Version: r.Version(), Common: d.Common, Encrypted: d.Encrypted}
	for i, m := range r.Setup.Members {
		sig := c.Node(m).nodeKey.Sign(wire.StoreDigest(c.ID, rec))
		rec.Signatures = append(rec.Signatures, wire.IndexedSign{Index: uint32(i + 1), Signature: sig})
	}
	return rec
}

// DealDocument certifies a pair and puts it at all nodes but the absent.
func (c *Cluster) DealDocument(r *wire.KeyRecord, d *Document, absent ...*Node) *wire.DocumentRecord {
	rec := c.Certify(r, d)
	for _, n := range c.Nodes {
		if !slices.Contains(absent, n) {
			n.Put(wire.NewRecord(wire.Put, wire.RecordDocument, rec.Key, wire.SessionID{}, rec))
		}
	}
	return rec
}

func check(err error) {
	if err != nil {
		panic(fmt.Sprintf("sessiontest: %v", err))
	}
}

// CopyRecord is a record that can be changed.
func CopyRecord(r *wire.KeyRecord) *wire.KeyRecord {
	c := *r
	c.Setup.Members = append([]wire.NodeID(nil), r.Setup.Members...)
	c.Commitments = append([]wire.Point(nil), r.Commitments...)
	c.Signatures = append([]wire.Signature(nil), r.Signatures...)
	c.Acks = append([]wire.IndexedSign(nil), r.Acks...)
	return &c
}
