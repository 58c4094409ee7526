package main

import "github.com/urfave/cli/v2"

// secretStoreCommand groups what publishers and readers do, and what an operator does with a key server beside running
// it. Each subcommand has a file of its own.
var secretStoreCommand = &cli.Command{
	Name:      "secretstore",
	Usage:     "Publish and read documents; sign together; look after a key server",
	ArgsUsage: " ",
	Description: `keygen, publish, fetch, grant, revoke, receipt and verify-receipt are for who has documents; they ask key servers over HTTP.
generate-key, sign and verify-signature are for who has key servers sign; grant and revoke say who may.
status, explain and check-config ask a running node where there is one. The others work on files and need none.`,
	Subcommands: []*cli.Command{
		keygenCommand, publishCommand, fetchCommand, claimCommand, grantCommand, revokeCommand, receiptCommand, verifyReceiptCommand, keyRecordCommand,
		generateKeyCommand, signCommand, verifySignatureCommand,
		statusCommand, explainCommand, newCheckConfigCommand(), backupCommand, restoreCommand, verifyBackupCommand, verifyEvidenceCommand,
	},
}
