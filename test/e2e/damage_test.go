package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamagedStores: a node of which a store is damaged or missing ends with exit code 1, and its last line has the place and
// the way out. What a node can go on with, and consensus' own databases, poa's TestDamagedData tries.
func TestDamagedStores(t *testing.T) {
	n := planChain(t, 1, 0, 150)
	n.make(t, 1, 150, nil)
	good := n.nodes[0]
	overwrite := func(pattern string) func(string) error {
		return func(dir string) error {
			files, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil || len(files) == 0 {
				t.Fatalf("nothing is called %s (%v)", pattern, err)
			}
			for _, file := range files {
				text, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				for i := range text[:min(64, len(text))] {
					text[i] = byte(i*37 + 11)
				}
				if err := os.WriteFile(file, text, 0o600); err != nil {
					return err
				}
			}
			return nil
		}
	}
	remove := func(name string) func(string) error {
		return func(dir string) error { return os.RemoveAll(filepath.Join(dir, name)) }
	}
	for _, c := range []struct {
		name, path string // and which path it tells
		damage     func(instance string) error
	}{
		{"no chain", "chaindata", remove("chaindata")},
		{"manifest of the chain", "geth-ss", overwrite("chaindata/MANIFEST-*")},
		{"no blocks of consensus", "poa/data", remove("poa/data/blockstore.db")},
		{"blocks of consensus", "blockstore.db", overwrite("poa/data/blockstore.db/*.log")},
		{"no state of consensus", "state.db", remove("poa/data/state.db")},
		{"peer database", "nodes", func(dir string) error {
			path := filepath.Join(dir, "nodes")
			if err := os.MkdirAll(path, 0o700); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(path, "CURRENT"), []byte("MANI"), 0o600)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := *good
			v.dir = filepath.Join(t.TempDir(), "node")
			if err := os.CopyFS(v.dir, os.DirFS(good.dir)); err != nil {
				t.Fatal(err)
			}
			v.writeFiles(t)
			instance := filepath.Join(v.dir, "geth-ss")
			if err := c.damage(instance); err != nil {
				t.Fatal(err)
			}
			p := start(t, "--config", v.configPath())
			code, out := p.ended(t), strings.TrimSpace(p.output.String())
			last := out[strings.LastIndex(out, "\n")+1:]
			if code != 1 || !strings.HasPrefix(last, "Fatal: ") || !strings.Contains(last, filepath.Join(v.dir)) || !strings.Contains(last, c.path) {
				t.Errorf("exit code %d, and its last line is %q", code, last)
			}
			if strings.Contains(out, "goroutine ") {
				t.Errorf("it tells a stack:\n%s", tail(out, 30))
			}
		})
	}
}
