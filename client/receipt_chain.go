package client

import (
	"github.com/geth-ss/geth-ss/contracts/bindings/receiptchecker"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// CheckCall is the input of the call that has a ReceiptChecker (contracts/solidity) check the receipt on chain, as one for this
// version of the key. The contract answers with Receipt.Digest, 32 bytes, or reverts.
func (r *Receipt) CheckCall(version wire.SessionID) []byte {
	told, terms := &r.Receipt, &r.Setup
	receipt := receiptchecker.ReceiptsReceipt{
		Cluster: told.Cluster, Request: told.Request, Requester: told.Requester, Key: told.Key, Version: told.Version,
		Block: receiptchecker.ReceiptsBlock{Number: told.Block.Number, Hash: told.Block.Hash}, Granted: told.Granted,
	}
	setup := receiptchecker.ReceiptsSetup{
		Cluster: terms.Cluster, Key: terms.Key, Threshold: terms.Threshold, SetSize: terms.SetSize,
		Initiator: terms.Initiator[:], Nonce: terms.Nonce, Proof: terms.Proof,
	}
	for _, m := range terms.Members {
		setup.Members = append(setup.Members, m[:]...)
	}
	signatures, indices := make([][]byte, len(r.Signatures)), make([]uint32, len(r.Signatures))
	for i, s := range r.Signatures {
		signatures[i], indices[i] = s.Signature[:], s.Index
	}
	return receiptchecker.NewReceiptChecker().PackVerifyWithSetup(receipt, version, setup, signatures, indices)
}
