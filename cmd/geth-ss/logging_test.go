package main

import (
	"log/slog"
	"slices"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/cmd/geth-ss/secretstore"
)

// linesOf are the command lines of commands and their subcommands, without arguments.
func linesOf(before []string, commands ...*cli.Command) (lines [][]string) {
	for _, cmd := range commands {
		line := append(slices.Clone(before), cmd.Name)
		if len(cmd.Subcommands) == 0 {
			lines = append(lines, line)
		}
		lines = append(lines, linesOf(line, cmd.Subcommands...)...)
	}
	return lines
}

// TestQuietCommands: the output of a command that needs no node is its result. The log tells warnings alone, unless it is asked for more.
func TestQuietCommands(t *testing.T) {
	lines := append(linesOf([]string{"secretstore"}, secretstore.Commands()...), linesOf(nil, secretstore.ContractsCommand())...)
	if len(lines) < 15 {
		t.Fatalf("%d commands are not all", len(lines))
	}
	app := newApp()
	for _, line := range lines {
		for _, loud := range []bool{false, true} {
			args := []string{"geth-ss"}
			if loud {
				args = append(args, "--verbosity", "3")
			}
			args = append(append(args, line...), "too", "many", "arguments")
			if err := app.Run(args); err == nil {
				t.Errorf("%q succeeds", args)
			}
			if logging.handler.Enabled(t.Context(), slog.LevelInfo) != loud {
				t.Errorf("%q: the log tells information: %t", args, !loud)
			}
		}
	}
}
