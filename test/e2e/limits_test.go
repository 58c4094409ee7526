package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
)

// unevenContract is a permission contract that admits everybody to every document, at a price: for those whose id ends in
// 0xff it runs until its gas is used up. It stands for one that asks each document's own contract, which anybody may have
// written.
//
//	0x24 CALLDATALOAD 0xff AND 0xff EQ @bomb JUMPI   0x01 0x00 MSTORE 0x20 0x00 RETURN   bomb: @bomb JUMP
const unevenContract = "60243560ff1660ff1461001757" + "600160005260206000f3" + "5b61001756"

// TestFloods: whatever one client does, another one is served. The two come from different addresses; all of 127.0.0.0/8 is
// this machine's.
func TestFloods(t *testing.T) {
	probe, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skip("needs a second loopback address: ", err)
	}
	probe.Close()
	cluster := startNetwork(t, 4, "--acl", "registry")
	owner, through := cluster.accounts[0], cluster.nodes[0]
	code := common.FromHex(unevenContract)
	// Code that copies what follows its own 12 bytes, and returns it.
	deploy := append([]byte{0x60, byte(len(code)), 0x60, 12, 0x60, 0, 0x39, 0x60, byte(len(code)), 0x60, 0, 0xf3}, code...)
	contract := transact(t, through.eth, owner, nil, deploy).ContractAddress
	cluster.registry.file(t, through.eth, owner, contract)

	publisher, reader := cluster.accounts[1], cluster.accounts[2]
	cheap, bomb := randomID(), randomID()
	bomb[31] = 0xff
	key := publish(t, through, publisher, cheap, 1)
	publish(t, through, publisher, bomb, 1)

	// reads are what the honest client does meanwhile, at the very node that is flooded and at another one.
	reads := func(t *testing.T) {
		t.Helper()
		for i := range 20 {
			node := cluster.nodes[i%2]
			until(t, "a read through "+node.name, func() error {
				got, err := node.shadow(reader, cheap)
				if err == nil && string(got) != string(key.plain) {
					t.Fatal("another document key")
				}
				return err
			})
		}
	}
	reads(t)

	t.Run("expensive contract", func(t *testing.T) {
		done := flood(t, 32, func(c *http.Client) error {
			a, err := ask(c, "GET", fmt.Sprintf("%s/shadow/%x/%s", through.url, bomb, reader.sign(bomb)))
			if err == nil && a.status != 403 && a.status != 429 {
				err = fmt.Errorf("a permission that can't be decided gives %v", a)
			}
			return err
		}, reads)
		t.Logf("%d checks that used their gas up, during 20 reads", done)
	})

	t.Run("new keys", func(t *testing.T) {
		done := flood(t, 32, func(c *http.Client) error {
			id := randomID()
			a, err := ask(c, "POST", fmt.Sprintf("%s/shadow/%x/%s/1", through.url, id, newAccount(t).sign(id)))
			if err == nil && a.status == 400 {
				err = fmt.Errorf("%v", a)
			}
			return err
		}, func(t *testing.T) {
			reads(t)
			until(t, "a key generation", func() error {
				_, err := through.generate(publisher, randomID(), 1)
				return err
			})
		})
		t.Logf("%d keys were asked for, during 20 reads and a generation", done)
	})

	// Code that runs until its gas is used up, by eth_call and as a batch of estimates: what is asked of the chain takes
	// nothing from keys and blocks.
	t.Run("calls without an end", func(t *testing.T) {
		const params = `[{"data":"0x5b600056"}]`
		bodies := []string{
			`{"jsonrpc":"2.0","id":1,"method":"eth_call","params":` + params + `}`,
			`[{"jsonrpc":"2.0","id":1,"method":"eth_estimateGas","params":` + params + `},{"jsonrpc":"2.0","id":2,"method":"eth_createAccessList","params":` + params + `}]`,
		}
		var turn, failed atomic.Int64
		var blocks uint64
		start := time.Now()
		done := flood(t, 64, func(c *http.Client) error {
			resp, err := c.Post(through.rpcURL, "application/json", strings.NewReader(bodies[turn.Add(1)%2]))
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			_, err = io.Copy(io.Discard, resp.Body)
			return err
		}, func(t *testing.T) {
			first, err := cluster.nodes[1].eth.BlockNumber(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for range 20 {
				if got, err := through.shadow(reader, cheap); err != nil || string(got) != string(key.plain) {
					failed.Add(1)
					t.Log("a read: ", err)
				}
				time.Sleep(200 * time.Millisecond)
			}
			last, err := cluster.nodes[1].eth.BlockNumber(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			blocks = last - first
		})
		took := time.Since(start)
		t.Logf("%d requests, %d of 20 reads failed, %d blocks in %v", done, failed.Load(), blocks, took)
		// One in four is for a machine that does other things, too; without turns nearly none succeeds.
		if failed.Load() > 5 {
			t.Errorf("%d of 20 reads failed", failed.Load())
		}
		if blocks == 0 {
			t.Errorf("no block in %v", took)
		}
	})

	t.Run("unknown keys", func(t *testing.T) {
		done := flood(t, 32, func(c *http.Client) error {
			id := randomID()
			_, err := ask(c, "GET", fmt.Sprintf("%s/shadow/%x/%s", through.url, id, reader.sign(id)))
			return err
		}, reads)
		t.Logf("%d unknown keys were asked for, during 20 reads", done)
	})

	t.Run("connections", func(t *testing.T) {
		address := strings.TrimPrefix(through.url, "http://")
		beginnings := []string{"", "GET /", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n1", "GET /" + strings.Repeat("a", 1<<20)}
		var open []net.Conn
		for i := range 700 { // more than one address may have
			conn, err := stranger.DialContext(t.Context(), "tcp", address)
			if err != nil {
				continue // refused is as good
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(patience))
			io.WriteString(conn, beginnings[i%len(beginnings)])
			open = append(open, conn)
		}
		reads(t)
		t.Logf("%d connections were opened", len(open))
	})

	t.Run("bodies", func(t *testing.T) {
		done := flood(t, 8, func(c *http.Client) error {
			id := randomID()
			req, err := http.NewRequest("POST", fmt.Sprintf("%s/shadow/%x/%s/1", through.url, id, reader.sign(id)), endless{})
			if err != nil {
				return err
			}
			resp, err := c.Do(req)
			if err != nil {
				return nil // cut off
			}
			defer resp.Body.Close()
			if resp.StatusCode != 400 {
				return fmt.Errorf("an endless body gives %s", resp.Status)
			}
			return nil
		}, reads)
		t.Logf("%d endless bodies, during 20 reads", done)
	})

	t.Run("400 clients", func(t *testing.T) { testCrowd(t, through, cheap, key.plain) })

	for _, n := range cluster.nodes {
		if s, err := n.status(); err != nil || !s.Running {
			t.Errorf("%s afterwards: %+v, %v", n.name, s, err)
		}
	}
	stopUnderConnections(t, cluster)
}

// stranger dials from another address than the other clients do.
var stranger = &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}, Timeout: requestTimeout}

// flood sends that many requests at a time, from another address, while work is done, and returns how many there were. An
// answer that may not be is an error; that none comes is not.
func flood(t *testing.T, clients int, send func(*http.Client) error, work func(*testing.T)) int64 {
	t.Helper()
	var done atomic.Int64
	var wg sync.WaitGroup
	transport := &http.Transport{MaxIdleConnsPerHost: clients, DialContext: stranger.DialContext}
	defer transport.CloseIdleConnections()
	client := &http.Client{Timeout: requestTimeout, Transport: transport}
	ctx, cancel := context.WithCancel(t.Context())
	for range clients {
		wg.Go(func() {
			for ctx.Err() == nil {
				var noAnswer net.Error
				if err := send(client); err != nil && !errors.As(err, &noAnswer) && ctx.Err() == nil {
					t.Error("the flood: ", err)
					return
				}
				done.Add(1)
			}
		})
	}
	defer wg.Wait()
	defer cancel()
	work(t)
	return done.Load()
}

func ask(c *http.Client, method, url string) (*answer, error) {
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		return nil, err
	}
	return answerTo(c, req)
}

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
