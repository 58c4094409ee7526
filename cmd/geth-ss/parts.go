package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p/enode"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/internal/disk"
	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/rpcapi"
	"github.com/geth-ss/geth-ss/rpcapi/probe"
	"github.com/geth-ss/geth-ss/rpcapi/proxies"
	"github.com/geth-ss/geth-ss/service"
	"github.com/geth-ss/geth-ss/service/serverset"
)

// How old the newest final block may be before a key server refuses to read permissions from it.
const (
	maxAgePoA    = time.Minute
	maxAgeBeacon = 16 * time.Minute // two epochs and a margin
)

// configurePoA prepares geth's own settings for the consensus driver, and refuses a data directory that was not
// initialized: eth.New would quietly make it one of Ethereum mainnet.
func (n *fullNode) configurePoA(ctx *cli.Context) (err error) {
	dir := n.stack.ResolvePath("chaindata")
	if dir == "" || rawdb.PreexistingDatabase(dir) == "" {
		return fmt.Errorf("no chain in %s: run \"%s init --datadir %s NETWORK.json\" with the network's file first",
			dir, clientIdentifier, n.cfg.Node.DataDir)
	}
	if err := refuseOverrides(&n.cfg.Eth); err != nil {
		return err
	}
	if n.cfg.Eth.Genesis != nil {
		return errors.New("a genesis is given by an option or the configuration file, but a proof-of-authority network takes its genesis only from init: leave it out")
	}
	if err := poa.CheckNetworkID(n.stack.ResolvePath(poaDirectory), n.cfg.Eth.NetworkId); err != nil {
		return err
	}
	if limit := n.cfg.Eth.Miner.GasCeil; limit != ethconfig.Defaults.Miner.GasCeil {
		log.Warn("The gas limit of blocks is that of the network's file; --miner.gaslimit is not used", "given", limit)
	}
	poa.Configure(&n.cfg.Eth, &n.cfg.PoA)
	if n.freeGas, err = poa.FreeGas(n.stack.ResolvePath(poaDirectory)); err == nil && n.freeGas {
		err = noMinimum(ctx, &n.cfg.Eth)
	}
	return err
}

// registerPoA makes consensus the node's source of blocks. The driver closes the node when consensus ends by
// itself; the process then exits with its reason.
func (n *fullNode) registerPoA(backend *eth.Ethereum) error {
	driver, err := poa.New(n.stack, backend, n.cfg.PoA, nil)
	if err != nil {
		return fmt.Errorf("proof of authority: %w", err)
	}
	if n.cfg.SecretStore.Enabled {
		driver.AddRule(poa.RuleCluster, n.cfg.SecretStore.Cluster)
		driver.KeptByOthers(n.keyServers())
	}
	n.driver = driver
	n.failures = append(n.failures, driver.Err)
	return nil
}

// keyServers are those whose devp2p connections the key server looks after. What can't be read it refuses itself.
func (n *fullNode) keyServers() (ids []enode.ID) {
	for _, text := range n.cfg.SecretStore.Nodes {
		if node, err := serverset.ParseNode(text); err == nil {
			ids = append(ids, node.ID())
		}
	}
	return ids
}

// watchDisks ends the node before a disk that its chain is on is full. A share store on a disk of its own looks after itself:
// it makes no promise that it could not keep, and reads go on.
func (n *fullNode) watchDisks() error {
	if n.stack.InstanceDir() == "" {
		return nil
	}
	var vital, others []string
	for _, use := range n.cfg.disks() {
		if use.vital {
			vital = append(vital, use.dir)
		} else {
			others = append(others, use.dir)
		}
	}
	watch := disk.NewWatch(vital, others, n.cfg.Host.MinFreeDisk<<20, func() { n.stack.Close() })
	if err := watch.Check(); err != nil {
		return err
	}
	n.failures = append(n.failures, watch.Err)
	n.stack.RegisterLifecycle(watch)
	return nil
}

// registerSecretStore adds the key server and its doors. Parity's helpers for clients, which work on the node's
// accounts alone, are there without a key server too.
func (n *fullNode) registerSecretStore(ctx *cli.Context, backend *eth.Ethereum) (err error) {
	cfg, options := &n.cfg.SecretStore, rpcapi.Options{PasswordRPC: n.cfg.SecretStore.PasswordRPC, Limits: n.cfg.SecretStore.Limits}
	if n.proxies, err = proxies.Parse(cfg.HTTP.TrustedProxies); err != nil {
		return fmt.Errorf("[SecretStore.HTTP]: %w", err)
	}
	if !cfg.Enabled {
		n.stack.RegisterAPIs(rpcapi.APIs(n.stack.AccountManager(), nil, options))
		n.probes = n.chainProbes(ctx, backend)
		return nil
	}
	keys, err := service.New(n.stack, backend, *cfg, n.chainKind(ctx))
	if err != nil {
		return err
	}
	apis, guests := rpcapi.ForDoors(n.stack.AccountManager(), keys, options)
	n.stack.RegisterAPIs(apis)
	n.guests = guests
	discoverable(n.stack.Config())
	if !cfg.HTTP.Enabled {
		n.probes = &probe.Probes{Health: keys.Health, Ready: keys.Ready}
	} else {
		server := rpcapi.NewHTTPServer(rpcapi.HTTPConfig{
			Host:    cfg.HTTP.Host,
			Port:    cfg.HTTP.Port,
			Cors:    cfg.HTTP.Cors,
			TLSCert: cfg.HTTP.TLSCert,
			TLSKey:  cfg.HTTP.TLSKey,
			Limits:  cfg.Limits,
			Proxies: n.proxies,

			LegacyChange: cfg.HTTP.ServersSetChange,
		}, keys)
		n.stack.RegisterLifecycle(server)
		n.reload = server.Reload
	}
	return nil
}

// discoverable lets rpc_discover be called wherever the secretstore namespace can be. geth serves its own methods of the
// namespace rpc everywhere, but those that were added to it only where rpc is listed.
func discoverable(cfg *node.Config) {
	for _, modules := range []*[]string{&cfg.HTTPModules, &cfg.WSModules} {
		if slices.Contains(*modules, rpcapi.Namespace) && !slices.Contains(*modules, rpc.MetadataApi) {
			*modules = append(slices.Clone(*modules), rpc.MetadataApi)
		}
	}
}

// chainKind tells the key server which of the three settings it runs in.
func (n *fullNode) chainKind(ctx *cli.Context) service.Chain {
	switch {
	case ctx.Bool(utils.DeveloperFlag.Name):
		return service.Chain{HeadIsFinal: true}
	case n.cfg.PoA.Enabled:
		return service.Chain{MaxAge: maxAgePoA, Consensus: func() any { return n.driver.Status() }}
	default:
		return service.Chain{MaxAge: maxAgeBeacon}
	}
}
