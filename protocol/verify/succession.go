package verify

import (
	"fmt"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// Succession is the server sets that follow one another from one that is trusted, and from which block on. It is what has to be
// known to believe the word of key servers that nobody knew when a key was made.
type Succession struct {
	sets   []*wire.ServerSet
	starts []uint64 // of each; of the first 0, since nobody says
}

// Follow makes a succession, of the first set alone if there are no links. It fails as Link does.
func Follow(first *wire.ServerSet, links ...*wire.SetLink) (*Succession, error) {
	s := &Succession{[]*wire.ServerSet{first}, []uint64{0}}
	for _, l := range links {
		next, err := Chain(s.Newest(), l)
		if err != nil {
			return nil, err
		}
		s.sets, s.starts = append(s.sets, next), append(s.starts, l.Attempt.Block.Number)
	}
	return s, nil
}

// Newest is the last set.
func (s *Succession) Newest() *wire.ServerSet { return s.sets[len(s.sets)-1] }

// Of is the set that a set-up is of. It fails if that is none of these, and as OfSet does.
func (s *Succession) Of(t *wire.Terms) (*wire.ServerSet, error) {
	var epoch uint64
	if t.Set != nil {
		epoch = t.Set.Epoch
	}
	first := s.sets[0].Epoch
	if epoch < first || epoch-first >= uint64(len(s.sets)) {
		return nil, wire.Errorf(wire.NotMember, "a key of server set %d: known are sets %d to %d", epoch, first, s.Newest().Epoch)
	}
	set := s.sets[epoch-first]
	return set, OfSet(set, t)
}

// SupersededError says that a receipt is about a block at which its key servers had long been followed by others, who hold
// the key. Who has stolen the keys of former servers may have made it.
type SupersededError struct {
	Epoch      uint64
	Block, End uint64 // what the receipt is about, and when the next set took effect
}

func (e *SupersededError) Error() string {
	return fmt.Sprintf("server set %d has ended: the next one took effect at block %d, and this is about block %d, more than %d blocks later",
		e.Epoch, e.End, e.Block, uint64(wire.DrainBlocks))
}

// Speaks is the set whose members speak for a key under a set-up, for who knows the key's origin, about this block of the
// chain. It fails if the origin is another, as Of does, and with a *SupersededError if the set had ended more than
// wire.DrainBlocks before.
//
// It does not vouch for the set-up itself. That does who has signed for it: more members of the set than may lie. As many
// as the set-up says itself are not enough: one of them could have made it up.
func (s *Succession) Speaks(t *wire.Terms, origin wire.SessionID, block uint64) (*wire.ServerSet, error) {
	if t.Origin() != origin {
		return nil, wire.Errorf(wire.NotMember, "a key that was made as version %x, and not as version %x", t.Origin(), origin[:])
	}
	set, err := s.Of(t)
	if err != nil {
		return nil, err
	}
	next := int(set.Epoch-s.sets[0].Epoch) + 1
	if next < len(s.sets) && block > s.starts[next] && block-s.starts[next] > wire.DrainBlocks {
		return nil, &SupersededError{set.Epoch, block, s.starts[next]}
	}
	return set, nil
}
