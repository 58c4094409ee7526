package contracts

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"

	"github.com/geth-ss/geth-ss/contracts/bindings/validatorset"
)

var validatorSet = validatorset.NewValidatorSet()

// ProposeValidator is the call that proposes what a proposal is about: its kind, who, and of the entry what belongs to the kind.
func ProposeValidator(p ValidatorProposal) ([]byte, error) {
	e := p.Entry
	switch p.Kind {
	case ProposeAdd:
		if err := e.check(); err != nil {
			return nil, err
		}
		return validatorSet.PackProposeAdd([32]byte(e.Key[:32]), [32]byte(e.Key[32:]), e.Weight, e.Peer, e.Name, e.Host), nil
	case ProposeRemove:
		return validatorSet.PackProposeRemove(p.Who), nil
	case ProposeWeight:
		return validatorSet.PackProposeWeight(p.Who, e.Weight), nil
	case ProposeMove:
		return validatorSet.PackProposeMove(p.Who, e.Peer, e.Host), nil
	}
	return nil, fmt.Errorf("no proposal is of kind %d", p.Kind)
}

// VoteForValidator is the call that votes for a proposal, or takes the vote back.
func VoteForValidator(id uint64, yes bool) []byte {
	return validatorSet.PackVote(new(big.Int).SetUint64(id), yes)
}

// AcceptValidator is the call by which whom a proposal adds accepts.
func AcceptValidator(id uint64) []byte { return validatorSet.PackAccept(new(big.Int).SetUint64(id)) }

// CarryOutValidator is the call that carries out what has the votes by now.
func CarryOutValidator(id uint64) []byte {
	return validatorSet.PackCarryOut(new(big.Int).SetUint64(id))
}

// ValidatorRefusal says in words why the contract refuses a call, "" if it does not say.
func ValidatorRefusal(data []byte) string {
	parsed, err := abi.JSON(strings.NewReader(validatorset.ValidatorSetMetaData.ABI))
	if err != nil || len(data) < 4 {
		return ""
	}
	e, err := parsed.ErrorByID([4]byte(data))
	if err != nil {
		return ""
	}
	values, err := e.Unpack(data)
	if err != nil {
		return e.Name
	}
	list, _ := values.([]any)
	args := make([]any, 3)
	copy(args, list)
	words := map[string]string{
		"NotAValidator":     "%v is not a validator: only validators propose and vote, and only they can be removed or changed",
		"AlreadyAValidator": "%v is a validator already",
		"LastValidator":     "%v is the last validator that stays, and there must be one",
		"BadWeight":         "the weight %v is not from 1 to 1000000000",
		"BadName":           "the name has more than 64 letters, or others than those of ASCII",
		"BadHost":           "the address is not host:port of at most 260 letters",
		"NoChange":          "that is so already",
		"NotBegun":          "nothing is proposed before block %v",
		"UnknownProposal":   "there is no proposal %v",
		"Done":              "proposal %v was carried out",
		"Expired":           "proposal %v has expired",
		"VotedAlready":      "this node has voted for proposal %v",
		"NotVoted":          "this node has not voted for proposal %v",
		"NotAsked":          "proposal %v does not add this node",
		"AcceptedAlready":   "this node has accepted proposal %v",
		"NotPassed":         "proposal %v has votes of weight %v of %v, or lacks the word of whom it adds",
		"TooManyMembers":    "there are 255 validators, the most that are possible",
		"QueueFull":         "too many changes wait: try again in a later block",
	}[e.Name]
	if words == "" {
		return e.Name
	}
	for i, a := range args {
		if who, ok := a.(common.Address); ok {
			args[i] = who.Hex()
		}
	}
	return fmt.Sprintf(words, args[:strings.Count(words, "%v")]...)
}
