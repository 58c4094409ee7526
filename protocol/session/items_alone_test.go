package session

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A member deals to no key in another's name, whoever shows it and whoever has signed it: what its dealing says that it has seen
// could not be judged by then.
func TestItemKeyInAnothersName(t *testing.T) {
	l := inviting()
	e := l.keys()
	e.Commits[2] = *l.keyed(3, func(m *wire.Commit) { m.Index = 2 })
	eff := l.tell(2, e)
	l.wantBlame(t, "3's key in the name of 2", eff, 1, false)
	if !eff.Done || eff.Send[0].Msg.Code() != wire.CodeRefuse {
		t.Errorf("answers with %T", eff.Send[0].Msg)
	}
}
