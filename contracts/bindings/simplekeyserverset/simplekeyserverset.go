// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package simplekeyserverset

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

// SimpleKeyServerSetMetaData contains all meta data concerning the SimpleKeyServerSet contract.
var SimpleKeyServerSetMetaData = bind.MetaData{
	ABI: "[{\"constant\":true,\"inputs\":[{\"name\":\"index\",\"type\":\"uint8\"}],\"name\":\"getCurrentKeyServer\",\"outputs\":[{\"name\":\"\",\"type\":\"address\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"getCurrentKeyServerAddress\",\"outputs\":[{\"name\":\"\",\"type\":\"string\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"getCurrentKeyServerIndex\",\"outputs\":[{\"name\":\"\",\"type\":\"uint8\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"getCurrentKeyServerPublic\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getCurrentKeyServers\",\"outputs\":[{\"name\":\"\",\"type\":\"address[]\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getCurrentKeyServersCount\",\"outputs\":[{\"name\":\"\",\"type\":\"uint8\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getCurrentLastChange\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"}]",
	ID:  "SimpleKeyServerSet",
}

// SimpleKeyServerSet is an auto generated Go binding around an Ethereum contract.
type SimpleKeyServerSet struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *SimpleKeyServerSet) GetABI() abi.ABI {
	return c.abi
}

// NewSimpleKeyServerSet creates a new instance of SimpleKeyServerSet.
func NewSimpleKeyServerSet() *SimpleKeyServerSet {
	parsed, err := SimpleKeyServerSetMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &SimpleKeyServerSet{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *SimpleKeyServerSet) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackGetCurrentKeyServer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc66198dc.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getCurrentKeyServer(uint8 index) view returns(address)
func (simpleKeyServerSet *SimpleKeyServerSet) PackGetCurrentKeyServer(index uint8) []byte {
	enc, err := simpleKeyServerSet.abi.Pack("getCurrentKeyServer", index)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetCurrentKeyServer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc66198dc.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getCurrentKeyServer(uint8 index) view returns(address)
func (simpleKeyServerSet *SimpleKeyServerSet) TryPackGetCurrentKeyServer(index uint8) ([]byte, error) {
	return simpleKeyServerSet.abi.Pack("getCurrentKeyServer", index)
}

// UnpackGetCurrentKeyServer is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc66198dc.
//
// Solidity: function getCurrentKeyServer(uint8 index) view returns(address)
func (simpleKeyServerSet *SimpleKeyServerSet) UnpackGetCurrentKeyServer(data []byte) (common.Address, error) {
	out, err := simpleKeyServerSet.abi.Unpack("getCurrentKeyServer", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackGetCurrentKeyServerAddress is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa86560be.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getCurrentKeyServerAddress(address keyServer) view returns(string)
func (simpleKeyServerSet *SimpleKeyServerSet) PackGetCurrentKeyServerAddress(keyServer common.Address) []byte {
	enc, err := simpleKeyServerSet.abi.Pack("getCurrentKeyServerAddress", keyServer)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetCurrentKeyServerAddress is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa86560be.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getCurrentKeyServerAddress(address keyServer) view returns(string)
func (simpleKeyServerSet *SimpleKeyServerSet) TryPackGetCurrentKeyServerAddress(keyServer common.Address) ([]byte, error) {
	return simpleKeyServerSet.abi.Pack("getCurrentKeyServerAddress", keyServer)
}

// UnpackGetCurrentKeyServerAddress is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa86560be.
//
// Solidity: function getCurrentKeyServerAddress(address keyServer) view returns(string)
func (simpleKeyServerSet *SimpleKeyServerSet) UnpackGetCurrentKeyServerAddress(data []byte) (string, error) {
	out, err := simpleKeyServerSet.abi.Unpack("getCurrentKeyServerAddress", data)
	if err != nil {
		return *new(string), err
	}
	out0 := *abi.ConvertType(out[0], new(string)).(*string)
	return out0, nil
}

// PackGetCurrentKeyServerIndex is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x287fb40c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getCurrentKeyServerIndex(address keyServer) view returns(uint8)
func (simpleKeyServerSet *SimpleKeyServerSet) PackGetCurrentKeyServerIndex(keyServer common.Address) []byte {
	enc, err := simpleKeyServerSet.abi.Pack("getCurrentKeyServerIndex", keyServer)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetCurrentKeyServerIndex is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x287fb40c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getCurrentKeyServerIndex(address keyServer) view returns(uint8)
func (simpleKeyServerSet *SimpleKeyServerSet) TryPackGetCurrentKeyServerIndex(keyServer common.Address) ([]byte, error) {
	return simpleKeyServerSet.abi.Pack("getCurrentKeyServerIndex", keyServer)
}

// UnpackGetCurrentKeyServerIndex is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x287fb40c.
//
// Solidity: function getCurrentKeyServerIndex(address keyServer) view returns(uint8)
func (simpleKeyServerSet *SimpleKeyServerSet) UnpackGetCurrentKeyServerIndex(data []byte) (uint8, error) {
	out, err := simpleKeyServerSet.abi.Unpack("getCurrentKeyServerIndex", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackGetCurrentKeyServerPublic is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x75de2a06.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getCurrentKeyServerPublic(address keyServer) view returns(bytes)
func (simpleKeyServerSet *SimpleKeyServerSet) PackGetCurrentKeyServerPublic(keyServer common.Address) []byte {
	enc, err := simpleKeyServerSet.abi.Pack("getCurrentKeyServerPublic", keyServer)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetCurrentKeyServerPublic is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x75de2a06.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getCurrentKeyServerPublic(address keyServer) view returns(bytes)
func (simpleKeyServerSet *SimpleKeyServerSet) TryPackGetCurrentKeyServerPublic(keyServer common.Address) ([]byte, error) {
	return simpleKeyServerSet.abi.Pack("getCurrentKeyServerPublic", keyServer)
}

// UnpackGetCurrentKeyServerPublic is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x75de2a06.
//
// Solidity: function getCurrentKeyServerPublic(address keyServer) view returns(bytes)
func (simpleKeyServerSet *SimpleKeyServerSet) UnpackGetCurrentKeyServerPublic(data []byte) ([]byte, error) {
	out, err := simpleKeyServerSet.abi.Unpack("getCurrentKeyServerPublic", data)
	if err != nil {
		return *new([]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([]byte)).(*[]byte)
	return out0, nil
}

// PackGetCurrentKeyServers is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5e9f171d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getCurrentKeyServers() view returns(address[])
func (simpleKeyServerSet *SimpleKeyServerSet) PackGetCurrentKeyServers() []byte {
	enc, err := simpleKeyServerSet.abi.Pack("getCurrentKeyServers")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetCurrentKeyServers is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5e9f171d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getCurrentKeyServers() view returns(address[])
func (simpleKeyServerSet *SimpleKeyServerSet) TryPackGetCurrentKeyServers() ([]byte, error) {
	return simpleKeyServerSet.abi.Pack("getCurrentKeyServers")
}

// UnpackGetCurrentKeyServers is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x5e9f171d.
//
// Solidity: function getCurrentKeyServers() view returns(address[])
func (simpleKeyServerSet *SimpleKeyServerSet) UnpackGetCurrentKeyServers(data []byte) ([]common.Address, error) {
	out, err := simpleKeyServerSet.abi.Unpack("getCurrentKeyServers", data)
	if err != nil {
		return *new([]common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new([]common.Address)).(*[]common.Address)
	return out0, nil
}

// PackGetCurrentKeyServersCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5560c965.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getCurrentKeyServersCount() view returns(uint8)
func (simpleKeyServerSet *SimpleKeyServerSet) PackGetCurrentKeyServersCount() []byte {
	enc, err := simpleKeyServerSet.abi.Pack("getCurrentKeyServersCount")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetCurrentKeyServersCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5560c965.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getCurrentKeyServersCount() view returns(uint8)
func (simpleKeyServerSet *SimpleKeyServerSet) TryPackGetCurrentKeyServersCount() ([]byte, error) {
	return simpleKeyServerSet.abi.Pack("getCurrentKeyServersCount")
}

// UnpackGetCurrentKeyServersCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x5560c965.
//
// Solidity: function getCurrentKeyServersCount() view returns(uint8)
func (simpleKeyServerSet *SimpleKeyServerSet) UnpackGetCurrentKeyServersCount(data []byte) (uint8, error) {
	out, err := simpleKeyServerSet.abi.Unpack("getCurrentKeyServersCount", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackGetCurrentLastChange is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6452e821.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getCurrentLastChange() view returns(uint256)
func (simpleKeyServerSet *SimpleKeyServerSet) PackGetCurrentLastChange() []byte {
	enc, err := simpleKeyServerSet.abi.Pack("getCurrentLastChange")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetCurrentLastChange is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6452e821.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getCurrentLastChange() view returns(uint256)
func (simpleKeyServerSet *SimpleKeyServerSet) TryPackGetCurrentLastChange() ([]byte, error) {
	return simpleKeyServerSet.abi.Pack("getCurrentLastChange")
}

// UnpackGetCurrentLastChange is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6452e821.
//
// Solidity: function getCurrentLastChange() view returns(uint256)
func (simpleKeyServerSet *SimpleKeyServerSet) UnpackGetCurrentLastChange(data []byte) (*big.Int, error) {
	out, err := simpleKeyServerSet.abi.Unpack("getCurrentLastChange", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}
