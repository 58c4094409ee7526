package wire

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

type (
	// NodeID is a key server's public key X‖Y, 64 bytes big-endian without the 04
	// prefix: the key of its enode, Parity's NodeId.
	NodeID [64]byte

	// KeyID names a server key, and the document encrypted to it. Clients choose it.
	KeyID [32]byte

	// SessionID names one run of one protocol. It is a hash over everything that
	// the run is about, so an answer of one run means nothing in another.
	SessionID [32]byte

	// ClusterID is the hash of the genesis hash and the cluster's name.
	ClusterID [32]byte

	// Point is a curve point as X‖Y, 64 bytes big-endian, not yet validated.
	// 64 zero bytes stand for the identity where a field allows it.
	Point [64]byte

	// Signature is r‖s‖v, 65 bytes, v in {0,1}.
	Signature [65]byte
)

// NodeIDOf returns the identity that a node key gives.
func NodeIDOf(pub *ecdsa.PublicKey) (id NodeID) {
	copy(id[:], crypto.FromECDSAPub(pub)[1:])
	return id
}

// ParseNodeID reads 128 hex digits, with or without 0x.
func ParseNodeID(text string) (id NodeID, err error) {
	return id, parseHex(text, id[:])
}

// PublicKey returns the key on the curve, or an error if the bytes are not one.
func (id NodeID) PublicKey() (*ecdsa.PublicKey, error) {
	return crypto.UnmarshalPubkey(append([]byte{4}, id[:]...))
}

// Address is the account by which contracts know the key server.
func (id NodeID) Address() common.Address {
	return common.BytesToAddress(crypto.Keccak256(id[:])[12:])
}

// Signed tells whether sig is the node's signature on digest. Its v is not looked at.
func (id NodeID) Signed(digest [32]byte, sig *Signature) bool {
	return crypto.VerifySignature(append([]byte{4}, id[:]...), digest[:], sig[:64])
}

// Compare orders node ids by their bytes, the order of Parity's rules.
func (id NodeID) Compare(other NodeID) int { return bytes.Compare(id[:], other[:]) }

// String is the whole id in hex, without 0x, as in an enode URL.
func (id NodeID) String() string { return hex.EncodeToString(id[:]) }

// Short is enough of the id to recognise a node in a log.
func (id NodeID) Short() string { return hex.EncodeToString(id[:4]) }

// SortNodeIDs sorts in ascending byte order and returns ids.
func SortNodeIDs(ids []NodeID) []NodeID {
	slices.SortFunc(ids, NodeID.Compare)
	return ids
}

func (id KeyID) String() string     { return "0x" + hex.EncodeToString(id[:]) }
func (id SessionID) String() string { return hex.EncodeToString(id[:8]) }
func (id ClusterID) String() string { return "0x" + hex.EncodeToString(id[:]) }

// MakeClusterID names the cluster called name on the chain with that genesis.
func MakeClusterID(genesis common.Hash, name string) ClusterID {
	return ClusterID(Digest("cluster", genesis[:], []byte(name)))
}

// Digest is the tagged hash under all of our own signatures, session ids and
// views: keccak256(0x19 ‖ "geth-ss/" ‖ tag ‖ each part with its length before it).
// The prefix byte keeps it apart from transactions and from what wallets sign.
func Digest(tag string, parts ...[]byte) [32]byte {
	h := crypto.NewKeccakState()
	h.Write([]byte{0x19})
	writePart(h, []byte("geth-ss/"+tag))
	for _, part := range parts {
		writePart(h, part)
	}
	var sum [32]byte
	h.Read(sum[:])
	return sum
}

func writePart(h crypto.KeccakState, part []byte) {
	n := uint64(len(part))
	h.Write([]byte{byte(n >> 56), byte(n >> 48), byte(n >> 40), byte(n >> 32), byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	h.Write(part)
}

func parseHex(text string, into []byte) error {
	if len(text) >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') {
		text = text[2:]
	}
	if len(text) != 2*len(into) {
		return fmt.Errorf("%d hex digits instead of %d", len(text), 2*len(into))
	}
	_, err := hex.Decode(into, []byte(text))
	return err
}
