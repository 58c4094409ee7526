package secretstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/client/chainrpc"
	"github.com/geth-ss/geth-ss/client/registry"
	"github.com/geth-ss/geth-ss/contracts"
	"github.com/geth-ss/geth-ss/contracts/bindings/serversets"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

var (
	drainFlag  = &cli.Uint64Flag{Name: "drain", Usage: "For how many blocks of the key servers' chain receipts of a set count on after its end", Value: wire.DrainBlocks}
	periodFlag = &cli.DurationFlag{Name: "trusting", Usage: "How long the contract believes its newest set without a word of the account that deploys it; 0: for ever"}

	deploySetsCommand = &cli.Command{
		Action:    deploySets,
		Name:      "server-sets",
		Usage:     "ServerSets.sol: which key servers there are, and who followed them, for contracts that take receipts of moved keys",
		ArgsUsage: " ",
		Flags:     append([]cli.Flag{setFlag, linksFlag, drainFlag, periodFlag, jsonFlag}, senderFlags...),
		Description: `The contract begins with the server set whose hash --set gives, which you trust. --links, a file that server-sets writes, tells which
set that is; without it the node of --rpc does. Sets that followed are shown to it by show-links.

  geth-ss contracts deploy server-sets --set 0x4f1c… --links sets.json --key owner.key --rpc http://127.0.0.1:8545`,
	}

	showLinksCommand = &cli.Command{
		Action:    showLinks,
		Name:      "show-links",
		Usage:     "Show a contract ServerSets which server sets have followed",
		ArgsUsage: "<address>",
		Flags:     append([]cli.Flag{setFlag, linksFlag, jsonFlag}, senderFlags...),
		Description: `Asks the contract for its newest set, and sends it the links after that, in as many transactions as are needed. Anybody may: it checks them. What it
has not been shown has not ended for it, so show it each link soon. --set and --links are as for deploy server-sets.`,
	}
)

// linksAtOnce is how many links one transaction shows: seven take 1.4 million gas.
const linksAtOnce = 7

// toldSets are the sets by the flags, from set 0 on, with what was checked of them.
func toldSets(ctx *cli.Context) (sets []*wire.ServerSet, links []*wire.SetLink, at int, err error) {
	hash, err := setHash(ctx)
	if err != nil {
		return nil, nil, 0, err
	}
	if hash == (common.Hash{}) {
		return nil, nil, 0, errors.New("give --set, the hash of a server set that you trust")
	}
	var told *wire.SetsTold
	if path := ctx.String(linksFlag.Name); path != "" {
		told, err = readLinks(path)
	} else {
		told, err = askSets(ctx)
	}
	if err != nil {
		return nil, nil, 0, err
	}
	if _, err := client.FollowSets(told, hash); err != nil {
		return nil, nil, 0, err
	}
	sets = append(sets, told.First)
	for i := range told.Links {
		links, sets = append(links, &told.Links[i]), append(sets, told.Links[i].Set())
	}
	for at < len(sets)-1 && sets[at].Hash() != hash {
		at++
	}
	return sets, links, at, nil
}

// setsDeployment is what deploy server-sets prints.
type setsDeployment struct {
	deployment
	Set      wire.SetRef `json:"set"` // with which it begins
	Drain    uint64      `json:"drain"`
	Trusting uint64      `json:"trusting"` // seconds; 0: for ever
}

func deploySets(ctx *cli.Context) error {
	if ctx.Args().Present() {
		return fmt.Errorf("deploy server-sets wants no argument, not %q", ctx.Args().First())
	}
	period := ctx.Duration(periodFlag.Name)
	if period < 0 || period%time.Second != 0 {
		return fmt.Errorf("--trusting %v is not a number of seconds", period)
	}
	sets, links, at, err := toldSets(ctx)
	if err != nil {
		return err
	}
	var start uint64
	if at > 0 {
		start = links[at-1].Attempt.Block.Number
	}
	drain, trusting := ctx.Uint64(drainFlag.Name), uint64(period/time.Second)
	code := append(common.FromHex(serversets.ServerSetsMetaData.Bin), client.DeploySetsCall(sets[at], start, drain, trusting)...)
	return withSender(ctx, func(bounded context.Context, s *sender) error {
		where, receipt, err := registry.Deploy(bounded, s.chain, s.key,
			contracts.Deployable{Name: "ServerSets", Creation: func(common.Address) []byte { return code }}, s.account())
		if err != nil {
			return err
		}
		facts := setsDeployment{deployment{Contract: "ServerSets", Address: where, Block: receipt.BlockNumber.Uint64(), Transaction: receipt.TxHash}, sets[at].Ref(), drain, trusting}
		lines := []string{fmt.Sprintf("deploy: ServerSets at %v, in block %d", where, facts.Block), fmt.Sprintf("begins: with set %d, %v", facts.Set.Epoch, facts.Set.Hash)}
		if later := len(sets) - 1 - at; later > 0 {
			lines = append(lines, fmt.Sprintf("later:  %s: %s contracts show-links %v", Count(later, "set"), ctx.App.Name, where))
		}
		return report(ctx, os.Stdout, facts, lines...)
	})
}

// shownLinks is what show-links prints.
type shownLinks struct {
	Contract     common.Address `json:"contract"`
	Before       uint64         `json:"before"` // epoch of its newest set
	Newest       uint64         `json:"newest"` // the same afterwards
	Transactions []common.Hash  `json:"transactions"`
}

func showLinks(ctx *cli.Context) error {
	if ctx.Args().Len() != 1 {
		return errors.New("show-links wants one argument, the contract's address; options go before it")
	}
	address, err := parseAddress(ctx.Args().First())
	if err != nil {
		return err
	}
	sets, links, _, err := toldSets(ctx)
	if err != nil {
		return err
	}
	return withSender(ctx, func(bounded context.Context, s *sender) error {
		if err := s.chain.CheckCode(bounded, address); err != nil {
			return err
		}
		abi := serversets.NewServerSets()
		newest := func() (uint64, error) {
			answer, err := s.chain.Call(bounded, ethereum.CallMsg{To: &address, Data: abi.PackNewest()})
			if err != nil {
				return 0, fmt.Errorf("asking the contract for its newest set: %w", chainrpc.Explain(err))
			}
			epoch, err := abi.UnpackNewest(answer)
			if err != nil {
				return 0, fmt.Errorf("the contract at %v is no ServerSets: it does not tell its newest set", address)
			}
			return epoch, nil
		}
		before, err := newest()
		if err != nil {
			return err
		}
		done := shownLinks{Contract: address, Before: before, Newest: before, Transactions: []common.Hash{}}
		for done.Newest < uint64(len(links)) {
			to := min(done.Newest+linksAtOnce, uint64(len(links)))
			what := fmt.Sprintf("showing server sets %d to %d", done.Newest+1, to)
			receipt, err := s.chain.Transact(bounded, s.key, chainrpc.Call{To: &address, Input: client.ShowLinksCall(sets[done.Newest], links[done.Newest:to]...), What: what})
			if err != nil {
				return fmt.Errorf("%s to %v: %w", what, address, chainrpc.Explain(err))
			}
			done.Transactions = append(done.Transactions, receipt.TxHash)
			now, err := newest()
			if err != nil {
				return err
			}
			if now < to {
				return fmt.Errorf("%s: the transaction %v is in a block, but the contract's newest set is %d: it has seen two sets after one", what, receipt.TxHash, now)
			}
			done.Newest = now
		}
		if len(done.Transactions) == 0 {
			return report(ctx, os.Stdout, done, fmt.Sprintf("show-links: the contract knows set %d, and none is told that followed; nothing was sent", before))
		}
		return report(ctx, os.Stdout, done, fmt.Sprintf("show-links: the newest set was %d and is %d now, by %s", before, done.Newest, Count(len(done.Transactions), "transaction")))
	})
}
