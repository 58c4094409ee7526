package wire

import (
	"fmt"
	"strings"
	"unicode"
)

// Reason says why something failed. Reasons cross the wire and never change
// their number. rpcapi turns them into Parity's errors.
type Reason uint8

const (
	Internal         Reason = 1  // a defect or an unexpected state of our own
	InvalidMessage   Reason = 2  // a peer's message that no honest node sends
	Unsupported      Reason = 3  // an operation or version this node does not know
	Busy             Reason = 4  // another session for the same key id is under way; retry
	NoSession        Reason = 5  // the session is not, or no longer, known
	Threshold        Reason = 6  // not enough nodes for the threshold, or below the demanded one
	Disconnected     Reason = 7  // nodes that are needed are not connected; retry
	KeyExists        Reason = 8  // a server key with this id is already generated
	KeyNotFound      Reason = 9  // nobody knows a server key with this id
	DocumentExists   Reason = 10 // a document key is already stored, or promised, for this id
	DocumentNotFound Reason = 11 // the server key has no document key
	NotAuthor        Reason = 12 // only the author of the server key may do this
	Denied           Reason = 13 // the permission contract says no
	Unavailable      Reason = 14 // too few nodes could decide just now; retry
	BadRequester     Reason = 15 // the requester's proof can not be recovered
	Cryptographic    Reason = 16 // a point or scalar from the client is none
	Database         Reason = 17 // the share store failed
	Timeout          Reason = 18 // the session's deadline passed; retry
	Policy           Reason = 19 // the operator's settings forbid it
	Limit            Reason = 20 // over a limit; retry later
	Cancelled        Reason = 21 // the client or the node gave up
	NotMember        Reason = 22 // this node is not in the key server set, or not in the one that this is about
	Cheated          Reason = 23 // a named node broke the protocol
	TooFew           Reason = 24 // the key has fewer holders than the operation takes, for ever
)

var reasonNames = map[Reason]string{
	Internal: "internal error", InvalidMessage: "invalid message", Unsupported: "unsupported", Busy: "busy",
	NoSession: "no such session", Threshold: "threshold", Disconnected: "nodes disconnected", KeyExists: "server key exists",
	KeyNotFound: "server key not found", DocumentExists: "document key exists", DocumentNotFound: "document key not found",
	NotAuthor: "not the author", Denied: "permission denied", Unavailable: "temporarily unavailable",
	BadRequester: "bad requester proof", Cryptographic: "cryptographic error", Database: "database error",
	Timeout: "timed out", Policy: "forbidden by settings", Limit: "limit exceeded", Cancelled: "cancelled",
	NotMember: "other key servers", Cheated: "a node cheated", TooFew: "too few key servers",
}

func (r Reason) String() string {
	if name, ok := reasonNames[r]; ok {
		return name
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// Error is a failure with a reason a caller can branch on and a sentence for people.
type Error struct {
	Reason Reason
	Detail string
}

// Errorf makes an *Error.
func Errorf(reason Reason, format string, args ...any) *Error {
	return &Error{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return e.Reason.String()
	}
	return e.Reason.String() + ": " + e.Detail
}

// Is makes errors.Is(err, &Error{Reason: r}) ask for the reason alone.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Reason == e.Reason && (t.Detail == "" || t.Detail == e.Detail)
}

// ReasonOf is the reason of an error, Internal if it carries none.
func ReasonOf(err error) Reason {
	for err != nil {
		if e, ok := err.(*Error); ok {
			return e.Reason
		}
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			break
		}
		err = u.Unwrap()
	}
	return Internal
}

// printable keeps a peer's text from steering a terminal.
func printable(text []byte) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '·'
	}, strings.ToValidUTF8(string(text), "·"))
}
