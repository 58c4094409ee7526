package service

import (
	"sync"
	"sync/atomic"

	"github.com/geth-ss/geth-ss/protocol/items"
)

// vault lends what machines keep in memory alone, to one at a time: nonces, and what was dealt ahead for ECDSA signatures.
type vault struct {
	mu   sync.Mutex
	held *items.Vault // guarded by mu, what is in it too

	signing atomic.Int32 // ECDSA signatures under way for our own clients
}

func newVault() *vault { return &vault{held: items.NewVault()} }

func (v *vault) use(do func(*items.Vault)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	do(v.held)
}

// sizes counts what is held.
func (v *vault) sizes() (n items.VaultSizes) {
	v.use(func(held *items.Vault) { n = held.Sizes() })
	return n
}

// stocked counts the items at hand of one kind of keys.
func (v *vault) stocked(g items.Group) (n int) {
	v.use(func(held *items.Vault) { n = held.Stocked(g) })
	return n
}
