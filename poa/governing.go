package poa

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/geth-ss/geth-ss/contracts"
)

// GovernanceStatus is what the validators' contract says after a block.
type GovernanceStatus struct {
	Contract  common.Address           `json:"contract"`
	Height    uint64                   `json:"height"` // from which block on it is read
	Block     uint64                   `json:"block"`  // after which this is so
	Members   []GovernedValidator      `json:"members"`
	Scheduled []contracts.WeightChange `json:"scheduled"` // changes that wait for their block
	Proposals []ProposalStatus         `json:"proposals"` // that can be voted for
	// Unread is the number up to which older proposals can perhaps be voted for too, but are not listed; 0: there are none.
	Unread uint64 `json:"unread,omitempty"`
}

// GovernedValidator is a validator as the contract has it.
type GovernedValidator struct {
	Name      string         `json:"name"`
	Address   common.Address `json:"address"`
	PublicKey string         `json:"publicKey"`
	Weight    uint32         `json:"weight"`
	Host      string         `json:"host"`
	PeerID    string         `json:"peerId,omitempty"`
}

// ProposalStatus is a proposal that can be voted for.
type ProposalStatus struct {
	ID       uint64         `json:"id"`
	Kind     string         `json:"kind"` // add, remove, weight, move
	Address  common.Address `json:"address"`
	Name     string         `json:"name"`
	Weight   uint32         `json:"weight,omitempty"` // that it would have
	Host     string         `json:"host,omitempty"`
	PeerID   string         `json:"peerId,omitempty"`
	Accepted bool           `json:"accepted,omitempty"` // by whom it adds
	Proposer string         `json:"proposer"`
	Voters   []string       `json:"voters"` // validators that are for it, by name
	Votes    uint64         `json:"votes"`  // their weight
	Of       uint64         `json:"of"`     // all weight: it needs more than two thirds
	Expires  uint64         `json:"expires"`
}

var proposalKinds = map[uint8]string{contracts.ProposeAdd: "add", contracts.ProposeRemove: "remove", contracts.ProposeWeight: "weight", contracts.ProposeMove: "move"}

// governance reads what the contract says after the newest block; nil where none is read.
func (d *Driver) governance() (*GovernanceStatus, error) {
	head := d.exec.head()
	if !d.roster.governs(head.Number.Uint64()) {
		return nil, nil
	}
	g := d.roster.file.Governance
	read, err := d.exec.slots(g.Contract, head)
	if err != nil {
		return nil, err
	}
	members, later, err := contracts.ReadValidators(read, head.Number.Uint64())
	if err != nil {
		return nil, err
	}
	proposals, unread, err := contracts.ReadProposals(read, head.Time)
	if err != nil {
		return nil, err
	}
	s := &GovernanceStatus{Contract: g.Contract, Height: g.Height, Block: head.Number.Uint64(), Scheduled: later, Proposals: []ProposalStatus{}, Unread: unread}
	var total uint64
	for _, m := range members {
		total += uint64(m.Weight)
		s.Members = append(s.Members, GovernedValidator{m.Name, m.Address(), hex.EncodeToString(m.Key[:]), m.Weight, m.Host, peerText(m.Peer)})
	}
	for _, p := range proposals {
		s.Proposals = append(s.Proposals, d.proposalStatus(&p, members, total))
	}
	return s, nil
}

func (d *Driver) proposalStatus(p *contracts.ValidatorProposal, members []contracts.ValidatorEntry, total uint64) ProposalStatus {
	out := ProposalStatus{
		ID: p.ID, Kind: proposalKinds[p.Kind], Address: p.Who, Name: p.Entry.Name, Weight: p.Entry.Weight, Host: p.Entry.Host, PeerID: peerText(p.Entry.Peer),
		Accepted: p.Accepted, Proposer: d.nameOf(p.Proposer[:]), Voters: []string{}, Of: total, Expires: p.Expires,
	}
	if p.Kind != contracts.ProposeAdd {
		out.Name = d.nameOf(p.Who[:])
	}
	for _, voter := range p.Voters {
		for _, m := range members {
			if m.Address() == voter {
				out.Votes += uint64(m.Weight)
				out.Voters = append(out.Voters, d.nameOf(voter[:]))
			}
		}
	}
	return out
}

func peerText(id [20]byte) string {
	if id == ([20]byte{}) {
		return ""
	}
	return hex.EncodeToString(id[:])
}

// transact has the node's own key call the contract. The chain's own interface says what it would come to, and why it is refused.
func (d *Driver) transact(ctx context.Context, data []byte) (common.Hash, error) {
	if !d.roster.governs(d.Height()) {
		return common.Hash{}, errors.New("the validators of this network are those of its file: it has no contract by which they change, or the contract is not read yet")
	}
	c := ethclient.NewClient(d.stack.Attach())
	defer c.Close()
	self, to := d.address(), d.roster.file.Governance.Contract
	gas, err := c.EstimateGas(ctx, ethereum.CallMsg{From: self, To: &to, Data: data})
	if err != nil {
		return common.Hash{}, refusal(err)
	}
	nonce, err := c.PendingNonceAt(ctx, self)
	if err != nil {
		return common.Hash{}, err
	}
	tip := new(big.Int)
	if !d.genesis.FreeGas {
		if tip, err = c.SuggestGasTipCap(ctx); err != nil {
			return common.Hash{}, err
		}
	}
	base := d.exec.head().BaseFee
	chain := d.genesis.Genesis.Config.ChainID
	tx, err := types.SignNewTx(d.key, types.LatestSignerForChainID(chain), &types.DynamicFeeTx{
		ChainID: chain, Nonce: nonce, To: &to, Data: data, Gas: gas + spareGas,
		GasTipCap: tip, GasFeeCap: new(big.Int).Add(new(big.Int).Mul(base, big.NewInt(2)), tip),
	})
	if err != nil {
		return common.Hash{}, fmt.Errorf("sign the transaction: %w", err)
	}
	if err := c.SendTransaction(ctx, tx); err != nil {
		return common.Hash{}, fmt.Errorf("send the transaction of %s, which needs ether for gas where gas has a price: %w", self, err)
	}
	return tx.Hash(), nil
}

// spareGas is beyond the estimate: a vote that decides costs more than one before, and which one decides turns out in the block.
const spareGas = 2_000_000

// refusal has the contract's reason in words.
func refusal(err error) error {
	var data rpc.DataError
	if errors.As(err, &data) {
		if text, ok := data.ErrorData().(string); ok {
			if words := contracts.ValidatorRefusal(common.FromHex(text)); words != "" {
				return fmt.Errorf("the validators' contract refuses: %s", words)
			}
		}
	}
	return fmt.Errorf("call the validators' contract: %w", err)
}

// governor answers for this node where it is proposed as a validator. Owned by the driver's goroutine.
type governor struct {
	next time.Time
	busy chan error // nil while nothing is under way
}

// acceptAgain is how long the node waits for its acceptance to be in a block before it sends another.
const acceptAgain = 30 * time.Second

// tendGovernance is called some times a second. Once this node follows, it accepts what adds it: that shows that its key is
// somebody's, and that it is there.
func (d *Driver) tendGovernance(ctx context.Context, g *governor, syncing bool, now time.Time) {
	if g.busy != nil {
		select {
		case err := <-g.busy:
			g.busy = nil
			if err != nil {
				d.log.Warn("Could not accept to become a validator", "err", err)
			}
		default:
		}
		return
	}
	if syncing || now.Before(g.next) || !d.roster.governs(d.Height()) {
		return
	}
	g.next = now.Add(time.Second)
	if b := d.started(); b == nil || b.signer == nil || b.signer.muted() != "" {
		return // who has lost its sign state would not vote
	}
	id, err := d.asked()
	if err != nil || id == 0 {
		return
	}
	g.next, g.busy = now.Add(acceptAgain), make(chan error, 1)
	d.log.Info("Accepting to become a validator", "proposal", id)
	d.done.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, acceptAgain)
		defer cancel()
		_, err := d.transact(ctx, contracts.AcceptValidator(id))
		g.busy <- err
	})
}

// asked is the oldest proposal that adds this node and waits for its word, 0 if there is none.
func (d *Driver) asked() (uint64, error) {
	head := d.exec.head()
	read, err := d.exec.slots(d.roster.file.Governance.Contract, head)
	if err != nil {
		return 0, err
	}
	list, _, err := contracts.ReadProposals(read, head.Time)
	if err != nil {
		return 0, err
	}
	for _, p := range list {
		if p.Kind == contracts.ProposeAdd && p.Who == d.address() && !p.Accepted {
			return p.ID, nil
		}
	}
	return 0, nil
}

// Validators is poa_validators: null where no contract is read.
func (a *api) Validators() (*GovernanceStatus, error) { return a.driver.governance() }

// adminAPI is the JSON-RPC namespace poaadmin: it has the node's key sign. It is for the operator alone.
type adminAPI struct{ driver *Driver }

// ValidatorProposal is what an operator proposes.
type ValidatorProposal struct {
	Kind      string `json:"kind"`             // add, remove, weight, move
	Validator string `json:"validator"`        // whom it is about: a public key to add, and else its name, address or public key
	Weight    uint32 `json:"weight,omitempty"` // to add, 1 if none is given; and for weight
	Host      string `json:"host,omitempty"`   // host:port of its consensus; to add and to move
	PeerID    string `json:"peerId,omitempty"` // in consensus, if it is known; likewise
	Name      string `json:"name,omitempty"`   // to add
}

// Propose is poaadmin_propose. It returns the transaction's hash.
func (a *adminAPI) Propose(ctx context.Context, p ValidatorProposal) (common.Hash, error) {
	data, err := a.driver.proposal(p)
	if err != nil {
		return common.Hash{}, err
	}
	return a.driver.transact(ctx, data)
}

// Vote is poaadmin_vote: for a proposal, or, with false, to take the vote back.
func (a *adminAPI) Vote(ctx context.Context, id uint64, yes *bool) (common.Hash, error) {
	return a.driver.transact(ctx, contracts.VoteForValidator(id, yes == nil || *yes))
}

// CarryOut is poaadmin_carryOut.
func (a *adminAPI) CarryOut(ctx context.Context, id uint64) (common.Hash, error) {
	return a.driver.transact(ctx, contracts.CarryOutValidator(id))
}

// proposal is the call that proposes something.
func (d *Driver) proposal(p ValidatorProposal) ([]byte, error) {
	call := contracts.ValidatorProposal{Entry: contracts.ValidatorEntry{Name: p.Name, Host: p.Host, Weight: p.Weight}}
	for kind, name := range proposalKinds {
		if name == p.Kind {
			call.Kind = kind
		}
	}
	if call.Kind == 0 {
		return nil, fmt.Errorf("the kind %.40q is none of add, remove, weight, move", p.Kind)
	}
	if call.Kind == contracts.ProposeAdd || call.Kind == contracts.ProposeMove {
		if err := checkHostPort(p.Host, false); err != nil {
			return nil, fmt.Errorf("the address %.80q of its consensus is not host:port: %w", p.Host, err)
		}
	}
	if p.PeerID != "" {
		if err := decodePeerID(p.PeerID, &call.Entry.Peer); err != nil {
			return nil, err
		}
	}
	if call.Kind == contracts.ProposeAdd {
		v := Validator{PublicKey: p.Validator, Name: p.Name}
		pub, err := v.Key()
		if err != nil {
			return nil, err
		}
		copy(call.Entry.Key[:], crypto.FromECDSAPub(pub)[1:])
		call.Who, call.Entry.Weight = crypto.PubkeyToAddress(*pub), max(1, p.Weight)
		return contracts.ProposeValidator(call)
	}
	who, err := d.whom(p.Validator)
	if err != nil {
		return nil, err
	}
	call.Who = who
	return contracts.ProposeValidator(call)
}

// whom finds a validator by its name, address or public key.
func (d *Driver) whom(text string) (common.Address, error) {
	var found []common.Address
	for _, v := range d.roster.list() {
		pub, err := v.Key()
		if err != nil {
			continue
		}
		addr := crypto.PubkeyToAddress(*pub)
		raw := common.FromHex(text)
		if v.Name == text || bytes.Equal(raw, addr[:]) || strings.EqualFold(strings.TrimPrefix(text, "0x"), v.PublicKey) {
			found = append(found, addr)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	if common.IsHexAddress(text) { // one that is scheduled, perhaps
		return common.HexToAddress(text), nil
	}
	return common.Address{}, fmt.Errorf("%d validators are called %.80q: name one by its name, address or public key", len(found), text)
}
