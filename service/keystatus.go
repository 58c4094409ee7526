package service

import (
	"context"

	"github.com/geth-ss/geth-ss/protocol/asking"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// KeyStatus is the answer of secretstore_keyStatus.
type KeyStatus struct {
	ID        wire.KeyID  `json:"id"`
	Version   string      `json:"version"` // short name of the generation that made it
	Threshold uint32      `json:"threshold"`
	Needed    int         `json:"needed"`    // holders for a read, threshold+1
	Confirmed bool        `json:"confirmed"` // known to be the only key of this id
	Document  bool        `json:"documentStored"`
	Holders   int         `json:"holders"` // connected, and just read their share from their disk
	Margin    int         `json:"margin"`  // holders beyond the needed ones; negative: it can't be read now
	Nodes     []KeyHolder `json:"nodes"`   // the members of the key
}

// KeyHolder is a member of a key.
type KeyHolder struct {
	Node   wire.NodeID `json:"node"`
	Share  string      `json:"share"` // "held", "lost", or "unknown" for a node that does not tell
	Reason string      `json:"reason,omitempty"`
}

// KeyStatus asks every key server whether it has its share of a key. Errors:
// KeyNotFound, Unavailable, Limit.
func (o *operator) KeyStatus(ctx context.Context, id wire.KeyID) (any, error) {
	release, err := o.questions.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	state, err := o.recall(id)
	if err == nil && state.Record == nil {
		state, err = o.known(ctx, id, false)
	}
	if err != nil {
		return nil, err
	}
	key := wire.KeyVersion{Key: id, Version: state.Record.Version()}
	m, err := asking.NewHoldings(o.askers(state.Record), []wire.KeyVersion{key})
	if err == nil {
		err = o.run(ctx, wire.KindHoldings, id, m)
	}
	if err != nil {
		return nil, err
	}
	setup := &state.Record.Setup
	status := &KeyStatus{
		ID: id, Version: key.Version.String(), Threshold: setup.Threshold, Needed: int(setup.Threshold) + 1,
		Confirmed: state.Record.Confirmed(), Document: state.Document != nil, Nodes: []KeyHolder{},
	}
	for _, member := range setup.Members {
		holder := o.keyHolder(member, key, m)
		if holder.Share == "held" {
			status.Holders++
		}
		status.Nodes = append(status.Nodes, holder)
	}
	status.Margin = status.Holders - status.Needed
	return status, nil
}

func (o *operator) keyHolder(member wire.NodeID, key wire.KeyVersion, m *asking.Holdings) KeyHolder {
	held, why := m.Held(member)
	switch {
	case member == o.self.ID():
		if asking.Holds(o.states.read, key) {
			return KeyHolder{Node: member, Share: "held"}
		}
		return KeyHolder{Node: member, Share: "lost"}
	case held != nil && held.Has(0):
		return KeyHolder{Node: member, Share: "held"}
	case held != nil:
		return KeyHolder{Node: member, Share: "lost", Reason: "it is connected and says that it has no share of this key"}
	case why == "":
		why = o.whyNotConnected(member)
	}
	return KeyHolder{Node: member, Share: "unknown", Reason: why}
}

// KeyPage is the answer of secretstore_keys.
type KeyPage struct {
	Keys []KeyEntry  `json:"keys"`
	Next *wire.KeyID `json:"next"` // where to go on; null: that was all
}

// KeyEntry is one key that this node knows.
type KeyEntry struct {
	ID        wire.KeyID `json:"id"`
	Threshold uint32     `json:"threshold"`
	Members   int        `json:"members"`
	Confirmed bool       `json:"confirmed"`
	Document  bool       `json:"documentStored"`
	Share     bool       `json:"share"` // held here
}

// MaxKeyPage bounds a page of Keys.
const MaxKeyPage = 256

// Keys lists keys that this node knows in ascending order of their ids: at most count of
// them, and only those after from. From the beginning if from is zero. Errors: Limit,
// Database.
func (o *operator) Keys(ctx context.Context, from wire.KeyID, count int) (any, error) {
	release, err := o.questions.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if !o.isRunning() {
		return nil, errNotRunning
	}
	count = min(max(count, 1), MaxKeyPage)
	ids, err := o.states.list(from, count)
	if err != nil {
		return nil, err
	}
	page := &KeyPage{Keys: []KeyEntry{}}
	for _, id := range ids {
		state, err := o.states.read(id)
		if err != nil {
			return nil, err
		}
		if state.Record == nil {
			continue
		}
		page.Keys = append(page.Keys, KeyEntry{
			ID: id, Threshold: state.Record.Setup.Threshold, Members: len(state.Record.Setup.Members),
			Confirmed: state.Record.Confirmed(), Document: state.Document != nil, Share: state.Share != nil,
		})
	}
	if len(ids) == count {
		page.Next = &ids[count-1]
	}
	return page, nil
}
