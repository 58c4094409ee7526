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
// 0x70 dealings. The upper halves of 0x20, 0x30 and 0x40 are of a change of the server set: 0x28 deciding,
// 0x38 listings, holds and erasure, 0x48 settling and following.
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

// Costly is an opening of a session that costs credit (CostsCredit).
type Costly interface {
	Opening
	Items() int // how many items it asks for
}

// Bounded is a message with limits that its types can't express. Decode refuses
// what Bound refuses.
type Bounded interface {
	Bound() error
}

// Traffic is what metrics count a message as.
type Traffic string

// The traffic that is counted, by its names in the metrics.
const (
	TrafficConnection Traffic = "connection" // of links, and of sessions of any kind
	TrafficGenerate   Traffic = "generate"
	TrafficStore      Traffic = "store"
	TrafficRetrieve   Traffic = "retrieve"
	TrafficLookup     Traffic = "lookup"
	TrafficAsk        Traffic = "ask"
	TrafficSign       Traffic = "sign"
	TrafficDealing    Traffic = "other" // as dashboards know it
	TrafficHandover   Traffic = "handover"
)

// row is the row of a message.
type row struct {
	new     func() Message
	traffic Traffic
	kinds   []Kind // of the sessions that it is a message of; of an opening the one kind that it opens
	opens   bool
}

// table is what there is: the kinds of sessions, and what each code decodes to.
type table struct {
	kinds    []Kind
	messages map[Code]row
}

// known is the table of this program.
var known = &table{messages: make(map[Code]row)}

// anySession is for messages of sessions of whatever kind.
var anySession = []Kind{}

// of lists the kinds of sessions that a message is of.
func of(kinds ...Kind) []Kind { return kinds }

func init() {
	register(TrafficConnection, anySession, func() Message { return new(Refuse) })
}

// register adds messages that open nothing to the table; called from the init of each message file.
func register(traffic Traffic, kinds []Kind, news ...func() Message) {
	for _, n := range news {
		known.add(row{n, traffic, kinds, false})
	}
}

// opens is register for openings of sessions of a kind.
func opens(traffic Traffic, kind Kind, news ...func() Opening) {
	for _, n := range news {
		known.add(row{func() Message { return n() }, traffic, of(kind), true})
	}
}

// add takes a row in that says all that is asked of it.
func (t *table) add(r row) {
	code := r.new().Code()
	_, opening := r.new().(Opening)
	_, taken := t.messages[code]
	switch {
	case taken:
		panic(fmt.Sprintf("wire: internal error: code %#x taken twice", code))
	case r.traffic == "" || r.kinds == nil:
		panic(fmt.Sprintf("wire: internal error: message %#x does not say as what it is counted, or of which sessions it is", code))
	case opening != r.opens:
		panic(fmt.Sprintf("wire: internal error: message %#x is an opening, and is not registered as one", code))
	}
	_, costly := r.new().(Costly)
	for _, k := range r.kinds {
		if !slices.Contains(t.kinds, k) {
			panic(fmt.Sprintf("wire: internal error: message %#x is of a kind of session %q that is not in the table", code, k.Name))
		}
		if r.opens && (k.Cost == CostsCredit) != costly {
			panic(fmt.Sprintf("wire: internal error: message %#x has to say how much credit it costs if its session costs any, and only then", code))
		}
	}
	t.messages[code] = r
}

// KindsOf are the kinds of sessions that a message is of; none if it may be of any.
func KindsOf(m Message) []Kind { return known.kindsOf(m) }

func (t *table) kindsOf(m Message) []Kind {
	r, ok := t.messages[m.Code()]
	if !ok {
		panic(fmt.Sprintf("wire: internal error: message %#x has no row", m.Code()))
	}
	return r.kinds
}

// KindOf is the kind of session that an opening opens.
func KindOf(opening Opening) Kind { return KindsOf(opening)[0] }

// OpeningKinds are the codes of all openings, with the kind of session that each opens.
func OpeningKinds() map[Code]Kind { return known.openings() }

func (t *table) openings() map[Code]Kind {
	all := make(map[Code]Kind)
	for code, r := range t.messages {
		if r.opens {
			all[code] = r.kinds[0]
		}
	}
	return all
}

// Traffics are the codes of all messages, with what each is counted as; the hello is one of them, which only devp2p's
// handshake knows.
func Traffics() map[Code]Traffic { return known.traffics() }

func (t *table) traffics() map[Code]Traffic {
	all := map[Code]Traffic{CodeHello: TrafficConnection}
	for code, r := range t.messages {
		all[code] = r.traffic
	}
	return all
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
func New(code Code) Message { return known.make(code) }

func (t *table) make(code Code) Message {
	if r, ok := t.messages[code]; ok {
		return r.new()
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
	return known.decode(code, payload)
}

func (t *table) decode(code Code, payload []byte) (SessionID, Message, error) {
	msg := t.make(code)
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
