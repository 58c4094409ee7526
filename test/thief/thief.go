// Package thief tries to read keys with the directories of key servers alone, as somebody who has stolen them would: with all that is
// in them, the key that opens their share stores included. Tests show with it what a change of the key servers, or a refresh, takes
// from a thief.
package thief

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/secp256k1"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/threshold"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/store"
)

// maxTries bounds how many combinations of shares are tried for one key.
const maxTries = 100_000

// Loot is what was stolen.
type Loot struct {
	keys map[wire.KeyID]*key
}

// key is what is known of one key.
type key struct {
	public     *secp256k1.Point // nil: no certificate was found
	thresholds map[wire.SessionID]int
	shares     map[share]*secp256k1.Scalar
}

// share names a share that was found: of which version, and with which index.
type share struct {
	version wire.SessionID
	index   uint32
}

// Steal copies the share stores of these data directories, of nodes that don't run, and takes all shares out of them.
func Steal(temp string, dataDirs ...string) (*Loot, error) {
	l := &Loot{keys: make(map[wire.KeyID]*key)}
	for i, dir := range dataDirs {
		copied := filepath.Join(temp, fmt.Sprint(i))
		if err := os.CopyFS(copied, os.DirFS(filepath.Join(dir, "geth-ss", "secretstore"))); err != nil {
			return nil, err
		}
		if err := l.open(copied); err != nil {
			return nil, fmt.Errorf("the share store of %s: %w", dir, err)
		}
		if err := os.RemoveAll(copied); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (l *Loot) open(dir string) error {
	secret, err := store.LoadKeyFile(filepath.Join(dir, "store.key"))
	if err != nil {
		return err
	}
	s, err := store.Open(dir, secret)
	if err != nil {
		return err
	}
	return errors.Join(s.EachKey(l.take), s.Close())
}

// take takes what one store has of one key.
func (l *Loot) take(id wire.KeyID, recs []wire.Record) error {
	k := l.keys[id]
	if k == nil {
		k = &key{thresholds: make(map[wire.SessionID]int), shares: make(map[share]*secp256k1.Scalar)}
		l.keys[id] = k
	}
	for _, r := range recs {
		switch r.Kind {
		case wire.RecordKey, wire.RecordNext, wire.RecordFormer:
			record := new(wire.KeyRecord)
			if err := rlp.DecodeBytes(r.Value, record); err != nil {
				return fmt.Errorf("a certificate of key %v: %w", id, err)
			}
			public := record.Public()
			point, err := secp256k1.ParsePoint(public[:])
			if err != nil {
				return err
			}
			k.public = point
			k.thresholds[record.Version()] = int(record.Setup.Threshold)
		case wire.RecordShare, wire.RecordPending:
			found, err := session.DecodeShare(r.Value)
			if err != nil {
				return fmt.Errorf("a share of key %v: %w", id, err)
			}
			k.shares[share{r.Session, found.Index}] = found.Value
		}
	}
	return nil
}

// Keys is how many keys the directories know of.
func (l *Loot) Keys() int { return len(l.keys) }

// Shares is how many shares were found, of all keys and versions.
func (l *Loot) Shares() (count int) {
	for _, k := range l.keys {
		count += len(k.shares)
	}
	return count
}

// Read are the keys whose secret the shares give, in ascending order. It tries all shares of each version together, and every choice
// of t+1 shares of whatever versions.
func (l *Loot) Read() (read []wire.KeyID, err error) {
	for id, k := range l.keys {
		ok, err := k.read()
		if err != nil {
			return nil, fmt.Errorf("key %v: %w", id, err)
		}
		if ok {
			read = append(read, id)
		}
	}
	slices.SortFunc(read, func(a, b wire.KeyID) int { return slices.Compare(a[:], b[:]) })
	return read, nil
}

func (k *key) read() (bool, error) {
	if k.public == nil {
		return false, nil
	}
	all := make([]share, 0, len(k.shares))
	versions := make(map[wire.SessionID][]share)
	for s := range k.shares {
		all = append(all, s)
		versions[s.version] = append(versions[s.version], s)
	}
	for _, of := range versions {
		if k.opens(of) {
			return true, nil
		}
	}
	tries := 0
	for _, t := range k.degrees() {
		found, err := k.choose(all, nil, t+1, &tries)
		if found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// degrees are the thresholds that the key has, and has had, each once.
func (k *key) degrees() (list []int) {
	for _, t := range k.thresholds {
		if !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list
}

// choose tries every choice of more shares beside those that are chosen.
func (k *key) choose(from, chosen []share, more int, tries *int) (bool, error) {
	if more == 0 {
		if *tries++; *tries > maxTries {
			return false, fmt.Errorf("there are more than %d choices", maxTries)
		}
		return k.opens(chosen), nil
	}
	for i, s := range from {
		if len(from)-i < more {
			break
		}
		if slices.ContainsFunc(chosen, func(c share) bool { return c.index == s.index }) {
			continue
		}
		if found, err := k.choose(from[i+1:], append(chosen[:len(chosen):len(chosen)], s), more-1, tries); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// opens tells whether these shares, of different indices, give the secret of the key.
func (k *key) opens(list []share) bool {
	indices := make([]threshold.Index, len(list))
	values := make([]*secp256k1.Scalar, len(list))
	for i, s := range list {
		indices[i], values[i] = threshold.Index(s.index), k.shares[s]
	}
	set, err := threshold.NewSet(indices...)
	if err != nil {
		return false
	}
	secret, err := set.CombineScalars(values)
	return err == nil && secp256k1.BaseMul(secret).Equal(k.public)
}
