package service

import (
	"context"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Sign has the holders of a server key sign a hash.
func (s *Service) Sign(ctx context.Context, req *wire.Requester, id wire.KeyID, scheme wire.Scheme, hash common.Hash) (*wire.Signed, error) {
	return nil, wire.Errorf(wire.Unsupported, "signing is not supported")
}
