// Package generation makes a server key: Coordinator and Member run its rounds, Resolution and ResolutionMember decide, in
// ballots, what became of an attempt that was cut off. A Coordinator nests attempts, each a session of its own, until one
// yields the key or nobody is left to make it with.
//
// It is not the arithmetic of shares (packages dealing and threshold), nor the rules of ballots (package ballot), and it
// serves no key: packages documents and gathering do.
//
// A member signs the transcript of one attempt of a key id, and of another one only when it has seen the first abandoned.
// What it has signed is on its disk before it is sent. So an id never has two keys while at most t servers are malicious,
// though a generation may be cut off at any point.
package generation
