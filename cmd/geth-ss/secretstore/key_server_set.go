package secretstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/client/governance"
	"github.com/geth-ss/geth-ss/client/hedge"
	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

var (
	firstFlag      = &cli.StringSliceFlag{Name: "server", Usage: "enode URL of a key server to begin with; repeat for each"}
	ownersFlag     = &cli.StringSliceFlag{Name: "owners", Usage: "Accounts that vote, comma-separated; none for the key servers themselves"}
	quorumFlag     = &cli.StringFlag{Name: "quorum", Usage: "More than this part of the voters approves a proposal", Value: "1/2"}
	waitingFlag    = &cli.DurationFlag{Name: "waiting", Usage: "How long a proposal is public before it can be carried out", Value: 24 * time.Hour}
	newQuorumFlag  = &cli.StringFlag{Name: quorumFlag.Name, Usage: "More than this part of the voters approves a proposal from then on, such as 1/2"}
	newWaitingFlag = &cli.DurationFlag{Name: waitingFlag.Name, Usage: "How long a proposal is public from then on before it can be carried out"}
	setAddressFlag = &cli.StringFlag{Name: "server-set", Usage: "Address of the contract; by default the one filed in the registrar as " + contracts.NameKeyServerSet}

	putFlag        = &cli.StringSliceFlag{Name: "add", Usage: "enode URL of a key server that is wanted, or is reached there from then on; repeat for each"}
	dropFlag       = &cli.StringSliceFlag{Name: "remove", Usage: "Id (128 hex digits) or account of a key server that is no longer wanted; repeat for each"}
	resetFlag      = &cli.BoolFlag{Name: "reset", Usage: "First cancel a migration that is under way, and want the current key servers again"}
	acceptanceFlag = &cli.StringFlag{Name: "acceptance", Usage: "File with an acceptance that somebody else has signed: hand it in"}
	signOnlyFlag   = &cli.BoolFlag{Name: "sign-only", Usage: "Print the signed acceptance, for another account to hand in, and send nothing"}

	setFlags = append([]cli.Flag{setAddressFlag, registrarFlag, jsonFlag}, senderFlags...)

	deployServersCommand = &cli.Command{
		Action:    deployServers,
		Name:      "key-server-set",
		Usage:     "KeyServerSet.sol: who the key servers are, decided by several organisations",
		ArgsUsage: " ",
		Flags:     append([]cli.Flag{firstFlag, ownersFlag, quorumFlag, waitingFlag, registerFlag, registrarFlag, jsonFlag}, senderFlags...),
		Description: `Without --owners the key servers vote, with the accounts of their node keys. Whoever deploys it answers for the keys and owners that it
begins with; later ones accept a proposal with their own keys. Key servers of this version do not follow it yet.`,
	}

	proposeCommand = &cli.Command{
		Action:    propose,
		Name:      "propose",
		Usage:     "Propose a change of who the key servers are, and of who decides that",
		ArgsUsage: " ",
		Flags:     append([]cli.Flag{putFlag, dropFlag, resetFlag, ownersFlag, newQuorumFlag, newWaitingFlag}, setFlags...),
		Description: `The account of --key needs a vote; this approves the proposal too. With --owners, --quorum or --waiting it also changes who votes and
the rule: what is not given stays as it is, and "--owners none" lets the key servers vote.

  contracts propose --add enode://… --remove 0x9De5… --key org1.key --rpc http://127.0.0.1:8545`,
	}

	approveCommand = &cli.Command{
		Action:      approve,
		Name:        "approve",
		Usage:       "Approve a proposal, or carry out one that is approved",
		ArgsUsage:   "<number>",
		Flags:       setFlags,
		Description: `The last approval that is needed carries it out, if the waiting time is over. Later "approve" of the same account carries it out.`,
	}

	acceptCommand = &cli.Command{
		Action:    accept,
		Name:      "accept",
		Usage:     "Accept a proposal, as the key server or owner that it names",
		ArgsUsage: "<number>",
		Flags:     append([]cli.Flag{acceptanceFlag, signOnlyFlag}, setFlags...),
		Description: `A key server accepts with its node key, which so shows that it has it. If its account has no ether:

  contracts accept --sign-only --key DATADIR/geth/nodekey --rpc http://127.0.0.1:8545 3 > acceptance.json
  contracts accept --acceptance acceptance.json --key anybody.key --rpc http://127.0.0.1:8545 3`,
	}
)

// enodeServer is a key server of the contract, as an enode URL has it.
func enodeServer(text string) (governance.Server, error) {
	id, host, err := wire.ParseNodeURL(text)
	if err != nil {
		return governance.Server{}, fmt.Errorf("%q is not a key server: %w", text, err)
	}
	return governance.NewServer(id, host)
}

func enodeServers(ctx *cli.Context, flag *cli.StringSliceFlag) (all []governance.Server, err error) {
	for _, text := range addresses(ctx, flag) {
		one, err := enodeServer(text)
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", flag.Name, err)
		}
		all = append(all, one)
	}
	return all, nil
}

func ownersOf(ctx *cli.Context) (all []common.Address, err error) {
	list := addresses(ctx, ownersFlag)
	if len(list) == 1 && list[0] == "none" {
		return nil, nil
	}
	for _, text := range list {
		one, err := parseAddress(text)
		if err != nil {
			return nil, fmt.Errorf("--owners: %w", err)
		}
		all = append(all, one)
	}
	return all, nil
}

func deployServers(ctx *cli.Context) error {
	if ctx.Args().Present() {
		return fmt.Errorf("deploy key-server-set wants no argument, not %q", ctx.Args().First())
	}
	first, err := enodeServers(ctx, firstFlag)
	if err != nil {
		return err
	}
	if len(first) == 0 {
		return errors.New("give --server ENODE for each key server to begin with")
	}
	owners, err := ownersOf(ctx)
	if err != nil {
		return err
	}
	rule, err := governance.ParseRule(ctx.String(quorumFlag.Name), ctx.Duration(waitingFlag.Name))
	if err != nil {
		return err
	}
	return deployContract(ctx, contracts.Deployable{Short: "key-server-set", Name: "KeyServerSet", File: contracts.NameKeyServerSet,
		Creation: func(common.Address) []byte { return governance.Creation(first, owners, rule) }})
}

// withServers opens the contract of the flags, for the account of --key.
func withServers(ctx *cli.Context, do func(context.Context, *sender, *governance.Contract) error) error {
	return withSender(ctx, func(bounded context.Context, s *sender) error {
		at, err := serverSetAddress(bounded, ctx, s.chain)
		if err != nil {
			return err
		}
		c, err := governance.Open(bounded, s.chain, at)
		if err != nil {
			return err
		}
		return do(bounded, s, c)
	})
}

func serverSetAddress(bounded context.Context, ctx *cli.Context, chain *chainrpc.Chain) (common.Address, error) {
	if ctx.String(setAddressFlag.Name) != "" {
		return flagAddress(ctx, setAddressFlag)
	}
	reg, err := flagAddress(ctx, registrarFlag)
	if err != nil {
		return reg, err
	}
	at, err := governance.Filed(bounded, chain, reg)
	if err != nil {
		err = fmt.Errorf("%w; give --server-set", err)
	}
	return at, err
}

func propose(ctx *cli.Context) error {
	if ctx.Args().Present() {
		return fmt.Errorf("propose wants no argument, not %q", ctx.Args().First())
	}
	put, err := enodeServers(ctx, putFlag)
	if err != nil {
		return err
	}
	change := governance.Change{Put: put, Reset: ctx.Bool(resetFlag.Name)}
	for _, text := range addresses(ctx, dropFlag) {
		one, err := accountOfServer(text)
		if err != nil {
			return err
		}
		change.Remove = append(change.Remove, one)
	}
	return withServers(ctx, func(bounded context.Context, s *sender, c *governance.Contract) error {
		if err := governing(bounded, ctx, c, &change); err != nil {
			return err
		}
		number, _, err := c.Propose(bounded, s.key, &change)
		if err != nil {
			return err
		}
		return tellProposal(bounded, ctx, c, number)
	})
}

// accountOfServer reads how a key server is named that leaves.
func accountOfServer(text string) (common.Address, error) {
	var id wire.NodeID
	if err := id.UnmarshalText([]byte("0x" + strings.TrimPrefix(text, "0x"))); err == nil {
		return id.Address(), nil
	}
	one, err := parseAddress(text)
	if err != nil {
		return one, fmt.Errorf("--remove wants a key server's id, 128 hex digits, or its account: %w", err)
	}
	return one, nil
}

// governing adds what changes about who votes. What is not given stays.
func governing(bounded context.Context, ctx *cli.Context, c *governance.Contract, change *governance.Change) error {
	if !ctx.IsSet(ownersFlag.Name) && !ctx.IsSet(quorumFlag.Name) && !ctx.IsSet(waitingFlag.Name) {
		return nil
	}
	state, err := c.State(bounded)
	if err != nil {
		return err
	}
	change.Govern, change.Owners = true, state.Owners
	if ctx.IsSet(ownersFlag.Name) {
		if change.Owners, err = ownersOf(ctx); err != nil {
			return err
		}
	}
	quorum, waiting := fmt.Sprintf("%d/%d", state.Rule.Part, state.Rule.Whole), state.Rule.Waiting
	if ctx.IsSet(quorumFlag.Name) {
		quorum = ctx.String(quorumFlag.Name)
	}
	if ctx.IsSet(waitingFlag.Name) {
		waiting = ctx.Duration(waitingFlag.Name)
	}
	rule, err := governance.ParseRule(quorum, waiting)
	change.Rule = &rule
	return err
}

// proposalNumber is the command's argument.
func proposalNumber(ctx *cli.Context) (uint64, error) {
	if ctx.Args().Len() != 1 {
		return 0, fmt.Errorf("%s wants one argument, the number of a proposal; options go before it", ctx.Command.Name)
	}
	number, err := strconv.ParseUint(ctx.Args().First(), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not the number of a proposal", ctx.Args().First())
	}
	return number, nil
}

func approve(ctx *cli.Context) error {
	number, err := proposalNumber(ctx)
	if err != nil {
		return err
	}
	return withServers(ctx, func(bounded context.Context, s *sender, c *governance.Contract) error {
		if _, err := c.Approve(bounded, s.key, number); err != nil {
			return err
		}
		return tellProposal(bounded, ctx, c, number)
	})
}

// maxAcceptance bounds the file of an acceptance.
const maxAcceptance = 4096

func accept(ctx *cli.Context) error {
	number, err := proposalNumber(ctx)
	if err != nil {
		return err
	}
	var signed *governance.Acceptance
	if path := ctx.String(acceptanceFlag.Name); path != "" {
		if signed, err = readAcceptance(path, number); err != nil {
			return err
		}
	}
	return withServers(ctx, func(bounded context.Context, s *sender, c *governance.Contract) error {
		switch {
		case ctx.Bool(signOnlyFlag.Name):
			p, err := c.Proposal(bounded, number)
			if err != nil {
				return err
			}
			if signed, err = c.SignAcceptance(s.key, p); err != nil {
				return err
			}
			return json.NewEncoder(os.Stdout).Encode(signed)
		case signed != nil:
			_, err = c.HandIn(bounded, s.key, signed)
		default:
			_, err = c.Accept(bounded, s.key, number)
		}
		if err != nil {
			return err
		}
		return tellProposal(bounded, ctx, c, number)
	})
}

func readAcceptance(path string, number uint64) (*governance.Acceptance, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxAcceptance {
		err = fmt.Errorf("%s has %d bytes", path, info.Size())
	}
	if err != nil {
		return nil, fmt.Errorf("reading the acceptance: %w", err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the acceptance: %w", err)
	}
	signed := new(governance.Acceptance)
	if err := json.Unmarshal(text, signed); err != nil {
		return nil, fmt.Errorf("reading the acceptance %s: %w", path, err)
	}
	if signed.Proposal != number {
		return nil, fmt.Errorf("the acceptance %s is for proposal %d, not %d", path, signed.Proposal, number)
	}
	return signed, nil
}

func tellProposal(bounded context.Context, ctx *cli.Context, c *governance.Contract, number uint64) error {
	p, err := c.Proposal(bounded, number)
	if err != nil {
		return err
	}
	state, err := c.State(bounded)
	if err != nil {
		return err
	}
	return report(ctx, os.Stdout, p, proposalLines(p, state)...)
}

// proposalLines say what a proposal changes, and what it needs.
func proposalLines(p *governance.Proposal, s *governance.State) []string {
	stands := "closed: it was carried out, was withdrawn, or has expired"
	if p.Open {
		stands = fmt.Sprintf("open until %s, approved by %d of %d voters (%v)", p.Until.Format(time.RFC3339), p.Got, s.Voters, s.Rule)
		if p.Ready.After(time.Now()) {
			stands += ", not before " + p.Ready.Format(time.RFC3339)
		}
		if p.Awaited != (common.Address{}) {
			stands += fmt.Sprintf("; %v has to accept it", p.Awaited)
		}
	}
	lines := []string{fmt.Sprintf("proposal %d by %v: %s", p.Number, p.By, stands)}
	if p.Change.Reset {
		lines = append(lines, "  cancels a migration under way, and wants the current key servers")
	}
	for _, who := range p.Change.Remove {
		lines = append(lines, fmt.Sprintf("  without %v", who))
	}
	for _, who := range p.Change.Put {
		lines = append(lines, fmt.Sprintf("  with %v at %s", who.Account, hedge.Printable(who.Host)))
	}
	if p.Change.Govern {
		lines = append(lines, fmt.Sprintf("  voters: %s; %v", votersText(p.Change.Owners), *p.Change.Rule))
	}
	return lines
}

func votersText(owners []common.Address) string {
	if len(owners) == 0 {
		return "the current key servers"
	}
	return joined(owners)
}

func joined(all []common.Address) string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = one.Hex()
	}
	return strings.Join(texts, ", ")
}

// lookAtServers tells what a key server set says; nil without an error: the contract there is another one, such as Parity's.
func lookAtServers(ctx context.Context, chain *chainrpc.Chain, at common.Address) (*governance.State, error) {
	c, err := governance.Open(ctx, chain, at)
	var other *governance.NotGoverned
	var none *chainrpc.NoCode
	if errors.As(err, &other) || errors.As(err, &none) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return c.State(ctx)
}

// serverSetLines are those of show.
func serverSetLines(s *governance.State) (lines []string) {
	lines = append(lines, fmt.Sprintf("%-30s %v", "key server set", s.Contract))
	list := func(name string, all []governance.Server) {
		for _, one := range all {
			lines = append(lines, fmt.Sprintf("%-30s %v at %s", name, one.Account, hedge.Printable(one.Host)))
			name = ""
		}
	}
	list("  current", s.Current)
	if s.ID != (common.Hash{}) {
		list("  migration to", s.Migration)
		lines = append(lines, fmt.Sprintf("%-30s %d of %d members", "  confirmed by", len(s.Confirmed), len(s.Migration)))
	}
	if !sameServers(s.Current, s.Wanted) {
		list("  wanted", s.Wanted)
	}
	lines = append(lines, fmt.Sprintf("%-30s %s; %v", "  voters", votersText(s.Owners), s.Rule))
	for i := range s.Proposals {
		if s.Proposals[i].Open {
			lines = append(lines, proposalLines(&s.Proposals[i], s)...)
		}
	}
	return lines
}

func sameServers(a, b []governance.Server) bool {
	if len(a) != len(b) {
		return false
	}
	in := map[common.Address]bool{}
	for _, one := range a {
		in[one.Account] = true
	}
	for _, one := range b {
		if !in[one.Account] {
			return false
		}
	}
	return true
}
