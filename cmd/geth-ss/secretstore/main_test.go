package secretstore

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/test/program"
)

// The tests here are what a person types: each runs this test binary as geth-ss, as far as that is of this package.
func TestMain(m *testing.M) { program.Main(m, main) }

func main() {
	app := cli.NewApp()
	app.Name = "geth-ss"
	app.Commands = []*cli.Command{{Name: "secretstore", Subcommands: Commands()}, ContractsCommand()}
	if err := app.Run(os.Args); err != nil {
		fmt.Fprintln(os.Stderr, LastLine(err))
		os.Exit(1)
	}
}

// command is geth-ss with these arguments. Short runs are those under the race detector, where each start takes seconds.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the program")
	}
	return program.Command(t, args...)
}
