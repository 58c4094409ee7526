package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/service"
)

var verifyEvidenceCommand = &cli.Command{
	Action:    verifyEvidence,
	Name:      "verify-evidence",
	Usage:     "Check evidence that a key server broke the protocol",
	ArgsUsage: "<file>",
	Description: `Judges an evidence file, which a key server wrote when another one broke the protocol (the log names it), or
standard input if <file> is "-". It needs no node, no data directory and no network, and trusts neither the file
nor its sender. If the evidence holds, it prints one "Name: value" line each and exits with 0:

  Culprit  the convicted node's id, the public key of its enode URL
  Address  the account by which contracts know it
  Deed     what it did
  Kind     the kind of the evidence
  Cluster  the cluster in which it did so: compare with clusterId in secretstore_status
  Key      the server key it is about; zero for a dealing of items, which belong to no key
  Session  the attempt of a generation or signature, the dealing, the retrieval, or the key's version

Otherwise it exits with 1 and says why. Evidence proves what was signed with the culprit's node key. To see whether
that is one of your key servers, look for the id in Nodes of your settings.`,
}

func verifyEvidence(ctx *cli.Context) error {
	if ctx.Args().Len() != 1 {
		return errors.New("verify-evidence wants one argument, the evidence file (- for standard input)")
	}
	in := io.Reader(os.Stdin)
	if path := ctx.Args().First(); path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("reading the evidence: %w", err)
		}
		defer file.Close()
		in = file
	}
	f, err := service.VerifyEvidence(in)
	if err != nil {
		return err
	}
	fmt.Printf("Culprit: %v\n", f.Culprit)
	fmt.Printf("Address: %v\n", f.Culprit.Address())
	fmt.Printf("Deed:    %s\n", f.Deed)
	fmt.Printf("Kind:    %v\n", f.Kind)
	fmt.Printf("Cluster: %v\n", f.Cluster)
	fmt.Printf("Key:     %v\n", f.Key)
	fmt.Printf("Session: 0x%x\n", f.Session[:])
	return nil
}
