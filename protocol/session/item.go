package session

import (
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Item is what was dealt for one ECDSA signature.
type Item struct {
	id     wire.Item
	deal   *deal_
	public any
	secret interface{ Erase() } // own; nil if this node is none of the members
}

type deal_ struct{ setup *wire.DealSetup }

func (d *deal_) serves(Group) bool { return true }

type Group struct{}

// Erase forgets the secrets.
func (i *Item) Erase() {
	if i.secret != nil {
		i.secret.Erase()
	}
}
