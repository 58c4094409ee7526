package items

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Bounds of a vault, for each other key server. What a holder keeps is more than what a
// coordinator counts on, so that the oldest can go without being missed.
const (
	maxOffered  = 64   // nonces of a holder that this coordinator counts on
	maxPromised = 256  // nonces that a coordinator was sent ahead
	maxItems    = 512  // items that a coordinator had dealt
	MaxStock    = 384  // items of this coordinator, in total
	maxSpent    = 4096 // names of what is used up, to know who asks again
)

// Vault is what a node must never write to a disk nor use twice: nonces that were sent
// ahead, and items that were dealt for ECDSA. It lives in memory alone, so a restart
// forgets all of it, and what concerns another node is dropped when that is lost. What is
// taken out is gone.
//
// One goroutine at a time: the driver lends it (Lender).
type Vault struct {
	promised map[wire.NodeID]*shelf[nonceName, *threshold.Nonce] // by coordinator: what this node is to answer with
	offered  map[wire.NodeID][]nonceName                         // by holder: what this coordinator can ask for
	dealt    map[wire.NodeID]*shelf[wire.Item, *Item]            // by coordinator, with the own shares
	stock    []*Item                                             // of this coordinator, the oldest first
	away     map[wire.Item]*Item                                 // of this coordinator, and in a session's hands: being dealt, or used
}

// nonceName is what a nonce is known by. It is used for keys whose sharings are of one slot alone: who knows it, and what it
// was used for, knows the share, and a share of before a redistribution is to tell nothing of those after it.
type nonceName struct {
	slot wire.Slot
	name wire.NonceBytes
}

// Lender lends this node's vault, to one caller at a time.
type Lender func(use func(*Vault))

// NewVault is an empty vault.
func NewVault() *Vault {
	return &Vault{
		promised: make(map[wire.NodeID]*shelf[nonceName, *threshold.Nonce]),
		offered:  make(map[wire.NodeID][]nonceName),
		dealt:    make(map[wire.NodeID]*shelf[wire.Item, *Item]),
		away:     make(map[wire.Item]*Item),
	}
}

// Forget drops what was agreed on with a node, which has forgotten it, too, or may have.
func (v *Vault) Forget(node wire.NodeID) {
	delete(v.offered, node)
	if s := v.promised[node]; s != nil {
		s.clear()
	}
	if s := v.dealt[node]; s != nil {
		s.clear()
	}
	v.Without(node)
}

// Without erases the stock that was dealt to a node among others.
func (v *Vault) Without(node wire.NodeID) {
	v.stock = slices.DeleteFunc(v.stock, func(i *Item) bool {
		gone := slices.Contains(i.Dealt.Setup.Members, node)
		if gone {
			i.Erase()
		}
		return gone
	})
}

// Clear drops everything.
func (v *Vault) Clear() {
	for _, s := range v.promised {
		s.clear()
	}
	for _, s := range v.dealt {
		s.clear()
	}
	for _, i := range v.stock {
		i.Erase()
	}
	v.stock = nil
	clear(v.away) // who has them erases them
	clear(v.offered)
}

// VaultSizes are how much a vault holds.
type VaultSizes struct {
	Items      int `json:"items"`      // ECDSA signatures that this node can coordinate without dealing first
	Nonces     int `json:"nonces"`     // that others have sent it ahead
	LentItems  int `json:"lentItems"`  // that others can use
	LentNonces int `json:"lentNonces"` // that it has sent ahead to others
}

// Sizes counts.
func (v *Vault) Sizes() (n VaultSizes) {
	for _, list := range v.offered {
		n.Nonces += len(list)
	}
	for _, s := range v.promised {
		n.LentNonces += len(s.held)
	}
	for _, s := range v.dealt {
		n.LentItems += len(s.held)
	}
	n.Items = len(v.stock)
	return n
}

// SendAhead keeps a nonce for a coordinator's next question about keys of a slot, and gives the name to send it under: its
// commitment. The oldest goes when the coordinator has too many.
func (v *Vault) SendAhead(coordinator wire.NodeID, slot wire.Slot, nonce *threshold.Nonce) wire.NonceBytes {
	s := v.promised[coordinator]
	if s == nil {
		s = newShelf[nonceName, *threshold.Nonce]()
		v.promised[coordinator] = s
	}
	name := wire.NonceBytes(nonce.Commitment().Bytes())
	s.put(nonceName{slot, name}, nonce, maxPromised)
	return name
}

// Redeem takes out the nonce that a coordinator was sent ahead under this name, for keys of a slot. Nil: it is not known; again
// tells that it was taken before.
func (v *Vault) Redeem(coordinator wire.NodeID, slot wire.Slot, name wire.NonceBytes) (nonce *threshold.Nonce, again bool) {
	if s := v.promised[coordinator]; s != nil {
		return s.take(nonceName{slot, name})
	}
	return nil, false
}

// Offer keeps the names of nonces that a holder has sent ahead, for keys of a slot. The oldest go when there are too many.
func (v *Vault) Offer(holder wire.NodeID, slot wire.Slot, names []wire.NonceBytes) {
	list := v.offered[holder]
	for _, name := range names {
		list = append(list, nonceName{slot, name})
	}
	v.offered[holder] = list[max(0, len(list)-maxOffered):]
}

// Accept takes one nonce of each of these holders, by name and in their order, for a key of a slot. If one of them has sent
// none ahead it takes none of any, and is false.
func (v *Vault) Accept(holders []wire.NodeID, slot wire.Slot) ([]wire.NonceBytes, bool) {
	at := make([]int, len(holders))
	for i, node := range holders {
		if at[i] = slices.IndexFunc(v.offered[node], func(n nonceName) bool { return n.slot == slot }); at[i] < 0 {
			return nil, false
		}
	}
	names := make([]wire.NonceBytes, len(holders))
	for i, node := range holders {
		names[i] = v.offered[node][at[i]].name
		v.offered[node] = slices.Delete(v.offered[node], at[i], at[i]+1)
	}
	return names, true
}

// Keep keeps items with the own shares of them, for the coordinator that had them dealt. The oldest go when it has too
// many.
func (v *Vault) Keep(coordinator wire.NodeID, items []*Item) {
	s := v.dealt[coordinator]
	if s == nil {
		s = newShelf[wire.Item, *Item]()
		v.dealt[coordinator] = s
	}
	for _, i := range items {
		s.put(i.ID, i, maxItems)
	}
}

// Use takes out the item that a coordinator had dealt under this name. Nil: it is not known; again tells that it was
// taken before.
func (v *Vault) Use(coordinator wire.NodeID, id wire.Item) (item *Item, again bool) {
	if s := v.dealt[coordinator]; s != nil {
		return s.take(id)
	}
	return nil, false
}

// Kept is what a node is told that this coordinator still keeps of what was dealt to both: the stock, and what sessions
// have in hand. Whoever sends it sends it at once, before the vault is lent to another: what it does not name the other
// may forget.
func (v *Vault) Kept(node wire.NodeID) *wire.Kept {
	var items []wire.Item
	add := func(i *Item) {
		if slices.Contains(i.Dealt.Setup.Members, node) {
			items = append(items, i.ID)
		}
	}
	for _, i := range v.away {
		add(i)
	}
	for _, i := range slices.Backward(v.stock) {
		add(i)
	}
	return wire.KeptOf(items[:min(len(items), wire.MaxKept)]) // the node has dropped the oldest
}

// Retain erases what was dealt to this node for a coordinator that keeps it no more. It is called as the word of it
// comes, before anything that the coordinator has sent later is looked at.
func (v *Vault) Retain(coordinator wire.NodeID, kept *wire.Kept) {
	s := v.dealt[coordinator]
	if s == nil || kept == nil {
		return
	}
	for id, i := range s.held {
		if !kept.Has(id) {
			i.Erase()
			delete(s.held, id)
		}
	}
}

// hand notes items that a session has in hand.
func (v *Vault) hand(items ...*Item) {
	for _, i := range items {
		v.away[i.ID] = i
	}
}

// Discard erases items that a session of this coordinator has had in hand.
func (v *Vault) Discard(items ...*Item) {
	for _, i := range items {
		delete(v.away, i.ID)
		i.Erase()
	}
}

// Stock adds items that were dealt for this coordinator. The oldest go when there are too
// many: others may have dropped them, too.
func (v *Vault) Stock(items []*Item) {
	for _, i := range items {
		delete(v.away, i.ID)
	}
	v.stock = append(v.stock, items...)
	for len(v.stock) > MaxStock {
		v.stock[0].Erase()
		v.stock = v.stock[1:]
	}
}

// Stocked counts the items for keys with these members and this threshold.
func (v *Vault) Stocked(g Group) (n int) {
	for _, i := range v.stock {
		if i.Dealt.Serves(g) {
			n++
		}
	}
	return n
}

// DropStock drops the items for keys of a group.
func (v *Vault) DropStock(g Group) {
	v.stock = slices.DeleteFunc(v.stock, func(i *Item) bool {
		if i.Dealt.Serves(g) {
			i.Erase()
		}
		return i.Dealt.Serves(g)
	})
}

// Pick takes out of the stock the oldest item that will do; nil if none does. It counts as kept until it is given to
// Discard.
func (v *Vault) Pick(will func(*Item) bool) *Item {
	at := slices.IndexFunc(v.stock, will)
	if at < 0 {
		return nil
	}
	item := v.stock[at]
	v.stock = slices.Delete(v.stock, at, at+1)
	v.hand(item)
	return item
}

// Find is Pick without taking the item out.
func (v *Vault) Find(will func(*Item) bool) *Item {
	if at := slices.IndexFunc(v.stock, will); at >= 0 {
		return v.stock[at]
	}
	return nil
}

// shelf is a bounded store from which each thing is taken once. The oldest goes first.
type shelf[K comparable, V interface{ Erase() }] struct {
	held  map[K]V
	order []K // of arrival; may name what is gone
	spent map[K]struct{}
	past  []K // the spent ones, the oldest first
}

func newShelf[K comparable, V interface{ Erase() }]() *shelf[K, V] {
	return &shelf[K, V]{held: make(map[K]V), spent: make(map[K]struct{})}
}

func (s *shelf[K, V]) put(name K, thing V, most int) {
	s.order = slices.DeleteFunc(s.order, func(k K) bool { _, held := s.held[k]; return !held })
	for len(s.order) >= most {
		s.held[s.order[0]].Erase()
		delete(s.held, s.order[0])
		s.order = s.order[1:]
	}
	s.held[name] = thing
	s.order = append(s.order, name)
}

func (s *shelf[K, V]) take(name K) (thing V, again bool) {
	thing, held := s.held[name]
	if !held {
		_, again = s.spent[name]
		return thing, again
	}
	delete(s.held, name)
	if s.past = append(s.past, name); len(s.past) > maxSpent {
		delete(s.spent, s.past[0])
		s.past = s.past[1:]
	}
	s.spent[name] = struct{}{}
	return thing, false
}

func (s *shelf[K, V]) clear() {
	for _, thing := range s.held {
		thing.Erase()
	}
	clear(s.held)
	s.order = nil
}
