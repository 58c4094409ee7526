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
// # Who the validators are
//
// On most networks they are those of the network's file, for ever. On a governed one a contract has them, ValidatorSet
// (package contracts), and the file has those that it begins with, and where the contract stands:
//
//	transactions   validators propose and vote; the contract gives each change a block
//	block H        FinalizeBlock reads the list in the states after H-1 and after H, and returns how they differ
//	block H+2      CometBFT's validators are so
//
// The list after H is a function of the contract's storage in the state after H, and of the number H, since the contract keeps
// changes that wait with the blocks that it gave them. It is read from the state of the very block, by its root, and without
// the EVM: no clock, no setting, no head of this node has a say. So a node that replays the chain, from the genesis block or
// from what a crash has left on its disk, returns the same at each height, whenever it does and how often. A replay needs no
// state that execution does not need as well: that after H-1 is where block H is executed.
//
// What can't be read is an error, and FinalizeBlock's errors end consensus on this node. Who took it for "no change" would go
// on with another list than the others, and could not tell why their commits are wrong. That the code at the address is the
// one this program knows is part of reading it.
//
// How much changes in a block the contract bounds: one entry, or a third of the weight before. That leaves those who have
// signed H-1 more than two thirds of a set most of which is the next, and whoever follows by commits a chain to follow. The
// first list and the file's are equal, so consensus begins with what the storage says and goes on with the differences.
//
// What a removed validator goes on to sign counts for nothing: CometBFT's set is without it. One that was voted in and is down
// is like any validator that is down. Any node may be voted in, so each keeps its sign state from its first start, and signs
// once it is in the set; who has blocks and no sign state, or finds its own signature above it, follows and signs nothing
// until poa resume (see signer).
//
// A network that has a list in its file changes over by {contract, height}, in the file of each node: a rule (see Rules) that
// is in force from the height on. Before it nothing is read, and after the block of this height the two lists must be equal.
//
// The package knows nothing of secrets, and it is no consensus
// algorithm: agreement, evidence and block sync are CometBFT's, validity is
// geth's. Transactions travel through geth's pool; CometBFT's mempool is off.
//
// One key, geth's nodekey, is the validator key; the key of the consensus
// transport is derived from it. See identity.go.
package poa
