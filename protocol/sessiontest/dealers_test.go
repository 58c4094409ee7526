package sessiontest

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Where more holders than a signature takes can be dealt with, as many as it takes are, and nobody of the version before is asked
// in vain.
func TestDealersAmongTwoVersions(t *testing.T) {
	for former := 1; former < 5; former++ {
		w := newWorld(t, 5, 1).readable()
		w.Nodes[former].Former = true
		asked := 0
		w.Spy = func(_ *Node, env wire.Envelope) {
			switch env.Msg.(type) {
			case *wire.Sign, *wire.Deal:
				if asked++; w.Node(env.To).Former {
					t.Errorf("%s, of the version before, is asked by %T", w.Name(env.To), env.Msg)
				}
			}
		}
		w.sign(w.Nodes[0], wire.ECDSA, someHash(byte(former)))
		if asked == 0 {
			t.Error("nobody is asked")
		}
	}
}
