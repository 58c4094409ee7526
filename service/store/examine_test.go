package store

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// everything is every file in a directory, those of locks and logs included, and its mode.
func everything(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files[path] = info.Mode().String() + string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestExamine: a secret is tried on a store, and whose that is is told, with nothing changed and nothing made.
func TestExamine(t *testing.T) {
	owner := Owner{Node: wire.NodeID{1}, Cluster: wire.ClusterID{2}}
	bound, unbound := t.TempDir(), t.TempDir()
	fill(t, bound)
	fill(t, unbound)
	s := mustOpen(t, bound)
	if err := s.Bind(owner); err != nil {
		t.Fatal(err)
	}
	s.Close()
	damage := func(dir, pattern string) string {
		to := t.TempDir()
		copyDir(t, dir, to)
		found, err := filepath.Glob(filepath.Join(to, pattern))
		if err != nil || len(found) == 0 {
			t.Fatal(found, err)
		}
		for _, path := range found {
			if err := os.Truncate(path, 10); err != nil {
				t.Fatal(err)
			}
		}
		return to
	}
	noLock := t.TempDir()
	copyDir(t, bound, noLock)
	if err := os.Remove(filepath.Join(noLock, "LOCK")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		dir    string
		secret []byte
		owner  *Owner
		is     func(error) bool // nil: no error
	}{
		"right":                  {bound, quick, &owner, nil},
		"never bound":            {unbound, quick, nil, nil},
		"wrong":                  {bound, []byte("another password"), nil, isError(ErrWrongSecret)},
		"damaged":                {damage(bound, "db/MANIFEST-*"), quick, nil, isDamage},
		"without a lock of ours": {noLock, quick, &owner, nil},
	} {
		before := everything(t, c.dir)
		got, err := Examine(c.dir, c.secret)
		switch {
		case c.is == nil && err != nil, c.is != nil && (err == nil || !c.is(err)):
			t.Errorf("%s: %v", name, err)
		case (got == nil) != (c.owner == nil), got != nil && (got.Node != c.owner.Node || got.Cluster != c.owner.Cluster):
			t.Errorf("%s: belongs to %v", name, got)
		}
		after := everything(t, c.dir)
		for path, content := range before {
			if after[path] != content {
				t.Errorf("%s: %s was changed", name, path)
			}
		}
		if len(after) != len(before) {
			t.Errorf("%s: %d files, and there were %d", name, len(after), len(before))
		}
	}
	open := mustOpen(t, bound)
	defer open.Close()
	if _, err := Examine(bound, quick); !isError(ErrLocked)(err) {
		t.Errorf("a store that is open: %v", err)
	}
}
