package secretstore

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What an order changes.
var (
	addFlag     = &cli.StringSliceFlag{Name: "add", Usage: "enode URL of a key server that joins; repeat for each"}
	removeFlag  = &cli.StringSliceFlag{Name: "remove", Usage: "Id (128 hex digits) or account of a key server that leaves; repeat for each"}
	replaceFlag = &cli.StringSliceFlag{Name: "replace", Usage: "ID=ENODE: a key server that leaves, and the one that joins in its place; repeat for each"}
	floorFlag   = &cli.UintFlag{Name: "floor", Usage: "The lowest threshold of any key from then on; it never sinks"}
	everyFlag   = &cli.DurationFlag{Name: "refresh", Usage: "Deal all shares anew in this interval, such as 720h; 0 for never"}
	adminsFlag  = &cli.StringSliceFlag{Name: "administrators", Usage: "Accounts that change the key servers from then on, in place of the present ones; comma-separated"}
	neededFlag  = &cli.UintFlag{Name: "needed", Usage: "How many of the administrators must sign from then on"}
	riskFlag    = &cli.BoolFlag{Name: "force", Usage: "Order it even if keys would be lost by it, or could not be made safe at once (see plan-change)"}

	backFlag = &cli.BoolFlag{Name: "back", Usage: "Order the set of before again: its members and settings; only the floor stays as it is"}

	giveUpFlag = &cli.BoolFlag{Name: "give-up", Usage: "Give the present set up, which has lost its quorum for good: all administrators must sign, and the new set decides"}
	yesFlag    = &cli.BoolFlag{Name: "yes", Usage: "Sign, or submit, a give-up order; without this option the command only says what is then not guaranteed"}

	// OrderFlags say what an order changes.
	OrderFlags = []cli.Flag{addFlag, removeFlag, replaceFlag, floorFlag, everyFlag, adminsFlag, neededFlag, riskFlag}
)

// What is done with an order.
var (
	orderFlag   = &cli.StringFlag{Name: "order", Usage: "File of the order: written when it is made, signed in place, read to submit it"}
	expiresFlag = &cli.DurationFlag{Name: "valid", Usage: "How long the order can be handed in, by the chain's time", Value: 7 * 24 * time.Hour}
	signFlag    = &cli.BoolFlag{Name: "sign", Usage: "Sign it as an administrator, with --key or --clef"}
	submitFlag  = &cli.BoolFlag{Name: "submit", Usage: "Hand it in at --node"}
	cancelFlag  = &cli.BoolFlag{Name: "cancel", Usage: "Sign, or submit, the cancellation of the order instead; it counts until the key servers have decided"}

	adminFlags = []cli.Flag{orderFlag, signFlag, submitFlag, nodeURLFlag, caFlag, KeyFlag, PasswordFlag, clefFlag, accountFlag, clusterFlag, chainFlag, KnownFlag, jsonFlag}

	changeServersCommand = &cli.Command{
		Action:    changeServers,
		Name:      "change-servers",
		Usage:     "Add, remove or replace key servers, by an order that administrators sign",
		ArgsUsage: " ",
		Flags:     append(append(append([]cli.Flag{}, OrderFlags...), backFlag, giveUpFlag, yesFlag, expiresFlag, cancelFlag), adminFlags...),
		Description: `Makes an order, signs it, hands it in, or all at once. What an order does not mention stays as it is. It prints the order before
anything is signed: compare ids and addresses with what their operators told you.

One administrator:
  change-servers --add enode://… --sign --key admin.key --submit
Several, who pass the file on from one to the next; only the first and the last need a key server's address:
  change-servers --replace 0x0a99…=enode://… --order change.json
  change-servers --order change.json --sign --key alice.key
  change-servers --order change.json --sign --key bob.key --submit
To take it back before the key servers have decided:
  change-servers --order change.json --cancel --sign --key alice.key --submit
To go back once they have decided, by a newer set like the one before:
  change-servers --back --sign --key admin.key --submit
If so many key servers are lost for good that the others can't decide any more, by an order that ALL administrators sign. Without
--yes it only says what is then not guaranteed:
  change-servers --give-up --replace 0x0a99…=enode://… --replace 0x77fe…=enode://… --order give-up.json
  change-servers --order give-up.json --sign --key alice.key --yes
  change-servers --order give-up.json --sign --key bob.key --yes --submit

It returns when a key server has taken the order. "geth-ss secretstore servers --watch" shows what comes of it.`,
	}

	refreshCommand = &cli.Command{
		Action:    refreshShares,
		Name:      "refresh",
		Usage:     "Have all shares dealt anew, by an order that administrators sign",
		ArgsUsage: " ",
		Flags:     adminFlags,
		Description: `After a refresh, shares that were stolen before it are worth nothing. The order is for one round, named by the chain's final
block when it was made, and counts once. Several administrators should not take long: key servers refuse a round that is old.

  refresh --sign --key admin.key --submit
  refresh --order refresh.json --sign --key alice.key
  refresh --order refresh.json --sign --key bob.key --submit

It returns when a key server has taken the order. "geth-ss secretstore servers --watch" shows what comes of it.`,
	}
)

// administrationWithin is how long an order may take to be handed in.
const administrationWithin = 2 * time.Minute

func changeServers(ctx *cli.Context) error {
	if ctx.Args().Len() != 0 {
		return errors.New("change-servers wants no argument; see --help for how an order is made")
	}
	return administer(ctx, func(info *wire.ServersInfo, set *wire.ServerSet) (*orderFile, error) {
		request, err := ReadOrderFlags(ctx, info)
		if err == nil {
			request.Back, request.GiveUp = ctx.Bool(backFlag.Name), ctx.Bool(giveUpFlag.Name)
			err = request.Bound()
		}
		if err != nil {
			return nil, err
		}
		if info.Block == nil {
			return nil, errors.New("the key server has no final block yet, by whose time the order expires; try again later")
		}
		valid := ctx.Duration(expiresFlag.Name)
		if valid < time.Minute {
			return nil, fmt.Errorf("--valid %v is too short for an order", valid)
		}
		// The node's word on the time is nobody's who signs: it may shorten an order's life, and never lengthen it.
		request.Expires = min(info.Block.Timestamp, uint64(time.Now().Unix())) + uint64(valid/time.Second)
		if request.Back {
			a, err := administration(ctx)
			if err != nil {
				return nil, err
			}
			order, err := a.MakeBack(ctx.Context, info, request.Force, request.Expires)
			if err != nil {
				return nil, err
			}
			return &orderFile{Set: set, Order: order}, nil
		}
		var nonce common.Hash
		rand.Read(nonce[:])
		order, err := request.Order(info, nonce)
		if err != nil {
			return nil, fmt.Errorf("making the order: %w", err)
		}
		return &orderFile{Set: set, Order: order}, nil
	})
}

func refreshShares(ctx *cli.Context) error {
	if ctx.Args().Len() != 0 {
		return errors.New("refresh wants no argument")
	}
	return administer(ctx, func(info *wire.ServersInfo, set *wire.ServerSet) (*orderFile, error) {
		if info.Block == nil {
			return nil, errors.New("the key server has no final block yet, by which the round is named; try again later")
		}
		return &orderFile{Set: set, Refresh: &wire.RefreshOrder{
			Chain: info.Chain, Cluster: info.Cluster, Epoch: info.Epoch, Set: info.Hash, Round: info.Block.Number,
		}}, nil
	})
}

// handedIn is what is printed.
type handedIn struct {
	Order     any             `json:"order"`
	Signed    int             `json:"signed"`
	Needed    int             `json:"needed"`
	Submitted bool            `json:"submitted"`
	Set       *wire.SetRef    `json:"set,omitempty"` // that the order makes, or that stays
	Round     *wire.RoundInfo `json:"round,omitempty"`
	File      string          `json:"file,omitempty"`
}

// administer makes an order, or reads it from its file, and does with it what the flags say.
func administer(ctx *cli.Context, prepare func(*wire.ServersInfo, *wire.ServerSet) (*orderFile, error)) error {
	path, cancel := ctx.String(orderFlag.Name), ctx.Bool(cancelFlag.Name)
	if path == "" && !(ctx.Bool(signFlag.Name) && ctx.Bool(submitFlag.Name) && !cancel) {
		return errors.New("give --order FILE for the order, or --sign and --submit to do everything at once")
	}
	file, existed, err := openOrder(ctx, path, prepare)
	if err != nil {
		return err
	}
	if !ctx.Bool(jsonFlag.Name) {
		fmt.Fprintln(os.Stdout, strings.Join(file.lines(), "\n"))
	}
	if cancel && file.Order == nil {
		return errors.New("a refresh can't be cancelled: it has begun, or it counts for nothing")
	}
	if acts := ctx.Bool(signFlag.Name) || ctx.Bool(submitFlag.Name); acts && file.givesUp(cancel) && !ctx.Bool(yesFlag.Name) {
		return errors.New("this order gives the server set up, with what is then not guaranteed: if you mean it, say --yes as well; nothing was signed or handed in")
	}
	if ctx.Bool(signFlag.Name) {
		if err := file.sign(ctx, cancel); err != nil {
			return err
		}
	}
	if path != "" && (!existed || ctx.Bool(signFlag.Name)) {
		if err := file.write(path, existed); err != nil {
			return err
		}
	}
	text, enough := file.complete(cancel)
	out := &handedIn{Order: file.signed(cancel), Signed: len(*file.signatures(cancel)), Needed: file.needed(cancel), File: path}
	if !ctx.Bool(submitFlag.Name) {
		return report(ctx, os.Stdout, out, "Signatures:     "+text, "File:           "+path)
	}
	if !enough {
		return fmt.Errorf("%s, so the key servers would refuse it: have the others sign the file", text)
	}
	return file.submit(ctx, cancel, out)
}

// openOrder reads the file, if it is there, or makes the order.
func openOrder(ctx *cli.Context, path string, prepare func(*wire.ServersInfo, *wire.ServerSet) (*orderFile, error)) (file *orderFile, existed bool, err error) {
	changes := ctx.Bool(backFlag.Name) || ctx.Bool(giveUpFlag.Name)
	for _, f := range OrderFlags {
		changes = changes || ctx.IsSet(f.Names()[0])
	}
	if path != "" {
		if _, err := os.Lstat(path); err == nil {
			if changes {
				return nil, false, fmt.Errorf("%s exists, and what it orders can't be changed: give another file, or no option that changes an order", path)
			}
			file, err := readOrderFile(path)
			return file, true, err
		} else if !errors.Is(err, os.ErrNotExist) {
			return nil, false, fmt.Errorf("reading the order: %w", err)
		}
	}
	if ctx.Bool(cancelFlag.Name) {
		return nil, false, fmt.Errorf("there is no order in %q to be cancelled", path)
	}
	a, err := administration(ctx)
	if err != nil {
		return nil, false, err
	}
	info, err := a.Servers(ctx.Context)
	if err != nil {
		return nil, false, err
	}
	if len(info.Administrators) == 0 {
		return nil, false, errors.New("the key servers have no administrators, so nobody can change them: see Administrators in docs/operating.md")
	}
	set, err := info.Set()
	if err != nil {
		return nil, false, err
	}
	file, err = prepare(info, set)
	return file, false, err
}

// submit hands the order in.
func (f *orderFile) submit(ctx *cli.Context, cancel bool, out *handedIn) error {
	a, err := administration(ctx)
	if err != nil {
		return err
	}
	out.Submitted = true
	switch {
	case cancel:
		if out.Set, err = a.CancelChange(ctx.Context, f.cancellation(), f.CancelSignatures); err != nil {
			return f.tooLate(ctx, a, err)
		}
		return report(ctx, os.Stdout, out, fmt.Sprintf("Cancelled:      server set %d stays", out.Set.Epoch))
	case f.Refresh != nil:
		if out.Round, err = a.RefreshShares(ctx.Context, f.Refresh, f.Signatures); err != nil {
			return err
		}
		return report(ctx, os.Stdout, out, fmt.Sprintf("Begun:          round %d, %s", out.Round.Round, Count(out.Round.Keys, "key")),
			"Watch it:       "+ctx.App.Name+" secretstore servers --watch")
	}
	if out.Set, err = a.ChangeServers(ctx.Context, f.Order, f.Signatures); err != nil {
		return err
	}
	return report(ctx, os.Stdout, out, fmt.Sprintf("Taken:          the key servers decide on set %d now", out.Set.Epoch),
		"Watch it:       "+ctx.App.Name+" secretstore servers --watch")
}

// tooLate is why an order could not be cancelled; if it is decided, with the way back.
func (f *orderFile) tooLate(ctx *cli.Context, a *client.Administration, why error) error {
	info, err := a.Servers(ctx.Context)
	switch {
	case err != nil || info.Epoch < f.Order.Epoch:
		return why
	case info.Epoch > f.Order.Epoch:
		return fmt.Errorf("server set %d is decided, and set %d has followed, so the order can't be cancelled any more: order the set that you want (%w)",
			f.Order.Epoch, info.Epoch, why)
	}
	return fmt.Errorf("server set %d is decided, so the order can't be cancelled any more (%w)\nTo go back, order a newer set with the members and settings of before:\n"+
		"  %s secretstore change-servers --back --sign --key KEYFILE --submit --node %s", f.Order.Epoch, why, ctx.App.Name, strings.Join(ctx.StringSlice(nodeURLFlag.Name), ","))
}

func administration(ctx *cli.Context) (*client.Administration, error) {
	cfg, err := clientConfig(ctx, addresses(ctx, nodeURLFlag))
	if err != nil {
		return nil, err
	}
	cfg.Timeout = administrationWithin
	return client.NewAdministration(cfg)
}

// ReadOrderFlags reads what an order changes. Key servers may be named by their accounts, which the set has.
func ReadOrderFlags(ctx *cli.Context, info *wire.ServersInfo) (*wire.OrderRequest, error) {
	request := &wire.OrderRequest{Add: ctx.StringSlice(addFlag.Name), Force: ctx.Bool(riskFlag.Name)}
	for _, text := range ctx.StringSlice(removeFlag.Name) {
		id, err := memberID(info, text)
		if err != nil {
			return nil, fmt.Errorf("--remove: %w", err)
		}
		request.Remove = append(request.Remove, id)
	}
	for _, text := range ctx.StringSlice(replaceFlag.Name) {
		old, with, found := strings.Cut(text, "=")
		if !found {
			return nil, fmt.Errorf("--replace %.60q is not ID=ENODE", text)
		}
		id, err := memberID(info, old)
		if err != nil {
			return nil, fmt.Errorf("--replace: %w", err)
		}
		request.Replace = append(request.Replace, wire.Replacement{ID: id, With: with})
	}
	if ctx.IsSet(adminsFlag.Name) {
		list := []common.Address{}
		for _, text := range ctx.StringSlice(adminsFlag.Name) {
			admin, err := parseAddress(strings.TrimSpace(text))
			if err != nil {
				return nil, fmt.Errorf("--administrators: %w", err)
			}
			list = append(list, admin)
		}
		request.Administrators = &list
	}
	for _, n := range []struct {
		flag string
		into **uint32
	}{{floorFlag.Name, &request.Floor}, {neededFlag.Name, &request.Needed}} {
		if ctx.IsSet(n.flag) {
			value := uint32(min(ctx.Uint(n.flag), math.MaxUint32))
			*n.into = &value
		}
	}
	if ctx.IsSet(everyFlag.Name) {
		every := ctx.Duration(everyFlag.Name)
		if every < 0 || every%time.Second != 0 {
			return nil, fmt.Errorf("--refresh %v is not a number of seconds", every)
		}
		seconds := uint64(every / time.Second)
		request.Refresh = &seconds
	}
	return request, nil
}

// memberID is whom a person means: by id, enode URL or account.
func memberID(info *wire.ServersInfo, text string) (id wire.NodeID, err error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "enode://") {
		id, _, err = wire.ParseNodeURL(text)
		return id, err
	}
	if common.IsHexAddress(text) {
		account, err := parseAddress(text)
		if err != nil {
			return id, err
		}
		for _, m := range info.Members {
			if m.ID.Address() == account {
				return m.ID, nil
			}
		}
		return id, fmt.Errorf("no key server has the account %v", account)
	}
	if id, err = wire.ParseNodeID(text); err != nil {
		return id, fmt.Errorf("%.140q is neither the id of a key server (128 hex digits) nor its account: %w", text, err)
	}
	return id, nil
}

// Count names a number of things, of which one has no s.
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
