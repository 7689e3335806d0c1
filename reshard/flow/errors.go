package flow

import "fmt"

// StopError ends a flow for good: going on could not be exact, and trying again
// would meet the same. Nothing is lost; the targets are as they were at the
// position before.
type StopError struct {
	// Reason says what happened, and at which transaction or table.
	Reason string
	// Hint says what to do.
	Hint string
	// Err is the cause, where there is one.
	Err error
}

// Error returns the reason alone; whoever shows it adds the hint.
func (e *StopError) Error() string { return e.Reason }

// Unwrap returns the cause.
func (e *StopError) Unwrap() error { return e.Err }

const hintBeginAgain = "cancel the job and begin again"

func stop(hint, format string, args ...any) error {
	return &StopError{Reason: fmt.Sprintf(format, args...), Hint: hint}
}
