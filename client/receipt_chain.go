package client

import (
	"github.com/geth-ss/geth-ss/contracts/bindings/receiptchecker"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// CheckCall is the input of the call that has a ReceiptChecker (contracts/solidity) check the receipt on chain, as one for this
// version of the key. The contract answers with Receipt.Digest, 32 bytes, or reverts.
func (r *Receipt) CheckCall(version wire.SessionID) []byte {
	signatures, indices := make([][]byte, len(r.Signatures)), make([]uint32, len(r.Signatures))
	for i, s := range r.Signatures {
		signatures[i], indices[i] = s.Signature[:], s.Index
	}
	return receiptchecker.NewReceiptChecker().PackVerifyWithSetup(chainReceipt(&r.Receipt), version, chainSetup(&r.Setup), signatures, indices)
}

func chainReceipt(r *wire.Receipt) receiptchecker.ReceiptsReceipt {
	return receiptchecker.ReceiptsReceipt{
		Cluster: r.Cluster, Request: r.Request, Requester: r.Requester, Key: r.Key, Version: r.Version,
		Block: receiptchecker.ReceiptsBlock{Number: r.Block.Number, Hash: r.Block.Hash}, Granted: r.Granted,
	}
}

func chainSetup(t *wire.Terms) receiptchecker.ReceiptsSetup {
	return receiptchecker.ReceiptsSetup{
		Cluster: t.Cluster, Key: t.Key, Threshold: t.Threshold, SetSize: t.SetSize, Members: joined(t.Members),
		Initiator: t.Initiator[:], Nonce: t.Nonce, Proof: t.Proof,
	}
}
