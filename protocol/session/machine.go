// Package session holds the protocols of the key servers as state machines without
// input or output. A machine is one node's side of one session: a value that is
// stepped. An input goes in, the effects to be carried out come back. There is no
// goroutine, clock, lock, log or context inside; time is a tick.
//
// It is not a network: who is connected, where records are kept and how a
// permission is read is the business of its driver, service.
package session

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Machine is one node's side of one session.
type Machine interface {
	ID() wire.SessionID
	Step(Input) Effects
	// String tells role and phase, for people and for transcripts. Secrets never show.
	String() string
}

// Input is what can happen to a machine: Start, Received, Verdict, PeerLost, Tick,
// Yield or Cancel.
type Input interface{ input() }

type (
	// Start is the first input of a machine that this node began itself.
	Start struct{}

	// Received is a message of this session, or of one of its attempts: the driver
	// routes to a machine every session id under which the machine has sent. The
	// transport vouches for From.
	Received struct {
		From    wire.NodeID
		Session wire.SessionID
		Msg     wire.Message
	}

	// Verdict answers a Question.
	Verdict struct {
		Answer Answer
		Block  wire.BlockRef // where it was decided
		Head   wire.BlockRef // this node's final head: what to ask about when Answer is Newer
		Reason string        // why not, for people
		// Each are the verdicts about Question.Keys, in their order, all at Block. Without
		// them nothing was decided about any, whatever Answer says.
		Each []Verdict
	}

	// PeerLost says that a node disconnected.
	PeerLost struct{ Node wire.NodeID }

	// Tick says that 1/TicksPerSecond seconds have passed.
	Tick struct{}

	// Yield says that another session for the same key id, which a node opens, goes first. A
	// participant ends; an initiator gives its attempt up and begins another after a while.
	Yield struct{ To wire.NodeID }

	// Cancel ends the machine with this error: the client is gone, the node stops, or
	// what it wanted to save could not be saved.
	Cancel struct{ Err error }
)

func (Start) input()    {}
func (Received) input() {}
func (Verdict) input()  {}
func (PeerLost) input() {}
func (Tick) input()     {}
func (Yield) input()    {}
func (Cancel) input()   {}

// Effects is what a step asks of the world, to be done in field order.
type Effects struct {
	Save   []wire.Record   // one atomic batch; durable before anything is sent
	Send   []wire.Envelope // to others; never to oneself
	Ask    *Question       // may this requester use this key? answered by a Verdict
	Faults []Fault         // nodes that were seen to break the protocol
	Differ []Difference    // nodes that were seen to have another view than this one
	Done   bool            // nothing more will come
	Err    error           // why it failed; only with Done. A *wire.Error
}

// Add appends what a further step asks for.
func (e *Effects) Add(more Effects) {
	e.Save = append(e.Save, more.Save...)
	e.Send = append(e.Send, more.Send...)
	e.Faults = append(e.Faults, more.Faults...)
	e.Differ = append(e.Differ, more.Differ...)
	if more.Ask != nil {
		e.Ask = more.Ask
	}
	if more.Done {
		e.Done, e.Err = true, more.Err
	}
}

// Erase overwrites the shares in what was to be saved. A driver calls it when that is durable, or when it is clear that it never
// will be. Machines hold what they still need of a share apart from it.
func (e *Effects) Erase() { wire.EraseSecrets(e.Save) }

// fail is the end with an error.
func Fail(reason wire.Reason, format string, args ...any) Effects {
	return Effects{Done: true, Err: wire.Errorf(reason, format, args...)}
}

// Question asks the permission oracle of this node.
type Question struct {
	Requester common.Address
	Key       wire.KeyID
	// Keys asks about several keys, of which Key is the first, at one block.
	Keys []wire.KeyID
	// Claim is what the requester's proof leaves to the chain; nil if nothing.
	Check *wire.ChainCheck
	// Identity asks about the claim alone: the operation is not a matter of permission.
	RequesterOnly bool
	// Block is where the coordinator decided. Nil: decide at the own final head.
	Block *wire.BlockRef
	// NotBefore makes the oracle wait, a bounded moment, until the own final head has
	// this number. Used by a coordinator that was told of a newer head.
	NotBefore uint64
}

// Answer is what the oracle says.
type Answer uint8

const (
	Granted    Answer = iota + 1 // yes, at the block and at the own final head
	Refused                      // no
	Newer                        // no at this block or at the head, and the own head is newer: ask again there
	Unreadable                   // could not be read; never taken for a no
)

func (a Answer) String() string {
	switch a {
	case Granted:
		return "granted"
	case Refused:
		return "denied"
	case Newer:
		return "newer head"
	case Unreadable:
		return "unavailable"
	}
	return fmt.Sprintf("answer %d", uint8(a))
}

// Fault names a node that broke the protocol, and how.
type Fault struct {
	Node   wire.NodeID
	Detail string
	// Evidence convinces anybody, as Judge does. Nil: only this node has seen it.
	Evidence wire.Conviction
}

// Refusal is what to answer to an opening at fault.
func (f *Fault) Refusal() *wire.Error { return wire.Errorf(wire.InvalidMessage, "%s", f.Detail) }

// Difference names a node that has another view of the cluster than this one: another list of key
// servers, keys from a time when there were others, or another version. It is nobody's fault,
// and costs nobody anything: operators are told, who can bring the nodes into line.
type Difference struct {
	Node   wire.NodeID
	Detail string
}

// Differs tells whether an error comes of such a difference. Only of other errors than these may a
// Fault be made.
func Differs(err error) bool {
	return err != nil && (wire.ReasonOf(err) == wire.NotMember || wire.ReasonOf(err) == wire.Unsupported)
}

// faultOrDifference says what a node's message was that could not be used for this reason.
func BlameOrDiffer(node wire.NodeID, what string, err error) (eff Effects) {
	if Differs(err) {
		eff.Differ = []Difference{{Node: node, Detail: what + ": " + DetailOf(err)}}
	} else {
		eff.Faults = Blame(node, what+": "+err.Error())
	}
	return eff
}

func DetailOf(err error) string {
	var e *wire.Error
	if errors.As(err, &e) {
		return e.Detail
	}
	return err.Error()
}

// Identity is the node's key: it signs our own tagged digests, and it is the static
// half of what dealings are encrypted to. It never prints.
type NodeKey struct {
	id  wire.NodeID
	key *ecdsa.PrivateKey
}

// NewIdentity wraps the node key.
func NewNodeKey(key *ecdsa.PrivateKey) *NodeKey {
	return &NodeKey{id: wire.NodeIDOf(&key.PublicKey), key: key}
}

// ID is the public half.
func (i *NodeKey) ID() wire.NodeID { return i.id }

// Sign signs one of our own digests (wire.Digest). No caller's hash gets here.
func (i *NodeKey) Sign(digest [32]byte) wire.Signature {
	sig, err := crypto.Sign(digest[:], i.key)
	if err != nil {
		panic("session: internal error: node key can't sign: " + err.Error())
	}
	return wire.Signature(sig)
}

// nodeSecret is the static half of what shares are sealed to: see sealedTo.
func nodeSecret(env *Env) *secp256k1.Scalar {
	secret, err := secp256k1.FromPrivateKey(env.Self.key)
	if err != nil {
		panic("session: internal error: node key: " + err.Error())
	}
	return secret
}

// String hides the key.
func (i *NodeKey) String() string { return "identity of " + i.id.Short() }

// Format hides the key from every verb.
func (i *NodeKey) Format(f fmt.State, _ rune) { io.WriteString(f, i.String()) }

// Env is what a machine knows of the node it runs on.
type Env struct {
	Self    *NodeKey
	Cluster wire.ClusterID
	Chain   uint64        // chain id
	Set     []wire.NodeID // the key server set, ascending, as of the session's start
	// Connected are the members this node can reach now, itself left out, the most
	// responsive first. Machines ask in this order.
	Connected []wire.NodeID
	// Older are those of Connected that speak ss/1: they do all that this node does, but deal as nobody should any more.
	// So nothing is dealt with them, neither keys nor items.
	Older  []wire.NodeID
	Policy Policy
	// Gap says that this node may have made promises that its store does not know of: the
	// store was restored or lost. See memory.go.
	Gap  bool
	Rand io.Reader // crypto/rand.Reader, or a seeded reader in tests
	// Load reads what is durable now. A machine that has waited for others uses it rather
	// than what it was made with.
	Load func(wire.KeyID) (*State, error)
	// DealAtOnce is how many items a signature without a stock has dealt, the others for
	// the stock. 0: one.
	DealAtOnce int
	// Signing are the ECDSA signatures under way at this node: the more there are, the longer
	// one waits before it takes others for slow.
	Signing int
	// Quorums remembers what verify.KeyQuorum computes, if the driver cares to: it is the same
	// for a key version and a set, and a fifth of the cost of a partial. Nil: verify.KeyQuorum.
	Quorums func(key *wire.KeyRecord, set []uint32, own uint32) (*threshold.Quorum, error)
}

// holders are the other holders of a key that this node can reach now, the most responsive first.
func (e *Env) Holders(key *wire.Setup) (nodes []wire.NodeID) {
	for _, node := range e.Connected {
		if key.Index(node) != 0 && node != e.Self.ID() {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// ReadRandom fills b, such as a nonce, with random bytes.
func (e *Env) ReadRandom(b []byte) *wire.Error {
	if _, err := io.ReadFull(e.Rand, b); err != nil {
		return wire.Errorf(wire.Internal, "drawing random bytes: %v", err)
	}
	return nil
}

// Policy is what an operator demands; the zero value demands nothing. Members enforce it, not only the door.
type Policy struct {
	RefuseLegacy bool   // take no signature of Parity's over the bare id as proof
	RefusePlain  bool   // take part in no retrieval that shows the contacted node the document key
	MinThreshold uint32 // refuse to generate keys with a lower threshold

	// MinWalletThreshold is MinThreshold for what a wallet asks. Parity's signature does not say which threshold it is for.
	MinWalletThreshold uint32
}

// minThreshold is the lowest threshold of a key that is made for this proof.
func (p *Policy) Threshold(proof wire.Proof) uint32 {
	if proof.Kind == wire.LegacyProof {
		return p.MinThreshold
	}
	return max(p.MinThreshold, p.MinWalletThreshold)
}

// State is what this node durably knows about one key id when a machine is made.
// The machine's own records may still collide with another session's: a Create that
// fails cancels it.
type State struct {
	Record   *wire.KeyRecord      // the certified key; nil if none is known
	Share    *Share               // the own share of Record's version; nil if none is held
	Attempt  *Attempt             // the generation attempt promised, while its fate is not known
	Pending  *Share               // the own share of Attempt; nil if Attempt is
	Outcomes    []AttemptOutcome               // what this node has said about attempts, or knows of their end
	Dealt    []wire.SessionID     // generations of others that this node has dealt in
	Promise  *wire.DocumentRecord // the pair this node signed; nil if none
	Document *wire.DocumentRecord // the certified pair; nil if none

	restored []wire.SessionID // versions that came out of a backup

	key    wire.KeyID
	bound  wire.SessionID // the attempt that this node is bound to; zero for none
	former *Attempt       // the one that stale clears
	stale  []wire.Record  // clears what is left of an attempt that this node is bound to no more
}

// deals tells whether keys and items are dealt with a node: not with one that speaks the version before.
func (e *Env) Deals(node wire.NodeID) bool { return !slices.Contains(e.Older, node) }

// olderNote tells people of nodes that are connected and can't be dealt with; empty if there are none.
func OlderNote(env *Env) string {
	if len(env.Older) == 0 {
		return ""
	}
	return fmt.Sprintf(", beside %d that run an older version of the program and have to be upgraded first", len(env.Older))
}

// errUndecided is a participant's answer when its own chain has not answered by then.
var ErrUndecided = wire.Errorf(wire.Timeout, "not decided in time")

func Blame(node wire.NodeID, what string) []Fault { return []Fault{{Node: node, Detail: what}} }
