package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"

	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
)

// burnt is the gas of one transaction that uses all it is given: a contract whose creation fails. Four fill a block.
const burnt = 15_000_000

// burn sends transactions of one account that use up gas, at a price, and returns the last.
func burn(t *testing.T, net *network, from account, count int, price int64) *types.Transaction {
	t.Helper()
	nonce, err := net.nodes[0].eth.PendingNonceAt(t.Context(), from.address)
	if err != nil {
		t.Fatal(err)
	}
	var tx *types.Transaction
	for i := range uint64(count) {
		tx = types.MustSignNewTx(from.key, types.LatestSignerForChainID(new(big.Int).SetUint64(net.chainID)), &types.LegacyTx{
			Nonce: nonce + i, Gas: burnt, GasPrice: big.NewInt(price), Data: []byte{0xfe},
		})
		if err := net.nodes[0].eth.SendTransaction(t.Context(), tx); err != nil {
			t.Fatal(err)
		}
	}
	return tx
}

// untilMined waits for a transaction at a node; with each block so far the time begins anew.
func untilMined(t *testing.T, chain *ethclient.Client, tx common.Hash) *types.Receipt {
	t.Helper()
	for last := uint64(0); ; {
		var receipt *types.Receipt
		until(t, fmt.Sprintf("%v is mined, or a block after %d", tx, last), func() (err error) {
			if receipt, err = chain.TransactionReceipt(t.Context(), tx); !errors.Is(err, ethereum.NotFound) {
				return err
			}
			height, err := chain.BlockNumber(t.Context())
			if err == nil && height <= last {
				err = errors.New("no new block")
			}
			last = max(last, height)
			return err
		})
		if receipt != nil {
			return receipt
		}
	}
}

// TestFreeGas: in a network in which gas has no price it has none after fifty full blocks either. An account that has nothing
// sends, and deploys a contract, for nothing, by whatever it finds suggested.
func TestFreeGas(t *testing.T) {
	net := startNetwork(t, 4, "--free-gas", "--demo=false")
	chain := net.nodes[1].eth
	const blocks = 52
	burn(t, net, net.accounts[1], blocks, 0)
	last := untilMined(t, chain, burn(t, net, net.accounts[2], blocks, 0).Hash())
	full := 0
	for number := int64(1); number <= last.BlockNumber.Int64(); number++ {
		h, err := chain.HeaderByNumber(t.Context(), big.NewInt(number))
		if err != nil {
			t.Fatal(err)
		}
		if h.BaseFee.Sign() != 0 || h.GasUsed > h.GasLimit/2 {
			t.Fatalf("block %d uses %d of %d gas, its base fee is %v", number, h.GasUsed, h.GasLimit, h.BaseFee)
		}
		if h.GasUsed == h.GasLimit/2 {
			full++
		}
	}
	if full < 50 {
		t.Errorf("%d blocks of %d are full", full, last.BlockNumber)
	}
	if price, err := chain.SuggestGasPrice(t.Context()); err != nil || price.Sign() != 0 {
		t.Errorf("a price of %v is suggested, %v", price, err)
	}

	poor, reader := newAccount(t), newAccount(t)
	tx := types.MustSignNewTx(poor.key, types.LatestSignerForChainID(new(big.Int).SetUint64(net.chainID)), &types.LegacyTx{To: &reader.address, Gas: 21000, GasPrice: new(big.Int)})
	if err := chain.SendTransaction(t.Context(), tx); err != nil {
		t.Fatal(err)
	}
	if receipt := untilMined(t, chain, tx.Hash()); receipt.Status != types.ReceiptStatusSuccessful || receipt.EffectiveGasPrice.Sign() != 0 {
		t.Errorf("%+v", receipt)
	}
	deployFor(t, net, poor)
	for _, n := range net.nodes {
		if balance, err := n.eth.BalanceAt(t.Context(), poor.address, nil); err != nil || balance.Sign() != 0 {
			t.Errorf("%s: the account has %v, %v", n.name, balance, err)
		}
	}
	net.stop(t)
}

// deployFor deploys a contract as clients of the network do.
func deployFor(t *testing.T, net *network, from account) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := chainrpc.Dial(ctx, chainrpc.Config{Endpoints: []string{net.nodes[2].rpcURL}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	tx, err := c.Send(ctx, from.key, chainrpc.Call{Input: common.FromHex(permissions.DocumentPermissionsMetaData.Bin), What: "the contract"})
	if err == nil {
		_, err = c.Mined(ctx, from.address, tx)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := c.CheckCode(ctx, crypto.CreateAddress(from.address, tx.Nonce())); err != nil {
		t.Error(err)
	}
}

// TestGasPriceOfAMillion: a tutorial's price of 1,000,000 wei is enough on an ordinary devnet, at once and after full blocks.
func TestGasPriceOfAMillion(t *testing.T) {
	net := startNetwork(t, 1, "--demo=false", "--acl", "registry")
	chain, author := net.nodes[0].eth, net.accounts[3]
	deploy := func(nonce uint64) {
		t.Helper()
		tx := types.MustSignNewTx(author.key, types.LatestSignerForChainID(new(big.Int).SetUint64(net.chainID)), &types.LegacyTx{
			Nonce: nonce, Gas: 3_000_000, GasPrice: big.NewInt(1_000_000), Data: common.FromHex(permissions.DocumentPermissionsMetaData.Bin),
		})
		sent, err := chain.BlockNumber(t.Context())
		if err == nil {
			err = chain.SendTransaction(t.Context(), tx)
		}
		if err != nil {
			t.Fatal(err)
		}
		receipt := untilMined(t, chain, tx.Hash())
		if receipt.Status != types.ReceiptStatusSuccessful {
			t.Errorf("%+v", receipt)
		}
		if waited := receipt.BlockNumber.Uint64() - sent; waited > 20 { // a base fee of 10^9 takes fifty blocks to fall so low
			t.Errorf("it waited for %d blocks", waited)
		}
	}
	deploy(0)
	const blocks = 8
	last := untilMined(t, chain, burn(t, net, net.accounts[4], 4*blocks, 2_000_000).Hash())
	h, err := chain.HeaderByNumber(t.Context(), last.BlockNumber)
	if err != nil || h.BaseFee.Cmp(big.NewInt(8)) < 0 {
		t.Errorf("after %d full blocks the base fee is %v, %v", blocks, h.BaseFee, err)
	}
	deploy(1)
	net.stop(t)
}
