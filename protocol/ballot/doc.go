// Package ballot holds the rules of the ballots by which all key servers decide an attempt to make a key that was cut off:
// what a vote needs, how votes are counted (Tally), and whether somebody else's motion or abandonment is sound
// (CheckMotion, CheckAbandonment). ballot.go says why the rules are safe and why ballots end.
//
// It sends nothing and remembers nothing: package generation asks for votes, and a server's own votes are in session.State.
//
// Whatever up to t servers do, an attempt is never both completed and abandoned. In each ballot an honest server votes at
// most once.
package ballot
