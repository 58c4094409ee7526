package courttest

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/dealing"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Signings is what the court has seen of signing: an attempt at a Schnorr signature by
// members 1 and 3, a dealing of two items among 1, 3 and 4, and an attempt at an ECDSA
// signature with the second of them.
type Signings struct {
	Schnorr wire.SignTerms
	Nonces  []wire.NonceBytes
	Shares  map[uint32]wire.SchnorrShare

	Dealing *ItemDealing
	ECDSA   wire.SignTerms
	Opened  []wire.Opened // by position in the set, as the shares
	Parts   []wire.ECDSAShare
}

// ItemDealing is a dealing of items, with what every member made of it.
type ItemDealing struct {
	Setup   wire.DealSetup
	Terms   *dealing.Terms
	Once    []*threshold.OneTimeKey // of the members, who forget none here
	Commits []*wire.Commit
	View    common.Hash
	Reveals []wire.Reveal

	Bodies     common.Hash
	Joint      []wire.Point
	Transcript common.Hash
	Certifies  []wire.Signature           // of every member
	Public     []*threshold.ECDSAItem     // by number
	Secrets    [][]*threshold.ECDSASecret // by position of the member, then by number
}

// Sign has the members sign as Signings says. number tells several apart.
func (c *Court) Sign(number byte) *Signings {
	s := &Signings{Schnorr: c.SignTerms(wire.Schnorr, number, 1, 3)}
	s.Nonces, s.Shares = c.Cosign(&s.Schnorr)
	s.Dealing = c.DealItems(number)
	s.ECDSA = c.SignTerms(wire.ECDSA, number, s.Dealing.Setup.Set...)
	s.ECDSA.Item = wire.Item{Transcript: s.Dealing.Transcript, Number: 1}
	s.Opened, s.Parts = c.CosignECDSA(&s.ECDSA, s.Dealing)
	return s
}

// SignTerms is what member 2 asks of a set of members, by share index. number gives the hash and the nonce.
func (c *Court) SignTerms(scheme wire.Scheme, number byte, set ...uint32) wire.SignTerms {
	return wire.SignTerms{Coordinator: c.Nodes[1].ID(), Scheme: scheme, Hash: common.Hash{3, number}, Proof: common.Hash{8},
		Block: wire.BlockRef{Number: 6}, Set: set, Nonce: common.Hash{number}}
}

// SigningAttempt is the session id of a signature by the court's key.
func (c *Court) SigningAttempt(r *wire.SignTerms) wire.SessionID {
	return r.Session(c.Terms.Cluster, c.Terms.Key, c.Session)
}

// Cosign has the members of a set make their shares of a Schnorr signature: list is their nonces, in the order of the
// set, and shares is by share index.
func (c *Court) Cosign(r *wire.SignTerms) (list []wire.NonceBytes, shares map[uint32]wire.SchnorrShare) {
	var nonces []*threshold.Nonce
	for _, i := range r.Set {
		n, err := threshold.NewNonce(c.Rand, c.Shares[i-1].Value)
		NoError(err)
		nonces, list = append(nonces, n), append(list, n.Commitment().Bytes())
	}
	quorum, err := verify.Quorum(len(c.Nodes), c.Joint, r.Set, 0)
	NoError(err)
	joint, err := dealing.ParseCommitments(c.Joint)
	NoError(err)
	signing, err := verify.SchnorrSigning(quorum, joint.Constant(), r.Scheme, r.Hash, list)
	NoError(err)
	shares = make(map[uint32]wire.SchnorrShare)
	for n, i := range r.Set {
		z, err := signing.Share(threshold.Index(i), c.Shares[i-1].Value, nonces[n])
		NoError(err)
		shares[i] = c.SignShare(i, r, list, wire.SchnorrShare{Share: z.Bytes(), Next: []wire.NonceBytes{}})
	}
	return list, shares
}

// SignShare signs a share of a Schnorr signature for member i.
func (c *Court) SignShare(i uint32, r *wire.SignTerms, list []wire.NonceBytes, m wire.SchnorrShare) wire.SchnorrShare {
	m.Signature = c.Nodes[i-1].Sign(m.Digest(c.SigningAttempt(r), i, list))
	return m
}

// DealItems is a dealing of two items by and to members 1, 3 and 4, for member 2.
func (c *Court) DealItems(number byte) *ItemDealing {
	d := &ItemDealing{Setup: wire.DealSetup{Cluster: c.Terms.Cluster, Coordinator: c.Nodes[1].ID(), Threshold: 1, Items: 2,
		Set: []uint32{1, 3, 4}, Members: []wire.NodeID{c.Nodes[0].ID(), c.Nodes[2].ID(), c.Nodes[3].ID()}, Nonce: [32]byte{number}}}
	d.Terms = dealing.OfItems(&d.Setup)
	NoError(d.Terms.CheckKeys())
	for at, i := range d.Setup.Set {
		once, err := threshold.NewOneTimeKey(c.Rand, d.Terms.Session, d.Terms.At[at])
		NoError(err)
		m := &wire.Commit{Index: uint32(at + 1), Key: once.Public().Bytes()}
		m.Signature = c.Nodes[i-1].Sign(m.Digest(d.Terms.Session))
		NoError(d.Terms.Learn(at, m))
		d.Once, d.Commits = append(d.Once, once), append(d.Commits, m)
	}
	d.View = wire.View(d.Terms.Session, d.Seen())
	var all []*dealing.Checked
	var hashes []common.Hash
	for at, i := range d.Setup.Set {
		hand, err := d.Terms.Draw(c.Rand, at)
		NoError(err)
		dealt, err := d.Terms.Deal(hand)
		NoError(err)
		opened, err := d.Terms.Open(at, dealt)
		NoError(err)
		d.Reveals, all, hashes = append(d.Reveals, d.Reveal(c.Nodes[i-1], uint32(at+1), *dealt)), append(all, opened), append(hashes, opened.Hash)
	}
	d.Bodies = wire.HashList("bodies", d.Terms.Session, hashes)
	for at, i := range d.Setup.Set {
		values, joint, _, err := d.Terms.Combine(c.Rand, c.SealedTo(i, d.Once[at]), at, all)
		NoError(err)
		d.Joint = d.Terms.Encode(joint)
		d.Transcript = wire.Transcript(d.Terms.Session, d.Bodies, d.Joint)
		d.Certifies = append(d.Certifies, c.Nodes[i-1].Sign(wire.CertifyDigest(d.Terms.Session, d.Transcript)))
		d.settle(at, values, joint)
	}
	return d
}

// settle makes a member's items of the sums of what was dealt to it.
func (d *ItemDealing) settle(at int, values []*secp256k1.Scalar, joint []threshold.Commitments) {
	set, err := verify.ItemSet(&d.Setup)
	NoError(err)
	one := threshold.ECDSAPlan(int(d.Setup.Threshold), 1)
	var secrets []*threshold.ECDSASecret
	d.Public = nil
	for n := range int(d.Setup.Items) {
		public, err := threshold.NewECDSAItem(set, joint[n*len(one):][:len(one)])
		NoError(err)
		secret, err := threshold.NewECDSASecret(d.Terms.At[at], values[n*one.Scalars():][:one.Scalars()])
		NoError(err)
		d.Public, secrets = append(d.Public, public), append(secrets, secret)
	}
	d.Secrets = append(d.Secrets, secrets)
}

// Seen are the digests of all commits, by position.
func (d *ItemDealing) Seen() (all []common.Hash) {
	for _, m := range d.Commits {
		all = append(all, m.Digest(d.Terms.Session))
	}
	return all
}

// CosignECDSA has the members of a dealing open the item that is asked for, and sign: both results are by position.
func (c *Court) CosignECDSA(r *wire.SignTerms, d *ItemDealing) (opened []wire.Opened, parts []wire.ECDSAShare) {
	ctx := verify.ECDSAContext(c.SigningAttempt(r))
	var openings []*threshold.ECDSAOpening
	for at, i := range r.Set {
		o, err := d.Public[r.Item.Number].Open(c.Rand, d.Secrets[at][r.Item.Number], ctx)
		NoError(err)
		openings, opened = append(openings, o), append(opened, c.SignOpened(i, r, wire.Opened{Opening: o.Bytes()}))
	}
	joint, err := dealing.ParseCommitments(c.Joint)
	NoError(err)
	for at, i := range r.Set {
		signing, err := d.Public[r.Item.Number].NewSigning(openings, r.Hash)
		NoError(err)
		share, err := signing.Share(c.Rand, d.Secrets[at][r.Item.Number], c.Shares[i-1].Value, joint.Eval(threshold.Index(i)), ctx)
		NoError(err)
		parts = append(parts, c.SignECDSA(i, r, opened, wire.ECDSAShare{Share: share.Bytes()}))
	}
	return opened, parts
}

// SignOpened signs an opening of an item for member i.
func (c *Court) SignOpened(i uint32, r *wire.SignTerms, m wire.Opened) wire.Opened {
	m.Signature = c.Nodes[i-1].Sign(m.Digest(c.SigningAttempt(r), i))
	return m
}

// SignECDSA signs a share of an ECDSA signature for member i, to whom these openings were shown.
func (c *Court) SignECDSA(i uint32, r *wire.SignTerms, opened []wire.Opened, m wire.ECDSAShare) wire.ECDSAShare {
	m.Signature = c.Nodes[i-1].Sign(m.Digest(c.SigningAttempt(r), i, opened))
	return m
}

// Reveal is the dealing of the member at a position, from 1 on, under the signature of by.
func (d *ItemDealing) Reveal(by *session.NodeKey, at uint32, dealing wire.Dealing) wire.Reveal {
	m := wire.Reveal{Index: at, View: d.View, Dealing: dealing}
	m.Signature = by.Sign(m.Digest(d.Terms.Session))
	return m
}

// Keyed is the commit of the member at a position, from 1 on, changed and then signed by by.
func (d *ItemDealing) Keyed(by *session.NodeKey, at uint32, change func(*wire.Commit)) wire.Commit {
	m := *d.Commits[at-1]
	change(&m)
	m.Signature = by.Sign(m.Digest(d.Terms.Session))
	return m
}

// Complain opens the share of an item that a dealing seals for the member at a position, from 1 on, and is signed by
// by.
func (d *ItemDealing) Complain(c *Court, by *session.NodeKey, at uint32, about *wire.Reveal) wire.Complaint {
	opened, err := d.Terms.Open(int(about.Index-1), &about.Dealing)
	NoError(err)
	m, err := d.Terms.Complain(c.Rand, c.SealedTo(d.Setup.Set[at-1], d.Once[at-1]), int(at-1), about, opened)
	NoError(err)
	m.Signature = by.Sign(m.Digest(d.Terms.Session))
	return *m
}

// Decided is a complaint with what it takes to judge it.
func (d *ItemDealing) Decided(m wire.Complaint) *wire.ItemComplaint {
	return &wire.ItemComplaint{Setup: d.Setup, Complaint: m, Sealed: wire.SealedTo{Commit: *d.Commits[m.Index-1], Seen: d.Seen()}}
}

// BadShare is the liar's dealing of items with a wrong share for member 1.
func (d *ItemDealing) BadShare() wire.Dealing {
	bad := d.Reveals[1].Dealing
	bad.Shares = slices.Clone(bad.Shares)
	bad.Shares[13][31] ^= 1
	return bad
}

// Used is what the member at a position, from 0 on, signed of the items that it was dealt.
func (d *ItemDealing) Used(at int) wire.UsedItem {
	return wire.UsedItem{Setup: d.Setup, Bodies: d.Bodies, Joint: slices.Clone(d.Joint), Certified: d.Certifies[at]}
}
