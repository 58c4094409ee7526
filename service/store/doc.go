// Package store keeps what a key server must not forget: certified keys, its own
// shares, the promises it signed. It is goleveldb with synced writes, values sealed
// under the operator's secret, and a way to erase a share for good.
//
//	DIR/LOCK        held by the process that has the store open
//	DIR/db/         goleveldb; schema.go lays out its keys
//	DIR/writes      how often the database was written to, see writes.go
//	DIR/keys/ID     a secret record's own key, wrapped; ID is in the record
//	DIR/keys/ID.new the same, written before the batch that refers to it
//
// A key deleted inside leveldb is not gone: it stays in journals and tables until
// they happen to be compacted. So each secret record is sealed under a random key
// of its own that lives in a file beside the database, and erasing the record means
// overwriting and unlinking that file. What is left in leveldb can't be read by
// anybody, the operator's secret included. (A file system or a disk that copies on
// write may keep the old file block; it is wrapped under the operator's secret.)
//
// A share that was pending keeps seal and key file: becoming the share writes one batch.
//
// A change passes these steps; a crash between any two loses no live record and
// revives no erased one:
//
//  1. new key files, as ID.new: written, synced, directory synced
//  2. one synced leveldb batch: records, and a note for each key file to destroy
//  3. ID.new renamed to ID
//  4. key files noted in 2 overwritten, synced, unlinked, directory synced
//  5. the notes deleted
//
// Open finishes what a crash left: ID.new without a record never took effect and
// is destroyed; a noted file is destroyed; ID.new with a record is renamed. An ID
// that has neither record nor note means that the database lost something, and
// Open refuses. It never repairs: a repaired database may have lost a promise, and
// a node that forgets its promise can be made to break it.
//
// The package is not a cache and knows nothing of what the values mean.
package store
