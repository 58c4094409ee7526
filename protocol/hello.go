package protocol

import (
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// helloTimeout is how long a member may take before it is shown as silent. A
	// hello that comes later is still good.
	helloTimeout = 5 * time.Second

	// maxHelloSize bounds the hello, the only message that is read from a node that
	// is no member (it may become one).
	maxHelloSize = 1024

	// maxHelloRest bounds what later versions may add.
	maxHelloRest = 16
)

// hello is the first message in each direction, code 0x00: RLP
// [version, cluster 32, features, instance 16, genesis 32, …]. A node sends it as soon as
// it takes the other for a member, and again never on that connection. The first versions
// send no genesis, and look at nothing that comes after the instance.
type hello struct {
	Version  uint64 // of ss, the one that the connection was made for
	Cluster  wire.ClusterID
	Features Feature        // what the sender knows beside the version; bits of later programs are ignored
	Instance instance       // drawn by each process; tells two machines with one node key apart
	Rest     []rlp.RawValue `rlp:"tail"`
}

type instance [16]byte

// Feature is a set of what a program knows that others of the same version of ss don't: a bit for each.
type Feature uint64

const (
	// KeptItems is wire.Deal with the list of what its coordinator still keeps.
	KeptItems Feature = 1 << iota
	// ServerSets is that the set of key servers can change: set-ups of the second version, moves, and all messages about
	// sets.
	ServerSets
	// Rounds is that keys are dealt anew within a set: wire.Redistribute with its cause.
	Rounds
	// GivingUp is that a server set which has lost its quorum can be given up (wire.SetOrder.GiveUp): what tells of one that was
	// is not for others to read.
	GivingUp
	// Plans is that a node lists what it holds for a plan: wire.ListShares.
	Plans
	// Rehearsals is that a node takes part in rehearsals of a change: wire.Rehearse.
	Rehearsals
	// Addresses is that members sign where they are reached: wire.Follow and wire.SetLinks with addresses.
	Addresses
)

// ownFeatures are those of this program.
const ownFeatures = KeptItems | ServerSets | Rounds | GivingUp | Plans | Rehearsals | Addresses

func (n *Network) ownHello(version uint) frame {
	genesis, err := rlp.EncodeToBytes(n.backend.Genesis())
	if err != nil {
		panic("protocol: internal error: a hash can't be encoded: " + err.Error())
	}
	payload, err := rlp.EncodeToBytes(&hello{
		Version: uint64(version), Cluster: n.backend.Cluster(), Features: ownFeatures, Instance: n.instance, Rest: []rlp.RawValue{genesis},
	})
	if err != nil {
		panic("protocol: internal error: hello can't be encoded: " + err.Error())
	}
	return frame{uint64(wire.CodeHello), payload}
}

func decodeHello(payload []byte) (*hello, error) {
	if len(payload) > maxHelloSize {
		return nil, fmt.Errorf("hello of %d bytes is over the limit of %d", len(payload), maxHelloSize)
	}
	h := new(hello)
	if err := rlp.DecodeBytes(payload, h); err != nil {
		return nil, fmt.Errorf("decoding hello: %w", err)
	}
	if len(h.Rest) > maxHelloRest {
		return nil, fmt.Errorf("hello with %d fields too many", len(h.Rest)-maxHelloRest)
	}
	return h, nil
}

// genesis is the first block of the sender's chain; false if it does not tell.
func (h *hello) genesis() (hash common.Hash, told bool) {
	if len(h.Rest) == 0 || rlp.DecodeBytes(h.Rest[0], &hash) != nil {
		return common.Hash{}, false
	}
	return hash, hash != common.Hash{}
}

// objection says why we can't talk with the sender of a hello; empty if we can.
func (h *hello) objection(cluster wire.ClusterID, genesis common.Hash, version uint) (State, string) {
	theirs, told := h.genesis()
	switch {
	case h.Version != uint64(version):
		return OtherVersion, fmt.Sprintf("it says that it speaks %s/%d on a connection for %s/%d", wire.ProtocolName, h.Version, wire.ProtocolName, version)
	case h.Cluster != cluster && told && theirs != genesis:
		return OtherGenesis, fmt.Sprintf("its chain begins with block %#x, this node's with %#x: the two were initialized with different network files",
			theirs[:8], genesis[:8])
	case h.Cluster != cluster && told:
		return OtherCluster, fmt.Sprintf("it belongs to cluster %v, this node to %v, on the same chain: the cluster names differ", h.Cluster, cluster)
	case h.Cluster != cluster:
		return OtherCluster, fmt.Sprintf("it belongs to cluster %v, this node to %v: other genesis block or other cluster name", h.Cluster, cluster)
	}
	return "", ""
}
