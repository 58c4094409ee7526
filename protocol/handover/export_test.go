package handover

import "github.com/geth-ss/geth-ss/protocol/wire"

// HeardOf is what a Holding would have heard of a sharing, thick or not.
func HeardOf(r *wire.KeyRecord) *Heard { return &Heard{r.Setup.Key, r.Version()} }
