package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/cmd/geth-ss/secretstore"
	"github.com/geth-ss/geth-ss/internal/keyfile"
	"github.com/geth-ss/geth-ss/protocol/handover"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service"
	"github.com/geth-ss/geth-ss/service/store"
)

var (
	passphraseFileFlag = &cli.StringFlag{
		Name: "passphrase-file", Usage: "File whose first line is the passphrase of the backup; without it the passphrase is asked for",
	}
	recipientFlag = &cli.StringSliceFlag{
		Name: "recipient", Usage: "Encrypt to this age public key (age1…) instead of a passphrase; may be given several times",
	}
	identityFileFlag = &cli.StringFlag{
		Name: "identity-file", Usage: "File with the age identity that the backup is encrypted to, instead of a passphrase",
	}
	outFlag = &cli.StringFlag{
		Name: "out", Usage: "File to write; it must not exist", DefaultText: "secretstore-NODE-TIME.age",
	}

	backupCommand = &cli.Command{
		Name:      "backup",
		Usage:     "Write all key shares, promises and certificates of a stopped node into one encrypted file",
		ArgsUsage: " ",
		Flags:     slices.Concat(nodeFlags, rpcFlags, ownFlags(), []cli.Flag{outFlag, passphraseFileFlag, recipientFlag}),
		Description: `The file is encrypted and authenticated as a whole, to a passphrase or to age public keys; it does not depend on
the share store's own password or key file. Every record is checked before it is written.

The node key, the consensus sign state and the configuration are NOT in it. Back up the node key too: the
shares belong to it. A backup is out of date as soon as the node runs again: see "restore" for what that means.`,
		Action: runBackup,
	}
)

// maxScrypt bounds what a backup's header can make us spend on its passphrase: 2^20 KiB.
const maxScrypt = 20

func runBackup(ctx *cli.Context) error {
	quietLogging(ctx)
	cfg, err := loadBaseConfig(ctx)
	if err != nil {
		return err
	}
	if _, err := cfg.useNodeKey(keyUnused); err != nil {
		return err
	}
	recipients, err := backupRecipients(ctx)
	if err != nil {
		return err
	}
	db, err := openStoppedStore(&cfg)
	if err != nil {
		return err
	}
	defer db.Close()
	owner, err := db.Owner()
	if errors.Is(err, store.ErrNotFound) {
		return errors.New("the share store was never used: start the node once, then make the backup")
	} else if err != nil {
		return err
	}
	path := ctx.String(outFlag.Name)
	if path == "" {
		path = fmt.Sprintf("secretstore-%s-%s.age", owner.Node.Short(), time.Now().UTC().Format("20060102T150405Z"))
	}
	var sum *store.BackupSummary
	err = writeNewFile(path, func(w io.Writer) error {
		sum, err = db.Backup(w, auditRecords, recipients...)
		return err
	})
	if err != nil {
		return fmt.Errorf("backing up to %s: %w", path, err)
	}
	printBackup(path, sum)
	dir, err := storeDir(&cfg)
	if err == nil {
		err = service.NoteBackup(dir, time.Unix(int64(sum.Created), 0))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "The backup is whole, but that it was made could not be noted for the status of the node:", err)
	}
	fmt.Println("The backup does not contain the node key, the consensus sign state or the configuration. Back up the node key as well.")
	return nil
}

// auditRecords checks what a backup has about one key id, and about the server sets, which have the zero id.
func auditRecords(h *store.BackupHeader, key wire.KeyID, recs []wire.Record) error {
	ofKey, ofSets := recs, []wire.Record(nil)
	if key == (wire.KeyID{}) {
		ofKey = nil
		for _, r := range recs {
			if r.Kind.OfKey() {
				ofKey = append(ofKey, r)
			} else {
				ofSets = append(ofSets, r)
			}
		}
	}
	if err := auditSets(ofSets); err != nil || len(ofKey) == 0 {
		return err
	}
	return session.Audit(h.Owner.Cluster, h.Owner.Node, key, ofKey)
}

// auditSets wants each server set to follow the one before, and listings to be of these sets.
func auditSets(recs []wire.Record) error {
	get := func(kind wire.RecordKind, _ wire.KeyID, id wire.SessionID) ([]byte, error) {
		i := slices.IndexFunc(recs, func(r wire.Record) bool { return r.Kind == kind && r.Session == id })
		if i < 0 {
			return nil, session.ErrNoRecord
		}
		return recs[i].Value, nil
	}
	list := func(kind wire.RecordKind, _ wire.KeyID) (ids []wire.SessionID, err error) {
		for _, r := range recs {
			if r.Kind == kind {
				ids = append(ids, r.Session)
			}
		}
		return ids, nil
	}
	sets, _, err := handover.LoadSets(new(wire.ServerSet), get, list)
	if err != nil {
		return err
	}
	for _, r := range recs {
		if r.Kind != wire.RecordGathered {
			continue
		}
		if err := handover.CheckGathered(sets, r.Session, r.Value); err != nil {
			return err
		}
	}
	return nil
}

func printBackup(path string, sum *store.BackupSummary) {
	fmt.Printf("Backup:  %s\n", path)
	fmt.Printf("Node:    %s\n", sum.Owner.Node)
	fmt.Printf("Cluster: %s, %d key servers\n", sum.Owner.Cluster, len(sum.Owner.Servers))
	fmt.Printf("Made:    %s\n", time.Unix(int64(sum.Created), 0).UTC().Format(time.RFC3339))
	fmt.Printf("Holds:   %s, %s, %s in all\n", secretstore.Count(int(sum.Keys), "key"), secretstore.Count(int(sum.Shares), "share"), secretstore.Count(int(sum.Records), "record"))
}

// storeDir is where the node of a configuration has its share store.
func storeDir(cfg *config) (string, error) {
	dir := cfg.Node.ResolvePath("secretstore")
	if dir == "" {
		return "", errors.New("there is no data directory: give --datadir or --config")
	}
	return dir, nil
}

// storeSecret is what the shares in dir are protected with. It warns if others can read its file. The caller clears it.
func storeSecret(dir string, cfg *config) ([]byte, error) {
	keyfile.WarnExposed(cfg.SecretStore.SecretPath(dir))
	return service.StoreSecret(dir, &cfg.SecretStore)
}

// openStoppedStore opens the share store of a node that does not run.
func openStoppedStore(cfg *config) (*store.Store, error) {
	dir, err := storeDir(cfg)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, "db")); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no share store in %s: is --datadir right?", dir)
	}
	secret, err := storeSecret(dir, cfg)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	db, err := store.Open(dir, secret)
	if errors.Is(err, store.ErrLocked) {
		return nil, fmt.Errorf("%w: stop the node first (%s)", err, dir)
	} else if err != nil {
		return nil, fmt.Errorf("opening the share store in %s: %w", dir, err)
	}
	return db, nil
}

func backupRecipients(ctx *cli.Context) ([]age.Recipient, error) {
	keys := ctx.StringSlice(recipientFlag.Name)
	if len(keys) == 0 {
		passphrase, err := backupPassphrase(ctx, true)
		if err != nil {
			return nil, err
		}
		r, err := age.NewScryptRecipient(passphrase)
		return []age.Recipient{r}, err
	}
	var recipients []age.Recipient
	for _, key := range keys {
		r, err := age.ParseRecipients(strings.NewReader(key))
		if err != nil {
			return nil, fmt.Errorf("option --%s: %w", recipientFlag.Name, err)
		}
		recipients = append(recipients, r...)
	}
	return recipients, nil
}

func backupIdentities(ctx *cli.Context) ([]age.Identity, error) {
	if path := ctx.String(identityFileFlag.Name); path != "" {
		keyfile.WarnExposed(path)
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("option --%s: %w", identityFileFlag.Name, err)
		}
		defer f.Close()
		identities, err := age.ParseIdentities(bufio.NewReader(f))
		if err != nil {
			return nil, fmt.Errorf("option --%s: %s: %w", identityFileFlag.Name, path, err)
		}
		return identities, nil
	}
	passphrase, err := backupPassphrase(ctx, false)
	if err != nil {
		return nil, err
	}
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	id.SetMaxWorkFactor(maxScrypt)
	return []age.Identity{id}, nil
}

func backupPassphrase(ctx *cli.Context, fresh bool) (string, error) {
	if path := ctx.String(passphraseFileFlag.Name); path != "" {
		keyfile.WarnExposed(path)
		text, err := store.ReadPasswordFile(path)
		if err != nil {
			return "", fmt.Errorf("option --%s: %w", passphraseFileFlag.Name, err)
		}
		return string(text), nil
	}
	passphrase := utils.GetPassPhrase("Passphrase of the backup:", fresh)
	if passphrase == "" {
		return "", errors.New("a backup needs a passphrase, or a public key to encrypt it to (--recipient)")
	}
	return passphrase, nil
}

// writeNewFile writes a file that is there wholly or not at all, and that was not there
// before.
func writeNewFile(path string, write func(io.Writer) error) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%w; choose another name", fs.ErrExist)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := write(w); err != nil {
		return err
	}
	if err := errors.Join(w.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), path) // fails if somebody was faster
}
