package rpcapi

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common/hexutil"
)

// The argument types of the secretstore_* methods (spec rpc-api.md 2). Each is a JSON
// string of hex digits of either case after a mandatory 0x; fixed sizes are exact.
type (
	rpcAddress [20]byte // mixed case is taken without looking at the checksum
	h256       [32]byte
	h512       [64]byte
	h520       [65]byte // a signature, r ‖ s ‖ v
	rpcBytes   []byte   // any even number of digits, none included
)

func (a *rpcAddress) UnmarshalJSON(in []byte) error { return unmarshalFixed(in, a[:]) }
func (h *h256) UnmarshalJSON(in []byte) error       { return unmarshalFixed(in, h[:]) }
func (h *h512) UnmarshalJSON(in []byte) error       { return unmarshalFixed(in, h[:]) }

func (h *h520) UnmarshalJSON(in []byte) error { return unmarshalFixed(in, h[:]) }

func (b *rpcBytes) UnmarshalJSON(in []byte) (err error) {
	digits, err := hexDigits(in)
	if err != nil {
		return err
	}
	*b, err = hex.DecodeString(digits)
	return err
}

func (h h512) MarshalText() ([]byte, error)     { return hexutil.Bytes(h[:]).MarshalText() }
func (b rpcBytes) MarshalText() ([]byte, error) { return hexutil.Bytes(b).MarshalText() }

func unmarshalFixed(in, into []byte) error {
	digits, err := hexDigits(in)
	if err != nil {
		return err
	}
	if len(digits) != 2*len(into) {
		return fmt.Errorf("invalid length: %d hex digits instead of %d", len(digits), 2*len(into))
	}
	_, err = hex.Decode(into, []byte(digits))
	return err
}

func hexDigits(in []byte) (string, error) {
	var text *string
	if err := json.Unmarshal(in, &text); err != nil || text == nil {
		return "", errors.New("not a string of hex digits")
	}
	digits, found := strings.CutPrefix(*text, "0x")
	if !found {
		return "", errors.New("hex string without 0x")
	}
	return digits, nil
}

// encryptedDocumentKey is the result of generateDocumentKey; members in Parity's order.
type encryptedDocumentKey struct {
	CommonPoint    h512     `json:"common_point"`
	EncryptedPoint h512     `json:"encrypted_point"`
	EncryptedKey   rpcBytes `json:"encrypted_key"`
}
