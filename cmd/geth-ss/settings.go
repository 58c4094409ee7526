package main

import "github.com/urfave/cli/v2"

func ownFlags() []cli.Flag { return []cli.Flag{lifelineFlag} }

func applyOwnFlags(ctx *cli.Context, cfg *config) error { return nil }
