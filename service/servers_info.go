package service

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/log"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// tellChange adds to what is told of the server set what is under way, and what is left of the sets before.
func (o *operator) tellChange(info *wire.ServersInfo) {
	info.Member = o.servers.Contains(o.self.ID())
	info.Held = o.held()
	info.Unerased = []wire.UnerasedInfo{}
	info.LastChange = o.lastChange(info.Epoch)
	if at := o.backedUp.Load(); at != nil {
		info.Backup = at
	}
	info.Dealt = o.succession.dealt.Load()
	connected := o.network.Connected()
	o.succession.tell(info, o.memberInfo, func(node wire.NodeID) bool { return slices.Contains(connected, node) })
	round := o.rounder.info()
	if now := info.Change; round != nil && (now == nil || now.State == wire.ChangeErasing) {
		if round.Thin = info.Thin; now != nil {
			round.NotErased = now.NotErased
		}
		info.Change = round
	}
}

// lastChange is the final block at which the set of an epoch took effect; nil in epoch 0. What this node has not got of the
// chain has no time.
func (d *driver) lastChange(epoch uint64) *wire.BlockInfo {
	ref := d.servers.since.Load()
	if epoch == 0 || ref == nil {
		return nil
	}
	info := &wire.BlockInfo{Number: ref.Number, Hash: ref.Hash}
	if b, ok := d.blocks.BlockOf(*ref); ok {
		info.Timestamp = b.Time
	}
	return info
}

// tell adds what is under way.
func (s *succession) tell(info *wire.ServersInfo, member func(wire.NodeID) wire.MemberInfo, connected func(wire.NodeID) bool) {
	former := s.servers.Former()
	s.mu.Lock()
	defer s.mu.Unlock()
	unerased := s.unerasedLocked()
	for _, node := range former {
		// Until receipts are counted nothing is known; nor is it while keys are with former members.
		if info.Member && node != s.self.ID() && (!s.receipts.counted || s.receipts.owing[node] > 0 || s.moving == nil || s.moving.left() > 0) {
			info.Former = append(info.Former, member(node))
		}
		if !info.Member && node == s.self.ID() && info.Held > 0 {
			info.Former = append(info.Former, member(node))
		}
	}
	for _, node := range unerased {
		m := member(node)
		info.Unerased = append(info.Unerased, wire.UnerasedInfo{ID: node, Address: m.Address, Member: !slices.Contains(former, node),
			Connected: node == s.self.ID() || connected(node), Shares: s.receipts.owing[node], Since: s.receipts.since[node]})
	}
	for node, w := range s.receipts.off {
		info.WrittenOff = append(info.WrittenOff, wire.UnerasedInfo{ID: node, Address: member(node).Address, Member: !slices.Contains(former, node),
			Connected: connected(node), Shares: w.shares, Since: time.Unix(int64(min(w.at, 1<<40)), 0).UTC()})
	}
	slices.SortFunc(info.WrittenOff, func(a, b wire.UnerasedInfo) int { return a.ID.Compare(b.ID) })
	info.Thin = s.moves.thin
	c := &wire.ChangeInfo{Failed: []wire.MoveFailure{}, Awaited: []wire.NodeID{}, AwaitedSince: []time.Time{}, NotErased: append([]wire.NodeID{}, unerased...)}
	switch {
	case s.deciding != nil:
		order := *s.deciding.order
		c.State, c.Epoch, c.Hash, c.Since = wire.ChangeDeciding, order.Epoch, order.Set().Hash(), s.deciding.since
		c.Order = &order
	case s.state != "" || info.Epoch > 0 && (s.seen != info.Epoch || !s.concluded): // else it has not looked yet
		c.State, c.Epoch, c.Hash, c.Since = s.state, info.Epoch, info.Hash, s.since
		if c.State == "" {
			c.State, c.Since = wire.ChangeListing, time.Now()
		}
	default:
		return
	}
	c.Keys, c.Moved, c.Thin, c.Failures = s.moves.keys, s.moves.moved, s.moves.thin, len(s.moves.failures)
	for id, why := range s.moves.failures {
		if len(c.Failed) < wire.MaxChangeFailures {
			c.Failed = append(c.Failed, wire.MoveFailure{Key: id, Reason: why})
		}
	}
	slices.SortFunc(c.Failed, func(a, b wire.MoveFailure) int { return slices.Compare(a.Key[:], b.Key[:]) })
	awaited := s.awaited
	if s.deciding != nil {
		awaited = s.deciding.unmet
	}
	for node := range awaited {
		c.Awaited = append(c.Awaited, node)
	}
	wire.SortNodeIDs(c.Awaited)
	for _, node := range c.Awaited {
		c.AwaitedSince = append(c.AwaitedSince, awaited[node])
	}
	info.Change = c
}

// backupNote is the file in the share store's directory that says when its last backup was made, dealtNote the one that says when
// shares were last dealt anew.
const (
	backupNote = "last-backup"
	dealtNote  = "last-dealt"
)

// dealtEvery is how often dealtNote is written at most, while shares are dealt anew. No backup is made as long as the node runs, so
// that this is noted once in each run is enough to tell which was first.
const dealtEvery = time.Minute

// noteDealt notes that a share of this node has come in the place of another.
func (s *succession) noteDealt(now time.Time) {
	s.dealt.Store(&now)
	if noted := s.dealtNoted.Load(); noted != nil && now.Sub(*noted) < dealtEvery || s.states.path == "" {
		return
	}
	s.dealtNoted.Store(&now)
	if err := noteTime(s.states.path, dealtNote, now); err != nil {
		log.Warn("Secret store could not note that shares were dealt anew; its status may not tell that backups are out of date", "err", err)
	}
}

// dealsAnew tells whether records make a sharing the current one in the place of another.
func dealsAnew(recs []wire.Record) bool {
	put := func(kind wire.RecordKind) bool {
		return slices.ContainsFunc(recs, func(r wire.Record) bool { return r.Op == wire.Put && r.Kind == kind })
	}
	return put(wire.RecordKey) && put(wire.RecordOwed)
}

// NoteBackup notes that a backup of the share store in a directory was made at a time. The node that owns the store tells of
// it, and warns if the server set has changed since.
func NoteBackup(dir string, at time.Time) error { return noteTime(dir, backupNote, at) }

func noteTime(dir, name string, at time.Time) error {
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path+".new", []byte(at.UTC().Format(time.RFC3339)+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// ReadBackupNote is when the last backup was made, as NoteBackup has noted it; nil: that is not known.
func ReadBackupNote(dir string) *time.Time { return readTime(dir, backupNote) }

func readTime(dir, name string) *time.Time {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil || len(text) > 64 {
		return nil
	}
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(string(text)))
	if err != nil {
		return nil
	}
	return &at
}
