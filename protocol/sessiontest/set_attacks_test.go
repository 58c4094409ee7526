package sessiontest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What happened to others when their servers changed, and what somebody may try: which test in which directory shows that it
// fails here. One line is about sets that a contract names, which there are none of yet.
var setAttacks = []struct{ line, where, test string }{
	// What happened to others.
	{"a slow member, far behind, holds a change up", "protocol/handover", "TestUnready"},
	{"what was dealt ahead is thrown away, and all refill at once", "service", "TestStockIsAheadOfMoves"},
	{"a share off the polynomial, no signal", "protocol/sessiontest", "TestFlippedShareAfterAChange"},
	{"a node one block behind rejects early messages for good", "protocol/sessiontest", "TestOneBlockBehind"},
	{"requests in flight are dropped", "protocol/sessiontest", "TestSupersededWithinARequest"},
	{"a member that was away last time is expected to deal", "protocol/sessiontest", "TestMemberThatWasAway"},
	{"a bad dealer is compared with what he has written himself", "protocol/sessiontest", "TestDealerWithAShareOfAnEarlierVersion"},
	{"one encoding in two repositories, nothing verified: nodes and clients", "protocol/verify", "TestVectorsHold"},
	{"likewise: contracts", "contracts", "TestLinksOnChain"},
	{"likewise: dapps", "test/npm", "TestDappChecksLinks"},
	{"all have to be online at one instant", "protocol/sessiontest", "TestNotAllAtOneInstant"},
	{"no way to cancel", "protocol/handover", "TestCancelled"},
	{"the node that failed stays in the group and has never saved", "protocol/sessiontest", "TestHolding"},
	{"only 1 of 5 valid deals, reason unknown", "protocol/sessiontest", "TestRefusalsNameWhoAndWhy"},
	{"split view of the last confirmation", "protocol/sessiontest", "TestCertificateShownToHalf"},
	{"a longer polynomial raises the threshold", "protocol/sessiontest", "TestCheatingDealer"},
	{"a node in both sets panics; 4, 5, 4, 5 ten times", "protocol/sessiontest", "TestMoves"},
	{"documents of before can't be read; clients take t from their settings", "protocol/sessiontest", "TestDocumentOfBeforeTenChanges"},
	{"registration without proof of key ownership; re-registration", "protocol/verify", "TestLinkIsChecked"},
	{"restored backups bring used one-time secrets back", "protocol/sessiontest", "TestItemsOfAnEarlierRound"},
	{"all are restored after a change", "service", "TestWholeClusterComesBack"},

	// Attacks and accidents.
	{"another constant term", "protocol/sessiontest", "TestCheatingDealer"},
	{"a bad sub-share to one", "protocol/sessiontest", "TestCheatingDealer"},
	{"a short or long polynomial", "protocol/sessiontest", "TestCheatingDealer"},
	{"shares of the wrong version", "protocol/sessiontest", "TestDealerWithAShareOfAnEarlierVersion"},
	{"a dealer that deals differently to two", "protocol/sessiontest", "TestCheatingDealer"},
	{"a coordinator that shows the certificate to half", "protocol/sessiontest", "TestCertificateShownToHalf"},
	{"a coordinator that lies about its choice of dealings", "protocol/sessiontest", "TestCoordinatorThatChoosesTwice"},
	{"two coordinators", "protocol/sessiontest", "TestTwoMovers"},
	{"a coordinator that grinds ids", "protocol/sessiontest", "TestCoordinatorThatGrindsIds"},
	{"a stale coordinator of epoch e after e+1", "protocol/sessiontest", "TestStaleCoordinator"},
	{"a leaving member that answers with old shares", "protocol/sessiontest", "TestLeavingMemberAnswersWithOldShares"},
	{"a joining member that answers before it holds", "protocol/sessiontest", "TestJoiningMemberBeforeItHolds"},
	{"a member restored from a backup of before", "protocol/sessiontest", "TestMemberRestoredFromBefore"},
	{"mixed-age backups of all", "protocol/sessiontest", "TestBackupsOfMixedAges"},
	{"two of four disks lost, then replaced", "protocol/sessiontest", "TestTwoOfFourLostThenReplaced"},
	{"t' = 2 of 5 with two liars and one asleep", "protocol/sessiontest", "TestTwoLiarsAndOneAsleep"},
	{"the whole old set but t members gone", "protocol/sessiontest", "TestWholeOldSetButTGone"},
	{"the whole old set but t members gone, and so its quorum", "protocol/sessiontest", "TestGiveUpWithTMembersLeft"},
	{"an administrator who signs two orders", "protocol/sessiontest", "TestTwoOrdersOfOneAdministrator"},
	{"one forged link", "protocol/verify", "TestLinkIsChecked"},
	{"two links from one parent", "protocol/handover", "TestTwoLinks"},
	{"a superseded receipt off line", "client", "TestSupersededReceiptOffLine"},
	{"a superseded receipt on chain", "contracts", "TestSupersededReceiptOnChain"},
	{"P1 under the old version and P2 under the new", "protocol/sessiontest", "TestPairMovesWithTheKey"},
	{"a generation in the very second of the fence", "protocol/sessiontest", "TestFenceInAGeneration"},
	{"a generation that is bound but not listed", "protocol/sessiontest", "TestFenceAndVotes"},
	{"cancel after listing, then a key, then a new order", "protocol/sessiontest", "TestCancelAfterListing"},
	{"epoch e+2 while e+1 is unreachable", "protocol/sessiontest", "TestSetAfterAnUnreachableOne"},
	{"epoch e+2 while e+1 has lost its quorum", "protocol/sessiontest", "TestGiveUpAnUnreachableSet"},
	{"a contract that changes back and forth, names one key twice, garbage, 256 members, nobody", "contract", ""},
	{"a set of which this node is no member", "protocol/handover", "TestMemberGuards"},
	{"a crash at every persisted step of a move", "protocol/sessiontest", "TestCrashInMove"},
	{"a crash at every persisted step of a decision", "protocol/handover", "TestCrashes"},
	{"a crash at every persisted step of the listings", "protocol/sessiontest", "TestGatheringCrash"},
	{"a full disk in the middle", "test/e2e", "TestServersChangeOnFullDisk"},
	{"a removed directory started again", "service", "TestServerLeavesWhileDown"},
	{"likewise, and nobody answers", "service", "TestRemovedServerAlone"},
}

func TestSetAttacksHaveTests(t *testing.T) {
	for _, a := range setAttacks {
		if a.test == "" {
			continue
		}
		files, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(a.where), "*_test.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", a.where, err)
		}
		found := false
		for _, name := range files {
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			found = found || strings.Contains(string(source), "\nfunc "+a.test+"(t *testing.T)")
		}
		if !found {
			t.Errorf("%q: there is no %s in %s", a.line, a.test, a.where)
		}
	}
}
