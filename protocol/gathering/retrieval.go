package gathering

import (
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Retrieval is the coordinator of retrieving a document key: a gathering of t+1 holders,
// each of which gives its part of the decryption in one message.
type Retrieval struct {
	gathering
	pair   *threshold.Ciphertext
	shadow bool
	result *Retrieved
}

// Retrieved is what a retrieval releases.
type Retrieved struct {
	Key     *secp256k1.Point // plain: the document key itself. It prints as a fingerprint
	Shadow  *wire.Shadow     // shadow: what the requester puts together
	Block   wire.BlockRef    // where the permission was decided
	Set     []uint32         // share indices of who decided, ascending
	Nodes   []wire.NodeID    // the same as node ids
	Release *wire.Release    // the whole answer, for who wants to check it
}

// NewRetrieval begins to retrieve a document key. record is confirmed and has passed
// verify.Record, document has passed verify.Document. It fails at once with BadRequester
// or Policy.
func NewRetrieval(env session.Env, state *session.State, record *wire.KeyRecord, document *wire.DocumentRecord, proof wire.Proof, shadow bool) (*Retrieval, error) {
	requester, err := session.OpenRetrieve(&env, record.Setup.Key, proof, shadow)
	if err != nil {
		return nil, err
	}
	if err := session.CheckReader(requester, record); err != nil {
		return nil, err
	}
	pair, err := verify.ParsePair(&document.Common, &document.Encrypted)
	if err != nil {
		return nil, err
	}
	r := &Retrieval{pair: pair, shadow: shadow}
	r.task, r.document = r, document
	if err := r.init(env, state, record, requester, int(record.Setup.Threshold)+1, "retrieving", "read"); err != nil {
		return nil, err
	}
	return r, nil
}

// Result is what was released; nil unless the session ended without an error.
func (r *Retrieval) Result() *Retrieved { return r.result }

// decryption is an attempt at one.
type decryption struct {
	ask    *wire.Retrieve
	quorum *threshold.Quorum
}

func (r *Retrieval) open(a *attempt) error {
	ask := &wire.Retrieve{
		Key: r.record.Setup.Key, Version: r.record.Version(), Common: r.document.Common, Encrypted: r.document.Encrypted,
		Proof: r.requester.Proof, Shadow: r.shadow, Block: r.round.block, Set: a.set,
	}
	if err := r.env.ReadRandom(ask.Nonce[:]); err != nil {
		return err
	}
	quorum, err := r.env.Quorum(r.record, a.set, 0)
	if err != nil {
		return wire.Errorf(wire.Internal, "%v", err)
	}
	a.id, a.opening, a.last, a.work = ask.Session(r.env.Cluster, r.env.Self.ID()), ask, true, &decryption{ask, quorum}
	return nil
}

// take counts a part once it is proven.
func (r *Retrieval) take(a *attempt, index uint32, msg wire.Message) (any, *session.Fault, bool) {
	m, ok := msg.(*wire.Partial)
	if !ok {
		return nil, nil, false
	}
	d, from := a.work.(*decryption), r.node(index)
	if !from.Signed(m.Digest(a.id, index), &m.Signature) {
		return nil, &session.Fault{Node: from, Detail: "partial with a false signature"}, true
	}
	partial, err := verify.Part(d.quorum, a.id, index, r.pair.Common, r.shadow, m)
	if err != nil {
		evidence := wrongPartial(r.record, d.ask.Terms(r.env.Self.ID()), index, m)
		return nil, &session.Fault{Node: from, Detail: "gave a wrong part of a decryption: " + err.Error(), Evidence: evidence}, true
	}
	if receipt := r.receipt(); receipt != nil && !verify.Receipt(from, receipt, &m.Receipt) {
		return nil, &session.Fault{Node: from, Detail: "partial without a receipt"}, true
	}
	return partOf(partial, m), nil, true
}

// wrongPartial is the evidence against the holder with this share index.
func wrongPartial(key *wire.KeyRecord, request wire.RetrieveTerms, index uint32, m *wire.Partial) *wire.WrongPartial {
	return &wire.WrongPartial{
		Setup: key.Setup.Terms(), Bodies: key.Bodies, Commitments: key.Commitments,
		Certified: key.Signatures[index-1], Request: request, Index: index, Partial: *m,
	}
}

func (r *Retrieval) own(a *attempt) (any, error) {
	p, err := makeOnePart(&r.env, a.work.(*decryption).quorum, a.id, r.share, r.pair.Common, r.requester, r.shadow)
	if err != nil {
		return nil, err
	}
	if receipt := r.receipt(); receipt != nil {
		p.sign(r.env.Self, a.id, r.self, receipt)
	}
	return p, nil
}

// next combines the parts, all of which have been verified.
func (r *Retrieval) next(a *attempt) (wire.Message, []session.Fault, error) {
	d := a.work.(*decryption)
	all, parts := make([]*part, len(a.parts)), make([]*threshold.Partial, len(a.parts))
	res := &Retrieved{Block: r.round.block, Set: a.set}
	shadow := new(wire.Shadow)
	for i, p := range a.parts {
		all[i] = p.(*part)
		parts[i] = all[i].partial
		res.Nodes = append(res.Nodes, r.node(a.set[i]))
		shadow.Shadows = append(shadow.Shadows, all[i].sealed)
	}
	key, err := d.quorum.Combine(r.pair.Encrypted, parts)
	if err != nil {
		return nil, nil, wire.Errorf(wire.Internal, "combining the partials: %v", err)
	}
	if r.shadow {
		shadow.DecryptedSecret, shadow.CommonPoint = pointOf(key), pointOf(d.quorum.CommonPoint(r.pair.Common))
		res.Shadow = shadow
	} else {
		res.Key = key
	}
	res.Release = releaseOf(&r.env, r.record, d.ask.Terms(r.env.Self.ID()), r.requester, r.round.block, all)
	r.result = res
	return nil, nil, nil
}

func pointOf(p *secp256k1.Point) wire.Point { return wire.Point(p.Bytes()) }

// releaseOf is the answer that can be checked.
func releaseOf(env *session.Env, key *wire.KeyRecord, request wire.RetrieveTerms, requester *wire.Requester, block wire.BlockRef, parts []*part) *wire.Release {
	rel := &wire.Release{Setup: key.Setup.Terms(), Bodies: key.Bodies, Commitments: key.Commitments, Signatures: key.Signatures, Request: request}
	if receipt := receiptFor(env, requester, key.Version(), key.Setup.Key, block); receipt != nil {
		rel.Receipt = *receipt
	}
	for _, p := range parts {
		rel.Parts = append(rel.Parts, *p.message())
	}
	return rel
}
