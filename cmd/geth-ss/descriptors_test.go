package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/poa"
)

// TestDivideDescriptors: whatever the limit and the settings, what is given away adds up to no more than there is, every door has
// enough to be of use, and no door has more than its setting; else there is an error that says how many are needed, and with so
// many there is none.
func TestDivideDescriptors(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	pick := func(of ...uint64) uint64 { return of[random.IntN(len(of))] }
	for i := range 5000 {
		cfg := defaultConfig()
		cfg.PoA.Enabled, cfg.SecretStore.Enabled = pick(0, 1) == 1, pick(0, 1) == 1
		cfg.PoA.Peers, cfg.SecretStore.Nodes = make([]string, pick(0, 4, 256)), make([]string, pick(0, 4, 256))
		cfg.SecretStore.Limits.Connections, cfg.Host.RPCConnections = pick(0, 1, 20, 2048, 1<<40), pick(0, 1, 20, 1024, 1<<40)
		cfg.Node.P2P.MaxPeers, cfg.Node.P2P.MaxPendingPeers = int(pick(0, 50, 500)), int(pick(0, 10))
		limit, dev := int(random.Int64N(1<<random.IntN(21)+1)), pick(0, 1) == 1
		name := fmt.Sprintf("seed %d, round %d, limit %d", seed, i, limit)
		d, err := divide(limit, &cfg, dev)
		if err != nil {
			if !errors.Is(err, errFewFiles) || limit >= d.least() || !strings.Contains(err.Error(), fmt.Sprintf("needs %d: allow it ", d.least())) {
				t.Fatalf("%s: %v", name, err)
			}
			if _, err := divide(d.least(), &cfg, dev); err != nil {
				t.Fatalf("%s: with as many as were said to be needed: %v", name, err)
			}
			continue
		}
		sum := d.chain + d.others
		for _, door := range d.doors {
			sum += door.places
			if door.places < min(fewestPlaces, door.wanted) || door.places > door.wanted {
				t.Fatalf("%s: %s has %d places of %d", name, door.name, door.places, door.wanted)
			}
		}
		if sum > limit || d.chain < fewestChain || cfg.Eth.DatabaseHandles != d.chain {
			t.Fatalf("%s: %d are given away: %v", name, sum, d)
		}
		if d.places(doorJSONRPC) == 0 || (d.places(doorSecretStore) > 0) != cfg.SecretStore.Enabled {
			t.Fatalf("%s: %v", name, d)
		}
	}
	// With as many as it is told to allow, no door has less than its setting.
	cfg := defaultConfig()
	cfg.PoA, cfg.SecretStore.Enabled = poa.DefaultConfig(), true
	for _, low := range []int{10, 1024, 4096} {
		d, _ := divide(low, &cfg, false)
		var told int
		if _, err := fmt.Sscanf(d.raise(), "allow it %d ", &told); err != nil {
			t.Fatal(err)
		}
		if d, err := divide(told, &cfg, false); err != nil || d.lowered() {
			t.Errorf("with %d, as was told at %d: %v, %v", told, low, d, err)
		}
	}
}
