package mysql

import (
	"bytes"
	"fmt"
)

// Error is a MySQL error as it travels in an ERR packet.
type Error struct {
	Code    uint16
	State   string // SQLSTATE, five characters
	Message string
}

// NewError makes an error whose SQLSTATE comes from the table of known codes.
func NewError(code uint16, format string, args ...any) *Error {
	return &Error{Code: code, State: SQLState(code), Message: fmt.Sprintf(format, args...)}
}

// Error prints the error as the mysql client does.
func (e *Error) Error() string {
	return fmt.Sprintf("%d (%s): %s", e.Code, e.State, e.Message)
}

// Is makes errors.Is match two MySQL errors by their number.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Append appends the payload of an ERR packet to dst.
func (e *Error) Append(dst []byte) []byte {
	dst = append(dst, headerERR, byte(e.Code), byte(e.Code>>8), '#')
	state := e.State
	if len(state) != 5 {
		state = SQLState(e.Code)
	}
	dst = append(dst, state...)
	return append(dst, e.Message...)
}

// ParseError parses the payload of an ERR packet. An ERR sent before the
// handshake has no SQLSTATE.
func ParseError(p []byte) (*Error, error) {
	if len(p) < 3 || p[0] != headerERR {
		return nil, malformed("ERR packet")
	}
	e := &Error{Code: uint16(p[1]) | uint16(p[2])<<8}
	rest := p[3:]
	if len(rest) >= 6 && rest[0] == '#' {
		e.State, rest = string(rest[1:6]), rest[6:]
	} else {
		e.State = SQLState(e.Code)
	}
	e.Message = string(bytes.TrimSuffix(rest, []byte{0}))
	return e, nil
}
