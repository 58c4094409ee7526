package service

import (
	"bytes"
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/protocol/asking"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// shareCheckEvery is how often all keys are looked through.
	shareCheckEvery = 10 * time.Minute
	// shareCheckSoon is after how long it looks again if a key seemed to have too few shares: it may have been about to move, so that
	// the others had shares of a later version already. Each time that it is still so the wait is twice as long.
	shareCheckSoon = 10 * time.Second
	// shareCheckDelay lets a node that has just started, or just come back, settle first.
	shareCheckDelay = 3 * time.Second
	// shareCheckPause is between two pages of wire.MaxHoldings keys, for each other key server: so
	// a node answers one page in this time, however many servers ask it.
	shareCheckPause = 2 * time.Second

	// maxKinds bounds the memory of a share check, about 64 bytes for each member of each kind.
	maxKinds = 1024
	// maxExamples is how many keys are named in the status.
	maxExamples = 32
)

// shareCheck looks through all keys in the background, page by page, and asks the others which
// shares they still have: a share that was lost on a disk is to be noticed while there are
// enough others, not when somebody reads. What it found is kept by kind of key, not by key.
type shareCheck struct {
	wake chan struct{} // one token: look again soon

	mu      sync.Mutex   // guards all below, and what they lead to
	last    *sharesFound // what the last whole share check found; nil before
	current *sharesFound // what the running one has found so far
}

// sharesFound is the outcome of a share check. A page is added under shareCheck.mu.
type sharesFound struct {
	kinds    map[string]*keyKind
	unlisted int // keys of kinds beyond maxKinds
	begun    time.Time
	ended    time.Time
}

// keyKind are the keys that have threshold, members and lost shares in common.
type keyKind struct {
	needed   int           // threshold+1
	holders  []wire.NodeID // members that have not said they lack their share
	count    int
	examples []wire.KeyID // the first maxExamples
}

func newShareCheck() *shareCheck { return &shareCheck{wake: make(chan struct{}, 1)} }

// again makes the next share check begin soon, or right after the one under way.
func (v *shareCheck) again() {
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

// runShareChecks looks through the keys again and again until the service stops.
func (o *operator) runShareChecks() {
	var wait time.Duration
	for o.pause(shareCheckDelay) {
		select { // what woke us before is done with by what follows
		case <-o.shareCheck.wake:
		default:
		}
		if err := o.checkAllShares(); err != nil && o.ctx.Err() == nil {
			log.Warn("Secret store could not look through its keys", "err", err)
		}
		wait = o.shareCheck.wait(wait)
		select {
		case <-o.shareCheck.wake:
		case <-time.After(cmp.Or(wait, shareCheckEvery)):
		case <-o.ctx.Done():
		}
	}
}

// wait is how long the next share check waits because of what the last one has found, which waited for before; zero: as long as
// any.
func (v *shareCheck) wait(before time.Duration) time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.last == nil || !v.last.lost() {
		return 0
	}
	if before < shareCheckSoon {
		return shareCheckSoon
	}
	return min(2*before, shareCheckEvery)
}

// checkAllShares looks through all keys once.
func (o *operator) checkAllShares() error {
	now := o.shareCheck.begin()
	var after wire.KeyID
	for {
		ids, err := o.states.list(after, wire.MaxHoldings)
		if err != nil {
			return err
		}
		if err := o.checkSharePage(now, ids); err != nil {
			return err
		}
		if len(ids) < wire.MaxHoldings {
			o.shareCheck.end()
			return nil
		}
		after = ids[len(ids)-1]
		if !o.pause(shareCheckPause * time.Duration(max(1, len(o.servers.Members())-1))) {
			return nil
		}
	}
}

// checkSharePage asks about some keys and adds what is said to what was found.
func (o *operator) checkSharePage(to *sharesFound, ids []wire.KeyID) error {
	var keys []wire.KeyVersion
	var records []*wire.KeyRecord
	var own []bool
	for _, id := range ids {
		state, err := o.states.read(id)
		if err != nil || state.Record == nil {
			continue // a damaged record is told of where it is used
		}
		keys = append(keys, wire.KeyVersion{Key: id, Version: state.Record.Version()})
		records = append(records, state.Record)
		own = append(own, state.Share != nil)
	}
	if len(keys) == 0 {
		return nil
	}
	m, err := asking.NewHoldings(o.askers(records...), keys)
	if err == nil {
		err = o.run(o.ctx, wire.KindHoldings, keys[0].Key, m)
	}
	if err != nil {
		return err
	}
	o.shareCheck.mu.Lock()
	defer o.shareCheck.mu.Unlock()
	for i, record := range records {
		to.add(keys[i].Key, record, func(node wire.NodeID) bool {
			if node == o.self.ID() {
				return own[i]
			}
			held, _ := m.Held(node)
			return held == nil || held.Has(i) // who did not answer is believed to have what the certificate says
		})
	}
	return nil
}

// askers is env without those connected nodes that are members of none of these sharings: who has left, or is to join, knows
// another version or none, and is no holder whose share could be lost.
func (d *driver) askers(records ...*wire.KeyRecord) session.Env {
	env := d.env()
	env.Connected = slices.DeleteFunc(env.Connected, func(node wire.NodeID) bool {
		return !slices.ContainsFunc(records, func(r *wire.KeyRecord) bool { return r.Setup.Index(node) != 0 })
	})
	return env
}

func (v *shareCheck) begin() *sharesFound {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.current = &sharesFound{kinds: make(map[string]*keyKind), begun: time.Now()}
	return v.current
}

func (v *shareCheck) end() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.current.ended = time.Now()
	v.last = v.current
}

func (f *sharesFound) add(id wire.KeyID, record *wire.KeyRecord, has func(wire.NodeID) bool) {
	var name bytes.Buffer
	var holders []wire.NodeID
	name.WriteByte(byte(record.Setup.Threshold)) // below MaxMembers
	for _, member := range record.Setup.Members {
		if has(member) {
			holders = append(holders, member)
			name.Write(member[:])
		}
	}
	kind := f.kinds[name.String()]
	if kind == nil {
		if len(f.kinds) >= maxKinds {
			f.unlisted++
			return
		}
		kind = &keyKind{needed: int(record.Setup.Threshold) + 1, holders: holders}
		f.kinds[name.String()] = kind
	}
	if kind.count++; len(kind.examples) < maxExamples {
		kind.examples = append(kind.examples, id)
	}
}

// lost is whether some key has fewer shares than it needs, whoever is connected.
func (f *sharesFound) lost() bool {
	for _, kind := range f.kinds {
		if len(kind.holders) < kind.needed {
			return true
		}
	}
	return false
}

// Margins tells how many more holders than it needs the worst key has.
type Margins struct {
	Lowest     *int        `json:"lowest"`     // connected holders beyond threshold+1 of the worst key; null: no keys
	Endangered int         `json:"endangered"` // keys that one more holder's absence makes unreadable, or that are
	Unreadable int         `json:"unreadable"` // of them, keys that have too few connected holders now
	Keys       []KeyMargin `json:"keys"`       // the endangered ones, the worst first; at most 32
	Looked     int         `json:"looked"`     // keys that this is about
	Checked    time.Time   `json:"checked"`    // when the holders were last asked about all keys; zero: not yet
}

// KeyMargin is a key with its margin.
type KeyMargin struct {
	ID     wire.KeyID `json:"id"`
	Margin int        `json:"margin"`
}

// margins holds what the last share check found against who is connected now. It costs no
// network and no disk.
func (o *operator) margins() Margins {
	live := map[wire.NodeID]bool{o.self.ID(): true}
	for _, node := range o.network.Connected() {
		live[node] = true
	}
	o.shareCheck.mu.Lock()
	defer o.shareCheck.mu.Unlock()
	f := o.shareCheck.last
	if f == nil {
		f = o.shareCheck.current
	}
	if f == nil {
		return Margins{Keys: []KeyMargin{}}
	}
	return f.margins(live)
}

func (f *sharesFound) margins(live map[wire.NodeID]bool) Margins {
	m := Margins{Keys: []KeyMargin{}, Looked: f.unlisted, Checked: f.ended}
	for _, kind := range f.kinds {
		margin := -kind.needed
		for _, holder := range kind.holders {
			if live[holder] {
				margin++
			}
		}
		if m.Looked += kind.count; m.Lowest == nil || margin < *m.Lowest {
			m.Lowest = &margin
		}
		if margin > 0 {
			continue
		}
		if m.Endangered += kind.count; margin < 0 {
			m.Unreadable += kind.count
		}
		for _, id := range kind.examples {
			m.Keys = append(m.Keys, KeyMargin{id, margin})
		}
	}
	slices.SortFunc(m.Keys, func(a, b KeyMargin) int {
		return cmp.Or(cmp.Compare(a.Margin, b.Margin), bytes.Compare(a.ID[:], b.ID[:]))
	})
	m.Keys = m.Keys[:min(len(m.Keys), maxExamples)]
	return m
}
