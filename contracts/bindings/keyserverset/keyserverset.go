// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package keyserverset

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

// KeyServerSetMetaData contains all meta data concerning the KeyServerSet contract.
var KeyServerSetMetaData = bind.MetaData{
	ABI: "[{\"constant\":false,\"inputs\":[{\"name\":\"id\",\"type\":\"bytes32\"}],\"name\":\"confirmMigration\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"index\",\"type\":\"uint8\"}],\"name\":\"getCurrentKeyServer\",\"outputs\":[{\"name\":\"\",\"type\":\"address\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"getCurrentKeyServerAddress\",\"outputs\":[{\"name\":\"\",\"type\":\"string\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"getCurrentKeyServerIndex\",\"outputs\":[{\"name\":\"\",\"type\":\"uint8\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"getCurrentKeyServerPublic\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getCurrentKeyServers\",\"outputs\":[{\"name\":\"\",\"type\":\"address[]\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getCurrentKeyServersCount\",\"outputs\":[{\"name\":\"\",\"type\":\"uint8\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getCurrentLastChange\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getMigrationId\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes32\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"getMigrationKeyServerAddress\",\"outputs\":[{\"name\":\"\",\"type\":\"string\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"getMigrationKeyServerPublic\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getMigrationKeyServers\",\"outputs\":[{\"name\":\"\",\"type\":\"address[]\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getMigrationMaster\",\"outputs\":[{\"name\":\"\",\"type\":\"address\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"getNewKeyServerAddress\",\"outputs\":[{\"name\":\"\",\"type\":\"string\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"getNewKeyServerPublic\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getNewKeyServers\",\"outputs\":[{\"name\":\"\",\"type\":\"address[]\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"isMigrationConfirmed\",\"outputs\":[{\"name\":\"\",\"type\":\"bool\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"id\",\"type\":\"bytes32\"}],\"name\":\"startMigration\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"KeyServerAdded\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"KeyServerRemoved\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[],\"name\":\"MigrationCompleted\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[],\"name\":\"MigrationStarted\",\"type\":\"event\"}]",
	ID:  "KeyServerSet",
}

// KeyServerSet is an auto generated Go binding around an Ethereum contract.
type KeyServerSet struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *KeyServerSet) GetABI() abi.ABI {
	return c.abi
}

// NewKeyServerSet creates a new instance of KeyServerSet.
func NewKeyServerSet() *KeyServerSet {
	parsed, err := KeyServerSetMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &KeyServerSet{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *KeyServerSet) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConfirmMigration is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3a3f7201.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function confirmMigration(bytes32 id) returns()
func (keyServerSet *KeyServerSet) PackConfirmMigration(id [32]byte) []byte {
	enc, err := keyServerSet.abi.Pack("confirmMigration", id)
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
func (keyServerSet *KeyServerSet) TryPackConfirmMigration(id [32]byte) ([]byte, error) {
	return keyServerSet.abi.Pack("confirmMigration", id)
}

// PackGetCurrentKeyServer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc66198dc.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getCurrentKeyServer(uint8 index) view returns(address)
func (keyServerSet *KeyServerSet) PackGetCurrentKeyServer(index uint8) []byte {
	enc, err := keyServerSet.abi.Pack("getCurrentKeyServer", index)
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
func (keyServerSet *KeyServerSet) TryPackGetCurrentKeyServer(index uint8) ([]byte, error) {
	return keyServerSet.abi.Pack("getCurrentKeyServer", index)
}

// UnpackGetCurrentKeyServer is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc66198dc.
//
// Solidity: function getCurrentKeyServer(uint8 index) view returns(address)
func (keyServerSet *KeyServerSet) UnpackGetCurrentKeyServer(data []byte) (common.Address, error) {
	out, err := keyServerSet.abi.Unpack("getCurrentKeyServer", data)
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
func (keyServerSet *KeyServerSet) PackGetCurrentKeyServerAddress(keyServer common.Address) []byte {
	enc, err := keyServerSet.abi.Pack("getCurrentKeyServerAddress", keyServer)
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
func (keyServerSet *KeyServerSet) TryPackGetCurrentKeyServerAddress(keyServer common.Address) ([]byte, error) {
	return keyServerSet.abi.Pack("getCurrentKeyServerAddress", keyServer)
}

// UnpackGetCurrentKeyServerAddress is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa86560be.
//
// Solidity: function getCurrentKeyServerAddress(address keyServer) view returns(string)
func (keyServerSet *KeyServerSet) UnpackGetCurrentKeyServerAddress(data []byte) (string, error) {
	out, err := keyServerSet.abi.Unpack("getCurrentKeyServerAddress", data)
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
func (keyServerSet *KeyServerSet) PackGetCurrentKeyServerIndex(keyServer common.Address) []byte {
	enc, err := keyServerSet.abi.Pack("getCurrentKeyServerIndex", keyServer)
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
func (keyServerSet *KeyServerSet) TryPackGetCurrentKeyServerIndex(keyServer common.Address) ([]byte, error) {
	return keyServerSet.abi.Pack("getCurrentKeyServerIndex", keyServer)
}

// UnpackGetCurrentKeyServerIndex is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x287fb40c.
//
// Solidity: function getCurrentKeyServerIndex(address keyServer) view returns(uint8)
func (keyServerSet *KeyServerSet) UnpackGetCurrentKeyServerIndex(data []byte) (uint8, error) {
	out, err := keyServerSet.abi.Unpack("getCurrentKeyServerIndex", data)
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
func (keyServerSet *KeyServerSet) PackGetCurrentKeyServerPublic(keyServer common.Address) []byte {
	enc, err := keyServerSet.abi.Pack("getCurrentKeyServerPublic", keyServer)
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
func (keyServerSet *KeyServerSet) TryPackGetCurrentKeyServerPublic(keyServer common.Address) ([]byte, error) {
	return keyServerSet.abi.Pack("getCurrentKeyServerPublic", keyServer)
}

// UnpackGetCurrentKeyServerPublic is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x75de2a06.
//
// Solidity: function getCurrentKeyServerPublic(address keyServer) view returns(bytes)
func (keyServerSet *KeyServerSet) UnpackGetCurrentKeyServerPublic(data []byte) ([]byte, error) {
	out, err := keyServerSet.abi.Unpack("getCurrentKeyServerPublic", data)
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
func (keyServerSet *KeyServerSet) PackGetCurrentKeyServers() []byte {
	enc, err := keyServerSet.abi.Pack("getCurrentKeyServers")
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
func (keyServerSet *KeyServerSet) TryPackGetCurrentKeyServers() ([]byte, error) {
	return keyServerSet.abi.Pack("getCurrentKeyServers")
}

// UnpackGetCurrentKeyServers is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x5e9f171d.
//
// Solidity: function getCurrentKeyServers() view returns(address[])
func (keyServerSet *KeyServerSet) UnpackGetCurrentKeyServers(data []byte) ([]common.Address, error) {
	out, err := keyServerSet.abi.Unpack("getCurrentKeyServers", data)
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
func (keyServerSet *KeyServerSet) PackGetCurrentKeyServersCount() []byte {
	enc, err := keyServerSet.abi.Pack("getCurrentKeyServersCount")
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
func (keyServerSet *KeyServerSet) TryPackGetCurrentKeyServersCount() ([]byte, error) {
	return keyServerSet.abi.Pack("getCurrentKeyServersCount")
}

// UnpackGetCurrentKeyServersCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x5560c965.
//
// Solidity: function getCurrentKeyServersCount() view returns(uint8)
func (keyServerSet *KeyServerSet) UnpackGetCurrentKeyServersCount(data []byte) (uint8, error) {
	out, err := keyServerSet.abi.Unpack("getCurrentKeyServersCount", data)
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
func (keyServerSet *KeyServerSet) PackGetCurrentLastChange() []byte {
	enc, err := keyServerSet.abi.Pack("getCurrentLastChange")
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
func (keyServerSet *KeyServerSet) TryPackGetCurrentLastChange() ([]byte, error) {
	return keyServerSet.abi.Pack("getCurrentLastChange")
}

// UnpackGetCurrentLastChange is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6452e821.
//
// Solidity: function getCurrentLastChange() view returns(uint256)
func (keyServerSet *KeyServerSet) UnpackGetCurrentLastChange(data []byte) (*big.Int, error) {
	out, err := keyServerSet.abi.Unpack("getCurrentLastChange", data)
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
func (keyServerSet *KeyServerSet) PackGetMigrationId() []byte {
	enc, err := keyServerSet.abi.Pack("getMigrationId")
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
func (keyServerSet *KeyServerSet) TryPackGetMigrationId() ([]byte, error) {
	return keyServerSet.abi.Pack("getMigrationId")
}

// UnpackGetMigrationId is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x2b73af52.
//
// Solidity: function getMigrationId() view returns(bytes32)
func (keyServerSet *KeyServerSet) UnpackGetMigrationId(data []byte) ([32]byte, error) {
	out, err := keyServerSet.abi.Unpack("getMigrationId", data)
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
func (keyServerSet *KeyServerSet) PackGetMigrationKeyServerAddress(keyServer common.Address) []byte {
	enc, err := keyServerSet.abi.Pack("getMigrationKeyServerAddress", keyServer)
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
func (keyServerSet *KeyServerSet) TryPackGetMigrationKeyServerAddress(keyServer common.Address) ([]byte, error) {
	return keyServerSet.abi.Pack("getMigrationKeyServerAddress", keyServer)
}

// UnpackGetMigrationKeyServerAddress is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x2ac4ecd8.
//
// Solidity: function getMigrationKeyServerAddress(address keyServer) view returns(string)
func (keyServerSet *KeyServerSet) UnpackGetMigrationKeyServerAddress(data []byte) (string, error) {
	out, err := keyServerSet.abi.Unpack("getMigrationKeyServerAddress", data)
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
func (keyServerSet *KeyServerSet) PackGetMigrationKeyServerPublic(keyServer common.Address) []byte {
	enc, err := keyServerSet.abi.Pack("getMigrationKeyServerPublic", keyServer)
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
func (keyServerSet *KeyServerSet) TryPackGetMigrationKeyServerPublic(keyServer common.Address) ([]byte, error) {
	return keyServerSet.abi.Pack("getMigrationKeyServerPublic", keyServer)
}

// UnpackGetMigrationKeyServerPublic is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x1455eb9a.
//
// Solidity: function getMigrationKeyServerPublic(address keyServer) view returns(bytes)
func (keyServerSet *KeyServerSet) UnpackGetMigrationKeyServerPublic(data []byte) ([]byte, error) {
	out, err := keyServerSet.abi.Unpack("getMigrationKeyServerPublic", data)
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
func (keyServerSet *KeyServerSet) PackGetMigrationKeyServers() []byte {
	enc, err := keyServerSet.abi.Pack("getMigrationKeyServers")
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
func (keyServerSet *KeyServerSet) TryPackGetMigrationKeyServers() ([]byte, error) {
	return keyServerSet.abi.Pack("getMigrationKeyServers")
}

// UnpackGetMigrationKeyServers is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x447f5b18.
//
// Solidity: function getMigrationKeyServers() view returns(address[])
func (keyServerSet *KeyServerSet) UnpackGetMigrationKeyServers(data []byte) ([]common.Address, error) {
	out, err := keyServerSet.abi.Unpack("getMigrationKeyServers", data)
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
func (keyServerSet *KeyServerSet) PackGetMigrationMaster() []byte {
	enc, err := keyServerSet.abi.Pack("getMigrationMaster")
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
func (keyServerSet *KeyServerSet) TryPackGetMigrationMaster() ([]byte, error) {
	return keyServerSet.abi.Pack("getMigrationMaster")
}

// UnpackGetMigrationMaster is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x0ec71f82.
//
// Solidity: function getMigrationMaster() view returns(address)
func (keyServerSet *KeyServerSet) UnpackGetMigrationMaster(data []byte) (common.Address, error) {
	out, err := keyServerSet.abi.Unpack("getMigrationMaster", data)
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
func (keyServerSet *KeyServerSet) PackGetNewKeyServerAddress(keyServer common.Address) []byte {
	enc, err := keyServerSet.abi.Pack("getNewKeyServerAddress", keyServer)
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
func (keyServerSet *KeyServerSet) TryPackGetNewKeyServerAddress(keyServer common.Address) ([]byte, error) {
	return keyServerSet.abi.Pack("getNewKeyServerAddress", keyServer)
}

// UnpackGetNewKeyServerAddress is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8416e7c2.
//
// Solidity: function getNewKeyServerAddress(address keyServer) view returns(string)
func (keyServerSet *KeyServerSet) UnpackGetNewKeyServerAddress(data []byte) (string, error) {
	out, err := keyServerSet.abi.Unpack("getNewKeyServerAddress", data)
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
func (keyServerSet *KeyServerSet) PackGetNewKeyServerPublic(keyServer common.Address) []byte {
	enc, err := keyServerSet.abi.Pack("getNewKeyServerPublic", keyServer)
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
func (keyServerSet *KeyServerSet) TryPackGetNewKeyServerPublic(keyServer common.Address) ([]byte, error) {
	return keyServerSet.abi.Pack("getNewKeyServerPublic", keyServer)
}

// UnpackGetNewKeyServerPublic is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xab55cb48.
//
// Solidity: function getNewKeyServerPublic(address keyServer) view returns(bytes)
func (keyServerSet *KeyServerSet) UnpackGetNewKeyServerPublic(data []byte) ([]byte, error) {
	out, err := keyServerSet.abi.Unpack("getNewKeyServerPublic", data)
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
func (keyServerSet *KeyServerSet) PackGetNewKeyServers() []byte {
	enc, err := keyServerSet.abi.Pack("getNewKeyServers")
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
func (keyServerSet *KeyServerSet) TryPackGetNewKeyServers() ([]byte, error) {
	return keyServerSet.abi.Pack("getNewKeyServers")
}

// UnpackGetNewKeyServers is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x362b282d.
//
// Solidity: function getNewKeyServers() view returns(address[])
func (keyServerSet *KeyServerSet) UnpackGetNewKeyServers(data []byte) ([]common.Address, error) {
	out, err := keyServerSet.abi.Unpack("getNewKeyServers", data)
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
func (keyServerSet *KeyServerSet) PackIsMigrationConfirmed(keyServer common.Address) []byte {
	enc, err := keyServerSet.abi.Pack("isMigrationConfirmed", keyServer)
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
func (keyServerSet *KeyServerSet) TryPackIsMigrationConfirmed(keyServer common.Address) ([]byte, error) {
	return keyServerSet.abi.Pack("isMigrationConfirmed", keyServer)
}

// UnpackIsMigrationConfirmed is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x529377d0.
//
// Solidity: function isMigrationConfirmed(address keyServer) view returns(bool)
func (keyServerSet *KeyServerSet) UnpackIsMigrationConfirmed(data []byte) (bool, error) {
	out, err := keyServerSet.abi.Unpack("isMigrationConfirmed", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackStartMigration is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1d7f7673.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function startMigration(bytes32 id) returns()
func (keyServerSet *KeyServerSet) PackStartMigration(id [32]byte) []byte {
	enc, err := keyServerSet.abi.Pack("startMigration", id)
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
func (keyServerSet *KeyServerSet) TryPackStartMigration(id [32]byte) ([]byte, error) {
	return keyServerSet.abi.Pack("startMigration", id)
}

// KeyServerSetKeyServerAdded represents a KeyServerAdded event raised by the KeyServerSet contract.
type KeyServerSetKeyServerAdded struct {
	KeyServer common.Address
	Raw       *types.Log // Blockchain specific contextual infos
}

const KeyServerSetKeyServerAddedEventName = "KeyServerAdded"

// ContractEventName returns the user-defined event name.
func (KeyServerSetKeyServerAdded) ContractEventName() string {
	return KeyServerSetKeyServerAddedEventName
}

// UnpackKeyServerAddedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event KeyServerAdded(address keyServer)
func (keyServerSet *KeyServerSet) UnpackKeyServerAddedEvent(log *types.Log) (*KeyServerSetKeyServerAdded, error) {
	event := "KeyServerAdded"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != keyServerSet.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(KeyServerSetKeyServerAdded)
	if len(log.Data) > 0 {
		if err := keyServerSet.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range keyServerSet.abi.Events[event].Inputs {
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

// KeyServerSetKeyServerRemoved represents a KeyServerRemoved event raised by the KeyServerSet contract.
type KeyServerSetKeyServerRemoved struct {
	KeyServer common.Address
	Raw       *types.Log // Blockchain specific contextual infos
}

const KeyServerSetKeyServerRemovedEventName = "KeyServerRemoved"

// ContractEventName returns the user-defined event name.
func (KeyServerSetKeyServerRemoved) ContractEventName() string {
	return KeyServerSetKeyServerRemovedEventName
}

// UnpackKeyServerRemovedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event KeyServerRemoved(address keyServer)
func (keyServerSet *KeyServerSet) UnpackKeyServerRemovedEvent(log *types.Log) (*KeyServerSetKeyServerRemoved, error) {
	event := "KeyServerRemoved"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != keyServerSet.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(KeyServerSetKeyServerRemoved)
	if len(log.Data) > 0 {
		if err := keyServerSet.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range keyServerSet.abi.Events[event].Inputs {
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

// KeyServerSetMigrationCompleted represents a MigrationCompleted event raised by the KeyServerSet contract.
type KeyServerSetMigrationCompleted struct {
	Raw *types.Log // Blockchain specific contextual infos
}

const KeyServerSetMigrationCompletedEventName = "MigrationCompleted"

// ContractEventName returns the user-defined event name.
func (KeyServerSetMigrationCompleted) ContractEventName() string {
	return KeyServerSetMigrationCompletedEventName
}

// UnpackMigrationCompletedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event MigrationCompleted()
func (keyServerSet *KeyServerSet) UnpackMigrationCompletedEvent(log *types.Log) (*KeyServerSetMigrationCompleted, error) {
	event := "MigrationCompleted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != keyServerSet.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(KeyServerSetMigrationCompleted)
	if len(log.Data) > 0 {
		if err := keyServerSet.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range keyServerSet.abi.Events[event].Inputs {
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

// KeyServerSetMigrationStarted represents a MigrationStarted event raised by the KeyServerSet contract.
type KeyServerSetMigrationStarted struct {
	Raw *types.Log // Blockchain specific contextual infos
}

const KeyServerSetMigrationStartedEventName = "MigrationStarted"

// ContractEventName returns the user-defined event name.
func (KeyServerSetMigrationStarted) ContractEventName() string {
	return KeyServerSetMigrationStartedEventName
}

// UnpackMigrationStartedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event MigrationStarted()
func (keyServerSet *KeyServerSet) UnpackMigrationStartedEvent(log *types.Log) (*KeyServerSetMigrationStarted, error) {
	event := "MigrationStarted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != keyServerSet.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(KeyServerSetMigrationStarted)
	if len(log.Data) > 0 {
		if err := keyServerSet.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range keyServerSet.abi.Events[event].Inputs {
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
