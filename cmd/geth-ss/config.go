package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"

	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/metrics"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"
	"github.com/ethereum/go-ethereum/p2p/nat"
	"github.com/naoina/toml"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/service"
)

// config is the whole configuration of a node, and the shape of its TOML file: one section for each field.
// geth's sections come first and mean what they mean there.
type config struct {
	Eth      ethconfig.Config
	Node     node.Config
	Ethstats ethstatsConfig
	Metrics  metrics.Config

	SecretStore service.Config
	PoA         poa.Config
	Host        hostConfig
	Dev         devConfig
}

// devConfig is what a development chain begins with.
type devConfig struct {
	// Permissions puts a permission contract into the first block, filed in the registrar there.
	Permissions bool
}

// hostConfig is what the node leaves of its machine.
type hostConfig struct {
	// MinFreeDisk is the free disk space in MiB below which the node ends.
	MinFreeDisk uint64

	// RPCConnections are the connections to JSON-RPC, over HTTP and WebSocket together, at once; 0 is as many as the process
	// may have open.
	RPCConnections uint64
}

var defaultHost = hostConfig{MinFreeDisk: 64, RPCConnections: 1024}

type ethstatsConfig struct {
	// URL is nodename:secret@host:port of the statistics service; empty reports to nobody.
	URL string `toml:",omitempty"`
}

var configFileFlag = &cli.StringFlag{
	Name: "config", Category: "ETHEREUM",
	Usage: "TOML configuration file; options on the command line override it",
}

func defaultConfig() config {
	return config{
		Eth:     ethconfig.Defaults,
		Node:    defaultNodeConfig(),
		Metrics: metrics.DefaultConfig,

		SecretStore: service.DefaultConfig(),
		PoA:         poa.DefaultConfig(),
		Host:        defaultHost,
	}
}

func defaultNodeConfig() node.Config {
	cfg := node.DefaultConfig
	cfg.Name = clientIdentifier
	cfg.Version = versionWithCommit()
	cfg.IPCPath = clientIdentifier + ".ipc"
	cfg.HTTPModules = append(slices.Clone(cfg.HTTPModules), "eth")
	cfg.WSModules = append(slices.Clone(cfg.WSModules), "eth")
	return cfg
}

// loadBaseConfig merges, each over the one before: defaults, the file, the options of the node and our own.
// The options of the Eth section need a node to be applied to (see makeConfigNode).
func loadBaseConfig(ctx *cli.Context) (config, error) {
	cfg := defaultConfig()
	cfg.Eth.RPCEVMTimeout = unsetCallTime
	if file := ctx.String(configFileFlag.Name); file != "" {
		if err := loadConfigFile(file, &cfg); err != nil {
			return cfg, err
		}
	}
	if err := applyOwnFlags(ctx, &cfg); err != nil {
		return cfg, err
	}
	if cfg.PoA.Enabled {
		nobodyToDiscover(ctx, &cfg.Node.P2P)
	}
	show, err := applyNodeKeyFlags(ctx, &cfg.Node.P2P)
	if err != nil {
		return cfg, err
	}
	setCallTime(&cfg)
	utils.SetNodeConfig(ctx, &cfg.Node)
	show()
	return cfg, cfg.validate(ctx)
}

// nobodyToDiscover switches discovery off on a network of its own: its nodes learn each other's addresses from consensus. Who names
// boot nodes, or asks for discovery on the command line, gets it.
func nobodyToDiscover(ctx *cli.Context, cfg *p2p.Config) {
	asked := slices.ContainsFunc([]cli.Flag{utils.BootnodesFlag, utils.DiscoveryV4Flag, utils.DiscoveryV5Flag}, func(f cli.Flag) bool {
		return ctx.IsSet(f.Names()[0])
	})
	if len(cfg.BootstrapNodes)+len(cfg.BootstrapNodesV5) == 0 && !asked {
		cfg.NoDiscovery, cfg.DiscoveryV4, cfg.DiscoveryV5 = true, false, false
	}
	if cfg.BootstrapNodes == nil {
		// Ethereum's own, which geth falls back to, know nothing of the network.
		cfg.BootstrapNodes, cfg.BootstrapNodesV5 = []*enode.Node{}, []*enode.Node{}
	}
}

// validate finds what can't work before anything is opened.
func (c *config) validate(ctx *cli.Context) error {
	if c.SecretStore.Enabled {
		if err := c.SecretStore.Validate(); err != nil {
			return err
		}
	}
	if c.PoA.Enabled {
		if err := c.PoA.Validate(); err != nil {
			return err
		}
		if ctx.Bool(utils.DeveloperFlag.Name) {
			return errors.New("--dev makes blocks itself and can't be part of a proof-of-authority network: drop one of the two")
		}
	}
	if err := c.validateDev(ctx.Bool(utils.DeveloperFlag.Name)); err != nil {
		return err
	}
	if most := uint64(1) << 40; c.Host.MinFreeDisk > most {
		return fmt.Errorf("Host.MinFreeDisk is %d MiB, more than any disk has", c.Host.MinFreeDisk)
	}
	return checkSupported(&c.Node)
}

// validateDev wants --dev.permissions where there is a registrar for the contract, and a key server that looks there.
func (c *config) validateDev(dev bool) error {
	s := &c.SecretStore
	switch {
	case !c.Dev.Permissions:
		return nil
	case !dev || !s.Enabled:
		return errors.New("--dev.permissions is for --dev --secretstore: on other networks deploy a permission contract (geth-ss contracts deploy permissions)")
	case s.Registrar != "" || s.ACL != "" && s.ACL != "registry":
		return errors.New("--dev.permissions files its contract in the development chain's own registrar: leave --secretstore.acl and --secretstore.registrar out")
	}
	return nil
}

func loadConfigFile(path string, cfg *config) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	defer file.Close()

	if err := readConfig(file, cfg); err != nil {
		return fmt.Errorf("reading the configuration %s: %w", path, err)
	}
	return nil
}

// Bounds of a configuration file. A node of a full server set has some tens of KiB with a thousand brackets. The TOML
// library takes time by the square of how deep lists are nested, and of the length of a string in three quotes: without
// the bounds, 256 KiB keep it busy for minutes.
const (
	maxConfigSize     = 256 << 10
	maxConfigBrackets = 4096
	maxConfigQuoted   = 16 << 10
)

// checkWeight refuses what the TOML library would take too long for.
func checkWeight(text []byte) error {
	if len(text) > maxConfigSize {
		return fmt.Errorf("longer than %d KiB: is it the right file?", maxConfigSize>>10)
	}
	if n := bytes.Count(text, []byte("[")) + bytes.Count(text, []byte("{")); n > maxConfigBrackets {
		return fmt.Errorf("has %d brackets, more than %d: is it the right file?", n, maxConfigBrackets)
	}
	for _, piece := range bytes.Split(text, []byte(`"""`))[1:] {
		if len(piece) > maxConfigQuoted {
			return fmt.Errorf(`has """ with more than %d KiB behind: write the string in plain quotes`, maxConfigQuoted>>10)
		}
	}
	return nil
}

// readConfig reads a TOML file over what is configured already.
func readConfig(in io.Reader, cfg *config) (err error) {
	text, err := io.ReadAll(io.LimitReader(in, maxConfigSize+1))
	if err != nil {
		return err
	}
	if err := checkWeight(text); err != nil {
		return err
	}
	defer func() { // the TOML library is not made for what nobody would write
		if cause := recover(); cause != nil {
			err = fmt.Errorf("it is not valid TOML: %v", cause)
		}
	}()
	table, err := toml.Parse(text)
	if err != nil {
		return err
	}
	if err := secondsAsNumbers(table); err != nil {
		return err
	}
	if err := tomlSettings.UnmarshalTable(table, cfg); err != nil {
		return err
	}
	if cfg.Node.P2P.NAT != nil && isNoNAT(cfg.Node.P2P.NAT) {
		cfg.Node.P2P.NAT = nil
	}
	return nil
}

// isNoNAT recognizes what geth's loader makes of NAT = "none": a wrapper around nothing, on which any call,
// as later in its server, panics.
func isNoNAT(n nat.Interface) (none bool) {
	defer func() { none = recover() != nil }()
	_ = n.String()
	return false
}

// checkSupported refuses what geth's file can ask for and this program can't do, rather than ignore it.
func checkSupported(cfg *node.Config) error {
	switch {
	case cfg.USB, cfg.SmartCardDaemonPath != "":
		return errors.New("hardware wallets are not supported: use --signer with an external signer")
	case cfg.OpenTelemetry.Enabled:
		return errors.New("OpenTelemetry is not supported: use --metrics")
	}
	return nil
}

// tomlSettings makes keys equal Go field names, and a key that no field has an error.
var tomlSettings = toml.Config{
	NormFieldName: func(_ reflect.Type, key string) string { return key },
	FieldToKey:    func(_ reflect.Type, field string) string { return field },
	MissingField: func(section reflect.Type, field string) error {
		// By its name, since geth reads its sections into types of the same name of its own.
		if section.String() == "ethconfig.Config" && slices.Contains(retiredEthFields, field) {
			log.Warn("Ignoring a retired configuration field", "section", "Eth", "field", field)
			return nil
		}
		return unknownField(section, field)
	},
}

// retiredEthFields once meant something to geth; its files still carry them.
var retiredEthFields = []string{
	"EVMInterpreter", "EWASMInterpreter", "TrieCleanCacheJournal", "TrieCleanCacheRejournal", "LightServ",
	"LightIngress", "LightEgress", "LightPeers", "LightNoPrune", "LightNoSyncServe", "EnableStateSizeTracking",
}
