package wire

import (
	"errors"
	"time"

	"github.com/ethereum/go-ethereum/common"
)

// What administrators and operators are told of the server set, and what they ask of it.

// ServersInfo is who the key servers are, as one node knows it, and what is under way.
type ServersInfo struct {
	Chain   uint64       `json:"chainId"`
	Cluster ClusterID    `json:"cluster"`
	Epoch   uint64       `json:"epoch"`
	Hash    common.Hash  `json:"hash"`   // ServerSet.Hash
	Parent  common.Hash  `json:"parent"` // of the set before; zero in epoch 0
	Members []MemberInfo `json:"members"`
	// Former are members of earlier sets who have not signed that they erased what they held.
	Former []MemberInfo `json:"former"`

	Administrators []common.Address `json:"administrators"` // whose word changes the set; none: nobody's
	Needed         uint32           `json:"needed"`         // of them, for one order
	Floor          uint32           `json:"floor"`          // the lowest threshold of any key in this set
	Refresh        uint64           `json:"refresh"`        // seconds between rounds that deal all shares anew; 0: none

	Change     *ChangeInfo `json:"change"`     // null: nothing is under way
	LastChange *BlockInfo  `json:"lastChange"` // the final block at which the set took effect; null in epoch 0
	// Backup is when the newest backup of this node was made, as far as it knows. One from before LastChange can't bring
	// back any share that is in use.
	Backup *time.Time `json:"lastBackup"`
	// Dealt is when shares of this node last came in the place of others, as far as it knows: by a change, a refresh, or a
	// repair, which has all holders of the key get new ones. A backup from before can't bring these back.
	Dealt *time.Time `json:"lastDealt"`
	// Difference is where this node's configuration file differs from the set, which is what counts; empty: nowhere.
	Difference string     `json:"difference"`
	Block      *BlockInfo `json:"block"` // the final one; null: there is none yet
	// GivenUp are the epochs of the sets that had lost their quorum and were given up by all administrators: since then is not
	// guaranteed what NotGuaranteed says.
	GivenUp []uint64 `json:"givenUp,omitempty"`

	// Member tells whether this node is one of Members. One that was removed goes on as a node.
	Member bool `json:"member"`
	// Held counts the shares that a node which is no member has still got: of keys that have not moved yet, or whose new
	// holders have not been heard. Of a member it is zero.
	Held int `json:"held"`
	// Thin counts former shares of this node that stay, sealed and unanswering: fewer members than would be safe hold the new
	// ones. A further round, or an order with force, ends that.
	Thin int `json:"thin"`
	// Unerased are all who have not signed that they have erased their former shares, this node included, as it knows. A
	// receipt is its signer's word: nobody can check it.
	Unerased []UnerasedInfo `json:"unerased"`
	// WrittenOff are those for whose receipts the operator of this node has given up waiting: they have not erased, for all
	// that is known, and copies of their shares may exist for ever. Since is when that was said.
	WrittenOff []UnerasedInfo `json:"writtenOff,omitempty"`
}

// Outdated tells what has happened since the newest backup of this node that makes older ones worthless, wholly or for some
// keys; empty: nothing, or it holds no share.
func (s *ServersInfo) Outdated() string {
	since := func(at uint64) bool {
		return (s.Member || s.Held > 0) && (s.Backup == nil || uint64(max(s.Backup.Unix(), 0)) < at)
	}
	switch {
	case s.LastChange != nil && s.LastChange.Timestamp > 0 && since(s.LastChange.Timestamp):
		return "the key servers changed"
	case s.Dealt != nil && since(uint64(max(s.Dealt.Unix(), 0))):
		return "shares were dealt anew, by a refresh or a repair"
	}
	return ""
}

// UnerasedInfo is a node whose receipts of erasure are missing.
type UnerasedInfo struct {
	ID        NodeID         `json:"id"`
	Address   common.Address `json:"address"` // its account
	Member    bool           `json:"member"`  // of the present set
	Connected bool           `json:"connected"`
	Shares    int            `json:"shares"` // former ones for which no receipt is here
	Since     time.Time      `json:"since"`  // as long as this node runs
}

// MemberInfo is a key server of a set.
type MemberInfo struct {
	ID      NodeID         `json:"id"`
	Address common.Address `json:"address"` // its account
	Enode   string         `json:"enode"`   // where it is reached; empty: this node does not know
	Key     Point          `json:"epochKey"`
}

// ChangeState is how far a change of the server set is.
type ChangeState string

// The states, in their order. A refresh begins with ChangeMoving.
const (
	ChangeDeciding ChangeState = "deciding" // the key servers vote on the order; it can be cancelled
	ChangeListing  ChangeState = "listing"  // the set is decided; its members learn which keys there are
	ChangeMoving   ChangeState = "moving"   // keys are dealt to it
	ChangeErasing  ChangeState = "erasing"  // former shares are erased
)

// MaxChangeFailures bounds the keys that ChangeInfo names.
const MaxChangeFailures = 100

// ChangeInfo is a change of the server set, or a round of a refresh, that is under way.
type ChangeInfo struct {
	State ChangeState `json:"state"`
	Epoch uint64      `json:"epoch"` // of the set that is to be
	Hash  common.Hash `json:"hash"`
	Since time.Time   `json:"since"` // of this state
	// Round is that in which all keys are dealt anew within the set: the number of a final block; 0: none.
	Round uint64 `json:"round,omitempty"`

	// Order is what the key servers decide on, while it can be cancelled.
	Order *SetOrder `json:"order,omitempty"`

	Keys     int           `json:"keys"`     // that are to move
	Moved    int           `json:"moved"`    // of them, those that have
	Thin     int           `json:"thin"`     // of those, the ones whose old shares wait for more members of the new sharing
	Failures int           `json:"failures"` // keys that can't move now
	Failed   []MoveFailure `json:"failed"`   // the first MaxChangeFailures of them; told to operators alone

	Awaited      []NodeID    `json:"awaited"`      // without whom it can't go on
	AwaitedSince []time.Time `json:"awaitedSince"` // of each
	NotErased    []NodeID    `json:"notErased"`    // whose receipts of erasure are missing, members or not
}

// MoveFailure is a key that can't move now.
type MoveFailure struct {
	Key    KeyID  `json:"key"`
	Reason string `json:"reason"`
}

// Public is what everybody may see: all but the names of keys.
func (s *ServersInfo) Public() *ServersInfo {
	if s.Change == nil || len(s.Change.Failed) == 0 {
		return s
	}
	public, change := *s, *s.Change
	change.Failed = []MoveFailure{}
	public.Change = &change
	return &public
}

// OrderRequest says what an order is to change. What it leaves out stays as it is.
type OrderRequest struct {
	Add     []string      `json:"add"` // enode URLs
	Remove  []NodeID      `json:"remove"`
	Replace []Replacement `json:"replace"`

	Floor          *uint32           `json:"floor"`
	Refresh        *uint64           `json:"refresh"` // seconds; 0: no interval
	Administrators *[]common.Address `json:"administrators"`
	Needed         *uint32           `json:"needed"`

	// Back asks for the members and settings of the set before the present one, but for its floor, which never gets lower.
	// Only Force and Expires go with it.
	Back bool `json:"back"`

	// GiveUp asks for an order by which the present set is given up: see SetOrder.GiveUp.
	GiveUp bool `json:"giveUp"`

	Force   bool   `json:"force"`
	Expires uint64 `json:"expires"` // Unix seconds of a final block; 0: the key server's choice, some days
}

// Bound checks how much is asked for, and that it is something.
func (r *OrderRequest) Bound() error {
	switch {
	case len(r.Add)+len(r.Replace) > MaxMembers || len(r.Remove)+len(r.Replace) > MaxMembers:
		return errors.New("more key servers join or leave than a set can have")
	case r.Administrators != nil && len(*r.Administrators) > MaxAdministrators:
		return errors.New("too many administrators")
	case r.Back && r.GiveUp:
		return errors.New("a set that is given up is followed by another one, and not by the one before it")
	case r.Back && (len(r.Add)+len(r.Remove)+len(r.Replace) > 0 || r.Floor != nil || r.Refresh != nil || r.Administrators != nil || r.Needed != nil):
		return errors.New("back gives the set before again, so nothing else can be changed with it")
	}
	for _, url := range r.Add {
		if len(url) > MaxOrderURL {
			return errors.New("add has a URL that is too long")
		}
	}
	for i := range r.Replace {
		if len(r.Replace[i].With) > MaxOrderURL {
			return errors.New("replace has a URL that is too long")
		}
	}
	return nil
}

// MaxOrderURL bounds the URL of a key server in a request: scheme, id and address.
const MaxOrderURL = 160 + MaxOrderAddress

// Replacement puts a key server in the place of another.
type Replacement struct {
	ID   NodeID `json:"id"`
	With string `json:"with"` // enode URL
}

// Plan is what an order would do, from what key servers sign that they hold.
type Plan struct {
	Order   *SetOrder   `json:"order"`   // the one that makeOrder makes of the same request, without signatures
	Keys    int         `json:"keys"`    // that the lists have
	Listed  []NodeID    `json:"listed"`  // whose signed lists it stands on
	Silent  []NodeID    `json:"silent"`  // key servers that gave none, or no whole one: what only they hold counts as lost
	Reasons []string    `json:"reasons"` // of each of Silent: why
	Joining []NodeID    `json:"joining"` // that can't be reached, of those who join
	Classes []PlanClass `json:"classes"` // of all keys, worst first
	// Refusal is why the key servers refuse the order unless it says force; empty: they don't.
	Refusal   string     `json:"refusal"`
	Rehearsal *Rehearsal `json:"rehearsal"` // null unless it was asked for
}

// PlanClass is what happens to all keys that have the same threshold and as many holders.
type PlanClass struct {
	Keys    int   `json:"keys"`
	Example KeyID `json:"example"`
	// Unsure are those of them that so few key servers list, and the asked one does not, that nobody else may have them: they
	// may have been made up.
	Unsure int `json:"unsure"`

	Threshold uint32 `json:"threshold"` // t of the present sharing
	Holders   int    `json:"holders"`   // of it
	Next      uint32 `json:"nextThreshold"`
	Members   int    `json:"members"` // n', who get shares

	// Lost: fewer than t+1 holders say that they hold the key, so that it can't move before others come back.
	Lost bool `json:"lost"`
	// Unreadable: the new set has fewer than t'+1 members. NoECDSA: fewer than 2t'+1, while the present holders are enough.
	Unreadable bool `json:"unreadable"`
	NoECDSA    bool `json:"noEcdsa"`
	// Spare is how many members of the new set may be silent, or lie, without keeping the old shares from being erased.
	Spare int `json:"spare"`
}

// NewPlanClass judges what happens to keys of a threshold when they move to a set of n members.
func NewPlanClass(keys int, example KeyID, threshold uint32, holders int, floor uint32, n int) PlanClass {
	t, next := int(threshold), int(max(threshold, floor))
	return PlanClass{
		Keys: keys, Example: example, Threshold: threshold, Holders: holders, Next: uint32(next), Members: n,
		Lost: holders < t+1, Unreadable: n < next+1, NoECDSA: n < 2*next+1 && holders >= 2*t+1, Spare: max(0, n-(2*next+1)),
	}
}

// NeedsForce tells whether the key servers take an order that does this to keys only if it says force.
func (c *PlanClass) NeedsForce() bool { return c.Lost || c.Unreadable || c.NoECDSA }

// Rehearsal is how a change went that was played up to its certificates: for some keys of each class, with made-up shares.
type Rehearsal struct {
	Keys    int           `json:"keys"`   // that were tried
	Thick   int           `json:"thick"`  // of them: so many members have signed that the old shares could be erased at once
	Thin    int           `json:"thin"`   // fewer have, but enough for the key to move
	Failed  []MoveFailure `json:"failed"` // at most MaxChangeFailures
	Elapsed float64       `json:"elapsedMs"`
	// Estimate is how long all keys would take at that pace, in milliseconds. A change writes to disks beside, and more of its
	// keys move at the same time.
	Estimate float64 `json:"estimateMs"`
	// Unready are members of the set that would be, who did not do their part.
	Unready []UnreadyInfo `json:"unready"`
}

// UnreadyInfo is a node that did not do its part in a rehearsal.
type UnreadyInfo struct {
	ID     NodeID `json:"id"`
	Reason string `json:"reason"`
}

// RoundInfo is a round that begins.
type RoundInfo struct {
	SetRef
	Round uint64 `json:"round"` // number of a final block
	Keys  int    `json:"keys"`  // that are dealt anew, as far as this node knows
}

// WriteOffInfo is what a node does not wait for any more.
type WriteOffInfo struct {
	ID     NodeID `json:"id"`
	Shares int    `json:"shares"` // former ones of which it is not known that they are erased
}

// NotKnownOfWrittenOff is what is not known of the shares of a key server that was written off.
const NotKnownOfWrittenOff = "its former shares are not known to be erased: who gets hold of threshold+1 former shares of one version of a key, " +
	"from such disks or from backups, can use the key"

// RepairInfo is what a node asks the others for.
type RepairInfo struct {
	Keys    int `json:"keys"`    // whose shares it misses, of those that were named
	Begun   int `json:"begun"`   // of them, those for which the others are asked now
	Waiting int `json:"waiting"` // the others wait for credit
}
