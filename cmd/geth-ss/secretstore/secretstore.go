// Package secretstore is the command line of those who use key servers and need no node for it: they publish and read
// documents, have hashes signed, change the set of key servers, say who may do either, check receipts and signatures, and deploy the contracts that key
// servers ask.
//
// Each command has a file of its own. It reads flags, calls package client, which asks key servers over HTTP and believes
// none of them, or package chainrpc, which sends transactions to a chain's nodes, and prints what came of it. What is
// common to them: a person's key (key.go), key servers (client.go), chains (sender.go), addresses and whose certificates
// those have (endpoints.go), what they said before (known.go), files (files.go).
//
// It reads no node's configuration: commands that look after a node are in cmd/geth-ss.
package secretstore

import "github.com/urfave/cli/v2"

// Commands are those of "geth-ss secretstore" that need no node, in the order of its help.
func Commands() []*cli.Command {
	return []*cli.Command{
		keygenCommand, publishCommand, fetchCommand, claimCommand, grantCommand, revokeCommand, receiptCommand, verifyReceiptCommand, keyRecordCommand,
		generateKeyCommand, signCommand, verifySignatureCommand,
		changeServersCommand, refreshCommand, serverSetsCommand,
	}
}

// ContractsCommand is "geth-ss contracts".
func ContractsCommand() *cli.Command { return contractsCommand }
