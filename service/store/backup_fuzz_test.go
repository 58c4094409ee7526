package store

import (
	"bytes"
	"testing"

	"filippo.io/age"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// plainBackup is a small backup before it is encrypted.
func plainBackup(t testing.TB) []byte {
	t.Helper()
	s := mustOpen(t, t.TempDir())
	for key := range byte(3) {
		mustApply(t, s, record(wire.Put, wire.RecordShare, key, "share"), record(wire.Put, wire.RecordKey, key, "key"))
	}
	sum := &BackupSummary{BackupHeader: BackupHeader{Magic: backupMagic, Version: backupVersion, Schema: schemaVersion, Owner: owner}}
	var b bytes.Buffer
	if err := s.writeBackup(&b, sum, nil, anything); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// FuzzBackup reads what somebody who knows the passphrase can make of a backup: no panic,
// no record that Apply would refuse, and what passes as whole has what it says.
func FuzzBackup(f *testing.F) {
	good := plainBackup(f)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Fuzz(func(t *testing.T, plain []byte) {
		var keys uint64
		sum, err := readBackup(bytes.NewReader(plain), func(*BackupHeader) error { return nil }, func(key wire.KeyID, recs []wire.Record) error {
			keys++
			for i := range recs {
				if err := check(&recs[i]); err != nil || recs[i].Key != key {
					t.Errorf("gave record %+v of key %v: %v", recs[i], key, err)
				}
			}
			return nil
		})
		if err == nil && (sum.Keys != keys || sum.Magic != backupMagic) {
			t.Errorf("%d keys, says %+v", keys, sum)
		}
	})
}

// FuzzBackupFile reads files that anybody can have made: none of them opens.
func FuzzBackupFile(f *testing.F) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	w, err := age.Encrypt(&b, id.Recipient())
	if err != nil {
		f.Fatal(err)
	}
	if _, err := w.Write(plainBackup(f)); err != nil {
		f.Fatal(err)
	}
	w.Close()
	good := b.Bytes()
	for _, seed := range [][]byte{good, good[:len(good)-1], []byte("age-encryption.org/v1\n-> scrypt AAAA 30\nAAAA\n--- AAAA\n"), nil} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		_, err := ReadBackup(bytes.NewReader(file), func(*BackupHeader) error { return nil },
			func(wire.KeyID, []wire.Record) error { return nil }, id)
		if err == nil && !bytes.Equal(file, good) {
			t.Errorf("opened %q", file)
		}
	})
}
