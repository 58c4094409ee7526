package devnet

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"
)

const (
	// requestTimeout bounds one request to a node, longer than its sessions take.
	requestTimeout = 90 * time.Second

	// maxResponse is far above what the HTTP API answers.
	maxResponse = 1 << 20
)

// client talks to one node as a dapp does: JSON-RPC for the account's part, the HTTP API for the cluster's.
type client struct {
	node *node
	rpc  *rpc.Client
	eth  *ethclient.Client
	http *http.Client
	servers
}

func newClient(n *node) (*client, error) {
	conn, err := rpc.Dial(n.rpcURL()) // over HTTP it connects with the first request
	if err != nil {
		return nil, err
	}
	return &client{
		node: n,
		rpc:  conn,
		eth:  ethclient.NewClient(conn),
		http: &http.Client{Timeout: requestTimeout},

		servers: rpcServers{conn},
	}, nil
}

func (c *client) close() {
	c.rpc.Close()
	c.http.CloseIdleConnections()
}

// nodeStatus is what is needed here of secretstore_status.
type nodeStatus struct {
	Connected int              `json:"connected"`
	Final     *json.RawMessage `json:"final"`
}

func (c *client) status(ctx context.Context) (*nodeStatus, error) {
	s := new(nodeStatus)
	return s, c.rpc.CallContext(ctx, s, "secretstore_status")
}

// answers tells whether the node does.
func (c *client) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	_, err := c.status(ctx)
	return err == nil
}

// signID returns the request signature of the HTTP API: the account's over the bare id.
func (c *client) signID(ctx context.Context, a *Account, id common.Hash) (sig hexutil.Bytes, err error) {
	err = c.rpc.CallContext(ctx, &sig, "secretstore_signRawHash", a.Address, a.Password, id)
	return sig, err
}

// documentKey is a new document key: encrypted for the cluster (the points) and for the account (the key).
type documentKey struct {
	CommonPoint    hexutil.Bytes `json:"common_point"`
	EncryptedPoint hexutil.Bytes `json:"encrypted_point"`
	EncryptedKey   hexutil.Bytes `json:"encrypted_key"`
}

func (c *client) generateDocumentKey(ctx context.Context, a *Account, serverKey hexutil.Bytes) (*documentKey, error) {
	k := new(documentKey)
	return k, c.rpc.CallContext(ctx, k, "secretstore_generateDocumentKey", a.Address, a.Password, serverKey)
}

func (c *client) encrypt(ctx context.Context, a *Account, key, document hexutil.Bytes) (out hexutil.Bytes, err error) {
	err = c.rpc.CallContext(ctx, &out, "secretstore_encrypt", a.Address, a.Password, key, document)
	return out, err
}

// shadow is a document key in parts that only the account it was asked for by can put together.
type shadow struct {
	DecryptedSecret hexutil.Bytes   `json:"decrypted_secret"`
	CommonPoint     hexutil.Bytes   `json:"common_point"`
	DecryptShadows  []hexutil.Bytes `json:"decrypt_shadows"`
}

func (c *client) shadowDecrypt(ctx context.Context, a *Account, s *shadow, document hexutil.Bytes) (out hexutil.Bytes, err error) {
	err = c.rpc.CallContext(ctx, &out, "secretstore_shadowDecrypt", a.Address, a.Password,
		s.DecryptedSecret, s.CommonPoint, s.DecryptShadows, document)
	return out, err
}

func (c *client) generateServerKey(ctx context.Context, id common.Hash, sig hexutil.Bytes, threshold int) (key hexutil.Bytes, err error) {
	path := fmt.Sprintf("/shadow/%x/%x/%d", id, []byte(sig), threshold)
	return key, c.request(ctx, http.MethodPost, path, &key)
}

func (c *client) storeDocumentKey(ctx context.Context, id common.Hash, sig hexutil.Bytes, k *documentKey) error {
	path := fmt.Sprintf("/shadow/%x/%x/%x/%x", id, []byte(sig), []byte(k.CommonPoint), []byte(k.EncryptedPoint))
	return c.request(ctx, http.MethodPost, path, nil)
}

func (c *client) shadow(ctx context.Context, id common.Hash, sig hexutil.Bytes) (*shadow, error) {
	s := new(shadow)
	return s, c.request(ctx, http.MethodGet, fmt.Sprintf("/shadow/%x/%x", id, []byte(sig)), s)
}

// httpUp reports whether the HTTP API answers at all; the root is no request it knows, which it says with 400.
func (c *client) httpUp(ctx context.Context) error {
	err := c.request(ctx, http.MethodGet, "/", nil)
	if refused, ok := err.(*statusError); ok && refused.code == http.StatusBadRequest {
		return nil
	}
	return err
}

// statusError is an answer of the HTTP API other than 200.
type statusError struct {
	code int
	text string
}

func (e *statusError) Error() string {
	return fmt.Sprintf("%d %s %s", e.code, http.StatusText(e.code), e.text)
}

// request sends a request to the HTTP API and decodes the answer into result, unless that is nil.
func (c *client) request(ctx context.Context, method, path string, result any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.node.httpURL()+path, nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxResponse))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return &statusError{resp.StatusCode, errorText(body)}
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(body, result)
}

// errorText takes off the two pairs of quotes an error text comes in.
func errorText(body []byte) string {
	var text string
	if json.Unmarshal(body, &text) != nil {
		return string(body)
	}
	return strings.Trim(text, `"`)
}
