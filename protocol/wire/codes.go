package wire

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/rlp"
)

const (
	// ProtocolName and ProtocolVersion name the subprotocol in devp2p's hello.
	ProtocolName    = "ss"
	ProtocolVersion = 2

	// FormerVersion is the version before, which is spoken with nodes that know no other: all but dealings, of keys and
	// of items, is the same in it.
	FormerVersion = 1

	// ProtocolLength is the number of message codes reserved in both.
	ProtocolLength = 0x80

	// MaxMessageSize bounds a message. The largest honest one is the key record of
	// MaxMembers nodes; devp2p itself would let 16 MiB through.
	MaxMessageSize = 1 << 20

	// MaxMembers bounds a key server set, as Parity's contracts do.
	MaxMembers = 256
)

// Code is the devp2p message code, the kind of a message.
type Code uint8

// The codes never change their meaning. Ranges: 0x00 connection, 0x08 any session,
// 0x10 generation, 0x20 storing, 0x30 retrieval, 0x40 look-up, 0x50 operators' questions, 0x60 signing,
// 0x70 dealings.
const (
	CodeHello  Code = 0x00
	CodeRefuse Code = 0x08
)

// Message is one message of a session.
type Message interface {
	Code() Code
}

// Opening is a message that begins a session at its receiver. Any other message
// for an unknown session is early or late, and never creates anything.
type Opening interface {
	Message
	Subject() KeyID // the key id it is about
	// Opens is the id of the session that a node opens with the message in its own name: a hash over all that the session
	// is about, and who opens it. An error is ErrOtherOpener, or ErrUnbound.
	Opens(cluster ClusterID, from NodeID) (SessionID, error)
}

var (
	// ErrOtherOpener says that an opening names another node as the one that opens its session.
	ErrOtherOpener = errors.New("names another node as its opener")
	// ErrUnbound says that an opening names no session, so that it can be sent in any: it convinces by itself, whoever
	// sends it.
	ErrUnbound = errors.New("names no session")
)

// Bounded is a message with limits that its types can't express. Decode refuses
// what Bound refuses.
type Bounded interface {
	Bound() error
}

// messages has a line for each message: what a code decodes to.
var messages = map[Code]func() Message{
	CodeRefuse: func() Message { return new(Refuse) },
}

// register adds messages to the table; called from the init of each message file.
func register(news ...func() Message) {
	for _, n := range news {
		code := n().Code()
		if _, taken := messages[code]; taken {
			panic(fmt.Sprintf("wire: internal error: code %#x taken twice", code))
		}
		messages[code] = n
	}
}

// Refuse ends a session: its sender will not, or can not, take part.
type Refuse struct {
	Reason Reason
	Detail []byte // for people; at most MaxDetail bytes
	// Receipt is on Receipt.Digest, of a no to a wallet's request for a document key or for a signature.
	Receipt Signature `rlp:"optional"`
}

// MaxDetail bounds the text of a reason that crosses the wire.
const MaxDetail = 512

func (*Refuse) Code() Code { return CodeRefuse }

// Bound keeps a peer from filling our logs.
func (m *Refuse) Bound() error {
	if len(m.Detail) > MaxDetail {
		return errors.New("refusal with a text that is too long")
	}
	return nil
}

// Err is the refusal as an error.
func (m *Refuse) Err() *Error { return &Error{Reason: m.Reason, Detail: printable(m.Detail)} }

// RefuseWith is the refusal that tells err to a peer. What is not an *Error stays
// here: a peer needs no inner details.
func RefuseWith(err error) *Refuse {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Reason: Internal}
	}
	detail := []byte(e.Detail)
	return &Refuse{Reason: e.Reason, Detail: detail[:min(len(detail), MaxDetail)]}
}

// RefuseUnknown is the answer to a message of a kind that this program does not know: a newer one has
// sent it, which is to learn that there is no use in waiting.
func RefuseUnknown(code Code) *Refuse {
	return RefuseWith(Errorf(Unsupported, "message %#x is of another version of the program", code))
}

// frame is the payload of every message but the hello.
type frame struct {
	Session SessionID
	Body    rlp.RawValue
}

// Encode gives the devp2p payload of a message.
func Encode(session SessionID, msg Message) ([]byte, error) {
	body, err := rlp.EncodeToBytes(msg)
	if err != nil {
		return nil, fmt.Errorf("encoding message %#x: %w", msg.Code(), err)
	}
	payload, err := rlp.EncodeToBytes(&frame{session, body})
	if err == nil && len(payload) > MaxMessageSize {
		err = fmt.Errorf("message %#x of %d bytes is over the limit of %d", msg.Code(), len(payload), MaxMessageSize)
	}
	return payload, err
}

// New makes an empty message of a kind; nil if this program knows none.
func New(code Code) Message {
	if make, ok := messages[code]; ok {
		return make()
	}
	return nil
}

// IsKnown tells whether this program knows a kind of message.
func IsKnown(code Code) bool { return New(code) != nil }

// SessionOf reads the session of a message, of whatever kind.
func SessionOf(payload []byte) (SessionID, error) {
	var f frame
	err := rlp.DecodeBytes(payload, &f)
	return f.Session, err
}

// Decode reads the payload of a devp2p message. It accepts nothing that Encode
// would not have written.
func Decode(code Code, payload []byte) (SessionID, Message, error) {
	msg := New(code)
	if msg == nil {
		return SessionID{}, nil, fmt.Errorf("unknown message code %#x", code)
	}
	if len(payload) > MaxMessageSize {
		return SessionID{}, nil, fmt.Errorf("message %#x of %d bytes is over the limit of %d", code, len(payload), MaxMessageSize)
	}
	var f frame
	if err := rlp.DecodeBytes(payload, &f); err != nil {
		return SessionID{}, nil, fmt.Errorf("decoding message %#x: %w", code, err)
	}
	if err := rlp.DecodeBytes(f.Body, msg); err != nil {
		return f.Session, nil, fmt.Errorf("decoding message %#x: %w", code, err)
	}
	if b, ok := msg.(Bounded); ok {
		if err := b.Bound(); err != nil {
			return f.Session, nil, fmt.Errorf("message %#x: %w", code, err)
		}
	}
	if o, ok := msg.(shortened); ok && o.short() {
		if body, err := rlp.EncodeToBytes(msg); err != nil || !bytes.Equal(body, f.Body) {
			return f.Session, nil, fmt.Errorf("message %#x: a zero receipt that is written out", code)
		}
	}
	return f.Session, msg, nil
}

// shortened is a message with a last field that is left out when it is zero. The decoder
// takes a zero that is written out as well, which would be a second encoding.
type shortened interface {
	short() bool // something is left out, or should have been
}

func (m *Refuse) short() bool { return m.Receipt == Signature{} }

func (m *Partial) short() bool { return m.Receipt == Signature{} }

func (m *Partials) short() bool {
	return slices.ContainsFunc(m.Parts, func(p BatchPart) bool { return p.Part != nil && p.Part.short() })
}

// Envelope is a message on its way to a node.
type Envelope struct {
	To      NodeID
	Session SessionID
	Msg     Message
}
