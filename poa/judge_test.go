package poa

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/params"

	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/internal/logtest"
	"github.com/geth-ss/geth-ss/internal/nettest"
)

// refuser votes against every block.
type refuser struct{ *application }

func (r refuser) ProcessProposal(ctx context.Context, req *abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
	req.Txs = nil // as a proposer would that has nothing
	return r.application.ProcessProposal(ctx, req)
}

// verdict is a finding that is wanted at a node.
type verdict struct {
	node    int
	level   finding.Level
	subject string // begins with this
	what    []string
	do      string
}

// TestJudge brings each cause about for which a node of a network may not work, and wants that named, and no other in its place.
func TestJudge(t *testing.T) {
	if testing.Short() {
		t.Skip("runs networks")
	}
	otherGenesis := func(n *network) *NetworkGenesis {
		file, genesis := *n.genesis, *n.genesis.Genesis
		genesis.Alloc = maps.Clone(genesis.Alloc)
		genesis.Alloc[common.Address{7}] = types.Account{Balance: common.Big1}
		file.Genesis = &genesis
		return &file
	}
	otherValidators := func(n *network) *NetworkGenesis {
		file := *n.genesis
		file.Validators = append(append([]Validator{}, file.Validators...), NewValidator(&newKey(t).PublicKey, "more"))
		return &file
	}
	for _, c := range []struct {
		name       string
		validators int
		cause      func(t *testing.T, n *network)
		start      []int         // nodes that run; nil: all
		later      time.Duration // how long it has been so
		want       []verdict
		no         string // subject that nobody has
	}{
		{name: "nothing is wrong", validators: 2, no: "", later: 0},
		{name: "another genesis block", validators: 2,
			cause: func(_ *testing.T, n *network) { n.nodes[1].file = otherGenesis(n) },
			want: []verdict{
				{0, finding.Error, "peer 127.0.0.1:", []string{"belongs to another network", "its genesis block is 0x"}, doNetworkFile},
				{1, finding.Error, "peer 127.0.0.1:", []string{"belongs to another network", "its genesis block is 0x"}, doNetworkFile},
			}},
		{name: "another list of validators", validators: 2,
			cause: func(_ *testing.T, n *network) { n.nodes[1].file = otherValidators(n) },
			want: []verdict{
				{0, finding.Error, "peer 127.0.0.1:", []string{"another list of validators: 3 there", "2 here"}, doNetworkFile},
				{1, finding.Error, "peer 127.0.0.1:", []string{"another list of validators: 2 there", "3 here"}, doNetworkFile},
			}},
		{name: "another network comes, whose address nobody has", validators: 2,
			cause: func(_ *testing.T, n *network) {
				n.nodes[1].file = otherValidators(n)
				n.nodes[0].cfg.Peers = nil
			},
			want: []verdict{{0, finding.Warning, `network "geth-ss-24601-`, []string{"connects to this one", "is refused"}, doNetworkFile}}},
		{name: "other rules", validators: 2,
			cause: func(_ *testing.T, n *network) {
				n.nodes[1].file = n.with(func(c *params.ChainConfig) { c.OsakaTime = nil })
			},
			want: []verdict{
				{0, finding.Error, "rules of node1", []string{"osakaTime is 0 here and unset there", "is refused"}, ""},
				{1, finding.Error, "vote", []string{"votes for no block", "osakaTime"}, ""},
			}},
		{name: "no peers named, and nobody comes", validators: 2, start: []int{0},
			cause: func(_ *testing.T, n *network) { n.nodes[0].cfg.Peers = nil },
			want:  []verdict{{0, finding.Error, "peers", []string{"is empty", "1 other validators"}, doPeers}}},
		{name: "no peers named, and one comes", validators: 2,
			cause: func(_ *testing.T, n *network) { n.nodes[0].cfg.Peers = nil },
			want:  []verdict{{0, finding.Warning, "peers", []string{"only the 1 peers that connected"}, doPeers}}, no: "blocks"},
		{name: "a peer is down", validators: 2, start: []int{0},
			want: []verdict{{0, finding.Warning, "peer 127.0.0.1:", []string{"can't be reached at", "refused"}, doReach}}},
		{name: "the address is another node's", validators: 3, start: []int{0, 1},
			cause: func(_ *testing.T, n *network) {
				n.nodes[0].cfg.Peers = []string{fmt.Sprintf("%s@127.0.0.1:%d", PeerID(n.nodes[2].key), n.nodes[1].port)}
			},
			want: []verdict{{0, finding.Error, "peer 127.0.0.1:", []string{"another node answers", "not the node with peer id"}, doEntry}}},
		{name: "the address is of something else", validators: 2, start: []int{0},
			cause: func(t *testing.T, n *network) { chatter(t, n.nodes[1].port) },
			want:  []verdict{{0, finding.Warning, "peer 127.0.0.1:", []string{"nobody answers as a consensus peer"}, doNoConsensus}}},
		{name: "a peer closes the connection", validators: 2, start: []int{0},
			cause: func(t *testing.T, n *network) {
				w := &wiped{T: t, genesis: n.genesis}
				var err error
				if w.doc, err = n.genesis.consensusDoc(n.genesis.Genesis.ToBlock().Hash()); err != nil {
					t.Fatal(err)
				}
				w.serve(n.nodes[1].key, "", &fake{hangUp: true})
				n.nodes[0].cfg.Peers = w.peers
			},
			want: []verdict{{0, finding.Warning, "peer ", []string{"accepts the connection, and closes it"}, doHungUp}}},
		{name: "too few validators", validators: 4, start: []int{0, 1}, later: time.Hour,
			want: []verdict{{0, finding.Error, "blocks", []string{"connected to 2 of 4, itself included", "missing: node2, node3"}, doValidators}}},
		{name: "not of one mind", validators: 4, later: time.Hour,
			cause: func(_ *testing.T, n *network) {
				for _, v := range n.nodes[2:] {
					v.wrap = func(a *application) abci.Application { return refuser{a} }
				}
			},
			want: []verdict{
				{0, finding.Error, "blocks", []string{"are connected and don't agree", "prevotes: for ", "against by node2, node3"}, doDisagree},
				{2, finding.Error, "blocks", []string{"are connected and don't agree", "this node voted against a block of node", "0 transactions in the consensus block"}, doDisagree},
			}},
		{name: "a sign state ahead", validators: 4,
			cause: func(t *testing.T, n *network) {
				dir := filepath.Join(n.nodes[3].dir, "geth-ss", dirName)
				if err := os.MkdirAll(dir, 0o700); err != nil {
					t.Fatal(err)
				}
				if err := (&Resumed{path: filepath.Join(dir, signStateFile), Before: -1, Height: 1000}).Write(); err != nil {
					t.Fatal(err)
				}
			},
			want: []verdict{{3, finding.Warning, "vote", []string{"votes again from block 1001 on"}, doRest}}},
		{name: "consensus has ended", validators: 1,
			cause: func(_ *testing.T, n *network) {
				n.nodes[0].wrap = func(a *application) abci.Application {
					return wrapped{a, errors.New("disk on fire")}
				}
			},
			want: []verdict{{0, finding.Error, "consensus", []string{"disk on fire"}, doEnded}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := testNetwork(t, t.TempDir(), c.validators, 0)
			if c.cause != nil {
				c.cause(t, n)
			}
			running := n.nodes
			if c.start != nil {
				running = nil
				for _, i := range c.start {
					running = append(running, n.nodes[i])
				}
			}
			startAll(t, running...)
			if len(c.want) == 0 {
				waitHeight(t, 2, patience, running...)
				for _, v := range running {
					until(t, v.name+" finds nothing wrong", func() bool { return len(v.driver.Judge()) == 0 })
				}
			}
			for _, want := range c.want {
				var have finding.List
				defer func() {
					if t.Failed() {
						t.Logf("%s finds %+v", n.nodes[want.node].name, have)
					}
				}()
				until(t, fmt.Sprintf("%s finds %+v", n.nodes[want.node].name, want), func() bool {
					s := n.nodes[want.node].driver.facts()
					have = n.nodes[want.node].driver.judge(&s, time.Now().Add(c.later))
					return want.in(have)
				})
				for _, f := range have {
					if c.no != "" && strings.HasPrefix(f.Subject, c.no) {
						t.Errorf("found besides: %+v", f)
					}
				}
			}
		})
	}
}

func (w verdict) in(list finding.List) bool {
	for _, f := range list {
		all := f.Level == w.level && strings.HasPrefix(f.Subject, w.subject) && (w.do == "" || f.Do == w.do) && f.Do != ""
		for _, words := range w.what {
			all = all && strings.Contains(f.What, words)
		}
		if all {
			return true
		}
	}
	return false
}

// wrapped fails to finalize blocks.
type wrapped struct {
	*application
	err error
}

func (w wrapped) FinalizeBlock(context.Context, *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	return nil, w.err
}

// chatter listens and says what no consensus peer says.
func chatter(t *testing.T, port int) {
	t.Helper()
	nettest.ServeAt(t, fmt.Sprintf("127.0.0.1:%d", port), func(c net.Conn) {
		fmt.Fprint(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
	})
}

// TestOneLineAPeer: a peer that can't be one is told in the log once, not with every attempt.
func TestOneLineAPeer(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	said := logtest.Capture(t, log.LevelInfo)
	n := testNetwork(t, t.TempDir(), 2, 0)
	file := *n.genesis
	file.Validators = file.Validators[1:]
	n.nodes[1].file = &file
	startAll(t, n.nodes...)
	until(t, "the log tells", func() bool { return strings.Count(said.String(), "belongs to another network") == 2 })
	d := n.nodes[0].driver.dial
	for range 30 {
		d.dial(d.sw(), d.peers[0])
	}
	time.Sleep(2 * time.Second) // two looks of the driver
	if lines := strings.Count(said.String(), "belongs to another network"); lines != 2 {
		t.Errorf("%d lines:\n%s", lines, said)
	}
}

// TestForeignOrigin: how two networks differ is said as far as the other tells.
func TestForeignOrigin(t *testing.T) {
	here := origin{Genesis: "0x01", Validators: "aa", Count: 4}
	for _, c := range []struct {
		there *announcement
		want  string
	}{
		{nil, "the chain id, the genesis block or the list of validators differs"},
		{&announcement{}, "the chain id, the genesis block or the list of validators differs"},
		{&announcement{origin: origin{Genesis: "0x02", Validators: "aa", Count: 4}}, "its genesis block is 0x02, and here it is 0x01"},
		{&announcement{origin: origin{Genesis: "0x01", Validators: "bb", Count: 3}}, "another list of validators: 3 there (digest bb), 4 here (digest aa)"},
		{&announcement{origin: here}, "names networks in another way"},
	} {
		if got := here.differs("ours", c.there, "theirs"); !strings.Contains(got, c.want) {
			t.Errorf("%+v: %s", c.there, got)
		}
	}
}

// TestStrangers: networks whose nodes come and are refused are remembered for a while, and not without bound.
func TestStrangers(t *testing.T) {
	var s strangers
	now := time.Unix(1000, 0)
	for i := range 100 {
		s.note(fmt.Sprint(i), now.Add(time.Duration(i)*time.Millisecond))
	}
	if got := s.seen(now.Add(time.Second)); len(got) != maxStrangeNetworks || got[0] != "92" {
		t.Errorf("%v", got)
	}
	if got := s.seen(now.Add(time.Hour)); len(got) != 0 {
		t.Errorf("after an hour: %v", got)
	}
}
