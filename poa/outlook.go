package poa

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	"github.com/cometbft/cometbft/version"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethdb"

	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/internal/whole"
)

// Outlook is what a data directory and the settings make of a node on its network. It is judged from files and by asking the
// peers as a stranger, whether or not the node runs; of a running node Driver.Judge says more.
type Outlook struct {
	cfg     *Config
	dir     string
	genesis *NetworkGenesis
	now     *NetworkGenesis // with the validators of the newest block that a node here has read; genesis where no contract has them
	follow  []string        // by what these are dialled, as in Config.Peers
	hash    common.Hash     // of the genesis block
	network string          // name of the network in consensus
	origin  origin          // what that is made of
	rules   Rules
	key     *ecdsa.PrivateKey // nil: not known
	self    *Validator        // nil: a follower, or not known
}

// NewOutlook reads the network's file in the driver's directory. key is the node key, nil if there is none. The error is one of
// fs.ErrNotExist if the directory was never initialized.
func NewOutlook(dir string, key *ecdsa.PrivateKey, cfg *Config) (o *Outlook, err error) {
	o = &Outlook{cfg: cfg, dir: dir, key: key}
	if o.genesis, err = LoadNetworkGenesis(filepath.Join(dir, genesisFile)); err != nil {
		return nil, err
	}
	o.hash = o.genesis.Genesis.ToBlock().Hash()
	if o.network, err = o.genesis.consensusID(o.hash); err != nil {
		return nil, err
	}
	if o.origin, err = o.genesis.origin(o.hash); err != nil {
		return nil, err
	}
	if o.rules, err = chainRules(o.genesis.Genesis.Config); err != nil {
		return nil, err
	}
	o.genesis.driverRules(o.rules)
	o.now, o.follow = o.genesis.newest(dir)
	if key != nil {
		o.self = o.now.validator(crypto.PubkeyToAddress(key.PublicKey))
	}
	if o.self != nil {
		o.rules.set(ruleBlockTime, fmt.Sprint(cfg.BlockTime))
	}
	return o, nil
}

// AddRule is Driver.AddRule.
func (o *Outlook) AddRule(name, value string) { o.rules.set(name, value) }

// ChainID is the network's.
func (o *Outlook) ChainID() uint64 { return o.genesis.Genesis.Config.ChainID.Uint64() }

// GenesisHash is the hash of the network's first block.
func (o *Outlook) GenesisHash() common.Hash { return o.hash }

// Validator tells whether this node makes blocks.
func (o *Outlook) Validator() bool { return o.self != nil }

// Role says what this node is on its network.
func (o *Outlook) Role() string {
	var total int64
	for _, v := range o.now.Validators {
		total += v.Power
	}
	switch {
	case o.self != nil:
		return fmt.Sprintf("validator %s with power %d of %d", o.self.label(), o.self.Power, total)
	case o.key == nil:
		return "validator or follower: the node key, which can't be read, would tell"
	default:
		return fmt.Sprintf("follower of %d validators: it makes no blocks", len(o.now.Validators))
	}
}

// JudgeDirectory looks at what the driver will want to find when it starts. chain is geth's database, nil if it can't be looked
// at: a running node has it open.
func (o *Outlook) JudgeDirectory(chain ethdb.Database) (l finding.List) {
	const subject = "consensus data"
	var head moment
	if chain != nil {
		h, err := readHeld(chain)
		switch {
		case err != nil:
			what, do, _ := strings.Cut(err.Error(), ". Nothing was written. ")
			l.Fail(subject, do, "%s", what)
			return l
		case h.config == nil || h.genesis != o.hash:
			l.Fail(subject, "run init with the network's file on an empty data directory, or correct --datadir",
				"geth's database begins with genesis block %s, and the network in %s with %s", h.genesis, o.dir, o.hash)
			return l
		}
		if err := o.genesis.checkConfig(filepath.Join(o.dir, genesisFile), h.config); err != nil {
			what, do, _ := strings.Cut(err.Error(), "; run init ")
			l.Fail(subject, "run init "+do, "%s", what)
		}
		head = h.head
	}
	data := whole.Present(filepath.Join(o.dir, dataName, blockDB+".db"))
	if head.number > 0 && !data {
		l.Fail(subject, dataRemedy, "geth has blocks up to %d, but the consensus data in %s is missing", head.number, filepath.Join(o.dir, dataName))
	}
	o.judgeSignState(&l, data || head.number > 0)
	if ahead := time.Until(time.Unix(int64(o.genesis.Genesis.Timestamp), 0)); ahead > 10*time.Second {
		l.Fail(subject, "set this machine's clock, or wait", "the network's genesis lies %v in the future", ahead.Round(time.Second))
	}
	if l.Worst() == finding.OK {
		l.OK(subject, "network %s, %s", o.network, map[bool]string{true: "with blocks", false: "without blocks yet"}[data])
	}
	return l
}

// judgeSignState looks at what keeps a validator from voting twice.
func (o *Outlook) judgeSignState(l *finding.List, started bool) {
	if o.self == nil {
		return
	}
	const subject = "sign state"
	path := filepath.Join(o.dir, signStateFile)
	var st privval.FilePVLastSignState
	switch {
	case !whole.Present(path) && started:
		l.Fail(subject, signStateRemedy, "this node is a validator and has blocks, but its sign state %s is missing, so it could vote twice on a block", path)
	case !whole.Present(path):
		l.OK(subject, "it has signed nothing yet")
	default:
		if err := readSignState(path, &st); err != nil {
			l.Fail(subject, signStateRemedy, "%s", strings.TrimSuffix(err.Error(), "; "+signStateRemedy))
		} else if st.Signature != nil && !validatorKey(o.key).PubKey().VerifySignature(st.SignBytes, st.Signature) {
			l.Fail(subject, "put back the node key that belongs to it, or else move the file away, "+signStateRemedy, "the sign state %s is of another node key", path)
		} else {
			l.OK(subject, "it has signed up to block %d", st.Height)
		}
	}
}

// JudgeSettings holds the settings against the network, and dials nobody.
func (o *Outlook) JudgeSettings() (l finding.List) {
	const subject = "consensus peers"
	others := len(o.now.Validators)
	if o.self != nil {
		others--
	}
	entries := o.entries(&l)
	dialled := 0
	for _, e := range entries {
		if !e.own {
			dialled++
		}
	}
	switch {
	case o.key == nil || others == 0:
	case dialled == 0 && o.self == nil:
		l.Fail(subject, "list the validators in [PoA] Peers", "there is no entry: a follower gets blocks only from nodes that it dials")
	case dialled == 0:
		l.Warn(subject, "list the other validators in [PoA] Peers", "there is no entry but its own: this node meets the %d other validators only if they dial it", others)
	case dialled < others:
		l.Warn(subject, "add the validators that are missing", "%d entries for %d other validators: at least %d are in none", dialled, others, others-dialled)
	default:
		l.OK(subject, "%d entries besides its own, for %d other validators", dialled, others)
	}
	return l
}

// peerEntry is an entry of Peers that could be read.
type peerEntry struct {
	who, addr string // a consensus peer id, or a public key
	own       bool
}

func (e peerEntry) subject() string { return "consensus peer " + e.who[:8] }

// byKey tells that the entry names the node by its public key, which it tells with its rules.
func (e peerEntry) byKey() bool { return len(e.who) == 128 }

// owns tells whether an entry's name is this node's.
func (o *Outlook) owns(who string) bool {
	return o.key != nil && (who == PeerID(o.key) || who == nodeID(&o.key.PublicKey))
}

// entries reads Peers, and judges what of it contradicts itself.
func (o *Outlook) entries(l *finding.List) (out []peerEntry) {
	const subject = "consensus peers"
	at, whose := make(map[string]string), make(map[string]string)
	var here, away []string
	for i, text := range o.cfg.Peers {
		who, addr, err := splitPeer(text)
		if err != nil {
			l.Fail(subject, "write PEERID@host:port; its operator's 'geth-ss identity' prints the id as Peer", "entry %d, %.120q: %v", i+1, text, err)
			continue
		}
		e := peerEntry{who: who, addr: addr, own: o.owns(who)}
		host, port, _ := net.SplitHostPort(addr)
		if before, twice := at[who]; twice {
			l.Warn(subject, "keep the entry with the right address, and drop the other", "entry %d: %s is listed twice, at %s and at %s", i+1, who[:8], before, addr)
		} else if other, taken := whose[addr]; taken {
			l.Fail(subject, "correct one of the two addresses", "entry %d: %s and %s have the same address %s", i+1, other[:8], who[:8], addr)
		}
		if _, listens, err := net.SplitHostPort(o.cfg.ListenAddr); e.own && err == nil && listens != port {
			l.Warn(subject, "correct the port in everybody's list, or ListenAddr in [PoA]; leave it if a router translates the port",
				"others dial this node at %s, but it listens on port %s", addr, listens)
		}
		if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
			here = append(here, who[:8])
		} else if !e.own {
			away = append(away, who[:8])
		}
		at[who], whose[addr] = addr, who
		out = append(out, e)
	}
	for _, text := range o.follow { // what the contract has is the validators' to judge
		who, addr, err := splitPeer(text)
		if err != nil || at[who] != "" || whose[addr] != "" {
			continue
		}
		at[who], whose[addr] = addr, who
		out = append(out, peerEntry{who: who, addr: addr, own: o.owns(who)})
	}
	if len(here) > 0 && len(away) > 0 {
		l.Warn(subject, "write addresses that every node can dial", "%s have loopback addresses, by which each machine means itself, but %s have not",
			strings.Join(here, ", "), strings.Join(away, ", "))
	}
	return out
}

// JudgePeers dials every entry of Peers, all at once, as a stranger. running tells whether this node itself runs.
func (o *Outlook) JudgePeers(ctx context.Context, running bool) (l finding.List) {
	entries := o.entries(new(finding.List)) // JudgeSettings has judged the list itself
	met := make([]dialled, len(entries))
	var done sync.WaitGroup
	for i, e := range entries {
		done.Go(func() {
			met[i].Greeting, met[i].err = Greet(ctx, e.addr)
		})
	}
	done.Wait()
	found, unknown := make(map[common.Address]bool), 0
	for i, e := range entries {
		if pub, err := (Validator{PublicKey: e.who}).Key(); err == nil && e.byKey() { // in the list, wherever it is
			found[crypto.PubkeyToAddress(*pub)] = true
		}
		switch m := &met[i]; {
		case e.own:
			o.judgeOwn(&l, e, m, running)
		case !o.judgePeer(&l, e, m, found) && !e.byKey():
			unknown++
		}
	}
	o.judgeMissing(&l, found, unknown)
	return l
}

// dialled is what came of dialling an entry.
type dialled struct {
	*Greeting
	err error
}

// judgeOwn judges what answers at this node's own entry.
func (o *Outlook) judgeOwn(l *finding.List, e peerEntry, m *dialled, running bool) {
	const subject = "own consensus entry"
	switch {
	case m.err == nil && o.owns(m.ID) && !running:
		l.Fail(subject, "stop it first, and never run one node key twice", "%s: another process runs with this node key", e.addr)
	case m.err == nil && o.owns(m.ID):
		l.OK(subject, "%s: this node answers", e.addr)
	case m.err == nil:
		l.Fail(subject, "correct the address in everybody's list", "%s: a consensus node with id %s answers, and this node is %s", e.addr, m.ID, PeerID(o.key))
	case errors.Is(m.err, ErrNoConsensus):
		l.Fail(subject, "correct the port in everybody's list", "%s: %v", e.addr, m.err)
	case running:
		l.OK(subject, "%s: can't be reached from this machine itself, as behind many routers", e.addr)
	default:
		l.OK(subject, "%s: free", e.addr)
	}
}

// judgePeer judges one other entry; false if it is not known whose it is. The validator found there is added to found.
func (o *Outlook) judgePeer(l *finding.List, e peerEntry, m *dialled, found map[common.Address]bool) (known bool) {
	subject := e.subject()
	var dns *net.DNSError
	switch {
	case errors.As(m.err, &dns):
		l.Fail(subject, "correct the host name in [PoA] Peers, or mend this machine's DNS", "%s: the host name can't be resolved: %v", e.addr, m.err)
		return false
	case errors.Is(m.err, ErrNobody):
		l.Fail(subject, "see that it runs, that the address is right, and that the TCP port is open in its firewall", "%s: %v", e.addr, m.err)
		return false
	case m.err != nil:
		l.Fail(subject, "correct the port: consensus listens at that node's ListenAddr in [PoA], by default on 26656; devp2p, JSON-RPC and the HTTP API have other ports",
			"%s: %v", e.addr, m.err)
		return false
	case !e.byKey() && m.ID != e.who, o.owns(m.ID):
		l.Fail(subject, "ask its operator for the line that 'geth-ss identity' prints as Peer: either the id or the address in the entry is another node's",
			"%s: reachable, but the consensus node there has id %s%s", e.addr, m.ID, o.whose(m.ID))
		return false
	case m.Network == "" && m.moniker == "":
		l.Warn(subject, "look at that node's log", "%s: reachable, has the right id, and does not name its network", e.addr)
		return false
	case m.Block != version.BlockProtocol:
		l.Fail(subject, "run the same version of geth-ss on both", "%s: reachable, has the right id, and runs another version of consensus (blocks of version %d, here %d)",
			e.addr, m.Block, version.BlockProtocol)
		return false
	case m.Network != o.network:
		there, err := parseAnnouncement(m.moniker, m.Network, p2p.ID(m.ID))
		if err != nil {
			there = nil // an older version, or not of ours
		}
		l.Fail(subject, doNetworkFile, "%s: reachable, has the right id, and belongs to another network: %s", e.addr, o.origin.differs(o.network, there, m.Network))
		return false
	}
	return o.judgeAnnounced(l, e, m, found)
}

// whose tells which other entry an id is of.
func (o *Outlook) whose(id string) string {
	if o.owns(id) {
		return ", this node's own"
	}
	for i, text := range o.cfg.Peers {
		if other, _, err := splitPeer(text); err == nil && other == id {
			return fmt.Sprintf(", that of entry %d", i+1)
		}
	}
	return ""
}

// judgeAnnounced judges what a node of this network says of its rules.
func (o *Outlook) judgeAnnounced(l *finding.List, e peerEntry, m *dialled, found map[common.Address]bool) (known bool) {
	subject := e.subject()
	a, err := parseAnnouncement(m.moniker, o.network, p2p.ID(m.ID))
	if err == errSilent {
		l.Warn(subject, "run the same version of geth-ss on both", "%s: reachable, has the right id, is of this network, and announces no rules: it runs an older version", e.addr)
		return false
	}
	if err != nil {
		l.Fail(subject, "run the same version of geth-ss on both", "%s: reachable, has the right id, but what it announces can't be read: %v", e.addr, err)
		return false
	}
	if e.byKey() && a.Key != e.who {
		l.Fail(subject, "ask its operator for what 'geth-ss identity' prints: either the key or the address in the entry is another node's",
			"%s: reachable, but the consensus node there has the public key %s…", e.addr, a.Key[:16])
		return false
	}
	role := "follower"
	if v := o.now.validator(crypto.PubkeyToAddress(*a.pub)); v != nil {
		found[crypto.PubkeyToAddress(*a.pub)] = true
		role = "validator " + v.label()
	}
	differ := o.rules.compare(a.Rules)
	now := (&word{differ: differ}).inForce(moment{time: uint64(max(0, time.Now().Add(separation).Unix()))})
	switch {
	case len(now) > 0:
		l.Fail(subject, cure(now), "%s: reachable, has the right id, is %s of this network, and has other rules in force: %s", e.addr, role, describeDifferences(now))
	case len(differ) > 0:
		l.Warn(subject, "before they come into force "+cure(differ), "%s: %s; rules that lie ahead differ: %s", e.addr, role, describeDifferences(differ))
	default:
		l.OK(subject, "%s: reachable, has the right id, %s of this network under the same rules", e.addr, role)
	}
	return true
}

// judgeMissing names validators that are in no entry. An entry of which it is not known whose it is may be one of theirs.
func (o *Outlook) judgeMissing(l *finding.List, found map[common.Address]bool, unknown int) {
	var missing []string
	for _, v := range o.now.Validators {
		pub, err := v.Key()
		if err == nil && !found[crypto.PubkeyToAddress(*pub)] && (o.key == nil || !pub.Equal(&o.key.PublicKey)) {
			missing = append(missing, v.label())
		}
	}
	switch names := strings.Join(missing, ", "); {
	case len(missing) <= unknown:
	case unknown == 0:
		l.Warn("consensus peers", "add them to [PoA] Peers: their operators' 'geth-ss identity' prints the ids as Peer", "validators in no entry: %s", names)
	default:
		l.Warn("consensus peers", "add them to [PoA] Peers: their operators' 'geth-ss identity' prints the ids as Peer",
			"validators that were not met: %s; at least %d of them are in no entry", names, len(missing)-unknown)
	}
}
