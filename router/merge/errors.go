package merge

import (
	"errors"
	"fmt"

	"github.com/shardway/shardway/mysql"
)

// The MySQL error numbers that a merge ends with, beside those of package mysql.
const (
	codeOutOfRange       = 1690
	codeOperandSize      = 3513
	codeCapacityExceeded = 3170
)

// LimitError says that an answer needs more memory than Limits allow.
type LimitError struct {
	// What could not go on, "DISTINCT" or "GROUP BY".
	What string
	// Limits are the ones in force; ByBytes tells which of them was exceeded.
	Limits  Limits
	ByBytes bool
}

// Error says what was exceeded.
func (e *LimitError) Error() string {
	if e.ByBytes {
		return fmt.Sprintf("%s over several shards needs more than %d bytes in memory", e.What, e.Limits.Bytes)
	}
	return fmt.Sprintf("%s over several shards needs more than %d rows in memory", e.What, e.Limits.Rows)
}

// Hint says what to do instead.
func (e *LimitError) Hint() string {
	return "narrow the condition, or put the shard key into the " + e.What + " so that each shard can finish its part"
}

// Unwrap is the error as the client gets it.
func (e *LimitError) Unwrap() error {
	return mysql.NewError(codeCapacityExceeded, "%s; %s", e.Error(), e.Hint())
}

// UnsupportedError says that a merge is not possible for these types.
type UnsupportedError struct{ What string }

// Error says what is not possible.
func (e *UnsupportedError) Error() string {
	return e.What + " is not supported over several shards"
}

// Unwrap is the error as the client gets it.
func (e *UnsupportedError) Unwrap() error {
	return mysql.NewError(mysql.ErNotSupportedYet, "%s", e.Error())
}

// RangeError is a combined value that its type cannot hold, as MySQL's 1690.
type RangeError struct{ What string }

// Error reads as MySQL's.
func (e *RangeError) Error() string { return e.What + " value is out of range" }

// Unwrap is the error as the client gets it.
func (e *RangeError) Unwrap() error {
	return mysql.NewError(codeOutOfRange, "%s", e.Error())
}

// OperandSizeError is MySQL's 3513: BIT_AND and its kind take strings of bytes of
// one length.
type OperandSizeError struct{}

// Error reads as MySQL's.
func (*OperandSizeError) Error() string {
	return "Binary operands of bitwise operators must be of equal length"
}

// Unwrap is the error as the client gets it.
func (e *OperandSizeError) Unwrap() error {
	return mysql.NewError(codeOperandSize, "%s", e.Error())
}

// ErrMismatch means that the groups' answers do not fit together or do not have
// the columns that the plan names; while DDL runs they may differ.
var ErrMismatch = errors.New("the shards' answers have different columns")

func mismatch(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMismatch, fmt.Sprintf(format, args...))
}
