package e2e

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/test/npm"
	"github.com/geth-ss/geth-ss/test/thief"
)

var serversKeys = flag.Int("servers.keys", 20, "how many keys TestServersChange has move")

// TestServersChange: the key servers of a network that is used become five, four others, and one of them is replaced, by one command
// each. Wallets, Parity's clients and npm's read and sign meanwhile through everyone who is a key server, and nothing fails. Afterwards
// the directories of all who were key servers, those who still are left out, give no key; those of two who are give every key.
func TestServersChange(t *testing.T) {
	net := startGrowing(t, 4, 2, "--acl", "none", "--demo=false")
	net.hurt = true // a node that is added comes late to votes
	keep := publishMany(t, net, *serversKeys)
	c := startClients(t, net, keep)
	c.serve(net.nodes...)
	c.serveNpm()
	c.until(t, "clients are served", 40)

	net.change(t, "add")
	net.epoch(t, 1, "node1 node2 node3 node4 node5")
	c.serve(net.node("node5"))
	c.until(t, "clients are served by five", 40)

	leaving := net.node("node2")
	c.leave(leaving)
	net.change(t, "remove", "2", "--force") // four can't sign by ECDSA with a key of threshold 2, and five could
	net.epoch(t, 2, "node1 node3 node4 node5")
	c.until(t, "clients are served by others", 40)

	c.leave(net.node("node1"))
	net.change(t, "replace", "node1")
	net.epoch(t, 3, "node3 node4 node5 node6")
	c.serve(net.node("node6"))
	c.until(t, "clients are served in the end", 40)

	more := publishMany(t, net, 4) // there is one place for new keys
	c.stop(t)
	keep.intact(t, net.nodes...)
	more.intact(t, net.nodes...)

	net.stop(t)
	if *serversFail {
		net = net.resumedWithServers(t, 3, keep)
	}
	keep.lost(t, 0, net.dir, "node1", "node2")
	keep.lost(t, 1, net.dir, "node1", "node2", "node6") // a key of threshold 0 is any one holder's
	keep.stolen(t, net.dir, "node3", "node4", "node6")
}

// resumedWithServers starts a devnet again whose key servers have changed, and stops it: who was added is a key server again, and who was
// taken out goes on as validator.
func (n *network) resumedWithServers(t *testing.T, epoch uint64, keep *keepsake) *network {
	t.Helper()
	again := startAgain(t, n.dir, n.flags)
	again.hurt = true
	again.epoch(t, epoch, strings.Join(names(n.nodes), " "))
	if got, want := names(again.others), names(n.others); !slices.Equal(got, want) {
		t.Errorf("the validators of devnet.json are %v, want %v", got, want)
	}
	for _, o := range again.others {
		if s, err := o.servers(); err != nil || s.Epoch != epoch {
			t.Errorf("%s, which is no key server, knows of set %+v, %v", o.name, s, err)
		}
	}
	keep.intact(t, again.nodes...)
	again.stop(t)
	return again
}

// change runs "geth-ss devnet" with a change of the key servers, which returns when it is complete, and reads devnet.json again.
func (n *network) change(t *testing.T, change ...string) string {
	t.Helper()
	begun := time.Now()
	c := n.begin(t, change...)
	c.complete(t)
	t.Logf("devnet %s took %v", strings.Join(change, " "), time.Since(begun).Round(10*time.Millisecond))
	n.again(t)
	return c.output.String()
}

// again reads devnet.json once more.
func (n *network) again(t *testing.T) {
	t.Helper()
	n.nodes, n.others, n.accounts = nil, nil, nil
	n.load(t)
}

// node is the node of a name, whether it is a key server or not.
func (n *network) node(name string) *node {
	for _, node := range slices.Concat(n.nodes, n.others) {
		if node.name == name {
			return node
		}
	}
	panic("there is no " + name)
}

// serversInfo is what is looked at of secretstore_servers.
type serversInfo struct {
	Epoch   uint64 `json:"epoch"`
	Members []struct {
		ID string `json:"id"`
	} `json:"members"`
	Change *struct {
		State    string   `json:"state"`
		Epoch    uint64   `json:"epoch"`
		Keys     int      `json:"keys"`
		Moved    int      `json:"moved"`
		Thin     int      `json:"thin"`
		Failures int      `json:"failures"`
		Awaited  []string `json:"awaited"`
	} `json:"change"`
}

func (n *node) servers() (*serversInfo, error) {
	s := new(serversInfo)
	return s, n.rpc.Call(s, "secretstore_servers")
}

// epoch wants the key servers that devnet.json lists, and all of them to say so, with nothing under way.
func (n *network) epoch(t *testing.T, epoch uint64, names string) {
	t.Helper()
	var listed []string
	for _, node := range n.nodes {
		listed = append(listed, node.name)
	}
	if got := strings.Join(listed, " "); got != names {
		t.Fatalf("devnet.json lists %s, want %s", got, names)
	}
	for _, node := range n.nodes {
		until(t, node.name+" is through with the change", func() error { return node.through(epoch, n.nodes) })
	}
}

// through tells what a node says otherwise than that the set of the epoch is in use, and has these members.
func (n *node) through(epoch uint64, members []*node) error {
	s, err := n.servers()
	if err != nil {
		return err
	}
	for _, m := range members {
		if !slices.ContainsFunc(s.Members, func(id struct {
			ID string `json:"id"`
		}) bool {
			return id.ID == m.public
		}) {
			return fmt.Errorf("%s is no member", m.name)
		}
	}
	if s.Epoch != epoch || len(s.Members) != len(members) || s.Change != nil {
		return fmt.Errorf("%+v, change %+v", s, s.Change)
	}
	return nil
}

// keepsake is keys with documents, which everybody may read.
type keepsake struct {
	author account
	keys   []stored
}

type stored struct {
	id        common.Hash
	threshold int
	public    []byte // the server key
	plain     []byte // the document key
}

// publishMany makes keys of thresholds 0 to 2 through all key servers, each with a document. Every fourth is of threshold 0 and as many
// of 2; the rest, of 1, can be signed with by three.
func publishMany(t *testing.T, net *network, count int) *keepsake {
	t.Helper()
	k := &keepsake{author: newAccount(t), keys: make([]stored, count)}
	begun := time.Now()
	var failed atomic.Bool
	var wg sync.WaitGroup
	for i, n := range net.nodes {
		wg.Go(func() {
			for j := i; j < count; j += len(net.nodes) {
				s := stored{id: randomID(), threshold: []int{1, 2, 1, 0}[j%4]}
				var err error
				if s.public, err = n.generate(k.author, s.id, s.threshold); err != nil {
					t.Errorf("generating a key of threshold %d through %s: %v", s.threshold, n.name, err)
					failed.Store(true)
					return
				}
				key := newDocumentKey(t, s.public)
				if err := n.store(k.author, s.id, key); err != nil {
					t.Errorf("storing a document key through %s: %v", n.name, err)
					failed.Store(true)
					return
				}
				s.plain = key.plain
				k.keys[j] = s
			}
		})
	}
	wg.Wait()
	if failed.Load() {
		t.FailNow()
	}
	t.Logf("%d keys published in %v", count, time.Since(begun).Round(time.Millisecond))
	return k
}

// intact reads all documents through these nodes.
func (k *keepsake) intact(t *testing.T, nodes ...*node) {
	t.Helper()
	var wg sync.WaitGroup
	for _, n := range nodes {
		wg.Go(func() {
			for _, s := range k.keys {
				if got, err := n.shadow(k.author, s.id); err != nil || !bytes.Equal(got, s.plain) {
					t.Errorf("reading %s of threshold %d through %s: %x, %v, want %x", s.id.TerminalString(), s.threshold, n.name, got, err, s.plain)
				}
			}
		})
	}
	wg.Wait()
}

// lost wants the directories of these nodes, which don't run, to give none of the keys of a threshold or higher; what they know of
// them, they may.
func (k *keepsake) lost(t *testing.T, threshold int, dir string, names ...string) {
	t.Helper()
	loot := steal(t, dir, names...)
	read, err := loot.Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range k.keys {
		if s.threshold >= threshold && slices.Contains(read, wire.KeyID(s.id)) {
			t.Errorf("the directories of %v give key %s of threshold %d", names, s.id.TerminalString(), s.threshold)
		}
	}
	if loot.Keys() < len(k.keys) {
		t.Errorf("the directories of %v know of %d keys, want %d at least", names, loot.Keys(), len(k.keys))
	}
	t.Logf("the directories of %v have %d shares of %d keys", names, loot.Shares(), loot.Keys())
}

// stolen wants them to give all: it is not for want of trying that others don't.
func (k *keepsake) stolen(t *testing.T, dir string, names ...string) {
	t.Helper()
	read, err := steal(t, dir, names...).Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range k.keys {
		if !slices.Contains(read, wire.KeyID(s.id)) {
			t.Errorf("the directories of %v don't give %s of threshold %d", names, s.id.TerminalString(), s.threshold)
		}
	}
}

func steal(t *testing.T, dir string, names ...string) *thief.Loot {
	t.Helper()
	var dirs []string
	for _, name := range names {
		dirs = append(dirs, dir+"/"+name)
	}
	loot, err := thief.Steal(t.TempDir(), dirs...)
	if err != nil {
		t.Fatal(err)
	}
	return loot
}

// clients read documents and have hashes signed through key servers without a pause, until they are stopped. Every request has to
// succeed.
type clients struct {
	t      *testing.T
	net    *network
	keep   *keepsake
	c      cluster
	sign   *signingLoad
	pause  time.Duration // between two requests of one client
	wg     sync.WaitGroup
	all    context.Context // until they are stopped
	cancel context.CancelFunc

	reads, signatures, npm atomic.Int64

	mu      sync.Mutex
	leaving map[string]func() // has the clients of a node go, and waits; guarded by mu
	serving []*node           // guarded by mu
	slowest map[string]time.Duration
}

// clientPause is between two requests of one client: they take the machine from what they are to see otherwise. calmPause is that where
// nodes are started and killed meanwhile, which takes enough of it.
const (
	clientPause = 20 * time.Millisecond
	calmPause   = 200 * time.Millisecond
)

func startClients(t *testing.T, net *network, keep *keepsake) *clients {
	t.Helper()
	c := startReaders(t, net, keep)
	of := slices.IndexFunc(keep.keys, func(s stored) bool { return s.threshold == 1 })
	c.sign = newSigningLoad(t, &signing{
		net: net, c: c.c, id: keep.keys[of].id, threshold: 1, public: keep.keys[of].public, author: keep.author, by: keep.author,
	})
	return c
}

// startReaders is startClients of such as read alone.
func startReaders(t *testing.T, net *network, keep *keepsake) *clients {
	t.Helper()
	c := &clients{t: t, net: net, keep: keep, pause: clientPause, leaving: make(map[string]func()), slowest: make(map[string]time.Duration)}
	c.all, c.cancel = context.WithCancel(context.Background())
	t.Cleanup(func() { c.cancel(); c.wg.Wait() })
	if err := net.nodes[0].postSession("cluster", nil, &c.c); err != nil {
		t.Fatal(err)
	}
	return c
}

// serve has clients use these nodes as well.
func (c *clients) serve(nodes ...*node) {
	for _, n := range nodes {
		ctx, cancel := context.WithCancel(c.all)
		var wg sync.WaitGroup
		run := func(kind string, do func(i int) error) {
			wg.Add(1)
			c.wg.Go(func() {
				defer wg.Done()
				for i := 0; ctx.Err() == nil; i++ {
					begun := time.Now()
					if err := do(i); err != nil && c.t.Context().Err() == nil {
						c.t.Errorf("%s through %s, begun %v, after %v: %v", kind, n.name, begun.Format(time.StampMilli), time.Since(begun).Round(time.Millisecond), err)
					}
					c.note(kind, time.Since(begun))
					pause(ctx, c.pause)
				}
			})
		}
		run("legacy read", func(i int) error { return c.read(n, i) })
		run("wallet read", func(i int) error { return c.walletRead(n, i) })
		if c.sign != nil {
			run("signature", func(i int) error {
				scheme := []wire.Scheme{wire.Schnorr, wire.ECDSA}[i%2]
				if err := c.sign.sign(c.t, n, scheme, i%4 < 2); err != nil {
					return fmt.Errorf("%v: %w", scheme, err)
				}
				c.signatures.Add(1)
				return nil
			})
		}
		c.mu.Lock()
		c.leaving[n.name] = func() { cancel(); wg.Wait() }
		c.serving = append(c.serving, n)
		c.mu.Unlock()
	}
}

// leave has no client use a node any more.
func (c *clients) leave(n *node) {
	c.mu.Lock()
	away := c.leaving[n.name]
	c.serving = slices.DeleteFunc(c.serving, func(s *node) bool { return s.name == n.name })
	c.mu.Unlock()
	away()
}

func (c *clients) read(n *node, i int) error {
	s := c.keep.keys[i%len(c.keep.keys)]
	get := n.shadow
	if i%5 == 4 {
		get = n.plain
	}
	got, err := get(c.keep.author, s.id)
	if err == nil && !bytes.Equal(got, s.plain) {
		err = fmt.Errorf("it gives %x, want %x", got, s.plain)
	}
	if err != nil {
		return fmt.Errorf("%s of threshold %d: %w", s.id.TerminalString(), s.threshold, err)
	}
	c.reads.Add(1)
	return nil
}

// walletRead reads three documents by one request.
func (c *clients) walletRead(n *node, i int) error {
	var asked []stored
	var ids []common.Hash
	for j := range min(3, len(c.keep.keys)) {
		s := c.keep.keys[(3*i+j)%len(c.keep.keys)]
		asked, ids = append(asked, s), append(ids, s.id)
	}
	call := c.c.retrieve(c.t, c.keep.author, ids...)
	var outcomes []outcome
	if err := n.postSession("retrieveDocumentKeys", call, &outcomes); err != nil {
		return err
	}
	if len(outcomes) != len(asked) {
		return fmt.Errorf("%d answers to %d", len(outcomes), len(asked))
	}
	for j, s := range asked {
		got, err := c.c.open(&outcomes[j], c.keep.author.key, call)
		if err == nil && !bytes.Equal(got, s.plain) {
			err = fmt.Errorf("it gives %x, want %x", got, s.plain)
		}
		if err != nil {
			return fmt.Errorf("%s of threshold %d: %w", s.id.TerminalString(), s.threshold, err)
		}
		c.reads.Add(1)
	}
	return nil
}

// serveNpm has Ocean's client read a document of its own, through one key server after another.
func (c *clients) serveNpm() {
	npm.Require(c.t)
	first := c.net.nodes[0]
	id := fmt.Sprintf("%x", randomID())
	published, err := npm.Run(c.t.Context(), npm.Ocean, npm.Request{
		Op: "publish", Account: npmAccount(first, c.net.accounts[1]), DocumentID: id, Threshold: 1, Document: map[string]any{"by": first.name},
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.wg.Go(func() {
		for i := 0; c.all.Err() == nil; i++ {
			n, done := c.use(i)
			got, err := npm.Run(c.all, npm.Ocean, npm.Request{
				Op: "consume", Account: npmAccount(n, c.net.accounts[2]), DocumentID: id, Threshold: 1, Encrypted: published.Encrypted,
			})
			done()
			if c.all.Err() != nil {
				return
			}
			if err == nil && string(got.Document) != fmt.Sprintf(`{"by":"%s"}`, first.name) {
				err = fmt.Errorf("it reads %s", got.Document)
			}
			if err != nil {
				c.t.Errorf("npm's client through %s, at %v: %v", n.name, time.Now().Format(time.StampMilli), err)
			}
			c.npm.Add(1)
			pause(c.all, c.pause)
		}
	})
}

// use is one of the nodes that serve. It does not leave before done was called.
func (c *clients) use(i int) (n *node, done func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n = c.serving[i%len(c.serving)]
	before, ended := c.leaving[n.name], make(chan struct{})
	c.leaving[n.name] = func() { before(); <-ended }
	return n, func() { close(ended) }
}

func (c *clients) note(kind string, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slowest[kind] = max(c.slowest[kind], took)
}

// until waits for so many more reads, and some signatures.
func (c *clients) until(t *testing.T, what string, reads int64) {
	t.Helper()
	read, signed, npm := c.reads.Load()+reads, c.signatures.Load()+reads/10, c.npm.Load()
	if c.sign == nil {
		signed = 0
	}
	until(t, what, func() error {
		if r, s, n := c.reads.Load(), c.signatures.Load(), c.npm.Load(); r < read || s < signed || n < npm {
			return fmt.Errorf("%d reads, %d signatures", r, s)
		}
		return nil
	})
}

// stop ends them, and tells what they did.
func (c *clients) stop(t *testing.T) {
	t.Helper()
	c.cancel()
	c.wg.Wait()
	t.Logf("%d documents read, %d hashes signed, %d times by npm's client; the slowest took %v", c.reads.Load(), c.signatures.Load(), c.npm.Load(), c.slowest)
	if c.reads.Load() == 0 || c.sign != nil && c.signatures.Load() == 0 {
		t.Error("nothing was read, or nothing signed")
	}
	if c.sign != nil {
		c.sign.verified(t)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
