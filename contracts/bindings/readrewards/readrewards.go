// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package readrewards

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

// ReadRewardsMetaData contains all meta data concerning the ReadRewards contract.
var ReadRewardsMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"}],\"name\":\"AnotherVersion\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"Exhausted\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"IndexOutOfOrder\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"NoSignature\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NotGranted\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"NotSigned\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NotYours\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"PaidAlready\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"got\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"want\",\"type\":\"uint256\"}],\"name\":\"TooFewSignatures\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"TransferFailed\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"UnevenSignatures\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"},{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"reward\",\"type\":\"uint256\"}],\"name\":\"Offered\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"reader\",\"type\":\"address\"}],\"name\":\"Paid\",\"type\":\"event\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"},{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"request\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"requester\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"components\":[{\"internalType\":\"uint64\",\"name\":\"number\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"hash\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Block\",\"name\":\"block\",\"type\":\"tuple\"},{\"internalType\":\"bool\",\"name\":\"granted\",\"type\":\"bool\"}],\"internalType\":\"structReceipts.Receipt\",\"name\":\"receipt\",\"type\":\"tuple\"},{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"threshold\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"setSize\",\"type\":\"uint32\"},{\"internalType\":\"bytes\",\"name\":\"members\",\"type\":\"bytes\"},{\"internalType\":\"bytes\",\"name\":\"initiator\",\"type\":\"bytes\"},{\"internalType\":\"bytes32\",\"name\":\"nonce\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"proof\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Setup\",\"name\":\"setup\",\"type\":\"tuple\"},{\"internalType\":\"bytes[]\",\"name\":\"signatures\",\"type\":\"bytes[]\"},{\"internalType\":\"uint32[]\",\"name\":\"indices\",\"type\":\"uint32[]\"}],\"name\":\"claim\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"}],\"name\":\"close\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"count\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"internalType\":\"uint256\",\"name\":\"reward\",\"type\":\"uint256\"}],\"name\":\"offer\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"}],\"stateMutability\":\"payable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"}],\"name\":\"offers\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"by\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"internalType\":\"uint256\",\"name\":\"reward\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"left\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"reader\",\"type\":\"address\"}],\"name\":\"paid\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"}]",
	ID:  "ReadRewards",
	Bin: "0x6080604052348015600f57600080fd5b5061125b8061001f6000396000f3fe6080604052600436106100555760003560e01c806306661abd1461005a5780630aebeb4e146100835780631184a1e4146100a55780635d7834de146100c55780638a72ea6a146100d8578063a031fb7f1461014e575b600080fd5b34801561006657600080fd5b5061007060015481565b6040519081526020015b60405180910390f35b34801561008f57600080fd5b506100a361009e366004610cd9565b610199565b005b3480156100b157600080fd5b506100a36100c0366004610d57565b6101eb565b6100706100d3366004610e17565b6103bb565b3480156100e457600080fd5b506101246100f3366004610cd9565b60006020819052908152604090208054600182015460028301546003909301546001600160a01b0390921692909184565b604080516001600160a01b039095168552602085019390935291830152606082015260800161007a565b34801561015a57600080fd5b50610189610169366004610e55565b600260209081526000928352604080842090915290825290205460ff1681565b604051901515815260200161007a565b600081815260208190526040902080546001600160a01b031633146101d1576040516304a636d360e41b815260040160405180910390fd5b60038101805460009091556101e6338261046e565b505050565b60008781526020819052604090206001810154610221908787878787610216368f90038f018f610f0f565b9594939291906104e2565b50610233610100880160e08901610fca565b610250576040516333ecac8f60e01b815260040160405180910390fd5b60008881526002602052604080822091906102719060608b01908b01610fe5565b6001600160a01b0316815260208101919091526040016000205460ff16156102ac57604051638009f58d60e01b815260040160405180910390fd5b8060020154816003015410156102d557604051636f3d6c4f60e01b815260040160405180910390fd5b60008881526002602052604080822060019290916102f99060608c01908c01610fe5565b6001600160a01b03166001600160a01b0316815260200190815260200160002060006101000a81548160ff02191690831515021790555080600201548160030160008282546103489190611016565b9091555061035e90506060880160408901610fe5565b6001600160a01b0316887ffe87ea15c8bc24dba7527bdf56cbe51bd91e401a821f00854fc668bed87513f560405160405180910390a36103b16103a76060890160408a01610fe5565b826002015461046e565b5050505050505050565b60018054600091826103cc8361102f565b9091555060408051608081018252338152602080820187815282840187815234606085019081526000878152808552869020945185546001600160a01b0319166001600160a01b0390911617855591516001850155516002840155516003909201919091559051848152919250849183917fa69b3a3fc234d79457fe28f271579bfa274c99ee1c05ffe9ed1057369ec8cb38910160405180910390a392915050565b6000826001600160a01b03168260405160006040518083038185875af1925050503d80600081146104bb576040519150601f19603f3d011682016040523d82523d6000602084013e6104c0565b606091505b50509050806101e6576040516312171d8360e31b815260040160405180910390fd5b60008688608001511415806104ff5750866104fc876106d3565b14155b1561052557604051631e09de6b60e11b8152600481018890526024015b60405180910390fd5b8751863514158061053e57508560200135886060015114155b1561055f57604051631e09de6b60e11b81526004810188905260240161051c565b61056888610832565b9050600061058f8261058060608a0160408b01611048565b63ffffffff168888888861097f565b905060005b81518110156106c65760008585838181106105b1576105b161106e565b90506020020160208101906105c69190611048565b6105d79063ffffffff166040611084565b90506105e660808a018a61109b565b9050811115610637578585838181106106015761060161106e565b90506020020160208101906106169190611048565b60405162249b4f60e41b815263ffffffff909116600482015260240161051c565b600061064660808b018b61109b565b610651604085611016565b61065d928592906110e2565b60405161066b92919061110c565b604051809103902090508383815181106106875761068761106e565b60200260200101516001600160a01b03168160001c6001600160a01b0316146106bc578686848181106106015761060161106e565b5050600101610594565b5050979650505050505050565b600080823560208401356106ed6060860160408701611048565b60e01b6107006080870160608801611048565b604080516806400000000000000560ba1b602082015273676574682d73732f67656e65726174696f6e2f3160601b6029820152600160c51b603d820181905260458201969096526065810195909552606d850193909352600160c31b608d8501526001600160e01b0319918216609585015260e01b1660998301528051607d818403018152609d90920190529050600061079d608085018561109b565b60c01b90506107af608086018661109b565b6107bc60a088018861109b565b60c01b90506107ce60a089018961109b565b6040516020016107e39695949392919061111c565b604051602081830303815290604052905081818560c001358660e001356040516020016108139493929190611195565b6040516020818303038152906040528051906020012092505050919050565b60008082600001518360200151846040015160601b6040516020016108c5939291906819000000000000001160b81b815270676574682d73732f726563656970742f3160781b6009820152600160c51b601a820181905260228201949094526042810193909352604a830191909152600560c21b606a8301526bffffffffffffffffffffffff1916607282015260860190565b604051602081830303815290604052905060008360a001516000015160c01b8460a00151602001518560c001516108fd576000610903565b600160f81b5b604051600160c31b60208201526001600160c01b03199093166028840152600160c51b60308401526038830191909152600160c01b60588301526001600160f81b0319166060820152606101604051602081830303815290604052905081846060015185608001518360405160200161081394939291906111d2565b60608382146109a15760405163085bfd7160e21b815260040160405180910390fd5b8584116109d657836109b4876001611211565b6040516359b8466f60e01b81526004810192909252602482015260440161051c565b8367ffffffffffffffff8111156109ef576109ef610e81565b604051908082528060200260200182016040528015610a18578160200160208202803683370190505b5090506000805b85811015610bb55781858583818110610a3a57610a3a61106e565b9050602002016020810190610a4f9190611048565b63ffffffff1611610aa357848482818110610a6c57610a6c61106e565b9050602002016020810190610a819190611048565b60405163514d977d60e11b815263ffffffff909116600482015260240161051c565b848482818110610ab557610ab561106e565b9050602002016020810190610aca9190611048565b63ffffffff169150610aff89888884818110610ae857610ae861106e565b9050602002810190610afa919061109b565b610bc1565b838281518110610b1157610b1161106e565b60200260200101906001600160a01b031690816001600160a01b03168152505060006001600160a01b0316838281518110610b4e57610b4e61106e565b60200260200101516001600160a01b031603610bad57848482818110610b7657610b7661106e565b9050602002016020810190610b8b9190611048565b604051634f2aa37560e11b815263ffffffff909116600482015260240161051c565b600101610a1f565b50509695505050505050565b600060418214610bd357506000610cd2565b600083836040818110610be857610be861106e565b919091013560f81c9150506002811015610c0a57610c07601b82611224565b90505b6000610c1a6040602086886110e2565b610c239161123d565b90507f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0811115610c5857600092505050610cd2565b60018683610c6a60206000898b6110e2565b610c739161123d565b6040805160008152602081018083529490945260ff9092169183019190915260608201526080810183905260a0016020604051602081039080840390855afa158015610cc3573d6000803e3d6000fd5b50505060206040510351925050505b9392505050565b600060208284031215610ceb57600080fd5b5035919050565b60006101008284031215610d0557600080fd5b50919050565b60008083601f840112610d1d57600080fd5b50813567ffffffffffffffff811115610d3557600080fd5b6020830191508360208260051b8501011115610d5057600080fd5b9250929050565b6000806000806000806000610180888a031215610d7357600080fd5b87359650610d848960208a01610cf2565b955061012088013567ffffffffffffffff811115610da157600080fd5b610dad8a828b01610cf2565b95505061014088013567ffffffffffffffff811115610dcb57600080fd5b610dd78a828b01610d0b565b90955093505061016088013567ffffffffffffffff811115610df857600080fd5b610e048a828b01610d0b565b989b979a50959850939692959293505050565b60008060408385031215610e2a57600080fd5b50508035926020909101359150565b80356001600160a01b0381168114610e5057600080fd5b919050565b60008060408385031215610e6857600080fd5b82359150610e7860208401610e39565b90509250929050565b634e487b7160e01b600052604160045260246000fd5b60405160e0810167ffffffffffffffff81118282101715610ec857634e487b7160e01b600052604160045260246000fd5b60405290565b6040805190810167ffffffffffffffff81118282101715610ec857634e487b7160e01b600052604160045260246000fd5b80358015158114610e5057600080fd5b600081830361010081128015610f2457600080fd5b506000610f2f610e97565b8435815260208086013590820152610f4960408601610e39565b6040828101919091526060868101359083015260808087013590830152609f1984011215610f75578182fd5b610f7d610ece565b925060a085013567ffffffffffffffff81168114610f99578283fd5b8084525060c085013591508160208401528260a0820152610fbc60e08601610eff565b60c082015295945050505050565b600060208284031215610fdc57600080fd5b610cd282610eff565b600060208284031215610ff757600080fd5b610cd282610e39565b634e487b7160e01b600052601160045260246000fd5b8181038181111561102957611029611000565b92915050565b60006001820161104157611041611000565b5060010190565b60006020828403121561105a57600080fd5b813563ffffffff81168114610cd257600080fd5b634e487b7160e01b600052603260045260246000fd5b808202811582820484141761102957611029611000565b6000808335601e198436030181126110b257600080fd5b83018035915067ffffffffffffffff8211156110cd57600080fd5b602001915036819003821315610d5057600080fd5b600080858511156110f257600080fd5b838611156110ff57600080fd5b5050820193919092039150565b8183823760009101908152919050565b6001600160c01b03198716815284866008830137600085820167ffffffffffffffff60c01b86166008820152838560108301376000930160100192835250909695505050505050565b6000815160005b81811015611186576020818501810151868301520161116c565b50600093019283525090919050565b60006111aa6111a48388611165565b86611165565b600160c51b808252600882019590955260288101949094525050603082015260500192915050565b60006111de8287611165565b600160c51b808252600882018790526028820152603081018590526112066050820185611165565b979650505050505050565b8082018082111561102957611029611000565b60ff818116838216019081111561102957611029611000565b8035602083101561102957600019602084900360031b1b169291505056",
}

// ReadRewards is an auto generated Go binding around an Ethereum contract.
type ReadRewards struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *ReadRewards) GetABI() abi.ABI {
	return c.abi
}

// NewReadRewards creates a new instance of ReadRewards.
func NewReadRewards() *ReadRewards {
	parsed, err := ReadRewardsMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &ReadRewards{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *ReadRewards) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackClaim is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1184a1e4.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function claim(uint256 id, (bytes32,bytes32,address,bytes32,bytes32,(uint64,bytes32),bool) receipt, (bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32) setup, bytes[] signatures, uint32[] indices) returns()
func (readRewards *ReadRewards) PackClaim(id *big.Int, receipt ReceiptsReceipt, setup ReceiptsSetup, signatures [][]byte, indices []uint32) []byte {
	enc, err := readRewards.abi.Pack("claim", id, receipt, setup, signatures, indices)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClaim is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1184a1e4.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function claim(uint256 id, (bytes32,bytes32,address,bytes32,bytes32,(uint64,bytes32),bool) receipt, (bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32) setup, bytes[] signatures, uint32[] indices) returns()
func (readRewards *ReadRewards) TryPackClaim(id *big.Int, receipt ReceiptsReceipt, setup ReceiptsSetup, signatures [][]byte, indices []uint32) ([]byte, error) {
	return readRewards.abi.Pack("claim", id, receipt, setup, signatures, indices)
}

// PackClose is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0aebeb4e.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function close(uint256 id) returns()
func (readRewards *ReadRewards) PackClose(id *big.Int) []byte {
	enc, err := readRewards.abi.Pack("close", id)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClose is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x0aebeb4e.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function close(uint256 id) returns()
func (readRewards *ReadRewards) TryPackClose(id *big.Int) ([]byte, error) {
	return readRewards.abi.Pack("close", id)
}

// PackCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x06661abd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function count() view returns(uint256)
func (readRewards *ReadRewards) PackCount() []byte {
	enc, err := readRewards.abi.Pack("count")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackCount is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x06661abd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function count() view returns(uint256)
func (readRewards *ReadRewards) TryPackCount() ([]byte, error) {
	return readRewards.abi.Pack("count")
}

// UnpackCount is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x06661abd.
//
// Solidity: function count() view returns(uint256)
func (readRewards *ReadRewards) UnpackCount(data []byte) (*big.Int, error) {
	out, err := readRewards.abi.Unpack("count", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackOffer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5d7834de.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function offer(bytes32 version, uint256 reward) payable returns(uint256 id)
func (readRewards *ReadRewards) PackOffer(version [32]byte, reward *big.Int) []byte {
	enc, err := readRewards.abi.Pack("offer", version, reward)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOffer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x5d7834de.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function offer(bytes32 version, uint256 reward) payable returns(uint256 id)
func (readRewards *ReadRewards) TryPackOffer(version [32]byte, reward *big.Int) ([]byte, error) {
	return readRewards.abi.Pack("offer", version, reward)
}

// UnpackOffer is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x5d7834de.
//
// Solidity: function offer(bytes32 version, uint256 reward) payable returns(uint256 id)
func (readRewards *ReadRewards) UnpackOffer(data []byte) (*big.Int, error) {
	out, err := readRewards.abi.Unpack("offer", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackOffers is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8a72ea6a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function offers(uint256 id) view returns(address by, bytes32 version, uint256 reward, uint256 left)
func (readRewards *ReadRewards) PackOffers(id *big.Int) []byte {
	enc, err := readRewards.abi.Pack("offers", id)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOffers is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x8a72ea6a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function offers(uint256 id) view returns(address by, bytes32 version, uint256 reward, uint256 left)
func (readRewards *ReadRewards) TryPackOffers(id *big.Int) ([]byte, error) {
	return readRewards.abi.Pack("offers", id)
}

// OffersOutput serves as a container for the return parameters of contract
// method Offers.
type OffersOutput struct {
	By      common.Address
	Version [32]byte
	Reward  *big.Int
	Left    *big.Int
}

// UnpackOffers is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8a72ea6a.
//
// Solidity: function offers(uint256 id) view returns(address by, bytes32 version, uint256 reward, uint256 left)
func (readRewards *ReadRewards) UnpackOffers(data []byte) (OffersOutput, error) {
	out, err := readRewards.abi.Unpack("offers", data)
	outstruct := new(OffersOutput)
	if err != nil {
		return *outstruct, err
	}
	outstruct.By = *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	outstruct.Version = *abi.ConvertType(out[1], new([32]byte)).(*[32]byte)
	outstruct.Reward = abi.ConvertType(out[2], new(big.Int)).(*big.Int)
	outstruct.Left = abi.ConvertType(out[3], new(big.Int)).(*big.Int)
	return *outstruct, nil
}

// PackPaid is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa031fb7f.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function paid(uint256 id, address reader) view returns(bool)
func (readRewards *ReadRewards) PackPaid(id *big.Int, reader common.Address) []byte {
	enc, err := readRewards.abi.Pack("paid", id, reader)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackPaid is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xa031fb7f.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function paid(uint256 id, address reader) view returns(bool)
func (readRewards *ReadRewards) TryPackPaid(id *big.Int, reader common.Address) ([]byte, error) {
	return readRewards.abi.Pack("paid", id, reader)
}

// UnpackPaid is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xa031fb7f.
//
// Solidity: function paid(uint256 id, address reader) view returns(bool)
func (readRewards *ReadRewards) UnpackPaid(data []byte) (bool, error) {
	out, err := readRewards.abi.Unpack("paid", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// ReadRewardsOffered represents a Offered event raised by the ReadRewards contract.
type ReadRewardsOffered struct {
	Id      *big.Int
	Version [32]byte
	Reward  *big.Int
	Raw     *types.Log // Blockchain specific contextual infos
}

const ReadRewardsOfferedEventName = "Offered"

// ContractEventName returns the user-defined event name.
func (ReadRewardsOffered) ContractEventName() string {
	return ReadRewardsOfferedEventName
}

// UnpackOfferedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Offered(uint256 indexed id, bytes32 indexed version, uint256 reward)
func (readRewards *ReadRewards) UnpackOfferedEvent(log *types.Log) (*ReadRewardsOffered, error) {
	event := "Offered"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != readRewards.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ReadRewardsOffered)
	if len(log.Data) > 0 {
		if err := readRewards.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range readRewards.abi.Events[event].Inputs {
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

// ReadRewardsPaid represents a Paid event raised by the ReadRewards contract.
type ReadRewardsPaid struct {
	Id     *big.Int
	Reader common.Address
	Raw    *types.Log // Blockchain specific contextual infos
}

const ReadRewardsPaidEventName = "Paid"

// ContractEventName returns the user-defined event name.
func (ReadRewardsPaid) ContractEventName() string {
	return ReadRewardsPaidEventName
}

// UnpackPaidEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Paid(uint256 indexed id, address indexed reader)
func (readRewards *ReadRewards) UnpackPaidEvent(log *types.Log) (*ReadRewardsPaid, error) {
	event := "Paid"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != readRewards.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(ReadRewardsPaid)
	if len(log.Data) > 0 {
		if err := readRewards.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range readRewards.abi.Events[event].Inputs {
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
func (readRewards *ReadRewards) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], readRewards.abi.Errors["AnotherVersion"].ID.Bytes()[:4]) {
		return readRewards.UnpackAnotherVersionError(raw[4:])
	}
	if bytes.Equal(raw[:4], readRewards.abi.Errors["Exhausted"].ID.Bytes()[:4]) {
		return readRewards.UnpackExhaustedError(raw[4:])
	}
	if bytes.Equal(raw[:4], readRewards.abi.Errors["IndexOutOfOrder"].ID.Bytes()[:4]) {
		return readRewards.UnpackIndexOutOfOrderError(raw[4:])
	}
	if bytes.Equal(raw[:4], readRewards.abi.Errors["NoSignature"].ID.Bytes()[:4]) {
		return readRewards.UnpackNoSignatureError(raw[4:])
	}
	if bytes.Equal(raw[:4], readRewards.abi.Errors["NotGranted"].ID.Bytes()[:4]) {
		return readRewards.UnpackNotGrantedError(raw[4:])
	}
	if bytes.Equal(raw[:4], readRewards.abi.Errors["NotSigned"].ID.Bytes()[:4]) {
		return readRewards.UnpackNotSignedError(raw[4:])
	}
	if bytes.Equal(raw[:4], readRewards.abi.Errors["NotYours"].ID.Bytes()[:4]) {
		return readRewards.UnpackNotYoursError(raw[4:])
	}
	if bytes.Equal(raw[:4], readRewards.abi.Errors["PaidAlready"].ID.Bytes()[:4]) {
		return readRewards.UnpackPaidAlreadyError(raw[4:])
	}
	if bytes.Equal(raw[:4], readRewards.abi.Errors["TooFewSignatures"].ID.Bytes()[:4]) {
		return readRewards.UnpackTooFewSignaturesError(raw[4:])
	}
	if bytes.Equal(raw[:4], readRewards.abi.Errors["TransferFailed"].ID.Bytes()[:4]) {
		return readRewards.UnpackTransferFailedError(raw[4:])
	}
	if bytes.Equal(raw[:4], readRewards.abi.Errors["UnevenSignatures"].ID.Bytes()[:4]) {
		return readRewards.UnpackUnevenSignaturesError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// ReadRewardsAnotherVersion represents a AnotherVersion error raised by the ReadRewards contract.
type ReadRewardsAnotherVersion struct {
	Version [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AnotherVersion(bytes32 version)
func ReadRewardsAnotherVersionErrorID() common.Hash {
	return common.HexToHash("0x3c13bcd633773548ffcea723c54bbe30fb4b13b88889e27c9375b434c5f0303f")
}

// UnpackAnotherVersionError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AnotherVersion(bytes32 version)
func (readRewards *ReadRewards) UnpackAnotherVersionError(raw []byte) (*ReadRewardsAnotherVersion, error) {
	out := new(ReadRewardsAnotherVersion)
	if err := readRewards.abi.UnpackIntoInterface(out, "AnotherVersion", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ReadRewardsExhausted represents a Exhausted error raised by the ReadRewards contract.
type ReadRewardsExhausted struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error Exhausted()
func ReadRewardsExhaustedErrorID() common.Hash {
	return common.HexToHash("0x6f3d6c4f0498b94458f0f39fc6a246f6ad11a271b7eb01baaa9ef6b355ddc923")
}

// UnpackExhaustedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error Exhausted()
func (readRewards *ReadRewards) UnpackExhaustedError(raw []byte) (*ReadRewardsExhausted, error) {
	out := new(ReadRewardsExhausted)
	if err := readRewards.abi.UnpackIntoInterface(out, "Exhausted", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ReadRewardsIndexOutOfOrder represents a IndexOutOfOrder error raised by the ReadRewards contract.
type ReadRewardsIndexOutOfOrder struct {
	Index *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error IndexOutOfOrder(uint256 index)
func ReadRewardsIndexOutOfOrderErrorID() common.Hash {
	return common.HexToHash("0xa29b2efa94f99be5f6b224753ce745890ec998bce18e0c7c0af57ebea8d124a7")
}

// UnpackIndexOutOfOrderError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error IndexOutOfOrder(uint256 index)
func (readRewards *ReadRewards) UnpackIndexOutOfOrderError(raw []byte) (*ReadRewardsIndexOutOfOrder, error) {
	out := new(ReadRewardsIndexOutOfOrder)
	if err := readRewards.abi.UnpackIntoInterface(out, "IndexOutOfOrder", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ReadRewardsNoSignature represents a NoSignature error raised by the ReadRewards contract.
type ReadRewardsNoSignature struct {
	Index *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NoSignature(uint256 index)
func ReadRewardsNoSignatureErrorID() common.Hash {
	return common.HexToHash("0x9e5546eae1f83dc2e3cbddf845ead548cae09875f2d3bc9fc2d5ef690f089663")
}

// UnpackNoSignatureError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NoSignature(uint256 index)
func (readRewards *ReadRewards) UnpackNoSignatureError(raw []byte) (*ReadRewardsNoSignature, error) {
	out := new(ReadRewardsNoSignature)
	if err := readRewards.abi.UnpackIntoInterface(out, "NoSignature", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ReadRewardsNotGranted represents a NotGranted error raised by the ReadRewards contract.
type ReadRewardsNotGranted struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotGranted()
func ReadRewardsNotGrantedErrorID() common.Hash {
	return common.HexToHash("0x33ecac8f39cd7cc2c9e8ef6cc7097d4815379276531153964ae4e8db6461de7e")
}

// UnpackNotGrantedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotGranted()
func (readRewards *ReadRewards) UnpackNotGrantedError(raw []byte) (*ReadRewardsNotGranted, error) {
	out := new(ReadRewardsNotGranted)
	if err := readRewards.abi.UnpackIntoInterface(out, "NotGranted", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ReadRewardsNotSigned represents a NotSigned error raised by the ReadRewards contract.
type ReadRewardsNotSigned struct {
	Index *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotSigned(uint256 index)
func ReadRewardsNotSignedErrorID() common.Hash {
	return common.HexToHash("0x0249b4f016474b5259cb0ee7ee9fb062325aee3bae292899845d8e35b4a530d4")
}

// UnpackNotSignedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotSigned(uint256 index)
func (readRewards *ReadRewards) UnpackNotSignedError(raw []byte) (*ReadRewardsNotSigned, error) {
	out := new(ReadRewardsNotSigned)
	if err := readRewards.abi.UnpackIntoInterface(out, "NotSigned", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ReadRewardsNotYours represents a NotYours error raised by the ReadRewards contract.
type ReadRewardsNotYours struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotYours()
func ReadRewardsNotYoursErrorID() common.Hash {
	return common.HexToHash("0x4a636d304d95b7a63c678ac3cca6039eae0fa3578602ed9cf8bc001ad78047a7")
}

// UnpackNotYoursError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotYours()
func (readRewards *ReadRewards) UnpackNotYoursError(raw []byte) (*ReadRewardsNotYours, error) {
	out := new(ReadRewardsNotYours)
	if err := readRewards.abi.UnpackIntoInterface(out, "NotYours", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ReadRewardsPaidAlready represents a PaidAlready error raised by the ReadRewards contract.
type ReadRewardsPaidAlready struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error PaidAlready()
func ReadRewardsPaidAlreadyErrorID() common.Hash {
	return common.HexToHash("0x8009f58d7ab811e4bef38b8f660f872e9037f747f8cdaf07fe320322cbf87f91")
}

// UnpackPaidAlreadyError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error PaidAlready()
func (readRewards *ReadRewards) UnpackPaidAlreadyError(raw []byte) (*ReadRewardsPaidAlready, error) {
	out := new(ReadRewardsPaidAlready)
	if err := readRewards.abi.UnpackIntoInterface(out, "PaidAlready", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ReadRewardsTooFewSignatures represents a TooFewSignatures error raised by the ReadRewards contract.
type ReadRewardsTooFewSignatures struct {
	Got  *big.Int
	Want *big.Int
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TooFewSignatures(uint256 got, uint256 want)
func ReadRewardsTooFewSignaturesErrorID() common.Hash {
	return common.HexToHash("0x59b8466f13c4d54554d5f64f08f5b02563132f906fa1ae1e30fbc1e6780e4f08")
}

// UnpackTooFewSignaturesError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TooFewSignatures(uint256 got, uint256 want)
func (readRewards *ReadRewards) UnpackTooFewSignaturesError(raw []byte) (*ReadRewardsTooFewSignatures, error) {
	out := new(ReadRewardsTooFewSignatures)
	if err := readRewards.abi.UnpackIntoInterface(out, "TooFewSignatures", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ReadRewardsTransferFailed represents a TransferFailed error raised by the ReadRewards contract.
type ReadRewardsTransferFailed struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error TransferFailed()
func ReadRewardsTransferFailedErrorID() common.Hash {
	return common.HexToHash("0x90b8ec1877afffd816d05d9b13947f3ff18ec5851c38bad15ec2b710f92391b1")
}

// UnpackTransferFailedError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error TransferFailed()
func (readRewards *ReadRewards) UnpackTransferFailedError(raw []byte) (*ReadRewardsTransferFailed, error) {
	out := new(ReadRewardsTransferFailed)
	if err := readRewards.abi.UnpackIntoInterface(out, "TransferFailed", raw); err != nil {
		return nil, err
	}
	return out, nil
}

// ReadRewardsUnevenSignatures represents a UnevenSignatures error raised by the ReadRewards contract.
type ReadRewardsUnevenSignatures struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error UnevenSignatures()
func ReadRewardsUnevenSignaturesErrorID() common.Hash {
	return common.HexToHash("0x216ff5c4c7b5bfe170594b02490e31098cee54fd3398a124122cbf6fa738bc34")
}

// UnpackUnevenSignaturesError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error UnevenSignatures()
func (readRewards *ReadRewards) UnpackUnevenSignaturesError(raw []byte) (*ReadRewardsUnevenSignatures, error) {
	out := new(ReadRewardsUnevenSignatures)
	if err := readRewards.abi.UnpackIntoInterface(out, "UnevenSignatures", raw); err != nil {
		return nil, err
	}
	return out, nil
}
