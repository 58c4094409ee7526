package service

import (
	"testing"

	"github.com/geth-ss/geth-ss/protocol/generation"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// cutOff makes a key and puts on the disk what is there when its generation was cut off: the
// node is bound to the attempt and has its share, with the certificate or without it, and
// nobody has acknowledged it.
func cutOff(t *testing.T, s *Service, id wire.KeyID, certified bool) *wire.KeyRecord {
	t.Helper()
	m, err := generation.New(s.env(), &session.State{}, id, 0, newRequester(t, id).Proof)
	if err != nil {
		t.Fatal(err)
	}
	eff := m.Step(session.Start{})
	record, version := *m.Record(), m.Record().Version()
	record.Acks = nil
	var share []byte
	for _, r := range eff.Save {
		if r.Kind == wire.RecordShare {
			share = r.Value
		}
	}
	if share == nil {
		t.Fatal("the generation saves no share")
	}
	batch := []wire.Record{
		{Op: wire.Create, Kind: wire.RecordOutcome, Key: id, Value: version[:]}, // bound to it
		{Op: wire.Put, Kind: wire.RecordPending, Key: id, Session: version, Value: share},
		wire.NewRecord(wire.Create, wire.RecordAttempt, id, wire.SessionID{},
			&session.Attempt{Setup: record.Setup, Bodies: record.Bodies, Commitments: record.Commitments}),
	}
	if certified {
		batch = append(batch[:1],
			wire.NewRecord(wire.Create, wire.RecordKey, id, wire.SessionID{}, &record),
			wire.Record{Op: wire.Put, Kind: wire.RecordShare, Key: id, Session: version, Value: share})
	}
	if err := s.save(id, batch); err != nil {
		t.Fatal(err)
	}
	return &record
}

// Whoever asks for a key has attempts to make it decided that were cut off: it is then a key,
// and here to be used, or its id is free.
func TestAskingSettlesAttempts(t *testing.T) {
	s := newSoloService(t)
	key := func(id wire.KeyID, document bool) (*session.State, error) { return s.known(t.Context(), id, document) }

	id := testKey(1)
	record := cutOff(t, s, id, true)
	state, err := key(id, false)
	if err != nil || state.Record == nil || !state.Record.Confirmed() || state.Record.Version() != record.Version() || state.Share == nil {
		t.Errorf("with its certificate an attempt is no key: %v", err)
	}
	id = testKey(2)
	cutOff(t, s, id, true)
	if _, err := key(id, true); wire.ReasonOf(err) != wire.DocumentNotFound {
		t.Errorf("the document of a key that there is since now: %v", err)
	}
	if state, err := s.recall(id); err != nil || state.Record == nil || !state.Record.Confirmed() {
		t.Errorf("asked for a document nothing is settled: %v", err)
	}

	id = testKey(3)
	record = cutOff(t, s, id, false)
	if _, err := key(id, false); wire.ReasonOf(err) != wire.KeyNotFound {
		t.Errorf("an attempt without its certificate: %v", err)
	}
	if state, err := s.recall(id); err != nil || !state.Abandoned(record.Version()) || state.Attempt != nil {
		t.Errorf("it is not given up: %v", err)
	}
	if _, err := s.GenerateServerKey(t.Context(), newRequester(t, id), id, 0); err != nil {
		t.Errorf("its id is not free: %v", err)
	}
}

// What is under way is left alone: it decides itself.
func TestAskingDisturbsNoGeneration(t *testing.T) {
	s, id := newSoloService(t), testKey(1)
	record := cutOff(t, s, id, false)
	state, err := s.recall(id)
	if err != nil {
		t.Fatal(err)
	}
	r := s.newRunner(wire.KindGenerate, id, wire.NodeID{})
	if err := s.sessions.add(r); err != nil {
		t.Fatal(err)
	}
	m, err := generation.New(s.env(), state, id, 0, newRequester(t, id).Proof)
	if err != nil {
		t.Fatal(err)
	}
	r.setMachine(m)
	if _, err := s.known(t.Context(), id, false); wire.ReasonOf(err) != wire.Unavailable {
		t.Errorf("asked meanwhile: %v", err)
	}
	if state, err := s.recall(id); err != nil || state.Abandoned(record.Version()) {
		t.Errorf("the attempt was abandoned meanwhile: %v", err)
	}
	s.sessions.remove(r)
	if _, err := s.known(t.Context(), id, false); wire.ReasonOf(err) != wire.KeyNotFound {
		t.Errorf("asked after: %v", err)
	}
}
