package service

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/gathering"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Sign has the holders of a server key sign a hash, each after asking its own chain
// whether the requester may use the key, as for a retrieval. The answer is sealed to the
// requester's key if there is one. Errors: KeyNotFound, Denied, Unavailable, TooFew,
// BadRequester, Policy, Timeout.
func (s *keyServer) Sign(ctx context.Context, req *wire.Requester, id wire.KeyID, scheme wire.Scheme, hash common.Hash) (signed *wire.Signed, err error) {
	defer counted(signatures, signTimer, time.Now(), &err)
	defer s.elsewhere(&err)
	state, release, err := s.enterRequest(ctx, req, id, false)
	if err != nil {
		return nil, err
	}
	defer release()
	if scheme == wire.ECDSA {
		s.vault.signing.Add(1)
		defer s.vault.signing.Add(-1)
	}
	var m *gathering.Signing
	err = s.agreed(ctx, func() (err error) {
		if m, err = gathering.NewSigning(s.env(), s.vault.use, state, state.Record, req.Proof, scheme, hash); err == nil {
			err = s.run(ctx, wire.KindSign, id, m)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if scheme == wire.ECDSA { // who is refused has nothing prepared, nor anything dropped for it
		s.stock.want(items.GroupOf(state.Record))
	}
	signed = &wire.Signed{Key: id, Version: state.Record.Version(), Scheme: scheme, Hash: hash, Public: state.Record.Public(), Block: m.Block(),
		Certificate: state.Record.Certificate()}
	if req.Public == (wire.Point{}) {
		signed.Signature = m.Signature()
		return signed, nil
	}
	if signed.Sealed, err = gathering.Seal(rand.Reader, req.Public, m.Signature()); err != nil {
		return nil, wire.Errorf(wire.Cryptographic, "sealing the signature: %v", err)
	}
	return signed, nil
}
