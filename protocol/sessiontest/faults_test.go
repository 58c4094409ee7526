package sessiontest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// accusers are the functions by which a machine accuses another node.
var accusers = []string{"blame", "Blame", "convict", "guilty", "twoPromises", "BlameOrDiffer"}

// sites finds where the machines accuse somebody: function, and what they say.
func sites(t *testing.T) map[string]bool {
	t.Helper()
	var files []string
	for _, room := range []string{"session", "ballot", "generation", "items", "gathering", "documents", "asking", "handover", "join"} {
		in, err := filepath.Glob("../" + room + "/*.go")
		if err != nil || len(in) == 0 {
			t.Fatal("no files of protocol/"+room, err)
		}
		files = append(files, in...)
	}
	found := make(map[string]bool)
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil {
				for _, what := range accusations(fn.Body) {
					found[file.Name.Name+"."+name(fn)+": "+what] = true
				}
			}
		}
	}
	return found
}

// name is a function's, with the type that it belongs to.
func name(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return fn.Name.Name
	}
	of := fn.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	return of.(*ast.Ident).Name + "." + fn.Name.Name
}

// accusations are what a function says of others.
func accusations(body ast.Node) (all []string) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if slices.Contains(accusers, called(n)) {
				all = append(all, text(n))
			}
		case *ast.CompositeLit:
			of := n.Type
			if list, ok := of.(*ast.ArrayType); ok {
				of = list.Elt
			}
			if isFault(of) {
				all = append(all, text(n))
			}
		}
		return true
	})
	return all
}

func called(call *ast.CallExpr) string {
	switch fn := call.Fun.(type) {
	case *ast.Ident:
		return fn.Name
	case *ast.SelectorExpr:
		return fn.Sel.Name
	}
	return ""
}

func isFault(of ast.Expr) bool {
	if from, ok := of.(*ast.SelectorExpr); ok {
		of = from.Sel
	}
	id, ok := of.(*ast.Ident)
	return ok && id.Name == "Fault"
}

// text is the first text in an expression.
func text(n ast.Node) (first string) {
	ast.Inspect(n, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && first == "" {
			first, _ = strconv.Unquote(lit.Value)
		}
		return true
	})
	return first
}

// Why no honest node comes to a fault, whatever its list, settings, version, head and memory are.
const (
	whyDiffers = "what comes of another list or cluster is told from what is false, and is no fault (session.Differs)"
	whyKind    = "which message answers which does not change within a version of ss; one that a program does not know is refused by protocol, without a fault"
	whySession = "the id is a hash over the message, its sender and the cluster, which the hello has compared"
	whySigned  = "the signature is over what the message says itself, by a key that is its sender's name"
	whyProven  = "the sender has computed it from the certified record, the request or its own dealing, which both name by their hash; no view goes into it"
	whyTwice   = "an honest node has said one of the two, durably; one that may have forgotten gives its word no more (session/gap.go)"
	whyRecord  = "both have the record of the same version, whose hash the request names"
	whyRequest = "both read it out of the same request, at the block that it is about"
	whyChecked = "the coordinator had checked it, by the same rules, before it passed it on"
	whyOnce    = "who may use it is who was given it; what a coordinator has used it forgets, at the latest with the connection"
	whyHeads   = "an oracle names a newer block only if its own head is above the one asked about, and is asked about one (service/acl)"
	whySaid    = "the message itself says how many there are, or what it is about"
	whyDoor    = "points are checked at the door of the coordinator, too, in every version"
	whyOrder   = "both have the parent set that the order names by its hash, and rules that depend on nothing else; about another parent, or a link after another, it is told from what is false (verify.CheckOrder, session.Differs)"
	whyInTurn  = "the coordinator asks only those that it has asked the step before, in this session, once and in this order; who has refused hears nothing more"
	whyCaller  = "says what its callers say, which are in this table"
)

// innocent has a row for every place where a machine accuses another node.
var innocent = map[string]string{
	"gathering.Batch.partials: ":                                                               whyProven,
	"gathering.Batch.partials: gave a wrong part of a decryption: ":                            whyProven,
	"gathering.Batch.partials: partial with a false signature":                                 whySigned,
	"gathering.Batch.partials: partial without a receipt":                                      whyRequest,
	"gathering.Batch.received: answered a batch wrongly with message %#x":                      whyKind,
	"asking.Explaining.received: ":                                                             whyHeads,
	"generation.Coordinator.offered: passed on the record of another key":                      whySaid,
	"generation.Coordinator.refute: ":                                                          whyDiffers,
	"handover.Gathering.received: answered a question for a listing with message %#x":          whyKind,
	"handover.Relisting.received: answered a question for a listing with message %#x":          whyKind,
	"handover.Gathering.page: ":                                                                whySigned,
	"handover.Relisting.received: listing with a false signature":                              whySigned,
	"handover.Holding.received: holds with a false signature":                                  whySigned,
	"handover.Holding.received: answered a question about what it holds with message %#x":      whyKind,
	"handover.HoldingMember.tell: hold: opened under a session id that is not its own":         whySession,
	"handover.Planning.received: list of shares with a false signature":                        whySigned,
	"handover.Planning.received: list of shares that does not begin where it was to":           whySession,
	"handover.Planning.received: answered a question for a list of shares with message %#x":    whyKind,
	"handover.PlanningMember.tell: plan: opened under a session id that is not its own":        whySession,
	"handover.Receipts.received: answered a question for receipts of erasure with message %#x": whyKind,
	"handover.Receipts.erasures: receipt of erasure of what was not asked for":                 whyRequest,
	"handover.Receipts.erasures: ":                                                             whySigned,
	"asking.Holdings.received: answered a question about holdings with message %#x":            whyKind,
	"items.Dealing.blame: ": whyCaller,
	"items.Dealing.certify: sent a transcript that it did not sign as its own":          whySigned,
	"items.Dealing.certify: signed a transcript that does not follow from the dealings": whyProven,
	"items.Dealing.commit: %v": whyProven,
	"items.Dealing.commit: sent a one-time key that it did not sign as its own":                         whySigned,
	"items.Dealing.complaint: complained about nobody":                                                  whyProven,
	"items.Dealing.complaint: complained about what it was not shown":                                   whyProven,
	"items.Dealing.complaint: complained about what nobody has said":                                    whyChecked,
	"items.Dealing.complaint: complained falsely":                                                       whyProven,
	"items.Dealing.complaint: dealt a bad share":                                                        whyProven,
	"items.Dealing.complaint: sent a complaint that it did not sign as its own":                         whySigned,
	"items.Dealing.received: answered a dealing with message %#x":                                       whyKind,
	"items.Dealing.reveal: %v":                                                                          whyProven,
	"items.Dealing.reveal: sent a dealing that it did not sign as its own, or to other keys":            whySigned,
	"items.Dealing.show: dealt a bad share":                                                             whyProven,
	"items.DealingMember.blame: ":                                                                       whyCaller,
	"items.DealingMember.complain: dealt a bad share for a signature":                                   whyProven,
	"items.DealingMember.open: session and set-up do not fit together":                                  whySession,
	"items.DealingMember.open: this node is not among the members":                                      whySaid,
	"items.DealingMember.settle: %s %v":                                                                 whyProven,
	"items.DealingMember.dealing: shows a dealing that does not belong there":                           whyChecked,
	"items.DealingMember.dealing: shows a dealing with a false signature":                               whySigned,
	"items.DealingMember.dealing: shows another dealing in place of this node's":                        whyChecked,
	"items.DealingMember.keys: %s %v":                                                                   whyProven,
	"items.DealingMember.keys: shows a key with a false signature":                                      whySigned,
	"items.DealingMember.keys: shows another key in place of this node's":                               whyChecked,
	"items.DealingMember.keys: shows only some of the keys":                                             whySaid,
	"items.DealingMember.shown: shows messages that do not belong there":                                whyKind,
	"documents.StoringMember.blame: ":                                                                   whyCaller,
	"documents.StoringMember.keep: ":                                                                    whyTwice,
	"documents.StoringMember.promise: ":                                                                 whyDoor,
	"documents.StoringMember.supplied: ":                                                                whyDiffers,
	"documents.Lookup.checkHeld: ":                                                                      whyTwice,
	"documents.Lookup.checkHeld: false answer to a look-up":                                             whyDiffers,
	"documents.Lookup.learn: false answer to a look-up: ":                                               whyDiffers,
	"documents.Lookup.received: answered a look-up with message %#x":                                    whyKind,
	"generation.Member.adopt: key record":                                                               whyDiffers,
	"session.Member.Blame: ":                                                                            whyCaller,
	"gathering.BatchMember.open: batch under a session id that is not its own":                          whySession,
	"gathering.Retrieval.take: gave a wrong part of a decryption: ":                                     whyProven,
	"gathering.Retrieval.take: partial with a false signature":                                          whySigned,
	"gathering.Retrieval.take: partial without a receipt":                                               whyRequest,
	"join.RouteOf: : opened under a session id that is not its own":                                     whySession,
	"join.RouteOf: : opened with a message that ":                                                       whySession,
	"documents.Storing.exists: ":                                                                        whyTwice,
	"documents.Storing.exists: false proof of a document key":                                           whyDiffers,
	"documents.Storing.superseded: storing: answered with a later version":                              whyDiffers,
	"gathering.gathering.superseded: : answered with a later version":                                   whyDiffers,
	"gathering.gathering.superseded: : answered with a later version: ":                                 whyDiffers,
	"documents.Storing.promised: bad signature on a document key":                                       whySigned,
	"documents.Storing.received: sent message %#x to the coordinator of a storing":                      whyKind,
	"gathering.signingDuty.answer: cosigning: %v":                                                       whyChecked,
	"gathering.signingDuty.answerECDSA: cosigning: with a wrong opening of holder %d: %v":               whyChecked,
	"gathering.signingDuty.answerECDSA: cosigning: with another opening in place of this node's":        whyChecked,
	"gathering.signingDuty.answerECDSA: cosigning: with openings that are not those of the set":         whyChecked,
	"gathering.signingDuty.further: cosigning: with nonces that are not those committed to":             whyChecked,
	"gathering.signingDuty.grant: cosigning: asked a second time to sign with a nonce that is spent":    whyOnce,
	"gathering.signingDuty.openItem: cosigning: asked a second time to sign with an item that is spent": whyOnce,
	"gathering.signingDuty.openItem: cosigning: with an item of other signers":                          whyRecord,
	"gathering.ecdsaTask.guilty: gave a wrong share of a signature: %v":                                 whyProven,
	"gathering.ecdsaTask.next: ":                                                                        whyProven,
	"gathering.ecdsaTask.opening: gave a wrong opening for a signature: %v":                             whyProven,
	"gathering.ecdsaTask.opening: opening with a false signature":                                       whySigned,
	"gathering.ecdsaTask.take: ":                                                                        whyProven,
	"gathering.ecdsaTask.take: signature share with a false signature":                                  whySigned,
	"session.Blame: ":             whyCaller,
	"session.BlameOrDiffer: : ":   whyCaller,
	"gathering.gathering.blame: ": whyCaller,
	"gathering.gathering.newer: claims that an older block is newer":                                                whyHeads,
	"gathering.gathering.received: %s: answered with message %#x":                                                   whyKind,
	"gathering.gathering.without: ":                                                                                 whyCaller,
	"gathering.member.decide: %s: %s":                                                                               whyRecord,
	"gathering.member.open: %s: under a session id that is not its own":                                             whySession,
	"gathering.member.supplied: %s: without the records it is about":                                                whyDiffers,
	"gathering.member.supplied: %v":                                                                                 whyDiffers,
	"generation.Member.pairSettled: settles the document key: %v":                                                   whyChecked,
	"generation.Coordinator.waived: waived with a false signature":                                                  whySigned,
	"generation.polling.count: voted for completing and for abandoning an attempt, both in ballot %d":               whyTwice,
	"generation.polling.received: answer to a poll":                                                                 whyDiffers,
	"generation.polling.received: answered a poll with message %#x":                                                 whyKind,
	"generation.run.adopt: key record":                                                                              whyDiffers,
	"generation.run.blame: ":                                                                                        whyCaller,
	"generation.run.convict: ":                                                                                      whyCaller,
	"generation.run.decide: complained falsely about member %d":                                                     whyProven,
	"generation.run.decide: dealt a bad share to member %d":                                                         whyProven,
	"generation.run.inspect: ":                                                                                      whyProven,
	"generation.run.inspect: revealed another dealing than it was committed to":                                     whyProven,
	"generation.run.judge: complained about nobody":                                                                 whyProven,
	"generation.run.judge: complained about what member %d has not said":                                            whyChecked,
	"generation.run.commit: ":                                                                                       whyProven,
	"generation.run.known: speaks of member %d of %d":                                                               whySaid,
	"generation.run.mergeCertify: signed two different transcripts":                                                 whyTwice,
	"generation.run.mergeCommit: signed two different commits":                                                      whyTwice,
	"generation.run.mergeReveal: signed two different reveals":                                                      whyTwice,
	"generation.run.signed: delivers a message with a false signature":                                              whySigned,
	"generation.run.unanimous: signed a transcript that does not follow from the dealings":                          whyProven,
	"generation.run.validAcks: acknowledged with a false signature":                                                 whySigned,
	"gathering.schnorrTask.counted: ":                                                                               whyProven,
	"gathering.schnorrTask.counted: sent no nonce ahead: ":                                                          whyProven,
	"gathering.schnorrTask.guilty: gave a wrong share of a signature: %v":                                           whyProven,
	"gathering.schnorrTask.next: ":                                                                                  whyProven,
	"gathering.schnorrTask.take: committed to no nonce: ":                                                           whyProven,
	"gathering.schnorrTask.take: signature share with a false signature":                                            whySigned,
	"documents.twoPromises: promised two document keys":                                                             whyTwice,
	"handover.Deciding.received: answer in deciding a server set":                                                   whyOrder,
	"handover.DecidingMember.attempted: an attempt that is not for this node to bind itself to":                     whyInTurn,
	"handover.DecidingMember.certified: a certificate of an attempt that was not shown":                             whyInTurn,
	"handover.DecidingMember.received: message %#x before the proposal":                                             whyKind,
	"handover.DecidingMember.received: message %#x in deciding a server set":                                        whyKind,
	"handover.DecidingMember.reject: proposal of a server set":                                                      whyOrder,
	"handover.Following.received: answer about addresses":                                                           whyChecked,
	"handover.FollowingMember.tell: question with addresses":                                                        whyChecked,
	"handover.Following.received: answer about server sets":                                                         whyOrder,
	"handover.Following.received: answered a question about server sets with message %#x":                           whyKind,
	"handover.Settling.received: answer to a cancelled order":                                                       whyOrder,
	"handover.Settling.received: answered a poll with message %#x":                                                  whyKind,
	"handover.polling.count: voted for completing and for abandoning an attempt at a server set, both in ballot %d": whyTwice,
	"handover.polling.received: answer to a poll about a server set":                                                whyOrder,
	"handover.polling.received: answered a poll with message %#x":                                                   whyKind,
}

// TestFaultSites: whoever adds an accusation has to say why no honest node can come to it.
func TestFaultSites(t *testing.T) {
	found := sites(t)
	for site := range found {
		if innocent[site] == "" {
			t.Errorf("%q accuses a node and has no row: can an honest one with another list, settings, version, head or memory come to it?", site)
		}
	}
	for site := range innocent {
		if !found[site] {
			t.Errorf("there is no such place any more: %q", site)
		}
	}
}
