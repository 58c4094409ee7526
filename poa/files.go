package poa

import (
	"fmt"
	"path/filepath"

	"github.com/cometbft/cometbft/privval"

	"github.com/geth-ss/geth-ss/internal/whole"
)

// CheckFiles reads the files in the driver's directory that no node could do without, as far as they are there. It writes
// nothing. What must be there, the driver knows when it starts.
func CheckFiles(dir string) error {
	if path := filepath.Join(dir, genesisFile); whole.Present(path) {
		if _, err := LoadNetworkGenesis(path); err != nil {
			return damagedGenesis(path, err)
		}
	}
	if path := filepath.Join(dir, signStateFile); whole.Present(path) {
		return readSignState(path, new(privval.FilePVLastSignState))
	}
	return nil
}

// FreeGas tells whether gas has no price in the network that the driver's directory is of. A directory without a network's file
// is of none; the driver says so when it is made.
func FreeGas(dir string) (bool, error) {
	path := filepath.Join(dir, genesisFile)
	if !whole.Present(path) {
		return false, nil
	}
	g, err := LoadNetworkGenesis(path)
	if err != nil {
		return false, damagedGenesis(path, err)
	}
	return g.FreeGas, nil
}

func damagedGenesis(path string, err error) error {
	return fmt.Errorf("the validator list of this node can't be read: %w; move %s away and run init with the network's genesis file, which writes it again", err, path)
}
