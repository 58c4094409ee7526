package serverset

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
)

// RegistryName is the name under which Parity's registrar knows the contract that says who the key servers are.
const RegistryName = "secretstore_server_set"

// Source is which contract says who the key servers are. Zero: none does.
type Source struct {
	Contract  common.Address // zero: the registrar names it
	Registrar common.Address // zero: Contract is it
}

// None tells whether no contract is asked.
func (s Source) None() bool { return s == Source{} }

func (s Source) String() string {
	switch {
	case s.None():
		return "none"
	case s.Contract != (common.Address{}):
		return "contract " + s.Contract.Hex()
	}
	return fmt.Sprintf("%s in registrar %s", RegistryName, s.Registrar.Hex())
}

// ParseSource reads the configuration: an address, "registry" with the registrar's address, or "" for none.
func ParseSource(set, registrar string) (Source, error) {
	switch {
	case set == "":
		return Source{}, nil
	case set == "registry" && registrar == "":
		return Source{}, errors.New(`ServerSet "registry" needs the address of the chain's registrar contract (--secretstore.registrar)`)
	case set == "registry":
		at, err := contractAddress("the registrar", registrar)
		return Source{Registrar: at}, err
	}
	at, err := contractAddress("ServerSet", set)
	if err != nil {
		err = fmt.Errorf(`%w; it can also be "registry", or empty`, err)
	}
	return Source{Contract: at}, err
}

func contractAddress(what, text string) (common.Address, error) {
	at := common.HexToAddress(text)
	if !common.IsHexAddress(text) || at == (common.Address{}) {
		return at, fmt.Errorf("%s %q is not the address of a contract", what, text)
	}
	return at, nil
}
