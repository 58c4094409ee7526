package wire

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
)

// Scheme is the form of a signature that the holders of a server key make together on a
// hash of 32 bytes.
type Scheme uint8

const (
	// ECDSA is Ethereum's: r‖s‖v, 65 bytes, s in the lower half and v 0 to 3. It takes
	// 2t+1 holders.
	ECDSA Scheme = 1
	// Schnorr is Parity's: c‖s, 64 bytes, with c = keccak256(hash‖R.x) mod q and s = k-cx.
	Schnorr Scheme = 2
	// RFC9591 is FROST(secp256k1, SHA-256)'s: R compressed‖z, 65 bytes.
	RFC9591 Scheme = 3
	// BIP340 is Bitcoin's: R.x‖s, 64 bytes, under the x coordinate of the key.
	BIP340 Scheme = 4
)

// schemes are their names, as requests have them.
var schemes = map[Scheme]string{ECDSA: "ecdsa", Schnorr: "schnorr", RFC9591: "rfc9591", BIP340: "bip340"}

// Schemes are all there are.
var Schemes = []Scheme{ECDSA, Schnorr, RFC9591, BIP340}

// String is the name.
func (s Scheme) String() string {
	if name, ok := schemes[s]; ok {
		return name
	}
	return fmt.Sprintf("scheme %d", uint8(s))
}

// MarshalText gives the name.
func (s Scheme) MarshalText() ([]byte, error) {
	if _, ok := schemes[s]; !ok {
		return nil, fmt.Errorf("unknown signature scheme %d", uint8(s))
	}
	return []byte(s.String()), nil
}

// UnmarshalText reads the name.
func (s *Scheme) UnmarshalText(text []byte) error {
	for scheme, name := range schemes {
		if name == string(text) {
			*s = scheme
			return nil
		}
	}
	return fmt.Errorf("unknown signature scheme %.20q: there are ecdsa, schnorr, rfc9591 and bip340", text)
}

// Size is the length of a signature in bytes; 0 for a scheme that there is not.
func (s Scheme) Size() int {
	switch s {
	case ECDSA, RFC9591:
		return 65
	case Schnorr, BIP340:
		return 64
	}
	return 0
}

// Signers is how many holders sign together under a key of this threshold.
func (s Scheme) Signers(threshold uint32) int {
	if s == ECDSA {
		return 2*int(threshold) + 1
	}
	return int(threshold) + 1
}

// SignArguments are those of OpSign: keccak256 over the scheme's name and the hash that is
// to be signed.
func SignArguments(scheme Scheme, hash common.Hash) common.Hash {
	return crypto.Keccak256Hash([]byte(scheme.String()), hash[:])
}

// Signed is a signature under a server key.
type Signed struct {
	Key     KeyID       `json:"key"`
	Version SessionID   `json:"version"`
	Scheme  Scheme      `json:"scheme"`
	Hash    common.Hash `json:"hash"`      // what was signed
	Public  Point       `json:"serverKey"` // what it verifies under
	Block   BlockRef    `json:"block"`     // where the permission was decided

	// Certificate is every member's word that Public is the key's.
	Certificate *Certificate `json:"certificate"`

	// One of the two: the signature in Scheme's form, or that under ECIES if the request
	// has a reply key. A legacy request always has one.
	Signature hexutil.Bytes `json:"signature,omitempty"`
	Sealed    hexutil.Bytes `json:"sealedSignature,omitempty"`
}
