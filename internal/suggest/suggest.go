// Package suggest finds what somebody meant who has misspelt a name.
package suggest

import (
	"fmt"
	"strings"
)

// DidYouMean asks, as the end of an error about an unknown name, whether a known one was meant: `; did you mean "acl"?`.
// It is empty if no known name is like it. The first of the nearest ones is asked for.
func DidYouMean(name string, known []string) string {
	if nearest, ok := Nearest(name, known); ok {
		return fmt.Sprintf("; did you mean %q?", nearest)
	}
	return ""
}

// maxName is the longest name that is compared: comparing takes the product of two lengths.
const maxName = 64

// Nearest is the known name with the fewest changed, missing, added or swapped letters, case aside: at most a third of
// the name's, and at least one.
func Nearest(name string, known []string) (nearest string, ok bool) {
	if len(name) > maxName {
		return "", false
	}
	least := max(1, len(name)/3) + 1
	for _, k := range known {
		if len(k) > maxName {
			continue
		}
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < least {
			nearest, least, ok = k, d, true
		}
	}
	return nearest, ok
}

// distance counts the letters that must be changed, left out, added, or swapped with their neighbour to make b of a.
func distance(a, b string) int {
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(last[j]+change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
