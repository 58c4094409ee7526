// Package known remembers, in files, what a client was told when it used an address for the first time, so that it is not told
// otherwise later: as ssh remembers host keys. What is remembered is not proven: who lies at the first use is believed.
package known

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/internal/whole"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// maxFile bounds a file of a Book: the ids of the largest cluster's servers are less.
const maxFile = 64 << 10

// Entry is what was learnt at an address: of a key server, or of a node of the chain.
type Entry struct {
	Address string         `json:"address"`
	Chain   uint64         `json:"chainId"`
	Genesis common.Hash    `json:"genesis,omitzero"` // of a node of the chain
	Cluster wire.ClusterID `json:"cluster,omitzero"` // of a key server, as what follows
	Servers []wire.NodeID  `json:"servers,omitempty"`
	Since   time.Time      `json:"since"`
}

// Book is a directory with a file for each address. Several processes may use it at once.
type Book struct{ dir string }

// Open names the directory. It is made when there is something to remember.
func Open(dir string) *Book { return &Book{dir} }

// Path is the file for an address: who removes it has the address forgotten.
func (b *Book) Path(address string) string {
	name := url.QueryEscape(normal(address))
	if len(name) > 200 { // file systems have limits
		name = fmt.Sprintf("%x", sha256.Sum256([]byte(name)))
	}
	return filepath.Join(b.dir, name+".json")
}

// normal writes an address as one does who means the same.
func normal(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	u.Scheme, u.Host, u.User = strings.ToLower(u.Scheme), strings.ToLower(u.Host), nil
	return strings.TrimRight(u.String(), "/")
}

// Find gives what is known of an address, nil if nothing is. A file that can't be read is an error, not nothing.
func (b *Book) Find(address string) (*Entry, error) {
	path := b.Path(address)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !whole.Present(path) {
		return nil, nil
	}
	if err == nil {
		var e *Entry
		if e, err = parse(text, address); err == nil {
			return e, nil
		}
	}
	return nil, fmt.Errorf("reading what is known of %s: %s: %w; remove the file to trust %s again as at the first use", address, path, err, address)
}

func parse(text []byte, address string) (*Entry, error) {
	if len(text) > maxFile {
		return nil, fmt.Errorf("it has more than %d bytes", maxFile)
	}
	e := new(Entry)
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(e); err != nil {
		return nil, err
	}
	if e.Chain == 0 || normal(e.Address) != normal(address) {
		return nil, errors.New("it is not about this address")
	}
	return e, nil
}

// ErrDiffers means that an address is known as something else, since another process has learnt so meanwhile.
var ErrDiffers = errors.New("it is known as something else")

// Keep remembers what was learnt at an address. What is known of it already stays, and must be the same: else it is ErrDiffers.
func (b *Book) Keep(e Entry) error {
	err := b.write(e, whole.Create)
	if !errors.Is(err, fs.ErrExist) || !whole.Present(b.Path(e.Address)) {
		return err
	}
	before, err := b.Find(e.Address)
	switch {
	case err != nil:
		return err
	case before == nil || !before.same(&e):
		return fmt.Errorf("%s: %w; if this is a new network, remove %s", e.Address, ErrDiffers, b.Path(e.Address))
	}
	return nil
}

func (e *Entry) same(f *Entry) bool {
	return e.Chain == f.Chain && e.Genesis == f.Genesis && e.Cluster == f.Cluster && len(e.Servers) == len(f.Servers) &&
		!slices.ContainsFunc(e.Servers, func(id wire.NodeID) bool { return !slices.Contains(f.Servers, id) })
}

// Replace is for who knows better, because the network is its own.
func (b *Book) Replace(e Entry) error { return b.write(e, whole.Replace) }

func (b *Book) write(e Entry, how func(string, []byte) error) error {
	e.Address, e.Since = normal(e.Address), time.Now().UTC().Truncate(time.Second)
	text, err := json.MarshalIndent(e, "", "  ")
	if err == nil {
		err = os.MkdirAll(b.dir, 0o700)
	}
	if err == nil {
		err = how(b.Path(e.Address), append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("remembering what %s is: %w", e.Address, err)
	}
	return nil
}
