package acl

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// RegistryName is the name under which Parity's registrar knows the permission contract.
const RegistryName = "secretstore_acl_checker"

// Unserved are Parity's other names: under them a chain may have contracts that this version does not go by.
var Unserved = []string{
	"secretstore_server_set", "secretstore_service", "secretstore_service_srv_gen", "secretstore_service_srv_retr",
	"secretstore_service_doc_store", "secretstore_service_doc_sretr",
}

var (
	checkSelector  = selector("checkPermissions(address,bytes32)")
	lookupSelector = selector("getAddress(bytes32,string)")
	lookupInput    = packLookup(RegistryName)
)

func selector(signature string) []byte { return crypto.Keccak256([]byte(signature))[:4] }

// packCheck is the input of checkPermissions(user, document).
func packCheck(user common.Address, document wire.KeyID) []byte {
	input := make([]byte, 0, 4+64)
	input = append(input, checkSelector...)
	input = append(input, common.LeftPadBytes(user[:], 32)...)
	return append(input, document[:]...)
}

// packLookup is the input of getAddress(keccak256(name), "A").
func packLookup(name string) []byte {
	input := append([]byte{}, lookupSelector...)
	input = append(input, crypto.Keccak256([]byte(name))...)
	input = append(input, word(64)...) // where the string begins
	input = append(input, word(1)...)  // its length
	return append(input, common.RightPadBytes([]byte("A"), 32)...)
}

func word(n uint64) []byte {
	var w [32]byte
	binary.BigEndian.PutUint64(w[24:], n)
	return w[:]
}

// unpackBool reads an answer. Exactly 32 bytes of value 0 or 1 are one: a contract with
// a fallback function, or none of this interface, must not be mistaken for a yes.
func unpackBool(output []byte) (bool, error) {
	switch {
	case len(output) != 32:
		return false, fmt.Errorf("the ACL contract answered %d bytes instead of a bool", len(output))
	case bytes.Equal(output, word(1)):
		return true, nil
	case bytes.Equal(output, word(0)):
		return false, nil
	}
	return false, fmt.Errorf("the ACL contract answered %#x, which is not a bool", output)
}

// unpackAddress reads an address answer; the zero address is an error.
func unpackAddress(output []byte) (common.Address, error) {
	if len(output) != 32 || !bytes.Equal(output[:12], make([]byte, 12)) {
		return common.Address{}, errors.New("the registrar answered something that is not an address")
	}
	address := common.BytesToAddress(output)
	if address == (common.Address{}) {
		return address, errors.New("no entry")
	}
	return address, nil
}
