package poa

import (
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/p2p"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/params"

	"github.com/geth-ss/geth-ss/internal/logtest"
)

// bench is a node's comparison with everything around it made up.
type bench struct {
	*comparison
	keys  []*ecdsa.PrivateKey
	clock time.Time
	logs  *logtest.Buffer
}

// newBench makes the comparison of one of some validators, with these powers, at
// timestamp 1000.
func newBench(t *testing.T, rules Rules, powers ...int64) *bench {
	t.Helper()
	b := &bench{clock: time.Unix(1000, 0), logs: new(logtest.Buffer)}
	g := new(NetworkGenesis)
	for i, power := range powers {
		key, err := crypto.ToECDSA(crypto.Keccak256([]byte(fmt.Sprint("bench", i))))
		if err != nil {
			t.Fatal(err)
		}
		b.keys = append(b.keys, key)
		v := NewValidator(&key.PublicKey, fmt.Sprint("v", i))
		v.Power = power
		g.Validators = append(g.Validators, v)
	}
	b.comparison = newComparison(rules, "network", g, func(ahead time.Duration) moment {
		return moment{number: 100, time: uint64(b.clock.Add(ahead).Unix())}
	}, log.NewLogger(log.NewTerminalHandlerWithLevel(b.logs, log.LevelInfo, false)))
	b.now = func() time.Time { return b.clock }
	return b
}

// meet has the holder of a key introduce itself.
func (b *bench) meet(t *testing.T, key *ecdsa.PrivateKey, rules Rules) error {
	t.Helper()
	_, err := b.admit(p2p.ID(PeerID(key)), "192.0.2.1", mustAnnounce(t, key, "network", rules))
	return err
}

// TestAdmit: who is let in, who is not, and what is said of whom.
func TestAdmit(t *testing.T) {
	t.Parallel()
	own := Rules{"osakaTime": "0", ruleGasLimit: "30", ruleBlockTime: "1", RuleCluster: "main", "bpo1Time": "2000"}
	with := func(name, value string) Rules {
		r := maps.Clone(own)
		if r[name] = value; value == "" {
			delete(r, name)
		}
		return r
	}
	for name, c := range map[string]struct {
		rules Rules
		err   string // in the reason why it is refused, "" if it is let in
		logs  string // in the warning, "" if there is none
	}{
		"equal":                    {own, "", ""},
		"moved in force":           {with("osakaTime", "5"), "osakaTime is 0 here and 5 there", "init"},
		"absent in force":          {with("osakaTime", ""), "osakaTime is 0 here and unset there", "init"},
		"unknown in force":         {with("newTime", "999"), "newTime is unset here and 999 there", "init"},
		"comes into force now":     {with("newTime", "1010"), "newTime is unset here and 1010 there", "init"},
		"unknown ahead":            {with("newTime", "1011"), "", "newTime is unset here and 1011 there"},
		"moved ahead":              {with("bpo1Time", "3000"), "", "bpo1Time is 2000 here and 3000 there"},
		"absent ahead":             {with("bpo1Time", ""), "", "bpo1Time is 2000 here and unset there"},
		"moved from ahead to past": {with("bpo1Time", "500"), "bpo1Time is 2000 here and 500 there", "init"},
		"gas limit":                {with(ruleGasLimit, "31"), "poa.gasLimit is 30 here and 31 there", "init"},
		"block time":               {with(ruleBlockTime, "2"), "poa.blockTime is 1 here and 2 there", "set the same"},
		"no block time":            {with(ruleBlockTime, ""), "", ""},
		"cluster":                  {with(RuleCluster, "other"), "secretstore.cluster is main here and other there", "set the same"},
		"no cluster":               {with(RuleCluster, ""), "", ""},
	} {
		for _, stranger := range []bool{false, true} {
			b := newBench(t, own, 1, 1, 1, 1)
			key := b.keys[2]
			if stranger {
				key, _ = crypto.GenerateKey()
			}
			err := b.meet(t, key, c.rules)
			if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v", name, err)
			}
			if err != nil && !stranger && !strings.HasPrefix(err.Error(), "v2 ") {
				t.Errorf("%s: the validator's name is missing: %v", name, err)
			}
			logs := b.logs.String()
			if (logs != "") != (c.logs != "") || !strings.Contains(logs, c.logs) {
				t.Errorf("%s: the log says %q", name, logs)
			}
			different := b.different()
			if (len(different) == 1) != (c.logs != "") || len(different) == 1 && different[0].InForce != (c.err != "") {
				t.Errorf("%s: status has %+v", name, different)
			}
		}
	}
}

// TestAdmitOlderVersions: who tells nothing is let in and named; who tells what
// can't be read is refused.
func TestAdmitOlderVersions(t *testing.T) {
	t.Parallel()
	b := newBench(t, Rules{"osakaTime": "0"}, 1, 1, 1, 1)
	key := b.keys[1]
	for range 3 {
		if a, err := b.admit(p2p.ID(PeerID(key)), "192.0.2.1", plainMoniker); a != nil || err != nil {
			t.Errorf("an older version: %v, %v", a, err)
		}
	}
	if n := strings.Count(b.logs.String(), "announces no rules"); n != 1 {
		t.Errorf("said %d times that it announces no rules", n)
	}
	if _, err := b.admit(p2p.ID(PeerID(key)), "192.0.2.2", announceVersion+" nonsense"); err == nil {
		t.Error("nonsense passed for an older version")
	}
	if b.announced(crypto.PubkeyToAddress(key.PublicKey)) {
		t.Error("it has announced nothing")
	}
}

// TestAnnouncementForms: of a peer that tells no rule which its version does not know it is said that the version is older, and
// not that its file differs; versions that know it are taken by their word.
func TestAnnouncementForms(t *testing.T) {
	t.Parallel()
	free, paid := Rules{"osakaTime": "0", ruleFreeGas: "true"}, Rules{"osakaTime": "0"}
	for name, c := range map[string]struct {
		own, told Rules
		form      int
		err, logs string
	}{
		"both free":                 {free, free, 1, "", ""},
		"both paid":                 {paid, paid, 1, "", ""},
		"an older one where paid":   {paid, paid, 0, "", ""},
		"an older one where free":   {free, paid, 0, "poa.freeGas is true here and unknown to the older version there", "update the program"},
		"another file where free":   {free, paid, 1, "poa.freeGas is true here and unset there", "whose file is wrong"},
		"another file where paid":   {paid, free, 1, "poa.freeGas is unset here and true there", "whose file is wrong"},
		"a later one, another file": {free, paid, 7, "poa.freeGas is true here and unset there", "whose file is wrong"},
	} {
		b := newBench(t, c.own, 1, 1, 1, 1)
		key := b.keys[2]
		body, err := json.Marshal(&announcement{Key: nodeID(&key.PublicKey), Rules: c.told, Form: c.form})
		if err != nil {
			t.Fatal(err)
		}
		sig, err := crypto.Sign(announceHash("network", PeerID(key), body), key)
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.admit(p2p.ID(PeerID(key)), "192.0.2.1", fmt.Sprintf("%s %x %s", announceVersion, sig, body))
		if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v", name, err)
		}
		if logs := b.logs.String(); !strings.Contains(logs, c.logs) || (logs == "") != (c.logs == "") {
			t.Errorf("%s: the log says %q", name, logs)
		}
	}
	moniker := mustAnnounce(t, newBench(t, free, 1).keys[0], "network", free)
	if !strings.HasSuffix(moniker, fmt.Sprintf(`,"form":%d}`, announceForm)) {
		t.Errorf("this version announces %s", moniker)
	}
	for rule, form := range ruleForms {
		if form < 1 || form > announceForm {
			t.Errorf("%s is told since form %d, the newest is %d", rule, form, announceForm)
		}
	}
}

// TestAheadComesIntoForce: who was let in while a rule lay ahead is let go before
// it comes into force, and is one of us again once it is cured.
func TestAheadComesIntoForce(t *testing.T) {
	t.Parallel()
	b := newBench(t, Rules{"bpo1Time": "2000"}, 1, 1, 1, 1)
	other := &announcement{Key: nodeID(&b.keys[3].PublicKey), Rules: Rules{"bpo1Time": "3000"}, pub: &b.keys[3].PublicKey}
	if err := b.meet(t, b.keys[3], other.Rules); err != nil {
		t.Fatal(err)
	}
	id := p2p.ID(PeerID(b.keys[3]))
	for _, c := range []struct {
		at   int64
		want bool
	}{{1000, true}, {1989, true}, {1990, false}, {2500, false}, {3500, false}} {
		b.clock = time.Unix(c.at, 0)
		if got := b.tolerates(id, "192.0.2.1", other); got != c.want {
			t.Errorf("at %d: %v", c.at, got)
		}
	}
	if err := b.meet(t, b.keys[3], Rules{"bpo1Time": "2000"}); err != nil || len(b.different()) != 0 {
		t.Errorf("after the cure: %v, %+v", err, b.different())
	}
}

// TestWhoVotes: for all ways in which validators of some powers may fall into two
// groups, each of which knows the other: nobody votes whose group can't make a
// block, so at no time do two groups both, or a mixed one, agree on a block under a
// rule in dispute; and a group that can make blocks goes on.
func TestWhoVotes(t *testing.T) {
	t.Parallel()
	a, z := Rules{"bpo1Time": "900"}, Rules{"bpo1Time": "5000"}
	for _, powers := range [][]int64{{1}, {1, 1}, {1, 1, 1}, {1, 1, 1, 1}, {5, 1, 1, 1}, {3, 3, 2, 1}, {10, 10, 10}} {
		var total int64
		for _, p := range powers {
			total += p
		}
		for split := range 1 << len(powers) {
			rulesOf := func(i int) Rules {
				if split>>i&1 == 1 {
					return z
				}
				return a
			}
			for self := range powers {
				b := newBench(t, rulesOf(self), powers...)
				agree := int64(0)
				for i, key := range b.keys {
					if split>>i&1 == split>>self&1 {
						agree += powers[i]
					}
					if i != self {
						b.meet(t, key, rulesOf(i))
					}
				}
				err := b.vote()
				if can := 3*agree > 2*total; (err == nil) != can {
					t.Errorf("powers %v, split %b, validator %d: %v", powers, split, self, err)
				}
				if err != nil && (!strings.Contains(err.Error(), "bpo1Time is") || !strings.Contains(err.Error(), "init")) {
					t.Errorf("neither reason nor cure: %v", err)
				}
			}
		}
	}
}

// TestVotesWhile: what does not keep a validator from voting.
func TestVotesWhile(t *testing.T) {
	t.Parallel()
	own := Rules{"bpo1Time": "2000"}
	b := newBench(t, own, 1, 1, 1, 1)
	for _, i := range []int{1, 2} {
		if err := b.meet(t, b.keys[i], Rules{"bpo1Time": "3000"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.vote(); err != nil {
		t.Errorf("two of four differ in what lies ahead: %v", err)
	}
	b.clock = time.Unix(1990, 0)
	if err := b.vote(); err == nil {
		t.Error("votes though the rule comes into force")
	}
	if err := b.opposed(moment{200, 1999}); err != nil {
		t.Errorf("a block before the fork can't be taken: %v", err)
	}
	if err := b.opposed(moment{200, 2000}); err == nil {
		t.Error("a block under the rule in dispute is taken")
	}
	if err := b.meet(t, b.keys[1], own); err != nil {
		t.Fatal(err)
	}
	if err := b.vote(); err != nil {
		t.Errorf("one of two was cured: %v", err)
	}

	// Strangers, and somebody who speaks for validators.
	b = newBench(t, own, 1, 1, 1, 1)
	for range 50 {
		key, _ := crypto.GenerateKey()
		b.meet(t, key, Rules{"bpo1Time": "1"})
		for _, v := range b.keys {
			b.admit(p2p.ID(PeerID(key)), "192.0.2.9", mustAnnounce(t, v, "network", Rules{"bpo1Time": "1"}))
		}
	}
	if err := b.vote(); err != nil {
		t.Errorf("strangers stop a validator: %v", err)
	}
	if n := len(b.different()); n != maxStrangersKept {
		t.Errorf("%d strangers are remembered", n)
	}
	if n := strings.Count(b.logs.String(), "\n"); n > 3 {
		t.Errorf("strangers from one address wrote %d lines", n)
	}
	for i := range 500 {
		key, _ := crypto.GenerateKey()
		b.admit(p2p.ID(PeerID(key)), fmt.Sprint("192.0.2.", i), plainMoniker)
	}
	if len(b.warnings) > 4*maxStrangersKept {
		t.Errorf("%d warnings are remembered", len(b.warnings))
	}
}

// TestOpposed: while a third differs a validator proposes nothing, votes for nothing
// and takes no decided block; and does all of it as soon as it may.
func TestOpposed(t *testing.T) {
	s := newSolo(t, t.TempDir())
	own := Rules{"bpo1Time": "1500"}
	b := newBench(t, own, 1, 1, 1, 1)
	raw := s.propose(t)
	s.app.compare = b.comparison
	if !s.accepts(t, raw) {
		t.Fatal("a good block is voted down")
	}
	for _, i := range []int{1, 2} {
		b.meet(t, b.keys[i], Rules{"bpo1Time": "1400"})
	}
	b.clock = time.Unix(1400, 0)
	if s.accepts(t, raw) {
		t.Error("votes for a block under a rule in dispute")
	}
	res, err := s.app.PrepareProposal(ctx, &abci.RequestPrepareProposal{Height: 1, Time: s.time, MaxTxBytes: maxPayloadBytes})
	if err != nil || len(res.Txs) != 0 {
		t.Errorf("proposes a block: %d, %v", len(res.Txs), err)
	}
	if err := s.tryDecide(1, raw); err == nil || !strings.Contains(err.Error(), "bpo1Time is 1500 here and 1400 there") {
		t.Errorf("takes a decided block: %v", err)
	}
	b.meet(t, b.keys[1], own)
	if !s.accepts(t, raw) {
		t.Error("does not vote after the cure")
	}
	s.decide(t, raw)
}

// TestGasLimitIsTheFiles: blocks keep the file's gas limit; a proposal may only move
// towards it, unless the proposer is of a version that does not know that.
func TestGasLimitIsTheFiles(t *testing.T) {
	for _, c := range []struct {
		parent, limit uint64
		ok            bool
	}{{100, 100, true}, {100, 101, false}, {100, 99, false}, {90, 100, true}, {90, 95, true}, {90, 90, true}, {90, 101, false}, {90, 89, false},
		{110, 100, true}, {110, 109, true}, {110, 99, false}, {110, 111, false}} {
		if err := checkGasLimit(&types.Header{GasLimit: c.limit}, &types.Header{GasLimit: c.parent}, 100); (err == nil) != c.ok {
			t.Errorf("from %d to %d: %v", c.parent, c.limit, err)
		}
	}

	for _, limit := range []uint64{params.MinGasLimit, 30_000_000, defaultGasLimit, 0x1fffffffffffff, params.MaxGasLimit} {
		n := testNetwork(t, t.TempDir(), 1, 0)
		n.genesis.Genesis.GasLimit = limit
		s := newSoloOf(t, n.nodes[0])
		for range 3 {
			raw := s.propose(t)
			if !s.accepts(t, raw) {
				t.Fatalf("limit %d: an own block is voted down", limit)
			}
			s.decide(t, raw)
			if got := s.backend.BlockChain().CurrentBlock().GasLimit; got != limit {
				t.Fatalf("limit %d became %d", limit, got)
			}
			s.backend.Miner().SetGasCeil(1) // as an option, or miner_setGasLimit, does
		}
		b, err := decodePayload(s.propose(t))
		if err != nil {
			t.Fatal(err)
		}
		h := b.Header()
		if h.GasLimit--; limit == params.MinGasLimit {
			h.GasLimit += 2
		}
		moved, err := encodePayload(types.NewBlockWithHeader(h).WithBody(*b.Body()))
		if err != nil {
			t.Fatal(err)
		}
		if s.accepts(t, moved) {
			t.Errorf("limit %d: a block with %d is voted for", limit, h.GasLimit)
		}
		s.app.compare = newBench(t, Rules{}, 1).comparison // whoever proposes has announced nothing
		if !s.accepts(t, moved) {
			t.Errorf("limit %d: an older version's block is voted down", limit)
		}
	}
}
