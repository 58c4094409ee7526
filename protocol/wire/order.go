package wire

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// SetOrder is the administrators' word that a server set is to follow another. It is signed as typed data (EIP-712), so
// wallets can show it. It counts once: the set that it makes names it by the parent that it follows.
type SetOrder struct {
	Chain          uint64           `json:"chainId"` // chain id
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
	// GiveUp says that the parent has lost its set quorum and does not decide: all of its administrators have to sign, and the
	// members of the new set decide among themselves. It is another type for wallets, so no signature serves for both. What
	// is not guaranteed by such an order, NotGuaranteed says; its signers sign that too.
	GiveUp bool `json:"giveUp,omitempty" rlp:"optional"`
}

// NotGuaranteed is what administrators sign with a give-up order, so that their wallets show it.
const NotGuaranteed = "The key servers that go have lost their quorum and do not decide. Not guaranteed any more: that an id has one key for ever, " +
	"that a document key is the only one of its id, and that no other server set has followed or will. " +
	"Keys of which too few holders are up can not be used until those come back."

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

// AdminSignature is an administrator's signature on the digest of an order, by a key of its own: r‖s‖v with v 27 or 28
// (or 0, 1). Contract accounts can't sign orders: clients check them without a chain.
type AdminSignature [65]byte

// Signer is whose key has made the signature; false if no key has.
func (s *AdminSignature) Signer(digest common.Hash) (common.Address, bool) {
	return SignerOf(digest, s[:])
}

// CancelOrder is the administrators' word that an order does not count any more. It has effect as long as no set has
// followed by the order.
type CancelOrder struct {
	Chain   uint64      `json:"chainId"`
	Cluster ClusterID   `json:"cluster"`
	Epoch   uint64      `json:"epoch"`  // of the order
	Parent  common.Hash `json:"parent"` // of the order
	Nonce   common.Hash `json:"nonce"`  // of the order
}

// Cancels tells whether it is this order that is cancelled.
func (c *CancelOrder) Cancels(o *SetOrder) bool {
	return c.Chain == o.Chain && c.Cluster == o.Cluster && c.Epoch == o.Epoch && c.Parent == o.Parent && c.Nonce == o.Nonce
}

// SignedCancel is one with the signatures of the administrators of the set that the order was to follow.
type SignedCancel struct {
	Cancel     CancelOrder      `json:"message"`
	Signatures []AdminSignature `json:"signatures"`
}

// Bound checks the number of signatures.
func (s *SignedCancel) Bound() error { return boundAdmins(s.Signatures) }

func boundAdmins(signatures []AdminSignature) error {
	if len(signatures) > MaxAdministrators {
		return errors.New("an order with too many signatures")
	}
	return nil
}

// The types of orders for eth_signTypedData_v4. An epoch, a time and a threshold are uint256, as wallets show numbers.
const (
	orderType = "ServerSetOrder(bytes32 cluster,uint256 epoch,bytes32 parent,Member[] members,uint256 floor,uint256 refresh," +
		"address[] administrators,uint256 needed,bool force,uint256 expires,bytes32 nonce)" + memberType
	memberType = "Member(bytes id,string address)"
	giveUpType = "ServerSetGiveUp(bytes32 cluster,uint256 epoch,bytes32 parent,Member[] members,uint256 floor,uint256 refresh," +
		"address[] administrators,uint256 needed,bool force,uint256 expires,bytes32 nonce,string notGuaranteed)" + memberType
	cancelType = "CancelServerSetOrder(bytes32 cluster,uint256 epoch,bytes32 parent,bytes32 nonce)"
)

// Digest is what administrators sign. The domain has the chain id.
func (o *SetOrder) Digest() common.Hash {
	var members, admins []byte
	for i := range o.Members {
		m := structHash(memberType, hashed(o.Members[i].Node[:]), hashed([]byte(o.Members[i].Address)))
		members = append(members, m[:]...)
	}
	for _, a := range o.Administrators {
		w := addressWord(a)
		admins = append(admins, w[:]...)
	}
	var force uint64
	if o.Force {
		force = 1
	}
	fields := [][32]byte{o.Cluster, word(o.Epoch), o.Parent, hashed(members), word(uint64(o.Floor)),
		word(o.Refresh), hashed(admins), word(uint64(o.Needed)), word(force), word(o.Expires), o.Nonce}
	if o.GiveUp {
		return typedDigest(o.Chain, structHash(giveUpType, append(fields, hashed([]byte(NotGuaranteed)))...))
	}
	return typedDigest(o.Chain, structHash(orderType, fields...))
}

// Digest is what administrators sign. The domain has the chain id.
func (c *CancelOrder) Digest() common.Hash {
	return typedDigest(c.Chain, structHash(cancelType, c.Cluster, word(c.Epoch), c.Parent, c.Nonce))
}

// typedData is what eth_signTypedData_v4 takes.
type typedData struct {
	Types       map[string][]TypedField `json:"types"`
	PrimaryType string                  `json:"primaryType"`
	Domain      typedDomain             `json:"domain"`
	Message     map[string]any          `json:"message"`
}

type typedDomain struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Chain   string `json:"chainId"`
}

// TypedData is the order as JSON for a wallet's eth_signTypedData_v4. Numbers are decimal text, which no reader rounds.
func (o *SetOrder) TypedData() ([]byte, error) {
	members := make([]map[string]any, 0, len(o.Members))
	for i := range o.Members {
		members = append(members, map[string]any{"id": hexutil.Encode(o.Members[i].Node[:]), "address": o.Members[i].Address})
	}
	admins := o.Administrators
	if admins == nil {
		admins = []common.Address{}
	}
	message := map[string]any{
		"cluster": o.Cluster.String(), "epoch": decimal(o.Epoch), "parent": o.Parent, "members": members,
		"floor": decimal(uint64(o.Floor)), "refresh": decimal(o.Refresh), "administrators": admins, "needed": decimal(uint64(o.Needed)),
		"force": o.Force, "expires": decimal(o.Expires), "nonce": o.Nonce,
	}
	primary, typ := "ServerSetOrder", orderType
	if o.GiveUp {
		primary, typ, message["notGuaranteed"] = "ServerSetGiveUp", giveUpType, NotGuaranteed
	}
	return typedJSON(o.Chain, primary, []string{domainType, strings.TrimSuffix(typ, memberType), memberType}, message)
}

// TypedData is the word as JSON for a wallet's eth_signTypedData_v4.
func (c *CancelOrder) TypedData() ([]byte, error) {
	return typedJSON(c.Chain, "CancelServerSetOrder", []string{domainType, cancelType}, map[string]any{
		"cluster": c.Cluster.String(), "epoch": decimal(c.Epoch), "parent": c.Parent, "nonce": c.Nonce,
	})
}

func typedJSON(chain uint64, primary string, types []string, message map[string]any) ([]byte, error) {
	return json.Marshal(&typedData{Types: typedFields(types), PrimaryType: primary,
		Domain: typedDomain{TypedDomain, TypedVersion, decimal(chain)}, Message: message})
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }
