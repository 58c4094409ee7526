package serverset

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

const (
	// MaxListed is how many key servers a contract's list can have: Parity's interface counts them in a uint8.
	MaxListed = 255

	// readGas bounds all calls of one reading together, so that a contract can't keep the node busy at each block. A list of
	// MaxListed takes a tenth of it.
	readGas = 200_000_000
	// callGas bounds one of them.
	callGas = 10_000_000
)

// Caller runs a contract, read-only, on the own chain's state at one block; *chain.Chain is one. unread tells which of its errors
// mean that the state could not be read: they say nothing about the contract.
type Caller interface {
	Call(ctx context.Context, at wire.BlockRef, to common.Address, input []byte, gas uint64) (output []byte, used uint64, err error)
}

// List is one of the contract's lists. If Problem is set, something in it can't be right: then it is no list at all, and never
// one without the entry that is wrong.
type List struct {
	Members []wire.NodeID // ascending
	Hosts   []string      // HOST:PORT, in their order
	Problem string
}

// Same tells whether a list has exactly these members, which are ascending.
func (l *List) Same(members []wire.NodeID) bool {
	return l.Problem == "" && slices.Equal(l.Members, members)
}

// Reading is what a contract says in the state after one block.
type Reading struct {
	Contract common.Address // zero: the registrar names none
	Problem  string         // why it is no contract that says who the key servers are

	Current   List
	Migrates  bool // it has Parity's interface with migration; without it all below is zero
	New       List
	Migration *List       // nil: none is under way
	ID        common.Hash // of the migration
}

// Reader reads the contract of a source.
type Reader struct {
	chain  Caller
	source Source
	unread func(error) bool
}

// NewReader reads by chain. unread is as Caller says.
func NewReader(chain Caller, source Source, unread func(error) bool) *Reader {
	return &Reader{chain, source, unread}
}

// Source is whose contract is read.
func (r *Reader) Source() Source { return r.source }

// reading is one reading under way.
type reading struct {
	*Reader
	ctx  context.Context
	at   wire.BlockRef
	to   common.Address
	left uint64 // gas
}

// errAnswer is an answer that is none of the function's.
var errAnswer = errors.New("the contract does not answer as one that says who the key servers are")

// errTooDear is a contract that takes too much to be read.
var errTooDear = fmt.Errorf("reading the contract takes more than %d gas", uint64(readGas))

// Read reads the lists at a block. floor is the lowest threshold that keys have: a list has to have more members than that. An
// error means that the chain could not be read; whatever is wrong with the contract is in the reading.
func (r *Reader) Read(ctx context.Context, at wire.BlockRef, floor uint32) (*Reading, error) {
	x := &reading{Reader: r, ctx: ctx, at: at, to: r.source.Contract, left: readGas}
	if r.source.Registrar != (common.Address{}) {
		var err error
		if x.to, err = x.filed(); err != nil || x.to == (common.Address{}) {
			return &Reading{}, err
		}
	}
	got := &Reading{Contract: x.to}
	err := x.lists(got, floor)
	if err != nil && !r.unread(err) && ctx.Err() == nil {
		got.Problem, err = err.Error(), nil
	}
	return got, err
}

// filed is the contract that the registrar names; zero: none. A registrar that fails names none.
func (x *reading) filed() (common.Address, error) {
	input := slices.Concat(selector("getAddress(bytes32,string)"), crypto.Keccak256([]byte(RegistryName)), word(64), word(1), common.RightPadBytes([]byte("A"), 32))
	out, used, err := x.chain.Call(x.ctx, x.at, x.source.Registrar, input, callGas)
	x.left -= min(used, x.left)
	if err != nil {
		if x.unread(err) || x.ctx.Err() != nil {
			return common.Address{}, err
		}
		return common.Address{}, nil
	}
	one, err := unpackAddress(out)
	if err != nil {
		return common.Address{}, nil
	}
	return one, nil
}

func (x *reading) lists(got *Reading, floor uint32) error {
	current, err := x.list("Current", floor)
	if err != nil {
		return err
	}
	got.Current = *current
	wanted, err := x.list("New", floor)
	switch {
	case err != nil && (x.unread(err) || x.ctx.Err() != nil || errors.Is(err, errTooDear)):
		return err
	case err != nil: // it has no such function: Parity's without migration
		return nil
	}
	got.Migrates, got.New = true, *wanted
	return x.migration(got, floor)
}

// migration reads the list of a migration. What has no id is no migration, as with Parity.
func (x *reading) migration(got *Reading, floor uint32) error {
	accounts, err := x.accounts("Migration")
	if err != nil || len(accounts) == 0 {
		return err
	}
	out, err := x.call("getMigrationId()")
	switch {
	case err != nil && (x.unread(err) || x.ctx.Err() != nil):
		return err
	case err != nil || len(out) != 32 || common.BytesToHash(out) == common.Hash{}:
		return nil
	}
	list, err := x.entries("Migration", accounts, floor)
	if err == nil {
		got.Migration, got.ID = list, common.BytesToHash(out)
	}
	return err
}

func (x *reading) list(which string, floor uint32) (*List, error) {
	accounts, err := x.accounts(which)
	if err != nil {
		return nil, err
	}
	return x.entries(which, accounts, floor)
}

func (x *reading) accounts(which string) ([]common.Address, error) {
	out, err := x.call("get" + which + "KeyServers()")
	if err != nil {
		return nil, err
	}
	return unpackAddresses(out)
}

// entries reads the entries of a list, until one is wrong.
func (x *reading) entries(which string, accounts []common.Address, floor uint32) (*List, error) {
	switch n := len(accounts); {
	case n == 0:
		return &List{Problem: "it names nobody"}, nil
	case n > MaxListed:
		return &List{Problem: fmt.Sprintf("it names %d key servers, and a list has %d at most", n, MaxListed)}, nil
	case uint64(n) <= uint64(floor):
		return &List{Problem: fmt.Sprintf("it names %d key servers, and keys may have threshold %d, for which there have to be more", n, floor)}, nil
	}
	hosts := make(map[wire.NodeID]string, len(accounts))
	l := new(List)
	for _, account := range accounts {
		id, host, err := x.entry(which, account)
		if err != nil {
			if x.unread(err) || x.ctx.Err() != nil {
				return nil, err
			}
			return &List{Problem: fmt.Sprintf("the entry of %v: %v", account, err)}, nil
		}
		if _, twice := hosts[id]; twice {
			return &List{Problem: fmt.Sprintf("%v is named twice", account)}, nil
		}
		hosts[id] = host
		l.Members = append(l.Members, id)
	}
	wire.SortNodeIDs(l.Members)
	for _, id := range l.Members {
		l.Hosts = append(l.Hosts, hosts[id])
	}
	return l, nil
}

// entry reads one, and wants it whole.
func (x *reading) entry(which string, account common.Address) (id wire.NodeID, host string, err error) {
	argument := common.LeftPadBytes(account[:], 32)
	out, err := x.call("get"+which+"KeyServerPublic(address)", argument)
	if err != nil {
		return id, "", err
	}
	public, err := unpackBytes(out)
	if err != nil {
		return id, "", err
	}
	if len(public) != len(id) {
		return id, "", fmt.Errorf("its key has %d bytes, not %d", len(public), len(id))
	}
	copy(id[:], public)
	if _, err := id.PublicKey(); err != nil {
		return id, "", errors.New("its key is not a point of the curve")
	}
	if id.Address() != account {
		return id, "", fmt.Errorf("its key is that of %v", id.Address())
	}
	if out, err = x.call("get"+which+"KeyServerAddress(address)", argument); err != nil {
		return id, "", err
	}
	text, err := unpackBytes(out)
	if err != nil {
		return id, "", err
	}
	return id, string(text), checkHost(id, string(text))
}

// checkHost wants HOST:PORT that can be dialled. Parity took only numbers for the host; names are taken here.
func checkHost(id wire.NodeID, text string) error {
	host, port, err := net.SplitHostPort(text)
	n, bad := strconv.ParseUint(port, 10, 16)
	if err != nil || bad != nil || n == 0 || host == "" || len(text) > wire.MaxOrderAddress {
		return fmt.Errorf("its address, %.60q, is not HOST:PORT", text)
	}
	for _, c := range []byte(text) {
		if c <= ' ' || c > '~' {
			return fmt.Errorf("its address, %.60q, has a character that is in none", text)
		}
	}
	if _, err := ParseNode("enode://" + id.String() + "@" + text); err != nil {
		return fmt.Errorf("its address, %.60q: %w", text, err)
	}
	return nil
}

// call asks the contract. What runs out of gas, reverts or is no contract gives an error that unread does not take.
func (x *reading) call(signature string, arguments ...[]byte) ([]byte, error) {
	if x.left < callGas {
		return nil, errTooDear
	}
	out, used, err := x.chain.Call(x.ctx, x.at, x.to, slices.Concat(append([][]byte{selector(signature)}, arguments...)...), callGas)
	x.left -= min(used, x.left)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", signature, err)
	}
	return out, nil
}

func selector(signature string) []byte { return crypto.Keccak256([]byte(signature))[:4] }

func word(n uint64) []byte {
	var w [32]byte
	binary.BigEndian.PutUint64(w[24:], n)
	return w[:]
}

// unpackAddress reads a word that is an address.
func unpackAddress(word []byte) (common.Address, error) {
	if len(word) != 32 || !bytes.Equal(word[:12], make([]byte, 12)) {
		return common.Address{}, errAnswer
	}
	return common.BytesToAddress(word), nil
}

// unpackDynamic takes an answer apart that is one array: where it begins, its length, and what follows.
func unpackDynamic(out []byte) (n uint64, body []byte, err error) {
	if len(out) < 64 || !bytes.Equal(out[:32], word(32)) || !bytes.Equal(out[32:56], make([]byte, 24)) {
		return 0, nil, errAnswer
	}
	return binary.BigEndian.Uint64(out[56:64]), out[64:], nil
}

// unpackAddresses reads address[].
func unpackAddresses(out []byte) ([]common.Address, error) {
	n, body, err := unpackDynamic(out)
	if err != nil || n > uint64(len(body)/32) {
		return nil, errAnswer
	}
	all := make([]common.Address, n)
	for i := range all {
		if all[i], err = unpackAddress(body[32*i : 32*i+32]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// unpackBytes reads bytes or string.
func unpackBytes(out []byte) ([]byte, error) {
	n, body, err := unpackDynamic(out)
	if err != nil || n > uint64(len(body)) {
		return nil, errAnswer
	}
	return body[:n], nil
}
