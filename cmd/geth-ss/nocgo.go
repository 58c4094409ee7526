package main

import (
	"errors"
	"os"
	"slices"

	"github.com/ethereum/go-ethereum/log"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/internal/coredump"
	"github.com/geth-ss/geth-ss/protocol/secp256k1"
)

// allowNoCgoFlag lets a build do what it should not be trusted with. Builds with cgo know it too, so that a line for one
// works with the other.
var allowNoCgoFlag = &cli.BoolFlag{
	Name: "allow-nocgo", Hidden: secp256k1.SecretsInConstantTime, EnvVars: []string{envName("allow-nocgo")},
	Usage: "Use keys although this program was built without cgo: how long that takes depends on the keys, and may reveal them",
}

// keyless are the commands that use no secret, with those of geth-ss secretstore.
var keyless = []string{"version", "dumpconfig", "dumpgenesis", "attach", "help", "status", "servers", "plan-change", "repair", "write-off", "verify-evidence", "verify-receipt", "verify-signature"}

var errNoCgo = errors.New("this geth-ss was built without cgo, hence without libsecp256k1: how long its arithmetic with keys takes depends on the keys, " +
	"which may reveal them to anyone who can measure it. Build it with CGO_ENABLED=1 and a C compiler, or give --allow-nocgo, for experiments only")

// guardKeys comes before a command uses keys: the memory that they will lie in is kept off the disk, and a build that
// can't keep them secret refuses.
func guardKeys(ctx *cli.Context) error {
	if err := coredump.Off(); err != nil {
		log.Warn("If this process crashes, the system may write its memory, keys included, to disk", "err", err)
	}
	if err := refuseNoCgo(secp256k1.SecretsInConstantTime, ctx.Command.Name, ctx.Bool(allowNoCgoFlag.Name)); err != nil {
		return err
	}
	if !secp256k1.SecretsInConstantTime && ctx.Bool(allowNoCgoFlag.Name) {
		os.Setenv(envName(allowNoCgoFlag.Name), "true") // for what devnet starts
		log.Warn("Built without cgo: how long arithmetic with keys takes depends on them")
	}
	return nil
}

func refuseNoCgo(constantTime bool, command string, allowed bool) error {
	if constantTime || allowed || slices.Contains(keyless, command) {
		return nil
	}
	return errNoCgo
}
