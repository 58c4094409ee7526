package rpcapi

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// endpoint is one of Parity's nine endpoints (spec http-api.md 1.3).
type endpoint uint8

const (
	generateServerKey   endpoint = iota + 1 // E1 POST /shadow/{id}/{sig}/{threshold}
	storeDocumentKey                        // E2 POST /shadow/{id}/{sig}/{common}/{encrypted}
	generateDocumentKey                     // E3 POST /{id}/{sig}/{threshold}
	getServerKey                            // E4 GET /server/{id}/{sig}
	getDocumentKey                          // E5 GET /{id}/{sig}
	getShadow                               // E6 GET /shadow/{id}/{sig}
	signSchnorr                             // E7 GET /schnorr/{id}/{sig}/{hash}
	signECDSA                               // E8 GET /ecdsa/{id}/{sig}/{hash}
	changeServers                           // E9 POST /admin/servers_set_change/{old}/{new}
)

var endpointNames = map[endpoint]string{
	generateServerKey: "generate server key", storeDocumentKey: "store document key",
	generateDocumentKey: "generate document key", getServerKey: "get server key", getDocumentKey: "get document key",
	getShadow: "get document key shadow", signSchnorr: "sign schnorr", signECDSA: "sign ecdsa", changeServers: "change server set",
}

func (o endpoint) String() string { return endpointNames[o] }

// parityCall is a parsed request. It never prints its signatures: whoever sees one can use
// it for ever.
type parityCall struct {
	endpoint  endpoint
	id        wire.KeyID
	signature [65]byte
	threshold uint64     // E1, E3; a machine word, as in Parity
	common    wire.Point // E2, as is the next
	encrypted wire.Point
	hash      [32]byte      // E7, E8
	oldSet    [65]byte      // E9: signatures of the old and the new set
	newSet    [65]byte      //
	nodes     []wire.NodeID // E9: the new set, as listed
}

// errInvalid is what every malformed request gets; Parity says nothing more.
var errInvalid = errors.New("invalid request")

// families maps the first segment to its parser's table: by method and number of the
// remaining segments. The family of no name is E3 and E5.
var families = map[string]map[string]endpoint{
	"":        {"POST 3": generateDocumentKey, "GET 2": getDocumentKey},
	"shadow":  {"POST 3": generateServerKey, "POST 4": storeDocumentKey, "GET 2": getShadow},
	"server":  {"GET 2": getServerKey},
	"schnorr": {"GET 3": signSchnorr},
	"ecdsa":   {"GET 3": signECDSA},
}

// parseParityCall reads a request by Parity's rules (spec http-api.md 2). target is the
// request line's, undecoded.
func parseParityCall(method, target string, body []byte) (*parityCall, error) {
	path, err := decodePath(target)
	if err != nil {
		return nil, err
	}
	segments := strings.Split(strings.TrimLeft(path, "/"), "/")
	if segments[0] == "admin" {
		return parseAdmin(method, segments, body)
	}
	family, args := "", segments
	if _, known := families[segments[0]]; known && segments[0] != "" {
		family, args = segments[0], segments[1:]
	}
	r := &parityCall{endpoint: families[family][method+" "+strconv.Itoa(len(args))]}
	if r.endpoint == 0 {
		return nil, errInvalid
	}
	if readHex(args[0], r.id[:]) != nil || readHex(args[1], r.signature[:]) != nil {
		return nil, errInvalid
	}
	if r.parseRest(args[2:]) != nil {
		return nil, errInvalid
	}
	return r, nil
}

// parseRest reads what follows the signature.
func (r *parityCall) parseRest(args []string) (err error) {
	switch r.endpoint {
	case generateServerKey, generateDocumentKey:
		r.threshold, err = readThreshold(args[0])
		return err
	case storeDocumentKey:
		return errors.Join(readHex(args[0], r.common[:]), readHex(args[1], r.encrypted[:]))
	case signSchnorr, signECDSA:
		return readHex(args[0], r.hash[:])
	}
	return nil
}

// parseAdmin reads E9. The body is the whole new set.
func parseAdmin(method string, segments []string, body []byte) (*parityCall, error) {
	if len(segments) != 4 || segments[1] != "servers_set_change" || method != "POST" {
		return nil, errInvalid
	}
	r := &parityCall{endpoint: changeServers}
	if readHex(segments[2], r.oldSet[:]) != nil || readHex(segments[3], r.newSet[:]) != nil {
		return nil, errInvalid
	}
	var texts []string
	if json.Unmarshal(body, &texts) != nil || texts == nil {
		return nil, errInvalid
	}
	for _, text := range texts {
		digits, prefixed := strings.CutPrefix(text, "0x")
		var id wire.NodeID
		if !prefixed || len(digits) != 2*len(id) || readHex(digits, id[:]) != nil {
			return nil, errInvalid
		}
		r.nodes = append(r.nodes, id)
	}
	return r, nil
}

// decodePath takes the path out of a request target and percent-decodes it as one
// string, so an encoded slash separates too. What is no escape stays as it is.
func decodePath(target string) (string, error) {
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		target = target[:i]
	}
	if _, rest, absolute := strings.Cut(target, "://"); absolute && !strings.HasPrefix(target, "/") {
		_, path, _ := strings.Cut(rest, "/")
		target = "/" + path
	}
	decoded := make([]byte, 0, len(target))
	for i := 0; i < len(target); i++ {
		if target[i] == '%' && i+2 < len(target) && isHex(target[i+1]) && isHex(target[i+2]) {
			decoded = append(decoded, nibble(target[i+1])<<4|nibble(target[i+2]))
			i += 2
		} else {
			decoded = append(decoded, target[i])
		}
	}
	if !utf8.Valid(decoded) {
		return "", errInvalid
	}
	return string(decoded), nil
}

// readHex fills into from exactly that many bytes of hex digits, skipping ASCII white
// space as Parity's library does. No 0x.
func readHex(text string, into []byte) error {
	n := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		case !isHex(c) || n == 2*len(into):
			return errInvalid
		default:
			into[n/2] = into[n/2]<<4 | nibble(c)
			n++
		}
	}
	if n != 2*len(into) {
		return errInvalid
	}
	return nil
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func nibble(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&0xf + 9
}

// readThreshold reads an unsigned machine word in decimal; a plus sign and leading
// zeros are fine.
func readThreshold(text string) (uint64, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 10, 64)
	if err != nil {
		return 0, errInvalid
	}
	return n, nil
}

// protocolThreshold is the threshold as the protocols know it. A larger word parses, and
// then there are never enough nodes for it.
func (r *parityCall) protocolThreshold() (uint32, error) {
	if r.threshold > math.MaxUint32 {
		return 0, wire.Errorf(wire.Threshold, "threshold %d", r.threshold)
	}
	return uint32(r.threshold), nil
}

// requester opens the signature. It signs the bare id.
func (r *parityCall) requester() (*wire.Requester, error) {
	return wire.Proof{Kind: wire.LegacyProof, Data: r.signature[:]}.Recover(wire.Act{Key: r.id})
}
