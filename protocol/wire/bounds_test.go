package wire

import "testing"

// Messages of dealings and of signing, each just beyond one limit, and within it.
func TestDealingAndSigningBounds(t *testing.T) {
	sign := func(change func(*Sign)) Message {
		m := &Sign{Scheme: Schnorr, Set: []uint32{1, 3}, Nonces: make([]NonceBytes, 2), Proof: Proof{Kind: LegacyProof, Data: make([]byte, 65)}}
		change(m)
		return m
	}
	deal := func(change func(*DealSetup)) Message {
		m := &Deal{Setup: DealSetup{Threshold: 1, Items: MaxItems, Set: []uint32{1, 2, 4}, Members: []NodeID{{2}, {3}, {5}}}}
		change(&m.Setup)
		return m
	}
	many := func(threshold uint32) (s DealSetup) {
		s = DealSetup{Threshold: threshold, Items: 1}
		for i := range 2*threshold + 1 {
			s.Set, s.Members = append(s.Set, i+1), append(s.Members, NodeID{byte(i), 1})
		}
		return s
	}
	reveal := func(commitments, shares int) Reveal {
		return Reveal{Dealing: Dealing{Dealt: Dealt{Commitments: make([]Point, commitments)}, Shares: make([][32]byte, shares)}}
	}
	for name, c := range map[string]struct {
		m     Message
		taken bool
	}{
		"a signature":                   {sign(func(*Sign) {}), true},
		"without nonces":                {sign(func(m *Sign) { m.Nonces = nil }), true},
		"by ECDSA":                      {sign(func(m *Sign) { m.Scheme, m.Nonces, m.Item.Number = ECDSA, nil, 3 }), true},
		"of nobody":                     {sign(func(m *Sign) { m.Set, m.Nonces = nil, nil }), false},
		"of some, out of order":         {sign(func(m *Sign) { m.Set = []uint32{3, 1} }), false},
		"by no scheme":                  {sign(func(m *Sign) { m.Scheme = 0 }), false},
		"with a nonce too few":          {sign(func(m *Sign) { m.Nonces = m.Nonces[1:] }), false},
		"with a nonce too many":         {sign(func(m *Sign) { m.Nonces = append(m.Nonces, NonceBytes{}) }), false},
		"by ECDSA, with nonces":         {sign(func(m *Sign) { m.Scheme = ECDSA }), false},
		"by Schnorr, with an item":      {sign(func(m *Sign) { m.Item.Number = 3 }), false},
		"with a proof too long":         {sign(func(m *Sign) { m.Proof.Data = make([]byte, maxProof+1) }), false},
		"nonces":                        {&Commitments{Nonces: make([]NonceBytes, MaxMembers)}, true},
		"no nonces":                     {new(Commitments), false},
		"more nonces than members":      {&Commitments{Nonces: make([]NonceBytes, MaxMembers+1)}, false},
		"openings":                      {&Openings{Openings: make([]Opened, MaxMembers)}, true},
		"no openings":                   {new(Openings), false},
		"more openings than members":    {&Openings{Openings: make([]Opened, MaxMembers+1)}, false},
		"nonces for later":              {&SchnorrShare{Next: make([]NonceBytes, MaxNext)}, true},
		"too many for later":            {&SchnorrShare{Next: make([]NonceBytes, MaxNext+1)}, false},
		"items":                         {deal(func(*DealSetup) {}), true},
		"an item of as many as can be":  {deal(func(s *DealSetup) { *s = many(MaxMembers/2 - 1) }), true},
		"of more":                       {deal(func(s *DealSetup) { *s = many(MaxMembers / 2) }), false},
		"no items":                      {deal(func(s *DealSetup) { s.Items = 0 }), false},
		"too many items":                {deal(func(s *DealSetup) { s.Items = MaxItems + 1 }), false},
		"too many items for all":        {deal(func(s *DealSetup) { *s = many(100); s.Items = MaxDealt/201 + 1 }), false},
		"among too few":                 {deal(func(s *DealSetup) { s.Threshold = 2 }), false},
		"among too many":                {deal(func(s *DealSetup) { s.Threshold = 0 }), false},
		"an index too many":             {deal(func(s *DealSetup) { s.Members = s.Members[1:] }), false},
		"a member too many":             {deal(func(s *DealSetup) { s.Members = append(s.Members, NodeID{6}) }), false},
		"a member twice":                {deal(func(s *DealSetup) { s.Members[2] = s.Members[0] }), false},
		"indices out of order":          {deal(func(s *DealSetup) { s.Set[2] = 1 }), false},
		"dealings of all":               {&Evidence{Reveals: []Reveal{reveal(1, 1), reveal(1, 1)}}, true},
		"dealings, the last of nothing": {&Evidence{Reveals: []Reveal{reveal(1, 1), reveal(0, 0)}}, false},
		"no commitments":                {ptr(reveal(0, 1)), false},
		"no shares":                     {ptr(reveal(1, 0)), false},
		"commits of all":                {&Evidence{Commits: make([]Commit, MaxMembers)}, true},
		"signatures of more":            {&Evidence{Certifies: make([]Certify, MaxMembers+1)}, false},
	} {
		payload, err := Encode(SessionID{}, c.m)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, _, err := Decode(c.m.Code(), payload); (err == nil) != c.taken {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func ptr[T any](v T) *T { return &v }
