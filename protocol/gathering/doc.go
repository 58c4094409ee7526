// Package gathering has the holders of a key do what a requester is permitted: Retrieval reads a document key, Batch reads up
// to 32 of them at once, Signing signs a hash. The coordinator finds enough holders whose own chains permit the request, at
// one final block. It replaces those that are slow, gone or lying, and combines what the others answer. gathering.go and
// round.go are that work; retrieval.go and signing.go, with schnorr.go and ecdsa.go, are the tasks that it is done for.
// Batch goes its own, simpler way.
//
// It does not decide who is permitted: a machine asks its own node's oracle (session.Question). It does not deal items
// (package items), and it changes nothing that is durable but what a coordinator supplies a holder with that missed it.
//
// A holder gives out its part only when its own chain has said yes, and only for the session that binds it: requester, key
// version, block, set, and hash if there is one. The coordinator checks each part, or the sum first and then each part,
// before a result leaves.
package gathering
