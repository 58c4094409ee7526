// Package check has checks of every form, some of which its tests would not miss.
package check

import "errors"

var errSize = errors.New("wrong size")

// Killed is missed.
func Killed(n int) error {
	if n < 0 {
		return errSize
	}
	return nil
}

// Unseen refuses something in a test, which does not look.
func Unseen(n int) error {
	if n < 0 {
		return errSize
	}
	return nil
}

// Unreached refuses nothing in any test.
func Unreached(n int) error {
	if n < 0 {
		return errSize
	}
	return nil
}

// Hangs does so without its check.
func Hangs(n int) error {
	for i := 0; ; i++ {
		if i > n {
			return errSize
		}
	}
}

// Half has a part that is missed, and one that is not.
func Half(n int) string {
	switch {
	case n < 0 || n == 7:
		return "not a size"
	}
	return ""
}

// Known is on a list.
func Known(n int) bool {
	if n < 0 {
		return false
	}
	return n >= 0 && n <= n
}
