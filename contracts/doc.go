// Package contracts holds the Solidity sources of this project, the ABIs of Parity's Secret Store contracts, and what
// is generated from both. There is no logic of the node in it.
//
//	solidity/   our sources: the demo permission contract, the registrar, the library that checks receipts with a
//	            contract to ask it by and an example, who the key servers are by vote, a contract account for tests
//	compiled/   their ABI, creation code, runtime code and storage layout (generated)
//	abi/        ABIs of the contracts that Parity's Secret Store works with
//	bindings/   Go bindings of all of them, one package per contract (generated)
//
// Which contract a key server looks for under which name of the registrar is in names.go.
package contracts

//go:generate ./generate.sh
