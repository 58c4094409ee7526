// Package e2e tests geth-ss as its users meet it: real processes of the real binary, reached by their ports, files and
// signals alone.
//
// The clients here are written from Parity's documents, with other cryptography than the product's, so that both would
// have to be wrong in the same way for a test to miss it. The npm clients of test/npm are what dapps really use.
//
//	network_test.go     a devnet: start, wait, stop, kill, and what it left in its logs
//	keyserver_test.go   Parity's HTTP API and the arithmetic of a client
//	chain_test.go       transactions and contracts
//	dapp_test.go        a browser wallet by examples/dapp.mjs, and a contract account
//	signing_test.go     signatures under server keys, and an account that is one's
//	servers_change_test.go   the key servers change while clients use them; what their directories give afterwards
//	servers_faults_test.go   one of them is silent, killed, down, full, removed or restored meanwhile
//	outlive_test.go     a document outlives the key servers that it was published to
//
// Tests run beside each other, as many as go test -parallel says; what is part of a test follows in its order. Each has
// its own ports (test/ports), directories and processes.
//
// The binary is built once, or taken from GETH_SS_BINARY. The nodes' logs are copied to the directory GETH_SS_E2E_LOGS if
// that is set. With -short everything is skipped.
package e2e
