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

// ReceiptCheckerMetaData contains all meta data concerning the ReceiptChecker contract.
var ReceiptCheckerMetaData = bind.MetaData{
	ABI: "[{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"origin\",\"type\":\"bytes32\"}],\"name\":\"AnotherOrigin\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"}],\"name\":\"AnotherVersion\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"IndexOutOfOrder\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"NoSignature\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"index\",\"type\":\"uint256\"}],\"name\":\"NotSigned\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"}],\"name\":\"OtherServers\",\"type\":\"error\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"got\",\"type\":\"uint256\"},{\"internalType\":\"uint256\",\"name\":\"want\",\"type\":\"uint256\"}],\"name\":\"TooFewSignatures\",\"type\":\"error\"},{\"inputs\":[],\"name\":\"UnevenSignatures\",\"type\":\"error\"},{\"inputs\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"request\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"requester\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"components\":[{\"internalType\":\"uint64\",\"name\":\"number\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"hash\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Block\",\"name\":\"block\",\"type\":\"tuple\"},{\"internalType\":\"bool\",\"name\":\"granted\",\"type\":\"bool\"}],\"internalType\":\"structReceipts.Receipt\",\"name\":\"receipt\",\"type\":\"tuple\"}],\"name\":\"digest\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"pure\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"request\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"requester\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"components\":[{\"internalType\":\"uint64\",\"name\":\"number\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"hash\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Block\",\"name\":\"block\",\"type\":\"tuple\"},{\"internalType\":\"bool\",\"name\":\"granted\",\"type\":\"bool\"}],\"internalType\":\"structReceipts.Receipt\",\"name\":\"receipt\",\"type\":\"tuple\"},{\"internalType\":\"address[]\",\"name\":\"servers\",\"type\":\"address[]\"},{\"internalType\":\"uint256\",\"name\":\"threshold\",\"type\":\"uint256\"},{\"internalType\":\"bytes[]\",\"name\":\"signatures\",\"type\":\"bytes[]\"},{\"internalType\":\"uint32[]\",\"name\":\"indices\",\"type\":\"uint32[]\"}],\"name\":\"verify\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"signed\",\"type\":\"bytes32\"}],\"stateMutability\":\"pure\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"contractServerSets\",\"name\":\"sets\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"origin\",\"type\":\"bytes32\"},{\"components\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"request\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"requester\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"components\":[{\"internalType\":\"uint64\",\"name\":\"number\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"hash\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Block\",\"name\":\"block\",\"type\":\"tuple\"},{\"internalType\":\"bool\",\"name\":\"granted\",\"type\":\"bool\"}],\"internalType\":\"structReceipts.Receipt\",\"name\":\"receipt\",\"type\":\"tuple\"},{\"components\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"threshold\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"setSize\",\"type\":\"uint32\"},{\"internalType\":\"bytes\",\"name\":\"members\",\"type\":\"bytes\"},{\"internalType\":\"bytes\",\"name\":\"initiator\",\"type\":\"bytes\"},{\"internalType\":\"bytes32\",\"name\":\"nonce\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"proof\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Setup\",\"name\":\"setup\",\"type\":\"tuple\"},{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"set\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"round\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"origin\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"parent\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"made\",\"type\":\"uint32\"},{\"internalType\":\"bytes\",\"name\":\"serverKey\",\"type\":\"bytes\"},{\"internalType\":\"bytes\",\"name\":\"dealers\",\"type\":\"bytes\"}],\"internalType\":\"structMovedReceipts.Sharing\",\"name\":\"made\",\"type\":\"tuple\"},{\"components\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"threshold\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"setSize\",\"type\":\"uint32\"},{\"internalType\":\"bytes\",\"name\":\"members\",\"type\":\"bytes\"},{\"internalType\":\"bytes\",\"name\":\"initiator\",\"type\":\"bytes\"},{\"internalType\":\"bytes32\",\"name\":\"nonce\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"proof\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Setup\",\"name\":\"setup\",\"type\":\"tuple\"},{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"set\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"round\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"origin\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"parent\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"made\",\"type\":\"uint32\"},{\"internalType\":\"bytes\",\"name\":\"serverKey\",\"type\":\"bytes\"},{\"internalType\":\"bytes\",\"name\":\"dealers\",\"type\":\"bytes\"}],\"internalType\":\"structMovedReceipts.Sharing\",\"name\":\"now\",\"type\":\"tuple\"},{\"internalType\":\"address[]\",\"name\":\"servers\",\"type\":\"address[]\"},{\"internalType\":\"bytes[]\",\"name\":\"signatures\",\"type\":\"bytes[]\"},{\"internalType\":\"uint32[]\",\"name\":\"indices\",\"type\":\"uint32[]\"}],\"internalType\":\"structMovedReceipts.Shown\",\"name\":\"shown\",\"type\":\"tuple\"}],\"name\":\"verifyMoved\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"signed\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"request\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"requester\",\"type\":\"address\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"components\":[{\"internalType\":\"uint64\",\"name\":\"number\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"hash\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Block\",\"name\":\"block\",\"type\":\"tuple\"},{\"internalType\":\"bool\",\"name\":\"granted\",\"type\":\"bool\"}],\"internalType\":\"structReceipts.Receipt\",\"name\":\"receipt\",\"type\":\"tuple\"},{\"internalType\":\"bytes32\",\"name\":\"version\",\"type\":\"bytes32\"},{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"threshold\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"setSize\",\"type\":\"uint32\"},{\"internalType\":\"bytes\",\"name\":\"members\",\"type\":\"bytes\"},{\"internalType\":\"bytes\",\"name\":\"initiator\",\"type\":\"bytes\"},{\"internalType\":\"bytes32\",\"name\":\"nonce\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"proof\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Setup\",\"name\":\"setup\",\"type\":\"tuple\"},{\"internalType\":\"bytes[]\",\"name\":\"signatures\",\"type\":\"bytes[]\"},{\"internalType\":\"uint32[]\",\"name\":\"indices\",\"type\":\"uint32[]\"}],\"name\":\"verifyWithSetup\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"signed\",\"type\":\"bytes32\"}],\"stateMutability\":\"pure\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"threshold\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"setSize\",\"type\":\"uint32\"},{\"internalType\":\"bytes\",\"name\":\"members\",\"type\":\"bytes\"},{\"internalType\":\"bytes\",\"name\":\"initiator\",\"type\":\"bytes\"},{\"internalType\":\"bytes32\",\"name\":\"nonce\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"proof\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Setup\",\"name\":\"setup\",\"type\":\"tuple\"}],\"name\":\"versionOf\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"pure\",\"type\":\"function\"},{\"inputs\":[{\"components\":[{\"components\":[{\"internalType\":\"bytes32\",\"name\":\"cluster\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"key\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"threshold\",\"type\":\"uint32\"},{\"internalType\":\"uint32\",\"name\":\"setSize\",\"type\":\"uint32\"},{\"internalType\":\"bytes\",\"name\":\"members\",\"type\":\"bytes\"},{\"internalType\":\"bytes\",\"name\":\"initiator\",\"type\":\"bytes\"},{\"internalType\":\"bytes32\",\"name\":\"nonce\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"proof\",\"type\":\"bytes32\"}],\"internalType\":\"structReceipts.Setup\",\"name\":\"setup\",\"type\":\"tuple\"},{\"internalType\":\"uint64\",\"name\":\"epoch\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"set\",\"type\":\"bytes32\"},{\"internalType\":\"uint64\",\"name\":\"round\",\"type\":\"uint64\"},{\"internalType\":\"bytes32\",\"name\":\"origin\",\"type\":\"bytes32\"},{\"internalType\":\"bytes32\",\"name\":\"parent\",\"type\":\"bytes32\"},{\"internalType\":\"uint32\",\"name\":\"made\",\"type\":\"uint32\"},{\"internalType\":\"bytes\",\"name\":\"serverKey\",\"type\":\"bytes\"},{\"internalType\":\"bytes\",\"name\":\"dealers\",\"type\":\"bytes\"}],\"internalType\":\"structMovedReceipts.Sharing\",\"name\":\"sharing\",\"type\":\"tuple\"}],\"name\":\"versionOfSharing\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"pure\",\"type\":\"function\"}]",
	ID:  "ReceiptChecker",
	Bin: "0x6080604052348015600f57600080fd5b50611b2c8061001f6000396000f3fe608060405234801561001057600080fd5b50600436106100625760003560e01c80631fb9c37a1461006757806355f121221461008c578063589bb92f1461009f57806387e432b5146100b2578063da51f577146100c5578063eebe1cf6146100d8575b600080fd5b61007a6100753660046112d7565b6100eb565b60405190815260200160405180910390f35b61007a61009a36600461139b565b610102565b61007a6100ad366004611459565b61012d565b61007a6100c0366004611495565b61013e565b61007a6100d33660046114d0565b610149565b61007a6100e63660046114ed565b610162565b60006100f88484846101c3565b90505b9392505050565b6000610121610116368a90038a018a611658565b88888888888861035e565b98975050505050505050565b60006101388261054a565b92915050565b6000610138826106a9565b600061013861015d36849003840184611658565b610864565b60006101b6610176368b90038b018b611658565b8989808060200260200160405190810160405280939291908181526020018383602002808284376000920191909152508b92508a915089905088886109b1565b9998505050505050505050565b60006101d3610100830183611705565b6101e290610100810190611726565b15159050806102065750826102036101fe610100850185611705565b6106a9565b14155b1561022c576040516365b1f7f960e01b8152600481018490526024015b60405180910390fd5b608082013583900361025757610250848361024b610100820182611705565b610a95565b90506100fb565b82610266610120840184611705565b608001351415806102935750610280610120830183611705565b61028f90610100810190611726565b1590505b806102f057506102a7610100830183611705565b6102b1908061176c565b6102c2906060810190604001611794565b63ffffffff166102d6610120840184611705565b6102e79060e081019060c001611794565b63ffffffff1614155b15610311576040516365b1f7f960e01b815260048101849052602401610223565b60808201356103276101fe610120850185611705565b1461034b57604051631e09de6b60e11b815260808301356004820152602401610223565b6100f8848361024b610120820182611705565b600086886080015114158061037b5750866103788761054a565b14155b1561039c57604051631e09de6b60e11b815260048101889052602401610223565b875186351415806103b557508560200135886060015114155b156103d657604051631e09de6b60e11b815260048101889052602401610223565b6103df88610864565b90506000610406826103f760608a0160408b01611794565b63ffffffff1688888888610d52565b905060005b815181101561053d576000858583818110610428576104286117b1565b905060200201602081019061043d9190611794565b61044e9063ffffffff1660406117dd565b905061045d60808a018a611726565b90508111156104ae57858583818110610478576104786117b1565b905060200201602081019061048d9190611794565b60405162249b4f60e41b815263ffffffff9091166004820152602401610223565b60006104bd60808b018b611726565b6104c86040856117f4565b6104d492859290611807565b6040516104e2929190611831565b604051809103902090508383815181106104fe576104fe6117b1565b60200260200101516001600160a01b03168160001c6001600160a01b03161461053357868684818110610478576104786117b1565b505060010161040b565b5050979650505050505050565b600080823560208401356105646060860160408701611794565b60e01b6105776080870160608801611794565b604080516806400000000000000560ba1b602082015273676574682d73732f67656e65726174696f6e2f3160601b6029820152600160c51b603d820181905260458201969096526065810195909552606d850193909352600160c31b608d8501526001600160e01b0319918216609585015260e01b1660998301528051607d818403018152609d9092019052905060006106146080850185611726565b60c01b90506106266080860186611726565b61063360a0880188611726565b60c01b905061064560a0890189611726565b60405160200161065a96959493929190611841565b604051602081830303815290604052905081818560c001358660e0013560405160200161068a94939291906118b9565b6040516020818303038152906040528051906020012092505050919050565b600060408201358103610720576106c660408301602084016118f6565b6001600160401b03161515806106ea57506106e5610100830183611726565b151590505b1561070e576040516365b1f7f960e01b815260808301356004820152602401610223565b61013861071b838061176c565b61054a565b6000610730610100840184611726565b151591506000905081610764576040518060400160405280600981526020016806400000000000000560ba1b815250610787565b604051806040016040528060098152602001680c800000000000000760b91b8152505b826107be576040518060400160405280601481526020017333b2ba3416b9b997b3b2b732b930ba34b7b7179960611b8152506107e6565b6040518060400160405280600e81526020016d676574682d73732f6d6f76652f3160901b8152505b6107f86107f3878061176c565b610f93565b61080860408801602089016118f6565b60c01b8760400135604051602001610824959493929190611911565b6040516020818303038152906040529050816108495780516020909101209392505050565b80610853856110b2565b60405160200161068a92919061195d565b60008082600001518360200151846040015160601b6040516020016108f7939291906819000000000000001160b81b815270676574682d73732f726563656970742f3160781b6009820152600160c51b601a820181905260228201949094526042810193909352604a830191909152600560c21b606a8301526bffffffffffffffffffffffff1916607282015260860190565b604051602081830303815290604052905060008360a001516000015160c01b8460a00151602001518560c0015161092f576000610935565b600160f81b5b604051600160c31b60208201526001600160c01b03199093166028840152600160c51b60308401526038830191909152600160c01b60588301526001600160f81b0319166060820152606101604051602081830303815290604052905081846060015185608001518360405160200161068a9493929190611972565b60006109bc88610864565b905060006109ce828888888888610d52565b905060005b815181101561053d5760008585838181106109f0576109f06117b1565b9050602002016020810190610a059190611794565b63ffffffff1690508951811180610a6c5750828281518110610a2957610a296117b1565b60200260200101516001600160a01b03168a600183610a4891906117f4565b81518110610a5857610a586117b1565b60200260200101516001600160a01b031614155b15610a8c5760405162249b4f60e41b815260048101829052602401610223565b506001016109d3565b6000610aa5610100840184611705565b610aaf908061176c565b358335141580610ae15750610ac8610100840184611705565b610ad2908061176c565b60200135836000016060013514155b15610b05576040516365b1f7f960e01b815260808401356004820152602401610223565b8235610b11838061176c565b35141580610b3057506060830135610b29838061176c565b6020013514155b15610b5457604051631e09de6b60e11b815260808401356004820152602401610223565b610b626101408401846119b1565b9050610b6e838061176c565b610b7f906080810190606001611794565b63ffffffff1614610bbf57610b9a60408301602084016118f6565b604051630add214360e11b81526001600160401b039091166004820152602401610223565b60006001600160a01b03851663ecd8d2da610be060408601602087016118f6565b6040860135610bf36101408901896119b1565b610c0360c08b0160a08c016118f6565b6040518663ffffffff1660e01b8152600401610c239594939291906119fa565b602060405180830381865afa158015610c40573d6000803e3d6000fd5b505050506040513d601f19601f82011682018060405250810190610c649190611a73565b63ffffffff169050610c7a610100850185611705565b610c84908061176c565b610c95906060810190604001611794565b63ffffffff16811015610cd457610cb0610100850185611705565b610cba908061176c565b610ccb906060810190604001611794565b63ffffffff1690505b610d49610ce636869003860186611658565b610cf46101408701876119b1565b80806020026020016040519081016040528093929190818152602001838360200280828437600092019190915250869250610d369150506101608901896119b1565b610d446101808b018b6119b1565b6109b1565b95945050505050565b6060838214610d745760405163085bfd7160e21b815260040160405180910390fd5b858411610da95783610d87876001611a90565b6040516359b8466f60e01b815260048101929092526024820152604401610223565b836001600160401b03811115610dc157610dc16115b0565b604051908082528060200260200182016040528015610dea578160200160208202803683370190505b5090506000805b85811015610f875781858583818110610e0c57610e0c6117b1565b9050602002016020810190610e219190611794565b63ffffffff1611610e7557848482818110610e3e57610e3e6117b1565b9050602002016020810190610e539190611794565b60405163514d977d60e11b815263ffffffff9091166004820152602401610223565b848482818110610e8757610e876117b1565b9050602002016020810190610e9c9190611794565b63ffffffff169150610ed189888884818110610eba57610eba6117b1565b9050602002810190610ecc9190611726565b6111a8565b838281518110610ee357610ee36117b1565b60200260200101906001600160a01b031690816001600160a01b03168152505060006001600160a01b0316838281518110610f2057610f206117b1565b60200260200101516001600160a01b031603610f7f57848482818110610f4857610f486117b1565b9050602002016020810190610f5d9190611794565b604051634f2aa37560e11b815263ffffffff9091166004820152602401610223565b600101610df1565b50509695505050505050565b606081356020830135610fab84840160408601611794565b60e01b610fbe6080860160608701611794565b604051600160c51b60208201819052602882019590955260488101949094526050840192909252600160c31b60708401526001600160e01b0319908116607884015260e09190911b16607c82015260800160408051601f1981840301815291905261102c6080840184611726565b60c01b905061103e6080850185611726565b61104b60a0870187611726565b60c01b905061105d60a0880188611726565b60405160200161107296959493929190611841565b60408051601f198184030181529082905261109c929160c08601359060e0870135906020016118b9565b6040516020818303038152906040529050919050565b60606110c3608083018383016118f6565b60c01b82608001358360a001358460c00160208101906110e39190611794565b604051600160c31b60208201526001600160c01b0319949094166028850152600160c51b60308501819052603885019390935260588401929092526060830152600160c21b608083015260e01b6001600160e01b0319166088820152608c0160408051601f1981840301815291905261115f60e0840184611726565b60c01b905061117160e0850185611726565b61117f610100870187611726565b60c01b9050611192610100880188611726565b60405160200161109c9796959493929190611aa3565b6000604182146111ba575060006100fb565b6000838360408181106111cf576111cf6117b1565b919091013560f81c91505060028110156111f1576111ee601b82611af5565b90505b6000611201604060208688611807565b61120a91611b0e565b90507f7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a081111561123f576000925050506100fb565b6001868361125160206000898b611807565b61125a91611b0e565b6040805160008152602081018083529490945260ff9092169183019190915260608201526080810183905260a0016020604051602081039080840390855afa1580156112aa573d6000803e3d6000fd5b5050604051601f190151979650505050505050565b6001600160a01b03811681146112d457600080fd5b50565b6000806000606084860312156112ec57600080fd5b83356112f7816112bf565b92506020840135915060408401356001600160401b0381111561131957600080fd5b84016101a0818703121561132c57600080fd5b809150509250925092565b6000610100828403121561134a57600080fd5b50919050565b60008083601f84011261136257600080fd5b5081356001600160401b0381111561137957600080fd5b6020830191508360208260051b850101111561139457600080fd5b9250929050565b6000806000806000806000610180888a0312156113b757600080fd5b6113c18989611337565b965061010088013595506101208801356001600160401b038111156113e557600080fd5b6113f18a828b01611337565b9550506101408801356001600160401b0381111561140e57600080fd5b61141a8a828b01611350565b9095509350506101608801356001600160401b0381111561143a57600080fd5b6114468a828b01611350565b989b979a50959850939692959293505050565b60006020828403121561146b57600080fd5b81356001600160401b0381111561148157600080fd5b61148d84828501611337565b949350505050565b6000602082840312156114a757600080fd5b81356001600160401b038111156114bd57600080fd5b820161012081850312156100fb57600080fd5b600061010082840312156114e357600080fd5b6100fb8383611337565b600080600080600080600080610180898b03121561150a57600080fd5b6115148a8a611337565b97506101008901356001600160401b0381111561153057600080fd5b61153c8b828c01611350565b90985096505061012089013594506101408901356001600160401b0381111561156457600080fd5b6115708b828c01611350565b9095509350506101608901356001600160401b0381111561159057600080fd5b61159c8b828c01611350565b999c989b5096995094979396929594505050565b634e487b7160e01b600052604160045260246000fd5b60405160e081016001600160401b03811182821017156115f657634e487b7160e01b600052604160045260246000fd5b60405290565b604080519081016001600160401b03811182821017156115f657634e487b7160e01b600052604160045260246000fd5b80356001600160401b038116811461164357600080fd5b919050565b8035801515811461164357600080fd5b60008183036101008112801561166d57600080fd5b5060006116786115c6565b84358152602080860135908201526040850135611694816112bf565b6040828101919091526060868101359083015260808087013590830152609f19840112156116c0578182fd5b6116c86115fc565b92506116d660a0860161162c565b835260c085013591508160208401528260a08201526116f760e08601611648565b60c082015295945050505050565b6000823561011e1983360301811261171c57600080fd5b9190910192915050565b6000808335601e1984360301811261173d57600080fd5b8301803591506001600160401b0382111561175757600080fd5b60200191503681900382131561139457600080fd5b6000823560fe1983360301811261171c57600080fd5b63ffffffff811681146112d457600080fd5b6000602082840312156117a657600080fd5b81356100fb81611782565b634e487b7160e01b600052603260045260246000fd5b634e487b7160e01b600052601160045260246000fd5b8082028115828204841417610138576101386117c7565b81810381811115610138576101386117c7565b6000808585111561181757600080fd5b8386111561182457600080fd5b5050820193919092039150565b8183823760009101908152919050565b6001600160c01b0319871681528486600883013760008582016001600160401b0360c01b86166008820152838560108301376000930160100192835250909695505050505050565b6000815160005b818110156118aa5760208185018101518683015201611890565b50600093019283525090919050565b60006118ce6118c88388611889565b86611889565b600160c51b808252600882019590955260288101949094525050603082015260500192915050565b60006020828403121561190857600080fd5b6100fb8261162c565b60006119296118c8611923848a611889565b88611889565b600160c31b81526001600160c01b03199490941660088501525050600160c51b601083015260188201526038019392505050565b60006100f861196c8386611889565b84611889565b600061197e8287611889565b600160c51b808252600882018790526028820152603081018590526119a66050820185611889565b979650505050505050565b6000808335601e198436030181126119c857600080fd5b8301803591506001600160401b038211156119e257600080fd5b6020019150600581901b360382131561139457600080fd5b6001600160401b038616815260208101859052608060408201819052810183905260008460a08301825b86811015611a54578235611a37816112bf565b6001600160a01b0316825260209283019290910190600101611a24565b5080925050506001600160401b03831660608301529695505050505050565b600060208284031215611a8557600080fd5b81516100fb81611782565b80820180821115610138576101386117c7565b6000611aaf828a611889565b6001600160c01b031989168152868860088301376001600160c01b0319861660089188019182015283856010830137600093016010019283525090979650505050505050565b60ff8181168382160190811115610138576101386117c7565b8035602083101561013857600019602084900360031b1b169291505056",
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

// PackVerifyMoved is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1fb9c37a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function verifyMoved(address sets, bytes32 origin, ((bytes32,bytes32,address,bytes32,bytes32,(uint64,bytes32),bool),((bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32),uint64,bytes32,uint64,bytes32,bytes32,uint32,bytes,bytes),((bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32),uint64,bytes32,uint64,bytes32,bytes32,uint32,bytes,bytes),address[],bytes[],uint32[]) shown) view returns(bytes32 signed)
func (receiptChecker *ReceiptChecker) PackVerifyMoved(sets common.Address, origin [32]byte, shown MovedReceiptsShown) []byte {
	enc, err := receiptChecker.abi.Pack("verifyMoved", sets, origin, shown)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackVerifyMoved is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x1fb9c37a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function verifyMoved(address sets, bytes32 origin, ((bytes32,bytes32,address,bytes32,bytes32,(uint64,bytes32),bool),((bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32),uint64,bytes32,uint64,bytes32,bytes32,uint32,bytes,bytes),((bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32),uint64,bytes32,uint64,bytes32,bytes32,uint32,bytes,bytes),address[],bytes[],uint32[]) shown) view returns(bytes32 signed)
func (receiptChecker *ReceiptChecker) TryPackVerifyMoved(sets common.Address, origin [32]byte, shown MovedReceiptsShown) ([]byte, error) {
	return receiptChecker.abi.Pack("verifyMoved", sets, origin, shown)
}

// UnpackVerifyMoved is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x1fb9c37a.
//
// Solidity: function verifyMoved(address sets, bytes32 origin, ((bytes32,bytes32,address,bytes32,bytes32,(uint64,bytes32),bool),((bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32),uint64,bytes32,uint64,bytes32,bytes32,uint32,bytes,bytes),((bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32),uint64,bytes32,uint64,bytes32,bytes32,uint32,bytes,bytes),address[],bytes[],uint32[]) shown) view returns(bytes32 signed)
func (receiptChecker *ReceiptChecker) UnpackVerifyMoved(data []byte) ([32]byte, error) {
	out, err := receiptChecker.abi.Unpack("verifyMoved", data)
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

// PackVersionOfSharing is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x87e432b5.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function versionOfSharing(((bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32),uint64,bytes32,uint64,bytes32,bytes32,uint32,bytes,bytes) sharing) pure returns(bytes32)
func (receiptChecker *ReceiptChecker) PackVersionOfSharing(sharing MovedReceiptsSharing) []byte {
	enc, err := receiptChecker.abi.Pack("versionOfSharing", sharing)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackVersionOfSharing is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x87e432b5.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function versionOfSharing(((bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32),uint64,bytes32,uint64,bytes32,bytes32,uint32,bytes,bytes) sharing) pure returns(bytes32)
func (receiptChecker *ReceiptChecker) TryPackVersionOfSharing(sharing MovedReceiptsSharing) ([]byte, error) {
	return receiptChecker.abi.Pack("versionOfSharing", sharing)
}

// UnpackVersionOfSharing is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x87e432b5.
//
// Solidity: function versionOfSharing(((bytes32,bytes32,uint32,uint32,bytes,bytes,bytes32,bytes32),uint64,bytes32,uint64,bytes32,bytes32,uint32,bytes,bytes) sharing) pure returns(bytes32)
func (receiptChecker *ReceiptChecker) UnpackVersionOfSharing(data []byte) ([32]byte, error) {
	out, err := receiptChecker.abi.Unpack("versionOfSharing", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// UnpackError attempts to decode the provided error data using user-defined
// error definitions.
func (receiptChecker *ReceiptChecker) UnpackError(raw []byte) (any, error) {
	if bytes.Equal(raw[:4], receiptChecker.abi.Errors["AnotherOrigin"].ID.Bytes()[:4]) {
		return receiptChecker.UnpackAnotherOriginError(raw[4:])
	}
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
	if bytes.Equal(raw[:4], receiptChecker.abi.Errors["OtherServers"].ID.Bytes()[:4]) {
		return receiptChecker.UnpackOtherServersError(raw[4:])
	}
	if bytes.Equal(raw[:4], receiptChecker.abi.Errors["TooFewSignatures"].ID.Bytes()[:4]) {
		return receiptChecker.UnpackTooFewSignaturesError(raw[4:])
	}
	if bytes.Equal(raw[:4], receiptChecker.abi.Errors["UnevenSignatures"].ID.Bytes()[:4]) {
		return receiptChecker.UnpackUnevenSignaturesError(raw[4:])
	}
	return nil, errors.New("Unknown error")
}

// ReceiptCheckerAnotherOrigin represents a AnotherOrigin error raised by the ReceiptChecker contract.
type ReceiptCheckerAnotherOrigin struct {
	Origin [32]byte
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error AnotherOrigin(bytes32 origin)
func ReceiptCheckerAnotherOriginErrorID() common.Hash {
	return common.HexToHash("0x65b1f7f9856381b8c17018056a2ea98d0018a99770ca03ac399d34310fa40deb")
}

// UnpackAnotherOriginError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error AnotherOrigin(bytes32 origin)
func (receiptChecker *ReceiptChecker) UnpackAnotherOriginError(raw []byte) (*ReceiptCheckerAnotherOrigin, error) {
	out := new(ReceiptCheckerAnotherOrigin)
	if err := receiptChecker.abi.UnpackIntoInterface(out, "AnotherOrigin", raw); err != nil {
		return nil, err
	}
	return out, nil
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

// ReceiptCheckerOtherServers represents a OtherServers error raised by the ReceiptChecker contract.
type ReceiptCheckerOtherServers struct {
	Epoch uint64
}

// ErrorID returns the hash of canonical representation of the error's signature.
//
// Solidity: error OtherServers(uint64 epoch)
func ReceiptCheckerOtherServersErrorID() common.Hash {
	return common.HexToHash("0x15ba4286c7a10fc8d104dbacd731183c09a37d994339d29e8d8fa46d89bd473b")
}

// UnpackOtherServersError is the Go binding used to decode the provided
// error data into the corresponding Go error struct.
//
// Solidity: error OtherServers(uint64 epoch)
func (receiptChecker *ReceiptChecker) UnpackOtherServersError(raw []byte) (*ReceiptCheckerOtherServers, error) {
	out := new(ReceiptCheckerOtherServers)
	if err := receiptChecker.abi.UnpackIntoInterface(out, "OtherServers", raw); err != nil {
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
