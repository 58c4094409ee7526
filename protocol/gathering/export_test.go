package gathering

import (
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
)

// NonceOf is the nonce that a signer is to use, or has used.
func NonceOf(m session.Machine) *threshold.Nonce { return m.(*SigningMember).nonce }

// ItemOf is the item that a signer is to use, or has used.
func ItemOf(m session.Machine) *items.Item { return m.(*SigningMember).item }

// OwnNonces are those that a coordinator has drawn for itself in this round.
func OwnNonces(s *Signing) (all []*threshold.Nonce) {
	for _, a := range s.round.attempts {
		if w, ok := a.work.(*schnorrAttempt); ok && w.nonce != nil {
			all = append(all, w.nonce)
		}
	}
	return all
}
