package poa

// SetPruneMargin makes chains on which pruning shows short, and returns what undoes it.
func SetPruneMargin(blocks uint64) (undo func()) {
	before := pruneMargin
	pruneMargin = blocks
	return func() { pruneMargin = before }
}
