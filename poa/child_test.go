package poa

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/test/ports"
)

// childSpec tells a child process which nodes of a network to run.
type childSpec struct {
	Dir        string
	Validators int
	Ports      []int
	Nodes      []int
	Governed   bool
}

// child runs nodes and prints each block of their chains once, as
// "node height hash", until it is killed.
func child(raw string) {
	var spec childSpec
	if err := json.Unmarshal([]byte(raw), &spec); err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	n, err := newNetwork(spec.Dir, spec.Validators, len(spec.Ports)-spec.Validators, spec.Ports)
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	if spec.Governed {
		if err := n.govern(spec.Validators); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
	go func() { // don't outlive the test
		time.Sleep(3 * patience)
		os.Exit(2)
	}()
	for _, i := range spec.Nodes {
		if err := n.nodes[i].run(); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
	next := make([]uint64, len(n.nodes))
	for {
		for _, i := range spec.Nodes {
			v := n.nodes[i]
			if err := v.driver.Err(); err != nil {
				fmt.Println("error", err)
				os.Exit(1)
			}
			for ; next[i] <= v.height(); next[i]++ {
				fmt.Println(i, next[i], v.backend.BlockChain().GetCanonicalHash(next[i]).Hex())
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// process is a child with what it printed.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}

	mu    sync.Mutex
	chain map[int]map[uint64]common.Hash
	err   string
}

func spawn(t *testing.T, spec childSpec) *process {
	t.Helper()
	raw, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command(os.Args[0]), done: make(chan struct{}), chain: make(map[int]map[uint64]common.Hash)}
	p.cmd.Env = append(os.Environ(), childEnv+"="+string(raw))
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		for s := bufio.NewScanner(out); s.Scan(); {
			p.note(s.Text())
		}
	}()
	t.Cleanup(p.kill)
	return p
}

func (p *process) note(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := strings.Fields(line)
	if len(f) != 3 || f[0] == "error" {
		p.err += line + "\n"
		return
	}
	i, _ := strconv.Atoi(f[0])
	h, _ := strconv.ParseUint(f[1], 10, 64)
	if p.chain[i] == nil {
		p.chain[i] = make(map[uint64]common.Hash)
	}
	p.chain[i][h] = common.HexToHash(f[2])
}

// kill is kill -9: nothing gets a chance to be saved.
func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.done
	p.cmd.Wait()
}

// wait until all nodes of the process printed block h.
func (p *process) wait(t *testing.T, h uint64, limit time.Duration, nodes ...int) {
	t.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		p.mu.Lock()
		all, msg := true, p.err
		for _, i := range nodes {
			_, ok := p.chain[i][h]
			all = all && ok
		}
		p.mu.Unlock()
		if all {
			return
		}
		if msg != "" || time.Now().After(end) {
			t.Fatalf("the child did not reach block %d within %v: %s", h, limit, msg)
		}
	}
}

// agree checks that no two nodes, before or after a crash, had different blocks.
func agree(t *testing.T, ps ...*process) (top uint64) {
	t.Helper()
	seen := make(map[uint64]common.Hash)
	for _, p := range ps {
		p.mu.Lock()
		for i, chain := range p.chain {
			for h, hash := range chain {
				if was, ok := seen[h]; ok && was != hash {
					t.Errorf("block %d of node %d is %x, before or elsewhere it was %x", h, i, hash, was)
				}
				seen[h] = hash
				top = max(top, h)
			}
		}
		p.mu.Unlock()
	}
	return top
}

// TestKillAll kills all validators at once with -9, twice, and expects them to
// go on with the same chain.
func TestKillAll(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	spec := childSpec{Dir: t.TempDir(), Validators: 4, Nodes: []int{0, 1, 2, 3}}
	for range 4 {
		port := ports.For(t, 1)
		spec.Ports = append(spec.Ports, port)
	}
	var all []*process
	for round := range 3 {
		p := spawn(t, spec)
		all = append(all, p)
		begin := time.Now()
		p.wait(t, agree(t, all...)+3, patience, spec.Nodes...)
		t.Logf("round %d: at block %d after %v", round, agree(t, all...), time.Since(begin).Round(time.Millisecond))
		p.kill()
	}
	agree(t, all...)
}

// TestKillOne kills one of four validators with -9 while the others go on.
func TestKillOne(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a network")
	}
	n := testNetwork(t, t.TempDir(), 4, 0)
	spec := childSpec{Dir: n.dir, Validators: 4, Nodes: []int{3}}
	for _, v := range n.nodes {
		spec.Ports = append(spec.Ports, v.port)
	}
	rest := n.nodes[:3]
	first := spawn(t, spec)
	startAll(t, rest...)
	first.wait(t, 4, patience, 3)
	first.kill()
	waitHeight(t, rest[0].height()+3, patience, rest...)
	second := spawn(t, spec)
	second.wait(t, rest[0].height()+3, patience, 3)
	agree(t, first, second)
	second.mu.Lock()
	defer second.mu.Unlock()
	for h, hash := range second.chain[3] {
		if want := rest[0].backend.BlockChain().GetCanonicalHash(h); want != (common.Hash{}) && want != hash {
			t.Errorf("block %d of the killed node is %x, of the others %x", h, hash, want)
		}
	}
}
