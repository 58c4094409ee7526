package main

import (
	_ "embed"
	"fmt"
	"strings"
)

// equivalents is the list of checks whose loss makes no difference that a test could or should see.
//
//go:embed equivalent.txt
var equivalents string

// equivalent names mutants by file, function and condition; if the function has several such, it is all of them.
type equivalent struct {
	file, fn, cond string
	reason         string
}

func (e *equivalent) is(m *mutant) bool { return e.file == m.file && e.fn == m.fn && e.cond == m.cond }

// parseEquivalents reads lines "file: function: condition", one or more with one indented reason below them. Lines after #
// are comments.
func parseEquivalents(text string) (all []equivalent, err error) {
	first, told := 0, false // of those that a reason is for, and whether it has begun
	for i, line := range strings.Split(text, "\n") {
		switch {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "\t"):
			if len(all) == 0 {
				return nil, fmt.Errorf("line %d: a reason for nothing", i+1)
			}
			told = true
			for j := range all[first:] {
				all[first+j].reason += strings.TrimSpace(line) + " "
			}
		default:
			parts := strings.SplitN(line, ": ", 3)
			if len(parts) != 3 {
				return nil, fmt.Errorf("line %d is not \"file: function: condition\"", i+1)
			}
			if told {
				first, told = len(all), false
			}
			all = append(all, equivalent{file: parts[0], fn: parts[1], cond: parts[2]})
		}
	}
	for _, e := range all {
		if e.reason == "" {
			return nil, fmt.Errorf("%s: %s: %s has no reason", e.file, e.fn, e.cond)
		}
	}
	return all, nil
}
