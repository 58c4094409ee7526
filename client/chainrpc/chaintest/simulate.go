package chaintest

import (
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/rpc"
)

// Simulate starts a node of a chain of its own that executes contracts, with a block for each transaction. Of the fields of Node
// it has Answers, Raw and Trouble alone.
func Simulate(t testing.TB, alloc types.GenesisAlloc) *Node {
	dir, err := os.MkdirTemp("", "chain") // the path of a socket has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	door := filepath.Join(dir, "ipc")
	backend := simulated.NewBackend(alloc, func(cfg *node.Config, _ *ethconfig.Config) { cfg.IPCPath = door })
	t.Cleanup(func() { backend.Close() })
	client, err := rpc.Dial(door)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	first, err := backend.Client().BlockByNumber(t.Context(), new(big.Int))
	if err != nil {
		t.Fatal(err)
	}
	n := New(t, 1337, first.Hash())
	n.chain = func(method string, params []json.RawMessage) (any, *Error) {
		var result json.RawMessage
		args := make([]any, len(params))
		for i, p := range params {
			args[i] = p
		}
		if err := client.Call(&result, method, args...); err != nil {
			return nil, asError(err)
		}
		if method == "eth_sendRawTransaction" {
			n.take(params[0])
			backend.Commit()
		}
		return result, nil
	}
	return n
}

func asError(err error) *Error {
	e := &Error{Code: -32000, Message: err.Error()}
	var coded rpc.Error
	if errors.As(err, &coded) {
		e.Code = coded.ErrorCode()
	}
	var with rpc.DataError
	if errors.As(err, &with) {
		e.Data = with.ErrorData()
	}
	return e
}
