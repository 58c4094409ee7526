package e2e

import (
	"bytes"
	"fmt"
	"math/big"
	"os/exec"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/test/program"
)

// life is what has to outlive the processes of a network: its chain, keys, documents, permissions and accounts.
type life struct {
	t         *testing.T // of the whole network, whatever subtest is at work
	net       *network
	contract  permissionContract
	publisher account
	reader    account
	documents []document
	genesis   common.Hash
}

// document is a document key that was stored, and that the reader may read.
type document struct {
	id        common.Hash
	key       []byte
	threshold int
}

func newLife(t *testing.T, net *network) *life {
	net.hurt = true
	l := &life{
		t: t, net: net, contract: permissionContract{common.HexToAddress(net.acl)},
		publisher: net.accounts[3], reader: net.accounts[4], genesis: untilBlock(t, net.nodes[0], 0),
	}
	for threshold := range 3 {
		l.publish(t, net.nodes[threshold], threshold)
	}
	return l
}

// publish stores a document key through a node and admits the reader.
func (l *life) publish(t *testing.T, through *node, threshold int) document {
	t.Helper()
	id := randomID()
	d := document{id, publish(t, through, l.publisher, id, threshold).plain, threshold}
	l.contract.grant(t, through.eth, l.publisher, id, l.reader)
	l.documents = append(l.documents, d)
	return d
}

// intact reads every document through every node.
func (l *life) intact(t *testing.T) {
	t.Helper()
	stranger := newAccount(t)
	for _, n := range l.net.nodes {
		for _, d := range l.documents {
			if got, err := n.shadow(l.reader, d.id); err != nil || !bytes.Equal(got, d.key) {
				t.Errorf("reading %s through %s: %x, %v, want %x", d.id.TerminalString(), n.name, got, err, d.key)
			}
			if a, err := n.askShadow(stranger, d.id); err != nil || !a.denied() {
				t.Errorf("a stranger reading %s through %s: %v, %v", d.id.TerminalString(), n.name, a, err)
			}
		}
	}
}

// stream reads documents that three nodes can read, through nodes without a pause, until stopped. Every read must
// succeed.
type stream struct {
	stopped atomic.Bool
	wg      sync.WaitGroup
	reads   atomic.Int64

	mu      sync.Mutex
	slowest time.Duration // guarded by mu
}

func (l *life) stream(t *testing.T, through ...*node) *stream {
	s := new(stream)
	documents := slices.DeleteFunc(slices.Clone(l.documents), func(d document) bool { return d.threshold == len(l.net.nodes)-1 })
	for i, n := range through {
		s.wg.Go(func() {
			for j := i; !s.stopped.Load(); j++ {
				d, begun := documents[j%len(documents)], time.Now()
				got, err := n.shadow(l.reader, d.id)
				took := time.Since(begun)
				if err != nil || !bytes.Equal(got, d.key) {
					t.Errorf("reading %s through %s while another is down, after %v: %x, %v", d.id.TerminalString(), n.name, took, got, err)
				}
				s.reads.Add(1)
				s.mu.Lock()
				s.slowest = max(s.slowest, took)
				s.mu.Unlock()
			}
		})
	}
	return s
}

func (s *stream) stop(t *testing.T) {
	s.stopped.Store(true)
	s.wg.Wait()
	t.Logf("%d reads, the slowest took %v", s.reads.Load(), s.slowest.Round(time.Millisecond))
}

// oneKilled kills a node while others are read through, and starts it again by the command that devnet prints.
func (l *life) oneKilled(t *testing.T) {
	victim := l.net.nodes[2]
	others := []*node{l.net.nodes[0], l.net.nodes[1], l.net.nodes[3]}
	reads := l.stream(t, others...)
	until(t, "documents are read", func() error {
		if n := reads.reads.Load(); n < 30 {
			return fmt.Errorf("%d times", n)
		}
		return nil
	})
	victim.kill(t)
	if _, err := victim.askShadow(l.reader, l.documents[0].id); err == nil {
		t.Errorf("%s answers though it was killed", victim.name)
	}

	// Four blocks: each of the four has had its turn to propose, the dead one too.
	killed := time.Now()
	head, err := others[0].eth.BlockNumber(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	untilBlock(t, others[1], head+4)
	t.Logf("four blocks without %s took %v", victim.name, time.Since(killed).Round(time.Millisecond))
	meanwhile := l.publish(t, others[0], 1)
	reads.stop(t)

	l.startByHand(t, victim)
	// Until it has followed the chain it can't tell who is permitted, and says so.
	if head, err = others[0].eth.BlockNumber(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, victim.name+" has followed the chain", func() error { return isFinal(victim.eth, head) })
	if got, err := victim.shadow(l.reader, meanwhile.id); err != nil || !bytes.Equal(got, meanwhile.key) {
		t.Errorf("%s, which was down when the key was made, reads %x, %v, want %x", victim.name, got, err, meanwhile.key)
	}
	l.sameChain(t)
	l.intact(t)
	l.publish(t, victim, 3) // takes all four
}

var startAgainCommand = regexp.MustCompile(`(node\d) ended \(.*\)\. Start it again with:\n  (.*)\n`)

// startByHand does as devnet says and waits until the node has joined.
func (l *life) startByHand(t *testing.T, n *node) {
	t.Helper()
	l.launch(t, n)
	l.net.untilJoined(t, n)
}

// launch does as devnet says.
func (l *life) launch(t *testing.T, n *node) {
	t.Helper()
	var command string
	until(t, "devnet tells how to start "+n.name+" again", func() error {
		for _, m := range startAgainCommand.FindAllStringSubmatch(l.net.output.String(), -1) {
			if m[1] == n.name {
				command = m[2]
				return nil
			}
		}
		return fmt.Errorf("it says:\n%s", tail(l.net.output.String(), 3))
	})
	cmd := exec.Command("/bin/sh", "-c", "exec "+command)
	program.Start(l.t, cmd)
	n.pid = cmd.Process.Pid
}

// sameChain: all nodes have one chain, which begins with the genesis it always had.
func (l *life) sameChain(t *testing.T) {
	t.Helper()
	head, err := l.net.nodes[0].eth.BlockNumber(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range map[uint64]common.Hash{0: l.genesis, head: untilBlock(t, l.net.nodes[0], head)} {
		for _, n := range l.net.nodes {
			if got := untilBlock(t, n, number); got != want {
				t.Errorf("block %d of %s is %s, want %s", number, n.name, got, want)
			}
		}
	}
}

// oneFrozen stops a node without ending its connections, so that nobody is told that it is gone. Reads go on through
// others; and when it wakes, in a past where the reader was still permitted, the others keep it from giving the key.
func (l *life) oneFrozen(t *testing.T) {
	victim, reader := l.net.nodes[1], newAccount(t)
	others := []*node{l.net.nodes[0], l.net.nodes[2], l.net.nodes[3]}
	d := l.documents[1] // threshold 1
	l.contract.grant(t, others[0].eth, l.publisher, d.id, reader)
	admittedEverywhere(t, l.net, reader, d.id, d.key)

	if err := syscall.Kill(victim.pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	l.readBeside(t, victim, others[0], reader, d)
	reads := l.stream(t, others...)
	l.contract.revoke(t, others[2].eth, l.publisher, d.id, reader)
	untilSeen(t, &network{nodes: others}, others[2], len(others))
	refusedEverywhere(t, &network{nodes: others}, reader, d.id)
	head, err := others[0].eth.BlockNumber(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	untilBlock(t, others[1], head+3)
	reads.stop(t)

	if err := syscall.Kill(victim.pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if a, err := victim.askShadow(reader, d.id); err == nil && a.status != 403 {
			t.Fatalf("%s, which slept through the revocation, answers %v", victim.name, a)
		}
	}
	l.net.untilJoined(t, victim)
	untilBlock(t, victim, head+3)
	refusedEverywhere(t, l.net, reader, d.id)
	l.intact(t)
}

// readBeside reads a document by the Go client, of which the first node is stopped: that costs a second or two, not a minute.
func (l *life) readBeside(t *testing.T, frozen, awake *node, reader account, d document) {
	t.Helper()
	c, err := client.New(client.Config{Endpoints: []string{frozen.url, awake.url}, Signer: client.NewKeySigner(reader.key)})
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	f, err := c.Fetch(t.Context(), wire.KeyID(d.id))
	if err != nil {
		t.Fatal(err)
	}
	f.DocumentKey.Erase()
	if took := time.Since(begun); took > 20*time.Second { // 3 s on a machine that does nothing else
		t.Errorf("%s is frozen, and reading through %s took %v", frozen.name, awake.name, took)
	} else {
		t.Logf("%s is frozen: reading through %s took %v", frozen.name, awake.name, took)
	}
}

// twoKilled takes a quorum of generation and the chain's: what two nodes can do they do, the rest fails within bounds.
func (l *life) twoKilled(t *testing.T) {
	first, second := l.net.nodes[0], l.net.nodes[3]
	l.net.nodes[1].kill(t)
	l.net.nodes[2].kill(t)
	for _, n := range []*node{first, second} {
		n.untilMissed(t, 2)
	}
	for _, n := range []*node{first, second} {
		for threshold, d := range l.documents[:3] {
			begun := time.Now()
			if threshold < 2 {
				if got, err := n.shadow(l.reader, d.id); err != nil || !bytes.Equal(got, d.key) {
					t.Errorf("two of four, threshold %d through %s: %x, %v, want %x", threshold, n.name, got, err, d.key)
				}
			} else if a := n.must(t, "GET", fmt.Sprintf("/shadow/%x/%s", d.id, l.reader.sign(d.id))); a.failure(403, "Consensus temporary unreachable") != nil {
				t.Errorf("two of four, threshold %d through %s: %v", threshold, n.name, a)
			}
			t.Logf("threshold %d through %s: %v", threshold, n.name, time.Since(begun).Round(time.Millisecond))
		}
		id, begun := randomID(), time.Now()
		a := n.must(t, "POST", fmt.Sprintf("/shadow/%x/%s/1", id, l.publisher.sign(id)))
		if err := a.failure(500, "node required for this operation is currently disconnected"); err != nil {
			t.Errorf("generating on two of four through %s: %v", n.name, err)
		}
		t.Logf("generating: %v", time.Since(begun).Round(time.Millisecond))
	}
}

// lastBlock is the newest block that any node calls final.
func (l *life) lastBlock(t *testing.T) (last *types.Header) {
	t.Helper()
	for _, n := range l.net.nodes {
		header, err := n.eth.HeaderByNumber(t.Context(), big.NewInt(int64(rpc.FinalizedBlockNumber)))
		if err != nil {
			t.Fatal(err)
		}
		if last == nil || header.Number.Cmp(last.Number) > 0 {
			last = header
		}
	}
	return last
}

// devnetKilled: without devnet its nodes end by themselves, and all is there when it is started again.
func (l *life) devnetKilled(t *testing.T) {
	last := l.lastBlock(t)
	byHand := l.net.nodes[2] // nobody but us ends it
	syscall.Kill(byHand.pid, syscall.SIGTERM)
	l.net.cmd.Process.Kill()
	l.net.ended(t)
	l.net.gone(t)
	l.resume(t, last)
}

// allKilled: a power cut, that took two of the nodes earlier.
func (l *life) allKilled(t *testing.T) {
	last := l.lastBlock(t)
	l.twoKilled(t)
	for _, n := range l.net.nodes {
		syscall.Kill(n.pid, syscall.SIGKILL)
	}
	l.net.cmd.Process.Kill()
	l.net.ended(t)
	l.net.gone(t)
	l.resume(t, last, "--demo=false", "--acl", l.net.acl) // the same contract, by its address
}

// resume starts the network again. The chain must be the one it was, to the last block that anyone was told of.
func (l *life) resume(t *testing.T, last *types.Header, flags ...string) {
	t.Helper()
	before := l.net
	begun := time.Now()
	l.net = startAgain(l.t, before.dir, append(before.flags, flags...))
	l.net.hurt = true
	t.Logf("up again after %v", time.Since(begun).Round(time.Millisecond))
	for i, n := range l.net.nodes {
		if n.enode != before.nodes[i].enode {
			t.Errorf("%s was %s, and is %s", n.name, before.nodes[i].enode, n.enode)
		}
	}
	for i, a := range l.net.accounts {
		if a.address != before.accounts[i].address || !a.key.Equal(before.accounts[i].key) {
			t.Errorf("accounts[%d] is another one", i)
		}
	}
	if l.net.acl != before.acl || l.net.chainID != before.chainID || l.net.registry != before.registry {
		t.Errorf("another chain: %d %s %v", l.net.chainID, l.net.acl, l.net.registry)
	}
	for _, n := range l.net.nodes {
		if got := untilBlock(t, n, last.Number.Uint64()); got != last.Hash() {
			t.Errorf("block %d of %s is %s, and was final as %s", last.Number, n.name, got, last.Hash())
		}
	}
	l.sameChain(t)
	l.intact(t)
	l.publish(t, l.net.nodes[3], 1)
	l.intact(t)
}
