package asking

import (
	"errors"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A share that can't be read is none that is held; nor is one of a key that is not.
func TestHolds(t *testing.T) {
	record := &wire.KeyRecord{Setup: wire.Setup{SetSize: 1, Members: make([]wire.NodeID, 1)}}
	version := record.Version()
	for name, c := range map[string]struct {
		state *session.State
		err   error
		holds bool
	}{
		"a share":               {&session.State{Record: record, Share: new(session.Share)}, nil, true},
		"no share":              {&session.State{Record: record}, nil, false},
		"no key":                {new(session.State), nil, false},
		"a share without a key": {&session.State{Share: new(session.Share)}, nil, false},
		"a damaged record":      {nil, errors.New("the disk is broken"), false},
	} {
		load := func(wire.KeyID) (*session.State, error) { return c.state, c.err }
		if got := Holds(load, wire.KeyVersion{Version: version}); got != c.holds {
			t.Errorf("%s: %v", name, got)
		}
	}
	load := func(wire.KeyID) (*session.State, error) {
		return &session.State{Record: record, Share: new(session.Share)}, nil
	}
	if Holds(load, wire.KeyVersion{Version: wire.SessionID{1}}) {
		t.Error("another version")
	}
}
