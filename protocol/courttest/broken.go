package courttest

import (
	"errors"
	"io"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// BrokenRand is a source of randomness that fails in the read of number At, from 0 on, and reads from Reader in all
// others. Reads counts them.
type BrokenRand struct {
	io.Reader
	At, Reads int
}

// Read fails once, and is Reader's else.
func (b *BrokenRand) Read(p []byte) (int, error) {
	b.Reads++
	if b.Reads-1 == b.At {
		return 0, errors.New("the source is broken")
	}
	return b.Reader.Read(p)
}

// Internal tells whether an error is this node's own failure, for which nobody else can be blamed.
func Internal(err error) bool { return err != nil && wire.ReasonOf(err) == wire.Internal }
