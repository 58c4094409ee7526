package main

import (
	"fmt"
	"math/big"
	"os"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/log"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/cmd/geth-ss/devnet"
	"github.com/geth-ss/geth-ss/contracts"
)

// The contracts of a development chain with a key server.

// devPermissions is where the permission contract of --dev.permissions stands.
var devPermissions = common.HexToAddress("0x00000000000000000000000000000000005ec5ac")

// addDevContracts puts a registrar into the genesis of a development chain, unless the chain is there already or
// has one configured: with it a permission contract, which is deployed on the running chain, or stands beside it by
// --dev.permissions, is obeyed as soon as it is filed.
func (n *fullNode) addDevContracts() {
	genesis, owner := n.cfg.Eth.Genesis, n.cfg.Eth.Miner.PendingFeeRecipient
	if genesis == nil || n.cfg.SecretStore.Registrar != "" {
		return
	}
	var filed []contracts.Filing
	if n.cfg.Dev.Permissions {
		genesis.Alloc[devPermissions] = contracts.PermissionsAccount()
		filed = append(filed, contracts.Filing{Name: contracts.NameACL, Address: devPermissions})
	}
	genesis.Alloc[devnet.RegistrarAddress] = contracts.RegistrarAccount(owner, filed...)
	log.Info("Registrar of the development chain", "address", devnet.RegistrarAddress, "owner", owner)
}

// useDevRegistrar configures that registrar, which a chain that was begun without the Secret Store does not have. Nothing
// can ever be deployed at its address, so there it is as if none were configured. Where nobody would be admitted it is said how to get a
// permission contract.
func (n *fullNode) useDevRegistrar(ctx *cli.Context, backend *eth.Ethereum) error {
	cfg := &n.cfg.SecretStore
	if cfg.Registrar != "" {
		return nil
	}
	state, err := backend.BlockChain().State()
	if err != nil {
		return fmt.Errorf("looking for the registrar of the development chain: %w", err)
	}
	looks := cfg.ACL == "" || cfg.ACL == "registry"
	if state.GetCodeSize(devnet.RegistrarAddress) == 0 {
		if looks {
			log.Warn("This development chain was begun without --secretstore and has no registrar: give the permission contract's own address by --secretstore.acl, " +
				"or begin a new chain in another --datadir. To deploy a contract while the node runs: " + n.devCommand(ctx, backend.BlockChain().Config().ChainID, "deploy", "permissions"))
		}
		return nil
	}
	cfg.Registrar = devnet.RegistrarAddress.Hex()
	filed := contracts.FiledAddress(func(slot common.Hash) common.Hash { return state.GetState(devnet.RegistrarAddress, slot) }, contracts.NameACL)
	switch {
	case !looks:
	case filed != (common.Address{}):
		log.Info("Permission contract of the development chain", "address", filed)
	default:
		log.Warn("No permission contract is filed on this development chain, so nobody can read. To deploy and file one while the node runs: " +
			n.devCommand(ctx, backend.BlockChain().Config().ChainID, "deploy", "permissions", "--register"))
		if n.cfg.Dev.Permissions {
			log.Warn("--dev.permissions acts in the first block of a chain, and this chain has begun without it")
		}
	}
	return nil
}

// devCommand is a command about contracts, for the development account and this node, to be pasted.
func (n *fullNode) devCommand(ctx *cli.Context, chain *big.Int, command ...string) string {
	program, err := os.Executable()
	if err != nil {
		program = clientIdentifier
	}
	// What the address said before, of another chain, is nothing to compare with: development chains come and go.
	args := append([]string{program, "contracts"}, command...)
	args = append(args, "--chain-id", fmt.Sprint(chain), "--known", "", "--key", n.devKeyFile())
	if path := ctx.Path(utils.PasswordFileFlag.Name); path != "" {
		args = append(args, "--password-file", path)
	}
	return devnet.ShellJoin(append(args, "--rpc", n.devEndpoint()))
}

// devKeyFile is the key file of the development account, FILE if another program has it.
func (n *fullNode) devKeyFile() string {
	for _, backend := range n.stack.AccountManager().Backends(keystore.KeyStoreType) {
		for _, account := range backend.(*keystore.KeyStore).Accounts() {
			if account.Address == n.cfg.Eth.Miner.PendingFeeRecipient {
				return account.URL.Path
			}
		}
	}
	return "FILE"
}

// devEndpoint is where this node will be asked.
func (n *fullNode) devEndpoint() string {
	if path := n.stack.IPCEndpoint(); path != "" {
		return path
	}
	if n.cfg.Node.HTTPHost != "" {
		return "http://" + n.cfg.Node.HTTPEndpoint()
	}
	return "URL"
}
