package devnet

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/geth-ss/geth-ss/cmd/geth-ss/netplan"
	"github.com/geth-ss/geth-ss/internal/keyfile"
	"github.com/geth-ss/geth-ss/internal/whole"
)

// addition is a node that was added to a network after its beginning, as added.json has it. Those that were there from the
// beginning have the numbers before it.
type addition struct {
	Name   string `json:"name"`
	Public string `json:"public"` // 0x and 64 bytes

	// Servers are the names of the key servers that it joined: those in its configuration.
	Servers []string `json:"servers"`

	// Joined: it has become what it was added for. One that has not, since its adding was interrupted, is the next to be added.
	Joined bool `json:"joined"`
}

func (n *network) addedPath() string { return filepath.Join(n.dir, "added.json") }

// readAdded reads who was added, nobody if there is no such file, and their keys.
func (n *network) readAdded() error {
	if !whole.Present(n.addedPath()) {
		return nil
	}
	raw, err := os.ReadFile(n.addedPath())
	if err != nil {
		return err
	}
	var list []*addition
	if err := json.Unmarshal(raw, &list); err != nil {
		return fmt.Errorf("%s: %w", n.addedPath(), err)
	}
	if len(n.nodes)+len(list) > MaxNodes {
		return fmt.Errorf("%s makes %d nodes of the network, more than %d", n.addedPath(), len(n.nodes)+len(list), MaxNodes)
	}
	for _, a := range list {
		node := n.plan(len(n.nodes))
		if a == nil || a.Name != node.name {
			return fmt.Errorf("%s does not have %s where it should be", n.addedPath(), node.name)
		}
		for _, name := range a.Servers {
			if n.named(name) == nil {
				return fmt.Errorf("%s has %s join %q, which is not a node before it", n.addedPath(), node.name, name)
			}
		}
		if node.key, err = keyfile.Load(node.keyPath()); err != nil {
			return fmt.Errorf("the key of %s: %w", node.name, err)
		}
		if a.Public != "0x"+node.public() {
			return fmt.Errorf("%s is not the key of %s in %s", node.keyPath(), node.name, n.addedPath())
		}
		node.added = a
		n.nodes = append(n.nodes, node)
	}
	return nil
}

// writeAdded is whole when it returns, on disk.
func (n *network) writeAdded() error {
	list := []*addition{}
	for _, node := range n.nodes {
		if node.added != nil {
			list = append(list, node.added)
		}
	}
	text, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	if err := whole.Replace(n.addedPath(), append(text, '\n')); err != nil {
		return fmt.Errorf("writing who was added: %w", err)
	}
	return nil
}

// unjoined is the node whose adding was interrupted, nil if there is none.
func (n *network) unjoined() *node {
	for _, node := range n.nodes {
		if node.added != nil && !node.added.Joined {
			return node
		}
	}
	return nil
}

// add makes the next node: its key, its files and its place in added.json, in this order. It joins the key servers of now.
func (n *network) add() (*node, error) {
	node := n.plan(len(n.nodes))
	if len(n.nodes) >= MaxNodes {
		return nil, fmt.Errorf("the network has %d nodes, which is as many as a devnet can have", len(n.nodes))
	}
	if err := checkPorts(append(n.nodes[:len(n.nodes):len(n.nodes)], node), len(n.nodes)); err != nil {
		return nil, fmt.Errorf("adding %s: %w; ports are chosen when the devnet is started", node.name, err)
	}
	if err := n.checkUnused(node); err != nil {
		return nil, err
	}
	if err := node.keepKey(); err != nil {
		return nil, err
	}
	node.added = &addition{Name: node.name, Public: "0x" + node.public()}
	for _, s := range n.keyServers() {
		node.added.Servers = append(node.added.Servers, s.name)
	}
	if err := n.writeJoiner(node); err != nil {
		return nil, fmt.Errorf("writing the files of %s: %w", node.name, err)
	}
	if err := writeKeystores([]string{node.keystore()}, n.accounts); err != nil {
		return nil, fmt.Errorf("writing the key files of the accounts: %w", err)
	}
	n.nodes = append(n.nodes, node)
	if err := n.writeAdded(); err != nil {
		n.nodes = n.nodes[:len(n.nodes)-1]
		return nil, err
	}
	return node, nil
}

// checkUnused wants no chain where a node is to be made.
func (n *network) checkUnused(node *node) error {
	if !whole.Present(filepath.Join(node.dir, instanceDir, "chaindata")) {
		return nil
	}
	return fmt.Errorf("%s holds a chain, of a node that %s does not have: restore that file, or remove the directory", node.dir, n.addedPath())
}

// writeJoiner writes the files of an added node as its operator would: it knows the validators, the key servers that it joins, and
// itself.
func (n *network) writeJoiner(node *node) error {
	plan := n.blueprint()
	for i, m := range plan.Members {
		if !node.added.joins(m.Name) {
			plan.Members[i].Role = netplan.OnlyValidator
		}
	}
	for _, other := range n.nodes {
		if other.added != nil && node.added.joins(other.name) {
			plan.Members = append(plan.Members, other.member(netplan.KeyServer))
		}
	}
	self := node.member(netplan.Joiner)
	plan.Members = append(plan.Members, self)
	return n.writeNode(node, plan, self)
}

func (a *addition) joins(name string) bool {
	for _, s := range a.Servers {
		if s == name {
			return true
		}
	}
	return false
}
