// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package keygenerationservice

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

// KeyGenerationServiceMetaData contains all meta data concerning the KeyGenerationService contract.
var KeyGenerationServiceMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"name\":\"keyServerSetAddressInit\",\"type\":\"address\"}],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"payable\":true,\"stateMutability\":\"payable\",\"type\":\"fallback\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"}],\"name\":\"deleteServerKeyGenerationRequest\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[],\"name\":\"drain\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"threshold\",\"type\":\"uint8\"}],\"name\":\"generateServerKey\",\"outputs\":[],\"payable\":true,\"stateMutability\":\"payable\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"getServerKeyGenerationRequest\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes32\"},{\"name\":\"\",\"type\":\"address\"},{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"isServerKeyGenerationResponseRequired\",\"outputs\":[{\"name\":\"\",\"type\":\"bool\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"keyServersCount\",\"outputs\":[{\"name\":\"\",\"type\":\"uint8\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"maxServerKeyGenerationRequests\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"owner\",\"outputs\":[{\"name\":\"\",\"type\":\"address\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"requireKeyServer\",\"outputs\":[{\"name\":\"\",\"type\":\"uint8\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"serverKeyPublic\",\"type\":\"bytes\"}],\"name\":\"serverKeyGenerated\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"}],\"name\":\"serverKeyGenerationError\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"serverKeyGenerationFee\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"serverKeyGenerationRequestsCount\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"newLimit\",\"type\":\"uint256\"}],\"name\":\"setMaxServerKeyGenerationRequests\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"_new\",\"type\":\"address\"}],\"name\":\"setOwner\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"newFee\",\"type\":\"uint256\"}],\"name\":\"setServerKeyGenerationFee\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"name\":\"old\",\"type\":\"address\"},{\"indexed\":true,\"name\":\"current\",\"type\":\"address\"}],\"name\":\"NewOwner\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"indexed\":false,\"name\":\"serverKeyPublic\",\"type\":\"bytes\"}],\"name\":\"ServerKeyGenerated\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"name\":\"serverKeyId\",\"type\":\"bytes32\"}],\"name\":\"ServerKeyGenerationError\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"indexed\":false,\"name\":\"author\",\"type\":\"address\"},{\"indexed\":false,\"name\":\"threshold\",\"type\":\"uint8\"}],\"name\":\"ServerKeyGenerationRequested\",\"type\":\"event\"}]",
	ID:  "KeyGenerationService",
}

// KeyGenerationService is an auto generated Go binding around an Ethereum contract.
type KeyGenerationService struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *KeyGenerationService) GetABI() abi.ABI {
	return c.abi
}

// NewKeyGenerationService creates a new instance of KeyGenerationService.
func NewKeyGenerationService() *KeyGenerationService {
	parsed, err := KeyGenerationServiceMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &KeyGenerationService{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *KeyGenerationService) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(address keyServerSetAddressInit) returns()
func (keyGenerationService *KeyGenerationService) PackConstructor(keyServerSetAddressInit common.Address) []byte {
	enc, err := keyGenerationService.abi.Pack("", keyServerSetAddressInit)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackDeleteServerKeyGenerationRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x17dd3d88.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function deleteServerKeyGenerationRequest(bytes32 serverKeyId) returns()
func (keyGenerationService *KeyGenerationService) PackDeleteServerKeyGenerationRequest(serverKeyId [32]byte) []byte {
	enc, err := keyGenerationService.abi.Pack("deleteServerKeyGenerationRequest", serverKeyId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDeleteServerKeyGenerationRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x17dd3d88.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function deleteServerKeyGenerationRequest(bytes32 serverKeyId) returns()
func (keyGenerationService *KeyGenerationService) TryPackDeleteServerKeyGenerationRequest(serverKeyId [32]byte) ([]byte, error) {
	return keyGenerationService.abi.Pack("deleteServerKeyGenerationRequest", serverKeyId)
}

// PackDrain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9890220b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function drain() returns()
func (keyGenerationService *KeyGenerationService) PackDrain() []byte {
	enc, err := keyGenerationService.abi.Pack("drain")
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
func (keyGenerationService *KeyGenerationService) TryPackDrain() ([]byte, error) {
	return keyGenerationService.abi.Pack("drain")
}

// PackGenerateServerKey is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb8020be5.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function generateServerKey(bytes32 serverKeyId, uint8 threshold) payable returns()
func (keyGenerationService *KeyGenerationService) PackGenerateServerKey(serverKeyId [32]byte, threshold uint8) []byte {
	enc, err := keyGenerationService.abi.Pack("generateServerKey", serverKeyId, threshold)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGenerateServerKey is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb8020be5.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function generateServerKey(bytes32 serverKeyId, uint8 threshold) payable returns()
func (keyGenerationService *KeyGenerationService) TryPackGenerateServerKey(serverKeyId [32]byte, threshold uint8) ([]byte, error) {
	return keyGenerationService.abi.Pack("generateServerKey", serverKeyId, threshold)
}

// PackGetServerKeyGenerationRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x64124c86.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getServerKeyGenerationRequest(uint256 index) view returns(bytes32, address, uint256)
func (keyGenerationService *KeyGenerationService) PackGetServerKeyGenerationRequest(index *big.Int) []byte {
	enc, err := keyGenerationService.abi.Pack("getServerKeyGenerationRequest", index)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetServerKeyGenerationRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x64124c86.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getServerKeyGenerationRequest(uint256 index) view returns(bytes32, address, uint256)
func (keyGenerationService *KeyGenerationService) TryPackGetServerKeyGenerationRequest(index *big.Int) ([]byte, error) {
	return keyGenerationService.abi.Pack("getServerKeyGenerationRequest", index)
}

// GetServerKeyGenerationRequestOutput serves as a container for the return parameters of contract
// method GetServerKeyGenerationRequest.
type GetServerKeyGenerationRequestOutput struct {
	Arg0 [32]byte
	Arg1 common.Address
	Arg2 *big.Int
}

// UnpackGetServerKeyGenerationRequest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x64124c86.
//
// Solidity: function getServerKeyGenerationRequest(uint256 index) view returns(bytes32, address, uint256)
func (keyGenerationService *KeyGenerationService) UnpackGetServerKeyGenerationRequest(data []byte) (GetServerKeyGenerationRequestOutput, error) {
	out, err := keyGenerationService.abi.Unpack("getServerKeyGenerationRequest", data)
	outstruct := new(GetServerKeyGenerationRequestOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Arg0 = *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	outstruct.Arg1 = *abi.ConvertType(out[1], new(common.Address)).(*common.Address)
	outstruct.Arg2 = abi.ConvertType(out[2], new(big.Int)).(*big.Int)
	return *outstruct, nil
}

// PackIsServerKeyGenerationResponseRequired is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xec6b0360.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function isServerKeyGenerationResponseRequired(bytes32 serverKeyId, address keyServer) view returns(bool)
func (keyGenerationService *KeyGenerationService) PackIsServerKeyGenerationResponseRequired(serverKeyId [32]byte, keyServer common.Address) []byte {
	enc, err := keyGenerationService.abi.Pack("isServerKeyGenerationResponseRequired", serverKeyId, keyServer)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackIsServerKeyGenerationResponseRequired is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xec6b0360.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function isServerKeyGenerationResponseRequired(bytes32 serverKeyId, address keyServer) view returns(bool)
func (keyGenerationService *KeyGenerationService) TryPackIsServerKeyGenerationResponseRequired(serverKeyId [32]byte, keyServer common.Address) ([]byte, error) {
	return keyGenerationService.abi.Pack("isServerKeyGenerationResponseRequired", serverKeyId, keyServer)
}

// UnpackIsServerKeyGenerationResponseRequired is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xec6b0360.
//
// Solidity: function isServerKeyGenerationResponseRequired(bytes32 serverKeyId, address keyServer) view returns(bool)
func (keyGenerationService *KeyGenerationService) UnpackIsServerKeyGenerationResponseRequired(data []byte) (bool, error) {
	out, err := keyGenerationService.abi.Unpack("isServerKeyGenerationResponseRequired", data)
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
func (keyGenerationService *KeyGenerationService) PackKeyServersCount() []byte {
	enc, err := keyGenerationService.abi.Pack("keyServersCount")
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
func (keyGenerationService *KeyGenerationService) TryPackKeyServersCount() ([]byte, error) {
	return keyGenerationService.abi.Pack("keyServersCount")
}

// UnpackKeyServersCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x5aa8404c.
//
// Solidity: function keyServersCount() view returns(uint8)
func (keyGenerationService *KeyGenerationService) UnpackKeyServersCount(data []byte) (uint8, error) {
	out, err := keyGenerationService.abi.Unpack("keyServersCount", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackMaxServerKeyGenerationRequests is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x18c296e8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function maxServerKeyGenerationRequests() view returns(uint256)
func (keyGenerationService *KeyGenerationService) PackMaxServerKeyGenerationRequests() []byte {
	enc, err := keyGenerationService.abi.Pack("maxServerKeyGenerationRequests")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMaxServerKeyGenerationRequests is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x18c296e8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function maxServerKeyGenerationRequests() view returns(uint256)
func (keyGenerationService *KeyGenerationService) TryPackMaxServerKeyGenerationRequests() ([]byte, error) {
	return keyGenerationService.abi.Pack("maxServerKeyGenerationRequests")
}

// UnpackMaxServerKeyGenerationRequests is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x18c296e8.
//
// Solidity: function maxServerKeyGenerationRequests() view returns(uint256)
func (keyGenerationService *KeyGenerationService) UnpackMaxServerKeyGenerationRequests(data []byte) (*big.Int, error) {
	out, err := keyGenerationService.abi.Unpack("maxServerKeyGenerationRequests", data)
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
func (keyGenerationService *KeyGenerationService) PackOwner() []byte {
	enc, err := keyGenerationService.abi.Pack("owner")
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
func (keyGenerationService *KeyGenerationService) TryPackOwner() ([]byte, error) {
	return keyGenerationService.abi.Pack("owner")
}

// UnpackOwner is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8da5cb5b.
//
// Solidity: function owner() view returns(address)
func (keyGenerationService *KeyGenerationService) UnpackOwner(data []byte) (common.Address, error) {
	out, err := keyGenerationService.abi.Unpack("owner", data)
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
func (keyGenerationService *KeyGenerationService) PackRequireKeyServer(keyServer common.Address) []byte {
	enc, err := keyGenerationService.abi.Pack("requireKeyServer", keyServer)
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
func (keyGenerationService *KeyGenerationService) TryPackRequireKeyServer(keyServer common.Address) ([]byte, error) {
	return keyGenerationService.abi.Pack("requireKeyServer", keyServer)
}

// UnpackRequireKeyServer is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x2b4f030a.
//
// Solidity: function requireKeyServer(address keyServer) view returns(uint8)
func (keyGenerationService *KeyGenerationService) UnpackRequireKeyServer(data []byte) (uint8, error) {
	out, err := keyGenerationService.abi.Unpack("requireKeyServer", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackServerKeyGenerated is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xebbcc2e1.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function serverKeyGenerated(bytes32 serverKeyId, bytes serverKeyPublic) returns()
func (keyGenerationService *KeyGenerationService) PackServerKeyGenerated(serverKeyId [32]byte, serverKeyPublic []byte) []byte {
	enc, err := keyGenerationService.abi.Pack("serverKeyGenerated", serverKeyId, serverKeyPublic)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackServerKeyGenerated is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xebbcc2e1.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function serverKeyGenerated(bytes32 serverKeyId, bytes serverKeyPublic) returns()
func (keyGenerationService *KeyGenerationService) TryPackServerKeyGenerated(serverKeyId [32]byte, serverKeyPublic []byte) ([]byte, error) {
	return keyGenerationService.abi.Pack("serverKeyGenerated", serverKeyId, serverKeyPublic)
}

// PackServerKeyGenerationError is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3fbd7ecd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function serverKeyGenerationError(bytes32 serverKeyId) returns()
func (keyGenerationService *KeyGenerationService) PackServerKeyGenerationError(serverKeyId [32]byte) []byte {
	enc, err := keyGenerationService.abi.Pack("serverKeyGenerationError", serverKeyId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackServerKeyGenerationError is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3fbd7ecd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function serverKeyGenerationError(bytes32 serverKeyId) returns()
func (keyGenerationService *KeyGenerationService) TryPackServerKeyGenerationError(serverKeyId [32]byte) ([]byte, error) {
	return keyGenerationService.abi.Pack("serverKeyGenerationError", serverKeyId)
}

// PackServerKeyGenerationFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3eaf9b28.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function serverKeyGenerationFee() view returns(uint256)
func (keyGenerationService *KeyGenerationService) PackServerKeyGenerationFee() []byte {
	enc, err := keyGenerationService.abi.Pack("serverKeyGenerationFee")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackServerKeyGenerationFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3eaf9b28.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function serverKeyGenerationFee() view returns(uint256)
func (keyGenerationService *KeyGenerationService) TryPackServerKeyGenerationFee() ([]byte, error) {
	return keyGenerationService.abi.Pack("serverKeyGenerationFee")
}

// UnpackServerKeyGenerationFee is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x3eaf9b28.
//
// Solidity: function serverKeyGenerationFee() view returns(uint256)
func (keyGenerationService *KeyGenerationService) UnpackServerKeyGenerationFee(data []byte) (*big.Int, error) {
	out, err := keyGenerationService.abi.Unpack("serverKeyGenerationFee", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackServerKeyGenerationRequestsCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x195a40f2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function serverKeyGenerationRequestsCount() view returns(uint256)
func (keyGenerationService *KeyGenerationService) PackServerKeyGenerationRequestsCount() []byte {
	enc, err := keyGenerationService.abi.Pack("serverKeyGenerationRequestsCount")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackServerKeyGenerationRequestsCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x195a40f2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function serverKeyGenerationRequestsCount() view returns(uint256)
func (keyGenerationService *KeyGenerationService) TryPackServerKeyGenerationRequestsCount() ([]byte, error) {
	return keyGenerationService.abi.Pack("serverKeyGenerationRequestsCount")
}

// UnpackServerKeyGenerationRequestsCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x195a40f2.
//
// Solidity: function serverKeyGenerationRequestsCount() view returns(uint256)
func (keyGenerationService *KeyGenerationService) UnpackServerKeyGenerationRequestsCount(data []byte) (*big.Int, error) {
	out, err := keyGenerationService.abi.Unpack("serverKeyGenerationRequestsCount", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackSetMaxServerKeyGenerationRequests is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe54dcfff.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setMaxServerKeyGenerationRequests(uint256 newLimit) returns()
func (keyGenerationService *KeyGenerationService) PackSetMaxServerKeyGenerationRequests(newLimit *big.Int) []byte {
	enc, err := keyGenerationService.abi.Pack("setMaxServerKeyGenerationRequests", newLimit)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetMaxServerKeyGenerationRequests is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe54dcfff.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setMaxServerKeyGenerationRequests(uint256 newLimit) returns()
func (keyGenerationService *KeyGenerationService) TryPackSetMaxServerKeyGenerationRequests(newLimit *big.Int) ([]byte, error) {
	return keyGenerationService.abi.Pack("setMaxServerKeyGenerationRequests", newLimit)
}

// PackSetOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x13af4035.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setOwner(address _new) returns()
func (keyGenerationService *KeyGenerationService) PackSetOwner(new common.Address) []byte {
	enc, err := keyGenerationService.abi.Pack("setOwner", new)
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
func (keyGenerationService *KeyGenerationService) TryPackSetOwner(new common.Address) ([]byte, error) {
	return keyGenerationService.abi.Pack("setOwner", new)
}

// PackSetServerKeyGenerationFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x410021f3.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setServerKeyGenerationFee(uint256 newFee) returns()
func (keyGenerationService *KeyGenerationService) PackSetServerKeyGenerationFee(newFee *big.Int) []byte {
	enc, err := keyGenerationService.abi.Pack("setServerKeyGenerationFee", newFee)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetServerKeyGenerationFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x410021f3.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setServerKeyGenerationFee(uint256 newFee) returns()
func (keyGenerationService *KeyGenerationService) TryPackSetServerKeyGenerationFee(newFee *big.Int) ([]byte, error) {
	return keyGenerationService.abi.Pack("setServerKeyGenerationFee", newFee)
}

// KeyGenerationServiceNewOwner represents a NewOwner event raised by the KeyGenerationService contract.
type KeyGenerationServiceNewOwner struct {
	Old     common.Address
	Current common.Address
	Raw     *types.Log // Blockchain specific contextual infos
}

const KeyGenerationServiceNewOwnerEventName = "NewOwner"

// ContractEventName returns the user-defined event name.
func (KeyGenerationServiceNewOwner) ContractEventName() string {
	return KeyGenerationServiceNewOwnerEventName
}

// UnpackNewOwnerEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event NewOwner(address indexed old, address indexed current)
func (keyGenerationService *KeyGenerationService) UnpackNewOwnerEvent(log *types.Log) (*KeyGenerationServiceNewOwner, error) {
	event := "NewOwner"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != keyGenerationService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(KeyGenerationServiceNewOwner)
	if len(log.Data) > 0 {
		if err := keyGenerationService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range keyGenerationService.abi.Events[event].Inputs {
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

// KeyGenerationServiceServerKeyGenerated represents a ServerKeyGenerated event raised by the KeyGenerationService contract.
type KeyGenerationServiceServerKeyGenerated struct {
	ServerKeyId     [32]byte
	ServerKeyPublic []byte
	Raw             *types.Log // Blockchain specific contextual infos
}

const KeyGenerationServiceServerKeyGeneratedEventName = "ServerKeyGenerated"

// ContractEventName returns the user-defined event name.
func (KeyGenerationServiceServerKeyGenerated) ContractEventName() string {
	return KeyGenerationServiceServerKeyGeneratedEventName
}

// UnpackServerKeyGeneratedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ServerKeyGenerated(bytes32 indexed serverKeyId, bytes serverKeyPublic)
func (keyGenerationService *KeyGenerationService) UnpackServerKeyGeneratedEvent(log *types.Log) (*KeyGenerationServiceServerKeyGenerated, error) {
	event := "ServerKeyGenerated"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != keyGenerationService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(KeyGenerationServiceServerKeyGenerated)
	if len(log.Data) > 0 {
		if err := keyGenerationService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range keyGenerationService.abi.Events[event].Inputs {
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

// KeyGenerationServiceServerKeyGenerationError represents a ServerKeyGenerationError event raised by the KeyGenerationService contract.
type KeyGenerationServiceServerKeyGenerationError struct {
	ServerKeyId [32]byte
	Raw         *types.Log // Blockchain specific contextual infos
}

const KeyGenerationServiceServerKeyGenerationErrorEventName = "ServerKeyGenerationError"

// ContractEventName returns the user-defined event name.
func (KeyGenerationServiceServerKeyGenerationError) ContractEventName() string {
	return KeyGenerationServiceServerKeyGenerationErrorEventName
}

// UnpackServerKeyGenerationErrorEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ServerKeyGenerationError(bytes32 indexed serverKeyId)
func (keyGenerationService *KeyGenerationService) UnpackServerKeyGenerationErrorEvent(log *types.Log) (*KeyGenerationServiceServerKeyGenerationError, error) {
	event := "ServerKeyGenerationError"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != keyGenerationService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(KeyGenerationServiceServerKeyGenerationError)
	if len(log.Data) > 0 {
		if err := keyGenerationService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range keyGenerationService.abi.Events[event].Inputs {
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

// KeyGenerationServiceServerKeyGenerationRequested represents a ServerKeyGenerationRequested event raised by the KeyGenerationService contract.
type KeyGenerationServiceServerKeyGenerationRequested struct {
	ServerKeyId [32]byte
	Author      common.Address
	Threshold   uint8
	Raw         *types.Log // Blockchain specific contextual infos
}

const KeyGenerationServiceServerKeyGenerationRequestedEventName = "ServerKeyGenerationRequested"

// ContractEventName returns the user-defined event name.
func (KeyGenerationServiceServerKeyGenerationRequested) ContractEventName() string {
	return KeyGenerationServiceServerKeyGenerationRequestedEventName
}

// UnpackServerKeyGenerationRequestedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ServerKeyGenerationRequested(bytes32 serverKeyId, address author, uint8 threshold)
func (keyGenerationService *KeyGenerationService) UnpackServerKeyGenerationRequestedEvent(log *types.Log) (*KeyGenerationServiceServerKeyGenerationRequested, error) {
	event := "ServerKeyGenerationRequested"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != keyGenerationService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(KeyGenerationServiceServerKeyGenerationRequested)
	if len(log.Data) > 0 {
		if err := keyGenerationService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range keyGenerationService.abi.Events[event].Inputs {
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
