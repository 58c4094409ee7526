package keyfile

import (
	"sync"

	"github.com/ethereum/go-ethereum/log"
)

// told are the files of which WarnExposed has warned.
var told sync.Map

// WarnExposed warns in the log, once, of a file with a secret that others than its owner can read. Whatever reads one calls it: a key,
// a password. It refuses nothing, since it can't know who the others are.
func WarnExposed(path string) {
	err := Exposed(path)
	if err == nil {
		return
	}
	if _, before := told.LoadOrStore(path, true); !before {
		log.Warn("A file with a secret is open to others than its owner: " + err.Error())
	}
}
