package merge

import (
	"errors"
	"fmt"

	"github.com/shardway/shardway/mysql"
)

// Stream is one group's answer.
type Stream interface {
	// Columns are the definitions of the answer's columns.
	Columns() []mysql.Column
	// Next returns the payload of the next row packet, valid until the next
	// call on this stream, or io.EOF when there are no more.
	Next() (row []byte, err error)
}

// Limits bound what one Merger holds in memory; zero values mean the defaults.
// Overhead is estimated and counted.
type Limits struct {
	Rows  int // rows held
	Bytes int // bytes held
}

// The default limits.
const (
	DefaultRows  = 1 << 20
	DefaultBytes = 256 << 20
)

func (l Limits) withDefaults() Limits {
	if l.Rows <= 0 {
		l.Rows = DefaultRows
	}
	if l.Bytes <= 0 {
		l.Bytes = DefaultBytes
	}
	return l
}

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

// UnsupportedError says that a merge is not possible for these types.
type UnsupportedError struct{ What string }

// Error says what is not possible.
func (e *UnsupportedError) Error() string {
	return e.What + " is not supported over several shards"
}

// RangeError is a combined value that its type cannot hold, as MySQL's 1690.
type RangeError struct{ What string }

// Error reads as MySQL's.
func (e *RangeError) Error() string { return e.What + " value is out of range" }

// ErrMismatch means that the groups' answers do not fit together or do not have
// the columns that the plan names; while DDL runs they may differ.
var ErrMismatch = errors.New("the shards' answers have different columns")

func mismatch(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMismatch, fmt.Sprintf(format, args...))
}

// budget counts what is held.
type budget struct {
	what        string
	limits      Limits
	rows, bytes int
}

// take counts rows and bytes that are going to be held.
func (b *budget) take(rows, bytes int) error {
	b.rows += rows
	b.bytes += bytes
	if b.rows > b.limits.Rows || b.bytes > b.limits.Bytes {
		return &LimitError{What: b.what, Limits: b.limits, ByBytes: b.bytes > b.limits.Bytes}
	}
	return nil
}
