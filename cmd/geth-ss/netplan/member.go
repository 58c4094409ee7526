package netplan

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/geth-ss/geth-ss/poa"
)

// Form is how a node is written on the command line.
const Form = "NAME=PUBLIC@HOST[:P2PPORT[:CONSENSUSPORT]]"

// ParseMember reads a node from its form. PUBLIC is what geth-ss identity prints, with or without 0x or enode:// before it, so
// that a whole enode URL will do. Ports that are not given are 0, see Place.
func ParseMember(role *Role, text string) (*Member, error) {
	name, rest, ok := strings.Cut(text, "=")
	if !ok {
		return nil, fmt.Errorf("want %s", Form)
	}
	if err := checkName(name); err != nil {
		return nil, err
	}
	public, place, ok := strings.Cut(strings.TrimPrefix(rest, "enode://"), "@")
	if !ok {
		return nil, fmt.Errorf("the host is missing: want %s", Form)
	}
	public = strings.ToLower(strings.TrimPrefix(public, "0x"))
	if len(public) == 40 {
		return nil, errors.New("this is an address or a peer id, not a public key (128 hex digits, the line Public of geth-ss identity)")
	}
	key, err := poa.Validator{PublicKey: public, Name: name}.Key()
	if err != nil {
		return nil, fmt.Errorf("%w (the line Public of geth-ss identity)", err)
	}
	m := &Member{Name: name, Role: role, Public: key}
	place, _, _ = strings.Cut(place, "?discport=") // of an enode URL
	return m, m.parsePlace(place)
}

func checkName(name string) error {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	if name == "" || len(name) > maxNameLength || strings.Trim(name, letters+"-_.") != "" || !strings.Contains(letters, name[:1]) {
		return fmt.Errorf("the name %.80q must have 1 to %d letters, digits, dots, - and _, and begin with a letter or digit: it becomes the name of a file", name, maxNameLength)
	}
	return nil
}

// parsePlace reads HOST[:PORT[:PORT]]; an IPv6 address stands in brackets.
func (m *Member) parsePlace(text string) (err error) {
	host, ports := text, ""
	if rest, bracket := strings.CutPrefix(text, "["); bracket {
		var closed bool
		if host, ports, closed = strings.Cut(rest, "]"); !closed {
			return fmt.Errorf("the host %.80q has no closing bracket", text)
		}
		if ports != "" && ports[0] != ':' {
			return fmt.Errorf("a colon and a port may follow the host, not %.80q", ports)
		}
		ports = strings.TrimPrefix(ports, ":")
	} else {
		host, ports, _ = strings.Cut(text, ":")
	}
	if err := checkHost(host, strings.HasPrefix(text, "[")); err != nil {
		return err
	}
	m.Host = host
	if isLoopback(host) {
		m.Bind = host
	}
	if ports == "" {
		if strings.HasSuffix(text, ":") {
			return errors.New("the port is missing after the colon")
		}
		return nil
	}
	first, second, two := strings.Cut(ports, ":")
	if m.P2PPort, err = parsePort(first); err != nil || !two {
		return err
	}
	m.PoAPort, err = parsePort(second)
	return err
}

func checkHost(host string, bracket bool) error {
	if ip, err := netip.ParseAddr(host); err == nil {
		switch {
		case ip.IsUnspecified():
			return fmt.Errorf("the host is %s, where nobody can reach the node", host)
		case ip.IsMulticast():
			return fmt.Errorf("the host is %s, which is not the address of one machine", host)
		case ip.Zone() != "":
			return fmt.Errorf("the host is %.80q, which means something on one machine only", host)
		}
		return nil
	}
	const letters, digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
	if host == "" {
		return errors.New("the host is missing after the @")
	}
	if bracket || len(host) > 253 || strings.Trim(host, letters+digits+"-._") != "" || !strings.ContainsAny(host, letters) {
		return fmt.Errorf("the host %.80q is neither a name nor an address (write IPv6 in brackets)", host)
	}
	return nil
}

func parsePort(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%.80q is not a port from 1 to 65535", text)
	}
	return int(n), nil
}

// Places are where nodes are that don't say so.
type Places struct {
	P2PPort, PoAPort, RPCPort, StorePort int // of the first node at a host; the next has the next
	DataDir, PasswordFile                string
}

// nameWord stands for a node's name in the paths of Places.
const nameWord = "NAME"

const (
	// DefaultDataDir is that of a node that is alone at its host, the directory of that of one that is not.
	DefaultDataDir = "/var/lib/geth-ss"

	DefaultP2PPort   = 30303
	DefaultRPCPort   = 8545
	DefaultStorePort = 8082
)

// DefaultPlaces are the usual ports and directories.
func DefaultPlaces() Places {
	return Places{P2PPort: DefaultP2PPort, PoAPort: poa.DefaultPort, RPCPort: DefaultRPCPort, StorePort: DefaultStorePort}
}

// Place gives each node what it lacks. Those at one host get successive ports and directories of their own.
func (p *Plan) Place(places Places) {
	count := make(map[string]int)
	for _, m := range p.Members {
		count[strings.ToLower(m.Host)]++
	}
	next := make(map[string]int)
	for _, m := range p.Members {
		host := strings.ToLower(m.Host)
		i := next[host]
		next[host]++
		m.P2PPort = cmp.Or(m.P2PPort, places.P2PPort+i)
		m.PoAPort = cmp.Or(m.PoAPort, places.PoAPort+i)
		m.RPCPort = cmp.Or(m.RPCPort, places.RPCPort+i)
		m.StorePort = cmp.Or(m.StorePort, places.StorePort+i)
		dir := places.DataDir
		if dir == "" {
			dir = DefaultDataDir
			if count[host] > 1 {
				dir += "/" + nameWord
			}
		}
		m.DataDir = strings.ReplaceAll(dir, nameWord, m.Name)
		m.PasswordFile = strings.ReplaceAll(places.PasswordFile, nameWord, m.Name)
	}
}
