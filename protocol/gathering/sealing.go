package gathering

import (
	"fmt"
	"io"

	"github.com/geth-ss/geth-ss/protocol/ecies"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Seal encrypts to a requester: ecies.Overhead bytes longer than plain.
func Seal(rand io.Reader, to wire.Point, plain []byte) ([]byte, error) {
	key, err := secp256k1.ParsePoint(to[:])
	if err != nil {
		return nil, fmt.Errorf("sealing to the requester: %w", err)
	}
	sealed, err := ecies.Seal(rand, key, plain)
	if err != nil {
		return nil, fmt.Errorf("sealing to the requester: %w", err)
	}
	return sealed, nil
}
