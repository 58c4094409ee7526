// Package serverset says who the key servers of the cluster are.
//
// It does not connect to anybody and judges nobody: it is the list that protocol keeps
// connections to and that sessions take their members from.
package serverset

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/p2p/enode"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Set is a key server set. It may change while we run; what Members and Nodes return
// never does, and must not be written to.
type Set interface {
	// Members are the key servers in ascending byte order, this node among them if it
	// is one.
	Members() []wire.NodeID
	// Nodes are the members in the same order, with their addresses.
	Nodes() []*enode.Node
	// Contains tells whether a node is a key server now.
	Contains(wire.NodeID) bool
	// Changed returns a channel that is closed when the set is next changed. Take it
	// before reading the set, or a change in between goes unnoticed. Nil: never.
	Changed() <-chan struct{}
}

// Static is the set of a configured list. It never changes.
type Static struct {
	members []wire.NodeID
	nodes   []*enode.Node
}

// NewStatic reads a list of key servers, each written as an enode URL or in Parity's
// form PUBLIC@IP:PORT. self is this node: it is added if the list leaves it out, and
// its own entry in the list is replaced by it, as with Parity.
func NewStatic(list []string, self *enode.Node) (*Static, error) {
	return newStatic(list, self, true)
}

// NewListed is NewStatic, but leaves this node out if the list does.
func NewListed(list []string, self *enode.Node) (*Static, error) {
	return newStatic(list, self, false)
}

func newStatic(list []string, self *enode.Node, add bool) (*Static, error) {
	nodes := map[wire.NodeID]*enode.Node{}
	for i, text := range list {
		node, err := ParseNode(text)
		if err != nil {
			return nil, fmt.Errorf("key server %d of the list, %q: %w", i+1, text, err)
		}
		id := idOf(node)
		if _, twice := nodes[id]; twice {
			return nil, fmt.Errorf("key server %d of the list, %q: listed twice", i+1, text)
		}
		nodes[id] = node
	}
	if add || nodes[idOf(self)] != nil {
		nodes[idOf(self)] = self
	}
	if len(nodes) > wire.MaxMembers {
		return nil, fmt.Errorf("%d key servers are listed, at most %d are possible", len(nodes), wire.MaxMembers)
	}
	return sorted(nodes), nil
}

func sorted(nodes map[wire.NodeID]*enode.Node) *Static {
	s := new(Static)
	for id, node := range nodes {
		s.members = append(s.members, id)
		s.nodes = append(s.nodes, node)
	}
	wire.SortNodeIDs(s.members)
	slices.SortFunc(s.nodes, func(a, b *enode.Node) int { return idOf(a).Compare(idOf(b)) })
	return s
}

// Members implements Set.
func (s *Static) Members() []wire.NodeID { return s.members }

// Nodes implements Set.
func (s *Static) Nodes() []*enode.Node { return s.nodes }

// Contains implements Set.
func (s *Static) Contains(id wire.NodeID) bool {
	_, found := slices.BinarySearchFunc(s.members, id, wire.NodeID.Compare)
	return found
}

// Changed implements Set.
func (s *Static) Changed() <-chan struct{} { return nil }

// idOf is a node's public key. ParseNode has seen to it that there is one.
func idOf(node *enode.Node) wire.NodeID { return wire.NodeIDOf(node.Pubkey()) }

// ParseNode reads one key server: enode://PUBLIC@HOST:PORT[?discport=N], or Parity's
// PUBLIC@IP:PORT; PUBLIC is 128 hex digits. A node without an address can't be reached,
// so a host and a port other than 0 are demanded.
func ParseNode(text string) (*enode.Node, error) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "enode://") {
		public, address, found := strings.Cut(text, "@")
		if !found {
			return nil, errors.New("neither enode://PUBLIC@HOST:PORT nor PUBLIC@HOST:PORT")
		}
		text = "enode://" + strings.TrimPrefix(public, "0x") + "@" + address
	}
	if err := checkPublic(text); err != nil {
		return nil, err
	}
	node, err := enode.ParseV4(text)
	if err != nil {
		return nil, err
	}
	if node.TCP() == 0 || node.Hostname() == "" && !reachable(node.IPAddr()) {
		return nil, errors.New("without an address that can be dialled")
	}
	return node, nil
}

func reachable(ip netip.Addr) bool { return ip.IsValid() && !ip.IsUnspecified() }

// checkPublic gives the reason where enode.ParseV4 would be vague: the key is by far
// the easiest part to get wrong.
func checkPublic(url string) error {
	public, _, found := strings.Cut(strings.TrimPrefix(url, "enode://"), "@")
	if !found {
		return errors.New("has no @HOST:PORT after the public key")
	}
	key, err := hex.DecodeString(public)
	if err != nil || len(key) != 64 {
		return fmt.Errorf("the public key before the @ must be 128 hex digits, these are %d characters", len(public))
	}
	if _, err := crypto.UnmarshalPubkey(slices.Concat([]byte{4}, key)); err != nil {
		return errors.New("the public key before the @ is not a point of the curve")
	}
	return nil
}

var _ Set = (*Static)(nil)
