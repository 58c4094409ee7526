package sessiontest

import (
	"errors"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Answers that all members of a key have signed, whatever is in them: each check stands alone.

// releasedWorld is a cluster with an answer to a request of alice.
type releasedWorld struct {
	*world
	rel     *wire.Release
	request common.Hash
}

func newReleased(t *testing.T) *releasedWorld {
	w := newWorld(t, 4, 2).withDocument()
	w.alice.Wallet = true
	return &releasedWorld{w, w.read(w.Nodes[0], true).Res.Release, w.Wallet(w.alice, wire.OpRetrieve, wire.NoArguments, w.key).Hash()}
}

// certify has the members sign what a bent answer says of their key.
func (w *releasedWorld) certify(rel *wire.Release) {
	version := rel.Setup.Session()
	if rel.Receipt == w.rel.Receipt {
		rel.Receipt.Version = version
	}
	digest := wire.CertifyDigest(version, wire.Transcript(version, rel.Bodies, rel.Commitments))
	for i, m := range rel.Setup.Members {
		if n := w.Node(m); n != nil && i < len(rel.Signatures) {
			rel.Signatures[i] = n.nodeKey.Sign(digest)
		}
	}
}

// remake has the holders of the set make and sign their parts for what a bent answer says.
func (w *releasedWorld) remake(rel *wire.Release) {
	key := *w.record
	key.Commitments = rel.Commitments
	quorum, err := verify.KeyQuorum(&key, rel.Request.Set, 0)
	common, cerr := secp256k1.ParsePoint(rel.Request.Common[:])
	for i := range min(len(rel.Parts), len(rel.Request.Set)) {
		index := rel.Request.Set[i]
		if index == 0 || int(index) > len(rel.Setup.Members) {
			continue
		}
		if err == nil && cerr == nil {
			w.makePart(quorum, rel, i, common)
		}
		w.signPart(rel, i)
	}
}

func (w *releasedWorld) signPart(rel *wire.Release, i int) {
	n, m := w.Node(rel.Setup.Members[rel.Request.Set[i]-1]), &rel.Parts[i]
	m.Receipt = n.nodeKey.Sign(rel.Receipt.Digest())
	m.Signature = n.nodeKey.Sign(m.Digest(rel.Attempt(), rel.Request.Set[i]))
}

func (w *releasedWorld) makePart(quorum *threshold.Quorum, rel *wire.Release, i int, common *secp256k1.Point) {
	index, attempt, rand := rel.Request.Set[i], rel.Attempt(), reader(1, uint64(70+i))
	mask, err := quorum.NewMask(rand)
	check(err)
	coefficient, err := mask.Coefficient()
	check(err)
	plain := coefficient.Bytes()
	m := &rel.Parts[i]
	m.Sealed, err = gathering.Seal(rand, wire.Point(secp256k1Public(w.alice)), plain[:])
	check(err)
	p, err := quorum.Partial(rand, threshold.Index(index), w.Nodes[index-1].State(w.key).Share.Value, common, mask,
		threshold.NewContext("geth-ss/retrieval/v1", attempt[:], m.Sealed))
	check(err)
	m.Part = p.Bytes()
}

// TestReleaseThatAllHaveSigned: members that agree can't have a client take for an answer what is none: another key's,
// of too few parts, or of a shape that no key server gives out.
func TestReleaseThatAllHaveSigned(t *testing.T) {
	w := newReleased(t)
	for name, c := range map[string]struct {
		bend func(*wire.Release)
		good bool
	}{
		"made anew":           {func(*wire.Release) {}, true},
		"another block":       {func(r *wire.Release) { r.Request.Block.Number, r.Receipt.Block.Number = 9, 9 }, true}, // they are free to lie
		"another set":         {func(r *wire.Release) { r.Request.Set = []uint32{1, 2, 4} }, true},
		"no members":          {func(r *wire.Release) { r.Setup.Members, r.Signatures = nil, nil }, false},
		"members in disorder": {func(r *wire.Release) { slices.Reverse(r.Setup.Members) }, false},
		"a threshold of all": {func(r *wire.Release) {
			r.Setup.Threshold = 4
			r.Commitments, r.Request.Set = append(r.Commitments, r.Commitments[:2]...), []uint32{1, 2, 3, 4, 4}
			r.Parts = append(r.Parts, r.Parts[:2]...)
		}, false},
		"a signature more":        {func(r *wire.Release) { r.Signatures = append(r.Signatures, r.Signatures[0]) }, false},
		"a signature less":        {func(r *wire.Release) { r.Signatures = r.Signatures[:3] }, false},
		"a coefficient more":      {func(r *wire.Release) { r.Commitments = append(r.Commitments, r.Commitments[0]) }, false},
		"a coefficient less":      {func(r *wire.Release) { r.Commitments = r.Commitments[:2] }, false},
		"a coefficient off curve": {func(r *wire.Release) { r.Commitments[1][9] ^= 1 }, false},
		"one part less":           {func(r *wire.Release) { r.Parts = r.Parts[:2] }, false},
		"one part more":           {func(r *wire.Release) { r.Parts = append(r.Parts, r.Parts[0]) }, false},
		"no set":                  {func(r *wire.Release) { r.Request.Set = nil }, false},
		"one less in the set":     {func(r *wire.Release) { r.Request.Set = r.Request.Set[:2] }, false},
		"one more in the set":     {func(r *wire.Release) { r.Request.Set = []uint32{1, 2, 3, 4} }, false},
		"a set with nobody":       {func(r *wire.Release) { r.Request.Set = []uint32{0, 1, 2} }, false},
		"a set from outside":      {func(r *wire.Release) { r.Request.Set = []uint32{1, 2, 5} }, false},
		"a set out of order":      {func(r *wire.Release) { r.Request.Set = []uint32{3, 2, 1} }, false},
		"one far outside first":   {func(r *wire.Release) { r.Request.Set = []uint32{9, 1, 2} }, false},
		"one twice":               {func(r *wire.Release) { r.Request.Set = []uint32{1, 1, 2} }, false},
		"another request":         {func(r *wire.Release) { r.Request.Proof[0] ^= 1 }, false},
		"in the open":             {func(r *wire.Release) { r.Request.Shadow = false }, false},
		"a common point off curve": {func(r *wire.Release) {
			r.Request.Common[9] ^= 1
		}, false},
		"an encrypted point off curve": {func(r *wire.Release) { r.Request.Encrypted[9] ^= 1 }, false},
		"no encrypted point":           {func(r *wire.Release) { r.Request.Encrypted = wire.Point{} }, false},
		"a receipt of a refusal":       {func(r *wire.Release) { r.Receipt.Granted = false }, false},
		"a receipt for another key":    {func(r *wire.Release) { r.Receipt.Key[0] ^= 1 }, false},
		"a receipt for a version":      {func(r *wire.Release) { r.Receipt.Version[0] ^= 1 }, false},
		"a receipt for a cluster":      {func(r *wire.Release) { r.Receipt.Cluster[0] ^= 1 }, false},
		"a receipt for a block":        {func(r *wire.Release) { r.Receipt.Block.Number++ }, false},
	} {
		t.Run(name, func(t *testing.T) {
			rel := copyRelease(w.rel)
			c.bend(rel)
			w.certify(rel)
			w.remake(rel)
			if err := verify.Release(rel, w.request); (err == nil) != c.good {
				t.Errorf("checks: %v", err)
			}
			if key, err := verify.OpenRelease(rel, w.request, secretOf(w.alice)); (err == nil) != c.good || err == nil && !key.Equal(w.doc.Key) {
				t.Errorf("opens: %v", err)
			}
		})
	}
}

// TestReleaseOfALiar: what a member has signed and what does not hold is its doing; what it has not signed is not.
func TestReleaseOfALiar(t *testing.T) {
	w := newReleased(t)
	for name, c := range map[string]struct {
		bend func(*wire.Partial)
		sign bool
		liar bool
	}{
		"a wrong part":            {func(m *wire.Partial) { m.Part[190] ^= 1 }, true, true},
		"a part that is none":     {func(m *wire.Partial) { clear(m.Part[:]) }, true, true},
		"nothing sealed":          {func(m *wire.Partial) { m.Sealed = nil }, true, true},
		"something else sealed":   {func(m *wire.Partial) { m.Sealed[80] ^= 1 }, true, true},
		"a wrong part, not its":   {func(m *wire.Partial) { m.Part[190] ^= 1 }, false, false},
		"no signature":            {func(m *wire.Partial) { m.Signature = wire.Signature{} }, false, false},
		"no receipt":              {func(m *wire.Partial) { m.Receipt = wire.Signature{} }, false, false},
		"another's receipt of it": {func(m *wire.Partial) { m.Receipt = w.rel.Parts[0].Receipt }, false, false},
	} {
		rel := copyRelease(w.rel)
		if c.bend(&rel.Parts[1]); c.sign {
			w.signPart(rel, 1)
		}
		var liar *verify.Liar
		err := verify.Release(rel, w.request)
		if named := errors.As(err, &liar); err == nil || named != c.liar || named && liar.Node != w.Nodes[rel.Request.Set[1]-1].ID() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReleaseOfNoDocumentKey: a pair of which the document key is the identity opens to nothing.
func TestReleaseOfNoDocumentKey(t *testing.T) {
	w := newReleased(t)
	rel := copyRelease(w.rel)
	public, err := secp256k1.ParsePoint(w.record.Commitments[0][:])
	check(err)
	k := secp256k1.NewScalar(7)
	rel.Request.Common, rel.Request.Encrypted = wire.Point(secp256k1.BaseMul(k).Bytes()), wire.Point(public.Times(k).Bytes())
	w.remake(rel)
	if err := verify.Release(rel, w.request); err != nil {
		t.Fatal(err)
	}
	if key, err := verify.OpenRelease(rel, w.request, secretOf(w.alice)); err == nil {
		t.Errorf("opens to %v", key)
	}
}
