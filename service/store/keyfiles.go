package store

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// newSuffix marks a key file whose record may not have been written.
const newSuffix = ".new"

// wrappedLen is the size of a key file: nonce, key, tag.
const wrappedLen = chacha20poly1305.NonceSizeX + chacha20poly1305.KeySize + chacha20poly1305.Overhead

// keyFiles is the directory of the secret records' own keys.
type keyFiles struct{ dir string }

func (k keyFiles) path(id fileID) string { return filepath.Join(k.dir, id.String()) }

// write makes id.new. The caller syncs it and closes it, and syncs the directory.
func (k keyFiles) write(id fileID, wrapped []byte) (*os.File, error) {
	f, err := os.OpenFile(k.path(id)+newSuffix, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write(wrapped); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// settle gives a key file its name, once its record is durable.
func (k keyFiles) settle(id fileID) error {
	return os.Rename(k.path(id)+newSuffix, k.path(id))
}

// read looks under both names, and again under the first: it may be renamed meanwhile.
func (k keyFiles) read(id fileID) ([]byte, error) {
	var err error
	for _, path := range []string{k.path(id), k.path(id) + newSuffix, k.path(id)} {
		var wrapped []byte
		if wrapped, err = readExactly(path, wrappedLen); err == nil {
			return wrapped, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return nil, err
}

// readExactly reads a file that must have a certain size.
func readExactly(path string, size int) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() != int64(size) {
		return nil, fmt.Errorf("key file has %d bytes instead of %d", info.Size(), size)
	}
	return os.ReadFile(path)
}

// overwrite destroys the content of key files under either name, durably.
func (k keyFiles) overwrite(ids []fileID) error {
	for some := range slices.Chunk(ids, filesAtOnce) {
		var files unsynced
		for _, id := range some {
			if err := k.each(id, files.zero); err != nil {
				files.close()
				return err
			}
		}
		if err := files.sync(); err != nil {
			return err
		}
	}
	return nil
}

// unsynced are files that were written to and are open.
type unsynced []*os.File

// zero overwrites a key file.
func (u *unsynced) zero(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	*u = append(*u, f)
	_, err = f.WriteAt(make([]byte, wrappedLen), 0)
	return err
}

// sync makes the contents durable, and closes the files: all of them, also after an error.
func (u *unsynced) sync() error {
	defer u.close()
	for len(*u) > 0 {
		f := (*u)[0]
		*u = (*u)[1:]
		err := f.Sync()
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// close lets go of what is left after an error.
func (u *unsynced) close() {
	for _, f := range *u {
		f.Close()
	}
	*u = nil
}

// unlink removes an overwritten key file. The caller syncs the directory.
func (k keyFiles) unlink(id fileID) error { return k.each(id, os.Remove) }

// each does something to a key file under either name, if it exists.
func (k keyFiles) each(id fileID, do func(path string) error) error {
	for _, path := range []string{k.path(id) + newSuffix, k.path(id)} {
		if err := do(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// list gives the key files: settled ones as true, new ones as false. Files with
// other names are none of ours.
func (k keyFiles) list() (map[fileID]bool, error) {
	entries, err := os.ReadDir(k.dir)
	if err != nil {
		return nil, err
	}
	found := make(map[fileID]bool)
	for _, e := range entries {
		name, isNew := strings.CutSuffix(e.Name(), newSuffix)
		raw, err := hex.DecodeString(name)
		if err != nil || len(raw) != fileIDLen {
			continue
		}
		id := fileID(raw)
		found[id] = found[id] || !isNew
	}
	return found, nil
}
