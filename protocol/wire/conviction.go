package wire

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"
)

// Conviction is evidence against one node that anybody can judge (evidence.Judge): what
// the node signed, and what is needed to see that no honest node signs it. It is one of
// the structs below. It holds no secret, and no client's proof. All that speaks against the node is under the
// node's own signature; what else is in it, others may have made up.
type Conviction interface {
	Kind() ConvictionKind
}

// MaxConvictionSize bounds encoded evidence. The largest holds the dealings of all
// members of the largest set, 6 MiB; among 16 members it is some 20 KiB.
const MaxConvictionSize = 8 << 20

// ConvictionKind is the kind of a conviction. Numbers never change their meaning: those of dealings of ss/1 are in
// former.go.
type ConvictionKind uint8

const (
	ConvictTwoTranscripts  ConvictionKind = 3
	ConvictWrongPartial    ConvictionKind = 9
	ConvictTwoPromises     ConvictionKind = 10
	ConvictTwoVotes        ConvictionKind = 11
	ConvictSchnorrShare    ConvictionKind = 12
	ConvictOpening         ConvictionKind = 15
	ConvictECDSAShare      ConvictionKind = 16
	ConvictTwoCommits      ConvictionKind = 17
	ConvictTwoReveals      ConvictionKind = 18
	ConvictOtherDealing    ConvictionKind = 19
	ConvictBadDealing      ConvictionKind = 20
	ConvictComplaint       ConvictionKind = 21
	ConvictNoDealer        ConvictionKind = 22
	ConvictFalseTranscript ConvictionKind = 23
	ConvictBadItems        ConvictionKind = 24
	ConvictItemComplaint   ConvictionKind = 25
	ConvictBadKey          ConvictionKind = 26
	ConvictBadItemKey      ConvictionKind = 27
	ConvictTwoSetVotes     ConvictionKind = 40
)

// convictions has a line for each kind.
var convictions = map[ConvictionKind]struct {
	name string
	make func() Conviction
}{
	ConvictTwoTranscripts:  {"two transcripts", func() Conviction { return new(TwoTranscripts) }},
	ConvictWrongPartial:    {"wrong partial", func() Conviction { return new(WrongPartial) }},
	ConvictTwoPromises:     {"two document keys", func() Conviction { return new(TwoPromises) }},
	ConvictTwoVotes:        {"two votes", func() Conviction { return new(TwoVotes) }},
	ConvictSchnorrShare:    {"wrong Schnorr share", func() Conviction { return new(WrongSchnorrShare) }},
	ConvictOpening:         {"wrong opening", func() Conviction { return new(WrongOpening) }},
	ConvictECDSAShare:      {"wrong ECDSA share", func() Conviction { return new(WrongECDSAShare) }},
	ConvictTwoCommits:      {"two commits (ss/2)", func() Conviction { return new(TwoCommits) }},
	ConvictTwoReveals:      {"two reveals (ss/2)", func() Conviction { return new(TwoReveals) }},
	ConvictOtherDealing:    {"another dealing than committed to (ss/2)", func() Conviction { return new(OtherDealing) }},
	ConvictBadDealing:      {"bad dealing (ss/2)", func() Conviction { return new(BadDealing) }},
	ConvictComplaint:       {"complaint (ss/2)", func() Conviction { return new(DecidedComplaint) }},
	ConvictNoDealer:        {"complaint about nobody (ss/2)", func() Conviction { return new(NoDealer) }},
	ConvictFalseTranscript: {"false transcript (ss/2)", func() Conviction { return new(FalseTranscript) }},
	ConvictBadItems:        {"bad dealing of items (ss/2)", func() Conviction { return new(BadItems) }},
	ConvictItemComplaint:   {"complaint about items (ss/2)", func() Conviction { return new(ItemComplaint) }},
	ConvictBadKey:          {"bad one-time key", func() Conviction { return new(BadKey) }},
	ConvictBadItemKey:      {"bad one-time key for items", func() Conviction { return new(BadItemKey) }},

	ConvictTwoSetVotes: {"two votes on a server set", func() Conviction { return new(TwoSetVotes) }},

	ConvictFormerTwoCommits:      {"two commits", func() Conviction { return new(FormerTwoCommits) }},
	ConvictFormerTwoReveals:      {"two reveals", func() Conviction { return new(FormerTwoReveals) }},
	ConvictFormerOtherDealing:    {"another dealing than committed to", func() Conviction { return new(FormerOtherDealing) }},
	ConvictFormerBadDealing:      {"bad dealing", func() Conviction { return new(FormerBadDealing) }},
	ConvictFormerComplaint:       {"complaint", func() Conviction { return new(FormerDecidedComplaint) }},
	ConvictFormerNoDealer:        {"complaint about nobody", func() Conviction { return new(FormerNoDealer) }},
	ConvictFormerFalseTranscript: {"false transcript", func() Conviction { return new(FormerFalseTranscript) }},
	ConvictFormerBadItems:        {"bad dealing of items", func() Conviction { return new(FormerBadItems) }},
	ConvictFormerItemComplaint:   {"complaint about items", func() Conviction { return new(FormerItemComplaint) }},
}

func (k ConvictionKind) String() string {
	if c, ok := convictions[k]; ok {
		return c.name
	}
	return fmt.Sprintf("conviction %d", uint8(k))
}

// Two different messages of one member for one round of a generation.
type (
	TwoCommits struct {
		Setup Terms
		A, B  Commit
	}
	TwoReveals struct {
		Setup Terms
		A, B  Reveal
	}
	TwoTranscripts struct {
		Setup Terms
		A, B  Certify
	}
)

// OtherDealing is a member's commit and a dealing that it revealed instead.
type OtherDealing struct {
	Setup  Terms
	Commit Commit
	Reveal Reveal
}

// BadDealing is a dealing that anybody can see is wrong.
type BadDealing struct {
	Setup  Terms
	Reveal Reveal
}

// BadKey is a commit with a one-time key that nobody can seal to, or whose secret its signer has not proven to know.
type BadKey struct {
	Setup  Terms
	Commit Commit
}

// DecidedComplaint is a complaint, what it is about, and the accuser's key in it. It convicts accuser or dealer. It opens
// one share of an attempt that led to no key.
type DecidedComplaint struct {
	Setup     Terms
	Complaint Complaint
	Sealed    SealedTo
}

// SealedTo shows which one-time key of a member another one has sealed to: the commits that the other saw are hashed in
// the view that it has signed, and this is among them. Else who signs two keys would frame a dealer.
type SealedTo struct {
	Commit Commit        // the member's
	Seen   []common.Hash // digests of the commits of all members, in their order
}

// NoDealer is a complaint about an index that is no member's.
type NoDealer struct {
	Setup     Terms
	Complaint Complaint
}

// FalseTranscript is a member's signature on a transcript that does not follow from the dealings. They need no signature
// of their dealers: the member's own view of round 1 says that it saw them committed to, and no others.
type FalseTranscript struct {
	Setup   Terms
	Reveal  Reveal   // the member's
	Commits []Commit // of all members, in their order, as all that follow
	Dealt   []Dealt  // what they have committed to
	Certify Certify
}

// WrongPartial is a part of a decryption that does not fit the key that its sender
// helped to certify.
type WrongPartial struct {
	Setup       Terms // of the key
	Bodies      common.Hash
	Commitments []Point
	Certified   Signature // the sender's, on the transcript that these give
	Request     RetrieveTerms
	Index       uint32 // of the sender
	Partial     Partial
}

// WrongSchnorrShare is a share of a signature that does not fit the key and the nonces that
// its sender has signed it with.
type WrongSchnorrShare struct {
	Setup       Terms // of the key
	Bodies      common.Hash
	Commitments []Point
	Certified   Signature // the sender's, on the transcript that these give
	Request     SignTerms
	Nonces      []NonceBytes // of Request.Set
	Index       uint32       // of the sender
	Share       SchnorrShare
}

// BadItems is a dealing of items that anybody can see is wrong.
type BadItems struct {
	Setup  DealSetup
	Reveal Reveal
}

// ItemComplaint is DecidedComplaint in a dealing of items. It opens shares of items that were never used.
type ItemComplaint struct {
	Setup     DealSetup
	Complaint Complaint
	Sealed    SealedTo
}

// BadItemKey is BadKey in a dealing of items.
type BadItemKey struct {
	Setup  DealSetup
	Commit Commit
}

// UsedItem is what a signer was dealt for a signature, by its own word.
type UsedItem struct {
	Setup     DealSetup
	Bodies    common.Hash
	Joint     []Point   // commitments of all items
	Certified Signature // the signer's, on the transcript that these give
}

// WrongOpening is an opening that does not fit what its sender was dealt.
type WrongOpening struct {
	Item    UsedItem
	Key     KeyID
	Version SessionID
	Request SignTerms
	Index   uint32 // share index of the sender
	Opened  Opened
}

// WrongECDSAShare is a share of an ECDSA signature that does not fit what its sender was
// dealt, the key, and the openings that it has signed it with.
type WrongECDSAShare struct {
	Item        UsedItem
	Setup       Terms // of the key
	Bodies      common.Hash
	Commitments []Point
	Certified   Signature // the sender's, on the transcript that these give
	Request     SignTerms
	Openings    []Opened // of Request.Set
	Index       uint32   // of the sender
	Share       ECDSAShare
}

// TwoPromises are two pairs of points that a holder promised as the document key of one
// version of a key.
type TwoPromises struct {
	Cluster ClusterID
	Holder  NodeID
	Key     KeyID
	Version SessionID
	A, B    Promise
}

// TwoVotes are a server's votes for completing an attempt and for abandoning it, in one
// ballot.
type TwoVotes struct {
	Setup    Terms
	Voter    NodeID
	Ballot   uint32
	Complete Signature // on VoteDigest
	Abandon  Signature
}

// TwoSetVotes are a key server's votes for completing an attempt at a server set and for abandoning it, in one ballot.
type TwoSetVotes struct {
	Cluster  ClusterID
	Body     common.Hash // of the attempt: SetAttempt.Body
	Voter    NodeID
	Ballot   uint32
	Complete Signature // on VoteDigest
	Abandon  Signature
}

// Promise is a pair with a holder's signature on StoreDigest.
type Promise struct {
	Common    Point
	Encrypted Point
	Signature Signature
}

func (*TwoCommits) Kind() ConvictionKind        { return ConvictTwoCommits }
func (*TwoReveals) Kind() ConvictionKind        { return ConvictTwoReveals }
func (*TwoTranscripts) Kind() ConvictionKind    { return ConvictTwoTranscripts }
func (*OtherDealing) Kind() ConvictionKind      { return ConvictOtherDealing }
func (*BadDealing) Kind() ConvictionKind        { return ConvictBadDealing }
func (*DecidedComplaint) Kind() ConvictionKind  { return ConvictComplaint }
func (*NoDealer) Kind() ConvictionKind          { return ConvictNoDealer }
func (*FalseTranscript) Kind() ConvictionKind   { return ConvictFalseTranscript }
func (*WrongPartial) Kind() ConvictionKind      { return ConvictWrongPartial }
func (*TwoPromises) Kind() ConvictionKind       { return ConvictTwoPromises }
func (*TwoVotes) Kind() ConvictionKind          { return ConvictTwoVotes }
func (*TwoSetVotes) Kind() ConvictionKind       { return ConvictTwoSetVotes }
func (*WrongSchnorrShare) Kind() ConvictionKind { return ConvictSchnorrShare }
func (*BadItems) Kind() ConvictionKind          { return ConvictBadItems }
func (*ItemComplaint) Kind() ConvictionKind     { return ConvictItemComplaint }
func (*WrongOpening) Kind() ConvictionKind      { return ConvictOpening }
func (*WrongECDSAShare) Kind() ConvictionKind   { return ConvictECDSAShare }
func (*BadKey) Kind() ConvictionKind            { return ConvictBadKey }
func (*BadItemKey) Kind() ConvictionKind        { return ConvictBadItemKey }

func (c *TwoVotes) Bound() error       { return c.Setup.Bound() }
func (c *TwoCommits) Bound() error     { return c.Setup.Bound() }
func (c *TwoReveals) Bound() error     { return bound(&c.Setup, &c.A, &c.B) }
func (c *TwoTranscripts) Bound() error { return c.Setup.Bound() }
func (c *OtherDealing) Bound() error   { return bound(&c.Setup, &c.Reveal) }
func (c *BadDealing) Bound() error     { return bound(&c.Setup, &c.Reveal) }
func (c *BadKey) Bound() error         { return c.Setup.Bound() }
func (c *BadItemKey) Bound() error     { return c.Setup.Bound() }

// Bound wants a digest of each member.
func (c *DecidedComplaint) Bound() error {
	if len(c.Sealed.Seen) != len(c.Setup.Members) {
		return errNotOfEach
	}
	return bound(&c.Setup, &c.Complaint)
}

var errNotOfEach = errors.New("not one of each member")

func (c *NoDealer) Bound() error { return bound(&c.Setup, &c.Complaint) }

// Bound wants a commit and a dealing of each member.
func (c *FalseTranscript) Bound() error {
	if err := bound(&c.Setup, &c.Reveal); err != nil {
		return err
	}
	if len(c.Commits) != len(c.Setup.Members) || len(c.Dealt) != len(c.Setup.Members) {
		return errNotOfEach
	}
	for i := range c.Dealt {
		if err := c.Dealt[i].Bound(); err != nil {
			return err
		}
	}
	return nil
}

// Bound wants commitments of the key's degree.
func (c *WrongPartial) Bound() error {
	if err := c.Setup.Bound(); err != nil {
		return err
	}
	if len(c.Commitments) != int(c.Setup.Threshold)+1 {
		return errors.New("commitments of another degree")
	}
	return bound(&c.Request, &c.Partial)
}

// Bound wants commitments of the key's degree, and a nonce of each signer.
func (c *WrongSchnorrShare) Bound() error {
	if err := c.Setup.Bound(); err != nil {
		return err
	}
	if len(c.Commitments) != int(c.Setup.Threshold)+1 || len(c.Nonces) != len(c.Request.Set) {
		return errors.New("lists of another length")
	}
	return bound(&c.Request, &c.Share)
}

func (c *BadItems) Bound() error { return bound(&c.Setup, &c.Reveal) }

// Bound wants a digest of each member.
func (c *ItemComplaint) Bound() error {
	if len(c.Sealed.Seen) != len(c.Setup.Members) {
		return errNotOfEach
	}
	return bound(&c.Setup, &c.Complaint)
}

// Bound leaves the exact number of commitments to who judges.
func (c *UsedItem) Bound() error {
	if err := c.Setup.Bound(); err != nil {
		return err
	}
	if len(c.Joint) > MaxItems*(8*int(c.Setup.Threshold)+2) {
		return errors.New("more commitments than items have")
	}
	return nil
}

func (c *WrongOpening) Bound() error { return bound(&c.Item, &c.Request) }

// Bound wants commitments of the key's degree, and an opening of each signer.
func (c *WrongECDSAShare) Bound() error {
	if err := c.Setup.Bound(); err != nil {
		return err
	}
	if len(c.Commitments) != int(c.Setup.Threshold)+1 || len(c.Openings) != len(c.Request.Set) {
		return errors.New("lists of another length")
	}
	return bound(&c.Item, &c.Request)
}

func bound(all ...Bounded) error {
	for _, b := range all {
		if err := b.Bound(); err != nil {
			return err
		}
	}
	return nil
}

// exhibit is encoded evidence: RLP [ kind, body ].
type exhibit struct {
	Kind ConvictionKind
	Body rlp.RawValue
}

// EncodeConviction gives evidence as bytes. Ours always encodes.
func EncodeConviction(c Conviction) ([]byte, error) {
	body, err := rlp.EncodeToBytes(c)
	if err != nil {
		return nil, fmt.Errorf("encoding evidence of %v: %w", c.Kind(), err)
	}
	enc, err := rlp.EncodeToBytes(&exhibit{c.Kind(), body})
	if len(enc) > MaxConvictionSize {
		err = fmt.Errorf("evidence of %v has %d bytes, over the limit of %d", c.Kind(), len(enc), MaxConvictionSize)
	}
	return enc, err
}

// DecodeConviction reads evidence; it accepts nothing that EncodeConviction would not
// have written. What it gives is bounded and not yet judged.
func DecodeConviction(enc []byte) (Conviction, error) {
	if len(enc) > MaxConvictionSize {
		return nil, fmt.Errorf("evidence of %d bytes is over the limit of %d", len(enc), MaxConvictionSize)
	}
	var e exhibit
	if err := rlp.DecodeBytes(enc, &e); err != nil {
		return nil, fmt.Errorf("decoding evidence: %w", err)
	}
	kind, ok := convictions[e.Kind]
	if !ok {
		return nil, fmt.Errorf("evidence of unknown kind %d", uint8(e.Kind))
	}
	c := kind.make()
	if err := rlp.DecodeBytes(e.Body, c); err != nil {
		return nil, fmt.Errorf("decoding evidence of %v: %w", e.Kind, err)
	}
	if b, ok := c.(Bounded); ok {
		if err := b.Bound(); err != nil {
			return nil, fmt.Errorf("evidence of %v: %w", e.Kind, err)
		}
	}
	return c, nil
}
