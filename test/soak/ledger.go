package main

import (
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// ledger is what the network has promised: every key that was reported as made, and every document stored.
type ledger struct {
	mu   sync.Mutex
	keys []*key
}

// key is a server key, perhaps with a document key. What is set is so for good.
type key struct {
	id     common.Hash
	made   time.Time
	whole  bool             // no node was in trouble meanwhile: each holds a share
	public *secp256k1.Point // nil: the answer was a failure, so that there may be a key or not

	mu        sync.Mutex
	document  *secp256k1.Point // what reading must give; nil: none was reported as stored
	text      []byte           // what encrypted decrypts to, for documents made by JSON-RPC
	encrypted hexutil.Bytes
	granted   time.Time // since when the grant was final at all nodes that were well; zero: it isn't
	revoking  bool      // a revocation is under way: reads may go either way
	revoked   bool      // it is final at n-t nodes
}

func (l *ledger) add(k *key, whole bool) {
	k.whole = whole
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys = append(l.keys, k)
}

// all returns the keys for which ok holds.
func (l *ledger) all(ok func(*key) bool) (list []*key) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range l.keys {
		k.mu.Lock()
		if ok(k) {
			list = append(list, k)
		}
		k.mu.Unlock()
	}
	return list
}

// The kinds of keys that all is asked for.
func made(k *key) bool      { return k.public != nil }
func uncertain(k *key) bool { return k.public == nil }
func readable(k *key) bool {
	return stored(k) && !k.granted.IsZero() && !k.revoking && !k.revoked
}
func revoking(k *key) bool { return k.revoking }
func refused(k *key) bool  { return k.revoked }
func stored(k *key) bool   { return k.document != nil || k.encrypted != nil }

// is tells whether a key is of a kind now.
func (k *key) is(kind func(*key) bool) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return kind(k)
}

func (k *key) change(f func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f()
}
