package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/syndtr/goleveldb/leveldb/util"
)

// leveldb replays its journals when it opens, and so it does with its manifest. It
// can either refuse any bad byte, and then a node killed in the middle of a write
// never starts again, or skip bad blocks, and then it silently forgets records and
// writes the loss down. We want neither: the end of a journal may be torn, since
// what was never wholly written was never acknowledged; anything else is damage.
// checkJournals tells the two apart before leveldb may touch the files.

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

// checkJournals looks at each journal and manifest in a closed database.
func checkJournals(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrPermission) {
		return err
	} else if err != nil {
		return &DamagedError{What: "directory db", Err: err, Advice: adviceStore}
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".log") && !strings.HasPrefix(name, "MANIFEST-") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if err := checkJournal(content); err != nil {
			return &DamagedError{What: "journal " + name, Err: err, Advice: adviceStore}
		}
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

// errLost is what Open finds when leveldb opens but has fewer records than key files.
var errLost = errors.New("there are key files without a record: the database lost records, or an older copy of it was put back")
