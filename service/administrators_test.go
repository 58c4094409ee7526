package service

import (
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// TestMismatchedAdministrators: while two of four key servers have other administrators in their settings, changes wait and
// name them, and reads go on. After the first order the stored set counts, and a file is only compared.
func TestMismatchedAdministrators(t *testing.T) {
	c, admin := newChanging(t, 4, 1)
	right, other := c.authority, wire.Authority{Administrators: []common.Address{{7}}, Needed: 1}
	again := func(s *testServer, by wire.Authority) {
		s.stop(t)
		c.authority = by
		c.open(s, 0)
		c.join(s)
		c.authority = right
	}
	together := func() {
		for _, s := range c.nodes[:4] {
			c.until("the key servers are connected", func() bool { return len(s.network.Connected()) >= 3 })
		}
	}
	a := c.nodes[0]
	again(c.nodes[2], other)
	again(c.nodes[3], other)
	together()
	order := a.makes(t, &wire.OrderRequest{Add: []string{c.nodes[4].server.Self().URLv4()}})
	err := a.decides(t, admin, order)
	if wire.ReasonOf(err) != wire.Unavailable || !strings.Contains(err.Error(), c.nodes[2].self.ID().Short()) ||
		!strings.Contains(err.Error(), c.nodes[3].self.ID().Short()) || !strings.Contains(err.Error(), "by other settings") {
		t.Errorf("with two of four others: %v", err)
	}
	id := wire.KeyID{9}
	if _, err := a.GenerateDocumentKey(t.Context(), newRequester(t, id), id, 1); err != nil {
		t.Errorf("making a key: %v", err)
	}
	if _, err := c.nodes[2].DocumentKeyShadow(t.Context(), newRequester(t, id), id); err != nil {
		t.Errorf("reading: %v", err)
	}
	again(c.nodes[2], right)
	again(c.nodes[3], right)
	together()
	if err := a.decides(t, admin, order); err != nil {
		t.Fatalf("when all have the same: %v", err)
	}
	c.settled(1, c.nodes...)
	again(c.nodes[3], other)
	info, err := c.nodes[3].Servers(t.Context())
	if err != nil || info.Epoch != 1 || info.Difference == "" || len(info.Administrators) != 1 || info.Administrators[0] != right.Administrators[0] {
		t.Errorf("after the first order: %+v, %v", info, err)
	}
}

// TestLeftBehindByOtherAdministrators: while one of four key servers has other administrators the others go on without it, and it
// does not believe them: its settings are all that it trusts. It says so, with whose word counts there; once the file is mended it
// follows.
func TestLeftBehindByOtherAdministrators(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	c, admin := newChanging(t, 4, 1)
	right, last := c.authority, c.nodes[3]
	last.stop(t)
	c.authority = wire.Authority{Administrators: []common.Address{{7}}, Needed: 1}
	c.open(last, 0)
	c.join(last)
	c.authority = right
	for _, s := range c.nodes[:4] {
		c.until("the key servers are connected", func() bool { return len(s.network.Connected()) >= 3 })
	}
	order := c.nodes[0].makes(t, &wire.OrderRequest{Add: []string{c.nodes[4].server.Self().URLv4()}})
	if err := c.nodes[0].decides(t, admin, order); err != nil {
		t.Fatal(err)
	}
	c.until("it says that others have gone on", func() bool {
		info, err := last.Servers(t.Context())
		if err != nil || info.Epoch != 0 {
			t.Fatalf("it follows others' administrators: %+v, %v", info, err)
		}
		return strings.Contains(info.Difference, right.Administrators[0].Hex()) && strings.Contains(info.Difference, "restart")
	})
	last.stop(t)
	c.open(last, 0)
	c.join(last)
	c.until("it follows", func() bool { return last.servers.Sets().Newest().Epoch == 1 })
	if info, err := last.Servers(t.Context()); err != nil || info.Difference != "" {
		t.Errorf("with the same settings: %+v, %v", info, err)
	}
}
