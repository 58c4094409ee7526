package session

import (
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/threshold"
)

// sealedTo is the secret of what is dealt to this node: its static key plus a one-time key. The caller erases it.
func SealedTo(env *Env, once *threshold.OneTimeKey) (*secp256k1.Scalar, error) {
	static := nodeSecret(env)
	defer static.Erase()
	return once.With(static)
}
