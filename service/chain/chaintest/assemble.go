package chaintest

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/core/vm"
)

// Assemble turns EVM assembly into bytecode, in hex. Words are names of instructions,
// numbers in hex with 0x, which are pushed as they are written, name: for the target of a
// jump, and @name, which pushes where that is.
func Assemble(text string) string {
	var code []byte
	targets, uses := map[string]int{}, map[int]string{}
	for _, word := range strings.Fields(text) {
		switch {
		case strings.HasSuffix(word, ":"):
			targets[strings.TrimSuffix(word, ":")] = len(code)
			code = append(code, byte(vm.JUMPDEST))
		case strings.HasPrefix(word, "@"):
			uses[len(code)+1] = word[1:]
			code = append(code, byte(vm.PUSH2), 0, 0)
		case strings.HasPrefix(word, "0x"):
			number, err := hex.DecodeString(word[2:])
			if err != nil || len(number) == 0 || len(number) > 32 {
				panic(fmt.Sprintf("chaintest: %q can't be pushed", word))
			}
			code = append(append(code, byte(vm.PUSH1)+byte(len(number)-1)), number...)
		default:
			op := vm.StringToOp(word)
			if op == vm.STOP && word != "STOP" {
				panic(fmt.Sprintf("chaintest: no instruction %q", word))
			}
			code = append(code, byte(op))
		}
	}
	for at, name := range uses {
		target, found := targets[name]
		if !found {
			panic(fmt.Sprintf("chaintest: no target %q", name))
		}
		code[at], code[at+1] = byte(target>>8), byte(target)
	}
	return hex.EncodeToString(code)
}
