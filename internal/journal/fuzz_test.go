package journal

import (
	"bytes"
	"testing"

	"github.com/syndtr/goleveldb/leveldb/journal"
)

// FuzzJournal: what leveldb would silently skip in the middle of a journal, we
// refuse before.
func FuzzJournal(f *testing.F) {
	for _, sizes := range [][]int{{10, 0, 30}, {10, 40000, 100}} {
		good := writeJournal(f, sizes)
		if err := checkJournal(good); err != nil {
			f.Fatal(err)
		}
		f.Add(good)
		f.Add(good[:20])
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if checkJournal(content) != nil {
			return
		}
		// Once leveldb has dropped something, nothing may follow.
		dropped := new(drops)
		r := journal.NewReader(bytes.NewReader(content), dropped, false, true)
		for {
			rec, err := r.Next()
			if err != nil {
				return
			}
			var buf bytes.Buffer
			if _, err := buf.ReadFrom(rec); err == nil && *dropped > 0 {
				t.Errorf("a record is read after a part was skipped: %x", content)
			}
		}
	})
}

func writeJournal(t testing.TB, sizes []int) []byte {
	t.Helper()
	var content bytes.Buffer
	w := journal.NewWriter(&content)
	for _, size := range sizes {
		r, err := w.Next()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Write(bytes.Repeat([]byte{byte(size)}, size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return content.Bytes()
}

// drops counts what leveldb skips.
type drops int

func (d *drops) Drop(error) { *d++ }
