package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/test/npm"
	"github.com/geth-ss/geth-ss/test/ports"
)

// TestClientChangesServers: the npm client changes the server set, unmodified, as it would have with Parity, where operators
// allow it and one administrator suffices. Documents are read afterwards, and what was signed counts once.
func TestClientChangesServers(t *testing.T) {
	slow(t)
	npm.Require(t)
	dir := t.TempDir()
	flags := append(portFlags(ports.For(t, 16), 4), "--dir", dir, "--acl", "none", "--demo=false")
	net := startAgain(t, dir, flags, "GETH_SS_SECRETSTORE_HTTP_SERVERS_SET_CHANGE=true")
	admin := npmAccount(net.nodes[0], net.accounts[0])
	document := npm.Request{Op: "publish", Account: admin, DocumentID: fmt.Sprintf("%x", randomID()), Threshold: 1, Document: "of before"}
	published, err := npm.Run(t.Context(), npm.EnergyWeb, document)
	if err != nil {
		t.Fatal(err)
	}
	var four, three []string
	for i, n := range net.nodes {
		if four = append(four, n.public); i < 3 {
			three = append(three, n.public)
		}
	}
	change := npm.Request{Op: "change", Account: admin, OldServers: four, NewServers: three}
	if _, err := npm.Run(t.Context(), npm.EnergyWeb, change); err != nil {
		t.Fatal(err)
	}
	for _, n := range net.nodes[:3] {
		var info wire.ServersInfo
		until(t, n.name+" knows three key servers", func() error {
			if err := n.rpc.Call(&info, "secretstore_servers"); err != nil {
				return err
			}
			if info.Epoch != 1 || len(info.Members) != 3 {
				return fmt.Errorf("it knows set %d of %d", info.Epoch, len(info.Members))
			}
			return nil
		})
		got, err := npm.Run(t.Context(), npm.EnergyWeb, npm.Request{
			Op: "consume", Account: npmAccount(n, net.accounts[0]), DocumentID: document.DocumentID, Encrypted: published.Encrypted,
		})
		if err != nil {
			t.Errorf("reading through %s: %v", n.name, err)
			continue
		}
		if want, _ := json.Marshal(document.Document); string(got.Document) != string(want) {
			t.Errorf("read through %s: %s", n.name, got.Document)
		}
	}
	for what, again := range map[string]npm.Request{
		"once more":           change,
		"the other way round": {Op: "change", Account: admin, OldServers: three, NewServers: four},
	} {
		if _, err := npm.Run(t.Context(), npm.EnergyWeb, again); err == nil || !strings.Contains(err.Error(), "Forbidden (403): Access denied") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
