// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package twoofthree

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

// TwoOfThreeMetaData contains all meta data concerning the TwoOfThree contract.
var TwoOfThreeMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[],\"name\":\"NotSigned\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"SetUpAlready\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"digest\",\"type\":\"bytes32\"},{\"internalType\":\"bytes\",\"name\":\"signatures\",\"type\":\"bytes\"}],\"name\":\"isValidSignature\",\"outputs\":[{\"internalType\":\"bytes4\",\"name\":\"\",\"type\":\"bytes4\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"name\":\"owners\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"place\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"internalType\":\"bytes\",\"name\":\"signatures\",\"type\":\"bytes\"}],\"name\":\"replace\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"replaced\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"place\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"}],\"name\":\"replacement\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address[3]\",\"name\":\"three\",\"type\":\"address[3]\"}],\"name\":\"setUp\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"}]",
	ID:  "TwoOfThree",
	Bin: "0x6080604052348015600f57600080fd5b506106bc8061001f6000396000f3fe608060405234801561001057600080fd5b50600436106100625760003560e01c8063025e7c27146100675780631626ba7e1461009757806342f27244146100c357806352880c16146100d8578063c2923ac6146100eb578063f706898c1461010c575b600080fd5b61007a61007536600461048d565b610115565b6040516001600160a01b0390911681526020015b60405180910390f35b6100aa6100a53660046104ef565b610135565b6040516001600160e01b0319909116815260200161008e565b6100d66100d1366004610557565b610167565b005b6100d66100e63660046105b1565b6101e6565b6100fe6100f93660046105d9565b610221565b60405190815260200161008e565b6100fe60035481565b6000816003811061012557600080fd5b01546001600160a01b0316905081565b6000610142848484610279565b610154576001600160e01b031961015d565b630b135d3f60e11b5b90505b9392505050565b61017b6101748585610221565b8383610279565b610198576040516314e52a5b60e31b815260040160405180910390fd5b600380549060006101a88361061b565b919050555082600085600381106101c1576101c1610634565b0180546001600160a01b0319166001600160a01b039290921691909117905550505050565b6000546001600160a01b0316156102105760405163817297bb60e01b815260040160405180910390fd5b61021d6000826003610422565b5050565b6003546040805146602082015230918101919091526060810191909152608081018390526001600160a01b03821660a082015260009060c0016040516020818303038152906040528051906020012090505b92915050565b60006082821461028b57506000610160565b6000805b60028110156104165736600086866102a885604161064a565b906102b486604161064a565b6102bf906041610661565b926102cc93929190610674565b915091506000600189848460408181106102e8576102e8610634565b919091013560f81c9050610300602060008789610674565b6103099161069e565b61031760406020888a610674565b6103209161069e565b6040805160008152602081018083529590955260ff909316928401929092526060830152608082015260a0016020604051602081039080840390855afa15801561036e573d6000803e3d6000fd5b5050604051601f1901519150506001600160a01b03811661039757600095505050505050610160565b6003851080156103cd5750806001600160a01b0316600086600381106103bf576103bf610634565b01546001600160a01b031614155b156103e457846103dc8161061b565b955050610397565b846003036103fa57600095505050505050610160565b846104048161061b565b9550506001909301925061028f915050565b50600195945050505050565b8260038101928215610468579160200282015b828111156104685781546001600160a01b0319166001600160a01b03843516178255602090920191600190910190610435565b50610474929150610478565b5090565b5b808211156104745760008155600101610479565b60006020828403121561049f57600080fd5b5035919050565b60008083601f8401126104b857600080fd5b50813567ffffffffffffffff8111156104d057600080fd5b6020830191508360208285010111156104e857600080fd5b9250929050565b60008060006040848603121561050457600080fd5b83359250602084013567ffffffffffffffff81111561052257600080fd5b61052e868287016104a6565b9497909650939450505050565b80356001600160a01b038116811461055257600080fd5b919050565b6000806000806060858703121561056d57600080fd5b8435935061057d6020860161053b565b9250604085013567ffffffffffffffff81111561059957600080fd5b6105a5878288016104a6565b95989497509550505050565b6000606082840312156105c357600080fd5b826060830111156105d357600080fd5b50919050565b600080604083850312156105ec57600080fd5b823591506105fc6020840161053b565b90509250929050565b634e487b7160e01b600052601160045260246000fd5b60006001820161062d5761062d610605565b5060010190565b634e487b7160e01b600052603260045260246000fd5b808202811582820484141761027357610273610605565b8082018082111561027357610273610605565b6000808585111561068457600080fd5b8386111561069157600080fd5b5050820193919092039150565b8035602083101561027357600019602084900360031b1b169291505056",
}

// TwoOfThree is an auto generated Go binding around an Ethereum contract.
type TwoOfThree struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *TwoOfThree) GetABI() abi.ABI {
	return c.abi
}

// NewTwoOfThree creates a new instance of TwoOfThree.
func NewTwoOfThree() *TwoOfThree {
	parsed, err := TwoOfThreeMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &TwoOfThree{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *TwoOfThree) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackIsValidSignature is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1626ba7e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function isValidSignature(bytes32 digest, bytes signatures) view returns(bytes4)
func (twoOfThree *TwoOfThree) PackIsValidSignature(digest [32]byte, signatures []byte) []byte {
	enc, err := twoOfThree.abi.Pack("isValidSignature", digest, signatures)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackIsValidSignature is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1626ba7e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function isValidSignature(bytes32 digest, bytes signatures) view returns(bytes4)
func (twoOfThree *TwoOfThree) TryPackIsValidSignature(digest [32]byte, signatures []byte) ([]byte, error) {
	return twoOfThree.abi.Pack("isValidSignature", digest, signatures)
}

// UnpackIsValidSignature is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x1626ba7e.
//
// Solidity: function isValidSignature(bytes32 digest, bytes signatures) view returns(bytes4)
func (twoOfThree *TwoOfThree) UnpackIsValidSignature(data []byte) ([4]byte, error) {
	out, err := twoOfThree.abi.Unpack("isValidSignature", data)
	if err != nil {
		return *new([4]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([4]byte)).(*[4]byte)
	return out0, nil
}

// PackOwners is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x025e7c27.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function owners(uint256 ) view returns(address)
func (twoOfThree *TwoOfThree) PackOwners(arg0 *big.Int) []byte {
	enc, err := twoOfThree.abi.Pack("owners", arg0)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOwners is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x025e7c27.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function owners(uint256 ) view returns(address)
func (twoOfThree *TwoOfThree) TryPackOwners(arg0 *big.Int) ([]byte, error) {
	return twoOfThree.abi.Pack("owners", arg0)
}

// UnpackOwners is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x025e7c27.
//
// Solidity: function owners(uint256 ) view returns(address)
func (twoOfThree *TwoOfThree) UnpackOwners(data []byte) (common.Address, error) {
	out, err := twoOfThree.abi.Unpack("owners", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackReplace is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x42f27244.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function replace(uint256 place, address owner, bytes signatures) returns()
func (twoOfThree *TwoOfThree) PackReplace(place *big.Int, owner common.Address, signatures []byte) []byte {
	enc, err := twoOfThree.abi.Pack("replace", place, owner, signatures)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackReplace is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x42f27244.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function replace(uint256 place, address owner, bytes signatures) returns()
func (twoOfThree *TwoOfThree) TryPackReplace(place *big.Int, owner common.Address, signatures []byte) ([]byte, error) {
	return twoOfThree.abi.Pack("replace", place, owner, signatures)
}

// PackReplaced is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf706898c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function replaced() view returns(uint256)
func (twoOfThree *TwoOfThree) PackReplaced() []byte {
	enc, err := twoOfThree.abi.Pack("replaced")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackReplaced is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf706898c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function replaced() view returns(uint256)
func (twoOfThree *TwoOfThree) TryPackReplaced() ([]byte, error) {
	return twoOfThree.abi.Pack("replaced")
}

// UnpackReplaced is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xf706898c.
//
// Solidity: function replaced() view returns(uint256)
func (twoOfThree *TwoOfThree) UnpackReplaced(data []byte) (*big.Int, error) {
	out, err := twoOfThree.abi.Unpack("replaced", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackReplacement is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc2923ac6.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function replacement(uint256 place, address owner) view returns(bytes32)
func (twoOfThree *TwoOfThree) PackReplacement(place *big.Int, owner common.Address) []byte {
	enc, err := twoOfThree.abi.Pack("replacement", place, owner)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackReplacement is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc2923ac6.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function replacement(uint256 place, address owner) view returns(bytes32)
func (twoOfThree *TwoOfThree) TryPackReplacement(place *big.Int, owner common.Address) ([]byte, error) {
	return twoOfThree.abi.Pack("replacement", place, owner)
}

// UnpackReplacement is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc2923ac6.
//
// Solidity: function replacement(uint256 place, address owner) view returns(bytes32)
func (twoOfThree *TwoOfThree) UnpackReplacement(data []byte) ([32]byte, error) {
	out, err := twoOfThree.abi.Unpack("replacement", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackSetUp is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x52880c16.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setUp(address[3] three) returns()
func (twoOfThree *TwoOfThree) PackSetUp(three [3]common.Address) []byte {
	enc, err := twoOfThree.abi.Pack("setUp", three)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetUp is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x52880c16.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setUp(address[3] three) returns()
func (twoOfThree *TwoOfThree) TryPackSetUp(three [3]common.Address) ([]byte, error) {
	return twoOfThree.abi.Pack("setUp", three)
}

// UnpackError attempts to decode the provided error data using user-defined
// error definitions.
func (twoOfThree *TwoOfThree) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], twoOfThree.abi.Errors["NotSigned"].ID.Bytes()[:4]) {
		return twoOfThree.UnpackNotSignedError(raw[4:])
	}
	if bytes.Equal(raw[:4], twoOfThree.abi.Errors["SetUpAlready"].ID.Bytes()[:4]) {
		return twoOfThree.UnpackSetUpAlreadyError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// TwoOfThreeNotSigned represents a NotSigned error raised by the TwoOfThree contract.
type TwoOfThreeNotSigned struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotSigned()
func TwoOfThreeNotSignedErrorID() common.Hash {
	return common.HexToHash("0xa72952d821028cdc37916a73166e46498679609f521552ce330560db8d256db9")
}

// UnpackNotSignedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotSigned()
func (twoOfThree *TwoOfThree) UnpackNotSignedError(raw []byte) (*TwoOfThreeNotSigned, error) {
	out := new(TwoOfThreeNotSigned)
	if err := twoOfThree.abi.UnpackIntoInterface(out, "NotSigned", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// TwoOfThreeSetUpAlready represents a SetUpAlready error raised by the TwoOfThree contract.
type TwoOfThreeSetUpAlready struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error SetUpAlready()
func TwoOfThreeSetUpAlreadyErrorID() common.Hash {
	return common.HexToHash("0x817297bbd0a44c34c2fd9aecd72523ad6517467d121022e14d0424bcf89dd07b")
}

// UnpackSetUpAlreadyError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error SetUpAlready()
func (twoOfThree *TwoOfThree) UnpackSetUpAlreadyError(raw []byte) (*TwoOfThreeSetUpAlready, error) {
	out := new(TwoOfThreeSetUpAlready)
	if err := twoOfThree.abi.UnpackIntoInterface(out, "SetUpAlready", raw); err != nil {
		return nil, err
	}
	return out, nil
}
