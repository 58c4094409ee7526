// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package keyretrievalservice

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

// KeyRetrievalServiceMetaData contains all meta data concerning the KeyRetrievalService contract.
var KeyRetrievalServiceMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"name\":\"keyServerSetAddressInit\",\"type\":\"address\"}],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"payable\":true,\"stateMutability\":\"payable\",\"type\":\"fallback\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"}],\"name\":\"deleteServerKeyRetrievalRequest\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[],\"name\":\"drain\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"getServerKeyRetrievalRequest\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes32\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"isServerKeyRetrievalResponseRequired\",\"outputs\":[{\"name\":\"\",\"type\":\"bool\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"keyServersCount\",\"outputs\":[{\"name\":\"\",\"type\":\"uint8\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"maxServerKeyRetrievalRequests\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"owner\",\"outputs\":[{\"name\":\"\",\"type\":\"address\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"requireKeyServer\",\"outputs\":[{\"name\":\"\",\"type\":\"uint8\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"}],\"name\":\"retrieveServerKey\",\"outputs\":[],\"payable\":true,\"stateMutability\":\"payable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"}],\"name\":\"serverKeyRetrievalError\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"serverKeyRetrievalFee\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"serverKeyRetrievalRequestsCount\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"serverKeyPublic\",\"type\":\"bytes\"},{\"name\":\"threshold\",\"type\":\"uint8\"}],\"name\":\"serverKeyRetrieved\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"newLimit\",\"type\":\"uint256\"}],\"name\":\"setMaxServerKeyRetrievalRequests\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"_new\",\"type\":\"address\"}],\"name\":\"setOwner\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"newFee\",\"type\":\"uint256\"}],\"name\":\"setServerKeyRetrievalFee\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"name\":\"old\",\"type\":\"address\"},{\"indexed\":true,\"name\":\"current\",\"type\":\"address\"}],\"name\":\"NewOwner\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"name\":\"serverKeyId\",\"type\":\"bytes32\"}],\"name\":\"ServerKeyRetrievalError\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"name\":\"serverKeyId\",\"type\":\"bytes32\"}],\"name\":\"ServerKeyRetrievalRequested\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"indexed\":false,\"name\":\"serverKeyPublic\",\"type\":\"bytes\"}],\"name\":\"ServerKeyRetrieved\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"indexed\":false,\"name\":\"serverKeyPublic\",\"type\":\"bytes\"},{\"indexed\":false,\"name\":\"threshold\",\"type\":\"uint256\"}],\"name\":\"ServerKeyRetrieved\",\"type\":\"event\"}]",
	ID:  "KeyRetrievalService",
}

// KeyRetrievalService is an auto generated Go binding around an Ethereum contract.
type KeyRetrievalService struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *KeyRetrievalService) GetABI() abi.ABI {
	return c.abi
}

// NewKeyRetrievalService creates a new instance of KeyRetrievalService.
func NewKeyRetrievalService() *KeyRetrievalService {
	parsed, err := KeyRetrievalServiceMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &KeyRetrievalService{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *KeyRetrievalService) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(address keyServerSetAddressInit) returns()
func (keyRetrievalService *KeyRetrievalService) PackConstructor(keyServerSetAddressInit common.Address) []byte {
	enc, err := keyRetrievalService.abi.Pack("", keyServerSetAddressInit)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackDeleteServerKeyRetrievalRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe70f1427.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function deleteServerKeyRetrievalRequest(bytes32 serverKeyId) returns()
func (keyRetrievalService *KeyRetrievalService) PackDeleteServerKeyRetrievalRequest(serverKeyId [32]byte) []byte {
	enc, err := keyRetrievalService.abi.Pack("deleteServerKeyRetrievalRequest", serverKeyId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDeleteServerKeyRetrievalRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe70f1427.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function deleteServerKeyRetrievalRequest(bytes32 serverKeyId) returns()
func (keyRetrievalService *KeyRetrievalService) TryPackDeleteServerKeyRetrievalRequest(serverKeyId [32]byte) ([]byte, error) {
	return keyRetrievalService.abi.Pack("deleteServerKeyRetrievalRequest", serverKeyId)
}

// PackDrain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9890220b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function drain() returns()
func (keyRetrievalService *KeyRetrievalService) PackDrain() []byte {
	enc, err := keyRetrievalService.abi.Pack("drain")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDrain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9890220b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function drain() returns()
func (keyRetrievalService *KeyRetrievalService) TryPackDrain() ([]byte, error) {
	return keyRetrievalService.abi.Pack("drain")
}

// PackGetServerKeyRetrievalRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x50f6a134.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getServerKeyRetrievalRequest(uint256 index) view returns(bytes32)
func (keyRetrievalService *KeyRetrievalService) PackGetServerKeyRetrievalRequest(index *big.Int) []byte {
	enc, err := keyRetrievalService.abi.Pack("getServerKeyRetrievalRequest", index)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetServerKeyRetrievalRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x50f6a134.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getServerKeyRetrievalRequest(uint256 index) view returns(bytes32)
func (keyRetrievalService *KeyRetrievalService) TryPackGetServerKeyRetrievalRequest(index *big.Int) ([]byte, error) {
	return keyRetrievalService.abi.Pack("getServerKeyRetrievalRequest", index)
}

// UnpackGetServerKeyRetrievalRequest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x50f6a134.
//
// Solidity: function getServerKeyRetrievalRequest(uint256 index) view returns(bytes32)
func (keyRetrievalService *KeyRetrievalService) UnpackGetServerKeyRetrievalRequest(data []byte) ([32]byte, error) {
	out, err := keyRetrievalService.abi.Unpack("getServerKeyRetrievalRequest", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackIsServerKeyRetrievalResponseRequired is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3b68c427.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function isServerKeyRetrievalResponseRequired(bytes32 serverKeyId, address keyServer) view returns(bool)
func (keyRetrievalService *KeyRetrievalService) PackIsServerKeyRetrievalResponseRequired(serverKeyId [32]byte, keyServer common.Address) []byte {
	enc, err := keyRetrievalService.abi.Pack("isServerKeyRetrievalResponseRequired", serverKeyId, keyServer)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackIsServerKeyRetrievalResponseRequired is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3b68c427.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function isServerKeyRetrievalResponseRequired(bytes32 serverKeyId, address keyServer) view returns(bool)
func (keyRetrievalService *KeyRetrievalService) TryPackIsServerKeyRetrievalResponseRequired(serverKeyId [32]byte, keyServer common.Address) ([]byte, error) {
	return keyRetrievalService.abi.Pack("isServerKeyRetrievalResponseRequired", serverKeyId, keyServer)
}

// UnpackIsServerKeyRetrievalResponseRequired is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x3b68c427.
//
// Solidity: function isServerKeyRetrievalResponseRequired(bytes32 serverKeyId, address keyServer) view returns(bool)
func (keyRetrievalService *KeyRetrievalService) UnpackIsServerKeyRetrievalResponseRequired(data []byte) (bool, error) {
	out, err := keyRetrievalService.abi.Unpack("isServerKeyRetrievalResponseRequired", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackKeyServersCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5aa8404c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function keyServersCount() view returns(uint8)
func (keyRetrievalService *KeyRetrievalService) PackKeyServersCount() []byte {
	enc, err := keyRetrievalService.abi.Pack("keyServersCount")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackKeyServersCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5aa8404c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function keyServersCount() view returns(uint8)
func (keyRetrievalService *KeyRetrievalService) TryPackKeyServersCount() ([]byte, error) {
	return keyRetrievalService.abi.Pack("keyServersCount")
}

// UnpackKeyServersCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x5aa8404c.
//
// Solidity: function keyServersCount() view returns(uint8)
func (keyRetrievalService *KeyRetrievalService) UnpackKeyServersCount(data []byte) (uint8, error) {
	out, err := keyRetrievalService.abi.Unpack("keyServersCount", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackMaxServerKeyRetrievalRequests is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6479c4d1.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function maxServerKeyRetrievalRequests() view returns(uint256)
func (keyRetrievalService *KeyRetrievalService) PackMaxServerKeyRetrievalRequests() []byte {
	enc, err := keyRetrievalService.abi.Pack("maxServerKeyRetrievalRequests")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMaxServerKeyRetrievalRequests is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6479c4d1.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function maxServerKeyRetrievalRequests() view returns(uint256)
func (keyRetrievalService *KeyRetrievalService) TryPackMaxServerKeyRetrievalRequests() ([]byte, error) {
	return keyRetrievalService.abi.Pack("maxServerKeyRetrievalRequests")
}

// UnpackMaxServerKeyRetrievalRequests is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6479c4d1.
//
// Solidity: function maxServerKeyRetrievalRequests() view returns(uint256)
func (keyRetrievalService *KeyRetrievalService) UnpackMaxServerKeyRetrievalRequests(data []byte) (*big.Int, error) {
	out, err := keyRetrievalService.abi.Unpack("maxServerKeyRetrievalRequests", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8da5cb5b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function owner() view returns(address)
func (keyRetrievalService *KeyRetrievalService) PackOwner() []byte {
	enc, err := keyRetrievalService.abi.Pack("owner")
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
func (keyRetrievalService *KeyRetrievalService) TryPackOwner() ([]byte, error) {
	return keyRetrievalService.abi.Pack("owner")
}

// UnpackOwner is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8da5cb5b.
//
// Solidity: function owner() view returns(address)
func (keyRetrievalService *KeyRetrievalService) UnpackOwner(data []byte) (common.Address, error) {
	out, err := keyRetrievalService.abi.Unpack("owner", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackRequireKeyServer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2b4f030a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function requireKeyServer(address keyServer) view returns(uint8)
func (keyRetrievalService *KeyRetrievalService) PackRequireKeyServer(keyServer common.Address) []byte {
	enc, err := keyRetrievalService.abi.Pack("requireKeyServer", keyServer)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRequireKeyServer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2b4f030a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function requireKeyServer(address keyServer) view returns(uint8)
func (keyRetrievalService *KeyRetrievalService) TryPackRequireKeyServer(keyServer common.Address) ([]byte, error) {
	return keyRetrievalService.abi.Pack("requireKeyServer", keyServer)
}

// UnpackRequireKeyServer is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x2b4f030a.
//
// Solidity: function requireKeyServer(address keyServer) view returns(uint8)
func (keyRetrievalService *KeyRetrievalService) UnpackRequireKeyServer(data []byte) (uint8, error) {
	out, err := keyRetrievalService.abi.Unpack("requireKeyServer", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackRetrieveServerKey is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xffaff0f7.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function retrieveServerKey(bytes32 serverKeyId) payable returns()
func (keyRetrievalService *KeyRetrievalService) PackRetrieveServerKey(serverKeyId [32]byte) []byte {
	enc, err := keyRetrievalService.abi.Pack("retrieveServerKey", serverKeyId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRetrieveServerKey is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xffaff0f7.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function retrieveServerKey(bytes32 serverKeyId) payable returns()
func (keyRetrievalService *KeyRetrievalService) TryPackRetrieveServerKey(serverKeyId [32]byte) ([]byte, error) {
	return keyRetrievalService.abi.Pack("retrieveServerKey", serverKeyId)
}

// PackServerKeyRetrievalError is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x15eb5309.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function serverKeyRetrievalError(bytes32 serverKeyId) returns()
func (keyRetrievalService *KeyRetrievalService) PackServerKeyRetrievalError(serverKeyId [32]byte) []byte {
	enc, err := keyRetrievalService.abi.Pack("serverKeyRetrievalError", serverKeyId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackServerKeyRetrievalError is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x15eb5309.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function serverKeyRetrievalError(bytes32 serverKeyId) returns()
func (keyRetrievalService *KeyRetrievalService) TryPackServerKeyRetrievalError(serverKeyId [32]byte) ([]byte, error) {
	return keyRetrievalService.abi.Pack("serverKeyRetrievalError", serverKeyId)
}

// PackServerKeyRetrievalFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xaf538b71.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function serverKeyRetrievalFee() view returns(uint256)
func (keyRetrievalService *KeyRetrievalService) PackServerKeyRetrievalFee() []byte {
	enc, err := keyRetrievalService.abi.Pack("serverKeyRetrievalFee")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackServerKeyRetrievalFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xaf538b71.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function serverKeyRetrievalFee() view returns(uint256)
func (keyRetrievalService *KeyRetrievalService) TryPackServerKeyRetrievalFee() ([]byte, error) {
	return keyRetrievalService.abi.Pack("serverKeyRetrievalFee")
}

// UnpackServerKeyRetrievalFee is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xaf538b71.
//
// Solidity: function serverKeyRetrievalFee() view returns(uint256)
func (keyRetrievalService *KeyRetrievalService) UnpackServerKeyRetrievalFee(data []byte) (*big.Int, error) {
	out, err := keyRetrievalService.abi.Unpack("serverKeyRetrievalFee", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackServerKeyRetrievalRequestsCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1b544bb0.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function serverKeyRetrievalRequestsCount() view returns(uint256)
func (keyRetrievalService *KeyRetrievalService) PackServerKeyRetrievalRequestsCount() []byte {
	enc, err := keyRetrievalService.abi.Pack("serverKeyRetrievalRequestsCount")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackServerKeyRetrievalRequestsCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1b544bb0.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function serverKeyRetrievalRequestsCount() view returns(uint256)
func (keyRetrievalService *KeyRetrievalService) TryPackServerKeyRetrievalRequestsCount() ([]byte, error) {
	return keyRetrievalService.abi.Pack("serverKeyRetrievalRequestsCount")
}

// UnpackServerKeyRetrievalRequestsCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x1b544bb0.
//
// Solidity: function serverKeyRetrievalRequestsCount() view returns(uint256)
func (keyRetrievalService *KeyRetrievalService) UnpackServerKeyRetrievalRequestsCount(data []byte) (*big.Int, error) {
	out, err := keyRetrievalService.abi.Unpack("serverKeyRetrievalRequestsCount", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackServerKeyRetrieved is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa45362f6.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function serverKeyRetrieved(bytes32 serverKeyId, bytes serverKeyPublic, uint8 threshold) returns()
func (keyRetrievalService *KeyRetrievalService) PackServerKeyRetrieved(serverKeyId [32]byte, serverKeyPublic []byte, threshold uint8) []byte {
	enc, err := keyRetrievalService.abi.Pack("serverKeyRetrieved", serverKeyId, serverKeyPublic, threshold)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackServerKeyRetrieved is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa45362f6.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function serverKeyRetrieved(bytes32 serverKeyId, bytes serverKeyPublic, uint8 threshold) returns()
func (keyRetrievalService *KeyRetrievalService) TryPackServerKeyRetrieved(serverKeyId [32]byte, serverKeyPublic []byte, threshold uint8) ([]byte, error) {
	return keyRetrievalService.abi.Pack("serverKeyRetrieved", serverKeyId, serverKeyPublic, threshold)
}

// PackSetMaxServerKeyRetrievalRequests is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9f0d6ffd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setMaxServerKeyRetrievalRequests(uint256 newLimit) returns()
func (keyRetrievalService *KeyRetrievalService) PackSetMaxServerKeyRetrievalRequests(newLimit *big.Int) []byte {
	enc, err := keyRetrievalService.abi.Pack("setMaxServerKeyRetrievalRequests", newLimit)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetMaxServerKeyRetrievalRequests is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9f0d6ffd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setMaxServerKeyRetrievalRequests(uint256 newLimit) returns()
func (keyRetrievalService *KeyRetrievalService) TryPackSetMaxServerKeyRetrievalRequests(newLimit *big.Int) ([]byte, error) {
	return keyRetrievalService.abi.Pack("setMaxServerKeyRetrievalRequests", newLimit)
}

// PackSetOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x13af4035.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setOwner(address _new) returns()
func (keyRetrievalService *KeyRetrievalService) PackSetOwner(new common.Address) []byte {
	enc, err := keyRetrievalService.abi.Pack("setOwner", new)
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
func (keyRetrievalService *KeyRetrievalService) TryPackSetOwner(new common.Address) ([]byte, error) {
	return keyRetrievalService.abi.Pack("setOwner", new)
}

// PackSetServerKeyRetrievalFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd2548ea8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setServerKeyRetrievalFee(uint256 newFee) returns()
func (keyRetrievalService *KeyRetrievalService) PackSetServerKeyRetrievalFee(newFee *big.Int) []byte {
	enc, err := keyRetrievalService.abi.Pack("setServerKeyRetrievalFee", newFee)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetServerKeyRetrievalFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd2548ea8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setServerKeyRetrievalFee(uint256 newFee) returns()
func (keyRetrievalService *KeyRetrievalService) TryPackSetServerKeyRetrievalFee(newFee *big.Int) ([]byte, error) {
	return keyRetrievalService.abi.Pack("setServerKeyRetrievalFee", newFee)
}

// KeyRetrievalServiceNewOwner represents a NewOwner event raised by the KeyRetrievalService contract.
type KeyRetrievalServiceNewOwner struct {
	Old     common.Address
	Current common.Address
	Raw     *types.Log // Blockchain specific contextual infos
}

const KeyRetrievalServiceNewOwnerEventName = "NewOwner"

// ContractEventName returns the user-defined event name.
func (KeyRetrievalServiceNewOwner) ContractEventName() string {
	return KeyRetrievalServiceNewOwnerEventName
}

// UnpackNewOwnerEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event NewOwner(address indexed old, address indexed current)
func (keyRetrievalService *KeyRetrievalService) UnpackNewOwnerEvent(log *types.Log) (*KeyRetrievalServiceNewOwner, error) {
	event := "NewOwner"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != keyRetrievalService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(KeyRetrievalServiceNewOwner)
	if len(log.Data) > 0 {
		if err := keyRetrievalService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range keyRetrievalService.abi.Events[event].Inputs {
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

// KeyRetrievalServiceServerKeyRetrievalError represents a ServerKeyRetrievalError event raised by the KeyRetrievalService contract.
type KeyRetrievalServiceServerKeyRetrievalError struct {
	ServerKeyId [32]byte
	Raw         *types.Log // Blockchain specific contextual infos
}

const KeyRetrievalServiceServerKeyRetrievalErrorEventName = "ServerKeyRetrievalError"

// ContractEventName returns the user-defined event name.
func (KeyRetrievalServiceServerKeyRetrievalError) ContractEventName() string {
	return KeyRetrievalServiceServerKeyRetrievalErrorEventName
}

// UnpackServerKeyRetrievalErrorEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ServerKeyRetrievalError(bytes32 indexed serverKeyId)
func (keyRetrievalService *KeyRetrievalService) UnpackServerKeyRetrievalErrorEvent(log *types.Log) (*KeyRetrievalServiceServerKeyRetrievalError, error) {
	event := "ServerKeyRetrievalError"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != keyRetrievalService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(KeyRetrievalServiceServerKeyRetrievalError)
	if len(log.Data) > 0 {
		if err := keyRetrievalService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range keyRetrievalService.abi.Events[event].Inputs {
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

// KeyRetrievalServiceServerKeyRetrievalRequested represents a ServerKeyRetrievalRequested event raised by the KeyRetrievalService contract.
type KeyRetrievalServiceServerKeyRetrievalRequested struct {
	ServerKeyId [32]byte
	Raw         *types.Log // Blockchain specific contextual infos
}

const KeyRetrievalServiceServerKeyRetrievalRequestedEventName = "ServerKeyRetrievalRequested"

// ContractEventName returns the user-defined event name.
func (KeyRetrievalServiceServerKeyRetrievalRequested) ContractEventName() string {
	return KeyRetrievalServiceServerKeyRetrievalRequestedEventName
}

// UnpackServerKeyRetrievalRequestedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ServerKeyRetrievalRequested(bytes32 serverKeyId)
func (keyRetrievalService *KeyRetrievalService) UnpackServerKeyRetrievalRequestedEvent(log *types.Log) (*KeyRetrievalServiceServerKeyRetrievalRequested, error) {
	event := "ServerKeyRetrievalRequested"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != keyRetrievalService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(KeyRetrievalServiceServerKeyRetrievalRequested)
	if len(log.Data) > 0 {
		if err := keyRetrievalService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range keyRetrievalService.abi.Events[event].Inputs {
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

// KeyRetrievalServiceServerKeyRetrieved represents a ServerKeyRetrieved event raised by the KeyRetrievalService contract.
type KeyRetrievalServiceServerKeyRetrieved struct {
	ServerKeyId     [32]byte
	ServerKeyPublic []byte
	Raw             *types.Log // Blockchain specific contextual infos
}

const KeyRetrievalServiceServerKeyRetrievedEventName = "ServerKeyRetrieved"

// ContractEventName returns the user-defined event name.
func (KeyRetrievalServiceServerKeyRetrieved) ContractEventName() string {
	return KeyRetrievalServiceServerKeyRetrievedEventName
}

// UnpackServerKeyRetrievedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ServerKeyRetrieved(bytes32 indexed serverKeyId, bytes serverKeyPublic)
func (keyRetrievalService *KeyRetrievalService) UnpackServerKeyRetrievedEvent(log *types.Log) (*KeyRetrievalServiceServerKeyRetrieved, error) {
	event := "ServerKeyRetrieved"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != keyRetrievalService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(KeyRetrievalServiceServerKeyRetrieved)
	if len(log.Data) > 0 {
		if err := keyRetrievalService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range keyRetrievalService.abi.Events[event].Inputs {
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

// KeyRetrievalServiceServerKeyRetrieved0 represents a ServerKeyRetrieved0 event raised by the KeyRetrievalService contract.
type KeyRetrievalServiceServerKeyRetrieved0 struct {
	ServerKeyId     [32]byte
	ServerKeyPublic []byte
	Threshold       *big.Int
	Raw             *types.Log // Blockchain specific contextual infos
}

const KeyRetrievalServiceServerKeyRetrieved0EventName = "ServerKeyRetrieved0"

// ContractEventName returns the user-defined event name.
func (KeyRetrievalServiceServerKeyRetrieved0) ContractEventName() string {
	return KeyRetrievalServiceServerKeyRetrieved0EventName
}

// UnpackServerKeyRetrieved0Event is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ServerKeyRetrieved(bytes32 indexed serverKeyId, bytes serverKeyPublic, uint256 threshold)
func (keyRetrievalService *KeyRetrievalService) UnpackServerKeyRetrieved0Event(log *types.Log) (*KeyRetrievalServiceServerKeyRetrieved0, error) {
	event := "ServerKeyRetrieved0"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != keyRetrievalService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(KeyRetrievalServiceServerKeyRetrieved0)
	if len(log.Data) > 0 {
		if err := keyRetrievalService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range keyRetrievalService.abi.Events[event].Inputs {
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
