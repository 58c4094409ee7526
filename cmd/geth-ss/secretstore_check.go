package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/ethereum/go-ethereum/rpc"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

var (
	checkJSONFlag    = &cli.BoolFlag{Name: "json", Usage: "Print the findings as a JSON array"}
	checkOfflineFlag = &cli.BoolFlag{Name: "offline", Usage: "Look at files and settings only, dial nobody"}

	checkConfigCommand = &cli.Command{
		Name:      "check-config",
		Usage:     "Find what contradicts itself in a key server's settings, and say what to do",
		ArgsUsage: " ",
		Flags:     slices.Concat(nodeFlags, rpcFlags, ownFlags(), []cli.Flag{checkJSONFlag, checkOfflineFlag}),
		Description: `Give it the options that the node is started with. It looks at the settings, the files they name, the ports of
this machine, and the other key servers, whether or not the node runs; of a running node it asks, over IPC,
about the chain, the clock and the permission contract. It changes nothing. The exit code is 1 if there is an error.`,
		Action: runCheckConfig,
	}
)

// level is how bad a finding is.
type level string

const (
	levelOK      level = "ok"
	levelWarning level = "warning" // works, but not as most want it
	levelError   level = "error"   // can't work
)

// finding is one line of the report.
type finding struct {
	Level   level  `json:"level"`
	Subject string `json:"subject"`
	What    string `json:"what"`
	Do      string `json:"do,omitempty"` // what to do about it
}

// checkup gathers what is found out about a configuration.
type checkup struct {
	cfg      config
	dev      bool        // a development chain
	self     wire.NodeID // zero if the node key is not there
	servers  []keyServer
	node     *rpc.Client // the running node; nil if it does not run
	findings []finding
}

func (c *checkup) ok(subject, what string, args ...any) {
	c.findings = append(c.findings, finding{levelOK, subject, fmt.Sprintf(what, args...), ""})
}

func (c *checkup) warn(subject, do, what string, args ...any) {
	c.findings = append(c.findings, finding{levelWarning, subject, fmt.Sprintf(what, args...), do})
}

func (c *checkup) fail(subject, do, what string, args ...any) {
	c.findings = append(c.findings, finding{levelError, subject, fmt.Sprintf(what, args...), do})
}

func runCheckConfig(ctx *cli.Context) error {
	quietLogging(ctx)
	c := new(checkup)
	if c.load(ctx) {
		c.connect()
		c.checkIdentity()
		c.checkServers()
		c.checkThresholds()
		c.checkSecret()
		c.checkDataDir()
		c.checkTLS()
		c.checkPolicy()
		c.checkPorts()
		c.checkDescriptors(ctx)
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
	if c.cfg, err = loadBaseConfig(ctx); err != nil {
		c.fail("configuration", "correct the option or the file", "%v", err)
		if invalid := c.cfg.validate(ctx); invalid == nil || invalid.Error() != err.Error() {
			return false // it could not even be read
		}
	}
	c.dev = ctx.Bool("dev")
	if !c.cfg.SecretStore.Enabled {
		c.fail("configuration", "set Enabled = true in [SecretStore], or give --secretstore", "the key server is switched off")
	}
	return true
}

func (c *checkup) print(asJSON bool) error {
	count := make(map[level]int)
	for _, f := range c.findings {
		count[f.Level]++
	}
	if asJSON {
		if err := json.NewEncoder(os.Stdout).Encode(c.findings); err != nil {
			return err
		}
	} else {
		for _, f := range c.findings {
			fmt.Printf("%-8s %s: %s\n", f.Level, f.Subject, f.What)
			if f.Do != "" {
				fmt.Printf("         → %s\n", f.Do)
			}
		}
		fmt.Printf("\n%d errors, %d warnings\n", count[levelError], count[levelWarning])
	}
	if count[levelError] > 0 {
		return errors.New("the configuration has errors")
	}
	return nil
}
