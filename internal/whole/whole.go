// Package whole writes files that are whole or not there, whatever ends the process or the machine meanwhile, and that
// their owner alone can read. It replaces a file only where it is told to.
package whole

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Create makes a file. It writes beside the path and links into place, so of two processes one wins, and the other gets
// fs.ErrExist. So it does where anything has the name, a link to nothing too.
func Create(path string, content []byte) error {
	temp := fmt.Sprintf("%s.%s.tmp", path, rand.Text())
	if err := WriteNew(temp, content); err != nil {
		return err
	}
	defer os.Remove(temp)
	if err := place(temp, path); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// Replace puts a file in the place of another, or of none: after a crash one of the two is there.
func Replace(path string, content []byte) error {
	temp := fmt.Sprintf("%s.%s.tmp", path, rand.Text())
	if err := WriteNew(temp, content); err != nil {
		return err
	}
	defer os.Remove(temp)
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// place gives a file its name. Some file systems have no hard links; there a second process may win over the first.
func place(temp, path string) error {
	err := os.Link(temp, path)
	if err == nil {
		return nil
	}
	if Present(path) {
		return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	return os.Rename(temp, path)
}

// WriteNew writes a file that must not be there yet. A crash may leave a part of it, and its name is not durable before
// SyncDir.
func WriteNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(path)
	}
	return err
}

// Present tells whether anything has the name: a file, a directory, a link to nothing, or what can't be looked at. It
// answers "no" only where that is certain, so that nothing is made anew in place of what could not be read.
func Present(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
