package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"
	"github.com/syndtr/goleveldb/leveldb"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// frames are what a backup is made of, as somebody who knows the passphrase can make them.
func frames(t testing.TB, parts ...any) (plain []byte) {
	t.Helper()
	for _, part := range parts {
		enc, raw := part.([]byte)
		if !raw {
			var err error
			if enc, err = rlp.EncodeToBytes(part); err != nil {
				t.Fatal(err)
			}
		}
		plain = append(binary.BigEndian.AppendUint32(plain, uint32(len(enc))), enc...)
	}
	return plain
}

func goodHeader() BackupHeader {
	return BackupHeader{Magic: backupMagic, Version: backupVersion, Schema: schemaVersion, Owner: owner}
}

// TestHeaderOfABackup: what does not begin as a backup of ours is none, and nobody is asked about it.
func TestHeaderOfABackup(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*BackupHeader)
		want   error
	}{
		"good":             {func(*BackupHeader) {}, nil},
		"another file":     {func(h *BackupHeader) { h.Magic = "another file" }, ErrBackup},
		"a newer one":      {func(h *BackupHeader) { h.Version++ }, ErrBackupVersion},
		"a newer store":    {func(h *BackupHeader) { h.Schema++ }, ErrBackupVersion},
		"too many servers": {func(h *BackupHeader) { h.Owner.Servers = make([]wire.NodeID, wire.MaxMembers+1) }, ErrBackup},
	} {
		h, begun := goodHeader(), false
		c.change(&h)
		_, err := readBackup(bytes.NewReader(frames(t, h, backupEntry{}, backupTrailer{})), func(*BackupHeader) error { begun = true; return nil }, nil)
		if !errors.Is(err, c.want) || begun != (c.want == nil) {
			t.Errorf("%s: %v, begun: %v", name, err, begun)
		}
	}
}

// TestBackupThatIsNotWhole: only what ends as it says, with nothing after it and nothing amiss before, is a whole backup.
func TestBackupThatIsNotWhole(t *testing.T) {
	entry := backupEntry{Key: wire.KeyID{1}, Records: []backupRecord{{Kind: wire.RecordKey, Value: []byte("a")}, {Kind: wire.RecordPromise, Value: []byte("b")}}}
	torn := frames(t, goodHeader())
	binary.BigEndian.PutUint32(torn, uint32(len(torn))) // announces more than there is
	for name, plain := range map[string][]byte{
		"header with more in it":       frames(t, []any{backupMagic, uint(backupVersion), uint(schemaVersion), uint(0), owner, "", "more"}, backupEntry{}, backupTrailer{}),
		"entry that is none":           frames(t, goodHeader(), []byte{0xc1, 0x80}, backupTrailer{}),
		"entry of an unknown kind":     frames(t, goodHeader(), backupEntry{Records: []backupRecord{{Kind: 99}}}, backupEntry{}, backupTrailer{1, 1}),
		"no end":                       frames(t, goodHeader(), entry),
		"no trailer":                   frames(t, goodHeader(), backupEntry{}),
		"trailer that is none":         frames(t, goodHeader(), backupEntry{}, []byte{0xc1, 0x80}),
		"a key fewer than it says":     frames(t, goodHeader(), entry, backupEntry{}, backupTrailer{2, 2}),
		"a record fewer than it says":  frames(t, goodHeader(), entry, backupEntry{}, backupTrailer{1, 3}),
		"a byte after its end":         append(frames(t, goodHeader(), entry, backupEntry{}, backupTrailer{1, 2}), 0),
		"length of a part cut off":     frames(t, goodHeader())[:3],
		"a part shorter than it says":  torn,
		"the end shorter than it says": announceMore(frames(t, goodHeader(), backupEntry{}, backupTrailer{}), len(frames(t, backupTrailer{}))),
	} {
		_, err := readBackup(bytes.NewReader(plain), func(*BackupHeader) error { return nil }, func(wire.KeyID, []wire.Record) error { return nil })
		if !errors.Is(err, ErrBackup) || errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", name, err)
		}
	}
	sum, err := readBackup(bytes.NewReader(frames(t, goodHeader(), entry, backupEntry{}, backupTrailer{1, 2})), func(*BackupHeader) error { return nil },
		func(wire.KeyID, []wire.Record) error { return nil })
	if err != nil || sum.Keys != 1 || sum.Records != 2 {
		t.Errorf("a whole one: %+v, %v", sum, err)
	}
}

// announceMore has the last part, with its length last bytes long, say that it has one more.
func announceMore(plain []byte, last int) []byte {
	at := plain[len(plain)-last:]
	binary.BigEndian.PutUint32(at, binary.BigEndian.Uint32(at)+1)
	return plain
}

var errTorn = errors.New("the seal of the last chunk is broken")

// TestBackupTornAtItsEnd: age tells only there that somebody has cut or changed the file.
func TestBackupTornAtItsEnd(t *testing.T) {
	whole := bytes.NewReader(frames(t, goodHeader(), backupEntry{}, backupTrailer{}))
	_, err := readBackup(io.MultiReader(whole, failing{}), func(*BackupHeader) error { return nil }, nil)
	if !errors.Is(err, ErrBackup) {
		t.Errorf("took it: %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errTorn }

// TestHugeFrame: what announces more than a key's records can take is not read, and records that take more are not written.
func TestHugeFrame(t *testing.T) {
	r := &endless{announced: binary.BigEndian.AppendUint32(nil, maxFrame+1)}
	if err := readFrame(r, new(backupTrailer)); !errors.Is(err, ErrBackup) || r.read > 4 {
		t.Errorf("%v, %d bytes read", err, r.read)
	}
	if err := writeFrame(io.Discard, make([]byte, maxFrame)); err == nil {
		t.Error("wrote a frame that nobody reads")
	}
}

// endless is a length, and then zeros for as long as somebody reads a little more than he may.
type endless struct {
	announced []byte
	read      int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.read > 2*maxFrame {
		return 0, io.ErrUnexpectedEOF
	}
	n := len(p)
	if e.read < 4 {
		n = copy(p, e.announced[e.read:])
	} else {
		clear(p)
	}
	e.read += n
	return n, nil
}

// onceFailing fails at one write alone, as a disk that is full for a moment.
type onceFailing struct {
	at, writes int
}

func (w *onceFailing) Write(p []byte) (int, error) {
	if w.writes++; w.writes == w.at {
		return 0, errTorn
	}
	return len(p), nil
}

// TestBackupCannotBeWritten: no write's failure is passed over, which would leave a backup with a hole.
func TestBackupCannotBeWritten(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	mustApply(t, s, record(wire.Put, wire.RecordKey, 1, "a"), record(wire.Put, wire.RecordKey, 2, "b"))
	for at := 1; ; at++ {
		w := &onceFailing{at: at}
		err := s.writeBackup(w, &BackupSummary{BackupHeader: goodHeader()}, nil, anything)
		if w.writes < at {
			if err != nil || at != 2*5+1 { // header, two keys, end, trailer: length and content
				t.Errorf("%v after %d writes", err, w.writes)
			}
			return
		}
		if !errors.Is(err, errTorn) {
			t.Errorf("write %d fails: %v", at, err)
		}
	}
}

// TestBackupWithoutWhatItNeeds: a backup that could not say that promises are missing, or that anybody could read, is none.
func TestBackupWithoutWhatItNeeds(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	if err := errors.Join(s.Bind(owner), s.NoteGap(Gap{Since: 1})); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Backup(io.Discard, anything); err == nil {
		t.Error("backed up for nobody to read")
	}
	s.Close()
	edit(t, dir, func(db *leveldb.DB) error { return db.Put(gapKey, []byte("damaged"), nil) })
	s = mustOpen(t, dir)
	if _, err := s.Backup(io.Discard, anything, lock(t, "pass")); !isDamage(err) {
		t.Errorf("with a damaged note of lost promises: %v", err)
	}
}

// TestEachKeyMeanwhile: a key that is erased during a backup is left out, and a store that is closed ends it with an error.
func TestEachKeyMeanwhile(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	for key := range byte(3) {
		mustApply(t, s, record(wire.Put, wire.RecordKey, key, "x"))
	}
	var seen []byte
	err := s.EachKey(func(key wire.KeyID, recs []wire.Record) error {
		if seen = append(seen, key[0]); len(recs) != 1 {
			t.Errorf("key %d has %d records", key[0], len(recs))
		}
		if key[0] == 0 {
			mustApply(t, s, record(wire.Erase, wire.RecordKey, 1, ""))
		}
		return nil
	})
	if err != nil || string(seen) != "\x00\x02" {
		t.Errorf("saw keys %v, %v", seen, err)
	}
	err = s.EachKey(func(wire.KeyID, []wire.Record) error { return s.Close() })
	if !errors.Is(err, ErrClosed) {
		t.Errorf("of a store that was closed meanwhile: %v", err)
	}
}
