package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/cmd/geth-ss/devnet"
	"github.com/geth-ss/geth-ss/cmd/geth-ss/netplan"
	"github.com/geth-ss/geth-ss/internal/whole"
	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/service"
)

// networkFileName is what the network's file is called unless somebody calls it otherwise.
const networkFileName = "network.json"

// What accounts begin with in a network where gas has a price. Ether there is nothing but the right to send transactions.
const (
	ownerEther  = 1_000_000
	memberEther = 1_000
)

var networkCommand = &cli.Command{
	Name:        "network",
	Usage:       "Plan a proof-of-authority network: its file, and the configuration of each node",
	ArgsUsage:   " ",
	Subcommands: []*cli.Command{newNetworkCommand(netplan.DefaultPlaces()), showNetworkCommand},
}

func newNetworkCommand(def netplan.Places) *cli.Command {
	flags := []cli.Flag{
		&cli.Uint64Flag{Name: "chain-id", Usage: "Chain id of the network, a number that no other network has"},
		&cli.StringFlag{Name: "owner", Usage: "Account that owns the registrar: it files the contract that says who may read"},
	}
	for _, role := range netplan.Roles {
		flags = append(flags, &cli.StringSliceFlag{Name: role.Flag, Usage: role.FlagHelp + ", " + netplan.Form + "; repeat for each"})
	}
	return &cli.Command{
		Name:      "new",
		Usage:     "Write the file of a new network, and with --configs the configuration of each node",
		ArgsUsage: " ",
		Flags: append(flags,
			&cli.StringFlag{Name: "out", Value: networkFileName, Usage: "Where to write the network's file"},
			&cli.StringFlag{Name: "configs", Usage: "Directory to write each node's configuration to, as NAME.toml"},
			&cli.BoolFlag{Name: "force", Usage: "Replace existing files"},
			&cli.StringFlag{Name: "block-time", Value: "1s", Usage: "Interval between blocks, whole seconds"},
			&cli.Uint64Flag{Name: "gas-limit", DefaultText: "60000000", Usage: "Gas limit of blocks"},
			&cli.BoolFlag{Name: "free-gas", Usage: "Gas has no price, for ever: accounts without ether can send transactions, and blocks use at most half of their gas limit"},
			&cli.BoolFlag{Name: "governance", Usage: "The validators vote on who becomes one, and who is none any more, by a contract in the genesis block (geth-ss poa propose)"},
			&cli.StringSliceFlag{Name: "fund", DefaultText: fmt.Sprintf("the owner %d, each validator and key server %d; with --free-gas nobody", ownerEther, memberEther),
				Usage: "Ether that an account begins with, ADDRESS=ETHER; repeat for each, in addition to the default"},
			&cli.StringFlag{Name: "cluster", Value: service.DefaultConfig().Cluster, Usage: "Name of the key servers' cluster"},
			&cli.StringFlag{Name: "acl", Value: "registry", Usage: "Who may read: registry (the contract that the registrar names), none (everybody), or a contract's 0xADDRESS"},
			&cli.StringFlag{Name: "datadir", DefaultText: netplan.DefaultDataDir + ", or " + netplan.DefaultDataDir + "/NAME where several nodes are at one host",
				Usage: "Data directory that the configurations name; NAME in it stands for the node's name"},
			&cli.StringFlag{Name: "password-file", Usage: "File with the password of the key shares that the configurations name, likewise; without it a key is made beside the shares"},
			&cli.IntFlag{Name: "p2p-port", Value: def.P2PPort, Usage: "Peer-to-peer port of nodes that name none, +1 for each further node at the same host"},
			&cli.IntFlag{Name: "poa-port", Value: def.PoAPort, Usage: "Consensus port, likewise"},
			&cli.IntFlag{Name: "rpc-port", Value: def.RPCPort, Usage: "JSON-RPC port, likewise"},
			&cli.IntFlag{Name: "secretstore-port", Value: def.StorePort, Usage: "Port of the Secret Store's HTTP API, likewise"},
		),
		Action: newNetwork,
		Description: `Each operator runs "geth-ss identity" and tells the others the line Public, which is no secret, and the host where they
can reach the node. One of them runs this, for example

  geth-ss network new --chain-id 42421 --owner 0xADDRESS --configs configs \
    --validator a=PUBLIC@a.example --validator b=PUBLIC@b.example \
    --validator c=PUBLIC@c.example --validator d=PUBLIC@d.example:30304:26657

PUBLIC is 128 hex digits, with or without 0x; a whole enode URL does as well. The peer-to-peer port may follow the host,
and the consensus port may follow that. Everybody gets the network's file, and each operator the file of their node.`,
	}
}

var showNetworkCommand = &cli.Command{
	Name:      "show",
	Usage:     "Explain a network's file: chain, genesis block, gas, registrar, forks, validators",
	ArgsUsage: "FILE",
	Action:    showNetwork,
}

func showNetwork(ctx *cli.Context) error {
	if ctx.Args().Len() != 1 {
		return errors.New("network show wants one argument, the network's file")
	}
	g, err := readNetwork(ctx.Args().First())
	if err != nil {
		return err
	}
	return netplan.Show(ctx.App.Writer, g)
}

// readNetwork reads a network's file, and says what another file is, if that can be told.
func readNetwork(path string) (*poa.NetworkGenesis, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the network's file: %w", err)
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(raw, &top); err != nil {
		return nil, fmt.Errorf("%s is not a network's file, since it is not JSON: %w", path, err)
	}
	if top["genesis"] == nil && top["alloc"] != nil {
		return nil, fmt.Errorf("%s is a genesis file of geth, without validators: a network's file has it as \"genesis\", and \"validators\"", path)
	}
	g, err := poa.ParseNetworkGenesis(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return g, nil
}

func newNetwork(ctx *cli.Context) error {
	if ctx.Args().Present() {
		return fmt.Errorf("network new takes options only, not %q", ctx.Args().First())
	}
	plan, err := planNetwork(ctx)
	if err != nil {
		return err
	}
	if err := plan.Validate(); err != nil {
		return err
	}
	genesis, err := plan.Genesis()
	if err != nil {
		return err
	}
	files, err := networkFiles(ctx, plan, genesis)
	if err != nil {
		return err
	}
	if err := writeFiles(files, ctx.Bool("force")); err != nil {
		return err
	}
	return tellNetwork(ctx, plan, genesis, files)
}

// planNetwork reads the options.
func planNetwork(ctx *cli.Context) (*netplan.Plan, error) {
	plan := &netplan.Plan{
		ChainID: ctx.Uint64("chain-id"), GasLimit: ctx.Uint64("gas-limit"), FreeGas: ctx.Bool("free-gas"), Governance: ctx.Bool("governance"),
		Cluster: ctx.String("cluster"), ACL: ctx.String("acl"), Time: uint64(time.Now().Unix()),
	}
	var err error
	if plan.BlockTime, err = parseSeconds(ctx.String("block-time")); err != nil {
		return nil, fmt.Errorf("option --block-time: %w", err)
	}
	if ctx.IsSet("gas-limit") && plan.GasLimit == 0 {
		return nil, errors.New("option --gas-limit: it is 0, so blocks could hold no transaction")
	}
	if ctx.IsSet("owner") {
		if plan.Owner, err = parseAccount(ctx.String("owner")); err != nil {
			return nil, fmt.Errorf("option --owner: %w", err)
		}
	}
	for _, role := range netplan.Roles {
		for _, text := range ctx.StringSlice(role.Flag) {
			m, err := netplan.ParseMember(role, text)
			if err != nil {
				return nil, fmt.Errorf("option --%s %.200q: %w", role.Flag, text, err)
			}
			plan.Members = append(plan.Members, m)
		}
	}
	plan.Place(netplan.Places{
		P2PPort: ctx.Int("p2p-port"), PoAPort: ctx.Int("poa-port"), RPCPort: ctx.Int("rpc-port"), StorePort: ctx.Int("secretstore-port"),
		DataDir: ctx.String("datadir"), PasswordFile: ctx.String("password-file"),
	})
	return plan, fundNetwork(ctx, plan)
}

func fundNetwork(ctx *cli.Context, plan *netplan.Plan) error {
	plan.Funds = make(map[common.Address]*big.Int)
	if !plan.FreeGas {
		for _, m := range plan.Members {
			if m.Role.KeepsKeys {
				plan.Funds[m.Address()] = netplan.Ether(memberEther)
			}
		}
		plan.Funds[plan.Owner] = netplan.Ether(ownerEther)
	}
	given := make(map[common.Address]bool)
	for _, text := range ctx.StringSlice("fund") {
		who, amount, _ := strings.Cut(text, "=")
		address, err := parseAccount(who)
		if err == nil {
			plan.Funds[address], err = netplan.ParseEther(amount)
		}
		if err == nil && given[address] {
			err = errors.New("the account is funded twice")
		}
		if err != nil {
			return fmt.Errorf("option --fund %.200q (ADDRESS=ETHER): %w", text, err)
		}
		given[address] = true
	}
	return nil
}

// parseAccount reads an address. One with capital and small letters has a checksum in them.
func parseAccount(text string) (common.Address, error) {
	if !common.IsHexAddress(text) {
		return common.Address{}, fmt.Errorf("%.80q is not an address, 40 hex digits", text)
	}
	address := common.HexToAddress(text)
	digits := strings.TrimPrefix(strings.TrimPrefix(text, "0x"), "0X")
	if digits != strings.ToLower(digits) && digits != strings.ToUpper(digits) && "0x"+digits != address.Hex() {
		return common.Address{}, fmt.Errorf("%s has a wrong digit: its capital letters, which are a checksum, don't fit", text)
	}
	if address == (common.Address{}) {
		return common.Address{}, errors.New("the zero address belongs to nobody")
	}
	return address, nil
}

// newFile is a file that is to be written.
type newFile struct {
	path string
	text []byte
}

// networkFiles makes all files in memory: the network's first.
func networkFiles(ctx *cli.Context, plan *netplan.Plan, genesis *poa.NetworkGenesis) ([]newFile, error) {
	raw, err := json.MarshalIndent(genesis, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the network's file: %w", err)
	}
	files := []newFile{{ctx.String("out"), append(raw, '\n')}}
	dir := ctx.String("configs")
	if dir == "" {
		return files, nil
	}
	for _, m := range plan.Members {
		text, err := plan.Config(m)
		if err == nil {
			err = checkConfigText(text)
		}
		if err != nil {
			return nil, fmt.Errorf("the configuration of %s: %w", m.Name, err)
		}
		files = append(files, newFile{filepath.Join(dir, m.Name+".toml"), text})
	}
	return files, nil
}

// checkConfigText has a configuration read as a node will.
func checkConfigText(text []byte) error {
	cfg := defaultConfig()
	if err := readConfig(bytes.NewReader(text), &cfg); err != nil {
		return err
	}
	if cfg.SecretStore.Enabled {
		return errors.Join(cfg.PoA.Validate(), cfg.SecretStore.Validate())
	}
	return cfg.PoA.Validate()
}

// writeFiles writes all of them, or none if one is there and is not to be replaced.
func writeFiles(files []newFile, replace bool) error {
	for _, f := range files {
		if whole.Present(f.path) && !replace {
			return fmt.Errorf("%s exists already, and nothing was written: move it away, write to another place, or replace it with --force", f.path)
		}
	}
	write := whole.Create
	if replace {
		write = whole.Replace
	}
	for i, f := range files {
		err := os.MkdirAll(filepath.Dir(f.path), 0o700)
		if err == nil {
			err = write(f.path, f.text)
		}
		if err != nil {
			return fmt.Errorf("writing %s: %w; %d of %d files were written", f.path, err, i, len(files))
		}
	}
	return nil
}

// tellNetwork says what was made and what comes next.
func tellNetwork(ctx *cli.Context, plan *netplan.Plan, genesis *poa.NetworkGenesis, files []newFile) error {
	out := ctx.App.Writer
	fmt.Fprintf(out, "Wrote %s:\n\n", files[0].path)
	if err := netplan.Show(out, genesis); err != nil {
		return err
	}
	config := "CONFIG.toml"
	if len(files) > 1 {
		config = files[1].path
		fmt.Fprintf(out, "\nWrote the configuration of each node:\n\n")
		for i, m := range plan.Members {
			fmt.Fprintf(out, "  %s: %s, data in %s, JSON-RPC on port %d\n", files[i+1].path, m.Role.Name, m.DataDir, m.RPCPort)
		}
	}
	fmt.Fprintf(out, "\nNext: hand %s to everybody", files[0].path)
	if len(files) > 1 {
		fmt.Fprintf(out, ", and each operator the configuration of their node. There, as for %s:\n\n", plan.Members[0].Name)
	} else {
		fmt.Fprintf(out, ". Each node needs a configuration as well, which --configs writes. Then, on each:\n\n")
	}
	fmt.Fprintf(out, "  %s\n  %s\n", devnet.ShellJoin([]string{clientIdentifier, "init", "--config", config, files[0].path}), devnet.ShellJoin([]string{clientIdentifier, "--config", config}))
	return nil
}
