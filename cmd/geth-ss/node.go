package main

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/catalyst"
	"github.com/ethereum/go-ethereum/eth/syncer"
	"github.com/ethereum/go-ethereum/eth/tracers"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/metrics"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/internal/keyfile"
	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/rpcapi/conns"
	"github.com/geth-ss/geth-ss/rpcapi/jsonrpc"
	"github.com/geth-ss/geth-ss/rpcapi/probe"
	"github.com/geth-ss/geth-ss/rpcapi/proxies"
)

// lifelineFlag ties a node to the process that started it: the starter holds the other end of our standard
// input, which reaches its end when the starter is gone, however it went. Only devnet sets it.
var lifelineFlag = &cli.BoolFlag{
	Name: "lifeline", Hidden: true,
	Usage: "Stop when the standard input is closed",
}

// fullNode is an assembled node, not yet started.
type fullNode struct {
	stack   *node.Node
	cfg     config
	minimum *big.Int // tip of transactions, where this node and its like make all blocks
	freeGas bool     // gas has no price in this proof-of-authority network
	files   *descriptors
	sockets []socket

	// What JSON-RPC is served with.
	proxies proxies.List
	guests  []rpc.API     // for who is no operator
	probes  *probe.Probes // nil where the Secret Store's own listener answers them

	driver *poa.Driver  // of consensus; nil but on a proof-of-authority network
	reload func() error // reads again what may change while the node runs; nil if there is nothing

	// failures tell why a part of the node ended it; asked once it has stopped. A nil answer is no failure.
	failures []func() error
}

// runNode is the default action: it runs a node until it is interrupted or a part of it fails.
func runNode(ctx *cli.Context) error {
	if ctx.Args().Present() {
		return unknownCommand(ctx, ctx.Args().First(), ctx.App.Commands)
	}
	hangups := takeHangups()
	n, err := makeFullNode(ctx)
	if err != nil {
		return err
	}
	defer n.stack.Close()
	if n.reload != nil {
		hangups.also(n.reload)
	}
	if err := n.start(false); err != nil {
		return err
	}
	if ctx.Bool(lifelineFlag.Name) {
		go closeAtEOF(os.Stdin, n.stack)
	}
	n.stack.Wait()
	return n.failure()
}

// lifelineGrace is how long a node whose starter is gone may take to close. Nobody is left to kill it if it hangs.
const lifelineGrace = 30 * time.Second

// closeAtEOF closes the node when the lifeline ends. It is left behind at exit: reading a pipe can't be
// called off.
func closeAtEOF(lifeline io.Reader, stack *node.Node) {
	io.Copy(io.Discard, lifeline)
	log.Warn("The process that started this node is gone, shutting down")
	time.AfterFunc(lifelineGrace, func() {
		fmt.Fprintln(os.Stderr, "Fatal: the node did not close in time")
		os.Exit(1)
	})
	stack.Close()
}

func (n *fullNode) failure() error {
	var errs []error
	for _, failed := range n.failures {
		errs = append(errs, failed())
	}
	return errors.Join(errs...)
}

// makeConfigNode loads the configuration and makes a blank node with its accounts. The checks come before anything is
// written.
func makeConfigNode(ctx *cli.Context, rule keyRule, checks ...func(*config) error) (*node.Node, config, error) {
	cfg, err := loadBaseConfig(ctx)
	if err != nil {
		return nil, cfg, err
	}
	for _, check := range checks {
		if err := check(&cfg); err != nil {
			return nil, cfg, err
		}
	}
	if _, err := cfg.useNodeKey(rule); err != nil {
		return nil, cfg, err
	}
	stack, err := node.New(&cfg.Node)
	if err != nil {
		return nil, cfg, fmt.Errorf("creating the node: %w", err)
	}
	if err := addAccountBackends(stack.Config(), stack.AccountManager(), stack.KeyStoreDir()); err != nil {
		stack.Close()
		return nil, cfg, err
	}
	if path := ctx.Path(utils.PasswordFileFlag.Name); path != "" {
		keyfile.WarnExposed(path)
	}
	utils.SetEthConfig(ctx, stack, &cfg.Eth)
	if ctx.IsSet(utils.EthStatsURLFlag.Name) {
		cfg.Ethstats.URL = ctx.String(utils.EthStatsURLFlag.Name)
	}
	utils.SetMetricsConfig(ctx, &cfg.Metrics)
	if makesBlocks(ctx, &cfg) {
		if err := oneMinimum(ctx, &cfg.Eth); err != nil {
			stack.Close()
			return nil, cfg, err
		}
	}
	return stack, cfg, nil
}

// makeFullNode assembles a node: everything it will run is registered here, from top to bottom.
func makeFullNode(ctx *cli.Context) (*fullNode, error) {
	stack, cfg, err := makeConfigNode(ctx, keyMade, func(cfg *config) error { return cfg.checkFiles(ctx.Bool(utils.DeveloperFlag.Name)) })
	if err != nil {
		return nil, err
	}
	n := &fullNode{stack: stack, cfg: cfg, sockets: sockets(&cfg, ctx.Bool(utils.DeveloperFlag.Name))}
	if err := n.assemble(ctx); err != nil {
		stack.Close()
		return nil, err
	}
	return n, nil
}

func (n *fullNode) assemble(ctx *cli.Context) (err error) {
	defer n.tellEnd(&err)()
	n.announce(ctx)
	setOverrides(ctx, &n.cfg)
	n.setupMetrics()
	if err := n.divideDescriptors(ctx.Bool(utils.DeveloperFlag.Name)); err != nil {
		return err
	}
	if err := n.watchDisks(); err != nil {
		return err
	}
	if makesBlocks(ctx, &n.cfg) {
		logging.calm.begin()
	}
	if n.cfg.PoA.Enabled {
		if err := n.configurePoA(ctx); err != nil {
			return err
		}
	}
	devKeys := n.cfg.SecretStore.Enabled && ctx.Bool(utils.DeveloperFlag.Name)
	if devKeys {
		n.addDevContracts()
	}
	ownBlocks := makesBlocks(ctx, &n.cfg)
	if ownBlocks {
		if err := n.prepareMinimum(); err != nil {
			return err
		}
	}
	backend, err := n.openChain()
	if err != nil {
		return err
	}
	if n.cfg.PoA.Enabled {
		raiseGasCap(&n.cfg.Eth, backend)
	}
	if ownBlocks {
		n.registerMinimum(backend)
	}
	if devKeys {
		if err := n.useDevRegistrar(ctx, backend); err != nil {
			return err
		}
	}
	n.stack.RegisterAPIs(tracers.APIs(backend.APIBackend))
	n.stack.RegisterAPIs([]rpc.API{{Namespace: "debug", Service: logAPI{}}})
	filters := utils.RegisterFilterAPI(n.stack, backend.APIBackend, &n.cfg.Eth)
	if ctx.Bool(utils.GraphQLEnabledFlag.Name) {
		utils.RegisterGraphQLService(n.stack, backend.APIBackend, filters, &n.cfg.Node)
	}
	if n.cfg.Ethstats.URL != "" {
		utils.RegisterEthStatsService(n.stack, backend.APIBackend, n.cfg.Ethstats.URL)
	}
	publishInfo(backend, &n.cfg)
	if ownBlocks {
		n.describeChain(backend.BlockChain().Config())
	}
	if err := n.registerBlockSource(ctx, backend); err != nil {
		return err
	}
	if err := n.registerSecretStore(ctx, backend); err != nil {
		return err
	}
	return n.registerJSONRPC()
}

// registerJSONRPC comes last: it serves what the others have registered.
func (n *fullNode) registerJSONRPC() error {
	house := conns.NewHouse(conns.Bounds{Most: n.files.places(doorJSONRPC)})
	engine := conns.NewHouse(conns.Bounds{Most: n.files.places(doorEngine)})
	server, err := jsonrpc.New(n.stack, jsonrpc.Config{
		Limits: n.cfg.SecretStore.Limits, CallTime: n.cfg.Eth.RPCEVMTimeout, Engine: engine.Listen,
		Guests: n.guests, Proxies: n.proxies, Probes: n.probes,
	}, house.Listen)
	if err != nil {
		return err
	}
	n.stack.RegisterLifecycle(server)
	return nil
}

// setupMetrics begins to count. geth's own server of metrics would take any number of connections.
func (n *fullNode) setupMetrics() {
	cfg := n.cfg.Metrics
	cfg.HTTP, cfg.Port = "", 0
	utils.SetupMetrics(&cfg)
	n.serveMetrics()
}

// registerBlockSource registers what will bring blocks, exactly one of: the simulated beacon of --dev, the
// consensus driver, or the engine API for an external consensus client.
func (n *fullNode) registerBlockSource(ctx *cli.Context, backend *eth.Ethereum) error {
	if err := registerSyncTarget(ctx, n.stack, backend); err != nil {
		return err
	}
	switch {
	case ctx.Bool(utils.DeveloperFlag.Name):
		return n.registerDevChain(ctx, backend)
	case n.cfg.PoA.Enabled:
		return n.registerPoA(backend)
	default:
		return catalyst.Register(n.stack, backend)
	}
}

func registerSyncTarget(ctx *cli.Context, stack *node.Node, backend *eth.Ethereum) error {
	cfg := syncer.Config{ExitWhenSynced: ctx.Bool(utils.ExitWhenSyncedFlag.Name)}
	if target := ctx.String(utils.SyncTargetFlag.Name); target != "" {
		if !common.IsHexHash(target) {
			return fmt.Errorf("option --%s: %q is not a block hash", utils.SyncTargetFlag.Name, target)
		}
		cfg.TargetBlock = common.HexToHash(target)
	}
	utils.RegisterSyncOverrideService(stack, backend, cfg)
	return nil
}

func (n *fullNode) registerDevChain(ctx *cli.Context, backend *eth.Ethereum) error {
	recipient := n.cfg.Eth.Miner.PendingFeeRecipient
	beacon, err := catalyst.NewSimulatedBeacon(ctx.Uint64(utils.DeveloperPeriodFlag.Name), recipient, backend)
	if err != nil {
		return fmt.Errorf("registering the development chain: %w", err)
	}
	catalyst.RegisterSimulatedBeaconAPIs(n.stack, beacon)
	n.stack.RegisterLifecycle(beacon)
	log.Warn("Development chain: for experiments only, without peers or security")
	if n.cfg.Node.DataDir == "" {
		log.Warn("The chain is kept in memory and is lost when the node stops (--datadir keeps it)")
	}
	log.Warn("Development account, funded and unlocked", "address", recipient)
	return nil
}

func (n *fullNode) announce(ctx *cli.Context) {
	network := "Ethereum mainnet, or the chain of the data directory"
	for _, flag := range append(slices.Clone(utils.NetworkFlags), utils.DeveloperFlag) {
		if name := flag.Names()[0]; ctx.Bool(name) {
			network = name
		}
	}
	if n.cfg.PoA.Enabled {
		network = "proof of authority"
	}
	log.Info("Starting geth-ss", "version", versionWithCommit(), "network", network)
}

// setOverrides applies the options that move a fork of a known network.
func setOverrides(ctx *cli.Context, cfg *config) {
	for name, field := range map[string]**uint64{
		utils.OverrideOsaka.Name:     &cfg.Eth.OverrideOsaka,
		utils.OverrideAmsterdam.Name: &cfg.Eth.OverrideAmsterdam,
		utils.OverrideBPO1.Name:      &cfg.Eth.OverrideBPO1,
		utils.OverrideBPO2.Name:      &cfg.Eth.OverrideBPO2,
		utils.OverrideUBT.Name:       &cfg.Eth.OverrideUBT,
	} {
		if ctx.IsSet(name) {
			value := ctx.Uint64(name)
			*field = &value
		}
	}
}

// publishInfo makes the gauge by which dashboards know which program reports to them. geth/info is the name
// geth's dashboards look for.
func publishInfo(backend *eth.Ethereum, cfg *config) {
	var protocols []string
	for _, p := range backend.Protocols() {
		protocols = append(protocols, fmt.Sprintf("%v/%d", p.Name, p.Version))
	}
	metrics.NewRegisteredGaugeInfo("geth/info", nil).Update(metrics.GaugeInfoValue{
		"arch":      runtime.GOARCH,
		"os":        runtime.GOOS,
		"version":   cfg.Node.Version,
		"protocols": strings.Join(protocols, ","),
	})
}
