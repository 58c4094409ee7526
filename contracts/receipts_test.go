package contracts

import (
	"errors"
	"fmt"
	"math/big"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm/runtime"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/contracts/bindings/readrewards"
	"github.com/geth-ss/geth-ss/contracts/bindings/receiptchecker"
	"github.com/geth-ss/geth-ss/protocol/sessiontest"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

var (
	checkerABI = receiptchecker.NewReceiptChecker()
	rewardsABI = readrewards.NewReadRewards()
)

// shown is a receipt with all that is shown to a contract.
type shown struct {
	receipt    wire.Receipt
	setup      wire.Terms
	version    wire.SessionID   // what the contract knows of the key,
	servers    []common.Address // or of its servers
	threshold  uint32
	signatures [][]byte
	indices    []uint32
}

// read has the machines of n key servers release a key to alice's wallet, through one of them.
func read(t *testing.T, c *sessiontest.Cluster, through int) *wire.Release {
	t.Helper()
	reader, key := c.NewClient("alice"), sessiontest.KeyID(1)
	reader.Wallet = true
	read := c.Retrieve(c.Nodes[through], reader, key, true)
	if err := c.Settle(); err != nil {
		t.Fatal(err)
	}
	if read.Err != nil {
		t.Fatal(read.Err)
	}
	return read.Res.Release
}

// newCluster is a cluster with a document that alice may read.
func newCluster(n, threshold int) *sessiontest.Cluster {
	c := sessiontest.New(n, 1)
	record := c.Deal(sessiontest.KeyID(1), threshold, c.NewClient("author"), c.Nodes)
	c.DealDocument(record, c.Encrypt(record, 1))
	block := c.Chain.Set(c.NewClient("alice").Address(), sessiontest.KeyID(1), true)
	for _, node := range c.Nodes {
		c.Follow(node, block)
	}
	return c
}

func show(rel *wire.Release) *shown {
	s := &shown{receipt: rel.Receipt, setup: rel.Setup, version: rel.Setup.Session(), threshold: rel.Setup.Threshold, indices: rel.Request.Set}
	for _, member := range rel.Setup.Members {
		s.servers = append(s.servers, member.Address())
	}
	for _, part := range rel.Parts {
		s.signatures = append(s.signatures, slices.Clone(part.Receipt[:]))
	}
	return s
}

func (s *shown) clone() *shown {
	c := *s
	c.setup.Members, c.servers, c.indices = slices.Clone(s.setup.Members), slices.Clone(s.servers), slices.Clone(s.indices)
	c.signatures = slices.Clone(s.signatures)
	for i := range c.signatures {
		c.signatures[i] = slices.Clone(c.signatures[i])
	}
	return &c
}

func receiptOf(r wire.Receipt) receiptchecker.ReceiptsReceipt {
	return receiptchecker.ReceiptsReceipt{Cluster: r.Cluster, Request: r.Request, Requester: r.Requester, Key: r.Key, Version: r.Version,
		Block: receiptchecker.ReceiptsBlock{Number: r.Block.Number, Hash: r.Block.Hash}, Granted: r.Granted}
}

func setupOf(t wire.Terms) receiptchecker.ReceiptsSetup {
	s := receiptchecker.ReceiptsSetup{Cluster: t.Cluster, Key: t.Key, Threshold: t.Threshold, SetSize: t.SetSize, Initiator: t.Initiator[:],
		Nonce: t.Nonce, Proof: t.Proof}
	for _, member := range t.Members {
		s.Members = append(s.Members, member[:]...)
	}
	return s
}

// verify and verifyWithSetup are the calls of the checker.
func (s *shown) verify() []byte {
	return checkerABI.PackVerify(receiptOf(s.receipt), s.servers, new(big.Int).SetUint64(uint64(s.threshold)), s.signatures, s.indices)
}

func (s *shown) verifyWithSetup() []byte {
	return checkerABI.PackVerifyWithSetup(receiptOf(s.receipt), s.version, setupOf(s.setup), s.signatures, s.indices)
}

func (c *chain) deploy(bin string) common.Address {
	c.Helper()
	receipt := c.send(alice, nil, common.FromHex(bin), 0)
	if receipt.Status != types.ReceiptStatusSuccessful {
		c.Fatal("the contract was not deployed")
	}
	return receipt.ContractAddress
}

// ask calls a contract and gives its answer, or the name of its error.
func (c *chain) ask(metadata string, to common.Address, data []byte) (out []byte, reverted string) {
	c.Helper()
	out, err := c.Client().CallContract(c.ctx, ethereum.CallMsg{To: &to, Data: data}, nil)
	if err == nil {
		return out, ""
	}
	var withData rpc.DataError
	if !errors.As(err, &withData) {
		c.Fatal(err)
	}
	text, _ := withData.ErrorData().(string)
	raw := common.FromHex(text)
	parsed, err := abi.JSON(strings.NewReader(metadata))
	if err != nil {
		c.Fatal(err)
	}
	for name, e := range parsed.Errors {
		if len(raw) >= 4 && [4]byte(raw) == [4]byte(e.ID[:4]) {
			return nil, name
		}
	}
	c.Fatalf("reverted with %x", raw)
	return nil, ""
}

// TestReceipts: what key servers sign in a session, the library takes, and names it as they do.
func TestReceipts(t *testing.T) {
	c := newChain(t)
	checker := c.deploy(receiptchecker.ReceiptCheckerMetaData.Bin)
	for _, size := range []struct{ n, t int }{{1, 0}, {4, 0}, {4, 2}, {7, 5}} {
		cluster := newCluster(size.n, size.t)
		s := show(read(t, cluster, 0))
		if len(s.signatures) != size.t+1 {
			t.Fatalf("%d signatures for t = %d", len(s.signatures), size.t)
		}
		digest := s.receipt.Digest()
		for name, data := range map[string][]byte{
			"digest": checkerABI.PackDigest(receiptOf(s.receipt)), "verify": s.verify(), "verifyWithSetup": s.verifyWithSetup(),
		} {
			if out, reverted := c.ask(receiptchecker.ReceiptCheckerMetaData.ABI, checker, data); common.BytesToHash(out) != digest {
				t.Errorf("n=%d t=%d: %s: %x %s, want %x", size.n, size.t, name, out, reverted, digest)
			}
		}
		if version := call(c, checker, checkerABI.PackVersionOf(setupOf(s.setup)), checkerABI.UnpackVersionOf); version != s.version {
			t.Errorf("n=%d t=%d: version %x, want %x", size.n, size.t, version, s.version[:])
		}
		// The same request at the same block, through others: more servers sign the same receipt.
		all := s.clone()
		for through := 1; through < size.n; through++ {
			all.add(show(read(t, cluster, through)))
		}
		if size.n > 1 && len(all.signatures) <= size.t+1 {
			t.Fatalf("n=%d t=%d: no more than %d servers have signed", size.n, size.t, len(all.signatures))
		}
		if _, reverted := c.ask(receiptchecker.ReceiptCheckerMetaData.ABI, checker, all.verifyWithSetup()); reverted != "" {
			t.Errorf("n=%d t=%d: with %d signatures: %s", size.n, size.t, len(all.signatures), reverted)
		}
	}
}

// add takes over the signatures that s lacks.
func (s *shown) add(other *shown) {
	if s.receipt != other.receipt {
		return
	}
	for i, index := range other.indices {
		at, found := slices.BinarySearch(s.indices, index)
		if !found {
			s.indices = slices.Insert(s.indices, at, index)
			s.signatures = slices.Insert(s.signatures, at, other.signatures[i])
		}
	}
}

// TestReceiptsForged bends all that a receipt is made of. The errors say what is wrong.
func TestReceiptsForged(t *testing.T) {
	c := newChain(t)
	checker := c.deploy(receiptchecker.ReceiptCheckerMetaData.Bin)
	good := show(read(t, newCluster(4, 2), 0))
	digest := good.receipt.Digest()
	outsider, err := crypto.Sign(digest[:], carol)
	if err != nil {
		t.Fatal(err)
	}
	other := newCluster(4, 2)
	other.Chain.Extend()
	for _, node := range other.Nodes {
		other.Follow(node, node.Head+1)
	}
	later := show(read(t, other, 0))
	if later.receipt == good.receipt || !slices.Equal(later.indices, good.indices) {
		t.Fatal("the later receipt is not what this test needs")
	}
	order, _ := new(big.Int).SetString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16)

	const any, another, few, uneven, outOfOrder, none, notSigned = "any", "AnotherVersion", "TooFewSignatures", "UnevenSignatures", "IndexOutOfOrder", "NoSignature", "NotSigned"
	for _, f := range []struct {
		name           string
		bend           func(s *shown)
		servers, setup string // the errors of both ways; none where it makes no difference
	}{
		{"cluster", func(s *shown) { s.receipt.Cluster[0]++ }, notSigned, another},
		{"request", func(s *shown) { s.receipt.Request[31]++ }, notSigned, notSigned},
		{"requester", func(s *shown) { s.receipt.Requester[0]++ }, notSigned, notSigned},
		{"key", func(s *shown) { s.receipt.Key[0]++ }, notSigned, another},
		{"version", func(s *shown) { s.receipt.Version[0]++ }, notSigned, another},
		{"block number", func(s *shown) { s.receipt.Block.Number++ }, notSigned, notSigned},
		{"block hash", func(s *shown) { s.receipt.Block.Hash[0]++ }, notSigned, notSigned},
		{"verdict", func(s *shown) { s.receipt.Granted = false }, notSigned, notSigned},

		{"version that the contract knows", func(s *shown) { s.version[0]++ }, "", another},
		{"set-up's cluster", func(s *shown) { s.setup.Cluster[0]++ }, "", another},
		{"set-up's key", func(s *shown) { s.setup.Key[0]++ }, "", another},
		{"set-up's threshold", func(s *shown) { s.setup.Threshold-- }, "", another},
		{"set-up's size", func(s *shown) { s.setup.SetSize++ }, "", another},
		{"set-up's member", func(s *shown) { s.setup.Members[0][9]++ }, "", another},
		{"set-up's members", func(s *shown) { s.setup.Members = s.setup.Members[:3] }, "", another},
		{"set-up's initiator", func(s *shown) { s.setup.Initiator[0]++ }, "", another},
		{"set-up's nonce", func(s *shown) { s.setup.Nonce[0]++ }, "", another},
		{"set-up's proof", func(s *shown) { s.setup.Proof[0]++ }, "", another},
		{"a key of the reader's own servers", func(s *shown) { ownServers(t, s) }, notSigned, another},
		{"servers in another order", func(s *shown) { slices.Reverse(s.servers) }, notSigned, ""},
		{"a server of address zero", func(s *shown) { s.servers[s.indices[1]-1] = common.Address{}; clear(s.signatures[1]) }, none, ""},
		{"no servers", func(s *shown) { s.servers = nil }, notSigned, ""},

		{"too few", func(s *shown) { s.signatures, s.indices = s.signatures[:2], s.indices[:2] }, few, few},
		{"none at all", func(s *shown) { s.signatures, s.indices = nil, nil }, few, few},
		{"higher threshold", func(s *shown) { s.threshold++ }, few, ""},
		{"more signatures than indices", func(s *shown) { s.indices = s.indices[:2] }, uneven, uneven},
		{"more indices than signatures", func(s *shown) { s.indices = append(s.indices, 4) }, uneven, uneven},
		{"a signer twice", func(s *shown) { s.signatures[1], s.indices[1] = s.signatures[0], s.indices[0] }, outOfOrder, outOfOrder},
		{"a signer twice under two indices", func(s *shown) { s.signatures[1] = s.signatures[0] }, notSigned, notSigned},
		{"signers in another order", func(s *shown) { slices.Reverse(s.indices); slices.Reverse(s.signatures) }, outOfOrder, outOfOrder},
		{"index 0", func(s *shown) { s.indices[0] = 0 }, outOfOrder, outOfOrder},
		{"index behind the last", func(s *shown) { s.indices[2] = 5 }, notSigned, notSigned},
		{"highest index", func(s *shown) { s.indices[2] = 1<<32 - 1 }, notSigned, notSigned},
		{"another's index", func(s *shown) { s.indices[2] = 10 - s.indices[0] - s.indices[1] - s.indices[2] }, any, any},
		{"signer from outside", func(s *shown) { s.signatures[1] = outsider }, notSigned, notSigned},
		{"signature on another receipt", func(s *shown) { s.signatures[1] = later.signatures[1] }, notSigned, notSigned},
		{"r", func(s *shown) { s.signatures[1][0] ^= 1 }, any, any},
		{"s", func(s *shown) { s.signatures[1][63] ^= 1 }, notSigned, notSigned},
		{"v", func(s *shown) { s.signatures[1][64] ^= 1 }, notSigned, notSigned},
		{"no v there is", func(s *shown) { s.signatures[1][64] = 2 }, none, none},
		{"high s", func(s *shown) {
			sig := s.signatures[1]
			new(big.Int).Sub(order, new(big.Int).SetBytes(sig[32:64])).FillBytes(sig[32:64])
			sig[64] ^= 1
		}, none, none},
		{"all zero", func(s *shown) { clear(s.signatures[1]) }, none, none},
		{"64 bytes", func(s *shown) { s.signatures[1] = s.signatures[1][:64] }, none, none},
		{"66 bytes", func(s *shown) { s.signatures[1] = append(s.signatures[1], 0) }, none, none},
		{"no bytes", func(s *shown) { s.signatures[1] = nil }, none, none},
	} {
		bent := good.clone()
		f.bend(bent)
		for way, c2 := range map[string]struct {
			data []byte
			want string
		}{"servers": {bent.verify(), f.servers}, "set-up": {bent.verifyWithSetup(), f.setup}} {
			if c2.want == "" {
				continue
			}
			if out, reverted := c.ask(receiptchecker.ReceiptCheckerMetaData.ABI, checker, c2.data); out != nil || c2.want != any && reverted != c2.want {
				t.Errorf("%s, by %s: %x %s, want %s", f.name, way, out, reverted, c2.want)
			}
		}
	}
	// v as wallets write it is the same signature.
	for i := range good.signatures {
		good.signatures[i][64] += 27
	}
	if _, reverted := c.ask(receiptchecker.ReceiptCheckerMetaData.ABI, checker, good.verify()); reverted != "" {
		t.Errorf("with v of 27 and 28: %s", reverted)
	}
}

// ownServers makes the receipt one of a key that its reader has made with servers of its own, under the same id. Only
// the contract's knowledge tells.
func ownServers(t *testing.T, s *shown) {
	t.Helper()
	s.setup.Members, s.setup.Threshold = []wire.NodeID{wire.NodeIDOf(&carol.PublicKey)}, 0
	s.receipt.Version = s.setup.Session()
	digest := s.receipt.Digest()
	signature, err := crypto.Sign(digest[:], carol)
	if err != nil {
		t.Fatal(err)
	}
	s.signatures, s.indices, s.threshold = [][]byte{signature}, []uint32{1}, 0
}

// TestReceiptOfRefusal: what key servers sign of a no is a receipt of a no, and of nothing else.
func TestReceiptOfRefusal(t *testing.T) {
	c := newChain(t)
	checker, rewards := c.deploy(receiptchecker.ReceiptCheckerMetaData.Bin), c.deploy(readrewards.ReadRewardsMetaData.Bin)
	cluster := newCluster(4, 2)
	stranger := cluster.NewClient("stranger")
	stranger.Wallet = true
	asked := cluster.Retrieve(cluster.Nodes[0], stranger, sessiontest.KeyID(1), true)
	if err := cluster.Settle(); err != nil {
		t.Fatal(err)
	}
	var no *wire.Refusal
	if !errors.As(asked.Err, &no) {
		t.Fatalf("%v without a receipt", asked.Err)
	}
	s := &shown{receipt: no.Receipt, setup: no.Setup, version: no.Setup.Session(), threshold: no.Setup.Threshold}
	for _, signed := range no.Signatures {
		s.signatures, s.indices = append(s.signatures, signed.Signature[:]), append(s.indices, signed.Index)
	}
	digest := no.Receipt.Digest()
	if out, reverted := c.ask(receiptchecker.ReceiptCheckerMetaData.ABI, checker, s.verifyWithSetup()); common.BytesToHash(out) != digest || no.Receipt.Granted {
		t.Errorf("%x %s", out, reverted)
	}
	s.receipt.Granted = true
	if out, reverted := c.ask(receiptchecker.ReceiptCheckerMetaData.ABI, checker, s.verifyWithSetup()); reverted != "NotSigned" {
		t.Errorf("as a grant: %x %q", out, reverted)
	}
	s.receipt.Granted = false
	c.passes(alice, rewards, rewardsABI.PackOffer(s.version, new(big.Int)))
	if _, reverted := c.ask(readrewards.ReadRewardsMetaData.ABI, rewards, s.claim(0)); reverted != "NotGranted" {
		t.Errorf("a reward for it: %q", reverted)
	}
}

// claim is a call of the example for an offer.
func (s *shown) claim(offer int64) []byte {
	r := s.receipt
	return rewardsABI.PackClaim(big.NewInt(offer),
		readrewards.ReceiptsReceipt{Cluster: r.Cluster, Request: r.Request, Requester: r.Requester, Key: r.Key, Version: r.Version,
			Block: readrewards.ReceiptsBlock{Number: r.Block.Number, Hash: r.Block.Hash}, Granted: r.Granted},
		readrewards.ReceiptsSetup(setupOf(s.setup)), s.signatures, s.indices)
}

// TestReadRewards: the example pays each reader once, and nobody who shows somebody else's receipt.
func TestReadRewards(t *testing.T) {
	c := newChain(t)
	rewards := c.deploy(readrewards.ReadRewardsMetaData.Bin)
	cluster := newCluster(4, 2)
	s := show(read(t, cluster, 0))
	reader := s.receipt.Requester
	balance := func() uint64 {
		t.Helper()
		b, err := c.Client().BalanceAt(c.ctx, reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		return b.Uint64()
	}
	refused := func(what string, data []byte, want string) {
		t.Helper()
		if _, reverted := c.ask(readrewards.ReadRewardsMetaData.ABI, rewards, data); reverted != want {
			t.Errorf("%s: %q, want %s", what, reverted, want)
		}
	}
	refused("no offer", s.claim(0), "AnotherVersion")
	if c.send(alice, &rewards, rewardsABI.PackOffer(s.version, big.NewInt(100)), 150).Status != types.ReceiptStatusSuccessful {
		t.Fatal("the offer was refused")
	}
	forged := s.clone()
	forged.receipt.Requester = addr(bob)
	refused("in another name", forged.claim(0), "NotSigned")
	ownServers(t, forged)
	refused("a key of one's own", forged.claim(0), "AnotherVersion")
	refused("another offer", s.claim(1), "AnotherVersion")

	c.passes(bob, rewards, s.claim(0)) // whoever shows it, the reader is paid
	if got := balance(); got != 100 {
		t.Errorf("the reader has %d, want 100", got)
	}
	refused("the same again", s.claim(0), "PaidAlready")
	cluster.Chain.Extend()
	for _, node := range cluster.Nodes {
		cluster.Follow(node, node.Head+1)
	}
	again := show(read(t, cluster, 0))
	if again.receipt == s.receipt {
		t.Fatal("the same receipt")
	}
	refused("another receipt of the same reader", again.claim(0), "PaidAlready")

	// Two more keys, of one server which this test plays: of another reader, and a verdict of no.
	no := s.clone()
	ownServers(t, no)
	c.passes(alice, rewards, rewardsABI.PackOffer(no.receipt.Version, big.NewInt(100)))
	no.version = no.receipt.Version
	refused("nothing is left", no.claim(1), "Exhausted")
	no.receipt.Granted = false
	digest := no.receipt.Digest()
	signature, err := crypto.Sign(digest[:], carol)
	if err != nil {
		t.Fatal(err)
	}
	no.signatures = [][]byte{signature}
	refused("a verdict of no", no.claim(1), "NotGranted")

	c.refused(bob, rewards, rewardsABI.PackClose(big.NewInt(0)))
	c.passes(alice, rewards, rewardsABI.PackClose(big.NewInt(0)))
	if left, err := c.Client().BalanceAt(c.ctx, rewards, nil); err != nil || left.Sign() != 0 {
		t.Errorf("%s wei are left (%v)", left, err)
	}
}

// TestReceiptGas measures what a check costs, and holds docs/receipts.md against it. Run it with -v for the figures.
func TestReceiptGas(t *testing.T) {
	c := newChain(t)
	checker := c.deploy(receiptchecker.ReceiptCheckerMetaData.Bin)
	for _, size := range []struct{ n, t int }{{4, 2}, {7, 5}} {
		s := show(read(t, newCluster(size.n, size.t), 0))
		for _, way := range []struct {
			name string
			data []byte
		}{{"verify", s.verify()}, {"verifyWithSetup", s.verifyWithSetup()}} {
			sent := c.send(bob, &checker, way.data, 0)
			if sent.Status != types.ReceiptStatusSuccessful {
				t.Errorf("%s was refused", way.name)
			}
			within, whole := gasWithin(t, way.data), sent.GasUsed
			t.Logf("gas of a receipt, t = %d of %d servers: %-15s %6d in the contract, %6d as a transaction", size.t, size.n, way.name, within, whole)
			stated(t, fmt.Sprintf("| t = %d of %d servers, `%s` |", size.t, size.n, way.name), within, whole)
		}
	}
}

// stated looks for a row of figures in the documentation; they may be a fiftieth off.
func stated(t *testing.T, row string, figures ...uint64) {
	t.Helper()
	text, err := os.ReadFile("../docs/receipts.md")
	if err != nil {
		t.Fatal(err)
	}
	_, line, found := strings.Cut(string(text), row)
	line, _, _ = strings.Cut(line, "\n")
	cells := strings.Split(line, "|")
	if !found || len(cells) < len(figures) {
		t.Errorf("docs/receipts.md has no row %q", row)
		return
	}
	for i, want := range figures {
		got, err := strconv.ParseUint(strings.ReplaceAll(strings.TrimSpace(cells[i]), ",", ""), 10, 64)
		if err != nil || got > want+want/50 || got < want-want/50 {
			t.Errorf("docs/receipts.md: %s%s: %s where %d was measured", row, line, cells[i], want)
		}
	}
}

// gasWithin is what a call of the checker costs a contract, without what a transaction costs.
func gasWithin(t *testing.T, data []byte) uint64 {
	t.Helper()
	cfg := &runtime.Config{GasLimit: 10_000_000}
	_, at, _, err := runtime.Create(hexutil.MustDecode(receiptchecker.ReceiptCheckerMetaData.Bin), cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, left, err := runtime.Call(at, data, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return cfg.GasLimit - left
}
