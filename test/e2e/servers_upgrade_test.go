package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var olderProgram = flag.String("servers.older", "", "a geth-ss `program` of before server sets, for TestServersChangeAfterUpgrade; "+
	"without it, one is built of the commit that was the last without")

// lastWithoutSets is the last commit whose program knows of no changes of the key servers.
const lastWithoutSets = "30d80ff"

// TestServersChangeAfterUpgrade: four key servers of before server sets are upgraded one by one, as operators do: the program is
// replaced, administrators are configured, and the node is restarted. Then one is taken out, comes in again in the place of another,
// and that comes back, too; and in the end the whole network is started again from these directories, and a fifth is added and one
// replaced. Documents of before are read all the while through those that are up, and nothing fails. An order among nodes of which
// one is not upgraded yet is refused.
func TestServersChangeAfterUpgrade(t *testing.T) {
	inSoak(t)
	slow(t)
	older := olderThanSets(t)
	program := filepath.Join(t.TempDir(), "geth-ss")
	place(t, older, program)
	net := startNetworkOf(t, program, 4, 2, "--acl", "none", "--demo=false")
	net.hurt = true
	keep := publishMany(t, net, 12)
	c := startClients(t, net, keep)
	c.serve(net.nodes...)
	c.until(t, "clients are served by the older program", 40)

	place(t, binary, program)
	for i, n := range net.nodes {
		c.leave(n)
		n.end(t)
		net.configureAdministrator(t, n)
		net.startByHand(t, n)
		n.serves(t, net.nodes[(i+1)%4], 4)
		c.serve(n)
		c.until(t, fmt.Sprintf("clients are served with %d upgraded", i+1), 40)
		if i == 0 {
			net.refusesWhileOlder(t, n)
		}
	}
	for _, n := range net.nodes {
		until(t, n.name+" has set 0", func() error { return n.through(0, net.nodes) })
	}

	all := net.nodes
	one, three, four := all[0], all[2], all[3]
	c.leave(four)
	net.administer(t, one, "--remove", four.public, "--force", "--sign", "--submit")
	net.setOf(t, 1, all[:3]...)
	c.until(t, "clients are served by three", 40)
	c.leave(three)
	net.administer(t, one, "--replace", three.public+"="+four.enode, "--force", "--sign", "--submit")
	net.setOf(t, 2, all[0], all[1], four)
	c.serve(four)
	net.administer(t, one, "--add", three.enode, "--sign", "--submit")
	net.setOf(t, 3, all...)
	c.serve(three)
	c.until(t, "clients are served by all again", 40)
	keep.intact(t, net.nodes...)
	c.stop(t)
	net.end(t)

	net = startOf(t, program, net.dir, net.flags)
	net.hurt = true
	net.epoch(t, 3, "node1 node2 node3 node4")
	c = startClients(t, net, keep)
	c.serve(net.node("node1"), net.node("node3"), net.node("node4"))
	net.change(t, "add")
	net.epoch(t, 4, "node1 node2 node3 node4 node5")
	net.change(t, "replace", "2")
	net.epoch(t, 5, "node1 node3 node4 node5 node6")
	c.serve(net.node("node5"), net.node("node6"))
	c.until(t, "clients are served by the new ones", 40)
	c.stop(t)
	keep.intact(t, net.nodes...)
	publishMany(t, net, 4).intact(t, net.nodes...)
	net.stop(t)
	keep.lost(t, 0, net.dir, "node2")
}

// olderThanSets is a program of before server sets.
func olderThanSets(t *testing.T) string {
	t.Helper()
	if *olderProgram != "" {
		return *olderProgram
	}
	tree := t.TempDir()
	shell := exec.Command("/bin/sh", "-c", `git -C ../.. archive "$1" | tar -x -C "$2" && cd "$2" && go build -trimpath -o "$3" ./cmd/geth-ss`,
		"sh", lastWithoutSets, tree, filepath.Join(tree, "build", "geth-ss"))
	if out, err := shell.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED without the program of %s: give it with -servers.older (%v)\n%s", lastWithoutSets, err, out)
	}
	return filepath.Join(tree, "build", "geth-ss")
}

// place puts a program in the place of another, which may run.
func place(t *testing.T, from, to string) {
	t.Helper()
	raw, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to+".new", raw, 0o700)
	}
	if err == nil {
		err = os.Rename(to+".new", to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// configureAdministrator writes accounts[0] into a node's configuration, as operators agree.
func (n *network) configureAdministrator(t *testing.T, o *node) {
	t.Helper()
	path := filepath.Join(o.datadir, "config.toml")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	section := regexp.MustCompile(`(?m)^\[SecretStore\]\n`)
	if !section.Match(raw) {
		t.Fatalf("no [SecretStore] in\n%s", raw)
	}
	text := section.ReplaceAllString(string(raw), fmt.Sprintf("${0}Administrators = [%q]\nAdministratorsNeeded = 1\n", n.accounts[0].address.Hex()))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// refusesWhileOlder: the first that is upgraded takes no order while the others are not.
func (n *network) refusesWhileOlder(t *testing.T, upgraded *node) {
	t.Helper()
	out := refused(t, "secretstore", "change-servers", "--node", upgraded.url, "--key", n.admin(t), "--remove", n.nodes[3].public, "--force",
		"--sign", "--submit")
	if !strings.Contains(out, "upgrade it first") {
		t.Errorf("with three that are not upgraded, an order:\n%s", out)
	}
}

// setOf waits until the key servers of an epoch are these, and say so, with nothing under way; who is out says that, too.
func (n *network) setOf(t *testing.T, epoch uint64, members ...*node) {
	t.Helper()
	for _, m := range members {
		until(t, fmt.Sprintf("%s is in set %d", m.name, epoch), func() error { return m.through(epoch, members) })
	}
}
