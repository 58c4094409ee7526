package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/beacon/engine"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	gethnode "github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/test/ports"
)

const customGenesis = `{
	"config": {
		"chainId": 4242, "homesteadBlock": 0, "eip150Block": 0, "eip155Block": 0, "eip158Block": 0, "byzantiumBlock": 0,
		"constantinopleBlock": 0, "petersburgBlock": 0, "istanbulBlock": 0, "berlinBlock": 0, "londonBlock": 0,
		"terminalTotalDifficulty": 0, "shanghaiTime": 0
	},
	"difficulty": "0x0", "gasLimit": "0x1c9c380", "baseFeePerGas": "0x7",
	"alloc": {"0x00000000000000000000000000000000000000cc": {"balance": "0x2a"}}
}`

// Without our flags geth-ss is geth: a consensus client makes blocks on a chain of its own over the engine API.
func TestWithoutOurs(t *testing.T) {
	slow(t)
	dir := t.TempDir()
	genesis := filepath.Join(dir, "genesis.json")
	if err := os.WriteFile(genesis, []byte(customGenesis), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "init", "--datadir", dir, genesis)
	first := ports.For(t, 3)
	p := start(t, "--datadir", dir, "--networkid", "4242", "--syncmode", "full", "--nodiscover", "--nat", "none",
		"--port", fmt.Sprint(first), "--authrpc.port", fmt.Sprint(first+1), "--http", "--http.port", fmt.Sprint(first+2))
	public, err := rpc.Dial(fmt.Sprintf("http://127.0.0.1:%d", first+2))
	if err != nil {
		t.Fatal(err)
	}
	defer public.Close()
	until(t, "geth is up", func() error {
		if !p.running() {
			t.Fatal("geth-ss ended")
		}
		var block hexutil.Uint64
		return public.Call(&block, "eth_blockNumber")
	})
	if err := public.Call(nil, "secretstore_status"); err == nil {
		t.Error("there is a key server that nobody asked for")
	}
	client := engineClient(t, dir, first+1)
	var capabilities []string
	if err := client.Call(&capabilities, "engine_exchangeCapabilities", []string{"engine_newPayloadV2"}); err != nil || len(capabilities) == 0 {
		t.Fatalf("capabilities %v, %v", capabilities, err)
	}
	for number := uint64(1); number <= 3; number++ {
		makeBlock(t, client, public, number)
	}
	p.terminate(t, syscall.SIGINT)
}

// engineClient is what a consensus client is to geth: one that knows its token.
func engineClient(t *testing.T, dir string, port int) *rpc.Client {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "geth-ss", "jwtsecret"))
	if err != nil {
		t.Fatal(err)
	}
	secret := common.HexToHash(string(text))
	client, err := rpc.DialOptions(t.Context(), fmt.Sprintf("http://127.0.0.1:%d", port), rpc.WithHTTPAuth(gethnode.NewJWTAuth(secret)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	until(t, "the engine API answers", func() error { // it begins after the other ports do
		return client.Call(nil, "engine_exchangeCapabilities", []string{"engine_newPayloadV2"})
	})
	return client
}

// makeBlock makes the next block as a consensus client does.
func makeBlock(t *testing.T, client, public *rpc.Client, number uint64) {
	t.Helper()
	var head struct {
		Hash      common.Hash    `json:"hash"`
		Timestamp hexutil.Uint64 `json:"timestamp"`
	}
	if err := public.Call(&head, "eth_getBlockByNumber", "latest", false); err != nil {
		t.Fatal(err)
	}
	now := max(uint64(time.Now().Unix()), uint64(head.Timestamp)+1)
	attributes := map[string]any{
		"timestamp": hexutil.Uint64(now), "prevRandao": common.Hash{}, "suggestedFeeRecipient": common.Address{}, "withdrawals": []any{},
	}
	var updated engine.ForkChoiceResponse
	state := engine.ForkchoiceStateV1{HeadBlockHash: head.Hash}
	if err := client.Call(&updated, "engine_forkchoiceUpdatedV2", state, attributes); err != nil || updated.PayloadID == nil {
		t.Fatalf("asking for block %d: %+v, %v", number, updated, err)
	}
	var built engine.ExecutionPayloadEnvelope
	if err := client.Call(&built, "engine_getPayloadV2", updated.PayloadID); err != nil {
		t.Fatal(err)
	}
	var verdict engine.PayloadStatusV1
	if err := client.Call(&verdict, "engine_newPayloadV2", built.ExecutionPayload); err != nil || verdict.Status != engine.VALID {
		t.Fatalf("block %d: %+v, %v", number, verdict, err)
	}
	state.HeadBlockHash = built.ExecutionPayload.BlockHash
	if err := client.Call(&updated, "engine_forkchoiceUpdatedV2", state, nil); err != nil || updated.PayloadStatus.Status != engine.VALID {
		t.Fatalf("block %d as head: %+v, %v", number, updated, err)
	}
	until(t, "the block is the head", func() error {
		var got hexutil.Uint64
		if err := public.Call(&got, "eth_blockNumber"); err != nil {
			return err
		}
		if uint64(got) != number {
			return errors.New(got.String())
		}
		return nil
	})
}
