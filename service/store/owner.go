package store

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/rlp"
	"github.com/syndtr/goleveldb/leveldb"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Owner is whose store this is. Shares belong to one node of one cluster: anywhere else
// they are of no use, and the promises beside them would be somebody else's.
type Owner struct {
	Node    wire.NodeID
	Cluster wire.ClusterID
	Servers []wire.NodeID // the key servers when the store was last bound, ascending
}

// OwnerError means that the store was made by another node, or for another cluster.
// Nothing was changed.
type OwnerError struct{ Stored, Here Owner }

func (e *OwnerError) Error() string {
	if e.Stored.Node != e.Here.Node {
		return fmt.Sprintf("the share store belongs to key server %s, this node is %s: the directory was copied from "+
			"another node, or the node key was replaced; put the right one of the two back", e.Stored.Node.Short(), e.Here.Node.Short())
	}
	return fmt.Sprintf("the share store belongs to cluster %v, this node is in cluster %v: the genesis block or the cluster "+
		"name has changed; put it back, or start with an empty data directory", e.Stored.Cluster, e.Here.Cluster)
}

// Gap says that the store may lack promises that its node has made: it was restored from
// a backup, or made anew after the old one was lost.
type Gap struct {
	Since uint64 // unix seconds: the store knows everything up to then; 0: nothing
	Found uint64 // unix seconds: when the gap came about or was noticed
	// Block is the number of a block that was final when the node ran with the gap: in rounds that are later it can't have
	// promised anything before. 0: it was not noted yet.
	Block uint64 `rlp:"optional"`
}

func (g Gap) String() string {
	if g.Since == 0 {
		return "it was made after an earlier one was lost"
	}
	return "it was restored from a backup of " + time.Unix(int64(g.Since), 0).UTC().Format(time.DateTime)
}

// Bind makes the store this owner's, or checks that it is. A change of the servers is
// remembered.
func (s *Store) Bind(owner Owner) error {
	stored, err := s.checkOwner(owner)
	if err != nil || stored != nil && slices.Equal(stored.Servers, owner.Servers) {
		return err
	}
	return s.putNote(ownerKey, &owner)
}

// checkOwner gives the owner so far, nil if there is none.
func (s *Store) checkOwner(here Owner) (*Owner, error) {
	stored, err := s.Owner()
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case stored.Node != here.Node || stored.Cluster != here.Cluster:
		return nil, &OwnerError{Stored: *stored, Here: here}
	}
	return stored, nil
}

// Owner is what Bind has written. ErrNotFound: the store was never bound.
func (s *Store) Owner() (*Owner, error) {
	owner := new(Owner)
	return owner, s.note(ownerKey, "owner", owner)
}

// Gap tells whether the store may lack promises.
func (s *Store) Gap() (gap Gap, found bool, err error) {
	err = s.note(gapKey, "note of lost promises", &gap)
	if errors.Is(err, ErrNotFound) {
		return gap, false, nil
	}
	return gap, err == nil, err
}

// NoteGap makes the store one that may lack promises, for good. A gap that is known
// already stays.
func (s *Store) NoteGap(gap Gap) error {
	if _, found, err := s.Gap(); found || err != nil {
		return err
	}
	return s.putNote(gapKey, &gap)
}

// NoteGapBlock adds the block to the gap, once.
func (s *Store) NoteGapBlock(block uint64) error {
	gap, found, err := s.Gap()
	if err != nil || !found || gap.Block != 0 {
		return err
	}
	gap.Block = block
	return s.putNote(gapKey, &gap)
}

// note reads one of the store's own records.
func (s *Store) note(dbkey []byte, name string, into any) error {
	sealed, err := s.db.Get(dbkey, nil)
	switch {
	case errors.Is(err, leveldb.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, leveldb.ErrClosed):
		return ErrClosed
	case err != nil:
		return s.damaged(name, err)
	}
	plain, err := unseal(s.keys.records, sealed, dbkey)
	if err == nil {
		err = rlp.DecodeBytes(plain, into)
	}
	if err != nil {
		return s.damaged(name, err)
	}
	return nil
}

func (s *Store) putNote(dbkey []byte, value any) error {
	plain, err := rlp.EncodeToBytes(value)
	if err != nil {
		return err
	}
	s.commitMu.Lock()
	defer s.commitMu.Unlock()
	if s.failed != nil {
		return s.failed
	}
	var batch leveldb.Batch
	batch.Put(dbkey, seal(s.keys.records, plain, dbkey))
	return s.writeBatch(&batch)
}
