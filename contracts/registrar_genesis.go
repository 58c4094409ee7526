package contracts

import (
	_ "embed"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

var (
	//go:embed compiled/Registrar.bin-runtime
	registrarRuntime string
	//go:embed compiled/DocumentPermissions.bin-runtime
	permissionsRuntime string
)

// Where the compiler put the registrar's variables: compiled/Registrar.storage.json, held equal by a test.
const (
	registrarOwnerSlot   = 0
	registrarEntriesSlot = 2 // Entry.owner is the low 20 bytes of an entry's first slot, Entry.term the rest
	registrarDataSlot    = 2 // of an entry: Entry.data
)

// Filing is an address under a name of a registrar.
type Filing struct {
	Name    string // one of Names
	Address common.Address
}

// RegistrarAccount returns the registrar contract as an account of a genesis block. The contract and all of Names
// belong to owner, nothing is filed under the names but filed, and the fee is 0: owner can setAddress in the first block,
// and getAddress answers zero until then. The zero owner leaves the names free for anyone to reserve.
func RegistrarAccount(owner common.Address, filed ...Filing) types.Account {
	storage := make(map[common.Hash]common.Hash)
	if owner != (common.Address{}) {
		storage[slot(registrarOwnerSlot)] = common.BytesToHash(owner[:])
		for _, name := range Names() {
			storage[mappingSlot(NameHash(name), registrarEntriesSlot)] = common.BytesToHash(owner[:])
		}
	}
	for _, f := range filed {
		storage[filedSlot(f.Name, common.Hash{})] = common.BytesToHash(f.Address[:])
	}
	return types.Account{Code: unhex(registrarRuntime), Storage: storage, Balance: new(big.Int)}
}

// PermissionsAccount returns the permission contract, DocumentPermissions, as an account of a genesis block. Nobody has claimed
// anything.
func PermissionsAccount() types.Account {
	return types.Account{Code: unhex(permissionsRuntime), Balance: new(big.Int)}
}

// RegistrarCreation returns the creation code of a registrar that stands as in a genesis block: RegistrarAccount(owner). What the
// compiler gives belongs to whoever deploys it, and its names to nobody: between its block and the next anybody could have
// one.
func RegistrarCreation(owner common.Address) []byte {
	account := RegistrarAccount(owner)
	var code []byte
	for _, key := range slices.SortedFunc(maps.Keys(account.Storage), common.Hash.Cmp) {
		value := account.Storage[key]
		code = append(append(code, opPush32), value[:]...)
		code = append(append(code, opPush32), key[:]...)
		code = append(code, opSstore)
	}
	// What comes behind this is copied to memory, and is the account's code.
	const tail = 15
	size, begin := len(account.Code), len(code)+tail
	code = append(code,
		opPush3, byte(size>>16), byte(size>>8), byte(size), opDup1,
		opPush3, byte(begin>>16), byte(begin>>8), byte(begin), opPush1, 0, opCodecopy,
		opPush1, 0, opReturn)
	return append(code, account.Code...)
}

// The instructions of RegistrarCreation. core/vm has them too, and is not for clients to link.
const (
	opCodecopy, opSstore       = 0x39, 0x55
	opPush1, opPush3, opPush32 = 0x60, 0x62, 0x7f
	opDup1, opReturn           = 0x80, 0xf3
)

func unhex(compiled string) []byte {
	return hexutil.MustDecode("0x" + strings.TrimSpace(compiled))
}

// FiledAddress returns what is filed under a name in a registrar of this kind, zero if nothing is, from its storage. It runs no code.
func FiledAddress(storage func(slot common.Hash) common.Hash, name string) common.Address {
	entry := storage(mappingSlot(NameHash(name), registrarEntriesSlot))
	filed := storage(filedSlot(name, common.BytesToHash(entry[:len(entry)-common.AddressLength])))
	return common.BytesToAddress(filed[:])
}

// filedSlot returns where the registrar keeps the address under a name that was dropped so many times.
func filedSlot(name string, term common.Hash) common.Hash {
	entry := mappingSlot(NameHash(name), registrarEntriesSlot).Big()
	data := common.BigToHash(entry.Add(entry, big.NewInt(registrarDataSlot)))
	of := crypto.Keccak256Hash(term[:], data[:])
	return crypto.Keccak256Hash([]byte(AddressKey), of[:])
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
