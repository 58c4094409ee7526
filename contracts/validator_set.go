package contracts

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/geth-ss/geth-ss/contracts/bindings/validatorset"
)

//go:embed compiled/ValidatorSet.bin-runtime
var validatorSetRuntime string

// ValidatorSetAddress is where the contract ValidatorSet stands in a genesis block.
var ValidatorSetAddress = common.HexToAddress("0x000000000000000000000000000000000A11DA7E")

// Bounds of the contract.
const (
	MaxValidatorWeight = 1_000_000_000
	MaxValidators      = 255
	maxScheduled       = 64
	maxValidatorName   = 64
	maxValidatorHost   = 260

	// MinProposalLifetime and MaxProposalLifetime are in seconds.
	MinProposalLifetime = 60
	MaxProposalLifetime = 3650 * 24 * 60 * 60
	// ProposalLifetime is what networks have that ask for nothing else.
	ProposalLifetime = 7 * 24 * 60 * 60
)

// Where the compiler put the contract's variables: compiled/ValidatorSet.storage.json, held equal by a test.
const (
	validatorsQueueSlot     = 0 // lifetime, begins, head, tail, total, from the right
	validatorsPlannedSlot   = 1 // planned, proposed, lastFrom, lastDelta
	validatorsMembersSlot   = 3
	validatorsEntriesSlot   = 4
	validatorsChangesSlot   = 5
	validatorsProposalsSlot = 6
)

// ValidatorEntry is a validator as the contract has it.
type ValidatorEntry struct {
	Key    [64]byte // public key
	Weight uint32
	Peer   [20]byte // id in consensus' transport; zero: it is asked for
	Name   string   // for people
	Host   string   // host:port of its consensus
}

// Address is that of the key.
func (e *ValidatorEntry) Address() common.Address {
	return common.BytesToAddress(crypto.Keccak256(e.Key[:]))
}

// WeightChange is a weight that a validator has from a block on; 0: it is none.
type WeightChange struct {
	Who    common.Address `json:"who"`
	From   uint64         `json:"from"`
	Weight uint32         `json:"weight"`
}

// Slots reads a contract's storage in one state.
type Slots func(slot common.Hash) (common.Hash, error)

// ValidatorSetCode is the hash of the contract's code. Code with another one is not read.
func ValidatorSetCode() common.Hash { return crypto.Keccak256Hash(unhex(validatorSetRuntime)) }

// ValidatorSetAccount returns the contract as an account of a genesis block, as if it had been deployed.
func ValidatorSetAccount(first []ValidatorEntry, lifetime, begins uint64) (types.Account, error) {
	if err := checkFirst(first, lifetime); err != nil {
		return types.Account{}, err
	}
	w := make(storageWriter)
	var total uint64
	w.put(slot(validatorsMembersSlot), common.BigToHash(big.NewInt(int64(len(first)))))
	base := crypto.Keccak256Hash(slot(validatorsMembersSlot).Bytes())
	for i, e := range first {
		who := e.Address()
		total += uint64(e.Weight)
		w.put(after(base, int64(i)), common.BytesToHash(who[:]))
		at := mappingSlot(common.BytesToHash(who[:]), validatorsEntriesSlot)
		var packed common.Hash
		binary.BigEndian.PutUint32(packed[28:], e.Weight)
		binary.BigEndian.PutUint32(packed[24:], e.Weight)
		binary.BigEndian.PutUint16(packed[22:], uint16(i+1))
		copy(packed[:20], e.Peer[:])
		w.put(at, packed)
		w.put(after(at, 1), common.BytesToHash(e.Key[:32]))
		w.put(after(at, 2), common.BytesToHash(e.Key[32:]))
		w.text(after(at, 3), e.Name)
		w.text(after(at, 4), e.Host)
	}
	var packed common.Hash
	binary.BigEndian.PutUint64(packed[24:], lifetime)
	binary.BigEndian.PutUint64(packed[16:], begins)
	binary.BigEndian.PutUint64(packed[:], total)
	w.put(slot(validatorsQueueSlot), packed)
	w.put(slot(validatorsPlannedSlot), common.BigToHash(new(big.Int).SetUint64(total)))
	return types.Account{Code: unhex(validatorSetRuntime), Storage: w, Balance: new(big.Int)}, nil
}

// ValidatorSetCreation returns the contract's creation code, for a network whose validators stand in its file.
func ValidatorSetCreation(first []ValidatorEntry, lifetime, begins uint64) ([]byte, error) {
	if err := checkFirst(first, lifetime); err != nil {
		return nil, err
	}
	var members []validatorset.ValidatorSetMember
	for _, e := range first {
		members = append(members, validatorset.ValidatorSetMember{
			X: [32]byte(e.Key[:32]), Y: [32]byte(e.Key[32:]), Weight: e.Weight, Peer: e.Peer, Name: e.Name, Host: e.Host,
		})
	}
	return append(common.FromHex(validatorset.ValidatorSetMetaData.Bin), validatorset.NewValidatorSet().PackConstructor(members, lifetime, begins)...), nil
}

// checkFirst is what the constructor checks.
func checkFirst(first []ValidatorEntry, lifetime uint64) error {
	if lifetime < MinProposalLifetime || lifetime > MaxProposalLifetime {
		return fmt.Errorf("proposals live for %d seconds, want %d to %d", lifetime, MinProposalLifetime, MaxProposalLifetime)
	}
	if len(first) == 0 || len(first) > MaxValidators {
		return fmt.Errorf("%d validators, want 1 to %d", len(first), MaxValidators)
	}
	seen := make(map[common.Address]bool)
	for _, e := range first {
		if err := e.check(); err != nil {
			return fmt.Errorf("validator %q: %w", e.Name, err)
		}
		if seen[e.Address()] {
			return fmt.Errorf("validator %q is listed twice", e.Name)
		}
		seen[e.Address()] = true
	}
	return nil
}

func (e *ValidatorEntry) check() error {
	if _, err := crypto.UnmarshalPubkey(append([]byte{4}, e.Key[:]...)); err != nil {
		return fmt.Errorf("its key: %w", err)
	}
	switch {
	case e.Weight == 0 || e.Weight > MaxValidatorWeight:
		return fmt.Errorf("its weight is %d, want 1 to %d", e.Weight, MaxValidatorWeight)
	case !plain(e.Name, maxValidatorName):
		return fmt.Errorf("its name has more than %d letters, or others than those of ASCII", maxValidatorName)
	case e.Host == "" || !plain(e.Host, maxValidatorHost):
		return fmt.Errorf("its address %.80q is not host:port", e.Host)
	}
	return nil
}

func plain(text string, most int) bool {
	return len(text) <= most && !slices.ContainsFunc([]byte(text), func(b byte) bool { return b < 0x20 || b > 0x7e })
}

// ReadWeights returns the validators after block height, in the contract's order, from the storage in the state after it:
// their keys and weights alone, which is what consensus goes by. And what is scheduled for later blocks.
func ReadWeights(read Slots, height uint64) ([]ValidatorEntry, []WeightChange, error) {
	r := &storageReader{read: read}
	head := r.get(slot(validatorsQueueSlot))
	first, behind := binary.BigEndian.Uint32(head[12:]), binary.BigEndian.Uint32(head[8:])
	if r.err == nil && (behind < first || behind-first > maxScheduled) {
		return nil, nil, fmt.Errorf("the queue of the validators' contract runs from %d to %d", first, behind)
	}
	due := make(map[common.Address]uint32)
	later := []WeightChange{}
	for i := first; i < behind && r.err == nil; i++ {
		c := weightChange(r.get(mappingSlot(common.BigToHash(new(big.Int).SetUint64(uint64(i))), validatorsChangesSlot)))
		if c.From <= height {
			due[c.Who] = c.Weight
		} else {
			later = append(later, c)
		}
	}
	n := r.get(slot(validatorsMembersSlot)).Big()
	if r.err == nil && (!n.IsUint64() || n.Uint64() > MaxValidators) {
		return nil, nil, fmt.Errorf("the validators' contract has %v members", n)
	}
	base := crypto.Keccak256Hash(slot(validatorsMembersSlot).Bytes())
	var list []ValidatorEntry
	for i := range n.Int64() {
		if r.err != nil {
			break
		}
		member := r.get(after(base, i))
		at := mappingSlot(member, validatorsEntriesSlot)
		packed := r.get(at)
		e := ValidatorEntry{Weight: binary.BigEndian.Uint32(packed[28:]), Peer: [20]byte(packed[:20])}
		if weight, ok := due[common.BytesToAddress(member[:])]; ok {
			e.Weight = weight
		}
		if e.Weight == 0 {
			continue
		}
		copy(e.Key[:32], r.get(after(at, 1)).Bytes())
		copy(e.Key[32:], r.get(after(at, 2)).Bytes())
		if who := e.Address(); r.err == nil && who != common.BytesToAddress(member[:]) {
			return nil, nil, fmt.Errorf("the validators' contract has the key of %v for %x", who, member)
		}
		list = append(list, e)
	}
	if r.err == nil && len(list) == 0 {
		return nil, nil, errors.New("the validators' contract has no validator")
	}
	return list, later, r.err
}

// ReadValidators is ReadWeights, with names and addresses.
func ReadValidators(read Slots, height uint64) ([]ValidatorEntry, []WeightChange, error) {
	list, later, err := ReadWeights(read, height)
	if err != nil {
		return nil, nil, err
	}
	r := &storageReader{read: read}
	for i := range list {
		who := list[i].Address()
		at := mappingSlot(common.BytesToHash(who[:]), validatorsEntriesSlot)
		list[i].Name, list[i].Host = r.text(after(at, 3), maxValidatorName), r.text(after(at, 4), maxValidatorHost)
	}
	return list, later, r.err
}

// Kinds of proposals, as the contract numbers them.
const (
	ProposeAdd    = 1
	ProposeRemove = 2
	ProposeWeight = 3
	ProposeMove   = 4
)

// ValidatorProposal is one that can be voted for.
type ValidatorProposal struct {
	ID       uint64
	Kind     uint8
	Who      common.Address
	Entry    ValidatorEntry // of what it is about
	Accepted bool           // by whom it adds
	Proposer common.Address
	Expires  uint64 // timestamp up to which it can be voted for
	Voters   []common.Address
}

// maxProposals is how many are looked through, the newest: one validator can propose as often as it likes.
const maxProposals = 256

// ReadProposals returns those that can be voted for at a time, the oldest first. Proposals expire in their order. unread is 0, or
// the number up to which older ones can perhaps still be voted for, but were not looked at.
func ReadProposals(read Slots, now uint64) (list []ValidatorProposal, unread uint64, err error) {
	r := &storageReader{read: read}
	counts := r.get(slot(validatorsPlannedSlot))
	newest := binary.BigEndian.Uint64(counts[16:])
	list = []ValidatorProposal{}
	for id := newest; id > 0 && r.err == nil; id-- {
		at := mappingSlot(common.BigToHash(new(big.Int).SetUint64(id)), validatorsProposalsSlot)
		head, who := r.get(at), r.get(after(at, 1))
		p := ValidatorProposal{
			ID: id, Kind: head[31], Accepted: head[30] != 0, Who: common.BytesToAddress(head[9:29]),
			Expires: binary.BigEndian.Uint64(who[24:]), Proposer: common.BytesToAddress(who[4:24]),
		}
		if p.Expires < now {
			break
		}
		if newest-id >= maxProposals {
			unread = id
			break
		}
		if head[29] != 0 { // done
			continue
		}
		p.Entry.Weight = binary.BigEndian.Uint32(head[5:])
		peer := r.get(after(at, 2))
		copy(p.Entry.Peer[:], peer[12:])
		copy(p.Entry.Key[:32], r.get(after(at, 3)).Bytes())
		copy(p.Entry.Key[32:], r.get(after(at, 4)).Bytes())
		p.Entry.Name, p.Entry.Host = r.text(after(at, 5), maxValidatorName), r.text(after(at, 6), maxValidatorHost)
		voters := r.get(after(at, 7)).Big()
		if !voters.IsUint64() || voters.Uint64() > maxVoters {
			return nil, 0, fmt.Errorf("proposal %d of the validators' contract has %v voters", id, voters)
		}
		base := crypto.Keccak256Hash(after(at, 7).Bytes())
		for i := range voters.Int64() {
			voter := r.get(after(base, i))
			p.Voters = append(p.Voters, common.BytesToAddress(voter[:]))
		}
		list = append(list, p)
	}
	if r.err != nil {
		return nil, 0, r.err
	}
	slices.Reverse(list)
	return list, unread, nil
}

// maxVoters: those that have voted and are no validators any more count as well.
const maxVoters = 16 * MaxValidators

func weightChange(packed common.Hash) WeightChange {
	return WeightChange{
		Who: common.BytesToAddress(packed[12:]), From: binary.BigEndian.Uint64(packed[4:]), Weight: binary.BigEndian.Uint32(packed[:]),
	}
}

// storageReader keeps the first error; from then on all is zero.
type storageReader struct {
	read Slots
	err  error
}

func (r *storageReader) get(at common.Hash) common.Hash {
	if r.err != nil {
		return common.Hash{}
	}
	value, err := r.read(at)
	if err != nil {
		r.err = fmt.Errorf("read the validators' contract: %w", err)
		return common.Hash{}
	}
	return value
}

// text reads a string as Solidity keeps it: of up to 31 bytes in the slot itself, with twice the length in its last byte.
func (r *storageReader) text(at common.Hash, most int) string {
	head := r.get(at)
	if head[31]&1 == 0 {
		n := int(head[31] / 2)
		if n > 31 {
			r.fail(fmt.Errorf("a text of the validators' contract has %d bytes in one slot", n))
			return ""
		}
		return string(head[:n])
	}
	long := new(big.Int).Rsh(head.Big(), 1)
	if !long.IsInt64() || long.Int64() > int64(most) {
		r.fail(fmt.Errorf("a text of the validators' contract has %v bytes", long))
		return ""
	}
	base, out := crypto.Keccak256Hash(at[:]), []byte(nil)
	for i := int64(0); int64(len(out)) < long.Int64(); i++ {
		out = append(out, r.get(after(base, i)).Bytes()...)
	}
	return string(out[:long.Int64()])
}

func (r *storageReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

type storageWriter map[common.Hash]common.Hash

func (w storageWriter) put(at, value common.Hash) {
	if value != (common.Hash{}) {
		w[at] = value
	}
}

func (w storageWriter) text(at common.Hash, text string) {
	if len(text) < 32 {
		var value common.Hash
		copy(value[:], text)
		value[31] = byte(2 * len(text))
		w.put(at, value)
		return
	}
	w.put(at, common.BigToHash(big.NewInt(int64(2*len(text)+1))))
	base := crypto.Keccak256Hash(at[:])
	for i := int64(0); 32*i < int64(len(text)); i++ {
		var value common.Hash
		copy(value[:], text[32*i:])
		w.put(after(base, i), value)
	}
}

// after is the slot that comes so many after another.
func after(at common.Hash, n int64) common.Hash {
	return common.BigToHash(new(big.Int).Add(at.Big(), big.NewInt(n)))
}
