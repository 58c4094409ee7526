package netplan

import (
	"bytes"
	_ "embed"
	"strconv"
	"strings"
	"text/template"
)

//go:embed node.toml.tmpl
var configText string

var configTemplate = template.Must(template.New("node.toml").Funcs(template.FuncMap{
	"quote": strconv.Quote,
	"list":  quoteList,
}).Parse(configText))

// Config is the TOML file of a node, complete and with comments.
func (p *Plan) Config(m *Member) ([]byte, error) {
	var servers, others, peers, administrators []string
	for _, other := range p.keyServers() { // validators are among them
		servers = append(servers, other.Enode())
		if other != m {
			others = append(others, other.Enode())
		}
	}
	for _, other := range p.validators() {
		peers = append(peers, other.Peer())
	}
	for _, a := range p.Administrators {
		administrators = append(administrators, a.Hex())
	}
	bind := m.Bind
	if bind == "" {
		bind = "0.0.0.0"
		if strings.Contains(m.Host, ":") {
			bind = "::"
		}
	}
	var text bytes.Buffer
	err := configTemplate.Execute(&text, map[string]any{
		"Plan":           p,
		"Node":           m,
		"Registrar":      Registrar.Hex(),
		"P2P":            at(bind, m.P2PPort),
		"PoA":            at(bind, m.PoAPort),
		"Servers":        servers,
		"Others":         others,
		"Peers":          peers,
		"Administrators": administrators,
		"Loopback":       loopback,
	})
	return text.Bytes(), err
}

// loopback is where clients on the node's own machine reach it.
const loopback = "127.0.0.1"

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
