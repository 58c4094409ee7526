// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package permissions

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

// DocumentPermissionsMetaData contains all meta data concerning the DocumentPermissions contract.
var DocumentPermissionsMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"document\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"publisher\",\"type\":\"address\"}],\"name\":\"AlreadyClaimed\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"document\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"publisher\",\"type\":\"address\"}],\"name\":\"NotPublisher\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"ZeroUser\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"document\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"publisher\",\"type\":\"address\"}],\"name\":\"Claimed\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"document\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"user\",\"type\":\"address\"}],\"name\":\"Granted\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"document\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"user\",\"type\":\"address\"}],\"name\":\"Revoked\",\"type\":\"event\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"user\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"document\",\"type\":\"bytes32\"}],\"name\":\"checkPermissions\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"document\",\"type\":\"bytes32\"}],\"name\":\"claim\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"document\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"user\",\"type\":\"address\"}],\"name\":\"grant\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"document\",\"type\":\"bytes32\"}],\"name\":\"publisherOf\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"document\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"user\",\"type\":\"address\"}],\"name\":\"revoke\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"}]",
	ID:  "DocumentPermissions",
	Bin: "0x6080604052348015600f57600080fd5b5061042e8061001f6000396000f3fe608060405234801561001057600080fd5b50600436106100575760003560e01c80634ea436ba1461005c578063764f73f914610071578063b36a9a7c146100b7578063bd66528a146100da578063efd8871a146100ed575b600080fd5b61006f61006a3660046103bf565b610100565b005b61009a61007f3660046103eb565b6000602081905290815260409020546001600160a01b031681565b6040516001600160a01b0390911681526020015b60405180910390f35b6100ca6100c5366004610404565b6101f0565b60405190151581526020016100ae565b61006f6100e83660046103eb565b61025b565b61006f6100fb3660046103bf565b6102b1565b6001600160a01b0381166101275760405163e0830f6b60e01b815260040160405180910390fd5b6000828152602081905260409020546001600160a01b0316806101525761014d83610354565b610192565b6001600160a01b038116331461019257604051633c0b35eb60e21b8152600481018490526001600160a01b03821660248201526044015b60405180910390fd5b60008381526001602081815260408084206001600160a01b0387168086529252808420805460ff19169093179092559051909185917f93ec47e38e3943ce6a9288e6d171056411a44785d779e0eb7b95f88b3446ff579190a3505050565b60006001600160a01b03831661020857506000610255565b60008281526001602090815260408083206001600160a01b038716845290915290205460ff168061025257506000828152602081905260409020546001600160a01b038481169116145b90505b92915050565b6000818152602081905260409020546001600160a01b031680156102a45760405163546511c760e11b8152600481018390526001600160a01b0382166024820152604401610189565b6102ad82610354565b5050565b6000828152602081905260409020546001600160a01b03163381146102fb57604051633c0b35eb60e21b8152600481018490526001600160a01b0382166024820152604401610189565b60008381526001602090815260408083206001600160a01b0386168085529252808320805460ff1916905551909185917f5bc2baf870c5baf189838b5e0b0e3b04a3263e2df5d305d1c15f3e6022f5dc459190a3505050565b60008181526020819052604080822080546001600160a01b031916339081179091559051909183917fcec827f4f11243ff81d0dc72ade4e9137333ed088bee4e6120b2254d2d8e8a999190a350565b80356001600160a01b03811681146103ba57600080fd5b919050565b600080604083850312156103d257600080fd5b823591506103e2602084016103a3565b90509250929050565b6000602082840312156103fd57600080fd5b5035919050565b6000806040838503121561041757600080fd5b610420836103a3565b94602093909301359350505056",
}

// DocumentPermissions is an auto generated Go binding around an Ethereum contract.
type DocumentPermissions struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *DocumentPermissions) GetABI() abi.ABI {
	return c.abi
}

// NewDocumentPermissions creates a new instance of DocumentPermissions.
func NewDocumentPermissions() *DocumentPermissions {
	parsed, err := DocumentPermissionsMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &DocumentPermissions{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *DocumentPermissions) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackCheckPermissions is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb36a9a7c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function checkPermissions(address user, bytes32 document) view returns(bool)
func (documentPermissions *DocumentPermissions) PackCheckPermissions(user common.Address, document [32]byte) []byte {
	enc, err := documentPermissions.abi.Pack("checkPermissions", user, document)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCheckPermissions is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xb36a9a7c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function checkPermissions(address user, bytes32 document) view returns(bool)
func (documentPermissions *DocumentPermissions) TryPackCheckPermissions(user common.Address, document [32]byte) ([]byte, error) {
	return documentPermissions.abi.Pack("checkPermissions", user, document)
}

// UnpackCheckPermissions is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xb36a9a7c.
//
// Solidity: function checkPermissions(address user, bytes32 document) view returns(bool)
func (documentPermissions *DocumentPermissions) UnpackCheckPermissions(data []byte) (bool, error) {
	out, err := documentPermissions.abi.Unpack("checkPermissions", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackClaim is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xbd66528a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function claim(bytes32 document) returns()
func (documentPermissions *DocumentPermissions) PackClaim(document [32]byte) []byte {
	enc, err := documentPermissions.abi.Pack("claim", document)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClaim is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xbd66528a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function claim(bytes32 document) returns()
func (documentPermissions *DocumentPermissions) TryPackClaim(document [32]byte) ([]byte, error) {
	return documentPermissions.abi.Pack("claim", document)
}

// PackGrant is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4ea436ba.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function grant(bytes32 document, address user) returns()
func (documentPermissions *DocumentPermissions) PackGrant(document [32]byte, user common.Address) []byte {
	enc, err := documentPermissions.abi.Pack("grant", document, user)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGrant is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4ea436ba.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function grant(bytes32 document, address user) returns()
func (documentPermissions *DocumentPermissions) TryPackGrant(document [32]byte, user common.Address) ([]byte, error) {
	return documentPermissions.abi.Pack("grant", document, user)
}

// PackPublisherOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x764f73f9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function publisherOf(bytes32 document) view returns(address)
func (documentPermissions *DocumentPermissions) PackPublisherOf(document [32]byte) []byte {
	enc, err := documentPermissions.abi.Pack("publisherOf", document)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPublisherOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x764f73f9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function publisherOf(bytes32 document) view returns(address)
func (documentPermissions *DocumentPermissions) TryPackPublisherOf(document [32]byte) ([]byte, error) {
	return documentPermissions.abi.Pack("publisherOf", document)
}

// UnpackPublisherOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x764f73f9.
//
// Solidity: function publisherOf(bytes32 document) view returns(address)
func (documentPermissions *DocumentPermissions) UnpackPublisherOf(data []byte) (common.Address, error) {
	out, err := documentPermissions.abi.Unpack("publisherOf", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackRevoke is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xefd8871a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function revoke(bytes32 document, address user) returns()
func (documentPermissions *DocumentPermissions) PackRevoke(document [32]byte, user common.Address) []byte {
	enc, err := documentPermissions.abi.Pack("revoke", document, user)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRevoke is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xefd8871a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function revoke(bytes32 document, address user) returns()
func (documentPermissions *DocumentPermissions) TryPackRevoke(document [32]byte, user common.Address) ([]byte, error) {
	return documentPermissions.abi.Pack("revoke", document, user)
}

// DocumentPermissionsClaimed represents a Claimed event raised by the DocumentPermissions contract.
type DocumentPermissionsClaimed struct {
	Document  [32]byte
	Publisher common.Address
	Raw       *types.Log // Blockchain specific contextual infos
}

const DocumentPermissionsClaimedEventName = "Claimed"

// ContractEventName returns the user-defined event name.
func (DocumentPermissionsClaimed) ContractEventName() string {
	return DocumentPermissionsClaimedEventName
}

// UnpackClaimedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Claimed(bytes32 indexed document, address indexed publisher)
func (documentPermissions *DocumentPermissions) UnpackClaimedEvent(log *types.Log) (*DocumentPermissionsClaimed, error) {
	event := "Claimed"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != documentPermissions.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(DocumentPermissionsClaimed)
	if len(log.Data) > 0 {
		if err := documentPermissions.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range documentPermissions.abi.Events[event].Inputs {
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

// DocumentPermissionsGranted represents a Granted event raised by the DocumentPermissions contract.
type DocumentPermissionsGranted struct {
	Document [32]byte
	User     common.Address
	Raw      *types.Log // Blockchain specific contextual infos
}

const DocumentPermissionsGrantedEventName = "Granted"

// ContractEventName returns the user-defined event name.
func (DocumentPermissionsGranted) ContractEventName() string {
	return DocumentPermissionsGrantedEventName
}

// UnpackGrantedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Granted(bytes32 indexed document, address indexed user)
func (documentPermissions *DocumentPermissions) UnpackGrantedEvent(log *types.Log) (*DocumentPermissionsGranted, error) {
	event := "Granted"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != documentPermissions.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(DocumentPermissionsGranted)
	if len(log.Data) > 0 {
		if err := documentPermissions.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range documentPermissions.abi.Events[event].Inputs {
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

// DocumentPermissionsRevoked represents a Revoked event raised by the DocumentPermissions contract.
type DocumentPermissionsRevoked struct {
	Document [32]byte
	User     common.Address
	Raw      *types.Log // Blockchain specific contextual infos
}

const DocumentPermissionsRevokedEventName = "Revoked"

// ContractEventName returns the user-defined event name.
func (DocumentPermissionsRevoked) ContractEventName() string {
	return DocumentPermissionsRevokedEventName
}

// UnpackRevokedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Revoked(bytes32 indexed document, address indexed user)
func (documentPermissions *DocumentPermissions) UnpackRevokedEvent(log *types.Log) (*DocumentPermissionsRevoked, error) {
	event := "Revoked"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != documentPermissions.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(DocumentPermissionsRevoked)
	if len(log.Data) > 0 {
		if err := documentPermissions.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range documentPermissions.abi.Events[event].Inputs {
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

// UnpackError attempts to decode the provided error data using user-defined
// error definitions.
func (documentPermissions *DocumentPermissions) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], documentPermissions.abi.Errors["AlreadyClaimed"].ID.Bytes()[:4]) {
		return documentPermissions.UnpackAlreadyClaimedError(raw[4:])
	}
	if bytes.Equal(raw[:4], documentPermissions.abi.Errors["NotPublisher"].ID.Bytes()[:4]) {
		return documentPermissions.UnpackNotPublisherError(raw[4:])
	}
	if bytes.Equal(raw[:4], documentPermissions.abi.Errors["ZeroUser"].ID.Bytes()[:4]) {
		return documentPermissions.UnpackZeroUserError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// DocumentPermissionsAlreadyClaimed represents a AlreadyClaimed error raised by the DocumentPermissions contract.
type DocumentPermissionsAlreadyClaimed struct {
	Document  [32]byte
	Publisher common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AlreadyClaimed(bytes32 document, address publisher)
func DocumentPermissionsAlreadyClaimedErrorID() common.Hash {
	return common.HexToHash("0xa8ca238e9149b57eb9411a136ee6eeca19ccebdf9f95db12d3b70000ca4d37ec")
}

// UnpackAlreadyClaimedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AlreadyClaimed(bytes32 document, address publisher)
func (documentPermissions *DocumentPermissions) UnpackAlreadyClaimedError(raw []byte) (*DocumentPermissionsAlreadyClaimed, error) {
	out := new(DocumentPermissionsAlreadyClaimed)
	if err := documentPermissions.abi.UnpackIntoInterface(out, "AlreadyClaimed", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// DocumentPermissionsNotPublisher represents a NotPublisher error raised by the DocumentPermissions contract.
type DocumentPermissionsNotPublisher struct {
	Document  [32]byte
	Publisher common.Address
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotPublisher(bytes32 document, address publisher)
func DocumentPermissionsNotPublisherErrorID() common.Hash {
	return common.HexToHash("0xf02cd7ac232e035da2070852243496fb88ff553fd6ad041023429bde15faba35")
}

// UnpackNotPublisherError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotPublisher(bytes32 document, address publisher)
func (documentPermissions *DocumentPermissions) UnpackNotPublisherError(raw []byte) (*DocumentPermissionsNotPublisher, error) {
	out := new(DocumentPermissionsNotPublisher)
	if err := documentPermissions.abi.UnpackIntoInterface(out, "NotPublisher", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// DocumentPermissionsZeroUser represents a ZeroUser error raised by the DocumentPermissions contract.
type DocumentPermissionsZeroUser struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error ZeroUser()
func DocumentPermissionsZeroUserErrorID() common.Hash {
	return common.HexToHash("0xe0830f6b617a89d1ea0c5dacdfbee95b0a7b6eeda7fc832bbe0a8dddfc2f5c99")
}

// UnpackZeroUserError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error ZeroUser()
func (documentPermissions *DocumentPermissions) UnpackZeroUserError(raw []byte) (*DocumentPermissionsZeroUser, error) {
	out := new(DocumentPermissionsZeroUser)
	if err := documentPermissions.abi.UnpackIntoInterface(out, "ZeroUser", raw); err != nil {
		return nil, err
	}
	return out, nil
}
