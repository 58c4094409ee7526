package secretstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client/permission"
	"github.com/geth-ss/geth-ss/client/registry"
	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

var (
	registerFlag = &cli.BoolFlag{Name: "register", Usage: "File it in the registrar as well, under the name that key servers look up"}
	ownerFlag    = &cli.StringFlag{Name: "owner", Usage: "Address that will own the contract; by default the account of --key"}

	contractsCommand = &cli.Command{
		Name:      "contracts",
		Usage:     "Deploy the contracts that key servers ask, file them in the registrar, and show what is filed",
		ArgsUsage: " ",
		Description: `Key servers release a document's key only to accounts that the permission contract allows. With --secretstore.acl registry they
look the contract up in the chain's registrar, under the name ` + contracts.NameACL + `, at each block: a contract that is filed there
counts from the next block on, without a restart.

  geth-ss contracts deploy permissions --register --key owner.key --rpc http://127.0.0.1:8545`,
		Subcommands: []*cli.Command{deployCommand, registerCommand, showContractsCommand, proposeCommand, approveCommand, acceptCommand, showLinksCommand},
	}

	deployCommand = &cli.Command{
		Name:        "deploy",
		Usage:       "Deploy a contract that comes with this program",
		ArgsUsage:   " ",
		Subcommands: deployCommands(),
		Description: `Sends a transaction that makes the contract, signed here with --key, whose account pays the gas, and prints its address and
block. Before it sends anything, it checks the chain, that the account can pay, and --max-cost; with --register also that there is a
registrar, and that the account may file an address there.`,
	}

	registerCommand = &cli.Command{
		Action:    registerContract,
		Name:      "register",
		Usage:     "File a contract's address in the registrar",
		ArgsUsage: "<name> <address>",
		Flags:     append([]cli.Flag{registrarFlag, jsonFlag}, senderFlags...),
		Description: `Names are
  ` + strings.Join(contracts.Names(), "\n  ") + `

Before it signs the transaction with --key, it checks that there is a contract at the address (for ` + contracts.NameACL + ` one that
answers checkPermissions), that there is such a registrar, and that the account owns the name. A name that nobody owns is reserved
first. It prints what was filed before.`,
	}
)

// deployCommands has one command for each contract.
func deployCommands() (list []*cli.Command) {
	for _, c := range contracts.Deployables() {
		cmd := &cli.Command{
			Action:    func(ctx *cli.Context) error { return deployContract(ctx, c) },
			Name:      c.Short,
			Usage:     c.Name + ".sol: " + c.What,
			ArgsUsage: " ",
		}
		if c.File != "" {
			cmd.Flags = append(cmd.Flags, registerFlag, registrarFlag)
		}
		if c.Owned {
			cmd.Flags = append(cmd.Flags, ownerFlag)
		}
		cmd.Flags = append(append(cmd.Flags, jsonFlag), senderFlags...)
		list = append(list, cmd)
	}
	return append(list, deployServersCommand, deploySetsCommand)
}

// deployment is what deploy prints.
type deployment struct {
	Contract    string          `json:"contract"` // its name in solidity/
	Address     common.Address  `json:"address"`
	Block       uint64          `json:"block"`
	Transaction common.Hash     `json:"transaction"`
	Owner       *common.Address `json:"owner,omitempty"` // null: it has none
	Filed       *filing         `json:"filed,omitempty"` // null: it was not asked for
}

// filing is what register prints, and deploy --register as well.
type filing struct {
	Registrar   common.Address  `json:"registrar"`
	Name        string          `json:"name"`
	Address     common.Address  `json:"address"`
	Before      *common.Address `json:"before"`      // what was filed; null: nothing
	Reserved    bool            `json:"reserved"`    // the name was nobody's before
	Block       *uint64         `json:"block"`       // null: nothing was to be done
	Transaction *common.Hash    `json:"transaction"` // likewise
}

func deployContract(ctx *cli.Context, c contracts.Deployable) error {
	if ctx.Args().Present() {
		return fmt.Errorf("deploy %s wants no argument, not %q", c.Short, ctx.Args().First())
	}
	return withSender(ctx, func(bounded context.Context, s *sender) error {
		owner := s.account()
		if ctx.String(ownerFlag.Name) != "" {
			var err error
			if owner, err = flagAddress(ctx, ownerFlag); err != nil {
				return err
			}
			if owner == (common.Address{}) {
				return errors.New("--owner: the zero address belongs to nobody, so nobody could file anything")
			}
		}
		var reg *registry.Registrar
		if ctx.Bool(registerFlag.Name) {
			var err error
			if reg, err = openRegistrar(bounded, ctx, s); err != nil {
				return err
			}
			if _, _, err := reg.Check(bounded, s.account(), c.File); err != nil {
				return fmt.Errorf("nothing was deployed: %w", err)
			}
		}
		at, receipt, err := registry.Deploy(bounded, s.chain, s.key, c, owner)
		if err != nil {
			return err
		}
		facts := deployment{Contract: c.Name, Address: at, Block: receipt.BlockNumber.Uint64(), Transaction: receipt.TxHash}
		lines := []string{fmt.Sprintf("deploy: %s at %v, in block %d", c.Name, at, facts.Block)}
		if c.Owned {
			facts.Owner = &owner
			lines = append(lines, fmt.Sprintf("owner:  %v", owner))
		}
		if reg != nil {
			f, err := fileContract(bounded, s, reg, c.File, at)
			if err != nil {
				return fmt.Errorf("%s is at %v, in block %d, and is not filed: %w; file it with: %s contracts register %s %v",
					c.Name, at, facts.Block, err, ctx.App.Name, c.File, at)
			}
			facts.Filed = f
			lines = append(lines, f.lines()...)
		}
		return report(ctx, os.Stdout, facts, lines...)
	})
}

func openRegistrar(bounded context.Context, ctx *cli.Context, s *sender) (*registry.Registrar, error) {
	at, err := flagAddress(ctx, registrarFlag)
	if err != nil {
		return nil, err
	}
	reg, err := registry.Open(bounded, s.chain, at)
	if err != nil {
		return nil, fmt.Errorf("%w; give --registrar, or deploy one (%s contracts deploy registrar)", err, ctx.App.Name)
	}
	return reg, nil
}

func registerContract(ctx *cli.Context) error {
	if ctx.Args().Len() != 2 {
		return errors.New("register wants two arguments, a name and the contract's address; options go before them")
	}
	name := ctx.Args().First()
	if !slices.Contains(contracts.Names(), name) {
		return fmt.Errorf("%q is not a name that key servers look up; those are: %s", name, strings.Join(contracts.Names(), ", "))
	}
	address, err := parseAddress(ctx.Args().Get(1))
	if err != nil {
		return fmt.Errorf("register wants an address after the name: %w", err)
	}
	return withSender(ctx, func(bounded context.Context, s *sender) error {
		if err := s.chain.CheckCode(bounded, address); err != nil {
			return err
		}
		if name == contracts.NameACL {
			if _, err := permission.Answers(bounded, s.chain, address, s.account(), wire.KeyID{}); err != nil {
				return err
			}
		}
		reg, err := openRegistrar(bounded, ctx, s)
		if err != nil {
			return err
		}
		f, err := fileContract(bounded, s, reg, name, address)
		if err != nil {
			return err
		}
		return report(ctx, os.Stdout, f, f.lines()...)
	})
}

func fileContract(bounded context.Context, s *sender, reg *registry.Registrar, name string, address common.Address) (*filing, error) {
	done, err := reg.File(bounded, s.key, name, address)
	if err != nil {
		return nil, err
	}
	f := &filing{Registrar: reg.Address(), Name: name, Address: address, Reserved: done.Reserved}
	if done.Before != (common.Address{}) {
		f.Before = &done.Before
	}
	f.setReceipt(done.Receipt)
	return f, nil
}

func (f *filing) setReceipt(r *types.Receipt) {
	if r != nil {
		f.Block, f.Transaction = new(r.BlockNumber.Uint64()), &r.TxHash
	}
}

func (f *filing) lines() []string {
	before := "nothing was filed there before"
	if f.Before != nil {
		before = fmt.Sprintf("before it was %v", f.Before)
	}
	if f.Reserved {
		before += ", and nobody owned the name"
	}
	if f.Block == nil {
		return []string{fmt.Sprintf("register: %s is %v already, in the registrar %v; nothing was sent", f.Name, f.Address, f.Registrar)}
	}
	return []string{fmt.Sprintf("register: %s is %v, in the registrar %v, since block %d (%s)", f.Name, f.Address, f.Registrar, *f.Block, before)}
}
