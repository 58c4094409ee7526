package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

// programVersion is the release this tree is working towards.
const programVersion = "0.1.0-unstable"

var versionCommand = &cli.Command{
	Action:    printVersion,
	Name:      "version",
	Usage:     "Print version numbers",
	ArgsUsage: " ",
	Description: `Prints this program's version and those of the libraries that decide how it behaves on a network.
The output is one "Name: value" line each, for machines.`,
}

func printVersion(*cli.Context) error {
	commit, date := vcsInfo()
	fmt.Println(clientIdentifier)
	fmt.Println("Version:", programVersion)
	if commit != "" {
		fmt.Println("Git Commit:", commit)
		fmt.Println("Git Commit Date:", date)
	}
	fmt.Println("go-ethereum:", moduleVersion("github.com/ethereum/go-ethereum"))
	fmt.Println("CometBFT:", moduleVersion("github.com/cometbft/cometbft"))
	fmt.Println("Architecture:", runtime.GOARCH)
	fmt.Println("Go Version:", runtime.Version())
	fmt.Println("Operating System:", runtime.GOOS)
	return nil
}

// versionWithCommit is what peers and web3_clientVersion are told.
func versionWithCommit() string {
	commit, date := vcsInfo()
	if commit == "" {
		return programVersion
	}
	return fmt.Sprintf("%s-%.8s-%s", programVersion, commit, date)
}

// vcsInfo returns the commit the go tool built from and its day (YYYYMMDD), empty when it did not record them.
func vcsInfo() (commit, date string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", ""
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.time" && len(s.Value) >= 10:
			date = s.Value[0:4] + s.Value[5:7] + s.Value[8:10]
		}
	}
	return commit, date
}

func moduleVersion(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, m := range info.Deps {
		if m.Path == path {
			return m.Version
		}
	}
	return "not linked"
}
