// Package handover is how key servers come to be others. Here is how the next server set is decided (Deciding), how an
// attempt at one that was cut off is settled or cancelled (Settling), how nodes that slept or are new learn of sets
// (Following), and what a node keeps of sets (LoadSets).
//
// Administrators of a set order the next one; order and signatures are checked by package verify. A member coordinates:
// it asks all members of the new set whether they are ready, which fixes the set with their epoch keys; members of the
// parent bind themselves to this one attempt, durably, a set quorum of which is its certificate; and they vote on it in
// ballots (package ballot), as on an attempt at a key. So whatever at most ServerSet.Faults of the parent's members do, one
// set follows another, or none does yet. Until it is decided nothing changes.
//
// It does not move keys, and fences nothing. It reads the chain through two functions of session.Env alone.
package handover
