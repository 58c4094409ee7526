package main

import "github.com/urfave/cli/v2"

// secretStoreCommand groups what an operator does with a key server beside running it. Each subcommand has a
// file of its own.
var secretStoreCommand = &cli.Command{
	Name:        "secretstore",
	Usage:       "Look after a key server",
	ArgsUsage:   " ",
	Description: `status, explain and check-config ask a running node where there is one. The other commands work on files and need none.`,
	Subcommands: []*cli.Command{statusCommand, explainCommand, checkConfigCommand, backupCommand, restoreCommand, verifyBackupCommand, verifyEvidenceCommand},
}
