package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/internal/logtest"
)

var serversFail = flag.Bool("servers.fail", false, "run the long forms of the tests in which key servers fail while their set changes, and those that have no short one")

// inSoak skips a test that takes minutes of real processes.
func inSoak(t *testing.T) {
	t.Helper()
	if !*serversFail {
		t.Skip("takes minutes: make soak, or -servers.fail")
	}
}

var changeKills = flag.Int("change-kills", 2, "how often each key server is killed with -9 in TestServersChangeKilled")

// TestServersChangeKilled: the key servers change again and again, and meanwhile are killed with -9 at seeded moments, one at a time, and
// started again. Each change ends, reads through the others don't fail, and all keys are there in the end.
//
//	go test ./test/e2e -run TestServersChangeKilled -servers.fail -change-kills 10 -seed 7
func TestServersChangeKilled(t *testing.T) {
	changes := [][]string{{"add"}, {"replace", "1"}}
	if *serversFail {
		changes = [][]string{{"add"}, {"remove", "2", "--force"}, {"add"}, {"replace", "1"}}
	}
	rounds := max(1, min(*changeKills/2, 3)) // each needs ports for three more nodes
	kills := (*changeKills*4 + len(changes)*rounds - 1) / (len(changes) * rounds)
	net := startGrowing(t, 4, 3*rounds, "--acl", "none", "--demo=false")
	net.hurt = true
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("-seed %d", s)
	dice := rand.New(rand.NewPCG(s, 14))
	keep := publishMany(t, net, 20)
	c := startClients(t, net, keep)
	c.pause = calmPause
	c.serve(net.nodes...)

	epoch := uint64(0)
	for round := range rounds {
		for i, change := range changes {
			if round > 0 && len(change) > 1 {
				change = append([]string{change[0], net.nodes[0].name}, change[2:]...)
			}
			epoch++
			if i%2 == 0 && len(net.nodes) > 4 { // five stay at most
				change = []string{"remove", net.nodes[0].name, "--force"}
			}
			net.killedDuring(t, c, dice, kills, change)
			for _, n := range net.nodes {
				until(t, n.name+" is through with the change", func() error { return n.through(epoch, net.nodes) })
			}
		}
	}
	c.stop(t)
	keep.intact(t, net.nodes...)
	publishMany(t, net, 4).intact(t, net.nodes...)
	net.end(t)
	keep.stolen(t, net.dir, names(net.nodes[:3])...)
}

// killedDuring has a change be made while some of those who stay are killed, one after the other.
func (n *network) killedDuring(t *testing.T, c *clients, dice *rand.Rand, kills int, change []string) {
	t.Helper()
	stay := slices.Clone(n.nodes)
	if len(change) > 1 {
		leaving := n.nodes[slices.IndexFunc(n.nodes, func(o *node) bool { return o.name == change[1] || o.name == "node"+change[1] })]
		c.leave(leaving)
		stay = slices.DeleteFunc(stay, func(o *node) bool { return o == leaving })
	}
	before := names(n.nodes)
	command := n.begin(t, change...)
	if change[0] != "remove" { // consensus doesn't survive it if who sends it blocks is lost while it catches up
		command.says(t, "follows the chain and is connected")
	}
	order := dice.Perm(len(stay))
	for k := range kills {
		i := order[k%len(order)]
		victim := stay[i]
		moment := time.Duration(dice.IntN(2000)) * time.Millisecond
		time.Sleep(moment)
		c.leave(victim)
		victim.kill(t)
		n.startByHand(t, victim)
		victim.serves(t, stay[(i+1)%len(stay)], len(stay))
		c.serve(victim)
		t.Logf("%v: %s was killed after %v", change, victim.name, moment)
	}
	// Who was asked to have it decided may have been killed in the midst: then it is abandoned, and ordered again.
	if <-command.done; command.err != nil && strings.Contains(command.output.String(), "the same command tries it again") {
		t.Logf("once more, after:\n%s", &command.output)
		command = n.begin(t, change...)
	}
	command.complete(t)
	n.again(t)
	for _, o := range n.nodes {
		if !slices.Contains(before, o.name) {
			c.serve(o)
		}
	}
}

// ready tells what a key server lacks to serve, beside so many that run.
func (n *node) ready(servers int) error {
	s, err := n.status()
	if err != nil {
		return err
	}
	if s.Connected < servers || s.Final == nil || s.Final.Age > 10 {
		return fmt.Errorf("connected to %d of %d, final block %+v", s.Connected, servers, s.Final)
	}
	_, err = n.request("GET", "/")
	return err
}

// serves waits until a node that was started again serves beside so many that run, and has followed the chain to where another is.
func (n *node) serves(t *testing.T, other *node, servers int) {
	t.Helper()
	until(t, n.name+" is ready", func() error { return n.ready(servers) })
	head, err := other.eth.BlockNumber(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	until(t, n.name+" has followed the chain", func() error { return isFinal(n.eth, head) })
}

func names(nodes []*node) (list []string) {
	for _, n := range nodes {
		list = append(list, n.name)
	}
	return list
}

// startByHand starts a node again by the command that devnet has printed. From then on it is the test's own.
func (n *network) startByHand(t *testing.T, o *node) {
	t.Helper()
	(&life{t: t, net: n}).launch(t, o)
	if n.byHand == nil {
		n.byHand = make(map[string]int)
	}
	n.byHand[o.name] = o.pid
}

// end ends the network with the nodes that were started by hand.
func (n *network) end(t *testing.T) {
	t.Helper()
	for _, o := range slices.Concat(n.nodes, n.others) {
		if pid := n.byHand[o.name]; pid != 0 && alive(pid) {
			o.pid = pid
			o.end(t)
		}
	}
	n.stop(t)
}

// administer runs a command that administrators use, as accounts[0], at a key server.
func (n *network) administer(t *testing.T, at *node, args ...string) string {
	t.Helper()
	return run(t, append([]string{"secretstore", "change-servers", "--node", at.url, "--key", n.admin(t)}, args...)...)
}

// admin is the key file of the administrator.
func (n *network) admin(t *testing.T) string {
	t.Helper()
	path := filepath.Join(n.dir, "admin.key")
	if err := os.WriteFile(path, fmt.Appendf(nil, "%x\n", crypto.FromECDSA(n.accounts[0].key)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// blackHole is a node that takes connections and never says anything.
type blackHole struct{ id, enode string }

func newBlackHole(t *testing.T) blackHole {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(io.Discard, conn)
				conn.Close()
			}()
		}
	}()
	public := crypto.FromECDSAPub(&newAccount(t).key.PublicKey)[1:]
	return blackHole{fmt.Sprintf("0x%x", public), fmt.Sprintf("enode://%x@%s", public, l.Addr())}
}

// TestBlackHoleJoins: nodes that are ordered to join take connections and are silent. Without a quorum of the new set nothing is decided:
// it is told whom that waits for, the order is cancelled at once, and another one goes through. One silent node among five holds
// nothing up but what needs all five: the old shares of keys of threshold 2 are kept until it is taken out again.
func TestBlackHoleJoins(t *testing.T) {
	net := startGrowing(t, 4, 1, "--acl", "none", "--demo=false")
	net.hurt = true // a node that is added comes late to votes
	keep := publishMany(t, net, 8)
	c := startClients(t, net, keep)
	c.serve(net.nodes...)
	first, holes := net.nodes[0], []blackHole{newBlackHole(t), newBlackHole(t), newBlackHole(t)}

	order := filepath.Join(t.TempDir(), "change.json")
	net.administer(t, first, "--replace", net.nodes[2].public+"="+holes[0].enode, "--replace", net.nodes[3].public+"="+holes[1].enode,
		"--order", order, "--sign", "--submit")
	until(t, "it is told whom the decision waits for", func() error {
		s, err := first.servers()
		if err != nil {
			return err
		}
		if s.Epoch != 0 || s.Change == nil {
			t.Fatalf("epoch %d, change %+v", s.Epoch, s.Change)
		}
		want := []string{holes[0].id, holes[1].id}
		slices.Sort(want)
		if s.Change.State != "deciding" || !slices.Equal(s.Change.Awaited, want) {
			return fmt.Errorf("%+v", s.Change)
		}
		return nil
	})
	begun := time.Now()
	net.administer(t, first, "--order", order, "--cancel", "--sign", "--submit")
	took := time.Since(begun)
	t.Logf("cancelling took %v", took.Round(time.Millisecond))
	if took > 20*time.Second { // 2 s on a machine that does nothing else
		t.Errorf("cancelling took %v", took)
	}
	for _, n := range net.nodes {
		until(t, n.name+" has let go of it", func() error { return n.through(0, net.nodes) })
	}
	if out := refused(t, "secretstore", "change-servers", "--node", first.url, "--key", net.admin(t), "--order", order, "--submit"); !strings.Contains(out, "cancelled") {
		t.Errorf("the cancelled order, once more:\n%s", out)
	}

	net.administer(t, first, "--add", holes[2].enode, "--sign", "--submit")
	for _, n := range net.nodes {
		until(t, n.name+" has moved its keys without the silent one", func() error { return n.moved(1) })
	}
	net.administer(t, first, "--remove", holes[2].id, "--sign", "--submit")
	for _, n := range net.nodes {
		until(t, n.name+" is among four again", func() error { return n.through(2, net.nodes) })
	}
	net.change(t, "add")
	net.epoch(t, 3, "node1 node2 node3 node4 node5")
	c.stop(t)
	keep.intact(t, net.nodes...)
	net.stop(t)
	for _, n := range net.nodes {
		if loot := steal(t, net.dir, n.name); loot.Shares() != len(keep.keys) {
			t.Errorf("%s has %d shares of %d keys", n.name, loot.Shares(), len(keep.keys))
		}
	}
}

// moved tells what a node says otherwise than that all keys have moved to the set of an epoch.
func (n *node) moved(epoch uint64) error {
	s, err := n.servers()
	switch {
	case err != nil:
		return err
	case s.Epoch != epoch:
		return fmt.Errorf("it is in set %d", s.Epoch)
	case s.Change != nil && (s.Change.Epoch != epoch || s.Change.Moved < s.Change.Keys || s.Change.State == "listing" || s.Change.State == "moving"):
		return fmt.Errorf("%+v", s.Change)
	}
	return nil
}

// TestServersChangeWithoutOne: one key server is down during a whole change and is started after it; a directory is started again
// whose node was removed while it was down. Neither holds anything up, nor knows less than the others in the end.
func TestServersChangeWithoutOne(t *testing.T) {
	net := startGrowing(t, 4, 1, "--acl", "none", "--demo=false")
	net.hurt = true
	keep := publishMany(t, net, 12)
	c := startClients(t, net, keep)
	c.pause = calmPause
	away := net.node("node4")
	c.serve(net.node("node1"), net.node("node2"), net.node("node3"))
	away.kill(t)
	for _, n := range net.nodes[:3] {
		n.untilMissed(t, 3)
	}
	net.change(t, "add")
	away = net.node("node4")
	c.serve(net.node("node5"))
	c.until(t, "clients are served without it", 40)

	net.startByHand(t, away)
	until(t, "node4 has followed", func() error { return away.through(1, net.nodes) })
	until(t, "node4 is ready", func() error { return away.ready(5) })
	c.serve(away)
	c.until(t, "clients are served by it", 40)
	keep.intact(t, away)

	out := net.node("node1")
	c.leave(out)
	out.kill(t)
	for _, n := range net.nodes[1:] {
		n.untilMissed(t, 4)
	}
	net.change(t, "remove", "1", "--force")
	c.until(t, "clients are served without the removed one", 40)
	out = net.node("node1")
	net.startByHand(t, out)
	until(t, "node1 knows that it is out", func() error {
		s, err := out.servers()
		if err == nil && s.Epoch < 2 {
			err = fmt.Errorf("it is in set %d", s.Epoch)
		}
		return err
	})
	until(t, "node1 has erased its shares", func() error {
		s, err := out.status()
		if err == nil && s.Shares > 0 {
			err = fmt.Errorf("it has %d", s.Shares)
		}
		return err
	})
	c.stop(t)
	keep.intact(t, net.nodes...)
	net.end(t)
	if loot := steal(t, net.dir, "node1"); loot.Shares() > 0 {
		t.Errorf("%d shares are left in the directory of the removed node", loot.Shares())
	}
}

// TestBackupsOfBefore: a backup that is older than a change of the key servers is restored after it, at one node: the node follows, and
// nothing is lost. Then all nodes are restored from backups of after the change, as in an operator's drill: every document is read,
// and nothing that is used once has come back.
func TestBackupsOfBefore(t *testing.T) {
	inSoak(t)
	net := startGrowing(t, 4, 1, "--acl", "none", "--demo=false")
	net.hurt = true
	keep := publishMany(t, net, 8)
	pass := secretFile(t, "correct horse")
	backups := make(map[string]string)
	for _, n := range net.nodes {
		n.end(t)
		backups[n.name] = net.backup(t, n, pass, "before")
		net.startByHand(t, n)
	}
	for _, n := range net.nodes {
		until(t, n.name+" is ready", func() error { return n.ready(4) })
	}
	net.change(t, "add")
	net.epoch(t, 1, "node1 node2 node3 node4 node5")

	c := startClients(t, net, keep)
	restored := net.node("node2")
	for _, n := range net.nodes {
		if n != restored {
			c.serve(n)
		}
	}
	restored.end(t)
	if out := net.restore(t, restored, pass, backups[restored.name]); !strings.Contains(out, "may have made promises after the backup") {
		t.Errorf("restore says:\n%s", out)
	}
	net.startByHand(t, restored)
	// What it held of keys whose new sharing takes all five for its parent's shares to be erased stays, until it has shares again.
	until(t, "the restored node has followed", func() error { return restored.moved(1) })
	until(t, "the restored node is ready", func() error { return restored.ready(5) })
	c.serve(restored)
	c.until(t, "clients are served by it", 40)
	c.stop(t)
	keep.intact(t, net.nodes...)

	// All of now: the drill of operators, after a change.
	now := make(map[string]string)
	for _, n := range net.nodes {
		n.end(t)
		now[n.name] = net.backup(t, n, pass, "now")
	}
	for _, n := range net.nodes {
		net.restore(t, n, pass, now[n.name])
	}
	for _, n := range net.nodes {
		net.startByHand(t, n)
	}
	for _, n := range net.nodes {
		until(t, n.name+" is ready", func() error { return n.ready(5) })
		if s, err := n.servers(); err != nil || s.Epoch != 1 {
			t.Errorf("%s is in another set than before: %+v, %v", n.name, s, err)
		}
	}
	for _, n := range net.nodes {
		if s, err := n.status(); err != nil || s.Signing.Items+s.Signing.LentItems > 0 {
			t.Errorf("%s has what is used once: %+v, %v", n.name, s, err)
		}
	}
	keep.intact(t, net.nodes...)
	net.end(t)
}

// backup writes a node's share store, which does not run.
func (n *network) backup(t *testing.T, o *node, pass, name string) (file string) {
	t.Helper()
	file = filepath.Join(n.dir, o.name+"-"+name+".age")
	run(t, "secretstore", "backup", "--config", filepath.Join(o.datadir, "config.toml"), "--passphrase-file", pass, "--out", file)
	return file
}

// restore puts a backup in the place of a node's share store.
func (n *network) restore(t *testing.T, o *node, pass, file string) string {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(o.datadir, "geth-ss", "secretstore")); err != nil {
		t.Fatal(err)
	}
	return run(t, "secretstore", "restore", "--config", filepath.Join(o.datadir, "config.toml"), "--passphrase-file", pass, file)
}

// TestServersChangeOnFullDisk: the disk of one key server is full while a fifth joins, so that it can't write down who the key servers
// are now. The keys move without it, reads go on through the others, and when there is room it follows.
func TestServersChangeOnFullDisk(t *testing.T) {
	inSoak(t)
	net := startGrowing(t, 4, 1, "--acl", "none", "--demo=false")
	net.hurt = true
	keep := publishMany(t, net, 8)
	full := net.node("node3")
	full.end(t)
	disk := filepath.Join(full.datadir, "geth-ss", "secretstore")
	kept := filepath.Join(t.TempDir(), "kept")
	if err := os.CopyFS(kept, os.DirFS(disk)); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=28m,mode=700"); err != nil {
		t.Skipf("SKIPPED: a small disk can't be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Errorf("unmounting: %v", err)
		}
	})
	if err := os.CopyFS(disk, os.DirFS(kept)); err != nil {
		t.Fatal(err)
	}
	net.startByHand(t, full)
	until(t, "node3 is ready", func() error { return full.ready(4) })
	c := startClients(t, net, keep)
	c.serve(net.node("node1"), net.node("node2"), net.node("node4"))
	net.full = true
	filler := filepath.Join(disk, "filler")
	fill(t, filler)

	command := net.begin(t, "add")
	others := []*node{net.node("node1"), net.node("node2"), net.node("node4")}
	for _, n := range others {
		until(t, n.name+" has moved its keys", func() error { return n.moved(1) })
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	command.complete(t)
	net.again(t)
	net.epoch(t, 1, "node1 node2 node3 node4 node5")
	c.stop(t)
	keep.intact(t, net.nodes...)
	net.end(t)
}

// changing starts a command that changes the key servers of a devnet, and does not wait for it.
type changing struct {
	done   chan struct{}
	output logtest.Buffer
	err    error
}

// says waits until the command has said something, or has ended.
func (c *changing) says(t *testing.T, what string) {
	t.Helper()
	until(t, fmt.Sprintf("it says %q", what), func() error {
		select {
		case <-c.done:
		default:
			if !strings.Contains(c.output.String(), what) {
				return errors.New(tail(c.output.String(), 1))
			}
		}
		return nil
	})
}

func (n *network) begin(t *testing.T, change ...string) *changing {
	t.Helper()
	c := &changing{done: make(chan struct{})}
	ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, binary, append(append([]string{"devnet"}, change...), "--dir", n.dir)...)
	cmd.Stdout, cmd.Stderr = &c.output, &c.output
	go func() {
		defer close(c.done)
		c.err = cmd.Run()
	}()
	t.Cleanup(func() { cancel(); <-c.done })
	return c
}

// complete waits for the command, which must succeed.
func (c *changing) complete(t *testing.T) {
	t.Helper()
	if <-c.done; c.err != nil {
		t.Fatalf("changing the key servers: %v\n%s", c.err, &c.output)
	}
	t.Logf("changing the key servers:\n%s", &c.output)
}
