// Package courttest makes, for tests, what honest members sign in a whole life of a key: a generation of four with threshold
// 1, a retrieval, a stored pair, a dealing of items, signatures of both kinds. The same numbers give the same bytes. It has
// the means to sign more, so a test can have a member lie and see whom the evidence convicts. It also finds out of a nonce,
// an item or a one-time key whether it is gone, and breaks the source of randomness at one read.
//
// It is for tests alone; nothing of the product imports it. It runs no machines: package sessiontest runs whole clusters.
package courttest
