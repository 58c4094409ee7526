package rpcapi

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/internal/strictjson"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// maxCall bounds the text of a wallet's request. The longest honest one, for
// wire.MaxRequestKeys keys with a permit that names each of them, has some 50 KiB.
const maxCall = 128 << 10

// The requests, as JSON. What the wallet has signed comes first in each.
type (
	readCall struct {
		wire.SignedRequest
	}
	generateCall struct {
		wire.SignedRequest
		Threshold *uint32 `json:"threshold"`
	}
	storeCall struct {
		wire.SignedRequest
		CommonPoint    *wire.Point `json:"commonPoint"`
		EncryptedPoint *wire.Point `json:"encryptedPoint"`
	}
	hashCall struct {
		wire.SignedRequest
		Hash *common.Hash `json:"hash"`
	}
	signCall struct {
		wire.SignedRequest
		Scheme *wire.Scheme `json:"scheme"`
		Hash   *common.Hash `json:"hash"`
	}
)

// keyOutcome is one key's outcome: a release or an error.
type keyOutcome struct {
	Key     wire.KeyID    `json:"key"`
	Release *wire.Release `json:"release,omitempty"`
	Error   *walletError  `json:"error,omitempty"`
}

// malformedError is what can't be read, or can't be meant.
type malformedError struct{ text string }

func (e *malformedError) Error() string { return "malformed request: " + e.text }

func malformed(format string, args ...any) error {
	return &malformedError{fmt.Sprintf(format, args...)}
}

// decodeCall reads a request strictly: a member that we don't know, or that is there twice, means something to its sender.
func decodeCall(body []byte, into any) error {
	if len(body) > maxCall {
		return malformed("it has more than %d bytes", maxCall)
	}
	if err := strictjson.Decode(body, into); err != nil {
		return malformed("%.300v", err)
	}
	return nil
}

// checkKeys bounds a batch before anything is done for it.
func checkKeys(keys []wire.KeyID) error {
	if len(keys) == 0 || len(keys) > wire.MaxRequestKeys {
		return malformed("message.keys has %d key ids; 1 to %d are answered", len(keys), wire.MaxRequestKeys)
	}
	seen := make(map[wire.KeyID]bool, len(keys))
	for _, key := range keys {
		if seen[key] {
			return malformed("message.keys has %v twice", key)
		}
		seen[key] = true
	}
	return nil
}

func encodeOutcomes(outcomes []wire.Outcome) []keyOutcome {
	list := make([]keyOutcome, len(outcomes))
	for i, o := range outcomes {
		list[i] = keyOutcome{Key: o.Key, Release: o.Release}
		if o.Err != nil || o.Release == nil {
			list[i].Release, list[i].Error = nil, walletErrorOf(o.Err)
		}
	}
	return list
}
