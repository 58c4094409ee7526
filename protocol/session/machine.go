package session

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
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
	// member ends; an initiator gives its attempt up and begins another after a while.
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

// Fail ends a machine with an error: Done, and a *wire.Error of this reason, whose text is formatted as by fmt.Sprintf.
func Fail(reason wire.Reason, format string, args ...any) Effects {
	return Effects{Done: true, Err: wire.Errorf(reason, format, args...)}
}

// Question asks the permission oracle of this node.
type Question struct {
	Requester common.Address
	Key       wire.KeyID
	// Keys asks about several keys, of which Key is the first, at one block.
	Keys []wire.KeyID
	// Check is what the requester's proof leaves to the chain; nil if nothing.
	Check *wire.ChainCheck
	// RequesterOnly asks about Check alone: the operation is not a matter of permission.
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

// ErrUndecided is a member's answer when its own chain has not answered its Question in time: Timeout.
var ErrUndecided = wire.Errorf(wire.Timeout, "not decided in time")

// Decider is a machine that decides about accesses. Accesses are what this node has
// decided by the end of the session: nothing, if it could not tell.
type Decider interface {
	Accesses() []wire.Access
}
