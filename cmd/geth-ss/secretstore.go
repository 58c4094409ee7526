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
	Usage:     "Publish and read documents, sign with the key servers' keys, look after a key server",
	ArgsUsage: " ",
	Description: `keygen, publish, fetch, receipt, verify-receipt, key-record: for publishers and readers of documents.
generate-key, sign, verify-signature: to have the key servers sign.
claim, grant, revoke: set who may read or sign.
change-servers, refresh: what administrators order. servers, plan-change, repair, write-off: ask a running node about the key servers.
status, explain: ask a running node. check-config: checks a node's settings, whether or not it runs.
backup, restore, verify-backup, verify-evidence: work on files, and need no running node.`,
	Subcommands: append(personalCommands(),
		serversCommand, planChangeCommand, repairCommand, writeOffCommand, statusCommand, explainCommand, newCheckConfigCommand(), backupCommand, restoreCommand, verifyBackupCommand, verifyEvidenceCommand),
}

// personalCommands are those that need no node.
func personalCommands() []*cli.Command {
	commands := secretstore.Commands()
	for _, cmd := range commands {
		quietly(cmd)
	}
	return commands
}
