// Package items deals ahead what ECDSA signatures use up. Dealing coordinates a dealing of items among 2t+1 holders of a key,
// DealingMember takes part in it, and a Vault keeps what came of it: items, with this node's shares of them, and the nonces of
// Schnorr signatures that holders have sent ahead.
//
// It signs nothing: package gathering takes items and nonces out of the vault and uses them. It writes nothing to the disk: a
// node that restarts has none, and has others dealt.
//
// An item knows no key, no hash and no requester. An item or a nonce comes out of the vault once, and a name that is used up
// is remembered: who asks for one a second time is refused and named. Two signatures with one nonce would give the key away.
package items
