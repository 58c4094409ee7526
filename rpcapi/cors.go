package rpcapi

import (
	"slices"
	"strconv"
	"strings"
)

// cors is the list of origins whose pages may use the HTTP API (spec http-api.md 4).
type cors struct {
	any   bool     // every origin
	null  bool     // the origin "null": local files, sandboxed frames
	globs []string // lower case, each scheme://host[:port] with * and ? as wild cards
}

// newCors reads the configuration: nothing or "none" for no foreign origin; "*", "all"
// or "any"; or a list, whose entries may hold commas as in Parity's.
func newCors(list []string) cors {
	var c cors
	for _, entry := range strings.Split(strings.Join(list, ","), ",") {
		switch entry = strings.TrimSpace(entry); entry {
		case "", "none":
		case "*", "all", "any":
			c.any = true
		case "null":
			c.null = true
		default:
			c.globs = append(c.globs, parseOrigin(entry).String())
		}
	}
	return c
}

// decide tells whether a request is handled, and which origin the answer allows; empty
// for none, as for requests that come from no page or from our own.
func (c cors) decide(header, host string) (allow string, handled bool) {
	if header == "" {
		return "", true
	}
	origin := parseOrigin(header)
	switch {
	case host != "" && strings.HasSuffix(header, host) && origin.host == host:
		return "", true
	case header == "null":
		return "", c.any || c.null
	case c.any || slices.ContainsFunc(c.globs, func(glob string) bool { return matches(glob, origin.String()) }):
		return origin.String(), true
	}
	return "", false
}

// origin is an Origin header, normalised as in Parity.
type origin struct{ scheme, host string }

func (o origin) String() string { return o.scheme + "://" + o.host }

// parseOrigin lowers the case, drops a path, and writes a numeric port plainly. Without
// a scheme it is http.
func parseOrigin(text string) origin {
	scheme, host, found := strings.Cut(strings.ToLower(text), "://")
	if !found {
		scheme, host = "http", scheme
	}
	host, _, _ = strings.Cut(host, "/")
	if bracket := strings.LastIndexByte(host, ']'); bracket >= 0 {
		return origin{scheme, host} // IPv6, which Parity could not read
	}
	name, port, hasPort := strings.Cut(host, ":")
	if n, err := strconv.ParseUint(port, 10, 16); err == nil {
		port = strconv.FormatUint(n, 10)
	}
	if hasPort {
		name += ":" + port
	}
	return origin{scheme, name}
}

// matches compares with * for any text and ? for any one byte. Its work is bounded by
// the product of the lengths.
func matches(glob, text string) bool {
	star, mark := -1, 0
	g, t := 0, 0
	for t < len(text) {
		switch {
		case g < len(glob) && glob[g] == '*':
			star, mark = g, t
			g++
		case g < len(glob) && (glob[g] == '?' || glob[g] == text[t]):
			g++
			t++
		case star >= 0:
			mark++
			g, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(glob[g:], "*") == ""
}
