package secretstore

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// makingCall asks a key server for a key.
type makingCall struct {
	Threshold *uint32
	Message   struct{ Cluster wire.ClusterID }
}

// TestLyingDescription: what a wallet signs to make a key is not the asked node's to choose, by the flags, or by what the
// address said when it was first used; what is believed is told in a line.
func TestLyingDescription(t *testing.T) {
	t.Parallel()
	for name, lie := range map[string]struct {
		of     func(*wire.ClusterInfo)
		passes bool // it chooses nothing
		want   string
	}{
		"nothing":       {func(*wire.ClusterInfo) {}, true, ""},
		"fewer servers": {func(i *wire.ClusterInfo) { i.Servers = i.Servers[:1] }, true, ""},
		"more servers": {func(i *wire.ClusterInfo) {
			i.Servers = append(slices.Clone(i.Servers), wire.ServerInfo{ID: wire.NodeID{9}})
		}, false, "lists the key server"},
		"other servers":  {func(i *wire.ClusterInfo) { i.Servers = []wire.ServerInfo{{ID: wire.NodeID{9}}} }, false, "lists the key server"},
		"one many times": {func(i *wire.ClusterInfo) { i.Servers = append(slices.Clone(i.Servers), i.Servers[0]) }, false, "lists a key server twice"},
		"a high minimum": {func(i *wire.ClusterInfo) { i.MinThreshold = 3 }, false, "as the asked node says"},
		"cluster":        {func(i *wire.ClusterInfo) { i.Cluster = wire.ClusterID{9} }, false, wire.ClusterID{9}.String()},
		"chain":          {func(i *wire.ClusterInfo) { i.Chain = 1 }, false, "on chain 1,"},
		"time ahead":     {func(i *wire.ClusterInfo) { i.Block.Timestamp += 600 }, false, "one of the clocks is wrong"},
		"time behind":    {func(i *wire.ClusterInfo) { i.Block.Timestamp -= 100_000 }, false, "one of the clocks is wrong"},
	} {
		for _, known := range []string{"by the flags", "since the first use"} {
			for _, what := range making {
				t.Run(name+"/"+known+"/"+what, func(t *testing.T) {
					t.Parallel()
					d := newDesk(t)
					book := filepath.Join(t.TempDir(), "known")
					args := d.commandsOf()[what]
					args = append([]string{args[0], "--known", book}, args[1:]...)
					right := *d.info
					if known == "by the flags" {
						args = append([]string{args[0], "--cluster", right.Cluster.String(), "--chain-id", "1337"}, args[1:]...)
						for _, s := range right.Servers {
							args = append([]string{args[0], "--server", s.ID.String()}, args[1:]...)
						}
					} else if said, _ := d.do(t, args...); strings.Count(said, "Trusting: ") != 2 || d.asked()[string(wire.OpGenerate)] != 1 {
						t.Fatalf("the first use:\n%s", said) // of a key server, and of a node of the chain
					}
					before := d.asked()[string(wire.OpGenerate)]
					d.change(func() { lie.of(d.info) })
					said, _ := d.do(t, args...)
					if made := d.asked()[string(wire.OpGenerate)] - before; lie.passes != (made == 1) || !strings.Contains(said, lie.want) || strings.Contains(said, "Trusting") {
						t.Fatalf("%d keys asked for\n%s", made, said)
					}
					var call makingCall
					if !lie.passes {
						return
					}
					if err := json.Unmarshal(d.bodies[string(wire.OpGenerate)], &call); err != nil || *call.Threshold != 1 || call.Message.Cluster != right.Cluster {
						t.Errorf("%+v, %v", call, err)
					}
				})
			}
		}
	}
}

// TestChainAtFirstUse: a node of another chain than was there before gets no transaction.
func TestChainAtFirstUse(t *testing.T) {
	t.Parallel()
	for _, what := range all {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			book := filepath.Join(t.TempDir(), "known")
			args := d.commandsOf()[what]
			args = append([]string{args[0], "--known", book}, args[1:]...)
			d.do(t, args...)
			sent := len(d.node.Sent())
			d.change(func() { d.node.Genesis = common.HexToHash("0x6f") })
			d.change(func() { d.info.Cluster = wire.MakeClusterID(d.node.Genesis, "test") })
			said, ok := d.do(t, args...)
			if ok || sent != 1 || len(d.node.Sent()) != sent || !strings.Contains(said, book) {
				t.Errorf("%d transactions, then %d\n%s", sent, len(d.node.Sent())-sent, said)
			}
			if err := os.RemoveAll(book); err != nil {
				t.Fatal(err)
			}
			os.Remove(filepath.Join(d.dir, "note.txt.ss.unfinished")) // of the other network
			if said, _ := d.do(t, args...); len(d.node.Sent()) != sent+1 {
				t.Errorf("what was forgotten is not believed anew:\n%s", said)
			}
		})
	}
}

// TestCosts: a node that wants a fortune for gas gets nothing.
func TestCosts(t *testing.T) {
	t.Parallel()
	for _, what := range all {
		d := newDesk(t)
		args := d.commandsOf()[what]
		said, ok := d.do(t, append([]string{args[0], "--max-cost", "0.00001"}, args[1:]...)...)
		if ok || len(d.node.Sent()) > 0 || !strings.Contains(said, "--max-cost") {
			t.Errorf("%s: %d transactions\n%s", what, len(d.node.Sent()), said)
		}
		if said, ok := d.do(t, append([]string{args[0], "--max-cost", "much"}, args[1:]...)...); ok || !strings.Contains(said, "not an amount of ether") {
			t.Errorf("%s\n%s", what, said)
		}
	}
}
