package service

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ethereum/go-ethereum/p2p/enode"

	"github.com/geth-ss/geth-ss/internal/logtest"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/serverset"
)

// A key server that lists others is shown as that, on both sides, and is accused of nothing: it is
// asked as often as before, and heard.
func TestListsDiffer(t *testing.T) {
	c := newCluster(t, 3, 0)
	a, b := c.nodes[0], c.nodes[1]
	short, err := serverset.NewStatic([]string{a.server.Self().URLv4()}, b.server.Self())
	if err != nil {
		t.Fatal(err)
	}
	b.servers.configure(short)
	lines := logtest.Capture(t, slog.LevelWarn)
	for number := range 3 {
		id := wire.KeyID{9, byte(number)}
		_, err := a.GenerateServerKey(t.Context(), newRequester(t, id), id, 1)
		if wire.ReasonOf(err) != wire.NotMember || !strings.Contains(err.Error(), "made among 3 key servers, this one lists 2") {
			t.Errorf("generating: %v", err)
		}
	}
	for _, side := range []struct{ of, about *testServer }{{a, b}, {b, a}} {
		row := side.of.row(t, side.about)
		if !strings.Contains(row.Difference, "made among 3 key servers, this one lists 2") || row.Faults != 0 || !row.Muted.IsZero() {
			t.Errorf("%+v", row)
		}
		if got := side.of.scores.bucket(side.about.self.ID()); got != 0 {
			t.Errorf("it is asked late: %v", got)
		}
	}
	if text := lines.String(); strings.Count(text, "has another view of the cluster") != 2 || strings.Contains(text, "broke the protocol") {
		t.Errorf("the log:\n%s", text)
	}
}

// row is what the status says about another key server.
func (s *testServer) row(t *testing.T, about *testServer) PeerStatus {
	t.Helper()
	for _, row := range s.peers() {
		if row.ID == about.self.ID() {
			return row
		}
	}
	t.Fatal("it is not in the status")
	return PeerStatus{}
}

// TestDifferenceLines: one line in ten minutes about a peer, however much it differs; what is shown is the last
// that was seen, until it connects again.
func TestDifferenceLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d differences
		said, peer, other := 0, wire.NodeID{1}, wire.NodeID{2}
		for range 100 {
			if _, due := d.add(peer, "lists more"); due {
				said++
			}
			time.Sleep(time.Second)
		}
		if _, due := d.add(other, "lists less"); said != 1 || !due {
			t.Errorf("%d lines about one, of the other: %v", said, due)
		}
		time.Sleep(differencesTime)
		if suppressed, due := d.add(peer, "lists less"); !due || suppressed != 99 || d.of(peer) != "lists less" {
			t.Errorf("%v, %d left out, %q", due, suppressed, d.of(peer))
		}
		d.forget(peer)
		if d.of(peer) != "" || d.of(other) == "" {
			t.Error("what was seen of a peer is forgotten when that one connects again")
		}
	})
}

// TestNotListed: who asks a server that the others do not list is told so, and not only to ask again.
func TestNotListed(t *testing.T) {
	c := newCluster(t, 2, 0)
	a, b := c.nodes[0], c.nodes[1]
	alone, err := serverset.NewStatic(nil, enode.NewV4(&b.node.PrivateKey().PublicKey, nil, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	b.servers.configure(alone)
	for _, p := range b.server.Peers() {
		p.Disconnect(0)
	}
	c.until("it gets no hello", func() bool { return a.row(t, b).State == "silent" })
	id := wire.KeyID{7}
	for what, err := range map[string]error{
		"read":     errOf(a.DocumentKeyShadow(t.Context(), newRequester(t, id), id)),
		"generate": errOf(a.GenerateServerKey(t.Context(), newRequester(t, id), id, 1)),
	} {
		if err == nil || !strings.Contains(err.Error(), b.self.ID().Address().Hex()+" does not talk to this key server: no hello: this node is not in its key server set") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func errOf[T any](_ T, err error) error { return err }
