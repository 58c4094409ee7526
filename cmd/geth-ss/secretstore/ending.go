package secretstore

import (
	"errors"

	"github.com/geth-ss/geth-ss/client"
	"github.com/geth-ss/geth-ss/client/permission"
)

// BadNews is the error of a command that has done its work, where what it found makes the exit code 1.
type BadNews string

func (b BadNews) Error() string { return string(b) }

// LastLine is what the program says of the error that it ends with. Only a failure is called fatal: not a contract's refusal,
// and not bad news.
func LastLine(err error) string {
	var refused permission.Refused
	var news BadNews
	switch {
	case client.IsDenied(err), errors.As(err, &refused):
		return "Denied: " + err.Error()
	case errors.As(err, &news):
		return err.Error()
	}
	return "Fatal: " + err.Error()
}
