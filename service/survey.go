package service

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// surveyEvery is how often all keys are looked through.
	surveyEvery = 10 * time.Minute
	// surveyDelay lets a node that has just started, or just come back, settle first.
	surveyDelay = 3 * time.Second
	// surveyPause is between two pages of wire.MaxHoldings keys, for each other key server: so
	// a node answers one page in this time, however many servers ask it.
	surveyPause = 2 * time.Second

	// maxKinds bounds the memory of a survey, about 64 bytes for each member of each kind.
	maxKinds = 1024
	// maxExamples is how many keys are named in the status.
	maxExamples = 32
)

// survey looks through all keys in the background, page by page, and asks the others which
// shares they still have: a share that was lost on a disk is to be noticed while there are
// enough others, not when somebody reads. What it found is kept by kind of key, not by key.
type survey struct {
	wake chan struct{} // one token: look again soon

	mu      sync.Mutex
	last    *found // what the last whole survey found; nil before
	current *found // what the running one has found so far
}

// found is the outcome of a survey. A page is added under survey.mu.
type found struct {
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

func newSurvey() *survey { return &survey{wake: make(chan struct{}, 1)} }

// again makes the next survey begin soon, or right after the one under way.
func (v *survey) again() {
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

// runSurveys looks through the keys again and again until the service stops.
func (s *Service) runSurveys() {
	for s.pause(surveyDelay) {
		select { // what woke us before is done with by what follows
		case <-s.survey.wake:
		default:
		}
		if err := s.surveyAll(); err != nil && s.ctx.Err() == nil {
			log.Warn("Secret store could not look through its keys", "err", err)
		}
		select {
		case <-s.survey.wake:
		case <-time.After(surveyEvery):
		case <-s.ctx.Done():
		}
	}
}

// pause is false when the service stops.
func (s *Service) pause(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-s.ctx.Done():
		return false
	}
}

// surveyAll looks through all keys once.
func (s *Service) surveyAll() error {
	now := s.survey.begin()
	var after wire.KeyID
	for {
		ids, err := s.states.list(after, wire.MaxHoldings)
		if err != nil {
			return err
		}
		if err := s.surveyPage(now, ids); err != nil {
			return err
		}
		if len(ids) < wire.MaxHoldings {
			s.survey.end()
			return nil
		}
		after = ids[len(ids)-1]
		if !s.pause(surveyPause * time.Duration(max(1, len(s.set.Members())-1))) {
			return nil
		}
	}
}

// surveyPage asks about some keys and adds what is said to the survey.
func (s *Service) surveyPage(to *found, ids []wire.KeyID) error {
	var keys []wire.KeyVersion
	var records []*wire.KeyRecord
	var own []bool
	for _, id := range ids {
		state, err := s.states.read(id)
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
	m, err := session.NewHoldings(s.env(), keys)
	if err == nil {
		err = s.run(s.ctx, wire.KindHoldings, keys[0].Key, m)
	}
	if err != nil {
		return err
	}
	s.survey.mu.Lock()
	defer s.survey.mu.Unlock()
	for i, record := range records {
		to.add(keys[i].Key, record, func(node wire.NodeID) bool {
			if node == s.self.ID() {
				return own[i]
			}
			held, _ := m.Held(node)
			return held == nil || held.Has(i) // who did not answer is believed to have what the certificate says
		})
	}
	return nil
}

func (v *survey) begin() *found {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.current = &found{kinds: make(map[string]*keyKind), begun: time.Now()}
	return v.current
}

func (v *survey) end() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.current.ended = time.Now()
	v.last = v.current
}

func (f *found) add(id wire.KeyID, record *wire.KeyRecord, has func(wire.NodeID) bool) {
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

// margins holds what the last survey found against who is connected now. It costs no
// network and no disk.
func (s *Service) margins() Margins {
	live := map[wire.NodeID]bool{s.self.ID(): true}
	for _, node := range s.network.Connected() {
		live[node] = true
	}
	s.survey.mu.Lock()
	defer s.survey.mu.Unlock()
	f := s.survey.last
	if f == nil {
		f = s.survey.current
	}
	if f == nil {
		return Margins{Keys: []KeyMargin{}}
	}
	return f.margins(live)
}

func (f *found) margins(live map[wire.NodeID]bool) Margins {
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
func (s *Service) KeyStatus(ctx context.Context, id wire.KeyID) (any, error) {
	release, err := s.questions.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	state, err := s.load(id)
	if err == nil && state.Record == nil {
		state, err = s.known(ctx, id, false)
	}
	if err != nil {
		return nil, err
	}
	key := wire.KeyVersion{Key: id, Version: state.Record.Version()}
	m, err := session.NewHoldings(s.env(), []wire.KeyVersion{key})
	if err == nil {
		err = s.run(ctx, wire.KindHoldings, id, m)
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
		holder := s.keyHolder(member, key, m)
		if holder.Share == "held" {
			status.Holders++
		}
		status.Nodes = append(status.Nodes, holder)
	}
	status.Margin = status.Holders - status.Needed
	return status, nil
}

func (s *Service) keyHolder(member wire.NodeID, key wire.KeyVersion, m *session.Holdings) KeyHolder {
	held, why := m.Held(member)
	switch {
	case member == s.self.ID():
		if session.Holds(s.states.read, key) {
			return KeyHolder{Node: member, Share: "held"}
		}
		return KeyHolder{Node: member, Share: "lost"}
	case held != nil && held.Has(0):
		return KeyHolder{Node: member, Share: "held"}
	case held != nil:
		return KeyHolder{Node: member, Share: "lost", Reason: "it is connected and says that it has no share of this key"}
	case why == "":
		why = s.whyNotConnected(member)
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
func (s *Service) Keys(ctx context.Context, from wire.KeyID, count int) (any, error) {
	release, err := s.questions.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if !s.isRunning() {
		return nil, errNotRunning
	}
	count = min(max(count, 1), MaxKeyPage)
	ids, err := s.states.list(from, count)
	if err != nil {
		return nil, err
	}
	page := &KeyPage{Keys: []KeyEntry{}}
	for _, id := range ids {
		state, err := s.states.read(id)
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
