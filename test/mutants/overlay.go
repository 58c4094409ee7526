package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Which mutant a test binary is, and where it notes which ones its tests have reached.
const (
	activeVariable  = "GETH_SS_MUTANT"
	reachedVariable = "GETH_SS_MUTANTS_REACHED"
)

// switches goes into each package: the conditions call it. It is not a package of its own, since what packages may import
// is tested.
//
// A mutant is reached when its loss makes a difference: when a condition that would be false is true. Where no test does
// that, none can notice.
const switches = `package %s

import (
	"os"
	"strconv"
	"sync"
)

var (
	mutantActive, _ = strconv.Atoi(os.Getenv("` + activeVariable + `"))
	mutantFile      = mutantOpen(os.Getenv("` + reachedVariable + `")) // before a test gives rights away
	mutantsReached  sync.Map
)

func mutantOpen(path string) *os.File {
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	return f
}

func mutantLost[B ~bool](id int, cond, always B) B {
	if cond != always && mutantFile != nil {
		mutantReach(id)
	}
	if id == mutantActive {
		return always
	}
	return cond
}

func mutantReach(id int) {
	if _, again := mutantsReached.LoadOrStore(id, true); !again {
		mutantFile.WriteString(strconv.Itoa(id) + "\n")
	}
}
`

// switchable is a file's text with a switch in each of its mutants, on the same lines.
func switchable(text []byte, mutants []mutant) []byte {
	opens, closes := make(map[int]string), make(map[int]string)
	for _, m := range mutants { // outer ones come first
		opens[m.from] += fmt.Sprintf("mutantLost(%d, ", m.id)
		closes[m.to] = fmt.Sprintf(", %v)", m.always) + closes[m.to]
	}
	var out bytes.Buffer
	for i := range len(text) + 1 {
		out.WriteString(closes[i])
		out.WriteString(opens[i])
		if i < len(text) {
			out.WriteByte(text[i])
		}
	}
	return out.Bytes()
}

// overlay gathers what go is to read in the place of the tree's files.
type overlay struct {
	dir     string // for what it reads instead
	Replace map[string]string
}

func (o *overlay) add(path string, text []byte) error {
	instead := filepath.Join(o.dir, fmt.Sprintf("%d.go", len(o.Replace)))
	o.Replace[path] = instead
	return os.WriteFile(instead, text, 0o600)
}

// write makes the file for go's flag -overlay.
func (o *overlay) write() (string, error) {
	enc, err := json.Marshal(o)
	if err != nil {
		return "", err
	}
	path := filepath.Join(o.dir, "overlay.json")
	return path, os.WriteFile(path, enc, 0o600)
}
