// Command dudect looks for secrets in the time that computations with them take, as the dudect of Reparaz, Balasch and
// Verbauwhede does (https://eprint.iacr.org/2016/1123): it times a computation with one fixed secret and with random ones, in
// random order, and asks by Welch's t-test whether the two times have one mean. They do where time does not depend on the
// secret. A |t| above 4.5 says that it does; a lower one says that this many measurements on this machine do not show it,
// which is no proof.
//
//	go run ./test/dudect -for 1m -only share
//
// What is known to take a time that depends on the secret is timed as well: a run that does not see that is worth nothing.
// The command fails if it does not, or if anything else leaks.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"time"
)

func main() {
	length := flag.Duration("for", 20*time.Second, "how long each subject is measured with each fixed secret")
	only := flag.String("only", "", "measure the subjects whose names match this regular expression")
	flag.Parse()
	if err := run(*length, *only); err != nil {
		fmt.Fprintln(os.Stderr, "dudect:", err)
		os.Exit(1)
	}
}

func run(length time.Duration, only string) error {
	wanted, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	subjects, err := newSubjects()
	if err != nil {
		return err
	}
	fmt.Printf("%s %s/%s, %v for each line; leak above |t| = %.1f\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, length, leakAt)
	fmt.Println("| computation | secret | fixed to | measured | median | \\|t\\| | verdict |")
	fmt.Println("| --- | --- | --- | ---: | ---: | ---: | --- |")
	wrong := 0
	for _, s := range subjects {
		if !wanted.MatchString(s.name) {
			continue
		}
		for _, fixed := range fixedSecrets() {
			m, err := measure(s, fixed.value, length)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			t := m.worst()
			verdict := verdictOf(t > leakAt, s.expected, fixed.telling)
			if verdict.wrong {
				wrong++
			}
			fmt.Printf("| %s | %s | %s | %d | %v | %.1f | %s |\n", s.name, s.secret, fixed.name, m.count(), m.median(), t, verdict.text)
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d lines are not as they should be", wrong)
	}
	return nil
}

// verdict is what a line says, and whether the program then fails.
type verdict struct {
	text  string
	wrong bool
}

// verdictOf judges a line. That a control does not show with any odd secret is no failure.
func verdictOf(leaks bool, expected expectation, telling bool) verdict {
	switch {
	case leaks && expected == constant:
		return verdict{"LEAKS", true}
	case leaks:
		return verdict{"leaks, as is known", false}
	case expected == control && telling:
		return verdict{"NOT SEEN, though it leaks", true}
	}
	return verdict{"no leak seen", false}
}
