package poatest

import (
	"crypto/ecdsa"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/log"

	"github.com/geth-ss/geth-ss/poa"
)

// TestMake: the directories hold what a node needs to start. That nodes do start
// from them, and others join, is shown with the program in test/e2e.
func TestMake(t *testing.T) {
	log.SetDefault(log.NewLogger(log.NewTerminalHandlerWithLevel(os.Stderr, log.LevelCrit, false)))
	const blocks = 150
	var keys []*ecdsa.PrivateKey
	var set []poa.Validator
	var dirs []string
	for range 2 {
		key, err := crypto.GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		keys, set = append(keys, key), append(set, poa.NewValidator(&key.PublicKey, ""))
		dirs = append(dirs, t.TempDir())
	}
	genesis := poa.NewGenesis(7, nil, set, uint64(time.Now().Unix()-blocks))
	begun := time.Now()
	plan := Plan{Genesis: genesis, Validators: keys, Blocks: blocks}
	if err := Make(plan, dirs); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d blocks in %v", blocks, time.Since(begun).Round(time.Millisecond))
	for i, dir := range dirs {
		state, err := os.ReadFile(filepath.Join(dir, instance, "poa", "sign-state.json"))
		if err != nil || !strings.Contains(string(state), `"150"`) {
			t.Errorf("the sign state is %s, %v", state, err)
		}
		key, err := crypto.LoadECDSA(filepath.Join(dir, instance, "nodekey"))
		if err != nil || !key.Equal(keys[i]) {
			t.Errorf("the node key of %d: %v", i, err)
		}
		m, err := open(&plan, dir)
		if err != nil {
			t.Fatal(err)
		}
		if head := m.backend.BlockChain().CurrentBlock(); head.Number.Uint64() != blocks || head.Time != genesis.Genesis.Timestamp+blocks {
			t.Errorf("the head is block %d at %d s", head.Number, head.Time)
		}
		if err := m.close(); err != nil {
			t.Error(err)
		}
	}
}
