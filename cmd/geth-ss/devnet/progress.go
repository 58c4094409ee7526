package devnet

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// progressInterval is how often the count of keys is told.
const progressInterval = time.Second

// progress tells how far a change is, and when it can't be waited for any longer.
type progress struct {
	net   *network
	steps *steps

	said    string    // last
	state   string    // of what was said
	at      time.Time // when it was said
	now     string    // how far it is
	since   time.Time // when it got there
	unknown time.Time // since when no node knows of a change; zero if one does
}

// report prints what is new. The error tells why there is nothing more to wait for.
func (p *progress) report(all answers, set *serverSet, is func(*serverSet) bool) error {
	state, now := p.judge(all, set, is)
	if now != p.now {
		p.now, p.since = now, time.Now()
	}
	if now != p.said && (state != p.state || time.Since(p.at) >= progressInterval) {
		p.steps.step("%s", now)
		p.said, p.state, p.at = now, state, time.Now()
	}
	if state != unknownChange {
		p.unknown = time.Time{}
	} else if p.unknown.IsZero() {
		p.unknown = time.Now()
	} else if time.Since(p.unknown) > abandonedAfter {
		return errAbandoned
	}
	if time.Since(p.since) > stalledAfter {
		return fmt.Errorf("no progress for %v: %s; the key servers go on by themselves", stalledAfter, now)
	}
	return nil
}

// unknownChange is the state when nobody who answers has a change, or is done with it.
const unknownChange = "unknown"

// judge tells the state of a change, and how far it is.
func (p *progress) judge(all answers, set *serverSet, is func(*serverSet) bool) (state, text string) {
	if set == nil {
		return "silent", "no node tells how far the change is"
	}
	h := set.Change
	if h == nil && is(set) {
		return "last", fmt.Sprintf("set %d is in use; waiting for %s", set.Epoch, all.behind(set, is))
	}
	if h == nil {
		return unknownChange, "the key servers tell of no change yet"
	}
	switch h.State {
	case "deciding":
		text = fmt.Sprintf("the key servers decide on set %d", h.Epoch)
	case "listing":
		text = fmt.Sprintf("set %d is decided; the key servers of before list their keys", h.Epoch)
	case "moving":
		text = fmt.Sprintf("%d of %d keys have moved to set %d", h.Moved, h.Keys, h.Epoch)
	case "erasing":
		text = fmt.Sprintf("all keys have moved to set %d; the old shares are being erased", h.Epoch)
	default:
		text = fmt.Sprintf("the change to set %d is %.40q", h.Epoch, h.State)
	}
	if len(h.Awaited) > 0 {
		text += ", waiting for " + p.awaited(h.Awaited)
	}
	return h.State, text
}

func (p *progress) awaited(ids []wire.NodeID) string {
	var names []string
	for _, id := range ids {
		names = append(names, p.net.nameOf(id))
	}
	return strings.Join(names, ", ")
}

// insist does something again and again until nothing is lacking. It tells what is, when that is new.
func insist(ctx context.Context, s *steps, do func() (lacks string, err error)) error {
	var said string
	var since time.Time
	tick := time.NewTicker(changePoll)
	defer tick.Stop()
	for {
		lacks, err := do()
		switch {
		case err != nil:
			return err
		case lacks == "":
			return nil
		case lacks != said:
			said, since = lacks, time.Now()
			s.step("%s", lacks)
		case time.Since(since) > stalledAfter:
			return fmt.Errorf("no progress for %v: %s", stalledAfter, lacks)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
