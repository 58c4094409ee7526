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

// MovedReceiptsSharing is an auto generated low-level Go binding around an user-defined struct.
type MovedReceiptsSharing struct {
	Setup     ReceiptsSetup
	Epoch     uint64
	Set       [32]byte
	Round     uint64
	Origin    [32]byte
	Parent    [32]byte
	Made      uint32
	ServerKey []byte
	Dealers   []byte
}

// MovedReceiptsShown is an auto generated low-level Go binding around an user-defined struct.
type MovedReceiptsShown struct {
	Receipt    ReceiptsReceipt
	Made       MovedReceiptsSharing
	Now        MovedReceiptsSharing
	Servers    []common.Address
	Signatures [][]byte
	Indices    []uint32
}

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
	ABI: "[{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"origin\",\"type\":\"bytes32\"}],\"name\":\"AnotherOrigin\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"}],\"name\":\"AnotherVersion\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"Exhausted\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"Following\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"IndexOutOfOrder\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"NoSignature\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NotFollowing\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NotGranted\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"NotSigned\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"NotYours\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"}],\"name\":\"OtherServers\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"PaidAlready\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"got\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"want\",\"type\":\"uint256\"}],\"name\":\"TooFewSignatures\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"TransferFailed\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"UnevenSignatures\",\"type\":\"error\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"},{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"reward\",\"type\":\"uint256\"}],\"name\":\"Offered\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"reader\",\"type\":\"address\"}],\"name\":\"Paid\",\"type\":\"event\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"},{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"request\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"requester\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"components\":[{\"internalType\":\"uint64\",\"name\":\"number\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"hash\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Block\",\"name\":\"block\",\"type\":\"tuple\"},{\"internalType\":\"bool\",\"name\":\"granted\",\"type\":\"bool\"}],\"internalType\":\"structReceipts.Receipt\",\"name\":\"receipt\",\"type\":\"tuple\"},{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"threshold\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"setSize\",\"type\":\"uint32\"},{\"internalType\":\"bytes\",\"name\":\"members\",\"type\":\"bytes\"},{\"internalType\":\"bytes\",\"name\":\"initiator\",\"type\":\"bytes\"},{\"internalType\":\"bytes32\",\"name\":\"nonce\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"proof\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Setup\",\"name\":\"setup\",\"type\":\"tuple\"},{\"internalType\":\"bytes[]\",\"name\":\"signatures\",\"type\":\"bytes[]\"},{\"internalType\":\"uint32[]\",\"name\":\"indices\",\"type\":\"uint32[]\"}],\"name\":\"claim\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"},{\"components\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"request\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"requester\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"components\":[{\"internalType\":\"uint64\",\"name\":\"number\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"hash\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Block\",\"name\":\"block\",\"type\":\"tuple\"},{\"internalType\":\"bool\",\"name\":\"granted\",\"type\":\"bool\"}],\"internalType\":\"structReceipts.Receipt\",\"name\":\"receipt\",\"type\":\"tuple\"},{\"components\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"threshold\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"setSize\",\"type\":\"uint32\"},{\"internalType\":\"bytes\",\"name\":\"members\",\"type\":\"bytes\"},{\"internalType\":\"bytes\",\"name\":\"initiator\",\"type\":\"bytes\"},{\"internalType\":\"bytes32\",\"name\":\"nonce\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"proof\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Setup\",\"name\":\"setup\",\"type\":\"tuple\"},{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"set\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"round\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"origin\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"parent\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"made\",\"type\":\"uint32\"},{\"internalType\":\"bytes\",\"name\":\"serverKey\",\"type\":\"bytes\"},{\"internalType\":\"bytes\",\"name\":\"dealers\",\"type\":\"bytes\"}],\"internalType\":\"structMovedReceipts.Sharing\",\"name\":\"made\",\"type\":\"tuple\"},{\"components\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"threshold\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"setSize\",\"type\":\"uint32\"},{\"internalType\":\"bytes\",\"name\":\"members\",\"type\":\"bytes\"},{\"internalType\":\"bytes\",\"name\":\"initiator\",\"type\":\"bytes\"},{\"internalType\":\"bytes32\",\"name\":\"nonce\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"proof\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Setup\",\"name\":\"setup\",\"type\":\"tuple\"},{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"set\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"round\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"origin\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"parent\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"made\",\"type\":\"uint32\"},{\"internalType\":\"bytes\",\"name\":\"serverKey\",\"type\":\"bytes\"},{\"internalType\":\"bytes\",\"name\":\"dealers\",\"type\":\"bytes\"}],\"internalType\":\"structMovedReceipts.Sharing\",\"name\":\"now\",\"type\":\"tuple\"},{\"internalType\":\"address[]\",\"name\":\"servers\",\"type\":\"address[]\"},{\"internalType\":\"bytes[]\",\"name\":\"signatures\",\"type\":\"bytes[]\"},{\"internalType\":\"uint32[]\",\"name\":\"indices\",\"type\":\"uint32[]\"}],\"internalType\":\"structMovedReceipts.Shown\",\"name\":\"shown\",\"type\":\"tuple\"}],\"name\":\"claimMoved\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"}],\"name\":\"close\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"count\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"internalType\":\"uint256\",\"name\":\"reward\",\"type\":\"uint256\"}],\"name\":\"offer\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"}],\"stateMutability\":\"payable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"internalType\":\"uint256\",\"name\":\"reward\",\"type\":\"uint256\"},{\"internalType\":\"contractServerSets\",\"name\":\"sets\",\"type\":\"address\"}],\"name\":\"offerFollowing\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"}],\"stateMutability\":\"payable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"}],\"name\":\"offers\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"by\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"internalType\":\"uint256\",\"name\":\"reward\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"left\",\"type\":\"uint256\"},{\"internalType\":\"contractServerSets\",\"name\":\"sets\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"id\",\"type\":\"uint256\"},{\"internalType\":\"address\",\"name\":\"reader\",\"type\":\"address\"}],\"name\":\"paid\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"}]",
	ID:  "ReadRewards",
	Bin: "0x6080604052348015600f57600080fd5b50611ee68061001f6000396000f3fe60806040526004361061007b5760003560e01c80635d7834de1161004e5780635d7834de1461010b5780638a72ea6a1461011e578063a031fb7f146101a7578063e781de7c146101f257600080fd5b806306661abd146100805780630aebeb4e146100a95780631184a1e4146100cb57806322ae0f18146100eb575b600080fd5b34801561008c57600080fd5b5061009660015481565b6040519081526020015b60405180910390f35b3480156100b557600080fd5b506100c96100c43660046116f9565b610205565b005b3480156100d757600080fd5b506100c96100e6366004611776565b610257565b3480156100f757600080fd5b506100c9610106366004611833565b6102ef565b610096610119366004611881565b61036d565b34801561012a57600080fd5b506101736101393660046116f9565b600060208190529081526040902080546001820154600283015460038401546004909401546001600160a01b039384169492939192911685565b604080516001600160a01b03968716815260208101959095528401929092526060830152909116608082015260a0016100a0565b3480156101b357600080fd5b506101e26101c23660046118bb565b600260209081526000928352604080842090915290825290205460ff1681565b60405190151581526020016100a0565b6100966102003660046118e0565b610384565b600081815260208190526040902080546001600160a01b0316331461023d576040516304a636d360e41b815260040160405180910390fd5b60038101805460009091556102523382610460565b505050565b600087815260208190526040902060048101546001600160a01b0316156102915760405163ee1dc1bf60e01b815260040160405180910390fd5b60018101546102b99087878787876102ae368f90038f018f6119c1565b9594939291906104d4565b506102e588826102d06101008b0160e08c01611a6e565b6102e060608c0160408d01611a89565b6106c5565b5050505050505050565b600082815260208190526040902060048101546001600160a01b0316610328576040516322d9eef360e21b815260040160405180910390fd5b60048101546001820154610346916001600160a01b031690846107e4565b50610252838261035d610100860160e08701611a6e565b6102e06060870160408801611a89565b600061037b83836000610384565b90505b92915050565b600180546000918261039583611abc565b909155506040805160a081018252338152602080820188815282840188815234606085019081526001600160a01b038981166080870190815260008981529586905294879020955186549082166001600160a01b0319918216178755935160018701559151600286015551600385015591516004909301805493909216921691909117905551909150849082907fa69b3a3fc234d79457fe28f271579bfa274c99ee1c05ffe9ed1057369ec8cb38906104519087815260200190565b60405180910390a39392505050565b6000826001600160a01b03168260405160006040518083038185875af1925050503d80600081146104ad576040519150601f19603f3d011682016040523d82523d6000602084013e6104b2565b606091505b5050905080610252576040516312171d8360e31b815260040160405180910390fd5b60008688608001511415806104f15750866104ee87610984565b14155b1561051757604051631e09de6b60e11b8152600481018890526024015b60405180910390fd5b8751863514158061053057508560200135886060015114155b1561055157604051631e09de6b60e11b81526004810188905260240161050e565b61055a88610ae3565b905060006105818261057260608a0160408b01611ae7565b63ffffffff1688888888610c30565b905060005b81518110156106b85760008585838181106105a3576105a3611b04565b90506020020160208101906105b89190611ae7565b6105c99063ffffffff166040611b1a565b90506105d860808a018a611b31565b9050811115610629578585838181106105f3576105f3611b04565b90506020020160208101906106089190611ae7565b60405162249b4f60e41b815263ffffffff909116600482015260240161050e565b600061063860808b018b611b31565b610643604085611b77565b61064f92859290611b8a565b60405161065d929190611bb4565b6040518091039020905083838151811061067957610679611b04565b60200260200101516001600160a01b03168160001c6001600160a01b0316146106ae578686848181106105f3576105f3611b04565b5050600101610586565b5050979650505050505050565b816106e3576040516333ecac8f60e01b815260040160405180910390fd5b60008481526002602090815260408083206001600160a01b038516845290915290205460ff161561072757604051638009f58d60e01b815260040160405180910390fd5b82600201548360030154101561075057604051636f3d6c4f60e01b815260040160405180910390fd5b60008481526002602081815260408084206001600160a01b03861685529091528220805460ff1916600117905584015460038501805491929091610795908490611b77565b90915550506040516001600160a01b0382169085907ffe87ea15c8bc24dba7527bdf56cbe51bd91e401a821f00854fc668bed87513f590600090a36107de818460020154610460565b50505050565b60006107f4610100830183611bc4565b61080390610100810190611b31565b151590508061082757508261082461081f610100850185611bc4565b610e71565b14155b15610848576040516365b1f7f960e01b81526004810184905260240161050e565b60808201358390036108735761086c8483610867610100820182611bc4565b61102c565b905061097d565b82610882610120840184611bc4565b608001351415806108af575061089c610120830183611bc4565b6108ab90610100810190611b31565b1590505b8061090c57506108c3610100830183611bc4565b6108cd9080611be5565b6108de906060810190604001611ae7565b63ffffffff166108f2610120840184611bc4565b6109039060e081019060c001611ae7565b63ffffffff1614155b1561092d576040516365b1f7f960e01b81526004810184905260240161050e565b608082013561094361081f610120850185611bc4565b1461096757604051631e09de6b60e11b81526080830135600482015260240161050e565b61097a8483610867610120820182611bc4565b90505b9392505050565b6000808235602084013561099e6060860160408701611ae7565b60e01b6109b16080870160608801611ae7565b604080516806400000000000000560ba1b602082015273676574682d73732f67656e65726174696f6e2f3160601b6029820152600160c51b603d820181905260458201969096526065810195909552606d850193909352600160c31b608d8501526001600160e01b0319918216609585015260e01b1660998301528051607d818403018152609d909201905290506000610a4e6080850185611b31565b60c01b9050610a606080860186611b31565b610a6d60a0880188611b31565b60c01b9050610a7f60a0890189611b31565b604051602001610a9496959493929190611bfb565b604051602081830303815290604052905081818560c001358660e00135604051602001610ac49493929190611c73565b6040516020818303038152906040528051906020012092505050919050565b60008082600001518360200151846040015160601b604051602001610b76939291906819000000000000001160b81b815270676574682d73732f726563656970742f3160781b6009820152600160c51b601a820181905260228201949094526042810193909352604a830191909152600560c21b606a8301526bffffffffffffffffffffffff1916607282015260860190565b604051602081830303815290604052905060008360a001516000015160c01b8460a00151602001518560c00151610bae576000610bb4565b600160f81b5b604051600160c31b60208201526001600160c01b03199093166028840152600160c51b60308401526038830191909152600160c01b60588301526001600160f81b03191660608201526061016040516020818303038152906040529050818460600151856080015183604051602001610ac49493929190611cb0565b6060838214610c525760405163085bfd7160e21b815260040160405180910390fd5b858411610c875783610c65876001611cef565b6040516359b8466f60e01b81526004810192909252602482015260440161050e565b836001600160401b03811115610c9f57610c9f611919565b604051908082528060200260200182016040528015610cc8578160200160208202803683370190505b5090506000805b85811015610e655781858583818110610cea57610cea611b04565b9050602002016020810190610cff9190611ae7565b63ffffffff1611610d5357848482818110610d1c57610d1c611b04565b9050602002016020810190610d319190611ae7565b60405163514d977d60e11b815263ffffffff909116600482015260240161050e565b848482818110610d6557610d65611b04565b9050602002016020810190610d7a9190611ae7565b63ffffffff169150610daf89888884818110610d9857610d98611b04565b9050602002810190610daa9190611b31565b6112e9565b838281518110610dc157610dc1611b04565b60200260200101906001600160a01b031690816001600160a01b03168152505060006001600160a01b0316838281518110610dfe57610dfe611b04565b60200260200101516001600160a01b031603610e5d57848482818110610e2657610e26611b04565b9050602002016020810190610e3b9190611ae7565b604051634f2aa37560e11b815263ffffffff909116600482015260240161050e565b600101610ccf565b50509695505050505050565b600060408201358103610ee857610e8e6040830160208401611d02565b6001600160401b0316151580610eb25750610ead610100830183611b31565b151590505b15610ed6576040516365b1f7f960e01b81526080830135600482015260240161050e565b61037e610ee38380611be5565b610984565b6000610ef8610100840184611b31565b151591506000905081610f2c576040518060400160405280600981526020016806400000000000000560ba1b815250610f4f565b604051806040016040528060098152602001680c800000000000000760b91b8152505b82610f86576040518060400160405280601481526020017333b2ba3416b9b997b3b2b732b930ba34b7b7179960611b815250610fae565b6040518060400160405280600e81526020016d676574682d73732f6d6f76652f3160901b8152505b610fc0610fbb8780611be5565b611400565b610fd06040880160208901611d02565b60c01b8760400135604051602001610fec959493929190611d1d565b6040516020818303038152906040529050816110115780516020909101209392505050565b8061101b8561151f565b604051602001610ac4929190611d69565b600061103c610100840184611bc4565b6110469080611be5565b358335141580611078575061105f610100840184611bc4565b6110699080611be5565b60200135836000016060013514155b1561109c576040516365b1f7f960e01b81526080840135600482015260240161050e565b82356110a88380611be5565b351415806110c7575060608301356110c08380611be5565b6020013514155b156110eb57604051631e09de6b60e11b81526080840135600482015260240161050e565b6110f9610140840184611d7e565b90506111058380611be5565b611116906080810190606001611ae7565b63ffffffff1614611156576111316040830160208401611d02565b604051630add214360e11b81526001600160401b03909116600482015260240161050e565b60006001600160a01b03851663ecd8d2da6111776040860160208701611d02565b604086013561118a610140890189611d7e565b61119a60c08b0160a08c01611d02565b6040518663ffffffff1660e01b81526004016111ba959493929190611dc7565b602060405180830381865afa1580156111d7573d6000803e3d6000fd5b505050506040513d601f19601f820116820180604052508101906111fb9190611e40565b63ffffffff169050611211610100850185611bc4565b61121b9080611be5565b61122c906060810190604001611ae7565b63ffffffff1681101561126b57611247610100850185611bc4565b6112519080611be5565b611262906060810190604001611ae7565b63ffffffff1690505b6112e061127d368690038601866119c1565b61128b610140870187611d7e565b808060200260200160405190810160405280939291908181526020018383602002808284376000920191909152508692506112cd915050610160890189611d7e565b6112db6101808b018b611d7e565b611615565b95945050505050565b6000604182146112fb5750600061097d565b60008383604081811061131057611310611b04565b919091013560f81c91505060028110156113325761132f601b82611e5d565b90505b6000611342604060208688611b8a565b61134b91611e76565b90507f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a08111156113805760009250505061097d565b6001868361139260206000898b611b8a565b61139b91611e76565b6040805160008152602081018083529490945260ff9092169183019190915260608201526080810183905260a0016020604051602081039080840390855afa1580156113eb573d6000803e3d6000fd5b5050604051601f190151979650505050505050565b60608135602083013561141884840160408601611ae7565b60e01b61142b6080860160608701611ae7565b604051600160c51b60208201819052602882019590955260488101949094526050840192909252600160c31b60708401526001600160e01b0319908116607884015260e09190911b16607c82015260800160408051601f198184030181529190526114996080840184611b31565b60c01b90506114ab6080850185611b31565b6114b860a0870187611b31565b60c01b90506114ca60a0880188611b31565b6040516020016114df96959493929190611bfb565b60408051601f1981840301815290829052611509929160c08601359060e087013590602001611c73565b6040516020818303038152906040529050919050565b606061153060808301838301611d02565b60c01b82608001358360a001358460c00160208101906115509190611ae7565b604051600160c31b60208201526001600160c01b0319949094166028850152600160c51b60308501819052603885019390935260588401929092526060830152600160c21b608083015260e01b6001600160e01b0319166088820152608c0160408051601f198184030181529190526115cc60e0840184611b31565b60c01b90506115de60e0850185611b31565b6115ec610100870187611b31565b60c01b90506115ff610100880188611b31565b6040516020016115099796959493929190611e94565b600061162088610ae3565b90506000611632828888888888610c30565b905060005b81518110156106b857600085858381811061165457611654611b04565b90506020020160208101906116699190611ae7565b63ffffffff16905089518111806116d0575082828151811061168d5761168d611b04565b60200260200101516001600160a01b03168a6001836116ac9190611b77565b815181106116bc576116bc611b04565b60200260200101516001600160a01b031614155b156116f05760405162249b4f60e41b81526004810182905260240161050e565b50600101611637565b60006020828403121561170b57600080fd5b5035919050565b6000610100828403121561172557600080fd5b50919050565b60008083601f84011261173d57600080fd5b5081356001600160401b0381111561175457600080fd5b6020830191508360208260051b850101111561176f57600080fd5b9250929050565b6000806000806000806000610180888a03121561179257600080fd5b873596506117a38960208a01611712565b95506101208801356001600160401b038111156117bf57600080fd5b6117cb8a828b01611712565b9550506101408801356001600160401b038111156117e857600080fd5b6117f48a828b0161172b565b9095509350506101608801356001600160401b0381111561181457600080fd5b6118208a828b0161172b565b989b979a50959850939692959293505050565b6000806040838503121561184657600080fd5b8235915060208301356001600160401b0381111561186357600080fd5b83016101a0818603121561187657600080fd5b809150509250929050565b6000806040838503121561189457600080fd5b50508035926020909101359150565b6001600160a01b03811681146118b857600080fd5b50565b600080604083850312156118ce57600080fd5b823591506020830135611876816118a3565b6000806000606084860312156118f557600080fd5b8335925060208401359150604084013561190e816118a3565b809150509250925092565b634e487b7160e01b600052604160045260246000fd5b60405160e081016001600160401b038111828210171561195f57634e487b7160e01b600052604160045260246000fd5b60405290565b604080519081016001600160401b038111828210171561195f57634e487b7160e01b600052604160045260246000fd5b80356001600160401b03811681146119ac57600080fd5b919050565b803580151581146119ac57600080fd5b6000818303610100811280156119d657600080fd5b5060006119e161192f565b843581526020808601359082015260408501356119fd816118a3565b6040828101919091526060868101359083015260808087013590830152609f1984011215611a29578182fd5b611a31611965565b9250611a3f60a08601611995565b835260c085013591508160208401528260a0820152611a6060e086016119b1565b60c082015295945050505050565b600060208284031215611a8057600080fd5b61037b826119b1565b600060208284031215611a9b57600080fd5b813561097d816118a3565b634e487b7160e01b600052601160045260246000fd5b600060018201611ace57611ace611aa6565b5060010190565b63ffffffff811681146118b857600080fd5b600060208284031215611af957600080fd5b813561097d81611ad5565b634e487b7160e01b600052603260045260246000fd5b808202811582820484141761037e5761037e611aa6565b6000808335601e19843603018112611b4857600080fd5b8301803591506001600160401b03821115611b6257600080fd5b60200191503681900382131561176f57600080fd5b8181038181111561037e5761037e611aa6565b60008085851115611b9a57600080fd5b83861115611ba757600080fd5b5050820193919092039150565b8183823760009101908152919050565b6000823561011e19833603018112611bdb57600080fd5b9190910192915050565b6000823560fe19833603018112611bdb57600080fd5b6001600160c01b0319871681528486600883013760008582016001600160401b0360c01b86166008820152838560108301376000930160100192835250909695505050505050565b6000815160005b81811015611c645760208185018101518683015201611c4a565b50600093019283525090919050565b6000611c88611c828388611c43565b86611c43565b600160c51b808252600882019590955260288101949094525050603082015260500192915050565b6000611cbc8287611c43565b600160c51b80825260088201879052602882015260308101859052611ce46050820185611c43565b979650505050505050565b8082018082111561037e5761037e611aa6565b600060208284031215611d1457600080fd5b61037b82611995565b6000611d35611c82611d2f848a611c43565b88611c43565b600160c31b81526001600160c01b03199490941660088501525050600160c51b601083015260188201526038019392505050565b600061097a611d788386611c43565b84611c43565b6000808335601e19843603018112611d9557600080fd5b8301803591506001600160401b03821115611daf57600080fd5b6020019150600581901b360382131561176f57600080fd5b6001600160401b038616815260208101859052608060408201819052810183905260008460a08301825b86811015611e21578235611e04816118a3565b6001600160a01b0316825260209283019290910190600101611df1565b5080925050506001600160401b03831660608301529695505050505050565b600060208284031215611e5257600080fd5b815161097d81611ad5565b60ff818116838216019081111561037e5761037e611aa6565b8035602083101561037e57600019602084900360031b1b1692915050565b6000611ea0828a611c43565b6001600160c01b031989168152868860088301376001600160c01b031986166008918801918201528385601083013760009301601001928352509097965050505050505056",
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

// PackClaimMoved is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x22ae0f18.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function claimMoved(uint256 id, ((bytes32,bytes32,address,bytes32,bytes32,(uint64,bytes32),bool),((bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32),uint64,bytes32,uint64,bytes32,bytes32,uint32,bytes,bytes),((bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32),uint64,bytes32,uint64,bytes32,bytes32,uint32,bytes,bytes),address[],bytes[],uint32[]) shown) returns()
func (readRewards *ReadRewards) PackClaimMoved(id *big.Int, shown MovedReceiptsShown) []byte {
	enc, err := readRewards.abi.Pack("claimMoved", id, shown)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackClaimMoved is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x22ae0f18.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function claimMoved(uint256 id, ((bytes32,bytes32,address,bytes32,bytes32,(uint64,bytes32),bool),((bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32),uint64,bytes32,uint64,bytes32,bytes32,uint32,bytes,bytes),((bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32),uint64,bytes32,uint64,bytes32,bytes32,uint32,bytes,bytes),address[],bytes[],uint32[]) shown) returns()
func (readRewards *ReadRewards) TryPackClaimMoved(id *big.Int, shown MovedReceiptsShown) ([]byte, error) {
	return readRewards.abi.Pack("claimMoved", id, shown)
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

// PackOfferFollowing is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe781de7c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function offerFollowing(bytes32 version, uint256 reward, address sets) payable returns(uint256 id)
func (readRewards *ReadRewards) PackOfferFollowing(version [32]byte, reward *big.Int, sets common.Address) []byte {
	enc, err := readRewards.abi.Pack("offerFollowing", version, reward, sets)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackOfferFollowing is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe781de7c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function offerFollowing(bytes32 version, uint256 reward, address sets) payable returns(uint256 id)
func (readRewards *ReadRewards) TryPackOfferFollowing(version [32]byte, reward *big.Int, sets common.Address) ([]byte, error) {
	return readRewards.abi.Pack("offerFollowing", version, reward, sets)
}

// UnpackOfferFollowing is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xe781de7c.
//
// Solidity: function offerFollowing(bytes32 version, uint256 reward, address sets) payable returns(uint256 id)
func (readRewards *ReadRewards) UnpackOfferFollowing(data []byte) (*big.Int, error) {
	out, err := readRewards.abi.Unpack("offerFollowing", data)
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
// Solidity: function offers(uint256 id) view returns(address by, bytes32 version, uint256 reward, uint256 left, address sets)
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
// Solidity: function offers(uint256 id) view returns(address by, bytes32 version, uint256 reward, uint256 left, address sets)
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
	Sets    common.Address
}

// UnpackOffers is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8a72ea6a.
//
// Solidity: function offers(uint256 id) view returns(address by, bytes32 version, uint256 reward, uint256 left, address sets)
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
	outstruct.Sets = *abi.ConvertType(out[4], new(common.Address)).(*common.Address)
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
	if bytes.Equal(raw[:4], readRewards.abi.Errors["AnotherOrigin"].ID.Bytes()[:4]) {
		return readRewards.UnpackAnotherOriginError(raw[4:])
	}
	if bytes.Equal(raw[:4], readRewards.abi.Errors["AnotherVersion"].ID.Bytes()[:4]) {
		return readRewards.UnpackAnotherVersionError(raw[4:])
	}
	if bytes.Equal(raw[:4], readRewards.abi.Errors["Exhausted"].ID.Bytes()[:4]) {
		return readRewards.UnpackExhaustedError(raw[4:])
	}
	if bytes.Equal(raw[:4], readRewards.abi.Errors["Following"].ID.Bytes()[:4]) {
		return readRewards.UnpackFollowingError(raw[4:])
	}
	if bytes.Equal(raw[:4], readRewards.abi.Errors["IndexOutOfOrder"].ID.Bytes()[:4]) {
		return readRewards.UnpackIndexOutOfOrderError(raw[4:])
	}
	if bytes.Equal(raw[:4], readRewards.abi.Errors["NoSignature"].ID.Bytes()[:4]) {
		return readRewards.UnpackNoSignatureError(raw[4:])
	}
	if bytes.Equal(raw[:4], readRewards.abi.Errors["NotFollowing"].ID.Bytes()[:4]) {
		return readRewards.UnpackNotFollowingError(raw[4:])
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
	if bytes.Equal(raw[:4], readRewards.abi.Errors["OtherServers"].ID.Bytes()[:4]) {
		return readRewards.UnpackOtherServersError(raw[4:])
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

// ReadRewardsAnotherOrigin represents a AnotherOrigin error raised by the ReadRewards contract.
type ReadRewardsAnotherOrigin struct {
	Origin [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AnotherOrigin(bytes32 origin)
func ReadRewardsAnotherOriginErrorID() common.Hash {
	return common.HexToHash("0x65b1f7f9856381b8c17018056a2ea98d0018a99770ca03ac399d34310fa40deb")
}

// UnpackAnotherOriginError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AnotherOrigin(bytes32 origin)
func (readRewards *ReadRewards) UnpackAnotherOriginError(raw []byte) (*ReadRewardsAnotherOrigin, error) {
	out := new(ReadRewardsAnotherOrigin)
	if err := readRewards.abi.UnpackIntoInterface(out, "AnotherOrigin", raw); err != nil {
		return nil, err
	}
	return out, nil
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

// ReadRewardsFollowing represents a Following error raised by the ReadRewards contract.
type ReadRewardsFollowing struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error Following()
func ReadRewardsFollowingErrorID() common.Hash {
	return common.HexToHash("0xee1dc1bf43ba35c7ab181cfdf3b698bbbb1a05983015b1ca5206a60450996174")
}

// UnpackFollowingError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error Following()
func (readRewards *ReadRewards) UnpackFollowingError(raw []byte) (*ReadRewardsFollowing, error) {
	out := new(ReadRewardsFollowing)
	if err := readRewards.abi.UnpackIntoInterface(out, "Following", raw); err != nil {
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

// ReadRewardsNotFollowing represents a NotFollowing error raised by the ReadRewards contract.
type ReadRewardsNotFollowing struct {
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error NotFollowing()
func ReadRewardsNotFollowingErrorID() common.Hash {
	return common.HexToHash("0x8b67bbcc95d024d2801a5a10c82893b701be57e05735e38dadd6e65b244aa142")
}

// UnpackNotFollowingError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error NotFollowing()
func (readRewards *ReadRewards) UnpackNotFollowingError(raw []byte) (*ReadRewardsNotFollowing, error) {
	out := new(ReadRewardsNotFollowing)
	if err := readRewards.abi.UnpackIntoInterface(out, "NotFollowing", raw); err != nil {
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

// ReadRewardsOtherServers represents a OtherServers error raised by the ReadRewards contract.
type ReadRewardsOtherServers struct {
	Epoch uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error OtherServers(uint64 epoch)
func ReadRewardsOtherServersErrorID() common.Hash {
	return common.HexToHash("0x15ba4286c7a10fc8d104dbacd731183c09a37d994339d29e8d8fa46d89bd473b")
}

// UnpackOtherServersError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error OtherServers(uint64 epoch)
func (readRewards *ReadRewards) UnpackOtherServersError(raw []byte) (*ReadRewardsOtherServers, error) {
	out := new(ReadRewardsOtherServers)
	if err := readRewards.abi.UnpackIntoInterface(out, "OtherServers", raw); err != nil {
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
