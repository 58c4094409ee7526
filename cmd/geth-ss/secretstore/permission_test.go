package secretstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/client/chainrpc/chaintest"
	"github.com/geth-ss/geth-ss/client/document"
	"github.com/geth-ss/geth-ss/cmd/geth-ss/netplan"
	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const testChain = 1337 // that of the sample receipt

var (
	testGenesis  = common.HexToHash("0x6e")
	testContract = common.HexToAddress("0x00000000000000000000000000000000000000c0")
	someID       = strings.Repeat("5", 64)
	someReader   = "0x00000000000000000000000000000000000000aa"
)

// desk is what a command talks to: a key server that can only describe its cluster and say what is not there, and a node.
type desk struct {
	node  *chaintest.Node
	store string // address
	info  *wire.ClusterInfo
	dir   string

	publicKey string // what the key server says of a key
	mu        sync.Mutex
	posted    map[string]int
	bodies    map[string][]byte // the last of each
}

func newDesk(t *testing.T) *desk {
	d := &desk{node: chaintest.New(t, testChain, testGenesis), dir: t.TempDir(), posted: make(map[string]int), bodies: make(map[string][]byte), publicKey: "keyNotFound"}
	d.node.Code[testContract], d.node.Code[netplan.Registrar] = []byte{1}, []byte{1}
	d.node.Contract = d.call
	members := make([]wire.NodeID, 4)
	for i := range members {
		members[i][0] = byte(i + 1)
	}
	d.info = wire.NewClusterInfo(testChain, wire.MakeClusterID(testGenesis, "test"), "test", members, 0)
	d.info.Block = &wire.BlockInfo{Number: 7, Timestamp: uint64(time.Now().Unix())}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	d.store = server.URL
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	d.write(t, "me.key", fmt.Appendf(nil, "%x", crypto.FromECDSA(key)))
	d.write(t, "note.txt", []byte("at noon"))
	return d
}

// change changes what is there, also for the race detector: another process is asked between this and the answer.
func (d *desk) change(what func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.node.Lock()
	defer d.node.Unlock()
	what()
}

// asked is what was posted to the key server, and how often.
func (d *desk) asked() map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.posted)
}

// call is a permission contract in which nobody has claimed anything but by what was sent, and the registrar.
func (d *desk) call(to common.Address, input []byte) ([]byte, *chaintest.Error) {
	if to == netplan.Registrar {
		return common.LeftPadBytes(testContract[:], 32), nil
	}
	abi := permissions.NewDocumentPermissions()
	if bytes.HasPrefix(input, abi.PackPublisherOf(common.Hash{})[:4]) {
		for _, tx := range d.node.SentLocked() {
			if bytes.Equal(tx.Data(), abi.PackClaim(common.BytesToHash(input[4:]))) {
				from, err := types.Sender(types.LatestSignerForChainID(tx.ChainId()), tx)
				if err != nil {
					panic(err)
				}
				return common.LeftPadBytes(from[:], 32), nil
			}
		}
	}
	return make([]byte, 32), nil // false; nobody; done
}

func (d *desk) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/v1/")
	if path == "cluster" {
		json.NewEncoder(out).Encode(d.info)
		return
	}
	d.posted[path]++
	d.bodies[path], _ = io.ReadAll(r.Body)
	reason := "keyExists" // not to be tried again
	if path == string(wire.OpPublic) {
		reason = d.publicKey
	}
	out.WriteHeader(http.StatusConflict)
	fmt.Fprintf(out, `{"code":1,"reason":%q,"message":"the test's"}`, reason)
}

func (d *desk) write(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// files is what the person has, with its content.
func (d *desk) files(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := fs.WalkDir(os.DirFS(d.dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(d.dir, path))
		fmt.Fprintf(&all, "%s %x\n", path, crypto.Keccak256(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// documentOf is a file of ours with this cluster in its header.
func documentOf(cluster wire.ClusterID) []byte {
	key, err := document.NewKey(append(make([]byte, 63), 1))
	if err != nil {
		panic(err)
	}
	var out bytes.Buffer
	w, err := document.Encrypt(&out, key, document.NewHeader(cluster, wire.KeyID{5}, wire.Point{6}))
	if err != nil || w.Close() != nil {
		panic(err)
	}
	return out.Bytes()
}

// do runs a command in the person's directory.
func (d *desk) do(t *testing.T, args ...string) (said string, ok bool) {
	t.Helper()
	cmd := command(t, append([]string{"secretstore"}, args...)...)
	cmd.Dir = d.dir
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// commandsOf are those that send a transaction.
func (d *desk) commandsOf() map[string][]string {
	chain := []string{"--key", "me.key", "--rpc", d.node.URL}
	return map[string][]string{
		"publish":      append([]string{"publish", "--node", d.store}, append(chain, "note.txt")...),
		"generate-key": append([]string{"generate-key", "--node", d.store}, chain...),
		"grant":        append([]string{"grant"}, append(chain, someID, someReader)...),
		"revoke":       append([]string{"revoke"}, append(chain, someID, someReader)...),
	}
}

var all, making = []string{"publish", "generate-key", "grant", "revoke"}, []string{"publish", "generate-key"}

// refusing is a contract that says no to whatever changes something.
func refusing(d *desk, data any) func(common.Address, []byte) ([]byte, *chaintest.Error) {
	abi := permissions.NewDocumentPermissions()
	check, owner := abi.PackCheckPermissions(common.Address{}, common.Hash{})[:4], abi.PackPublisherOf(common.Hash{})[:4]
	return func(to common.Address, input []byte) ([]byte, *chaintest.Error) {
		if to == testContract && !bytes.HasPrefix(input, check) && !bytes.HasPrefix(input, owner) {
			return nil, &chaintest.Error{Code: 3, Message: "execution reverted", Data: data}
		}
		return d.call(to, input)
	}
}

// TestBeforeTransaction: what can be checked before a transaction is checked before it, by every command that sends one. Nothing
// is sent, no key is made, no file is touched, and both sides of what does not fit are named.
func TestBeforeTransaction(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		commands []string
		spoil    func(t *testing.T, d *desk)
		args     []string
		want     []string
	}{
		"another chain": {all, func(t *testing.T, d *desk) { d.node.ID = 99 }, []string{"--node", "STORE"}, []string{"1337", "99", "of one chain"}},
		"another genesis block": {all, func(t *testing.T, d *desk) { d.node.Genesis = common.HexToHash("0x6f") }, []string{"--node", "STORE"},
			[]string{common.HexToHash("0x6f").Hex(), wire.MakeClusterID(testGenesis, "test").String(), "of one chain"}},
		"key servers that ask another contract": {all, func(t *testing.T, d *desk) {
			other := common.HexToAddress(someReader)
			d.info.Permission = &wire.Permission{By: wire.ByContract, Contract: &other}
		}, []string{"--node", "STORE"}, []string{"accounts that the contract " + common.HexToAddress(someReader).Hex() + " allows", "has no effect there"}},
		"key servers that ask none": {all, func(t *testing.T, d *desk) {
			d.info.Permission = &wire.Permission{By: wire.ByEverybody}
		}, []string{"--node", "STORE"}, []string{"everybody, and asks no contract", "has no effect there"}},
		"no registrar, and key servers that name the contract": {all, func(t *testing.T, d *desk) {
			d.node.Code[netplan.Registrar] = nil
			d.info.Permission = &wire.Permission{By: wire.ByContract, Contract: &testContract}
		}, []string{"--node", "STORE"}, []string{"there is no contract at " + netplan.Registrar.Hex(), "give --contract " + testContract.Hex()}},
		"nodes of two chains": {all, func(t *testing.T, d *desk) {}, []string{"--rpc", "OTHER"}, []string{"1337", "1338", "of one chain"}},
		"no code at the contract": {all, func(t *testing.T, d *desk) {}, []string{"--contract", someReader},
			[]string{"there is no contract at 0x00000000000000000000000000000000000000AA on chain 1337"}},
		"no code at the filed contract": {all, func(t *testing.T, d *desk) { d.node.Code[testContract] = nil }, nil,
			[]string{"there is no contract at " + testContract.Hex()}},
		"no registrar":              {all, func(t *testing.T, d *desk) { d.node.Code[netplan.Registrar] = nil }, nil, []string{"there is no contract at " + netplan.Registrar.Hex()}},
		"a mistyped contract":       {all, func(t *testing.T, d *desk) {}, []string{"--contract", "0x9DE596635BFdC7295f220F1a9f03fc4f3Af62849"}, []string{"wrong checksum"}},
		"a contract of another use": {all, func(t *testing.T, d *desk) { d.node.Contract = silent(d) }, nil, []string{testContract.Hex(), "is not a permission contract"}},
		"the contract reverts":      {all, func(t *testing.T, d *desk) { d.node.Contract = refusing(d, "0x12") }, nil, []string{"execution reverted"}},
		"the contract panics":       {all, func(t *testing.T, d *desk) { d.node.Contract = refusing(d, "0x4e487b71"+fmt.Sprintf("%064x", 17)) }, nil, []string{"arithmetic underflow"}},
		"another's document": {all, func(t *testing.T, d *desk) {
			d.node.Contract = refusing(d, "0xa8ca238e"+strings.Repeat("0", 64)+fmt.Sprintf("%064x", 0xbb))
		}, nil, []string{"belongs to 0x00000000000000000000000000000000000000bb already"}},
		"no ether": {all, func(t *testing.T, d *desk) { d.node.Balance = new(big.Int) }, nil, []string{"has no ether for the permission's transaction"}},

		"a threshold of all":        {making, func(t *testing.T, d *desk) {}, []string{"--threshold", "4"}, []string{"threshold 4", "the cluster has 4"}},
		"a threshold of many":       {making, func(t *testing.T, d *desk) {}, []string{"--threshold", "4294967297"}, []string{"4294967297"}},
		"a threshold that is low":   {making, func(t *testing.T, d *desk) { d.info.MinThreshold = 2 }, []string{"--threshold", "1"}, []string{"threshold 1", "below 2"}},
		"no threshold is possible":  {making, func(t *testing.T, d *desk) { d.info.MinThreshold = 4 }, nil, []string{"threshold 1 is below 4"}},
		"no key servers":            {making, func(t *testing.T, d *desk) { d.info.Servers = nil }, nil, []string{"no key servers"}},
		"an id that is taken":       {making, func(t *testing.T, d *desk) { d.publicKey = "notAuthor" }, []string{"--id", someID}, []string{"have a key 0x" + someID + " already"}},
		"an id that is none":        {making, func(t *testing.T, d *desk) {}, []string{"--id", "55"}, []string{"not the id of a key"}},
		"too few servers for ECDSA": {[]string{"generate-key"}, func(t *testing.T, d *desk) {}, []string{"--threshold", "2"}, []string{"takes 5 key servers", "the cluster has 4", "--scheme schnorr"}},
		"a file that is there":      {[]string{"publish"}, func(t *testing.T, d *desk) { d.write(t, "note.txt.ss", []byte("mine")) }, nil, []string{"note.txt.ss exists"}},
		"a directory to write": {[]string{"publish"}, func(t *testing.T, d *desk) {
			if err := os.Mkdir(filepath.Join(d.dir, "out"), 0o700); err != nil {
				t.Fatal(err)
			}
		}, []string{"--force", "--out", "out"}, []string{"out is a directory"}},
		"no directory to write in": {[]string{"publish"}, func(t *testing.T, d *desk) {}, []string{"--out", "none/x"}, []string{"no such file"}},
		"a document too long for Parity's form": {[]string{"publish"}, func(t *testing.T, d *desk) {
			if err := os.Truncate(filepath.Join(d.dir, "note.txt"), maxLegacy+1); err != nil {
				t.Fatal(err)
			}
		}, []string{"--legacy"}, []string{"more than 64 MiB"}},
		"a directory to publish": {[]string{"publish"}, func(t *testing.T, d *desk) {
			if err := errors.Join(os.Remove(filepath.Join(d.dir, "note.txt")), os.Mkdir(filepath.Join(d.dir, "note.txt"), 0o700)); err != nil {
				t.Fatal(err)
			}
		}, nil, []string{"note.txt is a directory"}},
	} {
		for _, what := range c.commands {
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				d := newDesk(t)
				d.change(func() { c.spoil(t, d) })
				args := d.commandsOf()[what]
				args = append([]string{args[0]}, append(c.args, args[1:]...)...)
				for i := range args {
					switch args[i] {
					case "OTHER":
						args[i] = chaintest.New(t, 1338, testGenesis).URL
					case "STORE":
						args[i] = d.store
					}
				}
				before := d.files(t)
				said, ok := d.do(t, args...)
				if ok || strings.Contains(said, "goroutine ") || d.files(t) != before {
					t.Errorf("success %t; the files were\n%s, and are\n%s\n%s", ok, before, d.files(t), said)
				}
				for _, want := range c.want {
					if !strings.Contains(said, want) {
						t.Errorf("without %q:\n%s", want, said)
					}
				}
				if sent, made := len(d.node.Sent()), d.asked()[string(wire.OpGenerate)]; sent > 0 || made > 0 {
					t.Errorf("%d transactions sent, %d keys asked for", sent, made)
				}
			})
		}
	}
}

// silent is a contract that takes every call and answers nothing, such as one that wraps ether.
func silent(d *desk) func(common.Address, []byte) ([]byte, *chaintest.Error) {
	return func(to common.Address, input []byte) ([]byte, *chaintest.Error) {
		if to == testContract {
			return nil, nil
		}
		return d.call(to, input)
	}
}

// TestTransactionSent: where all is well one transaction is sent, through whichever node is there.
func TestTransactionSent(t *testing.T) {
	t.Parallel()
	for _, what := range all {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			args := d.commandsOf()[what]
			said, ok := d.do(t, append([]string{args[0], "--rpc", "http://127.0.0.1:1"}, args[1:]...)...)
			sent := d.node.Sent()
			if len(sent) != 1 || *sent[0].To() != testContract || sent[0].ChainId().Uint64() != testChain || !strings.Contains(said, "127.0.0.1:1") {
				t.Fatalf("%d transactions\n%s", len(sent), said)
			}
			if isGrant := what == "grant" || what == "revoke"; ok != isGrant || !isGrant && d.asked()[string(wire.OpGenerate)] != 1 {
				t.Errorf("success %t\n%s", ok, said) // the key server makes no key
			}
		})
	}
}

// TestClaimedBefore: an id that the account has claimed already is not claimed again.
func TestClaimedBefore(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	key, err := os.ReadFile(filepath.Join(d.dir, "me.key"))
	if err != nil {
		t.Fatal(err)
	}
	me, err := crypto.HexToECDSA(string(key))
	if err != nil {
		t.Fatal(err)
	}
	address := crypto.PubkeyToAddress(me.PublicKey)
	d.change(func() {
		d.node.Contract = func(to common.Address, input []byte) ([]byte, *chaintest.Error) {
			if len(input) == 36 && to == testContract { // publisherOf, and claim
				return common.LeftPadBytes(address[:], 32), nil
			}
			return d.call(to, input)
		}
	})
	args := d.commandsOf()["publish"]
	said, _ := d.do(t, append([]string{"publish", "--id", someID}, args[1:]...)...)
	if len(d.node.Sent()) > 0 || d.asked()[string(wire.OpGenerate)] != 1 {
		t.Errorf("%d transactions, %d keys asked for\n%s", len(d.node.Sent()), d.asked()[string(wire.OpGenerate)], said)
	}
}

// TestBeforeAsking: what can be checked without key servers is checked before they are asked, and no file is lost.
func TestBeforeAsking(t *testing.T) {
	t.Parallel()
	cluster := wire.MakeClusterID(testGenesis, "test")
	key := []string{"--key", "me.key"}
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"the receipt exists":              {[]string{"fetch", "--receipt", "mine", "doc.ss"}, []string{"mine exists"}},
		"the document exists":             {[]string{"fetch", "--out", "mine", "doc.ss"}, []string{"mine exists"}},
		"both in one file":                {[]string{"fetch", "--out", "new", "--receipt", "./new", "doc.ss"}, []string{"can't both go to ./new"}},
		"no directory for the receipt":    {[]string{"fetch", "--out", "new", "--receipt", "none/x", "doc.ss"}, []string{"no such file"}},
		"another cluster's document":      {[]string{"fetch", "other.ss"}, []string{cluster.String(), wire.ClusterID{9}.String()}},
		"receipt to an existing file":     {[]string{"receipt", "--out", "mine", "doc.ss"}, []string{"mine exists"}},
		"grant for another cluster's":     {[]string{"grant", "--rpc", "RPC", "other.ss", someReader}, []string{cluster.String(), wire.ClusterID{9}.String()}},
		"grant to a mistyped address":     {[]string{"grant", "--rpc", "RPC", "doc.ss", "0x9DE596635BFdC7295f220F1a9f03fc4f3Af62849"}, []string{"wrong checksum"}},
		"revoke from what is no address":  {[]string{"revoke", "--rpc", "RPC", "doc.ss", "0x9DE5"}, []string{"is not an address"}},
		"a key over a key":                {[]string{"keygen", "mine"}, []string{"exists"}},
		"a key under an empty password":   {[]string{"keygen", "--password-file", "empty", "new.key"}, []string{"empty is empty"}},
		"a receipt on another chain":      {[]string{"verify-receipt", "--rpc", "OTHER", "receipt.json"}, []string{"chain 1337", "chain 99"}},
		"a receipt and no contract":       {[]string{"verify-receipt", "--rpc", "RPC", "--checker", someReader, "receipt.json"}, []string{"no ReceiptChecker at 0x00000000000000000000000000000000000000AA"}},
		"a receipt and a mistyped one":    {[]string{"verify-receipt", "--rpc", "RPC", "--checker", "0x9DE596635BFdC7295f220F1a9f03fc4f3Af62849", "receipt.json"}, []string{"wrong checksum"}},
		"a key for an account mistyped":   {[]string{"sign", "--clef", "none", "--account", "0x9DE596635BFdC7295f220F1a9f03fc4f3Af62849", "--id", someID, "--message", "x"}, []string{"wrong checksum"}},
		"a signature of nobody in clef":   {[]string{"sign", "--clef", "none", "--id", someID, "--message", "x"}, []string{"--account"}},
		"a signature of nothing":          {[]string{"sign", "--id", someID}, []string{"exactly one of --hash"}},
		"a signature of two texts":        {[]string{"sign", "--id", someID, "--message", "x", "--file", "mine"}, []string{"exactly one of --hash"}},
		"a signature of another's scheme": {[]string{"sign", "--id", someID, "--scheme", "rsa", "--message", "x"}, []string{"--scheme"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			receipt, err := os.ReadFile("../../../client/testdata/receipt.json")
			if err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string][]byte{"doc.ss": documentOf(cluster), "other.ss": documentOf(wire.ClusterID{9}), "mine": []byte("mine"), "empty": {}, "receipt.json": receipt} {
				d.write(t, name, text)
			}
			args := c.args[:1:1]
			if c.args[0] != "keygen" && c.args[0] != "verify-receipt" { // all others have both
				args = append(args, append(key, "--node", d.store)...)
			}
			for _, arg := range c.args[1:] {
				switch arg {
				case "RPC":
					arg = d.node.URL
				case "OTHER":
					arg = chaintest.New(t, 99, testGenesis).URL
				}
				args = append(args, arg)
			}
			before := d.files(t)
			said, ok := d.do(t, args...)
			if ok || d.files(t) != before || len(d.node.Sent()) > 0 || len(d.asked()) > 0 || strings.Contains(said, "goroutine ") {
				t.Errorf("success %t, asked %v; the files were\n%s, and are\n%s\n%s", ok, d.asked(), before, d.files(t), said)
			}
			for _, want := range c.want {
				if !strings.Contains(said, want) {
					t.Errorf("without %q:\n%s", want, said)
				}
			}
		})
	}
}
