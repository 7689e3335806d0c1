package shardkey

import (
	"errors"
	"fmt"
	"strconv"
)

// Column is one column of a shard key, as MySQL stores it.
type Column struct {
	Name string `json:"name"`
	// Type is the column's full type in lower case as information_schema
	// prints it: "bigint unsigned", "decimal(10,2)", "varchar(64)".
	Type string `json:"type"`
	// Collation is set for character columns alone.
	Collation string `json:"collation,omitempty"`
}

// Key is the columns whose values give a row's token, in order.
type Key []Column

// ErrEmptyKey says that a key has no column.
var ErrEmptyKey = errors.New("a shard key needs at least one column")

// UnsupportedError says why a column cannot be part of a shard key and what to
// do instead.
type UnsupportedError struct {
	Column Column
	Reason string
}

// Error names the column, its type and the reason.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("column %s %s cannot be part of a shard key: %s", quote(e.Column.Name), e.Column.Type, e.Reason)
}

// Check reports whether the column's type can be part of a shard key; the
// error is an *UnsupportedError. That the column must be NOT NULL is for the
// caller to see to.
func (c Column) Check() error {
	if _, reason := c.form(); reason != "" {
		return &UnsupportedError{Column: c, Reason: reason}
	}
	return nil
}

// Check reports whether every column of the key can be part of one.
func (k Key) Check() error {
	if len(k) == 0 {
		return ErrEmptyKey
	}
	for _, c := range k {
		if err := c.Check(); err != nil {
			return err
		}
	}
	return nil
}

// prefixLength puts the length of canon[start:] before it, as "12:", which
// keeps the columns of a key apart: ('ab','c') is not ('a','bc').
func prefixLength(canon []byte, start int) []byte {
	var room [21]byte
	n := len(canon) - start
	prefix := append(strconv.AppendInt(room[:0], int64(n), 10), ':')
	canon = append(canon, prefix...)
	copy(canon[start+len(prefix):], canon[start:start+n])
	copy(canon[start:], prefix)
	return canon
}
