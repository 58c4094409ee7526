// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package documentstoreservice

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

// DocumentStoreServiceMetaData contains all meta data concerning the DocumentStoreService contract.
var DocumentStoreServiceMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"name\":\"keyServerSetAddressInit\",\"type\":\"address\"}],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"payable\":true,\"stateMutability\":\"payable\",\"type\":\"fallback\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"}],\"name\":\"deleteDocumentKeyStoreRequest\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"}],\"name\":\"documentKeyStoreError\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"documentKeyStoreFee\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"documentKeyStoreRequestsCount\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"}],\"name\":\"documentKeyStored\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[],\"name\":\"drain\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"getDocumentKeyStoreRequest\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes32\"},{\"name\":\"\",\"type\":\"address\"},{\"name\":\"\",\"type\":\"bytes\"},{\"name\":\"\",\"type\":\"bytes\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"isDocumentKeyStoreResponseRequired\",\"outputs\":[{\"name\":\"\",\"type\":\"bool\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"keyServersCount\",\"outputs\":[{\"name\":\"\",\"type\":\"uint8\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"maxDocumentKeyStoreRequests\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"owner\",\"outputs\":[{\"name\":\"\",\"type\":\"address\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"requireKeyServer\",\"outputs\":[{\"name\":\"\",\"type\":\"uint8\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"newFee\",\"type\":\"uint256\"}],\"name\":\"setDocumentKeyStoreFee\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"newLimit\",\"type\":\"uint256\"}],\"name\":\"setMaxDocumentKeyStoreRequests\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"_new\",\"type\":\"address\"}],\"name\":\"setOwner\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"commonPoint\",\"type\":\"bytes\"},{\"name\":\"encryptedPoint\",\"type\":\"bytes\"}],\"name\":\"storeDocumentKey\",\"outputs\":[],\"payable\":true,\"stateMutability\":\"payable\",\"type\":\"function\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"name\":\"serverKeyId\",\"type\":\"bytes32\"}],\"name\":\"DocumentKeyStoreError\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"indexed\":false,\"name\":\"author\",\"type\":\"address\"},{\"indexed\":false,\"name\":\"commonPoint\",\"type\":\"bytes\"},{\"indexed\":false,\"name\":\"encryptedPoint\",\"type\":\"bytes\"}],\"name\":\"DocumentKeyStoreRequested\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"name\":\"serverKeyId\",\"type\":\"bytes32\"}],\"name\":\"DocumentKeyStored\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"name\":\"old\",\"type\":\"address\"},{\"indexed\":true,\"name\":\"current\",\"type\":\"address\"}],\"name\":\"NewOwner\",\"type\":\"event\"}]",
	ID:  "DocumentStoreService",
}

// DocumentStoreService is an auto generated Go binding around an Ethereum contract.
type DocumentStoreService struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *DocumentStoreService) GetABI() abi.ABI {
	return c.abi
}

// NewDocumentStoreService creates a new instance of DocumentStoreService.
func NewDocumentStoreService() *DocumentStoreService {
	parsed, err := DocumentStoreServiceMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &DocumentStoreService{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *DocumentStoreService) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(address keyServerSetAddressInit) returns()
func (documentStoreService *DocumentStoreService) PackConstructor(keyServerSetAddressInit common.Address) []byte {
	enc, err := documentStoreService.abi.Pack("", keyServerSetAddressInit)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackDeleteDocumentKeyStoreRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc0332ca1.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function deleteDocumentKeyStoreRequest(bytes32 serverKeyId) returns()
func (documentStoreService *DocumentStoreService) PackDeleteDocumentKeyStoreRequest(serverKeyId [32]byte) []byte {
	enc, err := documentStoreService.abi.Pack("deleteDocumentKeyStoreRequest", serverKeyId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDeleteDocumentKeyStoreRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc0332ca1.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function deleteDocumentKeyStoreRequest(bytes32 serverKeyId) returns()
func (documentStoreService *DocumentStoreService) TryPackDeleteDocumentKeyStoreRequest(serverKeyId [32]byte) ([]byte, error) {
	return documentStoreService.abi.Pack("deleteDocumentKeyStoreRequest", serverKeyId)
}

// PackDocumentKeyStoreError is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x87f76b1a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function documentKeyStoreError(bytes32 serverKeyId) returns()
func (documentStoreService *DocumentStoreService) PackDocumentKeyStoreError(serverKeyId [32]byte) []byte {
	enc, err := documentStoreService.abi.Pack("documentKeyStoreError", serverKeyId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDocumentKeyStoreError is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x87f76b1a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function documentKeyStoreError(bytes32 serverKeyId) returns()
func (documentStoreService *DocumentStoreService) TryPackDocumentKeyStoreError(serverKeyId [32]byte) ([]byte, error) {
	return documentStoreService.abi.Pack("documentKeyStoreError", serverKeyId)
}

// PackDocumentKeyStoreFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa020846a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function documentKeyStoreFee() view returns(uint256)
func (documentStoreService *DocumentStoreService) PackDocumentKeyStoreFee() []byte {
	enc, err := documentStoreService.abi.Pack("documentKeyStoreFee")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDocumentKeyStoreFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa020846a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function documentKeyStoreFee() view returns(uint256)
func (documentStoreService *DocumentStoreService) TryPackDocumentKeyStoreFee() ([]byte, error) {
	return documentStoreService.abi.Pack("documentKeyStoreFee")
}

// UnpackDocumentKeyStoreFee is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa020846a.
//
// Solidity: function documentKeyStoreFee() view returns(uint256)
func (documentStoreService *DocumentStoreService) UnpackDocumentKeyStoreFee(data []byte) (*big.Int, error) {
	out, err := documentStoreService.abi.Unpack("documentKeyStoreFee", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackDocumentKeyStoreRequestsCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x663c87cd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function documentKeyStoreRequestsCount() view returns(uint256)
func (documentStoreService *DocumentStoreService) PackDocumentKeyStoreRequestsCount() []byte {
	enc, err := documentStoreService.abi.Pack("documentKeyStoreRequestsCount")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDocumentKeyStoreRequestsCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x663c87cd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function documentKeyStoreRequestsCount() view returns(uint256)
func (documentStoreService *DocumentStoreService) TryPackDocumentKeyStoreRequestsCount() ([]byte, error) {
	return documentStoreService.abi.Pack("documentKeyStoreRequestsCount")
}

// UnpackDocumentKeyStoreRequestsCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x663c87cd.
//
// Solidity: function documentKeyStoreRequestsCount() view returns(uint256)
func (documentStoreService *DocumentStoreService) UnpackDocumentKeyStoreRequestsCount(data []byte) (*big.Int, error) {
	out, err := documentStoreService.abi.Unpack("documentKeyStoreRequestsCount", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackDocumentKeyStored is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8a9a9a0f.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function documentKeyStored(bytes32 serverKeyId) returns()
func (documentStoreService *DocumentStoreService) PackDocumentKeyStored(serverKeyId [32]byte) []byte {
	enc, err := documentStoreService.abi.Pack("documentKeyStored", serverKeyId)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDocumentKeyStored is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8a9a9a0f.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function documentKeyStored(bytes32 serverKeyId) returns()
func (documentStoreService *DocumentStoreService) TryPackDocumentKeyStored(serverKeyId [32]byte) ([]byte, error) {
	return documentStoreService.abi.Pack("documentKeyStored", serverKeyId)
}

// PackDrain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9890220b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function drain() returns()
func (documentStoreService *DocumentStoreService) PackDrain() []byte {
	enc, err := documentStoreService.abi.Pack("drain")
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
func (documentStoreService *DocumentStoreService) TryPackDrain() ([]byte, error) {
	return documentStoreService.abi.Pack("drain")
}

// PackGetDocumentKeyStoreRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfb2f439b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getDocumentKeyStoreRequest(uint256 index) view returns(bytes32, address, bytes, bytes)
func (documentStoreService *DocumentStoreService) PackGetDocumentKeyStoreRequest(index *big.Int) []byte {
	enc, err := documentStoreService.abi.Pack("getDocumentKeyStoreRequest", index)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetDocumentKeyStoreRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfb2f439b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getDocumentKeyStoreRequest(uint256 index) view returns(bytes32, address, bytes, bytes)
func (documentStoreService *DocumentStoreService) TryPackGetDocumentKeyStoreRequest(index *big.Int) ([]byte, error) {
	return documentStoreService.abi.Pack("getDocumentKeyStoreRequest", index)
}

// GetDocumentKeyStoreRequestOutput serves as a container for the return parameters of contract
// method GetDocumentKeyStoreRequest.
type GetDocumentKeyStoreRequestOutput struct {
	Arg0 [32]byte
	Arg1 common.Address
	Arg2 []byte
	Arg3 []byte
}

// UnpackGetDocumentKeyStoreRequest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xfb2f439b.
//
// Solidity: function getDocumentKeyStoreRequest(uint256 index) view returns(bytes32, address, bytes, bytes)
func (documentStoreService *DocumentStoreService) UnpackGetDocumentKeyStoreRequest(data []byte) (GetDocumentKeyStoreRequestOutput, error) {
	out, err := documentStoreService.abi.Unpack("getDocumentKeyStoreRequest", data)
	outstruct := new(GetDocumentKeyStoreRequestOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Arg0 = *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	outstruct.Arg1 = *abi.ConvertType(out[1], new(common.Address)).(*common.Address)
	outstruct.Arg2 = *abi.ConvertType(out[2], new([]byte)).(*[]byte)
	outstruct.Arg3 = *abi.ConvertType(out[3], new([]byte)).(*[]byte)
	return *outstruct, nil
}

// PackIsDocumentKeyStoreResponseRequired is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8ba9e398.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function isDocumentKeyStoreResponseRequired(bytes32 serverKeyId, address keyServer) view returns(bool)
func (documentStoreService *DocumentStoreService) PackIsDocumentKeyStoreResponseRequired(serverKeyId [32]byte, keyServer common.Address) []byte {
	enc, err := documentStoreService.abi.Pack("isDocumentKeyStoreResponseRequired", serverKeyId, keyServer)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackIsDocumentKeyStoreResponseRequired is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8ba9e398.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function isDocumentKeyStoreResponseRequired(bytes32 serverKeyId, address keyServer) view returns(bool)
func (documentStoreService *DocumentStoreService) TryPackIsDocumentKeyStoreResponseRequired(serverKeyId [32]byte, keyServer common.Address) ([]byte, error) {
	return documentStoreService.abi.Pack("isDocumentKeyStoreResponseRequired", serverKeyId, keyServer)
}

// UnpackIsDocumentKeyStoreResponseRequired is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8ba9e398.
//
// Solidity: function isDocumentKeyStoreResponseRequired(bytes32 serverKeyId, address keyServer) view returns(bool)
func (documentStoreService *DocumentStoreService) UnpackIsDocumentKeyStoreResponseRequired(data []byte) (bool, error) {
	out, err := documentStoreService.abi.Unpack("isDocumentKeyStoreResponseRequired", data)
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
func (documentStoreService *DocumentStoreService) PackKeyServersCount() []byte {
	enc, err := documentStoreService.abi.Pack("keyServersCount")
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
func (documentStoreService *DocumentStoreService) TryPackKeyServersCount() ([]byte, error) {
	return documentStoreService.abi.Pack("keyServersCount")
}

// UnpackKeyServersCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x5aa8404c.
//
// Solidity: function keyServersCount() view returns(uint8)
func (documentStoreService *DocumentStoreService) UnpackKeyServersCount(data []byte) (uint8, error) {
	out, err := documentStoreService.abi.Unpack("keyServersCount", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackMaxDocumentKeyStoreRequests is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4bcdff5e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function maxDocumentKeyStoreRequests() view returns(uint256)
func (documentStoreService *DocumentStoreService) PackMaxDocumentKeyStoreRequests() []byte {
	enc, err := documentStoreService.abi.Pack("maxDocumentKeyStoreRequests")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMaxDocumentKeyStoreRequests is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4bcdff5e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function maxDocumentKeyStoreRequests() view returns(uint256)
func (documentStoreService *DocumentStoreService) TryPackMaxDocumentKeyStoreRequests() ([]byte, error) {
	return documentStoreService.abi.Pack("maxDocumentKeyStoreRequests")
}

// UnpackMaxDocumentKeyStoreRequests is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x4bcdff5e.
//
// Solidity: function maxDocumentKeyStoreRequests() view returns(uint256)
func (documentStoreService *DocumentStoreService) UnpackMaxDocumentKeyStoreRequests(data []byte) (*big.Int, error) {
	out, err := documentStoreService.abi.Unpack("maxDocumentKeyStoreRequests", data)
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
func (documentStoreService *DocumentStoreService) PackOwner() []byte {
	enc, err := documentStoreService.abi.Pack("owner")
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
func (documentStoreService *DocumentStoreService) TryPackOwner() ([]byte, error) {
	return documentStoreService.abi.Pack("owner")
}

// UnpackOwner is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8da5cb5b.
//
// Solidity: function owner() view returns(address)
func (documentStoreService *DocumentStoreService) UnpackOwner(data []byte) (common.Address, error) {
	out, err := documentStoreService.abi.Unpack("owner", data)
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
func (documentStoreService *DocumentStoreService) PackRequireKeyServer(keyServer common.Address) []byte {
	enc, err := documentStoreService.abi.Pack("requireKeyServer", keyServer)
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
func (documentStoreService *DocumentStoreService) TryPackRequireKeyServer(keyServer common.Address) ([]byte, error) {
	return documentStoreService.abi.Pack("requireKeyServer", keyServer)
}

// UnpackRequireKeyServer is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x2b4f030a.
//
// Solidity: function requireKeyServer(address keyServer) view returns(uint8)
func (documentStoreService *DocumentStoreService) UnpackRequireKeyServer(data []byte) (uint8, error) {
	out, err := documentStoreService.abi.Unpack("requireKeyServer", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackSetDocumentKeyStoreFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8b974967.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setDocumentKeyStoreFee(uint256 newFee) returns()
func (documentStoreService *DocumentStoreService) PackSetDocumentKeyStoreFee(newFee *big.Int) []byte {
	enc, err := documentStoreService.abi.Pack("setDocumentKeyStoreFee", newFee)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetDocumentKeyStoreFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8b974967.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setDocumentKeyStoreFee(uint256 newFee) returns()
func (documentStoreService *DocumentStoreService) TryPackSetDocumentKeyStoreFee(newFee *big.Int) ([]byte, error) {
	return documentStoreService.abi.Pack("setDocumentKeyStoreFee", newFee)
}

// PackSetMaxDocumentKeyStoreRequests is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd413995b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setMaxDocumentKeyStoreRequests(uint256 newLimit) returns()
func (documentStoreService *DocumentStoreService) PackSetMaxDocumentKeyStoreRequests(newLimit *big.Int) []byte {
	enc, err := documentStoreService.abi.Pack("setMaxDocumentKeyStoreRequests", newLimit)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetMaxDocumentKeyStoreRequests is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd413995b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setMaxDocumentKeyStoreRequests(uint256 newLimit) returns()
func (documentStoreService *DocumentStoreService) TryPackSetMaxDocumentKeyStoreRequests(newLimit *big.Int) ([]byte, error) {
	return documentStoreService.abi.Pack("setMaxDocumentKeyStoreRequests", newLimit)
}

// PackSetOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x13af4035.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setOwner(address _new) returns()
func (documentStoreService *DocumentStoreService) PackSetOwner(new common.Address) []byte {
	enc, err := documentStoreService.abi.Pack("setOwner", new)
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
func (documentStoreService *DocumentStoreService) TryPackSetOwner(new common.Address) ([]byte, error) {
	return documentStoreService.abi.Pack("setOwner", new)
}

// PackStoreDocumentKey is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0fe7db4a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function storeDocumentKey(bytes32 serverKeyId, bytes commonPoint, bytes encryptedPoint) payable returns()
func (documentStoreService *DocumentStoreService) PackStoreDocumentKey(serverKeyId [32]byte, commonPoint []byte, encryptedPoint []byte) []byte {
	enc, err := documentStoreService.abi.Pack("storeDocumentKey", serverKeyId, commonPoint, encryptedPoint)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackStoreDocumentKey is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0fe7db4a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function storeDocumentKey(bytes32 serverKeyId, bytes commonPoint, bytes encryptedPoint) payable returns()
func (documentStoreService *DocumentStoreService) TryPackStoreDocumentKey(serverKeyId [32]byte, commonPoint []byte, encryptedPoint []byte) ([]byte, error) {
	return documentStoreService.abi.Pack("storeDocumentKey", serverKeyId, commonPoint, encryptedPoint)
}

// DocumentStoreServiceDocumentKeyStoreError represents a DocumentKeyStoreError event raised by the DocumentStoreService contract.
type DocumentStoreServiceDocumentKeyStoreError struct {
	ServerKeyId [32]byte
	Raw         *types.Log // Blockchain specific contextual infos
}

const DocumentStoreServiceDocumentKeyStoreErrorEventName = "DocumentKeyStoreError"

// ContractEventName returns the user-defined event name.
func (DocumentStoreServiceDocumentKeyStoreError) ContractEventName() string {
	return DocumentStoreServiceDocumentKeyStoreErrorEventName
}

// UnpackDocumentKeyStoreErrorEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DocumentKeyStoreError(bytes32 indexed serverKeyId)
func (documentStoreService *DocumentStoreService) UnpackDocumentKeyStoreErrorEvent(log *types.Log) (*DocumentStoreServiceDocumentKeyStoreError, error) {
	event := "DocumentKeyStoreError"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != documentStoreService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(DocumentStoreServiceDocumentKeyStoreError)
	if len(log.Data) > 0 {
		if err := documentStoreService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range documentStoreService.abi.Events[event].Inputs {
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

// DocumentStoreServiceDocumentKeyStoreRequested represents a DocumentKeyStoreRequested event raised by the DocumentStoreService contract.
type DocumentStoreServiceDocumentKeyStoreRequested struct {
	ServerKeyId    [32]byte
	Author         common.Address
	CommonPoint    []byte
	EncryptedPoint []byte
	Raw            *types.Log // Blockchain specific contextual infos
}

const DocumentStoreServiceDocumentKeyStoreRequestedEventName = "DocumentKeyStoreRequested"

// ContractEventName returns the user-defined event name.
func (DocumentStoreServiceDocumentKeyStoreRequested) ContractEventName() string {
	return DocumentStoreServiceDocumentKeyStoreRequestedEventName
}

// UnpackDocumentKeyStoreRequestedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DocumentKeyStoreRequested(bytes32 serverKeyId, address author, bytes commonPoint, bytes encryptedPoint)
func (documentStoreService *DocumentStoreService) UnpackDocumentKeyStoreRequestedEvent(log *types.Log) (*DocumentStoreServiceDocumentKeyStoreRequested, error) {
	event := "DocumentKeyStoreRequested"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != documentStoreService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(DocumentStoreServiceDocumentKeyStoreRequested)
	if len(log.Data) > 0 {
		if err := documentStoreService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range documentStoreService.abi.Events[event].Inputs {
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

// DocumentStoreServiceDocumentKeyStored represents a DocumentKeyStored event raised by the DocumentStoreService contract.
type DocumentStoreServiceDocumentKeyStored struct {
	ServerKeyId [32]byte
	Raw         *types.Log // Blockchain specific contextual infos
}

const DocumentStoreServiceDocumentKeyStoredEventName = "DocumentKeyStored"

// ContractEventName returns the user-defined event name.
func (DocumentStoreServiceDocumentKeyStored) ContractEventName() string {
	return DocumentStoreServiceDocumentKeyStoredEventName
}

// UnpackDocumentKeyStoredEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DocumentKeyStored(bytes32 indexed serverKeyId)
func (documentStoreService *DocumentStoreService) UnpackDocumentKeyStoredEvent(log *types.Log) (*DocumentStoreServiceDocumentKeyStored, error) {
	event := "DocumentKeyStored"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != documentStoreService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(DocumentStoreServiceDocumentKeyStored)
	if len(log.Data) > 0 {
		if err := documentStoreService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range documentStoreService.abi.Events[event].Inputs {
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

// DocumentStoreServiceNewOwner represents a NewOwner event raised by the DocumentStoreService contract.
type DocumentStoreServiceNewOwner struct {
	Old     common.Address
	Current common.Address
	Raw     *types.Log // Blockchain specific contextual infos
}

const DocumentStoreServiceNewOwnerEventName = "NewOwner"

// ContractEventName returns the user-defined event name.
func (DocumentStoreServiceNewOwner) ContractEventName() string {
	return DocumentStoreServiceNewOwnerEventName
}

// UnpackNewOwnerEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event NewOwner(address indexed old, address indexed current)
func (documentStoreService *DocumentStoreService) UnpackNewOwnerEvent(log *types.Log) (*DocumentStoreServiceNewOwner, error) {
	event := "NewOwner"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != documentStoreService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(DocumentStoreServiceNewOwner)
	if len(log.Data) > 0 {
		if err := documentStoreService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range documentStoreService.abi.Events[event].Inputs {
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
