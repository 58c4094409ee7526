package main

import (
	"errors"

	"github.com/urfave/cli/v2"
)

var devnetCommand = &cli.Command{
	Action: func(*cli.Context) error { return errors.New("not built yet") },
	Name:   "devnet",
}
