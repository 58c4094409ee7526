package wire

import (
	"errors"

	"github.com/ethereum/go-ethereum/common"
)

// Move is what a redistribution's set-up has beside a generation's: which sharing is dealt anew, by whom. All that adds,
// removes or replaces key servers, refreshes or repairs shares, or raises a threshold is this one protocol: t+1 holders of
// the parent deal their shares as constant terms of new polynomials, and each receiver adds up what it is dealt, weighted
// by Lagrange. The public key stays.
//
// The set-up names exactly t+1 dealers, with their public shares of the parent. So who reads the session id knows who
// deals what, whom evidence is about, and that the constant term is the key's: one that does not deal costs an attempt.
type Move struct {
	Round   uint64    `json:"round"`  // 0: brings the key into the set of its epoch; else the number of a final block
	Origin  SessionID `json:"origin"` // the version that was generated
	Parent  SessionID `json:"parent"` // the version that is dealt anew
	Made    uint32    `json:"made"`   // threshold t at generation, which the author's proof is about
	Public  Point     `json:"public"` // the key
	Dealers []Dealer  `json:"dealers"`
}

// Dealer is a holder of the parent that deals.
type Dealer struct {
	Node  NodeID `json:"node"`
	Index uint32 `json:"index"` // of its share of the parent, ascending
	Share Point  `json:"share"` // the public counterpart of that share
}

// Bound checks number and order of the dealers.
func (m *Move) Bound() error {
	if n := len(m.Dealers); n == 0 || n > MaxMembers {
		return errors.New("number of dealers out of range")
	}
	seen := make(map[NodeID]bool, len(m.Dealers))
	for i := range m.Dealers {
		d := &m.Dealers[i]
		if d.Index == 0 || d.Index > MaxMembers || i > 0 && m.Dealers[i-1].Index >= d.Index || seen[d.Node] {
			return errors.New("dealers are not in ascending order of different holders")
		}
		seen[d.Node] = true
	}
	return nil
}

// Nodes are the dealers, in their order.
func (m *Move) Nodes() []NodeID {
	nodes := make([]NodeID, len(m.Dealers))
	for i := range m.Dealers {
		nodes[i] = m.Dealers[i].Node
	}
	return nodes
}

// hashed is what a session id says of a move.
func (m *Move) hashed() [][]byte {
	return [][]byte{number(m.Round), m.Origin[:], m.Parent[:], index(m.Made), m.Public[:], m.Joined()}
}

// Joined is how the dealers are hashed: of each its id, the index and the public share, one after the other.
func (m *Move) Joined() []byte {
	dealers := make([]byte, 0, len(m.Dealers)*132)
	for i := range m.Dealers {
		d := &m.Dealers[i]
		dealers = append(dealers, d.Node[:]...)
		dealers = append(dealers, index(d.Index)...)
		dealers = append(dealers, d.Share[:]...)
	}
	return dealers
}

// Moved is what only the record of a redistributed key has: what Bodies is made of. It tells which document key the
// certificate vouches for.
type Moved struct {
	Dealings common.Hash `json:"dealings"` // over the dealings, in the order of the dealers: HashList "bodies"
	Pair     PairState   `json:"pair"`
}

// Hash is Bodies.
func (m *Moved) Hash(session SessionID) common.Hash {
	state := m.Pair.hash()
	return Digest("moved/1", session[:], m.Dealings[:], state[:])
}

// PairState is what a sharing's certificate says of the document key of its parent. It is settled by the word of the
// parent's holders, each of whom names at most one pair in a version and promises none under it afterwards (Waiver).
type PairState struct {
	Kind    PairKind    `json:"kind"`
	Pair    common.Hash `json:"pair"`    // PairHash, if Kind is PairKept
	Waivers []Waiver    `json:"waivers"` // ascending by index, of holders of the parent
}

// PairKind tells what becomes of the document key.
type PairKind uint8

// The kinds.
const (
	// PairNone: none was or can be certified under an earlier version. A new one can be stored under this version.
	PairNone PairKind = iota + 1
	// PairKept: Pair is the one document key. The certificate vouches for it.
	PairKept
	// PairClosed: too few holders have told. Under this version no new pair is promised; one that was certified under an
	// earlier version is taken in.
	PairClosed
)

// The messages of a redistribution, beside those of a generation and of dealings.
const (
	CodeWaiver       Code = 0x76
	CodePairSettled  Code = 0x77
	CodeRedistribute Code = 0x78
)

func init() {
	opens(TrafficDealing, KindMove, func() Opening { return new(Redistribute) })
	register(TrafficDealing, of(KindMove),
		func() Message { return new(Waiver) },
		func() Message { return new(PairSettled) },
	)
}

// Redistribute opens an attempt at a redistribution, at its dealers and members, and at the other holders of the parent, who
// waive. The session of its frame is Setup.Session().
type Redistribute struct {
	Setup        Setup
	Abandonments []Abandonment // of earlier attempts in this slot
	Parent       KeyRecord     // what is dealt anew, confirmed: new members do not know it
	// Cause is why, within a set; nil: to bring the key into the set, or because the set's interval has passed.
	Cause *RoundCause `rlp:"optional"`
}

func (*Redistribute) Code() Code { return CodeRedistribute }

// Subject is the key id.
func (m *Redistribute) Subject() KeyID { return m.Setup.Key }

// Opens is Setup.Session for its initiator. The set-up names its cluster itself.
func (m *Redistribute) Opens(_ ClusterID, from NodeID) (SessionID, error) {
	if m.Setup.Initiator != from {
		return SessionID{}, ErrOtherOpener
	}
	return m.Setup.Session(), nil
}

// Bound checks what needs no curve.
func (m *Redistribute) Bound() error {
	if m.Setup.Move == nil {
		return errors.New("redistribution that does not say of what")
	}
	if err := boundAbandonments(m.Abandonments); err != nil {
		return err
	}
	if err := m.Parent.Bound(); err != nil {
		return err
	}
	if m.Cause != nil {
		if m.Setup.Move.Round == 0 {
			return errors.New("redistribution with a cause of a round, in none")
		}
		if err := m.Cause.Bound(); err != nil {
			return err
		}
	}
	return m.Setup.Bound()
}

// PairSettled is the coordinator's word to the members on what the certificate will say of the document key. They sign only
// what follows from it.
type PairSettled struct {
	State PairState
	// Document proves a pair that was certified under the parent, where too few waivers name it.
	Document *DocumentRecord `rlp:"nil"`
}

func (*PairSettled) Code() Code { return CodePairSettled }

// Bound checks the lists.
func (m *PairSettled) Bound() error {
	if m.Document != nil {
		if err := m.Document.Bound(); err != nil {
			return err
		}
	}
	return m.State.Bound()
}

func (*Waiver) Code() Code { return CodeWaiver }

// Waiver is a holder's word about the document key under the version that an attempt deals anew: it keeps or has promised
// this pair, or none, and promises nothing under that version any more. It is given for one attempt at a time.
type Waiver struct {
	Index     uint32      `json:"index"`     // of the holder's share of the parent
	Pair      common.Hash `json:"pair"`      // PairHash; zero: none
	Signature Signature   `json:"signature"` // on WaiverDigest
}

// WaiverDigest is what the holder signs. attempt names the parent, its set-up.
func WaiverDigest(attempt SessionID, pair common.Hash) [32]byte {
	return Digest("waiver/1", attempt[:], pair[:])
}

// PairHash names a document key, whatever version it was stored under.
func PairHash(cluster ClusterID, key KeyID, common, encrypted *Point) common.Hash {
	return Digest("pair/1", cluster[:], key[:], common[:], encrypted[:])
}

// PairHash names the pair.
func (r *DocumentRecord) PairHash(cluster ClusterID) common.Hash {
	return PairHash(cluster, r.Key, &r.Common, &r.Encrypted)
}

func (p *PairState) hash() common.Hash {
	waivers := make([]byte, 0, len(p.Waivers)*101)
	for i := range p.Waivers {
		r := &p.Waivers[i]
		waivers = append(waivers, index(r.Index)...)
		waivers = append(waivers, r.Pair[:]...)
		waivers = append(waivers, r.Signature[:]...)
	}
	return Digest("pair state/1", []byte{byte(p.Kind)}, p.Pair[:], waivers)
}

// Bound checks kind, number and order.
func (p *PairState) Bound() error {
	switch {
	case p.Kind < PairNone || p.Kind > PairClosed:
		return errors.New("unknown state of a document key")
	case (p.Kind == PairKept) != (p.Pair != common.Hash{}):
		return errors.New("state of a document key does not fit its hash")
	case len(p.Waivers) > MaxMembers:
		return errors.New("too many waivers")
	}
	for i := range p.Waivers {
		if p.Waivers[i].Index == 0 || i > 0 && p.Waivers[i-1].Index >= p.Waivers[i].Index {
			return errors.New("waivers are not in ascending order of holders")
		}
	}
	return nil
}
