package chainrpc

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/client/hedge"
)

// maxRevert bounds what is read of a contract's error, in bytes.
const maxRevert = 4 << 10

// RevertData is what a contract said when it reverted, as nodes tell it: 0x and hex, in an error's data or in its data's data,
// "Reverted " before it. Nil if it said nothing that can be read.
func RevertData(err error) []byte {
	var with rpc.DataError
	if !errors.As(err, &with) {
		return nil
	}
	data := with.ErrorData()
	if nested, ok := data.(map[string]any); ok {
		data = nested["data"]
	}
	text, _ := data.(string)
	text, found := strings.CutPrefix(strings.TrimPrefix(text, "Reverted "), "0x")
	if !found || len(text) > 2*maxRevert {
		return nil
	}
	raw, err := hex.DecodeString(text)
	if err != nil {
		return nil
	}
	return raw
}

// Explain adds to an error what a contract gave as its reason, if it gave a text or a panic of Solidity's, and the node did
// not say so itself. Other errors of contracts are their callers' to read.
func Explain(err error) error {
	reason, unpackErr := abi.UnpackRevert(RevertData(err))
	if unpackErr != nil || reason == "" || strings.Contains(err.Error(), reason) {
		return err
	}
	return fmt.Errorf("%w: %s", err, hedge.Printable(reason))
}
