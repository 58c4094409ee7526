package main

import (
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/cmd/geth-ss/secretstore"
)

// contractsCommand is how the contracts get to the chain that key servers ask.
var contractsCommand = quietly(secretstore.ContractsCommand())

// secretStoreCommand groups what publishers and readers do, and what an operator does with a key server beside running
// it. The former are of package secretstore; each of the latter has a file here.
var secretStoreCommand = &cli.Command{
	Name:      "secretstore",
	Usage:     "Publish and read documents; sign together; look after a key server",
	ArgsUsage: " ",
	Description: `keygen, publish, fetch, grant, revoke, receipt and verify-receipt are for who has documents; they ask key servers over HTTP.
generate-key, sign and verify-signature are for who has key servers sign; grant and revoke say who may.
status, explain and check-config ask a running node where there is one. The others work on files and need none.`,
	Subcommands: append(personalCommands(),
		statusCommand, explainCommand, newCheckConfigCommand(), backupCommand, restoreCommand, verifyBackupCommand, verifyEvidenceCommand),
}

// personalCommands are those that need no node.
func personalCommands() []*cli.Command {
	commands := secretstore.Commands()
	for _, cmd := range commands {
		quietly(cmd)
	}
	return commands
}
