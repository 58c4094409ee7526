package service

import (
	"strings"
	"testing"
)

// Of items for signatures a node has as many prepared as the others hold for it, or none.
func TestStockSetting(t *testing.T) {
	for stock, good := range map[uint64]bool{0: true, 1: true, MaxStock: true, MaxStock + 1: false, 1 << 63: false} {
		cfg := DefaultConfig()
		cfg.Stock = stock
		if err := cfg.Validate(); (err == nil) != good || err != nil && !strings.Contains(err.Error(), "more than the 256 that others hold") {
			t.Errorf("a stock of %d: %v", stock, err)
		}
	}
	if cfg := DefaultConfig(); cfg.Stock != 32 {
		t.Errorf("the default is %d; docs/operating.md says 32", cfg.Stock)
	}
}
