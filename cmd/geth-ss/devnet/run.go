package devnet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/client/known"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service"
)

// runner brings one network up and down, and changes its key servers meanwhile. A change has the fields below to itself
// while it runs, see attend.
type runner struct {
	cfg *Config
	net *network
	steps
	door *door // where commands come in

	live  []*live         // in the order of net.nodes, those that were started
	chain *chainrpc.Chain // for transactions; nil until there are blocks
	acl   string          // as devnet.json says
	set   *serverSet      // the newest that is known; nil until the nodes were asked
	up    bool            // devnet.json is there

	ended chan *process // those that ended while the network is attended
}

// live is a node that runs, or ran.
type live struct {
	*node
	process *process
	client  *client
}

func (r *runner) run(ctx context.Context) (err error) {
	// Whoever reads devnet.json may rely on the network being up.
	if err := os.Remove(r.net.statePath()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if r.door, err = openDoor(r.net.dir); err != nil {
		return err
	}
	defer func() {
		r.door.close()
		r.disconnect()
		err = errors.Join(err, os.RemoveAll(r.net.statePath()), stopAll(r.processes()))
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
	if err := r.startNodes(ctx, r.net.nodes); err != nil {
		return err
	}
	if err := r.untilBlocks(ctx); err != nil {
		return err
	}
	r.step("blocks are being made")
	if err := r.dialChain(ctx); err != nil {
		return err
	}
	var err error
	if r.acl, err = r.permissions(ctx); err != nil {
		return err
	}
	if err := r.untilReady(ctx); err != nil {
		return err
	}
	r.step("every node follows the chain and every key server is connected to every other")
	if err := r.remember(); err != nil {
		r.step("clients on this machine may remember another network at these addresses: %v", err)
	}
	if err := r.demonstrate(ctx); err != nil {
		return err
	}
	r.door.open() // whoever sees devnet.json may send commands
	if err := r.writeState(); err != nil {
		return err
	}
	r.up = true
	r.printSummary()
	return nil
}

// remember tells the clients on this machine whose the addresses are now: they compare with what was there before.
func (r *runner) remember() error {
	if r.cfg.Known == nil {
		return nil
	}
	store := known.Entry{Chain: chainID, Cluster: wire.MakeClusterID(r.chain.Genesis(), service.DefaultConfig().Cluster)}
	for _, n := range r.net.keyServers() {
		store.Servers = append(store.Servers, n.id())
	}
	if r.set != nil {
		store.Servers = r.set.ids()
	}
	var errs []error
	for _, n := range r.net.nodes {
		if n.serves {
			store.Address = n.httpURL()
			errs = append(errs, r.cfg.Known.Replace(store))
		}
		errs = append(errs, r.cfg.Known.Replace(known.Entry{Address: n.rpcURL(), Chain: chainID, Genesis: r.chain.Genesis()}))
	}
	return errors.Join(errs...)
}

// startNodes initializes nodes, which is quick once it was done, and starts them.
func (r *runner) startNodes(ctx context.Context, nodes []*node) error {
	errs := make([]error, len(nodes))
	var wg sync.WaitGroup
	for i, n := range nodes {
		wg.Go(func() { errs[i] = initialize(ctx, r.cfg.Binary, n, r.net.genesisPath()) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, n := range nodes {
		c, err := newClient(n)
		if err != nil {
			return err
		}
		p, err := startProcess(r.cfg.Binary, n)
		if err != nil {
			c.close()
			return err
		}
		r.live = append(r.live, &live{n, p, c})
	}
	return nil
}

// of is where a node runs, nil if it was not started.
func (r *runner) of(n *node) *live {
	for _, l := range r.live {
		if l.node == n {
			return l
		}
	}
	return nil
}

// serving are the key servers of now.
func (r *runner) serving() (list []*live) {
	for _, l := range r.live {
		if l.serves {
			list = append(list, l)
		}
	}
	return list
}

func (r *runner) processes() (list []*process) {
	for _, l := range r.live {
		list = append(list, l.process)
	}
	return list
}

func (r *runner) disconnect() {
	for _, l := range r.live {
		l.client.close()
	}
	if r.chain != nil {
		r.chain.Close()
	}
}

// attend reports nodes that end, and has the key servers changed on command, until ctx ends. A node may be killed, and started
// again by hand: the network goes on meanwhile. While a change runs, the network is the change's own, and nothing here
// touches it.
func (r *runner) attend(ctx context.Context) {
	r.ended = make(chan *process)
	for _, l := range r.live {
		r.watch(ctx, l.process)
	}
	look := time.NewTicker(lookInterval)
	defer look.Stop()

	var current *command // nil: no change is under way
	result := make(chan error, 1)
	for {
		select {
		case <-ctx.Done():
			if current != nil {
				current.finish(<-result)
			}
			return
		case p := <-r.ended:
			fmt.Fprintf(r.out, "\n%s ended (%v). Start it again with:\n  %s\n", p.node.name, p.cmd.ProcessState, r.command(p.node))
		case c := <-r.door.commands:
			if current != nil {
				c.finish(fmt.Errorf("another command is changing the key servers: %s; try again when it is done", current.change))
				continue
			}
			current = c
			go func() { result <- r.change(ctx, c) }()
		case err := <-result:
			current.finish(err)
			current = nil
		case <-look.C:
			if current == nil {
				r.follow(ctx)
			}
		}
	}
}

// watch reports the end of a process to attend.
func (r *runner) watch(ctx context.Context, p *process) {
	go func() {
		<-p.done
		select {
		case r.ended <- p:
		case <-ctx.Done():
		}
	}()
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
func (r *runner) demonstrate(ctx context.Context) error {
	if !r.cfg.Demo {
		return nil
	}
	if r.cfg.ACL != ACLDemo {
		r.step("no demonstration: it needs the permission contract of --acl demo")
		return nil
	}
	if err := newDemo(r, common.HexToAddress(r.acl)).run(ctx); err != nil {
		return fmt.Errorf("the demonstration failed: %w", err)
	}
	return nil
}
