package wire

import (
	"bytes"
	"errors"
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
