package secretstore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/urfave/cli/v2"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/internal/strictjson"
	"github.com/geth-ss/geth-ss/internal/whole"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// orderFile is what administrators hand to one another: an order, the set that it is to follow, and who has signed so far.
// Nothing in it is secret. It comes from others, so all of it is checked before anything is signed.
type orderFile struct {
	Set        *wire.ServerSet    `json:"set"` // by which the order can be judged, and who may sign it
	Order      *wire.SetOrder     `json:"order,omitempty"`
	Refresh    *wire.RefreshOrder `json:"refresh,omitempty"`
	Signatures []hexutil.Bytes    `json:"signatures"`
	// CancelSignatures are for the cancellation of the order.
	CancelSignatures []hexutil.Bytes `json:"cancelSignatures"`
}

// maxOrderFile bounds the file: one of the largest set has some 200 KiB.
const maxOrderFile = 1 << 20

// signedOrder is what is signed of a file.
type signedOrder interface {
	Digest() common.Hash
	TypedData() ([]byte, error)
}

// readOrderFile reads and checks the file.
func readOrderFile(path string) (*orderFile, error) {
	in, _, err := input(path)
	if err != nil {
		return nil, fmt.Errorf("reading the order: %w", err)
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, maxOrderFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading the order: %w", err)
	}
	f := new(orderFile)
	if len(text) > maxOrderFile {
		err = fmt.Errorf("it has more than %d bytes", maxOrderFile)
	} else if err = strictjson.Decode(text, f); err == nil {
		err = f.check()
	}
	if err != nil {
		return nil, fmt.Errorf("reading the order: %s is not the file of an order: %w", path, err)
	}
	return f, nil
}

// check tells whether the file is of one piece: the order follows the set, and administrators of the set have signed it.
func (f *orderFile) check() error {
	if f.Set == nil || (f.Order == nil) == (f.Refresh == nil) {
		return errors.New("it has no server set, or not one order")
	}
	if err := f.Set.Bound(); err != nil {
		return err
	}
	if o := f.Order; o != nil {
		if err := o.Bound(); err != nil {
			return err
		}
		if o.Chain == 0 || o.Cluster != f.Set.Cluster || o.Epoch != f.Set.Epoch+1 || o.Parent != f.Set.Hash() {
			return errors.New("its order does not follow its server set")
		}
	}
	if o := f.Refresh; o != nil && (o.Chain == 0 || o.Cluster != f.Set.Cluster || o.Epoch != f.Set.Epoch || o.Set != f.Set.Hash()) {
		return errors.New("its order is not for its server set")
	}
	for _, cancel := range []bool{false, true} {
		order := f.signed(cancel)
		if order == nil {
			if len(f.CancelSignatures) > 0 {
				return errors.New("a refresh can't be cancelled")
			}
			continue
		}
		if _, err := f.signers(order.Digest(), *f.signatures(cancel)); err != nil {
			return err
		}
	}
	return nil
}

// signed is what an administrator signs: the order, or its cancellation, which only a set's order has.
func (f *orderFile) signed(cancel bool) signedOrder {
	switch {
	case cancel && f.Order != nil:
		return f.cancellation()
	case cancel:
		return nil
	case f.Order != nil:
		return f.Order
	}
	return f.Refresh
}

func (f *orderFile) cancellation() *wire.CancelOrder {
	return &wire.CancelOrder{Chain: f.Order.Chain, Cluster: f.Order.Cluster, Epoch: f.Order.Epoch, Parent: f.Order.Parent, Nonce: f.Order.Nonce}
}

func (f *orderFile) signatures(cancel bool) *[]hexutil.Bytes {
	if cancel {
		return &f.CancelSignatures
	}
	return &f.Signatures
}

// signers are who has signed, each an administrator, once.
func (f *orderFile) signers(digest common.Hash, signatures []hexutil.Bytes) (signers []common.Address, err error) {
	for i, text := range signatures {
		signer, ok := wire.SignerOf(digest, text)
		switch {
		case !ok:
			return nil, fmt.Errorf("signature %d is none", i+1)
		case !slices.Contains(f.Set.Authority.Administrators, signer):
			return nil, fmt.Errorf("signature %d is of %v, who is not an administrator, or is over another order", i+1, signer)
		case slices.Contains(signers, signer):
			return nil, fmt.Errorf("%v has signed twice", signer)
		}
		signers = append(signers, signer)
	}
	return signers, nil
}

// sign adds a signature. One that is there already stays.
func (f *orderFile) sign(ctx *cli.Context, cancel bool) error {
	signer, err := newSigner(ctx)
	if err != nil {
		return err
	}
	order, signatures := f.signed(cancel), f.signatures(cancel)
	if !slices.Contains(f.Set.Authority.Administrators, signer.Address()) {
		return fmt.Errorf("%v is not an administrator of the key servers: %s are", signer.Address(), addressList(f.Set.Authority.Administrators))
	}
	signers, err := f.signers(order.Digest(), *signatures)
	if err != nil {
		return err
	}
	if slices.Contains(signers, signer.Address()) {
		return nil
	}
	signature, err := client.SignOrder(ctx.Context, signer, order)
	if err != nil {
		return fmt.Errorf("signing the order: %w", err)
	}
	*signatures = append(*signatures, signature)
	return nil
}

// givesUp tells whether it is signed that the set is given up.
func (f *orderFile) givesUp(cancel bool) bool { return !cancel && f.Order != nil && f.Order.GiveUp }

// needed is how many administrators have to sign: all of them to give the set up.
func (f *orderFile) needed(cancel bool) int {
	if f.givesUp(cancel) {
		return len(f.Set.Authority.Administrators)
	}
	return int(f.Set.Authority.Needed)
}

// complete tells whether enough have signed, and whose signatures are missing in words.
func (f *orderFile) complete(cancel bool) (text string, ok bool) {
	needed, have := f.needed(cancel), len(*f.signatures(cancel))
	return fmt.Sprintf("%d of %d needed administrators have signed", have, needed), have >= needed && needed > 0
}

// write makes the file, or replaces it if it was read from there.
func (f *orderFile) write(path string, replace bool) error {
	text, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return err
	}
	place := whole.Create
	if replace {
		place = whole.Replace
	}
	if err := place(path, append(text, '\n')); err != nil {
		if errors.Is(err, os.ErrExist) {
			return fmt.Errorf("writing the order: %s exists; give another file, or remove it", path)
		}
		return fmt.Errorf("writing the order: %w", err)
	}
	return nil
}

// lines say what the order does, for whoever signs it.
func (f *orderFile) lines() []string {
	if o := f.Refresh; o != nil {
		return []string{fmt.Sprintf("Order:          deal all shares of server set %d anew, in round %d", o.Epoch, o.Round)}
	}
	return DescribeOrder(f.Order, f.Set)
}

// DescribeOrder says what an order changes in a set.
func DescribeOrder(o *wire.SetOrder, before *wire.ServerSet) []string {
	after := o.Set()
	lines := []string{fmt.Sprintf("Order:          server set %d, of %d key servers, follows set %d, of %d", o.Epoch, len(after.Members), before.Epoch, len(before.Members))}
	for _, m := range o.Members {
		if !before.Contains(m.Node) {
			lines = append(lines, fmt.Sprintf("  joins:        0x%v at %s", m.Node, m.Address))
		}
	}
	for _, id := range before.Members {
		if !after.Contains(id) {
			lines = append(lines, fmt.Sprintf("  leaves:       0x%v", id))
		}
	}
	if o.Floor != before.Floor {
		lines = append(lines, fmt.Sprintf("  floor:        %d, was %d", o.Floor, before.Floor))
	}
	if o.Refresh != before.Refresh {
		lines = append(lines, fmt.Sprintf("  refresh:      %s, was %s", interval(o.Refresh), interval(before.Refresh)))
	}
	if !slices.Equal(o.Administrators, before.Authority.Administrators) || o.Needed != before.Authority.Needed {
		lines = append(lines, fmt.Sprintf("  administrators: %d of %s; were %d of %s", o.Needed, addressList(o.Administrators),
			before.Authority.Needed, addressList(before.Authority.Administrators)))
	}
	if o.Force {
		lines = append(lines, "  force:        also if keys are lost by it")
	}
	if o.GiveUp {
		lines = append(lines,
			fmt.Sprintf("  GIVES UP:     set %d decides nothing any more. Order this only if its quorum is lost for good.", before.Epoch),
			"  "+wire.NotGuaranteed,
			fmt.Sprintf("  signatures:   of all %d administrators", len(before.Authority.Administrators)))
	}
	return append(lines, "  expires:      "+time.Unix(int64(min(o.Expires, 1<<40)), 0).UTC().Format(time.RFC3339))
}

func interval(seconds uint64) string {
	if seconds == 0 {
		return "none"
	}
	return "every " + (time.Duration(min(seconds, 1<<32)) * time.Second).String()
}

func addressList(list []common.Address) string {
	if len(list) == 0 {
		return "nobody"
	}
	texts := make([]string, len(list))
	for i, a := range list {
		texts[i] = a.Hex()
	}
	return strings.Join(texts, ", ")
}
