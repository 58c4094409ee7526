package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/triedb"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/poa"
)

// poaDirectory is the driver's, inside the instance directory.
const poaDirectory = "poa"

var (
	initCommand = &cli.Command{
		Action:    initGenesis,
		Name:      "init",
		Usage:     "Bootstrap and initialize a new genesis block",
		ArgsUsage: "<genesisPath>",
		Flags: slices.Concat([]cli.Flag{
			configFileFlag,
			utils.CachePreimagesFlag,
			utils.OverrideOsaka,
			utils.OverrideAmsterdam,
			utils.OverrideBPO1,
			utils.OverrideBPO2,
			utils.OverrideUBT,
		}, utils.DatabaseFlags),
		Description: `Writes the genesis block of a network into the data directory. The file is geth's genesis JSON, or
the network file of a proof-of-authority network, {"genesis": {...}, "validators": [...]}. If the
directory belongs to such a network already, it is compared with the whole file before anything is written: forks
that lie ahead may change; any other difference is refused.`,
	}

	dumpGenesisCommand = &cli.Command{
		Action:      dumpGenesis,
		Name:        "dumpgenesis",
		Usage:       "Dumps genesis block JSON configuration to stdout",
		ArgsUsage:   " ",
		Flags:       slices.Concat([]cli.Flag{configFileFlag}, utils.DatabaseFlags, utils.NetworkFlags),
		Description: `Prints the genesis of the network whose option is given, or else that of the data directory.`,
	}
)

func initGenesis(ctx *cli.Context) error {
	if ctx.Args().Len() != 1 {
		return errors.New("init wants one argument, the genesis file")
	}
	path := ctx.Args().First()
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the genesis: %w", err)
	}
	network, err := parseGenesis(raw)
	if err != nil {
		return fmt.Errorf("reading the genesis %s: %w", path, err)
	}
	stack, cfg, err := makeConfigNode(ctx, keyMade, func(cfg *config) error { return poa.CheckFiles(cfg.Node.ResolvePath(poaDirectory)) })
	if err != nil {
		return err
	}
	defer stack.Close()
	setOverrides(ctx, &cfg)
	if network.Validators == nil {
		return writeGenesis(ctx, stack, &cfg, network.Genesis)
	}
	for _, said := range poa.PassedOver(raw) {
		log.Warn("The network's file: " + said)
	}
	if err := refuseOverrides(&cfg.Eth); err != nil {
		return err
	}
	return initNetwork(ctx, stack, network)
}

// initNetwork makes the data directory one of a proof-of-authority network, or brings it to a file in which forks
// that lie ahead have moved.
func initNetwork(ctx *cli.Context, stack *node.Node, network *poa.NetworkGenesis) error {
	db := utils.MakeChainDatabase(ctx, stack, false)
	defer db.Close()
	tries := func() *triedb.Database {
		return utils.MakeTrieDatabase(ctx, stack, db, ctx.Bool(utils.CachePreimagesFlag.Name), false, false)
	}
	changes, err := poa.Init(stack.ResolvePath(poaDirectory), network, db, tries)
	if err != nil {
		return err
	}
	for _, c := range changes {
		log.Info("Taken from the file", "what", c.Rule, "was", c.Here, "becomes", c.There, "since", c.Since)
	}
	log.Info("The data directory matches the network's file", "changes", len(changes))
	return nil
}

// refuseOverrides refuses geth's options that move forks. On a proof-of-authority network they are the network
// file's alone: init compares that, and nodes tell it to each other.
func refuseOverrides(cfg *ethconfig.Config) error {
	v := reflect.ValueOf(cfg).Elem()
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; strings.HasPrefix(name, "Override") && !v.Field(i).IsZero() {
			return fmt.Errorf("%s is set, but a proof-of-authority network takes its forks from its file: change them there, and run init with it on every node", name)
		}
	}
	return nil
}

// parseGenesis reads either form of the file; geth's has no validators.
func parseGenesis(raw []byte) (*poa.NetworkGenesis, error) {
	if poa.IsNetworkGenesis(raw) {
		return poa.ParseNetworkGenesis(raw)
	}
	genesis := new(core.Genesis)
	if err := json.Unmarshal(raw, genesis); err != nil {
		return nil, err
	}
	return &poa.NetworkGenesis{Genesis: genesis}, nil
}

func writeGenesis(ctx *cli.Context, stack *node.Node, cfg *config, genesis *core.Genesis) error {
	db := utils.MakeChainDatabase(ctx, stack, false)
	defer db.Close()
	tries := utils.MakeTrieDatabase(ctx, stack, db, ctx.Bool(utils.CachePreimagesFlag.Name), false, genesis.IsUBT())
	defer tries.Close()

	overrides := core.ChainOverrides{
		OverrideOsaka:     cfg.Eth.OverrideOsaka,
		OverrideAmsterdam: cfg.Eth.OverrideAmsterdam,
		OverrideBPO1:      cfg.Eth.OverrideBPO1,
		OverrideBPO2:      cfg.Eth.OverrideBPO2,
		OverrideUBT:       cfg.Eth.OverrideUBT,
	}
	_, hash, compatErr, err := core.SetupGenesisBlockWithOverride(db, tries, genesis, &overrides, nil)
	if err != nil {
		return fmt.Errorf("writing the genesis block: %w", err)
	}
	if compatErr != nil {
		return fmt.Errorf("writing the chain configuration: %w", compatErr)
	}
	log.Info("Successfully wrote genesis state", "database", "chaindata", "hash", hash)
	return nil
}

func dumpGenesis(ctx *cli.Context) error {
	quietLogging(ctx)
	genesis := utils.MakeGenesis(ctx)
	if genesis == nil {
		var err error
		if genesis, err = readGenesis(ctx); err != nil {
			return fmt.Errorf("reading the genesis of the data directory: %w", err)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(genesis)
}

func readGenesis(ctx *cli.Context) (*core.Genesis, error) {
	stack, _, err := makeConfigNode(ctx, keyUnused)
	if err != nil {
		return nil, err
	}
	defer stack.Close()
	db, err := stack.OpenDatabaseWithOptions("chaindata", node.DatabaseOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return core.ReadGenesis(db)
}
