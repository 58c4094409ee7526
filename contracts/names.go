package contracts

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// The names under which key servers look up their contracts in a chain's registrar, as Parity's do.
const (
	NameACL                   = "secretstore_acl_checker"       // who may use a key
	NameKeyServerSet          = "secretstore_server_set"        // who the key servers are
	NameService               = "secretstore_service"           // requests by contract, all kinds in one contract
	NameServiceGenerate       = "secretstore_service_srv_gen"   // generation of server keys
	NameServiceRetrieveServer = "secretstore_service_srv_retr"  // retrieval of server keys
	NameServiceStore          = "secretstore_service_doc_store" // storing of document keys
	NameServiceRetrieveShadow = "secretstore_service_doc_sretr" // retrieval of document key shadows
)

// AddressKey is the key under which a name's contract address is filed: getAddress(NameHash(name), AddressKey).
const AddressKey = "A"

// Names returns the seven names, in the order of the constants.
func Names() []string {
	return []string{
		NameACL, NameKeyServerSet, NameService, NameServiceGenerate,
		NameServiceRetrieveServer, NameServiceStore, NameServiceRetrieveShadow,
	}
}

// NameHash returns what the registrar knows a name by: the keccak256 of its text.
func NameHash(name string) common.Hash {
	return crypto.Keccak256Hash([]byte(name))
}
