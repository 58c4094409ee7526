// Package journal finds damage in the journals of a closed goleveldb database before goleveldb does.
//
// leveldb replays its journals when it opens, and so it does with its manifest. It
// can either refuse any bad byte, and then a node killed in the middle of a write
// never starts again, or skip bad blocks, and then it silently forgets records and
// writes the loss down. We want neither: the end of a journal may be torn, since
// what was never wholly written was never acknowledged; anything else is damage.
// Check tells the two apart before leveldb may touch the files. It also makes a new
// database where the file that names the manifest is gone, whatever lies there.
package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	lerrors "github.com/syndtr/goleveldb/leveldb/errors"
	"github.com/syndtr/goleveldb/leveldb/util"
)

// A journal is a row of blocks; a block is a row of chunks, each with a header of
// CRC-32C (4), length (2, little-endian) and type (1). A record is one full chunk, or
// a first, any number of middle ones and a last.
const (
	journalBlock  = 32 << 10
	journalHeader = 7

	chunkFull   = 1
	chunkFirst  = 2
	chunkMiddle = 3
	chunkLast   = 4
)

// Error says which file of a database is damaged, and how.
type Error struct {
	File string
	Err  error
}

func (e *Error) Error() string { return "journal " + e.File + ": " + e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// IsDamage tells an error of a database that is damaged from one of its surroundings: a full disk, too many open files, a
// missing permission.
func IsDamage(err error) bool {
	var bad *Error
	if errors.As(err, &bad) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return true
	}
	for ; err != nil; err = errors.Unwrap(err) {
		if lerrors.IsCorrupted(err) {
			return true
		}
	}
	return false
}

// Check looks at each journal and manifest in the directory of a closed database. An *Error is damage; any other error
// means that it could not be read.
func Check(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var data, current bool
	for _, e := range entries {
		name := e.Name()
		data = data || strings.HasSuffix(name, ".log") || strings.HasSuffix(name, ".ldb")
		current = current || strings.HasPrefix(name, "CURRENT")
		if !strings.HasSuffix(name, ".log") && !strings.HasPrefix(name, "MANIFEST-") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if err := checkJournal(content); err != nil {
			return &Error{name, err}
		}
	}
	if data && !current {
		return &Error{"CURRENT", errors.New("is missing")}
	}
	return nil
}

// checkJournal accepts whole chunks followed by nothing, by a chunk that the end of
// the file cuts off, or by zeros, as some file systems leave after a loss of power.
func checkJournal(content []byte) error {
	inside := false // of a record
	for at := 0; at < len(content); {
		room := journalBlock - at%journalBlock // left in this block
		if room < journalHeader {
			at += room // filled up, next block
			continue
		}
		if at+journalHeader > len(content) {
			return nil // header cut off
		}
		header := content[at : at+journalHeader]
		length := int(binary.LittleEndian.Uint16(header[4:]))
		end := at + journalHeader + length
		switch {
		case allZero(content[at:]):
			return nil
		case header[6] < chunkFull || header[6] > chunkLast:
			return fmt.Errorf("chunk of unknown type at byte %d", at)
		case journalHeader+length > room:
			return fmt.Errorf("chunk longer than its block at byte %d", at)
		case end > len(content):
			return nil // body cut off
		case binary.LittleEndian.Uint32(header) != util.NewCRC(content[at+6:end]).Value():
			return fmt.Errorf("checksum mismatch at byte %d", at)
		case inside != (header[6] == chunkMiddle || header[6] == chunkLast):
			return fmt.Errorf("part of a record is missing at byte %d", at)
		}
		inside = header[6] == chunkFirst || header[6] == chunkMiddle
		at = end
	}
	return nil
}

func allZero(b []byte) bool { return len(bytes.TrimLeft(b, "\x00")) == 0 }
