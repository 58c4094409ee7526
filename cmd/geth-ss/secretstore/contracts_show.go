package secretstore

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/client/governance"
	"github.com/geth-ss/geth-ss/client/hedge"
	"github.com/geth-ss/geth-ss/client/permission"
	"github.com/geth-ss/geth-ss/client/registry"
	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

var showContractsCommand = &cli.Command{
	Action:    showContracts,
	Name:      "show",
	Usage:     "Show what is filed in the registrar, and whether it answers",
	ArgsUsage: " ",
	Flags:     append([]cli.Flag{storeFlag, contractFlag, setAddressFlag, registrarFlag, clusterFlag, jsonFlag}, chainNodeFlags...),
	Description: `Asks the node of --rpc, and prints for each name that key servers look up who owns it, what is filed, whether there is code, and whether
the permission contract answers checkPermissions. --contract shows that contract instead, for key servers whose settings have its
address. A key server set that is filed, or
that --server-set names, is shown with its members and open proposals, if it is a KeyServerSet.sol. With --node it also prints which contract the key server asks, and exits with 1 if that is another one or can't be asked.`,
}

// chainContracts is what show prints.
type chainContracts struct {
	Chain       uint64            `json:"chainId"`
	Registrar   *registrarState   `json:"registrar"`             // null with --contract alone, where there is none
	Permissions *contractState    `json:"permissions,omitempty"` // of --contract
	Servers     *governance.State `json:"servers,omitempty"`     // of the key server set; null: there is none, or it is another contract
	Told        *wire.Permission  `json:"told,omitempty"`        // by the key server of --node; null: none was asked, or it is of a version that does not tell
}

type registrarState struct {
	Address common.Address `json:"address"`
	Reason  string         `json:"reason,omitempty"` // why it can't be asked
	Names   []nameState    `json:"names"`
}

type nameState struct {
	Name  string          `json:"name"`
	Owner *common.Address `json:"owner"` // null: nobody's, or the registrar does not tell
	contractState
}

type contractState struct {
	Address *common.Address `json:"address"` // null: nothing is filed
	Code    bool            `json:"code"`
	Answers *bool           `json:"answers,omitempty"` // checkPermissions, by a bool; null: it reverts, or was not asked, being no permission contract
	Reason  string          `json:"reason,omitempty"`  // why it can't be asked
}

// errOtherContract makes the exit code 1 after everything was printed.
const errOtherContract = BadNews("permissions given here would have no effect at the key server, see above")

func showContracts(ctx *cli.Context) error {
	if ctx.Args().Present() {
		return fmt.Errorf("show wants no argument, not %q", ctx.Args().First())
	}
	bounded, cancel := context.WithTimeout(ctx.Context, askedWithin)
	defer cancel()
	chain, err := dialChain(bounded, ctx, ctx.Uint64(chainFlag.Name))
	if err != nil {
		return err
	}
	defer chain.Close()
	seen := chainContracts{Chain: chain.ID()}
	if ctx.String(contractFlag.Name) != "" {
		at, err := flagAddress(ctx, contractFlag)
		if err != nil {
			return err
		}
		if seen.Permissions, err = lookAtContract(bounded, chain, at, true); err != nil {
			return err
		}
	}
	if seen.Permissions == nil || ctx.IsSet(registrarFlag.Name) {
		if seen.Registrar, err = lookAtRegistrar(bounded, ctx, chain); err != nil {
			return err
		}
	}
	if err := seen.addServers(bounded, ctx, chain); err != nil {
		return err
	}
	info, err := askCluster(bounded, ctx, wire.ClusterID{})
	if info != nil && err == nil {
		seen.Told, err = info.Permission, permission.CheckCluster(chain, info)
	}
	if err != nil {
		return err
	}
	if err := report(ctx, os.Stdout, &seen, seen.lines()...); err != nil || info == nil {
		return err
	}
	return seen.verdict()
}

// addServers looks at the key server set of the flag, or that is filed.
func (c *chainContracts) addServers(bounded context.Context, ctx *cli.Context, chain *chainrpc.Chain) (err error) {
	var at common.Address
	if ctx.String(setAddressFlag.Name) != "" {
		if at, err = flagAddress(ctx, setAddressFlag); err != nil {
			return err
		}
		if _, err = governance.Open(bounded, chain, at); err != nil {
			return err
		}
	} else if c.Registrar != nil {
		for _, n := range c.Registrar.Names {
			if n.Name == contracts.NameKeyServerSet && n.Address != nil {
				at = *n.Address
			}
		}
	}
	if at == (common.Address{}) {
		return nil
	}
	c.Servers, err = lookAtServers(bounded, chain, at)
	return err
}

func lookAtRegistrar(ctx context.Context, c *cli.Context, chain *chainrpc.Chain) (*registrarState, error) {
	at, err := flagAddress(c, registrarFlag)
	if err != nil {
		return nil, err
	}
	seen := &registrarState{Address: at, Names: []nameState{}}
	reg, err := registry.Open(ctx, chain, at)
	if err != nil {
		if seen.Reason = notThere(err); seen.Reason == "" {
			return nil, err
		}
		return seen, nil
	}
	for _, name := range contracts.Names() {
		state := nameState{Name: name}
		owner, err := reg.Owner(ctx, name)
		if err != nil {
			return nil, err
		}
		if owner != nil && *owner != (common.Address{}) {
			state.Owner = owner
		}
		filed, err := reg.Filed(ctx, name)
		if err != nil {
			return nil, err
		}
		if filed != (common.Address{}) {
			found, err := lookAtContract(ctx, chain, filed, name == contracts.NameACL)
			if err != nil {
				return nil, err
			}
			state.contractState = *found
		}
		seen.Names = append(seen.Names, state)
	}
	return seen, nil
}

// lookAtContract tells what there is at an address: an error is only that it could not be seen.
func lookAtContract(ctx context.Context, chain *chainrpc.Chain, at common.Address, permissions bool) (*contractState, error) {
	state := &contractState{Address: &at}
	err := chain.CheckCode(ctx, at)
	if state.Code = err == nil; state.Code && permissions {
		var answers bool
		answers, err = permission.Answers(ctx, chain, at, common.Address{}, wire.KeyID{})
		if state.Answers = &answers; err == nil && !answers {
			state.Answers, state.Reason = nil, "it reverts when asked about the zero address; it may answer for others"
		}
	}
	if err != nil {
		if state.Reason = notThere(err); state.Reason == "" {
			return nil, err
		}
	}
	return state, nil
}

// notThere is what an error says about the contract; "" if it says nothing, since it could not be asked.
func notThere(err error) string {
	var no *chainrpc.NoCode
	var other *registry.NoRegistrar
	var none *permission.NoPermissions
	if errors.As(err, &no) || errors.As(err, &other) || errors.As(err, &none) {
		return err.Error()
	}
	return ""
}

// found is the permission contract as the chain has it; nil: none.
func (c *chainContracts) found() *contractState {
	if c.Permissions != nil {
		return c.Permissions
	}
	for i, n := range c.Registrar.Names {
		if n.Name == contracts.NameACL && n.Address != nil {
			return &c.Registrar.Names[i].contractState
		}
	}
	return nil
}

// verdict fails if a permission that is given in the contract found would not be one to the key server that was asked.
func (c *chainContracts) verdict() error {
	f := c.found()
	switch {
	case f == nil, !f.Code, f.Answers != nil && !*f.Answers, c.Told != nil && (c.Told.Contract == nil || *c.Told.Contract != *f.Address):
		return errOtherContract
	}
	return nil
}

func (c *chainContracts) lines() (list []string) {
	line := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	line("%-30s %d", "chain", c.Chain)
	if r := c.Registrar; r != nil {
		if r.Reason != "" {
			line("%-30s %s", "registrar", r.Reason)
		} else {
			line("%-30s %v", "registrar", r.Address)
		}
		for _, n := range r.Names {
			owner := "nobody owns the name"
			if n.Owner != nil {
				owner = fmt.Sprintf("%v owns the name", n.Owner)
			}
			line("%-30s %s; %s", n.Name, n.contractState.String(), owner)
		}
	}
	if c.Permissions != nil {
		line("%-30s %s", "permission contract", c.Permissions.String())
	}
	if c.Servers != nil {
		list = append(list, serverSetLines(c.Servers)...)
	}
	if c.Told != nil {
		line("%-30s %s", "the key server allows", hedge.Printable(c.Told.String()))
	}
	return list
}

func (c *contractState) String() string {
	switch {
	case c.Address == nil:
		return "nothing is filed"
	case !c.Code:
		return fmt.Sprintf("%v, where there is no contract", c.Address)
	case c.Answers != nil && *c.Answers:
		return fmt.Sprintf("%v, which answers checkPermissions", c.Address)
	case c.Reason != "":
		return fmt.Sprintf("%v: %s", c.Address, c.Reason)
	}
	return fmt.Sprintf("%v, a contract", c.Address)
}
