package protocol

import (
	"cmp"
	"slices"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// State is how we stand with another key server.
type State string

const (
	Connected    State = "connected"       // messages are exchanged
	Greeting     State = "greeting"        // connected, hello awaited
	Silent       State = "silent"          // connected, but no hello comes
	OtherVersion State = "other version"   // connected, speaks another version of ss
	OtherCluster State = "other cluster"   // belongs to another cluster on the same chain, or of a version that can't tell which
	OtherGenesis State = "other genesis"   // its chain begins with another block
	OtherChain   State = "other chain"     // not connected; eth was refused at once: network id, genesis or forks differ
	Muted        State = "muted"           // connected, broke the protocol and is ignored for a while
	NotMember    State = "not a member"    // connected, not in our key server set
	NoSubproto   State = "no secret store" // connected, but does not speak ss at all
	Dialing      State = "dialing"         // being connected to
	Waiting      State = "waiting"         // not connected; NextDial says when it is tried
	NoAddress    State = "no address"      // not connected; no address known, it has to connect to us
)

// Status is a state with its reason and its beginning.
type Status struct {
	State  State     `json:"state"`
	Reason string    `json:"reason,omitempty"` // for people; may be empty
	Since  time.Time `json:"since,omitzero"`
}

// set replaces a status and reports whether the state changed.
func (s *Status) set(to Status) bool {
	if s.State == to.State && s.Reason == to.Reason {
		return false
	}
	changed := s.State != to.State
	to.Since = time.Now()
	if !changed {
		to.Since = s.Since
	}
	*s = to
	return changed
}

// PeerInfo is what is known of another key server, or of a node that speaks ss
// without being one. Its JSON is what secretstore_peers shows.
type PeerInfo struct {
	ID      wire.NodeID `json:"id"`
	Address string      `json:"address"`           // host:port: of the connection, or what is dialled
	Inbound bool        `json:"inbound"`           // it dialled us
	Version uint64      `json:"version,omitempty"` // of ss, by its hello; 0 before that
	Status
	LastError string    `json:"lastError,omitempty"` // why the last dial failed; empty after a success
	LastSeen  time.Time `json:"lastSeen,omitzero"`   // when the last connection was lost; zero if there has been none
	NextDial  time.Time `json:"nextDial,omitzero"`   // zero if none is due
	Muted     time.Time `json:"mutedUntil,omitzero"` // zero if it is heard, as soon as it is connected
	Received  uint64    `json:"received"`            // messages on this connection
	Sent      uint64    `json:"sent"`
	Dropped   uint64    `json:"dropped"` // either way: queue full, not a member, muted

	// Difference is how it was last seen to differ from this node in list, keys or version. No fault.
	Difference string `json:"difference,omitempty"`
}

// Peers lists the other members of the set, and other nodes that are connected and
// speak ss, in ascending order of their ids.
func (n *Network) Peers() []PeerInfo {
	n.mu.Lock()
	defer n.mu.Unlock()
	infos := make([]PeerInfo, 0, len(n.members))
	for id, m := range n.members {
		info := m.info()
		if l := n.links[id]; l != nil {
			l.describe(&info)
		}
		info.Muted, _ = n.mutes.of(id)
		infos = append(infos, info)
	}
	for id, l := range n.links {
		if n.members[id] == nil {
			info := PeerInfo{ID: id}
			l.describe(&info)
			infos = append(infos, info)
		}
	}
	slices.SortFunc(infos, func(a, b PeerInfo) int { return a.ID.Compare(b.ID) })
	return infos
}

func (l *link) describe(info *PeerInfo) {
	l.mu.Lock()
	defer l.mu.Unlock()
	info.Address, info.Inbound, info.Status = l.address, l.inbound, l.status
	info.LastError, info.NextDial, info.Difference = "", time.Time{}, cmp.Or(l.older(), l.newer)
	if l.theirs != nil {
		info.Version = l.theirs.Version
	}
	info.Received, info.Sent, info.Dropped = l.in.Load(), l.out.Load(), l.dropped.Load()
}
