// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package aclstorage

import (
	"bytes"
	"errors"
	"math/big"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Reference imports to suppress errors if they are not otherwise used.
var (
	_ = bytes.Equal
	_ = errors.New
	_ = big.NewInt
	_ = common.Big1
	_ = types.BloomLookup
	_ = abi.ConvertType
)

// ACLStorageMetaData contains all meta data concerning the ACLStorage contract.
var ACLStorageMetaData = bind.MetaData{
	ABI: "[{\"constant\":true,\"inputs\":[{\"name\":\"user\",\"type\":\"address\"},{\"name\":\"document\",\"type\":\"bytes32\"}],\"name\":\"checkPermissions\",\"outputs\":[{\"name\":\"\",\"type\":\"bool\"}],\"payable\":false,\"type\":\"function\"}]",
	ID:  "ACLStorage",
}

// ACLStorage is an auto generated Go binding around an Ethereum contract.
type ACLStorage struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *ACLStorage) GetABI() abi.ABI {
	return c.abi
}

// NewACLStorage creates a new instance of ACLStorage.
func NewACLStorage() *ACLStorage {
	parsed, err := ACLStorageMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &ACLStorage{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *ACLStorage) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackCheckPermissions is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb36a9a7c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function checkPermissions(address user, bytes32 document) returns(bool)
func (aCLStorage *ACLStorage) PackCheckPermissions(user common.Address, document [32]byte) []byte {
	enc, err := aCLStorage.abi.Pack("checkPermissions", user, document)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCheckPermissions is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb36a9a7c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function checkPermissions(address user, bytes32 document) returns(bool)
func (aCLStorage *ACLStorage) TryPackCheckPermissions(user common.Address, document [32]byte) ([]byte, error) {
	return aCLStorage.abi.Pack("checkPermissions", user, document)
}

// UnpackCheckPermissions is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xb36a9a7c.
//
// Solidity: function checkPermissions(address user, bytes32 document) returns(bool)
func (aCLStorage *ACLStorage) UnpackCheckPermissions(data []byte) (bool, error) {
	out, err := aCLStorage.abi.Unpack("checkPermissions", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}
