package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/node"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/store"
)

var (
	completeFlag = &cli.BoolFlag{
		Name: "complete", Usage: "Declare that this node has not run since the backup was made, so that no promise is missing in it",
	}
	lostFlag = &cli.BoolFlag{
		Name: "lost", Usage: "Without a backup, make an empty share store that records that promises are missing",
	}
	anyClusterFlag = &cli.BoolFlag{
		Name: "any-cluster", Usage: "Restore although the backup is of another cluster than the one configured here",
	}

	restoreCommand = &cli.Command{
		Name:      "restore",
		Usage:     "Restore the share store from a backup, on a node that has none",
		ArgsUsage: "<backup file>",
		Flags: slices.Concat(nodeFlags, rpcFlags, ownFlags(),
			[]cli.Flag{passphraseFileFlag, identityFileFlag, completeFlag, lostFlag, anyClusterFlag}),
		Description: `Before it makes the store, restore checks that the backup is whole and belongs to this node and cluster, and it
checks every certificate, and every share against its key. It overwrites nothing.

A node that ran on after its backup may have made promises that the backup lacks, and must not break them. So a
restored node serves its shares and learns what it missed, but it helps to make keys only together with all
other key servers, and confirms no key or document of the time between. Give --complete if there was no such
time: the node was stopped, backed up, and never started again.`,
		Action: runRestore,
	}

	verifyBackupCommand = &cli.Command{
		Name:        "verify-backup",
		Usage:       "Check a whole backup and say what is in it",
		ArgsUsage:   "<backup file>",
		Flags:       []cli.Flag{passphraseFileFlag, identityFileFlag},
		Description: `Makes all the checks of restore, and writes nothing.`,
		Action:      runVerifyBackup,
	}
)

func runVerifyBackup(ctx *cli.Context) error {
	if ctx.Args().Len() != 1 {
		return errors.New("verify-backup wants one argument, the backup's file")
	}
	path := ctx.Args().First()
	identities, err := backupIdentities(ctx)
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("verifying a backup: %w", err)
	}
	defer f.Close()
	var header *store.BackupHeader
	sum, err := store.ReadBackup(bufio.NewReader(f), func(h *store.BackupHeader) error {
		header = h
		return nil
	}, func(key wire.KeyID, recs []wire.Record) error {
		return auditRecords(header, key, recs)
	}, identities...)
	if err != nil {
		return fmt.Errorf("verifying %s: %w", path, err)
	}
	printBackup(path, sum)
	fmt.Println("The backup is whole, and every record in it is valid.")
	return nil
}

func runRestore(ctx *cli.Context) error {
	quietLogging(ctx)
	if want := 1; ctx.Args().Len() != want && !ctx.Bool(lostFlag.Name) {
		return errors.New("restore wants one argument, the backup's file (or --lost)")
	}
	cfg, err := loadBaseConfig(ctx)
	if err != nil {
		return err
	}
	dir, err := storeDir(&cfg)
	if err != nil {
		return err
	}
	here, chain, err := thisNode(&cfg)
	if err != nil {
		return err
	}
	if ctx.Bool(lostFlag.Name) {
		return restoreLost(dir, &cfg, here, chain)
	}
	return restoreBackup(ctx, dir, &cfg, here, chain)
}

func restoreBackup(ctx *cli.Context, dir string, cfg *config, here store.Owner, chain bool) error {
	path := ctx.Args().First()
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("restoring: %w", err)
	}
	defer f.Close()
	if err := store.Vacant(dir); err != nil { // before anybody types a passphrase
		return err
	}
	identities, err := backupIdentities(ctx)
	if err != nil {
		return err
	}
	secret, err := storeSecret(dir, cfg)
	if err != nil {
		return err
	}
	defer clear(secret)
	sum, err := store.Restore(dir, bufio.NewReader(f), store.Restoring{
		Secret:   secret,
		Complete: ctx.Bool(completeFlag.Name),
		Key:      auditRecords,
		Header: func(h *store.BackupHeader) error {
			switch {
			case h.Owner.Node != here.Node:
				return fmt.Errorf("the backup is of key server %s, and this node is %s: shares belong to one node key; restore "+
					"that node's key first, or take this node's own backup", h.Owner.Node.Short(), here.Node.Short())
			case chain && h.Owner.Cluster != here.Cluster && !ctx.Bool(anyClusterFlag.Name):
				return fmt.Errorf("the backup is of cluster %v, and this node is in cluster %v: the genesis block or the cluster name "+
					"differs (--%s restores anyway, but the node won't start with it)", h.Owner.Cluster, here.Cluster, anyClusterFlag.Name)
			}
			return nil
		},
	}, identities...)
	if err != nil {
		return fmt.Errorf("restoring %s: %w", path, err)
	}
	printBackup(path, sum)
	fmt.Printf("Restored into %s\n", dir)
	if !chain {
		fmt.Println("There is no chain here yet, so the cluster was not compared; the node will do so when it starts.")
	}
	if !ctx.Bool(completeFlag.Name) {
		fmt.Println("This node may have made promises after the backup. It will serve its shares, and help to make keys only together with all other key servers.")
	}
	return nil
}

func restoreLost(dir string, cfg *config, here store.Owner, chain bool) error {
	if !chain {
		return errors.New("there is no chain here, so the cluster is not known: run init first")
	}
	if err := store.Vacant(dir); err != nil {
		return err
	}
	secret, err := storeSecret(dir, cfg)
	if err != nil {
		return err
	}
	defer clear(secret)
	if err := store.CreateForgetful(dir, secret, here); err != nil {
		return fmt.Errorf("making a share store in %s: %w", dir, err)
	}
	fmt.Printf("An empty share store is in %s\n", dir)
	fmt.Println("This node has lost its shares and may have forgotten promises. It will help to make keys only together with all other key servers.")
	return nil
}

// thisNode is who the node of a configuration is. False: there is no chain, so the
// cluster is unknown.
func thisNode(cfg *config) (here store.Owner, chain bool, err error) {
	if _, err := cfg.useNodeKey(keyWanted); err != nil {
		return here, false, fmt.Errorf("shares belong to one node key: %w", err)
	}
	here.Node = wire.NodeIDOf(&cfg.Node.P2P.PrivateKey.PublicKey)
	if dir := cfg.Node.ResolvePath("chaindata"); rawdb.PreexistingDatabase(dir) == "" {
		return here, false, nil
	}
	stack, err := node.New(&cfg.Node)
	if err != nil {
		return here, false, fmt.Errorf("opening the data directory (does the node still run?): %w", err)
	}
	defer stack.Close()
	db, err := stack.OpenDatabaseWithOptions("chaindata", node.DatabaseOptions{ReadOnly: true})
	if err != nil {
		return here, false, fmt.Errorf("reading the chain: %w", err)
	}
	defer db.Close()
	here.Cluster = wire.MakeClusterID(rawdb.ReadCanonicalHash(db, 0), cfg.SecretStore.Cluster)
	return here, true, nil
}
