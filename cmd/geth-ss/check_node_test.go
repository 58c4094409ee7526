package main

import (
	"encoding/json"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/internal/finding/findingtest"
	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// statusOf answers a status with the JSON of a test.
type statusOf struct{ text string }

// Status is poa_status or secretstore_status.
func (s statusOf) Status() json.RawMessage { return json.RawMessage(s.text) }

// ethOf answers what is asked of a chain.
type ethOf struct{ age time.Duration }

// GetBlockByNumber is eth_getBlockByNumber.
func (e ethOf) GetBlockByNumber(string, bool) *types.Header {
	return &types.Header{Number: big.NewInt(7), Difficulty: new(big.Int), Time: uint64(time.Now().Add(-e.age).Unix())}
}

// Syncing is eth_syncing.
func (e ethOf) Syncing() bool { return false }

// TestCheckNode: how a running node judges itself is passed on as it is; one of an older version, which does not, is judged by its
// status.
func TestCheckNode(t *testing.T) {
	t.Parallel()
	key, _ := crypto.GenerateKey()
	self := wire.NodeIDOf(&key.PublicKey)
	id := fmt.Sprintf("0x%x", self[:])
	const findings = `"findings":[{"level":"error","subject":"chain","what":"it stands","do":"look"},{"level":"warning","subject":"peer 1","what":"it is slow","do":"wait"}]`
	consensus := func(more string) statusOf {
		return statusOf{fmt.Sprintf(`{"peerId":%q,"validator":true,"height":9,"peers":3,"new":[1]%s}`, poa.PeerID(key), more)}
	}
	server := func(more string) statusOf {
		return statusOf{fmt.Sprintf(`{"id":%q,"connected":1,"servers":[%q],"keys":5,"fresh":true,"final":{"number":8,"age":2},"contract":{"found":true}%s}`, id, id, more)}
	}
	for name, c := range map[string]struct {
		poa, store any // services; nil: there is none
		eth        *ethOf
		none       bool // there is no chain
		isPoA, isS bool // what the settings make of the node
		level      finding.Level
		subject    string
		words      string
		only       bool // beside what is fine
	}{
		"consensus, nothing wrong":  {poa: consensus(`,"findings":[]`), isPoA: true, level: finding.OK, subject: "consensus", words: "as validator: block 9, connected to 3", only: true},
		"consensus, error":          {poa: consensus("," + findings), isPoA: true, level: finding.Error, subject: "chain", words: "it stands"},
		"consensus, warning":        {poa: consensus("," + findings), isPoA: true, level: finding.Warning, subject: "peer 1", words: "it is slow"},
		"judged once":               {poa: consensus(`,"syncing":true,"notVoting":"x","findings":[]`), isPoA: true, level: finding.OK, subject: "consensus", only: true},
		"older, fine":               {poa: consensus(""), isPoA: true, level: finding.OK, subject: "consensus", only: true},
		"older, catches up":         {poa: consensus(`,"syncing":true`), isPoA: true, level: finding.Warning, subject: "consensus", words: "catching up"},
		"older, does not vote":      {poa: consensus(`,"notVoting":"other rules"`), isPoA: true, level: finding.Error, subject: "consensus", words: "votes for no block: other rules"},
		"older, differs":            {poa: consensus(`,"differ":[{"peerId":"ab","host":"h","differences":[]}]`), isPoA: true, level: finding.Error, subject: "consensus", words: "has other rules"},
		"no consensus there":        {eth: &ethOf{}, isPoA: true, level: finding.Error, subject: "node", words: "takes no part in consensus"},
		"no answer":                 {poa: statusOf{`{"peerId":7}`}, isPoA: true, level: finding.Error, subject: "node", words: "can't be asked about consensus"},
		"another validator":         {poa: statusOf{`{"peerId":"ffff"}`}, isPoA: true, level: finding.Error, subject: "node", words: `"ffff"`},
		"key server, nothing wrong": {eth: &ethOf{}, store: server(`,"findings":[]`), isS: true, level: finding.OK, subject: "key server", words: "with 5 keys", only: true},
		"key server, error":         {eth: &ethOf{}, store: server("," + findings), isS: true, level: finding.Error, subject: "chain", words: "it stands"},
		"key server judged once":    {eth: &ethOf{}, store: server(`,"gap":true,"findings":[]`), isS: true, level: finding.OK, subject: "key server", only: true},
		"older key server, fine":    {eth: &ethOf{}, store: server(""), isS: true, level: finding.OK, subject: "key server", only: true},
		"older, gap":                {eth: &ethOf{}, store: server(`,"gap":true`), isS: true, level: finding.Warning, subject: "share store", words: "restored"},
		"older, stale":              {eth: &ethOf{}, store: server(`,"fresh":false`), isS: true, level: finding.Warning, subject: "chain", words: "retrievals are refused"},
		"older, nothing final":      {eth: &ethOf{}, store: server(`,"final":null`), isS: true, level: finding.Error, subject: "chain", words: "no block is final"},
		"older, no contract":        {eth: &ethOf{}, store: server(`,"contract":{"reason":"no code"}`), isS: true, level: finding.Error, subject: "permissions", words: "no code"},
		"older, another cluster":    {eth: &ethOf{}, store: server(fmt.Sprintf(`,"peers":[{"id":%q,"state":"other cluster"}]`, id)), isS: true, level: finding.Error, subject: "peer ", words: "other cluster"},
		"no key server there":       {eth: &ethOf{}, isS: true, level: finding.Error, subject: "node", words: "is not a key server"},
		"another key server":        {eth: &ethOf{}, store: statusOf{`{}`}, isS: true, level: finding.Error, subject: "node", words: "the settings make " + self.Short()},
		"external client":           {eth: &ethOf{}, level: finding.OK, subject: "chain", words: "at block 7", only: true},
		"nobody brings blocks":      {eth: &ethOf{time.Hour}, level: finding.Warning, subject: "chain", words: "it gets no new blocks"},
		"from the future":           {eth: &ethOf{-time.Hour}, level: finding.Error, subject: "clock", words: "in the future"},
		"no chain":                  {none: true, level: finding.Error, subject: "chain", words: "head can't be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			services := rpc.NewServer()
			defer services.Stop()
			for namespace, service := range map[string]any{"poa": c.poa, "secretstore": c.store} {
				if service != nil {
					if err := services.RegisterName(namespace, service); err != nil {
						t.Fatal(err)
					}
				}
			}
			chain := ethOf{}
			if c.eth != nil {
				chain = *c.eth
			}
			if !c.none {
				if err := services.RegisterName("eth", chain); err != nil {
					t.Fatal(err)
				}
			}
			check := newCheckup(func(check *checkup) {
				check.self, check.node = self, rpc.DialInProc(services)
				check.cfg.Node.P2P.PrivateKey = key
				check.cfg.PoA.Enabled, check.cfg.SecretStore.Enabled = c.isPoA, c.isS
			})
			defer check.node.Close()
			if check.checkNode(); !findingtest.Has(check.List, c.level, c.subject, c.words) || c.only && check.Worst() != finding.OK {
				t.Errorf("no %s of %q in %q", c.level, c.words, check.List)
			}
		})
	}
	check := newCheckup(nil)
	if check.checkNode(); !findingtest.Has(check.List, finding.OK, "node", "does not run") {
		t.Errorf("no node: %q", check.List)
	}
}
