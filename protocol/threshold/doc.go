// Package threshold is the arithmetic of shares: polynomials and commitments, proofs, the dealing of a key, and the
// decryption of document keys by t+1 nodes. It knows no sessions, no messages and no network; randomness is an
// io.Reader that the caller hands in.
//
// Words: the threshold t is the degree of the polynomial, as in Parity's Secret Store, so any t+1 nodes can act and t
// cannot; the t+1 nodes that decrypt together are a Quorum. G is the generator, q the group order, x the joint secret,
// Y = xG the joint public key, x_i = f(i) node i's share, Y_i = x_i·G its public part, λ_i a Lagrange coefficient at 0.
//
// # Sharing
//
//	f, _ := NewPolynomial(rand, t)        dealer: secret polynomial
//	c := f.Commit()                       Commitments, 64(t+1) bytes
//	s, _ := f.Eval(Index(j))              share of node j
//	VerifyShare(s, Index(j), c)           node j
//	joint, _ := SumCommitments(all)       of all dealers; joint.JointPublic() is Y, joint.Eval(i) is Y_i
//	set, _ := NewSet(1, 3, 4)             Lagrange coefficients, once per set
//
// # Dealing over a public channel
//
//	k, _ := NewEphemeral(rand, session, dealer)
//	ct, _ := k.Seal(j, P_j, s)            k.Public(), commitments and all ct form the dealer's message
//	ch, _ := ephemeral.Verify(session, dealer)
//	s, _ := ch.Open(j, p_j, ct)           receiver
//	bad, err := VerifyShares(...)         all dealers at once; on failure the bad ones
//	ch.Complain(...), ch.Judge(...)       any third party convicts the dealer or the accuser
//
// # Decryption
//
//	q, _ := NewQuorum(set, key)           once per set and key version
//	m, _ := q.NewMask(rand)               shadow requests only
//	co, _ := m.Coefficient()              seal co.Bytes() to the requester, then hash the sealed bytes into ctx
//	p, _ := q.Partial(rand, i, x_i, C, m, ctx)    node i; m is nil for a plain request
//	q.Verify(i, C, p, Shadow, ctx)        combining node, for every part
//	d, _ := q.Combine(E, parts)           document key (plain) or decrypted_secret (shadow)
//	q.CommonPoint(C)                      common_point (shadow)
//	OpenShadow(d, common, coefficients)   client
//
// Session, dealer, requester, key version and so on reach the proofs through Context, which the caller makes.
//
// Proofs, polynomials, masks and ephemeral keys do not print their secrets. Sets, quorums, channels and commitments do
// not change after they are made and may be shared; a mask belongs to one goroutine and is spent by one Partial.
package threshold
