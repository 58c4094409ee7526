package sessiontest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/geth-ss/geth-ss/protocol/items"
	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
)

// What is not malice: restarts, losses, chains that say no or nothing.

// anyScheme runs a test for Schnorr and for ECDSA, each of which takes every decision in code
// of its own, under a key of five with threshold 2.
func anyScheme(t *testing.T, test func(t *testing.T, w *world)) {
	for _, scheme := range []wire.Scheme{wire.Schnorr, wire.ECDSA} {
		t.Run(scheme.String(), func(t *testing.T) {
			w := newWorld(t, 5, 2)
			w.alice.Wallet = true
			w.scheme = scheme
			test(t, w)
		})
	}
}

// ready lets alice sign, and has nonces and items at hand with n1.
func (w *world) ready() {
	w.t.Helper()
	w.grant(w.alice)
	if w.scheme == wire.ECDSA {
		w.stock(w.Nodes[0], 3, 1, 2, 3, 4, 5)
		return
	}
	w.sign(w.Nodes[0], w.scheme, someHash(0))
	w.sign(w.Nodes[0], w.scheme, someHash(0))
}

// A holder that was started again has forgotten its nonces and items, and says so: the
// signature is made with others, at once.
func TestForgottenNonces(t *testing.T) {
	anyScheme(t, func(t *testing.T, w *world) {
		w.ready()
		said := 0
		w.Spy = func(_ *Node, env wire.Envelope) {
			if m, ok := env.Msg.(*wire.Refuse); ok && m.Reason == wire.NoSession {
				said++
			}
		}
		w.Nodes[1].Vault().Clear() // so quickly that n1 has not noticed
		w.sign(w.Nodes[0], w.scheme, someHash(1))
		if said != 1 || w.ticks != 0 {
			t.Errorf("it said %d times that it has forgotten; %d ticks have passed", said, w.ticks)
		}
		w.wantBlamed()
	})
}

// At whatever message a holder goes down and comes up again, or for good, the signature is
// made, without it or with what it draws anew.
func TestHolderLostMidway(t *testing.T) {
	for _, scheme := range []wire.Scheme{wire.Schnorr, wire.ECDSA} {
		for _, ahead := range []bool{false, true} {
			for _, back := range []bool{false, true} {
				for step := range 30 {
					w := newWorld(t, 4, 1)
					w.alice.Wallet, w.scheme = true, scheme
					w.grant(w.alice)
					if scheme == wire.ECDSA && ahead {
						w.stock(w.Nodes[0], 3, 1, 2, 3)
					} else if ahead {
						w.sign(w.Nodes[0], scheme, someHash(0))
					}
					o := w.Signature(w.Nodes[0], w.alice, w.key, scheme, someHash(1))
					w.Steps(step)
					over := o.Done
					w.Down(w.Nodes[1])
					if back {
						w.Restart(w.Nodes[1])
					}
					w.settle()
					if o.Err != nil || !o.Done {
						t.Fatalf("%v, ahead %t, back %t, lost after %d steps: %v", scheme, ahead, back, step, o)
					}
					w.sign(w.Nodes[0], scheme, someHash(2))
					w.wantBlamed()
					if over {
						break
					}
				}
			}
		}
	}
}

// All holders of a set that are needed go down once in the midst: the session ends, says to
// try again, and that works.
func TestRestartMidway(t *testing.T) {
	for _, scheme := range []wire.Scheme{wire.Schnorr, wire.ECDSA} {
		w := newWorld(t, 3, 1).readable()
		if scheme == wire.Schnorr {
			w.record = w.Deal(KeyID(2), 2, w.author, w.Nodes)
			w.key = KeyID(2)
			w.grant(w.alice)
		}
		o := w.Signature(w.Nodes[0], w.alice, w.key, scheme, someHash(1))
		w.Steps(4)
		w.Down(w.Nodes[1])
		w.Restart(w.Nodes[1])
		w.settle()
		if o.Reason() != wire.Unavailable {
			t.Errorf("%v: %v", scheme, o)
		}
		w.sign(w.Nodes[0], scheme, someHash(1))
	}
}

// Whoever loses another drops what the two had agreed on: nonces and items, on both sides.
func TestLossDropsNonces(t *testing.T) {
	w := newWorld(t, 4, 1).readable()
	n1, n2, n3 := w.Nodes[0], w.Nodes[1], w.Nodes[2]
	w.stock(n1, 2, 1, 2, 3)
	w.stock(n1, 1, 1, 3, 4)
	for i, scheme := range []wire.Scheme{wire.Schnorr, wire.BIP340, wire.RFC9591} {
		w.sign(n1, scheme, someHash(byte(i)))
	}
	before, lent := n1.Vault().Sizes(), n2.Vault().Sizes()
	if before.Items != 3 || before.Nonces == 0 || lent.LentItems != 2 || lent.LentNonces == 0 {
		t.Fatalf("n1 has %+v, n2 %+v", before, lent)
	}
	w.Cut(n1, n2)
	w.settle()
	after, other := n1.Vault().Sizes(), n2.Vault().Sizes()
	if after.Items != 1 || after.Nonces != before.Nonces-lent.LentNonces {
		t.Errorf("n1 has %+v, and had %+v", after, before)
	}
	if other.LentItems != 0 || other.LentNonces != 0 {
		t.Errorf("n2 keeps %+v for a node that it has lost", other)
	}
	if n3.Vault().Sizes().LentItems != 3 {
		t.Errorf("n3 has lost nobody and keeps %+v", n3.Vault().Sizes())
	}
	w.Join(n1, n2)
	for _, scheme := range wire.Schemes {
		w.sign(n1, scheme, someHash(9))
	}
	w.wantBlamed()
	w.Down(n1)
	if s := n1.Vault().Sizes(); s != (items.VaultSizes{}) {
		t.Errorf("after a crash there is %+v", s)
	}
}

// Permission is decided as for reading: what is denied there is denied here.
func TestSigningDenied(t *testing.T) {
	for name, prepare := range map[string]func(w *world){
		"never granted":       func(*world) {},
		"revoked":             func(w *world) { w.grant(w.alice); w.revoke(w.alice) },
		"granted to another":  func(w *world) { w.grant(w.NewClient("bob")) },
		"with nodes down":     func(w *world) { w.Down(w.Nodes[3]); w.Down(w.Nodes[4]) },
		"with a silent node":  func(w *world) { w.Nodes[3].Mutate = Silent },
		"t lying yes":         func(w *world) { w.Nodes[2].Oracle, w.Nodes[3].Oracle = Says(session.Granted), Says(session.Granted) },
		"a lying coordinator": func(w *world) { w.Nodes[0].Oracle = Says(session.Granted) },
	} {
		t.Run(name, func(t *testing.T) {
			anyScheme(t, func(t *testing.T, w *world) {
				prepare(w)
				w.signFails(w.Nodes[0], w.scheme, someHash(1), wire.Denied)
				if w.ticks > session.TicksPerSecond {
					t.Errorf("saying no took %d ticks", w.ticks)
				}
			})
		})
	}
}

// A grant is there for all as soon as it is final at any; a revocation likewise, and an older
// block can't revive what was revoked.
func TestSigningHeads(t *testing.T) {
	late := func(w *world, allowed bool) (uint64, *Outcome) {
		block := w.Chain.Set(w.alice.Address(), w.key, allowed)
		for _, n := range w.Nodes[1:] { // the coordinator has not seen it
			w.Follow(n, block)
		}
		return block, w.Signature(w.Nodes[0], w.alice, w.key, w.scheme, someHash(1))
	}
	t.Run("granted", func(t *testing.T) {
		anyScheme(t, func(t *testing.T, w *world) {
			block, o := late(w, true)
			w.Steps(20)
			w.Follow(w.Nodes[0], block)
			w.settle()
			if o.Err != nil {
				t.Fatal(o)
			}
		})
	})
	t.Run("revoked", func(t *testing.T) {
		anyScheme(t, func(t *testing.T, w *world) {
			w.ready()
			block, o := late(w, false)
			w.Steps(20)
			w.Follow(w.Nodes[0], block)
			w.settle()
			if o.Reason() != wire.Denied {
				t.Fatal(o)
			}
		})
	})
	t.Run("revoked, and it never gets there", func(t *testing.T) {
		anyScheme(t, func(t *testing.T, w *world) {
			w.ready()
			_, o := late(w, false)
			w.settle()
			if o.Reason() != wire.Unavailable {
				t.Fatal(o)
			}
		})
	})
	t.Run("revoked, and it names the old block on purpose", func(t *testing.T) {
		anyScheme(t, func(t *testing.T, w *world) {
			w.ready()
			w.Nodes[0].Oracle = func(session.Question) session.Verdict {
				return session.Verdict{Answer: session.Granted, Block: Block(2), Head: Block(2)}
			}
			_, o := late(w, false)
			w.settle()
			if o.Reason() != wire.Denied {
				t.Fatal(o)
			}
		})
	})
}

// What can't be read is unavailable, and a single node that can't read holds nobody up.
func TestSigningUnreadableChain(t *testing.T) {
	anyScheme(t, func(t *testing.T, w *world) {
		w.ready()
		w.Nodes[0].Blind = true
		w.signFails(w.Nodes[0], w.scheme, someHash(1), wire.Unavailable)
		w.Nodes[0].Blind, w.Nodes[1].Blind = false, true
		if w.scheme == wire.ECDSA { // all five are needed
			w.signFails(w.Nodes[0], w.scheme, someHash(1), wire.Unavailable)
			return
		}
		w.sign(w.Nodes[0], w.scheme, someHash(1))
		w.Nodes[2].Blind, w.Nodes[3].Blind = true, true
		w.signFails(w.Nodes[0], w.scheme, someHash(1), wire.Unavailable)
	})
}

// A no of the own chain alone is none.
func TestSigningLonelyNo(t *testing.T) {
	for _, scheme := range []wire.Scheme{wire.Schnorr, wire.ECDSA} {
		w := newWorld(t, 4, 1).readable()
		bob := w.NewClient("bob")
		bob.Wallet = true
		for gone := range 4 {
			if gone > 0 {
				w.Nodes[gone].Mutate = Silent
			}
			o := w.Signature(w.Nodes[0], bob, w.key, scheme, someHash(1))
			w.settle()
			want := wire.Denied
			if gone == 3 {
				want = wire.Unavailable
			}
			if o.Reason() != want {
				t.Errorf("%v, with %d others gone: %v, want %v", scheme, gone, o.Err, want)
			}
		}
		w.wantBlamed()
	}
}

// With as many malicious signers as there may be, each in a way of its own, every signature
// is made, well within the time that a session has.
func TestCompletion(t *testing.T) {
	all := slices.Concat(schnorrCases, committingCases, ecdsaCases, itemCases)
	for _, c := range []struct {
		n, t   int
		scheme wire.Scheme
		kinds  []holderCase
		worst  [][]string
	}{
		{7, 2, wire.BIP340, slices.Concat(schnorrCases, committingCases), [][]string{
			{"silent", "commits not", "withholds its share", "refuses its share"}, {"silent", "silent", "silent", "silent"},
			{"withholds its share", "withholds its share", "withholds its share", "wrong share"}}},
		{10, 3, wire.RFC9591, slices.Concat(committingCases, schnorrCases), nil},
		{7, 2, wire.ECDSA, slices.Concat(ecdsaCases, itemCases), [][]string{
			{"deals not", "certifies not"}, {"silent", "certifies not"}, {"certifies not", "withholds its share"}, {"opens nothing", "withholds its share"}}},
		{10, 3, wire.ECDSA, slices.Concat(itemCases, ecdsaCases), [][]string{{"deals not", "certifies not", "withholds its share"}}},
	} {
		bad := c.n - c.scheme.Signers(uint32(c.t))
		for first := range 5 { // mixes
			var names []string
			for i := range bad {
				names = append(names, c.kinds[(first*bad*5+i*7)%len(c.kinds)].name)
			}
			c.worst = append(c.worst, names)
		}
		for _, names := range c.worst {
			t.Run(fmt.Sprintf("%v, n=%d, t=%d, %q", c.scheme, c.n, c.t, names), func(t *testing.T) {
				w := newWorld(t, c.n, c.t).readable()
				w.scheme = c.scheme
				for i, name := range names {
					all[slices.IndexFunc(all, func(c holderCase) bool { return c.name == name })].cheat(w, w.Nodes[1+i])
				}
				for i := range 2 {
					w.signWithin(w.Nodes[0], c.scheme, someHash(byte(i)), 2*session.TicksPerSecond)
				}
			})
		}
	}
}

// signWithin has a hash signed in so many ticks.
func (w *world) signWithin(n *Node, scheme wire.Scheme, hash common.Hash, most int) {
	w.t.Helper()
	begun := w.ticks
	o := w.Signature(n, w.alice, w.key, scheme, hash)
	for !o.Done {
		w.Steps(1)
	}
	if took := w.ticks - begun; o.Err != nil || took > most {
		w.t.Errorf("%v after %d ticks, want a signature in %d", o, took, most)
	} else {
		w.t.Logf("after %d ticks", took)
	}
	w.settle()
}

// A member erases what its coordinator does not keep any more, as the next dealing tells. A program that has not said that
// it knows of that is told nothing, and keeps it.
func TestDroppedItemsAreErased(t *testing.T) {
	for _, told := range []bool{true, false} {
		w := newWorld(t, 3, 1).readable()
		n1, n2, n3 := w.Nodes[0], w.Nodes[1], w.Nodes[2]
		n2.Kept = told
		w.Spy = func(from *Node, env wire.Envelope) {
			if deal, ok := env.Msg.(*wire.Deal); ok && (deal.Kept != nil) != (told || env.To != n2.ID()) {
				t.Errorf("%s is told what is kept: %t", w.Name(env.To), deal.Kept != nil)
			}
		}
		w.stock(n1, 3, 1, 2, 3)
		w.stock(n3, 1, 1, 2, 3)
		n1.Vault().DropStock(items.GroupOf(w.record))
		w.stock(n1, 2, 1, 2, 3)
		want := 2 + 1
		if !told {
			want += 3
		}
		if n := n2.Vault().Sizes().LentItems; n != want {
			t.Errorf("it holds %d items of others, want %d", n, want)
		}
		if n := n3.Vault().Sizes().LentItems; n != 2 {
			t.Errorf("another holds %d", n)
		}
		w.Spy = nil
		for i := range 2 {
			w.sign(n1, wire.ECDSA, someHash(byte(i)))
		}
		w.sign(n3, wire.ECDSA, someHash(9))
		w.wantBlamed()
	}
}

// What a signature has taken out of the stock is kept while it is under way, and so is what is being dealt: another dealing
// that begins meanwhile, at any step, loses nothing of it.
func TestNothingInHandIsLost(t *testing.T) {
	for begin := range 60 {
		w := newWorld(t, 3, 1).readable()
		n1 := w.Nodes[0]
		w.stock(n1, 1, 1, 2, 3)
		w.Spy = func(from *Node, env wire.Envelope) {
			if m, ok := env.Msg.(*wire.Refuse); ok {
				t.Errorf("begun at step %d: %s refuses: %v", begin, from.Name, m.Err())
			}
		}
		deal := func() *items.Dealing {
			m, err := items.NewDealing(n1.Env(), n1.Lend, items.GroupOf(w.record), []uint32{1, 2, 3}, 2)
			if err != nil {
				t.Fatal(err)
			}
			w.Begin(n1, wire.KindDeal, wire.KeyID{}, m, func(*Run) { n1.Vault().Stock(m.Items()) })
			return m
		}
		first := deal()
		o := w.Signature(n1, w.alice, w.key, wire.ECDSA, someHash(1))
		w.Steps(begin)
		second := deal()
		w.settle()
		if o.Err != nil || len(first.Items()) != 2 || len(second.Items()) != 2 {
			t.Fatalf("begun at step %d: %v, %d and %d items", begin, o.Err, len(first.Items()), len(second.Items()))
		}
		if n := w.Nodes[1].Vault().Sizes().LentItems; n != 4 {
			t.Errorf("begun at step %d: a member holds %d items, want 4", begin, n)
		}
		for i := range 4 {
			w.sign(n1, wire.ECDSA, someHash(byte(2+i)))
		}
		if kept, stocked := n1.Vault().Kept(w.Nodes[1].ID()), n1.Vault().Sizes().Items; len(kept.Dealings) != 0 || stocked != 0 {
			t.Errorf("begun at step %d: with nothing under way, and %d in stock, it says that it keeps %v", begin, stocked, kept.Dealings)
		}
		w.Spy = nil
		w.wantBlamed()
	}
}

// What is said about a refused signature is said of signing, whoever could not decide and why; of a read it is said of reading.
func TestRefusalsSayWhatIsRefused(t *testing.T) {
	reading := regexp.MustCompile(`(?i)\bread|retriev`)
	signing := regexp.MustCompile(`(?i)\bsign`)
	anyScheme(t, func(t *testing.T, w *world) {
		w.ready()
		stranger := w.NewClient("stranger")
		stranger.Wallet = true
		for _, c := range []struct {
			name   string
			blind  []*Node
			client *Client
			own    bool // it is the asked node's chain that can't be asked: then the text says for what
		}{
			{"the asked node's chain is unreadable", w.Nodes[:1], w.alice, true},
			{"the others' chains are unreadable", w.Nodes[1:], w.alice, false},
			{"denied", nil, stranger, false},
		} {
			for _, n := range w.Nodes {
				n.Blind = slices.Contains(c.blind, n)
			}
			o := w.Signature(w.Nodes[0], c.client, w.key, w.scheme, someHash(1))
			w.settle()
			if o.Err == nil {
				t.Fatalf("%s: signed", c.name)
			}
			// That a chain can't be read is its own words, and true.
			if text := strings.ReplaceAll(o.Err.Error(), "the chain can't be read", ""); reading.MatchString(text) || c.own && !signing.MatchString(text) {
				t.Errorf("%s: a refused signature says: %s", c.name, text)
			}
		}
	})
}
