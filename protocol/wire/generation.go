package wire

import (
	"errors"

	"github.com/ethereum/go-ethereum/common"
)

// The messages of a server key generation (docs/protocol.md section 8), beside those of dealings. 0x10 to 0x12, 0x14, 0x15,
// 0x19 and 0x1a had a meaning once, as former.go tells, and are not given out again.
const (
	CodeCertify  Code = 0x13
	CodeAck      Code = 0x16
	CodeAdopt    Code = 0x17
	CodeConflict Code = 0x18
)

// The messages of dealings, of a key or of items, since ss/2. What a member signs for a round names its index and is
// bound to the session, so anybody may pass it on: see Evidence.
const (
	CodeInit      Code = 0x70
	CodeCommit    Code = 0x71
	CodeReveal    Code = 0x72
	CodeComplaint Code = 0x73
	CodeEvidence  Code = 0x74
	CodeDeal      Code = 0x75
)

func init() {
	opens(TrafficDealing, KindGenerate, func() Opening { return new(Init) })
	opens(TrafficDealing, KindDeal, func() Opening { return new(Deal) })
	register(TrafficDealing, of(KindGenerate, KindMove, KindDeal), func() Message { return new(Complaint) })
	register(TrafficDealing, of(KindGenerate, KindMove, KindDeal, KindRehearse),
		func() Message { return new(Commit) },
		func() Message { return new(Reveal) },
		func() Message { return new(Evidence) },
	)
	register(TrafficGenerate, of(KindGenerate, KindMove, KindDeal, KindRehearse), func() Message { return new(Certify) })
	register(TrafficGenerate, of(KindGenerate, KindMove),
		func() Message { return new(Ack) },
		func() Message { return new(Adopt) },
		func() Message { return new(Conflict) },
	)
}

// MaxAbandonments bounds the earlier attempts that one Init may lay to rest. More of
// them under one id are somebody's work, not bad luck.
const MaxAbandonments = 16

// Init opens an attempt. The session of its frame is Setup.Session().
type Init struct {
	Setup        Setup
	Abandonments []Abandonment // of earlier attempts for this id
}

func (*Init) Code() Code { return CodeInit }

// Subject is the key id.
func (m *Init) Subject() KeyID { return m.Setup.Key }

// Opens is Setup.Session for its initiator. The set-up names its cluster itself.
func (m *Init) Opens(_ ClusterID, from NodeID) (SessionID, error) {
	if m.Setup.Initiator != from {
		return SessionID{}, ErrOtherOpener
	}
	return m.Setup.Session(), nil
}

// Bound checks what needs no curve.
func (m *Init) Bound() error {
	if m.Setup.Move != nil {
		return errors.New("generation whose set-up is a redistribution's")
	}
	if err := boundAbandonments(m.Abandonments); err != nil {
		return err
	}
	return m.Setup.Bound()
}

func boundAbandonments(all []Abandonment) error {
	if len(all) > MaxAbandonments {
		return errors.New("too many abandoned attempts")
	}
	for i := range all {
		if err := all[i].Bound(); err != nil {
			return err
		}
	}
	return nil
}

// Commit is round 1: the hash of what nobody has seen yet, so nobody's dealing can depend on another's; and the key that
// the member has drawn for this session alone. What the others deal to it is sealed to the sum of that and its static
// key: who steals the static key afterwards opens nothing. Two commits are the same only if all of them is.
//
// A dealing of items has no such round: there Hash is zero.
type Commit struct {
	Index     uint32
	Hash      common.Hash // Dealing.Hash
	Key       [128]byte   // the one-time key, and that the member knows its secret
	Signature Signature
}

func (*Commit) Code() Code { return CodeCommit }

// Digest is what the member signs, and what a view is made of.
func (m *Commit) Digest(session SessionID) [32]byte {
	return Digest("commit/2", session[:], index(m.Index), m.Hash[:], m.Key[:])
}

// View is the hash over the digests of everybody's commits, in member order: what one saw of round 1.
func View(session SessionID, digests []common.Hash) common.Hash {
	return HashList("view/2", session, digests)
}

// Reveal is round 2. A member signs one in a session, with the shares in it: whoever shows two has them convict it.
type Reveal struct {
	Index     uint32
	View      common.Hash // View of the commits that the sender saw, to whose keys it has sealed
	Dealing   Dealing
	Signature Signature
}

func (*Reveal) Code() Code { return CodeReveal }

// Bound checks the dealing.
func (m *Reveal) Bound() error { return m.Dealing.Bound() }

// Digest is what the member signs.
func (m *Reveal) Digest(session SessionID) [32]byte {
	hash := m.Dealing.Hash(session, m.Index)
	parts := make([][]byte, 0, 5+len(m.Dealing.Shares))
	parts = append(parts, session[:], index(m.Index), m.View[:], hash[:], index(uint32(len(m.Dealing.Shares))))
	for i := range m.Dealing.Shares {
		parts = append(parts, m.Dealing.Shares[i][:])
	}
	return Digest("reveal/2", parts...)
}

// Dealing is one member's contribution to a key: one polynomial of the key's threshold. Or it is that to items for ECDSA
// signatures, several polynomials for each.
type Dealing struct {
	Dealt
	Shares [][32]byte // sealed, for each member, its own included: one; for items their scalars one after another
}

// Dealt is the part of a dealing that its dealer is committed to before it can know what the shares are sealed to.
type Dealt struct {
	Commitments []Point   // to the coefficients of its polynomials, one polynomial after another
	Proof       [64]byte  // that it knows the constant term; zero in a dealing of items
	Ephemeral   [128]byte // the key to which the shares are sealed, and that it knows its secret
}

// MaxDealt bounds items times members of one dealing, so that it fits in a message.
const MaxDealt = 1536

// An item takes ten scalars for each member, and 8t+2 commitments, which for its 2t+1 members
// is fewer than four each. A key takes less.
const (
	maxDealtPoints  = 4 * MaxDealt
	maxDealtScalars = 10 * MaxDealt
)

// Bound checks the lengths against what any session could have.
func (d *Dealing) Bound() error {
	if len(d.Shares) == 0 || len(d.Shares) > maxDealtScalars {
		return errDealingLength
	}
	return d.Dealt.Bound()
}

// Bound checks the length against what any session could have.
func (d *Dealt) Bound() error {
	if len(d.Commitments) == 0 || len(d.Commitments) > maxDealtPoints {
		return errDealingLength
	}
	return nil
}

var errDealingLength = errors.New("dealing with lists of impossible length")

// Hash is what the dealer commits to in round 1, and what is certified of its dealing.
func (d *Dealt) Hash(session SessionID, dealer uint32) common.Hash {
	parts := make([][]byte, 0, 5+len(d.Commitments))
	parts = append(parts, session[:], index(dealer), index(uint32(len(d.Commitments))))
	for i := range d.Commitments {
		parts = append(parts, d.Commitments[i][:])
	}
	parts = append(parts, d.Proof[:], d.Ephemeral[:])
	return Digest("dealing/2", parts...)
}

// HashList is the hash over one hash of every member, in member order: see View; or "bodies", the dealings of a key.
func HashList(tag string, session SessionID, hashes []common.Hash) common.Hash {
	parts := [][]byte{session[:]}
	for i := range hashes {
		parts = append(parts, hashes[i][:])
	}
	return Digest(tag, parts...)
}

// Certify is round 3: the member's part of the certificate.
type Certify struct {
	Index      uint32
	Transcript common.Hash // KeyRecord.Transcript
	Signature  Signature   // on CertifyDigest
}

func (*Certify) Code() Code { return CodeCertify }

// Digest is what the member signs.
func (m *Certify) Digest(session SessionID) [32]byte { return CertifyDigest(session, m.Transcript) }

// Complaint says that what a dealing seals for the accuser is wrong, and opens it for everybody to judge. It has what the
// dealer sent in it: no judgment about anything else is possible, and who was sent something else sees so.
type Complaint struct {
	Index     uint32    // of the accuser
	Accused   Reveal    // as the accuser has it
	Opening   [128]byte // shared point and proof that it is the right one
	Signature Signature
}

func (*Complaint) Code() Code { return CodeComplaint }

// Bound checks the dealing.
func (m *Complaint) Bound() error { return m.Accused.Bound() }

// Digest is what the accuser signs: also the dealer's signature, so that nobody can spoil it and have it look as if the
// accuser had made it up.
func (m *Complaint) Digest(session SessionID) [32]byte {
	accused := m.Accused.Digest(session)
	return Digest("complaint/2", session[:], index(m.Index), accused[:], m.Accused.Signature[:], m.Opening[:])
}

// Evidence passes signed messages of the rounds on, because the sender's view differs
// from a member's, because they convict their signer, or because the receiver seems to
// lack them. Two different messages of one signer for one round convict it.
type Evidence struct {
	Commits   []Commit
	Reveals   []Reveal
	Certifies []Certify
}

func (*Evidence) Code() Code { return CodeEvidence }

// Bound keeps the lists to one message per member.
func (m *Evidence) Bound() error {
	if max(len(m.Commits), len(m.Reveals), len(m.Certifies)) > MaxMembers {
		return errors.New("more evidence than members")
	}
	for i := range m.Reveals {
		if err := m.Reveals[i].Bound(); err != nil {
			return err
		}
	}
	return nil
}

// Ack says that the member durably holds the certificate of this session's attempt. It
// is its vote in ballot 0.
type Ack struct {
	Session   SessionID // the attempt
	Index     uint32
	Signature Signature // on VoteDigest
}

func (*Ack) Code() Code { return CodeAck }

// Adopt hands a certificate on.
type Adopt struct{ Record KeyRecord }

func (*Adopt) Code() Code { return CodeAdopt }

// Bound checks the record.
func (m *Adopt) Bound() error { return m.Record.Bound() }

// Conflict answers an Init: the sender has signed the transcript of another attempt for
// this id, whose outcome it does not know.
type Conflict struct{ Setup Setup }

func (*Conflict) Code() Code { return CodeConflict }

// Bound checks the set-up.
func (m *Conflict) Bound() error { return m.Setup.Bound() }

// index is how an index is hashed.
func index(i uint32) []byte { return []byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)} }
