package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// maxNumber bounds the text of a number: 32 bytes in hexadecimal, as libraries pad them.
const maxNumber = 66

// decodeNumber reads a whole number in each form in which a library of the field writes one:
//
//	1795391920                               JSON, by viem and everybody's JSON.stringify
//	"1795391920"                             ethers 6 (getPayload), viem (a bigint), web3
//	"0x6b0381b0", "0x0000…6b0381b0"          ethers (toQuantity, toBeHex), viem (numberToHex), web3, with and without padding
//	{"type":"BigNumber","hex":"0x6b0381b0"}  ethers 5 (JSON.stringify of a BigNumber)
//
// JSON's own are read exactly, whatever their size. Fractions, exponents, signs and white space are refused.
func decodeNumber(path string, value json.RawMessage, bits int) (uint64, error) {
	text, err := numberText(path, value)
	if err != nil {
		return 0, err
	}
	n, err := parseNumber(text, bits)
	if err != nil {
		return 0, fmt.Errorf("%s is %.40s: write a whole number from 0 to %d, as a number or a string, decimal or with 0x",
			path, value, uint64(math.MaxUint64)>>(64-bits))
	}
	return n, nil
}

func numberText(path string, value json.RawMessage) (string, error) {
	switch value[0] {
	case '"':
		return stringOf(path, value)
	case '{':
		var big struct {
			Type string `json:"type"`
			Hex  string `json:"hex"`
		}
		if decodeObject(path, value, reflect.ValueOf(&big).Elem()) != nil || big.Type != "BigNumber" || !strings.HasPrefix(big.Hex, "0x") {
			return "", wrongKind(path, value, "a number")
		}
		return big.Hex, nil
	case '[', 't', 'f':
		return "", wrongKind(path, value, "a number")
	}
	return string(value), nil
}

var errNumber = errors.New("not a number")

func parseNumber(text string, bits int) (uint64, error) {
	if len(text) > maxNumber {
		return 0, errNumber
	}
	if digits, hex := strings.CutPrefix(text, "0x"); hex {
		return strconv.ParseUint(digits, 16, bits)
	}
	if len(text) > 1 && text[0] == '0' {
		return 0, errNumber // octal, to some
	}
	return strconv.ParseUint(text, 10, bits)
}
