package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ethereum/go-ethereum/node"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/cmd/geth-ss/secretstore"
	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/poa"
)

var (
	yesFlag = &cli.BoolFlag{Name: "yes", Usage: "Write the sign state; without this option the command only says what it would write"}

	// poaCommand groups what an operator does with consensus beside running it.
	poaCommand = &cli.Command{
		Name:        "poa",
		Usage:       "Look after consensus on a proof-of-authority network",
		ArgsUsage:   " ",
		Description: `status and validators ask a running node; propose, vote and carry-out have it send a transaction. resume works on the data directory of a stopped node, and asks the other validators.`,
		Subcommands: []*cli.Command{poaStatusCommand, poaValidatorsCommand, poaProposeCommand, poaVoteCommand, poaCarryOutCommand, poaResumeCommand},
	}

	poaStatusCommand = &cli.Command{
		Action:    printConsensus,
		Name:      "status",
		Usage:     "Show the state of consensus on a running node",
		ArgsUsage: "[endpoint]",
		Flags:     askFlags,
		Description: `Asks a running node over its IPC file, or at the endpoint given (a path, or an http:// or ws:// URL with the
namespace poa enabled), and prints the validators and who is not connected, the round that is under way, what this
validator signed last, and what is wrong, with what to do about it. No key server is needed. It exits with 1 if the
node does not follow the chain or does not vote though it should, if rules differ, or if anything else is an error.`,
	}

	poaResumeCommand = &cli.Command{
		Action:    runResume,
		Name:      "resume",
		Usage:     "Let a validator vote again after it has lost its record of what it signed (poa/sign-state.json)",
		ArgsUsage: " ",
		Flags:     slices.Concat(nodeFlags, rpcFlags, ownFlags(), []cli.Flag{yesFlag}),
		Description: `Give it the options that the node is started with; the node must be stopped. It asks the other validators
(Peers of [PoA]) for the newest block with its commit, and sets the sign state 10 blocks above the highest proven
block, so that this validator signs nothing that it may have signed before. The node then follows the chain, and votes
again above that block.

It writes only with --yes, and only if validators with more than two thirds of the power have answered, no other
process runs with this node key, and the existing sign state is not higher already.`,
	}
)

// errConsensus makes the exit code 1 after everything was printed.
const errConsensus = secretstore.BadNews("consensus needs attention, see above")

// consensusReport is what is printed of poa_status.
type consensusReport struct {
	Network, PeerID, Rules, NotVoting string
	Validator, Syncing                bool
	Validators, Peers                 int
	Height                            uint64
	Outlets, Stuck                    int
	Silent                            []string
	Differ                            []struct {
		PeerID, Host, Validator string
		InForce                 bool
		Differences             []struct{ Rule, Here, There, Since string }
	}
	ValidatorList []poa.ValidatorInfo
	Missing       []string
	Round         *poa.Round
	LastVote      *poa.Vote
	Findings      finding.List
	Governance    *poa.GovernanceStatus
}

func printConsensus(ctx *cli.Context) error {
	if ctx.Args().Len() > 1 {
		return errors.New("status wants at most one argument, the endpoint")
	}
	var c consensusReport
	raw, err := askNode(ctx, ctx.Args().First(), &c, "poa_status")
	if err != nil {
		return fmt.Errorf("%w (a node without [PoA] has no consensus of its own, and over HTTP the namespace poa must be enabled)", err)
	}
	if ctx.Bool(jsonFlag.Name) {
		err = printRaw(raw, nil)
	} else {
		c.print(os.Stdout)
	}
	if err == nil && c.wrong() {
		err = errConsensus
	}
	return err
}

// wrong tells whether an operator has to do something.
func (c *consensusReport) wrong() bool {
	return c.Syncing || c.NotVoting != "" || len(c.Differ) > 0 || c.Findings.Worst() == finding.Error
}

// print is the whole report.
func (c *consensusReport) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	c.write(labelled(w))
	if len(c.ValidatorList) == 0 {
		return
	}
	fmt.Fprint(w, "\nVALIDATOR\tADDRESS\tPOWER\tCONNECTED\tPREVOTE\tPRECOMMIT\tHOST\n")
	for _, v := range c.ValidatorList {
		prevote, precommit := c.votes(v.Name)
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\t%s\n", printable(v.Name), v.Address, v.Power, connection(v), prevote, precommit, printable(v.Host))
	}
}

// labelled writes lines of "Name: value"; one without a name goes on with what the line before is about.
func labelled(w io.Writer) func(name, format string, args ...any) {
	return func(name, format string, args ...any) {
		if name != "" {
			name += ":"
		}
		fmt.Fprintf(w, name+"\t"+format+"\n", args...)
	}
}

func connection(v poa.ValidatorInfo) string {
	switch {
	case v.Self:
		return "this node"
	case v.Connected:
		return "yes"
	}
	return "NO"
}

func (c *consensusReport) votes(name string) (prevote, precommit string) {
	if c.Round != nil {
		for _, v := range c.Round.Votes {
			if v.Validator == name {
				return printable(v.Prevote), printable(v.Precommit)
			}
		}
	}
	return "", ""
}

// write is what every status says of consensus: how it stands, and what is wrong.
func (c *consensusReport) write(line func(name, format string, args ...any)) {
	line("Consensus", "%s, %d peers, rules %s", printable(c.Network), c.Peers, printable(c.Rules))
	line("", "%s", c.standing())
	if len(c.Missing) > 0 {
		line("", "NOT CONNECTED: %s", printable(strings.Join(c.Missing, ", ")))
	}
	if g := c.Governance; g != nil {
		for _, text := range governanceLines(g, time.Now()) {
			line("", "%s", text)
		}
	}
	for _, f := range c.Findings {
		line("", "%s: %s: %s", strings.ToUpper(string(f.Level)), printable(f.Subject), printable(f.What))
		if f.Do != "" {
			line("", "  → %s", printable(f.Do))
		}
	}
	if c.Findings != nil {
		return
	}
	c.writeOlder(line)
}

// standing is where the node is, in a line.
func (c *consensusReport) standing() string {
	text := "follows"
	if c.Validator {
		text = "validator"
		switch v := c.LastVote; {
		case v == nil || v.Height == 0:
		case v.Step == "":
			text += fmt.Sprintf(", signs nothing up to block %d", v.Height)
		default:
			text += fmt.Sprintf(", signed last: %s of block %d in round %d", printable(v.Step), v.Height, v.Round)
		}
	}
	if c.Syncing {
		return fmt.Sprintf("block %d, CATCHING UP; %s", c.Height, text)
	}
	if r := c.Round; r != nil {
		text += fmt.Sprintf("; block %d is in round %d, %s, %s's turn", r.Height, r.Round, printable(r.Step), printable(r.Proposer))
	}
	return fmt.Sprintf("block %d; %s", c.Height, text)
}

// writeOlder is for nodes of versions that don't tell findings: who has other rules than this node, each with both values.
func (c *consensusReport) writeOlder(line func(name, format string, args ...any)) {
	if c.NotVoting != "" {
		line("", "DOES NOT VOTE: %s", c.NotVoting)
	}
	if c.Stuck > 0 {
		line("", "%d TRANSACTIONS WAIT, and there is no devp2p peer to send them to", c.Stuck)
	}
	for _, p := range c.Differ {
		state := "is let in"
		if p.InForce {
			state = "IS REFUSED"
		}
		for _, d := range p.Differences {
			line("", "%s %s: %s is %s here and %s there, %s", cmp.Or(p.Validator, p.PeerID+" at "+p.Host), state, d.Rule,
				cmp.Or(d.Here, "unset"), cmp.Or(d.There, "unset"), cmp.Or(d.Since, "never in force"))
		}
	}
	for _, id := range c.Silent {
		line("", "%s announces no rules: it runs an older version", id)
	}
}

func runResume(ctx *cli.Context) error {
	quietLogging(ctx)
	if ctx.Args().Present() {
		return errors.New("resume wants no argument: give it the options that the node is started with, and --yes")
	}
	cfg, err := loadBaseConfig(ctx)
	if err != nil {
		return err
	}
	if !cfg.PoA.Enabled {
		return errors.New("[PoA] is not enabled in this configuration: give the one that the validator is started with (--config), or --poa and --poa.peers")
	}
	if _, err := cfg.useNodeKey(keyWanted); err != nil {
		return fmt.Errorf("a validator votes with its node key: %w", err)
	}
	stack, err := node.New(&cfg.Node) // keeps the node from running meanwhile
	if err != nil {
		return fmt.Errorf("opening the data directory (does the node still run? stop it first): %w", err)
	}
	defer stack.Close()
	resumed, err := poa.Resume(ctx.Context, poa.Resumption{
		Dir:      stack.ResolvePath(poaDirectory),
		Key:      cfg.Node.P2P.PrivateKey,
		Peers:    cfg.PoA.Peers,
		Interval: time.Duration(cfg.PoA.BlockTime) * time.Second,
		Say:      func(line string) { fmt.Println(printable(line)) },
	})
	if err != nil {
		return err
	}
	return finishResume(resumed, ctx.Bool(yesFlag.Name))
}

// finishResume says what was found, and writes it if that was asked for.
func finishResume(r *poa.Resumed, yes bool) error {
	fmt.Printf("Network %s, validator %s\n", r.Network, printable(r.Name))
	fmt.Printf("Validators with %d of %d of the power have answered. The highest block that is proven to be committed is %d, shown by %s.\n",
		r.Power, r.Total, r.Proven, printable(r.By))
	if r.Damaged != "" {
		fmt.Printf("The existing sign state is damaged (%s); it is kept as %s.damaged\n", printable(r.Damaged), r.Path())
	}
	if !r.Raises() {
		fmt.Printf("The sign state %s is at block %d, and so not below block %d: it stays as it is. Start the node; it votes from block %d on.\n",
			r.Path(), r.Before, r.Height, r.Before+1)
		return nil
	}
	then := fmt.Sprintf("the node follows the chain, and votes again from block %d on", r.Height+1)
	if !yes {
		return fmt.Errorf("nothing was written: --yes would set the sign state %s to block %d, so that %s", r.Path(), r.Height, then)
	}
	if err := r.Write(); err != nil {
		return err
	}
	fmt.Printf("The sign state %s is at block %d. Start the node: %s.\n", r.Path(), r.Height, then)
	return nil
}
