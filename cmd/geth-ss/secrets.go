package main

import (
	"os"
	"path/filepath"
	"sync"

	"github.com/ethereum/go-ethereum/log"

	"github.com/geth-ss/geth-ss/internal/keyfile"
)

// told are the files of which guardSecret has warned.
var told sync.Map

// guardSecret warns, once, of a file with a secret that others than its owner can read. Whatever reads one calls it: a key, a
// password. It refuses nothing, since it can't know who the others are.
func guardSecret(path string) {
	err := keyfile.Exposed(path)
	if err == nil {
		return
	}
	if _, before := told.LoadOrStore(path, true); !before {
		log.Warn("A file with a secret is not its owner's alone: " + err.Error())
	}
}

// guardKeystore does so for the key files in a directory.
func guardKeystore(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // it is missed where it is needed
	}
	for _, e := range entries {
		guardSecret(filepath.Join(dir, e.Name()))
	}
}
