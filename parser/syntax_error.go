package parser

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrSyntax is matched by the errors of Parse and ParseOne.
var ErrSyntax = errors.New("syntax error")

// nearMax is how many bytes of the text a message shows, as in MySQL's.
const nearMax = 80

// SyntaxError is text that the parser refuses, or that it would read otherwise
// than MySQL. MySQL may accept it: not everything it understands can be parsed.
type SyntaxError struct {
	// Line is the line, from 1.
	Line int
	// Near is the text at which the parser stopped, shortened as MySQL does.
	Near string
	// Detail says more, for people who look into it; it may be empty.
	Detail string
}

// Error is worded as MySQL's error 1064.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version "+
		"for the right syntax to use near '%s' at line %d", e.Near, e.Line)
}

// Is matches ErrSyntax.
func (e *SyntaxError) Is(target error) bool { return target == ErrSyntax }

// errorAt is the error of a text at an offset.
func errorAt(text string, offset int, detail string) *SyntaxError {
	offset = min(max(offset, 0), len(text))
	return &SyntaxError{
		Line:   1 + strings.Count(text[:offset], "\n"),
		Near:   shorten(text[offset:]),
		Detail: detail,
	}
}

func shorten(near string) string {
	if len(near) > nearMax {
		near = strings.ToValidUTF8(near[:nearMax], "")
	}
	return near
}

// refused is the error for what the TiDB parser says about a text. It tells the
// place in its message alone: line 1 column 5 near "…".
func refused(text string, err error) *SyntaxError {
	e := &SyntaxError{Line: 1, Detail: err.Error()}
	if rest, ok := strings.CutPrefix(e.Detail, "line "); ok {
		digits, rest, _ := strings.Cut(rest, " ")
		if line, err := strconv.Atoi(digits); err == nil {
			e.Line = line
		}
		if _, near, ok := strings.Cut(rest, `near "`); ok {
			// The text goes on to its end, a quote and the reason behind it.
			e.Near = shorten(commonTail(near, text))
		}
	}
	return e
}

// commonTail is the longest beginning of near that stands in the text.
func commonTail(near, text string) string {
	for end := strings.LastIndexByte(near, '"'); end >= 0; end = strings.LastIndexByte(near[:end], '"') {
		if strings.HasSuffix(text, near[:end]) {
			return near[:end]
		}
	}
	near = near[:min(len(near), nearMax)]
	if !strings.Contains(text, near) {
		return ""
	}
	return near
}
