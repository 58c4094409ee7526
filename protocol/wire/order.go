package wire

import (
	"errors"

	"github.com/ethereum/go-ethereum/common"
)

// SetOrder is the administrators' word that a server set is to follow another. It is signed as typed data (EIP-712), so
// wallets can show it. It counts once: the set that it makes names it by the parent that it follows.
type SetOrder struct {
	Cluster        ClusterID        `json:"cluster"`
	Epoch          uint64           `json:"epoch"`  // of the new set: one more than the parent's
	Parent         common.Hash      `json:"parent"` // ServerSet.Hash of the set that it follows
	Members        []OrderMember    `json:"members"`
	Floor          uint32           `json:"floor"`
	Refresh        uint64           `json:"refresh"`        // seconds; 0: no interval
	Administrators []common.Address `json:"administrators"` // of the new set, ascending
	Needed         uint32           `json:"needed"`
	Force          bool             `json:"force"`   // also if keys would be lost or could not be made safe at once, as the plan says
	Expires        uint64           `json:"expires"` // not begun at a final block whose time, in Unix seconds, is later
	Nonce          common.Hash      `json:"nonce"`   // so that a cancelled order can be given again
}

// OrderMember is a key server of the new set, with where it is reached.
type OrderMember struct {
	Node    NodeID `json:"id"`
	Address string `json:"address"` // HOST:PORT
}

// MaxOrderAddress bounds the length of an address in an order.
const MaxOrderAddress = 260

// Set is the set that the order makes, but for its epoch keys.
func (o *SetOrder) Set() *ServerSet {
	s := &ServerSet{Cluster: o.Cluster, Epoch: o.Epoch, Parent: o.Parent, Floor: o.Floor, Refresh: o.Refresh,
		Authority: Authority{Administrators: o.Administrators, Needed: o.Needed}}
	for i := range o.Members {
		s.Members = append(s.Members, o.Members[i].Node)
	}
	s.Keys = make([]Point, len(s.Members))
	return s
}

// Bound checks lengths and order.
func (o *SetOrder) Bound() error {
	if o.Epoch == 0 {
		return errors.New("an order for the first set")
	}
	for i := range o.Members {
		if n := len(o.Members[i].Address); n == 0 || n > MaxOrderAddress {
			return errors.New("an order with a member whose address is missing or too long")
		}
	}
	return o.Set().Bound()
}
