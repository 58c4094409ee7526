// Package asking has key servers asked without consequence, for operators and for requesters about themselves: Explaining
// asks what each server's own chain says to a requester and a key, Holdings asks which servers have their shares of some keys.
//
// It reads no document key and changes no record. An answer is a server's word: nobody signs it, and nothing is decided by it.
//
// No share, no part of a decryption and no signature crosses the wire in these sessions, so they ask for no proof of a
// requester. What they cost a server is bounded by its driver.
package asking
