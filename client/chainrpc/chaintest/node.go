// Package chaintest has a node of a chain that is none: it answers JSON-RPC as it is told to, badly if wanted, and counts what
// it was sent.
package chaintest

import (
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// Node is a fake node. Its fields may be changed while it runs under Lock.
type Node struct {
	sync.Mutex
	URL string

	ID       uint64
	Genesis  common.Hash
	Code     map[common.Address]hexutil.Bytes
	Balance  *big.Int
	BaseFee  *big.Int
	Nonce    uint64
	Answers  map[string]func(params []json.RawMessage) (any, *Error) // instead of what follows from the fields
	Raw      map[string]string                                       // whole bodies, instead of Answers
	Contract func(to common.Address, input []byte) ([]byte, *Error)  // eth_call, and eth_estimateGas if it fails
	Reverted bool                                                    // transactions fail in their block
	Unmined  bool                                                    // transactions get into none
	Trouble  Trouble

	chain func(method string, params []json.RawMessage) (any, *Error) // of Simulate; nil: the fields are the chain

	asked map[string]int
	sent  []*types.Transaction
}

// Trouble is how a node fails to answer.
type Trouble int

// The troubles.
const (
	None    Trouble = iota
	Freezes         // takes what is sent, and says nothing
	Stalls          // says that an answer comes, and no more
	Refuses         // ends the connection
	Proxied         // 502 with a page
)

// Troubles is all of them, by name.
func Troubles() map[string]Trouble {
	return map[string]Trouble{"freezes": Freezes, "stalls": Stalls, "ends the connection": Refuses, "a proxy's 502": Proxied}
}

// Error is one of JSON-RPC.
type Error struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

// New starts a node, until the test ends.
func New(t testing.TB, id uint64, genesis common.Hash) *Node {
	n := &Node{ID: id, Genesis: genesis, Code: make(map[common.Address]hexutil.Bytes), Balance: big.NewInt(1e18), BaseFee: big.NewInt(1e9),
		Answers: make(map[string]func([]json.RawMessage) (any, *Error)), Raw: make(map[string]string), asked: make(map[string]int)}
	server := httptest.NewServer(n)
	t.Cleanup(func() {
		server.CloseClientConnections() // of those that wait
		server.Close()
	})
	n.URL = server.URL
	return n
}

// Asked is how often a method was called.
func (n *Node) Asked(method string) int {
	n.Lock()
	defer n.Unlock()
	return n.asked[method]
}

// Sent is the transactions that came.
func (n *Node) Sent() []*types.Transaction {
	n.Lock()
	defer n.Unlock()
	return append([]*types.Transaction(nil), n.sent...)
}

// SentLocked is Sent for who holds the lock, such as Contract.
func (n *Node) SentLocked() []*types.Transaction { return n.sent }

func (n *Node) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	var call struct {
		ID     json.RawMessage   `json:"id"`
		Method string            `json:"method"`
		Params []json.RawMessage `json:"params"`
	}
	if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	n.Lock()
	n.asked[call.Method]++
	trouble, raw, bad := n.Trouble, n.Raw[call.Method], n.Raw[call.Method] != ""
	n.Unlock()
	if !Suffer(trouble, out, r) {
		return
	}
	out.Header().Set("Content-Type", "application/json")
	if bad {
		out.Write([]byte(raw))
		return
	}
	n.Lock()
	result, failed := n.answer(call.Method, call.Params)
	n.Unlock()
	body := map[string]any{"jsonrpc": "2.0", "id": call.ID, "result": result}
	if failed != nil {
		delete(body, "result")
		body["error"] = failed
	}
	json.NewEncoder(out).Encode(body)
}

// Suffer is a trouble, and tells whether there is none.
func Suffer(trouble Trouble, out http.ResponseWriter, r *http.Request) bool {
	if trouble == None {
		return true
	}
	io.Copy(io.Discard, r.Body) // or it would not be noticed that the client has gone
	switch trouble {
	case Freezes:
		<-r.Context().Done()
	case Stalls:
		out.Header().Set("Content-Length", "100")
		out.WriteHeader(http.StatusOK)
		out.(http.Flusher).Flush()
		<-r.Context().Done()
	case Refuses:
		panic(http.ErrAbortHandler)
	case Proxied:
		http.Error(out, "<html>", http.StatusBadGateway)
	}
	return false
}

func (n *Node) answer(method string, params []json.RawMessage) (any, *Error) {
	if f := n.Answers[method]; f != nil {
		return f(params)
	}
	if n.chain != nil {
		return n.chain(method, params)
	}
	switch method {
	case "eth_chainId":
		return hexutil.Uint64(n.ID), nil
	case "eth_getBlockByNumber":
		if string(params[0]) == `"0x0"` {
			return map[string]any{"hash": n.Genesis}, nil
		}
		return &types.Header{Number: big.NewInt(7), GasLimit: 30e6, BaseFee: n.BaseFee, Difficulty: new(big.Int)}, nil
	case "eth_getCode":
		return n.Code[address(params[0])], nil
	case "eth_call", "eth_estimateGas":
		return n.call(method, params[0])
	case "eth_maxPriorityFeePerGas":
		return (*hexutil.Big)(big.NewInt(1e6)), nil
	case "eth_getTransactionCount":
		return hexutil.Uint64(n.Nonce), nil
	case "eth_getBalance":
		return (*hexutil.Big)(n.Balance), nil
	case "eth_sendRawTransaction":
		return n.take(params[0])
	case "eth_getTransactionReceipt":
		return n.receipt(params[0]), nil
	}
	return nil, &Error{Code: -32601, Message: "the method " + method + " does not exist"}
}

func address(param json.RawMessage) (a common.Address) {
	json.Unmarshal(param, &a)
	return a
}

func (n *Node) call(method string, param json.RawMessage) (any, *Error) {
	var call struct {
		To    common.Address
		Input hexutil.Bytes
	}
	if err := json.Unmarshal(param, &call); err != nil {
		return nil, &Error{Code: -32602, Message: err.Error()}
	}
	var answer hexutil.Bytes
	if n.Contract != nil && len(n.Code[call.To]) > 0 {
		var failed *Error
		if answer, failed = n.Contract(call.To, call.Input); failed != nil {
			return nil, failed
		}
	}
	if method == "eth_estimateGas" {
		return hexutil.Uint64(50_000), nil
	}
	return answer, nil
}

func (n *Node) take(param json.RawMessage) (any, *Error) {
	var raw hexutil.Bytes
	tx := new(types.Transaction)
	if err := json.Unmarshal(param, &raw); err != nil {
		return nil, &Error{Code: -32602, Message: err.Error()}
	}
	if err := tx.UnmarshalBinary(raw); err != nil {
		return nil, &Error{Code: -32602, Message: err.Error()}
	}
	n.sent = append(n.sent, tx)
	return tx.Hash(), nil
}

func (n *Node) receipt(param json.RawMessage) any {
	var hash common.Hash
	json.Unmarshal(param, &hash)
	for _, tx := range n.sent {
		if tx.Hash() == hash && !n.Unmined {
			r := &types.Receipt{Status: types.ReceiptStatusSuccessful, TxHash: hash, BlockNumber: big.NewInt(8), GasUsed: 50_000, Logs: []*types.Log{}}
			if n.Reverted {
				r.Status = types.ReceiptStatusFailed
			}
			return r
		}
	}
	return nil
}
