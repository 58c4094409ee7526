package devnet

import (
	"bytes"
	_ "embed"
	"strconv"
	"strings"
	"text/template"
)

//go:embed node.toml.tmpl
var nodeTemplate string

var nodeConfig = template.Must(template.New("config.toml").Funcs(template.FuncMap{
	"quote": strconv.Quote,
	"list":  quoteList,
}).Parse(nodeTemplate))

// configFile returns the TOML file of a node.
func (n *network) configFile(self *node) ([]byte, error) {
	var enodes, peers []string
	for _, other := range n.nodes {
		enodes = append(enodes, other.enode())
		peers = append(peers, other.peer())
	}
	acl := n.cfg.ACL
	if acl == ACLDemo {
		acl = ACLRegistry
	}
	var text bytes.Buffer
	err := nodeConfig.Execute(&text, map[string]any{
		"Name":      self.name,
		"ChainID":   chainID,
		"Dir":       self.dir,
		"IPC":       self.ipcPath(),
		"Host":      host,
		"RPCPort":   self.rpcPort,
		"HTTPPort":  self.httpPort,
		"P2P":       self.p2p(),
		"PoA":       self.poa(),
		"Enodes":    enodes,
		"Others":    without(enodes, self.enode()),
		"Peers":     peers,
		"BlockTime": n.cfg.BlockTime,
		"ACL":       acl,
		"Registrar": RegistrarAddress.Hex(),
	})
	return text.Bytes(), err
}

func without(list []string, entry string) (rest []string) {
	for _, e := range list {
		if e != entry {
			rest = append(rest, e)
		}
	}
	return rest
}

// quoteList writes a TOML array, one entry a line.
func quoteList(list []string) string {
	var b strings.Builder
	b.WriteString("[")
	for _, e := range list {
		b.WriteString("\n  " + strconv.Quote(e) + ",")
	}
	if len(list) > 0 {
		b.WriteString("\n")
	}
	b.WriteString("]")
	return b.String()
}
