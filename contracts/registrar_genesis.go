package contracts

import (
	_ "embed"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

//go:embed compiled/Registrar.bin-runtime
var registrarRuntime string

// Where the compiler put the registrar's variables: compiled/Registrar.storage.json, held equal by a test.
const (
	registrarOwnerSlot   = 0
	registrarEntriesSlot = 2 // Entry.owner is the low 20 bytes of an entry's first slot, Entry.term the rest
)

// RegistrarAccount returns the registrar contract as an account of a genesis block. The contract and all of Names
// belong to owner, nothing is filed under the names yet and the fee is 0: owner can setAddress in the first block,
// and getAddress answers zero until then. The zero owner leaves the names free for anyone to reserve.
func RegistrarAccount(owner common.Address) types.Account {
	storage := make(map[common.Hash]common.Hash)
	if owner != (common.Address{}) {
		storage[slot(registrarOwnerSlot)] = common.BytesToHash(owner[:])
		for _, name := range Names() {
			storage[mappingSlot(NameHash(name), registrarEntriesSlot)] = common.BytesToHash(owner[:])
		}
	}
	return types.Account{
		Code:    hexutil.MustDecode("0x" + strings.TrimSpace(registrarRuntime)),
		Storage: storage,
		Balance: new(big.Int),
	}
}

// RegistrarOwner is whom a registrar in a genesis block belongs to; zero if nobody.
func RegistrarOwner(account types.Account) common.Address {
	return common.BytesToAddress(account.Storage[slot(registrarOwnerSlot)].Bytes())
}

func slot(n int64) common.Hash {
	return common.BigToHash(big.NewInt(n))
}

// mappingSlot returns where Solidity keeps the value of key in the mapping declared at slot n.
func mappingSlot(key common.Hash, n int64) common.Hash {
	return crypto.Keccak256Hash(key[:], slot(n).Bytes())
}
