package hedge

import (
	"strings"
	"unicode"
)

// maxText bounds what is shown of a server's words, in bytes.
const maxText = 2000

// serverError is what a server said, or that it said nothing, with its name.
type serverError struct {
	server string
	err    error
}

func (e *serverError) Error() string {
	return Printable(e.server + ": " + strings.ReplaceAll(e.err.Error(), "\n", "; "))
}

func (e *serverError) Unwrap() error { return e.err }

// Printable keeps a server's text from steering a terminal, or filling it.
func Printable(text string) string {
	if len(text) > maxText {
		text = text[:maxText] + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '·'
	}, strings.ToValidUTF8(text, "·"))
}
