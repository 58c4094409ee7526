package main

import (
	"fmt"

	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/poa"
)

var identityCommand = &cli.Command{
	Action:    printIdentity,
	Name:      "identity",
	Usage:     "Print this node's identity, and make its key if there is none",
	ArgsUsage: " ",
	Flags:     []cli.Flag{configFileFlag, utils.DataDirFlag, utils.NodeKeyFileFlag, utils.NodeKeyHexFlag},
	Description: `One secp256k1 key, the nodekey, is the node's identity everywhere: on the peer-to-peer network, as key
server, as validator, and as the address contracts know it by. The command makes the key if the data directory holds nothing yet, and prints, one "Name: value" line each:

  Public   64-byte public key: the part of an enode URL before the @, the node's id in a validator list
  Address  account of the key
  Peer     id for PoA.Peers, the consensus transport
  File     the file of the key. Back it up: it is the node's identity.`,
}

func printIdentity(ctx *cli.Context) error {
	quietLogging(ctx)
	cfg, err := loadBaseConfig(ctx)
	if err != nil {
		return err
	}
	path, err := cfg.useNodeKey(keyMade)
	if err != nil {
		return err
	}
	key := cfg.Node.P2P.PrivateKey
	fmt.Printf("Public:  %x\n", crypto.FromECDSAPub(&key.PublicKey)[1:])
	fmt.Printf("Address: %s\n", crypto.PubkeyToAddress(key.PublicKey))
	fmt.Printf("Peer:    %s\n", poa.PeerID(key))
	if path != "" {
		fmt.Printf("File:    %s\n", path)
	}
	return nil
}
