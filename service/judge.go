package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/protocol"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/acl"
	"github.com/geth-ss/geth-ss/service/serverset"
)

const (
	// judgeEvery is how often the log is told what is wrong.
	judgeEvery = 5 * time.Second
	// tellAfter is how long something must have been wrong: a restart of a neighbour is no news.
	tellAfter = 20 * time.Second
)

// Judge tells what is wrong or doubtful with this key server, with what to do about each. Nothing else judges: the
// status, check-config, the log and readiness all show this. It costs no network.
func (o *operator) Judge() finding.List { return o.judge(o.look()).List }

// Ready tells why a read would not be decided now; nil: it would, whatever the decision.
func (o *operator) Ready() error { return o.judge(o.look()).unready }

// Health tells that the key server serves: its loops answer. Whoever waits here for longer than a moment has one that hangs.
// A *finding.Attention tells what is wrong with the server set or a change of it.
func (o *operator) Health() error {
	if !o.isRunning() {
		return errors.New("the key server is not running")
	}
	o.network.Connected() // takes the network's lock and each connection's
	o.sessions.count()
	return o.concern()
}

// tellFindings says in the log what is wrong, until the service stops.
func (o *operator) tellFindings() {
	teller := finding.Teller{Log: log.New(), After: tellAfter}
	ticker := time.NewTicker(judgeEvery)
	defer ticker.Stop()
	for {
		o.names.look(o.driver)
		teller.Tell(o.Judge(), time.Now())
		select {
		case <-ticker.C:
		case <-o.ctx.Done():
			return
		}
	}
}

// judgment is what is wrong, and whether that keeps reads from being decided.
type judgment struct {
	finding.List
	unready error // the first such finding; nil: none
}

// stops adds what keeps reads from being decided.
func (j *judgment) stops(subject, do, what string, args ...any) {
	j.Fail(subject, do, what, args...)
	j.unready = cmp.Or(j.unready, fmt.Errorf("%s: "+what, append([]any{subject}, args...)...))
}

// judge is Judge about one look at the node.
func (o *operator) judge(st *Status) *judgment {
	j := new(judgment)
	if !st.Running {
		j.stops("key server", "look at the log's last lines", "it is starting or stopping")
		return j
	}
	o.judgeStore(j, st)
	o.judgeChain(j, st)
	o.judgePermissions(j, st)
	j.judgeServers(o.serversNow(), time.Now())
	if o.servers.Contains(o.self.ID()) {
		j.judgeKeys(st, uint32(o.cfg.MinThreshold))
	} else {
		j.judgeOutside(st)
	}
	for i := range st.Peers {
		j.judgePeer(&st.Peers[i], o.servers.Contains(st.Peers[i].ID))
	}
	o.named.judge(j)
	o.names.judge(j)
	return j
}

func (o *operator) judgeStore(j *judgment, st *Status) {
	if _, _, err := o.states.keys(); err != nil {
		j.stops("store", "look at the disk, then restart the node; see docs/operating.md, Files", "the share store can't be read: %v", err)
	} else if err := o.states.trouble(); err != nil {
		j.Fail("store", "make room on the disk of "+st.Path+", or look why it fails; if it goes on, restart the node. Reads go on meanwhile",
			"no promises are made, so no key is made or stored with this node's help: %v", err)
	}
	if st.Gap {
		j.Warn("store", "restore a backup if there is a newer one; see docs/operating.md, Backup and restore",
			"this node may have forgotten promises, so it helps to make keys only together with all other key servers")
	}
}

func (o *operator) judgeChain(j *judgment, st *Status) {
	do := "let the node sync, and look at its consensus client"
	if o.kind.Consensus != nil {
		do = "look at consensus: more than two thirds of the validators must be up and connected"
	}
	say := j.stops
	if !o.oracle.Asks() {
		say = j.Warn // reads are decided without the chain, but for wallets' requests
	}
	switch {
	case st.Final == nil:
		say("chain", do, "there is no final block yet, so no permission can be read")
	case !st.Fresh:
		say("chain", do+"; and at this machine's clock", "final block %d is %v old, more than %v, so no permission is read from it",
			st.Final.Number, seconds(st.Final.Age), seconds(st.MaxAge))
	}
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(time.Second)
}

func (o *operator) judgePermissions(j *judgment, st *Status) {
	if warning := o.oracle.Warning(); !o.oracle.Asks() {
		j.Warn("permissions", "set ACL in [SecretStore] to an address or to registry", "%s", warning)
		return
	}
	switch c := st.Contract; {
	case st.Final == nil || c.Reason == "": // without a final block nothing is known of the contract
	case c.unread:
		j.stops("permissions", "look at the log and at the disk; a node that has just started may need a moment",
			"the permission contract can't be looked at: %s", c.Reason)
	default:
		j.Fail("permissions", "deploy the permission contract there, or name the one that is deployed: ACL and Registrar in [SecretStore], "+
			"the same at all key servers; "+acl.RegistryName+" in the registrar", "nobody is admitted: %s", c.Reason)
	}
}

// judgeKeys looks whether enough key servers are connected.
func (j *judgment) judgeKeys(st *Status, least uint32) {
	n, m := len(st.Servers), st.Margins
	t := max(wire.UsualThreshold(n), least)
	const bring = "start or reach the other key servers: the findings about peers say what is in the way"
	switch needed := int(t) + 1; {
	case m.Looked > 0 && m.Unreadable >= m.Looked:
		j.stops("keys", bring, "no key can be read: %d of %d key servers are connected, and all %d keys have too few holders among them", st.Connected, n, m.Looked)
	case m.Looked == 0 && st.Connected < needed:
		j.stops("keys", bring, "%d of %d key servers are connected, this one included; a read of a key of threshold %d needs %d", st.Connected, n, t, needed)
	case m.Unreadable > 0:
		j.Fail("keys", bring+"; secretstore_status names keys, secretstore_keyStatus their holders", "%d of %d keys can't be read: too few of their holders are connected", m.Unreadable, m.Looked)
	case m.Endangered > 0 && st.Connected < n:
		j.Warn("keys", bring, "%d of %d keys can't be read any more when one more holder is lost", m.Endangered, m.Looked)
	}
	if majority := wire.Majority(n, int(t)); st.Connected < majority {
		j.Fail("making keys", bring, "%d of %d key servers are connected; making and storing a key of threshold %d needs %d", st.Connected, n, t, majority)
	}
}

// judgeOutside is about a node that is no key server yet, or none any more. That it serves nobody is as it should be.
func (j *judgment) judgeOutside(st *Status) {
	const what = "this node is none of the %d key servers, and serves no keys"
	j.Warn("key server", "add it by an order of the administrators, or switch its key server off (Enabled in [SecretStore])", what, len(st.Servers))
	j.unready = cmp.Or(j.unready, fmt.Errorf("key server: "+what, len(st.Servers)))
}

// judgePeer looks at another key server. A node that is none may speak ss as well: it is of another cluster.
func (j *judgment) judgePeer(p *PeerStatus, member bool) {
	if !member {
		return
	}
	subject := "peer " + p.ID.Short()
	switch p.State {
	case protocol.Connected, protocol.Greeting:
		if p.Difference != "" {
			j.Warn(subject, "set the same Nodes in [SecretStore], and run the same version, on both, and restart", "it is connected, but differs: %s", p.Difference)
		}
	case protocol.OtherGenesis:
		j.Fail(subject, "compare the files that the two were initialized with; on the node with the wrong one, init with the right file in a new data directory",
			"other genesis: %s", p.Reason)
	case protocol.OtherCluster:
		j.Fail(subject, "set Cluster in [SecretStore] alike, or take it out of Nodes", "other cluster: %s", p.Reason)
	case protocol.OtherChain:
		j.Fail(subject, "compare the network ids, and the files that the two were initialized with", "other chain: %s", p.Reason)
	case protocol.OtherVersion:
		j.Fail(subject, "run the same version at both", "other version: %s", p.Reason)
	case protocol.Muted:
		j.Warn(subject, "ask its operator; the log and evidence say more", "it broke the protocol, and its messages are dropped: %s", p.Reason)
	case protocol.Silent:
		j.Warn(subject, "add this node to its Nodes in [SecretStore], or switch its key server on", "it is connected, but says nothing: %s", p.Reason)
	case protocol.NoSubproto:
		j.Warn(subject, "switch its key server on (Enabled in [SecretStore]), or take it out of Nodes", "%s", p.Reason)
	case protocol.NoAddress:
		j.Warn(subject, "give its whole enode URL in Nodes, or see that it connects to this node", "it is not connected, and its enode has no address")
	default:
		j.Warn(subject, "start it, or look at its address in Nodes, "+p.Address+", and at the port between the two", "it is not connected%s", p.absence())
	}
}

// absence is what is known of a peer that is not connected.
func (p *PeerStatus) absence() string {
	why := p.LastError
	if why != "" {
		why = ": " + why
	}
	if p.LastSeen.IsZero() {
		return why + "; never seen since this node started"
	}
	return fmt.Sprintf("%s; lost %v ago", why, time.Since(p.LastSeen).Round(time.Second))
}

// namesProbe looks, once for each final block at most, which of Parity's names for contracts the registrar has that this
// version does not go by: whoever has filed one may believe that it is obeyed.
type namesProbe struct {
	mu    sync.Mutex // guards all below
	at    common.Hash
	found []string // with their addresses
}

func (p *namesProbe) look(d *driver) {
	if d.cfg.Registrar == "" {
		return
	}
	b, ok := d.chain.Final()
	p.mu.Lock()
	known := p.at == b.Hash
	p.mu.Unlock()
	if !ok || known {
		return
	}
	ctx, cancel := context.WithTimeoutCause(d.ctx, probeTimeout, errors.New("looking through the registrar took too long"))
	defer cancel()
	var found []string
	for _, name := range acl.Unserved {
		if name == serverset.RegistryName && d.cfg.ServerSet != "" {
			continue // it is watched
		}
		address, err := d.oracle.Lookup(ctx, b.BlockRef, common.HexToAddress(d.cfg.Registrar), name)
		if err != nil && !acl.Denies(err) {
			return // what could not be read is not what is not there
		}
		if address != (common.Address{}) {
			found = append(found, fmt.Sprintf("%s (%s)", name, address.Hex()))
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at, p.found = b.Hash, found
}

func (p *namesProbe) judge(j *judgment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.found) > 0 {
		j.Warn("registrar", "remove it from the registrar, or don't rely on it: the key servers are those of Nodes in [SecretStore], and requests come over HTTP and JSON-RPC",
			"it names %s, which this version does not use", strings.Join(p.found, ", "))
	}
}
