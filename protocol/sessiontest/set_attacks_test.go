package sessiontest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What happened to others when their servers changed, and what somebody may try: which test shows that it fails here. The tests are
// where the path says; those that take processes, the service or a chain are named by where they belong.
var setAttacks = []struct{ line, where, test string }{
	// What happened to others.
	{"a slow member, far behind, holds a change up", "handover", "TestUnready"},
	{"what was dealt ahead is thrown away, and all refill at once", "service", ""},
	{"a share off the polynomial, no signal", "sessiontest", "TestFlippedShareAfterAChange"},
	{"a node one block behind rejects early messages for good", "sessiontest", "TestOneBlockBehind"},
	{"requests in flight are dropped", "sessiontest", "TestSupersededWithinARequest"},
	{"a member that was away last time is expected to deal", "sessiontest", "TestMemberThatWasAway"},
	{"a bad dealer is compared with what he has written himself", "sessiontest", "TestDealerWithAShareOfAnEarlierVersion"},
	{"one encoding in two repositories, nothing verified", "clients", ""},
	{"all have to be online at one instant", "sessiontest", "TestNotAllAtOneInstant"},
	{"no way to cancel", "handover", "TestCancelled"},
	{"the node that failed stays in the group and has never saved", "sessiontest", "TestHolding"},
	{"only 1 of 5 valid deals, reason unknown", "sessiontest", "TestRefusalsNameWhoAndWhy"},
	{"split view of the last confirmation", "sessiontest", "TestCertificateShownToHalf"},
	{"a longer polynomial raises the threshold", "sessiontest", "TestCheatingDealer"},
	{"a node in both sets panics; 4, 5, 4, 5 ten times", "sessiontest", "TestMoves"},
	{"documents of before can't be read; clients take t from their settings", "sessiontest", "TestDocumentOfBeforeTenChanges"},
	{"registration without proof of key ownership; re-registration", "verify", "TestLinkIsChecked"},
	{"restored backups bring used one-time secrets back", "sessiontest", "TestItemsOfAnEarlierRound"},

	// Attacks and accidents.
	{"another constant term", "sessiontest", "TestCheatingDealer"},
	{"a bad sub-share to one", "sessiontest", "TestCheatingDealer"},
	{"a short or long polynomial", "sessiontest", "TestCheatingDealer"},
	{"shares of the wrong version", "sessiontest", "TestDealerWithAShareOfAnEarlierVersion"},
	{"a dealer that deals differently to two", "sessiontest", "TestCheatingDealer"},
	{"a coordinator that shows the certificate to half", "sessiontest", "TestCertificateShownToHalf"},
	{"a coordinator that lies about its choice of dealings", "sessiontest", "TestCoordinatorThatChoosesTwice"},
	{"two coordinators", "sessiontest", "TestTwoMovers"},
	{"a coordinator that grinds ids", "sessiontest", "TestCoordinatorThatGrindsIds"},
	{"a stale coordinator of epoch e after e+1", "sessiontest", "TestStaleCoordinator"},
	{"a leaving member that answers with old shares", "sessiontest", "TestLeavingMemberAnswersWithOldShares"},
	{"a joining member that answers before it holds", "sessiontest", "TestJoiningMemberBeforeItHolds"},
	{"a member restored from a backup of before", "sessiontest", "TestMemberRestoredFromBefore"},
	{"mixed-age backups of all", "sessiontest", "TestBackupsOfMixedAges"},
	{"two of four disks lost, then replaced", "sessiontest", "TestTwoOfFourLostThenReplaced"},
	{"t' = 2 of 5 with two liars and one asleep", "sessiontest", "TestTwoLiarsAndOneAsleep"},
	{"the whole old set but t members gone", "sessiontest", "TestWholeOldSetButTGone"},
	{"the whole old set but t members gone, and so its quorum", "sessiontest", "TestGiveUpWithTMembersLeft"},
	{"an administrator who signs two orders", "sessiontest", "TestTwoOrdersOfOneAdministrator"},
	{"one forged link", "verify", "TestLinkIsChecked"},
	{"two links from one parent", "handover", "TestTwoLinks"},
	{"a superseded receipt off line and on chain", "receipts", ""},
	{"P1 under the old version and P2 under the new", "sessiontest", "TestPairMovesWithTheKey"},
	{"a generation in the very second of the fence", "sessiontest", "TestFenceInAGeneration"},
	{"a generation that is bound but not listed", "sessiontest", "TestFenceAndVotes"},
	{"cancel after listing, then a key, then a new order", "sessiontest", "TestCancelAfterListing"},
	{"epoch e+2 while e+1 is unreachable", "sessiontest", "TestSetAfterAnUnreachableOne"},
	{"epoch e+2 while e+1 has lost its quorum", "sessiontest", "TestGiveUpAnUnreachableSet"},
	{"a contract that changes back and forth, names one key twice, garbage, 256 members, nobody", "contract", ""},
	{"a set of which this node is no member", "handover", "TestMemberGuards"},
	{"a crash at every persisted step of a move", "sessiontest", "TestCrashInMove"},
	{"a crash at every persisted step of a decision", "handover", "TestCrashes"},
	{"a crash at every persisted step of the listings", "sessiontest", "TestGatheringCrash"},
	{"a full disk in the middle", "processes", ""},
	{"a removed directory started again", "processes", ""},
}

func TestSetAttacksHaveTests(t *testing.T) {
	for _, a := range setAttacks {
		if a.test == "" {
			continue
		}
		files, err := filepath.Glob(filepath.Join("..", a.where, "*_test.go"))
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
			t.Errorf("%q: there is no %s in protocol/%s", a.line, a.test, a.where)
		}
	}
}
