package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ethereum/go-ethereum/cmd/utils"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client/hedge"
	"github.com/geth-ss/geth-ss/cmd/geth-ss/secretstore"
	"github.com/geth-ss/geth-ss/internal/finding"
)

var (
	jsonFlag = &cli.BoolFlag{Name: "json", Usage: "Print the answer as JSON"}

	signatureFlag = &cli.StringFlag{Name: "signature", Usage: "The address's own signature over the raw key id, 65 bytes in hex (see secretstore_signRawHash): with it an address may ask about itself"}

	endpointFlag = &cli.StringFlag{Name: "rpc", Usage: "IPC file, http:// or ws:// URL of the running node, instead of the argument"}

	askFlags = []cli.Flag{configFileFlag, utils.DataDirFlag, endpointFlag, utils.HttpHeaderFlag, jsonFlag}

	statusCommand = &cli.Command{
		Action:    printStatus,
		Name:      "status",
		Usage:     "Show the state of a running key server",
		ArgsUsage: "[endpoint]",
		Flags:     askFlags,
		Description: `Asks a running node, over its IPC file or at the endpoint given (a path, or an http:// or ws:// URL where the
namespaces secretstore and ssadmin are enabled), and prints its identity, its chain, its peers and why one is not connected,
the keys that have few holders left, the nodes that run under other network rules, and what is wrong with what to do about
it. It exits with 1 if one of its findings is an error, if the node can't decide about permissions now, if some key can't be
read, or if the network's rules differ.`,
	}

	explainCommand = &cli.Command{
		Action:    printExplained,
		Name:      "explain",
		Usage:     "Show why an address may or may not read a document key or have something signed",
		ArgsUsage: "<address> <key id> [endpoint]",
		Flags:     append([]cli.Flag{signatureFlag, secretstore.KeyFlag, secretstore.PasswordFlag}, askFlags...),
		Description: `Asks every key server, through a running node, what its own chain says about the address and the key now. This
releases nothing. The verdict says how a read would end now: granted, denied or unavailable. An endpoint where the namespace
ssadmin is not enabled answers only about the address that asks: give --key or --signature.`,
	}
)

// nodeReport is what is printed of secretstore_status.
type nodeReport struct {
	Version, ID, Address, Cluster, Protocol, ACL, Path string

	Running  bool
	Contract struct {
		Address string
		Found   bool
		Reason  string
	}
	Servers      []string
	Connected    int
	Peers        []peerReport
	Keys, Shares int
	Sessions     int
	Head         *struct{ Number uint64 }
	Final        *struct {
		Number uint64
		Age    float64
	}
	MaxAge  float64
	Fresh   bool
	Margins struct {
		Lowest                 *int
		Endangered, Unreadable int
		Keys                   []struct {
			ID     string
			Margin int
		}
		Checked time.Time
	}
	GivenUp   struct{ Attempts, Openings givenUpReport }
	Findings  finding.List
	Consensus *consensusReport
}

// givenUpReport is of a kind of what other key servers have let come to nothing.
type givenUpReport struct {
	Count int
	Worst *struct {
		Node, Key string
		Count     int
	}
}

// notableGivenUp is how often one key server may give up on one key id before people are told: a slow network makes honest
// ones begin again a few times.
const notableGivenUp = 8

type peerReport struct {
	ID, Address, State, Reason, LastError, LastFault, Difference string
	Since, LastSeen                                              time.Time
	LatencyMs                                                    float64
	Faults                                                       int
}

// accessReport is what is printed of secretstore_explainAccess.
type accessReport struct {
	Requester, Key, Verdict string
	Block                   *struct{ Number uint64 }
	Needed, Granted         int
	DocumentStored          bool
	Nodes                   []struct {
		Node, State, Answer, Reason string
		Holder                      bool
		Block, Head                 *struct{ Number uint64 }
		ElapsedMs                   float64
	}
}

// askedWithin is how long a running node may take to answer.
const askedWithin = 30 * time.Second

// errAttention makes the exit code 1 after everything was printed.
const errAttention = secretstore.BadNews("the key server needs attention, see above")

func printStatus(ctx *cli.Context) error {
	if ctx.Args().Len() > 1 {
		return errors.New("status wants at most one argument, the endpoint")
	}
	var st nodeReport
	raw, err := askNode(ctx, ctx.Args().First(), &st, "secretstore_status")
	if err != nil || ctx.Bool(jsonFlag.Name) {
		return printRaw(raw, err)
	}
	st.write(os.Stdout, time.Now())
	if st.bad() {
		return errAttention
	}
	return nil
}

// bad tells whether somebody has to look after the node: by its own judgment, and by what nodes of before there was one say.
func (st *nodeReport) bad() bool {
	return st.Findings.Worst() == finding.Error || st.Consensus != nil && st.Consensus.Findings.Worst() == finding.Error ||
		!st.Running || !st.Fresh || st.Margins.Unreadable > 0 || st.Consensus != nil && len(st.Consensus.Differ) > 0
}

func printExplained(ctx *cli.Context) error {
	if n := ctx.Args().Len(); n < 2 || n > 3 {
		return errors.New("explain wants an address, a key id and at most one endpoint; options go before them")
	}
	var a accessReport
	question := []any{hexArgument(ctx.Args().Get(0)), hexArgument(ctx.Args().Get(1))}
	signature, err := accessSignature(ctx, ctx.Args().Get(1))
	if err != nil {
		return err
	}
	if signature != "" {
		question = append(question, hexArgument(signature))
	}
	raw, err := askNode(ctx, ctx.Args().Get(2), &a, "secretstore_explainAccess", question...)
	if err != nil || ctx.Bool(jsonFlag.Name) {
		return printRaw(raw, err)
	}
	a.write(os.Stdout)
	return nil
}

// accessSignature is by which an address asks about itself; "" without one.
func accessSignature(ctx *cli.Context, id string) (string, error) {
	given := ctx.String(signatureFlag.Name)
	switch {
	case ctx.String(secretstore.KeyFlag.Name) == "":
		return given, nil
	case given != "":
		return "", errors.New("--key and --signature say the same: give only one")
	}
	return secretstore.SignKeyID(ctx, id)
}

// hexArgument puts the 0x before what somebody copied from an HTTP path.
func hexArgument(text string) string {
	if strings.HasPrefix(text, "0x") {
		return text
	}
	return "0x" + text
}

// askNode calls a method of a running node and reads its answer.
func askNode(ctx *cli.Context, endpoint string, into any, method string, args ...any) (json.RawMessage, error) {
	return askNodeWithin(ctx, askedWithin, endpoint, into, method, args...)
}

// askNodeWithin is askNode for what takes its time.
func askNodeWithin(ctx *cli.Context, within time.Duration, endpoint string, into any, method string, args ...any) (json.RawMessage, error) {
	quietLogging(ctx)
	if flag := ctx.String(endpointFlag.Name); flag != "" {
		if endpoint != "" {
			return nil, fmt.Errorf("the node to ask is given twice, as %s and by --%s: give only one", endpoint, endpointFlag.Name)
		}
		endpoint = flag
	}
	client, err := dialNode(ctx, endpoint)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	bounded, cancel := context.WithTimeoutCause(ctx.Context, within, &hedge.Hung{Waited: within})
	defer cancel()
	var raw json.RawMessage
	if err := client.CallContext(bounded, &raw, method, args...); err != nil {
		if bounded.Err() != nil {
			err = context.Cause(bounded)
		}
		return nil, fmt.Errorf("asking the node: %w", err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return nil, fmt.Errorf("reading the node's answer (it may run another version): %w", err)
	}
	return raw, nil
}

func printRaw(raw json.RawMessage, err error) error {
	if err == nil {
		_, err = fmt.Printf("%s\n", raw)
	}
	return err
}

func (st *nodeReport) write(out io.Writer, now time.Time) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	line := labelled(w)
	line("Version", "%s, %s", st.Version, st.Protocol)
	line("Id", "%s", st.ID)
	line("Address", "%s", st.Address)
	line("Cluster", "%s, %d of %d key servers connected, this one included", st.Cluster, st.Connected, len(st.Servers))
	line("Permissions", "%s%s", st.ACL, st.contract())
	line("Chain", "%s", st.chain())
	line("Store", "%s", st.store())
	line("Keys", "%s", st.keys(now))
	for _, key := range st.Margins.Keys {
		line("", "%s has %+d holders beyond those a read needs", key.ID, key.Margin)
	}
	line("Sessions", "%d running", st.Sessions)
	for _, text := range []string{st.GivenUp.Attempts.text("attempts at"), st.GivenUp.Openings.text("ECDSA signatures by")} {
		if text != "" {
			line("Given up", "%s", text)
		}
	}
	if st.Consensus != nil {
		st.Consensus.write(line)
	}
	fmt.Fprint(w, "\nPEER\tADDRESS\tSTATE\tSINCE\tLATENCY\tFAULTS\tREASON\n")
	for _, p := range st.Peers {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.1f ms\t%d\t%s\n", short(p.ID), p.Address, p.State, ago(p.Since, now), p.LatencyMs, p.Faults, p.why(now))
	}
	w.Flush()
	for _, f := range st.Findings { // those of consensus stand with it
		fmt.Fprintf(out, "\n%s: %s: %s\n", strings.ToUpper(string(f.Level)), printable(f.Subject), printable(f.What))
		if f.Do != "" {
			fmt.Fprintf(out, "  To do: %s\n", printable(f.Do))
		}
	}
}

// text tells which key server has given up the most on which key id, if that is often. It accuses nobody.
func (g *givenUpReport) text(what string) string {
	w := g.Worst
	if w == nil || w.Count <= notableGivenUp {
		return ""
	}
	return fmt.Sprintf("%s gave up %d %s key %s when it could already know the result, of %d given up like this in all; slow links cause that, too",
		short(w.Node), w.Count, what, w.Key, g.Count)
}

func (st *nodeReport) store() string {
	if !st.Running {
		return "not open: the key server is starting or stopping"
	}
	text := secretstore.Count(st.Keys, "key") + ", " + secretstore.Count(st.Shares, "share")
	if st.Path != "" { // told to operators alone
		text = st.Path + ", " + text
	}
	return text
}

func (st *nodeReport) contract() string {
	if st.Contract.Reason != "" {
		return " (" + st.Contract.Reason + ")"
	}
	if st.Contract.Address != "" {
		return ", found at " + st.Contract.Address
	}
	return ""
}

func (st *nodeReport) chain() string {
	if st.Final == nil {
		return "no block is final yet, so no permission can be read"
	}
	text := fmt.Sprintf("final block %d, %.0f s old", st.Final.Number, st.Final.Age)
	if st.Final.Number == 0 { // whose time may be that of a file, or 1970
		text = "final block 0, the genesis block"
	}
	if st.Head != nil {
		text = fmt.Sprintf("head %d, %s", st.Head.Number, text)
	}
	if !st.Fresh {
		text += fmt.Sprintf(": OLDER THAN %.0f s, so every read is refused", st.MaxAge)
	}
	return text
}

func (st *nodeReport) keys(now time.Time) string {
	m := st.Margins
	switch {
	case m.Lowest == nil && m.Checked.IsZero():
		return "the holders have not been asked yet"
	case m.Lowest == nil:
		return "none"
	}
	text := fmt.Sprintf("lowest margin %+d, %d endangered, %d unreadable", *m.Lowest, m.Endangered, m.Unreadable)
	if m.Checked.IsZero() {
		return text + ", still asking the holders"
	}
	return text + ", holders asked " + ago(m.Checked, now) + " ago"
}

// why is what an operator has to know about a peer.
func (p *peerReport) why(now time.Time) string {
	var all []string
	for _, text := range []string{p.Reason, p.LastError} {
		if text != "" && !strings.Contains(strings.Join(all, ""), text) {
			all = append(all, text)
		}
	}
	switch {
	case p.State == "connected":
	case p.LastSeen.IsZero():
		all = append(all, "never seen")
	default:
		all = append(all, "lost "+ago(p.LastSeen, now)+" ago")
	}
	if p.Difference != "" {
		all = append(all, "differs: "+p.Difference)
	}
	if p.LastFault != "" {
		all = append(all, "last fault: "+p.LastFault)
	}
	return printable(strings.Join(all, "; "))
}

func (a *accessReport) write(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	fmt.Fprintf(w, "Requester:\t%s\n", a.Requester)
	fmt.Fprintf(w, "Key:\t%s\n", a.Key)
	if !a.DocumentStored {
		fmt.Fprint(w, "\tNO DOCUMENT KEY IS STORED under it, as far as this node knows\n")
	}
	if a.Block != nil {
		fmt.Fprintf(w, "Block:\t%d\n", a.Block.Number)
	}
	fmt.Fprintf(w, "Verdict:\t%s: %d holders say yes, %d are needed\n", a.Verdict, a.Granted, a.Needed)
	fmt.Fprint(w, "\nNODE\tHOLDER\tANSWER\tBLOCK\tHEAD\tTIME\tREASON\n")
	for _, n := range a.Nodes {
		answer, holder := n.Answer, "no"
		if answer == "" {
			answer = n.State
		}
		if n.Holder {
			holder = "yes"
		}
		block, head := "", ""
		if n.Block != nil {
			block = fmt.Sprint(n.Block.Number)
		}
		if n.Head != nil {
			head = fmt.Sprint(n.Head.Number)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%.1f ms\t%s\n", short(n.Node), holder, answer, block, head, n.ElapsedMs, n.Reason)
	}
}

// short is enough of a node id to recognise it, as in the log.
func short(id string) string {
	id = strings.TrimPrefix(id, "0x")
	return id[:min(8, len(id))]
}

func ago(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return now.Sub(t).Round(time.Second).String()
}

// dialNode connects to a running node: by default over the IPC file of its data directory.
func dialNode(ctx *cli.Context, endpoint string) (*rpc.Client, error) {
	if endpoint == "" {
		cfg, err := loadBaseConfig(ctx)
		if err != nil {
			return nil, err
		}
		endpoint = cfg.Node.IPCEndpoint()
	}
	client, err := utils.DialRPCWithHeaders(endpoint, ctx.StringSlice(utils.HttpHeaderFlag.Name))
	if err != nil {
		return nil, fmt.Errorf("attaching to the node at %s: %w", endpoint, err)
	}
	return client, nil
}
