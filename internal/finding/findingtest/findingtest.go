// Package findingtest looks for findings in tests. It is for tests alone.
package findingtest

import (
	"strings"

	"github.com/geth-ss/geth-ss/internal/finding"
)

// Has tells whether a list has a finding of that level whose subject begins, and whose words have in them, what is given.
// It must say what to do about it, unless all is well.
func Has(list finding.List, level finding.Level, subject, words string) bool {
	for _, f := range list {
		if f.Level == level && strings.HasPrefix(f.Subject, subject) && strings.Contains(f.What, words) && (level == finding.OK) == (f.Do == "") {
			return true
		}
	}
	return false
}
