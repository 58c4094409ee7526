package check

import "testing"

func TestChecks(t *testing.T) {
	Unseen(-1)
	Unreached(1)
	if Killed(-1) == nil || Hangs(3) == nil || Half(-1) == "" || !Known(1) {
		t.Fail()
	}
}

func TestNothing(t *testing.T) {}
