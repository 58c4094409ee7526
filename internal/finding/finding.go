// Package finding is the form in which a node says what is right and what is wrong with it. The consensus driver and
// the key server each judge themselves and give a list of findings; the status of a node, check-config, the log and the
// readiness of a key server all show that one judgment, so that none of them can say another cause.
package finding

import "fmt"

// Level is how bad a finding is.
type Level string

const (
	OK      Level = "ok"
	Warning Level = "warning" // works, but not as most want it
	Error   Level = "error"   // can't work
)

// Finding is one sentence about a node, for people.
type Finding struct {
	Level   Level  `json:"level"`
	Subject string `json:"subject"`      // what it is about: a part of the node, as "consensus" or "peer 3f40df66"
	What    string `json:"what"`         // with names and numbers
	Do      string `json:"do,omitempty"` // what to do about it
}

// Attention is the error of something that works, with which something is wrong all the same: to start it again would not
// help.
type Attention struct{ What string }

func (a *Attention) Error() string { return a.What }

// List is a judgment: findings in the order in which they are to be read.
type List []Finding

// OK adds that something is as it should be.
func (l *List) OK(subject, what string, args ...any) {
	*l = append(*l, Finding{OK, subject, fmt.Sprintf(what, args...), ""})
}

// Warn adds what works, but not as most want it.
func (l *List) Warn(subject, do, what string, args ...any) {
	*l = append(*l, Finding{Warning, subject, fmt.Sprintf(what, args...), do})
}

// Fail adds what can't work.
func (l *List) Fail(subject, do, what string, args ...any) {
	*l = append(*l, Finding{Error, subject, fmt.Sprintf(what, args...), do})
}

// Worst is the highest level in the list, OK if it is empty.
func (l List) Worst() Level {
	worst := OK
	for _, f := range l {
		if f.Level == Error || worst == OK {
			worst = f.Level
		}
	}
	return worst
}
