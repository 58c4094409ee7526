package sessiontest

import (
	"slices"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// The check of all evidence itself: an author's signature in it, which members have sent each other, is seen.
func TestProofsInEvidenceAreSeen(t *testing.T) {
	c := New(2, 1)
	proof := c.NewClient("author").Proof(KeyID(1))
	evidence := &wire.TwoPromises{Cluster: c.ID, Holder: c.Nodes[1].ID(), Key: KeyID(1)}
	copy(evidence.A.Signature[:], proof.Data)
	seen := func() bool {
		c.watch.evidence(c, Blame{By: c.Nodes[0], Node: c.Nodes[1], Evidence: evidence})
		return slices.ContainsFunc(c.broken, func(what string) bool { return strings.Contains(what, "a client's proof in it") })
	}
	if seen() {
		t.Error("a proof is seen that nobody has sent")
	}
	c.watch.notes(&wire.Init{Setup: wire.Setup{Proof: proof}})
	if !seen() {
		t.Error("a proof is not seen")
	}
}
