package exec

import (
	"errors"
	"fmt"

	"github.com/shardway/shardway/mysql"
)

// ErrOutcomeUnknown marks a write that was sent and got no answer: it may
// have happened or not.
var ErrOutcomeUnknown = errors.New("outcome unknown")

// FatalError ends the client's connection: the session's state is lost, or
// half an answer has gone out.
type FatalError struct {
	// Answer is told to the client before the end; nil if nothing can be said.
	Answer *mysql.Error
	Err    error
}

// Error says what happened.
func (e *FatalError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *FatalError) Unwrap() error { return e.Err }

// erLostConnection is what MySQL's client library says when a server goes
// away while a statement runs; drivers know it.
const erLostConnection = 2013

// brokeServer makes the client's answer to a backend connection that broke.
func brokeServer(where string, err error, wrote bool) error {
	outcome := ""
	cause := err
	if wrote {
		outcome = "; outcome unknown: the statement may have been executed"
		cause = fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
	}
	return &FatalError{
		Answer: mysql.NewError(erLostConnection, "Lost connection to MySQL server during query (%s%s)", where, outcome),
		Err:    fmt.Errorf("%s: %w", where, cause),
	}
}

func notSupported(format string, args ...any) *mysql.Error {
	return mysql.NewError(mysql.ErNotSupportedYet, format, args...)
}
