package wire

// Shadow is a document key as shadow retrieval releases it. Only the requester can
// put it together: M = DecryptedSecret + (Σ opened shadows)·CommonPoint.
type Shadow struct {
	DecryptedSecret Point
	CommonPoint     Point    // the stored one, negated for an odd threshold
	Shadows         [][]byte // t+1 ECIES blobs of 145 bytes, by ascending node id
}
