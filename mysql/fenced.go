package mysql

import "strings"

// Fenced reports an error by which a server refuses a statement before it has
// done anything, because it takes no statements or no writes at the moment:
// offline_mode (3032), read_only or super_read_only (1290). MySQL uses 1290 for
// other options as well and says which only in the text. 1053 is not among them:
// a statement under way may end in it.
func (e *Error) Fenced() bool {
	switch e.Code {
	case ErServerOfflineMode:
		return true
	case ErOptionPreventsStatement:
		return e.ReadOnly()
	}
	return false
}

// ReadOnly reports a server's refusal to write because it is read only.
func (e *Error) ReadOnly() bool {
	return e.Code == ErOptionPreventsStatement && strings.Contains(e.Message, "read-only")
}
