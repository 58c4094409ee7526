package secrets

import (
	"go/ast"
	"testing"
)

// told is all that goes out to others than members: what clients are answered, what operators are told, and files that are shown
// to anybody. Evidence of each kind comes to it.
var told = []string{
	"wire.ServerKey", "wire.Certificate", "wire.Stored", "wire.Exists", "wire.Release", "wire.Refusal", "wire.Outcome", "wire.Signed",
	"wire.Receipt", "wire.Access", "wire.Shadow", "wire.ClusterInfo", "wire.Error", "evidence.Finding", "session.Fault", "session.Difference",
	"service.Status", "service.PeerStatus", "service.KeyStatus", "service.KeyPage", "service.AccessExplanation", "service.EvidenceFile",
}

// TestAnswersHoldNoProof: nothing that goes out to others than members has a proof in it, nor a set-up or a record with one, nor
// anything else that is secret. A set-up without its proof is a wire.Terms.
func TestAnswersHoldNoProof(t *testing.T) {
	d := declarations(t)
	kinds := d.convictions(t)
	if len(kinds) < 27 {
		t.Errorf("%d kinds of evidence: are that all?", len(kinds))
	}
	for _, name := range append(kinds, told...) {
		if d[name] == nil {
			t.Errorf("there is no %s", name)
		}
		if d.bears(name, nil) {
			t.Errorf("%s has a proof or another secret in it, and goes out", name)
		}
	}
	if !d.bears("wire.KeyRecord", nil) || !d.bears("wire.Setup", nil) || !d.bears("wire.Adopt", nil) {
		t.Error("a proof is not found where members exchange records")
	}
}

// convictions are the kinds of evidence: what has a method Kind.
func (d typesByName) convictions(t *testing.T) (kinds []string) {
	t.Helper()
	for _, file := range sources(t, "wire") {
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != "Kind" {
				continue
			}
			if of, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok {
				kinds = append(kinds, "wire."+of.X.(*ast.Ident).Name)
			}
		}
	}
	return kinds
}
