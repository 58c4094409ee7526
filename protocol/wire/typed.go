package wire

import (
	"encoding/binary"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// The typed data of EIP-712, as a wallet is given it for eth_signTypedData_v4. The types
// are part of the signature: docs/requests.md has them for clients.
const (
	// TypedDomain and TypedVersion are the domain's name and version, beside the chain id.
	TypedDomain  = "Secret Store"
	TypedVersion = "1"

	domainType  = "EIP712Domain(string name,string version,uint256 chainId)"
	requestType = "Request(bytes32 cluster,address account,string operation,bytes32[] keys,bytes32 arguments,bytes replyKey,uint256 expiry,bytes32 nonce)"
	permitType  = "Permit(bytes32 cluster,address account,address delegate,string[] operations,bytes32[] keys,address author,uint256 start,uint256 expiry,bytes32 nonce)"
)

// TypedField is a field of a type of EIP-712, as JSON wants it.
type TypedField struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// TypedTypes are the types for eth_signTypedData_v4, by their names.
func TypedTypes() map[string][]TypedField {
	return typedFields([]string{domainType, requestType, permitType})
}

// typedFields takes encoded types apart.
func typedFields(encodedTypes []string) map[string][]TypedField {
	types := make(map[string][]TypedField)
	for _, encoded := range encodedTypes {
		name, fields, _ := strings.Cut(strings.TrimSuffix(encoded, ")"), "(")
		for field := range strings.SplitSeq(fields, ",") {
			typ, what, _ := strings.Cut(field, " ")
			types[name] = append(types[name], TypedField{what, typ})
		}
	}
	return types
}

// PrimaryTypes are the types that belong to each primary type, without the domain's.
func PrimaryTypes() map[string]map[string][]TypedField {
	all, primary := TypedTypes(), make(map[string]map[string][]TypedField)
	for _, name := range []string{"Request", "Permit"} {
		primary[name] = map[string][]TypedField{name: all[name]}
	}
	return primary
}

// Digest is what the wallet signs. A reply key of zero is encoded as no bytes.
func (r *Request) Digest() common.Hash {
	var reply []byte
	if r.ReplyKey != (Point{}) {
		reply = r.ReplyKey[:]
	}
	return typedDigest(r.Chain, structHash(requestType, r.Cluster, addressWord(r.Account), hashed([]byte(r.Operation)),
		hashed(joined(r.Keys)), r.Arguments, hashed(reply), word(r.Expiry), r.Nonce))
}

// Digest is what the wallet signs.
func (p *Permit) Digest() common.Hash {
	operations := make([]byte, 0, 32*len(p.Operations))
	for _, o := range p.Operations {
		operations = append(operations, crypto.Keccak256([]byte(o))...)
	}
	return typedDigest(p.Chain, structHash(permitType, p.Cluster, addressWord(p.Account), addressWord(p.Delegate), hashed(operations),
		hashed(joined(p.Keys)), addressWord(p.Author), word(p.Start), word(p.Expiry), p.Nonce))
}

func typedDigest(chain uint64, message common.Hash) common.Hash {
	domain := structHash(domainType, hashed([]byte(TypedDomain)), hashed([]byte(TypedVersion)), word(chain))
	return crypto.Keccak256Hash([]byte{0x19, 0x01}, domain[:], message[:])
}

// structHash is EIP-712's hashStruct; each field is already a word.
func structHash(typ string, fields ...[32]byte) common.Hash {
	enc := make([]byte, 0, 32*(1+len(fields)))
	enc = append(enc, crypto.Keccak256([]byte(typ))...)
	for i := range fields {
		enc = append(enc, fields[i][:]...)
	}
	return crypto.Keccak256Hash(enc)
}

// hashed is how strings, bytes and lists of words are encoded.
func hashed(b []byte) [32]byte { return crypto.Keccak256Hash(b) }

func joined(keys []KeyID) []byte {
	all := make([]byte, 0, 32*len(keys))
	for i := range keys {
		all = append(all, keys[i][:]...)
	}
	return all
}

func word(n uint64) (w [32]byte) {
	binary.BigEndian.PutUint64(w[24:], n)
	return w
}

func addressWord(a common.Address) (w [32]byte) {
	copy(w[12:], a[:])
	return w
}
