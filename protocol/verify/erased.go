package verify

import "github.com/geth-ss/geth-ss/protocol/wire"

// Erased checks the signature of a receipt of erasure. It fails with InvalidMessage. That the receipt is true can't be checked.
func Erased(cluster wire.ClusterID, e *wire.Erased) error {
	if !e.Node.Signed(wire.ErasedDigest(cluster, e), &e.Signature) {
		return wire.Errorf(wire.InvalidMessage, "false receipt of erasure of %s", e.Node.Short())
	}
	return nil
}
