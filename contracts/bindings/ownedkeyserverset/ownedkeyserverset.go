// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package ownedkeyserverset

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

// OwnedKeyServerSetMetaData contains all meta data concerning the OwnedKeyServerSet contract.
var OwnedKeyServerSetMetaData = bind.MetaData{
	ABI: "[{\"payable\":true,\"stateMutability\":\"payable\",\"type\":\"fallback\"},{\"constant\":false,\"inputs\":[{\"name\":\"keyServerPublic\",\"type\":\"bytes\"},{\"name\":\"keyServerIp\",\"type\":\"string\"}],\"name\":\"addKeyServer\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[],\"name\":\"completeInitialization\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"id\",\"type\":\"bytes32\"}],\"name\":\"confirmMigration\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"index\",\"type\":\"uint8\"}],\"name\":\"getCurrentKeyServer\",\"outputs\":[{\"name\":\"\",\"type\":\"address\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"getCurrentKeyServerAddress\",\"outputs\":[{\"name\":\"\",\"type\":\"string\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"getCurrentKeyServerIndex\",\"outputs\":[{\"name\":\"\",\"type\":\"uint8\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"getCurrentKeyServerPublic\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getCurrentKeyServers\",\"outputs\":[{\"name\":\"\",\"type\":\"address[]\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getCurrentKeyServersCount\",\"outputs\":[{\"name\":\"\",\"type\":\"uint8\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getCurrentLastChange\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getMigrationId\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes32\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"getMigrationKeyServerAddress\",\"outputs\":[{\"name\":\"\",\"type\":\"string\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"getMigrationKeyServerPublic\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getMigrationKeyServers\",\"outputs\":[{\"name\":\"\",\"type\":\"address[]\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getMigrationMaster\",\"outputs\":[{\"name\":\"\",\"type\":\"address\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"getNewKeyServerAddress\",\"outputs\":[{\"name\":\"\",\"type\":\"string\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"getNewKeyServerPublic\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getNewKeyServers\",\"outputs\":[{\"name\":\"\",\"type\":\"address[]\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"isMigrationConfirmed\",\"outputs\":[{\"name\":\"\",\"type\":\"bool\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"owner\",\"outputs\":[{\"name\":\"\",\"type\":\"address\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"removeKeyServer\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"_new\",\"type\":\"address\"}],\"name\":\"setOwner\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"id\",\"type\":\"bytes32\"}],\"name\":\"startMigration\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"KeyServerAdded\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"KeyServerRemoved\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[],\"name\":\"MigrationCompleted\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[],\"name\":\"MigrationStarted\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"name\":\"old\",\"type\":\"address\"},{\"indexed\":true,\"name\":\"current\",\"type\":\"address\"}],\"name\":\"NewOwner\",\"type\":\"event\"}]",
	ID:  "OwnedKeyServerSet",
}

// OwnedKeyServerSet is an auto generated Go binding around an Ethereum contract.
type OwnedKeyServerSet struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *OwnedKeyServerSet) GetABI() abi.ABI {
	return c.abi
}

// NewOwnedKeyServerSet creates a new instance of OwnedKeyServerSet.
func NewOwnedKeyServerSet() *OwnedKeyServerSet {
	parsed, err := OwnedKeyServerSetMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &OwnedKeyServerSet{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *OwnedKeyServerSet) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackAddKeyServer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf2a2a900.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function addKeyServer(bytes keyServerPublic, string keyServerIp) returns()
func (ownedKeyServerSet *OwnedKeyServerSet) PackAddKeyServer(keyServerPublic []byte, keyServerIp string) []byte {
	enc, err := ownedKeyServerSet.abi.Pack("addKeyServer", keyServerPublic, keyServerIp)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackAddKeyServer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf2a2a900.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function addKeyServer(bytes keyServerPublic, string keyServerIp) returns()
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackAddKeyServer(keyServerPublic []byte, keyServerIp string) ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("addKeyServer", keyServerPublic, keyServerIp)
}

// PackCompleteInitialization is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5827b250.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function completeInitialization() returns()
func (ownedKeyServerSet *OwnedKeyServerSet) PackCompleteInitialization() []byte {
	enc, err := ownedKeyServerSet.abi.Pack("completeInitialization")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCompleteInitialization is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5827b250.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function completeInitialization() returns()
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackCompleteInitialization() ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("completeInitialization")
}

// PackConfirmMigration is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3a3f7201.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function confirmMigration(bytes32 id) returns()
func (ownedKeyServerSet *OwnedKeyServerSet) PackConfirmMigration(id [32]byte) []byte {
	enc, err := ownedKeyServerSet.abi.Pack("confirmMigration", id)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackConfirmMigration is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3a3f7201.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function confirmMigration(bytes32 id) returns()
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackConfirmMigration(id [32]byte) ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("confirmMigration", id)
}

// PackGetCurrentKeyServer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc66198dc.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getCurrentKeyServer(uint8 index) view returns(address)
func (ownedKeyServerSet *OwnedKeyServerSet) PackGetCurrentKeyServer(index uint8) []byte {
	enc, err := ownedKeyServerSet.abi.Pack("getCurrentKeyServer", index)
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
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackGetCurrentKeyServer(index uint8) ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("getCurrentKeyServer", index)
}

// UnpackGetCurrentKeyServer is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc66198dc.
//
// Solidity: function getCurrentKeyServer(uint8 index) view returns(address)
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackGetCurrentKeyServer(data []byte) (common.Address, error) {
	out, err := ownedKeyServerSet.abi.Unpack("getCurrentKeyServer", data)
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
func (ownedKeyServerSet *OwnedKeyServerSet) PackGetCurrentKeyServerAddress(keyServer common.Address) []byte {
	enc, err := ownedKeyServerSet.abi.Pack("getCurrentKeyServerAddress", keyServer)
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
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackGetCurrentKeyServerAddress(keyServer common.Address) ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("getCurrentKeyServerAddress", keyServer)
}

// UnpackGetCurrentKeyServerAddress is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa86560be.
//
// Solidity: function getCurrentKeyServerAddress(address keyServer) view returns(string)
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackGetCurrentKeyServerAddress(data []byte) (string, error) {
	out, err := ownedKeyServerSet.abi.Unpack("getCurrentKeyServerAddress", data)
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
func (ownedKeyServerSet *OwnedKeyServerSet) PackGetCurrentKeyServerIndex(keyServer common.Address) []byte {
	enc, err := ownedKeyServerSet.abi.Pack("getCurrentKeyServerIndex", keyServer)
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
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackGetCurrentKeyServerIndex(keyServer common.Address) ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("getCurrentKeyServerIndex", keyServer)
}

// UnpackGetCurrentKeyServerIndex is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x287fb40c.
//
// Solidity: function getCurrentKeyServerIndex(address keyServer) view returns(uint8)
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackGetCurrentKeyServerIndex(data []byte) (uint8, error) {
	out, err := ownedKeyServerSet.abi.Unpack("getCurrentKeyServerIndex", data)
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
func (ownedKeyServerSet *OwnedKeyServerSet) PackGetCurrentKeyServerPublic(keyServer common.Address) []byte {
	enc, err := ownedKeyServerSet.abi.Pack("getCurrentKeyServerPublic", keyServer)
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
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackGetCurrentKeyServerPublic(keyServer common.Address) ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("getCurrentKeyServerPublic", keyServer)
}

// UnpackGetCurrentKeyServerPublic is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x75de2a06.
//
// Solidity: function getCurrentKeyServerPublic(address keyServer) view returns(bytes)
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackGetCurrentKeyServerPublic(data []byte) ([]byte, error) {
	out, err := ownedKeyServerSet.abi.Unpack("getCurrentKeyServerPublic", data)
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
func (ownedKeyServerSet *OwnedKeyServerSet) PackGetCurrentKeyServers() []byte {
	enc, err := ownedKeyServerSet.abi.Pack("getCurrentKeyServers")
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
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackGetCurrentKeyServers() ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("getCurrentKeyServers")
}

// UnpackGetCurrentKeyServers is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x5e9f171d.
//
// Solidity: function getCurrentKeyServers() view returns(address[])
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackGetCurrentKeyServers(data []byte) ([]common.Address, error) {
	out, err := ownedKeyServerSet.abi.Unpack("getCurrentKeyServers", data)
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
func (ownedKeyServerSet *OwnedKeyServerSet) PackGetCurrentKeyServersCount() []byte {
	enc, err := ownedKeyServerSet.abi.Pack("getCurrentKeyServersCount")
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
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackGetCurrentKeyServersCount() ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("getCurrentKeyServersCount")
}

// UnpackGetCurrentKeyServersCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x5560c965.
//
// Solidity: function getCurrentKeyServersCount() view returns(uint8)
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackGetCurrentKeyServersCount(data []byte) (uint8, error) {
	out, err := ownedKeyServerSet.abi.Unpack("getCurrentKeyServersCount", data)
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
func (ownedKeyServerSet *OwnedKeyServerSet) PackGetCurrentLastChange() []byte {
	enc, err := ownedKeyServerSet.abi.Pack("getCurrentLastChange")
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
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackGetCurrentLastChange() ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("getCurrentLastChange")
}

// UnpackGetCurrentLastChange is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6452e821.
//
// Solidity: function getCurrentLastChange() view returns(uint256)
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackGetCurrentLastChange(data []byte) (*big.Int, error) {
	out, err := ownedKeyServerSet.abi.Unpack("getCurrentLastChange", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackGetMigrationId is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2b73af52.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getMigrationId() view returns(bytes32)
func (ownedKeyServerSet *OwnedKeyServerSet) PackGetMigrationId() []byte {
	enc, err := ownedKeyServerSet.abi.Pack("getMigrationId")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetMigrationId is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2b73af52.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getMigrationId() view returns(bytes32)
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackGetMigrationId() ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("getMigrationId")
}

// UnpackGetMigrationId is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x2b73af52.
//
// Solidity: function getMigrationId() view returns(bytes32)
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackGetMigrationId(data []byte) ([32]byte, error) {
	out, err := ownedKeyServerSet.abi.Unpack("getMigrationId", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackGetMigrationKeyServerAddress is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2ac4ecd8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getMigrationKeyServerAddress(address keyServer) view returns(string)
func (ownedKeyServerSet *OwnedKeyServerSet) PackGetMigrationKeyServerAddress(keyServer common.Address) []byte {
	enc, err := ownedKeyServerSet.abi.Pack("getMigrationKeyServerAddress", keyServer)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetMigrationKeyServerAddress is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2ac4ecd8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getMigrationKeyServerAddress(address keyServer) view returns(string)
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackGetMigrationKeyServerAddress(keyServer common.Address) ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("getMigrationKeyServerAddress", keyServer)
}

// UnpackGetMigrationKeyServerAddress is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x2ac4ecd8.
//
// Solidity: function getMigrationKeyServerAddress(address keyServer) view returns(string)
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackGetMigrationKeyServerAddress(data []byte) (string, error) {
	out, err := ownedKeyServerSet.abi.Unpack("getMigrationKeyServerAddress", data)
	if err != nil {
		return *new(string), err
	}
	out0 := *abi.ConvertType(out[0], new(string)).(*string)
	return out0, nil
}

// PackGetMigrationKeyServerPublic is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1455eb9a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getMigrationKeyServerPublic(address keyServer) view returns(bytes)
func (ownedKeyServerSet *OwnedKeyServerSet) PackGetMigrationKeyServerPublic(keyServer common.Address) []byte {
	enc, err := ownedKeyServerSet.abi.Pack("getMigrationKeyServerPublic", keyServer)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetMigrationKeyServerPublic is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1455eb9a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getMigrationKeyServerPublic(address keyServer) view returns(bytes)
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackGetMigrationKeyServerPublic(keyServer common.Address) ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("getMigrationKeyServerPublic", keyServer)
}

// UnpackGetMigrationKeyServerPublic is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x1455eb9a.
//
// Solidity: function getMigrationKeyServerPublic(address keyServer) view returns(bytes)
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackGetMigrationKeyServerPublic(data []byte) ([]byte, error) {
	out, err := ownedKeyServerSet.abi.Unpack("getMigrationKeyServerPublic", data)
	if err != nil {
		return *new([]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([]byte)).(*[]byte)
	return out0, nil
}

// PackGetMigrationKeyServers is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x447f5b18.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getMigrationKeyServers() view returns(address[])
func (ownedKeyServerSet *OwnedKeyServerSet) PackGetMigrationKeyServers() []byte {
	enc, err := ownedKeyServerSet.abi.Pack("getMigrationKeyServers")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetMigrationKeyServers is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x447f5b18.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getMigrationKeyServers() view returns(address[])
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackGetMigrationKeyServers() ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("getMigrationKeyServers")
}

// UnpackGetMigrationKeyServers is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x447f5b18.
//
// Solidity: function getMigrationKeyServers() view returns(address[])
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackGetMigrationKeyServers(data []byte) ([]common.Address, error) {
	out, err := ownedKeyServerSet.abi.Unpack("getMigrationKeyServers", data)
	if err != nil {
		return *new([]common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new([]common.Address)).(*[]common.Address)
	return out0, nil
}

// PackGetMigrationMaster is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0ec71f82.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getMigrationMaster() view returns(address)
func (ownedKeyServerSet *OwnedKeyServerSet) PackGetMigrationMaster() []byte {
	enc, err := ownedKeyServerSet.abi.Pack("getMigrationMaster")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetMigrationMaster is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0ec71f82.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getMigrationMaster() view returns(address)
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackGetMigrationMaster() ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("getMigrationMaster")
}

// UnpackGetMigrationMaster is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x0ec71f82.
//
// Solidity: function getMigrationMaster() view returns(address)
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackGetMigrationMaster(data []byte) (common.Address, error) {
	out, err := ownedKeyServerSet.abi.Unpack("getMigrationMaster", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackGetNewKeyServerAddress is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8416e7c2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getNewKeyServerAddress(address keyServer) view returns(string)
func (ownedKeyServerSet *OwnedKeyServerSet) PackGetNewKeyServerAddress(keyServer common.Address) []byte {
	enc, err := ownedKeyServerSet.abi.Pack("getNewKeyServerAddress", keyServer)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetNewKeyServerAddress is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8416e7c2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getNewKeyServerAddress(address keyServer) view returns(string)
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackGetNewKeyServerAddress(keyServer common.Address) ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("getNewKeyServerAddress", keyServer)
}

// UnpackGetNewKeyServerAddress is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8416e7c2.
//
// Solidity: function getNewKeyServerAddress(address keyServer) view returns(string)
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackGetNewKeyServerAddress(data []byte) (string, error) {
	out, err := ownedKeyServerSet.abi.Unpack("getNewKeyServerAddress", data)
	if err != nil {
		return *new(string), err
	}
	out0 := *abi.ConvertType(out[0], new(string)).(*string)
	return out0, nil
}

// PackGetNewKeyServerPublic is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xab55cb48.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getNewKeyServerPublic(address keyServer) view returns(bytes)
func (ownedKeyServerSet *OwnedKeyServerSet) PackGetNewKeyServerPublic(keyServer common.Address) []byte {
	enc, err := ownedKeyServerSet.abi.Pack("getNewKeyServerPublic", keyServer)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetNewKeyServerPublic is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xab55cb48.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getNewKeyServerPublic(address keyServer) view returns(bytes)
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackGetNewKeyServerPublic(keyServer common.Address) ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("getNewKeyServerPublic", keyServer)
}

// UnpackGetNewKeyServerPublic is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xab55cb48.
//
// Solidity: function getNewKeyServerPublic(address keyServer) view returns(bytes)
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackGetNewKeyServerPublic(data []byte) ([]byte, error) {
	out, err := ownedKeyServerSet.abi.Unpack("getNewKeyServerPublic", data)
	if err != nil {
		return *new([]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([]byte)).(*[]byte)
	return out0, nil
}

// PackGetNewKeyServers is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x362b282d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getNewKeyServers() view returns(address[])
func (ownedKeyServerSet *OwnedKeyServerSet) PackGetNewKeyServers() []byte {
	enc, err := ownedKeyServerSet.abi.Pack("getNewKeyServers")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetNewKeyServers is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x362b282d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getNewKeyServers() view returns(address[])
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackGetNewKeyServers() ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("getNewKeyServers")
}

// UnpackGetNewKeyServers is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x362b282d.
//
// Solidity: function getNewKeyServers() view returns(address[])
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackGetNewKeyServers(data []byte) ([]common.Address, error) {
	out, err := ownedKeyServerSet.abi.Unpack("getNewKeyServers", data)
	if err != nil {
		return *new([]common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new([]common.Address)).(*[]common.Address)
	return out0, nil
}

// PackIsMigrationConfirmed is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x529377d0.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function isMigrationConfirmed(address keyServer) view returns(bool)
func (ownedKeyServerSet *OwnedKeyServerSet) PackIsMigrationConfirmed(keyServer common.Address) []byte {
	enc, err := ownedKeyServerSet.abi.Pack("isMigrationConfirmed", keyServer)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackIsMigrationConfirmed is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x529377d0.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function isMigrationConfirmed(address keyServer) view returns(bool)
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackIsMigrationConfirmed(keyServer common.Address) ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("isMigrationConfirmed", keyServer)
}

// UnpackIsMigrationConfirmed is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x529377d0.
//
// Solidity: function isMigrationConfirmed(address keyServer) view returns(bool)
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackIsMigrationConfirmed(data []byte) (bool, error) {
	out, err := ownedKeyServerSet.abi.Unpack("isMigrationConfirmed", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8da5cb5b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function owner() view returns(address)
func (ownedKeyServerSet *OwnedKeyServerSet) PackOwner() []byte {
	enc, err := ownedKeyServerSet.abi.Pack("owner")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8da5cb5b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function owner() view returns(address)
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackOwner() ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("owner")
}

// UnpackOwner is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8da5cb5b.
//
// Solidity: function owner() view returns(address)
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackOwner(data []byte) (common.Address, error) {
	out, err := ownedKeyServerSet.abi.Unpack("owner", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackRemoveKeyServer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xeaffb965.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function removeKeyServer(address keyServer) returns()
func (ownedKeyServerSet *OwnedKeyServerSet) PackRemoveKeyServer(keyServer common.Address) []byte {
	enc, err := ownedKeyServerSet.abi.Pack("removeKeyServer", keyServer)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRemoveKeyServer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xeaffb965.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function removeKeyServer(address keyServer) returns()
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackRemoveKeyServer(keyServer common.Address) ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("removeKeyServer", keyServer)
}

// PackSetOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x13af4035.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setOwner(address _new) returns()
func (ownedKeyServerSet *OwnedKeyServerSet) PackSetOwner(new common.Address) []byte {
	enc, err := ownedKeyServerSet.abi.Pack("setOwner", new)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x13af4035.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setOwner(address _new) returns()
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackSetOwner(new common.Address) ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("setOwner", new)
}

// PackStartMigration is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1d7f7673.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function startMigration(bytes32 id) returns()
func (ownedKeyServerSet *OwnedKeyServerSet) PackStartMigration(id [32]byte) []byte {
	enc, err := ownedKeyServerSet.abi.Pack("startMigration", id)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackStartMigration is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1d7f7673.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function startMigration(bytes32 id) returns()
func (ownedKeyServerSet *OwnedKeyServerSet) TryPackStartMigration(id [32]byte) ([]byte, error) {
	return ownedKeyServerSet.abi.Pack("startMigration", id)
}

// OwnedKeyServerSetKeyServerAdded represents a KeyServerAdded event raised by the OwnedKeyServerSet contract.
type OwnedKeyServerSetKeyServerAdded struct {
	KeyServer common.Address
	Raw       *types.Log // Blockchain specific contextual infos
}

const OwnedKeyServerSetKeyServerAddedEventName = "KeyServerAdded"

// ContractEventName returns the user-defined event name.
func (OwnedKeyServerSetKeyServerAdded) ContractEventName() string {
	return OwnedKeyServerSetKeyServerAddedEventName
}

// UnpackKeyServerAddedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event KeyServerAdded(address keyServer)
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackKeyServerAddedEvent(log *types.Log) (*OwnedKeyServerSetKeyServerAdded, error) {
	event := "KeyServerAdded"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != ownedKeyServerSet.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(OwnedKeyServerSetKeyServerAdded)
	if len(log.Data) > 0 {
		if err := ownedKeyServerSet.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range ownedKeyServerSet.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// OwnedKeyServerSetKeyServerRemoved represents a KeyServerRemoved event raised by the OwnedKeyServerSet contract.
type OwnedKeyServerSetKeyServerRemoved struct {
	KeyServer common.Address
	Raw       *types.Log // Blockchain specific contextual infos
}

const OwnedKeyServerSetKeyServerRemovedEventName = "KeyServerRemoved"

// ContractEventName returns the user-defined event name.
func (OwnedKeyServerSetKeyServerRemoved) ContractEventName() string {
	return OwnedKeyServerSetKeyServerRemovedEventName
}

// UnpackKeyServerRemovedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event KeyServerRemoved(address keyServer)
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackKeyServerRemovedEvent(log *types.Log) (*OwnedKeyServerSetKeyServerRemoved, error) {
	event := "KeyServerRemoved"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != ownedKeyServerSet.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(OwnedKeyServerSetKeyServerRemoved)
	if len(log.Data) > 0 {
		if err := ownedKeyServerSet.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range ownedKeyServerSet.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// OwnedKeyServerSetMigrationCompleted represents a MigrationCompleted event raised by the OwnedKeyServerSet contract.
type OwnedKeyServerSetMigrationCompleted struct {
	Raw *types.Log // Blockchain specific contextual infos
}

const OwnedKeyServerSetMigrationCompletedEventName = "MigrationCompleted"

// ContractEventName returns the user-defined event name.
func (OwnedKeyServerSetMigrationCompleted) ContractEventName() string {
	return OwnedKeyServerSetMigrationCompletedEventName
}

// UnpackMigrationCompletedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event MigrationCompleted()
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackMigrationCompletedEvent(log *types.Log) (*OwnedKeyServerSetMigrationCompleted, error) {
	event := "MigrationCompleted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != ownedKeyServerSet.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(OwnedKeyServerSetMigrationCompleted)
	if len(log.Data) > 0 {
		if err := ownedKeyServerSet.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range ownedKeyServerSet.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// OwnedKeyServerSetMigrationStarted represents a MigrationStarted event raised by the OwnedKeyServerSet contract.
type OwnedKeyServerSetMigrationStarted struct {
	Raw *types.Log // Blockchain specific contextual infos
}

const OwnedKeyServerSetMigrationStartedEventName = "MigrationStarted"

// ContractEventName returns the user-defined event name.
func (OwnedKeyServerSetMigrationStarted) ContractEventName() string {
	return OwnedKeyServerSetMigrationStartedEventName
}

// UnpackMigrationStartedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event MigrationStarted()
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackMigrationStartedEvent(log *types.Log) (*OwnedKeyServerSetMigrationStarted, error) {
	event := "MigrationStarted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != ownedKeyServerSet.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(OwnedKeyServerSetMigrationStarted)
	if len(log.Data) > 0 {
		if err := ownedKeyServerSet.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range ownedKeyServerSet.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}

// OwnedKeyServerSetNewOwner represents a NewOwner event raised by the OwnedKeyServerSet contract.
type OwnedKeyServerSetNewOwner struct {
	Old     common.Address
	Current common.Address
	Raw     *types.Log // Blockchain specific contextual infos
}

const OwnedKeyServerSetNewOwnerEventName = "NewOwner"

// ContractEventName returns the user-defined event name.
func (OwnedKeyServerSetNewOwner) ContractEventName() string {
	return OwnedKeyServerSetNewOwnerEventName
}

// UnpackNewOwnerEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event NewOwner(address indexed old, address indexed current)
func (ownedKeyServerSet *OwnedKeyServerSet) UnpackNewOwnerEvent(log *types.Log) (*OwnedKeyServerSetNewOwner, error) {
	event := "NewOwner"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != ownedKeyServerSet.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(OwnedKeyServerSetNewOwner)
	if len(log.Data) > 0 {
		if err := ownedKeyServerSet.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range ownedKeyServerSet.abi.Events[event].Inputs {
		if arg.Indexed {
			indexed = append(indexed, arg)
		}
	}
	if err := abi.ParseTopics(out, indexed, log.Topics[1:]); err != nil {
		return nil, err
	}
	out.Raw = log
	return out, nil
}
