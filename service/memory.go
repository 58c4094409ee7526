package service

import (
	"errors"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/store"
)

// ownStore wants a store that is this node's, and learns whether it lacks promises.
func (s *Service) ownStore(db *store.Store) error {
	_, err := db.Owner()
	fresh := errors.Is(err, store.ErrNotFound)
	if err := db.Bind(s.owner()); err != nil {
		return err
	}
	gap, found, err := db.Gap()
	if err != nil {
		return err
	}
	s.gap.Store(found)
	switch {
	case found:
		log.Warn("The share store may lack promises of this node. It serves its shares, and helps to make keys only together with all other key servers", "because", gap)
	case fresh && s.temporary == "" && s.found > 0:
		log.Warn("The share store is new, but the chain is not. If this node has held shares before, stop it and run " +
			"'geth-ss secretstore restore' with its last backup, or with --lost if there is none: it could break promises that it does not remember")
	}
	return nil
}

// owner is whose the share store has to be.
func (s *Service) owner() store.Owner {
	return store.Owner{Node: s.self.ID(), Cluster: s.cluster, Servers: s.set.Members()}
}

// recall is what this node knows of a key id. A key of which its share is lost shows that
// the whole store was.
func (s *Service) recall(key wire.KeyID) (*session.State, error) {
	state, err := s.states.load(key)
	if err != nil || s.gap.Load() || !state.Lost(s.self.ID()) {
		return state, err
	}
	gap := store.Gap{Found: uint64(time.Now().Unix())}
	if err := s.states.db.NoteGap(gap); err != nil {
		return nil, wire.Errorf(wire.Database, "noting that promises are lost: %v", err)
	}
	s.gap.Store(true)
	log.Error("This node has helped to make a key but holds no share of it: its share store was lost or replaced. From now on it helps "+
		"to make keys only together with all other key servers. To get the shares back restore a backup", "key", key)
	return state, nil
}
