package rpcapi

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/rpcapi/conns"
	"github.com/geth-ss/geth-ss/rpcapi/probe"
	"github.com/geth-ss/geth-ss/rpcapi/proxies"
	"github.com/geth-ss/geth-ss/service/limits"
)

// maxBody bounds what a client can make us hold. The longest honest body lists
// wire.MaxMembers node ids of 134 bytes each.
const maxBody = 64 << 10

// handler is Parity's HTTP API, and wallets' under /v1/. It is no ServeMux: Parity's paths begin at the root, may
// hold empty segments and escaped slashes, and must reach the parser as they were sent.
type handler struct {
	keys    KeyServer
	cors    cors
	limits  *addressLimits
	proxies proxies.List
	probes  *probe.Probes

	legacyChange bool // HTTPConfig.LegacyChange
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conns.EndChunked(w, r)
	if h.probes.Answer(w, r) {
		return
	}
	r.RemoteAddr = h.proxies.Client(r) // from here on
	if path, ok := walletPath(r.RequestURI); ok {
		h.serveWallet(w, r, path)
		return
	}
	client := limits.ClientOf(r.RemoteAddr)
	if err := h.limits.request(client); err != nil {
		log.Debug("Secret Store HTTP request refused", "remote", r.RemoteAddr, "err", err)
		writeError(w, err)
		return
	}
	allow, handled := h.cors.decide(r.Header.Get("Origin"), r.Host)
	if !handled {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	// Reading to the end also lets the server notice when the client goes away.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	defer conns.Serving(r.Context())()
	if allow != "" && isPreflight(r) {
		answerPreflight(w, r, allow)
		return
	}
	req, err := parseParityCall(r.Method, r.RequestURI, body)
	if err != nil {
		log.Debug("Invalid Secret Store HTTP request", "method", r.Method, "remote", r.RemoteAddr)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.answer(limits.WithClient(r.Context(), client), w, req, allow)
}

func (h *handler) answer(ctx context.Context, w http.ResponseWriter, req *parityCall, allow string) {
	start := time.Now()
	value, err := h.serve(ctx, req)
	if err != nil {
		status, _ := describe(err)
		// What any stranger can bring about must not fill the log.
		say := log.Debug
		if status >= http.StatusInternalServerError {
			say = log.Info
		}
		// The URI is never logged: it holds the signature, a key for ever.
		say("Secret Store HTTP request failed", "operation", req.endpoint, "key", req.id, "status", status,
			"err", err, "elapsed", time.Since(start))
		writeError(w, err)
		return
	}
	log.Debug("Served Secret Store HTTP request", "operation", req.endpoint, "key", req.id, "elapsed", time.Since(start))
	if allow != "" {
		w.Header().Set("Access-Control-Allow-Origin", allow)
	}
	if value == nil {
		w.WriteHeader(http.StatusOK)
		return
	}
	writeJSON(w, http.StatusOK, value)
}

// serve performs a request. The value is nil where Parity's body is empty.
func (h *handler) serve(ctx context.Context, req *parityCall) (any, error) {
	if req.endpoint == changeServers {
		return nil, h.changeServers(ctx, req)
	}
	if req.endpoint == generateServerKey || req.endpoint == generateDocumentKey {
		if err := h.limits.generation(limits.ClientFrom(ctx)); err != nil {
			return nil, err
		}
	}
	requester, err := req.requester()
	if err != nil {
		return nil, err
	}
	switch req.endpoint {
	case generateServerKey, generateDocumentKey:
		return h.generate(ctx, req, requester)
	case storeDocumentKey:
		_, err := h.keys.StoreDocumentKey(ctx, requester, req.id, req.common, req.encrypted)
		return nil, err
	case getServerKey:
		return hexPoint(h.keys.ServerKey(ctx, requester, req.id))
	case getDocumentKey:
		return hexBytes(h.keys.DocumentKey(ctx, requester, req.id))
	case getShadow:
		return shadowJSON(h.keys.DocumentKeyShadow(ctx, requester, req.id))
	case signSchnorr:
		return hexSigned(h.keys.Sign(ctx, requester, req.id, wire.Schnorr, req.hash))
	case signECDSA:
		return hexSigned(h.keys.Sign(ctx, requester, req.id, wire.ECDSA, req.hash))
	}
	return nil, wire.Errorf(wire.Internal, "no endpoint does %v", req.endpoint)
}

// changeServers has an administrator's word in Parity's form come true. It has no nonce and no time, so it is taken only where
// the operator allows it. Without administrators everybody is denied, as with Parity.
func (h *handler) changeServers(ctx context.Context, req *parityCall) error {
	change := &wire.LegacyChange{Members: slices.Compact(wire.SortNodeIDs(req.nodes)), Old: req.oldSet, New: req.newSet}
	if n := len(change.Members); n == 0 || n > wire.MaxMembers {
		return wire.Errorf(wire.BadRequester, "the new set has %d key servers; 1 to %d are possible", n, wire.MaxMembers)
	}
	if !h.legacyChange {
		return wire.Errorf(wire.Denied, "servers_set_change is switched off (secretstore.http.servers-set-change)")
	}
	_, err := h.keys.LegacyChange(ctx, change)
	return err
}

func (h *handler) generate(ctx context.Context, req *parityCall, requester *wire.Requester) (any, error) {
	threshold, err := req.protocolThreshold()
	if err != nil {
		return nil, err
	}
	if req.endpoint == generateServerKey {
		return hexPoint(h.keys.GenerateServerKey(ctx, requester, req.id, threshold))
	}
	return hexBytes(h.keys.GenerateDocumentKey(ctx, requester, req.id, threshold))
}

// shadowBody is E6's body; members in Parity's order.
type shadowBody struct {
	DecryptedSecret hexutil.Bytes   `json:"decrypted_secret"`
	CommonPoint     hexutil.Bytes   `json:"common_point"`
	Shadows         []hexutil.Bytes `json:"decrypt_shadows"`
}

func shadowJSON(s *wire.Shadow, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	body := &shadowBody{s.DecryptedSecret[:], s.CommonPoint[:], []hexutil.Bytes{}}
	for _, blob := range s.Shadows {
		body.Shadows = append(body.Shadows, blob)
	}
	return body, nil
}

func hexPoint(key *wire.ServerKey, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return hexutil.Bytes(key.Public[:]), nil
}

func hexSigned(s *wire.Signed, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return s.Sealed, nil
}

func hexBytes(b []byte, err error) (any, error) { return hexutil.Bytes(b), err }

// writeError writes what the table of errors says.
func writeError(w http.ResponseWriter, err error) {
	status, text := describe(err)
	setRetryAfter(w.Header(), err)
	writeJSON(w, status, `"`+text+`"`)
}

// writeJSON writes compact JSON without a newline, < and & unescaped, as Parity's.
func writeJSON(w http.ResponseWriter, status int, value any) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(bytes.TrimSuffix(buf.Bytes(), []byte("\n")))
}

// isPreflight tells a browser's question from other uses of OPTIONS, which are invalid
// requests. Parity answers no preflight, so pages could send simple requests only.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
}

func answerPreflight(w http.ResponseWriter, r *http.Request, allow string) {
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", allow)
	header.Set("Access-Control-Allow-Methods", "GET, POST")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		// No header is dangerous here: there are no cookies and no authentication.
		header.Set("Access-Control-Allow-Headers", asked)
	}
	header.Set("Access-Control-Max-Age", "600")
	header.Set("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
	w.WriteHeader(http.StatusNoContent)
}
