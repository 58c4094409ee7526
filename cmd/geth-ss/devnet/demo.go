package devnet

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/geth-ss/geth-ss/contracts/bindings/permissions"
)

// demo is the main job of a Secret Store, done once as a dapp would: a publisher encrypts a document and leaves
// its key with the cluster, a stranger is turned away, and once a contract admits the stranger it reads the
// document through another node.
type demo struct {
	*runner
	contract  common.Address
	abi       *permissions.DocumentPermissions
	publisher *Account
	reader    *Account
	first     *client // the publisher's node
	last      *client // the reader's
}

const demoDocument = "Meet me where the ways cross, at noon."

func newDemo(r *runner, contract common.Address) *demo {
	serving := r.serving()
	return &demo{
		runner:    r,
		contract:  contract,
		abi:       permissions.NewDocumentPermissions(),
		publisher: &r.net.accounts[1],
		reader:    &r.net.accounts[2],
		first:     serving[0].client,
		last:      serving[len(serving)-1].client,
	}
}

func (d *demo) run(ctx context.Context) error {
	var id common.Hash
	if _, err := rand.Read(id[:]); err != nil {
		return err
	}
	encrypted, err := d.publish(ctx, id)
	if err != nil {
		return err
	}
	// From here on the reader needs only the encrypted document and its id, which anyone may have.
	sig, err := d.last.signID(ctx, d.reader, id)
	if err != nil {
		return fmt.Errorf("signing the reader's request: %w", err)
	}
	if err := d.turnedAway(ctx, id, sig); err != nil {
		return err
	}
	if err := d.transact(ctx, d.publisher, d.contract, d.abi.PackGrant(id, d.reader.Address)); err != nil {
		return fmt.Errorf("granting: %w", err)
	}
	d.step("accounts[1] granted accounts[2] the document, on chain")
	return d.read(ctx, id, sig, encrypted)
}

// publish claims the id on chain before anything of value is stored under it, and returns the document encrypted
// with a key that only the cluster can hand out.
func (d *demo) publish(ctx context.Context, id common.Hash) (hexutil.Bytes, error) {
	if err := d.transact(ctx, d.publisher, d.contract, d.abi.PackClaim(id)); err != nil {
		return nil, fmt.Errorf("claiming the document's id: %w", err)
	}
	d.step("accounts[1] claimed the document id %s", id.TerminalString())
	sig, err := d.first.signID(ctx, d.publisher, id)
	if err != nil {
		return nil, fmt.Errorf("signing the publisher's request: %w", err)
	}
	serverKey, err := d.first.generateServerKey(ctx, id, sig, d.net.threshold())
	if err != nil {
		return nil, fmt.Errorf("generating a server key: %w", err)
	}
	d.step("the cluster made a server key of threshold %d: it takes %d of the nodes (there are %d) to use it",
		d.net.threshold(), d.net.threshold()+1, len(d.net.keyServers()))
	key, err := d.first.generateDocumentKey(ctx, d.publisher, serverKey)
	if err != nil {
		return nil, fmt.Errorf("generating a document key: %w", err)
	}
	encrypted, err := d.first.encrypt(ctx, d.publisher, key.EncryptedKey, []byte(demoDocument))
	if err != nil {
		return nil, fmt.Errorf("encrypting the document: %w", err)
	}
	if err := d.first.storeDocumentKey(ctx, id, sig, key); err != nil {
		return nil, fmt.Errorf("storing the document key: %w", err)
	}
	d.step("accounts[1] encrypted a document and stored its key through %s", d.first.node.name)
	return encrypted, nil
}

// turnedAway fails unless the reader, whom nobody has admitted yet, is refused.
func (d *demo) turnedAway(ctx context.Context, id common.Hash, sig hexutil.Bytes) error {
	_, err := d.last.shadow(ctx, id, sig)
	var refused *statusError
	switch {
	case err == nil:
		return errors.New("a stranger got the document key")
	case errors.As(err, &refused) && refused.code == http.StatusForbidden:
		d.step("accounts[2], a stranger, asked %s for the key and was refused: %v", d.last.node.name, refused)
		return nil
	}
	return fmt.Errorf("a stranger's request should have been refused with 403: %w", err)
}

func (d *demo) read(ctx context.Context, id common.Hash, sig, encrypted hexutil.Bytes) error {
	parts, err := d.last.shadow(ctx, id, sig)
	if err != nil {
		return fmt.Errorf("reading the document key: %w", err)
	}
	document, err := d.last.shadowDecrypt(ctx, d.reader, parts, encrypted)
	if err != nil {
		return fmt.Errorf("decrypting the document: %w", err)
	}
	if string(document) != demoDocument {
		return fmt.Errorf("the document came back as %q", document)
	}
	d.step("accounts[2] got the key in %d parts through %s and read: %q", len(parts.DecryptShadows), d.last.node.name, string(document))
	return nil
}
