package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/beacon/engine"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/test/ports"
)

// TestBeacon: under a consensus client of a beacon network, which here is the test and speaks over authrpc, permission is
// read in the finalized block. What stands in the head alone counts for nothing, whether it is reorganised away or not;
// without a finalized block, or with one that is too old, nobody is told yes or no.
func TestBeacon(t *testing.T) {
	slow(t)
	b := startBeacon(t, 2)
	publisher, reader, id := b.faucet, newAccount(t), randomID()
	key := publish(t, b.nodes[0], publisher, id, 1) // takes both servers
	contract := crypto.CreateAddress(publisher.address, 0)

	// The contract is in block 1 and grants the reader in block 2, both of two hours ago.
	b.send(t, nil, common.FromHex(permissions.DocumentPermissionsMetaData.Bin))
	deployed := b.extend(t, b.long, 1)
	grant := permissions.NewDocumentPermissions().PackGrant(id, reader.address)
	revoke := permissions.NewDocumentPermissions().PackRevoke(id, reader.address)
	b.send(t, &contract, grant)
	granted := b.extend(t, b.long+1, 1)
	b.unavailable(t, "no block is final", reader, id)
	b.choose(t, granted, common.Hash{}, deployed)
	b.unavailable(t, "a block is safe, none is final", reader, id)
	b.choose(t, granted, granted, granted)
	b.unavailable(t, "the final block is two hours old", reader, id)

	// From here on blocks are of now.
	now := uint64(time.Now().Unix()) - 100
	b.send(t, &contract, revoke)
	revoked := b.extend(t, now, 1)
	b.unavailable(t, "a fresh block is the head, the final one is two hours old", reader, id)
	b.choose(t, revoked, revoked, revoked)
	b.denied(t, "revoked in the final block", reader, id)

	// Two blocks on the same parent, of which one grants.
	empty := b.build(t, now+1, 0)
	b.send(t, &contract, grant)
	unsafe := b.build(t, now+2, 1)
	b.choose(t, unsafe, revoked, revoked)
	b.denied(t, "granted in the head alone", reader, id)
	b.choose(t, empty, revoked, revoked)
	b.denied(t, "the head that granted is gone", reader, id)
	again := b.extend(t, now+3, 1) // geth has put the transaction back into its pool
	top := again
	for i := range uint64(3) {
		top = b.extend(t, now+4+i, 0)
	}
	b.denied(t, "granted four blocks below the head, none of which is final", reader, id)
	b.choose(t, top, again, revoked)
	b.denied(t, "granted in the safe block", reader, id)
	b.choose(t, top, again, empty)
	b.denied(t, "the block before the one that grants is final", reader, id)
	b.choose(t, top, again, again)
	b.reads(t, "granted in the final block", reader, id, key.plain)

	b.send(t, &contract, revoke)
	last := b.extend(t, now+8, 1)
	b.choose(t, last, last, again)
	b.reads(t, "revoked in the safe head, which is not final", reader, id, key.plain)
	b.choose(t, last, last, last)
	b.denied(t, "revoked in the final block", reader, id)
	for _, n := range b.nodes {
		if s, err := n.status(); err != nil || s.Final == nil || s.Final.Hash != last {
			t.Errorf("%s says of the final block: %+v, %v", n.name, s, err)
		}
	}
}

// beacon plays the consensus client of two nodes, which it tells the same.
type beacon struct {
	*network
	engines []*rpc.Client
	faucet  account
	long    uint64 // the genesis' time, two hours ago, and a second
	head    common.Hash
	random  common.Hash // changes from block to block
}

const beaconID = 24603

// startBeacon starts key servers that an external consensus client drives.
func startBeacon(t *testing.T, servers int) *beacon {
	t.Helper()
	b := &beacon{network: new(network), faucet: newAccount(t), long: uint64(time.Now().Unix()) - 7200}
	rich := types.GenesisAlloc{b.faucet.address: {Balance: new(big.Int).Exp(big.NewInt(10), big.NewInt(24), nil)}}
	genesis := poa.NewGenesis(beaconID, rich, nil, b.long-1).Genesis
	genesis.Config.OsakaTime = nil // version 4 of the payloads is Prague's
	b.head = genesis.ToBlock().Hash()
	file := filepath.Join(t.TempDir(), "genesis.json")
	writeJSON(t, file, genesis)

	first := ports.For(t, 4*servers)
	var enodes, dirs []string
	for i := range servers {
		dir, key := t.TempDir(), newAccount(t).key
		if err := os.Mkdir(filepath.Join(dir, "geth-ss"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := crypto.SaveECDSA(filepath.Join(dir, "geth-ss", "nodekey"), key); err != nil {
			t.Fatal(err)
		}
		run(t, "init", "--datadir", dir, file)
		dirs = append(dirs, dir)
		enodes = append(enodes, fmt.Sprintf("enode://%x@127.0.0.1:%d", crypto.FromECDSAPub(&key.PublicKey)[1:], first+4*i))
	}
	for i, dir := range dirs {
		port := first + 4*i
		p := start(t, "--datadir", dir, "--networkid", fmt.Sprint(beaconID), "--syncmode", "full", "--nodiscover", "--nat", "none",
			"--port", fmt.Sprint(port), "--authrpc.port", fmt.Sprint(port+1), "--http", "--http.port", fmt.Sprint(port+2),
			"--http.api", "eth,net,secretstore", "--secretstore", "--secretstore.http.port", fmt.Sprint(port+3),
			"--secretstore.nodes", strings.Join(enodes, ","), "--secretstore.max-age", "1h",
			"--secretstore.acl", crypto.CreateAddress(b.faucet.address, 0).Hex())
		conn, err := rpc.Dial(fmt.Sprintf("http://127.0.0.1:%d", port+2))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(conn.Close)
		n := &node{
			name: fmt.Sprintf("server%d", i+1), datadir: dir, rpc: conn, eth: ethclient.NewClient(conn),
			keyServer: keyServer{fmt.Sprintf("http://127.0.0.1:%d", port+3)},
		}
		b.nodes = append(b.nodes, n)
		until(t, n.name+" is up", func() error {
			if !p.running() {
				t.Fatalf("%s ended:\n%s", n.name, tail(p.output.String(), 20))
			}
			_, err := n.eth.BlockNumber(t.Context())
			return err
		})
		b.engines = append(b.engines, engineClient(t, dir, port+1))
	}
	for _, n := range b.nodes {
		n.untilConnected(t, servers)
	}
	return b
}

// send puts a transaction of the faucet into the pool of the first node, which builds the blocks.
func (b *beacon) send(t *testing.T, to *common.Address, input []byte) {
	t.Helper()
	if _, err := send(t.Context(), b.nodes[0].eth, b.faucet, to, input); err != nil {
		t.Fatalf("sending a transaction: %v", err)
	}
}

// build has the first node build a block of so many transactions on the head, and all of them check it. It doesn't become
// the head.
func (b *beacon) build(t *testing.T, timestamp uint64, txs int) (hash common.Hash) {
	t.Helper()
	until(t, fmt.Sprintf("a block of %d transactions", txs), func() error {
		b.random = crypto.Keccak256Hash(b.random[:])
		attributes := map[string]any{
			"timestamp": hexutil.Uint64(timestamp), "prevRandao": b.random, "suggestedFeeRecipient": common.Address{9},
			"withdrawals": []any{}, "parentBeaconBlockRoot": common.Hash{},
		}
		var updated engine.ForkChoiceResponse
		state := engine.ForkchoiceStateV1{HeadBlockHash: b.head}
		if err := b.engines[0].Call(&updated, "engine_forkchoiceUpdatedV3", state, attributes); err != nil || updated.PayloadID == nil {
			t.Fatalf("asking for a block: %+v, %v", updated, err)
		}
		time.Sleep(100 * time.Millisecond) // geth begins with an empty block and fills another; the first question ends that
		var built struct {
			Payload  json.RawMessage `json:"executionPayload"`
			Requests []hexutil.Bytes `json:"executionRequests"`
		}
		if err := b.engines[0].Call(&built, "engine_getPayloadV4", updated.PayloadID); err != nil {
			t.Fatal(err)
		}
		var block struct {
			Hash common.Hash `json:"blockHash"`
			Txs  []any       `json:"transactions"`
		}
		if err := json.Unmarshal(built.Payload, &block); err != nil {
			t.Fatal(err)
		}
		if len(block.Txs) != txs {
			return fmt.Errorf("it has %d", len(block.Txs))
		}
		if built.Requests == nil {
			built.Requests = []hexutil.Bytes{}
		}
		for i, e := range b.engines {
			var verdict engine.PayloadStatusV1
			if err := e.Call(&verdict, "engine_newPayloadV4", built.Payload, []common.Hash{}, common.Hash{}, built.Requests); err != nil || verdict.Status != engine.VALID {
				t.Fatalf("server %d calls the block %+v, %v", i+1, verdict, err)
			}
		}
		hash = block.Hash
		return nil
	})
	return hash
}

// choose tells all nodes which blocks are head, safe and final. The zero hash is none.
func (b *beacon) choose(t *testing.T, head, safe, final common.Hash) {
	t.Helper()
	b.head = head
	for i, e := range b.engines {
		var updated engine.ForkChoiceResponse
		state := engine.ForkchoiceStateV1{HeadBlockHash: head, SafeBlockHash: safe, FinalizedBlockHash: final}
		if err := e.Call(&updated, "engine_forkchoiceUpdatedV3", state, nil); err != nil || updated.PayloadStatus.Status != engine.VALID {
			t.Fatalf("server %d says to the choice of head: %+v, %v", i+1, updated, err)
		}
	}
}

// extend makes a block and the block the head, and leaves what is safe and final.
func (b *beacon) extend(t *testing.T, timestamp uint64, txs int) common.Hash {
	t.Helper()
	hash := b.build(t, timestamp, txs)
	b.choose(t, hash, common.Hash{}, common.Hash{})
	return hash
}

// unavailable wants every server to say that it doesn't know.
func (b *beacon) unavailable(t *testing.T, when string, reader account, id common.Hash) {
	t.Helper()
	for _, n := range b.nodes {
		a := n.must(t, "GET", fmt.Sprintf("/shadow/%x/%s", id, reader.sign(id)))
		if err := a.failure(403, "Consensus temporary unreachable"); err != nil {
			t.Errorf("%s: %s: %v", when, n.name, err)
		}
	}
}

func (b *beacon) denied(t *testing.T, when string, reader account, id common.Hash) {
	t.Helper()
	for _, n := range b.nodes {
		if a, err := n.askShadow(reader, id); err != nil || !a.denied() {
			t.Errorf("%s: %s answers %v, %v", when, n.name, a, err)
		}
	}
}

func (b *beacon) reads(t *testing.T, when string, reader account, id common.Hash, want []byte) {
	t.Helper()
	for _, n := range b.nodes {
		until(t, when+": "+n.name+" reads", func() error {
			got, err := n.shadow(reader, id)
			if err == nil && !bytes.Equal(got, want) {
				err = errors.New("another key")
			}
			return err
		})
	}
}
