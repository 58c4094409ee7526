// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package keysacl

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

// KeysACLMetaData contains all meta data concerning the KeysACL contract.
var KeysACLMetaData = bind.MetaData{
	ABI: "[{\"constant\":true,\"inputs\":[{\"name\":\"user\",\"type\":\"address\"}],\"name\":\"availableKeys\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes32[]\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"user\",\"type\":\"address\"},{\"name\":\"document\",\"type\":\"bytes32\"}],\"name\":\"checkPermissions\",\"outputs\":[{\"name\":\"\",\"type\":\"bool\"}],\"payable\":false,\"type\":\"function\"}]",
	ID:  "KeysACL",
}

// KeysACL is an auto generated Go binding around an Ethereum contract.
type KeysACL struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *KeysACL) GetABI() abi.ABI {
	return c.abi
}

// NewKeysACL creates a new instance of KeysACL.
func NewKeysACL() *KeysACL {
	parsed, err := KeysACLMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &KeysACL{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *KeysACL) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackAvailableKeys is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xac3188d2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function availableKeys(address user) view returns(bytes32[])
func (keysACL *KeysACL) PackAvailableKeys(user common.Address) []byte {
	enc, err := keysACL.abi.Pack("availableKeys", user)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAvailableKeys is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xac3188d2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function availableKeys(address user) view returns(bytes32[])
func (keysACL *KeysACL) TryPackAvailableKeys(user common.Address) ([]byte, error) {
	return keysACL.abi.Pack("availableKeys", user)
}

// UnpackAvailableKeys is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xac3188d2.
//
// Solidity: function availableKeys(address user) view returns(bytes32[])
func (keysACL *KeysACL) UnpackAvailableKeys(data []byte) ([][32]byte, error) {
	out, err := keysACL.abi.Unpack("availableKeys", data)
	if err != nil {
		return *new([][32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([][32]byte)).(*[][32]byte)
	return out0, nil
}

// PackCheckPermissions is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb36a9a7c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function checkPermissions(address user, bytes32 document) returns(bool)
func (keysACL *KeysACL) PackCheckPermissions(user common.Address, document [32]byte) []byte {
	enc, err := keysACL.abi.Pack("checkPermissions", user, document)
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
func (keysACL *KeysACL) TryPackCheckPermissions(user common.Address, document [32]byte) ([]byte, error) {
	return keysACL.abi.Pack("checkPermissions", user, document)
}

// UnpackCheckPermissions is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xb36a9a7c.
//
// Solidity: function checkPermissions(address user, bytes32 document) returns(bool)
func (keysACL *KeysACL) UnpackCheckPermissions(data []byte) (bool, error) {
	out, err := keysACL.abi.Unpack("checkPermissions", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}
