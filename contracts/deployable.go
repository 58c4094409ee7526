package contracts

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
	"github.com/geth-ss/geth-ss/contracts/bindings/receiptchecker"
)

// Deployable is a contract of ours that networks have a use for.
type Deployable struct {
	Short string // by which people call it
	Name  string // in solidity/
	What  string // it is for, in a few words
	File  string // the name of Names under which key servers look for it; empty: none

	// Creation returns its creation code. What has an owner belongs to owner.
	Creation func(owner common.Address) []byte
	Owned    bool // it has one
}

// Deployables returns them, the most wanted first.
func Deployables() []Deployable {
	return []Deployable{
		Permissions(),
		{Short: "registrar", Name: "Registrar", What: "the chain's directory, in which key servers look for the permission contract", Creation: RegistrarCreation, Owned: true},
		{Short: "receipt-checker", Name: "ReceiptChecker", What: "checks receipts, for verify-receipt --checker and other contracts",
			Creation: compiled(receiptchecker.ReceiptCheckerMetaData.Bin)},
	}
}

// Permissions returns the permission contract.
func Permissions() Deployable {
	return Deployable{Short: "permissions", Name: "DocumentPermissions", What: "who may read which document, kept by its publisher", File: NameACL,
		Creation: compiled(permissions.DocumentPermissionsMetaData.Bin)}
}

// compiled is creation code as the compiler gives it.
func compiled(bin string) func(common.Address) []byte {
	return func(common.Address) []byte { return common.FromHex(bin) }
}
