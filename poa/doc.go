// Package poa makes blocks on a proof-of-authority network: CometBFT agrees on
// the next block, and geth builds, checks and adopts it as it does for the
// engine API, all in one process.
//
//	            PrepareProposal   build a payload from geth's pool
//	CometBFT ── ProcessProposal ─ execute it, vote VALID or nothing ─► geth
//	            FinalizeBlock     execute it, if this node has not yet
//	            Commit            head = safe = finalized
//
// A consensus block carries exactly one transaction: the execution payload of
// the geth block of the same height. The application hash is the geth block's
// hash, so two nodes can't agree on a height and differ in the state.
//
// The package is a leaf. It knows nothing of secrets, and it is no consensus
// algorithm: agreement, evidence and block sync are CometBFT's, validity is
// geth's. Transactions travel through geth's pool; CometBFT's mempool is off.
//
// One key, geth's nodekey, is the validator key; the key of the consensus
// transport is derived from it. See identity.go.
package poa
