// Package handover is how key servers come to be others: all that happens between two server sets but the dealing of keys,
// which is package generation's. In its order:
//
//	plan     Planning: what all servers hold, before anybody orders anything
//	decide   Deciding; Settling ends or cancels an attempt that was cut off; Following tells nodes that slept and new ones
//	fence    Fence, durable before the first listing; from then on no key of the set before is certified
//	list     Gathering, Relisting; MayMake says which ids may be used meanwhile
//	move     CheckRound and the sharings' own rules; generation deals
//	erase    Holding hears who holds the new sharing, Erase destroys the old share, Receipts and Owing see to it that all have
//
// Administrators of a set order the next one; order and signatures are checked by package verify. A member coordinates:
// it asks all members of the new set whether they are ready, which fixes the set with their epoch keys; members of the
// parent bind themselves to this one attempt, durably, a set quorum of which is its certificate; and they vote on it in
// ballots (package ballot), as on an attempt at a key. So whatever at most ServerSet.Faults of the parent's members do, one
// set follows another, or none does yet. Until it is decided nothing changes. An order that gives the parent up, by all
// administrators, is decided by the new set instead.
//
// The model of one key between two sets is in model_test.go: it is searched exhaustively, with the rules left out that each
// are there for a reason.
//
// It deals nothing, and reads the chain through functions of session.Env alone.
package handover
