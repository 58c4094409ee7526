package handover

import (
	"slices"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Who has not erased is on the disk: a sharing that is superseded leaves the list of its holders (wire.RecordOwed), and each
// holder's receipt comes beside it. The list goes when the receipts of all are there. So a node that starts again asks on for
// what is missing, and one that has erased its own share long ago still knows whose word is missing.

// Owing are the holders of a former sharing whose receipts of erasure this node has not got, itself among them until it has
// erased.
type Owing struct {
	wire.KeyVersion
	Holders []wire.NodeID // ascending
	Of      int           // how many held it
	// WrittenOff are further ones of whom there is none, for which the operator waits no more. If there are neither, all is
	// there: see Settle.
	WrittenOff []wire.WrittenOff
}

// Done tells whether the receipts of all holders are there.
func (o *Owing) Done() bool { return len(o.Holders) == 0 && len(o.WrittenOff) == 0 }

// OwingOf are the former sharings of a key of which receipts are or were missing when this was looked at last.
func OwingOf(env *session.Env, key wire.KeyID) (all []Owing, err error) {
	l, refused := ledgerOf(env)
	if refused != nil {
		return nil, refused
	}
	versions, err := env.List(wire.RecordOwed, key)
	if err != nil || len(versions) == 0 {
		return nil, err
	}
	there, err := env.List(wire.RecordErased, key)
	if err != nil {
		return nil, err
	}
	for _, version := range versions {
		var owed wire.Owed
		found, err := l.read(wire.RecordOwed, key, version, &owed)
		if err != nil {
			return nil, err
		}
		if !found { // settled meanwhile
			continue
		}
		o := Owing{KeyVersion: wire.KeyVersion{Key: key, Version: version}, Of: len(owed.Holders)}
		for _, node := range owed.Holders {
			if slices.Contains(there, wire.ErasedName(version, node)) {
				continue
			}
			if i := slices.IndexFunc(owed.WrittenOff, func(w wire.WrittenOff) bool { return w.Node == node }); i >= 0 {
				o.WrittenOff = append(o.WrittenOff, owed.WrittenOff[i])
			} else {
				o.Holders = append(o.Holders, node)
			}
		}
		all = append(all, o)
	}
	return all, nil
}

// Settle is the records that end the waiting for receipts of a former sharing, if all are there; none if one is missing.
// Others' receipts of earlier sharings of the key, of which none is missing either, are not kept for longer: their signers
// have their own.
func Settle(env *session.Env, k wire.KeyVersion) (batch []wire.Record, err error) {
	owing, err := OwingOf(env, k.Key)
	if err != nil {
		return nil, err
	}
	waiting := make(map[wire.SessionID]bool)
	for _, o := range owing {
		waiting[o.Version] = !o.Done()
	}
	missing, listed := waiting[k.Version]
	if !listed || missing {
		return nil, nil
	}
	batch = append(batch, wire.Record{Op: wire.Erase, Kind: wire.RecordOwed, Key: k.Key, Session: k.Version})
	l := &ledger{env}
	names, err := env.List(wire.RecordErased, k.Key)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		var e wire.Erased
		found, err := l.read(wire.RecordErased, k.Key, name, &e)
		if err != nil {
			return nil, err
		}
		if found && e.Version != k.Version && !waiting[e.Version] && e.Node != env.Self.ID() {
			batch = append(batch, wire.Record{Op: wire.Erase, Kind: wire.RecordErased, Key: k.Key, Session: name})
		}
	}
	return batch, nil
}

// WriteOff is the records by which this node waits no more for a holder's receipts of erasure of the former sharings of a key,
// and how many sharings these are. They hold for what is superseded by now: of later sharings its receipts are wanted again. It
// is the operator's word, and no other node's: nothing that is sent leads here. A receipt that comes all the same counts.
func WriteOff(env *session.Env, key wire.KeyID, node wire.NodeID, at uint64) (batch []wire.Record, count int, err error) {
	all, err := OwingOf(env, key)
	if err != nil {
		return nil, 0, err
	}
	l := &ledger{env}
	for _, o := range all {
		if !slices.Contains(o.Holders, node) {
			continue
		}
		var owed wire.Owed
		if found, err := l.read(wire.RecordOwed, key, o.Version, &owed); err != nil || !found {
			return nil, 0, err
		}
		less := owed
		less.WrittenOff = append(slices.Clone(owed.WrittenOff), wire.WrittenOff{Node: node, At: at})
		batch = append(batch, rewrite(wire.RecordOwed, key, o.Version, &owed, &less)...)
		count++
	}
	return batch, count, nil
}

// NothingToErase is the receipt of a holder that has no share of a former sharing: it was lost with a disk, or never came.
// It fails with Internal where there is a share, which Erase is for, or where nothing is known to have superseded the sharing.
func NothingToErase(env *session.Env, state *session.State, k wire.KeyVersion) ([]wire.Record, error) {
	r := state.Record
	if r == nil || !r.Confirmed() || r.Setup.Key != k.Key || r.Version() == k.Version {
		return nil, wire.Errorf(wire.Internal, "a receipt of erasure of a sharing that nothing is known to have superseded")
	}
	owed, err := env.Get(wire.RecordOwed, k.Key, k.Version)
	if err != nil || len(owed) == 0 {
		return nil, wire.Errorf(wire.Internal, "a receipt of erasure of a sharing that is no former one here")
	}
	for _, kind := range []wire.RecordKind{wire.RecordShare, wire.RecordPending, wire.RecordFormer} {
		held, err := env.List(kind, k.Key)
		if err != nil {
			return nil, err
		}
		if slices.Contains(held, k.Version) {
			return nil, wire.Errorf(wire.Internal, "a receipt of erasure for a share that is there")
		}
	}
	return []wire.Record{
		wire.NewRecord(wire.Expect, wire.RecordKey, k.Key, wire.SessionID{}, r),
		keepErased(erased(env, k, r.Version())),
	}, nil
}

// erased is this node's receipt.
func erased(env *session.Env, k wire.KeyVersion, successor wire.SessionID) *wire.Erased {
	receipt := &wire.Erased{Key: k.Key, Version: k.Version, Successor: successor, Node: env.Self.ID()}
	receipt.Signature = env.Self.Sign(wire.ErasedDigest(env.Cluster, receipt))
	return receipt
}
