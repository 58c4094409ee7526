package session

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What a node that has signed does with a certificate, by what it holds: one that is not confirmed
// it takes over only if it is of the attempt that it has promised itself to, and beside no other.
func TestActivateUnconfirmed(t *testing.T) {
	record := func(nonce byte, acks int) *wire.KeyRecord {
		r := &wire.KeyRecord{Setup: wire.Setup{SetSize: 4, Threshold: 1, Members: make([]wire.NodeID, 4), Nonce: [32]byte{nonce}},
			Acks: make([]wire.IndexedSign, acks)}
		return r
	}
	share := &Share{Index: 1, Value: secp256k1.NewScalar(5)}
	promised := func(nonce byte) *Attempt { return &Attempt{Setup: record(nonce, 0).Setup} }
	for name, c := range map[string]struct {
		state  State
		record *wire.KeyRecord
		taken  bool
		reason wire.Reason
	}{
		"promised":                                    {State{Attempt: promised(1), Pending: share}, record(1, 1), true, 0},
		"not promised":                                {State{}, record(1, 1), false, wire.Unavailable},
		"promised to another":                         {State{Attempt: promised(2), Pending: share}, record(1, 1), false, wire.Unavailable},
		"promised, beside another that is not":        {State{Record: record(2, 1), Attempt: promised(1), Pending: share}, record(1, 1), false, wire.KeyExists},
		"promised, beside another that is confirmed":  {State{Record: record(2, 3), Attempt: promised(1), Pending: share}, record(1, 1), false, wire.KeyExists},
		"held, and still promised":                    {State{Record: record(1, 1), Attempt: promised(1), Pending: share}, record(1, 1), true, 0},
		"confirmed, and still promised":               {State{Record: record(1, 3), Attempt: promised(1), Pending: share}, record(1, 3), true, 0},
		"held, and not confirmed":                     {State{Record: record(1, 1), Share: share}, record(1, 1), false, 0},
		"held, and confirmed":                         {State{Record: record(1, 3), Share: share}, record(1, 1), false, 0},
		"confirmed, beside one that is not":           {State{Record: record(2, 1), Share: share}, record(1, 3), true, 0},
		"confirmed, beside another that is confirmed": {State{Record: record(2, 3), Share: share}, record(1, 3), false, wire.KeyExists},
	} {
		batch, err := ActivateUnconfirmed(&c.state, c.record)
		if (len(batch) > 0) != c.taken || (err == nil) != (c.reason == 0) || err != nil && wire.ReasonOf(err) != c.reason {
			t.Errorf("%s: %d changes, %v", name, len(batch), err)
		}
	}
}
