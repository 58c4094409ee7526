package dealing

import (
	"math/rand/v2"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A dealer of a redistribution deals its share and nothing else, be the rest of its dealing ever so right.
func TestShareIsDealt(t *testing.T) {
	rand := rand.NewChaCha8([32]byte{7})
	share := secp256k1.NewScalar(5)
	var ids []wire.NodeID
	for i := range 3 {
		ids = append(ids, wire.NodeID(secp256k1.BaseMul(secp256k1.NewScalar(uint32(i+10))).Bytes()))
	}
	key := secp256k1.BaseMul(share).Bytes()
	terms := &wire.Terms{Threshold: 1, SetSize: 3, Members: ids, Set: &wire.SetRef{}, Move: &wire.Move{Public: key, Dealers: []wire.Dealer{{Node: ids[2], Index: 2, Share: key}}}}
	deals := OfKey(terms)
	noError(deals.CheckKeys())
	for i, id := range ids {
		point, err := secp256k1.ParsePoint(id[:])
		noError(err)
		deals.To[i] = point
	}
	hand, err := deals.DrawShare(rand, 0, share)
	noError(err)
	d, err := deals.Deal(hand)
	noError(err)
	if _, err := deals.Open(0, d); err != nil {
		t.Errorf("its share: %v", err)
	}
	if _, err := deals.DrawShare(rand, 0, secp256k1.NewScalar(6)); err == nil {
		t.Error("deals what is not its share")
	}
	polynomial, err := threshold.Shape{Degree: 1}.DrawFor(rand, secp256k1.NewScalar(6))
	noError(err)
	other, err := deals.hand(rand, 0, []*threshold.Sharing{polynomial})
	noError(err)
	d, err = deals.Deal(other)
	noError(err)
	if _, err := deals.Open(0, d); err == nil {
		t.Error("a dealing of another secret is taken")
	}
	terms.Move.Public = wire.Point(ids[0])
	if OfKey(terms).CheckKeys() == nil {
		t.Error("shares that do not give the key are taken")
	}
}
