package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/internal/suggest"
)

// usageError replaces the library's answer, which buries the reason under two screens of help.
func usageError(ctx *cli.Context, err error, _ bool) error {
	meant := ""
	if name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: "); unknown {
		if nearest, ok := suggest.Nearest(strings.TrimLeft(name, "-"), flagNames(ctx)); ok {
			meant = fmt.Sprintf("; did you mean --%s?", nearest)
		}
	}
	return fmt.Errorf("%w%s (see %s --help)", err, meant, ctx.App.Name)
}

// flagNames are those that count on this line, the hidden ones aside.
func flagNames(ctx *cli.Context) (names []string) {
	flags := slices.Clone(ctx.App.Flags)
	for _, outer := range ctx.Lineage() {
		if outer.Command != nil {
			flags = append(flags, outer.Command.Flags...)
		}
	}
	for _, f := range flags {
		if v, ok := f.(cli.VisibleFlag); !ok || v.IsVisible() {
			names = append(names, f.Names()...)
		}
	}
	return names
}

// unknownCommand is the error of a command that there is not.
func unknownCommand(ctx *cli.Context, name string, known []*cli.Command) error {
	var names []string
	for _, cmd := range known {
		names = append(names, cmd.Names()...)
	}
	return fmt.Errorf("unknown command %.100q%s (see %s --help)", name, suggest.DidYouMean(name, names), ctx.App.Name)
}

// groupAction is that of a command which only holds others.
func groupAction(ctx *cli.Context) error {
	if ctx.Args().Present() {
		return unknownCommand(ctx, ctx.Args().First(), ctx.Command.Subcommands)
	}
	return cli.ShowSubcommandHelp(ctx)
}
