package acl

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
)

// Kind is where the permission contract comes from.
type Kind uint8

const (
	// Closed admits nobody: no contract is configured. The zero value, so that a
	// forgotten setting never opens a door.
	Closed Kind = iota
	// Address asks the contract at a fixed address.
	Address
	// Registry asks the contract that the registrar names at that block.
	Registry
	// Permissive admits everybody. For demonstrations and tests.
	Permissive
)

// Setting is the operator's choice. All key servers of a cluster must have the same.
type Setting struct {
	Kind      Kind
	Address   common.Address // of the permission contract; for Kind Address
	Registrar common.Address // of the registrar contract; for Kind Registry
}

// ParseSetting reads the configuration: an address, "registry" with the registrar's
// address, "none" for everybody (Parity's word), or "" for nobody.
func ParseSetting(acl, registrar string) (Setting, error) {
	switch acl {
	case "":
		return Setting{Kind: Closed}, nil
	case "none":
		return Setting{Kind: Permissive}, nil
	case "registry":
		if registrar == "" {
			return Setting{}, errors.New(`ACL "registry" needs the address of the chain's registrar contract (--secretstore.registrar)`)
		}
		address, err := parseAddress("registrar", registrar)
		return Setting{Kind: Registry, Registrar: address}, err
	}
	address, err := parseAddress("ACL contract", acl)
	if err != nil {
		err = fmt.Errorf(`%w; it can also be "registry" or "none"`, err)
	}
	return Setting{Kind: Address, Address: address}, err
}

func parseAddress(what, text string) (common.Address, error) {
	address := common.HexToAddress(text)
	if !common.IsHexAddress(text) || address == (common.Address{}) {
		return address, fmt.Errorf("%s %q is not the address of a contract", what, text)
	}
	return address, nil
}

// String says in a few words who is admitted, for the start-up log and the status.
func (s Setting) String() string {
	switch s.Kind {
	case Address:
		return "contract " + s.Address.Hex()
	case Registry:
		return fmt.Sprintf("%s in registrar %s", RegistryName, s.Registrar.Hex())
	case Permissive:
		return "permissive: everybody is admitted"
	}
	return "closed: nobody is admitted"
}

// Warning is what an operator must be told about this setting; empty if nothing.
func (s Setting) Warning() string {
	switch s.Kind {
	case Permissive:
		return "THE SECRET STORE IS OPEN: no permission contract is asked, so everybody can read every document key, and have anything signed with every server key. " +
			"Never run it so with secrets that matter; set --secretstore.acl to an address or to registry"
	case Closed:
		return "no permission contract is configured, so every read and every signature will be denied; set --secretstore.acl"
	}
	return ""
}
