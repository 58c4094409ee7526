package protocol

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A member whose program speaks the version before is greeted in that, heard, and shown as what it is: the operator is to
// know whom no key is made with. Who says another version than the connection was made for can't be talked with.
func TestOlderMember(t *testing.T) {
	for name, c := range map[string]struct {
		version uint
		says    uint64
		state   State
		older   bool
	}{
		"this one":                    {wire.ProtocolVersion, wire.ProtocolVersion, Connected, false},
		"the one before":              {wire.FormerVersion, wire.FormerVersion, Connected, true},
		"the one before, and says no": {wire.FormerVersion, wire.ProtocolVersion, OtherVersion, false},
		"this one, and says no":       {wire.ProtocolVersion, wire.FormerVersion, OtherVersion, false},
	} {
		t.Run(name, func(t *testing.T) {
			withFar(t, func(h *host, f *far) {
				f.close()
				synctest.Wait()
				g := connectFarAs(t, f.n, f.id, c.version)
				g.read()
				g.hello(func(h *hello) { h.Version = c.says })
				synctest.Wait()
				info := f.n.Peers()[0]
				if info.State != c.state || info.Version != c.says {
					t.Errorf("%+v", info)
				}
				if got := slices.Contains(f.n.Older(), f.id); got != c.older {
					t.Errorf("is listed as older: %t", got)
				}
				if got := strings.Contains(info.Difference, "upgraded"); got != (c.version == wire.FormerVersion) {
					t.Errorf("differs: %q", info.Difference)
				}
				var own hello
				if err := rlp.DecodeBytes(g.first(), &own); err != nil || own.Version != uint64(c.version) {
					t.Errorf("is greeted with version %d: %v", own.Version, err)
				}
				if c.state == Connected {
					g.say("heard")
					synctest.Wait()
					if got := h.log(); len(got) == 0 || got[len(got)-1] != "handle heard" {
						t.Errorf("backend saw %q", got)
					}
				}
				g.close()
				f.result <- nil // for withFar
			})
		})
	}
}

// Two nodes take the newest version that both know, whoever of them dials.
func TestNewestVersionOfBoth(t *testing.T) {
	keys := testKeys(t, 2)
	for name, c := range map[string]struct{ first, second []uint }{
		"both upgraded":    {[]uint{1, 2}, []uint{1, 2}},
		"one upgraded":     {[]uint{1, 2}, []uint{1}},
		"the other":        {[]uint{1}, []uint{1, 2}},
		"one knows more":   {[]uint{1, 2}, []uint{2}},
		"in another order": {[]uint{2, 1}, []uint{1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newServerOf(t, keys[0], "127.0.0.1:0", c.first, idOf(keys[1]))
			b := newServerOf(t, keys[1], "127.0.0.1:0", c.second, idOf(keys[0]))
			list := []*enode.Node{a.node(), b.node()}
			for _, s := range []*server{a, b} {
				if err := s.n.Start(s.Server, list); err != nil {
					t.Fatal(err)
				}
			}
			eventually(t, "connection", func() bool { return connected(a, idOf(keys[1]))() && connected(b, idOf(keys[0]))() })
			exchange(t, a, b, idOf(keys[1]))
			exchange(t, b, a, idOf(keys[0]))
			older := !slices.Contains(c.first, 2) || !slices.Contains(c.second, 2)
			for _, s := range []*server{a, b} {
				if got := len(s.n.Older()) == 1; got != older {
					t.Errorf("has an older peer: %t", got)
				}
				if v := s.n.Peers()[0].Version; (v == wire.FormerVersion) != older {
					t.Errorf("speaks version %d", v)
				}
			}
		})
	}
}

// only keeps some of the versions.
func only(all []p2p.Protocol, versions []uint) (some []p2p.Protocol) {
	for _, v := range versions {
		for _, p := range all {
			if p.Version == v {
				some = append(some, p)
			}
		}
	}
	return some
}
