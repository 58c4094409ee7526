package courttest

import (
	"errors"
	"io"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// brokenRand fails in one read, and is random in all others.
type BrokenRand struct {
	io.Reader
	At, Reads int
}

func (b *BrokenRand) Read(p []byte) (int, error) {
	b.Reads++
	if b.Reads-1 == b.At {
		return 0, errors.New("the source is broken")
	}
	return b.Reader.Read(p)
}

// internal tells whether an error is this node's own.
func Internal(err error) bool { return err != nil && wire.ReasonOf(err) == wire.Internal }
