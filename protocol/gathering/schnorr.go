package gathering

import (
	"fmt"

	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/verify"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// schnorrTask is the task of a Schnorr signature (docs/protocol.md section 12.1): FROST by t+1 holders,
// in one round with nonces that they have sent ahead, else in two.
type schnorrTask struct{ *Signing }

// schnorrAttempt is an attempt at one.
type schnorrAttempt struct {
	ask     *wire.Sign
	quorum  *threshold.Quorum
	nonce   *threshold.Nonce  // own; nil if this node is not in the set
	list    []wire.NonceBytes // of the set, in its order; nil until all are known
	signing *threshold.SchnorrSigning
}

// schnorrPart is a holder's share. Whether it is right the whole signature tells.
type schnorrPart struct {
	share *secp256k1.Scalar
	msg   *wire.SchnorrShare
}

func (s *schnorrTask) open(a *attempt) error {
	ask, err := s.ask(a.set)
	if err != nil {
		return err
	}
	w := &schnorrAttempt{ask: ask}
	if w.quorum, err = s.env.Quorum(s.record, a.set, 0); err != nil {
		return err
	}
	if a.has(s.self) {
		if w.nonce, err = threshold.NewNonce(s.env.Rand, s.share.Value); err != nil {
			return wire.Errorf(wire.Internal, "drawing a nonce: %v", err)
		}
	}
	if s.round.granted {
		w.list = s.sentAhead(a.set, w.nonce)
	}
	if w.list != nil {
		if err := s.bind(w); err != nil {
			return err
		}
		ask.Nonces, a.last = w.list, true
	}
	a.id, a.opening, a.work = ask.Session(s.env.Cluster, s.env.Self.ID()), ask, w
	return nil
}

func (s *schnorrTask) drop(a *attempt) {
	if w, ok := a.work.(*schnorrAttempt); ok && w.nonce != nil {
		w.nonce.Erase()
	}
}

// sentAhead are nonces of the whole set; nil if some are missing.
func (s *schnorrTask) sentAhead(set []uint32, own *threshold.Nonce) []wire.NonceBytes {
	var others []wire.NodeID
	for _, index := range set {
		if index != s.self {
			others = append(others, s.node(index))
		}
	}
	var list []wire.NonceBytes
	s.lend(func(v *items.Vault) {
		theirs, ok := v.Accept(others, s.record.Setup.Slot())
		if !ok {
			return
		}
		for _, index := range set {
			if index == s.self {
				list = append(list, own.Commitment().Bytes())
				continue
			}
			list, theirs = append(list, theirs[0]), theirs[1:]
		}
	})
	return list
}

// bind computes what the signature depends on, once all nonces are known.
func (s *schnorrTask) bind(w *schnorrAttempt) (err error) {
	w.signing, err = verify.SchnorrSigning(w.quorum, s.public, s.scheme, s.hash, w.list)
	if err != nil {
		return wire.Errorf(wire.Internal, "binding the nonces: %v", err)
	}
	return nil
}

func (s *schnorrTask) take(a *attempt, index uint32, msg wire.Message) (any, *session.Fault, bool) {
	w, from := a.work.(*schnorrAttempt), s.node(index)
	switch m := msg.(type) {
	case *wire.Committed:
		if a.last {
			return nil, nil, false
		}
		if _, err := threshold.ParseNonceCommitment(m.Nonce[:]); err != nil {
			return nil, &session.Fault{Node: from, Detail: "committed to no nonce: " + err.Error()}, true
		}
		return m.Nonce, nil, true
	case *wire.SchnorrShare:
		if !a.last {
			return nil, nil, false
		}
		if !from.Signed(m.Digest(a.id, index, w.list), &m.Signature) {
			return nil, &session.Fault{Node: from, Detail: "signature share with a false signature"}, true
		}
		return s.counted(w, index, m)
	}
	return nil, nil, false
}

// counted takes a holder's share, and what it sends ahead for the next time.
func (s *schnorrTask) counted(w *schnorrAttempt, index uint32, m *wire.SchnorrShare) (any, *session.Fault, bool) {
	from := s.node(index)
	share, err := secp256k1.ParseScalar(m.Share[:])
	if err != nil {
		return nil, s.guilty(w, index, m, err), true
	}
	for i := range m.Next {
		if _, err := threshold.ParseNonceCommitment(m.Next[i][:]); err != nil {
			return nil, &session.Fault{Node: from, Detail: "sent no nonce ahead: " + err.Error()}, true
		}
	}
	s.lend(func(v *items.Vault) { v.Offer(from, s.record.Setup.Slot(), m.Next) })
	return &schnorrPart{share, m}, nil, true
}

// guilty is the fault of a holder whose share is wrong.
func (s *schnorrTask) guilty(w *schnorrAttempt, index uint32, m *wire.SchnorrShare, err error) *session.Fault {
	return &session.Fault{Node: s.node(index), Detail: fmt.Sprintf("gave a wrong share of a signature: %v", err), Evidence: &wire.WrongSchnorrShare{
		Setup: s.record.Setup.Terms(), Bodies: s.record.Bodies, Commitments: s.record.Commitments, Certified: s.record.Signatures[index-1],
		Request: w.ask.Terms(s.env.Self.ID()), Nonces: w.list, Index: index, Share: *m,
	}}
}

func (s *schnorrTask) own(a *attempt) (any, error) {
	w := a.work.(*schnorrAttempt)
	if !a.last {
		return wire.NonceBytes(w.nonce.Commitment().Bytes()), nil
	}
	share, err := w.signing.Share(threshold.Index(s.self), s.share.Value, w.nonce)
	if err != nil {
		return nil, err
	}
	return &schnorrPart{share: share}, nil
}

// next shows all nonces to all, or puts the shares together.
func (s *schnorrTask) next(a *attempt) (wire.Message, []session.Fault, error) {
	w := a.work.(*schnorrAttempt)
	if !a.last {
		for _, p := range a.parts {
			w.list = append(w.list, p.(wire.NonceBytes))
		}
		if err := s.bind(w); err != nil {
			return nil, nil, err
		}
		a.last = true
		return &wire.Commitments{Nonces: w.list}, nil, nil
	}
	shares := make([]*secp256k1.Scalar, len(a.parts))
	for i, p := range a.parts {
		shares[i] = p.(*schnorrPart).share
	}
	signature, err := w.signing.Combine(shares)
	if err == nil {
		s.signature = signature
		return nil, nil, nil
	}
	var faults []session.Fault
	for i, index := range a.set {
		if bad := w.signing.VerifyShare(threshold.Index(index), shares[i]); bad != nil && index != s.self {
			faults = append(faults, *s.guilty(w, index, a.parts[i].(*schnorrPart).msg, bad))
		}
	}
	if len(faults) == 0 {
		return nil, nil, wire.Errorf(wire.Internal, "no valid signature of valid shares: %v", err)
	}
	return nil, faults, nil
}
