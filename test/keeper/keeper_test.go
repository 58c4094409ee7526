package keeper

import (
	"context"
	"math/big"
	"path/filepath"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	"github.com/ethereum/go-ethereum/params"

	"github.com/geth-ss/geth-ss/test/npm"
)

// awaited is a simulated chain that makes a block whenever somebody looks for a receipt.
type awaited struct {
	simulated.Client
	commit func() common.Hash
}

func (a awaited) TransactionReceipt(ctx context.Context, tx common.Hash) (*types.Receipt, error) {
	a.commit()
	return a.Client.TransactionReceipt(ctx, tx)
}

// Ocean's real contract: what is granted is seen, what is revoked is gone, and who else it lets in.
func TestCondition(t *testing.T) {
	dir := npm.Require(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	publisher := crypto.PubkeyToAddress(key.PublicKey)
	backend := simulated.NewBackend(types.GenesisAlloc{publisher: {Balance: big.NewInt(params.Ether)}})
	defer backend.Close()

	condition, err := Deploy(ctx, awaited{backend.Client(), backend.Commit}, key, Artifacts(dir))
	if err != nil {
		t.Fatal(err)
	}
	if condition.Address() == (common.Address{}) {
		t.Fatal("the contract has no address")
	}

	document, other := crypto.Keccak256Hash([]byte("document")), crypto.Keccak256Hash([]byte("other"))
	reader, stranger := common.HexToAddress("0x1"), common.HexToAddress("0x2")
	check := func(when string, who common.Address, document common.Hash, want bool) {
		t.Helper()
		got, err := condition.CheckPermissions(ctx, who, document)
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		if got != want {
			t.Errorf("%s: permission %t, want %t", when, got, want)
		}
	}

	check("a document nobody registered", reader, document, false)
	check("the zero address, which owns what nobody registered", common.Address{}, document, true)
	if err := condition.Grant(ctx, document, reader); err == nil {
		t.Error("granted for a document nobody registered")
	}
	if err := condition.Register(ctx, document); err != nil {
		t.Fatal(err)
	}
	check("the publisher of a registered document", publisher, document, true)
	check("a reader before the grant", reader, document, false)
	check("the zero address of a registered document", common.Address{}, document, false)

	if err := condition.Grant(ctx, document, reader); err != nil {
		t.Fatal(err)
	}
	check("a reader granted", reader, document, true)
	check("a stranger", stranger, document, false)
	check("a reader of another document", reader, other, false)

	if err := condition.Revoke(ctx, document, reader); err != nil {
		t.Fatal(err)
	}
	check("a reader revoked", reader, document, false)

	if err := condition.Grant(ctx, document, reader); err != nil {
		t.Fatal(err)
	}
	check("a reader granted again", reader, document, true)
}

func TestDeployNamesWhatIsMissing(t *testing.T) {
	backend := simulated.NewBackend(nil)
	defer backend.Close()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	_, err = Deploy(context.Background(), backend.Client(), key, filepath.Join(t.TempDir(), "nowhere"))
	if err == nil {
		t.Fatal("deployed without artifacts")
	}
	t.Log(err)
}
