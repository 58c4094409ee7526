package items

import (
	"slices"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/courttest"
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

// What an operator is told of a dealing that takes long: what it waits for, and of whom. A node does not wait for itself.
func TestWhoOwesWhat(t *testing.T) {
	l := newDealers()
	want := func(coordinator, member string, owing ...uint32) {
		t.Helper()
		if got := l.d.Owing(); !slices.Equal(got, owing) {
			t.Errorf("%v: waits for %d, not %d", l.d, got, owing)
		}
		if got := l.d.String(); got != "dealing items: "+coordinator {
			t.Errorf("%q, not %s", got, coordinator)
		}
		if got := l.members[2].String(); got != "items member: "+member {
			t.Errorf("%q, not %s", got, member)
		}
	}
	want("waiting for dealings", "waiting for dealings", 2, 3)
	l.hear(2, l.reveals[2])
	want("waiting for dealings", "waiting for dealings", 3)
	l.hear(3, l.reveals[3])
	want("waiting for signatures", "waiting for dealings", 2, 3)
	if !courttest.Gone(l.d.once) {
		t.Error("all is opened, and the one-time key is there")
	}
	signed := l.tell(2, l.all())
	want("waiting for signatures", "ended", 2, 3)
	l.hear(2, signed.Send[0].Msg)
	want("waiting for signatures", "ended", 3)
	l.hear(3, l.tell(3, l.all()).Send[0].Msg)
	want("ended", "ended")

	l = inviting()
	want("waiting for keys", "waiting for keys", 2, 3)
	l.members[2] = JoinDealing(l.env(2), l.lend(2), l.Nodes[0].ID(), l.d.ID())
	l.d, _ = NewDealing(l.env(1), l.lend(1), group(l.Court), []uint32{1, 2, 3}, 1)
	want("idle", "new", 2, 3)
}
