package rpcapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/geth-ss/geth-ss/rpcapi/conns"
	"github.com/geth-ss/geth-ss/service/limits"
)

// walletPrefix is where wallets' requests go, and administrators' orders. No path of Parity's begins so: an id has 64
// digits.
const walletPrefix = "/v1/"

// walletPath is the decoded path of a request that is a wallet's.
func walletPath(target string) (string, bool) {
	path, err := decodePath(target)
	name, ok := strings.CutPrefix(path, walletPrefix)
	return name, ok && err == nil
}

// serveWallet answers under /v1/. Errors are JSON objects, and pages whose origin is
// allowed may read them.
func (h *handler) serveWallet(w http.ResponseWriter, r *http.Request, name string) {
	client := limits.ClientOf(r.RemoteAddr)
	over := h.limits.request(client)
	allow, handled := h.cors.decide(r.Header.Get("Origin"), r.Host)
	if !handled {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if allow != "" {
		w.Header().Set("Access-Control-Allow-Origin", allow)
		w.Header().Set("Access-Control-Expose-Headers", "Retry-After")
		w.Header().Set("Vary", "Origin")
	}
	if over != nil {
		writeWalletError(w, walletErrorOf(over))
		return
	}
	if allow != "" && isPreflight(r) {
		answerPreflight(w, r, allow)
		return
	}
	switch {
	case name == "cluster" && r.Method == http.MethodGet:
		writeJSON(w, http.StatusOK, h.keys.Cluster())
	case name == "openapi.json" && r.Method == http.MethodGet:
		writeJSON(w, http.StatusOK, openAPI())
	case name == "servers" && r.Method == http.MethodGet:
		value, err := publicServers(r.Context(), h.keys)
		if err != nil {
			writeWalletError(w, walletErrorOf(err))
			return
		}
		writeJSON(w, http.StatusOK, value)
	case name == "serverSets" && r.Method == http.MethodGet:
		after, err := setsAfter(r.URL.Query())
		var value any
		if err == nil {
			value, err = tellSets(r.Context(), h.keys, after)
		}
		if err != nil {
			writeWalletError(w, walletErrorOf(err))
			return
		}
		writeJSON(w, http.StatusOK, value)
	case posted(name) && r.Method == http.MethodPost:
		h.performWallet(w, r, &desk{h.keys, client, h.limits, wantsProof(r)}, name)
	default:
		refuseRoute(w, name)
	}
}

// wantsProof tells whether a store is to be proven. It is asked for in the query, since key servers of before there was a
// proof look at none, and no page of another origin needs a preflight for it. In the body they would refuse it.
func wantsProof(r *http.Request) bool { return r.URL.Query().Get("proof") == "true" }

// posted tells whether there is something of that name to be asked for with a body.
func posted(name string) bool {
	return walletOperations[name] != nil || orderOperations[name].answer != nil
}

// refuseRoute tells an unknown path from a wrong method.
func refuseRoute(w http.ResponseWriter, name string) {
	e := walletErrorOf(malformed("there is no %+.60q", walletPrefix+name))
	e.status = http.StatusNotFound
	for method, known := range map[string]bool{
		http.MethodGet:  name == "cluster" || name == "servers" || name == "serverSets" || name == "openapi.json",
		http.MethodPost: posted(name),
	} {
		if known {
			e = walletErrorOf(malformed("%s%s is for %s", walletPrefix, name, method))
			e.status = http.StatusMethodNotAllowed
			w.Header().Set("Allow", method)
		}
	}
	writeWalletError(w, e)
}

func (h *handler) performWallet(w http.ResponseWriter, r *http.Request, d *desk, name string) {
	start := time.Now()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCall))
	if err != nil {
		e := walletErrorOf(malformed("reading the body: it has to come within %v and to have at most %d bytes", readTimeout, maxCall))
		if errors.As(err, new(*http.MaxBytesError)) {
			e.status = http.StatusRequestEntityTooLarge
		}
		writeWalletError(w, e)
		return
	}
	defer conns.Serving(r.Context())()
	perform := d.perform
	if order, ok := orderOperations[name]; ok {
		perform = func(ctx context.Context, _ string, body []byte) (any, error) { return order.perform(d, ctx, body) }
	}
	value, err := perform(r.Context(), name, body)
	if err != nil {
		e := walletErrorOf(err)
		say := log.Debug // what any stranger can bring about must not fill the log
		if e.status == http.StatusInternalServerError {
			say = log.Info
		}
		say("Secret Store HTTP request failed", "operation", name, "status", e.status, "err", err, "elapsed", time.Since(start))
		writeWalletError(w, e)
		return
	}
	log.Debug("Served Secret Store HTTP request", "operation", name, "elapsed", time.Since(start))
	writeJSON(w, http.StatusOK, value)
}

func writeWalletError(w http.ResponseWriter, e *walletError) {
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatFloat(e.RetryAfter, 'f', 0, 64))
	}
	writeJSON(w, e.status, e)
}
