package poa

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	cmtnode "github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/ethereum/go-ethereum/crypto"
)

// PeerInfo is what is known of a connected consensus peer.
type PeerInfo struct {
	ID         string `json:"peerId"`
	Host       string `json:"host"`                // of its entry in PoA.Peers, or else where its connection comes from
	PublicKey  string `json:"publicKey,omitempty"` // node id, proved by its signature; "" if it is of a version that tells nothing
	Port       int    `json:"port,omitempty"`      // TCP port of its devp2p by its own word; 0 if it doesn't listen, or tells nothing
	Validator  string `json:"validator,omitempty"` // its name in the validator list, "" if it is not in it
	Configured bool   `json:"configured"`          // it is in PoA.Peers
	Rules      Rules  `json:"-"`                   // nil if it tells none
}

// Peers lists the connected consensus peers and what they say of themselves.
func (d *Driver) Peers() []PeerInfo {
	sw := d.peerSwitch()
	if sw == nil {
		return nil
	}
	var out []PeerInfo
	for _, p := range sw.Peers().Copy() {
		info := PeerInfo{ID: string(p.ID())}
		info.Host, info.Configured = d.reach(p)
		if a := announced(p); a != nil {
			info.PublicKey, info.Port, info.Rules = a.Key, a.Port, a.Rules
			if v := d.roster.validator(crypto.PubkeyToAddress(*a.pub)); v != nil {
				info.Validator = v.label()
			}
		}
		out = append(out, info)
	}
	return out
}

// announcedKey is where a connected peer's announcement is kept, at the peer.
const announcedKey = "geth-ss.announcement"

// announced is what a connected peer has said of itself; nil if nothing.
func announced(p p2p.Peer) *announcement {
	a, _ := p.Get(announcedKey).(*announcement)
	return a
}

// hostOf is where a peer can be reached.
func (d *Driver) hostOf(p p2p.Peer) string {
	host, _ := d.reach(p)
	return host
}

// reach is hostOf, and tells whether it is from the peer's entry: a connection that
// it opened may come from an address at which nobody listens.
func (d *Driver) reach(p p2p.Peer) (host string, configured bool) {
	it := identity{peer: string(p.ID())}
	if a := announced(p); a != nil {
		it.node = a.Key
	}
	for _, entry := range slices.Concat(d.cfg.Peers, d.roster.peers()) {
		if who, addr, err := splitPeer(entry); err == nil && it.is(who) {
			if host, _, err := net.SplitHostPort(addr); err == nil {
				return host, true
			}
		}
	}
	return p.RemoteIP().String(), false
}

// AddRule has this node announce, and compare, a rule that is not the chain's. Call
// it before the node starts.
func (d *Driver) AddRule(name, value string) { d.rules.set(name, value) }

// collectRules gathers the rules that this node has of the driver and the chain.
// The chain's are those geth runs under, whatever file or option they came from.
func (d *Driver) collectRules() (err error) {
	if d.rules, err = chainRules(d.exec.eth.BlockChain().Config()); err != nil {
		return err
	}
	d.genesis.driverRules(d.rules)
	if d.origin, err = d.genesis.origin(d.exec.eth.BlockChain().Genesis().Hash()); err != nil {
		return err
	}
	if d.roster.has(crypto.PubkeyToAddress(d.key.PublicKey)) {
		d.rules.set(ruleBlockTime, strconv.FormatUint(d.cfg.BlockTime, 10))
	}
	d.compare = newComparison(d.rules, d.doc.ChainID, d.genesis, d.next, d.log)
	d.compare.roster = d.roster
	return nil
}

// announcement is what this node says of itself. geth's server runs by then.
func (d *Driver) announcement() (string, error) {
	port := 0
	if server := d.stack.Server(); server != nil && server.ListenAddr != "" {
		port = server.Self().TCP()
	}
	return announce(d.key, d.doc.ChainID, port, d.rules, d.origin)
}

// filterPeers has every peer looked at before it is added.
func (d *Driver) filterPeers(n *cmtnode.Node) error {
	sw, ok := n.Switch().(*p2p.Switch)
	if !ok {
		return fmt.Errorf("internal error: CometBFT's switch is a %T", n.Switch())
	}
	p2p.SwitchPeerFilters(d.admit)(sw)
	return nil
}

// admit looks at what a peer says of itself before CometBFT adds it, so that
// nothing of a peer that is refused passes.
func (d *Driver) admit(_ p2p.IPeerSet, p p2p.Peer) error {
	info, ok := p.NodeInfo().(p2p.DefaultNodeInfo)
	if !ok {
		return fmt.Errorf("internal error: the peer's introduction is a %T", p.NodeInfo())
	}
	a, err := d.compare.admit(p.ID(), d.hostOf(p), info.Moniker)
	if a != nil {
		p.Set(announcedKey, a)
	}
	if err == nil {
		err = d.admitStranger(p)
	}
	return err
}

// admitStranger keeps places for the peers in our list that are named by their public
// keys: CometBFT counts them as strangers, since it wants to know ids before it starts.
func (d *Driver) admitStranger(p p2p.Peer) error {
	if _, configured := d.reach(p); configured || p.IsOutbound() {
		return nil
	}
	sw := d.peerSwitch()
	if sw == nil {
		return errors.New("consensus is stopping on this node")
	}
	strangers := 0
	for _, other := range sw.Peers().Copy() {
		if _, configured := d.reach(other); !configured && !other.IsOutbound() {
			strangers++
		}
	}
	if strangers >= maxStrangers {
		return fmt.Errorf("%d peers that are not in PoA.Peers are connected already", strangers)
	}
	return nil
}

// next is the latest place that a block can have which is voted for within some
// time: blocks come no faster than one a second on end, and carry the time of day,
// or that of the block before and a second.
func (d *Driver) next(ahead time.Duration) moment {
	head := d.exec.head()
	blocks := uint64(ahead/time.Second) + 1
	now := time.Now().Add(ahead).Unix()
	return moment{number: head.Number.Uint64() + blocks, time: max(head.Time+blocks, uint64(max(now, 0)))}
}
