// Package documents stores a document key and finds keys: Storing has holders of a server key promise a pair of points and
// keep its certificate, and Lookup asks all servers what they know of a key that this node does not know.
//
// It reads no document key: that is package gathering. What it stores is encrypted to the server key; it sees no plaintext.
//
// A holder signs one pair of a key, for good, and has it on its disk before it sends the signature. The certificate is a
// majority of such signatures, so a key never has two certified pairs while at most t holders are malicious. What a look-up
// brings is believed by its signatures, whoever tells it.
package documents
