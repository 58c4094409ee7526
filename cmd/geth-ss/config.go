package main

import (
	"bufio"
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
}

type ethstatsConfig struct {
	// URL is nodename:secret@host:port of the statistics service; empty reports to nobody.
	URL string `toml:",omitempty"`
}

var (
	configFileFlag = &cli.StringFlag{
		Name: "config", Category: "ETHEREUM",
		Usage: "TOML configuration file; options on the command line win over it",
	}

	dumpConfigCommand = &cli.Command{
		Action:    dumpConfig,
		Name:      "dumpconfig",
		Usage:     "Export configuration values in a TOML format",
		ArgsUsage: "<dumpfile (optional)>",
		Flags:     slices.Concat(nodeFlags, rpcFlags, ownFlags()),
		Description: `Prints the configuration that the given options and --config make, in the form --config reads.
It goes to the standard output, or to the file named.`,
	}
)

func defaultConfig() config {
	return config{
		Eth:     ethconfig.Defaults,
		Node:    defaultNodeConfig(),
		Metrics: metrics.DefaultConfig,

		SecretStore: service.DefaultConfig(),
		PoA:         poa.DefaultConfig(),
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
	if file := ctx.String(configFileFlag.Name); file != "" {
		if err := loadConfigFile(file, &cfg); err != nil {
			return cfg, err
		}
	}
	if err := applyOwnFlags(ctx, &cfg); err != nil {
		return cfg, err
	}
	if cfg.PoA.Enabled && cfg.Node.P2P.BootstrapNodes == nil {
		// Ethereum's own, which geth falls back to, know nothing of the network.
		cfg.Node.P2P.BootstrapNodes = []*enode.Node{}
		cfg.Node.P2P.BootstrapNodesV5 = []*enode.Node{}
	}
	utils.SetNodeConfig(ctx, &cfg.Node)
	return cfg, cfg.validate(ctx)
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
	return checkSupported(&c.Node)
}

func loadConfigFile(path string, cfg *config) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	defer file.Close()

	err = tomlSettings.NewDecoder(bufio.NewReader(file)).Decode(cfg)
	if err != nil {
		return fmt.Errorf("reading the configuration %s: %w", path, err)
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
		if section == reflect.TypeFor[ethconfig.Config]() && slices.Contains(retiredEthFields, field) {
			log.Warn("Ignoring a retired configuration field", "section", "Eth", "field", field)
			return nil
		}
		return fmt.Errorf("field '%s' is not defined in %s", field, section)
	},
}

// retiredEthFields once meant something to geth; its files still carry them.
var retiredEthFields = []string{
	"EVMInterpreter", "EWASMInterpreter", "TrieCleanCacheJournal", "TrieCleanCacheRejournal", "LightServ",
	"LightIngress", "LightEgress", "LightPeers", "LightNoPrune", "LightNoSyncServe", "EnableStateSizeTracking",
}

func dumpConfig(ctx *cli.Context) error {
	quietLogging(ctx)
	stack, cfg, err := makeConfigNode(ctx)
	if err != nil {
		return err
	}
	defer stack.Close()

	out := io.Writer(os.Stdout)
	if path := ctx.Args().First(); path != "" {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
		if err != nil {
			return err
		}
		defer file.Close()
		out = file
	}
	return writeConfig(out, cfg)
}

func writeConfig(out io.Writer, cfg config) error {
	if cfg.Eth.Genesis != nil {
		cfg.Eth.Genesis = nil
		fmt.Fprint(out, "# The genesis block is not part of a configuration.\n\n")
	}
	text, err := tomlSettings.Marshal(&cfg)
	if err != nil {
		return fmt.Errorf("writing the configuration: %w", err)
	}
	_, err = out.Write(text)
	return err
}
