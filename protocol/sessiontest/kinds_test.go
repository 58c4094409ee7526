package sessiontest

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/geth-ss/geth-ss/protocol/wire"
)

// A kind of session without a lifetime ends the program at start; one row more, and a made-up kind has its own.
func TestKindsHaveLifetimes(t *testing.T) {
	madeUp := wire.KindLookup
	madeUp.Name = "madeup"
	kinds, rows := append(wire.Kinds(), madeUp), maps.Clone(lifetimes)
	refused := func(row *lifetime) (told string) {
		defer func() { told = fmt.Sprint(recover()) }()
		delete(rows, madeUp)
		if row != nil {
			rows[madeUp] = *row
		}
		checkedLifetimes(rows, kinds)
		return ""
	}
	for name, row := range map[string]*lifetime{"none": nil, "none of its own": {joined: 1}, "none where it is joined": {own: 1}} {
		if told := refused(row); !strings.Contains(told, `internal error: sessions "madeup" have no lifetime`) {
			t.Errorf("%s: %s", name, told)
		}
	}
	if told := refused(&lifetime{own: 1, joined: 1}); told != "<nil>" {
		t.Errorf("with its row: %s", told)
	}
}
