package secretstore

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/urfave/cli/v2"
)

// Whom the commands for people ask: addresses, and whose certificates those have. What is said once, in the environment, counts for
// each command.

var (
	nodeURLFlag = &cli.StringSliceFlag{
		Name: "node", Usage: "Secret Store address of a key server; repeat to name others, in case one fails", Value: cli.NewStringSlice("http://127.0.0.1:8082"),
		EnvVars: []string{"GETH_SS_NODE"},
	}
	rpcFlag = &cli.StringSliceFlag{
		Name: "rpc", Usage: "JSON-RPC address of a node of the chain, such as http://127.0.0.1:8545; repeat to name others, in case one fails",
		EnvVars: []string{"GETH_SS_RPC"},
	}
	caFlag = &cli.StringFlag{
		Name: "cacert", Usage: "PEM file of the authorities that sign the certificates of --node and --rpc at https:// and wss://, instead of the system's",
		EnvVars: []string{"GETH_SS_CACERT"},
	}
)

// addresses are those of a flag, or of its environment variable with commas between them. An empty variable is as good as none.
func addresses(ctx *cli.Context, flag *cli.StringSliceFlag) (list []string) {
	for _, text := range ctx.StringSlice(flag.Name) {
		if text = strings.TrimSpace(text); text != "" {
			list = append(list, text)
		}
	}
	if len(list) == 0 && flag.Value != nil {
		return flag.Value.Value()
	}
	return list
}

// maxAuthorities bounds the file of --cacert. That of a system, with all authorities of the world, is a quarter of it.
const maxAuthorities = 1 << 20

// authorities is how TLS is spoken with the certificates of --cacert; nil without it.
func authorities(ctx *cli.Context) (*tls.Config, error) {
	path := ctx.String(caFlag.Name)
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--cacert: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxAuthorities+1))
	if err != nil {
		return nil, fmt.Errorf("--cacert: %w", err)
	}
	roots, err := parseAuthorities(text)
	if err != nil {
		return nil, fmt.Errorf("--cacert: %s %w", path, err)
	}
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, nil
}

// parseAuthorities reads certificates, and nothing else: what is passed over would be missed later, in an error about another's
// certificate.
func parseAuthorities(text []byte) (*x509.CertPool, error) {
	if len(text) > maxAuthorities {
		return nil, fmt.Errorf("has more than %d bytes: it is not a file of certificates", maxAuthorities)
	}
	roots, n := x509.NewCertPool(), 0
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		text, n = rest, n+1
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("has a %.40q, but should have only certificates", block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("has a certificate, number %d, that can't be read: %w", n, err)
		}
		roots.AddCert(cert)
	}
	switch {
	case strings.Contains(string(text), "-----BEGIN"):
		return nil, fmt.Errorf("has something after certificate %d that can't be read as PEM: was it cut?", n)
	case n == 0:
		return nil, errors.New("has no certificate in PEM (-----BEGIN CERTIFICATE-----)")
	}
	return roots, nil
}

// overTLS is a client of HTTP that speaks TLS so; nil for the usual one.
func overTLS(cfg *tls.Config) *http.Client {
	if cfg == nil {
		return nil
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = cfg
	return &http.Client{Transport: transport}
}
