package merge

import (
	"errors"
	"io"

	"github.com/shardway/shardway/mysql"
)

// Stream is one group's answer.
type Stream interface {
	// Columns are the definitions of the answer's columns.
	Columns() []mysql.Column
	// Next returns the payload of the next row packet, valid until the next
	// call on this stream, or io.EOF itself when there are no more. An error
	// that wraps io.EOF is an error: a connection that was closed reads like
	// that, and must not pass for the end of the rows.
	Next() (row []byte, err error)
}

// pull reads a stream's next row.
func pull(s Stream) (row []byte, err error) {
	row, err = s.Next()
	if err != nil && !isEnd(err) && errors.Is(err, io.EOF) {
		err = &cutOffError{err}
	}
	return row, err
}

// isEnd tells io.EOF itself from errors that wrap it.
func isEnd(err error) bool { return any(err) == any(io.EOF) }

// cutOffError is an error that wrapped io.EOF. Nobody takes it for the end.
type cutOffError struct{ err error }

func (e *cutOffError) Error() string { return e.err.Error() }

// Is stands in for the error's own chain, which holds io.EOF.
func (e *cutOffError) Is(target error) bool { return target == io.ErrUnexpectedEOF }

// As finds what the error wraps.
func (e *cutOffError) As(target any) bool { return errors.As(e.err, target) }

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
