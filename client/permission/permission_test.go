package permission

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
)

// saidError is a node's error as package rpc gives it.
type saidError struct{ data any }

func (e *saidError) Error() string  { return "execution reverted" }
func (e *saidError) ErrorData() any { return e.data }

// TestExplainRevert: what the permission contract says is told in words; what it can't say is told as it came.
func TestExplainRevert(t *testing.T) {
	word := func(n int) string { return fmt.Sprintf("%064x", n) }
	for data, want := range map[any]string{
		selectorOf("AlreadyClaimed") + word(1) + word(0xbb):                        "the document belongs to 0x00000000000000000000000000000000000000bb already",
		selectorOf("NotPublisher") + word(1) + word(0xbb):                          "only its publisher 0x00000000000000000000000000000000000000bb may",
		selectorOf("NotPublisher") + word(1) + word(0):                             "nobody has claimed",
		selectorOf("ZeroUser"):                                                     "zero address",
		"0x08c379a0" + word(32) + word(2) + "6e6f" + strings.Repeat("0", 60):       "execution reverted: no",
		"0x08c379a0" + strings.Repeat("f", 64) + word(2) + strings.Repeat("0", 64): "execution reverted",
		"": "execution reverted", "0x": "execution reverted", "0x12": "execution reverted", "0x123456": "execution reverted", "0x12345678": "execution reverted",
		"0xa8ca238e": "execution reverted", "0xa8ca238e12": "execution reverted", "0xzz": "execution reverted", 7.0: "execution reverted", true: "execution reverted", nil: "execution reverted",
	} {
		if got := explainRevert(fmt.Errorf("around: %w", &saidError{data})).Error(); !strings.Contains(got, want) {
			t.Errorf("%v: %q", data, got)
		}
	}
	if err := errors.New("connection refused"); explainRevert(err) != err {
		t.Error("what no contract said is explained")
	}
}

// selectorOf is how the data of an error begins.
func selectorOf(name string) string {
	abi := permissions.NewDocumentPermissions().GetABI()
	id := abi.Errors[name].ID
	return hexutil.Encode(id[:4])
}

// FuzzExplainRevert: no data of a contract is a panic.
func FuzzExplainRevert(f *testing.F) {
	for _, name := range []string{"AlreadyClaimed", "NotPublisher", "ZeroUser"} {
		f.Add(selectorOf(name))
		f.Add(selectorOf(name) + strings.Repeat("f", 128))
	}
	f.Add("0x12")
	f.Add("")
	f.Fuzz(func(t *testing.T, data string) {
		if err := explainRevert(&saidError{data}); err == nil {
			t.Error("an error became none")
		}
	})
}
