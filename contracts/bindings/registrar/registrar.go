// Code generated via abigen V2 - DO NOT EDIT.
// This file is a generated binding and any manual changes will be lost.

package registrar

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

// RegistrarMetaData contains all meta data concerning the Registrar contract.
var RegistrarMetaData = bind.MetaData{
	ABI: "[{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"name\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"string\",\"name\":\"key\",\"type\":\"string\"}],\"name\":\"DataChanged\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"}],\"name\":\"Drained\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"name\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"}],\"name\":\"Dropped\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":false,\"internalType\":\"uint256\",\"name\":\"amount\",\"type\":\"uint256\"}],\"name\":\"FeeChanged\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"address\",\"name\":\"old\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"current\",\"type\":\"address\"}],\"name\":\"NewOwner\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"name\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"owner\",\"type\":\"address\"}],\"name\":\"Reserved\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"string\",\"name\":\"name\",\"type\":\"string\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"reverse\",\"type\":\"address\"}],\"name\":\"ReverseConfirmed\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"string\",\"name\":\"name\",\"type\":\"string\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"reverse\",\"type\":\"address\"}],\"name\":\"ReverseProposed\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"string\",\"name\":\"name\",\"type\":\"string\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"reverse\",\"type\":\"address\"}],\"name\":\"ReverseRemoved\",\"type\":\"event\"},{\"anonymous\":false,\"inputs\":[{\"indexed\":true,\"internalType\":\"bytes32\",\"name\":\"name\",\"type\":\"bytes32\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"oldOwner\",\"type\":\"address\"},{\"indexed\":true,\"internalType\":\"address\",\"name\":\"newOwner\",\"type\":\"address\"}],\"name\":\"Transferred\",\"type\":\"event\"},{\"inputs\":[{\"internalType\":\"string\",\"name\":\"_name\",\"type\":\"string\"}],\"name\":\"confirmReverse\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"success\",\"type\":\"bool\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"drain\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"_name\",\"type\":\"bytes32\"}],\"name\":\"drop\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"success\",\"type\":\"bool\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"fee\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"_name\",\"type\":\"bytes32\"},{\"internalType\":\"string\",\"name\":\"_key\",\"type\":\"string\"}],\"name\":\"get\",\"outputs\":[{\"internalType\":\"bytes32\",\"name\":\"\",\"type\":\"bytes32\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"_name\",\"type\":\"bytes32\"},{\"internalType\":\"string\",\"name\":\"_key\",\"type\":\"string\"}],\"name\":\"getAddress\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"_name\",\"type\":\"bytes32\"}],\"name\":\"getOwner\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"_name\",\"type\":\"bytes32\"},{\"internalType\":\"string\",\"name\":\"_key\",\"type\":\"string\"}],\"name\":\"getUint\",\"outputs\":[{\"internalType\":\"uint256\",\"name\":\"\",\"type\":\"uint256\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"owner\",\"outputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"string\",\"name\":\"_name\",\"type\":\"string\"},{\"internalType\":\"address\",\"name\":\"_who\",\"type\":\"address\"}],\"name\":\"proposeReverse\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"success\",\"type\":\"bool\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[],\"name\":\"removeReverse\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"_name\",\"type\":\"bytes32\"}],\"name\":\"reserve\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"success\",\"type\":\"bool\"}],\"stateMutability\":\"payable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"_name\",\"type\":\"bytes32\"}],\"name\":\"reserved\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"reserved\",\"type\":\"bool\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"\",\"type\":\"address\"}],\"name\":\"reverse\",\"outputs\":[{\"internalType\":\"string\",\"name\":\"\",\"type\":\"string\"}],\"stateMutability\":\"view\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"_name\",\"type\":\"bytes32\"},{\"internalType\":\"string\",\"name\":\"_key\",\"type\":\"string\"},{\"internalType\":\"bytes32\",\"name\":\"_value\",\"type\":\"bytes32\"}],\"name\":\"set\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"success\",\"type\":\"bool\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"_name\",\"type\":\"bytes32\"},{\"internalType\":\"string\",\"name\":\"_key\",\"type\":\"string\"},{\"internalType\":\"address\",\"name\":\"_value\",\"type\":\"address\"}],\"name\":\"setAddress\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"success\",\"type\":\"bool\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"uint256\",\"name\":\"_amount\",\"type\":\"uint256\"}],\"name\":\"setFee\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"address\",\"name\":\"_new\",\"type\":\"address\"}],\"name\":\"setOwner\",\"outputs\":[],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"_name\",\"type\":\"bytes32\"},{\"internalType\":\"string\",\"name\":\"_key\",\"type\":\"string\"},{\"internalType\":\"uint256\",\"name\":\"_value\",\"type\":\"uint256\"}],\"name\":\"setUint\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"success\",\"type\":\"bool\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"},{\"inputs\":[{\"internalType\":\"bytes32\",\"name\":\"_name\",\"type\":\"bytes32\"},{\"internalType\":\"address\",\"name\":\"_to\",\"type\":\"address\"}],\"name\":\"transfer\",\"outputs\":[{\"internalType\":\"bool\",\"name\":\"success\",\"type\":\"bool\"}],\"stateMutability\":\"nonpayable\",\"type\":\"function\"}]",
	ID:  "Registrar",
	Bin: "0x6080604052600080546001600160a01b03191633179055348015602157600080fd5b5061162f806100316000396000f3fe60806040526004361061011f5760003560e01c80639890220b116100a0578063deb931a211610064578063deb931a214610312578063e30bd74014610348578063eadf97601461018e578063f25eb5c114610375578063f6d339e41461038a57600080fd5b80639890220b1461029e578063ac4e73f9146102b3578063c3a35825146102d3578063c6af477c146102d3578063ddca3f43146102fc57600080fd5b80636795dbcd116100e75780636795dbcd146101ce57806369fe0e2d1461020657806379ce9fac146102265780638da5cb5b14610246578063926988141461026657600080fd5b806313af4035146101245780633f3935d114610146578063432ced041461017b57806347448e8a1461018e5780634f39ca59146101ae575b600080fd5b34801561013057600080fd5b5061014461013f3660046110be565b6103aa565b005b34801561015257600080fd5b50610166610161366004611129565b610438565b60405190151581526020015b60405180910390f35b61016661018936600461116b565b6105ed565b34801561019a57600080fd5b506101666101a9366004611184565b6106f8565b3480156101ba57600080fd5b506101666101c936600461116b565b61070f565b3480156101da57600080fd5b506101ee6101e93660046111d7565b6108a8565b6040516001600160a01b039091168152602001610172565b34801561021257600080fd5b5061014461022136600461116b565b6108bd565b34801561023257600080fd5b50610166610241366004611223565b610922565b34801561025257600080fd5b506000546101ee906001600160a01b031681565b34801561027257600080fd5b5061016661028136600461116b565b6000908152600260205260409020546001600160a01b0316151590565b3480156102aa57600080fd5b50610144610a1e565b3480156102bf57600080fd5b506101666102ce36600461124f565b610b39565b3480156102df57600080fd5b506102ee6101e93660046111d7565b604051908152602001610172565b34801561030857600080fd5b506102ee60015481565b34801561031e57600080fd5b506101ee61032d36600461116b565b6000908152600260205260409020546001600160a01b031690565b34801561035457600080fd5b506103686103633660046110be565b610cea565b60405161017291906112c7565b34801561038157600080fd5b50610144610d84565b34801561039657600080fd5b506101666103a53660046112fa565b610f08565b6000546001600160a01b031633146103dd5760405162461bcd60e51b81526004016103d490611358565b60405180910390fd5b600080546040516001600160a01b03808516939216917f70aea8d848e8a90fb7661b227dc522eb6395c3dac71b63cb59edd5c9899b236491a3600080546001600160a01b0319166001600160a01b0392909216919091179055565b600080838360405161044b92919061139d565b60408051918290039091206000818152600260205291909120600101549091506001600160a01b031633146104d65760405162461bcd60e51b815260206004820152602b60248201527f7265676973747261723a20746865206e616d6520776173206e6f742070726f7060448201526a6f73656420746f20796f7560a81b60648201526084016103d4565b3360009081526003602052604080822090516104f29190611453565b6040518091039020905081811415801561052557506000818152600260205260409020600101546001600160a01b031633145b1561058557600081815260026020908152604080832060010180546001600160a01b0319169055338084526003909252918290209151909161056691611453565b6040519081900381209060008051602061160f83398151915290600090a35b33600090815260036020526040902061059f8587836114c4565b5060405133906105b2908790879061139d565b604051908190038120907f098ae8581bb8bd9af1beaf7f2e9f51f31a8e5a8bfada4e303a645d71d9c9192090600090a3506001949350505050565b6000818152600260205260408120546001600160a01b0316156106525760405162461bcd60e51b815260206004820152601c60248201527f7265676973747261723a20746865206e616d652069732074616b656e0000000060448201526064016103d4565b6001543410156106a45760405162461bcd60e51b815260206004820152601e60248201527f7265676973747261723a2074686520666565206973206e6f742070616964000060448201526064016103d4565b60008281526002602052604080822080546001600160a01b031916339081179091559051909184917f4963513eca575aba66fdcd25f267aae85958fe6fb97e75fa25d783f1a091a2219190a3506001919050565b600061070685858585610f1b565b95945050505050565b60008181526002602052604081205482906001600160a01b031633146107475760405162461bcd60e51b81526004016103d490611584565b600083815260026020526040902060018101546001600160a01b0316801580159061079e57506001600160a01b038116600090815260036020526040908190209051869161079491611453565b6040518091039020145b15610808576001600160a01b0381166000818152600360205260409081902090516107c99190611453565b6040519081900381209060008051602061160f83398151915290600090a36001600160a01b03811660009081526003602052604081206108089161104c565b6001820180546001600160a01b0319908116909155825416808355600160a01b90046001600160601b031682601461083f836115b9565b91906101000a8154816001600160601b0302191690836001600160601b0316021790555050336001600160a01b0316857fef1961b4d2909dc23643b309bfe5c3e5646842d98c3a58517037ef3871185af360405160405180910390a36001935050505b50919050565b60006108b5848484610ff6565b949350505050565b6000546001600160a01b031633146108e75760405162461bcd60e51b81526004016103d490611358565b60018190556040518181527f6bbc57480a46553fa4d156ce702beef5f3ad66303b0ed1a5d4cb44966c6584c39060200160405180910390a150565b60008281526002602052604081205483906001600160a01b0316331461095a5760405162461bcd60e51b81526004016103d490611584565b6001600160a01b0383166109be5760405162461bcd60e51b815260206004820152602560248201527f7265676973747261723a20746f20676976652061206e616d652075702c2064726044820152641bdc081a5d60da1b60648201526084016103d4565b60008481526002602052604080822080546001600160a01b0319166001600160a01b03871690811790915590519091339187917f7b97c62130aa09acbbcbf7482630e756592496f1759eaf702f469cf64dfb779491a45060019392505050565b6000546001600160a01b03163314610a485760405162461bcd60e51b81526004016103d490611358565b60405147808252907fdef931299fe61d176f949118058530c1f3f539dcb6950b4e372c9b835c33ca079060200160405180910390a1600080546040516001600160a01b039091169083908381818185875af1925050503d8060008114610aca576040519150601f19603f3d011682016040523d82523d6000602084013e610acf565b606091505b5050905080610b355760405162461bcd60e51b815260206004820152602c60248201527f7265676973747261723a20746865206f776e657220646f6573206e6f7420746160448201526b6b6520746865206d6f6e657960a01b60648201526084016103d4565b5050565b60008383604051610b4b92919061139d565b60408051918290039091206000818152600260205291909120546001600160a01b03163314610b8c5760405162461bcd60e51b81526004016103d490611584565b6000600260008787604051610ba292919061139d565b6040805191829003909120825260208201929092520160002060018101549091506001600160a01b03168015801590610c1e57508686604051610be692919061139d565b604080519182900382206001600160a01b03841660009081526003602052919091209091610c149190611453565b6040518091039020145b15610c7d576001600160a01b0381166000908152600360205260408120610c449161104c565b806001600160a01b03168787604051610c5e92919061139d565b6040519081900381209060008051602061160f83398151915290600090a35b6001820180546001600160a01b0319166001600160a01b038716908117909155604051610cad908990899061139d565b604051908190038120907f728435a0031f6a04538fcdd24922a7e06bc7bc945db03e83d22122d1bc5f28df90600090a35060019695505050505050565b60036020526000908152604090208054610d03906113ad565b80601f0160208091040260200160405190810160405280929190818152602001828054610d2f906113ad565b8015610d7c5780601f10610d5157610100808354040283529160200191610d7c565b820191906000526020600020905b815481529060010190602001808311610d5f57829003601f168201915b505050505081565b3360009081526003602052604081208054610d9e906113ad565b80601f0160208091040260200160405190810160405280929190818152602001828054610dca906113ad565b8015610e175780601f10610dec57610100808354040283529160200191610e17565b820191906000526020600020905b815481529060010190602001808311610dfa57829003601f168201915b505050505090506000815111610e6f5760405162461bcd60e51b815260206004820152601c60248201527f7265676973747261723a20796f7520676f206279206e6f206e616d650000000060448201526064016103d4565b805160208083019190912060008181526002909252604090912060010154336001600160a01b0390911603610ebe57600081815260026020526040902060010180546001600160a01b03191690555b336000908152600360205260408120610ed69161104c565b6040513390610ee69084906115f2565b6040519081900381209060008051602061160f83398151915290600090a35050565b60006107068585856001600160a01b0386165b60008481526002602052604081205485906001600160a01b03163314610f535760405162461bcd60e51b81526004016103d490611584565b60008681526002602081815260408084208054600160a01b90046001600160601b0316855292830190915291829020915190918591610f95908990899061139d565b90815260405190819003602001812091909155610fb5908790879061139d565b60405190819003812090339089907ff6cae9a30896d9ecd070f87bb7b86d7671b788845d76211346409ab996b4f93190600090a45060019695505050505050565b60008381526002602081815260408084208054600160a01b90046001600160601b031685529283019091528083209051611033908690869061139d565b9081526020016040518091039020549150509392505050565b508054611058906113ad565b6000825580601f10611068575050565b601f0160209004906000526020600020908101906110869190611089565b50565b5b8082111561109e576000815560010161108a565b5090565b80356001600160a01b03811681146110b957600080fd5b919050565b6000602082840312156110d057600080fd5b6110d9826110a2565b9392505050565b60008083601f8401126110f257600080fd5b50813567ffffffffffffffff81111561110a57600080fd5b60208301915083602082850101111561112257600080fd5b9250929050565b6000806020838503121561113c57600080fd5b823567ffffffffffffffff81111561115357600080fd5b61115f858286016110e0565b90969095509350505050565b60006020828403121561117d57600080fd5b5035919050565b6000806000806060858703121561119a57600080fd5b84359350602085013567ffffffffffffffff8111156111b857600080fd5b6111c4878288016110e0565b9598909750949560400135949350505050565b6000806000604084860312156111ec57600080fd5b83359250602084013567ffffffffffffffff81111561120a57600080fd5b611216868287016110e0565b9497909650939450505050565b6000806040838503121561123657600080fd5b82359150611246602084016110a2565b90509250929050565b60008060006040848603121561126457600080fd5b833567ffffffffffffffff81111561127b57600080fd5b611287868287016110e0565b909450925061129a9050602085016110a2565b90509250925092565b60005b838110156112be5781810151838201526020016112a6565b50506000910152565b60208152600082518060208401526112e68160408501602087016112a3565b601f01601f19169190910160400192915050565b6000806000806060858703121561131057600080fd5b84359350602085013567ffffffffffffffff81111561132e57600080fd5b61133a878288016110e0565b909450925061134d9050604086016110a2565b905092959194509250565b60208082526025908201527f7265676973747261723a206f6e6c7920697473206f776e6572206d617920646f604082015264207468697360d81b606082015260800190565b8183823760009101908152919050565b600181811c908216806113c157607f821691505b6020821081036108a257634e487b7160e01b600052602260045260246000fd5b600081546113ee816113ad565b600182168015611405576001811461141a5761144a565b60ff198316865281151582028601935061144a565b84600052602060002060005b8381101561144257815488820152600190910190602001611426565b505081860193505b50505092915050565b60006110d982846113e1565b634e487b7160e01b600052604160045260246000fd5b601f8211156114bf57806000526020600020601f840160051c8101602085101561149c5750805b601f840160051c820191505b818110156114bc57600081556001016114a8565b50505b505050565b67ffffffffffffffff8311156114dc576114dc61145f565b6114f0836114ea83546113ad565b83611475565b6000601f841160018114611524576000851561150c5750838201355b600019600387901b1c1916600186901b1783556114bc565b600083815260209020601f19861690835b828110156115555786850135825560209485019460019092019101611535565b50868210156115725760001960f88860031b161c19848701351681555b505060018560011b0183555050505050565b6020808252818101527f7265676973747261723a20746865206e616d65206973206e6f7420796f757273604082015260600190565b60006001600160601b0382166001600160601b0381036115e957634e487b7160e01b600052601160045260246000fd5b60010192915050565b600082516116048184602087016112a3565b919091019291505056fe12491ad95fd945e444d88a894ffad3c21959880a4dcd8af99d4ae4ffc71d4abd",
}

// Registrar is an auto generated Go binding around an Ethereum contract.
type Registrar struct {
	abi abi.ABI
}

// GetABI returns the ABI associated with this contract binding.
func (c *Registrar) GetABI() abi.ABI {
	return c.abi
}

// NewRegistrar creates a new instance of Registrar.
func NewRegistrar() *Registrar {
	parsed, err := RegistrarMetaData.ParseABI()
	if err != nil {
		panic(errors.New("invalid ABI: " + err.Error()))
	}
	return &Registrar{abi: *parsed}
}

// Instance creates a wrapper for a deployed contract instance at the given address.
// Use this to create the instance object passed to abigen v2 library functions Call, Transact, etc.
func (c *Registrar) Instance(backend bind.ContractBackend, addr common.Address) *bind.BoundContract {
	return bind.NewBoundContract(addr, c.abi, backend, backend, backend)
}

// PackConfirmReverse is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3f3935d1.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function confirmReverse(string _name) returns(bool success)
func (registrar *Registrar) PackConfirmReverse(name string) []byte {
	enc, err := registrar.abi.Pack("confirmReverse", name)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackConfirmReverse is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x3f3935d1.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function confirmReverse(string _name) returns(bool success)
func (registrar *Registrar) TryPackConfirmReverse(name string) ([]byte, error) {
	return registrar.abi.Pack("confirmReverse", name)
}

// UnpackConfirmReverse is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x3f3935d1.
//
// Solidity: function confirmReverse(string _name) returns(bool success)
func (registrar *Registrar) UnpackConfirmReverse(data []byte) (bool, error) {
	out, err := registrar.abi.Unpack("confirmReverse", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackDrain is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x9890220b.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function drain() returns()
func (registrar *Registrar) PackDrain() []byte {
	enc, err := registrar.abi.Pack("drain")
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
func (registrar *Registrar) TryPackDrain() ([]byte, error) {
	return registrar.abi.Pack("drain")
}

// PackDrop is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4f39ca59.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function drop(bytes32 _name) returns(bool success)
func (registrar *Registrar) PackDrop(name [32]byte) []byte {
	enc, err := registrar.abi.Pack("drop", name)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackDrop is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x4f39ca59.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function drop(bytes32 _name) returns(bool success)
func (registrar *Registrar) TryPackDrop(name [32]byte) ([]byte, error) {
	return registrar.abi.Pack("drop", name)
}

// UnpackDrop is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x4f39ca59.
//
// Solidity: function drop(bytes32 _name) returns(bool success)
func (registrar *Registrar) UnpackDrop(data []byte) (bool, error) {
	out, err := registrar.abi.Unpack("drop", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xddca3f43.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function fee() view returns(uint256)
func (registrar *Registrar) PackFee() []byte {
	enc, err := registrar.abi.Pack("fee")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xddca3f43.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function fee() view returns(uint256)
func (registrar *Registrar) TryPackFee() ([]byte, error) {
	return registrar.abi.Pack("fee")
}

// UnpackFee is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xddca3f43.
//
// Solidity: function fee() view returns(uint256)
func (registrar *Registrar) UnpackFee(data []byte) (*big.Int, error) {
	out, err := registrar.abi.Unpack("fee", data)
	if err != nil {
		return new(big.Int), err
	}
	out0 := abi.ConvertType(out[0], new(big.Int)).(*big.Int)
	return out0, nil
}

// PackGet is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc6af477c.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function get(bytes32 _name, string _key) view returns(bytes32)
func (registrar *Registrar) PackGet(name [32]byte, key string) []byte {
	enc, err := registrar.abi.Pack("get", name, key)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGet is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc6af477c.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function get(bytes32 _name, string _key) view returns(bytes32)
func (registrar *Registrar) TryPackGet(name [32]byte, key string) ([]byte, error) {
	return registrar.abi.Pack("get", name, key)
}

// UnpackGet is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc6af477c.
//
// Solidity: function get(bytes32 _name, string _key) view returns(bytes32)
func (registrar *Registrar) UnpackGet(data []byte) ([32]byte, error) {
	out, err := registrar.abi.Unpack("get", data)
	if err != nil {
		return *new([32]byte), err
	}
	out0 := *abi.ConvertType(out[0], new([32]byte)).(*[32]byte)
	return out0, nil
}

// PackGetAddress is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6795dbcd.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getAddress(bytes32 _name, string _key) view returns(address)
func (registrar *Registrar) PackGetAddress(name [32]byte, key string) []byte {
	enc, err := registrar.abi.Pack("getAddress", name, key)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetAddress is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x6795dbcd.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getAddress(bytes32 _name, string _key) view returns(address)
func (registrar *Registrar) TryPackGetAddress(name [32]byte, key string) ([]byte, error) {
	return registrar.abi.Pack("getAddress", name, key)
}

// UnpackGetAddress is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x6795dbcd.
//
// Solidity: function getAddress(bytes32 _name, string _key) view returns(address)
func (registrar *Registrar) UnpackGetAddress(data []byte) (common.Address, error) {
	out, err := registrar.abi.Unpack("getAddress", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackGetOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdeb931a2.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getOwner(bytes32 _name) view returns(address)
func (registrar *Registrar) PackGetOwner(name [32]byte) []byte {
	enc, err := registrar.abi.Pack("getOwner", name)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xdeb931a2.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getOwner(bytes32 _name) view returns(address)
func (registrar *Registrar) TryPackGetOwner(name [32]byte) ([]byte, error) {
	return registrar.abi.Pack("getOwner", name)
}

// UnpackGetOwner is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xdeb931a2.
//
// Solidity: function getOwner(bytes32 _name) view returns(address)
func (registrar *Registrar) UnpackGetOwner(data []byte) (common.Address, error) {
	out, err := registrar.abi.Unpack("getOwner", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackGetUint is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc3a35825.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function getUint(bytes32 _name, string _key) view returns(uint256)
func (registrar *Registrar) PackGetUint(name [32]byte, key string) []byte {
	enc, err := registrar.abi.Pack("getUint", name, key)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackGetUint is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xc3a35825.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function getUint(bytes32 _name, string _key) view returns(uint256)
func (registrar *Registrar) TryPackGetUint(name [32]byte, key string) ([]byte, error) {
	return registrar.abi.Pack("getUint", name, key)
}

// UnpackGetUint is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xc3a35825.
//
// Solidity: function getUint(bytes32 _name, string _key) view returns(uint256)
func (registrar *Registrar) UnpackGetUint(data []byte) (*big.Int, error) {
	out, err := registrar.abi.Unpack("getUint", data)
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
func (registrar *Registrar) PackOwner() []byte {
	enc, err := registrar.abi.Pack("owner")
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
func (registrar *Registrar) TryPackOwner() ([]byte, error) {
	return registrar.abi.Pack("owner")
}

// UnpackOwner is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x8da5cb5b.
//
// Solidity: function owner() view returns(address)
func (registrar *Registrar) UnpackOwner(data []byte) (common.Address, error) {
	out, err := registrar.abi.Unpack("owner", data)
	if err != nil {
		return *new(common.Address), err
	}
	out0 := *abi.ConvertType(out[0], new(common.Address)).(*common.Address)
	return out0, nil
}

// PackProposeReverse is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xac4e73f9.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function proposeReverse(string _name, address _who) returns(bool success)
func (registrar *Registrar) PackProposeReverse(name string, who common.Address) []byte {
	enc, err := registrar.abi.Pack("proposeReverse", name, who)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackProposeReverse is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xac4e73f9.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function proposeReverse(string _name, address _who) returns(bool success)
func (registrar *Registrar) TryPackProposeReverse(name string, who common.Address) ([]byte, error) {
	return registrar.abi.Pack("proposeReverse", name, who)
}

// UnpackProposeReverse is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xac4e73f9.
//
// Solidity: function proposeReverse(string _name, address _who) returns(bool success)
func (registrar *Registrar) UnpackProposeReverse(data []byte) (bool, error) {
	out, err := registrar.abi.Unpack("proposeReverse", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackRemoveReverse is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf25eb5c1.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function removeReverse() returns()
func (registrar *Registrar) PackRemoveReverse() []byte {
	enc, err := registrar.abi.Pack("removeReverse")
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackRemoveReverse is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf25eb5c1.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function removeReverse() returns()
func (registrar *Registrar) TryPackRemoveReverse() ([]byte, error) {
	return registrar.abi.Pack("removeReverse")
}

// PackReserve is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x432ced04.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function reserve(bytes32 _name) payable returns(bool success)
func (registrar *Registrar) PackReserve(name [32]byte) []byte {
	enc, err := registrar.abi.Pack("reserve", name)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackReserve is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x432ced04.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function reserve(bytes32 _name) payable returns(bool success)
func (registrar *Registrar) TryPackReserve(name [32]byte) ([]byte, error) {
	return registrar.abi.Pack("reserve", name)
}

// UnpackReserve is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x432ced04.
//
// Solidity: function reserve(bytes32 _name) payable returns(bool success)
func (registrar *Registrar) UnpackReserve(data []byte) (bool, error) {
	out, err := registrar.abi.Unpack("reserve", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackReserved is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x92698814.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function reserved(bytes32 _name) view returns(bool reserved)
func (registrar *Registrar) PackReserved(name [32]byte) []byte {
	enc, err := registrar.abi.Pack("reserved", name)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackReserved is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x92698814.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function reserved(bytes32 _name) view returns(bool reserved)
func (registrar *Registrar) TryPackReserved(name [32]byte) ([]byte, error) {
	return registrar.abi.Pack("reserved", name)
}

// UnpackReserved is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x92698814.
//
// Solidity: function reserved(bytes32 _name) view returns(bool reserved)
func (registrar *Registrar) UnpackReserved(data []byte) (bool, error) {
	out, err := registrar.abi.Unpack("reserved", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackReverse is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe30bd740.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function reverse(address ) view returns(string)
func (registrar *Registrar) PackReverse(arg0 common.Address) []byte {
	enc, err := registrar.abi.Pack("reverse", arg0)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackReverse is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xe30bd740.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function reverse(address ) view returns(string)
func (registrar *Registrar) TryPackReverse(arg0 common.Address) ([]byte, error) {
	return registrar.abi.Pack("reverse", arg0)
}

// UnpackReverse is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xe30bd740.
//
// Solidity: function reverse(address ) view returns(string)
func (registrar *Registrar) UnpackReverse(data []byte) (string, error) {
	out, err := registrar.abi.Unpack("reverse", data)
	if err != nil {
		return *new(string), err
	}
	out0 := *abi.ConvertType(out[0], new(string)).(*string)
	return out0, nil
}

// PackSet is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x47448e8a.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function set(bytes32 _name, string _key, bytes32 _value) returns(bool success)
func (registrar *Registrar) PackSet(name [32]byte, key string, value [32]byte) []byte {
	enc, err := registrar.abi.Pack("set", name, key, value)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSet is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x47448e8a.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function set(bytes32 _name, string _key, bytes32 _value) returns(bool success)
func (registrar *Registrar) TryPackSet(name [32]byte, key string, value [32]byte) ([]byte, error) {
	return registrar.abi.Pack("set", name, key, value)
}

// UnpackSet is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x47448e8a.
//
// Solidity: function set(bytes32 _name, string _key, bytes32 _value) returns(bool success)
func (registrar *Registrar) UnpackSet(data []byte) (bool, error) {
	out, err := registrar.abi.Unpack("set", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackSetAddress is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf6d339e4.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setAddress(bytes32 _name, string _key, address _value) returns(bool success)
func (registrar *Registrar) PackSetAddress(name [32]byte, key string, value common.Address) []byte {
	enc, err := registrar.abi.Pack("setAddress", name, key, value)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetAddress is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xf6d339e4.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setAddress(bytes32 _name, string _key, address _value) returns(bool success)
func (registrar *Registrar) TryPackSetAddress(name [32]byte, key string, value common.Address) ([]byte, error) {
	return registrar.abi.Pack("setAddress", name, key, value)
}

// UnpackSetAddress is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xf6d339e4.
//
// Solidity: function setAddress(bytes32 _name, string _key, address _value) returns(bool success)
func (registrar *Registrar) UnpackSetAddress(data []byte) (bool, error) {
	out, err := registrar.abi.Unpack("setAddress", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackSetFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x69fe0e2d.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setFee(uint256 _amount) returns()
func (registrar *Registrar) PackSetFee(amount *big.Int) []byte {
	enc, err := registrar.abi.Pack("setFee", amount)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetFee is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x69fe0e2d.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setFee(uint256 _amount) returns()
func (registrar *Registrar) TryPackSetFee(amount *big.Int) ([]byte, error) {
	return registrar.abi.Pack("setFee", amount)
}

// PackSetOwner is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x13af4035.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setOwner(address _new) returns()
func (registrar *Registrar) PackSetOwner(new common.Address) []byte {
	enc, err := registrar.abi.Pack("setOwner", new)
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
func (registrar *Registrar) TryPackSetOwner(new common.Address) ([]byte, error) {
	return registrar.abi.Pack("setOwner", new)
}

// PackSetUint is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xeadf9760.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function setUint(bytes32 _name, string _key, uint256 _value) returns(bool success)
func (registrar *Registrar) PackSetUint(name [32]byte, key string, value *big.Int) []byte {
	enc, err := registrar.abi.Pack("setUint", name, key, value)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackSetUint is the Go binding used to pack the parameters required for calling
// the contract method with ID 0xeadf9760.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function setUint(bytes32 _name, string _key, uint256 _value) returns(bool success)
func (registrar *Registrar) TryPackSetUint(name [32]byte, key string, value *big.Int) ([]byte, error) {
	return registrar.abi.Pack("setUint", name, key, value)
}

// UnpackSetUint is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0xeadf9760.
//
// Solidity: function setUint(bytes32 _name, string _key, uint256 _value) returns(bool success)
func (registrar *Registrar) UnpackSetUint(data []byte) (bool, error) {
	out, err := registrar.abi.Unpack("setUint", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// PackTransfer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x79ce9fac.  This method will panic if any
// invalid/nil inputs are passed.
//
// Solidity: function transfer(bytes32 _name, address _to) returns(bool success)
func (registrar *Registrar) PackTransfer(name [32]byte, to common.Address) []byte {
	enc, err := registrar.abi.Pack("transfer", name, to)
	if err != nil {
		panic(err)
	}
	return enc
}

// TryPackTransfer is the Go binding used to pack the parameters required for calling
// the contract method with ID 0x79ce9fac.  This method will return an error
// if any inputs are invalid/nil.
//
// Solidity: function transfer(bytes32 _name, address _to) returns(bool success)
func (registrar *Registrar) TryPackTransfer(name [32]byte, to common.Address) ([]byte, error) {
	return registrar.abi.Pack("transfer", name, to)
}

// UnpackTransfer is the Go binding that unpacks the parameters returned
// from invoking the contract method with ID 0x79ce9fac.
//
// Solidity: function transfer(bytes32 _name, address _to) returns(bool success)
func (registrar *Registrar) UnpackTransfer(data []byte) (bool, error) {
	out, err := registrar.abi.Unpack("transfer", data)
	if err != nil {
		return *new(bool), err
	}
	out0 := *abi.ConvertType(out[0], new(bool)).(*bool)
	return out0, nil
}

// RegistrarDataChanged represents a DataChanged event raised by the Registrar contract.
type RegistrarDataChanged struct {
	Name  [32]byte
	Owner common.Address
	Key   common.Hash
	Raw   *types.Log // Blockchain specific contextual infos
}

const RegistrarDataChangedEventName = "DataChanged"

// ContractEventName returns the user-defined event name.
func (RegistrarDataChanged) ContractEventName() string {
	return RegistrarDataChangedEventName
}

// UnpackDataChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event DataChanged(bytes32 indexed name, address indexed owner, string indexed key)
func (registrar *Registrar) UnpackDataChangedEvent(log *types.Log) (*RegistrarDataChanged, error) {
	event := "DataChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registrar.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistrarDataChanged)
	if len(log.Data) > 0 {
		if err := registrar.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registrar.abi.Events[event].Inputs {
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

// RegistrarDrained represents a Drained event raised by the Registrar contract.
type RegistrarDrained struct {
	Amount *big.Int
	Raw    *types.Log // Blockchain specific contextual infos
}

const RegistrarDrainedEventName = "Drained"

// ContractEventName returns the user-defined event name.
func (RegistrarDrained) ContractEventName() string {
	return RegistrarDrainedEventName
}

// UnpackDrainedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Drained(uint256 amount)
func (registrar *Registrar) UnpackDrainedEvent(log *types.Log) (*RegistrarDrained, error) {
	event := "Drained"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registrar.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistrarDrained)
	if len(log.Data) > 0 {
		if err := registrar.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registrar.abi.Events[event].Inputs {
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

// RegistrarDropped represents a Dropped event raised by the Registrar contract.
type RegistrarDropped struct {
	Name  [32]byte
	Owner common.Address
	Raw   *types.Log // Blockchain specific contextual infos
}

const RegistrarDroppedEventName = "Dropped"

// ContractEventName returns the user-defined event name.
func (RegistrarDropped) ContractEventName() string {
	return RegistrarDroppedEventName
}

// UnpackDroppedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Dropped(bytes32 indexed name, address indexed owner)
func (registrar *Registrar) UnpackDroppedEvent(log *types.Log) (*RegistrarDropped, error) {
	event := "Dropped"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registrar.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistrarDropped)
	if len(log.Data) > 0 {
		if err := registrar.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registrar.abi.Events[event].Inputs {
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

// RegistrarFeeChanged represents a FeeChanged event raised by the Registrar contract.
type RegistrarFeeChanged struct {
	Amount *big.Int
	Raw    *types.Log // Blockchain specific contextual infos
}

const RegistrarFeeChangedEventName = "FeeChanged"

// ContractEventName returns the user-defined event name.
func (RegistrarFeeChanged) ContractEventName() string {
	return RegistrarFeeChangedEventName
}

// UnpackFeeChangedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event FeeChanged(uint256 amount)
func (registrar *Registrar) UnpackFeeChangedEvent(log *types.Log) (*RegistrarFeeChanged, error) {
	event := "FeeChanged"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registrar.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistrarFeeChanged)
	if len(log.Data) > 0 {
		if err := registrar.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registrar.abi.Events[event].Inputs {
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

// RegistrarNewOwner represents a NewOwner event raised by the Registrar contract.
type RegistrarNewOwner struct {
	Old     common.Address
	Current common.Address
	Raw     *types.Log // Blockchain specific contextual infos
}

const RegistrarNewOwnerEventName = "NewOwner"

// ContractEventName returns the user-defined event name.
func (RegistrarNewOwner) ContractEventName() string {
	return RegistrarNewOwnerEventName
}

// UnpackNewOwnerEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event NewOwner(address indexed old, address indexed current)
func (registrar *Registrar) UnpackNewOwnerEvent(log *types.Log) (*RegistrarNewOwner, error) {
	event := "NewOwner"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registrar.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistrarNewOwner)
	if len(log.Data) > 0 {
		if err := registrar.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registrar.abi.Events[event].Inputs {
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

// RegistrarReserved represents a Reserved event raised by the Registrar contract.
type RegistrarReserved struct {
	Name  [32]byte
	Owner common.Address
	Raw   *types.Log // Blockchain specific contextual infos
}

const RegistrarReservedEventName = "Reserved"

// ContractEventName returns the user-defined event name.
func (RegistrarReserved) ContractEventName() string {
	return RegistrarReservedEventName
}

// UnpackReservedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Reserved(bytes32 indexed name, address indexed owner)
func (registrar *Registrar) UnpackReservedEvent(log *types.Log) (*RegistrarReserved, error) {
	event := "Reserved"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registrar.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistrarReserved)
	if len(log.Data) > 0 {
		if err := registrar.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registrar.abi.Events[event].Inputs {
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

// RegistrarReverseConfirmed represents a ReverseConfirmed event raised by the Registrar contract.
type RegistrarReverseConfirmed struct {
	Name    common.Hash
	Reverse common.Address
	Raw     *types.Log // Blockchain specific contextual infos
}

const RegistrarReverseConfirmedEventName = "ReverseConfirmed"

// ContractEventName returns the user-defined event name.
func (RegistrarReverseConfirmed) ContractEventName() string {
	return RegistrarReverseConfirmedEventName
}

// UnpackReverseConfirmedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ReverseConfirmed(string indexed name, address indexed reverse)
func (registrar *Registrar) UnpackReverseConfirmedEvent(log *types.Log) (*RegistrarReverseConfirmed, error) {
	event := "ReverseConfirmed"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registrar.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistrarReverseConfirmed)
	if len(log.Data) > 0 {
		if err := registrar.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registrar.abi.Events[event].Inputs {
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

// RegistrarReverseProposed represents a ReverseProposed event raised by the Registrar contract.
type RegistrarReverseProposed struct {
	Name    common.Hash
	Reverse common.Address
	Raw     *types.Log // Blockchain specific contextual infos
}

const RegistrarReverseProposedEventName = "ReverseProposed"

// ContractEventName returns the user-defined event name.
func (RegistrarReverseProposed) ContractEventName() string {
	return RegistrarReverseProposedEventName
}

// UnpackReverseProposedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ReverseProposed(string indexed name, address indexed reverse)
func (registrar *Registrar) UnpackReverseProposedEvent(log *types.Log) (*RegistrarReverseProposed, error) {
	event := "ReverseProposed"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registrar.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistrarReverseProposed)
	if len(log.Data) > 0 {
		if err := registrar.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registrar.abi.Events[event].Inputs {
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

// RegistrarReverseRemoved represents a ReverseRemoved event raised by the Registrar contract.
type RegistrarReverseRemoved struct {
	Name    common.Hash
	Reverse common.Address
	Raw     *types.Log // Blockchain specific contextual infos
}

const RegistrarReverseRemovedEventName = "ReverseRemoved"

// ContractEventName returns the user-defined event name.
func (RegistrarReverseRemoved) ContractEventName() string {
	return RegistrarReverseRemovedEventName
}

// UnpackReverseRemovedEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event ReverseRemoved(string indexed name, address indexed reverse)
func (registrar *Registrar) UnpackReverseRemovedEvent(log *types.Log) (*RegistrarReverseRemoved, error) {
	event := "ReverseRemoved"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registrar.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistrarReverseRemoved)
	if len(log.Data) > 0 {
		if err := registrar.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registrar.abi.Events[event].Inputs {
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

// RegistrarTransferred represents a Transferred event raised by the Registrar contract.
type RegistrarTransferred struct {
	Name     [32]byte
	OldOwner common.Address
	NewOwner common.Address
	Raw      *types.Log // Blockchain specific contextual infos
}

const RegistrarTransferredEventName = "Transferred"

// ContractEventName returns the user-defined event name.
func (RegistrarTransferred) ContractEventName() string {
	return RegistrarTransferredEventName
}

// UnpackTransferredEvent is the Go binding that unpacks the event data emitted
// by contract.
//
// Solidity: event Transferred(bytes32 indexed name, address indexed oldOwner, address indexed newOwner)
func (registrar *Registrar) UnpackTransferredEvent(log *types.Log) (*RegistrarTransferred, error) {
	event := "Transferred"
	if len(log.Topics) == 0 {
		return nil, bind.ErrNoEventSignature
	}
	if log.Topics[0] != registrar.abi.Events[event].ID {
		return nil, bind.ErrEventSignatureMismatch
	}
	out := new(RegistrarTransferred)
	if len(log.Data) > 0 {
		if err := registrar.abi.UnpackIntoInterface(out, event, log.Data); err != nil {
			return nil, err
		}
	}
	var indexed abi.Arguments
	for _, arg := range registrar.abi.Events[event].Inputs {
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
