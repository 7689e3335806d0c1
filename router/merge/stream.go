package merge

import "github.com/shardway/shardway/mysql"

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
