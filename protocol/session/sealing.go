package session

import (
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/crypto/ecies"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// sealMAC is authenticated with everything sealed to a client: Parity's two zero bytes
// (spec/rpc-api.md 3.3).
var sealMAC = []byte{0, 0}

// Seal encrypts to a requester by ECIES as Parity's clients open it: 113 bytes longer
// than plain. It costs two multiplications.
func Seal(rand io.Reader, to wire.Point, plain []byte) ([]byte, error) {
	key, err := crypto.UnmarshalPubkey(append([]byte{4}, to[:]...))
	if err != nil {
		return nil, fmt.Errorf("sealing to the requester: %w", err)
	}
	sealed, err := ecies.Encrypt(rand, ecies.ImportECDSAPublic(key), plain, nil, sealMAC)
	if err != nil {
		return nil, fmt.Errorf("sealing to the requester: %w", err)
	}
	return sealed, nil
}
