// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package service

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

// ServiceMetaData contains all meta data concerning the Service contract.
var ServiceMetaData = bind.MetaData{
	ABI: "[{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"requester\",\"type\":\"address\"},{\"name\":\"commonPoint\",\"type\":\"bytes\"},{\"name\":\"threshold\",\"type\":\"uint8\"}],\"name\":\"documentKeyCommonRetrieved\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"requester\",\"type\":\"address\"},{\"name\":\"participants\",\"type\":\"uint256\"},{\"name\":\"decryptedSecret\",\"type\":\"bytes\"},{\"name\":\"shadow\",\"type\":\"bytes\"}],\"name\":\"documentKeyPersonalRetrieved\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"requester\",\"type\":\"address\"}],\"name\":\"documentKeyShadowRetrievalError\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"documentKeyShadowRetrievalRequestsCount\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"}],\"name\":\"documentKeyStoreError\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"documentKeyStoreRequestsCount\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"}],\"name\":\"documentKeyStored\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"getDocumentKeyShadowRetrievalRequest\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes32\"},{\"name\":\"\",\"type\":\"bytes\"},{\"name\":\"\",\"type\":\"bool\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"getDocumentKeyStoreRequest\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes32\"},{\"name\":\"\",\"type\":\"address\"},{\"name\":\"\",\"type\":\"bytes\"},{\"name\":\"\",\"type\":\"bytes\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"getServerKeyGenerationRequest\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes32\"},{\"name\":\"\",\"type\":\"address\"},{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"getServerKeyRetrievalRequest\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes32\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"keyServer\",\"type\":\"address\"},{\"name\":\"requester\",\"type\":\"address\"}],\"name\":\"isDocumentKeyShadowRetrievalResponseRequired\",\"outputs\":[{\"name\":\"\",\"type\":\"bool\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"isDocumentKeyStoreResponseRequired\",\"outputs\":[{\"name\":\"\",\"type\":\"bool\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"isServerKeyGenerationResponseRequired\",\"outputs\":[{\"name\":\"\",\"type\":\"bool\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"isServerKeyRetrievalResponseRequired\",\"outputs\":[{\"name\":\"\",\"type\":\"bool\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"keyServer\",\"type\":\"address\"}],\"name\":\"requireKeyServer\",\"outputs\":[{\"name\":\"\",\"type\":\"uint8\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"serverKeyPublic\",\"type\":\"bytes\"}],\"name\":\"serverKeyGenerated\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"}],\"name\":\"serverKeyGenerationError\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"serverKeyGenerationRequestsCount\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"}],\"name\":\"serverKeyRetrievalError\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"serverKeyRetrievalRequestsCount\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"name\":\"serverKeyPublic\",\"type\":\"bytes\"},{\"name\":\"threshold\",\"type\":\"uint8\"}],\"name\":\"serverKeyRetrieved\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"indexed\":false,\"name\":\"requester\",\"type\":\"address\"}],\"name\":\"DocumentKeyCommonRetrievalRequested\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"indexed\":false,\"name\":\"requesterPublic\",\"type\":\"bytes\"}],\"name\":\"DocumentKeyPersonalRetrievalRequested\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"indexed\":false,\"name\":\"author\",\"type\":\"address\"},{\"indexed\":false,\"name\":\"commonPoint\",\"type\":\"bytes\"},{\"indexed\":false,\"name\":\"encryptedPoint\",\"type\":\"bytes\"}],\"name\":\"DocumentKeyStoreRequested\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"name\":\"serverKeyId\",\"type\":\"bytes32\"},{\"indexed\":false,\"name\":\"author\",\"type\":\"address\"},{\"indexed\":false,\"name\":\"threshold\",\"type\":\"uint8\"}],\"name\":\"ServerKeyGenerationRequested\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"name\":\"serverKeyId\",\"type\":\"bytes32\"}],\"name\":\"ServerKeyRetrievalRequested\",\"type\":\"event\"}]",
	ID:  "Service",
}

// Service is an auto generated Go binding around an Ethereum contract.
type Service struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *Service) GetABI() abi.ABI {
	return c.abi
}

// NewService creates a new instance of Service.
func NewService() *Service {
	parsed, err := ServiceMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &Service{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *Service) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackDocumentKeyCommonRetrieved is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x7b97eecc.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function documentKeyCommonRetrieved(bytes32 serverKeyId, address requester, bytes commonPoint, uint8 threshold) returns()
func (service *Service) PackDocumentKeyCommonRetrieved(serverKeyId [32]byte, requester common.Address, commonPoint []byte, threshold uint8) []byte {
	enc, err := service.abi.Pack("documentKeyCommonRetrieved", serverKeyId, requester, commonPoint, threshold)
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
func (service *Service) TryPackDocumentKeyCommonRetrieved(serverKeyId [32]byte, requester common.Address, commonPoint []byte, threshold uint8) ([]byte, error) {
	return service.abi.Pack("documentKeyCommonRetrieved", serverKeyId, requester, commonPoint, threshold)
}

// PackDocumentKeyPersonalRetrieved is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb9b36c42.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function documentKeyPersonalRetrieved(bytes32 serverKeyId, address requester, uint256 participants, bytes decryptedSecret, bytes shadow) returns()
func (service *Service) PackDocumentKeyPersonalRetrieved(serverKeyId [32]byte, requester common.Address, participants *big.Int, decryptedSecret []byte, shadow []byte) []byte {
	enc, err := service.abi.Pack("documentKeyPersonalRetrieved", serverKeyId, requester, participants, decryptedSecret, shadow)
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
func (service *Service) TryPackDocumentKeyPersonalRetrieved(serverKeyId [32]byte, requester common.Address, participants *big.Int, decryptedSecret []byte, shadow []byte) ([]byte, error) {
	return service.abi.Pack("documentKeyPersonalRetrieved", serverKeyId, requester, participants, decryptedSecret, shadow)
}

// PackDocumentKeyShadowRetrievalError is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe2f1d4f9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function documentKeyShadowRetrievalError(bytes32 serverKeyId, address requester) returns()
func (service *Service) PackDocumentKeyShadowRetrievalError(serverKeyId [32]byte, requester common.Address) []byte {
	enc, err := service.abi.Pack("documentKeyShadowRetrievalError", serverKeyId, requester)
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
func (service *Service) TryPackDocumentKeyShadowRetrievalError(serverKeyId [32]byte, requester common.Address) ([]byte, error) {
	return service.abi.Pack("documentKeyShadowRetrievalError", serverKeyId, requester)
}

// PackDocumentKeyShadowRetrievalRequestsCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe3c20cf2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function documentKeyShadowRetrievalRequestsCount() view returns(uint256)
func (service *Service) PackDocumentKeyShadowRetrievalRequestsCount() []byte {
	enc, err := service.abi.Pack("documentKeyShadowRetrievalRequestsCount")
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
func (service *Service) TryPackDocumentKeyShadowRetrievalRequestsCount() ([]byte, error) {
	return service.abi.Pack("documentKeyShadowRetrievalRequestsCount")
}

// UnpackDocumentKeyShadowRetrievalRequestsCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xe3c20cf2.
//
// Solidity: function documentKeyShadowRetrievalRequestsCount() view returns(uint256)
func (service *Service) UnpackDocumentKeyShadowRetrievalRequestsCount(data []byte) (*big.Int, error) {
	out, err := service.abi.Unpack("documentKeyShadowRetrievalRequestsCount", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackDocumentKeyStoreError is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x87f76b1a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function documentKeyStoreError(bytes32 serverKeyId) returns()
func (service *Service) PackDocumentKeyStoreError(serverKeyId [32]byte) []byte {
	enc, err := service.abi.Pack("documentKeyStoreError", serverKeyId)
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
func (service *Service) TryPackDocumentKeyStoreError(serverKeyId [32]byte) ([]byte, error) {
	return service.abi.Pack("documentKeyStoreError", serverKeyId)
}

// PackDocumentKeyStoreRequestsCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x663c87cd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function documentKeyStoreRequestsCount() view returns(uint256)
func (service *Service) PackDocumentKeyStoreRequestsCount() []byte {
	enc, err := service.abi.Pack("documentKeyStoreRequestsCount")
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
func (service *Service) TryPackDocumentKeyStoreRequestsCount() ([]byte, error) {
	return service.abi.Pack("documentKeyStoreRequestsCount")
}

// UnpackDocumentKeyStoreRequestsCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x663c87cd.
//
// Solidity: function documentKeyStoreRequestsCount() view returns(uint256)
func (service *Service) UnpackDocumentKeyStoreRequestsCount(data []byte) (*big.Int, error) {
	out, err := service.abi.Unpack("documentKeyStoreRequestsCount", data)
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
func (service *Service) PackDocumentKeyStored(serverKeyId [32]byte) []byte {
	enc, err := service.abi.Pack("documentKeyStored", serverKeyId)
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
func (service *Service) TryPackDocumentKeyStored(serverKeyId [32]byte) ([]byte, error) {
	return service.abi.Pack("documentKeyStored", serverKeyId)
}

// PackGetDocumentKeyShadowRetrievalRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf3d33171.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getDocumentKeyShadowRetrievalRequest(uint256 index) view returns(bytes32, bytes, bool)
func (service *Service) PackGetDocumentKeyShadowRetrievalRequest(index *big.Int) []byte {
	enc, err := service.abi.Pack("getDocumentKeyShadowRetrievalRequest", index)
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
func (service *Service) TryPackGetDocumentKeyShadowRetrievalRequest(index *big.Int) ([]byte, error) {
	return service.abi.Pack("getDocumentKeyShadowRetrievalRequest", index)
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
func (service *Service) UnpackGetDocumentKeyShadowRetrievalRequest(data []byte) (GetDocumentKeyShadowRetrievalRequestOutput, error) {
	out, err := service.abi.Unpack("getDocumentKeyShadowRetrievalRequest", data)
	outstruct := new(GetDocumentKeyShadowRetrievalRequestOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Arg0 = *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	outstruct.Arg1 = *abi.ConvertType(out[1], new([]byte)).(*[]byte)
	outstruct.Arg2 = *abi.ConvertType(out[2], new(bool)).(*bool)
	return *outstruct, nil
}

// PackGetDocumentKeyStoreRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xfb2f439b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getDocumentKeyStoreRequest(uint256 index) view returns(bytes32, address, bytes, bytes)
func (service *Service) PackGetDocumentKeyStoreRequest(index *big.Int) []byte {
	enc, err := service.abi.Pack("getDocumentKeyStoreRequest", index)
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
func (service *Service) TryPackGetDocumentKeyStoreRequest(index *big.Int) ([]byte, error) {
	return service.abi.Pack("getDocumentKeyStoreRequest", index)
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
func (service *Service) UnpackGetDocumentKeyStoreRequest(data []byte) (GetDocumentKeyStoreRequestOutput, error) {
	out, err := service.abi.Unpack("getDocumentKeyStoreRequest", data)
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

// PackGetServerKeyGenerationRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x64124c86.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getServerKeyGenerationRequest(uint256 index) view returns(bytes32, address, uint256)
func (service *Service) PackGetServerKeyGenerationRequest(index *big.Int) []byte {
	enc, err := service.abi.Pack("getServerKeyGenerationRequest", index)
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
func (service *Service) TryPackGetServerKeyGenerationRequest(index *big.Int) ([]byte, error) {
	return service.abi.Pack("getServerKeyGenerationRequest", index)
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
func (service *Service) UnpackGetServerKeyGenerationRequest(data []byte) (GetServerKeyGenerationRequestOutput, error) {
	out, err := service.abi.Unpack("getServerKeyGenerationRequest", data)
	outstruct := new(GetServerKeyGenerationRequestOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.Arg0 = *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	outstruct.Arg1 = *abi.ConvertType(out[1], new(common.Address)).(*common.Address)
	outstruct.Arg2 = abi.ConvertType(out[2], new(big.Int)).(*big.Int)
	return *outstruct, nil
}

// PackGetServerKeyRetrievalRequest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x50f6a134.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getServerKeyRetrievalRequest(uint256 index) view returns(bytes32)
func (service *Service) PackGetServerKeyRetrievalRequest(index *big.Int) []byte {
	enc, err := service.abi.Pack("getServerKeyRetrievalRequest", index)
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
func (service *Service) TryPackGetServerKeyRetrievalRequest(index *big.Int) ([]byte, error) {
	return service.abi.Pack("getServerKeyRetrievalRequest", index)
}

// UnpackGetServerKeyRetrievalRequest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x50f6a134.
//
// Solidity: function getServerKeyRetrievalRequest(uint256 index) view returns(bytes32)
func (service *Service) UnpackGetServerKeyRetrievalRequest(data []byte) ([32]byte, error) {
	out, err := service.abi.Unpack("getServerKeyRetrievalRequest", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackIsDocumentKeyShadowRetrievalResponseRequired is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x77dc782b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function isDocumentKeyShadowRetrievalResponseRequired(bytes32 serverKeyId, address keyServer, address requester) view returns(bool)
func (service *Service) PackIsDocumentKeyShadowRetrievalResponseRequired(serverKeyId [32]byte, keyServer common.Address, requester common.Address) []byte {
	enc, err := service.abi.Pack("isDocumentKeyShadowRetrievalResponseRequired", serverKeyId, keyServer, requester)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackIsDocumentKeyShadowRetrievalResponseRequired is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x77dc782b.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function isDocumentKeyShadowRetrievalResponseRequired(bytes32 serverKeyId, address keyServer, address requester) view returns(bool)
func (service *Service) TryPackIsDocumentKeyShadowRetrievalResponseRequired(serverKeyId [32]byte, keyServer common.Address, requester common.Address) ([]byte, error) {
	return service.abi.Pack("isDocumentKeyShadowRetrievalResponseRequired", serverKeyId, keyServer, requester)
}

// UnpackIsDocumentKeyShadowRetrievalResponseRequired is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x77dc782b.
//
// Solidity: function isDocumentKeyShadowRetrievalResponseRequired(bytes32 serverKeyId, address keyServer, address requester) view returns(bool)
func (service *Service) UnpackIsDocumentKeyShadowRetrievalResponseRequired(data []byte) (bool, error) {
	out, err := service.abi.Unpack("isDocumentKeyShadowRetrievalResponseRequired", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackIsDocumentKeyStoreResponseRequired is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8ba9e398.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function isDocumentKeyStoreResponseRequired(bytes32 serverKeyId, address keyServer) view returns(bool)
func (service *Service) PackIsDocumentKeyStoreResponseRequired(serverKeyId [32]byte, keyServer common.Address) []byte {
	enc, err := service.abi.Pack("isDocumentKeyStoreResponseRequired", serverKeyId, keyServer)
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
func (service *Service) TryPackIsDocumentKeyStoreResponseRequired(serverKeyId [32]byte, keyServer common.Address) ([]byte, error) {
	return service.abi.Pack("isDocumentKeyStoreResponseRequired", serverKeyId, keyServer)
}

// UnpackIsDocumentKeyStoreResponseRequired is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8ba9e398.
//
// Solidity: function isDocumentKeyStoreResponseRequired(bytes32 serverKeyId, address keyServer) view returns(bool)
func (service *Service) UnpackIsDocumentKeyStoreResponseRequired(data []byte) (bool, error) {
	out, err := service.abi.Unpack("isDocumentKeyStoreResponseRequired", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackIsServerKeyGenerationResponseRequired is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xec6b0360.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function isServerKeyGenerationResponseRequired(bytes32 serverKeyId, address keyServer) view returns(bool)
func (service *Service) PackIsServerKeyGenerationResponseRequired(serverKeyId [32]byte, keyServer common.Address) []byte {
	enc, err := service.abi.Pack("isServerKeyGenerationResponseRequired", serverKeyId, keyServer)
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
func (service *Service) TryPackIsServerKeyGenerationResponseRequired(serverKeyId [32]byte, keyServer common.Address) ([]byte, error) {
	return service.abi.Pack("isServerKeyGenerationResponseRequired", serverKeyId, keyServer)
}

// UnpackIsServerKeyGenerationResponseRequired is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xec6b0360.
//
// Solidity: function isServerKeyGenerationResponseRequired(bytes32 serverKeyId, address keyServer) view returns(bool)
func (service *Service) UnpackIsServerKeyGenerationResponseRequired(data []byte) (bool, error) {
	out, err := service.abi.Unpack("isServerKeyGenerationResponseRequired", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackIsServerKeyRetrievalResponseRequired is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3b68c427.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function isServerKeyRetrievalResponseRequired(bytes32 serverKeyId, address keyServer) view returns(bool)
func (service *Service) PackIsServerKeyRetrievalResponseRequired(serverKeyId [32]byte, keyServer common.Address) []byte {
	enc, err := service.abi.Pack("isServerKeyRetrievalResponseRequired", serverKeyId, keyServer)
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
func (service *Service) TryPackIsServerKeyRetrievalResponseRequired(serverKeyId [32]byte, keyServer common.Address) ([]byte, error) {
	return service.abi.Pack("isServerKeyRetrievalResponseRequired", serverKeyId, keyServer)
}

// UnpackIsServerKeyRetrievalResponseRequired is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x3b68c427.
//
// Solidity: function isServerKeyRetrievalResponseRequired(bytes32 serverKeyId, address keyServer) view returns(bool)
func (service *Service) UnpackIsServerKeyRetrievalResponseRequired(data []byte) (bool, error) {
	out, err := service.abi.Unpack("isServerKeyRetrievalResponseRequired", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackRequireKeyServer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x2b4f030a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function requireKeyServer(address keyServer) view returns(uint8)
func (service *Service) PackRequireKeyServer(keyServer common.Address) []byte {
	enc, err := service.abi.Pack("requireKeyServer", keyServer)
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
func (service *Service) TryPackRequireKeyServer(keyServer common.Address) ([]byte, error) {
	return service.abi.Pack("requireKeyServer", keyServer)
}

// UnpackRequireKeyServer is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x2b4f030a.
//
// Solidity: function requireKeyServer(address keyServer) view returns(uint8)
func (service *Service) UnpackRequireKeyServer(data []byte) (uint8, error) {
	out, err := service.abi.Unpack("requireKeyServer", data)
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
func (service *Service) PackServerKeyGenerated(serverKeyId [32]byte, serverKeyPublic []byte) []byte {
	enc, err := service.abi.Pack("serverKeyGenerated", serverKeyId, serverKeyPublic)
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
func (service *Service) TryPackServerKeyGenerated(serverKeyId [32]byte, serverKeyPublic []byte) ([]byte, error) {
	return service.abi.Pack("serverKeyGenerated", serverKeyId, serverKeyPublic)
}

// PackServerKeyGenerationError is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3fbd7ecd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function serverKeyGenerationError(bytes32 serverKeyId) returns()
func (service *Service) PackServerKeyGenerationError(serverKeyId [32]byte) []byte {
	enc, err := service.abi.Pack("serverKeyGenerationError", serverKeyId)
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
func (service *Service) TryPackServerKeyGenerationError(serverKeyId [32]byte) ([]byte, error) {
	return service.abi.Pack("serverKeyGenerationError", serverKeyId)
}

// PackServerKeyGenerationRequestsCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x195a40f2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function serverKeyGenerationRequestsCount() view returns(uint256)
func (service *Service) PackServerKeyGenerationRequestsCount() []byte {
	enc, err := service.abi.Pack("serverKeyGenerationRequestsCount")
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
func (service *Service) TryPackServerKeyGenerationRequestsCount() ([]byte, error) {
	return service.abi.Pack("serverKeyGenerationRequestsCount")
}

// UnpackServerKeyGenerationRequestsCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x195a40f2.
//
// Solidity: function serverKeyGenerationRequestsCount() view returns(uint256)
func (service *Service) UnpackServerKeyGenerationRequestsCount(data []byte) (*big.Int, error) {
	out, err := service.abi.Unpack("serverKeyGenerationRequestsCount", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackServerKeyRetrievalError is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x15eb5309.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function serverKeyRetrievalError(bytes32 serverKeyId) returns()
func (service *Service) PackServerKeyRetrievalError(serverKeyId [32]byte) []byte {
	enc, err := service.abi.Pack("serverKeyRetrievalError", serverKeyId)
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
func (service *Service) TryPackServerKeyRetrievalError(serverKeyId [32]byte) ([]byte, error) {
	return service.abi.Pack("serverKeyRetrievalError", serverKeyId)
}

// PackServerKeyRetrievalRequestsCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1b544bb0.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function serverKeyRetrievalRequestsCount() view returns(uint256)
func (service *Service) PackServerKeyRetrievalRequestsCount() []byte {
	enc, err := service.abi.Pack("serverKeyRetrievalRequestsCount")
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
func (service *Service) TryPackServerKeyRetrievalRequestsCount() ([]byte, error) {
	return service.abi.Pack("serverKeyRetrievalRequestsCount")
}

// UnpackServerKeyRetrievalRequestsCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x1b544bb0.
//
// Solidity: function serverKeyRetrievalRequestsCount() view returns(uint256)
func (service *Service) UnpackServerKeyRetrievalRequestsCount(data []byte) (*big.Int, error) {
	out, err := service.abi.Unpack("serverKeyRetrievalRequestsCount", data)
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
func (service *Service) PackServerKeyRetrieved(serverKeyId [32]byte, serverKeyPublic []byte, threshold uint8) []byte {
	enc, err := service.abi.Pack("serverKeyRetrieved", serverKeyId, serverKeyPublic, threshold)
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
func (service *Service) TryPackServerKeyRetrieved(serverKeyId [32]byte, serverKeyPublic []byte, threshold uint8) ([]byte, error) {
	return service.abi.Pack("serverKeyRetrieved", serverKeyId, serverKeyPublic, threshold)
}

// ServiceDocumentKeyCommonRetrievalRequested represents a DocumentKeyCommonRetrievalRequested event raised by the Service contract.
type ServiceDocumentKeyCommonRetrievalRequested struct {
	ServerKeyId [32]byte
	Requester   common.Address
	Raw         *types.Log // Blockchain specific contextual infos
}

const ServiceDocumentKeyCommonRetrievalRequestedEventName = "DocumentKeyCommonRetrievalRequested"

// ContractEventName returns the user-defined event name.
func (ServiceDocumentKeyCommonRetrievalRequested) ContractEventName() string {
	return ServiceDocumentKeyCommonRetrievalRequestedEventName
}

// UnpackDocumentKeyCommonRetrievalRequestedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DocumentKeyCommonRetrievalRequested(bytes32 serverKeyId, address requester)
func (service *Service) UnpackDocumentKeyCommonRetrievalRequestedEvent(log *types.Log) (*ServiceDocumentKeyCommonRetrievalRequested, error) {
	event := "DocumentKeyCommonRetrievalRequested"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != service.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ServiceDocumentKeyCommonRetrievalRequested)
	if len(log.Data) > 0 {
		if err := service.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range service.abi.Events[event].Inputs {
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

// ServiceDocumentKeyPersonalRetrievalRequested represents a DocumentKeyPersonalRetrievalRequested event raised by the Service contract.
type ServiceDocumentKeyPersonalRetrievalRequested struct {
	ServerKeyId     [32]byte
	RequesterPublic []byte
	Raw             *types.Log // Blockchain specific contextual infos
}

const ServiceDocumentKeyPersonalRetrievalRequestedEventName = "DocumentKeyPersonalRetrievalRequested"

// ContractEventName returns the user-defined event name.
func (ServiceDocumentKeyPersonalRetrievalRequested) ContractEventName() string {
	return ServiceDocumentKeyPersonalRetrievalRequestedEventName
}

// UnpackDocumentKeyPersonalRetrievalRequestedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DocumentKeyPersonalRetrievalRequested(bytes32 serverKeyId, bytes requesterPublic)
func (service *Service) UnpackDocumentKeyPersonalRetrievalRequestedEvent(log *types.Log) (*ServiceDocumentKeyPersonalRetrievalRequested, error) {
	event := "DocumentKeyPersonalRetrievalRequested"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != service.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ServiceDocumentKeyPersonalRetrievalRequested)
	if len(log.Data) > 0 {
		if err := service.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range service.abi.Events[event].Inputs {
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

// ServiceDocumentKeyStoreRequested represents a DocumentKeyStoreRequested event raised by the Service contract.
type ServiceDocumentKeyStoreRequested struct {
	ServerKeyId    [32]byte
	Author         common.Address
	CommonPoint    []byte
	EncryptedPoint []byte
	Raw            *types.Log // Blockchain specific contextual infos
}

const ServiceDocumentKeyStoreRequestedEventName = "DocumentKeyStoreRequested"

// ContractEventName returns the user-defined event name.
func (ServiceDocumentKeyStoreRequested) ContractEventName() string {
	return ServiceDocumentKeyStoreRequestedEventName
}

// UnpackDocumentKeyStoreRequestedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DocumentKeyStoreRequested(bytes32 serverKeyId, address author, bytes commonPoint, bytes encryptedPoint)
func (service *Service) UnpackDocumentKeyStoreRequestedEvent(log *types.Log) (*ServiceDocumentKeyStoreRequested, error) {
	event := "DocumentKeyStoreRequested"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != service.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ServiceDocumentKeyStoreRequested)
	if len(log.Data) > 0 {
		if err := service.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range service.abi.Events[event].Inputs {
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

// ServiceServerKeyGenerationRequested represents a ServerKeyGenerationRequested event raised by the Service contract.
type ServiceServerKeyGenerationRequested struct {
	ServerKeyId [32]byte
	Author      common.Address
	Threshold   uint8
	Raw         *types.Log // Blockchain specific contextual infos
}

const ServiceServerKeyGenerationRequestedEventName = "ServerKeyGenerationRequested"

// ContractEventName returns the user-defined event name.
func (ServiceServerKeyGenerationRequested) ContractEventName() string {
	return ServiceServerKeyGenerationRequestedEventName
}

// UnpackServerKeyGenerationRequestedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ServerKeyGenerationRequested(bytes32 serverKeyId, address author, uint8 threshold)
func (service *Service) UnpackServerKeyGenerationRequestedEvent(log *types.Log) (*ServiceServerKeyGenerationRequested, error) {
	event := "ServerKeyGenerationRequested"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != service.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ServiceServerKeyGenerationRequested)
	if len(log.Data) > 0 {
		if err := service.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range service.abi.Events[event].Inputs {
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

// ServiceServerKeyRetrievalRequested represents a ServerKeyRetrievalRequested event raised by the Service contract.
type ServiceServerKeyRetrievalRequested struct {
	ServerKeyId [32]byte
	Raw         *types.Log // Blockchain specific contextual infos
}

const ServiceServerKeyRetrievalRequestedEventName = "ServerKeyRetrievalRequested"

// ContractEventName returns the user-defined event name.
func (ServiceServerKeyRetrievalRequested) ContractEventName() string {
	return ServiceServerKeyRetrievalRequestedEventName
}

// UnpackServerKeyRetrievalRequestedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ServerKeyRetrievalRequested(bytes32 serverKeyId)
func (service *Service) UnpackServerKeyRetrievalRequestedEvent(log *types.Log) (*ServiceServerKeyRetrievalRequested, error) {
	event := "ServerKeyRetrievalRequested"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != service.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ServiceServerKeyRetrievalRequested)
	if len(log.Data) > 0 {
		if err := service.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range service.abi.Events[event].Inputs {
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
