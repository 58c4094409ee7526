package poa

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// damage is one thing that happens to the consensus data of a stopped node.
type damage struct {
	name  string
	seeds uint64
	do    func(r *rand.Rand, path string) error
}

var damages = []damage{
	{"64 random bytes", 2, toSomeFile(func(r *rand.Rand, file string) error {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		at := r.IntN(max(1, len(text)-64))
		for i := at; i < min(at+64, len(text)); i++ {
			text[i] = byte(r.Uint32())
		}
		return os.WriteFile(file, text, 0o600)
	})},
	{"cut", 2, toSomeFile(func(r *rand.Rand, file string) error {
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		return os.Truncate(file, r.Int64N(info.Size()))
	})},
	{"a file missing", 2, toSomeFile(func(_ *rand.Rand, file string) error { return os.Remove(file) })},
	{"missing", 1, func(_ *rand.Rand, path string) error { return os.RemoveAll(path) }},
	{"a link to nothing", 1, func(_ *rand.Rand, path string) error {
		return errors.Join(os.RemoveAll(path), os.Symlink(path+".gone", path))
	}},
	{"a file", 1, func(_ *rand.Rand, path string) error {
		return errors.Join(os.RemoveAll(path), os.WriteFile(path, []byte("x"), 0o600))
	}},
}

// toSomeFile is a damage to one file below path.
func toSomeFile(do func(r *rand.Rand, file string) error) func(*rand.Rand, string) error {
	return func(r *rand.Rand, path string) error {
		file, err := someFile(r, path)
		if err != nil {
			return err
		}
		return do(r, file)
	}
}

// someFile is a file with something in it, below path or path itself. LOCK and LOG say nothing.
func someFile(r *rand.Rand, path string) (string, error) {
	var files []string
	err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "LO") {
			return err
		}
		if info, err := d.Info(); err != nil || info.Size() == 0 {
			return err
		}
		files = append(files, name)
		return nil
	})
	if err != nil || len(files) == 0 {
		return "", errors.Join(err, fmt.Errorf("no file in %s", path))
	}
	return files[r.IntN(len(files))], nil
}

// lived is the directory of a validator that made some blocks, with leveldb's tables and journals.
func lived(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for height := uint64(2); height <= 6; height += 2 { // opening turns journals into tables
		n := testNetwork(t, dir, 1, 0)
		v := n.nodes[0]
		v.live(t, height)
	}
	return dir
}

// copied is a validator on a copy of another's directory, and where consensus has its data there.
func copied(t *testing.T, of string) (dir string, v *testNode, data string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(of)); err != nil {
		t.Fatal(err)
	}
	n := testNetwork(t, dir, 1, 0)
	return dir, n.nodes[0], filepath.Join(n.nodes[0].dir, "geth-ss", dirName, dataName)
}

// TestDatabasesOfTwoCopies: blocks and state that are whole, and not of one copy, are refused: CometBFT would run the blocks
// in between again, or believe a state that its blocks don't bear out.
func TestDatabasesOfTwoCopies(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a validator")
	}
	t.Parallel()
	dir := t.TempDir()
	older := t.TempDir()
	for _, height := range []uint64{3, 7} {
		n := testNetwork(t, dir, 1, 0)
		v := n.nodes[0]
		v.live(t, height)
		if height == 3 {
			if err := os.CopyFS(older, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, store := range []string{"blockstore.db", "state.db"} {
		mixed, v, data := copied(t, dir)
		at, err := filepath.Rel(mixed, data)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.RemoveAll(filepath.Join(data, store)), os.CopyFS(filepath.Join(data, store), os.DirFS(filepath.Join(older, at, store)))); err != nil {
			t.Fatal(err)
		}
		if err := outcome(t, v); err == nil || !strings.Contains(err.Error(), "comes from another copy") || !strings.Contains(err.Error(), data) {
			t.Errorf("%s of an older copy: %v", store, err)
		}
	}
}

// TestDamagedData: whatever happens to a store of consensus, the node makes blocks on the chain that it had, or ends with the
// path of what is damaged and the way out. It never goes on as somebody new, and nothing panics: a panic in one of
// CometBFT's goroutines would end this test.
func TestDamagedData(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a validator many times")
	}
	good := lived(t)
	var mu sync.Mutex
	refused := make(map[string]int)
	t.Run("stores", func(t *testing.T) {
		for _, store := range []string{"blockstore.db", "state.db", "evidence.db", "cs.wal", "addrbook.json"} {
			for _, d := range damages {
				for seed := range d.seeds {
					t.Run(fmt.Sprintf("%s %s %d", store, d.name, seed), func(t *testing.T) {
						t.Parallel()
						_, v, data := copied(t, good)
						if err := d.do(rand.New(rand.NewPCG(seed, 16)), filepath.Join(data, store)); err != nil {
							t.Skip(err)
						}
						if err := outcome(t, v); err != nil {
							if !strings.Contains(err.Error(), data) || !strings.Contains(err.Error(), "away") || strings.Contains(err.Error(), "internal error") {
								t.Errorf("it ended without path and way out: %v", err)
							}
							mu.Lock()
							defer mu.Unlock()
							refused[store+" "+d.name]++
						}
					})
				}
			}
		}
	})
	for _, store := range []string{"blockstore.db", "state.db", "evidence.db"} {
		for _, what := range []string{"missing", "a link to nothing", "a file"} {
			if refused[store+" "+what] == 0 {
				t.Errorf("%s, %s: nobody noticed", store, what)
			}
		}
	}
}

// outcome runs a node until it has made a block or ended by itself, and tells why.
func outcome(t *testing.T, v *testNode) error {
	t.Helper()
	if err := v.run(); err != nil {
		return err
	}
	defer v.stop()
	stack, driver, from := v.stack, v.driver, v.height()
	ended := make(chan struct{})
	go func() { stack.Wait(); close(ended) }()
	tick, limit := time.NewTicker(20*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			if err := driver.Err(); err != nil {
				return err
			}
			t.Fatal("it ended without a reason")
		case <-limit:
			t.Fatalf("neither blocks nor an end at height %d (%v)", v.height(), driver.Err())
		case <-tick.C:
			if v.height() > from {
				return driver.Err()
			}
		}
	}
}
