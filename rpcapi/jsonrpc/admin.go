package jsonrpc

import (
	"cmp"
	"errors"
	"strings"

	"github.com/ethereum/go-ethereum/node"
)

// adminAPI are the methods of geth's admin API that open and close its servers, for ours.
// They are registered after geth's, whose place they take.
type adminAPI struct{ server *Server }

// StartHTTP is admin_startHTTP.
func (a *adminAPI) StartHTTP(host *string, port *int, cors, apis, vhosts *string) (bool, error) {
	s := a.server
	s.mu.Lock()
	defer s.mu.Unlock()
	cfg := s.cfg
	cfg.HTTPHost, cfg.HTTPPathPrefix = cmp.Or(cfg.HTTPHost, node.DefaultHTTPHost), ""
	set(&cfg.HTTPHost, host)
	set(&cfg.HTTPPort, port)
	setList(&cfg.HTTPCors, cors)
	setList(&cfg.HTTPModules, apis)
	setList(&cfg.HTTPVirtualHosts, vhosts)
	if err := s.http.openHTTP(s.apis, &cfg); err != nil {
		return false, err
	}
	if err := s.listenHTTP(cfg.HTTPHost, &cfg); err != nil {
		closeDoor(&s.http.http)
		return false, err
	}
	return true, nil
}

// StartRPC is the former name of StartHTTP.
func (a *adminAPI) StartRPC(host *string, port *int, cors, apis, vhosts *string) (bool, error) {
	return a.StartHTTP(host, port, cors, apis, vhosts)
}

// StopHTTP is admin_stopHTTP. WebSocket on the same port ends with it, as with geth.
func (a *adminAPI) StopHTTP() (bool, error) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	a.server.http.stop()
	return true, nil
}

// StopRPC is the former name of StopHTTP.
func (a *adminAPI) StopRPC() (bool, error) { return a.StopHTTP() }

// StartWS is admin_startWS.
func (a *adminAPI) StartWS(host *string, port *int, origins, apis *string) (bool, error) {
	s := a.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.WSAddr() != nil {
		return false, errors.New("JSON-RPC over WebSocket is already enabled")
	}
	cfg := s.cfg
	cfg.WSHost, cfg.WSPathPrefix = cmp.Or(cfg.WSHost, node.DefaultWSHost), ""
	set(&cfg.WSHost, host)
	set(&cfg.WSPort, port)
	setList(&cfg.WSOrigins, origins)
	setList(&cfg.WSModules, apis)
	at := s.ws
	if s.http.listensOn(cfg.WSPort) {
		at = s.http
	}
	if err := at.openWS(s.apis, &cfg); err != nil {
		return false, err
	}
	if err := s.listenWS(at, &cfg); err != nil {
		closeDoor(&at.ws)
		return false, err
	}
	return true, nil
}

// StopWS is admin_stopWS. HTTP on the same port stays.
func (a *adminAPI) StopWS() (bool, error) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	closeDoor(&a.server.http.ws)
	if a.server.http.http.Load() == nil {
		a.server.http.stop()
	}
	a.server.ws.stop()
	return true, nil
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

func setList(field *[]string, value *string) {
	if value == nil {
		return
	}
	*field = nil
	for _, item := range strings.Split(*value, ",") {
		*field = append(*field, strings.TrimSpace(item))
	}
}
