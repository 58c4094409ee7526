package client

import (
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/contracts/bindings/receiptchecker"
	"github.com/geth-ss/geth-ss/contracts/bindings/serversets"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// DeploySetsCall is what follows the creation code of a contract ServerSets (contracts/solidity) that begins with this set,
// which followed from block start on. For drain blocks after the next one receipts of the set count on, and without a word
// of its deployer for trusting seconds it believes its newest one no longer; 0: it does for ever.
func DeploySetsCall(first *wire.ServerSet, start, drain, trusting uint64) []byte {
	return serversets.NewServerSets().PackConstructor(chainSet(first), start, drain, trusting)
}

// ShowLinksCall is the input of the call that tells a contract ServerSets which sets follow parent, which it knows. The
// links must have passed verify.Chain: the contract sees less of them.
func ShowLinksCall(parent *wire.ServerSet, links ...*wire.SetLink) []byte {
	shown := make([]serversets.ServerSetsLink, len(links))
	before := chainSet(parent)
	for i, l := range links {
		shown[i] = chainLink(parent, l)
		parent = l.Set()
	}
	return serversets.NewServerSets().PackShow(before, shown)
}

func chainSet(s *wire.ServerSet) serversets.ServerSetsSet {
	set := serversets.ServerSetsSet{Cluster: s.Cluster, Epoch: s.Epoch, Parent: s.Parent, Members: joined(s.Members), Floor: s.Floor, Refresh: s.Refresh,
		Administrators: s.Authority.Administrators, Needed: s.Authority.Needed}
	for i := range s.Keys {
		set.Keys = append(set.Keys, s.Keys[i][:]...)
	}
	return set
}

func joined(ids []wire.NodeID) (all []byte) {
	for i := range ids {
		all = append(all, ids[i][:]...)
	}
	return all
}

func chainLink(parent *wire.ServerSet, l *wire.SetLink) serversets.ServerSetsLink {
	a := &l.Attempt
	o := &a.Order
	link := serversets.ServerSetsLink{Set: chainSet(a.Set()), Chain: new(big.Int).SetUint64(o.Chain), Force: o.Force, GiveUp: o.GiveUp, Expires: o.Expires, Nonce: o.Nonce,
		Coordinator: a.Coordinator[:], Attempt: a.Nonce, Number: a.Block.Number, Hash: a.Block.Hash, Bound: new(big.Int), Voted: new(big.Int), Ballot: l.Decided.Ballot}
	for i := range o.Members {
		link.Addresses = append(link.Addresses, crypto.Keccak256Hash([]byte(o.Members[i].Address)))
	}
	for i := range a.Orders {
		link.Orders = append(link.Orders, a.Orders[i][:]...)
	}
	bound, vote := wire.AttemptDigest(a.ID()), wire.VoteDigest(a.ID(), l.Decided.Ballot, true)
	parent = a.Voters(parent) // who signs, from here on
	var epochs []byte
	for i := range l.Signed {
		s := &l.Signed[i]
		at := slices.Index(parent.Members, s.Node)
		if at < 0 {
			at = len(parent.Members) // the contract refuses it
		}
		link.Bound.SetBit(link.Bound, at, 1)
		link.Bindings = append(link.Bindings, recoverable(wire.Point(s.Node), bound, s.Signature)...)
		if at < len(parent.Keys) && parent.Keys[at] != (wire.Point{}) {
			epochs = append(epochs, recoverable(parent.Keys[at], bound, s.Epoch)...)
		}
	}
	link.Bindings = append(link.Bindings, epochs...)
	for i := range l.Decided.Votes {
		v := &l.Decided.Votes[i]
		at := slices.Index(parent.Members, v.Node)
		if at < 0 {
			at = len(parent.Members)
		}
		link.Voted.SetBit(link.Voted, at, 1)
		link.Votes = append(link.Votes, recoverable(wire.Point(v.Node), vote, v.Signature)...)
	}
	return link
}

// recoverable is the signature with the v by which a contract recovers its signer: nothing else says that it is right.
func recoverable(key wire.Point, digest [32]byte, sig wire.Signature) []byte {
	for v := range byte(2) {
		sig[64] = v
		if pub, err := crypto.SigToPub(digest[:], sig[:]); err == nil && wire.Point(wire.NodeIDOf(pub)) == key {
			break
		}
	}
	return sig[:]
}

// CheckMovedCall is the input of the call that has a ReceiptChecker check the receipt for who knows the origin alone: made are
// the terms of the making of the key, whose hash that is, and set the one that the receipt's version is of. The contract
// sets follows the sets. The answer is as that of CheckCall.
func (r *Receipt) CheckMovedCall(sets common.Address, made *wire.Terms, set *wire.ServerSet) []byte {
	shown := receiptchecker.MovedReceiptsShown{Receipt: chainReceipt(&r.Receipt), Made: chainSharing(made), Now: chainSharing(&r.Setup)}
	for _, m := range set.Members {
		shown.Servers = append(shown.Servers, m.Address())
	}
	for _, s := range r.Signatures {
		var index uint32 // 0 of who is no member: refused
		if i := int64(s.Index) - 1; i >= 0 && i < int64(len(r.Setup.Members)) {
			index = uint32(slices.Index(set.Members, r.Setup.Members[i]) + 1)
		}
		shown.Signatures, shown.Indices = append(shown.Signatures, s.Signature[:]), append(shown.Indices, index)
	}
	return receiptchecker.NewReceiptChecker().PackVerifyMoved(sets, made.Session(), shown)
}

func chainSharing(t *wire.Terms) receiptchecker.MovedReceiptsSharing {
	s := receiptchecker.MovedReceiptsSharing{Setup: chainSetup(t)}
	if t.Set != nil {
		s.Epoch, s.Set = t.Set.Epoch, t.Set.Hash
	}
	if m := t.Move; m != nil {
		s.Round, s.Origin, s.Parent, s.Made, s.ServerKey, s.Dealers = m.Round, m.Origin, m.Parent, m.Made, m.Public[:], m.Joined()
	}
	return s
}
