package main

import (
	"errors"
	"io/fs"
	"math"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/internal/finding/findingtest"
)

func TestCheckDisks(t *testing.T) {
	t.Parallel()
	const mib, plenty = 1 << 20, 1 << 40
	for name, c := range map[string]struct {
		room  map[string]uint64 // of directories whose path ends so; plenty for all others
		level finding.Level
		words string
	}{
		"plenty":                     {nil, finding.OK, "are free for node, chain, ancient blocks, state, consensus, share store"},
		"chain":                      {map[string]uint64{"chaindata": 63 * mib}, finding.Error, "63 MiB are free for chain"},
		"ancient blocks elsewhere":   {map[string]uint64{"/ancient": 63 * mib}, finding.Error, "63 MiB are free for ancient blocks (/ancient)"},
		"consensus":                  {map[string]uint64{"poa": 0}, finding.Error, "0 MiB are free for consensus"},
		"low":                        {map[string]uint64{"triedb": 1023 * mib}, finding.Warning, "1023 MiB are free for state"},
		"just enough":                {map[string]uint64{"triedb": 1024 * mib}, finding.OK, "1024 MiB are free for state"},
		"shares can do with less":    {map[string]uint64{"secretstore": 17 * mib}, finding.Warning, "17 MiB are free for share store"},
		"no room for promises":       {map[string]uint64{"secretstore": 15 * mib}, finding.Error, "its key server makes no keys"},
		"can't be told":              {map[string]uint64{"chaindata": math.MaxUint64 - 1}, finding.Warning, "can't be read"},
		"system that does not tell":  {map[string]uint64{"chaindata": math.MaxUint64}, finding.OK, "for node, ancient blocks"},
		"several on one small disk":  {map[string]uint64{"chaindata": mib, "triedb": mib}, finding.Error, "1 MiB are free for chain, state"},
		"a share store beside a low": {map[string]uint64{"secretstore": mib, "chaindata": 63 * mib}, finding.Error, "1 MiB are free for share store"},
	} {
		check := newCheckup(func(check *checkup) {
			check.cfg.Node.DataDir, check.cfg.Eth.DatabaseFreezer = "/data", "/ancient"
			check.cfg.SecretStore.Enabled, check.cfg.PoA.Enabled = true, true
		})
		check.checkDisks(func(dir string) (uint64, error) {
			for end, room := range c.room {
				if !strings.HasSuffix(dir, end) {
					continue
				}
				if room == math.MaxUint64-1 {
					return 0, errors.New("no such device")
				}
				return room, nil
			}
			return plenty, nil
		})
		if !findingtest.Has(check.List, c.level, "disk", c.words) {
			t.Errorf("%s: no %s of %q in %q", name, c.level, c.words, check.List)
		}
	}
	if check := newCheckup(func(check *checkup) { check.cfg.Node.DataDir = "" }); check.cfg.disks() != nil {
		t.Error("a node in memory has disks")
	}
}

func TestCheckMemory(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	for name, c := range map[string]struct {
		memory uint64
		poa    bool
		level  finding.Level
		words  string
	}{
		"a third":          {3072 * mib, false, finding.OK, "may take 1024 MiB"},
		"more":             {3071 * mib, false, finding.Warning, "may grow to 1024 MiB, and this machine has 3071 MiB"},
		"consensus uses 3": {2400 * mib, true, finding.OK, "may take 800 MiB"},
		"and more":         {2399 * mib, true, finding.Warning, "may grow to 800 MiB"},
		"unknown":          {0, false, finding.Warning, "can't be read"},
	} {
		check := newCheckup(func(check *checkup) {
			e := &check.cfg.Eth
			e.DatabaseCache, e.TrieCleanCache, e.TrieDirtyCache, e.SnapshotCache = 500, 200, 224, 100
			check.cfg.PoA.Enabled = c.poa
		})
		if check.checkMemory(c.memory, "this machine has"); !findingtest.Has(check.List, c.level, "memory", c.words) {
			t.Errorf("%s: no %s of %q in %q", name, c.level, c.words, check.List)
		}
	}
}

// TestControlGroup: the least limit of the groups that a process is in.
func TestControlGroup(t *testing.T) {
	t.Parallel()
	const self, root = "/proc/self/cgroup", "/sys/fs/cgroup"
	for name, c := range map[string]struct {
		files map[string]string
		want  uint64
	}{
		"none":             {nil, 0},
		"unlimited":        {map[string]string{self: "0::/\n", root + "/memory.max": "max\n"}, 0},
		"in a container":   {map[string]string{self: "0::/\n", root + "/memory.max": "1000\n"}, 1000},
		"a service":        {map[string]string{self: "0::/system.slice/a.service\n", root + "/system.slice/a.service/memory.max": "2000\n"}, 2000},
		"its slice":        {map[string]string{self: "0::/s/a\n", root + "/s/a/memory.max": "2000\n", root + "/s/memory.max": "1500"}, 1500},
		"version 1 beside": {map[string]string{self: "4:memory:/x\n0::/a\n", root + "/a/memory.max": "7"}, 7},
		"no number":        {map[string]string{self: "0::/\n", root + "/memory.max": "lots"}, 0},
		"relative":         {map[string]string{self: "0::x\n"}, 0},
	} {
		read := func(path string) ([]byte, error) {
			if text, ok := c.files[path]; ok {
				return []byte(text), nil
			}
			return nil, fs.ErrNotExist
		}
		if got := cgroupMemory(read); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		if c.want > 0 {
			if memory, source := machineMemory(read); memory != c.want || !strings.Contains(source, "control group") {
				t.Errorf("%s: %d, %q", name, memory, source)
			}
		}
	}
}
