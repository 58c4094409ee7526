package session

import (
	"errors"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Fault names a node that broke the protocol, and how.
type Fault struct {
	Node   wire.NodeID
	Detail string
	// Evidence convinces anybody: see package evidence. Nil: only this node has seen it.
	Evidence wire.Conviction
}

// Refusal is what to answer to an opening at fault.
func (f *Fault) Refusal() *wire.Error { return wire.Errorf(wire.InvalidMessage, "%s", f.Detail) }

// Blame is the fault of one node, without evidence. what is a clause for people whose subject is the node, such as
// "signed another transcript".
func Blame(node wire.NodeID, what string) []Fault { return []Fault{{Node: node, Detail: what}} }

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

// BlameOrDiffer says what it means that a node's message, what, could not be used because of err: a Difference if
// Differs(err), else a Fault. It is the only effect.
func BlameOrDiffer(node wire.NodeID, what string, err error) (eff Effects) {
	if Differs(err) {
		eff.Differ = []Difference{{Node: node, Detail: what + ": " + DetailOf(err)}}
	} else {
		eff.Faults = Blame(node, what+": "+err.Error())
	}
	return eff
}

// DetailOf is the text of an error without its reason, as a sentence about it can quote it.
func DetailOf(err error) string {
	var e *wire.Error
	if errors.As(err, &e) {
		return e.Detail
	}
	return err.Error()
}
