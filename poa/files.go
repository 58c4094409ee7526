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

func damagedGenesis(path string, err error) error {
	return fmt.Errorf("the validator list of this node can't be read: %w; move %s away and run init with the network's genesis file, which writes it again", err, path)
}
