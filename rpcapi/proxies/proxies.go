// Package proxies finds out from whose address a request is when reverse proxies stand before a listener. Only what a
// trusted proxy has added itself is believed: whoever asks can write into these headers before.
package proxies

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/geth-ss/geth-ss/service/limits"
)

// List are the addresses of the proxies that are trusted. None: no header counts.
type List []netip.Prefix

// Parse reads a list as limits.ParseProxies does.
func Parse(texts []string) (List, error) { return limits.ParseProxies(texts) }

const (
	// maxHeader is how many bytes of such headers are looked at.
	maxHeader = 4096
	// maxHops is how many proxies in a row there may be.
	maxHops = 32
)

// Client is the address that a request counts for, as http.Request.RemoteAddr: that of the nearest hop that is not
// trusted, or of the connection's other end. A header that can't be read counts for nothing, and so do two that differ.
func (l List) Client(r *http.Request) string {
	if !l.Trusts(r.RemoteAddr) {
		return r.RemoteAddr
	}
	peer := netip.MustParseAddrPort(r.RemoteAddr) // it is one
	var client netip.Addr
	for _, header := range []struct {
		name string
		hops func(string) ([]hop, error)
	}{{"Forwarded", forwarded}, {"X-Forwarded-For", xForwardedFor}} {
		text := strings.Join(r.Header.Values(header.name), ",")
		if text == "" {
			continue
		}
		if len(text) > maxHeader {
			return r.RemoteAddr
		}
		hops, err := header.hops(text)
		if err != nil {
			return r.RemoteAddr
		}
		found, ok := l.nearest(peer.Addr(), hops)
		if !ok {
			return r.RemoteAddr
		}
		if client.IsValid() && client != found { // one of the two is the proxy's and the other one the client's, and nobody knows which
			return r.RemoteAddr
		}
		client = found
	}
	if !client.IsValid() || client == peer.Addr().Unmap() {
		return r.RemoteAddr
	}
	return netip.AddrPortFrom(client, 0).String()
}

// Trusts tells whether a connection's other end is one of them.
func (l List) Trusts(remote string) bool {
	peer, err := netip.ParseAddrPort(remote)
	return err == nil && l.trusts(peer.Addr())
}

func (l List) trusts(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	for _, prefix := range l {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// hop is an entry of a header: an address, or the invalid one for a hop that is not named.
type hop struct {
	addr      netip.Addr
	malformed bool
}

// nearest goes back from the connection's other end, over hops that are trusted, to the first that is not. Where one is
// not named the last trusted one counts. False: the way leads to what can't be read.
func (l List) nearest(peer netip.Addr, hops []hop) (at netip.Addr, ok bool) {
	at = peer.Unmap()
	for i := len(hops) - 1; i >= 0 && len(hops)-i <= maxHops && l.trusts(at); i-- {
		if hops[i].malformed {
			return at, false
		}
		if !hops[i].addr.IsValid() {
			break
		}
		at = hops[i].addr
	}
	return at, true
}

var errMalformed = errors.New("malformed")

// xForwardedFor reads a list of addresses, with or without ports. Each entry stands for itself.
func xForwardedFor(text string) (hops []hop, err error) {
	for _, entry := range strings.Split(text, ",") {
		entry = strings.TrimSpace(entry)
		addr, err := node(entry)
		hops = append(hops, hop{addr, err != nil && entry != "unknown"})
	}
	return hops, nil
}

// forwarded reads RFC 7239's header: elements at commas, pairs at semicolons, values as tokens or in quotes. All of it has
// to be well-formed: a quote that a client has left open would swallow what its proxy says.
func forwarded(text string) (hops []hop, err error) {
	for {
		var at hop
		named := false
		for {
			text = strings.TrimLeft(text, " \t")
			name, rest, ok := strings.Cut(text, "=")
			if !ok || !isToken(name) {
				return nil, errMalformed
			}
			value, after, err := value(rest)
			if err != nil {
				return nil, err
			}
			if text = strings.TrimLeft(after, " \t"); strings.EqualFold(name, "for") {
				if named {
					return nil, errMalformed
				}
				named = true
				if at.addr, err = identifier(value); err != nil {
					return nil, err
				}
			}
			if !strings.HasPrefix(text, ";") {
				break
			}
			text = text[1:]
		}
		hops = append(hops, at)
		if text == "" {
			return hops, nil
		}
		if text[0] != ',' {
			return nil, errMalformed
		}
		text = text[1:]
	}
}

// value takes a token or a quoted string off the front.
func value(text string) (value, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, ",; \t")
		if end < 0 {
			end = len(text)
		}
		if !isToken(text[:end]) {
			return "", "", errMalformed
		}
		return text[:end], text[end:], nil
	}
	var out strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return out.String(), text[i+1:], nil
		case c == '\\' && i+1 < len(text):
			i++
			out.WriteByte(text[i])
		default:
			out.WriteByte(c)
		}
	}
	return "", "", errMalformed
}

// identifier is a node of that header: an address with or without a port, or a name that hides one, which is an invalid address.
func identifier(text string) (netip.Addr, error) {
	if bare, _, _ := strings.Cut(text, ":"); bare == "unknown" || strings.HasPrefix(bare, "_") && isToken(bare) {
		return netip.Addr{}, nil
	}
	return node(text)
}

// node is an address with or without a port; one of IPv6 stands in brackets if there is a port.
func node(text string) (netip.Addr, error) {
	host := text
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return addr.Unmap(), nil
	}
	if inner, ok := strings.CutPrefix(text, "["); ok && strings.HasSuffix(inner, "]") {
		host = strings.TrimSuffix(inner, "]")
	} else if h, _, err := net.SplitHostPort(text); err == nil {
		host = h
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Zone() != "" {
		return netip.Addr{}, errMalformed
	}
	return addr.Unmap(), nil
}

func isToken(text string) bool {
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return text != ""
}
