package service

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/log"

	"github.com/geth-ss/geth-ss/protocol/documents"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What a node does that was a key server and is none now. It keeps looking where the keys have gone whose shares it holds,
// and erases each share when enough holders of the new one have told it that they have theirs (succession_erasing.go). As
// soon as it holds none it has nothing to do but to tell clients and nodes that slept who the key servers are. The node that
// it runs in goes on.

// stageOf is what keys that have not moved yet mean: members move them, others wait to erase their shares of them.
func stageOf(member bool) wire.ChangeState {
	if member {
		return wire.ChangeMoving
	}
	return wire.ChangeErasing
}

// catchUp learns, as a node that is out, where the keys have gone of which it holds shares.
func (s *succession) catchUp(m *mover) {
	for _, id := range m.dueLooks(64, math.MaxInt) {
		if s.ctx.Err() != nil {
			return
		}
		switch held, err := s.latest(id); {
		case err != nil:
			log.Debug("Secret store could not learn of a key's latest sharing", "key", id, "err", err)
		case !held:
			m.drop(id)
		}
	}
}

// askOnce learns, as a member that comes late, where keys have gone. It asks once about each, and is to move what has gone nowhere.
func (s *succession) askOnce(m *mover) {
	for _, id := range m.dueLooks(64, 1) {
		if s.ctx.Err() != nil {
			return
		}
		s.learn(id)
	}
}

// learn learns of the latest sharing of a key, and has a share of it asked for if this node is to have one and lacks it.
func (s *succession) learn(id wire.KeyID) {
	_, err := s.latest(id)
	if err != nil {
		log.Debug("Secret store could not learn of a key's latest sharing", "key", id, "err", err)
		return
	}
	newest := s.servers.Sets().Newest()
	if state, err := s.states.load(id); err == nil && newest.Contains(s.self.ID()) && s.lacking(state, newest) {
		s.lacks.miss(id)
		s.rounds.again()
	}
}

// dueLooks are some of the keys that are to be looked at now, each the less often the more often it was, and no more often than that.
func (m *mover) dueLooks(most, tries int) (ids []wire.KeyID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	for id, p := range m.pending {
		if len(ids) == most {
			break
		}
		if now.Before(p.next) || p.tries >= tries {
			continue
		}
		p.tries++
		p.next = now.Add(min(moveBackoff<<min(p.tries-1, 8), maxMoveBackoff))
		ids = append(ids, id)
	}
	return ids
}

// drop has a key looked at no more.
func (m *mover) drop(id wire.KeyID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.pending, id)
}

// latest learns of the latest sharing of a key. It tells whether this node holds a share of any sharing of it: if not, it
// is no business of a node that is out.
func (s *succession) latest(id wire.KeyID) (held bool, err error) {
	holds := func() (*session.State, bool, error) {
		state, err := s.states.read(id)
		return state, err != nil || state.Share != nil || state.Pending != nil || len(state.Former) > 0, err
	}
	state, held, err := holds()
	if err != nil || !held {
		return held, err
	}
	if state.Record == nil || !state.Record.Confirmed() { // an attempt that may have come to nothing
		if _, err = s.known(s.ctx, id, false); wire.ReasonOf(err) == wire.KeyNotFound {
			err = nil
		}
	} else {
		var l *documents.Lookup
		if l, err = documents.NewLatest(s.env(), state, id); err == nil {
			err = s.run2(wire.KindLookup, id, l)
		}
	}
	if err != nil {
		return true, err
	}
	_, held, err = holds()
	return held, err
}

// held counts the shares of a node that is no member.
func (d *driver) held() int {
	if !d.isRunning() || d.servers.Contains(d.self.ID()) {
		return 0
	}
	_, held, err := d.states.keys()
	if err != nil {
		return 0
	}
	return held
}

// sayOut says in the log that this node is a key server no more, and that it has nothing left of its shares.
func (s *succession) sayOut(newest *wire.ServerSet, member bool) {
	if member || !s.servers.IsFormer(s.self.ID()) {
		s.outOf, s.empty = 0, false
		return
	}
	held := s.held()
	if s.outOf != newest.Epoch+1 {
		s.outOf, s.empty = newest.Epoch+1, false
		log.Warn("This node is a key server no more. It erases its shares when the present key servers have theirs, and goes on as a node",
			"epoch", newest.Epoch, "servers", membersText(newest), "shares", held)
	}
	if held == 0 && !s.empty {
		s.empty = true
		log.Info("This node has erased all of its former shares. Backups of them are not erased", "epoch", newest.Epoch)
	}
}

// membersText names the members of a set by their accounts.
func membersText(set *wire.ServerSet) string {
	names := make([]string, len(set.Members))
	for i, member := range set.Members {
		names[i] = member.Address().Hex()
	}
	return strings.Join(names, ", ")
}

// serves fails at a node that was a key server and is none now, unless it holds a share of the key as the key is now, for all
// that it knows. So a client is sent to the key servers by who has nothing to do with the key any more, and no request fails
// that is asked where the key has not left yet. As a holder such a node answers the coordinators of others all the same.
func (d *driver) serves(id wire.KeyID) error {
	if !d.isRunning() || !d.servers.IsFormer(d.self.ID()) {
		return nil
	}
	state, err := d.recall(id)
	if err != nil {
		return err
	}
	if state.Record != nil && state.Share != nil && state.Record.Setup.Index(d.self.ID()) > 0 {
		return nil
	}
	return wire.Errorf(wire.NotMember, "it holds no share of key %v", id)
}

// elsewhere adds to a failure of a request at a node that is no key server who the key servers are. What was asked for
// wrongly would be wrong there, too.
func (d *driver) elsewhere(err *error) {
	newest := d.servers.Sets().Newest()
	if *err == nil || newest.Contains(d.self.ID()) {
		return
	}
	switch wire.ReasonOf(*err) {
	case wire.Unavailable, wire.Disconnected, wire.NotMember, wire.TooFew, wire.Timeout, wire.Busy, wire.KeyNotFound,
		wire.DocumentNotFound, wire.NoSession, wire.Unsupported:
	default:
		return
	}
	if !d.isRunning() {
		return
	}
	what := "is not a key server yet"
	if d.servers.IsFormer(d.self.ID()) {
		what = "is a key server no more"
	}
	e := &wire.Elsewhere{Err: wire.Errorf(wire.NotMember, "this node %s. Ask one of set %d: %s. (%s)", what, newest.Epoch, serversText(newest), session.DetailOf(*err))}
	for _, member := range newest.Members {
		e.Servers = append(e.Servers, wire.ServerInfo{ID: member, Address: member.Address()})
	}
	*err = e
}

// serversText names the members of a set by account and id.
func serversText(set *wire.ServerSet) string {
	names := make([]string, len(set.Members))
	for i, member := range set.Members {
		names[i] = fmt.Sprintf("%s (id %s)", member.Address().Hex(), member.Short())
	}
	return strings.Join(names, ", ")
}

// IsFormer tells whether a node was a member once, and is none now.
func (s *servers) IsFormer(node wire.NodeID) bool { return s.now.Load().former[node] }

// unerased are those whose receipts of erasure are missing, ascending. The caller holds s.mu.
func (s *succession) unerasedLocked() (nodes []wire.NodeID) {
	for node, count := range s.receipts.owing {
		if count > 0 {
			nodes = append(nodes, node)
		}
	}
	slices.SortFunc(nodes, wire.NodeID.Compare)
	return nodes
}
