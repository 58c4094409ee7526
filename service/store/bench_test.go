package store

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// BenchmarkTenThousandKeys is a store of 10,000 keys of a cluster of four: what one costs
// on disk and in memory, and how long a start, a read, a backup and a restore take.
func BenchmarkTenThousandKeys(b *testing.B) {
	const keys = 10_000
	dir := b.TempDir()
	s := mustOpen(b, dir)
	if err := s.Bind(owner); err != nil {
		b.Fatal(err)
	}
	id := func(i int) wire.KeyID { return wire.KeyID{byte(i), byte(i >> 8), 1} }
	figures := make(map[string]float64) // reported last: the loop clears them
	var batch []wire.Record
	for i := range keys { // sizes of n = 4, t = 1: certificate, share, signed pair, certified pair, outcome
		for kind, size := range map[wire.RecordKind]int{wire.RecordKey: 1250, wire.RecordShare: 36,
			wire.RecordPromise: 300, wire.RecordDocument: 450, wire.RecordOutcome: 60} {
			batch = append(batch, wire.Record{Op: wire.Put, Kind: kind, Key: id(i), Value: randomBytes(size)})
		}
		if i%200 == 199 {
			mustApply(b, s, batch...)
			batch = batch[:0]
		}
	}
	s.Close()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begun := time.Now()
	s = mustOpen(b, dir) // replays the journal
	figures["first-open-ms"] = time.Since(begun).Seconds() * 1e3
	s.Close()
	begun = time.Now()
	s = mustOpen(b, dir)
	figures["open-ms"] = time.Since(begun).Seconds() * 1e3
	runtime.GC()
	runtime.ReadMemStats(&after)
	figures["heap-B/key"] = float64(int64(after.HeapAlloc)-int64(before.HeapAlloc)) / keys
	size, files := diskUse(b, dir)
	figures["disk-B/key"] = float64(size) / keys
	figures["files/key"] = float64(files) / keys

	var backup bytes.Buffer
	begun = time.Now()
	if _, err := s.Backup(&backup, anything, lock(b, "pass")); err != nil {
		b.Fatal(err)
	}
	figures["backup-ms"] = time.Since(begun).Seconds() * 1e3
	figures["backup-B/key"] = float64(backup.Len()) / keys
	begun = time.Now()
	if _, err := Restore(b.TempDir(), &backup, restoring(true), unlock(b, "pass")); err != nil {
		b.Fatal(err)
	}
	figures["restore-ms"] = time.Since(begun).Seconds() * 1e3
	for i := 0; b.Loop(); i++ {
		if _, err := s.Get(wire.RecordShare, id(i*7919%keys), wire.SessionID{}); err != nil {
			b.Fatal(err)
		}
	}
	for unit, n := range figures {
		b.ReportMetric(n, unit)
	}
}

func diskUse(b *testing.B, dir string) (size int64, files int) {
	b.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := os.Stat(path)
		if err == nil {
			size, files = size+info.Size(), files+1
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return size, files
}
