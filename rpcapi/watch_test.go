package rpcapi

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/limits"
)

// A subscription brings the accesses to the author's keys, and ends with its reader.
func TestWatchAccess(t *testing.T) {
	keys := &fakeKeys{accesses: make(chan wire.Access, 1)}
	server := rpc.NewServer()
	defer server.Stop()
	api := &walletAPI{keys, newAddressLimits(limits.Default())}
	if err := server.RegisterName(Namespace, api); err != nil {
		t.Fatal(err)
	}
	client := rpc.DialInProc(server)
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	request := json.RawMessage(callOf(testRequest(wire.OpWatch, wire.NoArguments, keyID(1)), ""))
	told := make(chan wire.Access)
	sub, err := client.Subscribe(ctx, Namespace, told, "access", request)
	if err != nil {
		t.Fatal(err)
	}
	want := wire.Access{Key: keyID(1), Requester: common.Address{3}, Block: wire.BlockRef{Number: 9, Hash: common.Hash{1}}, Reason: "the contract says no"}
	keys.accesses <- want
	select {
	case got := <-told:
		if got != want {
			t.Errorf("told of %+v", got)
		}
	case <-ctx.Done():
		t.Fatal("nothing is told")
	}
	sub.Unsubscribe()
	for name, bad := range map[string]string{
		"no request": `{}`,
		"not JSON":   `"x"`,
		"more":       callOf(testRequest(wire.OpWatch, wire.NoArguments, keyID(1)), `"from":1`),
	} {
		if sub, err := client.Subscribe(ctx, Namespace, told, "access", json.RawMessage(bad)); err == nil {
			sub.Unsubscribe()
			t.Errorf("%s: taken", name)
		}
	}
	keys.err = wire.Errorf(wire.NotAuthor, "not yours")
	if sub, err := client.Subscribe(ctx, Namespace, told, "access", request); err == nil {
		sub.Unsubscribe()
		t.Error("a stranger may watch")
	}
}
