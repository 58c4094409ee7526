package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/poa"
)

// How operators of a governed network decide who the validators are. The node's own key signs what is sent.
var (
	poaValidatorsCommand = &cli.Command{
		Action:    printValidators,
		Name:      "validators",
		Usage:     "Show the validators, the changes that wait, and what can be voted for",
		ArgsUsage: "[endpoint]",
		Flags:     askFlags,
		Description: `Asks a running node what the validators' contract says after its newest block. It is for networks that decide by a
contract who the validators are (network new --governance).`,
	}

	poaProposeCommand = &cli.Command{
		Name:      "propose",
		Usage:     "Propose, as a validator, that the validators change",
		ArgsUsage: " ",
		Description: `The running node sends the transaction, signed by its node key, and votes for its proposal by it. A proposal is carried
out once validators with more than two thirds of the weight have voted for it, and expires else. What is added must run
already: it follows the chain, and accepts by itself.`,
		Subcommands: []*cli.Command{
			{
				Action: proposeAdd, Name: "add", Usage: "Propose a new validator", ArgsUsage: "PUBLIC@HOST:PORT",
				Flags: append([]cli.Flag{
					&cli.StringFlag{Name: "name", Usage: "What people call it"},
					&cli.Uint64Flag{Name: "weight", Value: 1, Usage: "Its weight"},
					&cli.StringFlag{Name: "peer", Usage: "Its consensus peer id, which geth-ss identity prints; without it the others ask for it"},
				}, askFlags...),
				Description: `PUBLIC is the node's public key, which geth-ss identity prints there, HOST:PORT where its consensus is reached.`,
			},
			{Action: proposeRemove, Name: "remove", Usage: "Propose that a validator goes", ArgsUsage: "VALIDATOR", Flags: askFlags, Description: whichValidator},
			{Action: proposeWeight, Name: "weight", Usage: "Propose another weight of a validator", ArgsUsage: "VALIDATOR WEIGHT", Flags: askFlags, Description: whichValidator},
			{
				Action: proposeMove, Name: "move", Usage: "Propose another address of a validator", ArgsUsage: "VALIDATOR HOST:PORT",
				Flags:       append([]cli.Flag{&cli.StringFlag{Name: "peer", Usage: "Its consensus peer id; without it the others ask for it"}}, askFlags...),
				Description: whichValidator,
			},
		},
	}

	poaVoteCommand = &cli.Command{
		Action: voteForProposal, Name: "vote", Usage: "Vote, as a validator, for a proposal", ArgsUsage: "NUMBER",
		Flags:       append([]cli.Flag{&cli.BoolFlag{Name: "withdraw", Usage: "Take the vote back"}}, askFlags...),
		Description: `geth-ss poa validators shows the proposals by their numbers. The running node sends the transaction.`,
	}

	poaCarryOutCommand = &cli.Command{
		Action: carryOutProposal, Name: "carry-out", Usage: "Carry out a proposal that has enough votes by now", ArgsUsage: "NUMBER", Flags: askFlags,
		Description: `A proposal is carried out by the vote that decides it. Where the weights changed after the last vote this does it.`,
	}
)

const whichValidator = `VALIDATOR is its name, its address or its public key.`

func printValidators(ctx *cli.Context) error {
	if ctx.Args().Len() > 1 {
		return errors.New("validators wants at most one argument, the endpoint")
	}
	var g *poa.GovernanceStatus
	raw, err := askNode(ctx, ctx.Args().First(), &g, "poa_validators")
	if err != nil {
		return err
	}
	if ctx.Bool(jsonFlag.Name) {
		return printRaw(raw, nil)
	}
	if g == nil {
		return errors.New("the validators of this network are those of its file: it has no contract by which they change, or the contract is not read yet")
	}
	fmt.Printf("After block %d, by the contract %s:\n\n", g.Block, g.Contract)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "VALIDATOR\tADDRESS\tWEIGHT\tHOST\n")
	for _, m := range g.Members {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", printable(m.Name), m.Address, m.Weight, printable(m.Host))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for i, text := range governanceLines(g, time.Now()) {
		if i == 0 {
			fmt.Println()
		}
		fmt.Println(text)
	}
	return nil
}

// governanceLines are what waits and what can be voted for.
func governanceLines(g *poa.GovernanceStatus, now time.Time) (lines []string) {
	for _, c := range g.Scheduled {
		lines = append(lines, fmt.Sprintf("From block %d on %s has weight %d", c.From, c.Who, c.Weight))
	}
	if g.Unread > 0 {
		lines = append(lines, fmt.Sprintf("There are too many proposals to list all: some up to %d can perhaps be voted for too", g.Unread))
	}
	for _, p := range g.Proposals {
		who := p.Address.Hex()
		if p.Name != "" && p.Name != who {
			who = printable(p.Name) + " (" + who + ")"
		}
		what := printable(p.Kind) + " " + who
		switch p.Kind {
		case "add":
			what += fmt.Sprintf(" at %s with weight %d", printable(p.Host), p.Weight)
			if !p.Accepted {
				what += ", which has not accepted yet"
			}
		case "weight":
			what += fmt.Sprintf(" %d", p.Weight)
		case "move":
			what += " to " + printable(p.Host)
		}
		lines = append(lines, fmt.Sprintf("Proposal %d: %s; for it: %s, with %d of %d, more than two thirds decide; it expires in %v",
			p.ID, what, printable(strings.Join(p.Voters, ", ")), p.Votes, p.Of, time.Unix(int64(p.Expires), 0).Sub(now).Round(time.Second)))
	}
	return lines
}

func proposeAdd(ctx *cli.Context) error {
	args, err := wanted(ctx, "PUBLIC@HOST:PORT")
	if err != nil {
		return err
	}
	key, host, _ := strings.Cut(args[0], "@")
	weight := ctx.Uint64("weight")
	if weight == 0 || weight > 1_000_000_000 {
		return fmt.Errorf("option --weight: %d is not from 1 to 1000000000", weight)
	}
	return proposeChange(ctx, poa.ValidatorProposal{
		Kind: "add", Validator: strings.TrimPrefix(key, "0x"), Host: host, Name: ctx.String("name"), PeerID: ctx.String("peer"), Weight: uint32(weight),
	})
}

func proposeRemove(ctx *cli.Context) error {
	args, err := wanted(ctx, "VALIDATOR")
	if err != nil {
		return err
	}
	return proposeChange(ctx, poa.ValidatorProposal{Kind: "remove", Validator: args[0]})
}

func proposeWeight(ctx *cli.Context) error {
	args, err := wanted(ctx, "VALIDATOR", "WEIGHT")
	if err != nil {
		return err
	}
	weight, err := strconv.ParseUint(args[1], 10, 32)
	if err != nil {
		return fmt.Errorf("%.40q is no weight: %w", args[1], err)
	}
	return proposeChange(ctx, poa.ValidatorProposal{Kind: "weight", Validator: args[0], Weight: uint32(weight)})
}

func proposeMove(ctx *cli.Context) error {
	args, err := wanted(ctx, "VALIDATOR", "HOST:PORT")
	if err != nil {
		return err
	}
	return proposeChange(ctx, poa.ValidatorProposal{Kind: "move", Validator: args[0], Host: args[1], PeerID: ctx.String("peer")})
}

func proposeChange(ctx *cli.Context, p poa.ValidatorProposal) error {
	return sendGovernance(ctx, "The proposal", "poaadmin_propose", p)
}

func voteForProposal(ctx *cli.Context) error {
	id, err := proposalNumber(ctx)
	if err != nil {
		return err
	}
	return sendGovernance(ctx, "The vote", "poaadmin_vote", id, !ctx.Bool("withdraw"))
}

func carryOutProposal(ctx *cli.Context) error {
	id, err := proposalNumber(ctx)
	if err != nil {
		return err
	}
	return sendGovernance(ctx, "The transaction", "poaadmin_carryOut", id)
}

func proposalNumber(ctx *cli.Context) (uint64, error) {
	args, err := wanted(ctx, "NUMBER")
	if err != nil {
		return 0, err
	}
	id, err := strconv.ParseUint(args[0], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%.40q is not the number of a proposal: %w", args[0], err)
	}
	return id, nil
}

// wanted are a command's arguments.
func wanted(ctx *cli.Context, names ...string) ([]string, error) {
	args := ctx.Args().Slice()
	if len(args) != len(names) {
		return nil, fmt.Errorf("%s wants %s, and options before that", ctx.Command.Name, strings.Join(names, " and "))
	}
	return slices.Clone(args), nil
}

// sendGovernance has the node send, and waits until what it sent is in a block.
func sendGovernance(ctx *cli.Context, what, method string, args ...any) error {
	var hash common.Hash
	if _, err := askNode(ctx, "", &hash, method, args...); err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx.Context, minedWithin)
	defer cancel()
	for {
		var receipt *struct{ Status, BlockNumber string }
		if _, err := askNode(ctx, "", &receipt, "eth_getTransactionReceipt", hash); err == nil && receipt != nil {
			block, err := strconv.ParseUint(strings.TrimPrefix(receipt.BlockNumber, "0x"), 16, 64)
			if err != nil {
				return fmt.Errorf("reading the node's answer: %w", err)
			}
			if receipt.Status != "0x1" {
				return fmt.Errorf("%s is in block %d, and the contract has refused it there: something else came before it; look at geth-ss poa validators", strings.ToLower(what), block)
			}
			fmt.Printf("%s is in block %d.\n", what, block)
			return nil
		}
		select {
		case <-bounded.Done():
			return fmt.Errorf("transaction %s was sent, and is in no block after %v", hash, minedWithin)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// minedWithin is how long commands wait for a block.
const minedWithin = 2 * time.Minute
