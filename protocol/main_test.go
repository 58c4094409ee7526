package protocol

import (
	"testing"

	"github.com/geth-ss/geth-ss/internal/leak"
)

// Links, queues and dialling are goroutines: none may stay when the network has stopped.
func TestMain(m *testing.M) { leak.Main(m) }
