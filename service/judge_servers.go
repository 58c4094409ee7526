package service

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// hangAfter is how long a change may wait for somebody, or stay in one state, before that is told as something wrong. It is
// longer than a node takes to start again.
const hangAfter = 2 * time.Minute

// serversNow is what is judged of the server set, as of one moment. It costs no network and no disk.
func (o *operator) serversNow() *serversLook {
	sets := o.servers.Sets()
	newest := sets.Newest()
	look := &serversLook{
		info:    wire.ServersInfo{Epoch: newest.Epoch, Hash: newest.Hash()},
		former:  o.servers.IsFormer(o.self.ID()),
		changes: !newest.Authority.None(),
		alone:   len(newest.Members) > 1 && len(o.network.Connected()) == 0,
		members: membersText(newest),
	}
	o.tellChange(&look.info)
	o.succession.mu.Lock()
	defer o.succession.mu.Unlock()
	look.told, look.started = o.succession.told, o.succession.started
	return look
}

// serversLook is that.
type serversLook struct {
	info    wire.ServersInfo
	former  bool
	changes bool // by administrators
	alone   bool // no other key server is connected
	told    bool // since the start somebody has told which sets have followed
	started time.Time
	members string
}

const watching = "; see docs/operating.md, Watching a change"

// judgeServers looks at the server set: whether this node is of it, and what is left of changes.
func (j *judgment) judgeServers(l *serversLook, now time.Time) {
	info := &l.info
	if l.changes && l.alone && now.Sub(l.started) > hangAfter {
		what := "no key server that this node knows answers"
		if !l.told {
			what += ", nor has one since it started: whether the key servers are others by now it can't know"
		}
		j.Fail("servers", "see whether they run, and at which addresses; if the key servers have changed, name the present ones in Nodes in [SecretStore]",
			"%s", what)
	}
	if !info.Member { // which judgeOutside tells
		if info.Held > 0 {
			j.Fail("servers", "leave it running and connected until it has erased them"+watching,
				"this node is a key server no more (set %d: %s), and has %d shares that are not erased yet", info.Epoch, l.members, info.Held)
		}
		return
	}
	if info.Epoch == 0 && info.Difference != "" {
		j.Fail("servers", "ask the operators of the others whose administrators are right, then correct this node's settings and restart it",
			"%s", info.Difference)
	}
	if c := info.Change; c != nil {
		j.judgeChange(c, now)
	}
	if info.Thin > 0 {
		j.Warn("servers", "start the members that are down, then refresh; or an order with force"+watching,
			"%d former shares stay here, sealed: too few members hold the new ones to erase them", info.Thin)
	}
	var late []string
	for _, u := range info.Unerased {
		if now.Sub(u.Since) > hangAfter {
			late = append(late, fmt.Sprintf("%s (%d shares)", u.ID.Short(), u.Shares))
		}
	}
	if len(late) > 0 && (info.Change == nil || info.Change.State == wire.ChangeErasing) {
		j.Warn("servers", "start them and connect them; whose disk is lost for good is written off: geth-ss secretstore write-off"+watching,
			"who has not signed that former shares are erased: %s", strings.Join(late, ", "))
	}
	if what := info.Outdated(); what != "" {
		j.Warn("backup", "stop the node, and make one: geth-ss secretstore backup; then destroy the older ones",
			"there is no backup of this node since %s; older ones bring back none of the shares that came then", what)
	}
}

func (j *judgment) judgeChange(c *wire.ChangeInfo, now time.Time) {
	var late []string
	for i, node := range c.Awaited {
		if since := now.Sub(c.AwaitedSince[i]); since > hangAfter {
			late = append(late, fmt.Sprintf("%s for %v", node.Short(), since.Truncate(time.Minute)))
		}
	}
	how := fmt.Sprintf("the change to set %d is %s", c.Epoch, c.State)
	if c.Keys > 0 {
		how += fmt.Sprintf(", %d of %d keys moved", c.Moved, c.Keys)
	}
	switch {
	case len(late) > 0:
		j.Fail("servers", "start or reach them"+watching, "%s, and waits for %s", how, strings.Join(late, ", "))
	case c.Failures > 0 && now.Sub(c.Since) > hangAfter:
		why := ""
		if len(c.Failed) > 0 {
			why = ": " + c.Failed[0].Reason
		}
		j.Fail("servers", "start the holders of these keys; secretstore_servers names keys and reasons"+watching,
			"%s, and %d keys can't move%s", how, c.Failures, why)
	case c.State != wire.ChangeDeciding && now.Sub(c.Since) > hangAfter && c.State != wire.ChangeMoving:
		j.Warn("servers", "look at the log"+watching, "%s since %v", how, now.Sub(c.Since).Truncate(time.Minute))
	}
}

// concern is the first thing that is wrong with the server set, for whoever asks for health. nil: nothing.
func (o *operator) concern() error {
	j, look := new(judgment), o.serversNow()
	j.judgeServers(look, time.Now())
	o.named.judge(j)
	switch {
	case look.info.Member:
	case look.former:
		j.Warn("servers", "", "this node is a key server no more (set %d: %s)", look.info.Epoch, look.members)
	default:
		j.Warn("servers", "", "this node is not a key server yet")
	}
	i := slices.IndexFunc(j.List, func(f finding.Finding) bool { return f.Level == finding.Error })
	if i < 0 {
		i = slices.IndexFunc(j.List, func(f finding.Finding) bool { return f.Level != finding.OK })
	}
	if i < 0 {
		return nil
	}
	return &finding.Attention{What: j.List[i].Subject + ": " + j.List[i].What}
}
