// Package governance asks the contract in which organisations decide who the key servers are, contracts/solidity/KeyServerSet.sol,
// and sends transactions to it. What the contract does nobody checks here; what is signed for it is made here, and not by a node.
package governance

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/client/registry"
	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/contracts/bindings/governedset"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

var (
	binding  = governedset.NewGovernedSet()
	contract = binding.GetABI()
)

// newest is how many proposals State has at most.
const newest = 32

// Rule is when a proposal is approved.
type Rule struct {
	Part, Whole uint32 // by more than Part/Whole of the voters
	Waiting     time.Duration
}

// ParseRule reads a part such as 1/2.
func ParseRule(part string, waiting time.Duration) (Rule, error) {
	above, below, found := strings.Cut(part, "/")
	a, err := strconv.ParseUint(above, 10, 32)
	b, err2 := strconv.ParseUint(below, 10, 32)
	switch {
	case !found || err != nil || err2 != nil:
		return Rule{}, fmt.Errorf("%q is not a part of the voters, such as 1/2", part)
	case a >= b:
		return Rule{}, fmt.Errorf("more than %s of the voters there never are", part)
	case waiting < 0 || waiting > 30*24*time.Hour || waiting%time.Second != 0:
		return Rule{}, fmt.Errorf("a waiting time of %v: it is whole seconds, and 30 days at most", waiting)
	}
	return Rule{uint32(a), uint32(b), waiting}, nil
}

func (r Rule) String() string {
	return fmt.Sprintf("more than %d/%d of the voters, after %v", r.Part, r.Whole, r.Waiting)
}

func (r Rule) packed() governedset.KeyServerSetRule {
	return governedset.KeyServerSetRule{Part: r.Part, Whole: r.Whole, Waiting: uint64(r.Waiting / time.Second)}
}

// Server is a key server as the contract has it.
type Server struct {
	Account common.Address `json:"account"`
	ID      wire.NodeID    `json:"id"`
	Host    string         `json:"host"` // HOST:PORT
}

// NewServer checks what the contract checks.
func NewServer(id wire.NodeID, host string) (Server, error) {
	name, port, err := net.SplitHostPort(host)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 || name == "" {
		return Server{}, fmt.Errorf("%q is not HOST:PORT", host)
	}
	if _, err := id.PublicKey(); err != nil {
		return Server{}, err
	}
	return Server{id.Address(), id, host}, nil
}

func pack(servers []Server) (all []governedset.KeyServerSetServer) {
	for _, s := range servers {
		all = append(all, governedset.KeyServerSetServer{PublicKey: s.ID[:], Host: s.Host})
	}
	return all
}

// Creation returns the code that makes the contract.
func Creation(first []Server, owners []common.Address, rule Rule) []byte {
	return slices.Concat(common.FromHex(governedset.GovernedSetMetaData.Bin), binding.PackConstructor(pack(first), owners, rule.packed()))
}

// Change is what a proposal changes.
type Change struct {
	Reset  bool             `json:"reset,omitempty"`
	Remove []common.Address `json:"remove,omitempty"`
	Put    []Server         `json:"put,omitempty"`
	Govern bool             `json:"govern,omitempty"`
	Owners []common.Address `json:"owners,omitempty"`
	Rule   *Rule            `json:"rule,omitempty"` // with Govern
}

func (c *Change) packed() governedset.KeyServerSetChange {
	p := governedset.KeyServerSetChange{Reset: c.Reset, Remove: c.Remove, Put: pack(c.Put), Govern: c.Govern, Owners: c.Owners}
	if c.Rule != nil {
		p.Rule = c.Rule.packed()
	}
	return p
}

// Proposal is one as it stands.
type Proposal struct {
	Number  uint64         `json:"number"`
	By      common.Address `json:"by"`
	Open    bool           `json:"open"`
	Ready   time.Time      `json:"ready"` // when it can be carried out, if it is approved
	Until   time.Time      `json:"until"`
	Got     uint64         `json:"approvals"`
	Awaited common.Address `json:"awaited"` // a newcomer that has not accepted it; zero: none
	Change  Change         `json:"change"`

	change governedset.KeyServerSetChange
}

// State is what the contract says.
type State struct {
	Contract  common.Address   `json:"contract"`
	Current   []Server         `json:"current"`
	Wanted    []Server         `json:"wanted"`
	Migration []Server         `json:"migration"`
	ID        common.Hash      `json:"migrationId"` // zero: none is under way
	Confirmed []common.Address `json:"confirmed"`
	Owners    []common.Address `json:"owners"`
	Voters    int              `json:"voters"`
	Rule      Rule             `json:"rule"`
	Proposals []Proposal       `json:"proposals"` // the newest, the newest first
}

// Contract is one on a chain, as the chain's nodes show it.
type Contract struct {
	chain *chainrpc.Chain
	at    common.Address
}

// Filed looks the contract up that is filed in the chain's registrar.
func Filed(ctx context.Context, chain *chainrpc.Chain, registrar common.Address) (at common.Address, err error) {
	reg, err := registry.Open(ctx, chain, registrar)
	if err == nil {
		at, err = reg.Filed(ctx, contracts.NameKeyServerSet)
	}
	switch {
	case err != nil:
		return at, fmt.Errorf("looking the key server set up in the registrar %v: %w", registrar, err)
	case at == (common.Address{}):
		return at, fmt.Errorf("no contract is filed in the registrar %v as %s", registrar, contracts.NameKeyServerSet)
	}
	return at, nil
}

// Open wants such a contract to be there.
func Open(ctx context.Context, chain *chainrpc.Chain, at common.Address) (*Contract, error) {
	if err := chain.CheckCode(ctx, at); err != nil {
		return nil, err
	}
	c := &Contract{chain, at}
	if _, err := ask(ctx, c, binding.PackRule(), binding.UnpackRule); err != nil {
		var refused *NotGoverned
		if errors.As(err, &refused) {
			return nil, refused
		}
		return nil, err
	}
	return c, nil
}

// NotGoverned is a contract that is no KeyServerSet: Parity's have no proposals.
type NotGoverned struct{ At common.Address }

func (e *NotGoverned) Error() string {
	return fmt.Sprintf("the contract at %v is not a KeyServerSet.sol: it has no rule for proposals", e.At)
}

// ask calls a function that changes nothing.
func ask[T any](ctx context.Context, c *Contract, input []byte, unpack func([]byte) (T, error)) (answer T, err error) {
	out, err := c.chain.Call(ctx, ethereum.CallMsg{To: &c.at, Data: input})
	var refused rpc.Error
	switch {
	case errors.As(err, &refused):
		if said := explain(err); said != nil {
			return answer, said
		}
		return answer, &NotGoverned{c.at}
	case err != nil:
		return answer, fmt.Errorf("asking the contract %v: %w", c.at, err)
	}
	if answer, err = unpack(out); err != nil {
		return answer, &NotGoverned{c.at}
	}
	return answer, nil
}

// State reads all of it.
func (c *Contract) State(ctx context.Context) (*State, error) {
	s := &State{Contract: c.at}
	for _, list := range []struct {
		into         *[]Server
		all          []byte
		public, host func(common.Address) []byte
	}{
		{&s.Current, binding.PackGetCurrentKeyServers(), binding.PackGetCurrentKeyServerPublic, binding.PackGetCurrentKeyServerAddress},
		{&s.Wanted, binding.PackGetNewKeyServers(), binding.PackGetNewKeyServerPublic, binding.PackGetNewKeyServerAddress},
		{&s.Migration, binding.PackGetMigrationKeyServers(), binding.PackGetMigrationKeyServerPublic, binding.PackGetMigrationKeyServerAddress},
	} {
		accounts, err := ask(ctx, c, list.all, binding.UnpackGetCurrentKeyServers)
		if err != nil {
			return nil, err
		}
		for _, account := range accounts {
			public, err := ask(ctx, c, list.public(account), binding.UnpackGetCurrentKeyServerPublic)
			if err != nil {
				return nil, err
			}
			host, err := ask(ctx, c, list.host(account), binding.UnpackGetCurrentKeyServerAddress)
			if err != nil {
				return nil, err
			}
			one := Server{Account: account, Host: host}
			if copy(one.ID[:], public) != len(one.ID) || len(public) != len(one.ID) {
				return nil, fmt.Errorf("the contract %v has a key of %d bytes for %v", c.at, len(public), account)
			}
			*list.into = append(*list.into, one)
		}
	}
	return s, c.governed(ctx, s)
}

// governed reads who decides, and what is proposed.
func (c *Contract) governed(ctx context.Context, s *State) (err error) {
	id, err := ask(ctx, c, binding.PackGetMigrationId(), binding.UnpackGetMigrationId)
	if err != nil {
		return err
	}
	s.ID = id
	for _, one := range s.Migration {
		yes, err := ask(ctx, c, binding.PackIsMigrationConfirmed(one.Account), binding.UnpackIsMigrationConfirmed)
		if err != nil {
			return err
		}
		if yes {
			s.Confirmed = append(s.Confirmed, one.Account)
		}
	}
	if s.Owners, err = ask(ctx, c, binding.PackOwners(), binding.UnpackOwners); err != nil {
		return err
	}
	if s.Voters = len(s.Owners); s.Voters == 0 {
		s.Voters = len(s.Current)
	}
	r, err := ask(ctx, c, binding.PackRule(), binding.UnpackRule)
	if err != nil {
		return err
	}
	s.Rule = unpackRule(r)
	last, err := c.Last(ctx)
	if err != nil {
		return err
	}
	for n := last; n > 0 && last-n < newest; n-- {
		p, err := c.Proposal(ctx, n)
		if err != nil {
			return err
		}
		s.Proposals = append(s.Proposals, *p)
	}
	return nil
}

func unpackRule(r governedset.KeyServerSetRule) Rule {
	return Rule{r.Part, r.Whole, time.Duration(min(r.Waiting, 1<<32)) * time.Second}
}

// Last is the number of the newest proposal; 0: there was none.
func (c *Contract) Last(ctx context.Context) (uint64, error) {
	n, err := ask(ctx, c, binding.PackProposals(), binding.UnpackProposals)
	if err == nil && !n.IsUint64() {
		return 0, &NotGoverned{c.at}
	}
	if err != nil {
		return 0, err
	}
	return n.Uint64(), nil
}

// Proposal reads one.
func (c *Contract) Proposal(ctx context.Context, number uint64) (*Proposal, error) {
	got, err := ask(ctx, c, binding.PackProposal(new(big.Int).SetUint64(number)), binding.UnpackProposal)
	if err != nil {
		return nil, fmt.Errorf("proposal %d: %w", number, err)
	}
	p := &Proposal{
		Number: number, By: got.By, Open: got.Open, Ready: time.Unix(int64(got.Ready), 0).UTC(), Until: time.Unix(int64(got.Until), 0).UTC(),
		Got: got.Got.Uint64(), Awaited: got.Waits, change: got.Change,
		Change: Change{Reset: got.Change.Reset, Remove: got.Change.Remove, Govern: got.Change.Govern, Owners: got.Change.Owners},
	}
	if p.Change.Govern {
		p.Change.Rule = new(unpackRule(got.Change.Rule))
	}
	for _, s := range got.Change.Put {
		var id wire.NodeID
		if copy(id[:], s.PublicKey); len(s.PublicKey) != len(id) {
			return nil, fmt.Errorf("proposal %d names a key of %d bytes", number, len(s.PublicKey))
		}
		p.Change.Put = append(p.Change.Put, Server{id.Address(), id, s.Host})
	}
	return p, nil
}

// Propose proposes a change, and returns its number.
func (c *Contract) Propose(ctx context.Context, key *ecdsa.PrivateKey, change *Change) (uint64, *types.Receipt, error) {
	receipt, err := c.send(ctx, key, "the proposal", binding.PackPropose(change.packed()))
	if err != nil {
		return 0, nil, err
	}
	for _, l := range receipt.Logs {
		if l.Address != c.at {
			continue
		}
		if e, err := binding.UnpackProposedEvent(l); err == nil && e.Proposal.IsUint64() {
			return e.Proposal.Uint64(), receipt, nil
		}
	}
	return 0, receipt, fmt.Errorf("transaction %v is in a block, and the contract %v tells no number of the proposal", receipt.TxHash, c.at)
}

// Approve approves a proposal. If the account has, it has the proposal carried out.
func (c *Contract) Approve(ctx context.Context, key *ecdsa.PrivateKey, number uint64) (*types.Receipt, error) {
	id := new(big.Int).SetUint64(number)
	already, err := ask(ctx, c, binding.PackHasApproved(id, crypto.PubkeyToAddress(key.PublicKey)), binding.UnpackHasApproved)
	if err != nil {
		return nil, err
	}
	if already {
		return c.send(ctx, key, "carrying the proposal out", binding.PackCarryOut(id))
	}
	return c.send(ctx, key, "the approval", binding.PackApprove(id))
}

// Accept accepts a proposal as the newcomer whose key this is.
func (c *Contract) Accept(ctx context.Context, key *ecdsa.PrivateKey, number uint64) (*types.Receipt, error) {
	return c.send(ctx, key, "the acceptance", binding.PackAccept(new(big.Int).SetUint64(number)))
}

// HandIn hands the acceptance in that somebody else has signed.
func (c *Contract) HandIn(ctx context.Context, key *ecdsa.PrivateKey, a *Acceptance) (*types.Receipt, error) {
	if a.Chain != c.chain.ID() || a.Contract != c.at {
		return nil, fmt.Errorf("the acceptance is for the contract %v on chain %d, not for %v on chain %d", a.Contract, a.Chain, c.at, c.chain.ID())
	}
	return c.send(ctx, key, "the acceptance", binding.PackAcceptSigned(new(big.Int).SetUint64(a.Proposal), a.Account, a.Signature))
}

// Acceptance is a newcomer's signature on a proposal.
type Acceptance struct {
	Chain     uint64         `json:"chainId"`
	Contract  common.Address `json:"contract"`
	Proposal  uint64         `json:"proposal"`
	Account   common.Address `json:"account"`
	Signature hexutil.Bytes  `json:"signature"`
}

// SignAcceptance signs with a newcomer's key. The hash is made here, of what the proposal says.
func (c *Contract) SignAcceptance(key *ecdsa.PrivateKey, p *Proposal) (*Acceptance, error) {
	hash, err := acceptanceHash(c.chain.ID(), c.at, p)
	if err != nil {
		return nil, err
	}
	sig, err := crypto.Sign(hash[:], key)
	if err != nil {
		return nil, err
	}
	sig[64] += 27
	return &Acceptance{c.chain.ID(), c.at, p.Number, crypto.PubkeyToAddress(key.PublicKey), sig}, nil
}

var (
	domainType     = crypto.Keccak256([]byte("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"))
	acceptanceType = crypto.Keccak256([]byte("Acceptance(uint256 proposal,bytes32 change)"))
)

func acceptanceHash(chain uint64, at common.Address, p *Proposal) (common.Hash, error) {
	change, err := abi.Arguments{contract.Methods["propose"].Inputs[0]}.Pack(p.change)
	if err != nil {
		return common.Hash{}, err
	}
	word := func(n uint64) []byte { return common.BigToHash(new(big.Int).SetUint64(n)).Bytes() }
	domain := crypto.Keccak256(domainType, crypto.Keccak256([]byte("KeyServerSet")), crypto.Keccak256([]byte("1")), word(chain), common.LeftPadBytes(at[:], 32))
	return crypto.Keccak256Hash([]byte{0x19, 1}, domain, crypto.Keccak256(acceptanceType, word(p.Number), crypto.Keccak256(change))), nil
}

func (c *Contract) send(ctx context.Context, key *ecdsa.PrivateKey, what string, input []byte) (*types.Receipt, error) {
	receipt, err := c.chain.Transact(ctx, key, chainrpc.Call{To: &c.at, Input: input, What: what})
	if err == nil {
		return receipt, nil
	}
	if said := explain(err); said != nil {
		err = said
	}
	return nil, fmt.Errorf("%s: %w", what, err)
}

// Refused is what the contract gave as its reason.
type Refused struct{ Name, Why string }

func (e *Refused) Error() string { return "the contract refuses it: " + e.Why }

// explain is the contract's error in words; nil: it gave none of its own.
func explain(err error) error {
	raw := chainrpc.RevertData(err)
	if len(raw) < 4 {
		return nil
	}
	for name, e := range contract.Errors {
		if [4]byte(raw[:4]) != [4]byte(e.ID[:4]) {
			continue
		}
		args, err := e.Inputs.Unpack(raw[4:])
		if err != nil {
			return nil
		}
		return &Refused{name, sentence(name, args)}
	}
	return nil
}

// sentences are what the contract's errors mean; those that are not here say their name.
var sentences = map[string]string{
	"NotVoter":        "%v has no vote",
	"StillOpen":       "this account's proposal %v is still open",
	"NotOpen":         "there is no proposal %v, or it was carried out, was withdrawn, or has expired",
	"NotNamed":        "%v is no newcomer of this proposal",
	"NotAccepted":     "%v has not accepted it",
	"TooFewApprovals": "%v of %v voters have approved it, which are too few",
	"NotWanted":       "%v is none of the key servers that are wanted",
	"NamedTwice":      "%v is named twice",
	"BadHost":         "%q is not an address, HOST:PORT",
	"BadRule":         "the rule or the number of owners can't be",
	"NothingToDo":     "it would change nothing",
	"BadSize":         "nobody would be a key server, or too many",
	"BadSignature":    "the signature is not that account's on this proposal",
}

func sentence(name string, args []any) string {
	if name == "TooEarly" && len(args) == 1 {
		if until, ok := args[0].(*big.Int); ok && until.IsInt64() {
			return "it has to be public until " + time.Unix(until.Int64(), 0).UTC().Format(time.RFC3339)
		}
	}
	if text, ok := sentences[name]; ok {
		if strings.Contains(text, "%") {
			return fmt.Sprintf(text, args...)
		}
		return text
	}
	return name
}
