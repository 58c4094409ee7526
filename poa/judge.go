package poa

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cometbft/cometbft/p2p"

	"github.com/geth-ss/geth-ss/internal/finding"
)

// What to do about what is wrong. A finding is told apart from others by its subject and these, so each cause has its own.
const (
	doNetworkFile = "compare the two nodes' network files: one of the two was initialized with the wrong one; use a new data directory there, run init with the network's file, and start again"
	doEntry       = "correct the entry in Peers of [PoA]: geth-ss identity prints each node's peer id"
	doReach       = "start that node, or correct the host and port of its entry in Peers, or open the port between the two"
	doNoConsensus = "the port in its entry in Peers belongs to something else: correct it"
	doHungUp      = "look at that node's log: it has refused this one, or is about to stop. If it says that it is connected to this node already, another process runs with this node key"
	doPeers       = "name the other validators in Peers of [PoA] (--poa.peers), each as PEERID@host:port"
	doValidators  = "start the validators that are missing, and find out why they are not connected"
	doUnpruned    = "connect a peer that keeps all consensus blocks: those with --poa.prune have dropped what this node lacks"
	doDisagree    = "look for the reason in the logs of those that vote against the block; compare programs, network files and clocks"
	doSlow        = "look at the load of the machines and at the connections between them"
	doRest        = "nothing: it follows the chain until then"
	doVersion     = "update that node, so that the rules of both can be compared"
	doOutlets     = "open the consensus peers' devp2p port, or name them in StaticNodes"
	doEnded       = "read the reason, mend it, and start the node again"
)

// Judge says what is wrong with consensus on this node, and what to do. It can be asked for at any time.
func (d *Driver) Judge() finding.List {
	s := d.facts()
	return d.judge(&s, time.Now())
}

func (d *Driver) judge(s *Status, now time.Time) finding.List {
	j := &judgment{d: d, s: s, now: now, begun: d.started(), list: finding.List{}}
	if err := d.Err(); err != nil {
		j.list.Fail("consensus", doEnded, "Consensus has ended: %v", err)
		return j.list
	}
	if j.begun == nil {
		return j.list // before the start there is nothing to be wrong
	}
	j.blocks()
	j.vote()
	j.peers()
	j.rules()
	j.transactions()
	return j.list
}

// rulesSubject begins the subjects of what others have said of their rules.
const rulesSubject = "rules of "

// judgment is one look at everything.
type judgment struct {
	d     *Driver
	s     *Status
	now   time.Time
	begun *begun
	list  finding.List
}

// blocks judges whether blocks come, and tells the causes why they don't apart: nobody connected, too few, nothing to catch up
// with, and all connected but not of one mind.
func (j *judgment) blocks() {
	d, s := j.d, j.s
	d.mu.Lock()
	last := d.pulse
	d.mu.Unlock()
	since := j.now.Sub(last.moved).Truncate(time.Second)
	if last.moved.IsZero() || since <= stalled+3*d.cfg.interval() {
		return
	}
	begin := fmt.Sprintf("No new block since block %d, %v ago: ", s.Height, since)
	here, total := connectedPower(s.List)
	switch ahead := d.ahead(); {
	case ahead > s.Height+1:
		j.list.Fail("blocks", doUnpruned, begin+"peers are at work on block %d, but don't send what this node lacks", ahead)
	case 3*here <= 2*total:
		j.list.Fail("blocks", doValidators, begin+"consensus needs more than two thirds of the validators' power, and this node is connected to %d of %d, itself included; missing: %s%s",
			here, total, strings.Join(s.Missing, ", "), j.silent())
	case s.NotVoting != "":
		// Said below, with the way out.
	case s.Round == nil:
		j.list.Fail("blocks", doSlow, begin+"this node is connected to %d of %d of the validators' power, and has not caught up with them", here, total)
	case against(s.Round):
		j.list.Fail("blocks", doDisagree, begin+"the validators are connected and don't agree: %s%s", s.Round, j.ownReason())
	default:
		j.list.Fail("blocks", doSlow, begin+"the validators are connected and the votes don't come together: %s", s.Round)
	}
}

// silent adds who can't be told to be a validator.
func (j *judgment) silent() string {
	if n := len(j.s.Silent); n > 0 {
		return fmt.Sprintf("; %d connected peers don't say whether they are validators: they run older versions", n)
	}
	return ""
}

func connectedPower(list []ValidatorInfo) (here, total int64) {
	for _, v := range list {
		total += v.Power
		if v.Connected {
			here += v.Power
		}
	}
	return here, total
}

// against tells whether somebody voted for no block.
func against(r *Round) bool {
	return slices.ContainsFunc(r.Votes, func(v ValidatorVote) bool { return v.Prevote == "nil" || v.Precommit == "nil" })
}

// ownReason is why this node votes against, if it does.
func (j *judgment) ownReason() string {
	r := j.begun.app.rejected.Load()
	if r == nil || r.height != j.s.Round.Height {
		return ""
	}
	return fmt.Sprintf("; this node voted against a block of %s: %s", j.d.nameOf(r.proposer), r.reason)
}

// vote judges whether this validator votes.
func (j *judgment) vote() {
	if reason := j.s.NotVoting; reason != "" {
		j.list.Fail("vote", "make the rules the same; the finding says what differs and how to mend it", "This validator votes for no block: %s", reason)
	}
	if v := j.s.LastVote; v != nil && v.Step == "" && v.Height > int64(j.s.Height) && !j.s.Syncing {
		j.list.Warn("vote", doRest, "This validator votes again from block %d on: its sign state, written by poa resume or by hand, is ahead of the chain", v.Height+1)
	}
}

// peers judges the configured peers that are not connected.
func (j *judgment) peers() {
	d := j.d
	if others := d.otherValidators(); len(j.begun.dial.list()) == 0 && others > 0 {
		if j.s.Peers == 0 {
			j.list.Fail("peers", doPeers, "Peers of [PoA] is empty, and there are %d other validators: this node dials nobody, and nobody has connected to it", others)
		} else {
			j.list.Warn("peers", doPeers, "Peers of [PoA] is empty: this node dials nobody, and has only the %d peers that connected to it", j.s.Peers)
		}
	}
	told := make(map[string]bool)
	for _, p := range j.begun.dial.away() {
		j.peer(p, told)
	}
	d.mu.Lock()
	strange := d.strangers.seen(j.now)
	d.mu.Unlock()
	for _, network := range strange {
		if !told[network] {
			j.list.Warn("network "+network, doNetworkFile, "A node of another network connects to this one again and again, and is refused: its network is %s, and here it is %s",
				network, d.doc.ChainID)
		}
	}
}

func (j *judgment) peer(p *dialPeer, told map[string]bool) {
	t, name := p.why(), j.d.peerName(p)
	switch t.kind {
	case unreachable:
		j.list.Warn("peer "+name, doReach, "%s can't be reached at %s: %s", name, p.addr, t.err)
	case anotherNode:
		j.list.Fail("peer "+name, doEntry, "At %s another node answers, %s, not the node with %s that the entry in Peers names", p.addr, j.d.whoIs(&t), p.called())
	case anotherNetwork:
		told[quoteNetwork(t.info.Network)] = true
		j.list.Fail("peer "+name, doNetworkFile, "%s at %s belongs to another network: %s", name, p.addr, j.d.networkDiffers(p, &t))
	case otherTrouble:
		j.list.Warn("peer "+name, doNoConsensus, "At %s nobody answers as a consensus peer: %s", p.addr, t.err)
	case hungUp:
		j.list.Warn("peer "+name, doHungUp, "%s at %s accepts the connection, and closes it", name, p.addr)
	}
}

// peerName is what to call a configured peer: by its name in the validator list if it was ever met.
func (d *Driver) peerName(p *dialPeer) string {
	return cmp.Or(d.compare.named(p.peerID()), p.addr)
}

// whoIs describes who answers in place of another.
func (d *Driver) whoIs(t *trouble) string {
	if string(t.there) == PeerID(d.key) {
		return "this node itself, or another process with its node key"
	}
	who := fmt.Sprintf("the node with peer id %s", t.there)
	if name := d.compare.named(t.there); name != "" {
		who += ", which is " + name
	}
	return who
}

// networkDiffers says what the other has differently, if it has told.
func (d *Driver) networkDiffers(p *dialPeer, t *trouble) string {
	there, err := parseAnnouncement(t.info.Moniker, t.info.Network, cmp.Or(p.peerID(), t.there))
	if err != nil {
		there = nil
	}
	return d.origin.differs(d.doc.ChainID, there, t.info.Network)
}

// rules judges what others say of theirs.
func (j *judgment) rules() {
	for _, p := range j.s.Differ {
		who := cmp.Or(p.Validator, fmt.Sprintf("peer %.16s at %s", p.ID, p.Host))
		if p.InForce {
			j.list.Fail(rulesSubject+who, cure(p.Differences), "%s has other rules in force, so it is refused: %s", who, describeDifferences(p.Differences))
			continue
		}
		j.list.Warn(rulesSubject+who, cure(p.Differences), "%s has other rules ahead: %s", who, describeDifferences(p.Differences))
	}
	for _, id := range j.s.Silent {
		j.list.Warn(rulesSubject+"peer "+id, doVersion, "Peer %s announces no rules: it runs an older version, so nothing warns if its network file differs", id)
	}
}

// transactions judges whether there is anybody to hand them to.
func (j *judgment) transactions() {
	j.d.mu.Lock()
	since := j.d.stuckFor
	j.d.mu.Unlock()
	if since == 0 || j.s.Stuck == 0 {
		return
	}
	what := "Transactions go nowhere: this node makes no blocks, and has no devp2p peer to send them to"
	if j.s.Validator {
		what = "Transactions wait for this validator's own turn: it has no devp2p peer to send them to"
	}
	j.list.Warn("transactions", doOutlets, "%s; %d wait, for %v", what, j.s.Stuck, since.Truncate(time.Second))
}

// strangers are the networks of nodes that connect to this one and are refused for being of another. Whence they come the
// transport does not tell.
type strangers struct{ last map[string]time.Time }

const (
	maxStrangeNetworks = 8           // that are remembered
	strangeFor         = time.Minute // since it came last
)

func (s *strangers) note(network string, now time.Time) {
	if s.last == nil {
		s.last = make(map[string]time.Time)
	}
	if _, known := s.last[network]; !known && len(s.last) >= maxStrangeNetworks {
		oldest := slices.MinFunc(slices.Collect(maps.Keys(s.last)), func(a, b string) int { return s.last[a].Compare(s.last[b]) })
		delete(s.last, oldest)
	}
	s.last[network] = now
}

func (s *strangers) seen(now time.Time) (list []string) {
	for _, network := range slices.Sorted(maps.Keys(s.last)) {
		if now.Sub(s.last[network]) < strangeFor {
			list = append(list, network)
		}
	}
	return list
}

// refused is told of each peer that the transport refuses.
func (d *Driver) refused(err p2p.ErrRejected) {
	if network, ok := incompatible(err); ok {
		d.mu.Lock()
		d.strangers.note(quoteNetwork(network), time.Now())
		d.mu.Unlock()
	}
}

// quoteNetwork bounds a foreign network's name.
func quoteNetwork(name string) string { return fmt.Sprintf("%.60q", name) }

// incompatible reads the network from the transport's refusal of a node of another one: it has it in words alone.
func incompatible(err p2p.ErrRejected) (network string, ok bool) {
	if !err.IsIncompatible() {
		return "", false
	}
	var rest string
	_, rest, ok = strings.Cut(err.Error(), "different network. Got ")
	network, _, _ = strings.Cut(rest, ", expected ")
	return network, ok
}
