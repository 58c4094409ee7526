package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/urfave/cli/v2"
)

// inheritGlobals gives a command the options that stand before it on the line:
//
//	geth-ss --datadir DIR account new   =   geth-ss account new --datadir DIR
//
// The flag library hides the outer value wherever a command declares a flag of the same name. A value given
// after the command wins.
func inheritGlobals(ctx *cli.Context) error {
	local := ctx.LocalFlagNames()
	for _, flag := range ctx.Command.Flags {
		name := flag.Names()[0]
		if slices.ContainsFunc(flag.Names(), func(n string) bool { return slices.Contains(local, n) }) {
			continue
		}
		for _, parent := range ctx.Lineage()[1:] {
			if parent.Command == nil || !parent.IsSet(name) {
				continue
			}
			if err := ctx.Set(name, flagText(parent, name)); err != nil {
				return fmt.Errorf("option --%s: %w", name, err)
			}
			break
		}
	}
	return nil
}

// flagText returns the value of a flag as it would be written on the command line.
func flagText(ctx *cli.Context, name string) string {
	if list := ctx.StringSlice(name); len(list) > 0 {
		return strings.Join(list, ",")
	}
	return ctx.String(name)
}

// envPrefix starts the environment variable of a flag: --http.port is GETH_SS_HTTP_PORT. It is not geth's own
// prefix, so that a geth and a geth-ss on one machine are not configured by each other's variables.
const envPrefix = "GETH_SS_"

// bindEnvironment gives each flag its environment variable. Flag types of go-ethereum's internal packages
// can't be named here; the ones that matter are bound one by one.
func bindEnvironment(flags []cli.Flag) {
	for _, flag := range flags {
		env := envName(flag.Names()[0])
		switch f := flag.(type) {
		case *cli.StringFlag:
			f.EnvVars = []string{env}
		case *cli.StringSliceFlag:
			f.EnvVars = []string{env}
		case *cli.BoolFlag:
			f.EnvVars = []string{env}
		case *cli.IntFlag:
			f.EnvVars = []string{env}
		case *cli.Int64Flag:
			f.EnvVars = []string{env}
		case *cli.Uint64Flag:
			f.EnvVars = []string{env}
		case *cli.UintFlag:
			f.EnvVars = []string{env}
		case *cli.Float64Flag:
			f.EnvVars = []string{env}
		case *cli.DurationFlag:
			f.EnvVars = []string{env}
		case *cli.PathFlag:
			f.EnvVars = []string{env}
		}
	}
	for name, vars := range map[string]*[]string{
		utils.DataDirFlag.Name:       &utils.DataDirFlag.EnvVars,
		utils.AncientFlag.Name:       &utils.AncientFlag.EnvVars,
		utils.EraFlag.Name:           &utils.EraFlag.EnvVars,
		utils.KeyStoreDirFlag.Name:   &utils.KeyStoreDirFlag.EnvVars,
		utils.JWTSecretFlag.Name:     &utils.JWTSecretFlag.EnvVars,
		utils.IPCPathFlag.Name:       &utils.IPCPathFlag.EnvVars,
		utils.JSpathFlag.Name:        &utils.JSpathFlag.EnvVars,
		utils.MinerGasPriceFlag.Name: &utils.MinerGasPriceFlag.EnvVars,
	} {
		*vars = []string{envName(name)}
	}
}

func envName(flag string) string {
	return envPrefix + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(flag))
}
