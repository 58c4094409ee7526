package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/test/ports"
)

const (
	readyTimeout = 90 * time.Second
	stopTimeout  = 40 * time.Second // the devnet kills its nodes after 30 s
)

// unlimited lifts the limits on one client, which this program is: it makes thousands of keys a minute.
var unlimited = []string{
	"GETH_SS_SECRETSTORE_LIMIT_ADDRESS_REQUESTS=0", "GETH_SS_SECRETSTORE_LIMIT_ADDRESS_GENERATIONS=0",
	"GETH_SS_SECRETSTORE_LIMIT_REQUESTER_REQUESTS=0", "GETH_SS_SECRETSTORE_LIMIT_REQUESTER_GENERATIONS=0",
	"GETH_SS_SECRETSTORE_LIMIT_PEER_GENERATIONS=0",
}

// network is a running devnet.
type network struct {
	dir     string
	cmd     *exec.Cmd
	output  *bytes.Buffer // valid after ended
	ended   chan struct{}
	startup time.Duration // until it was ready, its demonstration included
	state   state
	http    *http.Client
	idle    float64 // processors that the nodes use at rest; 0 if not measured
}

// state is what is needed here of devnet.json.
type state struct {
	ChainID int64          `json:"chainId"`
	ACL     common.Address `json:"acl"`
	Nodes   []struct {
		Name    string `json:"name"`
		RPC     string `json:"rpc"`
		HTTP    string `json:"http"`
		DataDir string `json:"datadir"`
		PID     int    `json:"pid"`
	} `json:"nodes"`
	Accounts []struct {
		PrivateKey hexutil.Bytes `json:"privateKey"`
	} `json:"accounts"`
}

// withoutStock has every ECDSA signature be prepared when it is asked for.
const withoutStock = "GETH_SS_SECRETSTORE_STOCK=0"

// startNetwork runs a devnet of that size, in a directory of its own, until stop. settings are variables of its nodes'
// environment.
func startNetwork(ctx context.Context, binary string, nodes int, demo bool, settings ...string) (*network, error) {
	binary, err := filepath.Abs(binary)
	if err != nil {
		return nil, err
	}
	base, err := ports.Take(4 * nodes)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "geth-ss-bench-")
	if err != nil {
		return nil, err
	}
	n := &network{dir: dir, output: new(bytes.Buffer), ended: make(chan struct{})}
	n.cmd = exec.Command(binary, "devnet", "--nodes", strconv.Itoa(nodes), "--dir", dir, fmt.Sprintf("--demo=%t", demo),
		"--rpc-port", strconv.Itoa(base), "--secretstore-port", strconv.Itoa(base+nodes),
		"--p2p-port", strconv.Itoa(base+2*nodes), "--poa-port", strconv.Itoa(base+3*nodes))
	n.cmd.Stdout, n.cmd.Stderr = n.output, n.output
	n.cmd.Env = append(append(os.Environ(), "GETH_SS_KNOWN="+filepath.Join(dir, "known")), slices.Concat(unlimited, settings)...)
	n.cmd.SysProcAttr = ownGroup()
	begun := time.Now()
	if err := n.cmd.Start(); err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("starting the network: %w", err)
	}
	go func() {
		n.cmd.Wait()
		close(n.ended)
	}()
	if err := n.untilReady(ctx); err != nil {
		err = errors.Join(err, n.stop())
		return nil, fmt.Errorf("%w; the network said:\n%s", err, n.output)
	}
	n.startup = time.Since(begun)
	n.http = &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	return n, nil
}

// untilReady waits for devnet.json, which is there once the demonstration is done.
func (n *network) untilReady(ctx context.Context) error {
	timeout := time.After(readyTimeout)
	for {
		raw, err := os.ReadFile(filepath.Join(n.dir, "devnet.json"))
		if err == nil {
			return json.Unmarshal(raw, &n.state)
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-n.ended:
			return errors.New("it ended")
		case <-timeout:
			return fmt.Errorf("it is not ready after %v", readyTimeout)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// stop ends the network's processes and removes its files. The nodes end with the devnet, also if it has to be killed.
func (n *network) stop() error {
	if n.http != nil {
		n.http.CloseIdleConnections()
	}
	n.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-n.ended:
	case <-time.After(stopTimeout):
		n.cmd.Process.Kill()
		<-n.ended
	}
	return os.RemoveAll(n.dir)
}

// profile begins to write a CPU profile of each node, as DIR/WHAT-NODE.pprof, if profiles are asked for. The function
// it returns waits for the end of it.
func (n *network) profile(ctx context.Context, o *options, what string, length time.Duration) func() error {
	if o.profile == "" {
		return func() error { return nil }
	}
	dir, err := filepath.Abs(o.profile)
	if err != nil {
		return func() error { return err }
	}
	errs := make(chan error)
	for _, node := range n.state.Nodes {
		file := filepath.Join(dir, what+"-"+node.Name+".pprof")
		go func() { errs <- profileNode(ctx, filepath.Join(node.DataDir, "geth-ss.ipc"), file, length) }()
	}
	return func() (err error) {
		for range n.state.Nodes {
			err = errors.Join(err, <-errs)
		}
		return err
	}
}

// profileNode asks for a profile over IPC, the one door that debug_ methods are always behind.
func profileNode(ctx context.Context, ipc, file string, length time.Duration) error {
	c, err := rpc.DialIPC(ctx, ipc)
	if err != nil {
		return fmt.Errorf("profiling: %w", err)
	}
	defer c.Close()
	return c.CallContext(ctx, nil, "debug_cpuProfile", file, uint(length.Seconds()))
}
