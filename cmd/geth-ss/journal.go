package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/geth-ss/geth-ss/internal/whole"
)

// dropCheap takes transactions whose tip is below the minimum out of the journal of those that were handed in here. The
// pool refuses them, and geth would offer them to it once a minute for ever.
func dropCheap(path string, minimum *big.Int) error {
	kept, dropped, err := readJournal(path, minimum)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		// geth reads as much of it as can be read, and goes on.
		log.Warn("The journal of own transactions can't be read to its end", "path", path, "err", err)
		return nil
	}
	if len(dropped) == 0 {
		return nil
	}
	if err := writeJournal(path, kept); err != nil {
		return fmt.Errorf("dropping transactions below the minimum tip from the journal: %w", err)
	}
	log.Warn("Dropped own transactions whose tip is below the minimum, since no block would include them. Later ones of the same accounts wait until these nonces are sent again",
		"dropped", len(dropped), "kept", len(kept), "minimum", minimum, "first", dropped[0])
	return nil
}

func readJournal(path string, minimum *big.Int) (kept []*types.Transaction, dropped []common.Hash, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	for stream := rlp.NewStream(file, 0); ; {
		tx := new(types.Transaction)
		if err := stream.Decode(tx); err == io.EOF {
			return kept, dropped, nil
		} else if err != nil {
			return nil, nil, err
		}
		if tx.GasTipCapIntCmp(minimum) < 0 {
			dropped = append(dropped, tx.Hash())
		} else {
			kept = append(kept, tx)
		}
	}
}

func writeJournal(path string, txs []*types.Transaction) error {
	content := new(bytes.Buffer)
	for _, tx := range txs {
		if err := rlp.Encode(content, tx); err != nil {
			return err
		}
	}
	return whole.Replace(path, content.Bytes())
}
