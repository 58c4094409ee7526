package wire

import (
	"bytes"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// compactSize is that of a signature which EIP-2098 packs: r, and s with v in its highest bit.
const compactSize = 64

// SignerOf tells whose key has made a wallet's signature of 65 bytes, r‖s‖v with v 27 or 28 (or 0, 1), or of 64, as EIP-2098
// packs it; false if no key has.
func SignerOf(digest common.Hash, signature []byte) (common.Address, bool) {
	if len(signature) == compactSize {
		signature = unpack(signature)
	}
	if len(signature) != 65 {
		return common.Address{}, false
	}
	sig := bytes.Clone(signature)
	if sig[64] >= 27 {
		sig[64] -= 27
	}
	pub, err := crypto.SigToPub(digest[:], sig)
	if err != nil {
		return common.Address{}, false
	}
	return crypto.PubkeyToAddress(*pub), true
}

// Expand gives a packed signature of the account's key in the 65 bytes that all key servers take. Any other signature is not
// ours to change: an account's contract says itself what it takes.
func Expand(account common.Address, digest common.Hash, signature []byte) []byte {
	if len(signature) != compactSize {
		return signature
	}
	if signer, ok := SignerOf(digest, signature); !ok || signer != account {
		return signature
	}
	return unpack(signature)
}

func unpack(packed []byte) []byte {
	signature := append(bytes.Clone(packed), 27+packed[32]>>7)
	signature[32] &= 0x7f
	return signature
}

// undeployedMark ends a signature of ERC-6492.
var undeployedMark = bytes.Repeat([]byte{0x64, 0x92}, 16)

// IsUndeployed tells whether a signature is one of ERC-6492: of a contract account that is not deployed yet.
func IsUndeployed(signature []byte) bool { return bytes.HasSuffix(signature, undeployedMark) }
