package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common/fdlimit"
	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/metrics"
	"github.com/ethereum/go-ethereum/metrics/exp"
	"github.com/ethereum/go-ethereum/metrics/prometheus"

	"github.com/geth-ss/geth-ss/poa"
	"github.com/geth-ss/geth-ss/rpcapi/conns"
	"github.com/geth-ss/geth-ss/service/store"
)

// A process may have so many files open, connections among them, and not one more: then its databases, its sign state and
// its peers fail as well as whoever connected last. So what the node itself needs is set aside, and its doors, which anybody may
// knock at, share the rest.

// descriptors is how the files that a node may have open are divided.
type descriptors struct {
	limit  int // of the process
	chain  int // of the chain's database
	others int // of what is no door
	doors  []*door
}

// door is what clients connect to.
type door struct {
	name   string
	wanted int  // connections at once
	places int  // that there are
	any    bool // takes as many as there are
}

const (
	doorJSONRPC     = "JSON-RPC"
	doorSecretStore = "Secret Store HTTP"
	doorEngine      = "engine API"
	doorMetrics     = "metrics"
	doorPprof       = "pprof"

	enginePlaces   = 64 // of the consensus client's door, if there is one
	operatorPlaces = 16 // of doors that are an operator's alone: metrics, pprof
	fewestPlaces   = 16 // a door with fewer is of no use
	fewestChain    = 64 // nor is a chain's database
)

// Files of what has no bound that could be set, at its most.
const (
	chainOthers  = 16 // of the chain's database, beside its tables
	ancientFiles = 96 // two freezers: tables, their indexes, and files of 2 GB
	ipcFiles     = 48 // connections over IPC, which the file's mode keeps strangers from
	otherFiles   = 64 // journals, logs, sign state, key files, those of the runtime, and what geth asks other hosts
)

// divide sets the files of the databases and the places of the doors.
func divide(limit int, cfg *config, dev bool) (*descriptors, error) {
	d := &descriptors{limit: limit, doors: wantedDoors(limit, cfg, dev)}
	d.others = chainOthers + ancientFiles + ipcFiles + otherFiles
	if !dev {
		d.others += peerFiles(cfg)
	}
	if cfg.PoA.Enabled {
		d.others += poa.Descriptors(&cfg.PoA)
	}
	if cfg.SecretStore.Enabled {
		d.others += store.Descriptors + 2*len(cfg.SecretStore.Nodes)
	}
	least := d.least()
	if limit < least {
		return d, fmt.Errorf("%w: this process may have %d open at once, connections included, and needs %d: %s", errFewFiles, limit, least, d.raise())
	}
	// The database takes half, as geth has it, or what the doors leave, but a sixth in any case.
	d.chain = max(limit/6, fewestChain, min(limit/2, limit-d.others-d.wanted()))
	d.chain = min(d.chain, limit-least+fewestChain)
	cfg.Eth.DatabaseHandles = d.chain
	d.share(limit - d.others - d.chain)
	return d, nil
}

var errFewFiles = errors.New("too few file descriptors")

// raise says what to do about a low limit.
func (d *descriptors) raise() string {
	return fmt.Sprintf("allow it %d (ulimit -n, or LimitNOFILE= of its systemd unit)", (d.others+d.wanted())*6/5+1)
}

// least is the limit below which the node does not run.
func (d *descriptors) least() int { return d.others + fewestChain + fewestPlaces*len(d.doors) }

// wanted are the places of all doors, if there are enough.
func (d *descriptors) wanted() (sum int) {
	for _, door := range d.doors {
		sum += door.wanted
	}
	return sum
}

// peerFiles are connections of devp2p, those at whose other end is nobody known yet included.
func peerFiles(cfg *config) int {
	const pending, dials, sockets = 50, 50, 4 // geth's defaults
	p := &cfg.Node.P2P
	waiting := p.MaxPendingPeers
	if waiting == 0 {
		waiting = pending
	}
	return p.MaxPeers + waiting + dials + sockets + len(p.StaticNodes) + len(p.TrustedNodes)
}

func wantedDoors(limit int, cfg *config, dev bool) []*door {
	want := func(name string, n uint64) *door {
		if n == 0 || n > 1<<20 {
			return &door{name: name, wanted: limit, any: true}
		}
		return &door{name: name, wanted: int(n)}
	}
	doors := []*door{want(doorJSONRPC, cfg.Host.RPCConnections)}
	if cfg.SecretStore.Enabled && cfg.SecretStore.HTTP.Enabled {
		doors = append(doors, want(doorSecretStore, cfg.SecretStore.Limits.Connections))
	}
	if !cfg.PoA.Enabled && !dev {
		doors = append(doors, &door{name: doorEngine, wanted: enginePlaces})
	}
	return append(doors, &door{name: doorMetrics, wanted: operatorPlaces}, &door{name: doorPprof, wanted: operatorPlaces})
}

// share gives every door what it wants, or where that is not to be had the fewest, and of the rest a part by what it wants.
func (d *descriptors) share(left int) {
	sum := 0
	for _, door := range d.doors {
		door.places = min(fewestPlaces, door.wanted)
		left -= door.places
		sum += door.wanted - door.places
	}
	for _, door := range d.doors {
		more := door.wanted - door.places
		if sum > left {
			more = more * left / sum
		}
		door.places += more
	}
}

// places are those of the door of that name; 0 if there is no such door.
func (d *descriptors) places(name string) int {
	for _, door := range d.doors {
		if door.name == name {
			return door.places
		}
	}
	return 0
}

func (d *descriptors) String() string {
	return fmt.Sprintf("%d files may be open: %d for databases, peers and other files, the rest for connections, at most: %s",
		d.limit, d.others+d.chain, d.doorList())
}

func (d *descriptors) doorList() string {
	var doors []string
	for _, door := range d.doors {
		doors = append(doors, fmt.Sprintf("%s %d", door.name, door.places))
	}
	return strings.Join(doors, ", ")
}

// lowered tells whether some door has less than it wants.
func (d *descriptors) lowered() bool {
	for _, door := range d.doors {
		if door.places < door.wanted && !door.any {
			return true
		}
	}
	return false
}

// divideDescriptors divides what this process has; geth has raised its limit as far as it may.
func (n *fullNode) divideDescriptors(dev bool) error {
	limit, err := fdlimit.Current()
	if err != nil {
		return fmt.Errorf("asking how many files may be open: %w", err)
	}
	if n.files, err = divide(limit, &n.cfg, dev); err != nil {
		return err
	}
	log.Info("File descriptors", "limit", limit, "database", n.files.chain, "others", n.files.others, "connections", n.files.doorList())
	if n.files.lowered() {
		log.Warn("Few file descriptors: there are fewer connections than the settings allow", "limit", limit, "do", n.files.raise())
	}
	if places := uint64(n.files.places(doorSecretStore)); places > 0 {
		bounds := &n.cfg.SecretStore.Limits
		bounds.Connections, bounds.AddressConnections = places, min(bounds.AddressConnections, places)
	}
	return nil
}

// serveMetrics serves the metrics, for the life of the process, as geth does, but with an end to the connections.
func (n *fullNode) serveMetrics() {
	cfg := &n.cfg.Metrics
	if !cfg.Enabled || cfg.HTTP == "" {
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/debug/metrics", exp.ExpHandler(metrics.DefaultRegistry))
	mux.Handle("/debug/metrics/prometheus", prometheus.Handler(metrics.DefaultRegistry))
	listener, err := net.Listen("tcp", net.JoinHostPort(cfg.HTTP, strconv.Itoa(cfg.Port)))
	if err != nil {
		log.Error("Failure in running metrics server", "err", explainListen(n.sockets, err))
		return
	}
	log.Info("Starting metrics server", "addr", fmt.Sprintf("http://%s/debug/metrics", listener.Addr()))
	go func() { log.Error("Failure in running metrics server", "err", serveOperators(listener, mux)) }()
}

// serveOperators serves a door that is an operator's alone; nil is the default mux.
func serveOperators(listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler}
	conns.Watch(server)
	return server.Serve(conns.NewHouse(conns.Bounds{Most: operatorPlaces}).Listen(listener))
}
