// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package privatecontract

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

// PrivateContractMetaData contains all meta data concerning the PrivateContract contract.
var PrivateContractMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"name\":\"initialValidators\",\"type\":\"address[]\"},{\"name\":\"initialCode\",\"type\":\"bytes\"},{\"name\":\"initialState\",\"type\":\"bytes\"}],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"constructor\"},{\"constant\":true,\"inputs\":[],\"name\":\"code\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getValidators\",\"outputs\":[{\"name\":\"\",\"type\":\"address[]\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"getVersion\",\"outputs\":[{\"name\":\"\",\"type\":\"uint8\"}],\"payable\":false,\"stateMutability\":\"pure\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"nonce\",\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"changesOriginator\",\"type\":\"address\"},{\"name\":\"originalTransactionHash\",\"type\":\"bytes\"}],\"name\":\"notifyChanges\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":false,\"inputs\":[{\"name\":\"newState\",\"type\":\"bytes\"},{\"name\":\"v\",\"type\":\"uint8[]\"},{\"name\":\"r\",\"type\":\"bytes32[]\"},{\"name\":\"s\",\"type\":\"bytes32[]\"}],\"name\":\"setState\",\"outputs\":[],\"payable\":false,\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[],\"name\":\"state\",\"outputs\":[{\"name\":\"\",\"type\":\"bytes\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"constant\":true,\"inputs\":[{\"name\":\"\",\"type\":\"uint256\"}],\"name\":\"validators\",\"outputs\":[{\"name\":\"\",\"type\":\"address\"}],\"payable\":false,\"stateMutability\":\"view\",\"type\":\"function\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"name\":\"changesOriginator\",\"type\":\"address\"},{\"indexed\":false,\"name\":\"originalTransactionHash\",\"type\":\"bytes\"}],\"name\":\"PrivateStateChanged\",\"type\":\"event\"}]",
	ID:  "PrivateContract",
}

// PrivateContract is an auto generated Go binding around an Ethereum contract.
type PrivateContract struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *PrivateContract) GetABI() abi.ABI {
	return c.abi
}

// NewPrivateContract creates a new instance of PrivateContract.
func NewPrivateContract() *PrivateContract {
	parsed, err := PrivateContractMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &PrivateContract{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *PrivateContract) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConstructor is the Go binding used to pack the parameters required for
// contract deployment.
//
// Solidity: constructor(address[] initialValidators, bytes initialCode, bytes initialState) returns()
func (privateContract *PrivateContract) PackConstructor(initialValidators []common.Address, initialCode []byte, initialState []byte) []byte {
	enc, err := privateContract.abi.Pack("", initialValidators, initialCode, initialState)
	if err != nil {
		panic(err)
	}
	return enc
}

// PackCode is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x24c12bf6.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function code() view returns(bytes)
func (privateContract *PrivateContract) PackCode() []byte {
	enc, err := privateContract.abi.Pack("code")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCode is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x24c12bf6.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function code() view returns(bytes)
func (privateContract *PrivateContract) TryPackCode() ([]byte, error) {
	return privateContract.abi.Pack("code")
}

// UnpackCode is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x24c12bf6.
//
// Solidity: function code() view returns(bytes)
func (privateContract *PrivateContract) UnpackCode(data []byte) ([]byte, error) {
	out, err := privateContract.abi.Unpack("code", data)
	if err != nil {
		return *new([]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([]byte)).(*[]byte)
	return out0, nil
}

// PackGetValidators is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb7ab4db5.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getValidators() view returns(address[])
func (privateContract *PrivateContract) PackGetValidators() []byte {
	enc, err := privateContract.abi.Pack("getValidators")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetValidators is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb7ab4db5.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getValidators() view returns(address[])
func (privateContract *PrivateContract) TryPackGetValidators() ([]byte, error) {
	return privateContract.abi.Pack("getValidators")
}

// UnpackGetValidators is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xb7ab4db5.
//
// Solidity: function getValidators() view returns(address[])
func (privateContract *PrivateContract) UnpackGetValidators(data []byte) ([]common.Address, error) {
	out, err := privateContract.abi.Unpack("getValidators", data)
	if err != nil {
		return *new([]common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new([]common.Address)).(*[]common.Address)
	return out0, nil
}

// PackGetVersion is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0d8e6e2c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getVersion() pure returns(uint8)
func (privateContract *PrivateContract) PackGetVersion() []byte {
	enc, err := privateContract.abi.Pack("getVersion")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetVersion is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0d8e6e2c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getVersion() pure returns(uint8)
func (privateContract *PrivateContract) TryPackGetVersion() ([]byte, error) {
	return privateContract.abi.Pack("getVersion")
}

// UnpackGetVersion is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x0d8e6e2c.
//
// Solidity: function getVersion() pure returns(uint8)
func (privateContract *PrivateContract) UnpackGetVersion(data []byte) (uint8, error) {
	out, err := privateContract.abi.Unpack("getVersion", data)
	if err != nil {
		return *new(uint8), err
	}
	out0 := *abi.ConvertType(out[0], new(uint8)).(*uint8)
	return out0, nil
}

// PackNonce is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xaffed0e0.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function nonce() view returns(uint256)
func (privateContract *PrivateContract) PackNonce() []byte {
	enc, err := privateContract.abi.Pack("nonce")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackNonce is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xaffed0e0.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function nonce() view returns(uint256)
func (privateContract *PrivateContract) TryPackNonce() ([]byte, error) {
	return privateContract.abi.Pack("nonce")
}

// UnpackNonce is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xaffed0e0.
//
// Solidity: function nonce() view returns(uint256)
func (privateContract *PrivateContract) UnpackNonce(data []byte) (*big.Int, error) {
	out, err := privateContract.abi.Unpack("nonce", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackNotifyChanges is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9326c281.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function notifyChanges(address changesOriginator, bytes originalTransactionHash) returns()
func (privateContract *PrivateContract) PackNotifyChanges(changesOriginator common.Address, originalTransactionHash []byte) []byte {
	enc, err := privateContract.abi.Pack("notifyChanges", changesOriginator, originalTransactionHash)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackNotifyChanges is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9326c281.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function notifyChanges(address changesOriginator, bytes originalTransactionHash) returns()
func (privateContract *PrivateContract) TryPackNotifyChanges(changesOriginator common.Address, originalTransactionHash []byte) ([]byte, error) {
	return privateContract.abi.Pack("notifyChanges", changesOriginator, originalTransactionHash)
}

// PackSetState is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x17ac53a2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setState(bytes newState, uint8[] v, bytes32[] r, bytes32[] s) returns()
func (privateContract *PrivateContract) PackSetState(newState []byte, v []uint8, r [][32]byte, s [][32]byte) []byte {
	enc, err := privateContract.abi.Pack("setState", newState, v, r, s)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetState is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x17ac53a2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setState(bytes newState, uint8[] v, bytes32[] r, bytes32[] s) returns()
func (privateContract *PrivateContract) TryPackSetState(newState []byte, v []uint8, r [][32]byte, s [][32]byte) ([]byte, error) {
	return privateContract.abi.Pack("setState", newState, v, r, s)
}

// PackState is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc19d93fb.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function state() view returns(bytes)
func (privateContract *PrivateContract) PackState() []byte {
	enc, err := privateContract.abi.Pack("state")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackState is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc19d93fb.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function state() view returns(bytes)
func (privateContract *PrivateContract) TryPackState() ([]byte, error) {
	return privateContract.abi.Pack("state")
}

// UnpackState is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc19d93fb.
//
// Solidity: function state() view returns(bytes)
func (privateContract *PrivateContract) UnpackState(data []byte) ([]byte, error) {
	out, err := privateContract.abi.Unpack("state", data)
	if err != nil {
		return *new([]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([]byte)).(*[]byte)
	return out0, nil
}

// PackValidators is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x35aa2e44.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function validators(uint256 ) view returns(address)
func (privateContract *PrivateContract) PackValidators(arg0 *big.Int) []byte {
	enc, err := privateContract.abi.Pack("validators", arg0)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackValidators is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x35aa2e44.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function validators(uint256 ) view returns(address)
func (privateContract *PrivateContract) TryPackValidators(arg0 *big.Int) ([]byte, error) {
	return privateContract.abi.Pack("validators", arg0)
}

// UnpackValidators is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x35aa2e44.
//
// Solidity: function validators(uint256 ) view returns(address)
func (privateContract *PrivateContract) UnpackValidators(data []byte) (common.Address, error) {
	out, err := privateContract.abi.Unpack("validators", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PrivateContractPrivateStateChanged represents a PrivateStateChanged event raised by the PrivateContract contract.
type PrivateContractPrivateStateChanged struct {
	ChangesOriginator       common.Address
	OriginalTransactionHash []byte
	Raw                     *types.Log // Blockchain specific contextual infos
}

const PrivateContractPrivateStateChangedEventName = "PrivateStateChanged"

// ContractEventName returns the user-defined event name.
func (PrivateContractPrivateStateChanged) ContractEventName() string {
	return PrivateContractPrivateStateChangedEventName
}

// UnpackPrivateStateChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event PrivateStateChanged(address changesOriginator, bytes originalTransactionHash)
func (privateContract *PrivateContract) UnpackPrivateStateChangedEvent(log *types.Log) (*PrivateContractPrivateStateChanged, error) {
	event := "PrivateStateChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != privateContract.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(PrivateContractPrivateStateChanged)
	if len(log.Data) > 0 {
		if err := privateContract.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range privateContract.abi.Events[event].Inputs {
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
