package items

// UnderWay are the items of a dealing that is still under way.
func UnderWay(d *Dealing) []*Item { return d.items }
