package service

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestWalletThreshold: by default no key server helps to make a key for a wallet that one of several could use alone; Parity's
// requests get what they got.
func TestWalletThreshold(t *testing.T) {
	for _, c := range []struct {
		setting string
		least   uint64 // MinThreshold
		n       int
		want    uint32 // ^0: refused
	}{
		{"", 0, 1, 0}, {"usual", 0, 1, 0}, {"usual", 0, 2, 1}, {"usual", 0, 3, 1}, {"usual", 0, 4, 1}, {"usual", 0, 6, 1}, {"usual", 0, 7, 2}, {"usual", 0, 13, 4},
		{"usual", 3, 4, 3}, {"0", 0, 7, 0}, {"0", 2, 7, 2}, {"3", 0, 7, 3}, {fmt.Sprint(wire.MaxMembers - 1), 0, 7, wire.MaxMembers - 1}, {fmt.Sprint(wire.MaxMembers), 0, 7, ^uint32(0)}, {"-1", 0, 7, ^uint32(0)},
		{"a third", 0, 7, ^uint32(0)}, {"4294967296", 0, 7, ^uint32(0)}, {" 1", 0, 7, ^uint32(0)},
	} {
		cfg := DefaultConfig()
		cfg.MinWalletThreshold, cfg.MinThreshold = c.setting, c.least
		got, err := cfg.WalletThreshold(c.n)
		if bad := c.want == ^uint32(0); bad != (err != nil) || bad != (cfg.Validate() != nil) || !bad && got != c.want {
			t.Errorf("%q of %d: %d, %v, want %d", c.setting, c.n, got, err, c.want)
		}
	}
	for _, n := range []int{1, 3, 4} {
		t.Run(fmt.Sprintf("%d key servers", n), func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, n, 0)
			if got := c.nodes[0].env().Policy.MinWalletThreshold; got != wire.UsualThreshold(n) {
				t.Errorf("wallets are told of %d", got)
			}
			legacy := wire.KeyID{1}
			if _, err := c.nodes[0].GenerateServerKey(t.Context(), newRequester(t, legacy), legacy, 0); err != nil {
				t.Errorf("Parity's request for threshold 0: %v", err)
			}
			for threshold := range uint32(2) {
				id := wire.KeyID{2, byte(threshold)}
				r := c.Request(c.alice, wire.OpGenerate, wire.GenerateArguments(threshold), id)
				who, err := c.Sign(c.alice, r).Recover(wire.Act{Chain: sessiontest.ChainID, Cluster: c.ID, Operation: wire.OpGenerate, Key: id, Arguments: common.Hash(r.Arguments)})
				if err != nil {
					t.Fatal(err)
				}
				_, err = c.nodes[0].GenerateServerKey(t.Context(), who, id, threshold)
				if fine := threshold >= wire.UsualThreshold(n) && int(threshold) < n; fine != (err == nil) {
					t.Errorf("a wallet's request for threshold %d: %v", threshold, err)
				}
				if n > 1 && threshold == 0 && wire.ReasonOf(err) != wire.Threshold {
					t.Errorf("a wallet's request for threshold 0: %v", err)
				}
			}
			if n < 3 {
				return
			}
			// One that the contacted node lets pass is refused by the others.
			c.nodes[0].cfg.MinWalletThreshold = "0"
			id := wire.KeyID{3}
			r := c.Request(c.alice, wire.OpGenerate, wire.GenerateArguments(0), id)
			who, err := c.Sign(c.alice, r).Recover(wire.Act{Chain: sessiontest.ChainID, Cluster: c.ID, Operation: wire.OpGenerate, Key: id, Arguments: common.Hash(r.Arguments)})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.nodes[0].GenerateServerKey(t.Context(), who, id, 0); err == nil {
				t.Error("the contacted node's setting decides for all")
			}
		})
	}
}

// TestAdministratorsSetting: as many of them must sign as there are, or fewer, and each counts once.
func TestAdministratorsSetting(t *testing.T) {
	a, b := common.Address{1}, common.Address{2}
	for _, c := range []struct {
		list   []common.Address
		needed int
		want   string
	}{
		{nil, 0, ""}, {[]common.Address{a}, 1, ""}, {[]common.Address{b, a}, 1, ""}, {[]common.Address{a, b}, 2, ""},
		{nil, 1, "there are no Administrators"}, {nil, -1, "there are no Administrators"},
		{[]common.Address{a}, 0, "at least 1"}, {[]common.Address{a, b}, -1, "at least 1"}, {[]common.Address{a, b}, 3, "how many of the 2"},
		{[]common.Address{a, b, a}, 2, "listed twice"}, {[]common.Address{{}}, 1, "zero address"},
	} {
		cfg := DefaultConfig()
		cfg.Administrators, cfg.AdministratorsNeeded = c.list, c.needed
		if err := cfg.Validate(); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d of %v: %v, want %q", c.needed, c.list, err, c.want)
		}
	}
}

// Of items for signatures a node has as many prepared as the others hold for it, or none.
func TestStockSetting(t *testing.T) {
	for stock, good := range map[uint64]bool{0: true, 1: true, MaxStock: true, MaxStock + 1: false, 1 << 63: false} {
		cfg := DefaultConfig()
		cfg.Stock = stock
		if err := cfg.Validate(); (err == nil) != good || err != nil && !strings.Contains(err.Error(), "more than the 256 that others hold") {
			t.Errorf("a stock of %d: %v", stock, err)
		}
	}
	if cfg := DefaultConfig(); cfg.Stock != 32 {
		t.Errorf("the default is %d; docs/operating.md says 32", cfg.Stock)
	}
}
