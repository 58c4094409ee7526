// Package threshold is the arithmetic of shares: polynomials and commitments, proofs, dealings, the decryption of
// document keys and Schnorr signatures by t+1 nodes, ECDSA signatures by 2t+1. It knows no sessions, no messages and no
// network; randomness is an io.Reader that the caller hands in.
//
// Words: the threshold t is the degree of the polynomial, as in Parity's Secret Store, so any t+1 nodes can act and t
// cannot; the t+1 nodes that decrypt or sign together are a Quorum. G is the generator, H a second one of which nobody
// knows the logarithm, q the group order, x the joint secret, Y = xG the joint public key, x_i = f(i) node i's share,
// Y_i = x_i·G its public part, λ_i a Lagrange coefficient at 0.
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
// # Dealing
//
// What is dealt in a session is a Plan: the Shape of each polynomial, its degree, whether it goes through zero, and whether
// it is open (Feldman's commitments a_k·G) or hidden (Pedersen's, a_k·G + b_k·H, with a second polynomial b, its
// blinding). Each receiver gets a column of scalars: of each polynomial its value, then its blinding's.
//
//	plan := Plan{{Degree: t}}             a key; ECDSAPlan(t, items)
//	fs, _ := plan.Draw(rand)              dealer: secret polynomials; f.Commit(), f.Eval(j) of each
//	r, _ := NewOneTimeKey(rand, session, j)    receiver, for this session alone: r.Public()
//	Q_j, _ := onetime.Receiver(session, j, P_j)    everybody; P_j is the receiver's static key
//	k, _ := NewEphemeral(rand, session, dealer)
//	ct, _ := k.Seal(j, Q_j, column)       k.Public(), plan.Encode(commitments) and all ct form the dealer's message
//	cs, _ := plan.Parse(encoded)          everybody
//	ch, _ := ephemeral.Verify(session, dealer)
//	q_j, _ := r.With(p_j)                 receiver
//	column, _ := ch.Open(j, q_j, Q_j, ct) for every dealer; then r.Erase()
//	sum, joint, bad, err := plan.Combine(rand, columns, j, dealings)    all at once; on failure who is bad
//	ch.Complain(...), ch.Judge(...)       any third party convicts the dealer or the accuser
//
// To seal and to open a column is one multiplication, however long it is. A complaint opens a whole column.
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
// # ECDSA
//
// An item is five polynomials, dealt ahead by and to a set of exactly 2t+1: k and a of degree t, and b, d and e of degree 2t
// through zero, all hidden. It serves one signature, under whatever key the set holds shares of.
//
//	item, _ := NewECDSAItem(set, joint[5n:5n+5])              everybody
//	own, _ := NewECDSASecret(j, sum[10n:10n+10])              node j
//	o, _ := item.Open(rand, own, ctx)                         the hash is fixed, and bound by ctx: R_i, w_i
//	item.VerifyOpening(i, o, ctx)                             everybody, of everybody else
//	s, _ := item.NewSigning(openings, hash)                   R = Σ λ_i·R_i, w = Σ λ_i·w_i = ak
//	y, _ := s.Share(rand, own, x_j, Y_j, ctx)                 node j; own is gone, also by an error
//	sig, err := s.Combine(Y, shares)                          sig verifies, or err is ErrBadSignature
//	s.VerifyShare(i, y, Y_i, ctx)                             then, for every share: who is wrong
//
// a_i/w is a share of 1/k, so y_i = (a_i/w)(h + r·x_i) + h·d_i + e_i is one of s; no secret is inverted. d makes noise of the
// answers if different signers were given different hashes; e hides what else a share of degree 2t tells. Nobody knows R
// before the openings, and they are bound to the hash: with R known first, whoever chooses hashes can forge.
//
// If all openings and all shares verify then so does the signature: there is always somebody to name.
//
// Session, dealer, requester, key version and so on reach the proofs through Context, which the caller makes.
//
// Proofs, polynomials, masks, nonces, items' secrets and ephemeral keys do not print their secrets. Sets, quorums, channels,
// items, signings and commitments do not change after they are made and may be shared; a mask belongs to one goroutine and
// is spent by one Partial, a nonce by one Share, an item's secret by one Open and one Share.
package threshold
