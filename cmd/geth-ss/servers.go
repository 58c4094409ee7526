package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/cmd/geth-ss/secretstore"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

var (
	watchFlag    = &cli.BoolFlag{Name: "watch", Usage: "Go on telling how far a change is, until nothing is under way"}
	rehearseFlag = &cli.BoolFlag{Name: "rehearse", Usage: "Have the key servers play it with some keys and made-up shares, up to the certificates"}

	serversCommand = &cli.Command{
		Action:    printServers,
		Name:      "servers",
		Usage:     "Show who the key servers are, and how far a change of them is",
		ArgsUsage: "[endpoint]",
		Flags:     append([]cli.Flag{watchFlag}, askFlags...),
		Description: `Asks a running node, as status does. It exits with 1 if keys can't move, or if the node's configuration file names other
key servers than the set. With --watch it tells the progress until nothing is under way.

  servers --watch --datadir /var/lib/geth-ss`,
	}

	planChangeCommand = &cli.Command{
		Action:    planChange,
		Name:      "plan-change",
		Usage:     "Show what a change of the key servers would do to the keys",
		ArgsUsage: "[endpoint]",
		Flags:     append(append([]cli.Flag{rehearseFlag}, secretstore.OrderFlags...), askFlags...),
		Description: `Asks all key servers, through a running node, which keys they hold, and works out what the order of the same options would do.
Nothing changes. With --rehearse the servers that would be members play it with some keys: they deal made-up shares, sign, and keep
nothing; it says how that went, and how long all keys would take. It exits with 1 if some key would be lost, or could not be used as before: the key servers refuse such an
order unless it says --force.

  plan-change --add enode://… --remove 0x9ab1…
  plan-change --replace 0x9ab1…=enode://… --rehearse`,
	}

	repairCommand = &cli.Command{
		Action:    repairShares,
		Name:      "repair",
		Usage:     "Have a key server's missing shares dealt to it again",
		ArgsUsage: "[key id…]",
		Flags:     askFlags,
		Description: `Has a running node ask the others for the shares that it misses: those of the keys that are named, or all. It does so by
itself, too; this does it now. The others grant each key server some repairs an hour.

  repair
  repair 0x51c0… 0x77fe…`,
	}

	writeOffCommand = &cli.Command{
		Action:    writeOff,
		Name:      "write-off",
		Usage:     "Wait no more for a key server, whose disk is lost for good, to erase its former shares",
		ArgsUsage: "<id or account> [endpoint]",
		Flags:     append([]cli.Flag{reallyFlag}, askFlags...),
		Description: `Tells a running node that a key server will never sign that it has erased the shares which it held before a change or a
refresh. That node alone waits no more; the operators of the others say so to theirs. Nobody knows then whether these shares are
erased, and servers goes on to say so. What is superseded later is waited for again. If the key server comes back and signs after
all, that counts. Without --yes it only says what would not be known.

  write-off --yes 0x9ab1…`,
	}
)

var reallyFlag = &cli.BoolFlag{Name: "yes", Usage: "Do it; without this option the command only says what is then not known"}

const (
	// plannedWithin is how long key servers may take to list their keys, rehearsedWithin to try a change.
	plannedWithin, rehearsedWithin = 5 * time.Minute, 30 * time.Minute
	// watchEvery is how often a change is looked at.
	watchEvery = time.Second
	// watchFailures is how often in a row it may fail.
	watchFailures = 10
)

func printServers(ctx *cli.Context) error {
	if ctx.Args().Len() > 1 {
		return errors.New("servers wants at most one argument, the endpoint")
	}
	if ctx.Bool(watchFlag.Name) {
		return watchServers(ctx)
	}
	var info wire.ServersInfo
	raw, err := askNode(ctx, ctx.Args().First(), &info, "secretstore_servers")
	if err != nil || ctx.Bool(jsonFlag.Name) {
		return printRaw(raw, err)
	}
	writeServers(os.Stdout, &info, time.Now())
	if info.Difference != "" || info.Change != nil && info.Change.Failures > 0 {
		return errAttention
	}
	return nil
}

// watchServers tells each time that something has changed, until nothing is under way.
func watchServers(ctx *cli.Context) error {
	last, failures := "", 0
	for {
		var info wire.ServersInfo
		raw, err := askNode(ctx, ctx.Args().First(), &info, "secretstore_servers")
		if err != nil {
			if failures++; failures >= watchFailures {
				return err
			}
		} else {
			failures = 0
			line := progressLine(&info, time.Now())
			if ctx.Bool(jsonFlag.Name) {
				line = string(raw)
			}
			if line != last {
				fmt.Println(line)
				last = line
			}
			if info.Change == nil {
				return nil
			}
		}
		select {
		case <-ctx.Context.Done():
			return ctx.Context.Err()
		case <-time.After(watchEvery):
		}
	}
}

// progressLine is how far a change is.
func progressLine(info *wire.ServersInfo, now time.Time) string {
	c := info.Change
	if c == nil {
		return fmt.Sprintf("set %d, %d key servers: nothing is under way", info.Epoch, len(info.Members))
	}
	text := fmt.Sprintf("set %d: %s", c.Epoch, c.State)
	switch c.State {
	case wire.ChangeDeciding:
		text += ", can be cancelled"
	case wire.ChangeMoving, wire.ChangeErasing:
		text += fmt.Sprintf(", %d of %d keys moved", c.Moved, c.Keys)
	}
	if c.Failures > 0 {
		text += fmt.Sprintf(", %d CAN'T MOVE now", c.Failures)
	}
	if c.Thin > 0 {
		text += fmt.Sprintf(", %d wait for more members before old shares are erased", c.Thin)
	}
	if waits := awaitedText(c, now); waits != "" {
		text += ", waiting for " + waits
	}
	if len(c.NotErased) > 0 && c.State == wire.ChangeErasing {
		text += ", not erased by " + shortIDs(c.NotErased)
	}
	return text
}

func awaitedText(c *wire.ChangeInfo, now time.Time) string {
	var texts []string
	for i, id := range c.Awaited {
		text := id.Short()
		if i < len(c.AwaitedSince) {
			if waited := now.Sub(c.AwaitedSince[i]); waited >= time.Minute { // so that a line does not change every second
				text += fmt.Sprintf(" (%v)", waited.Truncate(time.Minute))
			}
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

func shortIDs(ids []wire.NodeID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.Short()
	}
	return strings.Join(texts, ", ")
}

func writeServers(out io.Writer, info *wire.ServersInfo, now time.Time) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	line := labelled(w)
	line("Set", "%d, %v", info.Epoch, info.Hash)
	line("Cluster", "%v on chain %d", info.Cluster, info.Chain)
	line("Administrators", "%s", administratorsText(info))
	if info.Floor > 0 {
		line("Floor", "thresholds of at least %d", info.Floor)
	}
	if info.Refresh > 0 {
		line("Refresh", "all shares are dealt anew every %v", time.Duration(min(info.Refresh, 1<<32))*time.Second)
	}
	if last := info.LastChange; last != nil {
		line("Since", "block %d, %s ago", last.Number, ago(time.Unix(int64(min(last.Timestamp, 1<<40)), 0), now))
	}
	if what := info.Outdated(); what != "" {
		line("Backup", "NONE SINCE %s: older ones bring back none of the shares that came then; make one", strings.ToUpper(what))
	}
	if len(info.GivenUp) > 0 {
		var epochs []string
		for _, epoch := range info.GivenUp {
			epochs = append(epochs, fmt.Sprint(epoch))
		}
		line("Given up", "SET %s, by all administrators. %s", strings.Join(epochs, ", "), wire.NotGuaranteed)
	}
	line("Under way", "%s", progressLine(info, now))
	if info.Difference != "" {
		line("File", "DIFFERS from the set, which counts: %s", printable(info.Difference))
	}
	fmt.Fprint(w, "\nKEY SERVER\tACCOUNT\tENODE\n")
	for _, m := range info.Members {
		fmt.Fprintf(w, "%s\t%v\t%s\n", m.ID.Short(), m.Address, printable(m.Enode))
	}
	if !info.Member {
		fmt.Fprintf(w, "\nThis node is not a key server. Former shares that it has not erased: %d\n", info.Held)
	}
	if info.Thin > 0 {
		fmt.Fprintf(w, "\nFormer shares that stay here, sealed, until more members hold the new ones: %d\n", info.Thin)
	}
	if len(info.Unerased) > 0 {
		fmt.Fprint(w, "\nHAS NOT SIGNED THAT IT ERASED\tACCOUNT\tSHARES\tSINCE\n")
		for _, u := range info.Unerased {
			fmt.Fprintf(w, "%s\t%v\t%d\t%s ago\n", u.ID.Short(), u.Address, u.Shares, ago(u.Since, now))
		}
		fmt.Fprint(w, "A receipt is its signer's word: nobody can check it.\n")
	}
	if len(info.WrittenOff) > 0 {
		fmt.Fprint(w, "\nGIVEN UP WAITING, NOT ERASED\tACCOUNT\tSHARES\tSINCE\n")
		for _, u := range info.WrittenOff {
			fmt.Fprintf(w, "%s\t%v\t%d\t%s ago\n", u.ID.Short(), u.Address, u.Shares, ago(u.Since, now))
		}
		fmt.Fprintf(w, "By the word of this node's operator: %s.\n", wire.NotKnownOfWrittenOff)
	}
	if len(info.Former) > 0 {
		fmt.Fprint(w, "\nFORMER, SHARES NOT YET ERASED\tACCOUNT\tENODE\n")
		for _, m := range info.Former {
			fmt.Fprintf(w, "%s\t%v\t%s\n", m.ID.Short(), m.Address, printable(m.Enode))
		}
	}
	if c := info.Change; c != nil && len(c.Failed) > 0 {
		fmt.Fprint(w, "\nKEY THAT CAN'T MOVE\tREASON\n")
		for _, f := range c.Failed {
			fmt.Fprintf(w, "%v\t%s\n", f.Key, printable(f.Reason))
		}
	}
}

func administratorsText(info *wire.ServersInfo) string {
	if len(info.Administrators) == 0 {
		return "none: nobody can change the set"
	}
	texts := make([]string, len(info.Administrators))
	for i, a := range info.Administrators {
		texts[i] = a.Hex()
	}
	return fmt.Sprintf("%d of %s", info.Needed, strings.Join(texts, ", "))
}

func planChange(ctx *cli.Context) error {
	if ctx.Args().Len() > 1 {
		return errors.New("plan-change wants at most one argument, the endpoint; options go before it")
	}
	var info wire.ServersInfo
	if _, err := askNode(ctx, ctx.Args().First(), &info, "secretstore_servers"); err != nil {
		return err
	}
	set, err := info.Set()
	if err != nil {
		return fmt.Errorf("the node tells no server set: %w", err)
	}
	request, err := secretstore.ReadOrderFlags(ctx, &info)
	if err != nil {
		return err
	}
	within, rehearse := plannedWithin, ctx.Bool(rehearseFlag.Name)
	if rehearse {
		within = rehearsedWithin
	}
	var plan wire.Plan
	raw, err := askNodeWithin(ctx, within, ctx.Args().First(), &plan, "secretstore_planChange", request, rehearse)
	if err != nil {
		return err
	}
	if ctx.Bool(jsonFlag.Name) {
		if err := printRaw(raw, nil); err != nil {
			return err
		}
	} else {
		writePlan(os.Stdout, &plan, set)
	}
	if badPlan(&plan) {
		return secretstore.BadNews("keys would be lost, or could not be used as before: see above")
	}
	return nil
}

// badPlan tells whether the key servers refuse the order unless it says force, or the rehearsal failed.
func badPlan(p *wire.Plan) bool {
	bad := p.Refusal != "" || p.Rehearsal != nil && len(p.Rehearsal.Failed)+len(p.Rehearsal.Unready) > 0
	for i := range p.Classes {
		bad = bad || p.Classes[i].NeedsForce()
	}
	return bad
}

func writePlan(out io.Writer, p *wire.Plan, before *wire.ServerSet) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	if p.Order != nil {
		fmt.Fprintln(w, strings.Join(secretstore.DescribeOrder(p.Order, before), "\n"))
	}
	fmt.Fprintf(w, "Keys:           %d, from the signed lists of %d of %d key servers\n", p.Keys, len(p.Listed), len(p.Listed)+len(p.Silent))
	for i, node := range p.Silent {
		why := "no answer"
		if i < len(p.Reasons) {
			why = p.Reasons[i]
		}
		fmt.Fprintf(w, "No list of:     %s: %s; what it alone holds is not counted\n", node.Short(), printable(why))
	}
	if len(p.Joining) > 0 {
		fmt.Fprintf(w, "Not reached:    %s, who would join\n", shortIDs(p.Joining))
	}
	fmt.Fprint(w, "\nKEYS\tTHRESHOLD\tHOLDERS\tTHEN\tMEMBERS\tWHAT\n")
	for i := range p.Classes {
		c := &p.Classes[i]
		what := fate(c)
		if c.Unsure > 0 {
			what += fmt.Sprintf("; %d OF THEM MAY BE MADE UP: too few key servers list them", c.Unsure)
		}
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%d\t%s\n", c.Keys, c.Threshold, c.Holders, c.Next, c.Members, what)
	}
	w.Flush()
	if p.Refusal != "" {
		fmt.Fprintf(out, "\nThe key servers refuse it unless the order says --force: %s\n", printable(p.Refusal))
	}
	if r := p.Rehearsal; r != nil {
		fmt.Fprintf(out, "\nRehearsal: %s in %.1f s, %d could be made safe at once, %d not yet, %d failed\n", secretstore.Count(r.Keys, "key"), r.Elapsed/1000, r.Thick, r.Thin, len(r.Failed))
		if r.Keys > 0 {
			fmt.Fprintf(out, "At that pace all keys take %v, without their writes to disks.\n", time.Duration(min(r.Estimate, 1e12)*1e6).Round(100*time.Millisecond))
		}
		for _, u := range r.Unready {
			fmt.Fprintf(out, "  %s DID NOT DO ITS PART: %s\n", u.ID.Short(), printable(u.Reason))
		}
		for _, f := range r.Failed {
			fmt.Fprintf(out, "  %v: %s\n", f.Key, printable(f.Reason))
		}
	}
}

// fate is what happens to keys.
func fate(c *wire.PlanClass) string {
	switch {
	case c.Lost:
		return fmt.Sprintf("CAN'T MOVE: a read takes %d holders; %v is one", c.Threshold+1, c.Example)
	case c.Unreadable:
		return fmt.Sprintf("UNREADABLE THEN: a read takes %d; %v is one", c.Next+1, c.Example)
	case c.NoECDSA:
		return fmt.Sprintf("NO ECDSA THEN: it takes %d; %v is one", 2*uint64(c.Next)+1, c.Example)
	case c.Spare == 0:
		return "they move; while one of the members is silent, old shares stay"
	}
	return fmt.Sprintf("they move, also if %d of the members are silent", c.Spare)
}

func repairShares(ctx *cli.Context) error {
	var keys []wire.KeyID
	for _, text := range ctx.Args().Slice() {
		var id wire.KeyID
		if err := id.UnmarshalText([]byte(text)); err != nil {
			return fmt.Errorf("%q is not the id of a key: %w; the node to ask goes behind --%s", text, err, endpointFlag.Name)
		}
		keys = append(keys, id)
	}
	args := []any{}
	if keys != nil {
		args = append(args, keys)
	}
	var r wire.RepairInfo
	raw, err := askNode(ctx, "", &r, "secretstore_repair", args...)
	if err != nil || ctx.Bool(jsonFlag.Name) {
		return printRaw(raw, err)
	}
	fmt.Printf("Missing: %d shares; %d are being dealt to this key server, %d wait for their turn\n", r.Keys, r.Begun, r.Waiting)
	return nil
}

func writeOff(ctx *cli.Context) error {
	if n := ctx.Args().Len(); n < 1 || n > 2 {
		return errors.New("write-off wants the id or the account of a key server, and at most the endpoint beside; options go before them")
	}
	endpoint := ctx.Args().Get(1)
	var info wire.ServersInfo
	if _, err := askNode(ctx, endpoint, &info, "secretstore_servers"); err != nil {
		return err
	}
	u, err := unerasedOf(&info, ctx.Args().First())
	if err != nil {
		return err
	}
	if !ctx.Bool(reallyFlag.Name) {
		state := "is not connected"
		if u.Connected {
			state = "IS CONNECTED: a key server that has its disk erases by itself"
		}
		return fmt.Errorf("%s has not signed that it has erased %s, and %s. If this node waits no more, %s. Give --yes if its disk is lost for good",
			u.ID.Short(), secretstore.Count(u.Shares, "former share"), state, wire.NotKnownOfWrittenOff)
	}
	var done wire.WriteOffInfo
	raw, err := askNodeWithin(ctx, plannedWithin, endpoint, &done, "secretstore_writeOff", u.ID)
	if err != nil || ctx.Bool(jsonFlag.Name) {
		return printRaw(raw, err)
	}
	fmt.Printf("Given up waiting; not known to be erased: %s of %s\n", secretstore.Count(done.Shares, "former share"), done.ID.Short())
	return nil
}

// unerasedOf is whom a person means of those whose receipts are missing: by account, id, or as much of the id as is shown.
func unerasedOf(info *wire.ServersInfo, text string) (found *wire.UnerasedInfo, err error) {
	want := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(text)), "0x")
	for i := range info.Unerased {
		u := &info.Unerased[i]
		account := strings.ToLower(u.Address.Hex()[2:])
		if want == account || len(want) >= len(u.ID.Short()) && strings.HasPrefix(u.ID.String(), want) {
			if found != nil {
				return nil, fmt.Errorf("%.140q may be either of two key servers: give the whole id", text)
			}
			found = u
		}
	}
	if found == nil {
		return nil, fmt.Errorf("the node awaits no receipt of erasure of %.140q: servers names whose are awaited", text)
	}
	return found, nil
}
