package wire

import (
	"errors"

	"github.com/ethereum/go-ethereum/common"
)

// What members said of dealings in ss/1, where shares were sealed to static keys. Nobody says it any more, and a node
// refuses the messages; but evidence of it is kept for years, and means what it meant.

// FormerCommit was message 0x11: a hash over the whole dealing.
type FormerCommit struct {
	Index     uint32
	Hash      common.Hash // FormerDealing.Hash
	Signature Signature
}

// Digest is what the member signed.
func (m *FormerCommit) Digest(session SessionID) [32]byte {
	return Digest("commit", session[:], index(m.Index), m.Hash[:])
}

// FormerReveal was message 0x12.
type FormerReveal struct {
	Index     uint32
	View      common.Hash // HashList "view" of the hashes committed to
	Dealing   FormerDealing
	Signature Signature
}

// Bound checks the dealing.
func (m *FormerReveal) Bound() error { return m.Dealing.Bound() }

// Digest is what the member signed.
func (m *FormerReveal) Digest(session SessionID) [32]byte {
	hash := m.Dealing.Hash(session, m.Index)
	return Digest("reveal", session[:], index(m.Index), m.View[:], hash[:])
}

// FormerDealing was what a Dealing is, in one piece.
type FormerDealing struct {
	Commitments []Point
	Proof       [64]byte
	Ephemeral   [128]byte
	Shares      [][32]byte // sealed to the static keys of the members
}

// Bound is that of a Dealing.
func (d *FormerDealing) Bound() error {
	now := Dealing{Dealt: d.Dealt(), Shares: d.Shares}
	return now.Bound()
}

// Dealt is the part that says the same as it did.
func (d *FormerDealing) Dealt() Dealt {
	return Dealt{Commitments: d.Commitments, Proof: d.Proof, Ephemeral: d.Ephemeral}
}

// Hash is what the dealer committed to, with the shares in it.
func (d *FormerDealing) Hash(session SessionID, dealer uint32) common.Hash {
	parts := make([][]byte, 0, 5+len(d.Commitments)+len(d.Shares))
	parts = append(parts, session[:], index(dealer), index(uint32(len(d.Commitments))))
	for i := range d.Commitments {
		parts = append(parts, d.Commitments[i][:])
	}
	parts = append(parts, d.Proof[:], d.Ephemeral[:])
	for i := range d.Shares {
		parts = append(parts, d.Shares[i][:])
	}
	return Digest("dealing", parts...)
}

// FormerComplaint was message 0x14.
type FormerComplaint struct {
	Index     uint32      // of the accuser
	Dealer    uint32      // index
	Dealing   common.Hash // which dealing
	Opening   [128]byte
	Signature Signature
}

// Digest is what the accuser signed.
func (m *FormerComplaint) Digest(session SessionID) [32]byte {
	return Digest("complaint", session[:], index(m.Index), index(m.Dealer), m.Dealing[:], m.Opening[:])
}

// The kinds of evidence of these.
const (
	ConvictFormerTwoCommits      ConvictionKind = 1
	ConvictFormerTwoReveals      ConvictionKind = 2
	ConvictFormerOtherDealing    ConvictionKind = 4
	ConvictFormerBadDealing      ConvictionKind = 5
	ConvictFormerComplaint       ConvictionKind = 6
	ConvictFormerNoDealer        ConvictionKind = 7
	ConvictFormerFalseTranscript ConvictionKind = 8
	ConvictFormerBadItems        ConvictionKind = 13
	ConvictFormerItemComplaint   ConvictionKind = 14
)

// What today's kinds of the same names are, of the messages above. A complaint had the dealing beside it, and the
// transcript all dealings; keys there were none but the members' own.
type (
	FormerTwoCommits struct {
		Setup Terms
		A, B  FormerCommit
	}
	FormerTwoReveals struct {
		Setup Terms
		A, B  FormerReveal
	}
	FormerOtherDealing struct {
		Setup  Terms
		Commit FormerCommit
		Reveal FormerReveal
	}
	FormerBadDealing struct {
		Setup  Terms
		Reveal FormerReveal
	}
	FormerDecidedComplaint struct {
		Setup     Terms
		Reveal    FormerReveal // of the dealer
		Complaint FormerComplaint
	}
	FormerNoDealer struct {
		Setup     Terms
		Complaint FormerComplaint
	}
	FormerFalseTranscript struct {
		Setup    Terms
		View     common.Hash // of the member's FormerReveal
		Revealed Signature   // on it
		Dealings []FormerDealing
		Certify  Certify
	}
	FormerBadItems struct {
		Setup  DealSetup
		Reveal FormerReveal
	}
	FormerItemComplaint struct {
		Setup     DealSetup
		Reveal    FormerReveal // of the dealer
		Complaint FormerComplaint
	}
)

func (*FormerTwoCommits) Kind() ConvictionKind       { return ConvictFormerTwoCommits }
func (*FormerTwoReveals) Kind() ConvictionKind       { return ConvictFormerTwoReveals }
func (*FormerOtherDealing) Kind() ConvictionKind     { return ConvictFormerOtherDealing }
func (*FormerBadDealing) Kind() ConvictionKind       { return ConvictFormerBadDealing }
func (*FormerDecidedComplaint) Kind() ConvictionKind { return ConvictFormerComplaint }
func (*FormerNoDealer) Kind() ConvictionKind         { return ConvictFormerNoDealer }
func (*FormerFalseTranscript) Kind() ConvictionKind  { return ConvictFormerFalseTranscript }
func (*FormerBadItems) Kind() ConvictionKind         { return ConvictFormerBadItems }
func (*FormerItemComplaint) Kind() ConvictionKind    { return ConvictFormerItemComplaint }

func (c *FormerTwoCommits) Bound() error       { return c.Setup.Bound() }
func (c *FormerTwoReveals) Bound() error       { return bound(&c.Setup, &c.A, &c.B) }
func (c *FormerOtherDealing) Bound() error     { return bound(&c.Setup, &c.Reveal) }
func (c *FormerBadDealing) Bound() error       { return bound(&c.Setup, &c.Reveal) }
func (c *FormerDecidedComplaint) Bound() error { return bound(&c.Setup, &c.Reveal) }
func (c *FormerNoDealer) Bound() error         { return c.Setup.Bound() }
func (c *FormerBadItems) Bound() error         { return bound(&c.Setup, &c.Reveal) }
func (c *FormerItemComplaint) Bound() error    { return bound(&c.Setup, &c.Reveal) }

// Bound wants a dealing of each member.
func (c *FormerFalseTranscript) Bound() error {
	if err := c.Setup.Bound(); err != nil {
		return err
	}
	if len(c.Dealings) != len(c.Setup.Members) {
		return errors.New("not a dealing of each member")
	}
	for i := range c.Dealings {
		if err := c.Dealings[i].Bound(); err != nil {
			return err
		}
	}
	return nil
}
