package secretstore

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client/known"
)

// KnownFlag names the directory of what addresses said when they were first used.
var KnownFlag = &cli.StringFlag{
	Name: "known", Usage: "Directory in which this program remembers which chain and cluster an address named when it was first used", Value: defaultKnown(), DefaultText: "geth-ss/known in your configuration directory", EnvVars: []string{"GETH_SS_KNOWN"},
}

// defaultKnown is "" where a person has no directory of the kind: nothing is remembered then.
func defaultKnown() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "geth-ss", "known")
}

// Known opens the directory of KnownFlag; nil if nothing is to be remembered.
func Known(ctx *cli.Context) *known.Book {
	if dir := ctx.String(KnownFlag.Name); dir != "" {
		return known.Open(dir)
	}
	return nil
}

// trusting tells a person what is believed on nothing but a node's word.
func trusting(what string) { fmt.Fprintln(os.Stderr, "Trusting:", what) }
