// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package receiptchecker

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

// ReceiptsBlock is an auto generated low-level Go binding around an user-defined struct.
type ReceiptsBlock struct {
	Number uint64
	Hash   [32]byte
}

// ReceiptsReceipt is an auto generated low-level Go binding around an user-defined struct.
type ReceiptsReceipt struct {
	Cluster   [32]byte
	Request   [32]byte
	Requester common.Address
	Key       [32]byte
	Version   [32]byte
	Block     ReceiptsBlock
	Granted   bool
}

// ReceiptsSetup is an auto generated low-level Go binding around an user-defined struct.
type ReceiptsSetup struct {
	Cluster   [32]byte
	Key       [32]byte
	Threshold uint32
	SetSize   uint32
	Members   []byte
	Initiator []byte
	Nonce     [32]byte
	Proof     [32]byte
}

// ReceiptCheckerMetaData contains all meta data concerning the ReceiptChecker contract.
var ReceiptCheckerMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"}],\"name\":\"AnotherVersion\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"IndexOutOfOrder\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"NoSignature\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"NotSigned\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"got\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"want\",\"type\":\"uint256\"}],\"name\":\"TooFewSignatures\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"UnevenSignatures\",\"type\":\"error\"},{\"inputs\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"request\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"requester\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"components\":[{\"internalType\":\"uint64\",\"name\":\"number\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"hash\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Block\",\"name\":\"block\",\"type\":\"tuple\"},{\"internalType\":\"bool\",\"name\":\"granted\",\"type\":\"bool\"}],\"internalType\":\"structReceipts.Receipt\",\"name\":\"receipt\",\"type\":\"tuple\"}],\"name\":\"digest\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"pure\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"request\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"requester\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"components\":[{\"internalType\":\"uint64\",\"name\":\"number\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"hash\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Block\",\"name\":\"block\",\"type\":\"tuple\"},{\"internalType\":\"bool\",\"name\":\"granted\",\"type\":\"bool\"}],\"internalType\":\"structReceipts.Receipt\",\"name\":\"receipt\",\"type\":\"tuple\"},{\"internalType\":\"address[]\",\"name\":\"servers\",\"type\":\"address[]\"},{\"internalType\":\"uint256\",\"name\":\"threshold\",\"type\":\"uint256\"},{\"internalType\":\"bytes[]\",\"name\":\"signatures\",\"type\":\"bytes[]\"},{\"internalType\":\"uint32[]\",\"name\":\"indices\",\"type\":\"uint32[]\"}],\"name\":\"verify\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"signed\",\"type\":\"bytes32\"}],\"stateMutability\":\"pure\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"request\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"requester\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"components\":[{\"internalType\":\"uint64\",\"name\":\"number\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"hash\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Block\",\"name\":\"block\",\"type\":\"tuple\"},{\"internalType\":\"bool\",\"name\":\"granted\",\"type\":\"bool\"}],\"internalType\":\"structReceipts.Receipt\",\"name\":\"receipt\",\"type\":\"tuple\"},{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"threshold\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"setSize\",\"type\":\"uint32\"},{\"internalType\":\"bytes\",\"name\":\"members\",\"type\":\"bytes\"},{\"internalType\":\"bytes\",\"name\":\"initiator\",\"type\":\"bytes\"},{\"internalType\":\"bytes32\",\"name\":\"nonce\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"proof\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Setup\",\"name\":\"setup\",\"type\":\"tuple\"},{\"internalType\":\"bytes[]\",\"name\":\"signatures\",\"type\":\"bytes[]\"},{\"internalType\":\"uint32[]\",\"name\":\"indices\",\"type\":\"uint32[]\"}],\"name\":\"verifyWithSetup\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"signed\",\"type\":\"bytes32\"}],\"stateMutability\":\"pure\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"threshold\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"setSize\",\"type\":\"uint32\"},{\"internalType\":\"bytes\",\"name\":\"members\",\"type\":\"bytes\"},{\"internalType\":\"bytes\",\"name\":\"initiator\",\"type\":\"bytes\"},{\"internalType\":\"bytes32\",\"name\":\"nonce\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"proof\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Setup\",\"name\":\"setup\",\"type\":\"tuple\"}],\"name\":\"versionOf\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"pure\",\"type\":\"function\"}]",
	ID:  "ReceiptChecker",
	Bin: "0x6080604052348015600f57600080fd5b506110188061001f6000396000f3fe608060405234801561001057600080fd5b506004361061004c5760003560e01c806355f1212214610051578063589bb92f14610076578063da51f57714610089578063eebe1cf61461009c575b600080fd5b61006461005f366004610aa3565b6100af565b60405190815260200160405180910390f35b610064610084366004610b61565b6100da565b610064610097366004610b9d565b6100eb565b6100646100aa366004610bba565b610104565b60006100ce6100c3368a90038a018a610d50565b888888888888610165565b98975050505050505050565b60006100e582610356565b92915050565b60006100e56100ff36849003840184610d50565b6104b5565b6000610158610118368b90038b018b610d50565b8989808060200260200160405190810160405280939291908181526020018383602002808284376000920191909152508b92508a91508990508888610602565b9998505050505050505050565b600086886080015114158061018257508661017f87610356565b14155b156101a857604051631e09de6b60e11b8152600481018890526024015b60405180910390fd5b875186351415806101c157508560200135886060015114155b156101e257604051631e09de6b60e11b81526004810188905260240161019f565b6101eb886104b5565b905060006102128261020360608a0160408b01610dde565b63ffffffff16888888886106e6565b905060005b815181101561034957600085858381811061023457610234610e04565b90506020020160208101906102499190610dde565b61025a9063ffffffff166040610e30565b905061026960808a018a610e47565b90508111156102ba5785858381811061028457610284610e04565b90506020020160208101906102999190610dde565b60405162249b4f60e41b815263ffffffff909116600482015260240161019f565b60006102c960808b018b610e47565b6102d4604085610e8d565b6102e092859290610ea0565b6040516102ee929190610eca565b6040518091039020905083838151811061030a5761030a610e04565b60200260200101516001600160a01b03168160001c6001600160a01b03161461033f5786868481811061028457610284610e04565b5050600101610217565b5050979650505050505050565b600080823560208401356103706060860160408701610dde565b60e01b6103836080870160608801610dde565b604080516806400000000000000560ba1b602082015273676574682d73732f67656e65726174696f6e2f3160601b6029820152600160c51b603d820181905260458201969096526065810195909552606d850193909352600160c31b608d8501526001600160e01b0319918216609585015260e01b1660998301528051607d818403018152609d9092019052905060006104206080850185610e47565b60c01b90506104326080860186610e47565b61043f60a0880188610e47565b60c01b905061045160a0890189610e47565b60405160200161046696959493929190610eda565b604051602081830303815290604052905081818560c001358660e001356040516020016104969493929190610f52565b6040516020818303038152906040528051906020012092505050919050565b60008082600001518360200151846040015160601b604051602001610548939291906819000000000000001160b81b815270676574682d73732f726563656970742f3160781b6009820152600160c51b601a820181905260228201949094526042810193909352604a830191909152600560c21b606a8301526bffffffffffffffffffffffff1916607282015260860190565b604051602081830303815290604052905060008360a001516000015160c01b8460a00151602001518560c00151610580576000610586565b600160f81b5b604051600160c31b60208201526001600160c01b03199093166028840152600160c51b60308401526038830191909152600160c01b60588301526001600160f81b031916606082015260610160405160208183030381529060405290508184606001518560800151836040516020016104969493929190610f8f565b600061060d886104b5565b9050600061061f8288888888886106e6565b905060005b815181101561034957600085858381811061064157610641610e04565b90506020020160208101906106569190610dde565b63ffffffff16905089518111806106bd575082828151811061067a5761067a610e04565b60200260200101516001600160a01b03168a6001836106999190610e8d565b815181106106a9576106a9610e04565b60200260200101516001600160a01b031614155b156106dd5760405162249b4f60e41b81526004810182905260240161019f565b50600101610624565b60608382146107085760405163085bfd7160e21b815260040160405180910390fd5b85841161073d578361071b876001610fce565b6040516359b8466f60e01b81526004810192909252602482015260440161019f565b836001600160401b0381111561075557610755610c7d565b60405190808252806020026020018201604052801561077e578160200160208202803683370190505b5090506000805b8581101561091b57818585838181106107a0576107a0610e04565b90506020020160208101906107b59190610dde565b63ffffffff1611610809578484828181106107d2576107d2610e04565b90506020020160208101906107e79190610dde565b60405163514d977d60e11b815263ffffffff909116600482015260240161019f565b84848281811061081b5761081b610e04565b90506020020160208101906108309190610dde565b63ffffffff1691506108658988888481811061084e5761084e610e04565b90506020028101906108609190610e47565b610927565b83828151811061087757610877610e04565b60200260200101906001600160a01b031690816001600160a01b03168152505060006001600160a01b03168382815181106108b4576108b4610e04565b60200260200101516001600160a01b031603610913578484828181106108dc576108dc610e04565b90506020020160208101906108f19190610dde565b604051634f2aa37560e11b815263ffffffff909116600482015260240161019f565b600101610785565b50509695505050505050565b60006041821461093957506000610a38565b60008383604081811061094e5761094e610e04565b919091013560f81c91505060028110156109705761096d601b82610fe1565b90505b6000610980604060208688610ea0565b61098991610ffa565b90507f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a08111156109be57600092505050610a38565b600186836109d060206000898b610ea0565b6109d991610ffa565b6040805160008152602081018083529490945260ff9092169183019190915260608201526080810183905260a0016020604051602081039080840390855afa158015610a29573d6000803e3d6000fd5b50505060206040510351925050505b9392505050565b60006101008284031215610a5257600080fd5b50919050565b60008083601f840112610a6a57600080fd5b5081356001600160401b03811115610a8157600080fd5b6020830191508360208260051b8501011115610a9c57600080fd5b9250929050565b6000806000806000806000610180888a031215610abf57600080fd5b610ac98989610a3f565b965061010088013595506101208801356001600160401b03811115610aed57600080fd5b610af98a828b01610a3f565b9550506101408801356001600160401b03811115610b1657600080fd5b610b228a828b01610a58565b9095509350506101608801356001600160401b03811115610b4257600080fd5b610b4e8a828b01610a58565b989b979a50959850939692959293505050565b600060208284031215610b7357600080fd5b81356001600160401b03811115610b8957600080fd5b610b9584828501610a3f565b949350505050565b60006101008284031215610bb057600080fd5b610a388383610a3f565b600080600080600080600080610180898b031215610bd757600080fd5b610be18a8a610a3f565b97506101008901356001600160401b03811115610bfd57600080fd5b610c098b828c01610a58565b90985096505061012089013594506101408901356001600160401b03811115610c3157600080fd5b610c3d8b828c01610a58565b9095509350506101608901356001600160401b03811115610c5d57600080fd5b610c698b828c01610a58565b999c989b5096995094979396929594505050565b634e487b7160e01b600052604160045260246000fd5b60405160e081016001600160401b0381118282101715610cc357634e487b7160e01b600052604160045260246000fd5b60405290565b600060408284031215610cdb57600080fd5b604080519081016001600160401b0381118282101715610d0b57634e487b7160e01b600052604160045260246000fd5b60405290508082356001600160401b0381168114610d2857600080fd5b8152602092830135920191909152919050565b80358015158114610d4b57600080fd5b919050565b6000610100828403128015610d6457600080fd5b506000610d6f610c93565b833581526020808501359082015260408401356001600160a01b0381168114610d96578283fd5b6040820152606084810135908201526080808501359082018190529150610dc08560a08601610cc9565b60a0820152610dd160e08501610d3b565b60c0820152949350505050565b600060208284031215610df057600080fd5b813563ffffffff81168114610a3857600080fd5b634e487b7160e01b600052603260045260246000fd5b634e487b7160e01b600052601160045260246000fd5b80820281158282048414176100e5576100e5610e1a565b6000808335601e19843603018112610e5e57600080fd5b8301803591506001600160401b03821115610e7857600080fd5b602001915036819003821315610a9c57600080fd5b818103818111156100e5576100e5610e1a565b60008085851115610eb057600080fd5b83861115610ebd57600080fd5b5050820193919092039150565b8183823760009101908152919050565b6001600160c01b0319871681528486600883013760008582016001600160401b0360c01b86166008820152838560108301376000930160100192835250909695505050505050565b6000815160005b81811015610f435760208185018101518683015201610f29565b50600093019283525090919050565b6000610f67610f618388610f22565b86610f22565b600160c51b808252600882019590955260288101949094525050603082015260500192915050565b6000610f9b8287610f22565b600160c51b80825260088201879052602882015260308101859052610fc36050820185610f22565b979650505050505050565b808201808211156100e5576100e5610e1a565b60ff81811683821601908111156100e5576100e5610e1a565b803560208310156100e557600019602084900360031b1b169291505056",
}

// ReceiptChecker is an auto generated Go binding around an Ethereum contract.
type ReceiptChecker struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *ReceiptChecker) GetABI() abi.ABI {
	return c.abi
}

// NewReceiptChecker creates a new instance of ReceiptChecker.
func NewReceiptChecker() *ReceiptChecker {
	parsed, err := ReceiptCheckerMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &ReceiptChecker{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *ReceiptChecker) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xda51f577.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function digest((bytes32,bytes32,address,bytes32,bytes32,(uint64,bytes32),bool) receipt) pure returns(bytes32)
func (receiptChecker *ReceiptChecker) PackDigest(receipt ReceiptsReceipt) []byte {
	enc, err := receiptChecker.abi.Pack("digest", receipt)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDigest is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xda51f577.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function digest((bytes32,bytes32,address,bytes32,bytes32,(uint64,bytes32),bool) receipt) pure returns(bytes32)
func (receiptChecker *ReceiptChecker) TryPackDigest(receipt ReceiptsReceipt) ([]byte, error) {
	return receiptChecker.abi.Pack("digest", receipt)
}

// UnpackDigest is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xda51f577.
//
// Solidity: function digest((bytes32,bytes32,address,bytes32,bytes32,(uint64,bytes32),bool) receipt) pure returns(bytes32)
func (receiptChecker *ReceiptChecker) UnpackDigest(data []byte) ([32]byte, error) {
	out, err := receiptChecker.abi.Unpack("digest", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackVerify is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xeebe1cf6.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function verify((bytes32,bytes32,address,bytes32,bytes32,(uint64,bytes32),bool) receipt, address[] servers, uint256 threshold, bytes[] signatures, uint32[] indices) pure returns(bytes32 signed)
func (receiptChecker *ReceiptChecker) PackVerify(receipt ReceiptsReceipt, servers []common.Address, threshold *big.Int, signatures [][]byte, indices []uint32) []byte {
	enc, err := receiptChecker.abi.Pack("verify", receipt, servers, threshold, signatures, indices)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackVerify is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xeebe1cf6.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function verify((bytes32,bytes32,address,bytes32,bytes32,(uint64,bytes32),bool) receipt, address[] servers, uint256 threshold, bytes[] signatures, uint32[] indices) pure returns(bytes32 signed)
func (receiptChecker *ReceiptChecker) TryPackVerify(receipt ReceiptsReceipt, servers []common.Address, threshold *big.Int, signatures [][]byte, indices []uint32) ([]byte, error) {
	return receiptChecker.abi.Pack("verify", receipt, servers, threshold, signatures, indices)
}

// UnpackVerify is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xeebe1cf6.
//
// Solidity: function verify((bytes32,bytes32,address,bytes32,bytes32,(uint64,bytes32),bool) receipt, address[] servers, uint256 threshold, bytes[] signatures, uint32[] indices) pure returns(bytes32 signed)
func (receiptChecker *ReceiptChecker) UnpackVerify(data []byte) ([32]byte, error) {
	out, err := receiptChecker.abi.Unpack("verify", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackVerifyWithSetup is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x55f12122.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function verifyWithSetup((bytes32,bytes32,address,bytes32,bytes32,(uint64,bytes32),bool) receipt, bytes32 version, (bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32) setup, bytes[] signatures, uint32[] indices) pure returns(bytes32 signed)
func (receiptChecker *ReceiptChecker) PackVerifyWithSetup(receipt ReceiptsReceipt, version [32]byte, setup ReceiptsSetup, signatures [][]byte, indices []uint32) []byte {
	enc, err := receiptChecker.abi.Pack("verifyWithSetup", receipt, version, setup, signatures, indices)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackVerifyWithSetup is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x55f12122.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function verifyWithSetup((bytes32,bytes32,address,bytes32,bytes32,(uint64,bytes32),bool) receipt, bytes32 version, (bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32) setup, bytes[] signatures, uint32[] indices) pure returns(bytes32 signed)
func (receiptChecker *ReceiptChecker) TryPackVerifyWithSetup(receipt ReceiptsReceipt, version [32]byte, setup ReceiptsSetup, signatures [][]byte, indices []uint32) ([]byte, error) {
	return receiptChecker.abi.Pack("verifyWithSetup", receipt, version, setup, signatures, indices)
}

// UnpackVerifyWithSetup is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x55f12122.
//
// Solidity: function verifyWithSetup((bytes32,bytes32,address,bytes32,bytes32,(uint64,bytes32),bool) receipt, bytes32 version, (bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32) setup, bytes[] signatures, uint32[] indices) pure returns(bytes32 signed)
func (receiptChecker *ReceiptChecker) UnpackVerifyWithSetup(data []byte) ([32]byte, error) {
	out, err := receiptChecker.abi.Unpack("verifyWithSetup", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackVersionOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x589bb92f.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function versionOf((bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32) setup) pure returns(bytes32)
func (receiptChecker *ReceiptChecker) PackVersionOf(setup ReceiptsSetup) []byte {
	enc, err := receiptChecker.abi.Pack("versionOf", setup)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackVersionOf is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x589bb92f.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function versionOf((bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32) setup) pure returns(bytes32)
func (receiptChecker *ReceiptChecker) TryPackVersionOf(setup ReceiptsSetup) ([]byte, error) {
	return receiptChecker.abi.Pack("versionOf", setup)
}

// UnpackVersionOf is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x589bb92f.
//
// Solidity: function versionOf((bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32) setup) pure returns(bytes32)
func (receiptChecker *ReceiptChecker) UnpackVersionOf(data []byte) ([32]byte, error) {
	out, err := receiptChecker.abi.Unpack("versionOf", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// UnpackError attempts to decode the provided error data using user-defined
// error definitions.
func (receiptChecker *ReceiptChecker) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], receiptChecker.abi.Errors["AnotherVersion"].ID.Bytes()[:4]) {
		return receiptChecker.UnpackAnotherVersionError(raw[4:])
	}
	if bytes.Equal(raw[:4], receiptChecker.abi.Errors["IndexOutOfOrder"].ID.Bytes()[:4]) {
		return receiptChecker.UnpackIndexOutOfOrderError(raw[4:])
	}
	if bytes.Equal(raw[:4], receiptChecker.abi.Errors["NoSignature"].ID.Bytes()[:4]) {
		return receiptChecker.UnpackNoSignatureError(raw[4:])
	}
	if bytes.Equal(raw[:4], receiptChecker.abi.Errors["NotSigned"].ID.Bytes()[:4]) {
		return receiptChecker.UnpackNotSignedError(raw[4:])
	}
	if bytes.Equal(raw[:4], receiptChecker.abi.Errors["TooFewSignatures"].ID.Bytes()[:4]) {
		return receiptChecker.UnpackTooFewSignaturesError(raw[4:])
	}
	if bytes.Equal(raw[:4], receiptChecker.abi.Errors["UnevenSignatures"].ID.Bytes()[:4]) {
		return receiptChecker.UnpackUnevenSignaturesError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// ReceiptCheckerAnotherVersion represents a AnotherVersion error raised by the ReceiptChecker contract.
type ReceiptCheckerAnotherVersion struct {
	Version [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AnotherVersion(bytes32 version)
func ReceiptCheckerAnotherVersionErrorID() common.Hash {
	return common.HexToHash("0x3c13bcd633773548ffcea723c54bbe30fb4b13b88889e27c9375b434c5f0303f")
}

// UnpackAnotherVersionError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AnotherVersion(bytes32 version)
func (receiptChecker *ReceiptChecker) UnpackAnotherVersionError(raw []byte) (*ReceiptCheckerAnotherVersion, error) {
	out := new(ReceiptCheckerAnotherVersion)
	if err := receiptChecker.abi.UnpackIntoInterface(out, "AnotherVersion", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ReceiptCheckerIndexOutOfOrder represents a IndexOutOfOrder error raised by the ReceiptChecker contract.
type ReceiptCheckerIndexOutOfOrder struct {
	Index *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error IndexOutOfOrder(uint256 index)
func ReceiptCheckerIndexOutOfOrderErrorID() common.Hash {
	return common.HexToHash("0xa29b2efa94f99be5f6b224753ce745890ec998bce18e0c7c0af57ebea8d124a7")
}

// UnpackIndexOutOfOrderError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error IndexOutOfOrder(uint256 index)
func (receiptChecker *ReceiptChecker) UnpackIndexOutOfOrderError(raw []byte) (*ReceiptCheckerIndexOutOfOrder, error) {
	out := new(ReceiptCheckerIndexOutOfOrder)
	if err := receiptChecker.abi.UnpackIntoInterface(out, "IndexOutOfOrder", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ReceiptCheckerNoSignature represents a NoSignature error raised by the ReceiptChecker contract.
type ReceiptCheckerNoSignature struct {
	Index *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoSignature(uint256 index)
func ReceiptCheckerNoSignatureErrorID() common.Hash {
	return common.HexToHash("0x9e5546eae1f83dc2e3cbddf845ead548cae09875f2d3bc9fc2d5ef690f089663")
}

// UnpackNoSignatureError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoSignature(uint256 index)
func (receiptChecker *ReceiptChecker) UnpackNoSignatureError(raw []byte) (*ReceiptCheckerNoSignature, error) {
	out := new(ReceiptCheckerNoSignature)
	if err := receiptChecker.abi.UnpackIntoInterface(out, "NoSignature", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ReceiptCheckerNotSigned represents a NotSigned error raised by the ReceiptChecker contract.
type ReceiptCheckerNotSigned struct {
	Index *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotSigned(uint256 index)
func ReceiptCheckerNotSignedErrorID() common.Hash {
	return common.HexToHash("0x0249b4f016474b5259cb0ee7ee9fb062325aee3bae292899845d8e35b4a530d4")
}

// UnpackNotSignedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotSigned(uint256 index)
func (receiptChecker *ReceiptChecker) UnpackNotSignedError(raw []byte) (*ReceiptCheckerNotSigned, error) {
	out := new(ReceiptCheckerNotSigned)
	if err := receiptChecker.abi.UnpackIntoInterface(out, "NotSigned", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ReceiptCheckerTooFewSignatures represents a TooFewSignatures error raised by the ReceiptChecker contract.
type ReceiptCheckerTooFewSignatures struct {
	Got  *big.Int
	Want *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TooFewSignatures(uint256 got, uint256 want)
func ReceiptCheckerTooFewSignaturesErrorID() common.Hash {
	return common.HexToHash("0x59b8466f13c4d54554d5f64f08f5b02563132f906fa1ae1e30fbc1e6780e4f08")
}

// UnpackTooFewSignaturesError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TooFewSignatures(uint256 got, uint256 want)
func (receiptChecker *ReceiptChecker) UnpackTooFewSignaturesError(raw []byte) (*ReceiptCheckerTooFewSignatures, error) {
	out := new(ReceiptCheckerTooFewSignatures)
	if err := receiptChecker.abi.UnpackIntoInterface(out, "TooFewSignatures", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ReceiptCheckerUnevenSignatures represents a UnevenSignatures error raised by the ReceiptChecker contract.
type ReceiptCheckerUnevenSignatures struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error UnevenSignatures()
func ReceiptCheckerUnevenSignaturesErrorID() common.Hash {
	return common.HexToHash("0x216ff5c4c7b5bfe170594b02490e31098cee54fd3398a124122cbf6fa738bc34")
}

// UnpackUnevenSignaturesError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error UnevenSignatures()
func (receiptChecker *ReceiptChecker) UnpackUnevenSignaturesError(raw []byte) (*ReceiptCheckerUnevenSignatures, error) {
	out := new(ReceiptCheckerUnevenSignatures)
	if err := receiptChecker.abi.UnpackIntoInterface(out, "UnevenSignatures", raw); err != nil {
		return nil, err
	}
	return out, nil
}
