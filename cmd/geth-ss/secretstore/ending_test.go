package secretstore

import (
	"errors"
	"fmt"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/client/permission"
)

func TestLastLine(t *testing.T) {
	denied := &client.Error{Status: 403, Reason: "denied", Message: "permission denied"}
	refused := permission.Refused("nobody has claimed the document yet")
	for _, test := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("fetching the key 1: %w", denied), "Denied: fetching the key 1: permission denied"},
		{fmt.Errorf("grant: %w", refused), "Denied: grant: nobody has claimed the document yet"},
		{&chainrpc.Failed{Hash: common.Hash{1}, Err: refused}, "Denied: " + (&chainrpc.Failed{Hash: common.Hash{1}, Err: refused}).Error()},
		{BadNews("the configuration has errors"), "the configuration has errors"},
		{fmt.Errorf("fetching the key 1: %w", &client.Error{Status: 503, Reason: "unavailable", Message: "no block is final"}), "Fatal: fetching the key 1: no block is final"},
		{errors.New("fetch wants one argument"), "Fatal: fetch wants one argument"},
	} {
		if got := LastLine(test.err); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
