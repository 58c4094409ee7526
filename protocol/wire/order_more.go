package wire

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// What administrators sign beside SetOrder and CancelOrder.

const refreshType = "RefreshSharesOrder(bytes32 cluster,uint256 epoch,bytes32 set,uint256 round)"

// RefreshOrder is the administrators' word that all shares are dealt anew within the set. It counts once: for its round.
type RefreshOrder struct {
	Chain   uint64      `json:"chainId"`
	Cluster ClusterID   `json:"cluster"`
	Epoch   uint64      `json:"epoch"`
	Set     common.Hash `json:"set"`   // ServerSet.Hash
	Round   uint64      `json:"round"` // number of a recent final block
}

// Digest is what administrators sign. The domain has the chain id.
func (o *RefreshOrder) Digest() common.Hash {
	return typedDigest(o.Chain, structHash(refreshType, o.Cluster, word(o.Epoch), o.Set, word(o.Round)))
}

// TypedData is the order as JSON for a wallet's eth_signTypedData_v4.
func (o *RefreshOrder) TypedData() ([]byte, error) {
	return typedJSON(o.Chain, "RefreshSharesOrder", []string{domainType, refreshType}, map[string]any{
		"cluster": o.Cluster.String(), "epoch": decimal(o.Epoch), "set": o.Set, "round": decimal(o.Round),
	})
}

// LegacyChange is an administrator's word for a server set in Parity's form: a signature over each of two sets, and no
// epoch, addresses or time. So it counts only where one administrator suffices, and once.
type LegacyChange struct {
	Members []NodeID       // of the new set, ascending, each once
	Old     AdminSignature // on LegacySetHash of the set that it follows
	New     AdminSignature // on that of the new one
}

// LegacySetHash is what Parity's administrators sign for a set: keccak256 over the different ids in ascending order.
func LegacySetHash(nodes []NodeID) common.Hash {
	ids := SortNodeIDs(append([]NodeID(nil), nodes...))
	var joined bytes.Buffer
	for i := range ids {
		if i == 0 || ids[i] != ids[i-1] {
			joined.Write(ids[i][:])
		}
	}
	return crypto.Keccak256Hash(joined.Bytes())
}

// Check tells whether it may change this set. Errors: Denied, also without administrators; Policy where the word of one is not
// enough.
func (c *LegacyChange) Check(set *ServerSet) error {
	a := &set.Authority
	switch {
	case a.None():
		return Errorf(Denied, "there are no administrators")
	case a.Needed != 1:
		return Errorf(Policy, "%d administrators must sign for a change of the server set, and this is the word of one; use an order: geth-ss secretstore change-servers", a.Needed)
	}
	signer, err := c.Signer(set.Members)
	switch {
	case err != nil:
		return Errorf(Denied, "%v", err)
	case !slices.Contains(a.Administrators, signer):
		return Errorf(Denied, "%v is not an administrator, or signed for another server set than the present one", signer)
	}
	return nil
}

// Signer is who has signed that the new set follows this one.
func (c *LegacyChange) Signer(old []NodeID) (common.Address, error) {
	before, ok := c.Old.Signer(LegacySetHash(old))
	after, alright := c.New.Signer(LegacySetHash(c.Members))
	switch {
	case !ok || !alright:
		return common.Address{}, errors.New("a signature over a server set that nobody can have made")
	case before != after:
		return common.Address{}, errors.New("the signatures over the old and the new server set are of different accounts, or over other sets")
	}
	return before, nil
}

// Order is the one order that the pair of signatures stands for, after this set: beside the addresses of members, which are
// in no set's hash, nothing of it is left to whoever hands the pair in. Floor, refresh and authority stay, it is without
// force, and it does not expire: Parity's form has no time. addresses gives HOST:PORT of each member, empty if it is not
// known; Order fails by naming the first such member.
func (c *LegacyChange) Order(set *ServerSet, chain uint64, addresses func(NodeID) string) (*SetOrder, error) {
	signer, err := c.Signer(set.Members)
	if err != nil {
		return nil, err
	}
	o := &SetOrder{Chain: chain, Cluster: set.Cluster, Epoch: set.Epoch + 1, Parent: set.Hash(), Floor: set.Floor, Refresh: set.Refresh,
		Administrators: set.Authority.Administrators, Needed: set.Authority.Needed, Expires: math.MaxUint64,
		Nonce: legacyNonce(LegacySetHash(set.Members), LegacySetHash(c.Members), signer)}
	for _, id := range c.Members {
		at := addresses(id)
		if at == "" {
			return nil, fmt.Errorf("the address of %s is not known to this key server", id)
		}
		o.Members = append(o.Members, OrderMember{id, at})
	}
	return o, o.Bound()
}

// Signatures are the pair as an order carries it.
func (c *LegacyChange) Signatures() []AdminSignature { return []AdminSignature{c.Old, c.New} }

// LegacyOf is the pair of signatures in Parity's form for which an order stands that is to follow a set; nil for an order that
// administrators sign themselves. The nonce tells them apart: nobody finds two signatures on an order whose nonce is made of
// what they say. Whether the pair may change the set is for Check to say, and whether the order says just what the pair
// does, for Stands.
func LegacyOf(set *ServerSet, o *SetOrder, signatures []AdminSignature) *LegacyChange {
	if len(signatures) != 2 {
		return nil
	}
	c := &LegacyChange{Members: o.Set().Members, Old: signatures[0], New: signatures[1]}
	signer, err := c.Signer(set.Members)
	if err != nil || o.Nonce != legacyNonce(LegacySetHash(set.Members), LegacySetHash(c.Members), signer) {
		return nil
	}
	return c
}

// Stands tells whether an order says what the pair does after this set, and nothing else but addresses.
func (c *LegacyChange) Stands(set *ServerSet, o *SetOrder) bool {
	at := make(map[NodeID]string)
	for i := range o.Members {
		at[o.Members[i].Node] = o.Members[i].Address
	}
	whole, err := c.Order(set, o.Chain, func(id NodeID) string { return at[id] })
	return err == nil && whole.Digest() == o.Digest()
}

// legacyNonce is the nonce of the order for which a pair of signatures stands. It is of what the pair says, and not of its
// bytes: whoever sees a signature can write it in other bytes.
func legacyNonce(old, next common.Hash, signer common.Address) common.Hash {
	return Digest("legacy order/1", old[:], next[:], signer[:])
}
