package main

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/common/fdlimit"
	"github.com/shirou/gopsutil/mem"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/internal/disk"
	"github.com/geth-ss/geth-ss/service/store"
)

// checkMachine holds the settings against what there is of this machine.
func (c *checkup) checkMachine(ctx *cli.Context) {
	c.checkDescriptors(ctx)
	c.checkDisks(disk.FreeFor)
	c.checkMemory(machineMemory(os.ReadFile))
}

// checkDescriptors adds up the files that the node may have open.
func (c *checkup) checkDescriptors(ctx *cli.Context) {
	const subject = "file descriptors"
	limit, err := fdlimit.Maximum() // which the node takes when it starts
	if err != nil {
		c.Warn(subject, "see what 'ulimit -n' says", "how many the system allows can't be read: %v", err)
		return
	}
	if own := ctx.Int(utils.FDLimitFlag.Name); own >= 128 && own < limit {
		limit = own
	}
	cfg := c.cfg // divide sets the chain's part
	switch d, err := divide(limit, &cfg, c.dev); {
	case err != nil:
		c.Fail(subject, d.raise(), "%d may be open at once, connections included, but %d are needed", d.limit, d.least())
	case d.lowered():
		c.Warn(subject, d.raise(), "%v: fewer than the settings allow", d)
	default:
		c.OK(subject, "%v", d)
	}
}

// diskUse is a directory that the node writes to.
type diskUse struct {
	what, dir string
	vital     bool // the node ends before the disk is full; else what writes there can do without
}

// disks are the directories that the node writes to; none without a data directory.
func (c *config) disks() []diskUse {
	if c.Node.DataDir == "" {
		return nil
	}
	ancient := c.Eth.DatabaseFreezer
	switch { // as geth resolves it
	case ancient == "":
		ancient = filepath.Join(c.Node.ResolvePath("chaindata"), "ancient")
	case !filepath.IsAbs(ancient):
		ancient = c.Node.ResolvePath(ancient)
	}
	uses := []diskUse{
		{"node", c.Node.ResolvePath(""), true},
		{"chain", c.Node.ResolvePath("chaindata"), true},
		{"ancient blocks", ancient, true},
		{"state", c.Node.ResolvePath("triedb"), true},
	}
	if c.PoA.Enabled {
		uses = append(uses, diskUse{"consensus", c.Node.ResolvePath(poaDirectory), true})
	}
	if c.SecretStore.Enabled {
		uses = append(uses, diskUse{"share store", c.Node.ResolvePath("secretstore"), false})
	}
	return uses
}

// checkDisks asks how much room there is. Directories with equal room are taken to be on one disk.
func (c *checkup) checkDisks(free func(dir string) (uint64, error)) {
	const subject = "disk"
	parts := make(map[uint64][]diskUse) // by MiB
	for _, use := range c.cfg.disks() {
		room, err := free(use.dir)
		if err != nil {
			c.Warn(subject, "make sure that the directory can be reached", "the free space for %s (%s) can't be read: %v", use.what, use.dir, err)
		} else if room < math.MaxUint64 { // else this system does not tell
			parts[room>>20] = append(parts[room>>20], use)
		}
	}
	for _, room := range slices.Sorted(maps.Keys(parts)) {
		c.checkDisk(room, parts[room])
	}
}

// checkDisk judges the room of one disk, in MiB.
func (c *checkup) checkDisk(room uint64, uses []diskUse) {
	const subject = "disk"
	var names []string
	vital, shares := false, false
	for _, use := range uses {
		names = append(names, use.what)
		vital, shares = vital || use.vital, shares || !use.vital
	}
	what := fmt.Sprintf("%d MiB are free for %s (%s)", room, strings.Join(names, ", "), uses[0].dir)
	floor := c.cfg.Host.MinFreeDisk
	switch low := disk.Low(floor<<20) >> 20; {
	case vital && room < floor:
		c.Fail(subject, "make room, or lower MinFreeDisk in [Host]", "%s: with less than %d the node does not start", what, floor)
	case shares && room < store.MinFree>>20:
		c.Fail(subject, "make room", "%s: with less than %d its key server makes no keys", what, store.MinFree>>20)
	case room < low:
		c.Warn(subject, "make room", "%s: the node warns below %d", what, low)
	default:
		c.OK(subject, "%s", what)
	}
}

// machineMemory is how many bytes of memory this process may have, and what says so; 0: nothing does.
func machineMemory(read func(string) ([]byte, error)) (bytes uint64, source string) {
	if m, err := mem.VirtualMemory(); err == nil && m.Total > 0 {
		bytes, source = m.Total, "this machine has"
	}
	if limit := cgroupMemory(read); limit > 0 && (bytes == 0 || limit < bytes) {
		bytes, source = limit, "its control group (memory.max) allows"
	}
	return bytes, source
}

// cgroupMemory is the least memory.max of the control group of this process and those above it, in version 2; 0: none.
func cgroupMemory(read func(string) ([]byte, error)) (least uint64) {
	const root = "/sys/fs/cgroup"
	groups := []string{root}
	own, _ := read("/proc/self/cgroup")
	for line := range strings.Lines(string(own)) {
		path, v2 := strings.CutPrefix(strings.TrimSpace(line), "0::")
		for ; v2 && path != "/" && path != "."; path = filepath.Dir(path) {
			groups = append(groups, filepath.Join(root, path))
		}
	}
	for _, group := range groups {
		text, err := read(filepath.Join(group, "memory.max"))
		if err != nil {
			continue
		}
		if limit, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64); err == nil && limit > 0 && (least == 0 || limit < least) {
			least = limit
		}
	}
	return least
}

// cacheShare is the part of the memory beyond which caches are too large: geth lowers --cache to it, but not what stands in the
// file. Go's collector takes as much again, and the rest of the node needs some.
const cacheShare = 3

// checkMemory holds geth's caches against the memory. They fill as the chain grows, so that a node may run for weeks before it is
// killed.
func (c *checkup) checkMemory(memory uint64, source string) {
	const subject = "memory"
	e := &c.cfg.Eth
	caches := e.DatabaseCache + e.TrieCleanCache + e.SnapshotCache
	if !c.cfg.PoA.Enabled { // which does without this one
		caches += e.TrieDirtyCache
	}
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 && (memory == 0 || uint64(limit) < memory) {
		memory, source = uint64(limit), "GOMEMLIMIT or --memorylimit allows"
	}
	mib := memory >> 20
	switch {
	case memory == 0:
		c.Warn(subject, "make sure that the memory suffices", "its size can't be read; geth's caches may take %d MiB", caches)
	case uint64(caches) > mib/cacheShare:
		c.Warn(subject, fmt.Sprintf("give --cache %d, or lower DatabaseCache, TrieCleanCache, TrieDirtyCache and SnapshotCache in [Eth]", mib/cacheShare),
			"geth's caches may grow to %d MiB, and %s %d MiB: that is more than a third, so the system may kill the node once they are full", caches, source, mib)
	default:
		c.OK(subject, "geth's caches may take %d MiB, and %s %d MiB", caches, source, mib)
	}
}
