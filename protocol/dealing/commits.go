package dealing

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

func Present[T any](all []*T) (some []T) {
	for _, m := range all {
		if m != nil {
			some = append(some, *m)
		}
	}
	return some
}

// digests of commits that are all there.
func Digests(session wire.SessionID, commits []*wire.Commit) []common.Hash {
	all := make([]common.Hash, len(commits))
	for i, m := range commits {
		all[i] = m.Digest(session)
	}
	return all
}
