package poa

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cometbft/cometbft/libs/protoio"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/p2p/conn"
	"github.com/cometbft/cometbft/version"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/triedb"
	"github.com/ethereum/go-ethereum/triedb/pathdb"

	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/internal/finding/findingtest"
	"github.com/geth-ss/geth-ss/internal/nettest"
)

// impostor is a consensus node as far as its introduction: it has a key, and says what a test wants.
type impostor struct {
	key     *ecdsa.PrivateKey
	network string
	block   uint64
	moniker string
	mute    bool // closes in place of an introduction
}

// serve listens as an impostor does.
func (i *impostor) serve(t *testing.T) (addr string) {
	t.Helper()
	return nettest.Serve(t, func(raw net.Conn) {
		key, err := transportKey(i.key)
		if err != nil {
			return
		}
		c, err := conn.MakeSecretConnection(raw, key.PrivKey)
		if err != nil || i.mute {
			return
		}
		info := p2p.DefaultNodeInfo{
			ProtocolVersion: p2p.NewProtocolVersion(version.P2PProtocol, i.block, 0), DefaultNodeID: key.ID(),
			ListenAddr: raw.LocalAddr().String(), Network: i.network, Moniker: i.moniker,
		}
		protoio.NewDelimitedWriter(c).WriteMsg(info.ToProto())
		io.Copy(io.Discard, raw) // until the other has read it
	})
}

// outlooked is a network whose first node, a validator, is looked at from its initialized directory.
type outlooked struct {
	*network
	cfg Config
	dir string
}

func newOutlooked(t *testing.T, validators int) *outlooked {
	t.Helper()
	n, err := newNetwork(t.TempDir(), validators, 2, make([]int, validators+2))
	if err != nil {
		t.Fatal(err)
	}
	o := &outlooked{network: n, cfg: DefaultConfig(), dir: t.TempDir()}
	o.cfg.Enabled, o.cfg.Peers = true, nil
	if err := InitDir(o.dir, n.genesis); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *outlooked) outlook(t *testing.T, node int) *Outlook {
	t.Helper()
	out, err := NewOutlook(o.dir, o.nodes[node].key, &o.cfg)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// as is what a node of the network announces, with some rules changed.
func (o *outlooked) as(t *testing.T, node int, change func(Rules)) *impostor {
	t.Helper()
	out := o.outlook(t, node)
	rules := maps.Clone(out.rules)
	if change != nil {
		change(rules)
	}
	moniker, err := announce(o.nodes[node].key, out.network, 30303, rules, out.origin)
	if err != nil {
		t.Fatal(err)
	}
	return &impostor{key: o.nodes[node].key, network: out.network, block: version.BlockProtocol, moniker: moniker}
}

func entry(key *ecdsa.PrivateKey, addr string) string { return PeerID(key) + "@" + addr }

// TestOutlookTellsCauses: each cause for which a peer is none is told as itself. Only where nothing answers, or something else
// than a consensus node, are port and address to blame.
func TestOutlookTellsCauses(t *testing.T) {
	t.Parallel()
	o := newOutlooked(t, 2)
	peer := o.nodes[1].key
	with := func(change func(*impostor)) func(*testing.T) string {
		return func(t *testing.T) string {
			i := o.as(t, 1, nil)
			change(i)
			return i.serve(t)
		}
	}
	from := func(change func(*NetworkGenesis)) func(*testing.T) string { // the same node, initialized with another file
		return func(t *testing.T) string {
			file, genesis := *o.genesis, *o.genesis.Genesis
			file.Genesis = &genesis
			change(&file)
			other := &outlooked{network: o.network, cfg: o.cfg, dir: t.TempDir()}
			if err := InitDir(other.dir, &file); err != nil {
				t.Fatal(err)
			}
			return other.as(t, 1, nil).serve(t)
		}
	}
	rule := func(change func(Rules)) func(*testing.T) string {
		return func(t *testing.T) string { return o.as(t, 1, change).serve(t) }
	}
	for name, c := range map[string]struct {
		at         func(*testing.T) string
		level      finding.Level
		words      string
		blamesPort bool
	}{
		"as it should be": {rule(nil), finding.OK, "validator node1 of this network under the same rules", false},
		"closed port":     {nettest.ClosedPort, finding.Error, "refused", true},
		"no such host":    {func(*testing.T) string { return "no-such-host.invalid:26656" }, finding.Error, "can't be resolved", false},
		"silent": {func(t *testing.T) string { return nettest.Serve(t, func(c net.Conn) { io.Copy(io.Discard, c) }) },
			finding.Error, "says nothing", true},
		"closes": {func(t *testing.T) string { return nettest.Serve(t, func(net.Conn) {}) }, finding.Error, "not a consensus node", true},
		"HTTP server": {func(t *testing.T) string {
			return nettest.Serve(t, func(c net.Conn) {
				c.Write([]byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n" + strings.Repeat("x", 4096)))
			})
		}, finding.Error, "not a consensus node", true},
		"another id":      {with(func(i *impostor) { i.key = o.nodes[2].key }), finding.Error, "the consensus node there has id " + PeerID(o.nodes[2].key), false},
		"our own id":      {with(func(i *impostor) { i.key = o.nodes[0].key }), finding.Error, "this node's own", false},
		"another network": {with(func(i *impostor) { i.network = "geth-ss-1-00" }), finding.Error, "belongs to another network: its network is \"geth-ss-1-00\"", false},
		"another genesis": {from(func(g *NetworkGenesis) { g.Genesis.Timestamp++ }), finding.Error, "belongs to another network: its genesis block is", false},
		"other validators": {from(func(g *NetworkGenesis) { g.Validators = g.Validators[:1] }),
			finding.Error, "belongs to another network: it has the same genesis block, and another list of validators: 1 there", false},
		"hostile network": {with(func(i *impostor) { i.network = "\x1b[2J" + strings.Repeat("x", 5000) }), finding.Error, `\x1b[2J`, false},
		"another version": {with(func(i *impostor) { i.block++ }), finding.Error, "another version of consensus", false},
		"older version":   {with(func(i *impostor) { i.moniker = plainMoniker }), finding.Warning, "announces no rules", false},
		"forged rules":    {with(func(i *impostor) { i.moniker = announceVersion + " 00 {}" }), finding.Error, "can't be read", false},
		"no introduction": {with(func(i *impostor) { i.mute = true }), finding.Warning, "does not name its network", false},
		"other rules":     {rule(func(r Rules) { r["osakaTime"] = "7" }), finding.Error, "other rules in force: osakaTime is 0 here and 7 there", false},
		"another cluster": {rule(func(r Rules) { r.set(RuleCluster, "other") }), finding.Error, `secretstore.cluster is main here and other there`, false},
		"rules ahead":     {rule(func(r Rules) { r["bpo1Time"] = "99999999999" }), finding.Warning, "rules that lie ahead differ: bpo1Time", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := o.cfg
			cfg.Peers = []string{entry(peer, c.at(t))}
			out, err := NewOutlook(o.dir, o.nodes[0].key, &cfg)
			if err != nil {
				t.Fatal(err)
			}
			out.AddRule(RuleCluster, "main")
			l := out.JudgePeers(t.Context(), false)
			if !findingtest.Has(l, c.level, "consensus peer "+PeerID(peer)[:8], c.words) {
				t.Errorf("no %s of %q in %q", c.level, c.words, l)
			}
			for _, f := range l {
				if strings.Contains(f.Do, "port") != c.blamesPort && strings.HasPrefix(f.Subject, "consensus peer ") {
					t.Errorf("port blamed %v: %q", !c.blamesPort, f)
				}
				if len(f.What) > 1000 || strings.Contains(f.What, "\x1b") {
					t.Errorf("a peer's text reaches the terminal: %q", f.What)
				}
			}
		})
	}
}

// TestOutlookFindsMissing: validators that are in no entry are named, but not those whose entries may be the ones that do not answer.
func TestOutlookFindsMissing(t *testing.T) {
	t.Parallel()
	o := newOutlooked(t, 4)
	met := func(node int) string { return entry(o.nodes[node].key, o.as(t, node, nil).serve(t)) }
	down := func(node int) string { return entry(o.nodes[node].key, nettest.ClosedPort(t)) }
	for name, c := range map[string]struct {
		peers []string
		words string // "": nothing
	}{
		"all":                      {[]string{met(1), met(2), met(3)}, ""},
		"one in none":              {[]string{met(1), met(2)}, "validators in no entry: node3"},
		"a follower is none":       {[]string{met(1), met(2), met(4)}, "validators in no entry: node3"},
		"one down":                 {[]string{met(1), met(2), down(3)}, ""},
		"one down, one in none":    {[]string{met(1), down(2)}, "node2, node3; at least 1 of them"},
		"the own entry is no peer": {[]string{down(0), met(1), met(2)}, "validators in no entry: node3"},
	} {
		cfg := o.cfg
		cfg.Peers = c.peers
		out, err := NewOutlook(o.dir, o.nodes[0].key, &cfg)
		if err != nil {
			t.Fatal(err)
		}
		l := out.JudgePeers(t.Context(), false)
		if c.words == "" && findingtest.Has(l, finding.Warning, "consensus peers", "") || c.words != "" && !findingtest.Has(l, finding.Warning, "consensus peers", c.words) {
			t.Errorf("%s: %q", name, l)
		}
	}
}

// TestOutlookOwnEntry: what answers at a node's own entry is nobody, this node, its twin, or somebody else.
func TestOutlookOwnEntry(t *testing.T) {
	t.Parallel()
	o := newOutlooked(t, 1)
	self := o.nodes[0].key
	for name, c := range map[string]struct {
		addr    string
		running bool
		level   finding.Level
		words   string
	}{
		"free":                 {nettest.ClosedPort(t), false, finding.OK, "free"},
		"runs":                 {o.as(t, 0, nil).serve(t), true, finding.OK, "this node answers"},
		"twin":                 {o.as(t, 0, nil).serve(t), false, finding.Error, "another process runs with this node key"},
		"another":              {o.as(t, 1, nil).serve(t), true, finding.Error, "a consensus node with id " + PeerID(o.nodes[1].key)},
		"no consensus":         {nettest.Serve(t, func(net.Conn) {}), true, finding.Error, "not a consensus node"},
		"out of its own reach": {nettest.ClosedPort(t), true, finding.OK, "can't be reached from this machine itself"},
	} {
		cfg := o.cfg
		cfg.Peers = []string{entry(self, c.addr)}
		out, err := NewOutlook(o.dir, self, &cfg)
		if err != nil {
			t.Fatal(err)
		}
		if l := out.JudgePeers(t.Context(), c.running); !findingtest.Has(l, c.level, "own consensus entry", c.words) {
			t.Errorf("%s: %q", name, l)
		}
	}
}

// TestOutlookSettings: what a list of peers contradicts without anybody being dialled.
func TestOutlookSettings(t *testing.T) {
	t.Parallel()
	o := newOutlooked(t, 3)
	e := func(node int, addr string) string { return entry(o.nodes[node].key, addr) }
	all := []string{e(0, "192.0.2.1:26656"), e(1, "192.0.2.2:26656"), e(2, "192.0.2.3:26656")}
	const follower = 3
	for name, c := range map[string]struct {
		node  int
		peers []string
		level finding.Level
		words string
	}{
		"as it should be":    {0, all, finding.OK, "2 entries besides its own, for 2 other validators"},
		"a follower":         {follower, all, finding.OK, "3 entries besides its own, for 3 other validators"},
		"malformed":          {0, append(all, "enode://12@192.0.2.4:1"), finding.Error, "entry 4"},
		"hostile":            {0, append(all, "\x1b[2J@"), finding.Error, `\x1b[2J`},
		"twice":              {0, append(all, e(1, "192.0.2.4:26656")), finding.Warning, "listed twice"},
		"same address":       {0, append(all, e(4, "192.0.2.2:26656")), finding.Error, "same address"},
		"own port":           {0, append(all[1:], e(0, "192.0.2.1:26657")), finding.Warning, "it listens on port 26656"},
		"loopback":           {0, append(all[:2], e(2, "127.0.0.1:26656")), finding.Warning, "loopback"},
		"validator alone":    {0, all[:1], finding.Warning, "meets the 2 other validators only if they dial it"},
		"follower alone":     {follower, nil, finding.Error, "a follower gets blocks only from nodes that it dials"},
		"a validator short":  {0, all[:2], finding.Warning, "at least 1 are in none"},
		"validators, follow": {follower, all[:1], finding.Warning, "at least 2 are in none"},
	} {
		cfg := o.cfg
		cfg.Peers = append([]string(nil), c.peers...)
		out, err := NewOutlook(o.dir, o.nodes[c.node].key, &cfg)
		if err != nil {
			t.Fatal(err)
		}
		if l := out.JudgeSettings(); !findingtest.Has(l, c.level, "consensus peers", c.words) {
			t.Errorf("%s: %q", name, l)
		}
	}
}

// TestOutlookDirectory: what the driver would refuse when it starts is found before.
func TestOutlookDirectory(t *testing.T) {
	t.Parallel()
	o := newOutlooked(t, 2)
	const follower = 2
	write := func(name, text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	blocks := func(t *testing.T, dir string) {
		if err := os.MkdirAll(filepath.Join(dir, dataName, blockDB+".db"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		node    int
		prepare func(*testing.T, string)
		chain   *NetworkGenesis // whose database there is; nil: none
		level   finding.Level
		subject string
		words   string
	}{
		"new":                     {0, nil, nil, finding.OK, "consensus data", "without blocks yet"},
		"nothing signed":          {0, nil, nil, finding.OK, "sign state", "signed nothing"},
		"follower":                {follower, blocks, nil, finding.OK, "consensus data", "with blocks"},
		"no sign state":           {0, blocks, nil, finding.Error, "sign state", "is missing"},
		"damaged sign state":      {0, write(signStateFile, "{"), nil, finding.Error, "sign state", "is damaged"},
		"signed":                  {0, write(signStateFile, `{"height":"7","round":0,"step":3}`), nil, finding.OK, "sign state", "up to block 7"},
		"chain of this network":   {0, nil, o.genesis, finding.OK, "consensus data", "network geth-ss-24601-"},
		"chain of another":        {0, nil, NewGenesis(5, nil, o.genesis.Validators, 1), finding.Error, "consensus data", "geth's database begins with genesis block"},
		"chain under other rules": {0, nil, o.with(func(c *params.ChainConfig) { c.OsakaTime = nil }), finding.Error, "consensus data", "osakaTime is unset in geth's database"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "poa")
			if err := InitDir(dir, o.genesis); err != nil {
				t.Fatal(err)
			}
			if c.prepare != nil {
				c.prepare(t, dir)
			}
			out, err := NewOutlook(dir, o.nodes[c.node].key, &o.cfg)
			if err != nil {
				t.Fatal(err)
			}
			db := rawdb.NewMemoryDatabase()
			if c.chain == nil {
				db = nil
			} else if _, err := Init(t.TempDir(), c.chain, db, func() *triedb.Database {
				return triedb.NewDatabase(db, &triedb.Config{PathDB: pathdb.Defaults})
			}); err != nil {
				t.Fatal(err)
			}
			if l := out.JudgeDirectory(db); !findingtest.Has(l, c.level, c.subject, c.words) {
				t.Errorf("no %s of %q in %q", c.level, c.words, l)
			}
		})
	}
	if _, err := NewOutlook(t.TempDir(), nil, &o.cfg); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty directory: %v", err)
	}
}

// TestOutlookSignStateOfAnother: a sign state that another validator's key has signed is told.
func TestOutlookSignStateOfAnother(t *testing.T) {
	t.Parallel()
	o := newOutlooked(t, 2)
	signed := newSigner(o.nodes[1].key, o.dir, filepath.Join(o.dir, signStateFile))
	vote := testVote(7, 1)
	if err := signed.SignVote("network", vote); err != nil {
		t.Fatal(err)
	}
	if l := o.outlook(t, 0).JudgeDirectory(nil); !findingtest.Has(l, finding.Error, "sign state", "of another node key") {
		t.Errorf("%q", l)
	}
	if l := o.outlook(t, 1).JudgeDirectory(nil); !findingtest.Has(l, finding.OK, "sign state", fmt.Sprintf("up to block %d", vote.Height)) {
		t.Errorf("%q", l)
	}
}

// TestOutlookRole: what the settings and the key make of a node.
func TestOutlookRole(t *testing.T) {
	t.Parallel()
	o := newOutlooked(t, 3)
	o.genesis.Validators[1].Power = 5
	o.dir = t.TempDir()
	if err := InitDir(o.dir, o.genesis); err != nil {
		t.Fatal(err)
	}
	for node, want := range map[int]string{1: "validator node1 with power 5 of 7", 3: "follower of 3 validators"} {
		if role := o.outlook(t, node).Role(); !strings.HasPrefix(role, want) {
			t.Errorf("node %d is %q", node, role)
		}
	}
	unknown, err := NewOutlook(o.dir, nil, &o.cfg)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(unknown.Role(), "node key, which can't be read, would tell") || unknown.Validator() || unknown.ChainID() != testChainID {
		t.Errorf("without a key: %q", unknown.Role())
	}
}

// TestGreetEnds: a greeting ends with its context, whatever the other side does.
func TestGreetEnds(t *testing.T) {
	t.Parallel()
	key, _ := crypto.GenerateKey()
	slow := nettest.Serve(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, addr := range []string{slow, (&impostor{key: key}).serve(t)} {
		if _, err := Greet(ctx, addr); err == nil {
			t.Errorf("%s: greeted after the end", addr)
		}
	}
}

// TestOutlookGoverned: where a contract has the validators it is those of the newest block that the node has read who count, and the
// addresses that the contract has of them; what is no such list is none.
func TestOutlookGoverned(t *testing.T) {
	t.Parallel()
	n := governedNetwork(t, t.TempDir(), 3, 2)
	o := &outlooked{network: n, cfg: DefaultConfig(), dir: t.TempDir()}
	o.cfg.Peers = []string{entry(n.nodes[1].key, "192.0.2.2:26656")}
	if err := InitDir(o.dir, n.genesis); err != nil {
		t.Fatal(err)
	}
	const gone, newcomer, stays = 0, 3, 1
	now := func(i int, power int64) Validator {
		return Validator{PublicKey: nodeID(&n.nodes[i].key.PublicKey), Power: power, Name: n.nodes[i].name}
	}
	check := func(what string, node int, role string, level finding.Level, words string) {
		t.Helper()
		out := o.outlook(t, node)
		if got := out.Role(); !strings.HasPrefix(got, role) {
			t.Errorf("%s, node %d is %q, want %q", what, node, got, role)
		}
		if l := out.JudgeSettings(); !findingtest.Has(l, level, "consensus peers", words) {
			t.Errorf("%s, node %d: %q, want %q", what, node, l, words)
		}
	}
	check("before the first block", gone, "validator node0 with power 1 of 3", finding.Warning, "at least 1 are in none")
	r := newRoster(n.genesis)
	r.dir = o.dir
	r.keep(&rosterAt{number: 9, list: []Validator{now(stays, 1), now(newcomer, 4)}, peers: []string{
		entry(n.nodes[stays].key, "192.0.2.2:26656"), nodeID(&n.nodes[newcomer].key.PublicKey) + "@192.0.2.4:26656",
	}})
	check("after block 9", gone, "follower of 2 validators", finding.OK, "2 entries besides its own, for 2 other validators")
	check("after block 9", newcomer, "validator node3 with power 4 of 5", finding.OK, "1 entries besides its own, for 1 other validators")
	if err := os.WriteFile(filepath.Join(o.dir, listFile), []byte(`{"validators":[{}]}`), 0600); err != nil {
		t.Fatal(err)
	}
	check("with a list that can't be read", newcomer, "follower of 3 validators", finding.Warning, "at least 2 are in none")
}
