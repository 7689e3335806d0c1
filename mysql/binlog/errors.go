package binlog

import "fmt"

// UnreadableError ends a stream: the binary log has something that cannot be
// delivered exactly, and reading it again will not change that.
type UnreadableError struct {
	Reason string
	// GTID is the transaction's, empty where there is none.
	GTID string
}

// Error says what is unreadable, and in which transaction.
func (e *UnreadableError) Error() string {
	if e.GTID == "" {
		return "binary log cannot be read: " + e.Reason
	}
	return fmt.Sprintf("binary log cannot be read at %s: %s", e.GTID, e.Reason)
}
