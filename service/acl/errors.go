package acl

import (
	"errors"
	"fmt"

	"github.com/geth-ss/geth-ss/protocol/session"
	"github.com/geth-ss/geth-ss/protocol/wire"
	"github.com/geth-ss/geth-ss/service/chain"
)

// errDenied marks what every node reads alike at that block: a no. Any other error says
// nothing about the permission.
var errDenied = errors.New("denied")

// denial is a no with its reason.
type denial string

func (d denial) Error() string      { return string(d) }
func (denial) Is(target error) bool { return target == errDenied }

// errNoHeader is a block whose timestamp is not known here.
var errNoHeader = errors.New("the block's header is not known here")

func denied(format string, args ...any) error { return denial(fmt.Sprintf(format, args...)) }

// failure tells a contract that failed, which is a no, from a call that could not be made.
func failure(what string, at wire.BlockRef, err error) error {
	var failed *chain.CallError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, chain.ErrUnavailable):
		return fmt.Errorf("%s: %w", what, err)
	case errors.Is(err, chain.ErrNoCode), errors.As(err, &failed):
		return denied("%s at block %d: %v", what, at.Number, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// answerOf is the answer that check's result stands for.
func answerOf(err error) session.Answer {
	switch {
	case err == nil:
		return session.Granted
	case errors.Is(err, errDenied):
		return session.Refused
	}
	return session.Unreadable
}
