// Package threshold is the arithmetic of shares: polynomials and commitments, proofs, the dealing of a key, and the
// decryption of document keys and Schnorr signatures by t+1 nodes. It knows no sessions, no messages and no network; randomness is an
// io.Reader that the caller hands in.
//
// Words: the threshold t is the degree of the polynomial, as in Parity's Secret Store, so any t+1 nodes can act and t
// cannot; the t+1 nodes that decrypt or sign together are a Quorum. G is the generator, q the group order, x the joint secret,
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
// # Signing
//
// Schnorr signatures in three forms, all made by FROST (RFC 9591); the scheme says which.
//
//	n, _ := NewNonce(rand, x_i)           node i; may be drawn long before, then without x_i
//	n.Commitment()                        to the combining node, which sends the list of all to all
//	s, _ := NewSchnorrSigning(q, Y, scheme, message, list)    everybody; t+1 multiplications
//	z, _ := s.Share(i, x_i, n)            node i; n is spent, also by an error
//	sig, err := s.Combine(shares)         combining node: sig verifies, or err is ErrBadSignature
//	s.VerifyShare(i, z)                   then, for every share: ErrBadShare names who is wrong
//	VerifySchnorr(scheme, Y, message, sig)                    anybody
//
// Binding factors hash the scheme, the key, the message, the set with all nonce commitments, and the signer: shares that
// were made from different views of these do not add up to a signature of any. What they do not know is the session: the
// caller gives a nonce to one session only.
//
// Session, dealer, requester, key version and so on reach the proofs through Context, which the caller makes.
//
// Proofs, polynomials, masks, nonces and ephemeral keys do not print their secrets. Sets, quorums, channels, signings and
// commitments do not change after they are made and may be shared; a mask belongs to one goroutine and is spent by one
// Partial, a nonce by one Share.
package threshold
