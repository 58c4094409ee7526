package store

import (
	"errors"
	"testing"

	"github.com/geth-ss/geth-ss/internal/disk"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// On a full disk nothing is begun and everything can be read; when there is room again,
// changes are taken again, without a restart.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustApply(t, s, record(wire.Put, wire.RecordShare, 1, "share"), record(wire.Create, wire.RecordPromise, 1, "promise"))
	before := snapshot(t, dir)
	s.free = func(string) (uint64, error) { return minFree - 1, nil }
	for range 3 {
		if err := s.Apply([]wire.Record{record(wire.Put, wire.RecordShare, 2, "x")}); !errors.Is(err, ErrFull) {
			t.Fatalf("on a full disk: %v", err)
		}
	}
	if err := s.Room(); !errors.Is(err, ErrFull) {
		t.Errorf("the store says of its room: %v", err)
	}
	expect(t, s, wire.RecordShare, 1, "share")
	if after := snapshot(t, dir); len(after) != len(before) {
		t.Errorf("%d files, there were %d", len(after), len(before))
	}
	s.free = disk.Free
	if err := s.Room(); err != nil {
		t.Error(err)
	}
	mustApply(t, s, record(wire.Put, wire.RecordShare, 2, "x"))
	s.Close()
	s = mustOpen(t, dir)
	expect(t, s, wire.RecordShare, 1, "share")
	expect(t, s, wire.RecordPromise, 1, "promise")
	expect(t, s, wire.RecordShare, 2, "x")
}
