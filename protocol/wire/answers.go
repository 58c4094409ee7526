package wire

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
)

// What clients are told, beside Release.

// ServerKey is a server key, as its author is told of it.
type ServerKey struct {
	Key     KeyID     `json:"key"`
	Version SessionID `json:"version"` // names its set-up: members, threshold and author
	Public  Point     `json:"publicKey"`
	// Certificate shows that the key is what it is said to be, see verify.Certificate. Key servers always give it.
	Certificate *Certificate `json:"certificate,omitempty"`
}

// Certificate is the word of all members of a key for it. The first commitment is the server key, the hash of the
// set-up its version.
type Certificate struct {
	Setup       Terms       `json:"setup"`
	Bodies      common.Hash `json:"bodies"`
	Commitments []Point     `json:"commitments"`
	Signatures  []Signature `json:"signatures"` // of every member on CertifyDigest

	// Acks and Decided are votes of key servers to complete it: see verify.Confirmed. With neither it comes from a key
	// server of before there were server sets, which does not tell them.
	Acks    []IndexedSign `json:"acks,omitempty"` // of members in ballot 0, ascending by index, on VoteDigest
	Decided *Decision     `json:"decided,omitempty"`
}

// Certificate of a record.
func (r *KeyRecord) Certificate() *Certificate {
	return &Certificate{r.Setup.Terms(), r.Bodies, r.Commitments, r.Signatures, r.Acks, r.Decided}
}

// BoundVotes checks number and order of Acks and Decided.
func (c *Certificate) BoundVotes() error {
	if err := boundAcks(c.Acks, len(c.Setup.Members)); err != nil {
		return err
	}
	if c.Decided != nil {
		return c.Decided.Bound()
	}
	return nil
}

// Stored shows that a document key is stored, and which one: the word of all members of the server key for it, and that
// of a majority of them for the pair; or, where the pair was stored under an earlier version, that of all members of the
// current one for both. See verify.Stored.
type Stored struct {
	Certificate *Certificate   `json:"certificate"`
	Document    DocumentRecord `json:"document"`
	// Moved is what the members of a redistributed key have signed about the pair. Nil where Document has the signatures.
	Moved *Moved `json:"moved,omitempty"`
}

// Exists is DocumentExists by a node that can show which document key is stored. Of one that is only promised nobody can.
type Exists struct {
	Err    *Error
	Stored *Stored
}

func (e *Exists) Error() string { return e.Err.Error() }
func (e *Exists) Unwrap() error { return e.Err }

// Elsewhere is a refusal by a node that is no member of the newest server set, with those who are.
type Elsewhere struct {
	Err     *Error
	Servers []ServerInfo // ascending by id
}

func (e *Elsewhere) Error() string { return e.Err.Error() }
func (e *Elsewhere) Unwrap() error { return e.Err }

// ClusterInfo is what a wallet's request to a cluster is made of.
type ClusterInfo struct {
	Chain        uint64                  `json:"chainId"`
	Cluster      ClusterID               `json:"cluster"`
	Name         string                  `json:"name"`
	Servers      []ServerInfo            `json:"servers"`      // the key server set, this node included
	MinThreshold uint32                  `json:"minThreshold"` // below it this node makes no keys for wallets
	Domain       DomainInfo              `json:"domain"`
	Types        map[string][]TypedField `json:"types"` // EIP-712's
	// PrimaryTypes has for each primary type those types that a library takes which finds out by itself which one is primary,
	// as ethers does: it takes no other, and none for the domain.
	PrimaryTypes map[string]map[string][]TypedField `json:"primaryTypes"`
	Block        *BlockInfo                         `json:"block"` // the final one; null: there is none yet
	// Permission is by what the node decides who may use a key. Nothing is signed on its word: it shows people where to grant, and
	// that they are about to grant elsewhere. Nil from nodes of versions that do not tell.
	Permission *Permission `json:"permission"`
	// Set names the newest server set that the node knows, whose members Servers are. Nil from nodes of before there were
	// several.
	Set *SetRef `json:"set"`
}

// Permission is by what a node decides who may use a key, at its final block.
type Permission struct {
	By        PermissionBy    `json:"by"`
	Registrar *common.Address `json:"registrar"` // in which the contract is filed; null: it is not looked up
	Contract  *common.Address `json:"contract"`  // null: none was found, or none is asked
}

// PermissionBy is how the permission contract is found.
type PermissionBy string

// The ways to find it, or to do without. A later version may have more.
const (
	ByContract  PermissionBy = "contract"  // by its own address
	ByRegistry  PermissionBy = "registry"  // in the registrar
	ByNobody    PermissionBy = "nobody"    // none is asked, nobody is admitted
	ByEverybody PermissionBy = "everybody" // none is asked, everybody is admitted
)

// String says who is admitted, to go on a sentence.
func (p *Permission) String() string {
	switch {
	case p.By == ByEverybody:
		return "everybody, and asks no contract"
	case p.By == ByNobody:
		return "nobody, and asks no contract"
	case p.Contract == nil && p.Registrar != nil:
		return fmt.Sprintf("nobody, and finds no permission contract in the registrar %v", p.Registrar)
	case p.Contract == nil:
		return "accounts that are not known here: it names no contract"
	case p.Registrar != nil:
		return fmt.Sprintf("accounts that %v allows, the contract filed in the registrar %v", p.Contract, p.Registrar)
	}
	return fmt.Sprintf("accounts that the contract %v allows", p.Contract)
}

// UsualThreshold is the threshold of keys on n key servers where nobody says more: a third of them may lie or be away. Of two
// servers or more none can use such a key alone.
func UsualThreshold(n int) uint32 {
	if n < 2 {
		return 0
	}
	return uint32(max(1, (n-1)/3))
}

// ServerInfo is a key server, by its id and by its account on the chain.
type ServerInfo struct {
	ID      NodeID         `json:"id"`
	Address common.Address `json:"address"`
}

// DomainInfo is the domain of EIP-712.
type DomainInfo struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Chain   uint64 `json:"chainId"`
}

// BlockInfo is a block by which a client can set the expiry of its requests.
type BlockInfo struct {
	Number    uint64      `json:"number"`
	Hash      common.Hash `json:"hash"`
	Timestamp uint64      `json:"timestamp"` // Unix seconds
}

// NewClusterInfo describes a cluster; the block is the caller's to add.
func NewClusterInfo(chain uint64, cluster ClusterID, name string, servers []NodeID, minThreshold uint32) *ClusterInfo {
	info := &ClusterInfo{
		Chain: chain, Cluster: cluster, Name: name, Servers: []ServerInfo{}, MinThreshold: minThreshold,
		Domain: DomainInfo{TypedDomain, TypedVersion, chain}, Types: TypedTypes(), PrimaryTypes: PrimaryTypes(),
	}
	for _, id := range servers {
		info.Servers = append(info.Servers, ServerInfo{id, id.Address()})
	}
	return info
}
