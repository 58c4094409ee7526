package sessiontest

import (
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A cluster is upgraded node by node: at every mixture keys are read and hashes signed through every node, from what there
// is in stock also by ECDSA. Nothing is dealt between versions: a key is made, and an item dealt, by those of one, if
// they are enough; else the answer says what to do. Nobody is blamed.
func TestTwoVersions(t *testing.T) {
	for former := range 5 {
		w := newWorld(t, 4, 1).readable()
		w.withDocument()
		w.stock(w.Nodes[0], 1, 1, 2, 3)
		for i, n := range w.Nodes {
			n.Former = i >= 4-former // the last ones are not upgraded yet
		}
		w.spyDealings(t)
		w.sign(w.Nodes[0], wire.ECDSA, someHash(1)) // from the stock
		for i, n := range w.Nodes {
			o := w.Retrieve(n, w.alice, w.key, true)
			w.settle()
			if o.Err != nil {
				t.Errorf("%d of the version before: reading through %s: %v", former, n.Name, o)
			}
			w.sign(n, wire.Schnorr, someHash(byte(i+2)))
		}
		for _, n := range w.Nodes {
			alike := 0
			for _, other := range w.Nodes {
				if other.Former == n.Former {
					alike++
				}
			}
			o := w.Generate(n, w.author, KeyID(10+former*4+int(n.Name[1]-'1')), 1)
			w.settle()
			if (o.Err == nil) != (alike >= 3) || o.Err != nil && (o.Reason() != wire.Disconnected || !strings.Contains(o.String(), "older version")) {
				t.Errorf("%d of the version before, %d like %s: generating: %v", former, alike, n.Name, o)
			}
			s := w.Signature(n, w.alice, w.key, wire.ECDSA, someHash(9))
			w.settle()
			if (s.Err == nil) != (alike >= 3) || s.Err != nil && (s.Reason() != wire.Unavailable || !strings.Contains(s.String(), "older version")) {
				t.Errorf("%d of the version before, %d like %s: signing without a stock: %v", former, alike, n.Name, s)
			}
		}
		if len(w.Faults()) > 0 {
			t.Errorf("%d of the version before: blames %v", former, w.Faults())
		}
	}
}

// spyDealings watches that nothing is dealt between versions, whoever offers it.
func (w *world) spyDealings(t *testing.T) {
	w.Spy = func(from *Node, env wire.Envelope) {
		switch env.Msg.(type) {
		case *wire.Init, *wire.Deal, *wire.Commit, *wire.Reveal, *wire.Evidence:
			if from.Former != w.Node(env.To).Former {
				t.Errorf("%s sends %T to %s", from.Name, env.Msg, w.Name(env.To))
			}
		}
	}
}

// An attempt that was promised under the version before is decided by those of this one: completed with what is on the
// disks, or abandoned. Certificates, promises and votes are the same in both.
func TestAttemptsPromisedBefore(t *testing.T) {
	for missed := 1; missed <= 4; missed++ {
		w := newWorld(t, 4, 1)
		for _, n := range w.Nodes[4-missed:] {
			n.Miss(w.record)
		}
		o := w.Generate(w.Nodes[3], w.author, w.key, 1)
		w.settle()
		if missed < 4 {
			if o.Err != nil && o.Reason() != wire.KeyExists {
				t.Errorf("%d of 4 have missed the certificate: %v", missed, o)
			}
			if s := w.Nodes[3].State(w.key); s.Record == nil || s.Record.Version() != w.record.Version() || s.Share == nil {
				t.Errorf("%d of 4 have missed the certificate: who asks does not hold the key", missed)
			}
			continue
		}
		if o.Err != nil || o.Record.Version() == w.record.Version() {
			t.Errorf("nobody has the certificate: %v", o)
		}
	}
}
