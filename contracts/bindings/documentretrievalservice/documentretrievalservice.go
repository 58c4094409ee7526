// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package documentretrievalservice

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

// DocumentRetrievalServiceMetaData contains all meta data concerning the DocumentRetrievalService contract.
var DocumentRetrievalServiceMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"name\":\"keyServerSetAddressInit\",\"type\":\"address\"}],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"payable\":true,\"stateMutability\":\"payable\",\"type\":\"fallback\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"requester\",\"type\":\"address\"}],\"name\":\"deleteDocumentKeyShadowRetrievalRequest\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"requester\",\"type\":\"address\"},{\"name\":\"commonPoint\",\"type\":\"bytes\"},{\"name\":\"threshold\",\"type\":\"uint8\"}],\"name\":\"documentKeyCommonRetrieved\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"requester\",\"type\":\"address\"},{\"name\":\"participants\",\"type\":\"uint256\"},{\"name\":\"decryptedSecret\",\"type\":\"bytes\"},{\"name\":\"shadow\",\"type\":\"bytes\"}],\"name\":\"documentKeyPersonalRetrieved\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"requester\",\"type\":\"address\"}],\"name\":\"documentKeyShadowRetrievalError\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"documentKeyShadowRetrievalFee\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"documentKeyShadowRetrievalRequestsCount\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[],\"name\":\"drain\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"getDocumentKeyShadowRetrievalRequest\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes32\"},{\"name\":\"\",\"type\":\"bytes\"},{\"name\":\"\",\"type\":\"bool\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"requester\",\"type\":\"address\"},{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"isDocumentKeyShadowRetrievalResponseRequired\",\"outputs\":[{\"name\":\"\",\"type\":\"bool\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"keyServersCount\",\"outputs\":[{\"name\":\"\",\"type\":\"uint8\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"maxDocumentKeyShadowRetrievalRequests\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"owner\",\"outputs\":[{\"name\":\"\",\"type\":\"address\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"requireKeyServer\",\"outputs\":[{\"name\":\"\",\"type\":\"uint8\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"requesterPublic\",\"type\":\"bytes\"}],\"name\":\"retrieveDocumentKeyShadow\",\"outputs\":[],\"payable\":true,\"stateMutability\":\"payable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"newFee\",\"type\":\"uint256\"}],\"name\":\"setDocumentKeyShadowRetrievalFee\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"newLimit\",\"type\":\"uint256\"}],\"name\":\"setMaxDocumentKeyShadowRetrievalRequests\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"_new\",\"type\":\"address\"}],\"name\":\"setOwner\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"indexed\":false,\"name\":\"requester\",\"type\":\"address\"}],\"name\":\"DocumentKeyCommonRetrievalRequested\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"indexed\":true,\"name\":\"requester\",\"type\":\"address\"},{\"indexed\":false,\"name\":\"commonPoint\",\"type\":\"bytes\"},{\"indexed\":false,\"name\":\"threshold\",\"type\":\"uint8\"}],\"name\":\"DocumentKeyCommonRetrieved\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"indexed\":false,\"name\":\"requesterPublic\",\"type\":\"bytes\"}],\"name\":\"DocumentKeyPersonalRetrievalRequested\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"indexed\":true,\"name\":\"requester\",\"type\":\"address\"},{\"indexed\":false,\"name\":\"decryptedSecret\",\"type\":\"bytes\"},{\"indexed\":false,\"name\":\"shadow\",\"type\":\"bytes\"}],\"name\":\"DocumentKeyPersonalRetrieved\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"indexed\":true,\"name\":\"requester\",\"type\":\"address\"}],\"name\":\"DocumentKeyShadowRetrievalError\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"name\":\"old\",\"type\":\"address\"},{\"indexed\":true,\"name\":\"current\",\"type\":\"address\"}],\"name\":\"NewOwner\",\"type\":\"event\"}]",
	ID:  "DocumentRetrievalService",
}

// DocumentRetrievalService is an auto generated Go binding around an Ethereum contract.
type DocumentRetrievalService struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *DocumentRetrievalService) GetABI() abi.ABI {
	return c.abi
}

// NewDocumentRetrievalService creates a new instance of DocumentRetrievalService.
func NewDocumentRetrievalService() *DocumentRetrievalService {
	parsed, err := DocumentRetrievalServiceMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &DocumentRetrievalService{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *DocumentRetrievalService) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(address keyServerSetAddressInit) returns()
func (documentRetrievalService *DocumentRetrievalService) PackConstructor(keyServerSetAddressInit common.Address) []byte {
	enc, err := documentRetrievalService.abi.Pack("", keyServerSetAddressInit)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackDeleteDocumentKeyShadowRetrievalRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd3cb594f.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function deleteDocumentKeyShadowRetrievalRequest(bytes32 serverKeyId, address requester) returns()
func (documentRetrievalService *DocumentRetrievalService) PackDeleteDocumentKeyShadowRetrievalRequest(serverKeyId [32]byte, requester common.Address) []byte {
	enc, err := documentRetrievalService.abi.Pack("deleteDocumentKeyShadowRetrievalRequest", serverKeyId, requester)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDeleteDocumentKeyShadowRetrievalRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xd3cb594f.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function deleteDocumentKeyShadowRetrievalRequest(bytes32 serverKeyId, address requester) returns()
func (documentRetrievalService *DocumentRetrievalService) TryPackDeleteDocumentKeyShadowRetrievalRequest(serverKeyId [32]byte, requester common.Address) ([]byte, error) {
	return documentRetrievalService.abi.Pack("deleteDocumentKeyShadowRetrievalRequest", serverKeyId, requester)
}

// PackDocumentKeyCommonRetrieved is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7b97eecc.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function documentKeyCommonRetrieved(bytes32 serverKeyId, address requester, bytes commonPoint, uint8 threshold) returns()
func (documentRetrievalService *DocumentRetrievalService) PackDocumentKeyCommonRetrieved(serverKeyId [32]byte, requester common.Address, commonPoint []byte, threshold uint8) []byte {
	enc, err := documentRetrievalService.abi.Pack("documentKeyCommonRetrieved", serverKeyId, requester, commonPoint, threshold)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDocumentKeyCommonRetrieved is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7b97eecc.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function documentKeyCommonRetrieved(bytes32 serverKeyId, address requester, bytes commonPoint, uint8 threshold) returns()
func (documentRetrievalService *DocumentRetrievalService) TryPackDocumentKeyCommonRetrieved(serverKeyId [32]byte, requester common.Address, commonPoint []byte, threshold uint8) ([]byte, error) {
	return documentRetrievalService.abi.Pack("documentKeyCommonRetrieved", serverKeyId, requester, commonPoint, threshold)
}

// PackDocumentKeyPersonalRetrieved is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb9b36c42.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function documentKeyPersonalRetrieved(bytes32 serverKeyId, address requester, uint256 participants, bytes decryptedSecret, bytes shadow) returns()
func (documentRetrievalService *DocumentRetrievalService) PackDocumentKeyPersonalRetrieved(serverKeyId [32]byte, requester common.Address, participants *big.Int, decryptedSecret []byte, shadow []byte) []byte {
	enc, err := documentRetrievalService.abi.Pack("documentKeyPersonalRetrieved", serverKeyId, requester, participants, decryptedSecret, shadow)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDocumentKeyPersonalRetrieved is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb9b36c42.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function documentKeyPersonalRetrieved(bytes32 serverKeyId, address requester, uint256 participants, bytes decryptedSecret, bytes shadow) returns()
func (documentRetrievalService *DocumentRetrievalService) TryPackDocumentKeyPersonalRetrieved(serverKeyId [32]byte, requester common.Address, participants *big.Int, decryptedSecret []byte, shadow []byte) ([]byte, error) {
	return documentRetrievalService.abi.Pack("documentKeyPersonalRetrieved", serverKeyId, requester, participants, decryptedSecret, shadow)
}

// PackDocumentKeyShadowRetrievalError is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe2f1d4f9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function documentKeyShadowRetrievalError(bytes32 serverKeyId, address requester) returns()
func (documentRetrievalService *DocumentRetrievalService) PackDocumentKeyShadowRetrievalError(serverKeyId [32]byte, requester common.Address) []byte {
	enc, err := documentRetrievalService.abi.Pack("documentKeyShadowRetrievalError", serverKeyId, requester)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDocumentKeyShadowRetrievalError is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe2f1d4f9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function documentKeyShadowRetrievalError(bytes32 serverKeyId, address requester) returns()
func (documentRetrievalService *DocumentRetrievalService) TryPackDocumentKeyShadowRetrievalError(serverKeyId [32]byte, requester common.Address) ([]byte, error) {
	return documentRetrievalService.abi.Pack("documentKeyShadowRetrievalError", serverKeyId, requester)
}

// PackDocumentKeyShadowRetrievalFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1b1e67aa.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function documentKeyShadowRetrievalFee() view returns(uint256)
func (documentRetrievalService *DocumentRetrievalService) PackDocumentKeyShadowRetrievalFee() []byte {
	enc, err := documentRetrievalService.abi.Pack("documentKeyShadowRetrievalFee")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDocumentKeyShadowRetrievalFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1b1e67aa.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function documentKeyShadowRetrievalFee() view returns(uint256)
func (documentRetrievalService *DocumentRetrievalService) TryPackDocumentKeyShadowRetrievalFee() ([]byte, error) {
	return documentRetrievalService.abi.Pack("documentKeyShadowRetrievalFee")
}

// UnpackDocumentKeyShadowRetrievalFee is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x1b1e67aa.
//
// Solidity: function documentKeyShadowRetrievalFee() view returns(uint256)
func (documentRetrievalService *DocumentRetrievalService) UnpackDocumentKeyShadowRetrievalFee(data []byte) (*big.Int, error) {
	out, err := documentRetrievalService.abi.Unpack("documentKeyShadowRetrievalFee", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackDocumentKeyShadowRetrievalRequestsCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe3c20cf2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function documentKeyShadowRetrievalRequestsCount() view returns(uint256)
func (documentRetrievalService *DocumentRetrievalService) PackDocumentKeyShadowRetrievalRequestsCount() []byte {
	enc, err := documentRetrievalService.abi.Pack("documentKeyShadowRetrievalRequestsCount")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDocumentKeyShadowRetrievalRequestsCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe3c20cf2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function documentKeyShadowRetrievalRequestsCount() view returns(uint256)
func (documentRetrievalService *DocumentRetrievalService) TryPackDocumentKeyShadowRetrievalRequestsCount() ([]byte, error) {
	return documentRetrievalService.abi.Pack("documentKeyShadowRetrievalRequestsCount")
}

// UnpackDocumentKeyShadowRetrievalRequestsCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xe3c20cf2.
//
// Solidity: function documentKeyShadowRetrievalRequestsCount() view returns(uint256)
func (documentRetrievalService *DocumentRetrievalService) UnpackDocumentKeyShadowRetrievalRequestsCount(data []byte) (*big.Int, error) {
	out, err := documentRetrievalService.abi.Unpack("documentKeyShadowRetrievalRequestsCount", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackDrain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9890220b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function drain() returns()
func (documentRetrievalService *DocumentRetrievalService) PackDrain() []byte {
	enc, err := documentRetrievalService.abi.Pack("drain")
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
func (documentRetrievalService *DocumentRetrievalService) TryPackDrain() ([]byte, error) {
	return documentRetrievalService.abi.Pack("drain")
}

// PackGetDocumentKeyShadowRetrievalRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf3d33171.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getDocumentKeyShadowRetrievalRequest(uint256 index) view returns(bytes32, bytes, bool)
func (documentRetrievalService *DocumentRetrievalService) PackGetDocumentKeyShadowRetrievalRequest(index *big.Int) []byte {
	enc, err := documentRetrievalService.abi.Pack("getDocumentKeyShadowRetrievalRequest", index)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetDocumentKeyShadowRetrievalRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf3d33171.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getDocumentKeyShadowRetrievalRequest(uint256 index) view returns(bytes32, bytes, bool)
func (documentRetrievalService *DocumentRetrievalService) TryPackGetDocumentKeyShadowRetrievalRequest(index *big.Int) ([]byte, error) {
	return documentRetrievalService.abi.Pack("getDocumentKeyShadowRetrievalRequest", index)
}

// GetDocumentKeyShadowRetrievalRequestOutput serves as a container for the return parameters of contract
// method GetDocumentKeyShadowRetrievalRequest.
type GetDocumentKeyShadowRetrievalRequestOutput struct {
	Arg0 [32]byte
	Arg1 []byte
	Arg2 bool
}

// UnpackGetDocumentKeyShadowRetrievalRequest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xf3d33171.
//
// Solidity: function getDocumentKeyShadowRetrievalRequest(uint256 index) view returns(bytes32, bytes, bool)
func (documentRetrievalService *DocumentRetrievalService) UnpackGetDocumentKeyShadowRetrievalRequest(data []byte) (GetDocumentKeyShadowRetrievalRequestOutput, error) {
	out, err := documentRetrievalService.abi.Unpack("getDocumentKeyShadowRetrievalRequest", data)
	outstruct := new(GetDocumentKeyShadowRetrievalRequestOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Arg0 = *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	outstruct.Arg1 = *abi.ConvertType(out[1], new([]byte)).(*[]byte)
	outstruct.Arg2 = *abi.ConvertType(out[2], new(bool)).(*bool)
	return *outstruct, nil
}

// PackIsDocumentKeyShadowRetrievalResponseRequired is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x77dc782b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function isDocumentKeyShadowRetrievalResponseRequired(bytes32 serverKeyId, address requester, address keyServer) view returns(bool)
func (documentRetrievalService *DocumentRetrievalService) PackIsDocumentKeyShadowRetrievalResponseRequired(serverKeyId [32]byte, requester common.Address, keyServer common.Address) []byte {
	enc, err := documentRetrievalService.abi.Pack("isDocumentKeyShadowRetrievalResponseRequired", serverKeyId, requester, keyServer)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackIsDocumentKeyShadowRetrievalResponseRequired is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x77dc782b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function isDocumentKeyShadowRetrievalResponseRequired(bytes32 serverKeyId, address requester, address keyServer) view returns(bool)
func (documentRetrievalService *DocumentRetrievalService) TryPackIsDocumentKeyShadowRetrievalResponseRequired(serverKeyId [32]byte, requester common.Address, keyServer common.Address) ([]byte, error) {
	return documentRetrievalService.abi.Pack("isDocumentKeyShadowRetrievalResponseRequired", serverKeyId, requester, keyServer)
}

// UnpackIsDocumentKeyShadowRetrievalResponseRequired is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x77dc782b.
//
// Solidity: function isDocumentKeyShadowRetrievalResponseRequired(bytes32 serverKeyId, address requester, address keyServer) view returns(bool)
func (documentRetrievalService *DocumentRetrievalService) UnpackIsDocumentKeyShadowRetrievalResponseRequired(data []byte) (bool, error) {
	out, err := documentRetrievalService.abi.Unpack("isDocumentKeyShadowRetrievalResponseRequired", data)
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
func (documentRetrievalService *DocumentRetrievalService) PackKeyServersCount() []byte {
	enc, err := documentRetrievalService.abi.Pack("keyServersCount")
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
func (documentRetrievalService *DocumentRetrievalService) TryPackKeyServersCount() ([]byte, error) {
	return documentRetrievalService.abi.Pack("keyServersCount")
}

// UnpackKeyServersCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x5aa8404c.
//
// Solidity: function keyServersCount() view returns(uint8)
func (documentRetrievalService *DocumentRetrievalService) UnpackKeyServersCount(data []byte) (uint8, error) {
	out, err := documentRetrievalService.abi.Unpack("keyServersCount", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackMaxDocumentKeyShadowRetrievalRequests is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x47f9af49.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function maxDocumentKeyShadowRetrievalRequests() view returns(uint256)
func (documentRetrievalService *DocumentRetrievalService) PackMaxDocumentKeyShadowRetrievalRequests() []byte {
	enc, err := documentRetrievalService.abi.Pack("maxDocumentKeyShadowRetrievalRequests")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackMaxDocumentKeyShadowRetrievalRequests is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x47f9af49.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function maxDocumentKeyShadowRetrievalRequests() view returns(uint256)
func (documentRetrievalService *DocumentRetrievalService) TryPackMaxDocumentKeyShadowRetrievalRequests() ([]byte, error) {
	return documentRetrievalService.abi.Pack("maxDocumentKeyShadowRetrievalRequests")
}

// UnpackMaxDocumentKeyShadowRetrievalRequests is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x47f9af49.
//
// Solidity: function maxDocumentKeyShadowRetrievalRequests() view returns(uint256)
func (documentRetrievalService *DocumentRetrievalService) UnpackMaxDocumentKeyShadowRetrievalRequests(data []byte) (*big.Int, error) {
	out, err := documentRetrievalService.abi.Unpack("maxDocumentKeyShadowRetrievalRequests", data)
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
func (documentRetrievalService *DocumentRetrievalService) PackOwner() []byte {
	enc, err := documentRetrievalService.abi.Pack("owner")
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
func (documentRetrievalService *DocumentRetrievalService) TryPackOwner() ([]byte, error) {
	return documentRetrievalService.abi.Pack("owner")
}

// UnpackOwner is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8da5cb5b.
//
// Solidity: function owner() view returns(address)
func (documentRetrievalService *DocumentRetrievalService) UnpackOwner(data []byte) (common.Address, error) {
	out, err := documentRetrievalService.abi.Unpack("owner", data)
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
func (documentRetrievalService *DocumentRetrievalService) PackRequireKeyServer(keyServer common.Address) []byte {
	enc, err := documentRetrievalService.abi.Pack("requireKeyServer", keyServer)
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
func (documentRetrievalService *DocumentRetrievalService) TryPackRequireKeyServer(keyServer common.Address) ([]byte, error) {
	return documentRetrievalService.abi.Pack("requireKeyServer", keyServer)
}

// UnpackRequireKeyServer is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x2b4f030a.
//
// Solidity: function requireKeyServer(address keyServer) view returns(uint8)
func (documentRetrievalService *DocumentRetrievalService) UnpackRequireKeyServer(data []byte) (uint8, error) {
	out, err := documentRetrievalService.abi.Unpack("requireKeyServer", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackRetrieveDocumentKeyShadow is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x153f333b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function retrieveDocumentKeyShadow(bytes32 serverKeyId, bytes requesterPublic) payable returns()
func (documentRetrievalService *DocumentRetrievalService) PackRetrieveDocumentKeyShadow(serverKeyId [32]byte, requesterPublic []byte) []byte {
	enc, err := documentRetrievalService.abi.Pack("retrieveDocumentKeyShadow", serverKeyId, requesterPublic)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRetrieveDocumentKeyShadow is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x153f333b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function retrieveDocumentKeyShadow(bytes32 serverKeyId, bytes requesterPublic) payable returns()
func (documentRetrievalService *DocumentRetrievalService) TryPackRetrieveDocumentKeyShadow(serverKeyId [32]byte, requesterPublic []byte) ([]byte, error) {
	return documentRetrievalService.abi.Pack("retrieveDocumentKeyShadow", serverKeyId, requesterPublic)
}

// PackSetDocumentKeyShadowRetrievalFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3931a756.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setDocumentKeyShadowRetrievalFee(uint256 newFee) returns()
func (documentRetrievalService *DocumentRetrievalService) PackSetDocumentKeyShadowRetrievalFee(newFee *big.Int) []byte {
	enc, err := documentRetrievalService.abi.Pack("setDocumentKeyShadowRetrievalFee", newFee)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetDocumentKeyShadowRetrievalFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3931a756.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setDocumentKeyShadowRetrievalFee(uint256 newFee) returns()
func (documentRetrievalService *DocumentRetrievalService) TryPackSetDocumentKeyShadowRetrievalFee(newFee *big.Int) ([]byte, error) {
	return documentRetrievalService.abi.Pack("setDocumentKeyShadowRetrievalFee", newFee)
}

// PackSetMaxDocumentKeyShadowRetrievalRequests is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x09b203e8.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setMaxDocumentKeyShadowRetrievalRequests(uint256 newLimit) returns()
func (documentRetrievalService *DocumentRetrievalService) PackSetMaxDocumentKeyShadowRetrievalRequests(newLimit *big.Int) []byte {
	enc, err := documentRetrievalService.abi.Pack("setMaxDocumentKeyShadowRetrievalRequests", newLimit)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetMaxDocumentKeyShadowRetrievalRequests is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x09b203e8.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setMaxDocumentKeyShadowRetrievalRequests(uint256 newLimit) returns()
func (documentRetrievalService *DocumentRetrievalService) TryPackSetMaxDocumentKeyShadowRetrievalRequests(newLimit *big.Int) ([]byte, error) {
	return documentRetrievalService.abi.Pack("setMaxDocumentKeyShadowRetrievalRequests", newLimit)
}

// PackSetOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x13af4035.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setOwner(address _new) returns()
func (documentRetrievalService *DocumentRetrievalService) PackSetOwner(new common.Address) []byte {
	enc, err := documentRetrievalService.abi.Pack("setOwner", new)
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
func (documentRetrievalService *DocumentRetrievalService) TryPackSetOwner(new common.Address) ([]byte, error) {
	return documentRetrievalService.abi.Pack("setOwner", new)
}

// DocumentRetrievalServiceDocumentKeyCommonRetrievalRequested represents a DocumentKeyCommonRetrievalRequested event raised by the DocumentRetrievalService contract.
type DocumentRetrievalServiceDocumentKeyCommonRetrievalRequested struct {
	ServerKeyId [32]byte
	Requester   common.Address
	Raw         *types.Log // Blockchain specific contextual infos
}

const DocumentRetrievalServiceDocumentKeyCommonRetrievalRequestedEventName = "DocumentKeyCommonRetrievalRequested"

// ContractEventName returns the user-defined event name.
func (DocumentRetrievalServiceDocumentKeyCommonRetrievalRequested) ContractEventName() string {
	return DocumentRetrievalServiceDocumentKeyCommonRetrievalRequestedEventName
}

// UnpackDocumentKeyCommonRetrievalRequestedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DocumentKeyCommonRetrievalRequested(bytes32 serverKeyId, address requester)
func (documentRetrievalService *DocumentRetrievalService) UnpackDocumentKeyCommonRetrievalRequestedEvent(log *types.Log) (*DocumentRetrievalServiceDocumentKeyCommonRetrievalRequested, error) {
	event := "DocumentKeyCommonRetrievalRequested"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != documentRetrievalService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(DocumentRetrievalServiceDocumentKeyCommonRetrievalRequested)
	if len(log.Data) > 0 {
		if err := documentRetrievalService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range documentRetrievalService.abi.Events[event].Inputs {
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

// DocumentRetrievalServiceDocumentKeyCommonRetrieved represents a DocumentKeyCommonRetrieved event raised by the DocumentRetrievalService contract.
type DocumentRetrievalServiceDocumentKeyCommonRetrieved struct {
	ServerKeyId [32]byte
	Requester   common.Address
	CommonPoint []byte
	Threshold   uint8
	Raw         *types.Log // Blockchain specific contextual infos
}

const DocumentRetrievalServiceDocumentKeyCommonRetrievedEventName = "DocumentKeyCommonRetrieved"

// ContractEventName returns the user-defined event name.
func (DocumentRetrievalServiceDocumentKeyCommonRetrieved) ContractEventName() string {
	return DocumentRetrievalServiceDocumentKeyCommonRetrievedEventName
}

// UnpackDocumentKeyCommonRetrievedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DocumentKeyCommonRetrieved(bytes32 indexed serverKeyId, address indexed requester, bytes commonPoint, uint8 threshold)
func (documentRetrievalService *DocumentRetrievalService) UnpackDocumentKeyCommonRetrievedEvent(log *types.Log) (*DocumentRetrievalServiceDocumentKeyCommonRetrieved, error) {
	event := "DocumentKeyCommonRetrieved"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != documentRetrievalService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(DocumentRetrievalServiceDocumentKeyCommonRetrieved)
	if len(log.Data) > 0 {
		if err := documentRetrievalService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range documentRetrievalService.abi.Events[event].Inputs {
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

// DocumentRetrievalServiceDocumentKeyPersonalRetrievalRequested represents a DocumentKeyPersonalRetrievalRequested event raised by the DocumentRetrievalService contract.
type DocumentRetrievalServiceDocumentKeyPersonalRetrievalRequested struct {
	ServerKeyId     [32]byte
	RequesterPublic []byte
	Raw             *types.Log // Blockchain specific contextual infos
}

const DocumentRetrievalServiceDocumentKeyPersonalRetrievalRequestedEventName = "DocumentKeyPersonalRetrievalRequested"

// ContractEventName returns the user-defined event name.
func (DocumentRetrievalServiceDocumentKeyPersonalRetrievalRequested) ContractEventName() string {
	return DocumentRetrievalServiceDocumentKeyPersonalRetrievalRequestedEventName
}

// UnpackDocumentKeyPersonalRetrievalRequestedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DocumentKeyPersonalRetrievalRequested(bytes32 serverKeyId, bytes requesterPublic)
func (documentRetrievalService *DocumentRetrievalService) UnpackDocumentKeyPersonalRetrievalRequestedEvent(log *types.Log) (*DocumentRetrievalServiceDocumentKeyPersonalRetrievalRequested, error) {
	event := "DocumentKeyPersonalRetrievalRequested"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != documentRetrievalService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(DocumentRetrievalServiceDocumentKeyPersonalRetrievalRequested)
	if len(log.Data) > 0 {
		if err := documentRetrievalService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range documentRetrievalService.abi.Events[event].Inputs {
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

// DocumentRetrievalServiceDocumentKeyPersonalRetrieved represents a DocumentKeyPersonalRetrieved event raised by the DocumentRetrievalService contract.
type DocumentRetrievalServiceDocumentKeyPersonalRetrieved struct {
	ServerKeyId     [32]byte
	Requester       common.Address
	DecryptedSecret []byte
	Shadow          []byte
	Raw             *types.Log // Blockchain specific contextual infos
}

const DocumentRetrievalServiceDocumentKeyPersonalRetrievedEventName = "DocumentKeyPersonalRetrieved"

// ContractEventName returns the user-defined event name.
func (DocumentRetrievalServiceDocumentKeyPersonalRetrieved) ContractEventName() string {
	return DocumentRetrievalServiceDocumentKeyPersonalRetrievedEventName
}

// UnpackDocumentKeyPersonalRetrievedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DocumentKeyPersonalRetrieved(bytes32 indexed serverKeyId, address indexed requester, bytes decryptedSecret, bytes shadow)
func (documentRetrievalService *DocumentRetrievalService) UnpackDocumentKeyPersonalRetrievedEvent(log *types.Log) (*DocumentRetrievalServiceDocumentKeyPersonalRetrieved, error) {
	event := "DocumentKeyPersonalRetrieved"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != documentRetrievalService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(DocumentRetrievalServiceDocumentKeyPersonalRetrieved)
	if len(log.Data) > 0 {
		if err := documentRetrievalService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range documentRetrievalService.abi.Events[event].Inputs {
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

// DocumentRetrievalServiceDocumentKeyShadowRetrievalError represents a DocumentKeyShadowRetrievalError event raised by the DocumentRetrievalService contract.
type DocumentRetrievalServiceDocumentKeyShadowRetrievalError struct {
	ServerKeyId [32]byte
	Requester   common.Address
	Raw         *types.Log // Blockchain specific contextual infos
}

const DocumentRetrievalServiceDocumentKeyShadowRetrievalErrorEventName = "DocumentKeyShadowRetrievalError"

// ContractEventName returns the user-defined event name.
func (DocumentRetrievalServiceDocumentKeyShadowRetrievalError) ContractEventName() string {
	return DocumentRetrievalServiceDocumentKeyShadowRetrievalErrorEventName
}

// UnpackDocumentKeyShadowRetrievalErrorEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DocumentKeyShadowRetrievalError(bytes32 indexed serverKeyId, address indexed requester)
func (documentRetrievalService *DocumentRetrievalService) UnpackDocumentKeyShadowRetrievalErrorEvent(log *types.Log) (*DocumentRetrievalServiceDocumentKeyShadowRetrievalError, error) {
	event := "DocumentKeyShadowRetrievalError"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != documentRetrievalService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(DocumentRetrievalServiceDocumentKeyShadowRetrievalError)
	if len(log.Data) > 0 {
		if err := documentRetrievalService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range documentRetrievalService.abi.Events[event].Inputs {
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

// DocumentRetrievalServiceNewOwner represents a NewOwner event raised by the DocumentRetrievalService contract.
type DocumentRetrievalServiceNewOwner struct {
	Old     common.Address
	Current common.Address
	Raw     *types.Log // Blockchain specific contextual infos
}

const DocumentRetrievalServiceNewOwnerEventName = "NewOwner"

// ContractEventName returns the user-defined event name.
func (DocumentRetrievalServiceNewOwner) ContractEventName() string {
	return DocumentRetrievalServiceNewOwnerEventName
}

// UnpackNewOwnerEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event NewOwner(address indexed old, address indexed current)
func (documentRetrievalService *DocumentRetrievalService) UnpackNewOwnerEvent(log *types.Log) (*DocumentRetrievalServiceNewOwner, error) {
	event := "NewOwner"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != documentRetrievalService.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(DocumentRetrievalServiceNewOwner)
	if len(log.Data) > 0 {
		if err := documentRetrievalService.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range documentRetrievalService.abi.Events[event].Inputs {
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
