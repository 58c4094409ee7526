package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/cmd/geth-ss/secretstore"
	"github.com/geth-ss/geth-ss/internal/finding"
	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// check-config says what of a node's settings contradicts itself, its files, its machine and its peers. It looks before the node
// starts and beside one that runs. What a running node says of itself it passes on: poa.Driver and service.Service are the judges
// of that. Each file check_*.go looks at one part.

const checkConfigName = "check-config"

var (
	checkJSONFlag    = &cli.BoolFlag{Name: "json", Usage: "Print the findings as a JSON array"}
	checkOfflineFlag = &cli.BoolFlag{Name: "offline", Usage: "Check only files and settings, and dial no node"}
)

// newCheckConfigCommand makes the command, which has two places: its own, and where it was when it knew key servers alone.
func newCheckConfigCommand() *cli.Command {
	return &cli.Command{
		Name:      checkConfigName,
		Usage:     "Find what is wrong with a node's settings, files and peers, and say what to do",
		ArgsUsage: " ",
		Flags: slices.Concat(nodeFlags, rpcFlags, ownFlags(), logFlags, utils.MetricsFlags,
			[]cli.Flag{checkJSONFlag, checkOfflineFlag}),
		Description: `Give it the options with which the node is started, whether a validator, a follower, a node with an external
consensus client or a development chain, with a key server or without. It checks the settings, the files they
name, the ports they open, and this machine's memory and disks, and it dials the consensus peers and the other
key servers. The node need not run; if it does, it is also asked, over IPC, for its own findings. The command
changes nothing. It exits with 1 if there is an error.`,
		Action: runCheckConfig,
	}
}

// checkup gathers what is found out about a node.
type checkup struct {
	finding.List

	cfg     config
	dev     bool   // a development chain
	graphQL bool   // is served
	pprof   string // host:port of the profiler; "" if it is off

	self    wire.NodeID // zero if the node key is not there
	outlook *poa.Outlook
	servers []keyServer
	node    *rpc.Client // the running node; nil if it does not run
	genesis common.Hash // of the first block of this node's chain; zero if it can't be told
}

func runCheckConfig(ctx *cli.Context) error {
	if !ctx.IsSet(verbosityFlag.Name) {
		logging.handler.Verbosity(log.LevelError) // what geth warns of is judged here
	}
	c := new(checkup)
	if c.load(ctx) {
		c.connect()
		c.checkIdentity()
		c.checkKind(ctx)
		c.checkDataDir()
		c.checkChain(ctx)
		c.checkKeyServer()
		c.checkDoors()
		c.checkPorts()
		c.checkMachine(ctx)
		c.checkNode()
		if !ctx.Bool(checkOfflineFlag.Name) {
			c.checkPeers()
		}
		if c.node != nil {
			c.node.Close()
		}
	}
	return c.print(ctx.Bool(checkJSONFlag.Name))
}

// load reads the configuration; false if there is none to look at.
func (c *checkup) load(ctx *cli.Context) bool {
	var err error
	c.cfg, err = loadBaseConfig(ctx)
	if err != nil && !errors.Is(err, poa.ErrPeers) { // the list of peers is judged entry by entry
		c.Fail("configuration", "correct the option or the file", "%v", err)
		if invalid := c.cfg.validate(ctx); invalid == nil || invalid.Error() != err.Error() {
			return false // it could not even be read
		}
	}
	c.dev, c.graphQL = ctx.Bool(utils.DeveloperFlag.Name), ctx.Bool(utils.GraphQLEnabledFlag.Name)
	if ctx.Bool(pprofFlag.Name) {
		c.pprof = net.JoinHostPort(ctx.String(pprofAddrFlag.Name), strconv.Itoa(ctx.Int(pprofPortFlag.Name)))
	}
	utils.SetMetricsConfig(ctx, &c.cfg.Metrics)
	setOverrides(ctx, &c.cfg)
	if err := applyEthFlags(ctx, &c.cfg.Eth); err != nil {
		c.Fail("configuration", "correct the option", "%v", err)
		return false
	}
	return true
}

// applyEthFlags applies geth's options of the chain. For a development chain geth would make an account and unlock it, so it does
// not hear of that.
func applyEthFlags(ctx *cli.Context, cfg *ethconfig.Config) error {
	if name := utils.DeveloperFlag.Name; ctx.Bool(name) {
		if err := ctx.Set(name, "false"); err != nil {
			return err
		}
		defer ctx.Set(name, "true")
	}
	utils.SetEthConfig(ctx, nil, cfg)
	return nil
}

// checkPeers dials the consensus peers and the other key servers, each list all at once.
func (c *checkup) checkPeers() {
	if c.outlook != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 2*checkTimeout)
		defer cancel()
		c.add(c.outlook.JudgePeers(ctx, c.node != nil))
	}
	if c.cfg.SecretStore.Enabled {
		c.checkServersPeers()
	}
}

// add takes the findings of another judge.
func (c *checkup) add(l finding.List) { c.List = append(c.List, l...) }

func (c *checkup) print(asJSON bool) error {
	count := make(map[finding.Level]int)
	for i, f := range c.List {
		count[f.Level]++
		c.List[i].Subject, c.List[i].What, c.List[i].Do = printable(f.Subject), printable(f.What), printable(f.Do)
	}
	if asJSON {
		if err := json.NewEncoder(os.Stdout).Encode(c.List); err != nil {
			return err
		}
	} else {
		for _, f := range c.List {
			fmt.Printf("%-8s %s: %s\n", f.Level, f.Subject, f.What)
			if f.Do != "" {
				fmt.Printf("         → %s\n", f.Do)
			}
		}
		fmt.Printf("\n%d errors, %d warnings\n", count[finding.Error], count[finding.Warning])
	}
	if count[finding.Error] > 0 {
		return secretstore.BadNews("the configuration has errors")
	}
	return nil
}

// maxFindingText is how long a line may be: part of it may be a peer's word, or a file's.
const maxFindingText = 2000

// printable keeps what others have written from steering a terminal.
func printable(text string) string {
	if len(text) > maxFindingText {
		text = strings.ToValidUTF8(text[:maxFindingText], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return ' ' // between two errors
		}
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

const checkTimeout = 5 * time.Second // of one question or one dial
