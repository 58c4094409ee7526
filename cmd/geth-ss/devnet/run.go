package devnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/client/known"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service"
)

// runner brings one network up and down.
type runner struct {
	cfg   *Config
	net   *network
	out   io.Writer
	start time.Time

	processes []*process
	clients   []*client
	chain     *chainrpc.Chain // for transactions; nil until there are blocks
}

func (r *runner) run(ctx context.Context) (err error) {
	// Whoever reads devnet.json may rely on the network being up.
	if err := os.Remove(r.net.statePath()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	defer func() {
		r.disconnect()
		err = errors.Join(err, os.RemoveAll(r.net.statePath()), stopAll(r.processes))
	}()
	err = r.bringUp(ctx)
	if ctx.Err() != nil {
		fmt.Fprintln(r.out, "\nInterrupted before the network was ready; stopping it")
		return nil
	}
	if err != nil {
		return err
	}
	r.attend(ctx)
	fmt.Fprintln(r.out, "\nStopping the network")
	return nil
}

func (r *runner) bringUp(ctx context.Context) error {
	r.step("network of %d nodes in %s", len(r.net.nodes), r.net.dir)
	if err := r.startNodes(ctx); err != nil {
		return err
	}
	if err := r.untilBlocks(ctx); err != nil {
		return err
	}
	r.step("blocks are being made")
	if err := r.dialChain(ctx); err != nil {
		return err
	}
	acl, err := r.permissions(ctx)
	if err != nil {
		return err
	}
	if err := r.untilReady(ctx); err != nil {
		return err
	}
	r.step("every node follows the chain and every key server is connected to every other")
	if err := r.remember(); err != nil {
		r.step("clients on this machine may remember another network at these addresses: %v", err)
	}
	if err := r.demonstrate(ctx, acl); err != nil {
		return err
	}
	if err := writeJSON(r.net.statePath(), r.state(acl)); err != nil {
		return fmt.Errorf("writing %s: %w", r.net.statePath(), err)
	}
	r.printSummary(acl)
	return nil
}

// remember tells the clients on this machine whose the addresses are now: they compare with what was there before.
func (r *runner) remember() error {
	if r.cfg.Known == nil {
		return nil
	}
	store := known.Entry{Chain: chainID, Cluster: wire.MakeClusterID(r.chain.Genesis(), service.DefaultConfig().Cluster)}
	for _, n := range r.net.nodes {
		store.Servers = append(store.Servers, wire.NodeIDOf(&n.key.PublicKey))
	}
	var errs []error
	for _, n := range r.net.nodes {
		store.Address = n.httpURL()
		errs = append(errs, r.cfg.Known.Replace(store), r.cfg.Known.Replace(known.Entry{Address: n.rpcURL(), Chain: chainID, Genesis: r.chain.Genesis()}))
	}
	return errors.Join(errs...)
}

// startNodes initializes all nodes, which is quick once it was done, and starts them.
func (r *runner) startNodes(ctx context.Context) error {
	errs := make([]error, len(r.net.nodes))
	var wg sync.WaitGroup
	for i, n := range r.net.nodes {
		wg.Go(func() { errs[i] = initialize(ctx, r.cfg.Binary, n, r.net.genesisPath()) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, n := range r.net.nodes {
		p, err := startProcess(r.cfg.Binary, n)
		if err != nil {
			return err
		}
		r.processes = append(r.processes, p)
		c, err := newClient(n)
		if err != nil {
			return err
		}
		r.clients = append(r.clients, c)
	}
	return nil
}

func (r *runner) disconnect() {
	for _, c := range r.clients {
		c.close()
	}
	if r.chain != nil {
		r.chain.Close()
	}
}

// attend reports nodes that end, until ctx does. A node may be killed, and started again by hand: the network
// goes on meanwhile.
func (r *runner) attend(ctx context.Context) {
	ended := make(chan *process)
	for _, p := range r.processes {
		go func() {
			<-p.done
			select {
			case ended <- p:
			case <-ctx.Done():
			}
		}()
	}
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-ended:
			fmt.Fprintf(r.out, "\n%s ended (%v). Start it again with:\n  %s\n", p.node.name, p.cmd.ProcessState, r.command(p.node))
		}
	}
}

// step prints one step that is done, with the time since the start.
func (r *runner) step(format string, args ...any) {
	fmt.Fprintf(r.out, "%6.1fs  %s\n", time.Since(r.start).Seconds(), fmt.Sprintf(format, args...))
}

// permissions makes sure that the permission contract of --acl demo stands, and returns what devnet.json says
// about the ACL.
func (r *runner) permissions(ctx context.Context) (string, error) {
	switch {
	case r.cfg.ACL == ACLDemo:
		contract, err := r.demoContract(ctx)
		return contract.Hex(), err
	case common.IsHexAddress(r.cfg.ACL):
		return common.HexToAddress(r.cfg.ACL).Hex(), nil
	}
	return r.cfg.ACL, nil
}

// demonstrate does the main job once, if there is a contract to do it with.
func (r *runner) demonstrate(ctx context.Context, acl string) error {
	if !r.cfg.Demo {
		return nil
	}
	if r.cfg.ACL != ACLDemo {
		r.step("no demonstration: it needs the permission contract of --acl demo")
		return nil
	}
	if err := newDemo(r, common.HexToAddress(acl)).run(ctx); err != nil {
		return fmt.Errorf("the demonstration failed: %w", err)
	}
	return nil
}
