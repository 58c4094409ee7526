package main

import "github.com/urfave/cli/v2"

// secretStoreCommand groups what an operator does with a key server beside running it. Each subcommand has a
// file of its own.
var secretStoreCommand = &cli.Command{
	Name:        "secretstore",
	Usage:       "Look after a key server",
	ArgsUsage:   " ",
	Description: `None of the commands below needs a running node.`,
	Subcommands: []*cli.Command{backupCommand, checkConfigCommand, restoreCommand, verifyBackupCommand, verifyEvidenceCommand},
}
